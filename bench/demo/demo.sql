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

CREATE EXTENSION pls;
CREATE SCHEMA demo;
CREATE TABLE demo.replays (
    log text, motion text, events bigint, batches bigint, seconds numeric, ended_at timestamptz
);
\ir load.sql
\ir motions.sql
\ir outcomes.sql
\ir report.sql
