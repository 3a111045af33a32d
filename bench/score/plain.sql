SELECT count(*), sum(score), count(*) FILTER (WHERE score >= 60)
FROM (SELECT account_id,
             least(0.5 * s1, 10) + least(1.6 * s2, 8) + least(1.5 * s3, 12) + least(0.667 * s4, 8) + least(0.4 * s5, 10)
             + least(2.0 * s6, 6) + least(0.009 * coalesce(s7, 0), 9) + least(0.007 * coalesce(s8, 0), 7)
             + CASE WHEN s9 >= timestamptz '2025-06-27 00:00+00' THEN 10 ELSE 0 END
             + CASE WHEN s10 >= timestamptz '2025-06-29 00:00+00' THEN 5 ELSE 0 END
             + CASE WHEN before > 0 AND after >= 1.2 * before THEN 10 ELSE 0 END
             + least(1.25 * s12, 5) AS score
      FROM (SELECT account_id,
                   count(*) FILTER (WHERE event = 'login' AND ts > timestamptz '2025-05-31 00:00+00') AS s1,
                   count(*) FILTER (WHERE event = 'login' AND ts > timestamptz '2025-06-23 00:00+00') AS s2,
                   count(DISTINCT user_id) FILTER (WHERE ts > timestamptz '2025-06-23 00:00+00') AS s3,
                   count(DISTINCT user_id) FILTER (WHERE ts > timestamptz '2025-05-31 00:00+00') AS s4,
                   count(DISTINCT CAST(ts AT TIME ZONE 'UTC' AS date)) FILTER (WHERE ts > timestamptz '2025-05-31 00:00+00') AS s5,
                   count(DISTINCT user_id) FILTER (WHERE event = 'create_item' AND ts > timestamptz '2025-06-16 00:00+00') AS s6,
                   sum(CAST(props ->> 'amount' AS numeric)) FILTER (WHERE event = 'api_call' AND ts > timestamptz '2025-05-31 00:00+00') AS s7,
                   sum(CAST(props ->> 'amount' AS numeric)) FILTER (WHERE event = 'export_csv' AND ts > timestamptz '2025-04-01 00:00+00') AS s8,
                   max(ts) FILTER (WHERE event = 'login') AS s9,
                   max(ts) AS s10,
                   count(*) FILTER (WHERE ts > timestamptz '2025-06-23 00:00+00') AS after,
                   count(*) FILTER (WHERE ts > timestamptz '2025-06-16 00:00+00' AND ts <= timestamptz '2025-06-23 00:00+00') AS before,
                   count(*) FILTER (WHERE event = 'invite_user' AND ts > timestamptz '2025-05-31 00:00+00') AS s12
            FROM bench.events
            WHERE ts <= timestamptz '2025-06-30 00:00+00'
            GROUP BY account_id) AS s) AS x
