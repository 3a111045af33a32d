SELECT count(*), sum(score), count(*) FILTER (WHERE score >= 60)
FROM (SELECT account_id, pls.score('twelve', event, ts, user_id, props, '2025-06-30 00:00+00') AS score
      FROM bench.events GROUP BY account_id) AS x
