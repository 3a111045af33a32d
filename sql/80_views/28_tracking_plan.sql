/* 28_tracking_plan.sql - what signals ask of events, and what comes.
 *
 * All from the samples that the sweep takes (70_sweep/35_samples.sql); no
 * watched table is read here.
 */

CREATE FUNCTION pls_internal.sampled_sources(motion text) RETURNS integer[]
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN ARRAY(
        SELECT s.source_id FROM pls.sources s
          JOIN pls_internal.source_samples t ON t.source_id = s.source_id
         WHERE (s.motions IS NULL OR sampled_sources.motion = ANY (s.motions)) AND t.observed_at IS NOT NULL
         ORDER BY s.source_id);
END;
$$;
COMMENT ON FUNCTION pls_internal.sampled_sources IS
'The sources of a motion of which there is a sample.';

CREATE FUNCTION pls_internal.seen_events(sources integer[])
    RETURNS TABLE (event text, last_seen timestamptz, rows_a_day numeric, accounts bigint)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT e.event, max(e.last_at), sum(e.rows_a_day), max(e.accounts)
      FROM pls_internal.event_samples e
     WHERE e.source_id = ANY (seen_events.sources)
     GROUP BY e.event
$$;
COMMENT ON FUNCTION pls_internal.seen_events IS
'The events that samples of these sources have shown.';

-- A sample has names of citext in lower case, as they are compared.
CREATE FUNCTION pls_internal.samples_of(sources integer[], event text) RETURNS SETOF pls_internal.event_samples
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT e.* FROM pls_internal.event_samples e
     WHERE e.source_id = ANY (samples_of.sources)
       AND (samples_of.event IS NULL OR e.event = samples_of.event
            OR e.event = lower(samples_of.event)
               AND EXISTS (SELECT FROM pls.sources s
                            WHERE s.source_id = e.source_id AND pls_internal.is_folded(s.source, s.event_column)))
$$;
COMMENT ON FUNCTION pls_internal.samples_of IS
'What samples of these sources have shown of an event that signals name (NULL: of all), in any case where the names of events are of citext.';

CREATE FUNCTION pls_internal.unused_events(motion text) RETURNS text[]
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    sources CONSTANT integer[] := pls_internal.sampled_sources(unused_events.motion);
BEGIN
    RETURN ARRAY(
        SELECT e.event FROM pls_internal.seen_events(sources) e
        EXCEPT
        SELECT s.event FROM (SELECT DISTINCT q.event FROM pls_internal.asked_of_events(unused_events.motion) q WHERE q.event IS NOT NULL) a
         CROSS JOIN LATERAL pls_internal.samples_of(sources, a.event) s
         ORDER BY 1);
END;
$$;
COMMENT ON FUNCTION pls_internal.unused_events IS
'The events that samples have shown and no signal of a motion asks for by name.';

CREATE FUNCTION pls_internal.asked_and_seen(motion text)
    RETURNS TABLE (event text, property text, signals text[], seen boolean, last_seen timestamptz,
                   rows_a_day numeric, share numeric, accounts bigint)
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    sources CONSTANT integer[] := pls_internal.sampled_sources(motion);
BEGIN
    RETURN QUERY
    SELECT a.event, a.property, a.signals,
           CASE WHEN sources = '{}' THEN NULL ELSE coalesce(t.seen, false) END,
           t.last_seen, t.rows_a_day, t.share, t.accounts
      FROM (SELECT q.event, x.property, array_agg(DISTINCT q.signal ORDER BY q.signal) AS signals
              FROM pls_internal.asked_of_events(asked_and_seen.motion) q
             CROSS JOIN LATERAL (SELECT NULL::text AS property UNION SELECT q.property) x
             GROUP BY q.event, x.property) a
      LEFT JOIN LATERAL (
           SELECT count(*) > 0 AND (a.property IS NULL OR sum(h.having) > 0) AS seen,
                  max(e.last_at) FILTER (WHERE a.property IS NULL OR h.having > 0) AS last_seen,
                  round(sum(e.rows_a_day * CASE WHEN a.property IS NULL THEN 1
                                                WHEN e.looked_at > 0 THEN h.having::numeric / e.looked_at ELSE 0 END), 3) AS rows_a_day,
                  CASE WHEN a.property IS NOT NULL THEN round(sum(h.having)::numeric / nullif(sum(e.looked_at), 0), 3) END AS share,
                  CASE WHEN a.property IS NULL THEN max(e.accounts) END AS accounts
             FROM pls_internal.samples_of(sources, a.event) e
            CROSS JOIN LATERAL (SELECT coalesce((e.properties ->> a.property)::bigint, 0) AS having) h) t ON true;
END;
$$;
COMMENT ON FUNCTION pls_internal.asked_and_seen IS
'Part of pls.tracking_plan(): the events and properties that signals ask for, and what samples have shown of them.';

CREATE FUNCTION pls_internal.tracking_hint(sources integer[], unused text[], event text, property text, seen boolean, last_seen timestamptz, share numeric)
    RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    nearest text;
BEGIN
    IF seen IS NULL THEN
        RETURN 'There is no sample of a watched table yet. The sweep takes it.';
    ELSIF property IS NULL AND NOT seen THEN
        nearest := pls_internal.similar_name(event, unused);
        RETURN coalesce('Not seen. Is it "' || nearest || '", which comes?', 'Not seen: it is not sent, or under another name.');
    ELSIF property IS NOT NULL AND NOT seen THEN
        IF NOT EXISTS (SELECT FROM pls_internal.samples_of(tracking_hint.sources, tracking_hint.event) e WHERE e.looked_at > 0) THEN
            IF EXISTS (SELECT FROM pls_internal.samples_of(tracking_hint.sources, tracking_hint.event)) THEN
                RETURN 'The table of this event is watched without properties.';
            END IF;
            RETURN 'The event is not seen.';
        END IF;
        nearest := pls_internal.similar_name(property, ARRAY(
            SELECT DISTINCT k
              FROM pls_internal.samples_of(tracking_hint.sources, tracking_hint.event) e, jsonb_object_keys(e.properties) k));
        RETURN coalesce('No event has it. Is it "' || nearest || '", which they have?', 'No event has it.');
    ELSIF last_seen < pls.now() - interval '7 days' THEN
        RETURN format('Not seen for %s.', pls_internal.age_text(last_seen));
    ELSIF share < 0.5 THEN
        RETURN 'Most rows of the event do not have it.';
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.tracking_hint IS
'Part of pls.tracking_plan(): a hint about an event or property that signals ask for. NULL: none.';

CREATE FUNCTION pls.tracking_plan(motion text)
    RETURNS TABLE (event text, property text, signals text[], seen boolean, last_seen timestamptz,
                   rows_a_day numeric, share numeric, accounts bigint, hint text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    sources CONSTANT integer[] := pls_internal.sampled_sources(motion);
    unused  CONSTANT text[] := pls_internal.unused_events(motion);
    unseen  text[];
BEGIN
    PERFORM FROM pls.motions m WHERE m.motion = tracking_plan.motion;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('motion "%s" does not exist', coalesce(tracking_plan.motion, 'NULL')),
            HINT = 'pls.motions lists the motions.';
    END IF;
    FOR event, property, signals, seen, last_seen, rows_a_day, share, accounts IN
        SELECT a.event, a.property, a.signals, a.seen, a.last_seen, a.rows_a_day, a.share, a.accounts
          FROM pls_internal.asked_and_seen(tracking_plan.motion) a
         ORDER BY a.event COLLATE "C" NULLS LAST, a.property COLLATE "C" NULLS FIRST
    LOOP
        IF property IS NULL AND event IS NOT NULL AND seen = false THEN
            unseen := unseen || event;
        END IF;
        hint := pls_internal.tracking_hint(sources, unused, event, property, seen, last_seen, share);
        RETURN NEXT;
    END LOOP;
    -- what comes and is not asked for
    IF EXISTS (SELECT FROM pls_internal.asked_of_events(tracking_plan.motion) a WHERE a.event IS NULL) THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT e.event, NULL::text, '{}'::text[], true, e.last_seen, e.rows_a_day, NULL::numeric, e.accounts,
           'No signal uses it.' || coalesce(' Signals ask for "' || pls_internal.similar_name(e.event, unseen) || '".', '')
      FROM pls_internal.seen_events(sources) e
     WHERE e.event = ANY (unused)
     ORDER BY e.rows_a_day DESC, e.event COLLATE "C";
END;
$$;
COMMENT ON FUNCTION pls.tracking_plan IS
'The events that the enabled signals of a motion ask for, a row each (event NULL: any), each followed by the properties that they read of it, by name or path; then the events that come and no signal uses (signals: empty). seen: whether samples of the watched tables have shown it, NULL: there is no sample yet; last_seen: its newest instant; rows_a_day: an estimate; share: of the rows of the event, those that have the property with a value other than null; accounts: how many had the event in the newest sample, of several tables the most; hint: what is to be looked at, such as a name that is nearly the same. From samples that the sweep takes once an hour, and of a new table more often: a large table is not read as a whole, and a rare event can be missed. Error 42704: no such motion.';
