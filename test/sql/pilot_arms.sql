-- The arms of pilots: of 100,000 entities, with and without strata; what is
-- written with a decision; and that nobody changes arms with the grade.
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
\set SHOW_CONTEXT never
BEGIN;
\i :setup
\set ECHO all
-- The definition: the first eight bytes of the hash, big-endian, below the share.
CREATE FUNCTION pg_temp.u(hashed text) RETURNS numeric LANGUAGE sql AS $$
    SELECT ('x' || encode(substr(h, 1, 4), 'hex'))::bit(32)::bigint * 4294967296.0 + ('x' || encode(substr(h, 5, 4), 'hex'))::bit(32)::bigint
      FROM (SELECT sha256(convert_to(hashed, 'UTF8')) AS h) s
$$;
CREATE FUNCTION pg_temp.arms(ids bigint) RETURNS TABLE (entity text, plan text, arm text) LANGUAGE sql STABLE AS $$
    SELECT e.entity, e.plan, a.arm
      FROM pls.motions m, generate_series(1, ids) n,
           LATERAL (SELECT 'é' || n AS entity, CASE WHEN n % 10 < 6 THEN 'free' WHEN n % 10 < 9 THEN 'te:am' END AS plan) e,
           LATERAL pls_internal.arm_of(ROW(m.*)::pls.motions, e.entity, jsonb_strip_nulls(jsonb_build_object('plan', e.plan)), NULL, pls.now()) a
     WHERE m.motion = 'play'
$$;
INSERT INTO pls.pilots (pilot, motion, holdout, salt) VALUES ('plain', 'play', 0.2, 'sea');
UPDATE pls.pilots SET status = 'running' WHERE pilot = 'plain';
CREATE TEMP TABLE at_20 AS SELECT * FROM pg_temp.arms(100000);
-- within four standard deviations of the share
SELECT abs(count(*) FILTER (WHERE arm = 'holdout') - 20000) < 4 * sqrt(100000 * 0.2 * 0.8) AS share_kept,
       count(*) FILTER (WHERE (arm = 'holdout') <> (pg_temp.u('sea:' || entity) < 0.2 * 18446744073709551616)) AS wrong
  FROM at_20;
-- each share has those of the smaller ones
UPDATE pls.pilots SET status = 'stopped';
INSERT INTO pls.pilots (pilot, motion, holdout, salt, status) VALUES ('more', 'play', 0.35, 'sea', 'running');
SELECT abs(count(*) FILTER (WHERE b.arm = 'holdout') - 35000) < 4 * sqrt(100000 * 0.35 * 0.65) AS share_kept,
       count(*) FILTER (WHERE a.arm = 'holdout' AND b.arm <> 'holdout') AS lost
  FROM at_20 a JOIN pg_temp.arms(100000) b USING (entity);
SELECT count(*) FILTER (WHERE pls.arm('play', entity) <> arm) AS differ FROM pg_temp.arms(500);

-- Strata: the share holds in each, by a draw of its own.
UPDATE pls.pilots SET status = 'stopped';
INSERT INTO pls.pilots (pilot, motion, holdout, salt, status, stratify_by, attribute) VALUES ('in strata', 'play', 0.2, 'sea', 'running', 'attribute', 'plan');
CREATE TEMP TABLE strata AS SELECT * FROM pg_temp.arms(100000);
SELECT plan, count(*), abs(count(*) FILTER (WHERE arm = 'holdout') - count(*) * 0.2) < 4 * sqrt(count(*) * 0.2 * 0.8) AS share_kept,
       count(*) FILTER (WHERE (arm = 'holdout') <> (pg_temp.u('sea:' || coalesce(plan, '') || ':' || entity) < 0.2 * 18446744073709551616)) AS wrong
  FROM strata GROUP BY plan ORDER BY plan;
SELECT count(*) > 10000 AS another_draw FROM strata s JOIN at_20 a USING (entity) WHERE s.arm <> a.arm;
UPDATE pls.pilots SET status = 'stopped';
INSERT INTO pls.pilots (pilot, motion, holdout, salt, status, stratify_by, attribute) VALUES ('more in strata', 'play', 0.3, 'sea', 'running', 'attribute', 'plan');
SELECT count(*) FILTER (WHERE a.arm = 'holdout' AND b.arm <> 'holdout') AS lost FROM strata a JOIN pg_temp.arms(100000) b USING (entity);
UPDATE pls.pilots SET status = 'stopped';
-- An attribute within others; one of that very name comes first; other values as text.
SELECT pls_internal.attribute_text('{"a": {"b": "in"}}', 'a.b'), pls_internal.attribute_text('{"a": {"b": "in"}, "a.b": "top"}', 'a.b'),
       pls_internal.attribute_text('{"a": null}', 'a') IS NULL AS none, pls_internal.attribute_text('{"a": [1, 2]}', 'a'),
       length(pls_internal.attribute_text(jsonb_build_object('a', repeat('x', 500)), 'a')), pls_internal.attribute_text(NULL, 'a') IS NULL AS unknown,
       pls_internal.attribute_text('{"plan\"; DROP": 1.50}', 'plan"; DROP');

-- By grade.  A decision says by which pilot, and what was known.
INSERT INTO pls.grades (motion, dimension, at_least, grade) VALUES
    ('play', 'fit', 0, 'A'), ('play', 'engagement', 0, '2'), ('play', 'engagement', 40, '1');
INSERT INTO pls.pilots (pilot, motion, holdout, salt, stratify_by, attribute) VALUES ('by grade', 'play', 0.5, 'lake', 'grade', 'plan');
SELECT pls.start_pilot('by grade');
CREATE FUNCTION pg_temp.low(entity text) RETURNS text LANGUAGE sql AS $$ SELECT pg_temp.did(entity, 'invite', 'invite', 'invite') $$;
-- whom the draw of A2 treats otherwise than that of A1
SELECT min(n) FILTER (WHERE low AND NOT high) AS held, min(n) FILTER (WHERE high AND NOT low) AS kept
  FROM (SELECT n, pg_temp.u('lake:A2:g' || n) < 9223372036854775808 AS low, pg_temp.u('lake:A1:g' || n) < 9223372036854775808 AS high
          FROM generate_series(1, 100) n) d \gset
SELECT 'g' || :held AS held, 'g' || :kept AS kept \gset
INSERT INTO pls.accounts (account_id, size, attributes) VALUES (:'held', 12, '{"plan": "pro"}');
SELECT pg_temp.low(:'held'), pg_temp.low(:'kept');
SELECT reason, grade, lane, pilot, pilot_facts FROM pls.decisions ORDER BY decision_id;
SELECT entity_id = :'kept' AS kept, grade, route FROM pls.alerts;
-- Their grade becomes A1: decided again, they keep their arms.
UPDATE pls.accounts SET attributes = '{"plan": "free"}', size = 1000;
SELECT pls.arm('play', :'held'), pls.arm('play', :'kept');
SET pls.now = '2026-03-20 10:00+00';
SELECT pls.dispose(alert_id, 'contacted') FROM pls.alerts;
SELECT pg_temp.qualify(:'held');
SET pls.now = '2026-04-20 10:00+00';
SELECT pls.arm('play', :'held'), pls.arm('play', :'kept'), pls_internal.grade_of('play', :'held');
SELECT pg_temp.qualify(:'held'), pg_temp.qualify(:'kept');
SELECT entity_id = :'held' AS held, reason, grade, pilot_facts FROM pls.decisions ORDER BY decision_id;
-- By the draw of A1, others have the arm that an alert needs, and the database keeps it.
SELECT min(n) FILTER (WHERE u >= 9223372036854775808) AS free, min(n) FILTER (WHERE u < 9223372036854775808) AS out
  FROM (SELECT n, pg_temp.u('lake:A1:h' || n) AS u FROM generate_series(1, 100) n) d \gset
SELECT pg_temp.qualify('h' || :free), pg_temp.qualify('h' || :out);
SELECT state, message FROM pg_temp.refused(format($$INSERT INTO pls.alerts (entity_id, motion, unit, lane, reason, next_best_action, score, grade, evidence, unassigned_reason, created_at, clock_from, clock_used)
    VALUES (%L, 'play', 'account', 'sales', 'by hand', 'call', 40, 'A1', '[]', 'nobody', pls.now(), pls.now(), '0')$$, 'h' || :out));
-- An entity that is looked up only: its grade as of now, or none.
SELECT pls.arm('play', 'never seen') = CASE WHEN pg_temp.u('lake::never seen') < 9223372036854775808 THEN 'holdout' ELSE 'treatment' END AS by_no_grade;
-- Everybody decided, in any grade: the two arms are what the definition says.
SELECT count(pg_temp.qualify('i' || n)), count(pg_temp.low('j' || n)) FROM generate_series(1, 60) n;
SELECT grade, count(*), count(*) FILTER (WHERE (reason = 'held_out') <> (pg_temp.u('lake:' || grade || ':' || entity_id) < 9223372036854775808)) AS wrong,
       count(*) FILTER (WHERE (pls.arm('play', entity_id) = 'holdout') <> (reason = 'held_out')) AS arm_differs
  FROM pls.decisions WHERE entity_id ~ '^[ij]' GROUP BY grade ORDER BY grade;
SELECT count(*) AS held_out, count(*) FILTER (WHERE w.reason = 'held_out') AS said_so
  FROM pls.decisions d LEFT JOIN pls.why_not_alerted w USING (motion, entity_id) WHERE d.entity_id ~ '^[ij]' AND d.reason = 'held_out';
-- Who is outside the segment takes no part; a decision that meets another obstacle comes to no draw.
SELECT pls.stop_pilot('by grade');
INSERT INTO pls.pilots (pilot, motion, holdout, salt, segment) VALUES ('eu', 'play', 0.9999999, 'pond', '$.region == "eu"');
SELECT pls.start_pilot('eu');
INSERT INTO pls.accounts (account_id, attributes) VALUES ('in', '{"region": "eu"}'), ('out', '{"region": "us"}'), ('us too', '{"region": "eu"}');
INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('x', 'entity', '{us too}', 'a partner');
SELECT pg_temp.qualify('in'), pg_temp.qualify('out'), pg_temp.qualify('us too');
SELECT entity_id, reason, pilot, pilot_facts FROM pls.decisions WHERE entity_id IN ('in', 'out', 'us too') ORDER BY entity_id;
-- A deferred decision has come to the draw.
UPDATE pls.pilots SET status = 'stopped';
INSERT INTO pls.pilots (pilot, motion, holdout, salt, status) VALUES ('full', 'play', 0.0000001, 'well', 'running');
UPDATE pls.pools SET defer = true;
UPDATE pls.reps SET max_open = 0;
SELECT pg_temp.qualify('waits'), pg_temp.did('looks', 'connect', 'run');
UPDATE pls.reps SET max_open = NULL;
SELECT pg_temp.did('looks', 'connect', 'run');
SELECT entity_id, reason, lane, pilot, pilot_facts FROM pls.decisions WHERE pilot = 'full' ORDER BY decision_id;
-- Started without ends or settings that change: what is kept by itself.
SELECT pilot, status, started_at, stopped_at FROM pls.pilots WHERE motion = 'play' ORDER BY pilot;
UPDATE pls.pilots SET started_at = '2020-01-01', stopped_at = '2020-01-01' WHERE pilot IN ('full', 'plain');
SELECT pilot, started_at, stopped_at FROM pls.pilots WHERE pilot IN ('full', 'plain') ORDER BY pilot;
INSERT INTO pls.pilots (pilot, motion, holdout, started_at) VALUES ('later', 'play', 0.1, '2020-01-01');
SELECT started_at FROM pls.pilots WHERE pilot = 'later';
ROLLBACK;
