-- threshold.sql - a threshold suggested on one part of the log, and judged on
-- the part that came after it.
--
-- The motion never saw the outcomes; they are entered as conversions here.
-- Alerts are taken to have been closed as replay.sql closed them.
SELECT ended_at AS log_ended_at FROM demo.replays WHERE motion = 'adoption' \gset
SET pls.now = :'log_ended_at';
INSERT INTO pls.outcomes (motion, entity_id, outcome, at)
SELECT 'adoption', entity_id, 'conversion', outcome_at FROM demo.adoption_outcomes WHERE outcome_at IS NOT NULL;
\set closed '{"close_after": "14 days", "disposition": "no response"}'
\set a_year 8

\echo
\echo 'THRESHOLD: which qualify_at would have brought about at most' :a_year 'alerts a year in lane sales,'
\echo '2019 to 2023? Each row is a replay of these years; a hit declared itself within a year of the first alert.'
\echo
\pset tuples_only off
\pset format aligned
CREATE TABLE demo.thresholds AS
SELECT * FROM pls.suggest_threshold('adoption', :a_year / 52.0, '2019-01-01', '2024-01-01', horizon => '365 days',
                                    outcome => 'conversion', assume => :'closed');
SELECT threshold, CASE WHEN suggested THEN 'yes' END AS suggested, alerts, round(alerts / 5.0, 1) AS "a year", judged, hits,
       precision_low AS low, precision_high AS high, note
  FROM demo.thresholds ORDER BY threshold;
SELECT threshold AS suggested_threshold FROM demo.thresholds WHERE suggested \gset

-- As anybody tries a change: in a transaction that is rolled back.
BEGIN;
UPDATE pls.motions SET qualify_at = :suggested_threshold, release_at = :suggested_threshold - (qualify_at - release_at), triage_at = NULL
 WHERE motion = 'adoption';
SELECT alerts, judged, coalesce(hits, 0) AS hits, not_over, outcomes,
       round(100 * "precision", 1) AS share, round(100 * precision_low, 1) AS low, round(100 * precision_high, 1) AS high
  FROM pls.backtest('adoption', '2024-01-01', :'log_ended_at', horizon => '365 days', outcome => 'conversion', assume => :'closed')
 WHERE part = 'all' \gset later_
ROLLBACK;
\pset tuples_only on
\pset format unaligned
SELECT format(E'Judged on 2024 to 2026, which had no part in the choice: from %s points on, %s alerts of %s companies;\n',
              :suggested_threshold, :later_alerts, :later_judged + :later_not_over)
       || format(E'of %s whose year is over, %s declared within it: %s %% (95 %% interval %s to %s %%).\n',
                 :later_judged, :later_hits, :later_share, :later_low, :later_high)
       || format(E'The log has %s outcomes in all, %s of them after 2023. So few cannot tell a good threshold from a\n',
                 count(*), :later_outcomes)
       || 'useless one. What this one was chosen for is the number of alerts, and that is all it can be trusted on.'
  FROM pls.outcomes WHERE motion = 'adoption';
