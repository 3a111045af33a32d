-- parts.sql - :parts events of one account wait in as many parts, as they do
-- if its standing was held by others: the first has come so, the others are
-- copies of it.
INSERT INTO app.events (org_id, user_id, name) VALUES ('one', 1, 'export');
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO app.events (org_id, user_id, name) VALUES ('one', 1, 'export');
COMMIT;
INSERT INTO pls.backlog (entity_id, motion, not_before, evidence)
SELECT b.entity_id, b.motion, b.not_before, b.evidence FROM pls.backlog AS b, generate_series(2, :parts);
SET pls.enabled = off;
INSERT INTO app.events (org_id, user_id, name, created_at)
SELECT e.org_id, e.user_id, e.name, e.created_at
  FROM (SELECT * FROM app.events ORDER BY event_id DESC LIMIT 1) AS e, generate_series(2, :parts);
ANALYZE pls.backlog;
