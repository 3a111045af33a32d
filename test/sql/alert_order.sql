-- What distinguishes an entity comes first in the text of its alert, on the
-- adoption log; what all qualified entities meet comes last.
\getenv srcdir PG_ABS_SRCDIR
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET pls.now = '2021-07-04 12:00+00';
BEGIN;
CREATE SCHEMA app;
CREATE TABLE app.events (at timestamptz, usr text, org text, name text, props jsonb);
\copy app.events (at, usr, org, name, props) FROM PROGRAM 'gzip -dc "$PG_ABS_SRCDIR/data/oss_adoption_events.csv.gz"' WITH (FORMAT csv, HEADER)
DELETE FROM app.events WHERE at > pls.now() OR org = '' OR props @@ '$.bot == true';
INSERT INTO pls.motions (motion, status, objective, qualify_at, min_signals, cooldown)
VALUES ('adoption', 'draft', 'conversion', 50, 2, '14 days');
INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, threshold, points, required, why, next_best_action) VALUES
    ('adoption', 'commits', 'depth', '{change_committed}', 'count', '180 days', '>=', 1, 30, true, 'commits', 'thank them'),
    ('adoption', 'lately', 'activation', '{change_committed,change_merged}', 'recency', '180 days', '<=', NULL, 20, false, 'is active', 'say hello'),
    ('adoption', 'people', 'breadth', NULL, 'actors', '365 days', '>=', 3, 10, false, 'several people', 'offer a workshop'),
    ('adoption', 'core', 'depth', '{core_changed}', 'count', '180 days', '>=', 2, 12, false, 'changes the core', 'invite to the architecture call'),
    ('adoption', 'docs', 'depth', '{docs_edited}', 'count', '180 days', '>=', 1, 8, false, 'edits documents', 'offer a writer'),
    ('adoption', 'tests', 'depth', '{test_added}', 'count', '180 days', '>=', 1, 9, false, 'adds tests', 'offer a review'),
    ('adoption', 'settings', 'admin', '{admin_setting_changed}', 'count', '180 days', '>=', 1, 7, false, 'changes settings', 'offer an admin guide'),
    ('adoption', 'integrates', 'integration', '{integration_configured}', 'count', '365 days', '>=', 1, 14, false, 'integrates', 'offer help with the integration'),
    ('adoption', 'invites', 'invite', '{teammate_invited}', 'count', '365 days', '>=', 1, 11, false, 'invites', 'offer seats');
INSERT INTO pls.pools (pool) VALUES ('desk');
INSERT INTO pls.routes (motion, position, route, pool) VALUES ('adoption', 1, 'all', 'desk');
UPDATE pls.motions SET status = 'live' WHERE motion = 'adoption';
SELECT FROM pls.watch('app.events', event => 'name', at => 'at', account => 'org', actor => 'usr', properties => 'props') \g /dev/null
CREATE VIEW app.firsts AS
SELECT a.entity_id, a.alert_id, split_part(split_part(a.reason, ': ', 2), ', ', 1) AS first_phrase, a.next_best_action, a.reason
  FROM pls.alerts a WHERE a.motion = 'adoption';
\set ECHO all
-- many are decided about at once, before anything was ever decided
SELECT pls.refresh('adoption') > 0 AS rebuilt;
SELECT pls.sweep() IS NOT NULL AS swept;
SELECT count(*) > 40 AS many, count(DISTINCT next_best_action) >= 5 AS several_actions,
       max(n) < 0.5 * count(*) AS none_has_half
  FROM app.firsts f JOIN (SELECT next_best_action, count(*) AS n FROM app.firsts GROUP BY 1) c USING (next_best_action);
-- by points alone it was the same for all
SELECT count(DISTINCT (SELECT e ->> 'signal' FROM jsonb_array_elements(a.evidence) e
                        ORDER BY (e ->> 'points')::numeric DESC, (e ->> 'line')::integer LIMIT 1))
  FROM pls.alerts a;
-- what all meet is never said before what not all meet
SELECT count(*) FROM app.firsts WHERE reason LIKE '%: commits %, %' OR first_phrase LIKE 'commits %' AND reason LIKE '%, %';
-- as the formula has it
WITH latest AS (SELECT * FROM pls_internal.signal_shares ORDER BY counted_at DESC LIMIT 1),
     weighed AS (
    SELECT a.entity_id, s.signal, s.next_best_action,
           row_number() OVER (PARTITION BY a.alert_id
                              ORDER BY s.required AND coalesce((c.met ->> s.signal)::integer, 0) = c.entities,
                                       l.points * (c.entities - coalesce((c.met ->> s.signal)::integer, 0)) / c.entities DESC,
                                       l.points DESC, l.line) AS place
      FROM pls.alerts a
     CROSS JOIN latest c
     CROSS JOIN jsonb_to_recordset(a.evidence) AS l(line integer, signal text, points numeric)
      JOIN pls.signals s ON s.motion = a.motion AND s.signal = l.signal
     WHERE l.points > 0)
SELECT count(*) FROM weighed w JOIN app.firsts f USING (entity_id) WHERE w.place = 1 AND w.next_best_action <> f.next_best_action;
SELECT entities >= 10 AS enough, met -> 'commits' = to_jsonb(entities) AS all_meet_what_is_required FROM pls_internal.signal_shares;
-- of few nothing is said: by points
UPDATE pls_internal.signal_shares SET entities = 9;
SELECT reason, next_best_action
  FROM pls_internal.alert_words('adoption', 'acme', 70, 'A1',
       '[{"line": 1, "signal": "commits", "value": 4, "points": 30}, {"line": 2, "signal": "docs", "value": 1, "points": 8}]');
UPDATE pls_internal.signal_shares SET entities = 100, met = '{"commits": 100, "docs": 40}';
SELECT reason, next_best_action
  FROM pls_internal.alert_words('adoption', 'acme', 70, 'A1',
       '[{"line": 1, "signal": "commits", "value": 4, "points": 30}, {"line": 2, "signal": "docs", "value": 1, "points": 8}, {"line": 3, "signal": "tests", "value": 1, "points": 6}]');
-- equal shares: by points, what is required last
UPDATE pls_internal.signal_shares SET entities = 100, met = '{"commits": 100, "docs": 100, "tests": 100}';
SELECT reason, next_best_action
  FROM pls_internal.alert_words('adoption', 'acme', 70, 'A1',
       '[{"line": 1, "signal": "commits", "value": 4, "points": 30}, {"line": 2, "signal": "docs", "value": 1, "points": 8}, {"line": 3, "signal": "tests", "value": 1, "points": 6}]');
-- counted again when more has been decided, and gone with the motion
SELECT count(*) FROM pls_internal.signal_shares;
SET pls.now = '2021-07-04 14:00+00';
INSERT INTO app.events SELECT pls.now(), 'u' || n, 'late.example', (ARRAY['change_committed', 'docs_edited', 'core_changed'])[n % 3 + 1], '{}' FROM generate_series(1, 12) n;
SELECT pls.sweep() IS NOT NULL AS swept;
SELECT count(*), max(counted_at) FROM pls_internal.signal_shares;
DELETE FROM pls.motions WHERE motion = 'adoption';
SELECT count(*) FROM pls_internal.signal_shares;
ROLLBACK;
