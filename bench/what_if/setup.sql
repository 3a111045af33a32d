-- setup.sql - standings for what_if.sh; variable entities: how many.
--
-- Accounts with about 12 events each in the last weeks, scored by the starter
-- motion.  Those in a lane were decided about: one in two has an open alert,
-- the others are in their cooldown or were kept off.
CREATE EXTENSION pls;
SET timezone = 'UTC';
SET client_min_messages = warning;
SELECT pls.create_motion('trial', template => 'trial_conversion');
UPDATE pls.motions SET status = 'live' WHERE motion = 'trial';
\ir ../standings.sql
ALTER TABLE pls.alerts DISABLE TRIGGER USER;
INSERT INTO pls.alerts (entity_id, motion, unit, account_id, lane, status, reason, next_best_action, unassigned_reason, score, evidence, created_at, clock_from, clock_used)
SELECT entity_id, motion, 'account', entity_id, lane, 'open', 'scored', 'Call.', 'nobody free', score, '[]', now() - interval '5 days', now() - interval '5 days', '0'
  FROM pls.standings WHERE lane IS NOT NULL AND hashtext(entity_id) % 2 = 0;
ALTER TABLE pls.alerts ENABLE TRIGGER USER;
VACUUM (ANALYZE);
