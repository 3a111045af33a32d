-- pls.create_motion() and the shipped templates: complete motions of rows
-- that can be edited.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
BEGIN;
SELECT pls.create_motion('trial', template => 'trial_conversion');
SELECT pls.create_motion('seats', 'seat_expansion') LIMIT 1;
SELECT pls.create_motion('user trial', 'trial_conversion', unit => 'user') LIMIT 1;
SELECT pls.create_motion('empty');

-- the catch-all of every motion is there, too: they can go live
UPDATE pls.motions SET status = 'live' WHERE motion <> 'empty';
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE pls.motions SET status = 'draft';

SELECT motion, unit, objective, status, qualify_at, triage_at, release_at, min_signals, calendar
FROM pls.motions ORDER BY motion COLLATE "C";
SELECT signal, category, how_measured, threshold, points, required
FROM pls.signal_catalog WHERE motion = 'trial' ORDER BY signal COLLATE "C";
SELECT signal, category, how_measured, threshold, points, required
FROM pls.signal_catalog WHERE motion = 'seats' ORDER BY signal COLLATE "C";

-- nothing is left open
SELECT motion, signal FROM pls.signal_catalog
WHERE COALESCE(why, '') = '' OR COALESCE(false_positive_risk, '') = ''
   OR COALESCE(data_source, '') = '' OR COALESCE(next_best_action, '') = ''
   OR how_measured IS NULL OR points IS NULL OR NOT enabled
   OR (events IS NULL AND category <> 'fit');
SELECT m.motion, c.category
FROM pls.motions AS m
CROSS JOIN unnest(pls_internal.signal_categories()) AS c (category)
WHERE m.motion <> 'empty'
  AND NOT EXISTS (SELECT FROM pls.signals AS s WHERE s.motion = m.motion AND s.category = c.category);
SELECT motion, count(*) FILTER (WHERE required) AS required, sum(points) FILTER (WHERE points > 0) AS most
FROM pls.signals GROUP BY motion ORDER BY motion COLLATE "C";

-- the event names that an application replaces by its own
SELECT motion, string_agg(DISTINCT e, ' ' ORDER BY e) AS events
FROM pls.signals CROSS JOIN unnest(events) AS e WHERE motion IN ('trial', 'seats') GROUP BY motion ORDER BY motion;

SELECT motion, position, route, predicate, pool, respond_within, resolve_within, calendar
FROM pls.routes ORDER BY motion COLLATE "C", position;
SELECT pool, rep, weight FROM pls.pool_members ORDER BY pool, position;
SELECT motion, level, measured, at_share, action FROM pls.escalations WHERE motion = 'trial' ORDER BY level;
SELECT name, scope, match, domains, enabled FROM pls.exclusions WHERE motion = 'trial' ORDER BY name COLLATE "C";
SELECT dimension, grade, at_least FROM pls.grades WHERE motion = 'trial' ORDER BY dimension, grade;

-- the pattern that the trial looks for: a key workflow, then admin set-up,
-- an integration and three invitations within three days
CREATE TEMP TABLE events AS
SELECT e.name, timestamptz '2026-03-02 09:00+00' + e.after AS at, 'u1'::text AS actor, '{}'::jsonb AS props
FROM (VALUES ('workflow_completed', interval '0'), ('domain_verified', '1 day'), ('integration_connected', '2 days'),
             ('invite_sent', '2 days'), ('invite_sent', '49 hours'), ('invite_sent', '50 hours')) AS e (name, after);
SELECT pls.score('trial', name, at, actor, props, '2026-03-05 09:00+00') AS qualifies,
       pls.score('trial', name, at, actor, props, '2026-03-12 09:00+00') AS "a week later"
FROM events;

-- an account that has done everything many times still has small evidence
CREATE TEMP TABLE flood AS
SELECT s.motion, e.name, timestamptz '2026-01-01 00:00+00' + i * interval '17 minutes 13 seconds' AS at, i % 997 AS actor
FROM pls.signals AS s CROSS JOIN unnest(s.events) AS e (name) CROSS JOIN generate_series(1, 6000) AS i
WHERE s.motion IN ('trial', 'seats');
SELECT motion, octet_length(pls.evidence_send(evidence)) <= 2048 AS "at most 2 kB"
FROM (SELECT motion, pls.evidence(motion, name, at, actor, '{}'::jsonb) AS evidence FROM flood GROUP BY motion) AS f
ORDER BY motion;
ROLLBACK;
