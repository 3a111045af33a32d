-- demo.sql - the main job on two recorded logs; see bench/demo.sh.
--
-- Run by psql as a superuser in an empty database, with the directory of the
-- logs in PLS_DEMO_DATA.
\set ON_ERROR_STOP on
\set QUIET on
\set VERBOSITY terse
\pset tuples_only on
\pset format unaligned
\pset pager off
\pset null '-'
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = 'ISO';

SELECT clock_timestamp() AS started \gset
CREATE EXTENSION pls;
CREATE SCHEMA demo;
CREATE TABLE demo.replays (
    log text, motion text, events bigint, batches bigint, seconds numeric, ended_at timestamptz
);
CREATE TABLE demo.packs (motion text, language text, pack text);
\ir load.sql
\ir motions.sql
\ir method.sql
\ir outcomes.sql


\echo
SELECT format('motion %-9s unit %-8s %2s signals, %s routes; sales from %s points on, triage from %s',
              m.motion, m.unit || ',',
              (SELECT count(*) FROM pls.signals AS s WHERE s.motion = m.motion AND s.category <> 'outcome'),
              (SELECT count(*) FROM pls.routes AS r WHERE r.motion = m.motion),
              trim_scale(m.qualify_at), trim_scale(m.triage_at))
  FROM pls.motions AS m ORDER BY m.motion;
\echo
\echo 'Events go into the watched tables in time order; the clock follows the data'
\echo '(SET pls.now, a setting of superusers for replays like this one). All times are UTC.'
\echo 'Nobody worked these alerts when the events happened: the replay closes each one with'
\echo '"no response" after 14 days (adoption) or 3 days (upgrade), which starts a cooldown.'

\set log music
\set motion upgrade
\set bin '1 hour'
\set close_after '3 days'
\echo
\echo 'upgrade: a month of a music service, users of the free plan; a batch an hour'
\ir replay.sql
\ir pack.sql

\set log adoption
\set motion adoption
\set bin '1 day'
\set close_after '14 days'
\echo
\echo 'adoption: 8 years of an open-source project, account = company by email domain; a batch a day'
\ir replay.sql
\ir declared.sql
\ir pack.sql
\ir report.sql
