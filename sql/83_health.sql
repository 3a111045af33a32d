/* 83_health.sql - is pls well?
 *
 * One row per check, each from one cheap look: pls.standings is read
 * twice and pls.backlog once, everything else through an index or from
 * catalogs.  It waits for nobody, so that an alarm hears of a table that is
 * locked.
 */

CREATE FUNCTION pls.age_text(since timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT CASE WHEN a.seconds >= 86400 THEN format('%s days', trim_scale(round(a.seconds / 86400, 1)))
                    WHEN a.seconds >= 3600 THEN format('%s hours', trim_scale(round(a.seconds / 3600, 1)))
                    ELSE format('%s minutes', trim_scale(round(a.seconds / 60, 1))) END
          FROM (SELECT extract(epoch FROM pls.now() - since) AS seconds) a);
END;
$$;
COMMENT ON FUNCTION pls.age_text(timestamptz) IS
'How long ago an instant was, for people.';

CREATE FUNCTION pls.age_status(since timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN since < pls.now() - interval '1 hour' THEN 'broken'
                WHEN since < pls.now() - interval '5 minutes' THEN 'attention'
                ELSE 'ok' END;
END;
$$;
COMMENT ON FUNCTION pls.age_status(timestamptz) IS
'What it means that work has been waiting since then: ok up to 5 minutes, attention up to an hour, then broken. NULL, nothing waits: ok.';

-- Each function below asks this first.  To look takes the locks that to read
-- takes, and waits for none: where somebody has locked a table, that is what
-- is to be known.
CREATE FUNCTION pls.health_of_locked(about text, VARIADIC tables regclass[])
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    locked CONSTANT regclass := pls.locked_table(VARIADIC tables);
BEGIN
    IF locked IS NULL THEN
        RETURN;
    END IF;
    item := 'locked: ' || about;
    status := 'attention';
    value := format('cannot be looked at: %s is locked, by %s', locked,
                    coalesce(pls.holders_text('read', ARRAY[locked]), 'a transaction that has just ended'));
    hint := 'Look again when that transaction has ended.';
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls.health_of_locked(text, regclass[]) IS
'Part of pls.health: a row instead of those about something, if one of the tables that tell of it is locked so that it cannot be read; none if all can be.';

CREATE FUNCTION pls.health_of_sweep()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    last record;        -- not pls.sweeps: that would lock the table first
    b    record;
BEGIN
    RETURN QUERY SELECT l.* FROM pls.health_of_locked('sweep and backlog', 'pls.sweeps', 'pls.sources', 'pls.motions',
                                                      'pls.backlog', 'pls.identity_changes') l;
    IF FOUND THEN
        RETURN;
    END IF;
    -- one that a wrong clock has dated says nothing
    SELECT w.* INTO last FROM pls.sweeps w WHERE NOT pls.is_ahead(w.swept_at)
     ORDER BY w.swept_at DESC, w.sweep_id DESC LIMIT 1;
    item := 'last sweep';
    status := CASE WHEN NOT EXISTS (SELECT FROM pls.sources) THEN 'ok'
                   WHEN last.swept_at IS NULL OR last.swept_at < pls.now() - interval '15 minutes' THEN 'broken'
                   WHEN last.swept_at < pls.now() - interval '3 minutes' THEN 'attention'
                   ELSE 'ok' END;
    value := CASE WHEN last.swept_at IS NULL THEN 'none in the last two days'
             ELSE format('%s ago, took %s s: %s settled, %s refreshed, %s busy, %s assigned',
                  pls.age_text(last.swept_at), round(extract(epoch FROM last.took), 1),
                  last.settled, last.refreshed, last.busy, last.assigned) END;
    hint := CASE WHEN status <> 'ok' THEN
        'Run SELECT pls.schedule(), or have any scheduler run the sweep every minute.' END;
    RETURN NEXT;

    SELECT count(*) FILTER (WHERE g.evidence IS NOT NULL AND g.not_before <= pls.now()) AS due,
           min(g.not_before) FILTER (WHERE g.evidence IS NOT NULL AND g.not_before <= pls.now()) AS oldest,
           count(*) FILTER (WHERE g.evidence IS NOT NULL AND g.not_before > pls.now()) AS ahead,
           count(*) FILTER (WHERE g.evidence IS NULL) AS marks,
           count(*) FILTER (WHERE g.evidence IS NULL AND g.entity_id = '') AS motions,
           min(g.not_before) FILTER (WHERE g.evidence IS NULL) AS oldest_mark
      INTO b FROM pls.backlog g
     -- marks of a motion that has no source yet wait until it has one
     WHERE g.evidence IS NOT NULL
        OR EXISTS (SELECT FROM pls.motions m, pls.sources r
                    WHERE m.motion = g.motion AND m.status <> 'draft'
                      AND (r.motions IS NULL OR m.motion = ANY (r.motions)));
    item := 'backlog';
    status := pls.age_status(b.oldest);
    IF status = 'ok' AND b.due > 100000 THEN
        status := 'attention';
    END IF;
    value := format('%s due%s, %s of events ahead', b.due,
                    ', the oldest for ' || pls.age_text(b.oldest), b.ahead);
    hint := CASE WHEN status <> 'ok' THEN
        'The sweep does not keep up, or a long transaction holds them: see pg_stat_activity and pg_prepared_xacts.' END;
    RETURN NEXT;
    item := 'rebuilds asked for';
    status := pls.age_status(b.oldest_mark);
    value := format('%s entities%s%s', b.marks - b.motions,
                    CASE WHEN b.motions > 0 THEN format(' and whole motions: %s', (
                        SELECT string_agg(DISTINCT g.motion, ', ') FROM pls.backlog g WHERE g.entity_id = '')) END,
                    ', the oldest for ' || pls.age_text(b.oldest_mark));
    hint := CASE WHEN status <> 'ok' THEN
        'The sweep rebuilds them from the watched tables; if it does not get on, run pls.refresh(motion).' END;
    RETURN NEXT;

    item := 'identity changes';
    SELECT count(*) AS users, min(c.noted_at) AS oldest INTO b FROM pls.identity_changes c;
    status := pls.age_status(b.oldest);
    value := format('%s users whose events are to be counted anew%s', b.users,
                    ', the oldest for ' || pls.age_text(b.oldest));
    hint := CASE WHEN status <> 'ok' THEN
        'The sweep waits for older transactions to end: see pg_stat_activity and pg_prepared_xacts.' END;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls.health_of_sweep() IS
'Rows of pls.health about the sweep and what waits for it.';

CREATE FUNCTION pls.health_of_entities()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    n record;
BEGIN
    RETURN QUERY SELECT l.* FROM pls.health_of_locked('entities', 'pls.standings') l;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT count(*) FILTER (WHERE s.decide_again_at <= pls.now()) AS due,
           min(s.decide_again_at) AS oldest_due,
           count(*) FILTER (WHERE s.stale) AS stale,
           min(s.evaluated_at) FILTER (WHERE s.stale) AS stale_since,
           min(s.evaluated_at) FILTER (WHERE s.last_event_at > pls.now() - interval '1 hour') AS evaluated,
           count(*) FILTER (WHERE s.last_event_at > pls.now() - interval '1 hour') AS recent,
           count(*) FILTER (WHERE s.evaluated_at < s.last_event_at AND s.last_event_at <= pls.now()) AS behind,
           count(*) AS total
      INTO n FROM pls.standings s;
    item := 'decisions due';
    status := pls.age_status(n.oldest_due);
    value := n.due || coalesce(CASE WHEN n.due > 0 THEN ', the oldest for ' || pls.age_text(n.oldest_due) END, '');
    hint := CASE WHEN status <> 'ok' THEN
        'The sweep takes them; if it runs, look at decisions with reason error.' END;
    RETURN NEXT;

    item := 'stale entities';
    status := CASE WHEN n.stale > 0 THEN 'attention' ELSE 'ok' END;
    value := format('%s of %s', n.stale, n.total);
    hint := CASE WHEN status <> 'ok' THEN
        'The sweep rebuilds them from the watched tables; a motion without a watched table cannot be rebuilt.' END;
    RETURN NEXT;

    item := 'evaluation lag';
    status := CASE WHEN n.behind > 0 THEN 'attention' ELSE 'ok' END;
    value := CASE WHEN n.recent = 0 THEN 'no events in the last hour'
             ELSE format('%s entities with events in the last hour, the longest ago evaluated for %s; %s behind their events',
                         n.recent, pls.age_text(n.evaluated), n.behind) END;
    hint := CASE WHEN status <> 'ok' THEN 'These were evaluated before their newest event: run the sweep.' END;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls.health_of_entities() IS
'Rows of pls.health about the standings, from one pass over them.';

CREATE FUNCTION pls.health_of_clock()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT l.* FROM pls.health_of_locked('clock', 'pls.standings', 'pls.motions', 'pls.model_versions',
                                                      'pls.decisions') l;
    IF FOUND THEN
        RETURN;
    END IF;
    item := 'clock';
    SELECT string_agg(format('%s up to %s ahead', a.what, pls.span_text(a.latest - pls.now())), ', ' ORDER BY a.what)
      INTO value
      FROM (SELECT format('%s standings', count(*)) AS what, max(s.evaluated_at) AS latest
              FROM pls.standings s WHERE pls.is_ahead(s.evaluated_at)
            UNION ALL
            -- per motion: that is how the index has them
            SELECT 'decisions', max(d.decided_at)
              FROM (SELECT n.motion FROM pls.motions n UNION SELECT v.motion FROM pls.model_versions v) m
             CROSS JOIN LATERAL (
                   SELECT e.decided_at FROM pls.decisions e
                    WHERE e.motion = m.motion ORDER BY e.decided_at DESC LIMIT 1) d) a
     WHERE pls.is_ahead(a.latest);
    status := CASE WHEN value IS NULL THEN 'ok' ELSE 'attention' END;
    hint := CASE WHEN value IS NOT NULL THEN
        'The clock, or pls.now, was ahead and has been set back. The sweep mends the standings; check alerts made meanwhile.' END;
    value := coalesce(value, 'nothing is dated ahead of it');
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls.health_of_clock() IS
'Row of pls.health about what was evaluated or decided at instants that lie more than a minute ahead of the clock.';

CREATE FUNCTION pls.health_of_alerts()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    n record;
BEGIN
    RETURN QUERY SELECT l.* FROM pls.health_of_locked('decisions and alerts', 'pls.motions', 'pls.model_versions',
                                                      'pls.decisions', 'pls.alerts', 'pls.deliveries') l;
    IF FOUND THEN
        RETURN;
    END IF;
    -- per motion: that is how the index has them
    SELECT count(*) AS errors, bool_or(d.last) AS unresolved,
           (array_agg(d.detail ORDER BY d.decided_at DESC, d.decision_id DESC))[1] AS newest INTO n
      FROM (SELECT n.motion FROM pls.motions n UNION SELECT v.motion FROM pls.model_versions v) m
     CROSS JOIN LATERAL (
           SELECT e.detail, e.decided_at, e.decision_id,
                  NOT EXISTS (SELECT FROM pls.decisions l
                               WHERE l.entity_id = e.entity_id AND l.motion = e.motion
                                 AND l.decision_id > e.decision_id AND l.reason <> 'error') AS last
             FROM pls.decisions e
            WHERE e.motion = m.motion AND e.reason = 'error'
              AND e.decided_at > pls.now() - interval '1 day') d;
    item := 'errors';
    status := CASE WHEN n.unresolved THEN 'attention' ELSE 'ok' END;
    value := format('%s decisions failed in the last day%s%s', n.errors, '; newest: ' || n.newest,
                    CASE WHEN NOT n.unresolved THEN '; all have been decided since' END);
    hint := CASE WHEN status <> 'ok' THEN
        'Mend what the message says. They are tried again, after pauses that grow from a minute to an hour.' END;
    RETURN NEXT;

    SELECT count(*) AS waiting, min(a.created_at) AS oldest,
           (array_agg(a.unassigned_reason ORDER BY a.created_at))[1] AS why INTO n
      FROM pls.alerts a
     WHERE a.assigned_to IS NULL AND a.status = ANY (ARRAY['open', 'working', 'snoozed']);
    item := 'unassigned alerts';
    status := CASE WHEN n.waiting > 0 THEN 'attention' ELSE 'ok' END;
    value := format('%s%s', n.waiting, ', the oldest for ' || pls.age_text(n.oldest) || ': ' || n.why);
    hint := CASE WHEN status <> 'ok' THEN
        'The sweep tries again; give the pool more capacity or a fallback owner, or the motion a route that matches.' END;
    RETURN NEXT;

    SELECT count(*) FILTER (WHERE d.status = 'dead') AS dead,
           min(d.ready_at) FILTER (WHERE d.status = 'queued' AND d.ready_at <= pls.now()) AS oldest INTO n
      FROM pls.deliveries d WHERE d.status = ANY (ARRAY['queued', 'dead']);
    item := 'deliveries';
    status := CASE WHEN n.oldest < pls.now() - interval '1 hour' THEN 'broken'
                   WHEN n.dead > 0 OR n.oldest < pls.now() - interval '15 minutes' THEN 'attention'
                   ELSE 'ok' END;
    value := format('%s dead%s', n.dead, ', the oldest that is ready for ' || pls.age_text(n.oldest));
    hint := CASE WHEN n.dead > 0 THEN
        'See pls.dead_deliveries; pls.requeue_deliveries() tries again.'
                 WHEN status <> 'ok' THEN 'Is the channel''s worker running? See pls.delivery_queue.' END;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls.health_of_alerts() IS
'Rows of pls.health about decisions and alerts.';

CREATE FUNCTION pls.trigger_mode_text(found text, mode text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE found WHEN 'D' THEN 'disabled'
                      WHEN 'R' THEN 'enabled for replicas only'
                      WHEN 'A' THEN 'enabled always, which was not asked for'
                      ELSE 'not enabled always, which was asked for' END
     WHERE found OPERATOR(pg_catalog.<>) mode;
END;
COMMENT ON FUNCTION pls.trigger_mode_text(text, text) IS
'How a trigger fires (pg_trigger.tgenabled), in words, when it should fire otherwise. NULL: it fires as it should.';

CREATE FUNCTION pls.triggers_text(relation regclass, triggers name[], state text) RETURNS text
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
COMMENT ON FUNCTION pls.triggers_text(regclass, name[], text) IS
'Says that these triggers of a table are in a state.';

-- Triggers that belong to no source, or that are not as pls made them.
CREATE FUNCTION pls.stray_triggers() RETURNS TABLE (relation regclass, trigger_name name, state text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT t.tgrelid::regclass, t.tgname, 'unknown to pls.sources'
      FROM pg_trigger t
     WHERE t.tgfoid IN ('pls.observe()'::regprocedure, 'pls.restate()'::regprocedure)
       AND t.tgparentid = 0
       AND NOT EXISTS (SELECT FROM pls.sources s
                        WHERE encode(t.tgargs, 'escape') = s.source_id || E'\\000'
                          AND (s.source = t.tgrelid
                               OR t.tgrelid IN (SELECT w.relation FROM pls.watched_tables(s.source) w)));
    RETURN QUERY
    SELECT to_regclass(format('pls.%I', o.table_name)), o.trigger_name,
           CASE WHEN t.oid IS NULL THEN 'missing' ELSE pls.trigger_mode_text(t.tgenabled::text, o.mode) END
      FROM pls.own_triggers o
      LEFT JOIN pg_trigger t ON t.tgrelid = to_regclass(format('pls.%I', o.table_name)) AND t.tgname = o.trigger_name
     WHERE t.oid IS NULL OR t.tgenabled::text <> o.mode;
END;
$$;
COMMENT ON FUNCTION pls.stray_triggers() IS
'Triggers of tables that pls.sources does not list, as after a restore of the tables alone; and triggers of pls''s own tables that are missing or fire otherwise than they should, as after pg_restore --disable-triggers.';

-- What keeps a source's triggers from firing; NULL: nothing.
CREATE FUNCTION pls.trigger_problem(source_id integer) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT string_agg(p.problem, '; ' ORDER BY p.problem)
          FROM (SELECT pls.triggers_text(t.relation, array_agg(t.trigger_name ORDER BY t.trigger_name), t.state) AS problem
                  FROM (SELECT s.source AS relation, w.trigger_name, 'missing' AS state
                          FROM pls.sources s, pls.watch_triggers(s.level) w
                         WHERE s.source_id = trigger_problem.source_id
                           AND NOT EXISTS (SELECT FROM pg_trigger t
                                             JOIN pg_proc f ON f.oid = t.tgfoid AND f.pronamespace = 'pls'::regnamespace
                                            WHERE t.tgrelid = s.source AND t.tgname = w.trigger_name)
                        UNION ALL
                        SELECT t.relation, t.trigger_name, pls.trigger_mode_text(t.found, t.mode)
                          FROM pls.watch_trigger_states(trigger_problem.source_id) t
                         WHERE t.found <> t.mode
                        UNION ALL
                        SELECT t.relation, t.trigger_name, 'another source''s, or of another level'
                          FROM pls.watch_trigger_states(trigger_problem.source_id) t
                         WHERE NOT t.fits) t
                 GROUP BY t.relation, t.state) p);
END;
$$;
COMMENT ON FUNCTION pls.trigger_problem(integer) IS
'What is wrong with the triggers of a watched table: one is missing, or in a table below it disabled, or fires when pls.sources does not say so. NULL: nothing.';

CREATE FUNCTION pls.health_of_sources()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    s record;
    n text;
BEGIN
    RETURN QUERY SELECT l.* FROM pls.health_of_locked('sources', VARIADIC pls.tables_of_sources() || '{pls.own_triggers}') l;
    IF FOUND THEN
        RETURN;
    END IF;
    FOR s IN
        SELECT r.source, CASE WHEN pls.owner_reads('sources') THEN pls.source_problem(r.source_id)
                    ELSE 'the owner of the extension cannot read pls.sources' END AS unreadable,
               pls.trigger_problem(r.source_id) AS silent
          FROM pls.sources r ORDER BY r.source_id
    LOOP
        item := format('source %s', s.source);
        status := CASE WHEN coalesce(s.unreadable, s.silent) IS NULL THEN 'ok' ELSE 'broken' END;
        value := coalesce(s.unreadable, s.silent, 'watched');
        hint := CASE WHEN s.unreadable = 'the table was dropped' THEN
                         format('Run SELECT pls.unwatch(%L). If another table has taken its place, call pls.watch() for that.',
                                s.source::oid)
                     WHEN s.unreadable = 'the owner of the extension cannot read pls.sources' THEN
                         'Nothing is observed. See the check "rights of the owner".'
                     WHEN s.unreadable IS NOT NULL THEN
                         'Mend the table: the sweep then rebuilds its motions. Or call pls.unwatch(), pls.watch() and pls.refresh().'
                     WHEN s.silent IS NOT NULL THEN
                         format('Rows may be missed. Run SELECT * FROM pls.mend_triggers(%L), then pls.refresh() for its motions.', s.source::text) END;
        RETURN NEXT;
    END LOOP;

    item := 'triggers';
    SELECT string_agg(p.problem, '; ' ORDER BY p.problem),
           concat_ws(' ',
               CASE WHEN bool_or(NOT p.unknown) THEN 'Run SELECT * FROM pls.mend_triggers().' END,
               CASE WHEN bool_or(p.unknown) THEN
                   'Tables unknown to pls.sources are not observed: restore its rows, call pls.watch(), or drop the triggers.' END)
      INTO value, hint
      FROM (SELECT pls.triggers_text(t.relation, array_agg(t.trigger_name ORDER BY t.trigger_name), t.state) AS problem,
                   t.state = 'unknown to pls.sources' AS unknown
              FROM pls.stray_triggers() t GROUP BY t.relation, t.state) p;
    status := CASE WHEN value IS NULL THEN 'ok' ELSE 'broken' END;
    hint := nullif(hint, '');
    value := coalesce(value, 'as they should be');
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
    value := coalesce(n, 'as they should be');
    hint := nullif(concat_ws(' ',
        CASE WHEN n ~* 'pls[.]enabled|session_replication_role' THEN
            'Events of such sessions are not observed (unless the triggers fire always): run pls.refresh() afterwards.' END,
        CASE WHEN n ~* 'pls[.]now' THEN
            'The clock of such sessions stands still: nothing becomes due. RESET pls.now there.' END), '');
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls.health_of_sources() IS
'Rows of pls.health about the watched tables and the settings.';

-- Motions that raise alerts, and what they need to.
CREATE FUNCTION pls.configuration_problems() RETURNS TABLE (problem text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT format('motion "%s" has no signals', m.motion)
      FROM pls.motions m
     WHERE m.status IN ('pilot', 'live')
       AND NOT EXISTS (SELECT FROM pls.signals s WHERE s.motion = m.motion AND s.enabled)
    UNION ALL
    SELECT format('motion "%s" has no %s', m.motion, CASE WHEN r.last IS NULL THEN 'routes' ELSE 'catch-all route' END)
      FROM pls.motions m
      LEFT JOIN LATERAL (SELECT true AS last, r.predicate FROM pls.routes r
                          WHERE r.motion = m.motion ORDER BY r.position DESC LIMIT 1) r ON true
     WHERE m.status IN ('pilot', 'live') AND (r.last IS NULL OR r.predicate IS NOT NULL);
    RETURN QUERY
    SELECT format('%s row%s of %s name%s %s "%s", which is missing', d.rows, CASE WHEN d.rows <> 1 THEN 's' END,
                  d.table_name, CASE WHEN d.rows = 1 THEN 's' END, d.column_name, d.value)
      FROM pls.dangling_references() d;
END;
$$;
COMMENT ON FUNCTION pls.configuration_problems() IS
'What the configuration lacks: signals or routes of a motion that is live or in pilot, and rows that others name. None: all is well.';

CREATE FUNCTION pls.health_of_configuration()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    unshipped boolean;
BEGIN
    RETURN QUERY
    SELECT l.* FROM pls.health_of_locked('configuration', VARIADIC ARRAY(
        SELECT DISTINCT format('pls.%I', t)::regclass
          FROM pls.reference_rules() r, unnest(ARRAY[r.table_name, r.referred_table, 'shipped_rows', 'shipments']) t)) l;
    IF FOUND THEN
        RETURN;
    END IF;
    unshipped := EXISTS (
        SELECT FROM pls.shipped_rows r
         WHERE r.shipment > coalesce((SELECT max(s.shipment) FROM pls.shipments s), 0));
    item := 'configuration';
    value := (SELECT string_agg(p.problem, ', ' ORDER BY p.problem) FROM pls.configuration_problems() p);
    status := CASE WHEN value IS NOT NULL THEN 'broken' WHEN unshipped THEN 'attention' ELSE 'ok' END;
    hint := CASE WHEN value IS NOT NULL THEN
        'Was a dump restored in part? Load the rest of it, or add the rows; or pause the motion.'
                 WHEN unshipped THEN 'Run SELECT pls.ship_rows().' END;
    value := coalesce(value, CASE WHEN unshipped THEN 'rows that come with the extension have not been put in' ELSE 'complete' END);
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls.health_of_configuration() IS
'Row of pls.health about the configuration.';

CREATE TABLE pls.own_triggers (
    table_name   name NOT NULL,
    trigger_name name NOT NULL,
    mode         text NOT NULL,
    PRIMARY KEY (table_name, trigger_name)
);
COMMENT ON TABLE pls.own_triggers IS
'The triggers of the tables of pls and when they fire, as the extension made them. Filled by CREATE EXTENSION and ALTER EXTENSION UPDATE, and left out of dumps.';
COMMENT ON COLUMN pls.own_triggers.table_name IS 'The table of pls.';
COMMENT ON COLUMN pls.own_triggers.trigger_name IS 'The trigger.';
COMMENT ON COLUMN pls.own_triggers.mode IS 'As in pg_trigger.tgenabled: O, or A for always.';
REVOKE ALL ON pls.own_triggers FROM PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('pls.own_triggers', 'WHERE false');

CREATE FUNCTION pls.mend_triggers(source regclass DEFAULT NULL)
    RETURNS TABLE (relation regclass, trigger_name name, done text)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    patience CONSTANT text := pls.wait_briefly_for_locks();
    found    record;
BEGIN
    IF mend_triggers.source IS NOT NULL
       AND NOT EXISTS (SELECT FROM pls.sources s WHERE s.source = mend_triggers.source) THEN
        RAISE EXCEPTION USING ERRCODE = '42704',
            MESSAGE = format('table %s is not watched', mend_triggers.source),
            HINT = 'The table pls.sources lists the watched tables.';
    END IF;
    PERFORM pls.lock_tables(ARRAY(
        SELECT DISTINCT t.tgrelid::regclass
          FROM pls.own_triggers o
          JOIN pg_trigger t ON t.tgrelid = to_regclass(format('pls.%I', o.table_name)) AND t.tgname = o.trigger_name
         WHERE mend_triggers.source IS NULL AND t.tgenabled::text <> o.mode), exclusive => false);
    FOR found IN
        SELECT o.table_name, o.trigger_name, o.mode
          FROM pls.own_triggers o
          JOIN pg_trigger t ON t.tgrelid = to_regclass(format('pls.%I', o.table_name)) AND t.tgname = o.trigger_name
         WHERE mend_triggers.source IS NULL AND t.tgenabled::text <> o.mode
         ORDER BY o.table_name, o.trigger_name
    LOOP
        EXECUTE format('ALTER TABLE pls.%I ENABLE %s TRIGGER %I', found.table_name,
                       CASE WHEN found.mode = 'A' THEN 'ALWAYS' ELSE '' END, found.trigger_name);
        relation := to_regclass(format('pls.%I', found.table_name));
        trigger_name := found.trigger_name;
        done := CASE WHEN found.mode = 'A' THEN 'enabled always' ELSE 'enabled' END;
        RETURN NEXT;
    END LOOP;
    FOR found IN
        SELECT s.source_id FROM pls.sources s JOIN pg_class c ON c.oid = s.source
         WHERE mend_triggers.source IS NULL OR s.source = mend_triggers.source
         ORDER BY s.source_id
    LOOP
        RETURN QUERY SELECT t.relation, t.trigger_name, t.done FROM pls.set_watch_triggers(found.source_id) t;
    END LOOP;
    PERFORM set_config('lock_timeout', patience, true);
END;
$$;
COMMENT ON FUNCTION pls.mend_triggers(regclass) IS
'Makes the triggers of a watched table, as pls.sources says: those that are missing, that are disabled, or that fire otherwise than asked for. NULL: of all watched tables, and those of the tables of pls. Returns what was done; nothing: all was well. Rows that went by unobserved are read by pls.refresh(). Waits for its locks no longer than lock_timeout, or 2 seconds. Errors: 42704 the table is not watched, 42501 it is not the caller''s, 55P03 a lock could not be had.';
REVOKE EXECUTE ON FUNCTION pls.mend_triggers(regclass) FROM PUBLIC;

-- What fails now: failures of the sweep, and decisions.
CREATE FUNCTION pls.failing()
    RETURNS TABLE (task text, motion text, entity_id text, since timestamptz, attempts bigint, try_again_at timestamptz,
                   sqlstate text, message text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT f.task, f.motion, f.entity_id, f.failed_at, f.attempts, f.try_again_at, f.sqlstate, f.message
      FROM pls.failures f
    UNION ALL
    SELECT 'decide', s.motion, s.entity_id, e.since, e.attempts, s.decide_again_at,
           substring(e.detail FROM E'\\(SQLSTATE (.....)\\)$'), regexp_replace(e.detail, E' \\(SQLSTATE .....\\)$', '')
      FROM pls.standings s
     CROSS JOIN LATERAL (
           SELECT min(d.decided_at) AS since, count(*) AS attempts,
                  (array_agg(d.detail ORDER BY d.decision_id DESC))[1] AS detail
             FROM pls.decisions d
            WHERE d.entity_id = s.entity_id AND d.motion = s.motion AND d.reason = 'error'
              AND d.decision_id > coalesce((SELECT max(o.decision_id) FROM pls.decisions o
                                             WHERE o.entity_id = s.entity_id AND o.motion = s.motion
                                               AND o.reason <> 'error'), 0)) e
     WHERE s.reason = 'error' AND s.lane IS NOT NULL;
END;
$$;
COMMENT ON FUNCTION pls.failing() IS
'What fails now, and is tried again: the rows of pls.failures, and as task decide the entities whose last decision is an error.';

CREATE FUNCTION pls.health_of_failures()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    named CONSTANT integer := 50;
    total bigint := 0;
    lockers text;
    f     record;
BEGIN
    RETURN QUERY SELECT l.* FROM pls.health_of_locked('failures', 'pls.failures', 'pls.standings', 'pls.decisions') l;
    IF FOUND THEN
        RETURN;
    END IF;
    item := 'failures';
    status := 'ok';
    value := 'none';
    lockers := pls.holders_text('write', pls.own_tables());
    FOR f IN SELECT g.* FROM (
                SELECT w.*, count(*) OVER () AS total, min(w.since) OVER () AS oldest,
                       CASE pls.age_status(w.since) WHEN 'broken' THEN 'broken' ELSE 'attention' END AS how_bad,
                       CASE pls.age_status(min(w.since) OVER ()) WHEN 'broken' THEN 'broken' ELSE 'attention' END AS worst,
                       -- what one lock keeps from being done is one thing
                       count(*) OVER alike AS alike,
                       CASE WHEN w.sqlstate = '55P03' THEN row_number() OVER (
                           alike ORDER BY w.since, w.motion COLLATE "C", w.entity_id COLLATE "C") ELSE 1 END AS nth
                  FROM pls.failing() w
                WINDOW alike AS (PARTITION BY w.task, w.sqlstate)) g
              WHERE g.nth = 1
              -- first what concerns most
              ORDER BY g.entity_id <> '', g.since, g.task COLLATE "C", g.motion COLLATE "C", g.entity_id COLLATE "C"
              LIMIT named LOOP
        IF total = 0 THEN
            total := f.total;
            status := f.worst;
            value := format('%s, the oldest for %s', total, pls.age_text(f.oldest));
            hint := 'All else goes on. Mend what the messages say; pls.retry_failures() has the next sweep try again at once.'
                || CASE WHEN total > named THEN format(' Here are %s of them; the rest is in pls.failing().', named) ELSE '' END;
            RETURN NEXT;
        END IF;
        item := 'failing: ' || concat_ws(' ', f.task, nullif(f.motion, ''), nullif(f.entity_id, ''));
        status := f.how_bad;
        value := format('for %s, attempts %s: %s%s%s', pls.age_text(f.since), f.attempts, f.message,
                        CASE WHEN f.sqlstate <> '55000' THEN format(' (SQLSTATE %s)', f.sqlstate) END,
                        CASE WHEN f.sqlstate = '55P03' AND f.alike > 1 THEN
                            format('; and %s more of this task for want of a lock', f.alike - 1) END);
        hint := format('%sIt is tried again at %s.',
                       CASE WHEN f.sqlstate = '55P03' THEN format('Another session holds a lock: %s. ', coalesce(lockers, 'see pg_locks')) END,
                       date_trunc('second', f.try_again_at));
        RETURN NEXT;
    END LOOP;
    IF total = 0 THEN
        RETURN NEXT;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.health_of_failures() IS
'Rows of pls.health about what fails: how much, and a row for each of it, fifty at most.';

CREATE VIEW pls.health ("check", status, value, hint) WITH (security_invoker = true) AS
    SELECT h.item, h.status, h.value, h.hint FROM pls.health_of_sweep() AS h
    UNION ALL
    SELECT h.item, h.status, h.value, h.hint FROM pls.health_of_entities() AS h
    UNION ALL
    SELECT h.item, h.status, h.value, h.hint FROM pls.health_of_clock() AS h
    UNION ALL
    SELECT h.item, h.status, h.value, h.hint FROM pls.health_of_alerts() AS h
    UNION ALL
    SELECT h.item, h.status, h.value, h.hint FROM pls.health_of_configuration() AS h
    UNION ALL
    SELECT h.item, h.status, h.value, h.hint FROM pls.health_of_sources() AS h
    UNION ALL
    SELECT h.item, h.status, h.value, h.hint FROM pls.health_of_failures() AS h
    UNION ALL
    SELECT h.item, h.status, h.value, h.hint FROM pls.health_of_owner() AS h;
REVOKE ALL ON pls.health FROM PUBLIC;
COMMENT ON VIEW pls.health IS
'Is pls well? One row per check; what is not ok has a hint. Its reader needs access as analyst or revops (pls.grant_access).';
COMMENT ON COLUMN pls.health."check" IS 'What was looked at.';
COMMENT ON COLUMN pls.health.status IS 'ok; attention: look at it; broken: events or alerts are being missed.';
COMMENT ON COLUMN pls.health.value IS 'What was found, in words.';
COMMENT ON COLUMN pls.health.hint IS 'What to do. NULL: nothing.';
