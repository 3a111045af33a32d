/* 55_trigger_writes.sql - what the trigger of watched tables has SQL write:
 * notifications, failed decisions, outcomes.
 */

CREATE FUNCTION pls_internal.notify_at_commit(payload text, shorter text) RETURNS void
    AS 'MODULE_PATHNAME', 'pls_notify_at_commit' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION pls_internal.notify_at_commit IS
'NOTIFY pls_alerts with this payload, a JSON text, when the transaction commits, or with the shorter one if it is longer than 7999 bytes; characters beyond ASCII are written as escapes. Unlike NOTIFY it neither forbids PREPARE TRANSACTION nor lets one commit wait for another or fail: a transaction that is prepared, or commits while another notification is being written or the queue is more than half full, is not announced. Listeners poll pls.open_alerts as well. Errors: 22023 if the shorter one is too long, too.';

CREATE FUNCTION pls_internal.record_error(motion text, entity_id text, lane text, as_of timestamptz,
                                 sqlstate text, message text) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, lane, reason, detail, score)
    SELECT s.entity_id, s.motion, record_error.as_of, m.unit, record_error.lane, 'error',
           record_error.message || ' (SQLSTATE ' || record_error.sqlstate || ')', s.score
      FROM pls.standings s JOIN pls.motions m ON m.motion = s.motion
     WHERE s.entity_id = record_error.entity_id AND s.motion = record_error.motion;
    -- the pause grows with what has gone by since the first of these errors
    UPDATE pls.standings s
       SET reason = 'error', look_at = '-infinity',
           decide_again_at = record_error.as_of + least(interval '1 hour', greatest(interval '1 minute', record_error.as_of - (
               SELECT min(d.decided_at) FROM pls.decisions d
                WHERE d.entity_id = s.entity_id AND d.motion = s.motion AND d.reason = 'error'
                  AND d.decision_id > coalesce((SELECT max(o.decision_id) FROM pls.decisions o
                                                 WHERE o.entity_id = s.entity_id AND o.motion = s.motion
                                                   AND o.reason <> 'error'), 0))))
     WHERE s.entity_id = record_error.entity_id AND s.motion = record_error.motion;
$$;
COMMENT ON FUNCTION pls_internal.record_error IS
'Writes the decision "error" of an entity whose decision failed, and has the sweep decide again: a minute later at first, then after pauses that double, up to an hour.';

CREATE FUNCTION pls_internal.record_outcomes(motions text[], entity_ids text[], account_ids text[], outcomes text[],
                                    instants timestamptz[], signals text[])
    RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id, signal)
    SELECT o.entity_id, o.motion, o.outcome, o.at, nullif(o.account_id, ''), o.signal
      FROM unnest(motions, entity_ids, account_ids, outcomes, instants, signals) WITH ORDINALITY
               AS o (motion, entity_id, account_id, outcome, at, signal, place)
     ORDER BY o.place
$$;
COMMENT ON FUNCTION pls_internal.record_outcomes IS
'Writes outcomes that events have shown (signals of category outcome), one for each place of the arrays: its motion, its entity, the entity''s account (empty: not known), what it is, when it came about, and the signal that found it. Reads no table, so that nothing is left behind in a serializable transaction.';
