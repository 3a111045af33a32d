/* 84_why_not_alerted.sql - everybody about whom there is no alert, and why.
 *
 * The rules of pls.decide() once more, as joins: a function call for each of
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
           m.holdout, m.holdout_salt, pls.best_grade(m.motion) AS best_grade,
           p.pilot, p.holdout AS pilot_holdout, p.salt AS pilot_salt, p.segment AS pilot_segment
      FROM pls.motions m
      LEFT JOIN pls.pilots p
        ON p.motion OPERATOR(pg_catalog.=) m.motion AND p.status OPERATOR(pg_catalog.=) 'running'
       AND p.starts_at OPERATOR(pg_catalog.<=) pls.now()
       AND (p.ends_at IS NULL OR p.ends_at OPERATOR(pg_catalog.>) pls.now())
)
SELECT m.motion, m.unit, s.entity_id, i.account_id, a.name,
       w.reason,
       CASE w.reason
           WHEN 'score' THEN pg_catalog.format('score %s is %s short of %s', pg_catalog.trim_scale(v.score),
                                               pg_catalog.trim_scale(w.floor OPERATOR(pg_catalog.-) v.score),
                                               pg_catalog.trim_scale(w.floor))
           WHEN 'required_signal' THEN 'not met: ' OPERATOR(pg_catalog.||) (
               SELECT pg_catalog.string_agg(g.signal, ', ' ORDER BY x.line)
                 FROM pls.explain(s.evidence, t.as_of, a.attributes) x
                 JOIN pls.signals g
                   ON g.motion OPERATOR(pg_catalog.=) m.motion AND g.signal OPERATOR(pg_catalog.=) x.signal
                WHERE g.required AND NOT x.met)
           WHEN 'min_signals' THEN pg_catalog.format('%s of %s signals are met', v.signals_met, m.min_signals)
           WHEN 'due' THEN 'the next sweep decides'
           WHEN 'not_rearmed' THEN 'was alerted; again when it has ceased to be qualified and rises anew'
           WHEN 'error' THEN 'the decision failed and is taken again'
           WHEN 'no_capacity' THEN 'nobody in the pool could take it'
           WHEN 'paused' THEN pg_catalog.format('the motion is in status %s', m.status)
           WHEN 'excluded' THEN x.exclusion
           WHEN 'out_of_segment' THEN pg_catalog.format('its attributes do not satisfy %s', m.segment)
           WHEN 'grace_period' THEN 'signed up too recently'
           WHEN 'too_small' THEN pg_catalog.format('size %s is below %s, and the grade is not the best',
                                                   a.size, m.min_account_size)
           WHEN 'already_customer' THEN 'it has converted, and conversion is the motion''s objective'
           WHEN 'touch_limit' THEN pg_catalog.format('the account has had %s alerts within %s',
                                                     m.touch_limit, m.touch_window)
           WHEN 'held_out' THEN pg_catalog.concat('would have been alerted',
                                                  ', held out by pilot ' OPERATOR(pg_catalog.||) h.pilot)
           ELSE 'left alone for a time'
       END,
       CASE w.reason
           WHEN 'error' THEN s.decide_again_at
           WHEN 'no_capacity' THEN s.decide_again_at
           WHEN 'grace_period' THEN pls.later(i.signed_up_at, m.grace_period)
           WHEN 'cooldown' THEN s.cooldown_until
           WHEN 'held_out' THEN CASE WHEN s.cooldown_until OPERATOR(pg_catalog.>) t.as_of THEN s.cooldown_until END
           WHEN 'touch_limit' THEN n.again_at
       END,
       v.score, v.lane,
       GREATEST(w.floor OPERATOR(pg_catalog.-) v.score, 0),
       GREATEST(m.min_signals OPERATOR(pg_catalog.-) v.signals_met, 0),
       v.required_met, r.rule, s.reason, s.last_event_at
  FROM play m
  JOIN pls.standings s ON s.motion OPERATOR(pg_catalog.=) m.motion
  LEFT JOIN pls.users u
    ON m.unit OPERATOR(pg_catalog.=) 'user' AND u.user_id OPERATOR(pg_catalog.=) s.entity_id
  LEFT JOIN pls.accounts a
    ON a.account_id OPERATOR(pg_catalog.=)
       CASE WHEN m.unit OPERATOR(pg_catalog.=) 'user'
            THEN pls.effective_account(u.account_id, u.email) ELSE s.entity_id END
 CROSS JOIN LATERAL (
       SELECT CASE WHEN a.account_id IS NOT NULL THEN a.account_id
                   WHEN m.unit OPERATOR(pg_catalog.=) 'user' THEN pls.effective_account(u.account_id, u.email)
                   ELSE s.entity_id END AS account_id,
              COALESCE(u.signed_up_at, a.signed_up_at) AS signed_up_at,
              COALESCE(a.attributes, '{}') AS attributes
       -- once, not wherever it is used
       OFFSET 0) i
 CROSS JOIN LATERAL (SELECT pls.now_after(s.last_event_at) AS as_of) t
 CROSS JOIN LATERAL pls.evaluate(s.evidence, t.as_of, a.attributes, s.lane) v
  LEFT JOIN LATERAL (
       SELECT pg_catalog.format('%s (%s)', e.reason, e.name) AS exclusion
         FROM pls.exclusions e
        WHERE e.enabled AND e.scope OPERATOR(pg_catalog.=) 'entity'
          AND (e.motion IS NULL OR e.motion OPERATOR(pg_catalog.=) m.motion)
          AND (s.entity_id OPERATOR(pg_catalog.=) ANY (e.ids)
               OR i.account_id OPERATOR(pg_catalog.=) ANY (e.ids)
               OR s.entity_id OPERATOR(pg_catalog.=) ANY (e.domains)
               OR i.account_id OPERATOR(pg_catalog.=) ANY (e.domains)
               OR a.domain OPERATOR(pg_catalog.=) ANY (e.domains)
               OR CASE WHEN e.domains IS NOT NULL
                       THEN pls.normal_domain(u.email) OPERATOR(pg_catalog.=) ANY (e.domains) END
               OR pls.holds(i.attributes, e.match)
               OR CASE WHEN m.unit OPERATOR(pg_catalog.=) 'user'
                       THEN pls.holds(COALESCE(u.attributes, '{}'), e.match) END)
        ORDER BY e.name COLLATE "C" LIMIT 1) x ON true
  LEFT JOIN LATERAL (
       SELECT pls.later((pg_catalog.array_agg(c.at ORDER BY c.at DESC))[m.touch_limit], m.touch_window) AS again_at
         FROM (SELECT GREATEST(b.created_at, b.first_touch_at) AS at
                 FROM pls.alerts b
                WHERE b.account_id OPERATOR(pg_catalog.=) i.account_id
                  AND b.created_at OPERATOR(pg_catalog.<=) t.as_of
               UNION ALL
               SELECT GREATEST(b.created_at, b.first_touch_at)
                 FROM pls.alerts b
                WHERE i.account_id IS NULL AND b.entity_id OPERATOR(pg_catalog.=) s.entity_id
                  AND b.unit OPERATOR(pg_catalog.=) m.unit
                  AND b.created_at OPERATOR(pg_catalog.<=) t.as_of) c
        WHERE c.at OPERATOR(pg_catalog.>) pls.later(t.as_of, OPERATOR(pg_catalog.-) m.touch_window)
       ) n ON m.touch_limit IS NOT NULL
 CROSS JOIN LATERAL (
       SELECT p.takes_part,
              CASE WHEN p.takes_part THEN m.pilot_holdout ELSE m.holdout END AS holdout,
              CASE WHEN p.takes_part THEN m.pilot_salt ELSE m.holdout_salt END AS salt,
              CASE WHEN p.takes_part THEN m.pilot END AS pilot
         FROM (SELECT COALESCE(m.pilot IS NOT NULL
                          AND (m.pilot_segment IS NULL
                               OR pls.holds(i.attributes, m.pilot_segment)),
                          false) AS takes_part) p) h
 CROSS JOIN LATERAL (
       SELECT CASE
           WHEN s.reason OPERATOR(pg_catalog.=) 'error' AND s.decide_again_at IS NOT NULL THEN 'error'
           WHEN m.status OPERATOR(pg_catalog.=) ANY (ARRAY['paused', 'draft']) THEN 'paused'
           WHEN x.exclusion IS NOT NULL THEN 'excluded'
           WHEN m.segment IS NOT NULL
                AND pls.holds(i.attributes, m.segment) IS NOT TRUE THEN 'out_of_segment'
           WHEN pls.later(i.signed_up_at, m.grace_period) OPERATOR(pg_catalog.>) t.as_of THEN 'grace_period'
           WHEN a.size OPERATOR(pg_catalog.<) m.min_account_size
                AND (v.grade OPERATOR(pg_catalog.=) m.best_grade) IS NOT TRUE THEN 'too_small'
           WHEN m.objective OPERATOR(pg_catalog.=) 'conversion'
                AND (EXISTS (SELECT FROM pls.outcomes o
                              WHERE o.entity_id OPERATOR(pg_catalog.=) s.entity_id
                                AND o.motion OPERATOR(pg_catalog.=) m.motion
                                AND o.outcome OPERATOR(pg_catalog.=) 'conversion'
                                AND o.at OPERATOR(pg_catalog.<=) t.as_of)
                     OR EXISTS (SELECT FROM pls.outcomes o
                                 WHERE o.account_id OPERATOR(pg_catalog.=) i.account_id
                                   AND o.outcome OPERATOR(pg_catalog.=) 'conversion'
                                   AND o.at OPERATOR(pg_catalog.<=) t.as_of)) THEN 'already_customer'
           WHEN s.cooldown_until OPERATOR(pg_catalog.>) t.as_of THEN
                CASE WHEN s.reason OPERATOR(pg_catalog.=) 'held_out' THEN 'held_out' ELSE 'cooldown' END
           WHEN n.again_at IS NOT NULL THEN 'touch_limit'
           WHEN pls.is_held_out(h.holdout, h.salt, s.entity_id) THEN 'held_out'
           WHEN s.reason OPERATOR(pg_catalog.=) 'no_capacity' AND s.decide_again_at IS NOT NULL THEN 'no_capacity'
           END AS rule
       -- once, not wherever it is used
       OFFSET 0) r
 CROSS JOIN LATERAL (
       SELECT f.floor,
              CASE WHEN v.lane IS NOT NULL THEN COALESCE(r.rule, pls.waits_for(s, v.lane))
                   WHEN v.score OPERATOR(pg_catalog.<) f.floor THEN 'score'
                   WHEN NOT v.required_met THEN 'required_signal'
                   ELSE 'min_signals' END AS reason
         FROM (SELECT CASE WHEN v.lane OPERATOR(pg_catalog.=) 'sales' AND s.lane OPERATOR(pg_catalog.=) 'sales'
                           THEN COALESCE(m.release_at, m.qualify_at) ELSE m.qualify_at END AS floor) f
       OFFSET 0) w
 WHERE NOT EXISTS (
       SELECT FROM pls.alerts o
        WHERE o.entity_id OPERATOR(pg_catalog.=) s.entity_id AND o.motion OPERATOR(pg_catalog.=) m.motion
          AND o.status OPERATOR(pg_catalog.=) ANY (ARRAY['open', 'working', 'snoozed']));
REVOKE ALL ON pls.why_not_alerted FROM PUBLIC;

COMMENT ON VIEW pls.why_not_alerted IS
    'Every entity with a standing and no open alert, with the main reason as of now, as pls.why_not() gives it. Its reader needs access as analyst or revops (pls.grant_access).';
COMMENT ON COLUMN pls.why_not_alerted.motion IS 'the motion';
COMMENT ON COLUMN pls.why_not_alerted.unit IS 'user or account';
COMMENT ON COLUMN pls.why_not_alerted.entity_id IS 'the user or account';
COMMENT ON COLUMN pls.why_not_alerted.account_id IS 'the account; of a user the user''s, NULL if unknown';
COMMENT ON COLUMN pls.why_not_alerted.account_name IS 'name of the account; NULL if unknown';
COMMENT ON COLUMN pls.why_not_alerted.reason IS 'of an entity in no lane: score, required_signal or min_signals, the first that falls short. In a lane: the rule of pls.decide() that holds (error, paused, excluded, out_of_segment, grace_period, too_small, already_customer, cooldown, touch_limit, held_out, no_capacity), due (the next sweep decides) or not_rearmed (has been alerted; again once it has ceased to be qualified and rises anew)';
COMMENT ON COLUMN pls.why_not_alerted.detail IS 'a sentence for people';
COMMENT ON COLUMN pls.why_not_alerted.until IS 'when the reason ends by itself; NULL: when something changes';
COMMENT ON COLUMN pls.why_not_alerted.score IS 'score as of now';
COMMENT ON COLUMN pls.why_not_alerted.lane IS 'what the score alone says as of now: sales, triage, or NULL for neither';
COMMENT ON COLUMN pls.why_not_alerted.missing_points IS 'points short of the sales lane; 0: none';
COMMENT ON COLUMN pls.why_not_alerted.missing_signals IS 'met signals with positive points short of min_signals; 0: none';
COMMENT ON COLUMN pls.why_not_alerted.required_met IS 'whether every required signal is met';
COMMENT ON COLUMN pls.why_not_alerted.suppressed_by IS 'the rule of pls.decide() that holds now, even if the score would do; NULL: none';
COMMENT ON COLUMN pls.why_not_alerted.last_decision IS 'reason of the last decision; NULL: none yet';
COMMENT ON COLUMN pls.why_not_alerted.last_event_at IS 'newest event that counted';
