/* 30_expansion.sql - template seat_expansion.
 *
 * A product paid per seat, and paying accounts of 20 to 100 seats or more: the
 * account grows by itself, and a person helps it grow.
 * The event names are examples, to be replaced in pls.signals by the
 * application's own.
 */

INSERT INTO pls.motion_templates (template, part, position, content, shipped)
VALUES ('seat_expansion', 'motions', 1, $json$
{"unit": "account", "objective": "expansion",
 "qualify_at": 60, "triage_at": 40, "release_at": 45, "min_signals": 3,
 "cooldown": "30 days", "expire_after": "30 days", "touch_limit": 2, "touch_window": "30 days",
 "min_account_size": 20, "calendar": "business_hours",
 "self_serve_model": "paid per seat, seats can be added without talking to sales",
 "end_user": "teams in several parts of the company",
 "buyer": "the admin together with a department head",
 "goal_metric": "share of paying accounts that add seats",
 "tone": "a partner who knows the setup, never pushy"}
$json$, true);

INSERT INTO pls.motion_templates (template, part, position, content, shipped)
SELECT 'seat_expansion', 'signals', r.position, r.content, true
FROM jsonb_array_elements($json$[
{"signal": "core workflow in use", "category": "activation", "required": true,
 "events": ["workflow_completed"],
 "measure": "days", "within": "14 days", "threshold": 4, "points": 14, "approved_for_outreach": true,
 "outreach_words": "sharing a workflow that works with more teams",
 "why": "uses the core workflow regularly",
 "false_positive_risk": "An automated job may complete workflows. Exclude its actor.",
 "data_source": "Product events, sent by the server when the workflow ends.",
 "next_best_action": "Ask which other teams do the same work."},
{"signal": "used every week", "category": "depth",
 "events": ["workflow_completed", "report_viewed"],
 "measure": "days", "within": "28 days", "period": "7 days", "threshold": 4, "points": 8,
 "why": "uses the product every week",
 "false_positive_risk": "Scheduled reports may have no readers. Count only views by people.",
 "data_source": "Product events.",
 "next_best_action": "Offer to review how the teams use it."},
{"signal": "many seats active", "category": "breadth",
 "events": ["workflow_completed", "report_viewed"],
 "measure": "actors", "within": "28 days", "threshold": 20, "points": 10,
 "why": "has many active users",
 "false_positive_risk": "Shared logins hide users.",
 "data_source": "Product events with the user's id.",
 "next_best_action": "Offer an overview of seat usage by team."},
{"signal": "new team started", "category": "breadth",
 "events": ["team_created", "workspace_created"],
 "measure": "recency", "op": "<=", "within": "14 days", "points": 14, "approved_for_outreach": true,
 "outreach_words": "helping another team get started",
 "why": "started another team",
 "false_positive_risk": "The team may have been renamed or set up for a test.",
 "data_source": "Product events from the admin pages.",
 "next_best_action": "Offer to help the champion onboard the new team."},
{"signal": "invitations sent", "category": "invite",
 "events": ["invite_sent"],
 "measure": "count", "within": "7 days", "threshold": 5, "points": 14, "approved_for_outreach": true,
 "outreach_words": "giving new colleagues a good start",
 "why": "sent many invitations that will need seats",
 "false_positive_risk": "This may be a bulk import of addresses, or invitations that were sent again.",
 "data_source": "Product events from the invitation form.",
 "next_best_action": "Ask the admin how many people will join, and prepare the seats."},
{"signal": "seats grow", "category": "breadth",
 "events": ["seat_activated"],
 "measure": "growth", "within": "28 days", "threshold": 1.5, "min_base": 4, "points": 16,
 "why": "is activating seats faster than in the four weeks before",
 "false_positive_risk": "Seats may be moving from one person to another. Filter out those events.",
 "data_source": "Product events, sent when a seat is first used.",
 "next_best_action": "Propose a plan for the number of seats they will need in six months."},
{"signal": "seat limit reached", "category": "billing",
 "events": ["seat_limit_reached", "seat_limit_warning_shown"],
 "measure": "recency", "op": "<=", "within": "14 days", "points": 18,
 "decay": "linear", "decay_span": "28 days",
 "why": "hit the seat limit",
 "false_positive_risk": "The warning may be shown to people who cannot buy. Talk to the admin.",
 "data_source": "Product events from seat management.",
 "next_best_action": "Offer the admin more seats, on trial until the order is complete."},
{"signal": "admin setup", "category": "admin",
 "events": ["roles_configured", "domain_verified", "provisioning_enabled"],
 "measure": "recency", "op": "<=", "within": "30 days", "points": 10,
 "why": "is setting up roles or provisioning for many people",
 "false_positive_risk": "The product may do this setup by default.",
 "data_source": "Product events from the settings pages.",
 "next_best_action": "Offer the admin a review of roles and provisioning."},
{"signal": "SSO asked for", "category": "billing",
 "events": ["sso_requested", "security_review_requested"],
 "measure": "recency", "op": "<=", "within": "30 days", "points": 14,
 "decay": "exponential", "decay_span": "14 days",
 "why": "asked for single sign-on",
 "false_positive_risk": "This may be a routine audit. Ask what it is for.",
 "data_source": "Request forms and product events.",
 "next_best_action": "Send the security documentation and offer a call with IT."},
{"signal": "integration in use", "category": "integration",
 "events": ["integration_connected", "integration_synced"],
 "measure": "recency", "op": "<=", "within": "7 days", "points": 8,
 "why": "relies on an integration",
 "false_positive_risk": "The integration may still sync although nobody uses it. Check how many people are active.",
 "data_source": "Product events from the integrations.",
 "next_best_action": "Show how other teams benefit from the same integration."},
{"signal": "support trouble", "category": "risk",
 "events": ["support_ticket_opened", "error_shown"],
 "measure": "count", "within": "7 days", "threshold": 5, "points": -15,
 "why": "has support issues and needs customer success first",
 "false_positive_risk": "Questions about new features are tickets too. Check the subjects.",
 "data_source": "Support desk and product events.",
 "next_best_action": "Solve their problem first, and make no offer before that."},
{"signal": "room to grow", "category": "fit",
 "match": "$.seats >= 20 && $.employees >= 100", "measure": "attribute", "points": 14,
 "why": "has many employees without a seat",
 "false_positive_risk": "Purchased employee counts are often out of date.",
 "data_source": "Attributes seats and employees of pls.accounts.",
 "next_best_action": "Find out which departments work like the ones that have seats."},
{"signal": "expanded", "category": "outcome", "outcome": "expansion",
 "events": ["seats_added", "plan_upgraded"],
 "measure": "count", "within": "1 day",
 "why": "added seats",
 "false_positive_risk": "Renewals and invoice corrections can look the same. Filter out their events.",
 "data_source": "Billing events.",
 "next_best_action": "Thank the admin and help the new users get started."},
{"signal": "seats given back", "category": "outcome", "outcome": "churn",
 "events": ["seats_removed", "subscription_cancelled"],
 "measure": "count", "within": "1 day",
 "why": "gave seats back or cancelled",
 "false_positive_risk": "A renewal with corrected seats can look the same. Filter out its events.",
 "data_source": "Billing events.",
 "next_best_action": "Ask the admin what has changed, and let customer success answer."}
]$json$) WITH ORDINALITY AS r (content, position);

INSERT INTO pls.motion_templates (template, part, position, content, shipped)
SELECT 'seat_expansion', p.part, r.position, r.content, true
FROM (VALUES
('category_limits', $json$[
{"category": "breadth", "max_points": 32},
{"category": "billing", "max_points": 26},
{"category": "risk", "min_points": -20}
]$json$::jsonb),
('grades', $json$[
{"dimension": "fit", "grade": "A", "at_least": 10},
{"dimension": "fit", "grade": "B", "at_least": -1000},
{"dimension": "engagement", "grade": "1", "at_least": 60},
{"dimension": "engagement", "grade": "2", "at_least": 40},
{"dimension": "engagement", "grade": "3", "at_least": 20},
{"dimension": "engagement", "grade": "4", "at_least": -1000}
]$json$),
('exclusions', $json$[
{"name": "bots", "scope": "actor", "match": "$.bot == true", "reason": "automation, not a person"},
{"name": "own staff", "scope": "actor", "domains": ["example.com"], "enabled": false,
 "reason": "our own people; set our domains and enable"},
{"name": "own accounts", "scope": "entity", "domains": ["example.com"], "enabled": false,
 "reason": "our own accounts; set our domains and enable"},
{"name": "test accounts", "scope": "entity", "match": "$.test == true", "reason": "test account"},
{"name": "partners and competitors", "scope": "entity", "domains": ["competitor.example"], "enabled": false,
 "reason": "partner or competitor; set their domains and enable"},
{"name": "do not contact", "scope": "entity", "match": "$.do_not_contact == true",
 "reason": "asked not to be contacted"}
]$json$),
('reps', $json$[
{"rep": "ae-1", "name": "AE 1", "calendar": "business_hours", "max_open": 15, "daily_quota": 5},
{"rep": "ae-2", "name": "AE 2", "calendar": "business_hours", "max_open": 15, "daily_quota": 5},
{"rep": "csm-1", "name": "CSM 1", "calendar": "business_hours", "max_open": 25, "daily_quota": 10},
{"rep": "csm-2", "name": "CSM 2", "calendar": "business_hours", "max_open": 25, "daily_quota": 10}
]$json$),
('pools', $json$[
{"pool": "ae", "description": "account executives: large or hot accounts"},
{"pool": "csm", "description": "customer success: paying accounts"}
]$json$),
('pool_members', $json$[
{"pool": "ae", "rep": "ae-1", "position": 1},
{"pool": "ae", "rep": "ae-2", "position": 2},
{"pool": "csm", "rep": "csm-1", "position": 1},
{"pool": "csm", "rep": "csm-2", "position": 2}
]$json$),
('routes', $json$[
{"route": "struggling", "position": 10, "pool": "csm",
 "predicate": "$.signals[*] == \"support trouble\"",
 "respond_within": "8 hours", "resolve_within": "80 hours", "calendar": "business_hours",
 "next_best_action": "Solve their problem first, and make no offer before that."},
{"route": "qualified", "position": 20, "pool": "ae",
 "predicate": "$.lane == \"sales\"",
 "respond_within": "4 hours", "resolve_within": "80 hours", "calendar": "business_hours"},
{"route": "everything else", "position": 30, "pool": "csm",
 "respond_within": "16 hours", "resolve_within": "80 hours", "calendar": "business_hours"}
]$json$),
('escalations', $json$[
{"level": 1, "measured": "respond", "at_share": 0.5, "action": "notify"},
{"level": 2, "measured": "respond", "at_share": 1, "action": "reassign"},
{"level": 3, "measured": "respond", "at_share": 2, "action": "manager"}
]$json$)
) AS p (part, rows),
jsonb_array_elements(p.rows) WITH ORDINALITY AS r (content, position);
