/* 35_samples.sql - what there is in the watched tables, from samples.
 *
 * pls.tracking_plan() and pls.health tell from these tables which events and
 * properties come.  The sweep fills them now and then from a few thousand
 * rows of each watched table (src/rebuild/sample.c), so that an INSERT has
 * nothing to do with it.  They hold names and numbers, and nobody's id.
 */

CREATE TABLE pls_internal.source_samples (
    source_id      integer PRIMARY KEY,
    has_history    boolean NOT NULL DEFAULT false,
    observed_at    timestamptz,
    is_whole       boolean NOT NULL DEFAULT false,
    rows           bigint NOT NULL DEFAULT 0,
    oldest_at      timestamptz,
    newest_at      timestamptz,
    days           numeric NOT NULL DEFAULT 0,
    without_name   bigint NOT NULL DEFAULT 0,
    without_at     bigint NOT NULL DEFAULT 0,
    ahead          bigint NOT NULL DEFAULT 0,
    without_user   bigint NOT NULL DEFAULT 0,
    no_account     jsonb NOT NULL DEFAULT '{}',
    encoded_twice  bigint NOT NULL DEFAULT 0,
    matching       jsonb NOT NULL DEFAULT '{}',
    silent         text[] NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE pls_internal.source_samples IS
'The newest sample of each watched table: what there is in its rows.';
COMMENT ON COLUMN pls_internal.source_samples.source_id IS 'The source.';
COMMENT ON COLUMN pls_internal.source_samples.has_history IS 'Whether the table had rows when pls.watch() was called, which a motion knows only after it was rebuilt.';
COMMENT ON COLUMN pls_internal.source_samples.observed_at IS 'When the sample was taken. NULL: none yet.';
COMMENT ON COLUMN pls_internal.source_samples.is_whole IS 'Whether all rows of the table were read.';
COMMENT ON COLUMN pls_internal.source_samples.rows IS 'Rows that were read.';
COMMENT ON COLUMN pls_internal.source_samples.oldest_at IS 'The oldest instant among them.';
COMMENT ON COLUMN pls_internal.source_samples.newest_at IS 'The newest one that is not in the future.';
COMMENT ON COLUMN pls_internal.source_samples.days IS 'The days up to observed_at of which, as far as is known, all rows were read: 30 at most.';
COMMENT ON COLUMN pls_internal.source_samples.without_name IS 'Rows without an event''s name, or with one that is too long.';
COMMENT ON COLUMN pls_internal.source_samples.without_at IS 'Rows without a usable instant, which count for nobody.';
COMMENT ON COLUMN pls_internal.source_samples.ahead IS 'Rows dated in the future.';
COMMENT ON COLUMN pls_internal.source_samples.without_user IS 'Rows that name no user.';
COMMENT ON COLUMN pls_internal.source_samples.no_account IS 'Rows that belong to no account, by cause.';
COMMENT ON COLUMN pls_internal.source_samples.encoded_twice IS 'Rows whose properties are a JSON string that holds an object or an array.';
COMMENT ON COLUMN pls_internal.source_samples.matching IS 'Rows that matter to a motion, by motion; drafts are left out.';
COMMENT ON COLUMN pls_internal.source_samples.silent IS 'Motions to which no row of the sample matters, nor any event of the last 7 days by their standings.';
SELECT pg_extension_config_dump('pls_internal.source_samples', '');

CREATE TABLE pls_internal.event_samples (
    source_id      integer NOT NULL,
    event          text NOT NULL,
    observed_at    timestamptz NOT NULL,
    last_at        timestamptz NOT NULL,
    rows           bigint NOT NULL,
    rows_a_day     numeric NOT NULL,
    accounts       bigint NOT NULL,
    looked_at      bigint NOT NULL,
    properties     jsonb NOT NULL,
    PRIMARY KEY (source_id, event)
);
COMMENT ON TABLE pls_internal.event_samples IS
'The events that samples of a watched table have shown, 500 names of a table: those that signals ask for, and the most frequent ones. Others are forgotten when no sample has shown them for 90 days.';
COMMENT ON COLUMN pls_internal.event_samples.source_id IS 'The source.';
COMMENT ON COLUMN pls_internal.event_samples.event IS 'Name of the event.';
COMMENT ON COLUMN pls_internal.event_samples.observed_at IS 'The last sample that has shown it.';
COMMENT ON COLUMN pls_internal.event_samples.last_at IS 'Its newest instant in any sample.';
COMMENT ON COLUMN pls_internal.event_samples.rows IS 'Its rows in the last sample that has shown it, as all numbers that follow.';
COMMENT ON COLUMN pls_internal.event_samples.rows_a_day IS 'Rows a day lately, an estimate; 0: the newest sample has shown none.';
COMMENT ON COLUMN pls_internal.event_samples.accounts IS 'Accounts with the event.';
COMMENT ON COLUMN pls_internal.event_samples.looked_at IS 'Rows whose properties were looked at.';
COMMENT ON COLUMN pls_internal.event_samples.properties IS 'Rows that have a property with a value other than null, by property: 100 of them at most.';
SELECT pg_extension_config_dump('pls_internal.event_samples', '');

CREATE TABLE pls_internal.history_reads (
    motion         text PRIMARY KEY,
    read_at        timestamptz NOT NULL
);
COMMENT ON TABLE pls_internal.history_reads IS
'When the history of a motion was read: all events of its watched tables, by pls.refresh() or the sweep.';
COMMENT ON COLUMN pls_internal.history_reads.motion IS 'The motion.';
COMMENT ON COLUMN pls_internal.history_reads.read_at IS 'When the last such reading began, by the clock of the server.';
SELECT pg_extension_config_dump('pls_internal.history_reads', '');

-- The row is there from the start, so that sweeps only have to lock it.
CREATE FUNCTION pls_internal.note_history() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO pls_internal.source_samples AS t (source_id, has_history)
    VALUES (NEW.source_id, pls_internal.has_rows(NEW.source))
    ON CONFLICT (source_id) DO UPDATE SET has_history = excluded.has_history;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_history IS
'Trigger: notes whether a table that is watched now has rows, which came before they could be observed.';
CREATE TRIGGER note_history AFTER INSERT ON pls.sources
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('note_history');
COMMENT ON TRIGGER note_history ON pls.sources IS 'Notes whether the table has rows that only a rebuild reads.';

CREATE FUNCTION pls_internal.note_history_read(motion text, at timestamptz) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO pls_internal.history_reads AS t (motion, read_at) VALUES (note_history_read.motion, note_history_read.at)
    ON CONFLICT (motion) DO UPDATE SET read_at = excluded.read_at
$$;
COMMENT ON FUNCTION pls_internal.note_history_read IS
'Part of pls.refresh(): notes that all events of a motion were read, as they were at this instant. Only who has the right to rebuild the motion calls it, so that it waits for nobody.';

-- Inlined.
CREATE FUNCTION pls_internal.unread_histories() RETURNS TABLE (source_id integer, source regclass, motion text, has_history boolean)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT s.source_id, s.source::regclass, m.motion, coalesce(t.has_history, false)
      FROM pls.sources s
      JOIN pls.motions m ON s.motions IS NULL OR m.motion = ANY (s.motions)
      LEFT JOIN pls_internal.source_samples t ON t.source_id = s.source_id
      LEFT JOIN pls_internal.history_reads r ON r.motion = m.motion
     WHERE r.read_at IS NULL OR r.read_at < s.watched_since;
END;
COMMENT ON FUNCTION pls_internal.unread_histories IS
'Watched tables of which a motion has not read what was in them when they came under watch; has_history: there were rows.';

/* ---- what signals ask for ---- */

CREATE FUNCTION pls_internal.match_paths(match jsonpath) RETURNS SETOF text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT DISTINCT (
        SELECT array_agg(('"' || k.key[1] || '"')::jsonb #>> '{}' ORDER BY k.position)
          FROM regexp_matches(p.path[1], E'\\."((?:[^"\\\\]|\\\\.)*)"', 'g') WITH ORDINALITY AS k (key, position))
      FROM regexp_matches(match::text, E'\\$((?:\\."(?:[^"\\\\]|\\\\.)*")+)', 'g') AS p (path)
$$;
COMMENT ON FUNCTION pls_internal.match_paths IS
'The paths from the top of a document that a predicate reads, each as the keys that lead there.';

CREATE FUNCTION pls_internal.asked_of_events(motion text)
    RETURNS TABLE (signal text, event text, property text, steps text[])
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT DISTINCT s.signal, e.event, array_to_string(p.steps, '.'), p.steps
      FROM pls.signals s
      LEFT JOIN LATERAL unnest(s.events) AS e (event) ON true
      LEFT JOIN LATERAL (
           SELECT string_to_array(s.property, '.') AS steps WHERE s.property <> ''
           UNION ALL
           SELECT m.steps FROM pls_internal.match_paths(s.match) AS m (steps)) p ON true
     WHERE s.motion = asked_of_events.motion AND s.enabled AND s.measure <> 'attribute';
END;
$$;
COMMENT ON FUNCTION pls_internal.asked_of_events IS
'What the enabled signals of a motion ask of events: the name (NULL: any event), and a property (NULL: none) with the keys that lead to it.';

CREATE FUNCTION pls_internal.has_value(properties jsonb, property text, steps text[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce(properties -> property <> 'null'::jsonb, false)
           OR coalesce(properties #> steps <> 'null'::jsonb, false);
END;
COMMENT ON FUNCTION pls_internal.has_value IS
'Whether properties have a value other than null under a name, or at the end of a path.';

/* ---- names that are nearly the same ---- */

CREATE FUNCTION pls_internal.similar_name(name text, names text[]) RETURNS text
    AS 'MODULE_PATHNAME', 'pls_similar_name' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION pls_internal.similar_name IS
'The one of names that a name is most like, if it is a spelling of the same: the same words, written or ordered otherwise, or one letter in five different at most. NULL: none.';

/* ---- taking samples ---- */

CREATE FUNCTION pls_internal.sample_events(source_id integer)
    RETURNS TABLE (part text, name text, at timestamptz, account_id text, cause text, has_user boolean,
                   properties jsonb, looked_at boolean, is_newest boolean, number bigint)
    AS 'MODULE_PATHNAME', 'pls_sample_events' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION pls_internal.sample_events IS
'A sample of the rows of a source, read as the trigger reads them: up to 10000 from the end of the table, and 5000 spread over the rest, of 16 of its partitions at most. Returns, by part: row (the event''s name, NULL: none; when it happened, NULL: no usable instant; its account, or why that cannot be told; whether it names a user; its properties, and whether they were looked at; whether it is from the end of the table, whose number follows), table (number; is_newest: all of its rows were read; number 0: others were not read at all) and motion (its name, the newest row that matters to it, and how many do: number). The table must be locked (pls_internal.lock_source). Error 55000: it cannot be read.';

CREATE FUNCTION pls_internal.sample_source(source_id integer) RETURNS boolean
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    most_names      CONSTANT integer := 500;
    most_properties CONSTANT integer := 100;
    most_days       CONSTANT interval := '30 days';
    recently        CONSTANT interval := '7 days';
    as_of           CONSTANT timestamptz := pls.now();
    quiet           text[];
    heard           text[] := '{}';
    place           CONSTANT regclass := (SELECT s.source FROM pls.sources s WHERE s.source_id = sample_source.source_id);
BEGIN
    IF NOT EXISTS (SELECT FROM pls_internal.source_samples t WHERE t.source_id = sample_source.source_id) THEN
        INSERT INTO pls_internal.source_samples AS t (source_id) VALUES (sample_source.source_id) ON CONFLICT DO NOTHING;
    END IF;
    PERFORM FROM pls_internal.source_samples t WHERE t.source_id = sample_source.source_id FOR UPDATE SKIP LOCKED;
    IF NOT FOUND OR pls_internal.try_lock_source(place) IS NOT NULL THEN
        RETURN false;
    END IF;
    UPDATE pls_internal.event_samples t SET rows_a_day = 0
     WHERE t.source_id = sample_source.source_id AND t.rows_a_day <> 0;
    WITH sampled AS MATERIALIZED (
        SELECT r.* FROM pls_internal.sample_events(sample_source.source_id) r),
    found AS (
        SELECT r.* FROM sampled r WHERE r.part = 'row' AND r.at IS NOT NULL),
    asked AS MATERIALIZED (
        SELECT DISTINCT a.event, a.property, a.steps
          FROM pls.sources s
          JOIN pls.motions m ON s.motions IS NULL OR m.motion = ANY (s.motions)
         CROSS JOIN LATERAL pls_internal.asked_of_events(m.motion) a
         WHERE s.source_id = sample_source.source_id),
    -- since when all rows were read, but for some that came late
    covered AS MATERIALIZED (
        SELECT greatest(least(coalesce(max(l.since), min(l.oldest), as_of), as_of - CASE WHEN max(l.since) IS NULL THEN interval '1 day' ELSE interval '1 minute' END),
                        as_of - most_days) AS since
          FROM (SELECT CASE WHEN NOT t.is_newest THEN percentile_disc(0.02) WITHIN GROUP (ORDER BY f.at) END AS since,
                       min(f.at) AS oldest
                  FROM sampled t JOIN found f ON f.number = t.number AND f.is_newest
                 WHERE t.part = 'table' AND f.at <= as_of
                 GROUP BY t.number, t.is_newest) l),
    length AS MATERIALIZED (
        SELECT c.since, (extract(epoch FROM as_of - c.since) / 86400)::numeric AS days FROM covered c),
    summary AS (
        UPDATE pls_internal.source_samples t
           SET observed_at = as_of,
               is_whole = (SELECT coalesce(bool_and(r.is_newest), true) FROM sampled r WHERE r.part = 'table'),
               rows = n.rows, oldest_at = n.oldest_at, newest_at = n.newest_at,
               days = (SELECT l.days FROM length l),
               without_name = n.without_name, without_at = n.without_at, ahead = n.ahead,
               without_user = n.without_user, encoded_twice = n.encoded_twice,
               no_account = coalesce((SELECT jsonb_object_agg(c.cause, c.rows)
                                        FROM (SELECT f.cause, count(*) AS rows FROM found f
                                               WHERE f.cause IS NOT NULL GROUP BY f.cause) c), '{}'),
               matching = coalesce((SELECT jsonb_object_agg(r.name, r.number) FROM sampled r WHERE r.part = 'motion'), '{}')
          FROM (SELECT count(*) AS rows, min(r.at) AS oldest_at, max(r.at) FILTER (WHERE NOT pls_internal.is_ahead(r.at)) AS newest_at,
                       count(*) FILTER (WHERE r.at IS NOT NULL AND r.name IS NULL) AS without_name,
                       count(*) FILTER (WHERE r.at IS NULL) AS without_at,
                       count(*) FILTER (WHERE pls_internal.is_ahead(r.at)) AS ahead,
                       count(*) FILTER (WHERE NOT r.has_user) AS without_user,
                       count(*) FILTER (WHERE jsonb_typeof(r.properties) = 'string'
                                          AND r.properties #>> '{}' ~ E'^\\s*[[{].*[]}]\\s*$') AS encoded_twice
                  FROM sampled r WHERE r.part = 'row') n
         WHERE t.source_id = sample_source.source_id),
    names AS MATERIALIZED (
        SELECT f.name, max(f.at) AS last_at, count(*) AS rows, count(DISTINCT f.account_id) AS accounts,
               count(*) FILTER (WHERE f.looked_at) AS looked_at,
               count(*) FILTER (WHERE f.is_newest AND f.at >= l.since AND f.at <= as_of) / l.days AS rows_a_day
          FROM found f CROSS JOIN length l
         WHERE f.name IS NOT NULL
         GROUP BY f.name, l.days
         ORDER BY f.name IN (SELECT a.event FROM asked a) DESC, count(*) DESC, f.name COLLATE "C"
         LIMIT most_names),
    paths AS MATERIALIZED (
        SELECT a.event, a.property, a.steps FROM asked a WHERE cardinality(a.steps) > 1),
    counted AS (
        SELECT f.name, e.key AS property, count(*) AS rows
          FROM found f
         CROSS JOIN LATERAL jsonb_each(CASE WHEN jsonb_typeof(f.properties) = 'object' THEN f.properties END) e
         WHERE e.value <> 'null'::jsonb AND octet_length(e.key) <= 255
           AND NOT EXISTS (SELECT FROM paths p WHERE p.property = e.key AND (p.event IS NULL OR p.event = f.name))
         GROUP BY f.name, e.key
        UNION ALL
        SELECT f.name, p.property, count(*)
          FROM (SELECT DISTINCT q.property, q.steps FROM paths q) p
          JOIN found f ON EXISTS (SELECT FROM paths q WHERE q.property = p.property AND (q.event IS NULL OR q.event = f.name))
         WHERE pls_internal.has_value(f.properties, p.property, p.steps)
         GROUP BY f.name, p.property),
    properties AS MATERIALIZED (
        SELECT o.name, jsonb_object_agg(o.property, o.rows) AS properties
          FROM (SELECT c.name, c.property, c.rows,
                       row_number() OVER (PARTITION BY c.name ORDER BY c.property IN (SELECT a.property FROM asked a) DESC,
                                                                  c.rows DESC, c.property COLLATE "C") AS place
                  FROM counted c) o
         WHERE o.place <= most_properties
         GROUP BY o.name)
    INSERT INTO pls_internal.event_samples AS t
           (source_id, event, observed_at, last_at, rows, rows_a_day, accounts, looked_at, properties)
    SELECT sample_source.source_id, n.name, as_of, n.last_at, n.rows, trim_scale(round(n.rows_a_day, 3)), n.accounts, n.looked_at,
           coalesce(p.properties, '{}')
      FROM names n LEFT JOIN properties p ON p.name = n.name
     ORDER BY n.name COLLATE "C"
    ON CONFLICT (source_id, event) DO UPDATE SET
           observed_at = excluded.observed_at, last_at = greatest(t.last_at, excluded.last_at), rows = excluded.rows,
           rows_a_day = excluded.rows_a_day, accounts = excluded.accounts, looked_at = excluded.looked_at,
           properties = excluded.properties;
    -- a sample can miss what is rare
    quiet := ARRAY(SELECT j.key FROM pls_internal.source_samples t, jsonb_each(t.matching) j
                    WHERE t.source_id = sample_source.source_id AND t.rows > t.without_at AND j.value = '0'::jsonb);
    IF quiet <> '{}' THEN
        heard := ARRAY(SELECT DISTINCT d.motion FROM pls.standings d
                        WHERE d.motion = ANY (quiet) AND d.last_event_at > as_of - recently);
    END IF;
    UPDATE pls_internal.source_samples t SET silent = ARRAY(SELECT q FROM unnest(quiet) q WHERE q <> ALL (heard) ORDER BY q)
     WHERE t.source_id = sample_source.source_id;
    DELETE FROM pls_internal.event_samples t
     WHERE t.source_id = sample_source.source_id AND t.observed_at < as_of - interval '90 days'
       AND NOT EXISTS (SELECT FROM pls.signals g WHERE t.event = ANY (g.events));
    RETURN true;
END;
$$;
COMMENT ON FUNCTION pls_internal.sample_source IS
'Takes a sample of a source. false: another session does, or has locked the table; nothing is waited for.';

CREATE FUNCTION pls_internal.samples_due() RETURNS integer[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    seldom CONSTANT interval := '1 hour';
BEGIN
    RETURN ARRAY(
        SELECT s.source_id
          FROM pls.sources s
          JOIN pg_class c ON c.oid = s.source
          LEFT JOIN pls_internal.source_samples t ON t.source_id = s.source_id
         WHERE t.observed_at IS NULL
            OR pls_internal.is_ahead(t.observed_at)
            -- a young one more often
            OR t.observed_at <= pls.now() - least(seldom, greatest(interval '1 minute', (t.observed_at - s.watched_since) / 4))
            -- what is asked for has changed
            OR EXISTS (SELECT FROM pls.motions m
                       CROSS JOIN LATERAL (
                             SELECT v.changed_at FROM pls.model_versions v
                              WHERE v.motion = m.motion ORDER BY v.model_version DESC LIMIT 1) v
                        WHERE (s.motions IS NULL OR m.motion = ANY (s.motions)) AND v.changed_at > t.observed_at)
         ORDER BY t.observed_at NULLS FIRST, s.source_id);
END;
$$;
COMMENT ON FUNCTION pls_internal.samples_due IS
'The sources that need a sample, the most urgent first: once an hour, more often those that have been watched for less than four hours, and after a change of a model.';

CREATE FUNCTION pls_internal.take_samples(deadline timestamptz) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    due      CONSTANT integer[] := pls_internal.samples_due();
    number   integer;
    task     text;
    tried    bigint := 0;
    taken    bigint := 0;
BEGIN
    FOREACH number IN ARRAY due LOOP
        EXIT WHEN tried > 0 AND clock_timestamp() > deadline;
        task := format('sample source %s', number);
        CONTINUE WHEN pls_internal.is_paused(task) OR pls_internal.source_problem(number) IS NOT NULL;
        tried := tried + 1;
        BEGIN
            IF pls_internal.sample_source(number) THEN
                taken := taken + 1;
            END IF;
        EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
            PERFORM pls_internal.note_failure(task, '', '', SQLSTATE, SQLERRM);
            CONTINUE;
        END;
        PERFORM pls_internal.note_success(task);
    END LOOP;
    -- those of tables that are not watched any more
    DELETE FROM pls_internal.source_samples t
     WHERE t.ctid = ANY (ARRAY(SELECT o.ctid FROM pls_internal.source_samples o
                                WHERE NOT EXISTS (SELECT FROM pls.sources s WHERE s.source_id = o.source_id)
                                  FOR UPDATE SKIP LOCKED));
    DELETE FROM pls_internal.event_samples t
     WHERE t.ctid = ANY (ARRAY(SELECT o.ctid FROM pls_internal.event_samples o
                                WHERE NOT EXISTS (SELECT FROM pls.sources s WHERE s.source_id = o.source_id)
                                  FOR UPDATE SKIP LOCKED));
    RETURN taken;
END;
$$;
COMMENT ON FUNCTION pls_internal.take_samples IS
'Step of the sweep: takes the samples that are due, one at least, until deadline. One that fails is written into pls.failures and stops no other. Returns how many were taken.';
