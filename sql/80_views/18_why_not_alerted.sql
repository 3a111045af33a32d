/* 18_why_not_alerted.sql - everybody about whom there is no alert, and why.
 *
 * The rules of pls_internal.decide() once more, as joins: a function call for each of
 * a hundred thousand standings would take minutes.  test/sql/why_not_agrees
 * holds the two against each other.
 */

CREATE VIEW pls.why_not_alerted
    (motion, unit, entity_id, account_id, account_name, reason, detail, until,
     score, lane, missing_points, missing_signals, required_met, suppressed_by,
     last_decision, last_event_at)
    WITH (security_invoker = true)
AS
WITH play AS MATERIALIZED (
    SELECT m.motion, m.unit, m.objective, m.status, m.segment, m.qualify_at, m.release_at, m.min_signals,
           m.touch_limit, m.touch_window, m.grace_period, m.min_account_size,
           m.holdout, m.holdout_salt, pls_internal.best_grade(m.motion) AS best_grade,
           p.pilot, p.holdout AS pilot_holdout, p.salt AS pilot_salt, p.segment AS pilot_segment
      FROM pls.motions m
      LEFT JOIN pls.pilots p
        ON p.motion = m.motion AND p.status = 'running'
       AND p.starts_at <= pls.now()
       AND (p.ends_at IS NULL OR p.ends_at > pls.now())
)
SELECT m.motion, m.unit, s.entity_id, i.account_id, a.name,
       w.reason,
       CASE w.reason
           WHEN 'score' THEN format('score %s is %s short of %s', trim_scale(v.score),
                                               trim_scale(w.floor - v.score),
                                               trim_scale(w.floor))
           WHEN 'required_signal' THEN 'not met: ' || (
               SELECT string_agg(g.signal, ', ' ORDER BY x.line)
                 FROM pls.explain(s.evidence, t.as_of, a.attributes) x
                 JOIN pls.signals g
                   ON g.motion = m.motion AND g.signal = x.signal
                WHERE g.required AND NOT x.met)
           WHEN 'min_signals' THEN format('%s of %s signals are met', v.signals_met, m.min_signals)
           WHEN 'due' THEN 'the next sweep decides'
           WHEN 'not_rearmed' THEN 'was alerted; again when it has ceased to be qualified and rises anew'
           WHEN 'error' THEN 'the decision failed and is taken again'
           WHEN 'no_capacity' THEN 'nobody in the pool could take it'
           WHEN 'paused' THEN format('the motion is in status %s', m.status)
           WHEN 'excluded' THEN x.exclusion
           WHEN 'out_of_segment' THEN format('its attributes do not satisfy %s', m.segment)
           WHEN 'grace_period' THEN 'signed up too recently'
           WHEN 'too_small' THEN format('size %s is below %s, and the grade is not the best',
                                                   a.size, m.min_account_size)
           WHEN 'already_customer' THEN 'it has converted, and conversion is the motion''s objective'
           WHEN 'touch_limit' THEN format('the account has had %s alerts within %s',
                                                     m.touch_limit, m.touch_window)
           WHEN 'held_out' THEN concat('would have been alerted',
                                                  ', held out by pilot ' || h.pilot)
           ELSE 'left alone for a time'
       END,
       CASE w.reason
           WHEN 'error' THEN s.decide_again_at
           WHEN 'no_capacity' THEN s.decide_again_at
           WHEN 'grace_period' THEN pls_internal.later(i.signed_up_at, m.grace_period)
           WHEN 'cooldown' THEN s.cooldown_until
           WHEN 'held_out' THEN CASE WHEN s.cooldown_until > t.as_of THEN s.cooldown_until END
           WHEN 'touch_limit' THEN n.again_at
       END,
       v.score, v.lane,
       GREATEST(w.floor - v.score, 0),
       GREATEST(m.min_signals - v.signals_met, 0),
       v.required_met, r.rule, s.reason, s.last_event_at
  FROM play m
  JOIN pls.standings s ON s.motion = m.motion
  LEFT JOIN pls.users u
    ON m.unit = 'user' AND u.user_id = s.entity_id
  LEFT JOIN pls.accounts a
    ON a.account_id =
       CASE WHEN m.unit = 'user'
            THEN pls_internal.effective_account(u.account_id, u.email) ELSE s.entity_id END
 CROSS JOIN LATERAL (
       SELECT CASE WHEN a.account_id IS NOT NULL THEN a.account_id
                   WHEN m.unit = 'user' THEN pls_internal.effective_account(u.account_id, u.email)
                   ELSE s.entity_id END AS account_id,
              COALESCE(u.signed_up_at, a.signed_up_at) AS signed_up_at,
              COALESCE(a.attributes, '{}') AS attributes
       -- once, not wherever it is used
       OFFSET 0) i
 CROSS JOIN LATERAL (SELECT pls_internal.now_after(s.last_event_at) AS as_of) t
 CROSS JOIN LATERAL pls.evaluate(s.evidence, t.as_of, a.attributes, s.lane) v
  LEFT JOIN LATERAL (
       SELECT format('%s (%s)', e.reason, e.name) AS exclusion
         FROM pls.exclusions e
        WHERE e.enabled AND e.scope = 'entity'
          AND (e.motion IS NULL OR e.motion = m.motion)
          AND (s.entity_id = ANY (e.ids)
               OR i.account_id = ANY (e.ids)
               OR s.entity_id = ANY (e.domains)
               OR i.account_id = ANY (e.domains)
               OR a.domain = ANY (e.domains)
               OR CASE WHEN e.domains IS NOT NULL
                       THEN pls_internal.normal_domain(u.email) = ANY (e.domains) END
               OR pls_internal.holds(i.attributes, e.match)
               OR CASE WHEN m.unit = 'user'
                       THEN pls_internal.holds(COALESCE(u.attributes, '{}'), e.match) END)
        ORDER BY e.name COLLATE "C" LIMIT 1) x ON true
  LEFT JOIN LATERAL (
       SELECT pls_internal.later((array_agg(c.at ORDER BY c.at DESC))[m.touch_limit], m.touch_window) AS again_at
         FROM (SELECT GREATEST(b.created_at, b.first_touch_at) AS at
                 FROM pls.alerts b
                WHERE b.account_id = i.account_id
                  AND b.created_at <= t.as_of
               UNION ALL
               SELECT GREATEST(b.created_at, b.first_touch_at)
                 FROM pls.alerts b
                WHERE i.account_id IS NULL AND b.entity_id = s.entity_id
                  AND b.unit = m.unit
                  AND b.created_at <= t.as_of) c
        WHERE c.at > pls_internal.later(t.as_of, - m.touch_window)
       ) n ON m.touch_limit IS NOT NULL
 CROSS JOIN LATERAL (
       SELECT p.takes_part,
              CASE WHEN p.takes_part THEN m.pilot_holdout ELSE m.holdout END AS holdout,
              CASE WHEN p.takes_part THEN m.pilot_salt ELSE m.holdout_salt END AS salt,
              CASE WHEN p.takes_part THEN m.pilot END AS pilot
         FROM (SELECT COALESCE(m.pilot IS NOT NULL
                          AND (m.pilot_segment IS NULL
                               OR pls_internal.holds(i.attributes, m.pilot_segment)),
                          false) AS takes_part) p) h
 CROSS JOIN LATERAL (
       SELECT CASE
           WHEN s.reason = 'error' AND s.decide_again_at IS NOT NULL THEN 'error'
           WHEN m.status = ANY (ARRAY['paused', 'draft']) THEN 'paused'
           WHEN x.exclusion IS NOT NULL THEN 'excluded'
           WHEN m.segment IS NOT NULL
                AND pls_internal.holds(i.attributes, m.segment) IS NOT TRUE THEN 'out_of_segment'
           WHEN pls_internal.later(i.signed_up_at, m.grace_period) > t.as_of THEN 'grace_period'
           WHEN a.size < m.min_account_size
                AND (v.grade = m.best_grade) IS NOT TRUE THEN 'too_small'
           WHEN m.objective = 'conversion'
                AND (EXISTS (SELECT FROM pls.outcomes o
                              WHERE o.entity_id = s.entity_id
                                AND o.motion = m.motion
                                AND o.outcome = 'conversion'
                                AND o.at <= t.as_of)
                     OR EXISTS (SELECT FROM pls.outcomes o
                                 WHERE o.account_id = i.account_id
                                   AND o.outcome = 'conversion'
                                   AND o.at <= t.as_of)) THEN 'already_customer'
           WHEN s.cooldown_until > t.as_of THEN
                CASE WHEN s.reason = 'held_out' THEN 'held_out' ELSE 'cooldown' END
           WHEN n.again_at IS NOT NULL THEN 'touch_limit'
           WHEN pls_internal.is_held_out(h.holdout, h.salt, s.entity_id) THEN 'held_out'
           WHEN s.reason = 'no_capacity' AND s.decide_again_at IS NOT NULL THEN 'no_capacity'
           END AS rule
       -- once, not wherever it is used
       OFFSET 0) r
 CROSS JOIN LATERAL (
       SELECT f.floor,
              CASE WHEN v.lane IS NOT NULL THEN COALESCE(r.rule, pls_internal.waits_for(s, v.lane))
                   WHEN v.score < f.floor THEN 'score'
                   WHEN NOT v.required_met THEN 'required_signal'
                   ELSE 'min_signals' END AS reason
         FROM (SELECT CASE WHEN v.lane = 'sales' AND s.lane = 'sales'
                           THEN COALESCE(m.release_at, m.qualify_at) ELSE m.qualify_at END AS floor) f
       OFFSET 0) w
 WHERE NOT EXISTS (
       SELECT FROM pls.alerts o
        WHERE o.entity_id = s.entity_id AND o.motion = m.motion
          AND o.status = ANY (ARRAY['open', 'working', 'snoozed']));

COMMENT ON VIEW pls.why_not_alerted IS
    'Every entity with a standing and no open alert, with the main reason as of now, as pls.why_not() gives it. Its reader needs access as analyst or revops (pls.grant_access).';
COMMENT ON COLUMN pls.why_not_alerted.motion IS 'the motion';
COMMENT ON COLUMN pls.why_not_alerted.unit IS 'user or account';
COMMENT ON COLUMN pls.why_not_alerted.entity_id IS 'the user or account';
COMMENT ON COLUMN pls.why_not_alerted.account_id IS 'the account; of a user the user''s, NULL if unknown';
COMMENT ON COLUMN pls.why_not_alerted.account_name IS 'name of the account; NULL if unknown';
COMMENT ON COLUMN pls.why_not_alerted.reason IS 'of an entity in no lane: score, required_signal or min_signals, the first that falls short. In a lane: the rule of pls_internal.decide() that holds (error, paused, excluded, out_of_segment, grace_period, too_small, already_customer, cooldown, touch_limit, held_out, no_capacity), due (the next sweep decides) or not_rearmed (has been alerted; again once it has ceased to be qualified and rises anew)';
COMMENT ON COLUMN pls.why_not_alerted.detail IS 'a sentence for people';
COMMENT ON COLUMN pls.why_not_alerted.until IS 'when the reason ends by itself; NULL: when something changes';
COMMENT ON COLUMN pls.why_not_alerted.score IS 'score as of now';
COMMENT ON COLUMN pls.why_not_alerted.lane IS 'what the score alone says as of now: sales, triage, or NULL for neither';
COMMENT ON COLUMN pls.why_not_alerted.missing_points IS 'points short of the sales lane; 0: none';
COMMENT ON COLUMN pls.why_not_alerted.missing_signals IS 'met signals with positive points short of min_signals; 0: none';
COMMENT ON COLUMN pls.why_not_alerted.required_met IS 'whether every required signal is met';
COMMENT ON COLUMN pls.why_not_alerted.suppressed_by IS 'the rule of pls_internal.decide() that holds now, even if the score would do; NULL: none';
COMMENT ON COLUMN pls.why_not_alerted.last_decision IS 'reason of the last decision; NULL: none yet';
COMMENT ON COLUMN pls.why_not_alerted.last_event_at IS 'newest event that counted';
