-- motions.sql - the two motions of the demo, as a user would write them:
-- pls.create_motion(), rows, pls.watch().
--
-- The clock is set to the day before the first event, so that what is set up
-- here is older than what is replayed.
SET pls.now = '2018-01-01 00:00+00';

-- Who works the alerts.  Nobody did; replay.sql closes them "no response",
-- after which the motion's own cooldown is to hold.
UPDATE pls.dispositions SET cooldown = NULL WHERE disposition = 'no response';
INSERT INTO pls.reps (rep, calendar) VALUES
    ('rep-1', 'business_hours'), ('rep-2', 'business_hours'), ('rep-3', 'business_hours'),
    ('analyst-1', 'business_hours');
INSERT INTO pls.pools (pool, description, period) VALUES
    ('sales', 'qualified accounts and users', '365 days'),
    ('review', 'somebody looks before anybody is contacted', '365 days');
INSERT INTO pls.pool_members (pool, rep, weight, position) VALUES
    ('sales', 'rep-1', 2, 1), ('sales', 'rep-2', 1, 2), ('sales', 'rep-3', 1, 3),
    ('review', 'analyst-1', 1, 1);

---- adoption: companies that take up a product ----------------------------
-- The logs are years old, and what is decided about them is to be seen.
UPDATE pls.retention SET keep_for = NULL;
SELECT pls.create_motion('adoption', unit => 'account') \g (format=unaligned tuples_only=on) /dev/null

UPDATE pls.motions
   SET objective = 'pipeline', calendar = 'business_hours', cooldown = '180 days',
       qualify_at = 50, triage_at = 35, release_at = 42, min_signals = 4
 WHERE motion = 'adoption';

-- The log has no billing events, and nothing about the companies themselves.
INSERT INTO pls.signals (motion, signal, category, events, measure, within, period, op, threshold,
                         collapse, points, why, next_best_action)
VALUES
('adoption', 'came back', 'activation', '{change_committed}', 'days', '90 days', NULL, '>=', 2, NULL, 10,
 'work on more than one day', 'Ask what they want to reach next.'),
('adoption', 'core feature', 'activation', '{core_changed}', 'count', '90 days', NULL, '>=', 2, '1 hour', 8,
 'core feature used repeatedly', 'Offer a session on the core feature.'),
('adoption', 'weekly habit', 'depth', '{change_committed}', 'days', '56 days', '7 days', '>=', 4, NULL, 12,
 'active week after week', 'Ask which team depends on it by now.'),
('adoption', 'tests written', 'depth', '{test_added}', 'count', '90 days', NULL, '>=', 2, '1 hour', 6,
 'tests written', NULL),
('adoption', 'several people', 'breadth', NULL, 'actors', '90 days', NULL, '>=', 2, NULL, 15,
 'several people active', 'Propose a session for the whole team.'),
('adoption', 'people joined', 'breadth', '{signed_up}', 'actors', '180 days', NULL, '>=', 2, NULL, 8,
 'more people have signed up', NULL),
('adoption', 'interface used', 'breadth', '{ui_used}', 'count', '90 days', NULL, '>=', 1, '1 day', 6,
 'user interface used as well', NULL),
('adoption', 'integration', 'integration', '{integration_configured}', 'count', '90 days', NULL, '>=', 1, '1 day', 12,
 'integration configured', 'Offer to check the integration and suggest the next one.'),
('adoption', 'teammates', 'invite', '{teammate_invited}', 'count', '90 days', NULL, '>=', 1, '1 day', 12,
 'teammates brought in', 'Offer help with bringing the team on board.'),
('adoption', 'admin work', 'admin', '{admin_setting_changed}', 'recency', '60 days', NULL, '<=', NULL, NULL, 12,
 'administration settings changed', 'Contact the administrator and offer a review of the set-up.');

INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, threshold, min_base,
                         points, per_unit, max_points, decay, decay_span, why)
VALUES
('adoption', 'volume', 'depth', '{change_committed}', 'count', '90 days', '>=', 1, NULL,
 0.5, true, 10, 'exponential', '30 days', 'amount of recent work'),
('adoption', 'growing', 'depth', '{change_committed}', 'growth', '45 days', '>=', 1.5, 3,
 6, false, NULL, 'none', NULL, 'use is growing'),
('adoption', 'reading less', 'risk', '{docs_edited}', 'growth', '30 days', '<', 0.5, 3,
 -6, false, NULL, 'none', NULL, 'interest in the documentation fades');
UPDATE pls.signals SET required = true WHERE motion = 'adoption' AND signal = 'came back';

INSERT INTO pls.category_limits (motion, category, max_points) VALUES ('adoption', 'depth', 24);
INSERT INTO pls.grades (motion, dimension, at_least, grade) VALUES
    ('adoption', 'fit', -1000, 'B'), ('adoption', 'engagement', 70, '1'),
    ('adoption', 'engagement', 50, '2'), ('adoption', 'engagement', -1000, '3');
INSERT INTO pls.exclusions (name, motion, scope, match, reason)
VALUES ('bots', 'adoption', 'actor', '$.bot == true', 'a bot, not a person');
INSERT INTO pls.exclusions (name, motion, scope, domains, reason)
VALUES ('the maker', 'adoption', 'entity', '{intuit.com}', 'the company that makes the product');
INSERT INTO pls.routes (motion, position, route, predicate, pool, respond_within, resolve_within) VALUES
('adoption', 10, 'hot', '$.lane == "sales" && $.score >= 70', 'sales', '2 hours', '40 hours'),
('adoption', 20, 'qualified', '$.lane == "sales"', 'sales', '8 hours', '40 hours'),
('adoption', 99, 'everything else', NULL, 'review', '16 hours', '80 hours');

-- The log knows no sign-ups of companies, so the first event counts, and no
-- onboarding; that a company put itself on the list of users comes with
-- declared.sql.
INSERT INTO pls.stages (motion, position, stage, reached_by, signals, outcomes, responsible, accountable, consulted, informed,
                        sales_helps, guardrail, min_rate, min_rate_within) VALUES
('adoption', 10, 'signup', 'signup', NULL, NULL, 'marketing', 'marketing', 'product', 'sales', NULL,
 'Nobody is contacted for a first contribution.', NULL, NULL),
('adoption', 20, 'activation', 'signals', '{came back}', NULL, 'product', 'product', 'customer success', 'sales', NULL,
 'Documents and reviews lead there, not calls.', 0.2, '90 days'),
('adoption', 30, 'sustained usage', 'signals', '{came back,weekly habit}', NULL, 'product', 'product', 'customer success', 'revops', NULL,
 'One busy person is no company.', NULL, NULL),
('adoption', 40, 'qualified', 'qualified', NULL, NULL, 'revops', 'revops', 'sales, product', 'customer success', NULL,
 'A pattern of four signals qualifies, never a single one.', NULL, NULL),
('adoption', 50, 'sales assist', 'touch', NULL, NULL, 'sales', 'sales', 'customer success', 'revops, product',
 'Running it in production takes agreement of several teams, which somebody can help to prepare.',
 'One owner for a company.', NULL, NULL),
('adoption', 60, 'declared', 'outcomes', NULL, '{adoption}', 'marketing', 'revops', 'sales', 'product', NULL,
 'Whoever declares it without help is left alone.', 0.01, '365 days');

---- upgrade: users of a free plan who may pay ------------------------------
SELECT pls.create_motion('upgrade', unit => 'user') \g (format=unaligned tuples_only=on) /dev/null

UPDATE pls.motions
   SET objective = 'conversion', calendar = 'business_hours', cooldown = '7 days',
       qualify_at = 40, triage_at = 30, release_at = 34, min_signals = 3
 WHERE motion = 'upgrade';

INSERT INTO pls.signals (motion, signal, category, events, match, measure, property, within, op, threshold,
                         collapse, min_base, points, decay, decay_span, why, next_best_action)
VALUES
('upgrade', 'first songs', 'activation', '{NextSong}', '$.level == "free"', 'count', NULL, '7 days', '>=', 10,
 NULL, NULL, 10, 'none', NULL, 'has found music to listen to', NULL),
('upgrade', 'several days', 'depth', '{NextSong}', '$.level == "free"', 'days', NULL, '7 days', '>=', 3,
 NULL, NULL, 14, 'none', NULL, 'listens on several days', 'Suggest the offline mode.'),
('upgrade', 'hours listened', 'depth', '{NextSong}', '$.level == "free"', 'sum', 'seconds', '7 days', '>=', 7200,
 NULL, NULL, 10, 'none', NULL, 'seconds of music', 'Suggest the plan without adverts.'),
('upgrade', 'growing', 'depth', '{NextSong}', '$.level == "free"', 'growth', NULL, '4 days', '>=', 1.5,
 NULL, 5, 6, 'none', NULL, 'listens more and more', NULL),
('upgrade', 'looks around', 'breadth', '{Help,About,Settings,Logout}', '$.level == "free"', 'count', NULL, '14 days', '>=', 2,
 '1 hour', NULL, 8, 'none', NULL, 'uses more than the player', NULL),
('upgrade', 'made it theirs', 'admin', '{"Save Settings"}', '$.level == "free"', 'recency', NULL, '14 days', '<=', NULL,
 NULL, NULL, 10, 'none', NULL, 'has set it up as they like it', NULL),
('upgrade', 'prices seen', 'billing', '{Upgrade}', '$.level == "free"', 'recency', NULL, '7 days', '<=', NULL,
 NULL, NULL, 20, 'linear', '14 days', 'has opened the upgrade page', 'Offer help with choosing a plan.'),
('upgrade', 'prices seen again', 'billing', '{Upgrade}', '$.level == "free"', 'days', NULL, '14 days', '>=', 2,
 NULL, NULL, 12, 'none', NULL, 'has come back to the upgrade page', 'Offer help with choosing a plan.'),
('upgrade', 'long evenings', 'depth', '{NextSong}', '$.level == "free"', 'count', NULL, '1 day', '>=', 30,
 NULL, NULL, 8, 'none', NULL, 'long session', NULL),
('upgrade', 'errors', 'risk', NULL, '$.status >= 400', 'count', NULL, '2 days', '>=', 1,
 NULL, NULL, -8, 'none', NULL, 'ran into an error', NULL);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, outcome) VALUES
('upgrade', 'upgraded', 'outcome', '{"Submit Upgrade"}', 'count', '1 day', 'conversion'),
('upgrade', 'downgraded', 'outcome', '{"Submit Downgrade"}', 'count', '1 day', 'churn');

INSERT INTO pls.category_limits (motion, category, max_points) VALUES ('upgrade', 'depth', 30);
INSERT INTO pls.grades (motion, dimension, at_least, grade) VALUES
    ('upgrade', 'fit', -1000, 'B'), ('upgrade', 'engagement', 60, '1'),
    ('upgrade', 'engagement', 45, '2'), ('upgrade', 'engagement', -1000, '3');
INSERT INTO pls.routes (motion, position, route, predicate, pool, respond_within, resolve_within) VALUES
('upgrade', 10, 'looked at prices', '$.lane == "sales" && $.signals[*] == "prices seen"', 'sales', '2 hours', '24 hours'),
('upgrade', 20, 'qualified', '$.lane == "sales"', 'sales', '8 hours', '40 hours'),
('upgrade', 99, 'everything else', NULL, 'review', '16 hours', '80 hours');

INSERT INTO pls.stages (motion, position, stage, reached_by, signals, outcomes, responsible, accountable, consulted, informed,
                        sales_helps, guardrail, min_rate, min_rate_within) VALUES
('upgrade', 10, 'signup', 'signup', NULL, NULL, 'marketing', 'marketing', 'product', 'sales', NULL,
 'Nobody is contacted for trying it.', NULL, NULL),
('upgrade', 20, 'activation', 'signals', '{first songs}', NULL, 'product', 'product', 'marketing', 'sales', NULL,
 'The player leads there by itself.', 0.3, '7 days'),
('upgrade', 30, 'sustained usage', 'signals', '{first songs,several days}', NULL, 'product', 'product', 'marketing', 'revops', NULL,
 'Reminders within the product come before messages.', NULL, NULL),
('upgrade', 40, 'qualified', 'qualified', NULL, NULL, 'revops', 'revops', 'sales, product', 'marketing', NULL,
 'Three signals qualify, never one visit of the upgrade page.', NULL, NULL),
('upgrade', 50, 'sales assist', 'touch', NULL, NULL, 'sales', 'sales', 'product', 'revops',
 'Who compares plans has questions that the page does not answer.',
 'One message, and no second one without an answer.', NULL, NULL),
('upgrade', 60, 'paid', 'outcomes', NULL, '{conversion}', 'product', 'revops', 'sales', 'marketing', NULL,
 'Paying takes no person.', 0.05, '28 days');

---- under watch ------------------------------------------------------------
UPDATE pls.motions SET status = 'live' WHERE motion IN ('adoption', 'upgrade');

SELECT pls.watch('app.events_adoption', event => 'event', at => 'occurred_at', email => 'email_domain',
                 actor => 'user_id', properties => 'properties', motions => '{adoption}'),
       pls.watch('app.events_music', event => 'event', at => 'occurred_at',
                 actor => 'user_id', properties => 'properties', motions => '{upgrade}')
\g /dev/null
