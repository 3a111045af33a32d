-- From an insert to an assigned alert through the real trigger; a broken
-- route makes a decision "error" and not a failed insert.
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
CREATE TABLE public.usage (org text, person text, event text, at timestamptz);
SELECT pls.watch('public.usage', event => 'event', at => 'at', account => 'org', actor => 'person') > 0 AS watched;
INSERT INTO public.usage SELECT 'acme', 'pat', e, pls.now() FROM unnest('{invite,invite,connect}'::text[]) AS e;
SELECT reason, lane, qualified FROM pls.standings WHERE entity_id = 'acme';
INSERT INTO public.usage VALUES ('acme', 'pat', 'invite', pls.now()), ('acme', 'kim', 'run', pls.now() - interval '1 day');
SELECT entity_id, lane, status, score, reason, assigned_to, respond_by FROM pls.alerts;
SELECT entity_id, lane, reason, score, alert_id IS NOT NULL AS alert FROM pls.decisions ORDER BY decision_id;
-- Once more the same: no edge, no decision.
INSERT INTO public.usage VALUES ('acme', 'pat', 'invite', pls.now());
SELECT count(*) FROM pls.decisions;
-- A calendar without an hour: nothing is due ever.
INSERT INTO pls.calendars (calendar) VALUES ('never');
UPDATE pls.routes SET calendar = 'never';
INSERT INTO public.usage SELECT 'initech', 'lee', 'connect', pls.now();
SELECT reason, detail, alert_id FROM pls.decisions WHERE entity_id = 'initech';
SELECT reason, qualified, decide_again_at FROM pls.standings WHERE entity_id = 'initech';
-- Mended, it is decided after all.
UPDATE pls.routes SET calendar = NULL;
SET pls.now = '2026-03-02 10:05+00';
SELECT settled FROM pls.sweep();
SELECT reason, alert_id IS NOT NULL AS alert FROM pls.decisions WHERE entity_id = 'initech' ORDER BY decision_id;
-- Rolled back to a savepoint, it is as if it had not been.
SAVEPOINT before;
INSERT INTO public.usage SELECT 'umbrella', 'lee', 'connect', pls.now();
SELECT count(*) FROM pls.alerts WHERE entity_id = 'umbrella';
ROLLBACK TO before;
SELECT count(*) FROM pls.decisions WHERE entity_id = 'umbrella';
ROLLBACK;
