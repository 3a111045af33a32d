-- Good templates pass, and bad ones are rejected by the rule that they break and
-- by no other: test/data/outreach/*.jsonl.
\getenv srcdir PG_ABS_SRCDIR
\set good :srcdir /data/outreach/good.jsonl
\set bad :srcdir /data/outreach/bad.jsonl
\set english :srcdir /data/outreach/english.jsonl
\set english_more :srcdir /data/outreach/english_more.jsonl
\set chinese :srcdir /data/outreach/chinese.jsonl
\set chinese_more :srcdir /data/outreach/chinese_more.jsonl
\set own :srcdir /data/outreach/own.jsonl
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
BEGIN;
CREATE TEMP TABLE corpus (line text);
CREATE FUNCTION pg_temp.load(path text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    -- no delimiter and no quote occurs in JSON lines
    EXECUTE format(E'COPY corpus FROM %L WITH (FORMAT csv, DELIMITER E''\\x02'', QUOTE E''\\x01'')', path);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;
SELECT pg_temp.load(:'good') >= 80 AS good, pg_temp.load(:'bad') >= 80 AS bad;
-- of others
SELECT pg_temp.load(:'english') AS english, pg_temp.load(:'english_more') AS more, pg_temp.load(:'chinese') AS chinese, pg_temp.load(:'chinese_more') AS more_chinese,
       pg_temp.load(:'own') AS own;
CREATE TEMP VIEW judged AS
SELECT d ->> 'id' AS id, d ->> 'expect' AS expected, coalesce(l.rules, 'good') AS found, l.words
  FROM (SELECT line::jsonb AS d FROM corpus) c
 CROSS JOIN LATERAL (SELECT string_agg(DISTINCT l.rule, '+' ORDER BY l.rule) AS rules, string_agg(l.words, '; ') AS words
                       FROM pls.lint_template(d ->> 'body', d ->> 'subject', NULL, d ->> 'kind') l) l;
-- none is misjudged
SELECT * FROM judged WHERE found <> expected ORDER BY id;
-- each rule has its share
SELECT line::jsonb ->> 'expect' AS expected, count(*) >= CASE line::jsonb ->> 'expect' WHEN 'too_long' THEN 4 ELSE 10 END AS enough
  FROM corpus GROUP BY 1, line::jsonb ->> 'expect' ORDER BY 1;
-- the kits of the templates are good
SELECT count(*) > 0 AS trial FROM pls.create_motion('trial', template => 'trial_conversion');
SELECT count(*) > 0 AS seats FROM pls.create_motion('seats', template => 'seat_expansion');
SELECT motion, kind, count(*), count(*) FILTER (WHERE t.language = 'en') AS english FROM pls.templates t GROUP BY 1, 2 ORDER BY 1, 2;
SELECT t.motion, t.template, l.* FROM pls.templates t CROSS JOIN LATERAL pls.lint_template(t.body, t.subject, t.motion, t.kind) l;
-- what their signals print, too, and at least two of each can be named
SELECT motion, count(*) >= 2 AS enough FROM pls.signals WHERE approved_for_outreach AND outreach_words <> '' GROUP BY 1 ORDER BY 1;
ROLLBACK;
