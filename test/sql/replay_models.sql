-- A model that is given to pls.replay() is held to what the tables would hold
-- its rows to, and shows nobody more of the events than the motion's versions do.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /sql/include/desk.psql
\set home :DBNAME
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_replay_models;
CREATE DATABASE pls_replay_models;
\c pls_replay_models
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
ALTER TABLE app.events ADD COLUMN props jsonb DEFAULT '{"secret": 7}';
SELECT FROM pls.unwatch('app.events') \g /dev/null
SELECT FROM pls.watch('app.events', event => 'name', at => 'at', account => 'org', actor => 'who', properties => 'props') \g /dev/null
SELECT v.model FROM pls.model_versions v WHERE v.motion = 'desk' ORDER BY v.model_version DESC LIMIT 1 \gset
CREATE TABLE app.given AS SELECT :'model'::jsonb AS model;
-- What a replay says of a model: how many decisions, or the error.
CREATE FUNCTION app.said(model jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    state   text;
BEGIN
    RETURN (SELECT count(*) FROM pls.replay('desk', '2026-05-01', pls.now(), model => said.model));
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
    RETURN state || ' ' || message;
END $$;
\set ECHO all
-- as it is, and what it leaves out is what the motion and the tables have
SELECT app.said(NULL) AS none, app.said(model) AS same,
       app.said(model #- '{motion,time_zone}') AS time_zone, app.said(model #- '{signals,runs,measure}') AS measure,
       app.said(model #- '{signals,runs,op}') AS op
  FROM app.given;
-- what a table refuses
SELECT path, value, app.said(jsonb_set(model, path::text[], value::jsonb)) AS said
  FROM app.given, (VALUES
    ('{motion,time_zone}', 'null'), ('{motion,time_zone}', '"Nowhere"'), ('{motion,qualify_at}', 'null'), ('{motion,cooldown}', '"1 month"'),
    ('{motion,touch_limit}', '0'), ('{motion,holdout}', '2'), ('{motion,triage_at}', '40'),
    ('{signals,runs}', 'null'), ('{signals,runs}', '5'), ('{signals,runs,measure}', 'null'), ('{signals,runs,measure}', '"guess"'),
    ('{signals,runs,category}', 'null'), ('{signals,runs,events}', '[null]'), ('{signals,runs,within}', '"0"'),
    ('{signals,runs,points}', '"NaN"'), ('{signals,runs,enabled}', 'null'), ('{signals,runs,match}', '"$.a"'),
    ('{signals,runs,measure}', '"restart"'), ('{signals,""}', '{"measure": "count"}'),
    ('{grades}', '[{"dimension": "fit", "grade": "AA", "at_least": 1}]'), ('{grades}', '[{"dimension": "fit", "grade": null, "at_least": 1}]'),
    ('{grades}', '[null]'), ('{category_limits}', '{"depth": {}}'), ('{category_limits}', '{"outcome": {"max_points": 1}}'),
    ('{exclusions}', '{"x": {"scope": "actor"}}')) AS v (path, value);
SELECT app.said(jsonb_set(model, '{signals}', (SELECT jsonb_object_agg('s' || n, model #> '{signals,runs}') FROM generate_series(1, 1000) n))) AS too_many
  FROM app.given;
-- the same without the function before it
SELECT count(*) FROM app.given, pls.motions m,
       pls_internal.replay_decisions('desk', jsonb_set(model, '{motion,time_zone}', 'null'), m, NULL, '2026-05-01', pls.now(), '1 minute', NULL, false, NULL, '1 day', true, NULL)
 WHERE m.motion = 'desk';
-- the best grade is that of the given model
UPDATE pls.motions SET min_account_size = 10 WHERE motion = 'desk';
INSERT INTO pls.accounts (account_id, size) SELECT 'org ' || n, 5 FROM generate_series(1, 6) n;
SELECT DISTINCT reason, grade FROM pls.replay('desk', '2026-05-01', pls.now()) ORDER BY 1, 2;
SELECT DISTINCT reason, grade
  FROM app.given, pls.replay('desk', '2026-05-01', pls.now(), model => jsonb_set(jsonb_set(model, '{motion,min_account_size}', '10'),
       '{grades}', '[{"dimension": "fit", "grade": "C", "at_least": 0}, {"dimension": "engagement", "grade": "5", "at_least": 0}]')) ORDER BY 1, 2;
UPDATE pls.motions SET min_account_size = NULL WHERE motion = 'desk';
-- An analyst may weigh what the motion looks at anew, and look at nothing else.
CREATE ROLE pls_replay_analyst;
CREATE ROLE pls_replay_revops;
SELECT pls.grant_access('pls_replay_analyst', 'analyst') IS NOT NULL AS a, pls.grant_access('pls_replay_revops', 'revops') IS NOT NULL AS b;
GRANT USAGE ON SCHEMA app TO pls_replay_analyst, pls_replay_revops;
GRANT SELECT ON app.given TO pls_replay_analyst, pls_replay_revops;
CREATE VIEW app.asked AS
SELECT v.place, v.what, jsonb_set(g.model, v.path::text[], v.value::jsonb) AS model
  FROM app.given g, (VALUES
    (1, 'points', '{signals,runs,points}', '25'), (2, 'within', '{signals,runs,within}', '"2 days"'),
    (3, 'match', '{signals,runs,match}', '"$.secret > 6"'), (4, 'events', '{signals,runs,events}', '["run", "pay"]'),
    (5, 'property', '{signals,x}', '{"category": "depth", "events": ["run"], "measure": "sum", "property": "secret", "within": "7 days", "threshold": 7, "points": 5}'),
    (6, 'attribute', '{signals,y}', '{"category": "fit", "measure": "attribute", "match": "$.seats > 3", "points": 5}'),
    (7, 'actor', '{exclusions}', '{"z": {"scope": "actor", "match": "$.secret == 7"}}')) AS v (place, what, path, value);
GRANT SELECT ON app.asked TO pls_replay_analyst, pls_replay_revops;
SET ROLE pls_replay_analyst;
SELECT what, app.said(model) FROM app.asked ORDER BY place;
SELECT count(*) FROM app.asked, pls.motions m,
       pls_internal.replay_decisions('desk', model, m, NULL, '2026-05-01', pls.now(), '1 minute', NULL, false, NULL, '1 day', true, NULL)
 WHERE place = 3 AND m.motion = 'desk';
RESET ROLE;
SET ROLE pls_replay_revops;
SELECT what, app.said(model) FROM app.asked ORDER BY place;
RESET ROLE;
GRANT SELECT ON app.events TO pls_replay_analyst;
SET ROLE pls_replay_analyst;
SELECT what, app.said(model) FROM app.asked WHERE place IN (3, 7) ORDER BY place;
RESET ROLE;
-- Outcomes alone make no standing, whatever lane a score of 0 would be in.
INSERT INTO pls.signals (motion, signal, category, events, within, outcome) VALUES ('desk', 'paid', 'outcome', '{paid}', '1 day', 'conversion');
UPDATE pls.motions SET triage_at = -1, min_score = NULL WHERE motion = 'desk';
INSERT INTO app.events (org, who, name, at) VALUES ('org 9', 'u9', 'paid', pls.now() - interval '5 hours');
SELECT count(*) FROM pls.replay('desk', '2026-05-01', pls.now()) WHERE entity_id = 'org 9';
SELECT count(*) FROM pls.standings WHERE entity_id = 'org 9';
-- A closed alert counts for touch_limit from when it was touched.
UPDATE pls.motions SET triage_at = NULL, cooldown = '0', touch_limit = 1, touch_window = '3 days' WHERE motion = 'desk';
UPDATE pls.signals SET within = '1 hour', threshold = 1, points = 40 WHERE motion = 'desk' AND signal = 'runs';
INSERT INTO app.events (org, who, name, at) SELECT 'org 20', 'u', 'run', '2026-05-01 10:00+00'::timestamptz + n * interval '1 day' FROM generate_series(0, 6) n;
SELECT d.disposition, d.implies_touch, r.at, r.reason
  FROM (SELECT DISTINCT ON (d.implies_touch) d.* FROM pls.dispositions d WHERE d.enabled ORDER BY d.implies_touch, d.disposition COLLATE "C") d
 CROSS JOIN LATERAL pls.replay('desk', '2026-05-01', '2026-05-09', assume => jsonb_build_object('close_after', '1 day 12 hours', 'disposition', d.disposition)) r
 WHERE r.entity_id = 'org 20' ORDER BY d.implies_touch, r.at;
SELECT r.at, r.reason FROM pls.replay('desk', '2026-05-01', '2026-05-09', assume => '{"close_after": "1 day 12 hours"}') r WHERE r.entity_id = 'org 20' ORDER BY 1;
SELECT pls.revoke_access('pls_replay_analyst') IS NOT NULL AS a, pls.revoke_access('pls_replay_revops') IS NOT NULL AS b;
\c :home
DROP DATABASE pls_replay_models;
DROP ROLE pls_replay_analyst, pls_replay_revops;
