SELECT count(*), sum(n) FROM (SELECT account_id, count(*) AS n FROM bench.events GROUP BY account_id) AS x
