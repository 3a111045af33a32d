-- Scores of the past.  Between random changes of the model, of attributes and
-- of who is whose, what everybody scores is worked out in plain SQL and kept;
-- at the end pls.score_as_of() and pls.explain_as_of() must say the same of
-- each of these instants.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET pls.now = '2026-01-01';
BEGIN;
SELECT setseed(0.13) \g /dev/null
CREATE SCHEMA app;
CREATE FUNCTION app.one_of(VARIADIC texts text[]) RETURNS text LANGUAGE sql VOLATILE
    RETURN texts[1 + floor(random() * cardinality(texts))::integer];
CREATE FUNCTION app.domain() RETURNS text LANGUAGE sql VOLATILE
    RETURN app.one_of('f1.example', 'f2.example', 'uk.f1.example', 'x.uk.f1.example', 'gmail.com');
CREATE FUNCTION app.account() RETURNS text LANGUAGE sql VOLATILE
    RETURN CASE WHEN random() < 0.15 THEN app.domain() ELSE app.one_of('a1', 'a2', 'a3', 'a4', 'a5') END;
CREATE FUNCTION app.person() RETURNS text LANGUAGE sql VOLATILE
    RETURN app.one_of('u1', 'u2', 'u3', 'u4', 'x1', 'x2', 'x3', 'ann@f2.example');
CREATE TABLE app.events (name text, at timestamptz, org text, who text, mail text, n numeric, props jsonb);
INSERT INTO app.events
SELECT app.one_of('export', 'open', 'other'), '2025-12-01'::timestamptz + random() * interval '200 days',
       CASE WHEN random() < 0.4 THEN app.account() END, CASE WHEN random() < 0.7 THEN app.person() END,
       CASE WHEN random() < 0.5 THEN 'p@' || app.domain() END, floor(random() * 9)
  FROM generate_series(1, 1500);
UPDATE app.events SET props = jsonb_build_object('n', n) WHERE random() < 0.9;

INSERT INTO pls.motions (motion, unit, status, qualify_at, min_signals, triage_at, min_score) VALUES
    ('companies', 'account', 'live', 40, 1, 20, 0), ('people', 'user', 'live', 20, 1, 10, 0);
INSERT INTO pls.signals (motion, signal, category, events, measure, property, within, threshold, points, per_unit, max_points, match, decay, decay_span)
SELECT m, s.* FROM unnest('{companies,people}'::text[]) m, (VALUES
    ('exports', 'depth', '{export}'::text[], 'count', NULL, '20 days'::interval, 1::numeric, 2::numeric, true, 60::numeric, NULL::jsonpath, 'none', NULL::interval),
    ('team', 'breadth', '{export,open}', 'actors', NULL, '30 days', 2, 9, false, NULL, NULL, 'none', NULL),
    ('large', 'fit', NULL, 'attribute', NULL, NULL, NULL, 12, false, NULL, '$.size > 100', 'none', NULL),
    ('recent', 'activation', '{open}', 'count', NULL, '15 days', 1, 8, false, NULL, '$.n > 3', 'linear', '15 days'),
    ('volume', 'depth', '{open}', 'sum', 'n', '25 days', 20, 7, false, NULL, NULL, 'none', NULL)) s;
INSERT INTO pls.pools (pool) VALUES ('all');
INSERT INTO pls.routes (motion, route, position, pool) VALUES ('companies', 'all', 1, 'all'), ('people', 'all', 1, 'all');
SET CONSTRAINTS ALL IMMEDIATE;
CREATE INDEX ON app.events (org);

-- what everybody scores at pls.now(), by what is known now
CREATE FUNCTION app.whose() RETURNS TABLE (motion text, entity_id text, name text, at timestamptz, actor text, n numeric) LANGUAGE sql AS $$
    WITH told AS MATERIALIZED (
        SELECT e.name, date_trunc('second', e.at) AS at, pls_internal.user_of_event(e.who) AS person,
               pls_internal.account_of_event(e.org, e.who, e.mail) AS account, (e.props->>'n')::numeric AS n
          FROM app.events e WHERE e.at <= pls.now())
    SELECT m.motion, m.entity_id, t.name, t.at, t.person, t.n
      FROM told t CROSS JOIN LATERAL (VALUES ('companies', t.account), ('people', t.person)) m (motion, entity_id)
     WHERE m.entity_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM pls.exclusions x WHERE x.scope = 'actor' AND t.person = ANY (x.ids))
$$;
CREATE FUNCTION app.scored() RETURNS TABLE (motion text, entity_id text, score numeric, newest timestamptz) LANGUAGE sql AS $$
    WITH rows AS MATERIALIZED (SELECT w.* FROM app.whose() w),
    signal AS (
        SELECT r.motion, r.entity_id, s.signal, s.points,
               CASE s.signal
               WHEN 'exports' THEN least(60, s.points * count(*) FILTER (WHERE in_w))
               WHEN 'team' THEN CASE WHEN count(DISTINCT r.actor) FILTER (WHERE in_w) >= s.threshold THEN s.points END
               WHEN 'recent' THEN
                   CASE WHEN count(*) FILTER (WHERE in_w) >= s.threshold
                        THEN round(s.points * greatest(0, 1 - extract(epoch FROM pls.now() - max(r.at) FILTER (WHERE in_w))
                                                              / extract(epoch FROM s.decay_span)), 3) END
               WHEN 'volume' THEN
                   CASE WHEN sum(r.n) FILTER (WHERE in_cell) >= s.threshold THEN s.points END
               END AS worth,
               max(r.at) AS newest
          FROM rows r
          JOIN pls.signals s ON s.motion = r.motion AND s.enabled AND r.name = ANY (s.events) AND s.measure <> 'attribute'
         CROSS JOIN LATERAL (
               SELECT r.at > pls.now() - s.within AS in_w,
                      date_bin(make_interval(secs => ceil(extract(epoch FROM s.within) / 128)::double precision), r.at, '1970-01-01')
                          > pls.now() - s.within AS in_cell) w
         WHERE CASE s.signal WHEN 'volume' THEN r.n IS NOT NULL WHEN 'recent' THEN r.n > 3
               WHEN 'team' THEN r.actor IS NOT NULL ELSE true END
         GROUP BY r.motion, r.entity_id, s.motion, s.signal),
    entity AS (
        SELECT g.motion, g.entity_id, sum(coalesce(g.worth, 0)) AS points, max(g.newest) AS newest
          FROM signal g GROUP BY g.motion, g.entity_id)
    SELECT e.motion, e.entity_id,
           least(100, greatest(0, e.points + CASE WHEN (a.attributes->>'size')::numeric > 100 THEN f.points ELSE 0 END)), e.newest
      FROM entity e
      LEFT JOIN pls.accounts a
        ON a.account_id = CASE e.motion WHEN 'companies' THEN e.entity_id
                          ELSE pls_internal.account_of_event(NULL, e.entity_id, NULL) END
      LEFT JOIN pls.signals f ON f.motion = e.motion AND f.signal = 'large' AND f.enabled
$$;

-- one random change; one that is refused is none
CREATE FUNCTION app.change() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CASE floor(random() * 19)
    WHEN 0 THEN INSERT INTO pls.account_aliases VALUES (app.account(), app.account()) ON CONFLICT (alias) DO UPDATE SET account_id = excluded.account_id;
    WHEN 1 THEN DELETE FROM pls.account_aliases WHERE random() < 0.5;
    WHEN 2 THEN INSERT INTO pls.user_aliases VALUES (app.person(), app.person()) ON CONFLICT (alias) DO UPDATE SET user_id = excluded.user_id;
    WHEN 3 THEN DELETE FROM pls.user_aliases WHERE random() < 0.5;
    WHEN 4 THEN INSERT INTO pls.account_domains VALUES (app.domain(), app.account()) ON CONFLICT (domain) DO UPDATE SET account_id = excluded.account_id;
    WHEN 5 THEN DELETE FROM pls.account_domains WHERE random() < 0.5;
    WHEN 6, 7, 8 THEN INSERT INTO pls.accounts (account_id, domain, attributes)
              VALUES (app.account(), app.domain(), jsonb_build_object('size', floor(random() * 200)))
              ON CONFLICT (account_id) DO UPDATE SET domain = excluded.domain, attributes = excluded.attributes;
    WHEN 9 THEN UPDATE pls.accounts SET domain = CASE WHEN random() < 0.5 THEN app.domain() END, name = 'new' WHERE random() < 0.5;
    WHEN 10 THEN UPDATE pls.accounts SET account_id = app.account() WHERE account_id = app.account();
    WHEN 11, 12 THEN INSERT INTO pls.users (user_id, account_id, email)
              SELECT DISTINCT ON (1) app.person(), app.account(), 'q@' || app.domain() FROM generate_series(1, 3)
              ON CONFLICT (user_id) DO UPDATE SET account_id = excluded.account_id, email = excluded.email;
    WHEN 13 THEN
        IF random() < 0.5 THEN DELETE FROM pls.users WHERE random() < 0.5;
        ELSIF random() < 0.5 THEN DELETE FROM pls.accounts WHERE random() < 0.5;
        ELSIF random() < 0.5 THEN TRUNCATE pls.users;
        ELSE TRUNCATE pls.accounts; END IF;
    WHEN 14 THEN UPDATE pls.signals SET points = 1 + floor(random() * 20) WHERE signal = app.one_of('exports', 'team', 'recent', 'large');
    WHEN 15 THEN UPDATE pls.signals SET enabled = random() < 0.7 WHERE signal = app.one_of('exports', 'team', 'volume');
    WHEN 16 THEN UPDATE pls.signals SET within = app.one_of('10 days', '20 days', '35 days')::interval WHERE signal = app.one_of('exports', 'team', 'volume');
    WHEN 17 THEN UPDATE pls.signals SET threshold = 1 + floor(random() * 4) WHERE signal = app.one_of('exports', 'team', 'recent');
    ELSE
        IF random() < 0.6 THEN
            INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('x' || floor(random() * 2), 'actor', ARRAY[app.person()], 'r') ON CONFLICT DO NOTHING;
        ELSE DELETE FROM pls.exclusions WHERE random() < 0.7; END IF;
    END CASE;
EXCEPTION WHEN invalid_parameter_value OR unique_violation THEN
    NULL;
END $$;
CREATE TABLE app.expected (at timestamptz, motion text, entity_id text, score numeric, newest timestamptz);
DO $$
DECLARE
    clock timestamptz := '2026-01-01 00:00:01.25';
BEGIN
    FOR i IN 1..50 LOOP
        FOR j IN 1..8 LOOP
            clock := clock + random() * interval '8 hours';
            PERFORM set_config('pls.now', clock::text, true);
            PERFORM app.change();
        END LOOP;
        clock := clock + random() * interval '1 day';
        PERFORM set_config('pls.now', clock::text, true);
        INSERT INTO app.expected SELECT clock, s.* FROM app.scored() s;
    END LOOP;
    PERFORM set_config('pls.now', '2026-07-01', true);
END $$;
SELECT FROM pls.watch('app.events', event => 'name', at => 'at', account => 'org', actor => 'who', email => 'mail', properties => 'props') \g /dev/null
\set ECHO all
SELECT count(DISTINCT at) AS instants, count(*) > 500 AS many, count(DISTINCT score) > 40 AS many_scores,
       (SELECT count(*) > 60 FROM pls.model_versions) AS versions, (SELECT count(*) > 100 FROM pls_internal.past_identity) AS past
  FROM app.expected;
CREATE TABLE app.found AS
SELECT i.at, m.motion, s.* FROM (SELECT DISTINCT at FROM app.expected) i, unnest('{companies,people}'::text[]) m (motion), pls.score_as_of(m.motion, i.at) s;
-- wrong
SELECT at, motion, entity_id, e.score AS expected, f.score, e.newest, f.last_event_at
  FROM app.expected e FULL JOIN app.found f USING (at, motion, entity_id)
 WHERE (e.score, e.newest) IS DISTINCT FROM (f.score, f.last_event_at) ORDER BY at, motion, entity_id LIMIT 20;
-- one entity, by the index where there is one; and its lines
SELECT count(*) AS asked, count(*) FILTER (WHERE o.score IS DISTINCT FROM e.score) AS wrong, count(*) FILTER (WHERE x.points IS DISTINCT FROM e.score) AS wrong_lines
  FROM (SELECT e.*, row_number() OVER (ORDER BY md5(at::text || motion || entity_id)) AS n FROM app.expected e) e
  LEFT JOIN LATERAL pls.score_as_of(e.motion, e.at, e.entity_id) o ON true
  LEFT JOIN LATERAL (SELECT sum(points) AS points FROM pls.explain_as_of(e.motion, e.entity_id, e.at)) x ON true
 WHERE e.n <= 150;
