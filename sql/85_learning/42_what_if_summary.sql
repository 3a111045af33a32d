/* 42_what_if_summary.sql - what a change of the rules is, in a few figures.
 *
 * How many alerts a week: the last weeks are gone through once more by the
 * committed model and by the one of this transaction.  Who would get them:
 * by the routes, pools and reps as they were and as they are, with as many
 * alerts for each rep as are entitled to, not as its turns happen to fall.
 */

CREATE FUNCTION pls_internal.alert_load(motion text, raised jsonb)
    RETURNS TABLE (pool text, rep text, alerts numeric, capacity numeric, is_member boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 50
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH routed AS MATERIALIZED (
        SELECT w.pool, o.owner, w.owner = 'only' AS for_owner
          FROM pls.motions m
         CROSS JOIN LATERAL jsonb_array_elements(alert_load.raised) AS a (alert)
         CROSS JOIN LATERAL pls_internal.known_of(m.unit, a.alert ->> 'entity_id') k
         CROSS JOIN LATERAL (
               SELECT pls_internal.route_facts(jsonb_populate_record(NULL::pls.alerts, a.alert), k.account, k.member) AS facts
               OFFSET 0) f
          LEFT JOIN LATERAL pls_internal.route_of(m.motion, f.facts) w ON true
         CROSS JOIN LATERAL (
               SELECT CASE WHEN w.owner IS DISTINCT FROM 'ignore' AND (k.account).owner <> '' AND pls_internal.owner_why_not((k.account).owner, pls.now(), false) IS NULL
                           THEN (k.account).owner END AS owner) o
         WHERE m.motion = alert_load.motion),
    members AS MATERIALIZED (
        SELECT p.pool, p.rep, p.weight / sum(p.weight) OVER (PARTITION BY p.pool) AS share
          FROM pls.pool_members p JOIN pls.reps r ON r.rep = p.rep AND r.active
         WHERE p.weight > 0)
    SELECT s.pool, s.rep, sum(s.alerts), r.daily_quota, EXISTS (SELECT FROM members n WHERE n.pool = s.pool AND n.rep = s.rep)
      FROM (SELECT t.pool, t.owner AS rep, count(*)::numeric AS alerts
              FROM routed t WHERE t.owner IS NOT NULL GROUP BY t.pool, t.owner
            UNION ALL
            SELECT t.pool, m.rep, t.alerts * coalesce(m.share, 1)
              FROM (SELECT u.pool, u.for_owner, count(*)::numeric AS alerts FROM routed u WHERE u.owner IS NULL GROUP BY u.pool, u.for_owner) t
              LEFT JOIN members m ON m.pool = t.pool AND t.for_owner IS NOT TRUE
            UNION ALL
            SELECT m.pool, m.rep, 0
              FROM members m
             WHERE m.pool IN (SELECT w.pool FROM pls.routes w WHERE w.motion = alert_load.motion)) s
      LEFT JOIN pls.reps r ON r.rep = s.rep
     GROUP BY s.pool, s.rep, r.daily_quota;
END;
$$;
COMMENT ON FUNCTION pls_internal.alert_load IS
'How alerts of a motion are shared out among pools and reps by the routes, owners, members and weights as they are; raised: an array of objects with entity_id, lane, score, grade and evidence (of which signal and met are used). An alert counts for the owner of its account, else for the active members of its pool by their weights, as far as its route asks them (pls.routes.owner); rep NULL: nobody, pool NULL: no route. capacity: the rep''s daily_quota; is_member: not only the owner of an account. Also the members who get none.';

CREATE FUNCTION pls_internal.load_committed(motion text, raised jsonb)
    RETURNS TABLE (pool text, rep text, alerts numeric, capacity numeric, is_member boolean)
    AS 'MODULE_PATHNAME', 'pls_load_committed' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 10000 ROWS 50;
COMMENT ON FUNCTION pls_internal.load_committed IS
'As pls_internal.alert_load(), by what the tables hold without the changes of this transaction.';

-- The alerts of the last weeks, by a model (NULL: as the transaction sees it).
-- One that moves from triage to sales counts there.
CREATE FUNCTION pls_internal.replayed_load(motion text, "from" timestamptz, until timestamptz, model jsonb) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    -- twice the same assumptions
    SET client_min_messages = warning
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'entity_id', a.entity_id, 'lane', a.lane, 'score', a.score, 'grade', a.grade,
                   'evidence', (SELECT coalesce(jsonb_agg(jsonb_build_object('signal', s, 'met', true)), '[]') FROM unnest(a.signals) s))), '[]')
          FROM (SELECT DISTINCT ON (d.entity_id, d.number) d.entity_id, d.lane, d.score, d.grade, d.signals
                  FROM pls_internal.alerts_of_replay(motion, replayed_load."from", until, model, NULL) d
                 WHERE d.reason <> 'held_out'
                 ORDER BY d.entity_id, d.number, d.lane = 'sales' DESC, d.at) a);
END;
$$;
COMMENT ON FUNCTION pls_internal.replayed_load IS
'The alerts that pls.replay() finds for a motion in a span, as pls_internal.alert_load() takes them; model NULL: as the transaction sees it. Errors of pls.replay().';

CREATE FUNCTION pls.what_if_summary(motion text, weeks integer DEFAULT 4)
    RETURNS TABLE (what text, name text, before numeric, after numeric, capacity numeric, detail text)
    LANGUAGE plpgsql VOLATILE ROWS 30
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '2s'
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    play      CONSTANT pls.motions := pls_internal.motion_named(motion);
    until     CONSTANT timestamptz := pls.now();
    since     CONSTANT timestamptz := until - weeks * interval '7 days';
    committed jsonb;
    committed_alerts jsonb;     -- NULL: this transaction has made the motion
    changed_alerts   jsonb;
BEGIN
    IF (weeks BETWEEN 1 AND 104) IS NOT TRUE THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('weeks is %s', coalesce(weeks::text, 'NULL')),
            HINT = 'Use a number from 1 to 104.';
    END IF;
    SELECT v.model INTO committed FROM pls.model_versions v WHERE v.motion = play.motion ORDER BY v.model_version DESC LIMIT 1;
    changed_alerts := pls_internal.replayed_load(play.motion, since, until, NULL);
    IF committed IS NOT NULL THEN
        committed_alerts := pls_internal.replayed_load(play.motion, since, until, committed);
    END IF;
    RETURN QUERY
    WITH lanes AS (
        SELECT l.lane, l.n, CASE WHEN committed_alerts IS NOT NULL
                    THEN (SELECT count(*) FROM jsonb_array_elements(committed_alerts) a WHERE a ->> 'lane' = l.lane)::numeric END AS earlier,
               (SELECT count(*) FROM jsonb_array_elements(changed_alerts) a WHERE a ->> 'lane' = l.lane)::numeric AS later
          FROM (VALUES ('sales', 1), ('triage', 2)) l (lane, n)),
    loads AS MATERIALIZED (
        SELECT u.pool, u.rep, sum(u.earlier) AS earlier, sum(u.later) AS later, max(u.was_capacity) AS was_capacity, max(u.capacity) AS capacity,
               bool_or(NOT u.is_after) AS was_there, bool_or(u.is_after) AND u.rep IS NOT NULL AS is_there,
               bool_or(u.is_after AND u.is_member) AS is_member
          FROM (SELECT o.pool, o.rep, o.alerts AS earlier, 0 AS later, o.capacity AS was_capacity, NULL::numeric AS capacity, false AS is_after, o.is_member
                  FROM pls_internal.load_committed(play.motion, committed_alerts) o
                 UNION ALL
                SELECT n.pool, n.rep, 0, n.alerts, NULL, n.capacity, true, n.is_member
                  FROM pls_internal.alert_load(play.motion, changed_alerts) n) u
         GROUP BY u.pool, u.rep),
    -- a rep of several pools has one quota
    reps AS (
        SELECT l.rep, sum(l.earlier) AS earlier, sum(l.later) AS later, max(l.capacity) AS capacity, max(l.was_capacity) AS was_capacity,
               bool_or(l.was_there) AS was_there, bool_or(l.is_there) AS is_there
          FROM loads l WHERE l.rep IS NOT NULL GROUP BY l.rep),
    open AS (
        SELECT a.assigned_to AS rep, count(*) AS alerts FROM pls.alerts a
         WHERE pls_internal.is_open(a.status) AND a.assigned_to IS NOT NULL GROUP BY a.assigned_to),
    next AS MATERIALIZED (
        SELECT w.change, w.alert, count(*) AS entities
          FROM pls.what_if(play.motion) w WHERE play.status <> 'draft' GROUP BY w.change, w.alert),
    lines AS (
        SELECT 1 AS part, l.n::text AS place, 'alerts a week' AS what, l.lane AS name, round(l.earlier / weeks, 1) AS before,
               round(l.later / weeks, 1) AS after, NULL::numeric AS capacity,
               concat('in ', weeks, CASE WHEN weeks = 1 THEN ' week ' ELSE ' weeks ' END, l.earlier || ' and ', l.later) AS detail
          FROM lanes l
         UNION ALL
        SELECT 2, g.n::text, 'with the next sweep', g.name, NULL, coalesce((SELECT sum(x.entities) FROM next x WHERE x.alert = g.name), 0), NULL, g.detail
          FROM (VALUES (1, 'raised', 'alerts that come'), (2, 'moves to sales', 'open alerts that leave triage'),
                       (3, 'withdrawn', 'open alerts that nobody has touched')) g (n, name, detail)
         WHERE play.status <> 'draft'
         UNION ALL
        SELECT 3, coalesce(l.pool, '~'), 'pool, a week', coalesce(l.pool, 'no route'), round(sum(l.earlier) / weeks, 1), round(sum(l.later) / weeks, 1),
               CASE WHEN bool_and(l.capacity IS NOT NULL) FILTER (WHERE l.is_member) THEN 7 * sum(l.capacity) FILTER (WHERE l.is_member) END,
               CASE WHEN l.pool IS NULL THEN 'no route of the motion matches'
                    WHEN NOT bool_or(l.is_member) THEN 'nobody is active in it'
                    ELSE format('%s of %s members have a quota', count(l.capacity) FILTER (WHERE l.is_member),
                                count(*) FILTER (WHERE l.is_member)) END
          FROM loads l GROUP BY l.pool
         UNION ALL
        SELECT 4, r.rep, 'rep, a week', r.rep, round(r.earlier / weeks, 1), round(r.later / weeks, 1), 7 * r.capacity,
               concat_ws('; ', format('%s%s open now', coalesce(o.alerts, 0), ' of ' || k.max_open),
                         CASE WHEN NOT r.is_there THEN 'gets none now' END,
                         CASE WHEN r.was_there AND r.is_there AND r.was_capacity IS DISTINCT FROM r.capacity THEN format('quota was %s', coalesce(r.was_capacity::text, 'none')) END,
                         CASE WHEN r.later / weeks > 7 * r.capacity THEN 'above the quota' END)
          FROM reps r
          LEFT JOIN pls.reps k ON k.rep = r.rep
          LEFT JOIN open o ON o.rep = r.rep)
    SELECT l.what, l.name, CASE WHEN committed_alerts IS NOT NULL THEN coalesce(l.before, 0) END, coalesce(l.after, 0), l.capacity, l.detail
      FROM lines l
     ORDER BY l.part, l.place COLLATE "C";
END;
$$;
COMMENT ON FUNCTION pls.what_if_summary IS
'What a change of a motion''s rules in this transaction amounts to. what: "alerts a week", by lane: the alerts of the last weeks by pls.replay() (one that goes over from triage to sales counts in sales only), with the committed model (before; NULL: the transaction has made the motion) and with the tables as the transaction sees them (after); what pls.replay() takes for granted holds for both. "with the next sweep": how many alerts pls.what_if() says are raised, move to sales or are withdrawn (not of a draft). "pool, a week" and "rep, a week": the replayed alerts by routes, owners, members and weights as they were and as they are, against capacity: 7 times daily_quota (of a pool, of its active members; NULL: not limited). An alert counts for the owner of its account, or for each active member of its pool by weight. Writes nothing. Errors: 22023 weeks, 42704 unknown motion, those of pls.replay().';
