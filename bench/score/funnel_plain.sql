SELECT string_agg(level || ':' || n, ' ' ORDER BY level)
FROM (SELECT level, count(*) AS n
      FROM (SELECT user_id,
                   max(CASE WHEN step = 4 AND ts - start3 <= interval '7 days' THEN 4
                            WHEN reached3 IS NOT NULL THEN 3 WHEN reached2 IS NOT NULL THEN 2
                            WHEN step = 1 THEN 1 ELSE 0 END) AS level
            FROM (SELECT *, max(reached3) OVER w AS start3
                  FROM (SELECT *, CASE WHEN step = 3 AND ts - start2 <= interval '7 days' THEN start2 END AS reached3
                        FROM (SELECT *, max(reached2) OVER w AS start2
                              FROM (SELECT *, CASE WHEN step = 2 AND ts - start1 <= interval '7 days' THEN start1 END AS reached2
                                    FROM (SELECT user_id, ts, step, max(CASE WHEN step = 1 THEN ts END) OVER w AS start1
                                          FROM (SELECT user_id, ts,
                                                       CASE event WHEN 'login' THEN 1 WHEN 'create_item' THEN 2
                                                                  WHEN 'invite_user' THEN 3 ELSE 4 END AS step
                                                FROM bench.events
                                                WHERE event IN ('login', 'create_item', 'invite_user', 'upgrade_plan')) AS e
                                          WINDOW w AS (PARTITION BY user_id ORDER BY ts, step ROWS UNBOUNDED PRECEDING)) AS s1
                                   ) AS r2
                              WINDOW w AS (PARTITION BY user_id ORDER BY ts, step ROWS UNBOUNDED PRECEDING)) AS s2
                       ) AS r3
                  WINDOW w AS (PARTITION BY user_id ORDER BY ts, step ROWS UNBOUNDED PRECEDING)) AS s3
            GROUP BY user_id) AS l
      GROUP BY level) AS x
