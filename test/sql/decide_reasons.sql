-- Every reason a decision can have, the order in which they are tried, and
-- what each leaves in the standing.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /sql/include/decide.psql
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
BEGIN;
\i :setup
\set ECHO all

-- raised, triage
SELECT pg_temp.qualify('acme');
SELECT * FROM pg_temp.decided('acme');
SELECT pg_temp.did('small step', 'connect', 'run');
SELECT * FROM pg_temp.decided('small step');
SELECT entity_id, lane, status, reason, next_best_action, route, pool, assigned_to,
       respond_by, resolve_by, evidence_changed_at
  FROM pls.alerts ORDER BY alert_id;

-- The frozen evidence adds up to the score, in alert and decision.
SELECT a.entity_id, a.score, d.score = a.score AND d.evidence = a.evidence AS same,
       (SELECT sum((l ->> 'points')::numeric) FROM jsonb_array_elements(a.evidence) AS l) AS points
  FROM pls.alerts a JOIN pls.decisions d USING (alert_id) ORDER BY a.alert_id;

-- open_alert: score and evidence are refreshed, nothing else is; from triage
-- to sales it becomes a sales alert, with a log row.
SET pls.now = '2026-03-02 12:00+00';
SELECT pg_temp.did('acme', 'invite', 'invite', 'invite');
SELECT * FROM pg_temp.decided('acme');
SELECT score, lane, status, assigned_to, created_at, respond_by, evidence_changed_at
  FROM pls.alerts WHERE entity_id = 'acme';
SELECT pg_temp.qualify('small step');
SELECT * FROM pg_temp.decided('small step');
SELECT score, lane, status, assigned_to, created_at, respond_by, evidence_changed_at
  FROM pls.alerts WHERE entity_id = 'small step';
SELECT change -> 'lane' AS lane, change -> 'score' AS score, change -> 'respond_by' AS respond_by
  FROM pls.alert_log WHERE entity_id = 'small step' ORDER BY log_id;
-- Not back to triage.
SELECT pg_temp.did('small step', 'connect', 'run');
SELECT lane, score FROM pls.alerts WHERE entity_id = 'small step';

-- cooldown: of the motion, from the decision; of the disposition, from then.
SELECT pls.dispose(1, 'contacted');
SELECT pg_temp.qualify('acme');
SELECT * FROM pg_temp.decided('acme');
SET pls.now = '2026-03-16 11:59+00';
SELECT pg_temp.qualify('acme');
SET pls.now = '2026-03-16 12:00+00';
SELECT pg_temp.qualify('acme');
SELECT pls.dispose(alert_id, 'disqualified: bad fit', 'two people only')
  FROM pls.alerts WHERE entity_id = 'acme' AND status = 'open';
SELECT reason, decide_again_at, cooldown_until FROM pls.standings WHERE entity_id = 'acme';
SET pls.now = '2026-05-01 00:00+00';
SELECT pg_temp.qualify('acme');

-- paused; a draft is, too
UPDATE pls.motions SET status = 'paused' WHERE motion = 'play';
SELECT pg_temp.qualify('initech');
SELECT * FROM pg_temp.decided('initech');
UPDATE pls.motions SET status = 'draft' WHERE motion = 'play';
SELECT pg_temp.qualify('initech');
UPDATE pls.motions SET status = 'live' WHERE motion = 'play';

-- excluded: by id, by domain, by attributes; those of other motions, of actors
-- and disabled ones do not count
INSERT INTO pls.accounts (account_id, domain, attributes)
VALUES ('umbrella', 'umbrella.example', '{"test": true}');
INSERT INTO pls.exclusions (name, scope, ids, domains, match, reason, enabled) VALUES
    ('actors', 'actor', '{umbrella}', '{umbrella.example}', '$.test == true', 'an actor', true),
    ('off', 'entity', '{umbrella}', NULL, NULL, 'switched off', false);
SELECT pg_temp.qualify('umbrella');
SELECT pls.dispose(alert_id, 'contacted') FROM pls.alerts WHERE entity_id = 'umbrella';
INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('by id', 'entity', '{umbrella}', 'a partner');
SELECT pg_temp.qualify('umbrella');
SELECT * FROM pg_temp.decided('umbrella');
UPDATE pls.exclusions SET ids = NULL, domains = '{umbrella.example}' WHERE name = 'by id';
SELECT pg_temp.qualify('umbrella');
UPDATE pls.exclusions SET domains = NULL, match = '$.test == true' WHERE name = 'by id';
SELECT pg_temp.qualify('umbrella');
UPDATE pls.exclusions SET match = '$.test == false' WHERE name = 'by id';
SELECT pg_temp.qualify('umbrella');

-- out_of_segment: also when nothing is known of the account
UPDATE pls.motions SET segment = '$.region == "eu"' WHERE motion = 'play';
SELECT pg_temp.qualify('hooli');
SELECT * FROM pg_temp.decided('hooli');
INSERT INTO pls.accounts (account_id, name, attributes) VALUES ('hooli', 'Hooli', '{"region": "eu"}');
SELECT pg_temp.qualify('hooli');
SELECT reason FROM pls.alerts WHERE entity_id = 'hooli';
UPDATE pls.motions SET segment = NULL WHERE motion = 'play';

-- grace_period
UPDATE pls.motions SET grace_period = '3 days' WHERE motion = 'play';
INSERT INTO pls.accounts (account_id, signed_up_at, size) VALUES ('new', '2026-04-29 06:00+00', 4);
SELECT pg_temp.qualify('new');
SELECT * FROM pg_temp.decided('new');
SET pls.now = '2026-05-02 06:00+00';

-- too_small: unless the grade is the best
UPDATE pls.motions SET min_account_size = 5 WHERE motion = 'play';
SELECT pg_temp.qualify('new');
SELECT * FROM pg_temp.decided('new');
INSERT INTO pls.grades (motion, dimension, at_least, grade) VALUES
    ('play', 'fit', 0, 'A'), ('play', 'engagement', 0, '2'), ('play', 'engagement', 45, '1');
SELECT pg_temp.did('new', 'invite', 'invite', 'invite');
SELECT pg_temp.qualify('new');
SELECT grade, reason FROM pls.alerts WHERE entity_id = 'new';

-- already_customer: only if conversion is the objective
INSERT INTO pls.outcomes (entity_id, motion, outcome, at, account_id)
VALUES ('stark', 'play', 'conversion', '2026-05-02 05:00+00', 'stark'),
       ('somebody', 'another', 'conversion', '2026-05-02 05:00+00', 'wayne'),
       ('later', 'play', 'conversion', '2026-05-02 07:00+00', 'later');
SELECT pg_temp.qualify('stark');
SELECT * FROM pg_temp.decided('stark');
INSERT INTO pls.accounts (account_id) VALUES ('wayne'), ('later');
SELECT pg_temp.qualify('wayne'), pg_temp.qualify('later');
UPDATE pls.motions SET objective = 'expansion' WHERE motion = 'play';
SELECT pg_temp.qualify('stark');
UPDATE pls.motions SET objective = 'conversion' WHERE motion = 'play';

-- touch_limit: over all motions of the account; users count for theirs
UPDATE pls.motions SET touch_limit = 2, touch_window = '30 days' WHERE motion = 'play';
INSERT INTO pls.alerts (entity_id, motion, unit, account_id, lane, status, reason, next_best_action,
                        score, evidence, unassigned_reason, created_at, first_touch_at,
                        disposition, disposed_at)
SELECT 'u' || n, 'another', 'user', 'cyberdyne', 'sales', 'done', 'a reason', 'an action',
       50, '[]', 'nobody', pls.now() - n * interval '10 days', NULL, 'contacted', pls.now()
  FROM generate_series(1, 2) AS n;
SELECT pg_temp.qualify('cyberdyne');
SELECT * FROM pg_temp.decided('cyberdyne');
SET pls.now = '2026-05-12 06:00+00';
SELECT pg_temp.qualify('cyberdyne');
UPDATE pls.motions SET touch_limit = NULL WHERE motion = 'play';

-- held_out: score and evidence are kept, the cooldown is the same; the
-- database takes no alert about it, not even by hand
UPDATE pls.motions SET holdout = 0.999999 WHERE motion = 'play';
SELECT pg_temp.qualify('tyrell');
SELECT * FROM pg_temp.decided('tyrell');
SELECT jsonb_array_length(evidence), alert_id FROM pls.decisions WHERE entity_id = 'tyrell';
SELECT pg_temp.qualify('tyrell');
SELECT * FROM pg_temp.refused($$
    INSERT INTO pls.alerts (entity_id, motion, unit, lane, reason, next_best_action, score,
                            evidence, unassigned_reason, created_at)
    VALUES ('tyrell', 'play', 'account', 'sales', 'by hand', 'call', 0, '[]', 'nobody', now()) $$);
UPDATE pls.motions SET holdout = 0 WHERE motion = 'play';

-- no_capacity: only where route or pool say so; it comes after held_out
UPDATE pls.reps SET max_open = 0 WHERE rep <> 'cy';
UPDATE pls.pools SET defer = true WHERE pool = 'desk';
SELECT pg_temp.qualify('soylent');
SELECT * FROM pg_temp.decided('soylent');
UPDATE pls.routes SET defer = false WHERE motion = 'play';
SELECT pg_temp.qualify('soylent');
SELECT assigned_to, unassigned_reason, assignment_trace -> 'candidates' AS candidates
  FROM pls.alerts WHERE entity_id = 'soylent';
UPDATE pls.reps SET max_open = NULL;
SELECT pls_internal.assign_waiting(), pls_internal.assign_waiting();
SELECT assigned_to, assigned_at, unassigned_reason, charged_to FROM pls.alerts WHERE entity_id = 'soylent';

-- One row for every call, and never an empty sentence.
SELECT count(*), count(*) FILTER (WHERE coalesce(detail, '') = '') AS silent FROM pls.decisions;
SELECT reason, count(*) FROM pls.decisions GROUP BY reason ORDER BY reason COLLATE "C";
ROLLBACK;
