/* 24_trial_kit.sql - template trial_conversion: its messages, and whom they may go to.
 * The rule about sizes is to be edited and enabled; those about consent are in
 * 38_consent_rules.sql.
 *
 * Each offers help towards a goal, asks one thing and says how to get no more.
 */

INSERT INTO pls.motion_templates (template, part, position, content, shipped)
SELECT 'trial_conversion', p.part, r.position, r.content, true
FROM (VALUES
('templates', $json$[
{"template": "early: first workflow", "kind": "early_intent", "position": 1,
 "subject": "Help with the next step in {{product}}",
 "body": "Hello,\n\nTeams that try {{product}} often ask the same thing after the first success: what now? For {{signal.first value reached}} there is a short guide with the three settings that matter most.\n\nShall I send it to you?\n\nIf you would rather not hear from me, reply \"stop\" and I will not write again.\n\n{{rep.name}}"},
{"template": "early: any", "kind": "early_intent", "position": 9,
 "subject": "A hand with {{product}}",
 "body": "Hello,\n\nI help teams like the one at {{account.name}} get started with {{product}}. I am happy to set up your first project together with you, or to answer a question by email.\n\nWould a short call be useful?\n\nIf you would rather not hear from me, reply \"stop\" and I will not write again.\n\n{{rep.name}}"},
{"template": "high: team", "kind": "high_intent", "position": 1,
 "subject": "A hand with {{signal.teammates invited}}",
 "body": "Hello,\n\nI am happy to help you with {{signal.teammates invited}}. In 20 minutes we can agree on roles, set up the first shared project and answer what your colleagues will ask.\n\nWould Tuesday or Thursday suit you?\n\nIf you would rather not hear from me, reply \"stop\" and I will not write again.\n\n{{rep.name}}\n{{rep.email}}"},
{"template": "high: integration", "kind": "high_intent", "position": 2,
 "subject": "{{product}} and your other tools",
 "body": "Hello,\n\nMany teams choose {{product}} for {{signal.integration connected}}. One of our engineers can go through the setup with your admin and suggest what to connect next.\n\nWould half an hour this week help?\n\nIf this is not for you, reply \"no\" and I will leave it there.\n\n{{rep.name}}\n{{rep.email}}"},
{"template": "high: any", "kind": "high_intent", "position": 9,
 "subject": "Planning the next step for {{account.name}}",
 "body": "Hello,\n\nWhen a trial of {{product}} ends, a team usually wants to know which plan fits and who needs to sign. I am happy to work that out with you and to put it on one page.\n\nWould a call of 20 minutes be useful?\n\nIf this is not for you, reply \"no\" and I will leave it there.\n\n{{rep.name}}\n{{rep.email}}"},
{"template": "call opener", "kind": "call_opener", "position": 1,
 "body": "Hello, this is {{rep.name}} from {{product}}. I help teams in their trial to get the first project into daily use. Is this a good moment? What would you like to be able to do by the end of the trial?"},
{"template": "discovery", "kind": "discovery", "position": 1,
 "body": "What made you look for a tool like {{product}} now?\nHow does your team do this work today?\nWhat would have to be true for you to call the trial a success?\nWho else would work with it, and what do they need?\nHow do you decide about a tool like this?"},
{"template": "follow-up 1", "kind": "follow_up", "position": 1, "after": "3 days",
 "subject": "One page that may help",
 "body": "Hello,\n\nHere is something that helps whether or not we talk: a one-page checklist for a good start with {{product}}, from account settings to the first report.\n\nShall I send it to you?\n\nIf you would rather not hear from me, reply \"stop\" and I will not write again.\n\n{{rep.name}}"},
{"template": "follow-up 2", "kind": "follow_up", "position": 2, "after": "5 days",
 "subject": "A colleague with the same question?",
 "body": "Hello,\n\nPerhaps somebody else at {{account.name}} looks after this. I am glad to help them in the same way.\n\nWho would be the right person?\n\nIf this is not of interest, reply \"no\" and I will not write again.\n\n{{rep.name}}"},
{"template": "follow-up 3", "kind": "follow_up", "position": 3, "after": "10 days",
 "subject": "I will leave it here",
 "body": "Hello,\n\nThis is my last note about {{product}}. The guides and our support team are there for you at any time, and so am I.\n\nIf help becomes useful later, a reply to this email reaches me.\n\nIf you would like no email from us at all, reply \"stop\".\n\n{{rep.name}}"}
]$json$::jsonb),
('outreach_rules', $json$[
{"name": "large accounts are reviewed", "effect": "needs_review", "enabled": false,
 "predicate": "$.size >= 1000",
 "reason": "a message to a large account is read by a second person"},
{"name": "under support care", "effect": "refuse",
 "predicate": "$.support_escalation == true",
 "reason": "an escalation is open at support"}
]$json$)
) AS p (part, rows),
jsonb_array_elements(p.rows) WITH ORDINALITY AS r (content, position);
