-- Who is who: company domains, and users and accounts taken over from the
-- tables of an application.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
BEGIN;
\pset format unaligned
\pset null -
SELECT address, pls_internal.normal_domain(address) AS domain, pls.company_domain(address) AS company
FROM unnest(ARRAY[
    'jo@acme.com', 'Jo@ACME.Com', ' jo@acme.com. ', 'Jo <jo@acme.co.uk>', 'jo+tag@mail.acme.io', '"a@b"@acme.de',
    'acme.com', '@acme.com', 'jo@xn--mnchen-3ya.de', 'jo@münchen.de', 'jo@a-b.c-d.museum', 'jo@my_host.acme.com',
    'jo@gmail.com', 'JO@GoogleMail.com', 'jo@yahoo.co.jp', 'jo@gmx.at', 'jo@outlook.com.br', '1+jo@users.noreply.github.com',
    'gmail.com', 'jo@notgmail.com',
    'jo', 'jo@localhost', 'jo@', '', '.', 'jo@10.0.0.1', 'jo@[10.0.0.1]', 'jo@acme', 'jo@-acme.com', 'jo@acme-.com',
    'jo@acme..com', 'jo@ac me.com', 'jo@acme.com/x', 'jo@' || repeat('a', 64) || '.com', NULL]) AS address;
SELECT count(*) > 300 AS enough, count(*) FILTER (WHERE NOT shipped OR NOT free) AS odd FROM pls.free_mail_domains;
UPDATE pls.free_mail_domains SET free = false WHERE domain = 'gmx.at';
INSERT INTO pls.free_mail_domains (domain) VALUES ('mail.acme.io');
SELECT pls.company_domain('jo@gmx.at') AS freed, pls.company_domain('jo+tag@mail.acme.io') AS added;

-- users
CREATE SCHEMA app;
CREATE TABLE app.people (id bigint, org uuid, "Mail" text, joined timestamptz, info jsonb);
INSERT INTO app.people VALUES
    (1, '00000000-0000-0000-0000-000000000001', 'a@acme.com', '2026-01-01 00:00+00', '{"role": "admin"}'),
    (2, NULL, NULL, NULL, NULL), (NULL, NULL, 'nobody@acme.com', NULL, NULL);
SELECT pls.map_users('app.people', 'id', account => 'org', email => 'Mail', signed_up_at => 'joined', attributes => 'info');
SELECT user_id, account_id, email, signed_up_at, attributes FROM pls.users ORDER BY user_id;
SELECT pls.map_users('app.people', 'id', account => 'org', email => 'Mail', signed_up_at => 'joined', attributes => 'info') AS again;
UPDATE app.people SET "Mail" = 'b@acme.com', org = NULL WHERE id = 1;
SELECT pls.map_users('app.people', 'id', email => 'Mail') AS only_what_is_named;
SELECT pls.map_users('app.people', 'id') AS ids_only;
SELECT user_id, account_id, email FROM pls.users ORDER BY user_id;

-- accounts, from a view
CREATE TABLE app.orgs (id text, title varchar(20), site text, boss text, seats bigint, since timestamptz, info jsonb);
INSERT INTO app.orgs VALUES ('o1', 'Acme', 'ACME.com', 'ae-1', 40, '2026-01-01 00:00+00', '{"industry": "software"}'),
    ('o2', 'Blank', 'not a domain', NULL, NULL, NULL, NULL);
CREATE VIEW app.org_view AS SELECT * FROM app.orgs;
SELECT pls.map_accounts('app.org_view', 'id', name => 'title', domain => 'site', owner => 'boss', size => 'seats',
                        signed_up_at => 'since', attributes => 'info');
SELECT account_id, name, domain, owner, size, signed_up_at, attributes FROM pls.accounts ORDER BY account_id;
SELECT pls.map_accounts('app.org_view', 'id', name => 'title', domain => 'site', owner => 'boss', size => 'seats',
                        signed_up_at => 'since', attributes => 'info') AS again;
UPDATE app.orgs SET seats = 41 WHERE id = 'o1';
SELECT pls.map_accounts('app.org_view', 'id', size => 'seats') AS changed;

-- an id that cannot be one stops none of the others
CREATE TABLE app.odd (id text, org text, mail text);
INSERT INTO app.odd VALUES ('fine', 'o1', 'fine@acme.com'), ('', 'o1', NULL),
    (repeat('x', 1024), 'o1', NULL), (repeat('x', 1025), 'o1', NULL),
    -- too long for an index even when compressed; twice is no matter
    ((SELECT string_agg(md5(i::text), '' ORDER BY i) FROM generate_series(1, 200) i), 'o1', NULL),
    ((SELECT string_agg(md5(i::text), '' ORDER BY i) FROM generate_series(1, 200) i), 'o1', NULL),
    -- what is no key may be long
    ('long', (SELECT string_agg(md5(i::text), '' ORDER BY i) FROM generate_series(1, 200) i),
     (SELECT string_agg(md5(i::text), '' ORDER BY i) || '@acme.com' FROM generate_series(1, 200) i));
SELECT pls.map_users('app.odd', 'id', account => 'org', email => 'mail');
SELECT pls.map_accounts('app.odd', 'id', name => 'mail', domain => 'mail');
SELECT left(user_id, 5) AS user_id, length(user_id), length(account_id) FROM pls.users
 WHERE user_id ~ '^(fine|long|x+)$' OR user_id = '' ORDER BY 1;
SELECT left(account_id, 5) AS account_id, length(account_id), domain IS NULL AS no_domain FROM pls.accounts
 WHERE account_id ~ '^(fine|long|x+)$' OR account_id = '' ORDER BY 1;

-- ids that name nobody, however often they come; domains and owners that are none
CREATE TABLE app.csv (id text, dom text, boss text);
INSERT INTO app.csv VALUES ('NULL', 'x.example', NULL), (' null', 'y.example', NULL), ('undefined', NULL, NULL), ('  ', NULL, NULL),
    ('csv 1', 'acme', 'ae-1'), ('csv 2', 'a.example, b.example', 'maria@us.example'), ('csv 3', 'undefined', ''), ('csv 4', ' ', NULL);
INSERT INTO pls.reps (rep) VALUES ('ae-1');
SELECT pls.map_users('app.csv', 'id'), pls.map_accounts('app.csv', 'id', domain => 'dom', owner => 'boss');
SELECT user_id FROM pls.users WHERE user_id ~* 'csv|null|undefined|^ *$' ORDER BY user_id;
SELECT account_id, domain, owner FROM pls.accounts WHERE account_id ~* 'csv|null|undefined|^ *$' ORDER BY account_id;

-- local times
CREATE TABLE app.local (id integer, since timestamp, day date);
INSERT INTO app.local VALUES (901, '2026-03-29 02:30', '2026-03-29'), (902, NULL, 'infinity');
SELECT pls.map_users('app.local', 'id', signed_up_at => 'since', time_zone => 'europe/berlin'),
       pls.map_accounts('app.local', 'id', signed_up_at => 'day', time_zone => 'America/New_York');
SELECT u.user_id, u.signed_up_at, a.signed_up_at AS account FROM pls.users u JOIN pls.accounts a ON a.account_id = u.user_id
 WHERE u.user_id ~ '^90' ORDER BY 1;

-- columns that become attributes
CREATE TYPE app.plan AS ENUM ('free', 'team');
CREATE TABLE app.wide (id text, employees integer, industry varchar(20), plan app.plan, paying boolean, score double precision,
                       tags text[], sizes integer[], doc json, since date, facts jsonb);
INSERT INTO app.wide VALUES ('wide 1', 300, 'software', 'team', true, 1.5, '{a,"b c"}', '{1,2}', '{"a": null}', '2026-01-02', '{"employees": 1, "vip": true}'),
    ('wide 2', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'null', NULL, NULL);
SELECT pls.map_accounts('app.wide', 'id', columns => '{employees,industry,plan,paying,score,tags,sizes,doc,since}');
SELECT account_id, attributes FROM pls.accounts WHERE account_id ~ '^wide' ORDER BY 1;
-- others are kept, and those that are NULL by now go
UPDATE pls.accounts SET attributes = attributes || '{"do_not_contact": true}' WHERE account_id = 'wide 1';
UPDATE app.wide SET industry = NULL, employees = 301 WHERE id = 'wide 1';
SELECT pls.map_accounts('app.wide', 'id', columns => '{employees,industry,plan,paying,score,tags,sizes,doc,since}'),
       pls.map_accounts('app.wide', 'id', columns => '{employees}') AS again;
SELECT attributes FROM pls.accounts WHERE account_id = 'wide 1';
-- with a column of all attributes nothing else is kept
SELECT pls.map_accounts('app.wide', 'id', attributes => 'facts', columns => '{employees}');
SELECT account_id, attributes FROM pls.accounts WHERE account_id ~ '^wide' ORDER BY 1;
SELECT pls.map_users('app.wide', 'id', columns => '{plan}');
SELECT user_id, attributes FROM pls.users WHERE user_id ~ '^wide' ORDER BY 1;

-- refused
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
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.try($$SELECT pls.map_users('app.people', 'user_id')$$);
SELECT pg_temp.try($$SELECT pls.map_users('app.people', NULL)$$);
SELECT pg_temp.try($$SELECT pls.map_users('app.people', 'info')$$);
SELECT pg_temp.try($$SELECT pls.map_users('app.people', 'id', email => 'org')$$);
SELECT pg_temp.try($$SELECT pls.map_users('app.people', 'id', signed_up_at => 'Mail')$$);
SELECT pg_temp.try($$SELECT pls.map_users('app.people', 'id', attributes => 'Mail')$$);
SELECT pg_temp.try($$SELECT pls.map_accounts('app.orgs', 'id', size => 'title')$$);
SELECT pg_temp.try($$SELECT pls.map_accounts(NULL, 'id')$$);
SELECT pg_temp.try($$SELECT pls.map_accounts('app.local', 'id', signed_up_at => 'day')$$);
SELECT pg_temp.try($$SELECT pls.map_users('app.local', 'id', signed_up_at => 'since')$$);
SELECT pg_temp.try($$SELECT pls.map_users('app.local', 'id', signed_up_at => 'since', time_zone => 'CEST')$$);
SELECT pg_temp.try($$SELECT pls.map_users('app.people', 'id', signed_up_at => 'joined', time_zone => 'UTC')$$);
SELECT pg_temp.try($$SELECT pls.map_users('app.people', 'id', time_zone => 'UTC')$$);
SELECT pg_temp.try($$SELECT pls.map_accounts('app.csv', 'id', external_ids => 'id')$$);
SELECT pg_temp.try($$SELECT pls.map_accounts('app.wide', 'id', columns => '{none}')$$);
SELECT pg_temp.try($$SELECT pls.map_users('app.wide', 'id', columns => '{plan,plan}')$$);
INSERT INTO app.people (id) VALUES (1);
SELECT pg_temp.try($$SELECT pls.map_users('app.people', 'id')$$);
UPDATE app.orgs SET info = '[]' WHERE id = 'o1';
SELECT pg_temp.try($$SELECT pls.map_accounts('app.orgs', 'id', attributes => 'info')$$);
UPDATE app.orgs SET info = NULL, seats = -1;
SELECT pg_temp.try($$SELECT pls.map_accounts('app.orgs', 'id', size => 'seats')$$);
ROLLBACK;
