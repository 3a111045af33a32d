-- method.sql - what the method asks of the two motions besides the rules:
-- context and goal, messages, a planned pilot, notes.  As a user would write it.

---- context and goal ---------------------------------------------------------
UPDATE pls.motions
   SET product = 'Argo CD', self_serve_model = 'open source: anybody can start alone, nothing to pay',
       end_user = 'platform engineers', buyer = 'the head of platform engineering',
       goal_metric = 'meetings with companies that take it up, in a year', goal_target = 40, goal_date = '2027-08-31',
       constraints = 'Only people who take part in the project in the open; no message to private addresses.',
       tone = 'one engineer to another, brief'
 WHERE motion = 'adoption';
UPDATE pls.motions
   SET product = 'the music service', self_serve_model = 'freemium: free with adverts, paid without',
       end_user = 'listeners', buyer = 'the listener',
       goal_metric = 'upgrades in a month', goal_target = 12, goal_date = '2019-03-31',
       constraints = 'Messages in the app or by email only; nobody who has asked not to be written to.',
       tone = 'friendly, brief'
 WHERE motion = 'upgrade';

---- what a message may speak of ----------------------------------------------
UPDATE pls.signals AS s
   SET approved_for_outreach = true, outreach_words = w.words
  FROM (VALUES ('adoption', 'integration', 'connecting more of your systems'),
               ('adoption', 'teammates', 'bringing the team on board'),
               ('adoption', 'admin work', 'a review of the set-up'),
               ('upgrade', 'prices seen', 'finding the right plan'),
               ('upgrade', 'several days', 'listening offline')) AS w (motion, signal, words)
 WHERE s.motion = w.motion AND s.signal = w.signal;

---- messages -------------------------------------------------------------------
INSERT INTO pls.templates (motion, template, kind, position, subject, body) VALUES
('adoption', 'review offer', 'high_intent', 1, 'A second pair of eyes for {{account.name}}',
$$Hello,

platform teams often want a second opinion when the topic is {{signal.integration}}. I am happy to go through your plans for {{product}} with you.

Would 30 minutes next week be useful?

{{rep.name}}

If this is not for you, reply "no thanks" and I will not write again.$$),
('adoption', 'first hello', 'early_intent', 1, 'Questions about {{product}}?',
$$Hello,

getting started with {{product}} raises the same few questions for most teams. We keep short answers to them, from engineers who run it.

Shall I send you the guide for {{signal.teammates}}?

{{rep.name}}

Not interested? Tell me and that was my last message.$$),
('adoption', 'opener', 'call_opener', 1, NULL,
$$Hello, this is {{rep.name}} from the {{product}} team. We help platform teams with {{signal.admin work}}. Is this a good moment for two minutes?$$),
('adoption', 'discovery', 'discovery', 1, NULL,
$$What do you want to have running by the end of the quarter?
Who else depends on it?
What would make you say that it was worth the effort?$$),
('upgrade', 'plan help', 'high_intent', 1, 'Which plan fits you?',
$$Hello,

some of our plans overlap, and {{signal.prices seen}} takes a minute longer than it should. I am happy to tell you which one fits how you like to listen.

May I send you a short comparison?

{{rep.name}}

If you would rather not get these messages, reply "stop".$$),
('upgrade', 'offline tip', 'early_intent', 1, 'Music without a connection',
$$Hello,

many listeners like {{signal.several days}}, on the train or in the mountains. It takes two settings.

Shall I send you the steps?

{{rep.name}}

Reply "stop" and you will not hear from us again.$$);
INSERT INTO pls.templates (motion, template, kind, position, after, subject, body) VALUES
('adoption', 'follow-up', 'follow_up', 1, '4 days', 'Still useful?',
$$Hello,

I know that weeks are full. The offer to help with {{signal.integration}} stands.

Shall we find half an hour?

{{rep.name}}

A "no" is fine, too: then I close this and do not write again.$$),
('upgrade', 'follow-up', 'follow_up', 1, '3 days', 'The comparison of plans',
$$Hello,

the comparison of plans fits on one page, and it is yours if you want it.

Shall I send it?

{{rep.name}}

Reply "stop" and you will not hear from us again.$$);

---- a pilot is planned, not run: the logs are over -----------------------------
INSERT INTO pls.pilots (pilot, motion, description, holdout, salt, lasts, outcome_within, p_base, p_target) VALUES
('adoption: first', 'adoption', 'Do companies that are called meet with us more often than those left alone?', 0.3, 'demo', '180 days', '60 days', 0.05, 0.2),
('upgrade: first', 'upgrade', 'Do listeners who get help upgrade more often than those left alone?', 0.3, 'demo', '56 days', '14 days', 0.1, 0.2);
INSERT INTO pls.pilot_rules (pilot, kind, measure, value, op, threshold, description) VALUES
('adoption: first', 'guardrail', 'late', 'treatment', '<=', 0.2, 'The reps keep up.'),
('adoption: first', 'scale', 'meeting', 'low', '>', 0, 'The interval of the difference lies above zero.'),
('adoption: first', 'rollback', 'meeting', 'high', '<', 0, 'The interval of the difference lies below zero.'),
('upgrade: first', 'guardrail', 'late', 'treatment', '<=', 0.2, 'The reps keep up.'),
('upgrade: first', 'scale', 'conversion', 'low', '>', 0, 'The interval of the difference lies above zero.'),
('upgrade: first', 'rollback', 'conversion', 'high', '<', 0, 'The interval of the difference lies below zero.');

INSERT INTO pls.notes (motion, kind, note, owner) VALUES
('adoption', 'risk', 'Contributors are the few who change the product; most users never show in this log.', 'product'),
('adoption', 'open_question', 'Would installations report usage, if asked?', 'product'),
('upgrade', 'open_question', 'Do upgrades last beyond the first month? The log ends too early to say.', 'product');

---- what each signal can mislead by, where it comes from, what to do ------------
UPDATE pls.signals AS s
   SET false_positive_risk = w.risk, data_source = w.source, next_best_action = coalesce(s.next_best_action, w.action)
  FROM (VALUES
('adoption', 'came back', 'A student may do the same for a term. Look at how many people of the company take part.', 'Commits, by author date.', NULL),
('adoption', 'core feature', 'A typo in a core file counts, too. One an hour counts at most.', 'Paths of the files changed.', NULL),
('adoption', 'weekly habit', 'Somebody paid to maintain the project comes every week, whatever the company does with it.', 'Commits, by author date.', NULL),
('adoption', 'tests written', 'Tests follow from review, not from use.', 'Paths of the files changed.', 'Ask what they had to cover, and offer a review.'),
('adoption', 'several people', 'One team of a large company is not the company.', 'Authors by email domain.', NULL),
('adoption', 'people joined', 'A hackathon brings many people once.', 'First commits of a person.', 'Welcome the new ones, and ask who leads them.'),
('adoption', 'interface used', 'A style fix counts, too.', 'Paths of the files changed.', 'Ask which screens their teams live in.'),
('adoption', 'integration', 'An example can be contributed without being used.', 'Paths of the files changed.', NULL),
('adoption', 'teammates', 'A co-author can be of another company.', 'Co-author lines of commits.', NULL),
('adoption', 'admin work', 'Settings are changed for a test, too.', 'Paths of the files changed.', NULL),
('adoption', 'volume', 'Many small commits look like much work.', 'Commits, by author date.', 'Ask what they are building with it.'),
('adoption', 'growing', 'Growth from three commits to five is little.', 'Commits, by author date.', 'Ask what has changed on their side.'),
('adoption', 'reading less', 'The documentation may simply be finished.', 'Paths of the files changed.', 'Ask whether something is in their way.'),
('upgrade', 'first songs', 'Music left running counts, too.', 'Pages of the player.', 'Point to the lists that fit what they like.'),
('upgrade', 'several days', 'An alarm clock plays every day.', 'Pages of the player.', NULL),
('upgrade', 'hours listened', 'Music left running counts, too.', 'Length of the songs played.', NULL),
('upgrade', 'growing', 'A week of holidays before makes any week grow.', 'Pages of the player.', 'Suggest lists for every day.'),
('upgrade', 'looks around', 'Looking for help can be a sign of trouble.', 'Pages of the site.', 'Ask what they were looking for, and help.'),
('upgrade', 'made it theirs', 'Settings are also saved to leave.', 'Pages of the site.', 'Show what else can be set up.'),
('upgrade', 'prices seen', 'The page opens from an advert by mistake.', 'Pages of the site.', NULL),
('upgrade', 'prices seen again', 'Somebody may compare with a competitor and leave.', 'Pages of the site.', NULL),
('upgrade', 'long evenings', 'Music left running counts, too.', 'Pages of the player.', 'Suggest the plan without adverts.'),
('upgrade', 'errors', 'One broken client can cause many.', 'Status of the pages.', 'Solve the problem first, and make no offer before that.')
       ) AS w (motion, signal, risk, source, action)
 WHERE s.motion = w.motion AND s.signal = w.signal;
UPDATE pls.signals AS s SET data_source = 'Pages of the site.', false_positive_risk = 'None is known: the page confirms it.'
 WHERE s.motion = 'upgrade' AND s.category = 'outcome';

---- what the reps can take, and what happens if nobody does ----------------------
UPDATE pls.reps SET daily_quota = 3, max_open = 20;
INSERT INTO pls.escalations (motion, level, measured, at_share, action)
SELECT m.motion, l.level, 'respond', l.at_share, l.action
  FROM pls.motions AS m
 CROSS JOIN (VALUES (1, 0.5, 'notify'), (2, 1, 'notify')) AS l (level, at_share, action);
