/* 26_trial_pilot.sql - template trial_conversion: a pilot of four weeks.
 *
 * A draft: its rates are assumptions until somebody has put the own ones in.
 */

INSERT INTO pls.motion_templates (template, part, position, content, shipped)
SELECT 'trial_conversion', p.part, r.position, r.content, true
FROM (VALUES
('pilots', $json$[
{"pilot": "first", "description": "Do trials that a person helps convert more often than those left alone?",
 "holdout": 0.3, "lasts": "28 days", "outcomes": ["conversion", "churn"], "outcome_within": "21 days",
 "p_base": 0.08, "p_target": 0.16}
]$json$::jsonb),
('pilot_rules', $json$[
{"pilot": "first", "kind": "guardrail", "measure": "churn", "value": "difference", "op": "<=", "threshold": 0.03,
 "description": "Those who are helped do not cancel more often."},
{"pilot": "first", "kind": "guardrail", "measure": "late", "value": "treatment", "op": "<=", "threshold": 0.2,
 "description": "The reps keep up: at most one alert in five is touched late."},
{"pilot": "first", "kind": "scale", "measure": "conversion", "value": "low", "op": ">", "threshold": 0,
 "description": "The interval of the difference lies above zero."},
{"pilot": "first", "kind": "rollback", "measure": "conversion", "value": "high", "op": "<", "threshold": 0,
 "description": "The interval of the difference lies below zero: help does harm."}
]$json$)
) AS p (part, rows),
jsonb_array_elements(p.rows) WITH ORDINALITY AS r (content, position);
