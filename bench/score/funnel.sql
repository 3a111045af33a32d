SELECT string_agg(level || ':' || n, ' ' ORDER BY level)
FROM (SELECT level, count(*) AS n
      FROM (SELECT pls.window_funnel('7 days', ts, event = 'login', event = 'create_item', event = 'invite_user',
                                     event = 'upgrade_plan') AS level
            FROM bench.events
            WHERE event IN ('login', 'create_item', 'invite_user', 'upgrade_plan')
            GROUP BY user_id) AS l
      GROUP BY level) AS x
