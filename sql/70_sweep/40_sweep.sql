/* 40_sweep.sql - what time brings without an event. */

CREATE FUNCTION pls_internal.try_hold_standing(motion text, entity_id text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM pls.standings s
      WHERE s.entity_id = try_hold_standing.entity_id AND s.motion = try_hold_standing.motion
        FOR UPDATE SKIP LOCKED;
    -- one that is just being made is not seen yet, but settle() meets it
    RETURN FOUND OR (NOT EXISTS (SELECT FROM pls.standings s
                                  WHERE s.entity_id = try_hold_standing.entity_id AND s.motion = try_hold_standing.motion)
                     AND pls_internal.reevaluate(try_hold_standing.motion, try_hold_standing.entity_id));
END;
$$;
COMMENT ON FUNCTION pls_internal.try_hold_standing IS
'Locks a standing without waiting; false if another session has it. True if there is none yet.';

/* ---- one thing at a time ---- */

-- A wait is a small part of what a sweep may take; who has waited in vain
-- waits longer the next time, for that comes later.
CREATE FUNCTION pls_internal.limit_waiting(deadline timestamptz, max_time interval, attempts bigint DEFAULT 0) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM set_config('lock_timeout', greatest(20, least(
        1000 * extract(epoch FROM least(max_time / 20, interval '1 second')) * power(2, least(attempts, 10)),
        500 * extract(epoch FROM deadline - clock_timestamp())))::integer::text, true);
END;
$$;
COMMENT ON FUNCTION pls_internal.limit_waiting IS
'Part of pls.sweep(): sets lock_timeout, for the transaction, to a twentieth of max_time (a second at most), doubled for each attempt that has failed, but not to more than half of what is left.';

-- Deferred triggers that somebody has put on tables of pls would fire at
-- commit, where nothing is isolated any more.
CREATE FUNCTION pls_internal.deferred_triggers() RETURNS TABLE (schema name, trigger name)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT DISTINCT n.nspname, g.tgname
      FROM pg_trigger g
      JOIN pg_class c ON c.oid = g.tgrelid AND c.relnamespace = ANY (pls_internal.own_schemas())
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_proc p ON p.oid = g.tgfoid AND p.pronamespace <> ALL (pls_internal.own_schemas())
     WHERE g.tgdeferrable AND NOT g.tgisinternal;
END;
$$;
COMMENT ON FUNCTION pls_internal.deferred_triggers IS
'The deferrable triggers of tables of pls, except those of pls itself.';

-- Foreign keys that refer to tables of pls, and constraints that somebody has
-- added to these, are of the same kind.  A constraint is named with its schema,
-- which takes a right to use that.
CREATE FUNCTION pls_internal.deferred_constraints() RETURNS TABLE (schema name, "constraint" name)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT DISTINCT n.nspname, o.conname
      FROM pg_constraint o
      JOIN pg_namespace n ON n.oid = o.connamespace
     WHERE o.condeferred AND o.contype <> 't'
       AND EXISTS (SELECT FROM pg_class c
                    WHERE (c.oid = o.conrelid OR c.oid = o.confrelid) AND c.relnamespace = ANY (pls_internal.own_schemas()))
       AND has_schema_privilege(n.oid, 'USAGE');
END;
$$;
COMMENT ON FUNCTION pls_internal.deferred_constraints IS
'The initially deferred constraints of tables of pls, and foreign keys that refer to them, in schemas that the current role may use.';

CREATE FUNCTION pls_internal.fire_deferred_triggers() RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    deferred record;
BEGIN
    FOR deferred IN SELECT d.schema, d.trigger AS name FROM pls_internal.deferred_triggers() d
                    UNION SELECT d.schema, d.constraint FROM pls_internal.deferred_constraints() d LOOP
        EXECUTE format('SET CONSTRAINTS %I.%I IMMEDIATE', deferred.schema, deferred.name);
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.fire_deferred_triggers IS
'Part of pls.sweep(): makes deferrable triggers of tables of pls, except those of pls itself, and deferred constraints that concern them fire at the end of each statement until the transaction ends.';

CREATE FUNCTION pls_internal.tables_of_sources() RETURNS regclass[]
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT '{pls.sources,pls.motions,pls.signals,pls.category_limits,pls.grades,pls.exclusions,pls.free_mail_domains,pls.ignored_ids}'::regclass[]
$$;
COMMENT ON FUNCTION pls_internal.tables_of_sources IS
'The tables of pls that pls_internal.source_problem() reads.';

-- A source that cannot be read any more is written down.  When it can again,
-- what was not observed meanwhile is read.
CREATE FUNCTION pls_internal.note_sources() RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    s      record;
    plays  text[];
    said   text;
    broken bigint := 0;
    locked CONSTANT regclass := pls_internal.locked_table(VARIADIC pls_internal.tables_of_sources());
BEGIN
    -- that is no problem of a source
    IF locked IS NOT NULL THEN
        PERFORM pls_internal.refuse_held(format('table %s is locked', locked), pls_internal.holders_text('read', ARRAY[locked]),
                                'The sweep tries again by itself.');
    END IF;
    FOR s IN
        SELECT r.source_id, r.source, r.motions, format('read source %s', r.source_id) AS task,
               pls_internal.source_problem(r.source_id) AS problem,
               EXISTS (SELECT FROM pls_internal.known_failures(format('read source %s', r.source_id))) AS known
          FROM pls.sources r ORDER BY r.source_id
    LOOP
        CONTINUE WHEN s.problem IS NULL AND NOT s.known;
        plays := ARRAY(SELECT m.motion FROM pls.motions m
                        WHERE m.status <> 'draft' AND (s.motions IS NULL OR m.motion = ANY (s.motions))
                        ORDER BY m.motion);
        IF s.problem IS NULL THEN
            PERFORM pls_internal.request_rebuild(p) FROM unnest(plays) p;
            UPDATE pls.failures f SET try_again_at = least(f.try_again_at, pls.now())
             WHERE f.motion = ANY (plays) AND f.task = 'rebuild';
            PERFORM pls_internal.note_success(s.task);
        ELSE
            broken := broken + 1;
            said := format('source %s cannot be read (motions: %s): %s', s.source, array_to_string(plays, ', '), s.problem);
            IF NOT pls_internal.is_paused(s.task) THEN
                PERFORM pls_internal.note_failure(s.task, '', '', '55000', said);
            ELSE
                UPDATE pls.failures f SET message = left(said, 1000)
                 WHERE f.entity_id = '' AND f.motion = '' AND f.task = s.task AND f.message <> left(said, 1000);
            END IF;
        END IF;
    END LOOP;
    PERFORM pls_internal.note_success(f.task)
       FROM pls_internal.known_failures() f
      WHERE f.entity_id = '' AND f.motion = '' AND f.task LIKE 'read source %'
        AND NOT EXISTS (SELECT FROM pls.sources r WHERE f.task = format('read source %s', r.source_id));
    RETURN broken;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_sources IS
'Step of the sweep: writes sources that cannot be read into pls.failures, and has the motions of those that can be read again rebuilt. Returns how many cannot be read.';

CREATE FUNCTION pls_internal.tidy_marks() RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
DECLARE
    of_all bigint;
BEGIN
    -- of no motion: somebody had locked what tells which ones
    WITH gone AS (
        DELETE FROM pls.backlog b
         WHERE b.ctid = ANY (ARRAY(
               SELECT k.ctid FROM pls.backlog k
                WHERE k.entity_id = '' AND k.motion = ''
                  FOR UPDATE SKIP LOCKED))
        RETURNING 1)
    SELECT count(*) INTO of_all FROM gone;
    IF of_all > 0 THEN
        PERFORM pls_internal.request_rebuild(m.motion)
           FROM pls.motions m
          WHERE m.status <> 'draft' AND pls_internal.has_sources(m.motion);
    END IF;
    DELETE FROM pls.backlog b
     WHERE b.ctid = ANY (ARRAY(
           SELECT k.ctid FROM pls.backlog k
            WHERE k.evidence IS NULL AND k.entity_id <> '' AND NOT pls_internal.has_sources(k.motion)
              FOR UPDATE SKIP LOCKED));
END;
$$;
COMMENT ON FUNCTION pls_internal.tidy_marks IS
'Step of the sweep: turns a mark without a motion into one for each motion, and removes marks of entities that cannot be rebuilt because there is no source; they would defer decisions forever.';

CREATE FUNCTION pls_internal.sweep_step(step text, at_most integer, deadline timestamptz, max_time interval,
                               OUT done bigint, OUT failed bigint)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    done := 0;
    failed := 0;
    PERFORM pls_internal.limit_waiting(deadline, max_time);
    BEGIN
        IF pls_internal.is_paused(step) THEN
            RETURN;
        END IF;
        CASE step
        WHEN 'fire' THEN PERFORM pls_internal.fire_deferred_triggers();
        WHEN 'sources' THEN
            PERFORM pls_internal.follow_columns();
            failed := pls_internal.note_sources();
        WHEN 'users' THEN done := pls_internal.mark_moved(at_most);
        WHEN 'marks' THEN PERFORM pls_internal.tidy_marks();
        WHEN 'cooldowns' THEN PERFORM pls_internal.start_missed_cooldowns(at_most);
        WHEN 'clock' THEN PERFORM pls_internal.check_clock();
        WHEN 'looks' THEN done := pls_internal.take_looks(at_most);
        WHEN 'look through' THEN done := pls_internal.look_through(at_most, deadline);
        WHEN 'deferred' THEN PERFORM pls_internal.end_deferrals(least(at_most, 100));
        WHEN 'shares' THEN PERFORM pls_internal.count_stale_shares(at_most);
        WHEN 'recount' THEN PERFORM pls_internal.finish_recounts();
        WHEN 'assign' THEN done := pls_internal.assign_waiting(deadline => deadline);
        WHEN 'deliveries' THEN PERFORM pls_internal.forget_deliveries();
        WHEN 'turns' THEN PERFORM pls_internal.forget_turns();
        WHEN 'retention' THEN PERFORM pls_internal.apply_retention(deadline);
        WHEN 'contacts' THEN PERFORM pls_internal.work_out_contacts(deadline);
        WHEN 'samples' THEN PERFORM pls_internal.take_samples(deadline);
        WHEN 'thresholds' THEN PERFORM pls_internal.work_out_due_thresholds(deadline);
        ELSE done := pls_internal.maintain_alerts_until(step, deadline);
        END CASE;
    EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
        PERFORM pls_internal.note_failure(step, '', '', SQLSTATE, SQLERRM);
        done := 0;
        failed := 1;
        RETURN;
    END;
    PERFORM pls_internal.note_success(step);
END;
$$;
COMMENT ON FUNCTION pls_internal.sweep_step IS
'Part of pls.sweep(): one of its steps, in a subtransaction. A failure is rolled back and recorded in pls.failures.';

/* ---- rebuilds of whole motions ---- */

-- Above which one pass over the events is cheaper than one per entity.
CREATE FUNCTION pls_internal.few_stale() RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN 20;
COMMENT ON FUNCTION pls_internal.few_stale IS
'How many stale entities of a motion a sweep rebuilds one by one; if there are more, it rebuilds the whole motion.';

CREATE FUNCTION pls_internal.rebuilds_due(items pls_internal.sweep_item[], running xid[], asked boolean) RETURNS text[]
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    few CONSTANT integer := pls_internal.few_stale();
BEGIN
    RETURN ARRAY(
        SELECT m.motion
          FROM pls.motions m
         WHERE m.status <> 'draft' AND pls_internal.has_sources(m.motion)
           AND NOT pls_internal.is_paused('rebuild', m.motion)
           AND (asked AND EXISTS (SELECT FROM pls.backlog b
                                   WHERE b.entity_id = '' AND b.motion = m.motion
                                     AND (b.once_ended IS NULL OR NOT b.once_ended && running))
                OR few < (SELECT count(*)
                            FROM (SELECT FROM unnest(items) u
                                   -- what others hold no rebuild can help
                                   WHERE u.motion = m.motion AND u.stale
                                     AND pls_internal.standing_holders(u.motion, u.entity_id) = '{}'
                                   LIMIT few + 1) f))
         ORDER BY m.motion);
END;
$$;
COMMENT ON FUNCTION pls_internal.rebuilds_due IS
'Part of pls.sweep(): the motions to rebuild as a whole: a rebuild was requested (checked if asked is true), and the transactions that it waits for have ended; or many of their entities are stale and not held by others.';

CREATE FUNCTION pls_internal.rebuild_motion(motion text, deadline timestamptz, max_time interval,
                                   OUT refreshed bigint, OUT failed bigint)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    attempts bigint := (SELECT f.attempts FROM pls_internal.known_failures('rebuild') f
                         WHERE f.entity_id = '' AND f.motion = rebuild_motion.motion);
    said     text;
BEGIN
    refreshed := 0;
    failed := 0;
    PERFORM pls_internal.limit_waiting(deadline, max_time, coalesce(attempts, 0));
    BEGIN
        IF pls_internal.hold_rebuild(rebuild_motion.motion, false) THEN
            SELECT r.rebuilt INTO refreshed
              FROM pls_internal.refresh_at_once(rebuild_motion.motion, NULL, deadline) r;
            -- that of entities has been done with it
            PERFORM pls_internal.note_success('rebuild', f.motion, f.entity_id)
               FROM pls_internal.known_failures('rebuild') f WHERE f.motion = rebuild_motion.motion;
        END IF;
    EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
        GET STACKED DIAGNOSTICS said = PG_EXCEPTION_DETAIL;
        PERFORM pls_internal.note_failure('rebuild', rebuild_motion.motion, '', SQLSTATE,
                                 concat_ws('. ', SQLERRM, CASE WHEN SQLSTATE = '55P03' THEN nullif(said, '') END));
        refreshed := 0;
        failed := 1;
    END;
END;
$$;
COMMENT ON FUNCTION pls_internal.rebuild_motion IS
'Part of pls.sweep(): rebuilds a motion in a subtransaction, unless another session is rebuilding it. Standings that others hold are marked. A failure is rolled back and recorded in pls.failures.';

/* ---- entities ---- */

CREATE FUNCTION pls_internal.rebuild_entity(item pls_internal.sweep_item) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    rebuilt bigint;
    said    text;
BEGIN
    BEGIN
        IF NOT pls_internal.try_hold_standing(item.motion, item.entity_id) THEN
            RETURN NULL;
        END IF;
        SELECT CASE WHEN r.held = 0 THEN r.rebuilt END INTO rebuilt
          FROM pls_internal.refresh_at_once(item.motion, item.entity_id, 'infinity') r;
    EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
        GET STACKED DIAGNOSTICS said = PG_EXCEPTION_DETAIL;
        PERFORM pls_internal.note_failure('rebuild', item.motion, item.entity_id, SQLSTATE,
                                 concat_ws('. ', SQLERRM, CASE WHEN SQLSTATE = '55P03' THEN nullif(said, '') END));
        RETURN CASE WHEN SQLSTATE = '55P03' THEN -2 ELSE -1 END;
    END;
    IF item.failed THEN
        PERFORM pls_internal.note_success('rebuild', item.motion, item.entity_id);
    END IF;
    RETURN rebuilt;
END;
$$;
COMMENT ON FUNCTION pls_internal.rebuild_entity IS
'Part of pls.sweep(): rebuilds an entity in a subtransaction. NULL: another session holds it; -1, or -2 because of a lock: it failed, which is recorded in pls.failures.';

CREATE FUNCTION pls_internal.sweep_entity(item pls_internal.sweep_item, OUT settled bigint, OUT refreshed bigint, OUT busy bigint, OUT failed bigint,
                            OUT locked boolean)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    rebuilt bigint;
BEGIN
    settled := 0;
    refreshed := 0;
    busy := 0;
    failed := 0;
    IF item.unblocked THEN
        UPDATE pls.standings s SET decide_again_at = pls.now(), look_at = '-infinity'
          FROM (SELECT t.entity_id, t.motion FROM pls.standings t
                 WHERE t.entity_id = item.entity_id AND t.motion = item.motion
                   FOR UPDATE SKIP LOCKED) held
         WHERE s.entity_id = held.entity_id AND s.motion = held.motion;
    END IF;
    IF item.blocked THEN
        PERFORM pls_internal.apply_obstacle(item.motion, item.entity_id);
    END IF;
    IF item.stale THEN
        rebuilt := pls_internal.rebuild_entity(item);
        failed := CASE WHEN rebuilt < 0 THEN 1 ELSE 0 END;
        refreshed := greatest(coalesce(rebuilt, 0), 0);
        locked := rebuilt = -2;
    END IF;
    IF rebuilt IS NULL OR rebuilt < 0 THEN
        -- a query of its own: an expression would keep the model that it has
        -- seen first in the transaction
        SELECT CASE WHEN s THEN 1 ELSE 0 END, CASE WHEN s THEN 0 ELSE 1 END INTO settled, busy
          FROM pls_internal.reevaluate(item.motion, item.entity_id) s;
    END IF;
    IF item.broken THEN
        -- it may be well now; the error if it is not
        PERFORM FROM pls_internal.due_entities(ARRAY[item.entity_id], ARRAY[item.motion]);
    END IF;
    IF item.failed THEN
        PERFORM pls_internal.note_success('settle', item.motion, item.entity_id);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.sweep_entity IS
'Part of pls.sweep(): does what has to be done about an entity: rebuilds it if it is stale and nobody holds it, else settles it. locked: the rebuild did not get a lock.';

CREATE FUNCTION pls_internal.sweep_entities(items pls_internal.sweep_item[], one_by_one boolean, deadline timestamptz,
                             OUT settled bigint, OUT refreshed bigint, OUT busy bigint, OUT failed bigint)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    item   pls_internal.sweep_item;
    did    record;
    locked text[] := '{}';      -- motions whose tables others hold
BEGIN
    refreshed := 0;
    failed := 0;
    -- most are only settled: as pls_internal.sweep_entity() does it
    SELECT count(*) FILTER (WHERE t.settled), count(*) FILTER (WHERE NOT t.settled) INTO settled, busy
      FROM (SELECT pls_internal.reevaluate(i.motion, i.entity_id) AS settled
              FROM unnest(items) i
             WHERE NOT one_by_one AND NOT (i.stale OR i.unblocked OR i.broken OR i.failed OR i.blocked)
               AND clock_timestamp() <= deadline) t;
    FOREACH item IN ARRAY items LOOP
        EXIT WHEN clock_timestamp() > deadline;
        CONTINUE WHEN NOT one_by_one AND NOT (item.stale OR item.unblocked OR item.broken OR item.failed OR item.blocked);
        CONTINUE WHEN item.stale AND item.motion = ANY (locked);
        IF one_by_one THEN
            BEGIN
                SELECT d.* INTO did FROM pls_internal.sweep_entity(item) d;
            EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
                PERFORM pls_internal.note_failure('settle', item.motion, item.entity_id, SQLSTATE, SQLERRM);
                failed := failed + 1;
                CONTINUE;
            END;
        ELSE
            SELECT d.* INTO did FROM pls_internal.sweep_entity(item) d;
        END IF;
        settled := settled + did.settled;
        refreshed := refreshed + did.refreshed;
        busy := busy + did.busy;
        failed := failed + did.failed;
        IF did.locked THEN
            locked := locked || item.motion;
        END IF;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.sweep_entities IS
'Part of pls.sweep(): pls_internal.sweep_entity() for each of these; one_by_one: each in a subtransaction of its own, and what fails is written into pls.failures. Where a rebuild of a motion did not get a lock, the others are left to the next sweep.';

-- All in one subtransaction; only if that fails each in its own.
CREATE FUNCTION pls_internal.sweep_batch(items pls_internal.sweep_item[], deadline timestamptz,
                             OUT settled bigint, OUT refreshed bigint, OUT busy bigint, OUT failed bigint)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    BEGIN
        SELECT d.settled, d.refreshed, d.busy, d.failed INTO settled, refreshed, busy, failed
          FROM pls_internal.sweep_entities(items, false, deadline) d;
    EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
        SELECT d.settled, d.refreshed, d.busy, d.failed INTO settled, refreshed, busy, failed
          FROM pls_internal.sweep_entities(items, true, deadline) d;
    END;
END;
$$;
COMMENT ON FUNCTION pls_internal.sweep_batch IS
'Part of pls.sweep(): does what has to be done about these entities; one that fails leaves the others alone.';

-- The edges that a rebuild has found.
CREATE FUNCTION pls_internal.reevaluate_each(motion text, entities text[], deadline timestamptz) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.sweep_batch(ARRAY(SELECT ROW(reevaluate_each.motion, e, false, false, false, false, true, false)::pls_internal.sweep_item
                                 FROM unnest(entities) e), deadline);
END;
$$;
COMMENT ON FUNCTION pls_internal.reevaluate_each IS
'Part of pls.refresh(): settles these entities, until deadline; one that fails is written into pls.failures, and left to the sweep, and so are those that are left.';

-- The words of many alerts are to come from one count.
CREATE FUNCTION pls_internal.count_shares_of(items pls_internal.sweep_item[]) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    many CONSTANT integer := 10;
    play record;
BEGIN
    FOR play IN
        SELECT i.motion, array_agg(i.entity_id ORDER BY i.entity_id) AS entities
          FROM unnest(items) i WHERE i.due GROUP BY i.motion HAVING count(*) >= many
    LOOP
        BEGIN
            PERFORM pls_internal.count_signal_shares(play.motion, play.entities);
        EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
            PERFORM pls_internal.note_failure('shares', play.motion, '', SQLSTATE, SQLERRM);
        END;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.count_shares_of IS
'Part of pls.sweep(): pls_internal.count_signal_shares() where many entities of a motion are to be decided about. What fails is written into pls.failures.';

/* ---- the sweep ---- */

-- A failure that could have been tried again and was not: there is nothing to
-- be done any more.
CREATE FUNCTION pls_internal.forget_failures(before timestamptz) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '50ms'
AS $$
BEGIN
    DELETE FROM pls.failures f
     WHERE f.ctid = ANY (ARRAY(
           SELECT o.ctid FROM pls.failures o
            WHERE (o.try_again_at <= forget_failures.before OR pls_internal.is_ahead(o.last_failed_at)) AND o.task <> 'cooldown' AND o.task NOT LIKE 'read source %'
              FOR UPDATE SKIP LOCKED));
EXCEPTION WHEN lock_not_available THEN
    RAISE LOG 'pls: could not remove resolved failures because a lock was not available';
END;
$$;
COMMENT ON FUNCTION pls_internal.forget_failures IS
'Part of pls.sweep(): forgets failures that were due before this instant and have not failed again since. Waits 50 ms at most; the next sweep does it then, and the server''s log says so.';

CREATE FUNCTION pls_internal.sweep_part(max_time interval, max_rows integer, INOUT place pls_internal.sweep_place, began timestamptz,
                               OUT settled bigint, OUT refreshed bigint, OUT busy bigint, OUT assigned bigint,
                               OUT done bigint, OUT more boolean)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET client_min_messages = warning
    SET lock_timeout = '1s'
AS $$
#variable_conflict use_variable
DECLARE
    at_once  CONSTANT integer := 200;
    -- to look costs less than what may follow from it
    looking   CONSTANT text[] := '{looks,look through}';
    at_a_look CONSTANT integer := least(max_rows::bigint * 10, 100000);
    started  CONSTANT timestamptz := clock_timestamp();
    first    CONSTANT boolean := place IS NULL;
    deadline timestamptz := started + max_time;
    work     record;
    todo     pls_internal.sweep_item[];
    whole    text[] := '{}';
    name     text;
    did      record;
    failed   bigint := 0;
    escalated bigint := 0;
    item     integer := 1;
BEGIN
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'active_sql_transaction',
            MESSAGE = format('pls.sweep() cannot run in a %s transaction', current_setting('transaction_isolation')),
            DETAIL = 'It must see what other sessions have just committed.',
            HINT = 'Run it in a transaction with isolation level READ COMMITTED.';
    END IF;
    settled := 0;
    refreshed := 0;
    busy := 0;
    assigned := 0;
    done := 0;
    more := false;
    -- what is not about the entities at hand is done once; an alert that
    -- expires has its entity looked at
    FOREACH name IN ARRAY CASE WHEN first THEN ARRAY['fire', 'sources', 'users', 'marks', 'cooldowns', 'clock', 'wake', 'expire',
                                            'looks', 'look through', 'deferred', 'shares']
                          ELSE ARRAY['fire'] END LOOP
        SELECT s.* INTO did
          FROM pls_internal.sweep_step(name, CASE WHEN name = ANY (looking) THEN at_a_look ELSE max_rows END, deadline, max_time) s;
        failed := failed + did.failed;
        more := more OR name = ANY (looking) AND did.done >= at_a_look;
    END LOOP;
    PERFORM pls_internal.limit_waiting(deadline, max_time);
    BEGIN
        SELECT f.items, f.failed, f.place INTO work FROM pls_internal.find_work(max_rows, place) f;
        PERFORM pls_internal.note_success('find');
    EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
        PERFORM pls_internal.note_failure('find', '', '', SQLSTATE, SQLERRM);
        SELECT '{}'::pls_internal.sweep_item[] AS items, 1::bigint AS failed, NULL::pls_internal.sweep_place AS place INTO work;
    END;
    failed := failed + work.failed;
    -- to find what is to be done must not use up the time to do it
    deadline := greatest(deadline, clock_timestamp() + max_time / 2);
    BEGIN
        whole := pls_internal.rebuilds_due(work.items, pls_internal.running_transactions(), first);
        PERFORM pls_internal.note_success('rebuilds');
    EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
        PERFORM pls_internal.note_failure('rebuilds', '', '', SQLSTATE, SQLERRM);
        failed := failed + 1;
    END;
    FOREACH name IN ARRAY whole LOOP
        EXIT WHEN clock_timestamp() > deadline;
        SELECT r.* INTO did FROM pls_internal.rebuild_motion(name, deadline, max_time) r;
        refreshed := refreshed + did.refreshed;
        failed := failed + did.failed;
        done := done + CASE WHEN did.failed = 0 THEN 1 ELSE 0 END;
    END LOOP;
    -- what is rebuilt costs most, and comes last
    todo := ARRAY(SELECT ROW(u.motion, u.entity_id, u.stale AND u.motion <> ALL (whole), u.unblocked, u.broken, u.failed,
                             u.due, u.blocked)::pls_internal.sweep_item
                    FROM unnest(work.items) u
                   ORDER BY u.broken, u.stale AND u.motion <> ALL (whole), u.entity_id, u.motion);
    PERFORM pls_internal.count_shares_of(todo);
    -- from here on nothing is waited for: a sweep that holds standings and
    -- waits for one could deadlock with a refresh
    WHILE item <= cardinality(todo) AND clock_timestamp() <= deadline LOOP
        PERFORM pls_internal.limit_waiting(deadline, max_time);
        SELECT b.* INTO did FROM pls_internal.sweep_batch(todo[item : item + at_once - 1], deadline) b;
        settled := settled + did.settled;
        refreshed := refreshed + did.refreshed;
        busy := busy + did.busy;
        failed := failed + did.failed;
        done := done + did.settled + did.refreshed;
        item := item + at_once;
    END LOOP;
    place := work.place;
    FOREACH name IN ARRAY CASE WHEN first OR place IS NULL
                          THEN ARRAY['recount', 'assign', 'pin', 'escalate', 'contacts', 'deliveries', 'turns', 'samples', 'thresholds', 'retention'] ELSE '{}' END LOOP
        SELECT s.* INTO did FROM pls_internal.sweep_step(name, max_rows, deadline, max_time) s;
        failed := failed + did.failed;
        assigned := assigned + CASE name WHEN 'assign' THEN did.done ELSE 0 END;
        escalated := escalated + CASE name WHEN 'escalate' THEN did.done ELSE 0 END;
    END LOOP;
    done := done + escalated;
    BEGIN
        IF place IS NULL AND clock_timestamp() <= deadline THEN
            PERFORM pls_internal.forget_failures(began);
        END IF;
        PERFORM pls_internal.note_success('record');
        PERFORM pls_internal.record_sweep(clock_timestamp() - started, settled, refreshed, busy, assigned, escalated,
                                 greatest(failed, (SELECT count(*) FROM pls_internal.known_failures())));
    EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
        PERFORM pls_internal.note_failure('record', '', '', SQLSTATE, SQLERRM);
    END;
END;
$$;
COMMENT ON FUNCTION pls_internal.sweep_part IS
'The work of pls.sweep(), with the next max_rows things that are due after this place (NULL: from the start); began is when the first part of it began. place: where to go on, NULL after the last part. done: how much was done that may lead to more. more: not all has been looked at that pls_internal.looks asks for.';

CREATE FUNCTION pls.sweep(max_time interval DEFAULT '20 seconds', max_rows integer DEFAULT 10000,
                          OUT settled bigint, OUT refreshed bigint, OUT busy bigint, OUT assigned bigint)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_span(max_time, 'max_time', at_least => '0');
    SELECT p.settled, p.refreshed, p.busy, p.assigned INTO settled, refreshed, busy, assigned
      FROM pls_internal.sweep_part(max_time, max_rows, NULL, pls.now()) p;
END;
$$;
COMMENT ON FUNCTION pls.sweep IS
'Does what is due without an event: merges the backlog, makes deferred decisions, notices lanes that have changed over time, rebuilds stale evidence, assigns unassigned alerts, wakes snoozed ones, expires untouched ones, withdraws untouched ones about whoever has bought or is excluded since (touched ones say so: pls.alerts.obstacle), takes the escalation steps that are due, works out thresholds that are percentiles, and forgets what is older than pls.retention says. Run it every minute with any scheduler; several sweeps at once do not disturb each other or an insert. A failure stops nothing else: it is rolled back, recorded in pls.failures, and retried after a minute, then after pauses that grow up to an hour. For a lock on a table of pls it waits a twentieth of max_time, a second at most, or longer if that has failed before; it skips standings and watched tables that others have locked. It stops after max_time, half of which is reserved for what was found to be due, or after max_rows entities, and the next sweep continues from there. Returns how many entities were settled, refreshed, or busy in another session, and how many unassigned alerts were assigned; pls.sweeps has the number of escalation steps taken and of failures. Errors: 22023 max_time, 25001 in a REPEATABLE READ or SERIALIZABLE transaction.';

-- What is known under a motion's name goes with the motion; what was decided
-- stays as history.
CREATE FUNCTION pls_internal.forget_motion() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM pls.standings s USING removed r WHERE s.motion = r.motion;
    DELETE FROM pls.backlog b USING removed r WHERE b.motion = r.motion;
    DELETE FROM pls_internal.looks l USING removed r WHERE l.motion = r.motion;
    DELETE FROM pls_internal.history_reads h USING removed r WHERE h.motion = r.motion;
    DELETE FROM pls_internal.signal_shares c USING removed r WHERE c.motion = r.motion;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.forget_motion IS
'Trigger: removes the standings and backlog of deleted motions. Decisions, alerts and outcomes stay.';
CREATE TRIGGER forget_motion AFTER DELETE ON pls.motions
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('forget_motion');
COMMENT ON TRIGGER forget_motion ON pls.motions IS 'Removes what was known under the motion''s name.';

-- Events that went by unobserved have to be read after all: a model that
-- matches more than before, or was not looked at.
CREATE FUNCTION pls_internal.request_missed_rebuild() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.request_rebuild(m.motion)
       FROM pls.motions m
      WHERE m.motion = CASE WHEN TG_OP = 'DELETE' THEN OLD.motion ELSE NEW.motion END
        AND m.status <> 'draft'
        AND EXISTS (SELECT FROM pls.sources s
                     WHERE s.motions IS NULL OR m.motion = ANY (s.motions))
        -- once a transaction: nobody else can have answered its own mark
        AND NOT EXISTS (SELECT FROM pls.backlog b
                         WHERE b.entity_id = '' AND b.motion = m.motion AND b.once_ended IS NULL
                           AND b.xmin = pg_current_xact_id()::xid);
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.request_missed_rebuild IS
'Trigger: makes the next sweep rebuild an active motion with a source, because it has missed events or has events that no longer count. A draft is rebuilt when it leaves that status.';
CREATE TRIGGER catch_up AFTER INSERT ON pls.signals
    FOR EACH ROW WHEN (NEW.enabled AND NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('request_missed_rebuild');
COMMENT ON TRIGGER catch_up ON pls.signals IS 'A new signal of an active motion has missed events.';
CREATE TRIGGER catch_up_removal AFTER DELETE ON pls.signals
    FOR EACH ROW WHEN (OLD.enabled)
    EXECUTE FUNCTION pls_internal.as_owner('request_missed_rebuild');
COMMENT ON TRIGGER catch_up_removal ON pls.signals IS 'Events of a removed signal no longer count, and an entity may have no others.';
CREATE TRIGGER catch_up_matching AFTER UPDATE OF enabled, events, match, measure, property, numeric_strings ON pls.signals
    FOR EACH ROW WHEN (NEW.enabled <> OLD.enabled OR NEW.enabled AND (
        NEW.events IS DISTINCT FROM OLD.events
        OR NEW.match::text IS DISTINCT FROM OLD.match::text
        OR NEW.measure IS DISTINCT FROM OLD.measure
        OR NEW.property IS DISTINCT FROM OLD.property
        OR NEW.numeric_strings IS DISTINCT FROM OLD.numeric_strings))
    EXECUTE FUNCTION pls_internal.as_owner('request_missed_rebuild');
COMMENT ON TRIGGER catch_up_matching ON pls.signals IS 'A signal that matches other events than before has missed some.';
-- Rows that the signal did not ask for may have been deleted, which marked
-- nobody (src/evidence/reach.c), and evidence may still hold them.
CREATE TRIGGER catch_up_reach AFTER UPDATE OF within, op, threshold ON pls.signals
    FOR EACH ROW WHEN (NEW.enabled AND (
        NEW.op IS DISTINCT FROM OLD.op
        OR (NEW.threshold <= 0 AND OLD.threshold > 0)
        OR ((NEW.measure = 'recency' OR NEW.measure = 'last')
            AND (NEW.within > OLD.within OR (NEW.within IS NULL AND OLD.within IS NOT NULL)))))
    EXECUTE FUNCTION pls_internal.as_owner('request_missed_rebuild');
COMMENT ON TRIGGER catch_up_reach ON pls.signals IS 'A signal that asks for older rows than before may hold some that have been deleted.';
CREATE TRIGGER catch_up AFTER UPDATE OF status ON pls.motions
    FOR EACH ROW WHEN (OLD.status = 'draft' AND NEW.status <> 'draft')
    EXECUTE FUNCTION pls_internal.as_owner('request_missed_rebuild');
COMMENT ON TRIGGER catch_up ON pls.motions IS 'A motion that was a draft has missed events.';

-- Bodies of procedures that commit cannot have a pinned search_path: types,
-- too, are named with their schema, since a domain has code of its owner's.
--
-- What is due is gone through in order, each part after the one before, and
-- again from the start as long as that finds less to do than the time before:
-- what comes back for ever cannot keep it busy.
CREATE PROCEDURE pls.sweep_all(max_time interval DEFAULT '50 seconds', max_rows integer DEFAULT 1000)
    LANGUAGE plpgsql
AS $$
DECLARE
    deadline CONSTANT pg_catalog.timestamptz := pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+) max_time;
    began    pg_catalog.timestamptz;
    part     pg_catalog.record;
    done     pg_catalog.int8;
    before   pg_catalog.int8;
    more     pg_catalog.bool;
    place    pls_internal.sweep_place;
BEGIN
    PERFORM pls_internal.check_span(max_time, 'max_time', at_least => '0');
    LOOP
        IF place IS NULL THEN
            began := pls.now();
            done := 0;
            more := false;
        END IF;
        SELECT p.done, p.place, p.more INTO part
          FROM pls_internal.sweep_part(GREATEST(deadline OPERATOR(pg_catalog.-) pg_catalog.clock_timestamp(), interval '0'),
                              max_rows, place, began) AS p;
        COMMIT;
        done := done OPERATOR(pg_catalog.+) part.done;
        place := part.place;
        EXIT WHEN pg_catalog.clock_timestamp() OPERATOR(pg_catalog.>) deadline;
        more := more OR part.more;
        IF place IS NULL AND NOT more THEN
            EXIT WHEN done OPERATOR(pg_catalog.=) 0 OR done OPERATOR(pg_catalog.>=) before;
            before := done;
        END IF;
    END LOOP;
END;
$$;
COMMENT ON PROCEDURE pls.sweep_all(interval, integer) IS
'Sweeps in short transactions of at most max_rows entities each until nothing is left to do, finished work keeps coming back, or max_time has passed. What a scheduler should run every minute. Not within a transaction block.';
