/* 18_why_not_alerted.sql - everybody about whom there is no alert, and why.
 *
 * The rules are those of 50_decide/35_rules.sql, inlined: EXPLAIN shows no call of them.
 * A subquery with OFFSET 0 is evaluated once for each row, not wherever its
 * columns are used.
 *
 * Most entities are in no lane, and their reason is what they lack: the rules
 * are not asked for it.  Whether one holds all the same (suppressed_by) is a
 * subquery, which is evaluated only if the column is read.  The rules read the
 * row of the motion for themselves: it would make every other row wide.
 */

CREATE VIEW pls.why_not_alerted
    (motion, unit, entity_id, account_id, account_name, reason, detail, until,
     score, lane, missing_points, missing_signals, required_met, suppressed_by,
     last_decision, last_event_at)
    WITH (security_invoker = true)
AS
WITH best AS MATERIALIZED (
    SELECT m.motion, pls_internal.best_grade(m.motion) AS grade FROM pls.motions m
)
SELECT m.motion, m.unit, s.entity_id, k.account_id, a.name,
       w.reason, w.detail, w.until,
       v.score, v.lane,
       GREATEST(v.sales_floor - v.score, 0),
       GREATEST(m.min_signals - v.signals_met, 0),
       v.required_met,
       CASE WHEN v.lane IS NOT NULL THEN r.rule
            ELSE (SELECT f.rule FROM pls.motions p CROSS JOIN LATERAL pls_internal.first_rule(
                      ROW(p.*)::pls.motions, ROW(s.*)::pls.standings,
                      ROW(k.account_id, a.name, a.domain, a.owner, a.size, a.signed_up_at, k.attributes, a.updated_at, a.external_ids, a.known_since)::pls.accounts,
                      ROW(k.user_id, u.account_id, u.email, u.signed_up_at, k.member_attributes, u.updated_at, u.known_since)::pls.users,
                      v.grade, b.grade, t.as_of, no_alert => true) f WHERE p.motion = m.motion) END,
       s.reason, s.last_event_at
  FROM pls.motions m
  JOIN best b ON b.motion = m.motion
  JOIN pls.standings s ON s.motion = m.motion
  -- here rather than by NOT EXISTS: before the rules are asked
  LEFT JOIN pls.alerts o
    ON o.entity_id = s.entity_id AND o.motion = s.motion
   AND pls_internal.is_open(o.status)
  LEFT JOIN pls.users u
    ON m.unit = 'user' AND u.user_id = s.entity_id
  LEFT JOIN pls.accounts a
    ON a.account_id =
       CASE WHEN m.unit = 'user'
            THEN pls_internal.account_of_member(s.entity_id, u.account_id, u.email) ELSE s.entity_id END
 -- as pls_internal.known_of() has it
 CROSS JOIN LATERAL (
       SELECT CASE WHEN m.unit = 'user' THEN s.entity_id END AS user_id,
              CASE WHEN a.account_id IS NOT NULL THEN a.account_id
                   WHEN m.unit = 'user' THEN pls_internal.account_of_member(s.entity_id, u.account_id, u.email)
                   ELSE s.entity_id END AS account_id
       OFFSET 0) i
 CROSS JOIN LATERAL (
       SELECT i.account_id, i.user_id,
              pls_internal.entity_document(i.account_id, i.user_id, a.attributes) AS attributes,
              CASE WHEN m.unit = 'user'
                   THEN pls_internal.entity_document(i.account_id, i.user_id, u.attributes) END AS member_attributes
       OFFSET 0) k
 CROSS JOIN LATERAL (SELECT pls_internal.now_after(s.last_event_at) AS as_of) t
 CROSS JOIN LATERAL pls.evaluate(s.evidence, t.as_of, k.attributes, s.lane) v
  LEFT JOIN LATERAL (
       SELECT f.rule, f.until, f.detail
         FROM pls.motions p
        CROSS JOIN LATERAL pls_internal.first_rule(
                ROW(p.*)::pls.motions, ROW(s.*)::pls.standings,
                ROW(k.account_id, a.name, a.domain, a.owner, a.size, a.signed_up_at, k.attributes, a.updated_at, a.external_ids, a.known_since)::pls.accounts,
                ROW(k.user_id, u.account_id, u.email, u.signed_up_at, k.member_attributes, u.updated_at, u.known_since)::pls.users,
                v.grade, b.grade, t.as_of, no_alert => true) f
        WHERE v.lane IS NOT NULL AND p.motion = m.motion
       OFFSET 0) r ON true
 CROSS JOIN LATERAL pls_internal.main_reason(
       ROW(m.*)::pls.motions, ROW(s.*)::pls.standings, k.attributes, t.as_of,
       v.score, v.sales_floor, v.lane, v.required_met, v.signals_met, ROW(r.rule, r.until, r.detail)::pls_internal.obstacle) w
 WHERE o.entity_id IS NULL;

COMMENT ON VIEW pls.why_not_alerted IS
    'Every entity with a standing and no open alert, with the main reason as of now, as pls.why_not() gives it. Its reader needs access as analyst or revops (pls.grant_access).';
COMMENT ON COLUMN pls.why_not_alerted.motion IS 'The motion.';
COMMENT ON COLUMN pls.why_not_alerted.unit IS 'user or account.';
COMMENT ON COLUMN pls.why_not_alerted.entity_id IS 'The user or account.';
COMMENT ON COLUMN pls.why_not_alerted.account_id IS 'The account, or the account of the user; NULL if unknown.';
COMMENT ON COLUMN pls.why_not_alerted.account_name IS 'Name of the account; NULL if unknown.';
COMMENT ON COLUMN pls.why_not_alerted.reason IS 'For an entity in no lane: score, required_signal or min_signals, the first that falls short. In a lane: the rule of pls_internal.decide() that holds (error, paused, excluded, out_of_segment, grace_period, too_small, already_customer, cooldown, touch_limit, held_out, no_capacity), due (the next sweep decides) or not_rearmed (already alerted; a new alert needs it to drop out of the lane and qualify again).';
COMMENT ON COLUMN pls.why_not_alerted.detail IS 'The reason as a sentence.';
COMMENT ON COLUMN pls.why_not_alerted.until IS 'When the reason ends by itself; NULL: only when something changes.';
COMMENT ON COLUMN pls.why_not_alerted.score IS 'Score as of now.';
COMMENT ON COLUMN pls.why_not_alerted.lane IS 'Current lane by score alone: sales, triage, or NULL for neither.';
COMMENT ON COLUMN pls.why_not_alerted.missing_points IS 'Points missing to the sales lane; 0: none.';
COMMENT ON COLUMN pls.why_not_alerted.missing_signals IS 'Met signals with positive points that are missing to min_signals; 0: none.';
COMMENT ON COLUMN pls.why_not_alerted.required_met IS 'Whether every required signal is met.';
COMMENT ON COLUMN pls.why_not_alerted.suppressed_by IS 'The rule of pls_internal.decide() that blocks an alert now, even with a high enough score; NULL: none.';
COMMENT ON COLUMN pls.why_not_alerted.last_decision IS 'Reason of the last decision; NULL: none yet.';
COMMENT ON COLUMN pls.why_not_alerted.last_event_at IS 'Newest event that counted.';
