-- A thousand random histories: aliases, domains, users, mail providers,
-- exclusions and ids that name nobody change between events that come singly
-- and in batches, from tables that name accounts, users, addresses or all of
-- them.  After a sweep the standings are what a rebuild from nothing makes, and
-- each event that is somebody's is counted once, by the account that it is of.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET pls.now = '2026-06-02 10:00+00';
BEGIN;
\pset format unaligned
CREATE SCHEMA app;
CREATE FUNCTION app.motion(motion text, unit text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO pls.motions (motion, unit, objective, qualify_at, min_signals, status)
    VALUES (motion, unit, 'conversion', 100, 1, 'live');
    INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points)
    VALUES (motion, 'rows', 'depth', '{run}', 'count', '14 days', 250, 10),
           (motion, 'people', 'breadth', '{run}', 'actors', '14 days', 250, 10);
$$;
SELECT app.motion('a', 'account'), app.motion('b', 'account'), app.motion('u', 'user') \g /dev/null
CREATE TABLE app.by_account (name text, at timestamptz, org text);
CREATE TABLE app.by_user (name text, at timestamptz, who text);
CREATE TABLE app.by_mail (name text, at timestamptz, mail text);
CREATE TABLE app.by_all (name text, at timestamptz, org text, who text, mail text);
SELECT pls.watch('app.by_account', event => 'name', at => 'at', account => 'org', motions => '{a,b}'),
       pls.watch('app.by_user', event => 'name', at => 'at', actor => 'who'),
       pls.watch('app.by_mail', event => 'name', at => 'at', email => 'mail', motions => '{a,b}'),
       pls.watch('app.by_all', event => 'name', at => 'at', account => 'org', actor => 'who', email => 'mail', motions => '{a,u}') \g /dev/null
CREATE INDEX ON app.by_user (who);
CREATE INDEX ON app.by_account (org);

CREATE FUNCTION app.one_of(VARIADIC texts text[]) RETURNS text LANGUAGE sql VOLATILE
    RETURN texts[1 + floor(random() * cardinality(texts))::integer];
CREATE FUNCTION app.domain() RETURNS text LANGUAGE sql VOLATILE
    RETURN app.one_of('f1.example', 'f2.example', 'uk.f1.example', 'x.uk.f1.example', 'mail.example', 'y.mail.example', 'gmail.com');
CREATE FUNCTION app.account() RETURNS text LANGUAGE sql VOLATILE
    RETURN CASE WHEN random() < 0.15 THEN app.domain() ELSE app.one_of('a1', 'a2', 'a3', 'a4', 'a5') END;
CREATE FUNCTION app.person() RETURNS text LANGUAGE sql VOLATILE
    RETURN app.one_of('u1', 'u2', 'u3', 'u4', 'x1', 'x2', 'x3', 'Ann@F2.Example');
CREATE FUNCTION app.maybe(value text) RETURNS text LANGUAGE sql VOLATILE
    RETURN CASE WHEN random() < 0.4 THEN app.one_of(NULL, NULL, '', 'null') ELSE value END;

CREATE FUNCTION app.some_events() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    times CONSTANT integer := CASE WHEN random() < 0.5 THEN 1 ELSE 6 END;
    at    CONSTANT timestamptz := pls.now() - random() * interval '9 days';
BEGIN
    CASE floor(random() * 4)
    WHEN 0 THEN INSERT INTO app.by_account SELECT 'run', at, app.account() FROM generate_series(1, times);
    WHEN 1 THEN INSERT INTO app.by_user SELECT 'run', at, app.person() FROM generate_series(1, times);
    WHEN 2 THEN INSERT INTO app.by_mail SELECT 'run', at, 'p@' || app.domain() FROM generate_series(1, times);
    ELSE INSERT INTO app.by_all SELECT 'run', at, app.maybe(app.account()), app.maybe(app.person()), app.maybe('p@' || app.domain())
           FROM generate_series(1, times);
    END CASE;
END $$;

-- one change of what says whose events are; one that is refused is none
CREATE FUNCTION app.change() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CASE floor(random() * 16)
    WHEN 0, 1 THEN INSERT INTO pls.account_aliases SELECT DISTINCT ON (1) app.account(), app.account() FROM generate_series(1, 1 + floor(random() * 2)::integer)
              ON CONFLICT (alias) DO UPDATE SET account_id = excluded.account_id;
    WHEN 2 THEN DELETE FROM pls.account_aliases WHERE random() < 0.5;
    WHEN 3, 4 THEN INSERT INTO pls.user_aliases SELECT DISTINCT ON (1) pls_internal.normal_user(app.person()), app.person() FROM generate_series(1, 1 + floor(random() * 2)::integer)
              ON CONFLICT (alias) DO UPDATE SET user_id = excluded.user_id;
    WHEN 5 THEN DELETE FROM pls.user_aliases WHERE random() < 0.5;
    WHEN 6, 7 THEN INSERT INTO pls.account_domains SELECT DISTINCT ON (1) app.domain(), app.account() FROM generate_series(1, 1 + floor(random() * 2)::integer)
              ON CONFLICT (domain) DO UPDATE SET account_id = excluded.account_id;
    WHEN 8 THEN DELETE FROM pls.account_domains WHERE random() < 0.5;
    WHEN 9 THEN INSERT INTO pls.accounts (account_id, domain) VALUES (app.account(), app.domain())
              ON CONFLICT (account_id) DO UPDATE SET domain = excluded.domain;
    WHEN 10 THEN UPDATE pls.accounts SET domain = CASE WHEN random() < 0.5 THEN app.domain() END WHERE random() < 0.5;
    WHEN 11 THEN INSERT INTO pls.users (user_id, account_id, email)
              VALUES (pls_internal.normal_user(app.person()), app.maybe(app.account()), app.maybe('q@' || app.domain()))
              ON CONFLICT (user_id) DO UPDATE SET account_id = excluded.account_id, email = excluded.email;
    WHEN 12 THEN
        IF random() < 0.3 THEN DELETE FROM pls.users WHERE random() < 0.5;
        ELSIF random() < 0.5 THEN DELETE FROM pls.accounts WHERE random() < 0.5;
        ELSIF random() < 0.5 THEN TRUNCATE pls.user_aliases;
        ELSE TRUNCATE pls.account_domains; END IF;
    WHEN 13 THEN INSERT INTO pls.free_mail_domains VALUES (app.domain(), random() < 0.6)
              ON CONFLICT (domain) DO UPDATE SET free = excluded.free;
    WHEN 14 THEN
        IF random() < 0.5 THEN
            INSERT INTO pls.ignored_ids VALUES (app.one_of('a5', 'u4', 'x3', 'null')) ON CONFLICT DO NOTHING;
        ELSE
            DELETE FROM pls.ignored_ids WHERE id IN ('a5', 'u4', 'x3') OR (id = 'null' AND random() < 0.3);
        END IF;
    ELSE
        IF random() < 0.5 THEN
            INSERT INTO pls.exclusions (name, scope, ids, domains, reason)
            VALUES ('x' || floor(random() * 2), 'actor', ARRAY[app.person()], ARRAY[app.domain()], 'r') ON CONFLICT DO NOTHING;
        ELSE
            DELETE FROM pls.exclusions WHERE random() < 0.7;
        END IF;
    END CASE;
EXCEPTION WHEN invalid_parameter_value THEN
    NULL;
END $$;

CREATE VIEW app.known AS
    SELECT s.motion, s.entity_id, s.evidence::text FROM pls.standings s WHERE s.last_event_at IS NOT NULL;
-- by the function that SQL has; who is excluded is told by plain SQL
CREATE FUNCTION app.counted() RETURNS TABLE (motion text, entity_id text, events bigint) LANGUAGE sql AS $$
    WITH event AS MATERIALIZED (
        SELECT e.motions, e.org, e.who, e.mail, pls_internal.user_of_event(e.who) AS person
          FROM (SELECT '{a,b}'::text[] AS motions, org, NULL AS who, NULL AS mail FROM app.by_account
                UNION ALL SELECT '{a,b,u}', NULL, who, NULL FROM app.by_user
                UNION ALL SELECT '{a,b}', NULL, NULL, mail FROM app.by_mail
                UNION ALL SELECT '{a,u}', org, who, mail FROM app.by_all) e),
    told AS (
        SELECT e.motions, pls_internal.account_of_event(e.org, e.who, e.mail) AS account, e.person
          FROM event e LEFT JOIN pls.users u ON u.user_id = e.person
         WHERE NOT EXISTS (
               SELECT FROM pls.exclusions x
                WHERE e.person = ANY (x.ids)
                   OR coalesce(pls_internal.normal_domain(e.mail), pls_internal.normal_domain(u.email),
                               CASE WHEN e.person LIKE '%@%' THEN pls_internal.normal_domain(e.person) END) = ANY (x.domains)))
    SELECT m.motion, m.entity_id, count(*)
      FROM told t
     CROSS JOIN LATERAL (
           SELECT n.motion, CASE WHEN n.motion IN ('a', 'b') THEN t.account ELSE t.person END AS entity_id
             FROM unnest(t.motions) n (motion)) m
     WHERE m.entity_id IS NOT NULL
     GROUP BY m.motion, m.entity_id
$$;

CREATE TABLE app.wrong (history integer, what text, motion text, entity_id text);
CREATE FUNCTION app.check(history integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    swept app.known[];
BEGIN
    INSERT INTO app.wrong
    SELECT history, 'waits', b.motion, b.entity_id FROM pls.backlog b
    UNION ALL
    SELECT history, 'noted', c.kind, c.id FROM pls_internal.identity_changes c
    UNION ALL
    SELECT history, f.task || ': ' || f.message, f.motion, f.entity_id FROM pls.failures f;
    INSERT INTO app.wrong
    SELECT history, format('counted %s for %s', c.n, r.events), motion, entity_id
      FROM (SELECT s.motion, s.entity_id, x.value::bigint AS n
              FROM pls.standings s, pls.explain(s.evidence) x WHERE x.signal = 'rows' AND s.last_event_at IS NOT NULL) c
      FULL JOIN app.counted() r USING (motion, entity_id)
     WHERE c.n IS DISTINCT FROM r.events;
    -- what is counted is told by plain SQL, the actors by this
    IF history % 10 = 0 THEN
        swept := ARRAY(SELECT k FROM app.known k);
        DELETE FROM pls.standings;
        PERFORM pls.refresh(m) FROM unnest('{a,b,u}'::text[]) m;
        INSERT INTO app.wrong
        SELECT history, 'rebuilt', motion, entity_id
          FROM unnest(swept) s FULL JOIN app.known k USING (motion, entity_id) WHERE s.evidence IS DISTINCT FROM k.evidence;
    END IF;
END $$;
CREATE FUNCTION app.histories(many integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR history IN 1..many LOOP
        -- the histories go on where the one before ended, for a while
        IF history % 16 = 1 THEN
            TRUNCATE app.by_account, app.by_user, app.by_mail, app.by_all, pls.standings, pls.backlog, pls_internal.looks,
                     pls_internal.identity_changes, pls.account_aliases, pls.accounts, pls.users, pls.sweeps;
        END IF;
        FOR step IN 1..3 + floor(random() * 3) LOOP
            IF random() < 0.5 THEN
                PERFORM app.some_events();
            ELSE
                PERFORM app.change();
            END IF;
            IF random() < 0.04 THEN
                PERFORM pls.sweep();
            END IF;
        END LOOP;
        PERFORM pls.sweep();
        PERFORM app.check(history);
    END LOOP;
END $$;
SELECT setseed(0.42) \g /dev/null
SELECT app.histories(1000) \g /dev/null
SELECT count(DISTINCT history) AS wrong_histories FROM app.wrong;
SELECT * FROM app.wrong ORDER BY history, what, motion, entity_id LIMIT 20;
ROLLBACK;
