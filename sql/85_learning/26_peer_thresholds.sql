/* 26_peer_thresholds.sql - thresholds that are percentiles of the peers' values.
 *
 * The percentile is worked out now and then, over the standings, and becomes a
 * number in pls.signals by an ordinary UPDATE: whoever scores sees the number
 * alone, and the version that the commit keeps has it with its date.  The
 * evidence of such a signal holds what any threshold could ask for
 * (src/model/part_rule.c), so that it tells the values of all peers, and a new
 * number asks for no rebuild.
 */

-- Peers are those whom the motion is about and who have events: in the
-- segment, not excluded.  The rank is exact, as percentile_disc() is not.
CREATE FUNCTION pls_internal.peer_percentiles(motion text, signals text[])
    RETURNS TABLE (signal text, peers bigint, value numeric, stale bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH measured AS MATERIALIZED (
        SELECT p.stale, e.signal, e.value
          FROM (SELECT s.evidence, t.as_of, k.attributes,
                       s.stale OR (pls.evaluate(s.evidence, t.as_of, k.attributes, s.lane)).stale AS stale
                  FROM pls.motions m
                  JOIN pls.standings s ON s.motion = m.motion
                  LEFT JOIN pls.users u ON m.unit = 'user' AND u.user_id = s.entity_id
                 CROSS JOIN LATERAL (
                       SELECT CASE WHEN m.unit = 'user' THEN s.entity_id END AS user_id,
                              CASE WHEN m.unit = 'user'
                                   THEN pls_internal.account_of_member(s.entity_id, u.account_id, u.email)
                                   ELSE s.entity_id END AS account_id
                       OFFSET 0) i
                  LEFT JOIN pls.accounts a ON a.account_id = i.account_id
                 CROSS JOIN LATERAL (
                       SELECT pls_internal.entity_document(i.account_id, i.user_id, a.attributes) AS attributes,
                              CASE WHEN m.unit = 'user'
                                   THEN pls_internal.entity_document(i.account_id, i.user_id, u.attributes) END AS member_attributes
                       OFFSET 0) k
                 CROSS JOIN LATERAL (SELECT pls_internal.now_after(s.last_event_at) AS as_of) t
                 WHERE m.motion = peer_percentiles.motion AND s.last_event_at IS NOT NULL
                   AND CASE WHEN m.segment IS NOT NULL
                            THEN pls_internal.holds(coalesce(k.attributes, '{}'), m.segment) ELSE true END
                   AND NOT EXISTS (SELECT FROM pls_internal.exclusion_of(
                           m.motion, s.entity_id,
                           ROW(i.account_id, a.name, a.domain, a.owner, a.size, a.signed_up_at, k.attributes, a.updated_at, a.external_ids, a.known_since)::pls.accounts,
                           ROW(i.user_id, u.account_id, u.email, u.signed_up_at, k.member_attributes, u.updated_at, u.known_since)::pls.users))
                OFFSET 0) p
          LEFT JOIN LATERAL pls.explain(p.evidence, p.as_of, p.attributes) e
            ON NOT p.stale AND e.signal = ANY (peer_percentiles.signals) AND e.value IS NOT NULL),
    ranked AS (
        SELECT v.signal, v.value, row_number() OVER w AS rank, count(*) OVER (PARTITION BY v.signal) AS peers
          FROM measured v WHERE v.signal IS NOT NULL
        WINDOW w AS (PARTITION BY v.signal ORDER BY v.value))
    SELECT g.signal, coalesce(r.peers, 0), r.value, (SELECT count(*) FROM measured v WHERE v.stale)
      FROM pls.signals g
      LEFT JOIN ranked r ON r.signal = g.signal AND r.rank = ceil(g.threshold_percentile * r.peers / 100)
     WHERE g.motion = peer_percentiles.motion AND g.signal = ANY (peer_percentiles.signals);
END;
$$;
COMMENT ON FUNCTION pls_internal.peer_percentiles IS
'Of these signals of a motion, as of now: peers, the entities with events, in the segment and not excluded, for which the signal has a value; value, the smallest of the values that threshold_percentile of them do not exceed, at its rank rounded up (NULL without peers); stale, the entities whose evidence must be rebuilt first, which are not among the peers. One pass over the standings of the motion.';

-- What can be written for it: the number, and what is to be said of it.
CREATE FUNCTION pls_internal.usable_threshold(s pls.signals, value numeric, OUT threshold numeric, OUT note text)
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    counts CONSTANT boolean := s.measure IN ('count', 'actors', 'days', 'distinct');
    most   CONSTANT bigint := CASE WHEN counts AND (s.measure <> 'count' OR s.collapse IS NOT NULL)
                                   THEN pls_internal.limit_of('units') - 1 END;
BEGIN
    threshold := trim_scale(usable_threshold.value);
    IF threshold > most THEN
        threshold := most;
        note := format('the percentile is above %s, the most that measure "%s" can be compared with', most, s.measure);
    ELSIF counts AND s.op = '>=' AND threshold < 1 THEN
        threshold := 1;
        note := 'the percentile is 0, which everybody would reach';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.usable_threshold IS
'The threshold of a signal whose percentile is this value: no more than can be counted, and for op >= of a count 1 at least. note: a sentence if it is another number; else NULL.';

CREATE FUNCTION pls_internal.set_thresholds(motion text, signals text[])
    RETURNS TABLE (signal text, percentile numeric, peers bigint, before numeric, after numeric, worked_out_at timestamptz, note text)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    fewest CONSTANT integer := 20;
    at     CONSTANT timestamptz := pls.now();
    s      pls.signals;
    p      record;
BEGIN
    FOR p IN SELECT q.* FROM pls_internal.peer_percentiles(set_thresholds.motion, signals) q ORDER BY q.signal COLLATE "C" LOOP
        -- more than one in twenty would tell of others than the peers
        IF p.stale * 20 > p.peers + p.stale THEN
            RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
                MESSAGE = format('evidence of %s entities of motion "%s" must be rebuilt first', p.stale, set_thresholds.motion),
                DETAIL = format('The values of signal "%s" are known of %s others only, whose percentile would mislead.', p.signal, p.peers),
                HINT = format('Run pls.refresh(%L), or commit and let the sweep rebuild them; then work the thresholds out again. Until then the threshold is the number in pls.signals.', set_thresholds.motion);
        END IF;
        SELECT g.* INTO s FROM pls.signals g WHERE g.motion = set_thresholds.motion AND g.signal = p.signal;
        signal := p.signal;
        percentile := s.threshold_percentile;
        peers := p.peers;
        before := s.threshold;
        after := before;
        note := format('%s entities have a value, and %s are needed', p.peers, fewest);
        IF p.peers >= fewest THEN
            SELECT u.threshold, u.note INTO after, note FROM pls_internal.usable_threshold(s, p.value) u;
            IF after <> before OR s.threshold_worked_out_at IS NULL THEN
                -- never the same date twice: that would be an edit (pls_internal.forget_worked_out)
                s.threshold_worked_out_at := CASE WHEN s.threshold_worked_out_at = at THEN at + interval '1 microsecond' ELSE at END;
                s.threshold_peers := p.peers;
            ELSE
                after := before;    -- 3 and 3.0 are two versions
            END IF;
        END IF;
        worked_out_at := s.threshold_worked_out_at;
        UPDATE pls.signals g
           SET threshold = after, threshold_peers = s.threshold_peers, threshold_worked_out_at = s.threshold_worked_out_at,
               threshold_checked_at = at, threshold_note = note
         WHERE g.motion = set_thresholds.motion AND g.signal = p.signal;
        RETURN NEXT;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.set_thresholds IS
'Works out the thresholds of these signals of a motion, all of which have a percentile, and writes them: see pls.work_out_thresholds(). Fewer than 20 peers: the threshold stays. A number that is what it was keeps its date, so that no version is kept of it. Error 55000: more than one in twenty entities must be rebuilt first.';

CREATE FUNCTION pls.work_out_thresholds(motion text, only_signal text DEFAULT NULL)
    RETURNS TABLE (signal text, percentile numeric, peers bigint, before numeric, after numeric, worked_out_at timestamptz, note text)
    LANGUAGE plpgsql VOLATILE ROWS 5
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    names text[];
    named pls.signals;
BEGIN
    IF NOT EXISTS (SELECT FROM pls.motions m WHERE m.motion = work_out_thresholds.motion) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('motion "%s" does not exist', coalesce(work_out_thresholds.motion, 'NULL')),
            HINT = 'pls.motions lists the motions.';
    END IF;
    IF only_signal IS NOT NULL THEN
        SELECT s.* INTO named FROM pls.signals s WHERE s.motion = work_out_thresholds.motion AND s.signal = only_signal;
        IF named.signal IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'undefined_object',
                MESSAGE = format('motion "%s" has no signal "%s"', work_out_thresholds.motion, only_signal),
                HINT = 'pls.signals lists the signals.';
        ELSIF named.threshold_percentile IS NULL OR NOT named.enabled THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('signal "%s" of motion "%s" %s', only_signal, work_out_thresholds.motion,
                                 CASE WHEN named.threshold_percentile IS NULL THEN 'has no threshold_percentile' ELSE 'is disabled' END),
                HINT = CASE WHEN named.threshold_percentile IS NULL THEN 'Set pls.signals.threshold_percentile, such as to 90.'
                            ELSE 'Set pls.signals.enabled.' END;
        END IF;
    END IF;
    names := ARRAY(
        SELECT s.signal FROM pls.signals s
         WHERE s.motion = work_out_thresholds.motion AND (only_signal IS NULL OR s.signal = only_signal)
           AND s.threshold_percentile IS NOT NULL AND s.enabled
         ORDER BY s.signal
           FOR NO KEY UPDATE);
    IF names <> '{}' THEN
        RETURN QUERY SELECT t.* FROM pls_internal.set_thresholds(work_out_thresholds.motion, names) t;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.work_out_thresholds IS
'Works out the thresholds of a motion''s enabled signals that have a threshold_percentile (only_signal: of this one) and writes them into pls.signals; the commit leaves a new version of the model if a number has changed. The threshold becomes the smallest value that at least that share of the peers do not exceed: a value that somebody has. Peers are the entities with events, in the segment and not excluded, for which the signal has a value as of pls.now(); 0 is a value. Returns for each signal the percentile, the number of peers, the threshold before and after, when that number was worked out first, and a note, otherwise NULL: fewer than 20 peers (the threshold stays), a percentile above 255 of actors, days, values or collapsed rows (255), or of 0 with op >= of a count (1). Reads all standings of the motion once. Errors: 42704 no such motion or signal, 22023 the signal has no percentile or is disabled, 55000 more than one in twenty entities must be rebuilt first, 42501 without the right to change the signal.';

-- Inlined.
CREATE FUNCTION pls_internal.threshold_due_at(s pls.signals) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pls_internal.later((s).threshold_checked_at,
                              -- few peers are soon looked at, and may be more
                              CASE WHEN (s).threshold_worked_out_at IS NULL AND (s).threshold_note IS NOT NULL
                                   THEN '1 hour' ELSE (s).threshold_every END)
     WHERE (s).threshold_every IS NOT NULL;
END;
COMMENT ON FUNCTION pls_internal.threshold_due_at IS
'When the threshold of a signal is to be worked out next: threshold_every after the last time, an hour if there were too few peers to work it out at all. NULL: only by a call, or at once.';

CREATE FUNCTION pls_internal.is_threshold_due(s pls.signals) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT (s).enabled AND (s).threshold_percentile IS NOT NULL AND (s).threshold_every IS NOT NULL
       AND ((s).threshold_checked_at IS NULL OR pls_internal.is_ahead((s).threshold_checked_at)
            OR pls_internal.threshold_due_at(s) <= pls.now());
END;
COMMENT ON FUNCTION pls_internal.is_threshold_due IS
'Whether the sweep should work out the threshold of a signal.';

-- The motion's row is locked first, as whoever keeps a version locks it at
-- commit; nothing is waited for.  Versions are kept here rather than at commit,
-- where nothing is isolated any more.
CREATE FUNCTION pls_internal.work_out_due_thresholds(deadline timestamptz) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play  text;
    names text[];
    tried bigint := 0;
    done  bigint := 0;
BEGIN
    IF pls_internal.locked_table('pls.motions', 'pls.signals', 'pls.backlog') IS NOT NULL THEN
        RETURN 0;
    END IF;
    FOR play IN
        SELECT m.motion
          FROM pls.motions m
         CROSS JOIN LATERAL (SELECT count(*) AS due, min(s.threshold_checked_at) AS checked_at
                               FROM pls.signals s
                              WHERE s.motion = m.motion AND s.threshold_every IS NOT NULL
                                AND pls_internal.is_threshold_due(s)) d
         WHERE m.status <> 'draft' AND d.due > 0
           -- its evidence is about to be another
           AND NOT EXISTS (SELECT FROM pls.backlog b WHERE b.entity_id = '' AND b.motion = m.motion AND b.once_ended IS NULL)
         ORDER BY d.checked_at NULLS FIRST, m.motion
    LOOP
        EXIT WHEN tried > 0 AND clock_timestamp() > deadline;
        CONTINUE WHEN pls_internal.is_paused('thresholds', play);
        tried := tried + 1;
        BEGIN
            PERFORM FROM pls.motions m WHERE m.motion = play FOR NO KEY UPDATE SKIP LOCKED;
            CONTINUE WHEN NOT FOUND;
            names := ARRAY(SELECT s.signal FROM pls.signals s
                            WHERE s.motion = play AND pls_internal.is_threshold_due(s)
                            ORDER BY s.signal
                              FOR NO KEY UPDATE SKIP LOCKED);
            CONTINUE WHEN names = '{}';
            PERFORM FROM pls_internal.set_thresholds(play, names);
            SET CONSTRAINTS pls.capture_model IMMEDIATE;
            SET CONSTRAINTS pls.capture_model DEFERRED;
            done := done + cardinality(names);
        EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
            PERFORM pls_internal.note_failure('thresholds', play, '', SQLSTATE, SQLERRM);
            CONTINUE;
        END;
        PERFORM pls_internal.note_success('thresholds', play);
    END LOOP;
    RETURN done;
END;
$$;
COMMENT ON FUNCTION pls_internal.work_out_due_thresholds IS
'Step of the sweep: works out the thresholds that are percentiles and due, motion by motion, one at least, until deadline. A motion or signal that somebody else is editing, and a motion that is to be rebuilt, is left to the next sweep. One that fails is written into pls.failures and stops no other. Returns how many thresholds were worked out.';
