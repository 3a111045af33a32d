/* 20_scores.sql - scores as of now, and why they are what they are. */

-- The evaluation is a column of the inner query, where its cost counts and
-- parallel workers can share it.  Two fences against the planner:
-- - a query with a WITH clause is not merged into the outer one, which would
--   evaluate once for each column of the result;
-- - without COLLATE, WHERE motion = '...' would turn the join with
--   pls.motions into a loop without a condition, which is not run in parallel.
CREATE VIEW pls.scores WITH (security_invoker = true) AS
SELECT e.motion,
       e.unit,
       e.entity_id,
       e.account_id,
       e.account_name,
       (e.v).score,
       (e.v).grade,
       (e.v).engagement,
       (e.v).fit,
       (e.v).lane,
       e.qualified AND (e.v).lane = 'sales' AS qualified,
       (e.v).required_met,
       (e.v).signals_met,
       true AS scored,
       e.stale OR (e.v).stale AS stale,
       e.reason AS last_decision,
       e.last_event_at,
       e.last_alert_at,
       e.cooldown_until,
       e.as_of
  FROM (WITH fence AS (SELECT)
        SELECT s.motion, m.unit, s.entity_id, k.account_id, a.name AS account_name,
               s.qualified, s.stale, s.reason, s.last_event_at, s.last_alert_at, s.cooldown_until, t.as_of,
               pls.evaluate(s.evidence, t.as_of,
                            pls_internal.entity_document(k.account_id, CASE WHEN m.unit = 'user' THEN s.entity_id END, a.attributes),
                            s.lane) AS v
          FROM pls.standings AS s
          JOIN pls.motions AS m
            ON m.motion COLLATE "C" = s.motion COLLATE "C"
          LEFT JOIN pls.users AS u
            ON m.unit = 'user' AND u.user_id = s.entity_id
         CROSS JOIN LATERAL (
               SELECT CASE WHEN m.unit = 'user'
                           THEN pls_internal.account_of_member(s.entity_id, u.account_id, u.email)
                           ELSE s.entity_id END AS account_id) AS k
          LEFT JOIN pls.accounts AS a ON a.account_id = k.account_id
         CROSS JOIN LATERAL (SELECT pls_internal.now_after(s.last_event_at) AS as_of) AS t
         -- all its events were deleted, or are another one's
         WHERE s.last_event_at IS NOT NULL) AS e;

COMMENT ON VIEW pls.scores IS
'Every entity that has events with its score as of now: windows slide and points decay without new events. An entity without a row scores 0.';
COMMENT ON COLUMN pls.scores.motion IS 'The motion.';
COMMENT ON COLUMN pls.scores.unit IS 'user or account.';
COMMENT ON COLUMN pls.scores.entity_id IS 'The user or account that is scored.';
COMMENT ON COLUMN pls.scores.account_id IS 'The account, or the account of the user. NULL: not known.';
COMMENT ON COLUMN pls.scores.account_name IS 'Name of that account. NULL: unknown.';
COMMENT ON COLUMN pls.scores.score IS 'Points, three decimals: engagement and fit, clamped.';
COMMENT ON COLUMN pls.scores.grade IS 'Letter from fit, digit from engagement. NULL: the motion has no bands.';
COMMENT ON COLUMN pls.scores.engagement IS 'Points of all categories except fit.';
COMMENT ON COLUMN pls.scores.fit IS 'Points of category fit.';
COMMENT ON COLUMN pls.scores.lane IS 'Lane by score alone: sales, triage, or NULL for neither.';
COMMENT ON COLUMN pls.scores.qualified IS 'In lane sales, and the last decision found it in the segment and not excluded.';
COMMENT ON COLUMN pls.scores.required_met IS 'Whether every required signal is met.';
COMMENT ON COLUMN pls.scores.signals_met IS 'Signals with positive points that are met.';
COMMENT ON COLUMN pls.scores.scored IS 'Whether there is evidence: always true here.';
COMMENT ON COLUMN pls.scores.stale IS 'Whether the evidence must be rebuilt (pls.refresh); until then, some signals count as absent.';
COMMENT ON COLUMN pls.scores.last_decision IS 'Reason of the last decision. NULL: there was none.';
COMMENT ON COLUMN pls.scores.last_event_at IS 'Newest event that counted. NULL: no such event is left.';
COMMENT ON COLUMN pls.scores.last_alert_at IS 'When the last alert was raised. NULL: never.';
COMMENT ON COLUMN pls.scores.cooldown_until IS 'End of the cooldown. NULL: no cooldown.';
COMMENT ON COLUMN pls.scores.as_of IS 'The instant of the score: pls.now(), or the newest event if that is later.';

-- A grid keeps the start of a cell only, so evidence does not always tell by
-- itself that it is younger than as_of (src/evidence/explain.c).
CREATE FUNCTION pls_internal.instant_of_scoring(as_of timestamptz, last_event_at timestamptz) RETURNS timestamptz
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF date_trunc('second', instant_of_scoring.as_of) < instant_of_scoring.last_event_at AND instant_of_scoring.as_of < pls.now() THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('as_of %s is before the newest event, of %s', instant_of_scoring.as_of, instant_of_scoring.last_event_at),
            DETAIL = 'A standing keeps what the newest events say, and has no answer for earlier instants.',
            HINT = 'Use pls.explain_as_of(motion, entity_id, as_of), which reads the events up to that instant.';
    END IF;
    RETURN coalesce(instant_of_scoring.as_of, pls_internal.now_after(instant_of_scoring.last_event_at));
END;
$$;
COMMENT ON FUNCTION pls_internal.instant_of_scoring IS
'The instant at which a standing with this newest event is scored: as_of, or now if it is NULL. Error 22023 if as_of is before the newest event.';

CREATE FUNCTION pls.explain(motion text, entity_id text, as_of timestamptz DEFAULT NULL)
    RETURNS TABLE (line integer, signal text, category text, value numeric, op text, threshold numeric,
                   met boolean, saturated boolean, newest_at timestamptz, points numeric, why text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 15
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT e.line, e.signal, e.category, e.value, e.op, e.threshold, e.met, e.saturated, e.newest_at,
           e.points, e.why
      FROM pls.standings s,
           LATERAL pls.explain(s.evidence, pls_internal.instant_of_scoring(explain.as_of, s.last_event_at),
                               pls_internal.attributes_of(s.motion, s.entity_id)) e
     WHERE s.motion = explain.motion AND s.entity_id = explain.entity_id
     ORDER BY e.line
$$;
COMMENT ON FUNCTION pls.explain(text, text, timestamptz) IS
'Why an entity has its score: the lines of pls.explain(evidence) for its standing; their points sum to pls.scores.score. as_of: not before its newest event (error 22023; pls.explain_as_of() goes back further); NULL: now. No lines for an entity without a standing.';

-- An instant written as a plain literal would fit both functions above.
CREATE FUNCTION pls.explain(motion text, entity_id text, as_of text)
    RETURNS TABLE (line integer, signal text, category text, value numeric, op text, threshold numeric,
                   met boolean, saturated boolean, newest_at timestamptz, points numeric, why text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 15
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT e.line, e.signal, e.category, e.value, e.op, e.threshold, e.met, e.saturated, e.newest_at,
           e.points, e.why
      FROM pls.explain(explain.motion, explain.entity_id, explain.as_of::timestamptz) e
$$;
COMMENT ON FUNCTION pls.explain(text, text, text) IS
'The same with the instant written as text, as in pls.explain(''trial'', ''acme'', ''2026-06-16 10:00+00''). Errors: 22007 and 22008 if it is not an instant.';
