/* 10_refresh.sql - standings rebuilt from the events themselves.
 *
 * A refresh holds the standings that it rebuilds, so that an insert for one
 * of them puts its delta aside and goes on: nobody waits for a refresh.  Nor
 * does a refresh wait for anybody, once it has begun (src/rebuild/rebuild.c): it goes
 * round a standing that another transaction holds, and marks it for the sweep.
 * What it must have before it begins are the watched tables, locked, and, of a
 * whole motion, the right to rebuild it: for these a person waits a while, and
 * the sweep not at all.
 */

CREATE FUNCTION pls_internal.gather(motion text, entities text[], as_of timestamptz)
    RETURNS TABLE (entity_id text, due timestamptz, evidence pls.evidence, newest timestamptz,
                   signal text, at timestamptz, milli bigint, lane text, look_at timestamptz)
    AS 'MODULE_PATHNAME', 'pls_gather' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION pls_internal.gather IS
'What the events in the watched tables say to a motion, read as the trigger reads them and through the table access method: no code of a table''s owner is run. A row per entity (of entities; NULL: all) that has a matching event: its evidence up to as_of, the newest event in it, and the result for an entity that has no lane yet: the score in thousandths, the lane (NULL: none) and when to look at it next (milli, lane, look_at); of later events one row for each second at which they are due. And a row per outcome: the signal that found it, and when (signal, at; evidence NULL). One entity is read through a plain index on the account or actor column where there is one, all of them by max_parallel_maintenance_workers in maintenance_work_mem. Tables that cannot be read are left out, with a notice. Errors: 42704 unknown motion, 55000 none of the tables can be read.';

CREATE FUNCTION pls_internal.gather_now(motion text, entities text[], as_of timestamptz)
    RETURNS TABLE (entity_id text, due timestamptz, evidence pls.evidence, newest timestamptz,
                   signal text, at timestamptz, milli bigint, lane text, look_at timestamptz)
    AS 'MODULE_PATHNAME', 'pls_gather_now' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION pls_internal.gather_now IS
'As pls_internal.gather(), by a snapshot that is taken when the watched tables are locked, for a caller that has not locked them in an earlier statement.';

CREATE FUNCTION pls_internal.unreadable(motion text) RETURNS text
    AS 'MODULE_PATHNAME', 'pls_unreadable' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 1000;
COMMENT ON FUNCTION pls_internal.unreadable IS
'Why no event of a motion can be read: a watched table, and its problem. NULL: some can, or there are none. Waits for no lock.';

CREATE FUNCTION pls_internal.has_sources(motion text) RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM pls.sources s
         WHERE (s.motions IS NULL OR has_sources.motion = ANY (s.motions))
           AND EXISTS (SELECT FROM pg_class c WHERE c.oid = s.source))
$$;
COMMENT ON FUNCTION pls_internal.has_sources IS
'Whether there is a watched table whose events count for a motion.';

CREATE FUNCTION pls_internal.excluded_domains(motion text) RETURNS text[]
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(DISTINCT d), '{}')
      FROM pls.exclusions x, unnest(x.domains) d
     WHERE x.scope = 'actor' AND x.enabled AND (x.motion IS NULL OR x.motion = excluded_domains.motion)
$$;
COMMENT ON FUNCTION pls_internal.excluded_domains IS
'Email domains whose actors never count in a motion.';

-- Inlined, where many are asked for at once.
CREATE FUNCTION pls_internal.attributes_at(motion text, entity_id text) RETURNS TABLE (attributes jsonb)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pls_internal.entity_document(k.account_id,
                                        CASE WHEN m.unit = 'user' THEN attributes_at.entity_id END, a.attributes)
      FROM pls.motions m
     CROSS JOIN LATERAL (
           SELECT CASE WHEN m.unit = 'account' THEN attributes_at.entity_id
                       ELSE pls_internal.account_of(m.unit, attributes_at.entity_id) END AS account_id
           OFFSET 0) k
      LEFT JOIN pls.accounts a ON a.account_id = k.account_id
     WHERE m.motion = attributes_at.motion;
END;
COMMENT ON FUNCTION pls_internal.attributes_at IS
'pls_internal.attributes_of() as a row; no row if there is no such motion.';

CREATE FUNCTION pls_internal.attributes_of(motion text, entity_id text) RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
AS $$
BEGIN
    RETURN (SELECT x.attributes FROM pls_internal.attributes_at(attributes_of.motion, attributes_of.entity_id) x);
END;
$$;
COMMENT ON FUNCTION pls_internal.attributes_of IS
'Attributes of the account of an entity (see pls_internal.account_of), and its ids (see pls_internal.entity_document), whether it has a row in pls.accounts or not. NULL: no such motion.';

CREATE FUNCTION pls_internal.request_rebuild(motion text, entity_id text DEFAULT '') RETURNS void
    LANGUAGE sql VOLATILE STRICT
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO pls.backlog (entity_id, motion, not_before)
    VALUES (request_rebuild.entity_id, request_rebuild.motion, pls.now())
$$;
COMMENT ON FUNCTION pls_internal.request_rebuild IS
'Makes the next sweep rebuild the standing of an entity, or with an empty entity_id the whole motion. Does not wait for locks.';

-- A transaction that was open while the model changed may have inserted
-- events that the old model did not match, and commit them only now.  So a
-- motion whose rebuilding was asked for is rebuilt once more when all of
-- these have ended.
CREATE FUNCTION pls_internal.request_another_rebuild(motion text, once_ended xid[]) RETURNS void
    LANGUAGE sql VOLATILE STRICT
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO pls.backlog (entity_id, motion, not_before, once_ended)
    SELECT '', request_another_rebuild.motion, pls.now(), request_another_rebuild.once_ended
     WHERE cardinality(request_another_rebuild.once_ended) > 0
$$;
COMMENT ON FUNCTION pls_internal.request_another_rebuild IS
'Part of pls.refresh(): requests another rebuild of the motion once these transactions have ended.';

/* ---- what others hold ---- */

CREATE FUNCTION pls_internal.hold_rebuild(motion text, wait boolean) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_hold_rebuild' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION pls_internal.hold_rebuild IS
'Takes the right to rebuild a whole motion until the transaction ends; only one transaction can have it at a time. false: another one has it, and wait is false. No role can take it in any other way.';

CREATE FUNCTION pls_internal.try_lock_source(source regclass) RETURNS regclass
    AS 'MODULE_PATHNAME', 'pls_try_lock_source' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 100;
COMMENT ON FUNCTION pls_internal.try_lock_source IS
'As pls_internal.lock_source(), but does not wait for locks. Returns the table, of these, that another transaction has locked; NULL: none, all are locked now.';

CREATE FUNCTION pls_internal.standing_holders(motion text, entity_id text) RETURNS xid[]
    AS 'MODULE_PATHNAME', 'pls_standing_holders' LANGUAGE C VOLATILE STRICT COST 100;
COMMENT ON FUNCTION pls_internal.standing_holders IS
'The other running transactions, including prepared ones, that hold a standing: they have created, changed, deleted or locked it. Empty: it is free.';

CREATE FUNCTION pls_internal.await_transactions(transactions xid[]) RETURNS void
    AS 'MODULE_PATHNAME', 'pls_await_transactions' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION pls_internal.await_transactions IS
'Waits until these transactions have ended, as long as lock_timeout allows (55P03).';

CREATE FUNCTION pls_internal.lock_at_once(source regclass) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    locked CONSTANT regclass := pls_internal.try_lock_source(source);
BEGIN
    IF locked IS NOT NULL THEN
        PERFORM pls_internal.refuse_held(format('table %s is locked', locked), pls_internal.holders_text('read', ARRAY[locked]),
                                'The sweep tries again by itself.');
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.lock_at_once IS
'As pls_internal.lock_source(), but does not wait for locks: error 55P03 if another transaction has locked the table or one of those below it.';

-- What a person waits for before a refresh begins, while it holds nothing that
-- others need.
CREATE FUNCTION pls_internal.await_others(motion text, entity_id text) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    sources regclass[];
    source  regclass;
    holders xid[];
    begun   boolean := false;
BEGIN
    BEGIN
        IF await_others.entity_id IS NULL THEN
            PERFORM pls_internal.hold_rebuild(await_others.motion, true);
        ELSE
            holders := pls_internal.standing_holders(await_others.motion, await_others.entity_id);
            PERFORM pls_internal.await_transactions(holders);
        END IF;
        begun := true;
        sources := ARRAY(SELECT s.source FROM pls.sources s
                          WHERE s.motions IS NULL OR await_others.motion = ANY (s.motions)
                          ORDER BY s.source_id);
        FOREACH source IN ARRAY sources LOOP
            PERFORM pls_internal.lock_source(source);
        END LOOP;
    EXCEPTION WHEN lock_not_available THEN
        IF begun THEN
            source := coalesce(pls_internal.try_lock_source(source), source);
            PERFORM pls_internal.refuse_held(format('table %s is locked', source), pls_internal.holders_text('read', ARRAY[source]),
                'Call pls.refresh() when the table is free.');
        ELSIF await_others.entity_id IS NULL THEN
            PERFORM pls_internal.refuse_held(format('motion "%s" is already being rebuilt', await_others.motion),
                pls_internal.holders_text('read', NULL, motion => await_others.motion),
                'Wait until that has ended. Call pls.refresh() again if you have changed something since it began.');
        ELSE
            PERFORM pls_internal.refuse_held(
                format('the standing of "%s" in motion "%s" is locked', await_others.entity_id, await_others.motion),
                pls_internal.holders_text('write', '{pls.standings}', holders),
                format('To have the sweep rebuild it later: SELECT pls_internal.request_rebuild(%L, %L).',
                       await_others.motion, await_others.entity_id));
        END IF;
    END;
END;
$$;
COMMENT ON FUNCTION pls_internal.await_others IS
'Part of pls.refresh(): waits for another session that rebuilds the motion (or holds the standing of the entity) and for locks on watched tables, as long as lock_timeout allows. Error 55P03, which names the holder, after that.';

/* ---- one pass over the events ---- */

CREATE FUNCTION pls_internal.rebuild_pass(motion text, entities text[], as_of timestamptz)
    RETURNS TABLE (part text, entity_id text, evidence pls.evidence, signal text, at timestamptz, number bigint)
    AS 'MODULE_PATHNAME', 'pls_rebuild_pass' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000 ROWS 100;
COMMENT ON FUNCTION pls_internal.rebuild_pass IS
'Part of pls_internal.rebuild(): rebuilds the standings of a motion (of these entities, or NULL for all) in one pass over the events, which are read as pls_internal.gather() reads them and by one snapshot with the backlog. Does not wait for locks; the watched tables must be locked. Returns, by part: rebuilt (how many standings: number), left (how many entities were skipped and marked, because others hold them: number), come (an entity whose standing was created in the meantime and needs another pass), alerted (an entity with an open alert, and the evidence that it had), outcome (one that the events show: signal, at) and known (one found earlier, locked, whose place that takes: number is its outcome_id).';

-- An alert that nobody has touched goes when its grounds are gone: what was
-- known a moment ago still had a lane at this instant, and what is left has
-- none.  One whose lane time alone has taken stays, and so does one that
-- somebody has touched: that a rep decides.  Inlined.
CREATE FUNCTION pls_internal.is_groundless(first_touch_at timestamptz, alert_lane text, lane text, before pls.evidence,
                                  as_of timestamptz, attributes jsonb) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT is_groundless.first_touch_at IS NULL AND is_groundless.lane IS NULL
       AND (pls.evaluate(is_groundless.before, is_groundless.as_of, is_groundless.attributes, is_groundless.alert_lane)).lane IS NOT NULL;
END;
COMMENT ON FUNCTION pls_internal.is_groundless IS
'Whether an open alert whose entity has other evidence than before is withdrawn: nobody has touched it, and the entity has no lane any more, though it would have by the evidence from before, at as_of and with these attributes.';

-- The cooldown that began with the alert goes with it.
CREATE FUNCTION pls_internal.note_changed_evidence(motion text, as_of timestamptz, complete boolean, entities text[], before pls.evidence[])
    RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH noted AS (
    UPDATE pls.alerts a
       SET evidence_changed_at = note_changed_evidence.as_of,
           status = CASE WHEN c.groundless THEN 'withdrawn' ELSE a.status END,
           closed_reason = CASE WHEN c.groundless
                                THEN 'its events were changed or deleted, and it no longer qualifies'
                                ELSE a.closed_reason END
      FROM (SELECT b.entity_id, b.alert_id,
                   note_changed_evidence.complete
                   AND pls_internal.is_groundless(b.first_touch_at, b.lane, s.lane, o.evidence,
                                                  greatest(note_changed_evidence.as_of, s.evaluated_at),
                                                  pls_internal.attributes_of(b.motion, b.entity_id)) AS groundless
              FROM unnest(note_changed_evidence.entities, note_changed_evidence.before) o (entity_id, evidence)
              JOIN pls.alerts b ON b.entity_id = o.entity_id AND b.motion = note_changed_evidence.motion
                               AND pls_internal.is_open(b.status)
              LEFT JOIN pls.standings s ON s.entity_id = b.entity_id AND s.motion = b.motion
             WHERE s.evidence::text IS DISTINCT FROM o.evidence::text
               FOR UPDATE OF b SKIP LOCKED) c
     WHERE a.entity_id = c.entity_id AND a.alert_id = c.alert_id
    RETURNING a.entity_id, a.motion, c.groundless)
    UPDATE pls.standings s SET cooldown_until = NULL
      FROM noted n
     WHERE s.entity_id = n.entity_id AND s.motion = n.motion AND n.groundless
$$;
COMMENT ON FUNCTION pls_internal.note_changed_evidence IS
'Part of pls_internal.rebuild(): marks the open alerts of these entities whose evidence has changed, and withdraws untouched ones if that alone has removed their lane. complete: all watched tables could be read; else nothing is withdrawn.';

-- Those that were seen when the events were read: what is written meanwhile is
-- neither deleted nor found.
CREATE FUNCTION pls_internal.drop_known_outcomes(entities text[], ids bigint[]) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    DELETE FROM pls.outcomes o
     USING unnest(drop_known_outcomes.entities, drop_known_outcomes.ids) k (entity_id, outcome_id)
     WHERE o.entity_id = k.entity_id AND o.outcome_id = k.outcome_id
$$;
COMMENT ON FUNCTION pls_internal.drop_known_outcomes IS
'Part of pls_internal.rebuild(): deletes these outcomes, which the pass has locked, because what the events show takes their place.';

CREATE FUNCTION pls_internal.write_found_outcomes(motion text, entities text[], signals text[], instants timestamptz[]) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id, signal)
    SELECT f.entity_id, m.motion, n.outcome, f.at, pls_internal.account_of(m.unit, f.entity_id), f.signal
      FROM unnest(write_found_outcomes.entities, write_found_outcomes.signals, write_found_outcomes.instants)
           f (entity_id, signal, at)
      JOIN pls.motions m ON m.motion = write_found_outcomes.motion
      JOIN pls.signals n ON n.motion = m.motion AND n.signal = f.signal
$$;
COMMENT ON FUNCTION pls_internal.write_found_outcomes IS
'Part of pls_internal.rebuild(): writes outcomes that the events show; those entered by hand stay.';

CREATE FUNCTION pls_internal.rebuild(motion text, entities text[], as_of timestamptz,
                            OUT rebuilt bigint, OUT held bigint, OUT missed text[])
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET row_security = off
    -- batches one after the other, not all in memory at once
    SET enable_hashagg = off
AS $$
#variable_conflict use_column
DECLARE
    at_once  CONSTANT integer := 10000;
    complete boolean;
    found    record;
BEGIN
    PERFORM pls_internal.lock_at_once(s.source) FROM pls.sources s
      WHERE s.motions IS NULL OR rebuild.motion = ANY (s.motions)
      ORDER BY s.source_id;
    complete := NOT EXISTS (
        SELECT FROM pls.sources s
         WHERE (s.motions IS NULL OR rebuild.motion = ANY (s.motions))
           AND EXISTS (SELECT FROM pg_class c WHERE c.oid = s.source)
           AND pls_internal.source_problem(s.source_id) IS NOT NULL);
    missed := '{}';
    FOR found IN
        SELECT p.part, array_agg(p.entity_id) AS entities, array_agg(p.evidence) AS evidence,
               array_agg(p.signal) AS signals, array_agg(p.at) AS instants, array_agg(p.number) AS numbers
          FROM (SELECT r.part, r.entity_id, r.evidence, r.signal, r.at, r.number,
                       row_number() OVER () / at_once AS batch
                  FROM pls_internal.rebuild_pass(rebuild.motion, entities, rebuild.as_of) r) p
         GROUP BY p.part, p.batch
    LOOP
        CASE found.part
        WHEN 'rebuilt' THEN rebuilt := found.numbers[1];
        WHEN 'left' THEN held := found.numbers[1];
        WHEN 'come' THEN missed := missed || found.entities;
        WHEN 'alerted' THEN
            PERFORM pls_internal.note_changed_evidence(rebuild.motion, rebuild.as_of, complete, found.entities, found.evidence);
        WHEN 'known' THEN
            PERFORM pls_internal.drop_known_outcomes(found.entities, found.numbers);
        WHEN 'outcome' THEN
            PERFORM pls_internal.write_found_outcomes(rebuild.motion, found.entities, found.signals, found.instants);
        END CASE;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.rebuild IS
'Part of pls.refresh(): rebuilds the standings of a motion (of these entities, or NULL for all) in one pass over the events, and does not wait for locks. Returns how many, how many others hold, which are marked for the next sweep, and the entities of standings that were created in the meantime and need another pass. Error 55P03: a watched table is locked.';

CREATE FUNCTION pls_internal.refresh_at_once(motion text, entity_id text, deadline timestamptz, OUT rebuilt bigint, OUT held bigint)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET row_security = off
AS $$
#variable_conflict use_column
DECLARE
    most_passes CONSTANT integer := 10;
    as_of     timestamptz := pls.now();
    started   timestamptz := clock_timestamp();
    entities  text[] := CASE WHEN refresh_at_once.entity_id IS NOT NULL THEN ARRAY[refresh_at_once.entity_id] END;
    pass      record;
    marks     uuid[];
    asked     boolean;
    running   xid[];
    due       text[];
BEGIN
    -- the marks that a refresh of all answers: read before the transactions
    -- are that may have missed the change which they are about
    IF refresh_at_once.entity_id IS NULL THEN
        running := pls_internal.running_transactions();
        SELECT array_agg(b.backlog_id), bool_or(b.once_ended IS NULL) INTO marks, asked
          FROM pls.backlog b
         WHERE b.motion = refresh_at_once.motion AND b.entity_id = ''
           AND (b.once_ended IS NULL OR NOT b.once_ended && running);
        running := pls_internal.running_transactions();
    END IF;
    rebuilt := 0;
    held := 0;
    FOR n IN 1..most_passes LOOP
        SELECT r.* INTO pass FROM pls_internal.rebuild(refresh_at_once.motion, entities, as_of) r;
        rebuilt := rebuilt + pass.rebuilt;
        held := held + pass.held;
        IF refresh_at_once.entity_id IS NULL THEN
            RAISE NOTICE 'motion "%": % standings rebuilt after % s%', refresh_at_once.motion, pass.rebuilt,
                round(extract(epoch FROM clock_timestamp() - started)::numeric, 1),
                CASE WHEN pass.missed <> '{}' THEN format(', %s new ones are next', cardinality(pass.missed)) ELSE '' END;
        END IF;
        EXIT WHEN pass.missed = '{}';
        entities := pass.missed;
    END LOOP;
    IF pass.missed <> '{}' THEN
        -- there is no end to it
        PERFORM pls_internal.request_rebuild(refresh_at_once.motion, e) FROM unnest(pass.missed) e;
        held := held + cardinality(pass.missed);
    END IF;
    IF marks IS NOT NULL THEN
        DELETE FROM pls.backlog b
         WHERE b.ctid = ANY (ARRAY(
               SELECT k.ctid FROM pls.backlog k
                WHERE k.entity_id = '' AND k.motion = refresh_at_once.motion AND k.backlog_id = ANY (marks)
                  FOR UPDATE SKIP LOCKED));
    END IF;
    IF refresh_at_once.entity_id IS NULL THEN
        PERFORM pls_internal.note_history_read(refresh_at_once.motion, started);
    END IF;
    IF asked THEN
        PERFORM pls_internal.request_another_rebuild(refresh_at_once.motion, running);
    END IF;

    -- edges that the rebuilt standings have crossed; of a draft nothing is
    -- decided, but they stay due
    IF EXISTS (SELECT FROM pls.motions m WHERE m.motion = refresh_at_once.motion AND m.status = 'draft') THEN
        due := '{}';
    ELSIF refresh_at_once.entity_id IS NULL THEN
        -- what is due is to be looked at, and there is an index of that
        SELECT array_agg(s.entity_id ORDER BY s.entity_id) INTO due
          FROM pls.standings s
         WHERE s.look_at <= as_of AND s.look_at < 'infinity'
           AND s.motion = refresh_at_once.motion AND s.decide_again_at <= as_of;
    ELSE
        SELECT array_agg(s.entity_id) INTO due
          FROM pls.standings s
         WHERE s.entity_id = refresh_at_once.entity_id AND s.motion = refresh_at_once.motion AND s.decide_again_at <= as_of;
    END IF;
    IF cardinality(due) >= 10 THEN
        PERFORM pls_internal.count_signal_shares(refresh_at_once.motion, due);
    END IF;
    PERFORM pls_internal.reevaluate_each(refresh_at_once.motion, due, deadline);
    IF refresh_at_once.entity_id IS NULL THEN
        RAISE NOTICE 'motion "%": % standings rebuilt, % decided, in % s%', refresh_at_once.motion, rebuilt,
            coalesce(cardinality(due), 0), round(extract(epoch FROM clock_timestamp() - started)::numeric, 1),
            CASE WHEN held > 0 THEN format('; %s held by other transactions are marked for the next sweep', held) ELSE '' END;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.refresh_at_once IS
'Part of pls.refresh() and of the sweep: rebuilds the standings of a motion (or of one entity; NULL: all) and decides the edges that they have crossed, until deadline, without waiting for anybody. For a whole motion, the caller must hold the right to rebuild it. Returns how many were rebuilt, and how many others hold, which are marked for the next sweep. Error 55P03: a watched table is locked.';

CREATE FUNCTION pls.refresh(motion text, entity_id text DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET row_security = off
AS $$
#variable_conflict use_column
DECLARE
    their   CONSTANT text := current_setting('lock_timeout');
    problem text;
    done    record;
BEGIN
    PERFORM FROM pls.motions m WHERE m.motion = refresh.motion;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('motion "%s" does not exist', refresh.motion),
            HINT = 'pls.motions lists the motions.';
    END IF;
    IF NOT pls_internal.has_sources(refresh.motion) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('no table is watched for motion "%s"', refresh.motion),
            HINT = 'Call pls.watch() for the event table first.';
    END IF;
    problem := pls_internal.unreadable(refresh.motion);
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = problem,
            DETAIL = 'What is known from its earlier events is kept.',
            HINT = 'Fix the table, or call pls.unwatch() and pls.watch() for it; then run pls.refresh().';
    END IF;
    -- for others at the same work, and for who has locked a whole table
    IF their = '0' THEN
        PERFORM set_config('lock_timeout', '5s', true);
    END IF;
    PERFORM pls_internal.await_others(refresh.motion, refresh.entity_id);
    SELECT r.* INTO done FROM pls_internal.refresh_at_once(refresh.motion, refresh.entity_id, 'infinity') r;
    PERFORM set_config('lock_timeout', their, true);
    IF refresh.entity_id IS NOT NULL AND done.held > 0 THEN
        RAISE NOTICE 'motion "%": "%" is held by %; it is marked for the next sweep', refresh.motion, refresh.entity_id,
            coalesce(pls_internal.holders_text('write', '{pls.standings}', pls_internal.standing_holders(refresh.motion, refresh.entity_id)), 'another transaction');
    END IF;
    RETURN done.rebuilt;
END;
$$;
COMMENT ON FUNCTION pls.refresh IS
'Rebuilds the standings of a motion (or of one entity) from the watched tables, returns how many, and decides the thresholds that they have crossed. For history from before pls.watch(), after a change of what signals match or measure, and whenever in doubt. Reads the events in one pass, with several processes for large tables; inserts continue, and their evidence waits in the backlog. Skips standings that other transactions hold: a notice says how many, and the next sweep rebuilds them. Waits for another session that rebuilds the motion, for locks on watched tables and tables of pls, and for a holder of the one entity, as long as lock_timeout allows, or five seconds if that is not set. Open alerts whose evidence has changed show it (evidence_changed_at); untouched ones are withdrawn if they no longer qualify. Watched tables that cannot be read are skipped, with a notice; no alert is withdrawn then. Errors: 42704 unknown motion, 55000 no watched table, or none that can be read, 55P03 it has waited too long.';
