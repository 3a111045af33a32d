-- The clock of alerts under random histories: touched, paused with and without
-- an end, resumed, snoozed, woken, withdrawn, reopened, handed on, swept, in
-- any order.  Held against a model that knows nothing of the product's own:
-- it counts working time day by day, and moves from one instant to the next.
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
INSERT INTO pls.calendars (calendar) VALUES ('week');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes)
SELECT 'week', d, '09:00', '17:00' FROM generate_series(1, 5) AS d;
INSERT INTO pls.reps (rep) VALUES ('other');
UPDATE pls.routes SET calendar = 'week', respond_within = '4 hours', resolve_within = '20 hours' WHERE motion = 'play';
\set ECHO all
-- working minutes from an instant to another: Monday to Friday, 9 to 17
CREATE FUNCTION pg_temp.minutes(a timestamptz, b timestamptz) RETURNS integer
LANGUAGE sql
AS $$
    SELECT coalesce(sum(greatest(0, extract(epoch FROM least(b, d + interval '17 hours')
                                                       - greatest(a, d + interval '9 hours')) / 60)), 0)::integer
      FROM generate_series(date_trunc('day', a), b, interval '24 hours') d
     WHERE extract(isodow FROM d) < 6
$$;
-- when so many working minutes after an instant are over
CREATE FUNCTION pg_temp.over(a timestamptz, n integer) RETURNS timestamptz
LANGUAGE plpgsql
AS $$
DECLARE
    day   timestamptz := date_trunc('day', a);
    today integer;
BEGIN
    WHILE n > 0 LOOP
        today := pg_temp.minutes(greatest(a, day), day + interval '24 hours');
        IF today >= n THEN
            RETURN greatest(a, day + interval '9 hours') + make_interval(mins => n);
        END IF;
        n := n - today;
        day := day + interval '24 hours';
    END LOOP;
    RETURN a;
END
$$;
CREATE TYPE pg_temp.model AS (
    now timestamptz, reading integer, paused_until timestamptz, snoozed_until timestamptz, snoozed boolean,
    closed_at timestamptz, touched_at timestamptz, touch_reading integer,
    respond_by timestamptz, resolve_by timestamptz);
CREATE FUNCTION pg_temp.stands_until(m pg_temp.model) RETURNS timestamptz
LANGUAGE sql
AS $$
    SELECT nullif(greatest(m.now, m.paused_until, CASE WHEN m.snoozed AND m.touched_at IS NOT NULL THEN m.snoozed_until END), m.now)
$$;
-- time goes on
CREATE FUNCTION pg_temp.pass(m pg_temp.model, "to" timestamptz) RETURNS pg_temp.model
LANGUAGE plpgsql
AS $$
BEGIN
    IF m.closed_at IS NULL THEN
        m.reading := m.reading + pg_temp.minutes(least(coalesce(pg_temp.stands_until(m), m.now), "to"), "to");
    END IF;
    m.now := "to";
    m.paused_until := CASE WHEN m.paused_until > "to" THEN m.paused_until END;
    RETURN m;
END
$$;
-- what is due when, of limits that are not over: 4 and 20 hours
CREATE FUNCTION pg_temp.expect(m pg_temp.model, ran_until timestamptz) RETURNS pg_temp.model
LANGUAGE plpgsql
AS $$
DECLARE
    runs_from timestamptz := coalesce(pg_temp.stands_until(m), m.now);
BEGIN
    IF m.touched_at IS NULL AND (m.respond_by < ran_until) IS NOT TRUE THEN
        m.respond_by := CASE WHEN isfinite(runs_from) THEN pg_temp.over(runs_from, 240 - m.reading) END;
    END IF;
    IF (m.resolve_by < ran_until) IS NOT TRUE THEN
        m.resolve_by := CASE WHEN isfinite(runs_from) THEN pg_temp.over(runs_from, 1200 - m.reading) END;
    END IF;
    RETURN m;
END
$$;
-- one random step: what is done, to the alert and to the model
CREATE FUNCTION pg_temp.step(id bigint, m pg_temp.model, dice integer, span integer) RETURNS pg_temp.model
LANGUAGE plpgsql
AS $$
DECLARE
    until timestamptz := m.now + make_interval(mins => 1 + span);
    paused boolean := m.paused_until IS NOT NULL;
    standing timestamptz := pg_temp.stands_until(m);
    before pg_temp.model := m;
BEGIN
    IF m.closed_at IS NOT NULL THEN
        IF dice < 40 THEN
            PERFORM pls.reopen(id);
            before.now := m.closed_at;
            m.closed_at := NULL;
            RETURN pg_temp.expect(m, before.now);
        END IF;
        RETURN m;
    END IF;
    CASE dice / 10
    WHEN 0 THEN
        PERFORM pls.touch(id);
        IF m.touched_at IS NULL THEN
            m.touched_at := m.now;
            m.touch_reading := m.reading;
            m.respond_by := coalesce(m.respond_by, pg_temp.over(m.now, 240 - m.reading));
        END IF;
        m.snoozed := false;
    WHEN 1, 2 THEN
        IF paused THEN RETURN m; END IF;
        IF dice % 2 = 0 THEN
            PERFORM pls.pause_sla(id);
            m.paused_until := 'infinity';
        ELSE
            PERFORM pls.pause_sla(id, until);
            m.paused_until := until;
        END IF;
    WHEN 3, 4 THEN
        IF NOT paused THEN RETURN m; END IF;
        IF dice % 2 = 0 THEN
            PERFORM pls.resume_sla(id);
        ELSE
            UPDATE pls.alerts SET paused_at = NULL WHERE alert_id = id;
        END IF;
        m.paused_until := NULL;
    WHEN 5, 6 THEN
        PERFORM pls.snooze(id, until);
        m.snoozed := true;
        m.snoozed_until := until;
    WHEN 7 THEN
        UPDATE pls.alerts SET snoozed_until = NULL WHERE alert_id = id AND status = 'snoozed';
        m.snoozed := false;
    WHEN 8 THEN
        PERFORM pls_internal.maintain_alerts('wake');
        m.snoozed := m.snoozed AND m.snoozed_until > m.now;
        PERFORM pls.reassign(id, CASE a.assigned_to WHEN 'other' THEN 'ann' ELSE 'other' END) FROM pls.alerts a WHERE a.alert_id = id;
    WHEN 9 THEN
        IF dice < 95 THEN RETURN m; END IF;
        PERFORM pls.withdraw(id, 'to see');
        m.closed_at := m.now;
        m.paused_until := NULL;
        m.snoozed := false;
        -- what a pause without an end had left open
        IF NOT isfinite(standing) THEN
            m := pg_temp.expect(m, m.now);
        END IF;
        RETURN m;
    END CASE;
    IF pg_temp.stands_until(m) IS DISTINCT FROM standing THEN
        m := pg_temp.expect(m, m.now);
    END IF;
    RETURN m;
END
$$;
CREATE TYPE pg_temp.told AS (respond_by timestamptz, resolve_by timestamptz, respond_state text, resolve_state text,
                             state text, time_left interval, time_to_touch interval, touch_late_by interval, resolve_late_by interval);
CREATE FUNCTION pg_temp.tell(m pg_temp.model) RETURNS pg_temp.told
LANGUAGE plpgsql
AS $$
DECLARE
    t        pg_temp.told;
    stands   boolean := pg_temp.stands_until(m) IS NOT NULL;
    first    boolean := m.touched_at IS NULL;         -- what is due next
    due      timestamptz := CASE WHEN first THEN m.respond_by ELSE m.resolve_by END;
    lacks    integer := CASE WHEN first THEN 240 ELSE 1200 END - m.reading;
    a_quarter CONSTANT integer[] := ARRAY[60, 300];
BEGIN
    t.respond_by := m.respond_by;
    t.resolve_by := m.resolve_by;
    t.respond_state := CASE WHEN coalesce(m.touched_at, m.closed_at) > m.respond_by THEN 'missed'
        WHEN m.touched_at IS NOT NULL THEN 'met' WHEN m.closed_at IS NOT NULL THEN NULL
        WHEN m.respond_by < m.now THEN 'breached' WHEN stands THEN 'paused'
        WHEN 240 - m.reading <= a_quarter[1] THEN 'at risk' ELSE 'ok' END;
    t.resolve_state := CASE WHEN m.closed_at > m.resolve_by THEN 'missed' WHEN m.closed_at IS NOT NULL THEN NULL
        WHEN m.resolve_by < m.now THEN 'breached' WHEN stands THEN 'paused'
        WHEN 1200 - m.reading <= a_quarter[2] THEN 'at risk' ELSE 'ok' END;
    t.state := CASE WHEN m.closed_at IS NOT NULL
        THEN CASE WHEN 'missed' IN (t.respond_state, t.resolve_state) THEN 'missed' END
        ELSE CASE WHEN first THEN t.respond_state ELSE t.resolve_state END END;
    t.time_left := CASE WHEN m.closed_at IS NULL THEN make_interval(mins => CASE WHEN due < m.now THEN least(lacks, 0) ELSE lacks END) END;
    t.time_to_touch := make_interval(mins => m.touch_reading);
    t.touch_late_by := CASE WHEN coalesce(m.touched_at, m.closed_at, m.now) > m.respond_by
        THEN make_interval(mins => greatest(coalesce(m.touch_reading, m.reading) - 240, 0)) END;
    t.resolve_late_by := CASE WHEN coalesce(m.closed_at, m.now) > m.resolve_by
        THEN make_interval(mins => greatest(m.reading - 1200, 0)) END;
    RETURN t;
END
$$;
CREATE TABLE compared (entity text, step integer, dice integer, at timestamptz, expected pg_temp.told, got pg_temp.told);
CREATE FUNCTION pg_temp.random(seed text, below integer) RETURNS integer
LANGUAGE sql
AS $$ SELECT (('x' || substr(md5(seed), 1, 7))::bit(28)::integer % below) $$;
DO $$
DECLARE
    m    pg_temp.model;
    id   bigint;
    dice integer;
BEGIN
    FOR n IN 1..60 LOOP
        m := ROW(timestamptz '2026-03-02 00:00+00' + make_interval(mins => pg_temp.random('start ' || n, 10080)),
                 0, NULL, NULL, false, NULL, NULL, NULL, NULL, NULL);
        m := pg_temp.expect(m, m.now);
        PERFORM set_config('pls.now', m.now::text, true);
        PERFORM pg_temp.qualify('r' || n);
        SELECT a.alert_id INTO id FROM pls.alerts a WHERE a.entity_id = 'r' || n;
        FOR s IN 1..25 LOOP
            m := pg_temp.pass(m, m.now + make_interval(mins => pg_temp.random(n || ' span ' || s, CASE WHEN s % 5 = 0 THEN 4000 ELSE 300 END)));
            PERFORM set_config('pls.now', m.now::text, true);
            dice := pg_temp.random(n || ' dice ' || s, 100);
            m := pg_temp.step(id, m, dice, pg_temp.random(n || ' until ' || s, 3000));
            INSERT INTO compared
            SELECT v.entity_id, s, dice, m.now, pg_temp.tell(m),
                   (v.respond_by, v.resolve_by, v.respond_state, v.resolve_state, v.state, v.time_left,
                    v.time_to_touch, v.touch_late_by, v.resolve_late_by)::pg_temp.told
              FROM pls.sla v WHERE v.alert_id = id;
        END LOOP;
    END LOOP;
END
$$;
SELECT count(*) AS compared, count(*) FILTER (WHERE (expected).respond_state = 'breached') > 100 AS breached,
       count(*) FILTER (WHERE (expected).state = 'paused') > 100 AS paused,
       count(*) FILTER (WHERE (expected).touch_late_by > '0') > 50 AS late,
       count(*) FILTER (WHERE expected IS DISTINCT FROM got) AS different
  FROM compared;
SELECT entity, step, dice, at, expected, got FROM compared WHERE expected IS DISTINCT FROM got ORDER BY 1, 2 LIMIT 5;
ROLLBACK;
