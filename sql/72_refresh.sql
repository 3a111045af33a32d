/* 72_refresh.sql - standings rebuilt from the events themselves.
 *
 * A refresh holds the standings that it rebuilds, so that an insert for one
 * of them puts its delta aside and goes on: nobody waits for a refresh.  The
 * events and the backlog are read in one statement, hence with one snapshot:
 * a delta that this statement sees has its events counted and is dropped, a
 * later one stays and is merged afterwards.
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
'What the events in the watched tables say to a motion, read as the trigger reads them and through the table access method: no code of a table''s owner is run. A row per entity (of entities; NULL: all) that has a matching event: its evidence up to as_of, and the newest event in it; of later events one row for each second at which they are due. And a row per outcome: the signal that found it, and when (signal, at; evidence NULL). One entity is read through a plain index on the account or actor column where there is one, all of them by max_parallel_maintenance_workers in maintenance_work_mem. Errors: 42704 unknown motion, 55000 a watched table cannot be read.';

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
AS $$
#variable_conflict use_column
DECLARE
    unit    text := (SELECT m.unit FROM pls.motions m WHERE m.motion = attributes_of.motion);
    account text := attributes_of.entity_id;
BEGIN
    IF unit IS NULL THEN
        RETURN NULL;
    END IF;
    IF unit = 'user' THEN
        IF has_column_privilege('pls.users', 'email', 'SELECT') THEN
            account := pls.account_of(unit, attributes_of.entity_id);
        ELSE    -- a rep reads no address; what it led to stands in the alert
            account := coalesce(
                (SELECT u.account_id FROM pls.users u WHERE u.user_id = attributes_of.entity_id),
                (SELECT a.account_id FROM pls.alerts a
                  WHERE a.entity_id = attributes_of.entity_id AND a.motion = attributes_of.motion
                  ORDER BY a.alert_id DESC LIMIT 1));
        END IF;
    END IF;
    RETURN coalesce((SELECT a.attributes FROM pls.accounts a WHERE a.account_id = account), '{}');
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

CREATE FUNCTION pls.gathered_standings(motion text, as_of timestamptz, held text[], of_held boolean)
    RETURNS TABLE (entity_id text, evidence pls.evidence, score numeric, lane text,
                   newest timestamptz, at timestamptz)
    LANGUAGE sql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.entity_id, r.evidence, v.score, v.lane, r.newest, r.at
      FROM (SELECT g.entity_id, pls.rollup(g.evidence) AS evidence, max(g.newest) AS newest, min(g.was_lane) AS was_lane,
                   -- never before an instant that was looked at already
                   greatest(gathered_standings.as_of, pls.now_after(max(g.was_at))) AS at
              FROM pg_temp.pls_gathered g
              LEFT JOIN unnest(held) h (entity_id) ON h.entity_id = g.entity_id
             WHERE g.evidence IS NOT NULL AND g.due IS NULL AND (h.entity_id IS NOT NULL) = of_held
             GROUP BY g.entity_id) r,
           LATERAL pls.evaluate(r.evidence, r.at,
                                pls.attributes_of(gathered_standings.motion, r.entity_id), r.was_lane) v
$$;
REVOKE EXECUTE ON FUNCTION pls.gathered_standings(text, timestamptz, text[], boolean) FROM PUBLIC;
COMMENT ON FUNCTION pls.gathered_standings(text, timestamptz, text[], boolean) IS
'Part of pls.rebuild(): what was gathered of the entities whose standings are held, or of the others, evaluated.';

CREATE FUNCTION pls.write_gathered(motion text, as_of timestamptz, held text[],
                                   OUT written bigint, OUT missed text[])
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO pls.backlog (entity_id, motion, not_before, evidence)
    SELECT g.entity_id, write_gathered.motion, g.due, pls.rollup(g.evidence)
      FROM pg_temp.pls_gathered g WHERE g.evidence IS NOT NULL AND g.due IS NOT NULL
     GROUP BY g.entity_id, g.due;
    UPDATE pls.standings s
       SET stale = false, evidence = r.evidence, score = r.score, lane = r.lane,
           qualified = s.qualified AND r.lane IS NOT DISTINCT FROM 'sales',
           last_event_at = r.newest, evaluated_at = r.at,
           decide_again_at = CASE WHEN r.lane IS NULL THEN NULL
                                  WHEN pls.lane_rank(r.lane) > pls.lane_rank(s.lane)
                                       -- put off to an instant that a wrong clock told
                                       OR s.decide_again_at IS NOT NULL AND pls.is_ahead(s.evaluated_at)
                                  THEN write_gathered.as_of
                                  ELSE s.decide_again_at END
      FROM pls.gathered_standings(write_gathered.motion, write_gathered.as_of, held, true) r
     WHERE s.entity_id = r.entity_id AND s.motion = write_gathered.motion;
    GET DIAGNOSTICS written = ROW_COUNT;
    -- one that somebody else has made meanwhile is left as it is, and marked
    WITH new AS (
        INSERT INTO pls.standings AS s (entity_id, motion, evidence, score, lane, last_event_at, evaluated_at,
                                        decide_again_at)
        SELECT r.entity_id, write_gathered.motion, r.evidence, r.score, r.lane, r.newest, r.at,
               CASE WHEN r.lane IS NOT NULL THEN write_gathered.as_of END
          FROM pls.gathered_standings(write_gathered.motion, write_gathered.as_of, held, false) r
         ORDER BY r.entity_id
        ON CONFLICT ON CONSTRAINT standings_pkey DO UPDATE SET stale = true
        RETURNING s.entity_id, s.stale)
    SELECT written + count(*) FILTER (WHERE NOT n.stale),
           coalesce(array_agg(n.entity_id) FILTER (WHERE n.stale), '{}')
      INTO written, missed
      FROM new n;
END;
$$;
REVOKE EXECUTE ON FUNCTION pls.write_gathered(text, timestamptz, text[]) FROM PUBLIC;
COMMENT ON FUNCTION pls.write_gathered(text, timestamptz, text[]) IS
'Part of pls.rebuild(): writes what it has gathered into the standings held, into new ones, and of later events into the backlog. Returns how many standings were written, and the entities of those that others have made meanwhile.';

CREATE FUNCTION pls.write_gathered_outcomes(motion text) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    -- those that were seen when the events were read: what is written
    -- meanwhile is neither deleted nor found
    DELETE FROM pls.outcomes o
     USING pg_temp.pls_gathered g
     WHERE g.outcome_id IS NOT NULL AND o.entity_id = g.entity_id AND o.outcome_id = g.outcome_id;
    INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id, signal)
    SELECT g.entity_id, m.motion, n.outcome, g.at,
           pls.account_of(m.unit, g.entity_id),
           g.signal
      FROM pg_temp.pls_gathered g
      JOIN pls.motions m ON m.motion = write_gathered_outcomes.motion
      JOIN pls.signals n ON n.motion = m.motion AND n.signal = g.signal
     WHERE g.signal IS NOT NULL;
$$;
REVOKE EXECUTE ON FUNCTION pls.write_gathered_outcomes(text) FROM PUBLIC;
COMMENT ON FUNCTION pls.write_gathered_outcomes(text) IS
'Part of pls.rebuild(): puts the outcomes that the events show in the place of those found earlier; those entered by hand stay.';

-- An alert that nobody has touched goes when its grounds are gone: what was
-- known a moment ago still had a lane at this instant, and what is left has
-- none.  One whose lane time alone has taken stays, and so does one that
-- somebody has touched: that a rep decides.  The cooldown that began with the
-- alert goes with it.
CREATE FUNCTION pls.note_changed_evidence(motion text, entities text[], before text[], as_of timestamptz) RETURNS void
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
                   b.first_touch_at IS NULL AND s.lane IS NULL
                   AND (SELECT v.lane FROM pls.evaluate(o.evidence::pls.evidence,
                                                        greatest(note_changed_evidence.as_of, s.evaluated_at),
                                                        pls.attributes_of(b.motion, b.entity_id), b.lane) v)
                       IS NOT NULL AS groundless
              FROM unnest(entities, before) AS o(entity_id, evidence)
              JOIN pls.alerts b ON b.entity_id = o.entity_id AND b.motion = note_changed_evidence.motion
                               AND b.status IN ('open', 'working', 'snoozed')
              LEFT JOIN pls.standings s ON s.entity_id = b.entity_id AND s.motion = b.motion
             WHERE s.evidence::text IS DISTINCT FROM o.evidence
               FOR UPDATE OF b SKIP LOCKED) c
     WHERE a.entity_id = c.entity_id AND a.alert_id = c.alert_id
    RETURNING a.entity_id, a.motion, c.groundless)
    UPDATE pls.standings s SET cooldown_until = NULL
      FROM noted n
     WHERE s.entity_id = n.entity_id AND s.motion = n.motion AND n.groundless
$$;
REVOKE EXECUTE ON FUNCTION pls.note_changed_evidence(text, text[], text[], timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION pls.note_changed_evidence(text, text[], text[], timestamptz) IS
'Part of pls.rebuild(): says on the open alerts of these entities that their evidence is no longer what it was before, and withdraws those that nobody has touched if that alone has taken their lane.';

CREATE FUNCTION pls.hold_rebuild(motion text, wait boolean) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_hold_rebuild' LANGUAGE C VOLATILE STRICT;
REVOKE EXECUTE ON FUNCTION pls.hold_rebuild(text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION pls.hold_rebuild(text, boolean) IS
'Takes the right to rebuild a motion as a whole, which one transaction has at a time, until it ends. false: another one has it, and wait is false. No role can take it otherwise.';

-- One pass over the events.
CREATE FUNCTION pls.rebuild(motion text, entities text[], as_of timestamptz, OUT rebuilt bigint, OUT missed text[])
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET row_security = off
AS $$
DECLARE
    held    text[];
    come    text[];
    alerted text[];
    before  text[];
    nothing CONSTANT pls.evidence := (SELECT pls.evidence(rebuild.motion, NULL, 'infinity', NULL::text, NULL));
BEGIN
    -- hold and mark what is there; inserts for it go to the backlog meanwhile
    WITH marked AS (
        UPDATE pls.standings s SET stale = true
          FROM (SELECT t.entity_id FROM pls.standings t
                 WHERE t.motion = rebuild.motion AND (entities IS NULL OR t.entity_id = ANY (entities))
                 ORDER BY t.entity_id FOR UPDATE) l
         WHERE s.motion = rebuild.motion AND s.entity_id = l.entity_id
        RETURNING s.entity_id)
    SELECT coalesce(array_agg(m.entity_id), '{}') INTO held FROM marked m;
    SELECT array_agg(s.entity_id), array_agg(s.evidence::text) INTO alerted, before
      FROM pls.alerts a JOIN pls.standings s ON s.entity_id = a.entity_id AND s.motion = a.motion
     WHERE a.motion = rebuild.motion AND a.status IN ('open', 'working', 'snoozed')
       AND (entities IS NULL OR a.entity_id = ANY (entities));

    -- one of that name may be there: a session can be shared by several roles
    IF to_regclass('pg_temp.pls_gathered') IS NOT NULL THEN
        DROP TABLE pg_temp.pls_gathered;
    END IF;
    -- one statement, so that events, backlog and outcomes are seen with one
    -- snapshot; an entity that has a history of decisions stays, be it without
    -- events
    CREATE TEMPORARY TABLE pls_gathered AS
    SELECT g.entity_id, g.due, g.evidence, g.newest, g.signal, g.at, s.lane AS was_lane, s.evaluated_at AS was_at,
           NULL::uuid AS waiting, NULL::bigint AS outcome_id
      FROM pls.gather(rebuild.motion, entities, as_of) g
      LEFT JOIN pls.standings s
        ON s.motion = rebuild.motion AND s.entity_id = g.entity_id AND g.evidence IS NOT NULL
    UNION ALL
    SELECT s.entity_id, NULL, nothing, NULL, NULL, NULL, s.lane, s.evaluated_at, NULL, NULL
      FROM pls.standings s
     WHERE s.motion = rebuild.motion AND (entities IS NULL OR s.entity_id = ANY (entities))
       AND (s.reason IS NOT NULL OR s.last_alert_at IS NOT NULL)
    UNION ALL
    SELECT b.entity_id, b.not_before, NULL, NULL, NULL, NULL, NULL, NULL, b.backlog_id, NULL
      FROM pls.backlog b
     WHERE b.motion = rebuild.motion AND b.entity_id <> '' AND (entities IS NULL OR b.entity_id = ANY (entities))
    UNION ALL
    SELECT o.entity_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, o.outcome_id
      FROM pls.outcomes o
     WHERE o.motion = rebuild.motion AND o.signal IS NOT NULL AND (entities IS NULL OR o.entity_id = ANY (entities));
    ANALYZE pg_temp.pls_gathered;
    -- waits for a transaction that is merging such a row into a new standing
    DELETE FROM pls.backlog b USING pg_temp.pls_gathered g
     WHERE b.entity_id = g.entity_id AND b.motion = rebuild.motion
       AND b.not_before = g.due AND b.backlog_id = g.waiting;

    SELECT coalesce(array_agg(s.entity_id), '{}') INTO come
      FROM pls.standings s
     WHERE s.motion = rebuild.motion AND (entities IS NULL OR s.entity_id = ANY (entities))
       AND NOT EXISTS (SELECT FROM unnest(held) h (entity_id) WHERE h.entity_id = s.entity_id);
    DELETE FROM pg_temp.pls_gathered g
     USING unnest(come) c (entity_id)
     WHERE g.entity_id = c.entity_id AND g.evidence IS NOT NULL;
    DELETE FROM pls.standings s
     USING unnest(held) h (entity_id)
     WHERE s.motion = rebuild.motion AND s.entity_id = h.entity_id
       AND NOT EXISTS (SELECT FROM pg_temp.pls_gathered g
                        WHERE g.entity_id = s.entity_id AND g.evidence IS NOT NULL AND g.due IS NULL);
    SELECT w.written, w.missed || come INTO rebuilt, missed
      FROM pls.write_gathered(rebuild.motion, as_of, held) w;
    PERFORM pls.write_gathered_outcomes(rebuild.motion);
    DROP TABLE pg_temp.pls_gathered;
    PERFORM pls.note_changed_evidence(rebuild.motion, alerted, before, as_of);
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
                CASE WHEN pass.missed <> '{}' THEN format(', %s that came meanwhile are next', cardinality(pass.missed)) END;
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
'Rebuilds the standings of a motion (or of one entity) from the watched tables, returns how many, and decides the edges that they have crossed. For history that was there before pls.watch(), after a change of what signals match or measure, and whenever in doubt. Reads the events in one pass, by several processes where there are many; inserts go on meanwhile, their deltas wait in the backlog. Open alerts whose evidence has changed say so (evidence_changed_at); those that nobody has touched are withdrawn if what is left does not qualify. Errors: 42704 unknown motion, 55000 no watched table, or one that cannot be read.';
