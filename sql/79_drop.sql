/* 79_drop.sql - what DROP EXTENSION must not leave behind in pg_cron.
 *
 * Objects go with the extension, and so do all rights on them.  A job is a
 * row of another extension's: an event trigger removes those of
 * pls.schedule() when it is told to.  It sees the statement only as text, so
 * it acts on one that drops extensions by name and is alone; where it does
 * not see the drop (a cascade, a statement among others), the job removes
 * itself the next time that it runs.
 *
 * It is no C function, which would make every DROP EXTENSION fail once the
 * library is gone.
 */

-- What a job of pls.schedule() runs: the sweep while the extension is there.
CREATE FUNCTION pls.job_command() RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    unschedule text := coalesce(pls.cron_function('unschedule', '{text}'), pls.cron_function('unschedule', '{name}'));
BEGIN
    RETURN format('DO $pls$BEGIN IF EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname OPERATOR(pg_catalog.=) ''pls'') THEN %s; %sEND IF; END$pls$',
        pls.sweep_command(), coalesce(format('ELSE PERFORM %s(''pls sweep''); ', unschedule), ''));
END;
$$;
COMMENT ON FUNCTION pls.job_command() IS
'The statement of the job that pls.schedule() makes: the sweep, or, after DROP EXTENSION pls, the removal of the job.';
REVOKE EXECUTE ON FUNCTION pls.job_command() FROM PUBLIC;

CREATE FUNCTION pls.names_extension(statement text) RETURNS boolean
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
COMMENT ON FUNCTION pls.names_extension(text) IS
'Whether a text is one DROP EXTENSION statement, without comments, that names pls. NULL: it does not.';
REVOKE EXECUTE ON FUNCTION pls.names_extension(text) FROM PUBLIC;

CREATE FUNCTION pls.remove_jobs() RETURNS event_trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    unschedule text;
    job        bigint;
BEGIN
    -- who may not drop pls gets the error of the statement
    IF NOT EXISTS (SELECT FROM pg_extension e WHERE e.extname = 'pls' AND pg_has_role(e.extowner, 'USAGE')) THEN
        RETURN;
    END IF;
    IF NOT pls.names_extension(current_query()) THEN
        RETURN;
    END IF;
    unschedule := pls.cron_function('unschedule', '{bigint}');
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
COMMENT ON FUNCTION pls.remove_jobs() IS
'Event trigger: removes the jobs of pls.schedule() from pg_cron before DROP EXTENSION pls, those of all roles that the current one may remove. If the statement fails they are there again.';
REVOKE EXECUTE ON FUNCTION pls.remove_jobs() FROM PUBLIC;

CREATE EVENT TRIGGER pls_remove_jobs ON ddl_command_start
    WHEN TAG IN ('DROP EXTENSION')
    EXECUTE FUNCTION pls.remove_jobs();
COMMENT ON EVENT TRIGGER pls_remove_jobs IS 'DROP EXTENSION pls leaves no job in pg_cron.';
