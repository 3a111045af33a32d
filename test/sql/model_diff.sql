-- Versions of a model: what differs, in words, and how one is put back.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
\set SHOW_CONTEXT never
CREATE FUNCTION pg_temp.committed() RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    RETURN (SELECT max(model_version) FROM pls.model_versions WHERE motion = 'play');
END
$$;
\set ECHO all
BEGIN;
INSERT INTO pls.motions (motion, qualify_at, cooldown) VALUES ('play', 60, '14 days');
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points, why) VALUES
    ('play', 'invited', 'invite', '{invite}', 'count', '7 days', 3, 20, 'invites'),
    ('play', 'runs', 'depth', '{run}', 'days', '14 days', 4, 10, 'runs'),
    ('play', E'o''dd: "x"|\n-> y', 'depth', '{"a, b","c''d"}', 'actors', '7 days', 2, 5, NULL);
INSERT INTO pls.signals (motion, signal, category, match, measure, points) VALUES ('play', 'big', 'fit', '$.size >= 50', 'attribute', 10);
INSERT INTO pls.signals (motion, signal, category, events, within, outcome) VALUES ('play', 'bought', 'outcome', '{paid}', '30 days', 'conversion');
INSERT INTO pls.category_limits (motion, category, max_points) VALUES ('play', 'depth', 15);
INSERT INTO pls.grades (motion, dimension, at_least, grade) VALUES ('play', 'fit', 0, 'B'), ('play', 'fit', 10, 'A'), ('play', 'engagement', 0.5, '1');
INSERT INTO pls.exclusions (name, motion, scope, match, reason) VALUES ('bots', 'play', 'actor', '$.bot == true', 'not people');
INSERT INTO pls.exclusions (name, motion, scope, domains, reason) VALUES ('rivals', 'play', 'entity', '{rival.example}', 'rivals');
SELECT pg_temp.committed();
-- Of the first version there is nothing before; nothing has changed since.
SELECT kind, name, field, before, after FROM pls.model_diff('play', NULL, 1);
SELECT count(*) FROM pls.model_diff('play');
SELECT count(*) FROM pls.model_diff('play', 1, 1);

-- Each kind of difference, before the commit and after it.
UPDATE pls.motions SET qualify_at = 65.5, cooldown = '36 hours', triage_at = 20, segment = '$.plan == "team"', tone = 'friendly', status = 'draft'
 WHERE motion = 'play';
UPDATE pls.signals SET threshold = 5, events = '{invite,invited}', max_points = 30, per_unit = true, why = 'other words', required = true WHERE signal = 'invited';
UPDATE pls.signals SET points = 10.000 WHERE signal = 'runs';
DELETE FROM pls.signals WHERE signal = 'big';
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points, enabled) VALUES
    ('play', 'SSO', 'billing', '{sso}', 'count', '30 days', 1, 15.5, false);
DELETE FROM pls.category_limits WHERE category = 'depth';
INSERT INTO pls.category_limits (motion, category, min_points, max_points) VALUES ('play', 'risk', -20, 0);
UPDATE pls.grades SET grade = 'C' WHERE dimension = 'fit' AND at_least = 0;
UPDATE pls.grades SET at_least = 12.5 WHERE at_least = 10;
UPDATE pls.exclusions SET domains = '{rival.example,other.example}' WHERE name = 'rivals';
DELETE FROM pls.exclusions WHERE name = 'bots';
INSERT INTO pls.exclusions (name, motion, scope, ids, reason) VALUES ('vip', 'play', 'entity', '{acme,globex}', 'theirs'), ('all', NULL, 'entity', '{x}', 'all');
SELECT field, before, after, sentence FROM pls.model_diff('play');
SELECT pg_temp.committed();
SELECT count(*) FROM pls.model_diff('play');
SELECT count(*) AS differing FROM (SELECT d FROM pls.model_diff('play', 1) AS d EXCEPT SELECT d FROM pls.model_diff('play', NULL, 2) AS d) AS d;
-- The other way about, and how exclusions of ids differ: no hash is shown.
SELECT count(*), count(*) FILTER (WHERE sentence LIKE '%added%') AS added FROM pls.model_diff('play', 2, 1);
UPDATE pls.exclusions SET ids = '{acme,initech,hooli}' WHERE name = 'vip';
SELECT sentence FROM pls.model_diff('play');
SELECT pg_temp.committed();
-- What is written otherwise is the same.
SET intervalstyle = 'sql_standard';
SELECT sentence FROM pls.model_diff('play', 1, 2) WHERE kind = 'motion';
SET intervalstyle = 'postgres';

-- Errors.
SAVEPOINT s;
SELECT * FROM pls.model_diff('missing');
ROLLBACK TO s;
SELECT * FROM pls.model_diff(NULL, 1, 2);
ROLLBACK TO s;
SELECT * FROM pls.model_diff('play', 1, 9);
ROLLBACK TO s;
SELECT * FROM pls.model_diff('play', 0);
ROLLBACK TO s;
SELECT pls.restore_version('missing', 1);
ROLLBACK TO s;
SELECT pls.restore_version('play', 7);
ROLLBACK TO s;
SELECT pls.restore_version('play', NULL);
ROLLBACK TO s;

-- Back to the first version: what lists ids is left alone, and said.
SELECT pls.restore_version('play', 1);
SELECT pg_temp.committed();
SELECT sentence FROM pls.model_diff('play', 1);
-- Texts are kept where the row is there, and no hash has become an id.
SELECT signal, why FROM pls.signals WHERE motion = 'play' ORDER BY signal COLLATE "C";
SELECT name, motion, ids, domains, reason, enabled FROM pls.exclusions ORDER BY name COLLATE "C";
SELECT tone, status FROM pls.motions WHERE motion = 'play';
-- Without them the version is the same to the byte.
DELETE FROM pls.exclusions WHERE ids IS NOT NULL;
SELECT pg_temp.committed() AS last;
SELECT model_version, digest = first_value(digest) OVER (ORDER BY model_version) AS as_the_first FROM pls.model_versions WHERE motion = 'play';
-- Once more there is nothing to do, and nothing is written.
CREATE TEMP TABLE written AS SELECT signal, ctid AS place FROM pls.signals WHERE motion = 'play';
SELECT pls.restore_version('play', 1);
SELECT count(*) AS rewritten FROM pls.signals AS s JOIN written AS w ON w.signal = s.signal AND s.motion = 'play' WHERE w.place <> s.ctid;
-- A number that is written otherwise is put back as it was written.
UPDATE pls.signals SET points = 10.00 WHERE signal = 'runs';
SELECT pls.restore_version('play', 1);
SELECT points FROM pls.signals WHERE signal = 'runs';
-- An exclusion of the version that somebody has disabled, and one that it did
-- not have; ids that are the same stand in nobody's way.
UPDATE pls.exclusions SET enabled = false WHERE name = 'bots';
INSERT INTO pls.exclusions (name, motion, scope, domains, reason) VALUES ('new', 'play', 'entity', '{new.example}', 'later');
SELECT pls.restore_version('play', 1);
SELECT name, domains, enabled FROM pls.exclusions ORDER BY name COLLATE "C";
-- A name that another motion's exclusion has meanwhile is not taken from it.
UPDATE pls.exclusions SET motion = NULL, enabled = false WHERE name = 'bots';
SELECT pls.restore_version('play', 1);
SELECT name, motion, enabled FROM pls.exclusions WHERE name = 'bots';
ROLLBACK TO s;

-- Ids that are as they were are the version's.
DELETE FROM pls.exclusions WHERE name = 'all';
SELECT pg_temp.committed();
UPDATE pls.signals SET points = 1 WHERE signal = 'runs';
SELECT pls.restore_version('play', 4);
SELECT pg_temp.committed();
SELECT count(*) FROM pls.model_diff('play', 4);
-- What a version has, the checks of a row may refuse today: nothing is done.
SAVEPOINT u;
UPDATE pls.motions SET unit = 'user' WHERE motion = 'play';
INSERT INTO pls.standings (entity_id, motion, evidence, score, evaluated_at)
SELECT 'ann', 'play', pls.evidence('play', 'run', pls.now(), 'ann', '{}'::jsonb), 1, pls.now();
SELECT pls.restore_version('play', 4);
ROLLBACK TO u;
-- A motion that is gone comes back as a draft.
DELETE FROM pls.motions WHERE motion = 'play';
SELECT count(*) FROM pls.model_diff('play', 4) WHERE after IS NULL;
SELECT pls.restore_version('play', 1);
SELECT pg_temp.committed();
SELECT status, qualify_at, (SELECT count(*) FROM pls.signals WHERE motion = 'play') AS signals FROM pls.motions WHERE motion = 'play';
SELECT count(DISTINCT digest) FROM pls.model_versions WHERE motion = 'play' AND model_version IN (1, 5);
ROLLBACK;

-- By whom: revops restore, analysts read, reps see nothing of versions.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE ROLE pls_test_versions_analyst;
CREATE ROLE pls_test_versions_revops;
CREATE ROLE pls_test_versions_rep;
SELECT pls.grant_access('pls_test_versions_analyst', 'analyst'), pls.grant_access('pls_test_versions_revops', 'revops'),
       pls.grant_access('pls_test_versions_rep', 'rep');
RESET client_min_messages;
SELECT pls.create_motion('play', template => 'trial_conversion');
SELECT pg_temp.committed();
SAVEPOINT s;
SET LOCAL ROLE pls_test_versions_revops;
UPDATE pls.motions SET qualify_at = 70 WHERE motion = 'play';
UPDATE pls.signals SET points = points + 1 WHERE motion = 'play' AND category = 'depth';
DELETE FROM pls.grades WHERE motion = 'play' AND dimension = 'fit';
DELETE FROM pls.exclusions WHERE motion = 'play';
SELECT pls.restore_version('play', 1);
SELECT sentence FROM pls.model_diff('play', 1);
RESET ROLE;
SELECT pg_temp.committed();
SET LOCAL ROLE pls_test_versions_analyst;
SELECT count(*) FROM pls.model_diff('play', 1);
SELECT pls.restore_version('play', 1);
ROLLBACK TO s;
SET LOCAL ROLE pls_test_versions_rep;
SELECT count(*) FROM pls.model_diff('play', 1);
ROLLBACK;
