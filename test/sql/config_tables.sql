-- Motions, category limits, grades, exclusions and free-mail domains: what is
-- completed and what is refused when a row is written.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
BEGIN;
\set QUIET on
\pset format unaligned
\pset tuples_only on

-- Runs a statement; says whether it was accepted, or why not.
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql
AS $$
DECLARE
    state text; message text; detail text; hint text;
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat(state, ': ', message, E'\n  detail: ' || NULLIF(regexp_replace(detail, 'Failing row contains.*', ''), ''),
                  E'\n  hint: ' || NULLIF(hint, ''));
END
$$;
INSERT INTO pls.motions (motion) VALUES ('m');
\set QUIET off

-- motions
SELECT pg_temp.try($$UPDATE pls.motions SET unit = 'team' WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET objective = 'fame' WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET status = 'on' WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET segment = '$.region' WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET segment = '$.region == "EU"' WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET qualify_at = 101 WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET qualify_at = 101, max_score = NULL WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET qualify_at = -1 WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET qualify_at = 50.0001 WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET qualify_at = 'NaN', max_score = NULL WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET min_score = 10, max_score = 5 WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET qualify_at = 60, triage_at = 60 WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET qualify_at = 60, release_at = 61 WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET qualify_at = 60, release_at = 60, triage_at = 59.999 WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET cooldown = '1 month' WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET cooldown = '-1 day' WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET cooldown = '0' WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET touch_window = '0' WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET grace_period = '1 year' WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET holdout = 1 WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET holdout = -0.1 WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET min_signals = -1 WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET touch_limit = 0 WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET min_account_size = 0 WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET time_zone = 'Mars/Olympus' WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET time_zone = NULL WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET time_zone = 'europe/berlin' WHERE motion = 'm'$$);
SELECT pg_temp.try($$UPDATE pls.motions SET calendar = 'no such' WHERE motion = 'm'$$);
SELECT pg_temp.try($$INSERT INTO pls.motions (motion) VALUES ('')$$);
SELECT pg_temp.try(format($$INSERT INTO pls.motions (motion) VALUES (%L)$$, repeat('x', 64)));
SELECT time_zone, release_at FROM pls.motions WHERE motion = 'm';

-- category limits
SELECT pg_temp.try($$INSERT INTO pls.category_limits VALUES ('m', 'depth', NULL, 10)$$);
SELECT pg_temp.try($$INSERT INTO pls.category_limits VALUES ('m', 'width', NULL, 10)$$);
SELECT pg_temp.try($$INSERT INTO pls.category_limits VALUES ('m', 'outcome', NULL, 10)$$);
SELECT pg_temp.try($$INSERT INTO pls.category_limits VALUES ('m', 'risk', NULL, NULL)$$);
SELECT pg_temp.try($$INSERT INTO pls.category_limits VALUES ('m', 'risk', 1, 0)$$);
SELECT pg_temp.try($$INSERT INTO pls.category_limits VALUES ('m', 'risk', 0.12345, NULL)$$);
SELECT pg_temp.try($$INSERT INTO pls.category_limits VALUES ('nobody', 'risk', 0, NULL)$$);

-- grades
SELECT pg_temp.try($$INSERT INTO pls.grades VALUES ('m', 'fit', 10, 'A')$$);
SELECT pg_temp.try($$INSERT INTO pls.grades VALUES ('m', 'engagement', 10, '1')$$);
SELECT pg_temp.try($$INSERT INTO pls.grades VALUES ('m', 'size', 10, 'A')$$);
SELECT pg_temp.try($$INSERT INTO pls.grades VALUES ('m', 'fit', 20, '1')$$);
SELECT pg_temp.try($$INSERT INTO pls.grades VALUES ('m', 'engagement', 20, 'A')$$);
SELECT pg_temp.try($$INSERT INTO pls.grades VALUES ('m', 'fit', 0.0001, 'B')$$);

-- exclusions
SELECT pg_temp.try($$INSERT INTO pls.exclusions (name, scope, domains, reason) VALUES ('ours', 'entity', '{@Acme.COM., sub.acme.com}', 'ours')$$);
SELECT domains FROM pls.exclusions WHERE name = 'ours';
SELECT pg_temp.try($$INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('x', 'company', '{1}', 'r')$$);
SELECT pg_temp.try($$INSERT INTO pls.exclusions (name, scope, reason) VALUES ('x', 'actor', 'r')$$);
SELECT pg_temp.try($$INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('x', 'actor', '{}', 'r')$$);
SELECT pg_temp.try($$INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('x', 'actor', '{a,NULL}', 'r')$$);
SELECT pg_temp.try($$INSERT INTO pls.exclusions (name, scope, domains, reason) VALUES ('x', 'actor', '{not a domain}', 'r')$$);
SELECT pg_temp.try($$INSERT INTO pls.exclusions (name, scope, match, reason) VALUES ('x', 'actor', '$.bot', 'r')$$);
SELECT pg_temp.try($$INSERT INTO pls.exclusions (name, scope, match, reason) VALUES ('x', 'actor', '$.bot == true', '')$$);

-- free-mail domains: an edited row is the user's, and so is one that takes
-- the place of a shipped one, as when a dump is loaded
SELECT pg_temp.try($$INSERT INTO pls.free_mail_domains (domain) VALUES ('nonsense')$$);
SELECT pg_temp.try($$INSERT INTO pls.free_mail_domains (domain) VALUES (NULL)$$);
SELECT pg_temp.try($$INSERT INTO pls.free_mail_domains (domain) VALUES ('Post.Example.')$$);
UPDATE pls.free_mail_domains SET free = false WHERE domain = 'gmx.de';
INSERT INTO pls.free_mail_domains (domain, free) VALUES ('web.de', false);
SELECT domain, free, shipped FROM pls.free_mail_domains WHERE domain IN ('post.example', 'gmx.de', 'web.de', 'gmx.at') ORDER BY domain;
ROLLBACK;
