-- What keeps a score down is said where a score is explained that is too low:
-- the limits of categories, of signals and of the score.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET pls.now = '2026-06-02 10:00+00';
BEGIN;
CREATE SCHEMA app;
CREATE TABLE app.events (name text, at timestamptz, org text);
INSERT INTO pls.motions (motion, status, qualify_at, min_signals) VALUES ('play', 'draft', 60, 1);
INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points, per_unit, max_points) VALUES
    ('play', 'power user', 'depth', '{run}', 'count', '7 days', 3, 60, false, NULL),
    ('play', 'invites', 'invite', '{invite}', 'count', '7 days', 1, 10, true, 25);
INSERT INTO pls.category_limits (motion, category, max_points) VALUES ('play', 'depth', 14);
UPDATE pls.motions SET status = 'live' WHERE motion = 'play';
SELECT FROM pls.watch('app.events', event => 'name', at => 'at', account => 'org') \g /dev/null
INSERT INTO app.events SELECT 'run', '2026-06-01 09:00+00', 'acme' FROM generate_series(1, 9);
INSERT INTO app.events SELECT n, '2026-06-01 09:00+00', 'both' FROM generate_series(1, 5), unnest('{run,invite}'::text[]) n;
INSERT INTO app.events SELECT 'run', '2026-06-01 09:00+00', 'little';
\set ECHO all
SELECT line, part, name, met, missing, points, detail FROM pls.why_not('play', 'acme');
SELECT line, part, name, met, missing, points, detail FROM pls.why_not('play', 'both');
SELECT line, part, name, met, missing, points, detail FROM pls.why_not('play', 'little');
-- all at once, the same
SELECT entity_id, reason, detail FROM pls.why_not_alerted ORDER BY entity_id;
-- one that does not matter for the lane
UPDATE pls.motions SET max_score = 30, qualify_at = 30 WHERE motion = 'play';
UPDATE pls.category_limits SET max_points = 50;
SELECT line, part, name, points, detail FROM pls.why_not('play', 'both') WHERE part IN ('answer', 'limit');
ROLLBACK;
