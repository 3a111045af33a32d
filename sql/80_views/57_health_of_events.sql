/* 57_health_of_events.sql - whether what comes is what signals ask for.
 *
 * From the samples that the sweep takes (70_sweep/35_samples.sql).
 */

CREATE FUNCTION pls_internal.first_of(texts text[], most integer) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT array_to_string(texts[1:most], ', ')
           || CASE WHEN cardinality(texts) > most THEN format(' and %s more', cardinality(texts) - most) ELSE '' END
     WHERE cardinality(texts) > 0;
END;
COMMENT ON FUNCTION pls_internal.first_of IS
'The first of some texts, and how many more there are. NULL: there is none.';

-- Motions at work, and drafts, which somebody works on.
CREATE FUNCTION pls_internal.unseen_of_motions() RETURNS TABLE (motion text, event text, property text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT m.motion, a.event, a.property
      FROM pls.motions m
     CROSS JOIN LATERAL pls_internal.asked_and_seen(m.motion) a
     WHERE m.status <> 'paused' AND NOT a.seen
       AND NOT EXISTS (SELECT FROM pls.sources s
                         LEFT JOIN pls_internal.source_samples t ON t.source_id = s.source_id
                        WHERE (s.motions IS NULL OR m.motion = ANY (s.motions)) AND t.observed_at IS NULL);
END;
$$;
COMMENT ON FUNCTION pls_internal.unseen_of_motions IS
'The events (property NULL) and properties that signals ask for and no sample has shown, of motions whose tables have all been sampled.';

CREATE FUNCTION pls_internal.health_of_names()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    named    CONSTANT integer := 5;
    compared CONSTANT integer := 30;        -- with what comes
    motions    text[];                      -- of what is unseen
    events     text[];
    properties text[];
    n          bigint;
BEGIN
    SELECT array_agg(a.motion), array_agg(a.event), array_agg(a.property) INTO motions, events, properties
      FROM pls_internal.unseen_of_motions() a;
    item := 'event names';
    n := (SELECT count(*) FROM unnest(motions, events, properties) a (motion, event, property)
           WHERE a.property IS NULL AND a.event IS NOT NULL);
    value := (
        SELECT string_agg(format('"%s" of motion "%s"%s', x.event, x.motion, CASE WHEN x.nearest IS NOT NULL THEN format(' (is it "%s"?)', x.nearest) END), ', '
                          ORDER BY x.nearest IS NULL, x.motion COLLATE "C", x.event COLLATE "C")
          FROM (SELECT c.motion, c.event, c.nearest
                  FROM (SELECT a.motion, a.event,
                               pls_internal.similar_name(a.event, pls_internal.unused_events(a.motion)) AS nearest
                          FROM (SELECT a.* FROM unnest(motions, events, properties) a (motion, event, property)
                                 WHERE a.property IS NULL AND a.event IS NOT NULL
                                 ORDER BY a.motion COLLATE "C", a.event COLLATE "C" LIMIT compared) a) c
                 ORDER BY c.nearest IS NULL, c.motion COLLATE "C", c.event COLLATE "C" LIMIT named) x);
    status := CASE WHEN n > 0 THEN 'attention' ELSE 'ok' END;
    value := CASE WHEN n > 0 THEN format('%s never seen: %s%s', n, value, CASE WHEN n > named THEN format(' and %s more', n - named) END)
             ELSE 'all that signals ask for have been seen, as far as samples show' END;
    hint := CASE WHEN n > 0 THEN
        'See pls.tracking_plan(motion) for what comes. Correct the names in pls.signals, have the application send them, or disable the signals.' END;
    RETURN NEXT;

    item := 'event properties';
    value := pls_internal.first_of(ARRAY(
        SELECT format('"%s" of %s of motion "%s"', a.property, coalesce('"' || a.event || '"', 'any event'), a.motion)
          FROM unnest(motions, events, properties) a (motion, event, property)
         WHERE a.property IS NOT NULL
           -- of what does not come nothing can be said
           AND EXISTS (SELECT FROM pls_internal.samples_of(pls_internal.sampled_sources(a.motion), a.event))
         ORDER BY a.motion COLLATE "C", a.event COLLATE "C", a.property COLLATE "C"), named);
    status := CASE WHEN value IS NULL THEN 'ok' ELSE 'attention' END;
    hint := CASE WHEN value IS NOT NULL THEN
        'No event has them, so what asks for them is never met. See pls.tracking_plan(motion); correct property and match in pls.signals.' END;
    value := coalesce('never seen: ' || value, 'all that signals ask for have been seen, as far as samples show');
    RETURN NEXT;

    item := 'silent motions';
    value := pls_internal.first_of(ARRAY(
        SELECT m.motion FROM pls.motions m
          JOIN pls.sources s ON s.motions IS NULL OR m.motion = ANY (s.motions)
          JOIN pls_internal.source_samples t ON t.source_id = s.source_id AND t.rows > t.without_at
         WHERE m.status IN ('pilot', 'live')
         GROUP BY m.motion
        HAVING bool_and(m.motion = ANY (t.silent))
         ORDER BY m.motion COLLATE "C"), named);
    status := CASE WHEN value IS NULL THEN 'ok' ELSE 'broken' END;
    hint := CASE WHEN value IS NOT NULL THEN
        'Events come, and none of them matters to these motions: names, conditions or ids do not fit. See pls.tracking_plan(motion).' END;
    value := coalesce(value, 'none');
    RETURN NEXT;

    item := 'users of events';
    value := pls_internal.first_of(ARRAY(
        SELECT DISTINCT format('signal "%s" of motion "%s" counts users, and %s has no actor column', g.signal, g.motion, s.source)
          FROM pls.signals g
          JOIN pls.motions m ON m.motion = g.motion AND m.status <> 'paused'
          JOIN pls.sources s ON s.motions IS NULL OR m.motion = ANY (s.motions)
         WHERE g.measure = 'actors' AND g.enabled AND s.actor_column IS NULL
           AND (EXISTS (SELECT FROM unnest(coalesce(g.events, '{NULL}')) e (event)
                         CROSS JOIN LATERAL pls_internal.samples_of(ARRAY[s.source_id], e.event))
                OR NOT EXISTS (SELECT FROM pls.sources o
                                WHERE (o.motions IS NULL OR m.motion = ANY (o.motions)) AND o.actor_column IS NOT NULL))
         ORDER BY 1), named);
    status := CASE WHEN value IS NULL THEN 'ok' ELSE 'attention' END;
    hint := CASE WHEN value IS NOT NULL THEN
        'Such a signal is never met. Watch the table with actor, for which a column of addresses will do, or use measure count.' END;
    value := coalesce(value, 'can be counted where signals count them');
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls_internal.health_of_names IS
'Part of pls.health: rows about what signals ask for and never comes.';

-- Of a table that only motions of users watch, what names no user is lost.
CREATE FUNCTION pls_internal.rows_without_account(motion text DEFAULT NULL)
    RETURNS TABLE (source_id integer, source regclass, rows bigint, lost numeric, by_mail numeric, causes text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.source_id, s.source, t.rows - t.without_at, coalesce(c.lost, 0), c.by_mail, c.causes
      FROM pls.sources s
      JOIN pls_internal.source_samples t ON t.source_id = s.source_id
     CROSS JOIN LATERAL (
           SELECT sum(k.rows) AS lost, coalesce(sum(k.rows) FILTER (WHERE k.cause = 'mail provider'), 0) AS by_mail,
                  string_agg(format('%s: %s', k.cause, k.rows), ', ' ORDER BY k.rows DESC, k.cause) AS causes
             FROM (SELECT j.key AS cause, j.value::bigint AS rows FROM jsonb_each_text(t.no_account) j
                    WHERE EXISTS (SELECT FROM pls.motions m
                                   WHERE m.unit = 'account' AND (s.motions IS NULL OR m.motion = ANY (s.motions)))
                   UNION ALL
                   SELECT 'no user', t.without_user
                    WHERE t.without_user > 0
                      AND EXISTS (SELECT FROM pls.motions m
                                   WHERE m.unit = 'user' AND (s.motions IS NULL OR m.motion = ANY (s.motions)))
                      AND NOT EXISTS (SELECT FROM pls.motions m
                                       WHERE m.unit = 'account' AND (s.motions IS NULL OR m.motion = ANY (s.motions)))) k) c
     WHERE rows_without_account.motion IS NULL OR s.motions IS NULL OR rows_without_account.motion = ANY (s.motions);
END;
$$;
COMMENT ON FUNCTION pls_internal.rows_without_account IS
'Of each watched table of a motion (NULL: of all), by its newest sample: rows with a usable instant; how many of them are nobody''s, by_mail: for their address is of a mail provider; causes: why, with numbers. A table without a sample has no rows.';

CREATE FUNCTION pls_internal.health_of_rows()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- rows in a hundred above which somebody should look
    many CONSTANT numeric := 5;
    -- when applications had no event tables: a wrong unit leads there
    long_ago CONSTANT timestamptz := '2000-01-01 00:00+00';
    n    record;
BEGIN
    item := 'accounts of events';
    SELECT bool_or(x.lost - x.by_mail >= x.rows * many / 100 OR x.lost >= x.rows / 2.0) AS too_many,
           string_agg(format('%s: %s of %s rows are nobody''s (%s)', x.source, x.lost, x.rows, x.causes), '; ' ORDER BY x.source_id) AS said
      INTO n
      FROM pls_internal.rows_without_account() x
     WHERE x.lost > 0;
    status := CASE WHEN n.too_many THEN 'attention' ELSE 'ok' END;
    value := coalesce(n.said, 'all rows are somebody''s, as far as samples show');
    hint := CASE WHEN n.too_many THEN
        'no id: neither account, user nor address; unmapped user: add it to pls.users, see pls.map_users(); junk id: one of pls.ignored_ids; mail provider: no company''s address; too long: the id.' END;
    RETURN NEXT;

    item := 'instants of events';
    SELECT string_agg(format('%s: %s', s.source, concat_ws(', ',
               CASE WHEN t.without_at > 0 THEN format('%s of %s rows have no usable instant', t.without_at, t.rows) END,
               CASE WHEN t.ahead > 0 THEN format('%s of %s are dated in the future', t.ahead, t.rows) END,
               CASE WHEN t.newest_at < long_ago THEN format('the newest is of %s', to_char(t.newest_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')) END)), '; ' ORDER BY s.source_id) AS said
      INTO n
      FROM pls.sources s JOIN pls_internal.source_samples t ON t.source_id = s.source_id
     WHERE t.without_at > 0 OR t.ahead > 0 OR t.newest_at < long_ago;
    status := CASE WHEN n.said IS NULL THEN 'ok' ELSE 'attention' END;
    value := coalesce(n.said, 'usable, as far as samples show');
    hint := CASE WHEN n.said IS NOT NULL THEN
        'Rows without an instant count for nobody; those of the future count when their time has come. Is it the right column, in the right time zone, or at_unit?' END;
    RETURN NEXT;

    item := 'properties of events';
    SELECT string_agg(format('%s: %s of %s rows', s.source, t.encoded_twice, t.rows), '; ' ORDER BY s.source_id) AS said
      INTO n
      FROM pls.sources s JOIN pls_internal.source_samples t ON t.source_id = s.source_id
     WHERE t.encoded_twice > 0;
    status := CASE WHEN n.said IS NULL THEN 'ok' ELSE 'attention' END;
    value := coalesce('a JSON string that holds an object: ' || n.said, 'no JSON in strings, as far as samples show');
    hint := CASE WHEN n.said IS NOT NULL THEN
        'They were encoded twice, and no signal can read them. Store the object itself; for rows that are there: UPDATE ... SET properties = (properties #>> ''{}'')::jsonb.' END;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls_internal.health_of_rows IS
'Part of pls.health: rows about events that are nobody''s, of no usable time, or with properties that cannot be read.';

CREATE FUNCTION pls_internal.health_of_events()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT l.* FROM pls_internal.health_of_locked('events', 'pls.sources', 'pls.motions', 'pls.signals',
        'pls_internal.source_samples', 'pls_internal.event_samples', 'pls_internal.history_reads') l;
    IF FOUND THEN
        RETURN;
    END IF;
    item := 'samples';
    SELECT CASE WHEN count(*) FILTER (WHERE t.observed_at < pls.now() - interval '1 day'
                                         OR t.observed_at IS NULL AND s.watched_since < pls.now() - interval '1 hour') > 0
                THEN 'attention' ELSE 'ok' END,
           CASE WHEN count(*) = 0 THEN 'no table is watched'
                ELSE format('of %s of %s watched tables%s', count(t.observed_at), count(*),
                            ', the oldest taken ' || pls_internal.age_text(min(t.observed_at)) || ' ago') END
      INTO status, value
      FROM pls.sources s LEFT JOIN pls_internal.source_samples t ON t.source_id = s.source_id;
    hint := CASE WHEN status <> 'ok' THEN 'The sweep takes them. It skips a table that is locked or cannot be read.' END;
    RETURN NEXT;
    RETURN QUERY SELECT h.* FROM pls_internal.health_of_names() h;
    RETURN QUERY SELECT h.* FROM pls_internal.health_of_rows() h;

    item := 'history';
    value := pls_internal.first_of(ARRAY(
        SELECT format('of %s for motion "%s"', u.source, u.motion)
          FROM pls_internal.unread_histories() u
         WHERE u.has_history
         ORDER BY u.source_id, u.motion COLLATE "C"), 5);
    status := CASE WHEN value IS NULL THEN 'ok' ELSE 'attention' END;
    hint := CASE WHEN value IS NOT NULL THEN
        'Rows from before pls.watch() do not count yet: SELECT pls.refresh(motion).' END;
    value := coalesce('not read: ' || value, 'read');
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls_internal.health_of_events IS
'Rows of pls.health about the events: what signals ask for and what comes, from samples, and history that was not read.';
