-- A risk that is met is named in the alert, and what it asks for comes first.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET pls.now = '2026-06-02 10:00+00';
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE SCHEMA app;
CREATE TABLE app.events (org text, person text, name text, at timestamptz);
SELECT count(*) FROM pls.create_motion('seats', template => 'trial_conversion');
UPDATE pls.motions SET status = 'live', grace_period = NULL WHERE motion = 'seats';
SELECT pls.watch('app.events', event => 'name', at => 'at', account => 'org', actor => 'person') > 0 AS watched;
CREATE FUNCTION pg_temp.use(org text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO app.events
    SELECT org, 'p' || n % 3, e, '2026-06-01 10:00+00'::timestamptz + n * interval '1 minute'
      FROM generate_series(1, 6) AS n,
           unnest('{workflow_completed,integration_connected,domain_verified,invite_sent,sso_requested}'::text[]) AS e
$$;
SELECT pg_temp.use('well');
INSERT INTO app.events SELECT 'trouble', 'p1', 'error_shown', '2026-06-02 08:00+00' FROM generate_series(1, 12);
SELECT pg_temp.use('trouble');
SELECT entity_id, score, route, pool FROM pls.alerts ORDER BY entity_id;
SELECT entity_id, reason FROM pls.alerts ORDER BY entity_id;
SELECT entity_id, next_best_action FROM pls.alerts ORDER BY entity_id;

-- A risk without an action leaves it to the route.
UPDATE pls.signals SET next_best_action = NULL WHERE motion = 'seats' AND signal = 'errors pile up';
INSERT INTO app.events SELECT 'third', 'p1', 'error_shown', '2026-06-02 08:00+00' FROM generate_series(1, 12);
SELECT pg_temp.use('third');
SELECT next_best_action FROM pls.alerts WHERE entity_id = 'third';
ROLLBACK;
