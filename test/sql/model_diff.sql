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
-- A version of another release: columns that it does not know yet keep what
-- they have, or take their default; those that are gone are passed over.
SAVEPOINT u;
INSERT INTO pls.model_versions (motion, model_version, model, digest)
SELECT motion, 9, jsonb_set(jsonb_set(model #- '{signals,runs,max_points}' #- '{motion,max_score}' #- '{signals,bought,numeric_strings}',
                                      '{signals,runs,colour}', '"red"'), '{motion,mood}', '7'), 'so'
  FROM pls.model_versions WHERE motion = 'play' AND model_version = 4;
SELECT count(*) FROM pls.model_diff('play', 9);
UPDATE pls.signals SET points = 3, max_points = 8 WHERE signal = 'runs';
UPDATE pls.motions SET qualify_at = 77, max_score = 90 WHERE motion = 'play';
DELETE FROM pls.signals WHERE signal = 'bought';
SELECT pls.restore_version('play', 9);
SELECT s.points, s.max_points, m.qualify_at, m.max_score, b.numeric_strings
  FROM pls.signals AS s JOIN pls.motions AS m USING (motion) JOIN pls.signals AS b ON b.signal = 'bought' WHERE s.signal = 'runs';
ROLLBACK TO u;
-- A list of ids that is gone does not come back, and is not made of hashes.
SAVEPOINT u;
DELETE FROM pls.exclusions WHERE name = 'vip';
SELECT pls.restore_version('play', 4);
SELECT count(*) FROM pls.exclusions WHERE ids IS NOT NULL OR name = 'vip';
ROLLBACK TO u;
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

-- Any version from any other, by chance: of exclusions without ids the same to
-- the byte; and no difference is told where there is none, or the other way.
BEGIN;
CREATE FUNCTION pg_temp.dice(n integer, salt text, sides integer) RETURNS integer LANGUAGE sql IMMUTABLE
    RETURN (get_byte(sha256(convert_to(n || salt, 'UTF8')), 0) * 256 + get_byte(sha256(convert_to(n || salt, 'UTF8')), 1)) % sides;
SET LOCAL client_min_messages = warning;
SELECT pls.create_motion('play', template => 'trial_conversion') \g /dev/null
DO $$
DECLARE
    n      integer;
    which  text;
    target integer;
    wrong  integer := 0;
BEGIN
    FOR n IN 1 .. 60 LOOP
        PERFORM pg_temp.committed();
        SELECT s.signal INTO which FROM pls.signals s WHERE s.motion = 'play' AND s.category <> 'outcome'
         ORDER BY pg_temp.dice(n, s.signal, 1000) LIMIT 1;
        CASE pg_temp.dice(n, 'what', 12)
            WHEN 0 THEN UPDATE pls.signals SET points = pg_temp.dice(n, 'points', 40) / 4.0 WHERE motion = 'play' AND signal = which;
            WHEN 1 THEN UPDATE pls.signals SET required = NOT required, max_points = CASE WHEN max_points IS NULL THEN 30 END WHERE motion = 'play' AND signal = which;
            WHEN 2 THEN DELETE FROM pls.signals WHERE motion = 'play' AND signal = which;
            WHEN 3 THEN INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points, decay, decay_span)
                        VALUES ('play', 'new ' || n, 'depth', ARRAY['e' || n], 'count', n * interval '1 hour', n, 1.50, 'linear', n * interval '1 day');
            WHEN 4 THEN UPDATE pls.motions SET cooldown = n * interval '5 hours', segment = format('$.n > %s', n)::jsonpath WHERE motion = 'play';
            WHEN 5 THEN UPDATE pls.grades SET at_least = at_least + 0.5 WHERE motion = 'play' AND dimension = 'fit' AND at_least > 0;
            WHEN 6 THEN DELETE FROM pls.grades WHERE motion = 'play' AND dimension = 'engagement' AND at_least > pg_temp.dice(n, 'grade', 60);
            WHEN 7 THEN INSERT INTO pls.category_limits (motion, category, max_points) VALUES ('play', 'admin', n) ON CONFLICT (motion, category) DO UPDATE SET max_points = NULL, min_points = -n;
            WHEN 8 THEN DELETE FROM pls.category_limits WHERE motion = 'play' AND category <> 'admin';
            WHEN 9 THEN UPDATE pls.exclusions SET enabled = NOT enabled WHERE motion = 'play' AND pg_temp.dice(n, name, 2) = 0;
            WHEN 10 THEN INSERT INTO pls.exclusions (name, motion, scope, domains, reason) VALUES ('x' || n, 'play', 'entity', ARRAY[format('d%s.example', n)], 'so');
            ELSE DELETE FROM pls.exclusions WHERE motion = 'play' AND pg_temp.dice(n, name, 2) = 0;
        END CASE;
        PERFORM pg_temp.committed();
        IF n % 3 = 0 THEN
            target := 1 + pg_temp.dice(n, 'target', pg_temp.committed());
            PERFORM pls.restore_version('play', target);
            PERFORM pg_temp.committed();
            wrong := wrong + (SELECT count(DISTINCT v.digest) - 1 FROM pls.model_versions v
                               WHERE v.motion = 'play' AND v.model_version IN (target, pg_temp.committed()));
        END IF;
    END LOOP;
    RAISE WARNING '% versions, % restored wrongly', pg_temp.committed(), wrong;
END
$$;
SELECT count(*) > 200 AS pairs, count(*) FILTER (WHERE a.model = b.model) > 0 AS alike,
       count(*) FILTER (WHERE (a.model = b.model) <> (d.differences = 0)) AS wrong, count(*) FILTER (WHERE d.unsaid > 0) AS unsaid
  FROM pls.model_versions AS a
  JOIN pls.model_versions AS b ON b.motion = a.motion AND b.model_version > a.model_version AND (a.model_version + b.model_version) % 5 = 0
 CROSS JOIN LATERAL (SELECT count(*) AS differences, count(*) FILTER (WHERE before IS NOT DISTINCT FROM after OR sentence IS NULL) AS unsaid
                       FROM pls.model_diff('play', a.model_version, b.model_version)) AS d
 WHERE a.motion = 'play';
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
SELECT pls.create_motion('play', template => 'trial_conversion') \g /dev/null
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
