/* 36_expansion_pilot.sql - template seat_expansion: a pilot of eight weeks.
 *
 * A draft: its rates are assumptions until somebody has put the own ones in.
 */

INSERT INTO pls.motion_templates (template, part, position, content, shipped)
SELECT 'seat_expansion', p.part, r.position, r.content, true
FROM (VALUES
('pilots', $json$[
{"pilot": "first", "description": "Do accounts that a person helps add seats more often than those left alone?",
 "holdout": 0.3, "lasts": "56 days", "outcomes": ["expansion", "churn"], "outcome_within": "30 days",
 "p_base": 0.1, "p_target": 0.2}
]$json$::jsonb),
('pilot_rules', $json$[
{"pilot": "first", "kind": "guardrail", "measure": "churn", "value": "difference", "op": "<=", "threshold": 0.03,
 "description": "Those who are helped do not give seats back more often."},
{"pilot": "first", "kind": "guardrail", "measure": "late", "value": "treatment", "op": "<=", "threshold": 0.2,
 "description": "The reps keep up: at most one alert in five is touched late."},
{"pilot": "first", "kind": "scale", "measure": "expansion", "value": "low", "op": ">", "threshold": 0,
 "description": "The interval of the difference lies above zero."},
{"pilot": "first", "kind": "rollback", "measure": "expansion", "value": "high", "op": "<", "threshold": 0,
 "description": "The interval of the difference lies below zero: help does harm."}
]$json$)
) AS p (part, rows),
jsonb_array_elements(p.rows) WITH ORDINALITY AS r (content, position);
