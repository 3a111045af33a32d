-- motions.sql - 200 motions of six signals on the one table.
SET client_min_messages = warning;
SELECT FROM generate_series(1, 200) AS i WHERE EXISTS (SELECT FROM pls.create_motion('motion ' || i, template => 'trial_conversion'));
DELETE FROM pls.signals;
INSERT INTO pls.signals (motion, signal, category, events, match, measure, within, op, threshold, points, why)
SELECT m.motion, 's' || k, CASE WHEN k < 3 THEN 'depth' ELSE 'breadth' END,
       ARRAY['event ' || ascii(right(m.motion, 1)), 'event ' || k],
       CASE WHEN k % 2 = 0 THEN '$.plan == "team"'::jsonpath END,
       CASE WHEN k % 3 = 0 THEN 'actors' ELSE 'count' END, '14 days', '>=', 3, 10 + k, 'does things that show value'
  FROM pls.motions AS m, generate_series(1, 6) AS k;
UPDATE pls.motions SET status = 'live', segment = NULL, grace_period = NULL, min_account_size = NULL;
CALL pls.sweep_all();
VACUUM ANALYZE;
