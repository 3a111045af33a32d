/* 44_preview.sql - who would be alerted if a motion went live now.
 *
 * What pls.what_if() asks (40_what_if.sql), of a motion as if it were live.  A
 * draft has no standings, or old ones: its evidence is gathered from the
 * watched tables, as the rebuild would that comes when it goes live, and
 * nothing of it is written.
 */

-- Conversions are read from pls.outcomes, which only a refresh fills.
CREATE FUNCTION pls_internal.tell_unread(play pls.motions, gathers boolean) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    unknown text;
BEGIN
    IF NOT EXISTS (SELECT FROM pls_internal.unread_histories() u
                    WHERE u.motion = play.motion AND (u.has_history OR play.status = 'draft')) THEN
        RETURN;
    ELSIF gathers THEN
        IF play.objective = 'conversion'
           AND EXISTS (SELECT FROM pls.signals s
                        WHERE s.motion = play.motion AND s.enabled AND s.outcome = 'conversion') THEN
            unknown := 'who has converted is not known';
        END IF;
    ELSIF EXISTS (SELECT FROM pls.standings s WHERE s.motion = play.motion) THEN
        unknown := 'only events from pls.watch() on are known';
    ELSE
        unknown := 'nobody is known yet';
    END IF;
    IF unknown IS NOT NULL THEN
        RAISE NOTICE USING
            MESSAGE = format('the history of motion "%s" has not been read: %s', play.motion, unknown),
            HINT = CASE WHEN play.status IN ('draft', 'paused') THEN format('Run pls.refresh(%L) first.', play.motion)
                        ELSE format('Run pls.refresh(%L), which alerts all who qualify now; as a draft, see pls.go_live(), it does not.', play.motion) END;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.tell_unread IS
'Part of pls.preview(): a notice if the history of a motion was never read, and what therefore is not known. gathers: the preview reads the events itself, though not the outcomes among them.';

-- The decisions that a sweep would take if the motion were live.
CREATE FUNCTION pls_internal.decisions_if_live(motion text)
    RETURNS TABLE (place bigint, entity_id text, account_id text, lane text, score numeric, grade text, decision text,
                   until timestamptz, detail text, route text, pool text, rep text, assigned_by text)
    LANGUAGE plpgsql VOLATILE ROWS 1000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play   pls.motions := pls_internal.motion_named(motion);
    plan   record;
    coming pls_internal.coming_alert[];
BEGIN
    SELECT r.whole, r.entities, r.complete INTO plan FROM pls_internal.rebuild_to_come(play.motion) r;
    -- events of a draft are not observed
    plan.whole := plan.whole OR play.status = 'draft';
    PERFORM pls_internal.tell_unread(play, plan.whole);
    play.status := 'live';
    coming := pls_internal.coming_alerts(play, plan.whole, plan.entities, plan.complete);
    RETURN QUERY
    SELECT o.place, c.entity_id, c.account_id, c.lane, c.score, c.grade,
           coalesce(CASE WHEN o.entity_id IS NOT NULL THEN o.rule ELSE c.rule END,
                    CASE c.lane WHEN 'sales' THEN 'raised' ELSE 'triage' END),
           CASE WHEN o.entity_id IS NULL OR o.rule IS NOT DISTINCT FROM c.rule THEN c.until END,
           CASE WHEN o.entity_id IS NULL OR o.rule IS NOT DISTINCT FROM c.rule THEN c.detail END,
           o.route, o.pool, o.rep, o.assigned_by
      FROM unnest(coming) c
      LEFT JOIN pls_internal.assignments_to_come(play, coming) o ON o.entity_id = c.entity_id
     -- what waits still waits if nobody is free
     WHERE NOT c.waits OR o.rule IS NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.decisions_if_live IS
'The decisions that the sweep would take of a motion if it were live, with place, route, pool and rep of those that pls_internal.assignments_to_come() puts in an order. Of a draft by the events in the watched tables. Writes nothing. Errors: 42704 unknown motion, 55000 nothing is watched for a draft, or cannot be read.';

CREATE FUNCTION pls.preview(motion text)
    RETURNS TABLE (place bigint, entity_id text, lane text, score numeric, grade text, decision text,
                   route text, pool text, rep text, within_capacity boolean, assigned_by text, until timestamptz, detail text)
    LANGUAGE plpgsql VOLATILE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '2s'
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT CASE WHEN d.alerts THEN row_number() OVER (ORDER BY d.alerts DESC, d.place) END, d.entity_id, d.lane, d.score, d.grade, d.decision,
           d.route, d.pool, d.rep,
           CASE WHEN d.alerts OR d.decision = 'no_capacity' THEN d.alerts AND coalesce(d.assigned_by IN ('owner', 'turn'), false) END,
           d.assigned_by, d.until, d.detail
      FROM (SELECT l.*, l.decision IN ('raised', 'triage') AS alerts FROM pls_internal.decisions_if_live(motion) l) d
     ORDER BY d.alerts DESC, CASE WHEN d.alerts THEN d.place END, d.decision COLLATE "C", d.score DESC, d.entity_id COLLATE "C";
END;
$$;
COMMENT ON FUNCTION pls.preview IS
'The decisions that the next sweep would take of a motion if it were live now: of a draft about everybody whose events qualify, of a motion that is paused or live about what is due. First the alerts, decision raised or triage, in the order in which they are assigned (place), each of which counts for those behind it: route, pool, rep (NULL: nobody) and assigned_by (turn, owner, fallback, nobody free, owner not free, no pool, no route). within_capacity: the owner or a member of the pool can take it today, within daily_quota and max_open; false also for no_capacity, which waits; NULL: there is no alert. Then those about whom there is none: decision is the reason, until and detail as in pls.why_not(). Reads a draft''s events from the watched tables, and writes nothing. A notice says so if the history of the motion was never read by pls.refresh(), so that who has converted, or of a live or paused motion who is there, is not known. Errors: 42704 unknown motion, 55000 nothing is watched for a draft or can be read, 55P03 a watched table is locked.';
