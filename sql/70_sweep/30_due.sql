/* 30_due.sql - what a sweep finds to be done, without reading what is not due. */

CREATE FUNCTION pls_internal.reevaluate(motion text, entity_id text) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_reevaluate' LANGUAGE C VOLATILE STRICT COST 1000;
COMMENT ON FUNCTION pls_internal.reevaluate IS
'Merges what waits for an entity in the backlog, evaluates it, and decides what is due. false: another session holds it, nothing was done. Errors: 42704 unknown motion.';

CREATE FUNCTION pls_internal.schedule_look(motion text, entity_id text, look_at timestamptz, stale boolean, version xid) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_plan_look' LANGUAGE C VOLATILE COST 1000;
COMMENT ON FUNCTION pls_internal.schedule_look IS
'Part of pls.sweep(): writes into a standing when it is to be looked at next, and, stale, that it is to be rebuilt; nothing else of it. false: another session holds it, or it is not of this version (its xmin; NULL: any); nothing was done. True if there is none. The motion need not be one that can be loaded.';

-- Decisions that hold until somebody changes the configuration or the
-- account, or an alert is closed: they are taken again once another rule
-- would apply.
CREATE FUNCTION pls_internal.is_unblocked(standing pls.standings) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    at CONSTANT timestamptz := pls.now();
BEGIN
    IF standing.lane IS NULL OR standing.stale OR NOT pls_internal.is_obstacle_over(standing, NULL, at) THEN
        RETURN false;
    ELSIF standing.reason IS NULL THEN
        RETURN true;        -- whatever the rule
    END IF;
    RETURN (
        SELECT d.anew
          FROM pls.motions m
         CROSS JOIN LATERAL pls_internal.known_of(m.unit, standing.entity_id) k
         CROSS JOIN LATERAL (
               SELECT (pls.evaluate(standing.evidence, at, (k.account).attributes, standing.lane)).grade
               OFFSET 0) v
          LEFT JOIN LATERAL pls_internal.first_rule(
               ROW(m.*)::pls.motions, standing, k.account, k.member, v.grade, pls_internal.best_grade(m.motion), at) r ON true
         CROSS JOIN LATERAL pls_internal.is_decided_anew(ROW(m.*)::pls.motions, standing, (k.account).attributes, v.grade,
                                                         r.rule, at) d
         WHERE m.motion = standing.motion);
END;
$$;
COMMENT ON FUNCTION pls_internal.is_unblocked IS
'Whether the obstacle that the last decision about the entity met is gone (see pls_internal.is_obstacle_over), so that the sweep decides again. False for an entity in no lane, or whose evidence must be rebuilt.';

-- Whoever becomes free gets what was deferred, oldest first, one for each
-- member of the pools that is free.  Who is free is asked once for a motion;
-- whether that helps an entity, whose route or owner may be another, is what
-- pls_internal.decide() would find.
CREATE FUNCTION pls_internal.end_deferrals(at_most integer) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
DECLARE
    idle    record;
    play    pls.motions;
    waiting pls.standings;
    known   record;
    ended   bigint := 0;
BEGIN
    FOR idle IN
        SELECT o.play, o.free
          FROM (SELECT m AS play,
                       -- most have deferred nothing
                       CASE WHEN EXISTS (SELECT FROM pls.decisions d
                                          WHERE d.motion = m.motion AND d.reason = 'no_capacity'
                                            AND d.decided_at > pls.now() - pls_internal.deferral())
                            THEN (SELECT count(*)
                                    FROM (SELECT p.pool, bool_and(r.in_hours) AS in_hours
                                            FROM pls.routes r JOIN pls.pools p ON p.pool = r.pool
                                           WHERE r.motion = m.motion AND coalesce(r.defer, p.defer)
                                           GROUP BY p.pool) d
                                   CROSS JOIN LATERAL pls.pool_turns(d.pool, pls.now(), d.in_hours) t
                                   WHERE t.why_not IS NULL) END AS free
                  FROM pls.motions m
                 WHERE m.status NOT IN ('draft', 'paused')
                OFFSET 0) o
         WHERE o.free > 0
    LOOP
        play := idle.play;
        FOR waiting IN
            SELECT s.*
              FROM pls.decisions d
              JOIN pls.standings s ON s.entity_id = d.entity_id AND s.motion = d.motion
             WHERE d.motion = play.motion AND d.reason = 'no_capacity'
               AND d.decided_at > pls.now() - pls_internal.deferral()
               AND s.reason = 'no_capacity' AND s.decide_again_at = d.decided_at + pls_internal.deferral()
             ORDER BY d.decision_id LIMIT at_most
               FOR UPDATE OF s SKIP LOCKED
        LOOP
            SELECT k.* INTO known FROM pls_internal.known_of(play.unit, waiting.entity_id) k;
            CONTINUE WHEN pls_internal.is_deferred(pls_internal.route_alert(
                pls_internal.candidate_alert(waiting, play, (known.account).account_id, (known.account).attributes, waiting.lane, pls.now()),
                play, known.account, known.member, pls.now()));
            UPDATE pls.standings s SET decide_again_at = pls.now(), look_at = '-infinity'
             WHERE s.entity_id = waiting.entity_id AND s.motion = waiting.motion;
            ended := ended + 1;
            idle.free := idle.free - 1;
            EXIT WHEN idle.free = 0;
        END LOOP;
    END LOOP;
    RETURN ended;
END;
$$;
COMMENT ON FUNCTION pls_internal.end_deferrals IS
'Step of the sweep: makes decisions due that were deferred (reason no_capacity), as soon as a member of the pool is free again; looks at this many of a motion at most. Returns how many.';

-- A thing to be done about an entity.
CREATE TYPE pls_internal.sweep_item AS (
    motion    text,
    entity_id text,
    stale     boolean,
    unblocked boolean,
    broken    boolean,
    failed    boolean,
    due       boolean,
    blocked   boolean
);
COMMENT ON TYPE pls_internal.sweep_item IS 'Something that a sweep has to do about an entity.';
COMMENT ON COLUMN pls_internal.sweep_item.motion IS 'The motion.';
COMMENT ON COLUMN pls_internal.sweep_item.entity_id IS 'The user or account.';
COMMENT ON COLUMN pls_internal.sweep_item.stale IS 'Its evidence must be rebuilt, and can be.';
COMMENT ON COLUMN pls_internal.sweep_item.unblocked IS 'The obstacle that the last decision met is gone.';
COMMENT ON COLUMN pls_internal.sweep_item.broken IS 'Looking at it raises an error.';
COMMENT ON COLUMN pls_internal.sweep_item.failed IS 'It is in pls.failures.';
COMMENT ON COLUMN pls_internal.sweep_item.blocked IS 'Its open alert does not say yet whether the entity may be contacted: see pls_internal.apply_obstacle().';
COMMENT ON COLUMN pls_internal.sweep_item.due IS 'It must be settled, whatever happens to a rebuild.';

-- What is to be done about standings that the sweep looks at.  From the inside
-- out: what is stored, and whether the obstacle that the last decision met is
-- over (s); what the evidence says now (j); what follows from both.  OFFSET 0
-- keeps the planner from merging the layers, which would evaluate the evidence
-- for each column.  A standing whose evidence does not fit its model (unfit) is
-- only rebuilt: nothing is decided by it, and it is looked at no more by time.
CREATE FUNCTION pls_internal.due_entities(entities text[], motions text[])
    RETURNS TABLE (motion text, entity_id text, unfit boolean, stale boolean, unblocked boolean, due boolean,
                   blocked boolean, look_at timestamptz, version xid)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_mergejoin = off
AS $$
    SELECT j.motion, j.entity_id, j.unfit, j.unfit OR j.was_ahead AND coalesce(pls_internal.is_ahead(j.last_event_at), false), j.unblocked,
           -- nothing is decided by evidence that is to be rebuilt
           NOT j.unfit AND (j.unblocked OR j.was_ahead OR j.lane IS DISTINCT FROM j.was_lane
                             OR coalesce(j.decide_again_at <= pls.now(), false)),
           j.blocked,
           CASE WHEN j.blocked THEN '-infinity'
                WHEN j.unfit THEN 'infinity'
                WHEN j.unblocked OR j.was_ahead THEN '-infinity'
                ELSE pls_internal.next_look(j.evidence, j.at, j.attributes, j.was_lane, j.reason, j.decide_again_at, j.cooldown_until) END,
           j.version
      FROM (SELECT s.motion, s.entity_id, s.evidence, s.at, s.attributes, s.lane AS was_lane, s.reason, s.decide_again_at,
                   s.cooldown_until, s.last_event_at, s.unblocked, s.was_ahead, s.blocked, s.version, v.lane, s.stale OR v.stale AS unfit
              FROM (SELECT t.motion, t.entity_id, t.evidence, t.stale, t.lane, t.reason, t.decide_again_at, t.cooldown_until,
                           t.last_event_at, t.xmin AS version, pls_internal.now_after(t.last_event_at) AS at,
                           x.attributes,
                           -- the clock was ahead when it was evaluated
                           pls_internal.is_ahead(t.evaluated_at) AS was_ahead,
                           -- few are left to be asked for their rules; what is due anyway is not
                           CASE WHEN t.lane IS NOT NULL AND (t.decide_again_at <= pls.now()) IS NOT TRUE
                                     AND pls_internal.is_obstacle_over(t, NULL, pls.now())
                                THEN pls_internal.is_unblocked(t) ELSE false END AS unblocked,
                           EXISTS (SELECT FROM pls.alerts a
                                    WHERE a.entity_id = t.entity_id AND a.motion = t.motion AND pls_internal.is_open(a.status)
                                      AND a.obstacle IS DISTINCT FROM pls_internal.alert_obstacle(a.motion, a.entity_id)) AS blocked
                      FROM unnest(due_entities.entities, due_entities.motions) c (entity_id, motion)
                      JOIN pls.standings t ON t.entity_id = c.entity_id AND t.motion = c.motion
                      LEFT JOIN LATERAL (SELECT k.attributes FROM pls_internal.attributes_at(t.motion, t.entity_id) k
                                         -- looked up for each
                                         OFFSET 0) x ON true
                     -- evaluated once each
                    OFFSET 0) s,
                   LATERAL pls.evaluate(s.evidence, s.at, s.attributes, s.lane) v) j
$$;
COMMENT ON FUNCTION pls_internal.due_entities IS
'What has to be done about the standings of these entities in these motions (two lists of one length). due: a deferred decision is due, time alone has changed the lane, a decision was blocked for a reason that no longer holds, or an alert was closed without a disposition and its cooldown is over (both unblocked). unfit: its evidence does not fit its model, or is to be rebuilt anyway. blocked: its open alert does not say whether the entity is to be contacted (pls_internal.apply_obstacle). stale: so, or it has events of the future in it. look_at: when to look again, if nothing is done now. version: the row''s. One standing that cannot be evaluated makes it fail: see pls_internal.look_at_each().';

CREATE FUNCTION pls_internal.look_at(entities text[], motions text[], earlier boolean DEFAULT false) RETURNS pls_internal.sweep_item[]
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH judged AS MATERIALIZED (
        SELECT u.* FROM pls_internal.due_entities(look_at.entities, look_at.motions) u),
    planned AS MATERIALIZED (
        SELECT j.entity_id, j.motion, pls_internal.schedule_look(j.motion, j.entity_id, j.look_at, j.unfit, j.version) AS done
          FROM judged j
          JOIN pls.standings s ON s.entity_id = j.entity_id AND s.motion = j.motion
         WHERE CASE WHEN j.unfit AND NOT j.blocked THEN NOT s.stale OR s.look_at < 'infinity'
                    WHEN look_at.earlier THEN j.look_at < s.look_at
                    ELSE NOT j.due AND NOT j.blocked AND j.look_at <> s.look_at END),
    -- who has it in hand may not know what has changed
    noted AS (
        INSERT INTO pls_internal.looks (entity_id, motion, not_before)
        SELECT p.entity_id, p.motion, '-infinity' FROM planned p
         -- all are planned, also where nothing is noted
         WHERE CASE WHEN p.done THEN false ELSE look_at.earlier END)
    SELECT ARRAY(SELECT ROW(j.motion, j.entity_id, j.stale, j.unblocked, false, false, j.due, j.blocked)::pls_internal.sweep_item
                   FROM judged j WHERE j.due OR j.stale OR j.blocked)
$$;
COMMENT ON FUNCTION pls_internal.look_at IS
'Part of pls.sweep(): looks at the standings of these entities in these motions, and says in them when they are to be looked at next, and which are to be rebuilt. Returns what is due. earlier: only those whose look_at is too late get another one, and those for which something is due become due; else those for which nothing is due. Does not wait for locks: what another session holds stays as it is, with earlier it is noted.';

-- Entities by themselves, where they cannot be looked at together.
CREATE FUNCTION pls_internal.look_at_each(entities text[], motions text[]) RETURNS pls_internal.sweep_item[]
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found pls_internal.sweep_item[] := '{}';
BEGIN
    FOR i IN 1 .. cardinality(entities) LOOP
        BEGIN
            found := found || pls_internal.look_at(entities[i : i], motions[i : i]);
        EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
            found := found || ROW(motions[i], entities[i],
                pls_internal.has_sources(motions[i]) AND NOT pls_internal.is_paused('rebuild', motions[i])
                AND NOT pls_internal.is_paused('rebuild', motions[i], entities[i]), false, true, true, true, false)::pls_internal.sweep_item;
        END;
    END LOOP;
    RETURN found;
END;
$$;
COMMENT ON FUNCTION pls_internal.look_at_each IS
'Part of pls_internal.find_work(): pls_internal.look_at() for each of these; those that cannot be looked at come as broken.';

CREATE FUNCTION pls_internal.begin_look_through(note pls_internal.looks, running xid[]) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- one time answers all that were made before it
    others pls_internal.looks[] := ARRAY(
        SELECT o FROM pls_internal.looks o
         WHERE o.entity_id = '' AND o.motion = begin_look_through.note.motion AND o.gone_to IS NULL
           AND o.not_before <= pls.now() AND o.look_id <> begin_look_through.note.look_id
           AND (o.once_ended IS NULL OR NOT o.once_ended && begin_look_through.running)
           FOR UPDATE SKIP LOCKED);
    -- asked after the notes were seen: who comes later knows what they are about
    running_now CONSTANT xid[] := pls_internal.running_transactions();
BEGIN
    DELETE FROM pls_internal.looks l
     USING unnest(others) o
     WHERE l.not_before = o.not_before AND l.entity_id = '' AND l.motion = o.motion AND l.look_id = o.look_id;
    INSERT INTO pls_internal.looks (entity_id, motion, not_before, once_ended)
    SELECT '', begin_look_through.note.motion, '-infinity', running_now
     WHERE running_now <> '{}'
       AND EXISTS (SELECT FROM unnest(others || begin_look_through.note) o WHERE o.once_ended IS NULL);
END;
$$;
COMMENT ON FUNCTION pls_internal.begin_look_through IS
'Part of pls_internal.look_through(): takes out the other notes of the same motion, and notes that it is to be gone through once more when the open transactions have ended. running: those known to be when the note was chosen.';

CREATE FUNCTION pls_internal.look_through_each(entities text[], motion text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    one text;
BEGIN
    BEGIN
        -- is it the motion, and not what is known under its name?
        PERFORM pls.evaluate(pls.evidence(motion, NULL, 'infinity', NULL::text, NULL), pls.now());
    EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
        PERFORM pls_internal.note_failure('look', motion, '', SQLSTATE, SQLERRM);
        RETURN false;
    END;
    FOREACH one IN ARRAY entities LOOP
        BEGIN
            PERFORM pls_internal.look_at(ARRAY[one], ARRAY[motion], true);
        EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
            PERFORM pls_internal.schedule_look(motion, one, '-infinity', false, NULL);
        END;
    END LOOP;
    RETURN true;
END;
$$;
COMMENT ON FUNCTION pls_internal.look_through_each IS
'Part of pls_internal.look_through(): pls_internal.look_at() for each of these entities of a motion; those that cannot be looked at become due, so that they are found to be broken. false: the motion cannot be loaded, which is written into pls.failures.';

-- Whole motions whose configuration has changed.
CREATE FUNCTION pls_internal.look_through(at_most integer, deadline timestamptz) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    note     pls_internal.looks;
    entities text[];
    running  xid[];
    room     integer := at_most;
BEGIN
    IF NOT EXISTS (SELECT FROM pls_internal.looks l WHERE l.not_before <= pls.now() AND l.entity_id = '') THEN
        RETURN 0;
    END IF;
    running := pls_internal.running_transactions();
    WHILE room > 0 AND clock_timestamp() <= deadline LOOP
        SELECT l.* INTO note
          FROM pls_internal.looks l
          JOIN pls.motions m ON m.motion = l.motion AND m.status <> 'draft' AND NOT pls_internal.is_paused('look', m.motion)
         WHERE l.entity_id = '' AND l.not_before <= pls.now()
           AND (l.once_ended IS NULL OR NOT l.once_ended && running)
           -- it is rebuilt first, if it can be
           AND NOT (EXISTS (SELECT FROM pls.backlog b
                             WHERE b.entity_id = '' AND b.motion = l.motion AND b.once_ended IS NULL)
                    AND pls_internal.has_sources(l.motion) AND NOT pls_internal.is_paused('rebuild', l.motion))
         ORDER BY l.gone_to IS NULL, l.motion
         LIMIT 1 FOR UPDATE OF l SKIP LOCKED;
        EXIT WHEN NOT FOUND;
        IF note.gone_to IS NULL THEN
            PERFORM pls_internal.begin_look_through(note, running);
        END IF;
        entities := ARRAY(SELECT s.entity_id FROM pls.standings s
                           WHERE s.motion = note.motion AND s.entity_id > coalesce(note.gone_to, '')
                           ORDER BY s.entity_id LIMIT least(room, 1000));
        BEGIN
            -- where there are none no table is locked
            PERFORM pls_internal.look_at(entities, array_fill(note.motion, ARRAY[cardinality(entities)]), true)
              WHERE entities <> '{}';
        EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
            IF NOT pls_internal.look_through_each(entities, note.motion) THEN
                CONTINUE;       -- it is paused now
            END IF;
        END;
        IF cardinality(entities) < least(room, 1000) THEN
            DELETE FROM pls_internal.looks l
             WHERE l.not_before = note.not_before AND l.entity_id = '' AND l.motion = note.motion AND l.look_id = note.look_id;
        ELSE
            UPDATE pls_internal.looks l SET gone_to = entities[cardinality(entities)]
             WHERE l.not_before = note.not_before AND l.entity_id = '' AND l.motion = note.motion AND l.look_id = note.look_id;
        END IF;
        room := room - cardinality(entities);
    END LOOP;
    RETURN at_most - room;
END;
$$;
COMMENT ON FUNCTION pls_internal.look_through IS
'Step of the sweep: goes through the standings of motions that are noted in pls_internal.looks, at most this many, from where the last sweep has got to, and makes those due for which something has to be done. Returns how many it has looked at.';

CREATE FUNCTION pls_internal.note_loadable_motions(motions text[]) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pls_internal.request_rebuild(f.motion), pls_internal.note_success('look', f.motion)
      FROM pls_internal.known_failures('look') f WHERE f.motion = ANY (note_loadable_motions.motions)
$$;
COMMENT ON FUNCTION pls_internal.note_loadable_motions IS
'Part of pls_internal.find_work(): has those of these motions rebuilt that could not be loaded, because they have missed events.';

-- How far a sweep has come in what is due.
CREATE TYPE pls_internal.sweep_place AS (
    step      integer,
    at        timestamptz,
    entity_id text,
    motion    text
);
COMMENT ON TYPE pls_internal.sweep_place IS 'How far a sweep has come in what is due.';
COMMENT ON COLUMN pls_internal.sweep_place.step IS 'What it goes through: 1 marks, 2 stale standings, 3 parts in the backlog, 4 standings to be looked at.';
COMMENT ON COLUMN pls_internal.sweep_place.at IS 'Since when the last one was due, if they are in that order.';
COMMENT ON COLUMN pls_internal.sweep_place.entity_id IS 'Its user or account.';
COMMENT ON COLUMN pls_internal.sweep_place.motion IS 'Its motion.';

-- Through an index each, whatever the planner knows of the tables: what is
-- not due costs nothing.
CREATE FUNCTION pls_internal.next_due(place pls_internal.sweep_place, at_most integer, motions text[], can_rebuild text[])
    RETURNS SETOF pls_internal.sweep_place
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET enable_bitmapscan = off
    SET enable_sort = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    CASE place.step
    WHEN 1 THEN
        RETURN QUERY
        SELECT 1, place.at, b.entity_id, b.motion
          FROM pls.backlog b
         WHERE b.evidence IS NULL AND b.entity_id <> '' AND b.motion = ANY (can_rebuild)
           AND (b.entity_id, b.motion) > (place.entity_id, place.motion)
         ORDER BY b.entity_id, b.motion LIMIT at_most;
    WHEN 2 THEN
        RETURN QUERY
        SELECT 2, place.at, s.entity_id, s.motion
          FROM pls.standings s
         WHERE s.stale AND s.motion = ANY (can_rebuild)
           AND (s.motion, s.entity_id) > (place.motion, place.entity_id)
         ORDER BY s.motion, s.entity_id LIMIT at_most;
    WHEN 3 THEN
        RETURN QUERY
        SELECT 3, b.not_before, b.entity_id, b.motion
          FROM pls.backlog b
         WHERE b.not_before <= pls.now() AND b.entity_id <> '' AND b.evidence IS NOT NULL AND b.motion = ANY (motions)
           AND (b.not_before, b.entity_id, b.motion) > (place.at, place.entity_id, place.motion)
         ORDER BY b.not_before, b.entity_id, b.motion LIMIT at_most;
    ELSE
        RETURN QUERY
        SELECT 4, s.look_at, s.entity_id, s.motion
          FROM pls.standings s
         WHERE s.look_at <= pls.now() AND s.look_at < 'infinity' AND s.motion = ANY (motions)
           AND (s.look_at, s.entity_id, s.motion) > (place.at, place.entity_id, place.motion)
         ORDER BY s.look_at, s.entity_id, s.motion LIMIT at_most;
    END CASE;
END;
$$;
COMMENT ON FUNCTION pls_internal.next_due IS
'Part of pls_internal.find_work(): the next at_most things that are due in a step, after this place and in the order of an index; of these motions, and what is to be rebuilt of those that can be.';

-- Motions that cannot be loaded are written down and left out.
CREATE FUNCTION pls_internal.loadable_motions(OUT motions text[], OUT failed bigint)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play text;
    good text[] := '{}';
BEGIN
    failed := 0;
    motions := '{}';
    BEGIN
        SELECT coalesce(array_agg(m.motion ORDER BY m.motion), '{}') INTO motions
          FROM pls.motions m WHERE m.status <> 'draft' AND NOT pls_internal.is_paused('look', m.motion);
        PERFORM pls.evaluate(pls.evidence(m, NULL, 'infinity', NULL::text, NULL), pls.now()) FROM unnest(motions) m GROUP BY m;
        PERFORM pls_internal.note_loadable_motions(motions);
        PERFORM pls_internal.note_success('look');
        RETURN;
    EXCEPTION
        WHEN lock_not_available OR deadlock_detected THEN
            PERFORM pls_internal.note_failure('look', '', '', SQLSTATE, SQLERRM);
            failed := 1;
            motions := '{}';
            RETURN;
        WHEN OTHERS OR ASSERT_FAILURE THEN
            NULL;           -- it comes again below
    END;
    FOREACH play IN ARRAY motions LOOP
        BEGIN
            PERFORM pls.evaluate(pls.evidence(play, NULL, 'infinity', NULL::text, NULL), pls.now());
            good := good || play;
        EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
            PERFORM pls_internal.note_failure('look', play, '', SQLSTATE, SQLERRM);
            failed := failed + 1;
        END;
    END LOOP;
    PERFORM pls_internal.note_loadable_motions(good);
    motions := good;
END;
$$;
COMMENT ON FUNCTION pls_internal.loadable_motions IS
'Part of pls_internal.find_work(): the active motions. Those that cannot be loaded are written into pls.failures and left out.';

CREATE FUNCTION pls_internal.find_work(at_most integer, INOUT place pls_internal.sweep_place, OUT items pls_internal.sweep_item[], OUT failed bigint)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    last_step   CONSTANT integer := 4;
    motions     text[];
    can_rebuild text[];
    due         pls_internal.sweep_place[];
    entities    text[];
    plays       text[];
    room        integer := at_most;
    wanted      integer;
BEGIN
    items := '{}';
    SELECT l.motions, l.failed INTO motions, find_work.failed FROM pls_internal.loadable_motions() l;
    can_rebuild := ARRAY(SELECT m FROM unnest(motions) m
                          WHERE pls_internal.has_sources(m) AND NOT pls_internal.is_paused('rebuild', m) ORDER BY m);
    place := coalesce(place, ROW(1, '-infinity', '', '')::pls_internal.sweep_place);
    WHILE room > 0 AND place.step <= last_step LOOP
        wanted := room;
        due := ARRAY(SELECT n::pls_internal.sweep_place FROM pls_internal.next_due(place, wanted, motions, can_rebuild) n);
        IF place.step < last_step THEN
            items := items || ARRAY(
                SELECT ROW(d.motion, d.entity_id, place.step < 3, false, false, false, place.step = 3, false)::pls_internal.sweep_item
                  FROM unnest(due) d);
        ELSIF cardinality(due) > 0 THEN
            SELECT array_agg(d.entity_id), array_agg(d.motion) INTO entities, plays
              FROM unnest(due) d
             WHERE NOT EXISTS (SELECT FROM pls_internal.known_failures('settle') f
                                WHERE f.entity_id = d.entity_id AND f.motion = d.motion
                                  AND pls_internal.is_paused(f.task, f.motion, f.entity_id));
            BEGIN
                items := items || pls_internal.look_at(entities, plays);
            EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
                items := items || pls_internal.look_at_each(entities, plays);
            END;
        END IF;
        room := room - cardinality(due);
        place := CASE WHEN cardinality(due) < wanted THEN ROW(place.step + 1, '-infinity', '', '')::pls_internal.sweep_place
                 ELSE due[wanted] END;
    END LOOP;
    IF place.step > last_step THEN
        place := NULL;
    END IF;
    items := ARRAY(
        SELECT i FROM (
            SELECT ROW(u.motion, u.entity_id, bool_or(u.stale AND u.motion = ANY (can_rebuild) AND l.not_rebuild IS NOT TRUE),
                       bool_or(u.unblocked), bool_or(u.broken), bool_or(l.motion IS NOT NULL) OR bool_or(u.failed),
                       bool_or(u.due AND l.not_settle IS NOT TRUE), bool_or(u.blocked AND l.not_settle IS NOT TRUE))::pls_internal.sweep_item AS i
              FROM unnest(items) u
              LEFT JOIN (SELECT f.motion, f.entity_id,
                                pls_internal.is_paused('settle', f.motion, f.entity_id) AS not_settle,
                                pls_internal.is_paused('rebuild', f.motion, f.entity_id) AS not_rebuild
                           FROM pls_internal.known_failures() f
                          WHERE f.entity_id <> '' AND f.task IN ('settle', 'rebuild')
                          GROUP BY f.motion, f.entity_id) l
                ON l.motion = u.motion AND l.entity_id = u.entity_id
             GROUP BY u.motion, u.entity_id) g
         -- what is stale stays so where there is nothing to rebuild it from
         WHERE (i).due OR (i).stale OR (i).blocked);
END;
$$;
COMMENT ON FUNCTION pls_internal.find_work IS
'Part of pls.sweep(): what has to be done, found in the next at_most things that are due: marks, stale standings, parts in the backlog, standings to be looked at. What has failed is left out until it must be retried; entities that cannot be looked at come as broken. place: after which to go on (NULL: from the start), and where to go on the next time (NULL: that was all).';
