-- Open alerts follow their calendar: 1,000 random edits of hours, holidays and
-- time zones while alerts are touched, paused, resumed, snoozed, disposed of
-- and handed on.  After each, due times, clock, ladder and pls.sla are held
-- against a definition that knows nothing of the product's own: a list of
-- quarters of an hour that are worked, and the spans during which each alert's
-- clock ran.  Some alerts are to be touched by the end of the day, and some have
-- a calendar of their own for the disposition.  Another run: psql -v seed=... -f this file.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /sql/include/decide.psql
\if :{?seed}
\else
\set seed edits
\endif
\set ECHO none
\set QUIET on
SET jit = off;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
BEGIN;
\i :setup
INSERT INTO pls.calendars (calendar, time_zone) VALUES ('north', 'UTC'), ('south', 'Europe/Berlin');
INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes)
SELECT c, d, '09:00', '17:00' FROM unnest('{north,south}'::text[]) c, generate_series(1, 5) AS d;
UPDATE pls.reps SET calendar = CASE rep WHEN 'ann' THEN 'north' ELSE 'south' END;
UPDATE pls.routes SET resolve_within = '16 hours' WHERE motion = 'play';
INSERT INTO pls.escalations (motion, level, measured, after, action) VALUES ('play', 1, 'resolve', '6 hours', 'notify');
CREATE FUNCTION pg_temp.random(seed text, below integer) RETURNS integer
LANGUAGE sql
AS $$ SELECT (('x' || substr(md5(seed), 1, 7))::bit(28)::integer % below) $$;
\set ECHO all
-- the quarters of an hour that a calendar works, for some weeks
CREATE TABLE worked (calendar text PRIMARY KEY, quarters timestamptz[]);
CREATE FUNCTION pg_temp.off(of text, on_day date) RETURNS SETOF pls.holidays
LANGUAGE sql
AS $$
    SELECT h.* FROM pls.holidays h
     WHERE h.calendar = of
       AND CASE WHEN EXISTS (SELECT FROM pls.holidays s WHERE s.calendar = of AND s.day = on_day AND NOT s.yearly)
                THEN h.day = on_day AND NOT h.yearly
                ELSE h.yearly AND to_char(h.day, 'MMDD') = to_char(on_day, 'MMDD') AND h.day <= on_day END
$$;
CREATE FUNCTION pg_temp.work_out(of text) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO worked
    SELECT of, array_agg(q.at AT TIME ZONE c.time_zone ORDER BY q.at)
      FROM pls.calendars c, generate_series(pls.now()::date - 16, pls.now()::date + 28, interval '1 day') d (day),
           LATERAL (SELECT h.opens, h.closes FROM pls.calendar_hours h
                     WHERE h.calendar = of AND h.weekday = extract(isodow FROM d.day)
                       AND NOT EXISTS (SELECT FROM pg_temp.off(of, d.day::date))
                    UNION ALL
                    SELECT o.opens, o.closes FROM pg_temp.off(of, d.day::date) o WHERE o.opens IS NOT NULL) b,
           generate_series(d.day::date + b.opens, d.day::date + b.closes - interval '1 minute', interval '15 minutes') q (at)
     WHERE c.calendar = of GROUP BY c.calendar
    ON CONFLICT (calendar) DO UPDATE SET quarters = excluded.quarters
$$;
-- what is known of an alert, and when its clock ran
CREATE TABLE model (id bigint PRIMARY KEY, calendar text, resolve_calendar text, created_at timestamptz, by_day boolean,
                    touch_limit interval, touched_at timestamptz, touched_after interval,
                    touch_due timestamptz, paused boolean DEFAULT false, closed_at timestamptz,
                    closed_due timestamptz[], ran tstzmultirange, since timestamptz);   -- since: NULL while it stands without an end
CREATE FUNCTION pg_temp.shown(of bigint, at timestamptz, by_calendar text) RETURNS interval
LANGUAGE sql
AS $$
    SELECT count(*) * interval '15 minutes'
      FROM model m JOIN worked w ON w.calendar = by_calendar, unnest(w.quarters) q
     WHERE m.id = of AND q < shown.at AND q <@ m.ran
$$;
-- when the clock shows so much, first
CREATE FUNCTION pg_temp.reached(of bigint, reading interval, by_calendar text) RETURNS timestamptz
LANGUAGE sql
AS $$
    SELECT q + interval '15 minutes'
      FROM model m JOIN worked w ON w.calendar = by_calendar, unnest(w.quarters) q
     WHERE m.id = of AND q <@ m.ran
     ORDER BY q OFFSET extract(epoch FROM reading) / 900 - 1 LIMIT 1
$$;
-- the limit to the touch: 4 hours, or what is worked from the start on, on the
-- first day on which anything is
CREATE FUNCTION pg_temp.to_touch(m model) RETURNS interval
LANGUAGE sql
AS $$
    SELECT CASE WHEN m.touch_limit IS NOT NULL THEN m.touch_limit
                WHEN NOT m.by_day THEN '4 hours'
                ELSE (SELECT count(*) * interval '15 minutes'
                        FROM pls.calendars c JOIN worked w USING (calendar), unnest(w.quarters) q
                       WHERE c.calendar = m.calendar AND q >= m.created_at
                       GROUP BY (q AT TIME ZONE c.time_zone)::date ORDER BY (q AT TIME ZONE c.time_zone)::date LIMIT 1) END
$$;
CREATE TYPE pg_temp.told AS (calendar text, respond_by timestamptz, respond_within interval, resolve_by timestamptz, used interval, resolve_used interval, rung_at timestamptz,
                             state text, time_to_touch interval, late interval);
CREATE FUNCTION pg_temp.expected(m model) RETURNS pg_temp.told
LANGUAGE plpgsql
AS $$
DECLARE
    t     pg_temp.told;
    other CONSTANT text := coalesce(m.resolve_calendar, m.calendar);
BEGIN
    t.calendar := m.calendar;
    t.respond_within := pg_temp.to_touch(m);
    t.respond_by := CASE WHEN m.touched_at IS NULL THEN pg_temp.reached(m.id, t.respond_within, m.calendar) ELSE m.touch_due END;
    t.resolve_by := pg_temp.reached(m.id, '16 hours', other);
    t.used := pg_temp.shown(m.id, coalesce(m.since, 'infinity'), m.calendar);
    t.resolve_used := pg_temp.shown(m.id, coalesce(m.since, 'infinity'), other);
    -- a rung that was reached before a pause is due when the clock runs again
    t.rung_at := CASE WHEN t.resolve_used >= '6 hours' THEN m.since ELSE pg_temp.reached(m.id, '6 hours', other) END;
    t.state := CASE WHEN m.touched_at IS NULL THEN
                    CASE WHEN t.respond_by < pls.now() THEN 'breached' ELSE 'kept' END
                    WHEN m.touched_at > m.touch_due THEN 'missed' ELSE 'met' END;
    t.time_to_touch := m.touched_after;
    t.late := CASE WHEN coalesce(m.touched_at, pls.now()) > t.respond_by
                   THEN greatest(coalesce(m.touched_after, pg_temp.shown(m.id, pls.now(), m.calendar)) - t.respond_within, '0') END;
    RETURN t;
END
$$;
CREATE FUNCTION pg_temp.got(of bigint) RETURNS pg_temp.told
LANGUAGE sql
AS $$
    SELECT (a.calendar, a.respond_by, a.respond_within, a.resolve_by, a.clock_used, coalesce(a.resolve_used, a.clock_used), a.next_rung_at,
            CASE WHEN s.respond_state IN ('ok', 'at risk', 'paused') THEN 'kept' ELSE s.respond_state END,
            s.time_to_touch, s.touch_late_by)::pg_temp.told
      FROM pls.alerts a JOIN pls.sla s USING (alert_id) WHERE a.alert_id = of
$$;
-- one random edit of a calendar
CREATE FUNCTION pg_temp.edit(seed text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    c   text := CASE pg_temp.random(seed || ' which', 2) WHEN 0 THEN 'north' ELSE 'south' END;
    off date := pls.now()::date + pg_temp.random(seed || ' day', 12) - 4;
    h   integer := 6 + pg_temp.random(seed || ' hour', 6);
    n   integer := 3 + pg_temp.random(seed || ' long', 8);
BEGIN
    CASE pg_temp.random(seed || ' kind', 10)
    WHEN 0, 1 THEN
        DELETE FROM pls.holidays WHERE calendar = c AND day = off AND NOT yearly;
        INSERT INTO pls.holidays (calendar, day) VALUES (c, off);
    WHEN 2 THEN
        DELETE FROM pls.holidays WHERE calendar = c AND day = off AND NOT yearly;
        INSERT INTO pls.holidays (calendar, day, opens, closes)
        VALUES (c, off, make_time(h, 0, 0), make_time(h + 2, 30, 0)), (c, off, make_time(h + 3, 0, 0), make_time(h + n, 15, 0));
    WHEN 3 THEN
        DELETE FROM pls.holidays WHERE calendar = c;
    WHEN 4, 5 THEN
        UPDATE pls.calendar_hours SET opens = make_time(h, 0, 0), closes = make_time(h + n, 45, 0)
         WHERE calendar = c AND weekday % 2 = h % 2;
    WHEN 6 THEN
        DELETE FROM pls.calendar_hours WHERE calendar = c;
        INSERT INTO pls.calendar_hours (calendar, weekday, opens, closes)
        SELECT c, d, make_time(h, 0, 0), make_time(h + n, 0, 0) FROM generate_series(1, 4 + n % 3) d;
    WHEN 7 THEN
        UPDATE pls.calendars SET time_zone = (ARRAY['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata'])[1 + n % 4]
         WHERE calendar = c;
    WHEN 8 THEN
        off := off - n * 365 + 2;
        DELETE FROM pls.holidays WHERE calendar = c AND to_char(day, 'MMDD') = to_char(off, 'MMDD');
        INSERT INTO pls.holidays (calendar, day, yearly) VALUES (c, off, true);
    WHEN 9 THEN
        off := off - 1826;
        DELETE FROM pls.holidays WHERE calendar = c AND to_char(day, 'MMDD') = to_char(off, 'MMDD');
        INSERT INTO pls.holidays (calendar, day, opens, closes, yearly) VALUES (c, off, make_time(h, 0, 0), make_time(h + n, 30, 0), true);
    END CASE;
    PERFORM pg_temp.work_out(c);
END
$$;
-- the clock stops now, and goes on at an instant, which may be infinity
CREATE FUNCTION pg_temp.stop(of bigint, until timestamptz) RETURNS void
LANGUAGE sql
AS $$
    UPDATE model
       SET ran = ran * tstzmultirange(tstzrange(NULL, pls.now())) + CASE WHEN isfinite(stop.until) THEN tstzmultirange(tstzrange(stop.until, NULL)) ELSE '{}' END,
           since = CASE WHEN isfinite(stop.until) THEN stop.until END
     WHERE id = of
$$;
-- one random step of work
CREATE FUNCTION pg_temp.work(m model, seed text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    until  timestamptz := pls.now() + (1 + pg_temp.random(seed || ' until', 200)) * interval '15 minutes';
    stands boolean := coalesce(m.since > pls.now(), true);
    was    timestamptz;
BEGIN
    CASE pg_temp.random(seed || ' dice', 30)
    WHEN 0, 1 THEN
        IF m.touched_at IS NOT NULL THEN RETURN; END IF;
        was := pg_temp.reached(m.id, pg_temp.to_touch(m), m.calendar);
        PERFORM pls.touch(m.id);
        UPDATE model SET touched_at = pls.now(), touched_after = pg_temp.shown(m.id, pls.now(), m.calendar), touch_limit = pg_temp.to_touch(m),
                         -- while the clock stands still: as if it ran
                         touch_due = coalesce(was, (SELECT a.respond_by FROM pls.alerts a WHERE a.alert_id = m.id))
         WHERE id = m.id;
    WHEN 2, 3, 4 THEN
        IF stands THEN RETURN; END IF;
        IF until > pls.now() + interval '12 hours' THEN
            PERFORM pls.pause_sla(m.id);
            until := 'infinity';
        ELSE
            PERFORM pls.pause_sla(m.id, until);
        END IF;
        PERFORM pg_temp.stop(m.id, until);
        UPDATE model SET paused = true WHERE id = m.id;
    WHEN 5, 6, 7 THEN
        IF NOT stands OR NOT m.paused THEN RETURN; END IF;
        PERFORM pls.resume_sla(m.id);
        PERFORM pg_temp.stop(m.id, pls.now());
        UPDATE model SET paused = false WHERE id = m.id;
    WHEN 8 THEN
        IF stands THEN RETURN; END IF;
        PERFORM pls.snooze(m.id, until);
        IF m.touched_at IS NOT NULL THEN
            PERFORM pg_temp.stop(m.id, until);
            UPDATE model SET paused = false WHERE id = m.id;
        END IF;
    WHEN 9, 10 THEN
        PERFORM pls.reassign(m.id, CASE m.calendar WHEN 'north' THEN 'bob' ELSE 'ann' END);
        UPDATE model SET calendar = CASE m.calendar WHEN 'north' THEN 'south' ELSE 'north' END WHERE id = m.id;
    WHEN 11 THEN
        PERFORM pls.withdraw(m.id, 'to see');
        UPDATE model SET closed_at = pls.now(), closed_due = (SELECT ARRAY[a.respond_by, a.resolve_by] FROM pls.alerts a WHERE a.alert_id = m.id)
         WHERE id = m.id;
    ELSE NULL;
    END CASE;
END
$$;
CREATE TABLE compared (step integer, id bigint, expected pg_temp.told, got pg_temp.told);
CREATE FUNCTION pg_temp.go_through(seed text, steps integer) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    m  model;
    at timestamptz := pls.now();
BEGIN
    PERFORM pg_temp.work_out('north'), pg_temp.work_out('south');
    FOR s IN 1..steps LOOP
        at := at + pg_temp.random(seed || ' pass ' || s, 12) * interval '15 minutes';
        PERFORM set_config('pls.now', at::text, true);
        PERFORM pls_internal.maintain_alerts('wake');
        -- nobody's alert grows older than the list of quarters
        FOR m IN SELECT * FROM model WHERE closed_at IS NULL AND id < (SELECT max(id) - 8 FROM model) LOOP
            PERFORM pls.withdraw(m.id, 'old');
            UPDATE model SET closed_at = pls.now(), closed_due = (SELECT ARRAY[a.respond_by, a.resolve_by] FROM pls.alerts a WHERE a.alert_id = m.id)
             WHERE id = m.id;
        END LOOP;
        IF s % 6 = 1 THEN
            UPDATE pls.routes SET resolve_calendar = CASE WHEN s % 4 = 1 THEN 'south' END,
                   respond_end_of_day = s % 9 = 7, respond_within = CASE WHEN s % 9 <> 7 THEN interval '4 hours' END
             WHERE motion = 'play';
            PERFORM pg_temp.qualify('r' || s);
            INSERT INTO model (id, calendar, resolve_calendar, created_at, by_day, ran, since)
            SELECT a.alert_id, CASE a.assigned_to WHEN 'ann' THEN 'north' ELSE 'south' END,
                   CASE WHEN s % 4 = 1 THEN 'south' END, a.created_at, s % 9 = 7,
                   tstzmultirange(tstzrange(a.created_at, NULL)), a.created_at
              FROM pls.alerts a WHERE a.entity_id = 'r' || s;
        END IF;
        FOR m IN SELECT * FROM model WHERE closed_at IS NULL ORDER BY id LOOP
            PERFORM pg_temp.work(m, seed || s || ' ' || m.id);
        END LOOP;
        PERFORM pg_temp.edit(seed || ' ' || s);
        INSERT INTO compared
        SELECT s, k.id, pg_temp.expected(k), pg_temp.got(k.id) FROM model k WHERE k.closed_at IS NULL;
    END LOOP;
END
$$;
\o /dev/null
SELECT pg_temp.go_through(:'seed', 1000);
\o
SELECT count(*) > 2500 AS enough, count(*) FILTER (WHERE (expected).respond_within <> '4 hours') > 500 AS by_day,
       count(*) FILTER (WHERE (expected).used <> (expected).resolve_used) > 100 AS two_clocks,
       count(*) FILTER (WHERE (expected).state = 'breached') > 20 AS breached, count(*) FILTER (WHERE (expected).late > '0') > 200 AS late,
       count(*) FILTER (WHERE (expected).used > '0') > 500 AS stopped, count(*) FILTER (WHERE (expected).rung_at IS NULL) > 200 AS paused,
       count(*) FILTER (WHERE expected IS DISTINCT FROM got) AS different
  FROM compared;
SELECT step, id, expected, got FROM compared WHERE expected IS DISTINCT FROM got ORDER BY 1, 2 LIMIT 5;
-- what was closed has kept what held
SELECT count(*) > 100 AS closed, count(*) FILTER (WHERE ARRAY[a.respond_by, a.resolve_by] IS DISTINCT FROM m.closed_due) AS moved
  FROM model m JOIN pls.alerts a ON a.alert_id = m.id WHERE m.closed_at IS NOT NULL;
-- the log says each move from what to what, without a gap
SELECT count(*) > 1000 AS moves, count(*) FILTER (WHERE l.before IS DISTINCT FROM l.known) AS gaps,
       count(*) FILTER (WHERE l.is_last AND l.after IS DISTINCT FROM l.now) AS behind
  FROM (SELECT c.value -> 0 AS before, c.value -> 1 AS after,
               coalesce(lag(c.value -> 1) OVER w, 'null') AS known,
               row_number() OVER w = count(*) OVER (PARTITION BY l.alert_id, c.key) AS is_last,
               to_jsonb(a) -> c.key AS now
          FROM pls.alert_log l JOIN pls.alerts a USING (alert_id) CROSS JOIN LATERAL jsonb_each(l.change) c
         WHERE c.key IN ('respond_by', 'resolve_by')
        WINDOW w AS (PARTITION BY l.alert_id, c.key ORDER BY l.log_id)) l;
ROLLBACK;
