-- The same comparison on the music log: users, not accounts; and explain
-- sums to the score for every user of it.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.psql
\set compare :srcdir /sql/include/compare.psql
\set motion music
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET pls.now = '2026-08-23 00:00+00';
BEGIN;
\i :oracle
CREATE TABLE oracle.music (
    occurred_at timestamptz, user_id text, event text, properties jsonb,
    n bigint GENERATED ALWAYS AS IDENTITY
);
\copy oracle.music (occurred_at, user_id, event, properties) FROM PROGRAM 'gzip -dc "$PG_ABS_SRCDIR/data/music_freemium_events.csv.gz"' WITH (FORMAT csv, HEADER)
\set ECHO all
-- the "actor" of a user is the session
INSERT INTO oracle.events (entity, event, at, actor, properties)
SELECT coalesce(user_id, 'nobody'), event, occurred_at, properties ->> 'session', properties FROM oracle.music ORDER BY n;
INSERT INTO pls.motions (motion, unit, status, qualify_at, release_at, min_score, max_score, time_zone)
VALUES ('music', 'user', 'live', 40, 30, -20, 80, 'Asia/Kolkata');
INSERT INTO pls.signals (motion, signal, category, events, match, measure, property, numeric_strings, within, period, op,
                         threshold, collapse, min_base, points, per_unit, min_points, max_points, decay, decay_span, required)
VALUES
('music', 'songs',      'depth',      '{NextSong}', NULL, 'count', NULL, false, '7 days', NULL, '>=', 20, NULL, NULL, 10, false, NULL, NULL, 'linear', '7 days', false),
('music', 'each song',  'depth',      '{NextSong}', NULL, 'count', NULL, false, '14 days', NULL, '>=', 1, NULL, NULL, 0.031, true, NULL, 9, 'exponential', '3 days', false),
('music', 'sessions',   'depth',      NULL, NULL, 'actors', NULL, false, '14 days', NULL, '>=', 4, NULL, NULL, 2.5, true, NULL, 10, 'step', '10 days', false),
('music', 'evenings',   'activation', '{NextSong}', NULL, 'days', NULL, false, '10 days', NULL, '>=', 3, NULL, NULL, 12, false, NULL, NULL, 'none', NULL, true),
('music', 'half days',  'activation', '{NextSong}', NULL, 'days', NULL, false, '10 days', '12 hours', '>=', 4, NULL, NULL, 1.1, true, NULL, 8, 'none', NULL, false),
('music', 'hours',      'depth',      '{NextSong}', '$.level == "free"', 'sum', 'seconds', false, '7 days', NULL, '>', 3600, NULL, NULL, 0.002, true, NULL, 12, 'linear', '7 days', false),
('music', 'longest',    'depth',      '{NextSong}', NULL, 'max', 'seconds', false, '5 days', NULL, '>', 400.5, NULL, NULL, 1.5, false, NULL, NULL, 'none', NULL, false),
('music', 'last song',  'depth',      '{NextSong}', NULL, 'last', 'seconds', false, NULL, NULL, '<=', 200.25, NULL, NULL, 0.5, false, NULL, NULL, 'exponential', '2 days', false),
('music', 'minutes',    'breadth',    NULL, NULL, 'count', NULL, false, '3 days', NULL, '>=', 10, '10 minutes', NULL, 6, false, NULL, NULL, 'none', NULL, false),
('music', 'growing',    'breadth',    '{NextSong}', NULL, 'growth', NULL, false, '5 days', NULL, '>', 1.2, NULL, 10, 7, false, NULL, NULL, 'none', NULL, false),
('music', 'pricing',    'billing',    '{Upgrade}', NULL, 'recency', NULL, false, '3 days', NULL, '<=', NULL, NULL, NULL, 20, false, NULL, NULL, 'step', '3 days', false),
('music', 'new',        'activation', NULL, NULL, 'first', NULL, false, '4 days', NULL, '<=', NULL, NULL, NULL, 5, false, NULL, NULL, 'none', NULL, false),
('music', 'gone',       'risk',       NULL, NULL, 'recency', NULL, false, '6 days', NULL, '>=', NULL, NULL, NULL, -15, false, NULL, NULL, 'none', NULL, false),
('music', 'upgrades',   'billing',    '{Home,NextSong,NextSong,Upgrade}', NULL, 'sequence', NULL, false, '1 hour', '5 days', '>=', 3, NULL, NULL, 4, false, NULL, NULL, 'exponential', '2 days', false),
('music', 'same again', 'depth',      '{NextSong,NextSong,NextSong}', '$.seconds > 240', 'sequence', NULL, false, '20 minutes', NULL, '>=', NULL, NULL, NULL, 1.25, false, NULL, NULL, 'none', NULL, false),
('music', 'errors',     'risk',       NULL, '$.status >= 400', 'count', NULL, false, '7 days', NULL, '>=', 1, NULL, NULL, -9, true, -18, NULL, 'none', NULL, false);
INSERT INTO pls.category_limits (motion, category, min_points, max_points) VALUES ('music', 'depth', 0, 25), ('music', 'risk', -25, NULL);
INSERT INTO pls.exclusions (name, motion, scope, match, reason) VALUES ('music paid', 'music', 'actor', '$.level == "paid" && $.session > 900', 'pays already');
CREATE TABLE oracle.instants (t timestamptz);
INSERT INTO oracle.instants VALUES ('2018-11-04 00:00:00+00'), ('2018-11-09 18:30:00+00'), ('2018-11-15 12:34:56.789012+00'),
('2018-11-21 21:29:59.999999+00'), ('2018-12-03 00:00:00+00');
SELECT oracle.prepare('music') > 0 AS rows_match;
SELECT oracle.keep('music', VARIADIC array_agg(t)) FROM oracle.instants;
\set ECHO none
\i :compare
\set ECHO all
\set report :srcdir /sql/include/report.psql
\i :report
ROLLBACK;
