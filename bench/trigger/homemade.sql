-- homemade.sql - the yardstick: what a good PL/pgSQL trigger for the motion
-- of setup.sql looks like.
--
-- observe() does the same work: counts per account in sliding windows, to
-- the day, hence one row per account, event and day; the score from those
-- within the windows; the standing; and the edge, which raises an alert.
-- Three statements per event, each on one key.  It does not do what DESIGN
-- 3 asks besides: it waits for other sessions and can deadlock with them.
--
-- observe_ever() does less: counts since ever in the standing itself, no
-- window, one statement per event.  It is here to show what windows cost.
CREATE TABLE homemade.daily (
    entity_id   text NOT NULL,
    event       text NOT NULL,
    day         date NOT NULL,
    n           bigint NOT NULL,
    newest      timestamptz NOT NULL,
    PRIMARY KEY (entity_id, day, event)
) WITH (fillfactor = 60);

CREATE TABLE homemade.standings (
    entity_id     text PRIMARY KEY,
    score         numeric NOT NULL,
    qualified     boolean NOT NULL,
    last_event_at timestamptz NOT NULL,
    became        boolean NOT NULL          -- whether the last event qualified it
) WITH (fillfactor = 60);

CREATE TABLE homemade.alerts (
    entity_id   text NOT NULL,
    score       numeric NOT NULL,
    raised_at   timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION homemade.observe() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
    points numeric;
    crossed boolean;
BEGIN
    IF NEW.name NOT IN ('export', 'invite', 'checkout') THEN
        RETURN NULL;
    END IF;
    INSERT INTO homemade.daily AS d
    VALUES (NEW.org_id, NEW.name, (NEW.created_at AT TIME ZONE 'UTC')::date, 1, NEW.created_at)
    ON CONFLICT (entity_id, day, event)
    DO UPDATE SET n = d.n + 1, newest = greatest(d.newest, excluded.newest);

    SELECT CASE WHEN sum(d.n) FILTER (WHERE d.event = 'export' AND d.day > today - 14) >= 3 THEN 20 ELSE 0 END
         + CASE WHEN count(*) FILTER (WHERE d.event = 'export') >= 4 THEN 20 ELSE 0 END
         + CASE WHEN sum(d.n) FILTER (WHERE d.event = 'invite' AND d.day > today - 14) >= 1 THEN 20 ELSE 0 END
         + CASE WHEN sum(d.n) FILTER (WHERE d.event = 'checkout' AND d.day > today - 14) >= 1 THEN 40 ELSE 0 END
      INTO points
      FROM homemade.daily AS d
     WHERE d.entity_id = NEW.org_id AND d.day > today - 28;

    INSERT INTO homemade.standings AS s
    VALUES (NEW.org_id, points, points >= 80, NEW.created_at, points >= 80)
    ON CONFLICT (entity_id)
    DO UPDATE SET score = excluded.score, qualified = excluded.qualified,
                  last_event_at = greatest(s.last_event_at, excluded.last_event_at),
                  became = excluded.qualified AND NOT s.qualified
    RETURNING became INTO crossed;
    IF crossed THEN
        INSERT INTO homemade.alerts (entity_id, score) VALUES (NEW.org_id, points);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER observe AFTER INSERT ON homemade.events
    FOR EACH ROW EXECUTE FUNCTION homemade.observe();

-- The lesser one, with a table of events of its own.
CREATE SCHEMA homemade_ever;
CREATE TABLE homemade_ever.events (LIKE plain.events INCLUDING ALL);
CREATE TABLE homemade_ever.standings (
    entity_id     text PRIMARY KEY,
    exports       bigint NOT NULL DEFAULT 0,
    export_days   bigint NOT NULL DEFAULT 0,
    exported_at   timestamptz,
    invitations   bigint NOT NULL DEFAULT 0,
    checkouts     bigint NOT NULL DEFAULT 0,
    score         numeric NOT NULL DEFAULT 0,
    qualified     boolean NOT NULL DEFAULT false,
    last_event_at timestamptz
) WITH (fillfactor = 60);

CREATE FUNCTION homemade_ever.observe() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    points numeric;
BEGIN
    IF NEW.name = 'export' THEN
        INSERT INTO homemade_ever.standings AS s (entity_id, exports, export_days, exported_at, last_event_at)
        VALUES (NEW.org_id, 1, 1, NEW.created_at, NEW.created_at)
        ON CONFLICT (entity_id)
        DO UPDATE SET exports = s.exports + 1,
                      export_days = s.export_days
                        + (s.exported_at::date IS DISTINCT FROM excluded.exported_at::date)::int,
                      exported_at = excluded.exported_at,
                      last_event_at = greatest(s.last_event_at, excluded.last_event_at),
                      score = CASE WHEN s.exports + 1 >= 3 THEN 20 ELSE 0 END
                            + CASE WHEN s.export_days >= 4 THEN 20 ELSE 0 END
                            + CASE WHEN s.invitations >= 1 THEN 20 ELSE 0 END
                            + CASE WHEN s.checkouts >= 1 THEN 40 ELSE 0 END
        RETURNING score INTO points;
    END IF;
    IF points >= 80 THEN
        INSERT INTO homemade.alerts (entity_id, score) VALUES (NEW.org_id, points);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER observe AFTER INSERT ON homemade_ever.events
    FOR EACH ROW EXECUTE FUNCTION homemade_ever.observe();

-- Days and standings from the events, at once.
CREATE PROCEDURE homemade.rebuild() LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO homemade.daily
    SELECT e.org_id, e.name, (e.created_at AT TIME ZONE 'UTC')::date, count(*), max(e.created_at)
      FROM homemade.events AS e
     GROUP BY 1, 2, 3;
    INSERT INTO homemade.standings
    SELECT d.entity_id, 0, false, max(d.newest), false
      FROM homemade.daily AS d
     GROUP BY d.entity_id;
    INSERT INTO homemade_ever.standings (entity_id, exports, export_days, exported_at, invitations, last_event_at)
    SELECT d.entity_id, coalesce(sum(d.n) FILTER (WHERE d.event = 'export'), 0),
           count(*) FILTER (WHERE d.event = 'export'), max(d.newest) FILTER (WHERE d.event = 'export'),
           coalesce(sum(d.n) FILTER (WHERE d.event = 'invite'), 0), max(d.newest)
      FROM homemade.daily AS d
     GROUP BY d.entity_id;
END
$$;
