-- standings.sql - accounts and their standings, for the set-ups beside it; variable
-- entities: how many.  About 12 events each in the last weeks, scored by the
-- starter motion; nearly half of them are in a lane, and were decided about.
INSERT INTO pls.accounts (account_id, name, size, signed_up_at, attributes)
SELECT 'account ' || n, 'Account number ' || n, 3 + n % 400, now() - interval '60 days',
       jsonb_build_object('employees', n % 60, 'industry', (ARRAY['software', 'retail', 'mining'])[1 + n % 3])
  FROM generate_series(1, :entities) AS n;
SET work_mem = '1GB';
-- decisions are made here, not beneath these rows
ALTER TABLE pls.standings DISABLE TRIGGER USER;
INSERT INTO pls.standings (entity_id, motion, evidence, score, lane, evaluated_at, last_event_at, look_at)
SELECT s.entity_id, 'trial', s.evidence, (v).score, (v).lane, now(), s.newest, 'infinity'
  FROM (SELECT e.*, pls.evaluate(e.evidence, now(), a.attributes) AS v
          FROM (SELECT 'account ' || n AS entity_id,
                       pls.evidence('trial', (ARRAY['workflow_completed', 'workflow_completed', 'project_created', 'report_viewed', 'invite_sent',
                                                    'integration_connected', 'pricing_viewed', 'billing_page_viewed', 'domain_verified',
                                                    'error_shown'])[1 + (n * 7 + x * x * 13 + n / 10 * x) % 10],
                                    now() - ((n * 31 + x * 97) % (24 * 20)) * interval '1 hour', 'user ' || (n + x) % 4, NULL) AS evidence,
                       now() - min((n * 31 + x * 97) % (24 * 20)) * interval '1 hour' AS newest
                  FROM generate_series(1, :entities) AS n, generate_series(1, 12) AS x
                 WHERE x <= 2 + n % 11
                 GROUP BY n) AS e
          JOIN pls.accounts AS a ON a.account_id = e.entity_id
        OFFSET 0) AS s;
UPDATE pls.standings
   SET reason = CASE WHEN hashtext(entity_id) % 2 = 0 THEN CASE lane WHEN 'sales' THEN 'raised' ELSE 'triage' END
                     WHEN hashtext(entity_id) % 5 = 0 THEN 'cooldown' ELSE 'raised' END,
       qualified = lane = 'sales', cooldown_until = now() + interval '9 days', last_alert_at = now() - interval '5 days'
 WHERE lane IS NOT NULL;
ALTER TABLE pls.standings ENABLE TRIGGER USER;
