/* 22_trial_stages.sql - template trial_conversion: the funnel, and whose it is.
 *
 * The last stage needs something that shows it: an outcome that is worth
 * nothing, so that onboarding has no part in the score.
 */

INSERT INTO pls.motion_templates (template, part, position, content, shipped)
SELECT 'trial_conversion', 'signals', (SELECT max(t.position) + 1 FROM pls.motion_templates t
                                        WHERE t.template = 'trial_conversion' AND t.part = 'signals'), $json$
{"signal": "onboarded", "category": "outcome", "outcome": "onboarding",
 "events": ["onboarding_completed", "kickoff_held"],
 "measure": "count", "within": "1 day",
 "why": "finished the onboarding of a paid plan",
 "false_positive_risk": "The tour of the trial may end with the same event. Filter it out with match.",
 "data_source": "Product events, or the CRM of customer success.",
 "next_best_action": "Agree on what the first quarter should bring."}
$json$, true;

INSERT INTO pls.motion_templates (template, part, position, content, shipped)
SELECT 'trial_conversion', 'stages', r.position, r.content, true
FROM jsonb_array_elements($json$[
{"position": 10, "stage": "signup", "reached_by": "signup",
 "responsible": "marketing", "accountable": "marketing", "consulted": "product", "informed": "sales, customer success",
 "guardrail": "No call and no sales message because somebody has signed up."},
{"position": 20, "stage": "activation", "reached_by": "signals", "signals": ["first value reached"],
 "responsible": "product", "accountable": "product", "consulted": "customer success, marketing", "informed": "sales, revops",
 "guardrail": "The product leads to the first value. People help only where somebody asks for it.",
 "min_rate": 0.2, "min_rate_within": "14 days"},
{"position": 30, "stage": "sustained usage", "reached_by": "signals", "signals": ["first value reached", "regular use"],
 "responsible": "product", "accountable": "product", "consulted": "customer success", "informed": "sales, marketing, revops",
 "guardrail": "Prompts in the product and help pages come before people."},
{"position": 40, "stage": "qualified", "reached_by": "qualified",
 "responsible": "revops", "accountable": "revops", "consulted": "sales, product", "informed": "customer success, marketing",
 "guardrail": "A pattern of several signals qualifies, never a single click."},
{"position": 50, "stage": "sales assist", "reached_by": "touch",
 "responsible": "sales", "accountable": "sales", "consulted": "customer success", "informed": "revops, product",
 "sales_helps": "Security, procurement and setting up a whole team take answers that the product does not give.",
 "exit_when": "The alert is disposed of.",
 "guardrail": "One owner for an account, and no more messages once somebody says no.",
 "max_opt_outs": 0.02},
{"position": 60, "stage": "purchase", "reached_by": "outcomes", "outcomes": ["conversion"],
 "responsible": "sales", "accountable": "revops", "consulted": "product", "informed": "customer success, marketing",
 "guardrail": "Buying by card stays possible from start to end without talking to anybody.",
 "min_rate": 0.03, "min_rate_within": "30 days"},
{"position": 70, "stage": "paid onboarding", "reached_by": "outcomes", "outcomes": ["onboarding"],
 "responsible": "customer success", "accountable": "customer success", "consulted": "product, sales", "informed": "revops, marketing",
 "exit_when": "The onboarding plan is done, and nothing in it is open.",
 "guardrail": "What was promised in the sale is in the plan."}
]$json$) WITH ORDINALITY AS r (content, position);
