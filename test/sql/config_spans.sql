-- What a time zone is and what a span of fixed length is: one answer, with a
-- detail and a hint, wherever one is named.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
BEGIN;
\set QUIET on
\pset format unaligned
\pset tuples_only on
SELECT count(*) > 0 AS made FROM pls.create_motion('m');
INSERT INTO pls.signals (motion, signal, category, events, within, decay, decay_span)
VALUES ('m', 's', 'depth', '{x}', '7 days', 'linear', '7 days'),
       ('m', 'days', 'depth', '{x}', '7 days', 'none', NULL);
UPDATE pls.signals SET measure = 'days' WHERE signal = 'days';
UPDATE pls.signals SET threshold_percentile = 90 WHERE signal = 's';
INSERT INTO pls.reps (rep) VALUES ('r');
INSERT INTO pls.pools (pool) VALUES ('p');
INSERT INTO pls.pool_members (pool, rep) VALUES ('p', 'r');
INSERT INTO pls.routes (motion, position, route, pool, respond_within, resolve_within)
VALUES ('m', 1, 'all', 'p', '1 hour', '2 days');
INSERT INTO pls.escalations (motion, level, after, action, repeat_every, repeat_limit)
VALUES ('m', 1, '1 hour', 'notify', '1 hour', 3);
INSERT INTO pls.channels (channel, kind, bundle_by, bundle_every) VALUES ('c', 'crm', 'rep', '1 hour');
INSERT INTO pls.calendars (calendar) VALUES ('cal');
INSERT INTO pls.pilots (pilot, motion, holdout) VALUES ('arms', 'm', 0.1);
INSERT INTO pls.stages (motion, position, stage, reached_by, min_rate, min_rate_within) VALUES ('m', 1, 'in', 'signup', 0.1, '7 days');
INSERT INTO pls.templates (motion, template, kind, after, body) VALUES ('m', 'again', 'follow_up', '3 days', 'Hello');
UPDATE pls.motions SET status = 'live';
INSERT INTO pls.accounts (account_id) VALUES ('acme');
SELECT count(*) FROM pls.raise('m', 'acme', 'asked for it');

-- what a statement is answered; NULL: it is done
CREATE FUNCTION pg_temp.answer(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text; detail text; hint text;
BEGIN
    EXECUTE statement;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n', SQLSTATE || ' ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;

-- --- time zones ---------------------------------------------------------------
CREATE TEMP TABLE zone_rooms (room text, statement text);
INSERT INTO zone_rooms VALUES
    ('motions', 'UPDATE pls.motions SET time_zone = %L WHERE motion = ''m'''),
    ('calendars', 'UPDATE pls.calendars SET time_zone = %L WHERE calendar = ''cal'''),
    ('reps', 'UPDATE pls.reps SET time_zone = %L WHERE rep = ''r'''),
    ('check_time_zone', 'SELECT pls_internal.check_time_zone(%L)'),
    ('distinct_days', 'SELECT pls.distinct_days(now(), now(), ''1 day'', %L)'),
    ('distinct_days of rows', 'SELECT pls.distinct_days((SELECT pls.event_rows(now())), now(), ''1 day'', %L)');

SELECT z.zone, count(DISTINCT coalesce(pg_temp.answer(format(r.statement, z.zone)), '')) AS answers,
       split_part(min(coalesce(pg_temp.answer(format(r.statement, z.zone)), 'taken')), E'\n', 1) AS answer
  FROM unnest('{UTC,utc,Europe/Berlin,europe/berlin,America/Argentina/Buenos_Aires,Etc/GMT+3,EST5EDT,gmt0,
                XYZ+3,UTC+3,<+03>-3,+02,02,Etc/GMT+20,CEST,CET,PST,EST,No/Where,Europe,"","UTC ",
                localtime,posixrules,Factory,posix/UTC,right/UTC,../UTC}'::text[])
       WITH ORDINALITY AS z (zone, n)
 CROSS JOIN zone_rooms AS r
 GROUP BY z.zone, z.n ORDER BY z.n;

-- NULL is no zone; of an aggregate it is no argument, and with a strict function there is nothing to say
SELECT r.room, split_part(pg_temp.answer(format(r.statement, NULL)), E'\n', 1) AS answer FROM zone_rooms AS r;
SELECT pg_temp.answer('SELECT pls_internal.check_time_zone(''CEST'')');

-- what is stored is spelled as in pg_timezone_names
UPDATE pls.motions SET time_zone = 'europe/berlin' WHERE motion = 'm';
UPDATE pls.calendars SET time_zone = 'EUROPE/BERLIN' WHERE calendar = 'cal';
UPDATE pls.reps SET time_zone = 'eUROPE/bERLIN' WHERE rep = 'r';
INSERT INTO pls.reps (rep, time_zone) VALUES ('s', 'etc/utc');
SELECT time_zone FROM pls.motions WHERE motion = 'm'
UNION ALL SELECT time_zone FROM pls.calendars WHERE calendar = 'cal'
UNION ALL (SELECT time_zone FROM pls.reps ORDER BY rep);
-- whatever is taken is a name of that view, and means the same to AT TIME ZONE
CREATE FUNCTION pg_temp.zone(zone text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN pls_internal.check_time_zone(zone);
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN NULL;
END $$;
SELECT z.name
  FROM pg_timezone_names AS z
 WHERE z.name !~ '^(posix/|(CET|EET|EST|HST|MET|MST|WET|Factory|localtime|posixrules)$)'
   AND (pg_temp.zone(z.name) IS DISTINCT FROM z.name OR pg_temp.zone(upper(z.name)) IS DISTINCT FROM z.name);
SELECT z.name, d.at
  FROM pg_timezone_names AS z, unnest('{2026-01-15 12:00+00,2026-07-15 12:00+00}'::timestamptz[]) AS d (at)
 WHERE pg_temp.zone(z.name) IS NOT NULL
   AND (SELECT pls.distinct_days(m.midnight + s.step, m.midnight + interval '1 hour', '1 day', z.name)
          FROM (SELECT date_trunc('day', d.at AT TIME ZONE z.name) AT TIME ZONE z.name) AS m (midnight),
               unnest('{-1 second,0,1 second}'::interval[]) AS s (step)) <> 2;

-- --- spans --------------------------------------------------------------------
-- every interval of every table that people edit
CREATE TEMP TABLE span_rooms AS
SELECT c.relname || '.' || a.attname AS room,
       format('UPDATE pls.%I SET %I = %%L%s', c.relname, a.attname,
              CASE WHEN a.attname = 'period' AND c.relname = 'signals' THEN ' WHERE signal = ''days'''
                   WHEN a.attname IN ('decay_span', 'threshold_every') THEN ' WHERE signal = ''s'''
                   ELSE '' END) AS statement
  FROM pg_class AS c
  JOIN pg_attribute AS a ON a.attrelid = c.oid
 WHERE c.relnamespace = 'pls'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND a.atttypid = 'interval'::regtype
   AND c.relname <> ALL ('{alerts,sweeps}');
SELECT r.room, pg_temp.answer(format(r.statement, '1 month')) AS answer FROM span_rooms AS r ORDER BY r.room;

-- the limits of an alert, which people may edit, too
INSERT INTO span_rooms VALUES
    ('alerts.respond_within', 'UPDATE pls.alerts SET respond_within = %L'),
    ('alerts.resolve_within', 'UPDATE pls.alerts SET resolve_within = %L');
SELECT r.room, pg_temp.answer(format(r.statement, '1 month')) AS answer
  FROM span_rooms AS r WHERE r.room ~ '^alerts' ORDER BY r.room;
-- every function with a span that people call
INSERT INTO span_rooms VALUES
    ('window_funnel', 'SELECT pls.window_funnel(%L::interval, now(), true)'),
    ('funnel_times', 'SELECT pls.funnel_times(%L::interval, now(), true)'),
    ('session_count', 'SELECT pls.session_count(now(), %L)'),
    ('distinct_days', 'SELECT pls.distinct_days(now(), now(), %L)'),
    ('distinct_days in a zone', 'SELECT pls.distinct_days(now(), now(), %L, ''UTC'')'),
    ('growth', 'SELECT pls.growth(now(), now(), %L)'),
    ('growth over a baseline', 'SELECT pls.growth(now(), now(), ''1 day'', %L)'),
    ('decay_sums', 'SELECT pls.decay_sums(1, now(), %L)'),
    ('decayed_sum', 'SELECT pls.decayed_sum(1, now(), now(), %L)'),
    ('decayed_avg', 'SELECT pls.decayed_avg(1, now(), now(), %L)'),
    ('decayed_count', 'SELECT pls.decayed_count(now(), now(), %L)'),
    ('rows: window_funnel', 'SELECT pls.window_funnel((SELECT pls.event_rows(now(), true)), %L::interval)'),
    ('rows: funnel_times', 'SELECT pls.funnel_times((SELECT pls.event_rows(now(), true)), %L::interval)'),
    ('rows: session_count', 'SELECT pls.session_count((SELECT pls.event_rows(now())), %L::interval)'),
    ('rows: distinct_days', 'SELECT pls.distinct_days((SELECT pls.event_rows(now())), now(), %L::interval)'),
    ('rows: growth', 'SELECT pls.growth((SELECT pls.event_rows(now())), now(), %L::interval)'),
    ('due_at', 'SELECT pls.due_at(now(), %L, NULL)'),
    ('claim_deliveries', 'SELECT pls.claim_deliveries(''c'', 1, %L)'),
    ('fail_delivery', 'SELECT pls.fail_delivery(1, ''error'', %L)'),
    ('sweep', 'SELECT pls.sweep(%L)');
-- the message apart from what it is about, the detail and the hint are the same everywhere
SELECT count(*), s.span, regexp_replace(pg_temp.answer(format(r.statement, s.span)), '(?<=^\d+ )\w+', '...') AS answer
  FROM span_rooms AS r, unnest('{1 month,-1 year,1 mon -30 days,12 months}'::text[]) WITH ORDINALITY AS s (span, n)
 GROUP BY s.span, s.n, 3 ORDER BY s.n, 1 DESC, 3;
-- infinite ones, which there are since version 17: no row
SELECT r.room, s.span, pg_temp.answer(format(r.statement, s.span)) AS answer
  FROM span_rooms AS r, unnest('{infinity,-infinity}'::text[]) AS s (span)
 WHERE current_setting('server_version_num')::integer >= 170000
   AND regexp_replace(pg_temp.answer(format(r.statement, s.span)), '(?<=^\d+ )\w+', '...')
       IS DISTINCT FROM E'22023 ... must be finite\nUse a number of days, such as \'30 days\'.';
-- months that cancel out are none
SELECT pls.due_at('2026-01-01 00:00+00', '1 year -12 months 3 days') AT TIME ZONE 'UTC';

-- negative, none, too long
SELECT s.span, pg_temp.answer(format(r.statement, s.span)) AS answer, string_agg(r.room, ', ' ORDER BY r.room) AS rooms
  FROM span_rooms AS r, unnest('{-1 day,0,40000 days}'::text[]) WITH ORDINALITY AS s (span, n)
 WHERE s.n = 1 OR r.room ~ '\.' OR (s.n = 2 AND r.room <> 'sweep')
 GROUP BY s.span, s.n, 2 ORDER BY s.n, 2, 3;

-- --- words, and what belongs together -------------------------------------------
SELECT pg_temp.answer(t.statement) AS answer FROM unnest(ARRAY[
    $$UPDATE pls.signals SET op = '<>'$$,
    $$UPDATE pls.escalations SET measured = 'x'$$,
    $$UPDATE pls.escalations SET action = 'x'$$,
    $$UPDATE pls.escalations SET at_share = 1$$,
    $$UPDATE pls.escalations SET after = NULL$$,
    $$UPDATE pls.escalations SET after = NULL, at_share = 0$$,
    $$UPDATE pls.escalations SET repeat_limit = NULL$$,
    $$UPDATE pls.escalations SET pool = 'p'$$,
    $$UPDATE pls.dispositions SET outcome_class = 'x'$$,
    $$UPDATE pls.dispositions SET cooldown = '4000 days'$$,
    $$UPDATE pls.motions SET cooldown = '4000 days'$$,
    $$UPDATE pls.routes SET respond_within = '3 days'$$,
    $$INSERT INTO pls.absences (rep, absent_from, absent_until) VALUES ('r', '2026-01-02', '2026-01-01')$$,
    $$UPDATE pls.channels SET changes = '{raised,x}'$$,
    $$UPDATE pls.channels SET changes = '{}'$$,
    $$UPDATE pls.channels SET lanes = '{x}'$$,
    $$UPDATE pls.channels SET bundle_by = 'x'$$,
    $$UPDATE pls.channels SET bundle_by = NULL$$,
    $$INSERT INTO pls.pilots (pilot, motion, holdout, status) VALUES ('x', 'm', 0.5, 'on')$$,
    $$INSERT INTO pls.motion_templates VALUES ('t', 'x', 1, '{}')$$,
    $$UPDATE pls.motions SET min_signals = 257$$,
    $$UPDATE pls.motions SET min_signals = -1$$,
    $$INSERT INTO pls.motions (motion) VALUES (repeat('x', 64))$$,
    $$UPDATE pls.signals SET signal = ''$$,
    $$UPDATE pls.calendars SET calendar = ''$$,
    $$SELECT pls.create_motion(repeat('x', 64))$$,
    $$UPDATE pls.signals SET threshold = 1e16$$]) WITH ORDINALITY AS t (statement, n)
 ORDER BY t.n;
ROLLBACK;
-- where nothing can be tried in a transaction
\set SHOW_CONTEXT never
CALL pls.sweep_all('1 month');
CALL pls.sweep_all('-1 day');
