/* 24_rewatch.sql - a table that takes the place of a watched one.
 *
 * Tables are rewritten while they are in use by swapping: a copy is filled,
 * the old table gets another name, and the copy gets the old one's.  The watch
 * stays with the old table, for a table is known by its number and not by its
 * name.  Nothing is counted twice and nothing is lost if the watch moves along
 * in the transaction that swaps the names.
 */

CREATE FUNCTION pls_internal.holds_rows_of(source_id integer, other integer) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_holds_rows_of' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION pls_internal.holds_rows_of IS
'Whether the table of another source holds rows of this source''s: most of the first 16 of one of its partitions, or of its own, by the event, its instant, the ids and the address that are read from them. Reads the table of source_id to its end if it does not find them. Read through the table access method: no code of the tables'' owners is run.';

-- Sources whose table was renamed, and whose name another table has now.
CREATE FUNCTION pls_internal.swapped_sources() RETURNS TABLE (source_id integer, source regclass, replaced_by regclass)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    -- not by to_regclass(), which needs a right on the schema
    SELECT s.source_id, s.source, c.oid::regclass
      FROM pls.sources s
      JOIN pg_class c ON c.relname = (parse_ident(s.watched_as))[2]
      JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = (parse_ident(s.watched_as))[1]
     WHERE c.oid <> s.source
       AND NOT EXISTS (SELECT FROM pls.sources o WHERE o.source = c.oid)
$$;
COMMENT ON FUNCTION pls_internal.swapped_sources IS
'Watched tables that have lost their name to a table that is not watched itself.';

CREATE FUNCTION pls.rewatch(old_table regclass, new_table regclass) RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s       pls.sources;
    problem text;
BEGIN
    IF old_table IS NULL OR new_table IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'old_table and new_table must not be NULL',
            HINT = 'Name the table that is watched and the table that takes its place.';
    END IF;
    -- held before the tables are: who waits for a sweep here keeps no INSERT waiting
    SELECT * INTO s FROM pls.sources r WHERE r.source = old_table FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('table %s is not watched', old_table),
            HINT = 'The table pls.sources lists the watched tables.';
    END IF;
    PERFORM pls_internal.check_source_table(new_table, instead_of => old_table);
    -- before anything is written
    PERFORM pls_internal.lock_watched(old_table, exclusive => true);
    PERFORM pls_internal.lock_watched(new_table, exclusive => EXISTS (SELECT FROM pls_internal.watch_triggers_of(new_table)));
    PERFORM pls_internal.drop_watch_triggers(r.relation)
       FROM (SELECT c.oid::regclass AS relation FROM pg_class c WHERE c.oid IN (old_table, new_table) ORDER BY c.oid) r;
    -- columns of the old table may have got other names
    PERFORM pls_internal.follow_columns();
    UPDATE pls.sources r SET source = new_table, watched_as = new_table::text WHERE r.source_id = s.source_id;
    problem := pls_internal.source_problem(s.source_id);
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
            MESSAGE = format('%s cannot take the place of %s', new_table, old_table),
            DETAIL = format('In %s, %s.', new_table, problem),
            HINT = 'Give it the columns that pls.sources names, or call pls.unwatch() for the old table and pls.watch() for the new one.';
    END IF;
    PERFORM pls_internal.set_watch_triggers(s.source_id);
    -- a table that was not renamed or made just now may have got rows before
    IF (SELECT c.xmin FROM pg_class c WHERE c.oid = new_table) IS DISTINCT FROM pg_current_xact_id()::xid THEN
        RAISE NOTICE USING
            MESSAGE = format('rows that came into %s before this call have not been observed', new_table),
            DETAIL = format('Those that it has from %s are counted already.', old_table),
            HINT = 'Run pls.refresh(motion) if it has others, or swap the tables and call pls.rewatch() in one transaction.';
    END IF;
    RETURN s.source_id;
END;
$$;
COMMENT ON FUNCTION pls.rewatch IS
'Moves the watch from one table to another that takes its place and holds the same rows, as a copy that was partitioned or rewritten, and returns its number in pls.sources, which stays. Standings are kept: nothing is rebuilt and nothing is counted twice. The columns must have the same names. old_table may have become a partition of new_table, or may have been dropped (its number then stands for it). Call it in the transaction that swaps the names, so that no row goes unobserved. Locks both tables as pls.watch() does. Errors: 42704 old_table is not watched, 22004, and those of pls.watch().';

CREATE FUNCTION pls_internal.swapped_copies(watched pls.sources) RETURNS SETOF regclass
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    old   CONSTANT integer[] := ARRAY(
        SELECT w.source_id
          FROM pls_internal.swapped_sources() w JOIN pg_class c ON c.oid = w.source
         WHERE w.replaced_by = watched.source AND pg_has_role(c.relowner, 'USAGE')
         ORDER BY w.source_id);
    before   CONSTANT text := pls_internal.wait_briefly_for_locks();
    patience CONSTANT text := current_setting('lock_timeout');
    found integer[];
BEGIN
    IF old = '{}' THEN
        PERFORM set_config('lock_timeout', before, true);
        RETURN;
    END IF;
    -- the rows of both are read as events, for which both must be sources
    BEGIN
        INSERT INTO pls.sources (source_id, source, event_column, at_column, account_column, actor_column, email_column,
                                 event_name, time_zone, at_unit)
            VALUES (-1, watched.source, watched.event_column, watched.at_column, watched.account_column, watched.actor_column,
                    watched.email_column, watched.event_name, watched.time_zone, watched.at_unit);
        found := ARRAY(SELECT o FROM unnest(old) o
                        WHERE pls_internal.source_problem(o) IS NULL AND pls_internal.holds_rows_of(o, -1));
        RAISE EXCEPTION USING ERRCODE = 'P0PLS';
    EXCEPTION WHEN SQLSTATE 'P0PLS' THEN
        NULL;
    WHEN lock_not_available THEN
        PERFORM pls_internal.refuse_lock(coalesce(pls_internal.locked_table(VARIADIC watched.source || ARRAY(
                    SELECT s.source FROM pls.sources s WHERE s.source_id = ANY (old))), watched.source),
                    exclusive => true, patience => patience);
    END;
    PERFORM set_config('lock_timeout', before, true);
    RETURN QUERY SELECT s.source FROM pls.sources s WHERE s.source_id = ANY (found) ORDER BY s.source_id;
END;
$$;
COMMENT ON FUNCTION pls_internal.swapped_copies IS
'Watched tables that have lost their name to a table that is going to be watched in this way, and whose rows that holds. Error 55P03: one of them was locked for lock_timeout, or 2 seconds.';

-- Called by pls.watch() before it locks anything.
CREATE FUNCTION pls_internal.give_up_swapped(watched pls.sources) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    old regclass;
BEGIN
    FOR old IN SELECT c FROM pls_internal.swapped_copies(watched) c LOOP
        PERFORM pls.unwatch(old);
        RAISE NOTICE USING
            MESSAGE = format('table %s is no longer watched', old),
            DETAIL = format('%s has its name and holds its rows, which would be counted twice.', watched.source),
            HINT = format('Next time call pls.rewatch(%L, %L), which keeps the standings.', old::text, watched.source::text);
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.give_up_swapped IS
'Stops watching a table whose name another one has that is going to be watched, if that holds its rows, too: so pls.watch() for the new one counts nothing twice.';
