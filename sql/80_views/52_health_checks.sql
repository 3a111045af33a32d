/* 52_health_checks.sql - the checks of pls.health on sweep, entities, clock, alerts and failures.
 */

CREATE FUNCTION pls_internal.age_text(since timestamptz) RETURNS text
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
COMMENT ON FUNCTION pls_internal.age_text IS
'How long ago an instant was, in words.';

CREATE FUNCTION pls_internal.age_status(since timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN since < pls.now() - interval '1 hour' THEN 'broken'
                WHEN since < pls.now() - interval '5 minutes' THEN 'attention'
                ELSE 'ok' END;
END;
$$;
COMMENT ON FUNCTION pls_internal.age_status IS
'Status of work that has been waiting since then: ok up to 5 minutes, attention up to an hour, then broken. NULL, nothing waits: ok.';

-- Each function below asks this first.  To look takes the locks that to read
-- takes, and waits for none: where somebody has locked a table, that is what
-- is to be known.
CREATE FUNCTION pls_internal.health_of_locked(about text, VARIADIC tables regclass[])
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    locked CONSTANT regclass := pls_internal.locked_table(VARIADIC tables);
BEGIN
    IF locked IS NULL THEN
        RETURN;
    END IF;
    item := 'locked: ' || about;
    status := 'attention';
    value := format('not checked: %s is locked by %s', locked,
                    pls_internal.holders_or_none(pls_internal.holders_text('read', ARRAY[locked])));
    hint := 'Check again when that transaction has ended.';
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls_internal.health_of_locked IS
'Part of pls.health: a row that replaces the checks of a subject if one of their tables is locked so that it cannot be read; none if all can be read.';

CREATE FUNCTION pls_internal.health_of_sweep()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    last record;        -- not pls.sweeps: that would lock the table first
    b    record;
BEGIN
    RETURN QUERY SELECT l.* FROM pls_internal.health_of_locked('sweep and backlog', 'pls.sweeps', 'pls.sources', 'pls.motions',
                                                      'pls.backlog', 'pls_internal.identity_changes') l;
    IF FOUND THEN
        RETURN;
    END IF;
    -- one that a wrong clock has dated says nothing
    SELECT w.* INTO last FROM pls.sweeps w WHERE NOT pls_internal.is_ahead(w.swept_at)
     ORDER BY w.swept_at DESC, w.sweep_id DESC LIMIT 1;
    item := 'last sweep';
    status := CASE WHEN NOT EXISTS (SELECT FROM pls.sources) THEN 'ok'
                   WHEN last.swept_at IS NULL OR last.swept_at < pls.now() - interval '15 minutes' THEN 'broken'
                   WHEN last.swept_at < pls.now() - interval '3 minutes' THEN 'attention'
                   ELSE 'ok' END;
    value := CASE WHEN last.swept_at IS NULL THEN 'none in the last two days'
             ELSE format('%s ago, took %s s: %s settled, %s refreshed, %s busy, %s assigned',
                  pls_internal.age_text(last.swept_at), round(extract(epoch FROM last.took), 1),
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
    status := pls_internal.age_status(b.oldest);
    IF status = 'ok' AND b.due > 100000 THEN
        status := 'attention';
    END IF;
    value := format('%s due%s, %s with future events', b.due,
                    ', the oldest for ' || pls_internal.age_text(b.oldest), b.ahead);
    hint := CASE WHEN status <> 'ok' THEN
        'The sweep cannot keep up, or a long transaction blocks it: see pg_stat_activity and pg_prepared_xacts.' END;
    RETURN NEXT;
    item := 'rebuilds requested';
    status := pls_internal.age_status(b.oldest_mark);
    value := format('%s entities%s%s', b.marks - b.motions,
                    CASE WHEN b.motions > 0 THEN format(' and whole motions: %s', (
                        SELECT string_agg(DISTINCT g.motion, ', ') FROM pls.backlog g WHERE g.entity_id = '')) END,
                    ', the oldest for ' || pls_internal.age_text(b.oldest_mark));
    hint := CASE WHEN status <> 'ok' THEN
        'The sweep rebuilds them from the watched tables; if it makes no progress, run pls.refresh(motion).' END;
    RETURN NEXT;

    item := 'identity changes';
    SELECT count(*) AS changes, min(c.noted_at) AS oldest INTO b FROM pls_internal.identity_changes c;
    status := pls_internal.age_status(b.oldest);
    value := format('%s after which events must be recounted%s', b.changes,
                    ', the oldest for ' || pls_internal.age_text(b.oldest));
    hint := CASE WHEN status <> 'ok' THEN
        'The sweep waits for older transactions to end: see pg_stat_activity and pg_prepared_xacts.' END;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls_internal.health_of_sweep IS
'Rows of pls.health about the sweep and what waits for it.';

CREATE FUNCTION pls_internal.health_of_entities()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    n      record;
    -- about which nothing is decided
    drafts text[];
BEGIN
    RETURN QUERY SELECT l.* FROM pls_internal.health_of_locked('entities', 'pls.standings', 'pls.motions') l;
    IF FOUND THEN
        RETURN;
    END IF;
    drafts := ARRAY(SELECT m.motion FROM pls.motions m WHERE m.status = 'draft');
    SELECT count(*) FILTER (WHERE s.decide_again_at <= pls.now() AND s.motion <> ALL (drafts)) AS due,
           min(s.decide_again_at) FILTER (WHERE s.motion <> ALL (drafts)) AS oldest_due,
           count(*) FILTER (WHERE s.stale) AS stale,
           min(s.evaluated_at) FILTER (WHERE s.stale) AS stale_since,
           min(s.evaluated_at) FILTER (WHERE s.last_event_at > pls.now() - interval '1 hour') AS evaluated,
           count(*) FILTER (WHERE s.last_event_at > pls.now() - interval '1 hour') AS recent,
           count(*) FILTER (WHERE s.evaluated_at < s.last_event_at AND s.last_event_at <= pls.now()) AS behind,
           count(*) AS total
      INTO n FROM pls.standings s;
    item := 'decisions due';
    status := pls_internal.age_status(n.oldest_due);
    value := n.due || coalesce(CASE WHEN n.due > 0 THEN ', the oldest for ' || pls_internal.age_text(n.oldest_due) END, '');
    hint := CASE WHEN status <> 'ok' THEN
        'The sweep makes these decisions. If it is running, look for decisions with reason error.' END;
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
             ELSE format('%s entities with events in the last hour, the oldest evaluation %s ago; %s behind their events',
                         n.recent, pls_internal.age_text(n.evaluated), n.behind) END;
    hint := CASE WHEN status <> 'ok' THEN 'Some entities were evaluated before their newest event: run the sweep.' END;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls_internal.health_of_entities IS
'Rows of pls.health about the standings, from one pass over them.';

CREATE FUNCTION pls_internal.health_of_clock()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT l.* FROM pls_internal.health_of_locked('clock', 'pls.standings', 'pls.motions', 'pls.model_versions',
                                                      'pls.decisions') l;
    IF FOUND THEN
        RETURN;
    END IF;
    item := 'clock';
    SELECT string_agg(format('%s up to %s ahead', a.what, pls_internal.span_text(a.latest - pls.now())), ', ' ORDER BY a.what)
      INTO value
      FROM (SELECT format('%s standings', count(*)) AS what, max(s.evaluated_at) AS latest
              FROM pls.standings s WHERE pls_internal.is_ahead(s.evaluated_at)
            UNION ALL
            -- per motion: that is how the index has them
            SELECT 'decisions', max(d.decided_at)
              FROM (SELECT n.motion FROM pls.motions n UNION SELECT v.motion FROM pls.model_versions v) m
             CROSS JOIN LATERAL (
                   SELECT e.decided_at FROM pls.decisions e
                    WHERE e.motion = m.motion ORDER BY e.decided_at DESC LIMIT 1) d) a
     WHERE pls_internal.is_ahead(a.latest);
    status := CASE WHEN value IS NULL THEN 'ok' ELSE 'attention' END;
    hint := CASE WHEN value IS NOT NULL THEN
        'The clock, or pls.now, was ahead and has been set back. The sweep corrects the standings; check the alerts raised in the meantime.' END;
    value := coalesce(value, 'nothing is dated in the future');
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls_internal.health_of_clock IS
'Row of pls.health about what was evaluated or decided at instants that lie more than a minute ahead of the clock.';

CREATE FUNCTION pls_internal.health_of_alerts()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    n record;
BEGIN
    RETURN QUERY SELECT l.* FROM pls_internal.health_of_locked('decisions and alerts', 'pls.motions', 'pls.model_versions',
                                                      'pls.decisions', 'pls.alerts', 'pls.reps', 'pls.absences', 'pls.channels', 'pls.deliveries') l;
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
        'Fix the cause that the message names. Decisions are retried after pauses that grow from a minute to an hour.' END;
    RETURN NEXT;

    SELECT count(*) AS waiting, min(a.created_at) AS oldest,
           (array_agg(a.unassigned_reason ORDER BY a.created_at))[1] AS why INTO n
      FROM pls.alerts a
     WHERE a.assigned_to IS NULL AND pls_internal.is_open(a.status);
    item := 'unassigned alerts';
    status := CASE WHEN n.waiting > 0 THEN 'attention' ELSE 'ok' END;
    value := format('%s%s', n.waiting, ', the oldest for ' || pls_internal.age_text(n.oldest) || ': ' || n.why);
    hint := CASE WHEN status <> 'ok' THEN
        'The sweep tries again; add capacity or a fallback owner to the pool, or a matching route to the motion.' END;
    RETURN NEXT;

    -- by rep: that is how the index has them
    SELECT coalesce(sum(o.n), 0) AS stranded, count(*) FILTER (WHERE o.n > 0) AS holders,
           (array_agg(r.rep || ' ' || o.n ORDER BY o.n DESC, r.rep COLLATE "C") FILTER (WHERE o.n > 0))[1:3] AS most,
           (array_agg(r.rep ORDER BY o.n DESC, r.rep COLLATE "C"))[1] AS first INTO n
      FROM pls.reps r
     CROSS JOIN LATERAL (SELECT count(*) AS n FROM pls.alerts a
                          WHERE a.assigned_to = r.rep AND pls_internal.is_open(a.status)) o
     WHERE NOT r.active OR pls_internal.rep_absent(r.rep, pls.now());
    item := 'alerts of absent reps';
    status := CASE WHEN n.stranded > 0 THEN 'attention' ELSE 'ok' END;
    value := format('%s%s', n.stranded,
                    CASE WHEN n.stranded > 0 THEN format(', with reps who are inactive or absent: %s%s', array_to_string(n.most, ', '),
                                                         CASE WHEN n.holders > 3 THEN ' ...' END) END);
    hint := CASE WHEN status <> 'ok' THEN
        format('Give them to others: SELECT * FROM pls.hand_over(%L);', n.first) END;
    RETURN NEXT;

    SELECT count(*) FILTER (WHERE d.status = 'dead') AS dead,
           min(d.ready_at) FILTER (WHERE d.status = 'queued' AND d.ready_at <= pls.now()) AS oldest INTO n
      FROM pls.deliveries d WHERE d.status = ANY (ARRAY['queued', 'dead']);
    item := 'deliveries';
    status := CASE WHEN n.oldest < pls.now() - interval '1 hour' THEN 'broken'
                   WHEN n.dead > 0 OR n.oldest < pls.now() - interval '15 minutes' THEN 'attention'
                   ELSE 'ok' END;
    value := format('%s dead%s', n.dead, ', the oldest ready for ' || pls_internal.age_text(n.oldest));
    hint := CASE WHEN n.dead > 0 THEN
        'See pls.dead_deliveries; pls.requeue_deliveries() retries them.'
                 WHEN status <> 'ok' THEN 'Is the channel''s worker running? See pls.delivery_queue.' END;
    RETURN NEXT;

    item := 'channels';
    value := (SELECT string_agg(c.channel, ', ' ORDER BY c.channel) FROM pls.channels c
               WHERE c.delivers_from IS DISTINCT FROM pls_internal.delivery_identity());
    status := CASE WHEN value IS NULL THEN 'ok' ELSE 'attention' END;
    hint := CASE WHEN value IS NOT NULL THEN
        'Workers get nothing from this database: it is a copy of the one that delivers, or channels were stopped. If it takes the place of that one, call pls.confirm_delivery_identity(); leave it so in a copy for tests.' END;
    value := coalesce('stopped: ' || value, 'all deliver from this database');
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls_internal.health_of_alerts IS
'Rows of pls.health about decisions and alerts.';

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
COMMENT ON FUNCTION pls.failing IS
'Current failures, which will be retried: the rows of pls.failures, and, as task decide, the entities whose last decision is an error.';

CREATE FUNCTION pls_internal.health_of_failures()
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
    RETURN QUERY SELECT l.* FROM pls_internal.health_of_locked('failures', 'pls.failures', 'pls.standings', 'pls.decisions') l;
    IF FOUND THEN
        RETURN;
    END IF;
    item := 'failures';
    status := 'ok';
    value := 'none';
    lockers := pls_internal.holders_text('write', pls_internal.own_tables());
    FOR f IN SELECT g.* FROM (
                SELECT w.*, count(*) OVER () AS total, min(w.since) OVER () AS oldest,
                       CASE pls_internal.age_status(w.since) WHEN 'broken' THEN 'broken' ELSE 'attention' END AS how_bad,
                       CASE pls_internal.age_status(min(w.since) OVER ()) WHEN 'broken' THEN 'broken' ELSE 'attention' END AS worst,
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
            value := format('%s, the oldest for %s', total, pls_internal.age_text(f.oldest));
            hint := 'Everything else continues. Fix the causes; pls.retry_failures() makes the next sweep retry at once.'
                || CASE WHEN total > named THEN format(' The first %s are listed here; pls.failing() lists all.', named) ELSE '' END;
            RETURN NEXT;
        END IF;
        item := 'failing: ' || concat_ws(' ', f.task, nullif(f.motion, ''), nullif(f.entity_id, ''));
        status := f.how_bad;
        value := format('for %s, attempts %s: %s%s%s', pls_internal.age_text(f.since), f.attempts, f.message,
                        CASE WHEN f.sqlstate <> '55000' THEN format(' (SQLSTATE %s)', f.sqlstate) END,
                        CASE WHEN f.sqlstate = '55P03' AND f.alike > 1 THEN
                            format('; and %s more of this task because of a lock', f.alike - 1) END);
        hint := format('%sThe next attempt is at %s.',
                       CASE WHEN f.sqlstate = '55P03' THEN format('Another session holds a lock: %s. ', coalesce(lockers, 'see pg_locks')) END,
                       date_trunc('second', f.try_again_at));
        RETURN NEXT;
    END LOOP;
    IF total = 0 THEN
        RETURN NEXT;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.health_of_failures IS
'Rows of pls.health about failures: the number, and a row for each, fifty at most.';
