-- When a decision is taken again: never without end, at most once for a
-- crossing, and as soon as the rule that kept an alert back holds no more.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /sql/include/decide.psql
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
BEGIN;
\i :setup
CREATE SCHEMA app;
CREATE TABLE app.acts (org text, who text, name text, at timestamptz NOT NULL DEFAULT pls.now());
DO $$ BEGIN PERFORM pls.watch('app.acts', event => 'name', at => 'at', account => 'org', actor => 'who'); END $$;
UPDATE pls.motions SET min_signals = 1 WHERE motion = 'play';
-- an act that qualifies at once
UPDATE pls.signals SET points = 30 WHERE motion = 'play' AND signal = 'connected';
CREATE FUNCTION pg_temp.connects(VARIADIC orgs text[]) RETURNS void
LANGUAGE sql
AS $$ INSERT INTO app.acts (org, who, name) SELECT o, 'u1', 'connect' FROM unnest(orgs) o $$;
CREATE FUNCTION pg_temp.sweeps(n integer) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    said text := '';
BEGIN
    FOR i IN 1..n LOOP
        said := concat_ws(' ', said, (SELECT s.settled FROM pls.sweep() s));
    END LOOP;
    RETURN btrim(said);
END
$$;
CREATE FUNCTION pg_temp.decisions(entity text) RETURNS text
LANGUAGE sql
AS $$ SELECT string_agg(d.reason, ', ' ORDER BY d.decision_id) FROM pls.decisions d WHERE d.entity_id = entity $$;
-- nothing is left of what the set-up asks for
SELECT pg_temp.sweeps(2) IS NOT NULL AS swept;
\set ECHO all

-- Held out without a cooldown: one decision, until the entity has ceased to
-- be qualified and rises anew.
UPDATE pls.motions SET cooldown = '0', holdout = 0.999 WHERE motion = 'play';
SELECT pg_temp.connects('h1');
SELECT reason, again_at, cooldown_until FROM pg_temp.decided('h1');
SELECT pg_temp.sweeps(3), pg_temp.decisions('h1');
SET pls.now = '2026-03-03 10:00+00';
SELECT pg_temp.sweeps(3), pg_temp.decisions('h1');
SET pls.now = '2026-04-05 10:00+00';
SELECT pg_temp.sweeps(2);
SELECT lane FROM pls.standings WHERE entity_id = 'h1';
SELECT pg_temp.connects('h1');
SELECT pg_temp.sweeps(2), pg_temp.decisions('h1');
-- another motion's alert about the account, which fills the touch limit, is
-- nothing to decide about: it is held out all the same
UPDATE pls.motions SET touch_limit = 1 WHERE motion = 'play';
SELECT pg_temp.sweeps(2);
INSERT INTO pls.motions (motion, status) VALUES ('other', 'live');
SELECT (pls.raise('other', 'h1', 'they have called')).reason;
SELECT u.unblocked, u.due FROM pls_internal.due_entities('{h1}', '{play}') u;
SELECT pg_temp.sweeps(2), pg_temp.decisions('h1');
DELETE FROM pls.alerts WHERE motion = 'other';
UPDATE pls.motions SET touch_limit = NULL WHERE motion = 'play';
-- and when nobody is held out any more
UPDATE pls.motions SET holdout = 0 WHERE motion = 'play';
SELECT name, detail FROM pls.why_not('play', 'h1') WHERE part = 'answer';
SELECT pg_temp.sweeps(2), pg_temp.decisions('h1');
-- with a cooldown: once each time that it is over
UPDATE pls.motions SET cooldown = '7 days', holdout = 0.999 WHERE motion = 'play';
SELECT pg_temp.connects('h2');
SELECT pg_temp.sweeps(2), pg_temp.decisions('h2');
SET pls.now = '2026-04-12 10:00+00';
SELECT pg_temp.sweeps(3), pg_temp.decisions('h2');
UPDATE pls.motions SET holdout = 0 WHERE motion = 'play';

-- The best grade is not too small, also when it is reached after the
-- decision; and a customer who is small is decided once.
INSERT INTO pls.grades (motion, dimension, at_least, grade)
VALUES ('play', 'fit', 0, 'A'), ('play', 'engagement', 0, '2'), ('play', 'engagement', 50, '1');
UPDATE pls.motions SET min_account_size = 10 WHERE motion = 'play';
INSERT INTO pls.accounts (account_id, size) VALUES ('tiny', 3), ('small', 3);
SELECT pg_temp.connects('tiny', 'small');
SELECT pg_temp.sweeps(2), pg_temp.decisions('tiny');
INSERT INTO app.acts (org, who, name) SELECT o, 'u1', 'invite' FROM unnest('{tiny,tiny,tiny,small,small,small}'::text[]) o;
SELECT grade, lane FROM pls.scores WHERE entity_id = 'tiny';
INSERT INTO pls.outcomes (entity_id, motion, outcome, at) VALUES ('small', 'play', 'conversion', pls.now());
SELECT pg_temp.sweeps(3), pg_temp.decisions('tiny'), pg_temp.decisions('small');
UPDATE pls.motions SET min_account_size = NULL WHERE motion = 'play';

-- A rule that the motion gives up holds no more: grace period, touch limit.
UPDATE pls.motions SET grace_period = '30 days' WHERE motion = 'play';
INSERT INTO pls.accounts (account_id, signed_up_at) VALUES ('new', '2026-04-10 00:00+00');
SELECT pg_temp.connects('new');
SELECT pg_temp.sweeps(2), pg_temp.decisions('new'), again_at FROM pg_temp.decided('new');
UPDATE pls.motions SET grace_period = NULL WHERE motion = 'play';
SELECT pg_temp.sweeps(2), pg_temp.decisions('new');
UPDATE pls.motions SET touch_limit = 1, cooldown = '0' WHERE motion = 'play';
SELECT pg_temp.connects('often');
SELECT pls.dispose(alert_id, 'contacted') FROM pls.open_alerts WHERE entity_id = 'often';
UPDATE pls.standings SET cooldown_until = NULL, decide_again_at = pls.now() WHERE entity_id = 'often';
SELECT pg_temp.sweeps(3), pg_temp.decisions('often'), again_at FROM pg_temp.decided('often');
UPDATE pls.motions SET touch_limit = NULL WHERE motion = 'play';
SELECT pg_temp.sweeps(2), pg_temp.decisions('often');
UPDATE pls.motions SET cooldown = '14 days' WHERE motion = 'play';

-- Spans and instants at the edge of what there is: no rule fails, no view.
INSERT INTO pls.accounts (account_id, signed_up_at)
VALUES ('last', '294276-12-31 23:59:59.999999+00'), ('ever', 'infinity'), ('never', '-infinity'), ('first', '4714-11-24 00:00+00 BC');
UPDATE pls.motions SET grace_period = '36500 days', touch_window = '36500 days', touch_limit = 5, cooldown = '3660 days' WHERE motion = 'play';
SELECT pg_temp.connects('last', 'ever', 'never', 'first');
SELECT entity_id, reason, decide_again_at, cooldown_until FROM pls.standings WHERE entity_id IN ('last', 'ever', 'never', 'first') ORDER BY 1;
SELECT pg_temp.sweeps(2);
SELECT entity_id, reason, until FROM pls.why_not_alerted WHERE entity_id IN ('last', 'ever') ORDER BY 1;
SELECT e, pls_internal.later(e::timestamptz, '36500 days'), pls_internal.later(e::timestamptz, '-36500 days')
  FROM unnest('{2026-03-28 12:00+00,294276-12-31 23:59:59.999999+00,4714-11-24 00:00+00 BC,infinity,-infinity}'::text[]) e;
-- a day has 24 hours, whoever asks
SET timezone = 'Europe/Berlin';
SELECT pls_internal.later('2026-03-28 12:00+00', '2 days') = '2026-03-30 12:00+00' AS whole_days;
INSERT INTO pls.accounts (account_id, signed_up_at) VALUES ('berlin', '2026-03-28 12:00+00');
UPDATE pls.motions SET grace_period = '20 days' WHERE motion = 'play';
SELECT pg_temp.connects('berlin');
SELECT (SELECT until FROM pls.why_not_alerted WHERE entity_id = 'berlin') = again_at AS same FROM pg_temp.decided('berlin');
SET timezone = 'UTC';
UPDATE pls.motions SET grace_period = NULL, touch_limit = NULL, cooldown = '14 days' WHERE motion = 'play';
ROLLBACK;

-- Random crossings, with cooldowns and holding out: what is decided is what a
-- simple model says.  Every hour or so an entity does something or nothing,
-- and the sweep comes by; one connection qualifies for 3 days.
\set ECHO none
BEGIN;
SET pls.now = '2026-03-02 10:00+00';
\i :setup
CREATE SCHEMA app;
CREATE TABLE app.acts (org text, who text, name text, at timestamptz NOT NULL DEFAULT pls.now());
DO $$ BEGIN PERFORM pls.watch('app.acts', event => 'name', at => 'at', account => 'org', actor => 'who'); END $$;
UPDATE pls.motions SET min_signals = 1, triage_at = NULL, release_at = NULL WHERE motion = 'play';
UPDATE pls.signals SET points = 30, within = '3 days' WHERE motion = 'play' AND signal = 'connected';
\set ECHO all
CREATE TABLE modelled (entity text, cooldown interval, held boolean, at timestamptz, expected text, got text);
CREATE FUNCTION pg_temp.random(seed text, below integer) RETURNS integer
LANGUAGE sql
AS $$ SELECT (('x' || substr(md5(seed), 1, 7))::bit(28)::integer % below) $$;
DO $$
DECLARE
    pause  interval;
    entity text;
    at     timestamptz;
    newest timestamptz;     -- of the connections
    was    boolean;         -- qualified
    until  timestamptz;     -- of the cooldown; NULL: none has begun
    opened boolean;         -- an alert is open
    held   boolean;
    says   text;
    before bigint;
BEGIN
    FOREACH pause IN ARRAY '{0,1 hour,1 day,5 days,30 days}'::interval[] LOOP
        FOR n IN 1..8 LOOP
            held := n % 2 = 0;
            UPDATE pls.motions SET cooldown = pause, holdout = CASE WHEN held THEN 0.99999 ELSE 0 END WHERE motion = 'play';
            entity := format('%s %s', pause, n);
            at := '2026-03-02 10:00+00';
            newest := NULL; was := false; until := NULL; opened := false;
            FOR step IN 1..20 LOOP
                at := at + make_interval(mins => 1 + pg_temp.random(entity || step, 2000));
                PERFORM set_config('pls.now', at::text, true);
                SELECT coalesce(max(d.decision_id), 0) INTO before FROM pls.decisions d;
                says := NULL;
                IF pg_temp.random(entity || ' act ' || step, 3) = 0 THEN
                    INSERT INTO app.acts (org, who, name) VALUES (entity, 'u', 'connect');
                    newest := at;
                ELSIF opened AND pg_temp.random(entity || ' dispose ' || step, 3) = 0 THEN
                    PERFORM pls.dispose(a.alert_id, 'contacted') FROM pls.open_alerts a WHERE a.entity_id = entity;
                    opened := false;
                    until := at + pause;
                END IF;
                PERFORM pls_internal.reevaluate('play', entity);
                -- the model: on the rising edge, and when a cooldown is over
                IF newest > at - interval '3 days' THEN
                    IF NOT was OR (until <= at AND NOT opened) THEN
                        says := CASE WHEN opened THEN 'open_alert' WHEN until > at THEN 'cooldown'
                                     WHEN held THEN 'held_out' ELSE 'raised' END;
                        opened := opened OR says = 'raised';
                        until := CASE WHEN says IN ('raised', 'held_out') THEN nullif(at + pause, at) ELSE until END;
                    END IF;
                    was := true;
                ELSE
                    was := false;
                END IF;
                INSERT INTO modelled
                SELECT entity, pause, held, at, says,
                       (SELECT string_agg(d.reason, ', ' ORDER BY d.decision_id) FROM pls.decisions d WHERE d.decision_id > before);
            END LOOP;
        END LOOP;
    END LOOP;
END
$$;
SELECT cooldown, held, count(expected) > 5 AS enough, count(*) FILTER (WHERE expected IS DISTINCT FROM got) AS different
  FROM modelled GROUP BY 1, 2 ORDER BY 1, 2;
SELECT entity, at, expected, got FROM modelled WHERE expected IS DISTINCT FROM got ORDER BY 1, 2 LIMIT 10;
ROLLBACK;
