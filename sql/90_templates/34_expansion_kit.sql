/* 34_expansion_kit.sql - template seat_expansion: its messages, to admins and to
 * champions, and whom they may go to.
 * Rules about consent are in 38_consent_rules.sql.
 */

INSERT INTO pls.motion_templates (template, part, position, content, shipped)
SELECT 'seat_expansion', p.part, r.position, r.content, true
FROM (VALUES
('templates', $json$[
{"template": "admin: new colleagues", "kind": "expansion", "position": 1,
 "subject": "A hand with {{signal.invitations sent}}",
 "body": "Hello,\n\nAs the admin of {{product}} at {{account.name}} you may be planning for more people. I am happy to help with {{signal.invitations sent}}: roles, single sign-on and a seat plan that fits.\n\nWould a call of 20 minutes be useful?\n\nIf you would rather not hear from me, reply \"stop\" and I will not write again.\n\n{{rep.name}}\n{{rep.email}}"},
{"template": "champion: new team", "kind": "expansion", "position": 2,
 "subject": "An outline for {{signal.new team started}}",
 "body": "Hello,\n\nA good start decides how a new team likes a tool. For {{signal.new team started}} we have a session that their lead and you can run together, with examples from your field.\n\nShall I send you the outline?\n\nIf you would rather not hear from me, reply \"stop\" and I will not write again.\n\n{{rep.name}}"},
{"template": "champion: more teams", "kind": "expansion", "position": 3,
 "subject": "Sharing what works",
 "body": "Hello,\n\nI help customers of {{product}} with {{signal.core workflow in use}}. Usually that takes a short template and one person in each team who knows it well.\n\nWould you like to see how others set this up?\n\nIf this is not for you, reply \"no\" and I will leave it there.\n\n{{rep.name}}"},
{"template": "admin: any", "kind": "expansion", "position": 9,
 "subject": "Planning seats at {{account.name}}",
 "body": "Hello,\n\nI am happy to prepare an overview for you: the plans of {{product}}, what each costs for the teams that you have in mind, and what changes in administration.\n\nWould that be useful?\n\nIf you would rather not hear from me, reply \"stop\" and I will not write again.\n\n{{rep.name}}\n{{rep.email}}"},
{"template": "call opener", "kind": "call_opener", "position": 1,
 "body": "Hello, this is {{rep.name}} from {{product}}. I help admins who plan for more teams. Is this a good moment? Which teams would you like to bring in next?"},
{"template": "discovery", "kind": "discovery", "position": 1,
 "body": "Which teams do similar work, and how do they do it today?\nWhat went well when your team started, and what would you do differently?\nWho decides about seats, and when is the budget made?\nWhat do IT and security need before more people join?\nWhat would a good result look like in six months?"},
{"template": "follow-up 1", "kind": "follow_up", "position": 1, "after": "4 days",
 "subject": "A plan for more seats, on one page",
 "body": "Hello,\n\nWhether or not we talk: I can put a seat plan for {{account.name}} on one page, with prices and the steps for IT.\n\nShall I send it to you?\n\nIf you would rather not hear from me, reply \"stop\" and I will not write again.\n\n{{rep.name}}"},
{"template": "follow-up 2", "kind": "follow_up", "position": 2, "after": "7 days",
 "subject": "The right person for this?",
 "body": "Hello,\n\nPerhaps a colleague looks after {{product}} now. I am glad to help them in the same way.\n\nWho would be the right person?\n\nIf this is not of interest, reply \"no\" and I will not write again.\n\n{{rep.name}}"}
]$json$::jsonb),
('outreach_rules', $json$[
{"name": "renewal under negotiation", "effect": "needs_review",
 "predicate": "$.renewal_open == true",
 "reason": "a renewal is being negotiated; its owner reads the message first"},
{"name": "under support care", "effect": "refuse",
 "predicate": "$.support_escalation == true",
 "reason": "an escalation is open at support"}
]$json$)
) AS p (part, rows),
jsonb_array_elements(p.rows) WITH ORDINALITY AS r (content, position);
