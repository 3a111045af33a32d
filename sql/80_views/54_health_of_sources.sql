/* 54_health_of_sources.sql - the triggers of watched tables and of pls: checked and repaired.
 */

CREATE FUNCTION pls_internal.trigger_mode_text(found text, mode text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE found WHEN 'D' THEN 'disabled'
                      WHEN 'R' THEN 'enabled for replicas only'
                      WHEN 'A' THEN 'enabled always, which was not requested'
                      ELSE 'not enabled always, which was requested' END
     WHERE found <> mode;
END;
COMMENT ON FUNCTION pls_internal.trigger_mode_text IS
'How a trigger fires (pg_trigger.tgenabled), in words, when it should fire otherwise. NULL: it fires as it should.';

CREATE FUNCTION pls_internal.triggers_text(relation regclass, triggers name[], state text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF cardinality(triggers) = 1 THEN
        RETURN format('trigger %s of %s is %s', triggers[1], relation, state);
    END IF;
    RETURN format('triggers of %s are %s: %s', relation, state, array_to_string(triggers, ', '));
END;
$$;
COMMENT ON FUNCTION pls_internal.triggers_text IS
'Says that these triggers of a table are in a state.';

-- Triggers that belong to no source, or that are not as pls made them.
CREATE FUNCTION pls_internal.stray_triggers() RETURNS TABLE (relation regclass, trigger_name name, state text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT t.tgrelid::regclass, t.tgname,
           -- it only marks what it did not have to: a detached partition has it
           CASE WHEN t.tgname = 'pls_restate_truncate'
                     AND EXISTS (SELECT FROM pls.sources s WHERE encode(t.tgargs, 'escape') = s.source_id || E'\\000')
                THEN 'left from when it was watched' ELSE 'unknown to pls.sources' END
      FROM pg_trigger t
     WHERE t.tgfoid IN ('pls_internal.observe()'::regprocedure, 'pls_internal.mark_stale()'::regprocedure)
       AND t.tgparentid = 0
       AND NOT EXISTS (SELECT FROM pls.sources s
                        WHERE encode(t.tgargs, 'escape') = s.source_id || E'\\000'
                          AND (s.source = t.tgrelid
                               OR t.tgrelid IN (SELECT w.relation FROM pls_internal.watched_tables(s.source) w)));
    RETURN QUERY
    SELECT pls_internal.own_table(o.table_name), o.trigger_name,
           CASE WHEN t.oid IS NULL THEN 'missing' ELSE pls_internal.trigger_mode_text(t.tgenabled::text, o.mode) END
      FROM pls_internal.own_triggers o
      LEFT JOIN pg_trigger t ON t.tgrelid = pls_internal.own_table(o.table_name) AND t.tgname = o.trigger_name
     WHERE t.oid IS NULL OR t.tgenabled::text <> o.mode;
END;
$$;
COMMENT ON FUNCTION pls_internal.stray_triggers IS
'Triggers of tables that pls.sources does not list, as after a restore of the tables alone; and triggers of pls''s own tables that are missing or fire in another mode than they should, as after pg_restore --disable-triggers.';

-- What keeps a source's triggers from firing; NULL: nothing.
CREATE FUNCTION pls_internal.trigger_problem(source_id integer) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT string_agg(p.problem, '; ' ORDER BY p.problem)
          FROM (SELECT pls_internal.triggers_text(t.relation, array_agg(t.trigger_name ORDER BY t.trigger_name), t.state) AS problem
                  FROM (SELECT s.source AS relation, w.trigger_name, 'missing' AS state
                          FROM pls.sources s, pls_internal.watch_triggers(s.level) w
                         WHERE s.source_id = trigger_problem.source_id
                           AND NOT EXISTS (SELECT FROM pg_trigger t
                                             JOIN pg_proc f ON f.oid = t.tgfoid AND f.pronamespace = 'pls_internal'::regnamespace
                                            WHERE t.tgrelid = s.source AND t.tgname = w.trigger_name)
                        UNION ALL
                        SELECT t.relation, t.trigger_name, pls_internal.trigger_mode_text(t.found, t.mode)
                          FROM pls_internal.watch_trigger_states(trigger_problem.source_id) t
                         WHERE t.found <> t.mode
                        UNION ALL
                        SELECT t.relation, t.trigger_name, 'for another source or level'
                          FROM pls_internal.watch_trigger_states(trigger_problem.source_id) t
                         WHERE NOT t.fits) t
                 GROUP BY t.relation, t.state) p);
END;
$$;
COMMENT ON FUNCTION pls_internal.trigger_problem IS
'What is wrong with the triggers of a watched table: one is missing, or in a table below it disabled, or fires when pls.sources does not say so. NULL: nothing.';

-- A watched table may have been attached to another, or made to inherit from it.
CREATE FUNCTION pls_internal.sources_below(parent regclass) RETURNS TABLE (source regclass)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE below AS (
        SELECT i.inhrelid AS oid FROM pg_inherits i WHERE i.inhparent = sources_below.parent
        UNION
        SELECT i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.oid)
    SELECT s.source FROM pls.sources s JOIN below b ON b.oid = s.source ORDER BY s.source_id
$$;
COMMENT ON FUNCTION pls_internal.sources_below IS
'The watched tables that are partitions of a table, or inherit from it.';

CREATE FUNCTION pls_internal.health_of_sources()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    s record;
    n text;
    harmless boolean;           -- what is wrong with triggers
BEGIN
    RETURN QUERY SELECT l.* FROM pls_internal.health_of_locked('sources', VARIADIC pls_internal.tables_of_sources() || '{pls_internal.own_triggers}') l;
    IF FOUND THEN
        RETURN;
    END IF;
    FOR s IN
        SELECT r.source, CASE WHEN pls_internal.owner_reads('sources') THEN pls_internal.source_problem(r.source_id)
                    ELSE 'the owner of the extension cannot read pls.sources' END AS unreadable,
               pls_internal.trigger_problem(r.source_id) AS silent, w.replaced_by, b.source AS below
          FROM pls.sources r LEFT JOIN pls_internal.swapped_sources() w USING (source_id)
          LEFT JOIN LATERAL (SELECT o.source FROM pls_internal.sources_below(r.source) o LIMIT 1) b ON true
         ORDER BY r.source_id
    LOOP
        item := format('source %s', s.source);
        status := CASE WHEN coalesce(s.unreadable, s.silent) IS NOT NULL THEN 'broken'
                       WHEN coalesce(s.replaced_by, s.below) IS NOT NULL THEN 'attention' ELSE 'ok' END;
        value := coalesce(s.unreadable, s.silent,
                          'renamed; its name is that of another table, which is not watched: ' || s.replaced_by,
                          'a table below it is watched itself: ' || s.below, 'watched');
        hint := CASE WHEN s.unreadable = 'the table was dropped' THEN
                         CASE WHEN s.replaced_by IS NOT NULL THEN
                             format('Run SELECT pls.rewatch(%L, %L): that table has its name now.', s.source::oid, s.replaced_by::text)
                         ELSE format('Run SELECT pls.unwatch(%L). If another table has replaced it, call pls.rewatch() for that one.',
                                     s.source::oid) END
                     WHEN s.unreadable = 'the owner of the extension cannot read pls.sources' THEN
                         'Nothing is observed. See the check "rights of the owner".'
                     WHEN s.unreadable IS NOT NULL THEN
                         'Fix the table; the sweep then rebuilds its motions. Or call pls.unwatch(), pls.watch() and pls.refresh().'
                     WHEN s.silent IS NOT NULL THEN
                         format('Rows may be missed. Run SELECT * FROM pls.mend_triggers(%L), then pls.refresh() for its motions.', s.source::text)
                     WHEN s.replaced_by IS NOT NULL THEN
                         format('If that holds the same rows, run SELECT pls.rewatch(%L, %L), and pls.refresh() for its motions. If it is a new table beside it, call pls.watch() for it.',
                                s.source::text, s.replaced_by::text)
                     WHEN s.below IS NOT NULL THEN
                         format('Its rows are counted once, by its own row of pls.sources. To watch it through %s, run SELECT pls.unwatch(%L), then SELECT * FROM pls.mend_triggers(%L).',
                                s.source, s.below::text, s.source::text) END;
        RETURN NEXT;
    END LOOP;

    item := 'triggers';
    SELECT string_agg(p.problem, '; ' ORDER BY p.problem),
           concat_ws(' ',
               CASE WHEN bool_or(NOT p.unknown AND p.remains IS NULL) THEN 'Run SELECT * FROM pls.mend_triggers().' END,
               CASE WHEN bool_or(p.unknown) THEN
                   'Tables unknown to pls.sources are not observed: restore its rows, call pls.watch(), or pls.unwatch() to drop the triggers.' END,
               CASE WHEN bool_or(p.remains IS NOT NULL) THEN
                   format('Run SELECT pls.unwatch(%L), as for every partition that was detached, and pls.refresh() if it had rows that still count.',
                          min(p.remains)) END),
           bool_and(p.remains IS NOT NULL)
      INTO value, hint, harmless
      FROM (SELECT pls_internal.triggers_text(t.relation, array_agg(t.trigger_name ORDER BY t.trigger_name), t.state) AS problem,
                   t.state = 'unknown to pls.sources' AS unknown,
                   CASE t.state WHEN 'left from when it was watched' THEN t.relation::text END AS remains
              FROM pls_internal.stray_triggers() t GROUP BY t.relation, t.state) p;
    status := CASE WHEN value IS NULL THEN 'ok' WHEN harmless THEN 'attention' ELSE 'broken' END;
    hint := nullif(hint, '');
    value := coalesce(value, 'as expected');
    RETURN NEXT;

    item := 'motions without a source';
    value := (SELECT string_agg(m.motion, ', ' ORDER BY m.motion)
                FROM pls.motions m
               WHERE m.status IN ('pilot', 'live')
                 AND NOT EXISTS (SELECT FROM pls.sources r
                                  WHERE r.motions IS NULL OR m.motion = ANY (r.motions)));
    status := CASE WHEN value IS NULL THEN 'ok' ELSE 'broken' END;
    hint := CASE WHEN value IS NOT NULL THEN 'Call pls.watch() for the table with the events of these motions.' END;
    value := coalesce(value, 'none');
    RETURN NEXT;

    -- settings of this session, and those that others get
    item := 'settings';
    SELECT string_agg(x.problem, ', ' ORDER BY x.problem) INTO n
      FROM (SELECT 'pls.enabled is off' AS problem WHERE NOT current_setting('pls.enabled', true)::boolean
            UNION ALL
            SELECT format('%s for %s%s', c.setting, coalesce('role ' || r.rolname, 'database ' || d.datname),
                          CASE WHEN r.rolname IS NOT NULL THEN ' in database ' || d.datname END)
              FROM pg_db_role_setting z
              CROSS JOIN LATERAL unnest(z.setconfig) AS c (setting)
              LEFT JOIN pg_roles r ON r.oid = z.setrole
              LEFT JOIN pg_database d ON d.oid = z.setdatabase
             WHERE (z.setdatabase = 0 OR d.datname = current_database())
               AND (c.setting ~* E'^pls\\.enabled=(off|of|false|fals|fal|fa|f|no|n|0)$'
                    OR c.setting ~* '^session_replication_role=replica$'
                    OR c.setting ~* E'^pls\\.now=.')
            UNION ALL
            -- a session that sets it by itself replays
            SELECT format('pls.now=%s for all sessions', g.setting)
              FROM pg_settings g
             WHERE g.name = 'pls.now' AND g.setting <> '' AND g.source IN ('configuration file', 'command line')
            UNION ALL
            SELECT 'session_replication_role is replica'
             WHERE current_setting('session_replication_role') = 'replica') x;
    status := CASE WHEN n IS NULL THEN 'ok' ELSE 'attention' END;
    value := coalesce(n, 'as expected');
    hint := nullif(concat_ws(' ',
        CASE WHEN n ~* 'pls[.]enabled|session_replication_role' THEN
            'Events of such sessions are not observed (unless the triggers fire always): run pls.refresh() afterwards.' END,
        CASE WHEN n ~* 'pls[.]now' THEN
            'The clock of such sessions is stopped, so nothing becomes due. RESET pls.now there.' END), '');
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls_internal.health_of_sources IS
'Rows of pls.health about the watched tables and the settings.';

CREATE TABLE pls_internal.own_triggers (
    table_name   name NOT NULL,
    trigger_name name NOT NULL,
    mode         text NOT NULL,
    PRIMARY KEY (table_name, trigger_name)
);
COMMENT ON TABLE pls_internal.own_triggers IS
'The triggers of the tables of pls and when they fire, as the extension made them. Filled by CREATE EXTENSION and ALTER EXTENSION UPDATE, and left out of dumps.';
COMMENT ON COLUMN pls_internal.own_triggers.table_name IS 'The table of pls.';
COMMENT ON COLUMN pls_internal.own_triggers.trigger_name IS 'The trigger.';
COMMENT ON COLUMN pls_internal.own_triggers.mode IS 'As in pg_trigger.tgenabled: O, or A for always.';
SELECT pg_extension_config_dump('pls_internal.own_triggers', 'WHERE false');

CREATE FUNCTION pls.mend_triggers(source regclass DEFAULT NULL)
    RETURNS TABLE (relation regclass, trigger_name name, done text)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    patience CONSTANT text := pls_internal.wait_briefly_for_locks();
    found    record;
BEGIN
    IF mend_triggers.source IS NOT NULL
       AND NOT EXISTS (SELECT FROM pls.sources s WHERE s.source = mend_triggers.source) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('table %s is not watched', mend_triggers.source),
            HINT = 'The table pls.sources lists the watched tables.';
    END IF;
    PERFORM pls_internal.lock_tables(ARRAY(
        SELECT DISTINCT t.tgrelid::regclass
          FROM pls_internal.own_triggers o
          JOIN pg_trigger t ON t.tgrelid = pls_internal.own_table(o.table_name) AND t.tgname = o.trigger_name
         WHERE mend_triggers.source IS NULL AND t.tgenabled::text <> o.mode), exclusive => false);
    FOR found IN
        SELECT o.table_name, o.trigger_name, o.mode
          FROM pls_internal.own_triggers o
          JOIN pg_trigger t ON t.tgrelid = pls_internal.own_table(o.table_name) AND t.tgname = o.trigger_name
         WHERE mend_triggers.source IS NULL AND t.tgenabled::text <> o.mode
         ORDER BY o.table_name, o.trigger_name
    LOOP
        relation := pls_internal.own_table(found.table_name);
        EXECUTE format('ALTER TABLE %s ENABLE %s TRIGGER %I', relation,
                       CASE WHEN found.mode = 'A' THEN 'ALWAYS' ELSE '' END, found.trigger_name);
        trigger_name := found.trigger_name;
        done := CASE WHEN found.mode = 'A' THEN 'enabled always' ELSE 'enabled' END;
        RETURN NEXT;
    END LOOP;
    FOR found IN
        SELECT s.source_id FROM pls.sources s JOIN pg_class c ON c.oid = s.source
         WHERE mend_triggers.source IS NULL OR s.source = mend_triggers.source
         ORDER BY s.source_id
    LOOP
        RETURN QUERY SELECT t.relation, t.trigger_name, t.done FROM pls_internal.set_watch_triggers(found.source_id) t;
    END LOOP;
    PERFORM set_config('lock_timeout', patience, true);
END;
$$;
COMMENT ON FUNCTION pls.mend_triggers IS
'Repairs the triggers of a watched table as pls.sources specifies: those that are missing, disabled, or enabled in another mode. NULL: of all watched tables, and those of the tables of pls. Returns what was done; no rows: nothing was wrong. Run pls.refresh() to read rows that were missed. Waits for its locks for lock_timeout, or 2 seconds. Errors: 42704 the table is not watched, 42501 the caller does not own it, 55P03 a lock was not available.';
