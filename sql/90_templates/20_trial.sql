/* 20_trial.sql - template trial_conversion.
 *
 * A 14-day trial of a product for teams: people sign up by themselves, their
 * company is the account (its id, or its email domain), two SDRs, two AEs and
 * customer success work the alerts.  The event names are examples, to be replaced in
 * pls.signals by the application's own.
 */

INSERT INTO pls.motion_templates (template, part, position, content, shipped)
VALUES ('trial_conversion', 'motions', 1, $json$
{"unit": "account", "objective": "conversion",
 "qualify_at": 60, "triage_at": 40, "release_at": 45, "min_signals": 3,
 "cooldown": "14 days", "expire_after": "30 days", "touch_limit": 3, "touch_window": "30 days",
 "grace_period": "1 day", "min_account_size": 3, "calendar": "business_hours",
 "self_serve_model": "free trial of 14 days, then paid",
 "end_user": "the team that does the work",
 "buyer": "the head of that team",
 "goal_metric": "share of trial accounts that convert to paid",
 "tone": "helpful, brief, one question"}
$json$, true);

INSERT INTO pls.motion_templates (template, part, position, content, shipped)
SELECT 'trial_conversion', 'signals', r.position, r.content, true
FROM jsonb_array_elements($json$[
{"signal": "first value reached", "category": "activation", "required": true,
 "events": ["workflow_completed", "project_published"],
 "measure": "first", "within": "30 days", "points": 20, "approved_for_outreach": true,
 "outreach_words": "taking your first workflow into daily use",
 "why": "completed a key workflow and has seen the value of the product",
 "false_positive_risk": "A demo project or a sample import can look the same. Filter out those events.",
 "data_source": "Product events, sent by the server when the workflow ends.",
 "next_best_action": "Ask what they want to achieve next and offer to set it up together."},
{"signal": "repeated success", "category": "depth",
 "events": ["workflow_completed"],
 "measure": "count", "within": "14 days", "threshold": 5, "points": 8, "approved_for_outreach": true,
 "outreach_words": "making your main workflow run smoothly for everyone",
 "why": "runs the key workflow repeatedly",
 "false_positive_risk": "An automated job may complete workflows. Exclude its actor.",
 "data_source": "Product events, sent by the server when the workflow ends.",
 "next_best_action": "Offer a working session on the workflow they use most."},
{"signal": "regular use", "category": "depth",
 "events": ["workflow_completed", "project_created", "report_viewed"],
 "measure": "days", "within": "14 days", "threshold": 4, "points": 8,
 "why": "uses the product on several days",
 "false_positive_risk": "A single power user can do this alone. Check how many people are active.",
 "data_source": "Product events.",
 "next_best_action": "Ask who else works on this and offer to bring them in."},
{"signal": "several people active", "category": "breadth",
 "events": ["workflow_completed", "project_created", "report_viewed"],
 "measure": "actors", "within": "14 days", "threshold": 3, "points": 12,
 "why": "has several active users",
 "false_positive_risk": "Shared logins hide users, and test users inflate the count. Exclude test users.",
 "data_source": "Product events with the user's id.",
 "next_best_action": "Propose a short session for the whole team."},
{"signal": "teammates invited", "category": "invite",
 "events": ["invite_sent"],
 "measure": "count", "within": "3 days", "threshold": 3, "points": 14, "approved_for_outreach": true,
 "outreach_words": "bringing your team on board",
 "why": "is inviting teammates",
 "false_positive_risk": "This may be a bulk import of addresses. Check the accepted invitations before calling.",
 "data_source": "Product events from the invitation form.",
 "next_best_action": "Offer to help onboard the team."},
{"signal": "integration connected", "category": "integration",
 "events": ["integration_connected"],
 "measure": "recency", "op": "<=", "within": "14 days", "points": 14, "approved_for_outreach": true,
 "outreach_words": "working with the tools you already have",
 "why": "connected an integration",
 "false_positive_risk": "This may be a sandbox connection. Filter those events out with match.",
 "data_source": "Product events, sent when the first data has arrived.",
 "next_best_action": "Offer to review the integration and suggest the next one."},
{"signal": "admin setup", "category": "admin",
 "events": ["domain_verified", "roles_configured", "billing_contact_added"],
 "measure": "recency", "op": "<=", "within": "14 days", "points": 12,
 "why": "has an admin setting it up for the team",
 "false_positive_risk": "Setup wizards may do this by default. Count only what a person did.",
 "data_source": "Product events from the settings pages.",
 "next_best_action": "Contact the admin and offer to review the setup."},
{"signal": "pricing considered", "category": "billing",
 "events": ["pricing_viewed", "billing_page_viewed", "plans_compared"],
 "measure": "days", "within": "7 days", "threshold": 2, "points": 12,
 "decay": "linear", "decay_span": "14 days",
 "why": "looked at pricing on more than one day",
 "false_positive_risk": "A customer about to cancel may look at pricing too. Reloads on the same day count once.",
 "data_source": "Page views of signed-in users.",
 "next_best_action": "Offer to find the right plan together."},
{"signal": "security or SSO asked for", "category": "billing",
 "events": ["sso_requested", "security_review_requested", "dpa_requested"],
 "measure": "recency", "op": "<=", "within": "30 days", "points": 16,
 "decay": "exponential", "decay_span": "14 days",
 "why": "asked about security or single sign-on",
 "false_positive_risk": "Students and researchers ask too. Check the fit.",
 "data_source": "Request forms and product events.",
 "next_best_action": "Send the security documentation and offer a call with the people in charge."},
{"signal": "errors pile up", "category": "risk",
 "events": ["error_shown", "import_failed"],
 "measure": "count", "within": "2 days", "threshold": 10, "points": -15,
 "why": "keeps hitting errors and needs help first",
 "false_positive_risk": "This may be one broken client that retries. Check how many users are affected.",
 "data_source": "Product events from error pages.",
 "next_best_action": "Solve their problem first, and make no offer before that."},
{"signal": "company size fits", "category": "fit",
 "match": "$.employees >= 20", "measure": "attribute", "points": 12,
 "why": "is large enough to need more than the self-serve plan",
 "false_positive_risk": "Purchased company data is often out of date.",
 "data_source": "Attribute employees of pls.accounts, from the CRM or enrichment.",
 "next_best_action": "Research the company and who leads the team before reaching out."},
{"signal": "industry fits", "category": "fit",
 "match": "$.industry == \"software\" || $.industry == \"services\" || $.industry == \"finance\"",
 "measure": "attribute", "points": 8,
 "why": "is in a target industry",
 "false_positive_risk": "Industry codes are coarse.",
 "data_source": "Attribute industry of pls.accounts, from the CRM or enrichment.",
 "next_best_action": "Open with an example from their industry."},
{"signal": "upgraded", "category": "outcome", "outcome": "conversion",
 "events": ["subscription_started", "plan_upgraded"],
 "measure": "count", "within": "1 day",
 "why": "upgraded to a paid plan",
 "false_positive_risk": "Renewals and invoice corrections can look the same. Filter out their events.",
 "data_source": "Billing events.",
 "next_best_action": "Thank them and hand over to onboarding."},
{"signal": "cancelled", "category": "outcome", "outcome": "churn",
 "events": ["subscription_cancelled", "account_closed"],
 "measure": "count", "within": "1 day",
 "why": "cancelled or closed the account",
 "false_positive_risk": "A change of plan can be sent as a cancellation. Filter out its events.",
 "data_source": "Billing events.",
 "next_best_action": "Ask for the reason, and let customer success answer."}
]$json$) WITH ORDINALITY AS r (content, position);

INSERT INTO pls.motion_templates (template, part, position, content, shipped)
SELECT 'trial_conversion', p.part, r.position, r.content, true
FROM (VALUES
('category_limits', $json$[
{"category": "depth", "max_points": 14},
{"category": "billing", "max_points": 24},
{"category": "risk", "min_points": -20}
]$json$::jsonb),
('grades', $json$[
{"dimension": "fit", "grade": "A", "at_least": 18},
{"dimension": "fit", "grade": "B", "at_least": 8},
{"dimension": "fit", "grade": "C", "at_least": -1000},
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
{"name": "competitors", "scope": "entity", "domains": ["competitor.example"], "enabled": false,
 "reason": "competitor; set their domains and enable"},
{"name": "do not contact", "scope": "entity", "match": "$.do_not_contact == true",
 "reason": "asked not to be contacted"}
]$json$),
('reps', $json$[
{"rep": "sdr-1", "name": "SDR 1", "calendar": "business_hours", "max_open": 25, "daily_quota": 10},
{"rep": "sdr-2", "name": "SDR 2", "calendar": "business_hours", "max_open": 25, "daily_quota": 10},
{"rep": "ae-1", "name": "AE 1", "calendar": "business_hours", "max_open": 15, "daily_quota": 5},
{"rep": "ae-2", "name": "AE 2", "calendar": "business_hours", "max_open": 15, "daily_quota": 5},
{"rep": "cs-1", "name": "CS 1", "calendar": "business_hours", "max_open": 25, "daily_quota": 10}
]$json$),
('pools', $json$[
{"pool": "sdr", "description": "sales development: first contact"},
{"pool": "ae", "description": "account executives: large or hot accounts"},
{"pool": "cs", "description": "customer success: accounts in trouble"}
]$json$),
('pool_members', $json$[
{"pool": "cs", "rep": "cs-1", "position": 1},
{"pool": "sdr", "rep": "sdr-1", "position": 1},
{"pool": "sdr", "rep": "sdr-2", "position": 2},
{"pool": "ae", "rep": "ae-1", "position": 1},
{"pool": "ae", "rep": "ae-2", "position": 2}
]$json$),
('routes', $json$[
{"route": "struggling", "position": 5, "pool": "cs",
 "predicate": "$.signals[*] == \"errors pile up\"",
 "respond_within": "4 hours", "resolve_within": "40 hours", "calendar": "business_hours",
 "next_best_action": "Solve their problem first, and make no offer before that."},
{"route": "large or hot", "position": 10, "pool": "ae",
 "predicate": "$.lane == \"sales\" && ($.score >= 80 || $.account.size >= 200)",
 "respond_within": "2 hours", "resolve_within": "40 hours", "calendar": "business_hours"},
{"route": "qualified", "position": 20, "pool": "sdr",
 "predicate": "$.lane == \"sales\"",
 "respond_within": "2 hours", "resolve_within": "40 hours", "calendar": "business_hours"},
{"route": "everything else", "position": 30, "pool": "sdr",
 "respond_within": "16 hours", "resolve_within": "80 hours", "calendar": "business_hours"}
]$json$),
('escalations', $json$[
{"level": 1, "measured": "respond", "at_share": 0.5, "action": "notify"},
{"level": 2, "measured": "respond", "at_share": 1, "action": "reassign"},
{"level": 3, "measured": "respond", "at_share": 2, "action": "manager"}
]$json$)
) AS p (part, rows),
jsonb_array_elements(p.rows) WITH ORDINALITY AS r (content, position);
