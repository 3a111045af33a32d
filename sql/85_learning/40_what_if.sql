/* 40_what_if.sql - what a change of the rules will do, before it is committed.
 *
 * Before is what is committed: the standings as they are stored, valued by the
 * model that everybody else sees (src/model/model_committed.c).  After is what
 * the sweep would make of them by the tables as this transaction sees them.
 * Nothing is written, and nobody else sees anything of it.
 *
 * What the sweep does is asked of the rules that it asks itself: what a rebuild
 * reads (pls_internal.gather), what evidence is worth (pls.evaluate), which
 * rule stands in the way (pls_internal.first_rule), when that is over
 * (pls_internal.is_decided_anew), which alerts are withdrawn or expire
 * (pls_internal.contact_rule, is_groundless, is_expired).  Only the order of these
 * questions is written here, set by set; test/sql/what_if_commit holds the two
 * together.  The same is asked for pls.preview() and pls.go_live().
 */

CREATE FUNCTION pls_internal.evaluate_change(stored pls.evidence, stored_as_of timestamptz, evidence pls.evidence, as_of timestamptz,
                             attributes jsonb, was_lane text,
                             OUT score_before numeric, OUT grade_before text, OUT lane_before text, OUT floor_before numeric, OUT required_before boolean,
                             OUT score_after numeric, OUT grade_after text, OUT lane_after text, OUT floor_after numeric, OUT required_after boolean,
                             OUT stale boolean)
    AS 'MODULE_PATHNAME', 'pls_evaluate_change' LANGUAGE C STABLE PARALLEL SAFE COST 450;
COMMENT ON FUNCTION pls_internal.evaluate_change IS
'Columns of pls.evaluate() twice: of what is stored by the model without what this transaction has changed (before), and of the evidence by the model as the transaction sees it (after). NULL: there is no such evidence, or the transaction has made the motion. The instants must not be before the newest event. Error 42704: the motion no longer exists.';

CREATE FUNCTION pls_internal.measures_anew(motion text) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_measures_anew' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION pls_internal.measures_anew IS
'Whether this transaction has changed what a motion''s signals match or measure, so that what is stored must be rebuilt. Error 42704: no such motion.';

-- What the sweep will rebuild: all, where that was asked for or where it is
-- less work, or some entities.
CREATE FUNCTION pls_internal.rebuild_to_come(motion text, OUT whole boolean, OUT entities text[], OUT complete boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    few  CONSTANT integer := pls_internal.few_stale();
    anew CONSTANT boolean := pls_internal.measures_anew(motion);
BEGIN
    whole := false;
    entities := '{}';
    complete := NOT EXISTS (
        SELECT FROM pls.sources s
         WHERE (s.motions IS NULL OR rebuild_to_come.motion = ANY (s.motions))
           AND EXISTS (SELECT FROM pg_class c WHERE c.oid = s.source)
           AND pls_internal.source_problem(s.source_id) IS NOT NULL);
    IF NOT pls_internal.has_sources(motion) OR pls_internal.unreadable(motion) IS NOT NULL THEN
        RETURN;
    END IF;
    entities := ARRAY(
        SELECT s.entity_id FROM pls.standings s
         WHERE s.motion = rebuild_to_come.motion AND (s.stale OR anew)
         UNION
        SELECT b.entity_id FROM pls.backlog b
         WHERE b.motion = rebuild_to_come.motion AND b.evidence IS NULL AND b.once_ended IS NULL
         LIMIT few + 1);
    whole := cardinality(entities) > few
        OR EXISTS (SELECT FROM pls.backlog b
                    WHERE b.entity_id = '' AND b.motion = rebuild_to_come.motion AND b.once_ended IS NULL);
END;
$$;
COMMENT ON FUNCTION pls_internal.rebuild_to_come IS
'What of a motion the sweep will rebuild from the events: whole, or these entities. complete: every watched table can be read. None if no table can.';

CREATE FUNCTION pls_internal.evidence_to_come(motion text, whole boolean, entities text[])
    RETURNS TABLE (entity_id text, evidence pls.evidence, newest timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF whole OR entities <> '{}' THEN
        RETURN QUERY
        SELECT g.entity_id, g.evidence, g.newest
          FROM pls_internal.gather_now(motion, CASE WHEN NOT whole THEN entities END, pls.now()) g
         WHERE g.evidence IS NOT NULL AND g.due IS NULL;
    END IF;
    IF NOT whole THEN
        RETURN QUERY
        SELECT b.entity_id, pls.rollup(b.evidence), max(b.not_before)
          FROM pls.backlog b
         WHERE b.motion = evidence_to_come.motion AND b.evidence IS NOT NULL AND b.not_before <= pls.now()
           AND b.entity_id <> ALL (entities)
         GROUP BY b.entity_id;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.evidence_to_come IS
'The evidence that the sweep will put into the place of what is stored of a motion (whole) or of these entities, and of the others what waits in the backlog to be added; newest: the newest event in it.';

-- What is stored of each entity, and what is known of it and new.  OFFSET 0
-- keeps the planner from merging layers, which would evaluate what is in them
-- for each column.  Inlined, into functions that run nothing in parallel: events
-- are read by workers of their own.
CREATE FUNCTION pls_internal.standings_to_come(play pls.motions, whole boolean, entities text[], nothing pls.evidence)
    RETURNS TABLE (entity_id text, user_id text, account_id text, stored pls.evidence, score numeric, lane text, qualified boolean,
                   reason text, decide_again_at timestamptz, stale boolean, last_event_at timestamptz, evaluated_at timestamptz,
                   last_alert_at timestamptz, cooldown_until timestamptz, look_at timestamptz,
                   rebuilt boolean, newest_event timestamptz, evidence pls.evidence, at timestamptz,
                   alert_id bigint, alert_lane text, first_touch_at timestamptz, was_obstacle text, expires boolean,
                   name text, domain text, owner text, size integer, signed_up_at timestamptz, attributes jsonb,
                   updated_at timestamptz, external_ids jsonb, known_since timestamptz,
                   user_account_id text, email text, user_signed_up_at timestamptz, user_attributes jsonb,
                   user_updated_at timestamptz, user_known_since timestamptz)
    LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1000
BEGIN ATOMIC
    SELECT k.entity_id, k.user_id, k.account_id, k.stored, k.score, k.lane, k.qualified, k.reason, k.decide_again_at, k.stale,
           k.last_event_at, k.evaluated_at, k.last_alert_at, k.cooldown_until, k.look_at, k.rebuilt, k.newest_event,
           CASE WHEN k.rebuilt
                -- what something was decided about stays, with no evidence
                THEN coalesce(k.news, CASE WHEN k.reason IS NOT NULL OR k.last_alert_at IS NOT NULL THEN standings_to_come.nothing END)
                WHEN k.stored IS NULL OR k.news IS NULL THEN coalesce(k.stored, k.news)
                ELSE (SELECT pls.rollup(p.part) FROM (VALUES (k.stored), (k.news)) AS p (part)) END,
           pls_internal.now_after(greatest(k.newest_event, k.evaluated_at)),
           k.alert_id, k.alert_lane, k.first_touch_at, k.was_obstacle, k.expires,
           k.name, k.domain, k.owner, k.size, k.signed_up_at, k.attributes, k.updated_at, k.external_ids, k.known_since,
           k.user_account_id, k.email, k.user_signed_up_at, k.user_attributes, k.user_updated_at, k.user_known_since
      FROM (SELECT i.entity_id, i.user_id, m.account_id, s.evidence AS stored, s.score, s.lane, s.qualified, s.reason, s.decide_again_at,
                   s.stale, s.last_event_at, s.evaluated_at, s.last_alert_at, s.cooldown_until, s.look_at,
                   g.evidence AS news, j.rebuilt, greatest(CASE WHEN NOT j.rebuilt THEN s.last_event_at END, g.newest) AS newest_event,
                   o.alert_id, o.lane AS alert_lane, o.first_touch_at, o.obstacle AS was_obstacle,
                   CASE WHEN o.alert_id IS NOT NULL AND (play).expire_after IS NOT NULL
                        THEN coalesce(pls_internal.is_expired(o.alert_id, o.status, o.created_at, o.paused_at, o.clock_from,
                                                              (play).expire_after, pls.now()), false)
                        ELSE false END AS expires,
                   a.name, a.domain, a.owner, a.size, a.signed_up_at, a.updated_at, a.external_ids, a.known_since,
                   pls_internal.entity_document(m.account_id, i.user_id, a.attributes) AS attributes,
                   u.account_id AS user_account_id, u.email, u.signed_up_at AS user_signed_up_at, u.attributes AS user_attributes,
                   u.updated_at AS user_updated_at, u.known_since AS user_known_since
              FROM (SELECT t.* FROM pls.standings t WHERE t.motion = (play).motion) s
              FULL JOIN pls_internal.evidence_to_come((play).motion, standings_to_come.whole, standings_to_come.entities) g
                ON g.entity_id = s.entity_id
             CROSS JOIN LATERAL (
                   SELECT coalesce(s.entity_id, g.entity_id) AS entity_id,
                          CASE WHEN (play).unit = 'user' THEN coalesce(s.entity_id, g.entity_id) END AS user_id) i
             CROSS JOIN LATERAL (
                   SELECT standings_to_come.whole OR i.entity_id = ANY (standings_to_come.entities) AS rebuilt) j
              LEFT JOIN pls.alerts o
                ON o.entity_id = i.entity_id AND o.motion = (play).motion AND pls_internal.is_open(o.status)
              LEFT JOIN pls.users u ON u.user_id = i.user_id
             CROSS JOIN LATERAL (
                   SELECT CASE WHEN (play).unit = 'user' THEN pls_internal.account_of_member(i.entity_id, u.account_id, u.email)
                               ELSE i.entity_id END AS account_id) m
              LEFT JOIN pls.accounts a ON a.account_id = m.account_id
            OFFSET 0) k
    OFFSET 0;
END;
COMMENT ON FUNCTION pls_internal.standings_to_come IS
'Part of pls_internal.decisions_to_come(): the standings of a motion as they are stored (evidence is in stored), or will be made; what of each is rebuilt, the evidence that it will have (NULL: it goes) and the instant of the next evaluation; its open alert and whether that expires; and what is known of its account and user.';

-- Step by step: what the evidence is worth (worth); what the sweep would touch
-- (touched); which rule then applies (ruled).  A subquery whose condition is of
-- the outer row is not even begun where it does not hold.  Inlined, as above.
CREATE FUNCTION pls_internal.decisions_to_come(play pls.motions, whole boolean, entities text[], complete boolean,
                                               nothing pls.evidence, best_grade text)
    RETURNS TABLE (entity_id text, account_id text, was_lane text, was_reason text,
                   score_before numeric, grade_before text, lane_before text, shortfall_before text,
                   score_after numeric, grade_after text, lane_after text, shortfall_after text,
                   evidence pls.evidence, at timestamptz, waits boolean, decides boolean, rule text, until timestamptz, detail text,
                   alert_id bigint, moves boolean, withdrawn boolean, expires boolean, obstacle text)
    LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1000
BEGIN ATOMIC
    WITH valued AS (
        SELECT n.*, pls_internal.evaluate_change(n.stored, pls_internal.now_after(n.last_event_at), n.evidence, n.at,
                                                 n.attributes, n.lane) AS v
          FROM pls_internal.standings_to_come(play, decisions_to_come.whole, decisions_to_come.entities, decisions_to_come.nothing) n
        OFFSET 0),
    worth AS (
        SELECT e.*, (e.v).score_before, (e.v).grade_before, (e.v).lane_before, (e.v).floor_before, (e.v).required_before,
               (e.v).score_after, (e.v).grade_after, (e.v).lane_after, (e.v).floor_after, (e.v).required_after,
               (e.v).lane_after IS NOT NULL
               AND (e.rebuilt OR NOT coalesce(e.stale OR (e.v).stale, false))
               -- with events of the future in it: rebuilt first
               AND (e.newest_event > greatest(pls.now(), e.evaluated_at)) IS NOT TRUE AS in_lane
          FROM valued e
        OFFSET 0),
    touched AS (
        SELECT f.*, c.reason AS obstacle, w.withdrawn, l.due OR w.due AS due,
               f.reason = 'no_capacity' AND f.decide_again_at > pls.now()
               AND f.decide_again_at <= pls.now() + pls_internal.deferral() AND f.in_lane AND NOT l.due AS waits,
               l.due OR w.due OR f.in_lane AND pls_internal.is_obstacle_over(
                   ROW(f.entity_id, (play).motion, f.stored, f.score, f.lane, f.qualified, f.reason, f.decide_again_at,
                       f.stale, f.last_event_at, f.evaluated_at, f.last_alert_at, f.cooldown_until, f.look_at)::pls.standings,
                   NULL, pls.now()) AS asked
          FROM worth f
         -- as lane_to_decide() in src/state/standing.c
         CROSS JOIN LATERAL (
               SELECT f.in_lane AND (f.lane IS NULL OR (f.lane = 'triage' AND f.lane_after = 'sales')
                                     OR coalesce(f.decide_again_at <= pls.now(), false)) AS due) l
          LEFT JOIN LATERAL (
               SELECT x.reason
                 FROM pls_internal.contact_rule(
                      play, f.entity_id,
                      ROW(f.account_id, f.name, f.domain, f.owner, f.size, f.signed_up_at, f.attributes, f.updated_at,
                          f.external_ids, f.known_since)::pls.accounts,
                      ROW(f.user_id, f.user_account_id, f.email, f.user_signed_up_at,
                          CASE WHEN f.user_id IS NOT NULL
                               THEN pls_internal.entity_document(f.account_id, f.user_id, f.user_attributes) END,
                          f.user_updated_at, f.user_known_since)::pls.users, pls.now()) x
                WHERE f.alert_id IS NOT NULL AND NOT f.expires
               OFFSET 0) c ON true
         -- as pls_internal.apply_obstacle() withdraws it, and makes a decision due
         CROSS JOIN LATERAL (
               SELECT c.reason IS NOT NULL AND f.first_touch_at IS NULL AND f.was_obstacle IS NULL AS obstructed) p
         CROSS JOIN LATERAL (
               SELECT p.obstructed
                      OR CASE WHEN f.alert_id IS NOT NULL AND NOT f.expires AND f.rebuilt AND decisions_to_come.complete
                                   AND f.evidence::text IS DISTINCT FROM f.stored::text
                              THEN coalesce(pls_internal.is_groundless(f.first_touch_at, f.alert_lane, f.lane_after, f.stored,
                                                                       f.at, f.attributes), false)
                              ELSE false END AS withdrawn,
                      p.obstructed AND f.in_lane AND f.lane IS NOT NULL AS due) w
        OFFSET 0),
    ruled AS (
        SELECT t.*,
               -- an alert that expires is open no more
               CASE WHEN t.expires AND r.rule = 'open_alert' THEN x.reason ELSE r.rule END AS rule,
               CASE WHEN t.expires AND r.rule = 'open_alert' THEN x.until ELSE r.until END AS until,
               CASE WHEN t.expires AND r.rule = 'open_alert' THEN x.detail ELSE r.detail END AS detail
          FROM touched t
          LEFT JOIN LATERAL (
               SELECT y.rule, y.until, y.detail
                 FROM pls_internal.first_rule(
                      play,
                      -- what is decided anyway does not ask what the last decision was
                      ROW(t.entity_id, (play).motion, t.stored, t.score, t.lane, t.qualified, CASE WHEN NOT t.due THEN t.reason END,
                          t.decide_again_at, t.stale, t.last_event_at, t.evaluated_at, t.last_alert_at,
                          CASE WHEN NOT t.withdrawn THEN t.cooldown_until END, t.look_at)::pls.standings,
                      ROW(t.account_id, t.name, t.domain, t.owner, t.size, t.signed_up_at, t.attributes, t.updated_at,
                          t.external_ids, t.known_since)::pls.accounts,
                      ROW(t.user_id, t.user_account_id, t.email, t.user_signed_up_at,
                          CASE WHEN t.user_id IS NOT NULL
                               THEN pls_internal.entity_document(t.account_id, t.user_id, t.user_attributes) END,
                          t.user_updated_at, t.user_known_since)::pls.users,
                      t.grade_after, decisions_to_come.best_grade, t.at) y
                WHERE t.asked
               OFFSET 0) r ON true
          LEFT JOIN LATERAL (
               SELECT z.reason, z.until, z.detail
                 FROM pls_internal.timing_rule(
                      play, t.entity_id,
                      ROW(t.account_id, t.name, t.domain, t.owner, t.size, t.signed_up_at, t.attributes, t.updated_at,
                          t.external_ids, t.known_since)::pls.accounts,
                      t.grade_after, t.cooldown_until, t.at) z
                WHERE t.asked AND t.expires
               OFFSET 0) x ON true
        OFFSET 0)
    SELECT d.entity_id, d.account_id, d.lane, d.reason,
           d.score_before, d.grade_before, d.lane_before,
           CASE WHEN d.score_before IS NOT NULL THEN pls_internal.shortfall_of(d.score_before, d.floor_before, d.required_before) END,
           d.score_after, d.grade_after, d.lane_after,
           CASE WHEN d.score_after IS NOT NULL THEN pls_internal.shortfall_of(d.score_after, d.floor_after, d.required_after) END,
           d.evidence, d.at, d.waits,
           d.due OR coalesce(n.anew, false),
           d.rule, d.until, d.detail,
           d.alert_id, NOT d.expires AND d.alert_lane = 'triage' AND d.lane_after = 'sales', d.withdrawn, d.expires, d.obstacle
      FROM ruled d
      LEFT JOIN LATERAL pls_internal.is_decided_anew(
           play, ROW(d.entity_id, (play).motion, d.stored, d.score, d.lane, d.qualified, d.reason, d.decide_again_at, d.stale,
                     d.last_event_at, d.evaluated_at, d.last_alert_at, d.cooldown_until, d.look_at)::pls.standings,
           d.attributes, d.grade_after, d.rule, pls.now()) n ON d.asked;
END;
COMMENT ON FUNCTION pls_internal.decisions_to_come IS
'What the sweep will make of each entity of a motion, by the tables as the transaction sees them; play: the row of the motion; whole, entities, complete: of pls_internal.rebuild_to_come(); nothing: evidence of no event. lane and reason as stored (was_), values before (by what is committed) and after, and in a lane of none which of pls_internal.shortfall_of() keeps it out. decides: a decision is written; rule: the first that applies, NULL: none; waits: it is in a lane, and its decision deferred because no rep was free. Of its open alert: moves to lane sales; is withdrawn; expires; obstacle: who is not to be contacted. Capacity, and what one decision is to the next, is left to pls_internal.assignments_to_come().';

/* ---- what one decision is to the next ---- */

CREATE TYPE pls_internal.coming_alert AS (
    entity_id  text,
    account_id text,
    lane       text,
    rule       text,
    waits      boolean,
    moves      boolean,
    evidence   pls.evidence,
    at         timestamptz,
    score      numeric,
    grade      text,
    until      timestamptz,
    detail     text
);
COMMENT ON TYPE pls_internal.coming_alert IS 'A decision that the sweep will take, as far as it does not depend on others: see pls_internal.decisions_to_come().';
COMMENT ON COLUMN pls_internal.coming_alert.entity_id IS 'The user or account.';
COMMENT ON COLUMN pls_internal.coming_alert.account_id IS 'The account, or the account of the user; NULL if unknown.';
COMMENT ON COLUMN pls_internal.coming_alert.lane IS 'sales or triage.';
COMMENT ON COLUMN pls_internal.coming_alert.rule IS 'The rule that applies; NULL: none.';
COMMENT ON COLUMN pls_internal.coming_alert.waits IS 'It was deferred, and comes once a rep is free.';
COMMENT ON COLUMN pls_internal.coming_alert.moves IS 'Its open alert moves from triage to sales.';
COMMENT ON COLUMN pls_internal.coming_alert.evidence IS 'What is known of it then.';
COMMENT ON COLUMN pls_internal.coming_alert.at IS 'The instant of the decision.';
COMMENT ON COLUMN pls_internal.coming_alert.score IS 'Its score then.';
COMMENT ON COLUMN pls_internal.coming_alert.grade IS 'Its grade then; NULL: the motion has none.';
COMMENT ON COLUMN pls_internal.coming_alert.until IS 'When the rule ends by itself; NULL: it does not.';
COMMENT ON COLUMN pls_internal.coming_alert.detail IS 'The rule as a sentence.';

-- Those are put together before they are gone through: events are read once.
CREATE FUNCTION pls_internal.coming_alerts(play pls.motions, whole boolean, entities text[], complete boolean) RETURNS pls_internal.coming_alert[]
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    SET max_parallel_workers_per_gather = 0
AS $$
#variable_conflict use_column
DECLARE
    best    CONSTANT text := pls_internal.best_grade(play.motion);
    nothing pls.evidence;
BEGIN
    SELECT pls.evidence(play.motion, NULL, NULL, NULL::text, NULL) INTO nothing;
    RETURN ARRAY(
        SELECT ROW(c.entity_id, c.account_id, c.lane_after, c.rule, c.waits, c.moves, c.evidence, c.at,
                   c.score_after, c.grade_after, c.until, c.detail)::pls_internal.coming_alert
          FROM pls_internal.decisions_to_come(play, whole, entities, complete, nothing, best) c
         WHERE c.decides OR c.waits);
END;
$$;
COMMENT ON FUNCTION pls_internal.coming_alerts IS
'The decisions of pls_internal.decisions_to_come() that are taken, or wait for a rep.';

-- The sweep decides in the order of the ids, deferred decisions as reps are
-- free.  Each alert counts for the next: in the touch limit of its account, in
-- its pool's turns, in its rep's quota and open alerts, which are kept in
-- memory as a replay of past assignments does (50_decide/60_replay_routing.sql).
CREATE FUNCTION pls_internal.assignments_to_come(play pls.motions, coming pls_internal.coming_alert[])
    RETURNS TABLE (place bigint, entity_id text, rule text, route text, pool text, rep text, assigned_by text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
    -- so that what was assigned at this instant counts
    at      CONSTANT timestamptz := pls.now() + interval '1 microsecond';
    reps    pls_internal.replay_rep[] := coalesce(pls_internal.replay_reps(at), '{}');
    names   CONSTANT text[] := ARRAY(SELECT k.rep FROM unnest(reps) k);
    pools   pls_internal.replay_pool[] := pls_internal.replay_pools(names, at);
    pool_names CONSTANT text[] := ARRAY(SELECT k.pool FROM unnest(pools) k);
    alerted jsonb := '{}';      -- how many alerts an account gets
    next    pls_internal.coming_alert;
    alert   pls.alerts;
    known   record; worth record; way record; pick record;
    p       integer; r integer; old integer;
BEGIN
    place := 0;
    FOR next IN
        SELECT c.* FROM unnest(coming) c
         WHERE c.rule IS NULL OR c.rule = 'held_out' OR (c.rule = 'open_alert' AND c.moves)
         ORDER BY c.waits, c.entity_id
    LOOP
        place := place + 1;
        entity_id := next.entity_id;
        rule := next.rule;
        route := NULL; pool := NULL; rep := NULL; assigned_by := NULL;
        SELECT k.* INTO known FROM pls_internal.known_of(play.unit, next.entity_id) k;
        -- a touch limit comes before a holding out
        IF alerted ? next.account_id AND (rule IS NULL OR rule = 'held_out')
           AND (alerted ->> next.account_id)::integer
               + coalesce((SELECT cardinality(t.touches) FROM pls_internal.recent_touches(play, next.entity_id, next.account_id, next.at) t), 0)
               >= play.touch_limit THEN
            rule := 'touch_limit';
        END IF;
        IF rule IS NULL OR next.moves THEN
            worth := pls_internal.appraise(next.evidence, next.at, (known.account).attributes);
            alert := NULL;
            alert.motion := play.motion;
            alert.entity_id := next.entity_id;
            alert.lane := next.lane;
            alert.score := worth.score;
            alert.grade := worth.grade;
            alert.evidence := worth.lines;
            SELECT w.route, w.pool, w.in_hours, w.owner, w.owner_takes_turn INTO way
              FROM pls_internal.route_of(play.motion, pls_internal.route_facts(alert, known.account, known.member)) w;
            p := array_position(pool_names, way.pool);
            pick := pls_internal.pick(way.pool, nullif((known.account).owner, ''), way.in_hours, way.owner, way.owner_takes_turn, at, pools[p], reps);
            route := way.route; pool := way.pool; rep := pick.rep;
            assigned_by := CASE WHEN way.route IS NULL AND pick.reason = 'no pool' THEN 'no route' ELSE pick.reason END;
            alert.route := way.route;
            alert.assignment_trace := CASE WHEN pick.rep IS NOT NULL THEN jsonb_build_object('by', pick.reason) ELSE '{}' END;
            IF pls_internal.is_deferred(alert) THEN
                rule := coalesce(rule, 'no_capacity');
                rep := NULL;
            ELSE
                IF pick.takes_turn THEN
                    pools[p] := pls_internal.replay_take_turn(pools[p], rep, at);
                END IF;
                r := array_position(names, rep);
                IF r IS NOT NULL THEN
                    reps[r] := pls_internal.replay_give(reps[r], at, pick.takes_turn);
                END IF;
                IF next.moves THEN
                    old := array_position(names, (SELECT a.assigned_to FROM pls.alerts a
                                                   WHERE a.entity_id = next.entity_id AND a.motion = play.motion
                                                     AND pls_internal.is_open(a.status)));
                    IF old IS NOT NULL THEN
                        reps[old].held := reps[old].held - 1;
                    END IF;
                ELSIF next.account_id IS NOT NULL THEN
                    alerted := alerted || jsonb_build_object(next.account_id, coalesce((alerted ->> next.account_id)::integer, 0) + 1);
                END IF;
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.assignments_to_come IS
'These decisions of a motion, in the order in which the sweep takes them, each counting for the next: which rule applies after all (touch_limit and no_capacity depend on the decisions before; NULL: an alert is raised), the route and pool that an alert takes, its rep (NULL: nobody), and by what (turn, owner, fallback, nobody free, owner not free, no pool, no route).';

CREATE FUNCTION pls_internal.decides_in_order(play pls.motions) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- a motion alerts an account once
    RETURN play.touch_limit IS NOT NULL AND play.unit = 'user'
        OR EXISTS (SELECT FROM pls.routes r JOIN pls.pools p ON p.pool = r.pool
                    WHERE r.motion = play.motion AND coalesce(r.defer, p.defer));
END;
$$;
COMMENT ON FUNCTION pls_internal.decides_in_order IS
'Whether a decision of the motion may depend on the one before it: its users share the touch limit of their account, or it has a route on which alerts wait for a free rep.';

/* ---- what people ask ---- */

-- The row of a motion; an error says why there is none.
CREATE FUNCTION pls_internal.motion_named(motion text) RETURNS pls.motions
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play pls.motions;
BEGIN
    SELECT m.* INTO play FROM pls.motions m WHERE m.motion = motion_named.motion;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('motion "%s" does not exist', coalesce(motion_named.motion, 'NULL')),
            HINT = 'pls.motions lists the motions.';
    END IF;
    RETURN play;
END;
$$;
COMMENT ON FUNCTION pls_internal.motion_named IS
'The row of a motion. Error 42704: there is none of this name.';

CREATE FUNCTION pls.what_if(motion text)
    RETURNS TABLE (entity_id text, change text, rule text, score_before numeric, score_after numeric,
                   grade_before text, grade_after text, lane_before text, lane_after text,
                   decision_before text, decision_after text, decides boolean, alert_id bigint, alert text)
    LANGUAGE plpgsql VOLATILE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '2s'
    SET jit = off
    SET max_parallel_workers_per_gather = 0
AS $$
#variable_conflict use_column
DECLARE
    play    CONSTANT pls.motions := pls_internal.motion_named(motion);
    plan    record;
    nothing pls.evidence;
    best    text;
    ordered pls_internal.coming_alert[] := '{}';
BEGIN
    IF play.status = 'draft' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('motion "%s" is a draft', play.motion),
            DETAIL = 'Nothing is decided about a draft, whatever its rules are.',
            HINT = format('SELECT * FROM pls.preview(%L) shows who would be alerted if it went live.', play.motion);
    END IF;
    SELECT r.whole, r.entities, r.complete INTO plan FROM pls_internal.rebuild_to_come(play.motion) r;
    SELECT pls.evidence(play.motion, NULL, NULL, NULL::text, NULL) INTO nothing;
    best := pls_internal.best_grade(play.motion);
    IF pls_internal.decides_in_order(play) THEN
        ordered := pls_internal.coming_alerts(play, plan.whole, plan.entities, plan.complete);
    END IF;
    RETURN QUERY
    SELECT e.entity_id, e.change,
           CASE e.change
               WHEN 'gains' THEN CASE
                   -- of a draft nothing was decided
                   WHEN e.was_lane IS NOT DISTINCT FROM e.lane_after THEN coalesce(e.was_reason, 'paused')
                   WHEN e.score_before IS NULL THEN 'evidence'
                   WHEN e.lane_before = e.lane_after THEN 'time'
                   ELSE e.shortfall_before END
               WHEN 'moves' THEN CASE WHEN e.lane_before = e.lane_after THEN 'time' ELSE e.shortfall_before END
               WHEN 'loses' THEN CASE
                   WHEN e.expires THEN 'expire_after'
                   WHEN e.obstacle IS NOT NULL THEN e.obstacle
                   WHEN e.score_after IS NULL THEN 'evidence'
                   WHEN e.lane_before IS NULL THEN 'time'
                   ELSE e.shortfall_after END
               WHEN 'drops' THEN CASE WHEN e.lane_before = e.lane_after THEN 'time' ELSE e.shortfall_after END
               ELSE CASE WHEN e.decides THEN e.decision END END,
           e.score_before, e.score_after, e.grade_before, e.grade_after, e.was_lane, e.lane_after,
           CASE WHEN e.was_lane IS NOT NULL THEN e.was_reason END,
           CASE WHEN e.decides THEN e.decision WHEN e.lane_after IS NOT NULL THEN e.was_reason END,
           e.decides, e.alert_id,
           CASE WHEN e.change = 'gains' THEN 'raised'
                WHEN e.alert_id IS NULL THEN NULL
                WHEN e.withdrawn THEN 'withdrawn'
                WHEN e.expires THEN 'expires'
                WHEN e.change = 'moves' THEN 'moves to sales'
                WHEN e.decides AND e.decision = 'open_alert' THEN 'refreshed'
                WHEN e.obstacle IS NOT NULL THEN 'not to contact'
                ELSE 'stays' END
      FROM (SELECT w.*,
                   CASE WHEN w.decides AND w.decision IN ('raised', 'triage') THEN 'gains'
                        WHEN w.decides AND w.decision = 'open_alert' AND w.moves THEN 'moves'
                        WHEN w.withdrawn OR w.expires OR (w.was_lane IS NOT NULL AND w.lane_after IS NULL) THEN 'loses'
                        WHEN w.was_lane = 'sales' AND w.lane_after = 'triage' THEN 'drops' END AS change
              FROM (SELECT c.entity_id, c.was_lane, c.was_reason, c.score_before, c.score_after, c.grade_before, c.grade_after,
                           c.lane_before, c.lane_after, c.shortfall_before, c.shortfall_after, c.alert_id, c.moves, c.withdrawn, c.expires, c.obstacle,
                           c.decides OR o.entity_id IS NOT NULL AND c.waits AND o.rule IS NULL AS decides,
                           CASE WHEN o.entity_id IS NOT NULL THEN coalesce(o.rule, CASE c.lane_after WHEN 'sales' THEN 'raised' ELSE 'triage' END)
                                ELSE coalesce(c.rule, CASE c.lane_after WHEN 'sales' THEN 'raised' ELSE 'triage' END) END AS decision
                      FROM pls_internal.decisions_to_come(play, plan.whole, plan.entities, plan.complete, nothing, best) c
                      LEFT JOIN pls_internal.assignments_to_come(play, ordered) o ON o.entity_id = c.entity_id
                    OFFSET 0) w
            OFFSET 0) e;
END;
$$;
COMMENT ON FUNCTION pls.what_if IS
'What the sweep would do if this transaction were committed now: a row for each entity of a motion that has a standing or would get one, in no particular order. change: gains (an alert is raised), moves (its open alert goes from triage to sales), loses (its alert is withdrawn or expires, or it falls out of its lane), drops (from lane sales to triage), NULL: none of these. rule, by which: score, required_signal, min_signals (what it lacked before, or lacks after), a reason of pls.decisions (that ends, or applies), expire_after, evidence (events count, or no longer do), time (it would come without the change, too). Before: the standing as stored, valued now by what is committed; after: by the tables as this transaction sees them. lane: NULL is none. decision: reason of the last decision while in a lane; decides: the sweep writes one, decision_after. alert: of alert_id or a new one: raised, refreshed, moves to sales, withdrawn, expires, not to contact (pls.alerts.obstacle says why), stays. Writes nothing; locks as a SELECT from the watched tables does. Evidence of signals that match or measure otherwise than before is read anew from the events. Other motions, which may take the reps or fill the touch limit first, are not foreseen. Errors: 42704 unknown motion, 55000 it is a draft, 55P03 a watched table is locked.';
