/* 70_drop.sql - what comes before DROP EXTENSION.
 *
 * Objects go with the extension, and so do all rights on them.  A job is a
 * row of another extension's: an event trigger removes those of
 * pls.schedule() when it is told to.  It sees the statement only as text, so
 * it acts on one that drops extensions by name and is alone; where it does
 * not see the drop (a cascade, a statement among others), the job removes
 * itself the next time that it runs.
 *
 * The same trigger locks what is to be dropped.  DROP EXTENSION would lock the
 * tables of pls first and the watched ones last, and wait for each without
 * limit: an INSERT that is under way needs them the other way round.
 *
 * It is no C function, which would make every DROP EXTENSION fail once the
 * library is gone.  For the same reason it calls nothing of pls unless the
 * statement has the name in it and the schema is where it was made: whoever
 * drops another extension has nothing to do with pls, in whatever state it is.
 */

-- What a job of pls.schedule() runs: the sweep while the extension is there.
CREATE FUNCTION pls_internal.job_command() RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    unschedule text := coalesce(pls_internal.cron_function('unschedule', '{text}'), pls_internal.cron_function('unschedule', '{name}'));
BEGIN
    RETURN format('DO $pls$BEGIN IF EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname OPERATOR(pg_catalog.=) ''pls'') THEN %s; %sEND IF; END$pls$',
        pls_internal.sweep_command(), coalesce(format('ELSE PERFORM %s(''pls sweep''); ', unschedule), ''));
END;
$$;
COMMENT ON FUNCTION pls_internal.job_command IS
'The statement of the job that pls.schedule() makes: the sweep, or, after DROP EXTENSION pls, the removal of the job.';

CREATE FUNCTION pls_internal.names_extension(statement text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    names text := substring(statement FROM E'(?i)^\\s*drop\\s+extension\\s+(?:if\\s+exists\\s+)?([^;]*?)\\s*(?:\\scascade|\\srestrict)?\\s*;?\\s*$');
BEGIN
    RETURN coalesce('pls' = ANY (
        SELECT CASE WHEN n.name LIKE '"%' THEN btrim(n.name, '"') ELSE lower(n.name) END
          FROM regexp_split_to_table(names, E'\\s*,\\s*') AS n (name)), false);
END;
$$;
COMMENT ON FUNCTION pls_internal.names_extension IS
'Whether a text is one DROP EXTENSION statement, without comments, that names pls. NULL: it does not.';

CREATE FUNCTION pls_internal.remove_jobs() RETURNS event_trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    unschedule text;
    job        bigint;
BEGIN
    -- who may not drop pls gets the error of the statement
    IF coalesce(current_query(), '') !~* 'pls'
       OR NOT EXISTS (SELECT FROM pg_extension e
                        JOIN pg_namespace n ON n.nspname = 'pls_internal'
                        JOIN pg_depend d ON d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e'
                                        AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
                       WHERE e.extname = 'pls' AND pg_has_role(e.extowner, 'USAGE')) THEN
        RETURN;
    END IF;
    IF NOT pls_internal.names_extension(current_query()) THEN
        RETURN;
    END IF;
    unschedule := pls_internal.cron_function('unschedule', '{bigint}');
    IF unschedule IS NULL THEN
        RETURN;
    END IF;
    FOR job IN EXECUTE format('SELECT j.jobid FROM %s.job AS j WHERE j.jobname = $1 AND j.database = $2',
                              quote_ident((parse_ident(unschedule))[1]))
        USING 'pls sweep', current_database()
    LOOP
        EXECUTE format('SELECT %s($1)', unschedule) USING job;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.remove_jobs IS
'Event trigger: removes the jobs of pls.schedule() from pg_cron before DROP EXTENSION pls, those of all roles that the current one may remove. If the statement fails they are there again.';

CREATE FUNCTION pls_internal.tables_to_drop() RETURNS SETOF regclass
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.oid::regclass
      FROM (SELECT t.tgrelid AS oid, true AS is_watched FROM pg_trigger t
             WHERE t.tgfoid IN ('pls_internal.observe()'::regprocedure, 'pls_internal.mark_stale()'::regprocedure)
            UNION
            SELECT r.oid, false FROM pg_class r WHERE r.relnamespace = ANY (pls_internal.own_schemas()) AND r.relkind = 'r') c
     WHERE has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE')
     ORDER BY c.is_watched DESC, c.oid
$$;
COMMENT ON FUNCTION pls_internal.tables_to_drop IS
'The tables that DROP EXTENSION pls CASCADE locks, the watched ones first; those that the current role may lock.';

-- Also without CASCADE, which finds out that tables are watched only once it
-- has locked those of pls.
CREATE FUNCTION pls_internal.lock_before_drop() RETURNS event_trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- who may not drop pls gets the error of the statement
    IF coalesce(current_query(), '') !~* 'pls'
       OR NOT EXISTS (SELECT FROM pg_extension e
                        JOIN pg_namespace n ON n.nspname = 'pls_internal'
                        JOIN pg_depend d ON d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e'
                                        AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
                       WHERE e.extname = 'pls' AND pg_has_role(e.extowner, 'USAGE')) THEN
        RETURN;
    END IF;
    IF NOT pls_internal.names_extension(current_query()) THEN
        RETURN;
    END IF;
    PERFORM pls_internal.lock_tables(ARRAY(SELECT pls_internal.tables_to_drop()), exclusive => true);
END;
$$;
COMMENT ON FUNCTION pls_internal.lock_before_drop IS
'Event trigger: locks all that DROP EXTENSION pls is going to lock, as pls_internal.lock_tables() does, so that it neither waits for long nor is part of a deadlock. Error 55P03 after lock_timeout, or 2 seconds.';

-- In the order of their names: nothing is removed before all is locked.
CREATE EVENT TRIGGER pls_lock_before_drop ON ddl_command_start
    WHEN TAG IN ('DROP EXTENSION')
    EXECUTE FUNCTION pls_internal.lock_before_drop();
COMMENT ON EVENT TRIGGER pls_lock_before_drop IS 'DROP EXTENSION pls waits two seconds at most, and does not block an INSERT while it waits.';
CREATE EVENT TRIGGER pls_remove_jobs ON ddl_command_start
    WHEN TAG IN ('DROP EXTENSION')
    EXECUTE FUNCTION pls_internal.remove_jobs();
COMMENT ON EVENT TRIGGER pls_remove_jobs IS 'DROP EXTENSION pls leaves no job in pg_cron.';
