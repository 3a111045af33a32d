-- check.sql - accounts whose score is not what the definition says of them:
-- seconds are whole, sums and growth are counted in cells of an interval's
-- 128th part, each cell's points are rounded once.  Prints none.
WITH seen AS MATERIALIZED (
    SELECT account_id, user_id, event, date_trunc('second', ts) AS at, timestamptz '2025-06-30 00:00+00' AS t,
           (props ->> 'amount')::numeric AS amount
    FROM bench.events WHERE ts <= timestamptz '2025-06-30 00:00+00'
), cells AS (
    SELECT account_id, event, round(sum(amount) * CASE event WHEN 'api_call' THEN 0.009 ELSE 0.007 END, 3) AS points
    FROM (SELECT *, date_bin(CASE event WHEN 'api_call' THEN interval '20250 seconds' ELSE interval '60750 seconds' END,
                             at, '1970-01-01 00:00+00') AS cell
          FROM seen WHERE event IN ('api_call', 'export_csv') AND amount IS NOT NULL) AS c
    WHERE cell > t - CASE event WHEN 'api_call' THEN interval '720 hours' ELSE interval '2160 hours' END
    GROUP BY account_id, event, cell
), sums AS (
    SELECT account_id, sum(points) FILTER (WHERE event = 'api_call') AS calls, sum(points) FILTER (WHERE event = 'export_csv') AS exports
    FROM cells GROUP BY account_id
), counted AS (
    SELECT account_id,
           count(*) FILTER (WHERE event = 'login' AND at > t - interval '720 hours') AS s1,
           count(*) FILTER (WHERE event = 'login' AND at > t - interval '168 hours') AS s2,
           count(DISTINCT user_id) FILTER (WHERE at > t - interval '168 hours') AS s3,
           count(DISTINCT user_id) FILTER (WHERE at > t - interval '720 hours') AS s4,
           count(DISTINCT (at AT TIME ZONE 'UTC')::date) FILTER (WHERE at > t - interval '720 hours') AS s5,
           count(DISTINCT user_id) FILTER (WHERE event = 'create_item' AND at > t - interval '336 hours') AS s6,
           max(at) FILTER (WHERE event = 'login') >= min(t) - interval '72 hours' AS s9,
           max(at) >= min(t) - interval '24 hours' AS s10,
           count(*) FILTER (WHERE cell > t - interval '168 hours') AS after,
           count(*) FILTER (WHERE cell > t - interval '336 hours' AND cell <= t - interval '168 hours') AS before,
           count(*) FILTER (WHERE event = 'invite_user' AND at > t - interval '720 hours') AS s12
    FROM (SELECT *, date_bin(interval '9450 seconds', at, '1970-01-01 00:00+00') AS cell FROM seen) AS s
    GROUP BY account_id
), defined AS (
    SELECT account_id,
           least(0.5 * s1, 10) + least(1.6 * s2, 8) + least(1.5 * s3, 12) + least(0.667 * s4, 8) + least(0.4 * s5, 10)
           + least(2.0 * s6, 6) + least(coalesce(calls, 0), 9) + least(coalesce(exports, 0), 7)
           + CASE WHEN s9 THEN 10 ELSE 0 END + CASE WHEN s10 THEN 5 ELSE 0 END
           + CASE WHEN before > 0 AND round(after::numeric / before, 3) >= 1.2 THEN 10 ELSE 0 END
           + least(1.25 * s12, 5) AS score
    FROM counted LEFT JOIN sums USING (account_id)
)
SELECT count(*) FROM (
    SELECT account_id FROM defined
    FULL JOIN (SELECT account_id, pls.score('twelve', event, ts, user_id, props, '2025-06-30 00:00+00') AS batch
               FROM bench.events GROUP BY account_id) AS b USING (account_id)
    LEFT JOIN (SELECT entity_id::integer AS account_id, v.score AS live
               FROM pls.scores AS v WHERE motion = 'twelve') AS l USING (account_id)
    WHERE (defined.score = batch AND batch = live) IS NOT TRUE) AS wrong
