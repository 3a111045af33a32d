-- Whose an event is: random aliases, domains, users and ids that name nobody,
-- written in many ways, and the same answer by the trigger, by rebuilds of all
-- and of one, in SQL, and by plain SQL that knows what each value means.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET pls.now = '2026-06-02 10:00+00';
BEGIN;
\pset format unaligned
\pset null -

CREATE SCHEMA app;
CREATE FUNCTION app.motion(motion text, unit text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO pls.motions (motion, unit, objective, qualify_at, min_signals, status)
    VALUES (motion, unit, 'conversion', 100, 1, 'live');
    INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points)
    VALUES (motion, 'rows', 'depth', '{run}', 'count', '14 days', 40, 10),
           (motion, 'people', 'breadth', '{run}', 'actors', '14 days', 40, 10);
$$;
SELECT app.motion('a', 'account'), app.motion('u', 'user') \g /dev/null
-- of scope actor, by a domain of a mail provider and one of a company
INSERT INTO pls.exclusions (name, scope, domains, reason) VALUES ('staff', 'actor', '{Mail.Example,https://www.staff.example/}', 'our own');
INSERT INTO pls.free_mail_domains (domain) VALUES ('mail.example'), ('post.example');
INSERT INTO pls.ignored_ids (id) VALUES ('anonymous');

-- ids 1 to 60 are accounts, users, aliases of others or nobody
SELECT setseed(0.12) \g /dev/null
CREATE TABLE app.account_alias AS
    SELECT i AS id, i + 1 + floor(random() * 12)::integer AS target FROM generate_series(1, 40) i WHERE random() < 0.4;
INSERT INTO pls.account_aliases SELECT id, target FROM app.account_alias;
CREATE TABLE app.user_alias AS
    SELECT i AS id, i + 1 + floor(random() * 12)::integer AS target FROM generate_series(1, 40) i WHERE random() < 0.4;
-- users 46 to 60 are called by an address
CREATE FUNCTION app.user_name(id integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN id > 45 THEN format('U%s@Firm%s.Example', id, id % 7) ELSE id::text END $$;
INSERT INTO pls.user_aliases SELECT app.user_name(id), app.user_name(target) FROM app.user_alias;
-- domains: firm0 to firm6 have accounts in different ways, some none
CREATE TABLE app.firm (domain text, account integer, own boolean);
INSERT INTO app.firm VALUES ('firm0.example', 3, false), ('firm1.example', 17, true), ('uk.firm1.example', 44, false),
    ('firm2.example', 51, false), ('xn--bcher-kva.example', 29, true), ('post.example', 33, false);
INSERT INTO pls.account_domains SELECT CASE domain WHEN 'firm0.example' THEN 'https://WWW.Firm0.example/about' ELSE domain END, account
  FROM app.firm WHERE NOT own;
INSERT INTO pls.accounts (account_id, domain) SELECT account, CASE domain WHEN 'xn--bcher-kva.example' THEN 'Bücher.example' ELSE domain END
  FROM app.firm WHERE own;
-- a larger id that has the same domain, and one that a mail provider was entered for
INSERT INTO pls.accounts (account_id, domain) VALUES ('2', NULL), ('18', 'firm1.example'), ('5', 'mail.example');
CREATE TABLE app.address (number serial, domain text, subdomain_of text);
INSERT INTO app.address (domain, subdomain_of) VALUES ('firm0.example', NULL), ('a.b.firm0.example', 'firm0.example'), ('firm1.example', NULL),
    ('uk.firm1.example', NULL), ('de.firm1.example', 'firm1.example'), ('x.uk.firm1.example', 'uk.firm1.example'), ('firm2.example', NULL),
    ('firm3.example', NULL), ('shop.firm3.example', NULL), ('xn--bcher-kva.example', NULL), ('mail.example', NULL), ('post.example', NULL),
    ('staff.example', NULL), ('gmail.com', NULL);
INSERT INTO pls.account_aliases VALUES ('firm3.example', '40');
CREATE TABLE app.member AS
    SELECT i AS id, CASE WHEN random() < 0.4 THEN 1 + floor(random() * 60)::integer END AS account,
           CASE WHEN random() < 0.2 THEN 'NULL' END AS junk,
           CASE WHEN random() < 0.5 THEN 1 + floor(random() * 14)::integer END AS address
      FROM generate_series(1, 60) i WHERE random() < 0.7;
-- how an address of a domain may be written
CREATE FUNCTION app.written(local text, domain text, way integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE way % 8
        WHEN 0 THEN local || '@' || domain
        WHEN 1 THEN upper(local || '@' || domain)
        WHEN 2 THEN format(' %s@%s. ', local, initcap(domain))
        WHEN 3 THEN format('"Ann, Ms" <%s@%s>', upper(local), domain)
        WHEN 4 THEN local || '@' || replace(replace(domain, 'xn--bcher-kva', E'bu\u0308cher'), '.', E'\u200b.')
        WHEN 5 THEN local || '@' || replace(domain, 'xn--bcher-kva', 'BÜCHER')
        WHEN 6 THEN format(E'mailto:%s@%s\t', local, domain)
        ELSE local || E'\ufeff @ ' || domain END $$;
CREATE FUNCTION app.nobody(way integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT (ARRAY[NULL, '', '  ', 'null', ' NULL', '(Null) ', 'None', 'undefined', 'NaN', '0', '-', 'Anonymous', E'\t', E'\u00a0'])[1 + way % 14] $$;
INSERT INTO pls.users (user_id, account_id, email)
    SELECT app.user_name(m.id), coalesce(m.account::text, m.junk), app.written('m', a.domain, m.id)
      FROM app.member m LEFT JOIN app.address a ON a.number = m.address;

-- what each event means, and how it is written
CREATE TABLE app.meant AS
    SELECT i AS number, 1 + floor(random() * 4)::integer AS shape,
           CASE WHEN random() < 0.4 THEN 1 + floor(random() * 60)::integer END AS account,
           CASE WHEN random() < 0.8 THEN 1 + floor(random() * 60)::integer END AS member,
           CASE WHEN random() < 0.4 THEN 1 + floor(random() * 14)::integer END AS address,
           floor(random() * 1000)::integer AS way,
           timestamptz '2026-06-01 00:00+00' + random() * interval '1 day' AS at
      FROM generate_series(1, 1500) i;
CREATE TABLE app.text_ids (n integer, event text, at timestamptz, org text, uid text, mail text);
CREATE TABLE app.numbers (n integer, event text, at timestamptz, org bigint, uid integer, mail text);
CREATE INDEX ON app.numbers (org);
CREATE TABLE app.people (n integer, event text, at timestamptz, uid bigint, mail varchar);
CREATE TABLE app.names (n integer, event text, at timestamptz, org varchar, uid varchar);
SELECT pls.watch('app.text_ids', event => 'event', at => 'at', account => 'org', actor => 'uid', email => 'mail'),
       pls.watch('app.numbers', event => 'event', at => 'at', account => 'org', actor => 'uid', email => 'mail'),
       pls.watch('app.people', event => 'event', at => 'at', actor => 'uid', email => 'mail'),
       pls.watch('app.names', event => 'event', at => 'at', account => 'org', actor => 'uid', level => 'row') \g /dev/null
-- numbers have no addresses as ids
UPDATE app.meant SET member = member % 45 + 1 WHERE shape IN (2, 3);
UPDATE app.meant SET account = NULL WHERE shape = 3;
UPDATE app.meant SET address = NULL WHERE shape = 4;
CREATE VIEW app.written_events AS
    SELECT m.number, m.shape, m.at, m.way,
           coalesce(m.account::text, app.nobody(m.way)) AS org,
           CASE WHEN m.member > 45 THEN app.written('u' || m.member, 'firm' || m.member % 7 || '.example', m.way)
                ELSE coalesce(m.member::text, app.nobody(m.way / 3)) END AS uid,
           CASE WHEN m.address IS NULL THEN CASE WHEN m.way % 3 = 0 THEN 'not known' ELSE app.nobody(m.way / 5) END
                ELSE app.written('x' || m.way, a.domain, m.way / 7) END AS mail
      FROM app.meant m LEFT JOIN app.address a ON a.number = m.address;

-- plain SQL: who it is by what is meant
CREATE FUNCTION app.end_of(kind text, id text) RETURNS text LANGUAGE sql STABLE AS $$
    WITH RECURSIVE chain AS (
        SELECT id, 0 AS step
        UNION ALL
        SELECT n.target, c.step + 1 FROM chain c
          JOIN (SELECT 'account' AS kind, id::text AS id, target::text AS target FROM app.account_alias
                UNION ALL SELECT 'account', 'firm3.example', '40'
                UNION ALL SELECT 'user', id::text, target::text FROM app.user_alias) n ON n.kind = end_of.kind AND n.id = c.id)
    SELECT c.id FROM chain c ORDER BY c.step DESC LIMIT 1 $$;
CREATE FUNCTION app.account_of_address(domain text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT app.end_of('account', coalesce(
        (SELECT f.account::text FROM app.firm f WHERE f.domain = account_of_address.domain),
        (SELECT f.account::text FROM app.address a JOIN app.firm f ON f.domain = a.subdomain_of WHERE a.domain = account_of_address.domain),
        CASE WHEN domain NOT IN ('mail.example', 'gmail.com') THEN domain END)) $$;
CREATE TABLE app.truth AS
    SELECT m.number, m.shape, t.member,
           coalesce(app.end_of('account', m.account::text), app.end_of('account', p.account::text),
                    app.account_of_address(d.domain)) AS account,
           coalesce(d.domain IN ('mail.example', 'staff.example'), false) AS excluded
      FROM app.meant m
     CROSS JOIN LATERAL (SELECT app.end_of('user', m.member::text)::integer AS member) t
      LEFT JOIN app.member p ON p.id = t.member
     CROSS JOIN LATERAL (
           SELECT coalesce((SELECT a.domain FROM app.address a WHERE a.number = m.address),
                           (SELECT a.domain FROM app.address a WHERE a.number = p.address),
                           CASE WHEN t.member > 45 THEN 'firm' || t.member % 7 || '.example' END) AS domain) d;
CREATE VIEW app.right_ones AS
    SELECT 'a' AS motion, t.account AS entity_id, count(*) AS rows, count(DISTINCT t.member) AS people
      FROM app.truth t WHERE NOT t.excluded AND t.account IS NOT NULL GROUP BY t.account
    UNION ALL
    SELECT 'u', lower(app.user_name(t.member)), count(*), 1
      FROM app.truth t WHERE NOT t.excluded AND t.member IS NOT NULL GROUP BY t.member;
CREATE VIEW app.found AS
    SELECT s.motion, s.entity_id, max(x.value) FILTER (WHERE x.signal = 'rows') AS rows,
           max(x.value) FILTER (WHERE x.signal = 'people') AS people
      FROM pls.standings s CROSS JOIN LATERAL pls.explain(s.motion, s.entity_id) x
     GROUP BY s.motion, s.entity_id;
CREATE FUNCTION app.differences(how text) RETURNS TABLE (how text, wrong bigint, examples text) LANGUAGE sql STABLE AS $$
    SELECT differences.how, count(*), string_agg(format('%s %s: %s/%s, right %s/%s', motion, entity_id, f.rows, f.people, r.rows, r.people), '; ' ORDER BY motion, entity_id)
      FROM app.found f FULL JOIN app.right_ones r USING (motion, entity_id)
     WHERE (f.rows, f.people) IS DISTINCT FROM (least(r.rows, 64), r.people) $$;

-- the trigger: by statements of many rows and of one, by row, by COPY
INSERT INTO app.text_ids SELECT number, 'run', at, org, uid, mail FROM app.written_events WHERE shape = 1 AND number % 3 > 0;
INSERT INTO app.numbers SELECT number, 'run', at, CASE WHEN org ~ '^[0-9]+$' THEN org::bigint END, CASE WHEN uid ~ '^[0-9]+$' THEN uid::integer END, mail
  FROM app.written_events WHERE shape = 2 AND number % 3 > 0;
INSERT INTO app.people SELECT number, 'run', at, CASE WHEN uid ~ '^[0-9]+$' THEN uid::bigint END, mail FROM app.written_events WHERE shape = 3 AND number % 3 > 0;
INSERT INTO app.names SELECT number, 'run', at, org, uid FROM app.written_events WHERE shape = 4 AND number % 3 > 0;
DO $$
DECLARE
    e record;
BEGIN
    FOR e IN SELECT * FROM app.written_events WHERE number % 3 = 0 ORDER BY number LOOP
        CASE e.shape
            WHEN 1 THEN INSERT INTO app.text_ids VALUES (e.number, 'run', e.at, e.org, e.uid, e.mail);
            WHEN 2 THEN INSERT INTO app.numbers VALUES (e.number, 'run', e.at, CASE WHEN e.org ~ '^[0-9]+$' THEN e.org::bigint END,
                                                        CASE WHEN e.uid ~ '^[0-9]+$' THEN e.uid::integer END, e.mail);
            WHEN 3 THEN INSERT INTO app.people VALUES (e.number, 'run', e.at, CASE WHEN e.uid ~ '^[0-9]+$' THEN e.uid::bigint END, e.mail);
            ELSE INSERT INTO app.names VALUES (e.number, 'run', e.at, e.org, e.uid);
        END CASE;
    END LOOP;
END
$$;
SELECT count(*) > 60 AS enough, count(*) FILTER (WHERE rows > 1) > 40 AS several, max(people) > 3 AS people FROM app.right_ones;
-- what was put aside is merged
SELECT count(*) FILTER (WHERE evidence IS NULL) AS marks FROM pls.backlog;
SELECT pls.sweep() \g /dev/null
SELECT * FROM app.differences('trigger');

-- SQL says the same of each event
SELECT count(*) AS events,
       count(*) FILTER (WHERE pls_internal.account_of_event(e.org, e.uid, e.mail) IS DISTINCT FROM t.account) AS wrong_accounts,
       count(*) FILTER (WHERE pls_internal.user_of_event(e.uid) IS DISTINCT FROM lower(app.user_name(t.member))) AS wrong_users
  FROM (SELECT n, org, uid, mail FROM app.text_ids
        UNION ALL SELECT n, org::text, uid::text, mail FROM app.numbers
        UNION ALL SELECT n, NULL, uid::text, mail FROM app.people
        UNION ALL SELECT n, org, uid, NULL FROM app.names) e JOIN app.truth t ON t.number = e.n;

-- and pls.account_of() says it with a rule, which what is meant confirms
SELECT count(*) AS events,
       count(*) FILTER (WHERE w.account_id IS DISTINCT FROM t.account) AS wrong_accounts,
       count(*) FILTER (WHERE w.user_id IS DISTINCT FROM pls_internal.user_of_event(e.uid)) AS wrong_users,
       count(*) FILTER (WHERE (w.rule ~ '^account( alias)?$') IS DISTINCT FROM (m.account IS NOT NULL)) AS wrong_account_rules,
       count(*) FILTER (WHERE (w.rule = 'user') IS DISTINCT FROM (m.account IS NULL AND p.account IS NOT NULL)) AS wrong_user_rules,
       count(*) FILTER (WHERE (w.rule ~ 'domain$') IS DISTINCT FROM (m.account IS NULL AND p.account IS NULL AND t.account IS NOT NULL)) AS wrong_domain_rules,
       count(*) FILTER (WHERE w.rule = 'account domain'
                          AND NOT EXISTS (SELECT FROM app.firm f WHERE f.domain = w.through
                                             AND app.end_of('account', f.account::text) = t.account)) AS wrong_domains
  FROM (SELECT n, org, uid, mail FROM app.text_ids
        UNION ALL SELECT n, org::text, uid::text, mail FROM app.numbers
        UNION ALL SELECT n, NULL, uid::text, mail FROM app.people
        UNION ALL SELECT n, org, uid, NULL FROM app.names) e
  JOIN app.truth t ON t.number = e.n JOIN app.meant m ON m.number = e.n
  LEFT JOIN app.member p ON p.id = t.member
 CROSS JOIN LATERAL pls.account_of(e.org, e.uid, e.mail) w;

-- rebuilds: the same evidence, to the byte
CREATE TABLE app.by_trigger AS SELECT motion, entity_id, evidence::text AS evidence FROM pls.standings;
CREATE VIEW app.changed AS
    SELECT count(*) AS changed FROM pls.standings s FULL JOIN app.by_trigger t USING (motion, entity_id)
     WHERE s.evidence::text IS DISTINCT FROM t.evidence;
SELECT count(pls.refresh(m)) AS refreshed FROM unnest('{a,u}'::text[]) m;
SELECT * FROM app.differences('rebuild');
SELECT * FROM app.changed;
DELETE FROM pls.standings;
SELECT count(pls.refresh(r.motion, r.entity_id)) > 0 AS one_by_one FROM app.right_ones r;
SELECT * FROM app.differences('one by one');
SELECT * FROM app.changed;
-- a rebuild of the aliases themselves, together with theirs, finds nothing twice
SELECT count(pls.refresh('a', a.id::text)) > 0 AS aliases FROM app.account_alias a;
SELECT * FROM app.changed;
-- what the sweep finds after rows were changed and put back
UPDATE app.text_ids SET mail = mail || ' ' WHERE n % 2 = 0;
DELETE FROM app.numbers WHERE n % 5 = 0;
INSERT INTO app.numbers SELECT number, 'run', at, CASE WHEN org ~ '^[0-9]+$' THEN org::bigint END, CASE WHEN uid ~ '^[0-9]+$' THEN uid::integer END, mail
  FROM app.written_events WHERE shape = 2 AND number % 5 = 0;
SELECT pls.sweep() \g /dev/null
SELECT * FROM app.differences('sweep');
SELECT * FROM app.changed;
ROLLBACK;
-- the dead versions of its standings would send events of later tests to the backlog
VACUUM pls.standings;
