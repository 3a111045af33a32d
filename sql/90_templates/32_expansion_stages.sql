/* 32_expansion_stages.sql - template seat_expansion: the funnel, and whose it is.
 *
 * The last stage needs something that shows it: an outcome that is worth
 * nothing, so that onboarding has no part in the score.
 */

INSERT INTO pls.motion_templates (template, part, position, content, shipped)
SELECT 'seat_expansion', 'signals', (SELECT max(t.position) + 1 FROM pls.motion_templates t
                                      WHERE t.template = 'seat_expansion' AND t.part = 'signals'), $json$
{"signal": "new seats onboarded", "category": "outcome", "outcome": "onboarding",
 "events": ["team_onboarding_completed"],
 "measure": "count", "within": "1 day",
 "why": "brought the new seats into use",
 "false_positive_risk": "It may be about a team that was there before. Filter out its events.",
 "data_source": "Product events, or the CRM of customer success.",
 "next_best_action": "Review with the champion what the new seats are used for."}
$json$, true;

INSERT INTO pls.motion_templates (template, part, position, content, shipped)
SELECT 'seat_expansion', 'stages', r.position, r.content, true
FROM jsonb_array_elements($json$[
{"position": 10, "stage": "signup", "reached_by": "signup",
 "responsible": "marketing", "accountable": "marketing", "consulted": "product", "informed": "sales, customer success",
 "guardrail": "No expansion talk before the first value."},
{"position": 20, "stage": "activation", "reached_by": "signals", "signals": ["core workflow in use"],
 "responsible": "product", "accountable": "product", "consulted": "customer success, marketing", "informed": "sales, revops",
 "guardrail": "The product leads to the first value. People help only where somebody asks for it.",
 "min_rate": 0.3, "min_rate_within": "60 days"},
{"position": 30, "stage": "sustained usage", "reached_by": "signals", "signals": ["core workflow in use", "used every week"],
 "responsible": "product", "accountable": "customer success", "consulted": "sales", "informed": "marketing, revops",
 "sales_helps": "Customer success looks after accounts that fall silent.",
 "guardrail": "An account in trouble gets help, and no offer."},
{"position": 40, "stage": "qualified", "reached_by": "qualified",
 "responsible": "revops", "accountable": "revops", "consulted": "sales, customer success, product", "informed": "marketing",
 "guardrail": "Growth in several places qualifies, never a single invitation."},
{"position": 50, "stage": "sales assist", "reached_by": "touch",
 "responsible": "sales", "accountable": "sales", "consulted": "customer success", "informed": "revops, product",
 "sales_helps": "More seats mean a budget, a contract and often IT. The admin and the champion need somebody to prepare that with.",
 "exit_when": "The alert is disposed of.",
 "guardrail": "Customer success knows before anybody calls, and a no is a no.",
 "max_opt_outs": 0.02},
{"position": 60, "stage": "upgrade", "reached_by": "outcomes", "outcomes": ["expansion"],
 "responsible": "sales", "accountable": "revops", "consulted": "customer success, product", "informed": "marketing",
 "guardrail": "Seats can be added at any time without talking to anybody.",
 "min_rate": 0.05, "min_rate_within": "180 days"},
{"position": 70, "stage": "paid onboarding", "reached_by": "outcomes", "outcomes": ["onboarding"],
 "responsible": "customer success", "accountable": "customer success", "consulted": "product, sales", "informed": "revops, marketing",
 "exit_when": "The people of the new seats have used the core workflow.",
 "guardrail": "No seat is sold that nobody will use."}
]$json$) WITH ORDINALITY AS r (content, position);
