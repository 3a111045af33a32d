/* 72_refresh.sql - standings rebuilt from the events themselves.
 *
 * A refresh holds the standings that it rebuilds, so that an insert for one
 * of them puts its delta aside and goes on: nobody waits for a refresh.  The
 * events and the backlog are read in one statement, hence with one snapshot:
 * a delta that this statement sees has its events counted and is dropped, a
 * later one stays and is merged afterwards.  The tables are locked before: one
 * that is rewritten after the snapshot was taken would look empty.
 *
 * What was gathered may take the place of a standing only if that was held
 * before: into one that has come meanwhile others have merged their deltas,
 * which are nowhere else.  Those are rebuilt in another pass, which holds
 * them.
 */

CREATE FUNCTION pls.gather(motion text, entities text[], as_of timestamptz)
    RETURNS TABLE (entity_id text, due timestamptz, evidence pls.evidence, newest timestamptz,
                   signal text, at timestamptz)
    AS 'MODULE_PATHNAME', 'pls_gather' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000 ROWS 10000;
REVOKE EXECUTE ON FUNCTION pls.gather(text, text[], timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION pls.gather(text, text[], timestamptz) IS
'What the events in the watched tables say to a motion, read as the trigger reads them and through the table access method: no code of a table''s owner is run. A row per entity (of entities; NULL: all) that has a matching event: its evidence up to as_of, and the newest event in it; of later events one row for each second at which they are due. And a row per outcome: the signal that found it, and when (signal, at; evidence NULL). One entity is read through a plain index on the account or actor column where there is one, all of them by max_parallel_maintenance_workers in maintenance_work_mem. Tables that cannot be read are left out, with a notice. Errors: 42704 unknown motion, 55000 none of the tables can be read.';

CREATE FUNCTION pls.has_sources(motion text) RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM pls.sources s
         WHERE (s.motions IS NULL OR has_sources.motion = ANY (s.motions))
           AND EXISTS (SELECT FROM pg_class c WHERE c.oid = s.source))
$$;
REVOKE EXECUTE ON FUNCTION pls.has_sources(text) FROM PUBLIC;
COMMENT ON FUNCTION pls.has_sources(text) IS
'Whether some watched table is there whose events count for a motion.';

CREATE FUNCTION pls.excluded_domains(motion text) RETURNS text[]
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(DISTINCT d), '{}')
      FROM pls.exclusions x, unnest(x.domains) d
     WHERE x.scope = 'actor' AND x.enabled AND (x.motion IS NULL OR x.motion = excluded_domains.motion)
$$;
REVOKE EXECUTE ON FUNCTION pls.excluded_domains(text) FROM PUBLIC;
COMMENT ON FUNCTION pls.excluded_domains(text) IS
'E-mail domains whose actors never count in a motion.';

CREATE FUNCTION pls.lane_rank(lane text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN lane OPERATOR(pg_catalog.=) 'sales' THEN 2
                WHEN lane OPERATOR(pg_catalog.=) 'triage' THEN 1 ELSE 0 END;
COMMENT ON FUNCTION pls.lane_rank(text) IS 'Lanes in their order: NULL 0, triage 1, sales 2.';

CREATE FUNCTION pls.attributes_of(motion text, entity_id text) RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    play  pls.motions;
    known jsonb;
BEGIN
    SELECT m.* INTO play FROM pls.motions m WHERE m.motion = attributes_of.motion;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT a.attributes INTO known FROM pls.accounts a
     WHERE a.account_id = CASE WHEN play.unit = 'account' THEN attributes_of.entity_id
                               ELSE pls.account_of(play.unit, attributes_of.entity_id) END;
    RETURN coalesce(known, '{}');
END;
$$;
REVOKE EXECUTE ON FUNCTION pls.attributes_of(text, text) FROM PUBLIC;
COMMENT ON FUNCTION pls.attributes_of(text, text) IS
'Attributes of the account of an entity (see pls.account_of); of one that has no row in pls.accounts an empty object. NULL: no such motion.';

CREATE FUNCTION pls.ask_rebuild(motion text, entity_id text DEFAULT '') RETURNS void
    LANGUAGE sql VOLATILE STRICT
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO pls.backlog (entity_id, motion, not_before)
    VALUES (ask_rebuild.entity_id, ask_rebuild.motion, pls.now())
$$;
REVOKE EXECUTE ON FUNCTION pls.ask_rebuild(text, text) FROM PUBLIC;
COMMENT ON FUNCTION pls.ask_rebuild(text, text) IS
'Has the next sweep rebuild the standing of an entity, or with the empty entity_id those of the whole motion. Waits for nobody.';

-- A transaction that was open while the model changed may have inserted
-- events that the old model did not match, and commit them only now.  So a
-- motion whose rebuilding was asked for is rebuilt once more when all of
-- these have ended.
CREATE FUNCTION pls.ask_again(motion text, once_ended xid[]) RETURNS void
    LANGUAGE sql VOLATILE STRICT
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO pls.backlog (entity_id, motion, not_before, once_ended)
    SELECT '', ask_again.motion, pls.now(), ask_again.once_ended
     WHERE cardinality(ask_again.once_ended) > 0
$$;
REVOKE EXECUTE ON FUNCTION pls.ask_again(text, xid[]) FROM PUBLIC;
COMMENT ON FUNCTION pls.ask_again(text, xid[]) IS
'Part of pls.refresh(): asks for another rebuilding of the motion once these transactions have ended.';

/* ---- one pass over the events ----
 *
 * What a pass works with is a temporary table, pls_rebuild, whose rows are of
 * these parts:
 *   held       a standing that is held, as it was
 *   alerted    the evidence of one with an open alert, as it was
 *   evidence   what the events say of an entity up to as_of
 *   ahead      what events due at a later instant say of it
 *   waiting    a row of pls.backlog, whose events have been read
 *   outcome    an outcome that an event shows
 *   known      an outcome found earlier
 */
CREATE FUNCTION pls.hold_standings(motion text, entities text[]) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- somebody else's, where roles share a session
    IF to_regclass('pg_temp.pls_rebuild') IS NOT NULL THEN
        DROP TABLE pg_temp.pls_rebuild;
    END IF;
    CREATE TEMPORARY TABLE pls_rebuild (
        part text, entity_id text, due timestamptz, evidence pls.evidence, newest timestamptz, signal text,
        at timestamptz, lane text, decided boolean, backlog_id uuid, outcome_id bigint)
        WITH (toast_tuple_target = 8160);
    -- inserts for them go to the backlog meanwhile
    INSERT INTO pg_temp.pls_rebuild (part, entity_id, at, lane, decided)
    SELECT 'held', l.entity_id, l.evaluated_at, l.lane, l.decided
      FROM (SELECT t.entity_id, t.evaluated_at, t.lane, t.reason IS NOT NULL OR t.last_alert_at IS NOT NULL AS decided
              FROM pls.standings t
             WHERE t.motion = hold_standings.motion AND (entities IS NULL OR t.entity_id = ANY (entities))
             ORDER BY t.entity_id FOR UPDATE) l;
    INSERT INTO pg_temp.pls_rebuild (part, entity_id, evidence)
    SELECT 'alerted', s.entity_id, s.evidence
      FROM pls.alerts a JOIN pls.standings s ON s.entity_id = a.entity_id AND s.motion = a.motion
     WHERE a.motion = hold_standings.motion AND a.status IN ('open', 'working', 'snoozed')
       AND (entities IS NULL OR a.entity_id = ANY (entities));
END;
$$;
REVOKE EXECUTE ON FUNCTION pls.hold_standings(text, text[]) FROM PUBLIC;
COMMENT ON FUNCTION pls.hold_standings(text, text[]) IS
'Part of pls.rebuild(): takes hold of the standings of a motion (of these entities, or NULL for all), waiting for who has them, and makes the table that the rebuilding works with.';

CREATE FUNCTION pls.gather_rebuilt(motion text, entities text[], as_of timestamptz) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls.lock_source(s.source) FROM pls.sources s
      WHERE s.motions IS NULL OR gather_rebuilt.motion = ANY (s.motions)
      ORDER BY s.source_id;
    -- one statement, so that events, backlog and outcomes are seen with one
    -- snapshot
    INSERT INTO pg_temp.pls_rebuild (part, entity_id, due, evidence, newest, signal, at, backlog_id, outcome_id)
    SELECT CASE WHEN g.evidence IS NULL THEN 'outcome' WHEN g.due IS NULL THEN 'evidence' ELSE 'ahead' END,
           g.entity_id, g.due, g.evidence, g.newest, g.signal, g.at, NULL::uuid, NULL::bigint
      FROM pls.gather(gather_rebuilt.motion, entities, gather_rebuilt.as_of) g
    UNION ALL
    SELECT 'waiting', b.entity_id, b.not_before, NULL, NULL, NULL, NULL, b.backlog_id, NULL
      FROM pls.backlog b
     WHERE b.motion = gather_rebuilt.motion AND b.entity_id <> '' AND (entities IS NULL OR b.entity_id = ANY (entities))
    UNION ALL
    SELECT 'known', o.entity_id, NULL, NULL, NULL, NULL, NULL, NULL, o.outcome_id
      FROM pls.outcomes o
     WHERE o.motion = gather_rebuilt.motion AND o.signal IS NOT NULL
       AND (entities IS NULL OR o.entity_id = ANY (entities));
    -- of standings and alerts little may be known to the planner, above all
    -- of a motion that is new: without an index it would compare each of many
    -- rows with each of these
    IF entities IS NULL THEN
        CREATE INDEX ON pg_temp.pls_rebuild USING hash (entity_id);
    END IF;
    ANALYZE pg_temp.pls_rebuild (part, entity_id);
END;
$$;
REVOKE EXECUTE ON FUNCTION pls.gather_rebuilt(text, text[], timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION pls.gather_rebuilt(text, text[], timestamptz) IS
'Part of pls.rebuild(): reads the events of a motion (of these entities, or NULL for all) as of an instant.';

CREATE FUNCTION pls.rebuilt_standings(motion text, as_of timestamptz)
    RETURNS TABLE (entity_id text, is_held boolean, evidence pls.evidence, score numeric, lane text,
                   newest timestamptz, at timestamptz, look_at timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    by_user    CONSTANT boolean := (SELECT m.unit = 'user' FROM pls.motions m WHERE m.motion = rebuilt_standings.motion);
    attributed CONSTANT boolean := EXISTS (SELECT FROM pls.signals g WHERE g.motion = rebuilt_standings.motion
                                              AND g.measure = 'attribute' AND g.enabled);
    -- of an entity that has a history of decisions and no events
    nothing    CONSTANT pls.evidence := (SELECT pls.evidence(rebuilt_standings.motion, NULL, 'infinity', NULL::text, NULL));
BEGIN
    RETURN QUERY
    SELECT r.entity_id, r.is_held, r.evidence, v.score, v.lane, r.newest, r.at,
           -- where there is a lane, what was decided counts as well
           CASE WHEN v.lane IS NULL THEN pls.next_look(r.evidence, r.at, coalesce(a.attributes, '{}'), NULL) ELSE '-infinity' END
      FROM (SELECT coalesce(g.entity_id, h.entity_id) AS entity_id, h.entity_id IS NOT NULL AS is_held,
                   coalesce(g.evidence, nothing) AS evidence, g.newest, h.lane AS was_lane,
                   -- never before an instant that was looked at already
                   greatest(rebuilt_standings.as_of, pls.now_after(h.at)) AS at
              FROM (SELECT p.* FROM pg_temp.pls_rebuild p WHERE p.part = 'evidence') g
              FULL JOIN (SELECT p.* FROM pg_temp.pls_rebuild p WHERE p.part = 'held') h ON h.entity_id = g.entity_id
             WHERE g.entity_id IS NOT NULL OR h.decided) r
      LEFT JOIN pls.users u ON attributed AND by_user AND u.user_id = r.entity_id
      LEFT JOIN pls.accounts a
        ON attributed AND a.account_id = CASE WHEN by_user THEN pls.effective_account(u.account_id, u.email) ELSE r.entity_id END
     CROSS JOIN LATERAL pls.evaluate(r.evidence, r.at, coalesce(a.attributes, '{}'), r.was_lane) v;
END;
$$;
REVOKE EXECUTE ON FUNCTION pls.rebuilt_standings(text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION pls.rebuilt_standings(text, timestamptz) IS
'Part of pls.rebuild(): what was gathered of each entity, evaluated. is_held: its standing is held; the others are new.';

CREATE FUNCTION pls.write_rebuilt(motion text, as_of timestamptz, OUT written bigint, OUT missed text[])
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO pls.backlog (entity_id, motion, not_before, evidence)
    SELECT p.entity_id, write_rebuilt.motion, p.due, p.evidence
      FROM pg_temp.pls_rebuild p WHERE p.part = 'ahead';
    -- without events and history: unknown
    DELETE FROM pls.standings s
     USING pg_temp.pls_rebuild h
     WHERE h.part = 'held' AND NOT h.decided AND s.motion = write_rebuilt.motion AND s.entity_id = h.entity_id
       AND NOT EXISTS (SELECT FROM pg_temp.pls_rebuild g
                        WHERE g.part = 'evidence' AND g.entity_id = h.entity_id);
    -- one that somebody else has made meanwhile is left as it is, and marked
    WITH rebuilt AS MATERIALIZED (
        SELECT r.* FROM pls.rebuilt_standings(write_rebuilt.motion, write_rebuilt.as_of) r),
    old AS (
        UPDATE pls.standings s
           SET stale = false, evidence = r.evidence, score = r.score, lane = r.lane,
               qualified = s.qualified AND r.lane IS NOT DISTINCT FROM 'sales',
               last_event_at = r.newest, evaluated_at = r.at, look_at = r.look_at,
               decide_again_at = CASE WHEN r.lane IS NULL THEN NULL
                                      WHEN pls.lane_rank(r.lane) > pls.lane_rank(s.lane)
                                           -- put off to an instant that a wrong clock told
                                           OR s.decide_again_at IS NOT NULL AND pls.is_ahead(s.evaluated_at)
                                      THEN write_rebuilt.as_of
                                      ELSE s.decide_again_at END
          FROM rebuilt r
         WHERE r.is_held AND s.entity_id = r.entity_id AND s.motion = write_rebuilt.motion
        RETURNING 1),
    new AS (
        INSERT INTO pls.standings AS s (entity_id, motion, evidence, score, lane, last_event_at, evaluated_at,
                                        look_at, decide_again_at)
        SELECT r.entity_id, write_rebuilt.motion, r.evidence, r.score, r.lane, r.newest, r.at, r.look_at,
               CASE WHEN r.lane IS NOT NULL THEN write_rebuilt.as_of END
          FROM rebuilt r
         WHERE NOT r.is_held
         ORDER BY r.entity_id
        ON CONFLICT ON CONSTRAINT standings_pkey DO UPDATE SET stale = true
        RETURNING s.entity_id, s.stale)
    SELECT (SELECT count(*) FROM old) + count(*) FILTER (WHERE NOT n.stale),
           coalesce(array_agg(n.entity_id) FILTER (WHERE n.stale), '{}')
      INTO written, missed
      FROM new n;
END;
$$;
REVOKE EXECUTE ON FUNCTION pls.write_rebuilt(text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION pls.write_rebuilt(text, timestamptz) IS
'Part of pls.rebuild(): writes what was gathered into the standings held, into new ones, and of later events into the backlog. Returns how many standings were written, and the entities of those that others have made meanwhile.';

CREATE FUNCTION pls.write_rebuilt_outcomes(motion text) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    -- those that were seen when the events were read: what is written
    -- meanwhile is neither deleted nor found
    DELETE FROM pls.outcomes o
     USING pg_temp.pls_rebuild p
     WHERE p.part = 'known' AND o.entity_id = p.entity_id AND o.outcome_id = p.outcome_id;
    INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id, signal)
    SELECT p.entity_id, m.motion, n.outcome, p.at, pls.account_of(m.unit, p.entity_id), p.signal
      FROM pg_temp.pls_rebuild p
      JOIN pls.motions m ON m.motion = write_rebuilt_outcomes.motion
      JOIN pls.signals n ON n.motion = m.motion AND n.signal = p.signal
     WHERE p.part = 'outcome';
$$;
REVOKE EXECUTE ON FUNCTION pls.write_rebuilt_outcomes(text) FROM PUBLIC;
COMMENT ON FUNCTION pls.write_rebuilt_outcomes(text) IS
'Part of pls.rebuild(): puts the outcomes that the events show in the place of those found earlier; those entered by hand stay.';

-- An alert that nobody has touched goes when its grounds are gone: what was
-- known a moment ago still had a lane at this instant, and what is left has
-- none.  One whose lane time alone has taken stays, and so does one that
-- somebody has touched: that a rep decides.  The cooldown that began with the
-- alert goes with it.
CREATE FUNCTION pls.note_changed_evidence(motion text, as_of timestamptz, complete boolean) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH noted AS (
    UPDATE pls.alerts a
       SET evidence_changed_at = note_changed_evidence.as_of,
           status = CASE WHEN c.groundless THEN 'withdrawn' ELSE a.status END,
           closed_reason = CASE WHEN c.groundless
                                THEN 'its events were changed or deleted; what is left does not qualify'
                                ELSE a.closed_reason END
      FROM (SELECT b.entity_id, b.alert_id,
                   note_changed_evidence.complete AND b.first_touch_at IS NULL AND s.lane IS NULL
                   AND (SELECT v.lane FROM pls.evaluate(o.evidence,
                                                        greatest(note_changed_evidence.as_of, s.evaluated_at),
                                                        pls.attributes_of(b.motion, b.entity_id), b.lane) v)
                       IS NOT NULL AS groundless
              FROM pg_temp.pls_rebuild o
              JOIN pls.alerts b ON b.entity_id = o.entity_id AND b.motion = note_changed_evidence.motion
                               AND b.status IN ('open', 'working', 'snoozed')
              LEFT JOIN pls.standings s ON s.entity_id = b.entity_id AND s.motion = b.motion
             WHERE o.part = 'alerted' AND s.evidence::text IS DISTINCT FROM o.evidence::text
               FOR UPDATE OF b SKIP LOCKED) c
     WHERE a.entity_id = c.entity_id AND a.alert_id = c.alert_id
    RETURNING a.entity_id, a.motion, c.groundless)
    UPDATE pls.standings s SET cooldown_until = NULL
      FROM noted n
     WHERE s.entity_id = n.entity_id AND s.motion = n.motion AND n.groundless
$$;
REVOKE EXECUTE ON FUNCTION pls.note_changed_evidence(text, timestamptz, boolean) FROM PUBLIC;
COMMENT ON FUNCTION pls.note_changed_evidence(text, timestamptz, boolean) IS
'Part of pls.rebuild(): says on the open alerts of these entities that their evidence is no longer what it was before, and withdraws those that nobody has touched if that alone has taken their lane. complete: all watched tables could be read; else nothing is withdrawn.';

CREATE FUNCTION pls.hold_rebuild(motion text, wait boolean) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_hold_rebuild' LANGUAGE C VOLATILE STRICT;
REVOKE EXECUTE ON FUNCTION pls.hold_rebuild(text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION pls.hold_rebuild(text, boolean) IS
'Takes the right to rebuild a motion as a whole, which one transaction has at a time, until it ends. false: another one has it, and wait is false. No role can take it otherwise.';

CREATE FUNCTION pls.rebuild(motion text, entities text[], as_of timestamptz, OUT rebuilt bigint, OUT missed text[])
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET row_security = off
AS $$
DECLARE
    come text[];
BEGIN
    PERFORM pls.hold_standings(rebuild.motion, entities);
    PERFORM pls.gather_rebuilt(rebuild.motion, entities, rebuild.as_of);
    -- waits for a transaction that is merging such a row into a new standing
    DELETE FROM pls.backlog b USING pg_temp.pls_rebuild p
     WHERE p.part = 'waiting' AND b.entity_id = p.entity_id AND b.motion = rebuild.motion
       AND b.not_before = p.due AND b.backlog_id = p.backlog_id;
    SELECT coalesce(array_agg(s.entity_id), '{}') INTO come
      FROM pls.standings s
     WHERE s.motion = rebuild.motion AND (entities IS NULL OR s.entity_id = ANY (entities))
       AND NOT EXISTS (SELECT FROM pg_temp.pls_rebuild h WHERE h.part = 'held' AND h.entity_id = s.entity_id);
    DELETE FROM pg_temp.pls_rebuild p
     USING unnest(come) c (entity_id)
     WHERE p.part IN ('evidence', 'ahead') AND p.entity_id = c.entity_id;
    SELECT w.written, w.missed || come INTO rebuilt, missed
      FROM pls.write_rebuilt(rebuild.motion, rebuild.as_of) w;
    PERFORM pls.write_rebuilt_outcomes(rebuild.motion);
    PERFORM pls.note_changed_evidence(rebuild.motion, rebuild.as_of, NOT EXISTS (
        SELECT FROM pls.sources s
         WHERE (s.motions IS NULL OR rebuild.motion = ANY (s.motions))
           AND EXISTS (SELECT FROM pg_class c WHERE c.oid = s.source)
           AND pls.source_problem(s.source_id) IS NOT NULL));
    DROP TABLE pg_temp.pls_rebuild;
END;
$$;
REVOKE EXECUTE ON FUNCTION pls.rebuild(text, text[], timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION pls.rebuild(text, text[], timestamptz) IS
'Part of pls.refresh(): rebuilds the standings of a motion (of these entities, or NULL for all) in one pass over the events. Returns how many, and the entities of standings that have come meanwhile and want another pass.';

CREATE FUNCTION pls.refresh(motion text, entity_id text DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET row_security = off
AS $$
#variable_conflict use_column
DECLARE
    as_of     timestamptz := pls.now();
    rebuilt   bigint := 0;
    started   timestamptz := clock_timestamp();
    entities  text[];
    pass      record;
    marks     uuid[];
    asked     boolean;
    running   xid[];
    due       text[];
BEGIN
    PERFORM FROM pls.motions m WHERE m.motion = refresh.motion;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('motion "%s" does not exist', refresh.motion),
            HINT = 'SELECT motion FROM pls.motions shows those that do.';
    END IF;
    IF NOT pls.has_sources(refresh.motion) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('no table is watched for motion "%s"', refresh.motion),
            HINT = 'Call pls.watch() for the event table first.';
    END IF;

    IF refresh.entity_id IS NULL THEN
        PERFORM pls.hold_rebuild(refresh.motion, true);
    ELSE
        entities := ARRAY[refresh.entity_id];
    END IF;
    -- the marks that this refresh answers: read before the transactions are
    -- that may have missed the change which they are about
    running := pls.running_transactions();
    SELECT array_agg(b.backlog_id), bool_or(b.once_ended IS NULL) INTO marks, asked
      FROM pls.backlog b
     WHERE b.motion = refresh.motion AND b.entity_id = '' AND refresh.entity_id IS NULL
       AND (b.once_ended IS NULL OR NOT b.once_ended && running);
    running := pls.running_transactions();
    LOOP
        SELECT r.rebuilt, r.missed INTO pass FROM pls.rebuild(refresh.motion, entities, as_of) r;
        rebuilt := rebuilt + pass.rebuilt;
        IF refresh.entity_id IS NULL THEN
            RAISE NOTICE 'motion "%": % standings rebuilt after % s%', refresh.motion, pass.rebuilt,
                round(extract(epoch FROM clock_timestamp() - started)::numeric, 1),
                CASE WHEN pass.missed <> '{}' THEN format(', %s that came meanwhile are next', cardinality(pass.missed)) ELSE '' END;
        END IF;
        EXIT WHEN pass.missed = '{}';
        entities := pass.missed;
    END LOOP;
    DELETE FROM pls.backlog b
     WHERE b.entity_id = '' AND b.motion = refresh.motion AND b.backlog_id = ANY (marks);
    IF asked THEN
        PERFORM pls.ask_again(refresh.motion, running);
    END IF;

    -- edges that the rebuilt standings have crossed
    SELECT array_agg(s.entity_id ORDER BY s.entity_id) INTO due
      FROM pls.standings s
     WHERE s.motion = refresh.motion AND s.decide_again_at <= as_of
       AND (refresh.entity_id IS NULL OR s.entity_id = refresh.entity_id);
    PERFORM pls.settle_each(refresh.motion, due);
    IF refresh.entity_id IS NULL THEN
        RAISE NOTICE 'motion "%": % standings rebuilt, % decided, in % s', refresh.motion, rebuilt,
            coalesce(cardinality(due), 0), round(extract(epoch FROM clock_timestamp() - started)::numeric, 1);
    END IF;
    RETURN rebuilt;
END;
$$;
REVOKE EXECUTE ON FUNCTION pls.refresh(text, text) FROM PUBLIC;
COMMENT ON FUNCTION pls.refresh(text, text) IS
'Rebuilds the standings of a motion (or of one entity) from the watched tables, returns how many, and decides the edges that they have crossed. For history that was there before pls.watch(), after a change of what signals match or measure, and whenever in doubt. Reads the events in one pass, by several processes where there are many; inserts go on meanwhile, their deltas wait in the backlog. Open alerts whose evidence has changed say so (evidence_changed_at); those that nobody has touched are withdrawn if what is left does not qualify. Watched tables that cannot be read are left out, with a notice; no alert is withdrawn then. Errors: 42704 unknown motion, 55000 no watched table, or none that can be read.';
