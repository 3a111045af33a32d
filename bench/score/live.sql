SELECT count(*), sum(score), count(*) FILTER (WHERE score >= 60) FROM pls.scores WHERE motion = 'twelve'
