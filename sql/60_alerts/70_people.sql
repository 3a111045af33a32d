/* 70_people.sql - whom to talk to.
 *
 * The events say who is active on an account (src/rebuild/people.c).  Whoever
 * sees an alert may know that, of the signals that are approved for outreach,
 * without rights on the watched tables.
 */

CREATE FUNCTION pls_internal.people_in_events(motion text, entities text[], signals text[], since timestamptz, until timestamptz)
    RETURNS TABLE (entity_id text, user_id text, email text, active_since timestamptz, last_seen timestamptz,
                   events bigint, signals_done text[])
    AS 'MODULE_PATHNAME', 'pls_people_in_events' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000 ROWS 100;
COMMENT ON FUNCTION pls_internal.people_in_events IS
'Who did events of these signals of a motion for these entities, not before since and not after until: the user, or the address where an event names no user; the newest address in the events; the first and the last instant, how many events, and of which signals. Read as the trigger reads rows, and only so much: through a plain index on the column that tells the entity, for up to 20 entities, 100000 rows; without one the last 32 MB of the tables. Error 55000: no watched table can be read.';

CREATE FUNCTION pls_internal.person_role(attributes jsonb, categories text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN lower(person_role.attributes ->> 'role') = ANY ('{admin,administrator,owner}')
                     OR EXISTS (SELECT FROM unnest('{admin,is_admin}'::text[]) k
                                 WHERE lower(person_role.attributes ->> k) = ANY ('{true,t,yes,1}'))
                     OR 'admin' = ANY (person_role.categories) THEN 'admin'
                WHEN 'invite' = ANY (person_role.categories) THEN 'inviter' END
$$;
COMMENT ON FUNCTION pls_internal.person_role IS
'What a person is on an account. admin: by pls.users.attributes (role is admin, administrator or owner, or admin or is_admin is true), or who did events of a signal of category admin. inviter: who did events of one of category invite. NULL: neither.';

CREATE FUNCTION pls_internal.people_by_events(motion text, entities text[], signals text[], since timestamptz)
    RETURNS TABLE (entity_id text, user_id text, email text, role text, active_since timestamptz, last_seen timestamptz,
                   events bigint, signals_done text[])
    LANGUAGE plpgsql VOLATILE STRICT
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT p.entity_id, p.user_id, coalesce(pls_internal.address_of(u.email), p.email),
           pls_internal.person_role(u.attributes, ARRAY(
               SELECT g.category FROM pls.signals g
                WHERE g.motion = people_by_events.motion AND g.signal = ANY (p.signals_done))),
           p.active_since, p.last_seen, p.events, p.signals_done
      FROM pls_internal.people_in_events(people_by_events.motion, people_by_events.entities, people_by_events.signals,
               people_by_events.since, pls.now()) p
      LEFT JOIN pls.users u ON u.user_id = p.user_id;
END;
$$;
COMMENT ON FUNCTION pls_internal.people_by_events IS
'Whom pls_internal.people_in_events() finds from since to now, with what pls.users and the signals say about each: the address there, else that of the events, and the role.';

CREATE FUNCTION pls_internal.longest_window(motion text) RETURNS interval
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    at_most CONSTANT interval := '90 days';
BEGIN
    RETURN (SELECT least(at_most, coalesce(max(greatest(coalesce(s.within, at_most), s.period)), at_most))
              FROM pls.signals s
             WHERE s.motion = longest_window.motion AND s.enabled AND s.measure <> 'attribute');
END;
$$;
COMMENT ON FUNCTION pls_internal.longest_window IS
'The longest time that signals of a motion look back, 90 days at most.';

CREATE FUNCTION pls_internal.people_known(motion text, entity_id text, signals text[], addresses boolean)
    RETURNS TABLE (user_id text, email text, role text, active_since timestamptz, last_seen timestamptz,
                   events bigint, signals_done text[])
    LANGUAGE plpgsql VOLATILE STRICT
    SET search_path = pg_catalog, pg_temp
    SET client_min_messages = warning
AS $$
#variable_conflict use_column
DECLARE
    at_most CONSTANT integer := 50;
BEGIN
    RETURN QUERY
    SELECT p.user_id, CASE WHEN people_known.addresses THEN p.email END,
           p.role, p.active_since, p.last_seen, p.events, p.signals_done
      FROM pls_internal.people_by_events(people_known.motion, ARRAY[people_known.entity_id], people_known.signals,
               pls.now() - pls_internal.longest_window(people_known.motion)) p
     ORDER BY p.last_seen DESC, p.events DESC, p.user_id COLLATE "C"
     LIMIT at_most;
END;
$$;
COMMENT ON FUNCTION pls_internal.people_known IS
'What pls.people() does, as the extension''s owner: signals that may be shown, and whether addresses may.';

CREATE FUNCTION pls_internal.people_shown(motion text, entity_id text, OUT signals text[], OUT addresses boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    everything CONSTANT boolean := NOT row_security_active('pls.alerts') OR pls_internal.has_access('analyst', 'revops');
BEGIN
    IF NOT everything AND NOT EXISTS (SELECT FROM pls.alerts a
                                       WHERE a.entity_id = people_shown.entity_id AND a.motion = people_shown.motion) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('role "%s" sees no alert of motion "%s" about "%s"', current_user, motion, entity_id),
            HINT = 'Reps see the people behind their alerts and those of their pools.';
    END IF;
    signals := ARRAY(SELECT s.signal FROM pls.signals s
                      WHERE s.motion = people_shown.motion AND s.enabled AND (everything OR s.approved_for_outreach));
    addresses := has_column_privilege('pls.users', 'email', 'SELECT');
END;
$$;
COMMENT ON FUNCTION pls_internal.people_shown IS
'What the caller may see of the people of an entity: of which signals, and whether addresses. Analysts, revops and the owner of pls see all enabled signals; reps those approved for outreach, of entities of the alerts that they see (42501); addresses: whoever may read pls.users.email.';

CREATE FUNCTION pls_internal.people_of_entity(motion text, entity_id text)
    RETURNS TABLE (user_id text, email text, role text, active_since timestamptz, last_seen timestamptz,
                   events bigint, signals text[])
    AS 'MODULE_PATHNAME', 'pls_people_of_entity' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000 ROWS 10;
COMMENT ON FUNCTION pls_internal.people_of_entity IS
'Part of pls.people(): asks with the caller''s rights what may be seen (pls_internal.people_shown), and reads the events as the owner of the extension.';

CREATE FUNCTION pls.people(motion text, entity_id text)
    RETURNS TABLE (user_id text, email text, role text, active_since timestamptz, last_seen timestamptz,
                   events bigint, signals text[])
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '2s'
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT p.user_id, p.email, p.role, p.active_since, p.last_seen, p.events, p.signals
      FROM pls_internal.people_of_entity(people.motion, coalesce(pls_internal.entity_of(
               (SELECT m.unit FROM pls.motions m WHERE m.motion = people.motion), people.entity_id), people.entity_id)) p
     ORDER BY p.last_seen DESC, p.events DESC, p.user_id COLLATE "C";
END;
$$;
COMMENT ON FUNCTION pls.people(text, text) IS
'Who is active on an account (or the user itself), given by its id or an alias, in a motion, the 50 last seen, newest first: user_id (the address where events name no user), email (in its normal form; NULL unless the caller may read pls.users.email; from pls.users, else from the events), role (admin: by role, admin or is_admin in pls.users.attributes, or by events of a signal of category admin; inviter: by events of category invite; else NULL), active_since and last_seen within the longest window of the motion, 90 days at most, events: how many, signals: of which signals. Reps see what signals approved for outreach say, of the alerts that they see; analysts and revops all enabled signals. Reads the watched tables, with an index on the account column if there is one; without one only the last 32 MB. Waits 2 seconds for a locked table. Errors: 42501 the caller sees no alert about the entity, 55000 no watched table can be read, 55P03.';

CREATE FUNCTION pls.people(alert_id bigint)
    RETURNS TABLE (user_id text, email text, role text, active_since timestamptz, last_seen timestamptz,
                   events bigint, signals text[])
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    about record;
BEGIN
    SELECT a.motion, a.entity_id INTO about FROM pls.alerts a WHERE a.alert_id = people.alert_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('alert %s does not exist', coalesce(people.alert_id::text, 'NULL')),
            HINT = 'pls.alerts lists the alerts that you may see.';
    END IF;
    RETURN QUERY SELECT p.user_id, p.email, p.role, p.active_since, p.last_seen, p.events, p.signals
      FROM pls.people(about.motion, about.entity_id) p
     ORDER BY p.last_seen DESC, p.events DESC, p.user_id COLLATE "C";
END;
$$;
COMMENT ON FUNCTION pls.people(bigint) IS
'The people behind an alert: pls.people() of its motion and entity. Error 42704: there is no such alert, or the caller does not see it.';

/* ---- the person that an alert names ---- */

CREATE FUNCTION pls_internal.work_out_contacts_of(motion text, at_most integer) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET client_min_messages = warning
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    lately   CONSTANT interval := '14 days';
    readable CONSTANT integer[] := ARRAY(
        SELECT s.source_id FROM pls.sources s
         WHERE (s.motions IS NULL OR work_out_contacts_of.motion = ANY (s.motions)) AND pls_internal.source_problem(s.source_id) IS NULL);
    place    regclass;
    entities text[];
    ids      bigint[];
    done     bigint;
BEGIN
    SELECT array_agg(h.entity_id), array_agg(h.alert_id) INTO entities, ids
      FROM (SELECT a.entity_id, a.alert_id FROM pls.alerts a
             WHERE a.motion = work_out_contacts_of.motion AND a.contact_at IS NULL AND a.unit = 'account'
               AND a.status = ANY (ARRAY['open', 'working', 'snoozed'])
             ORDER BY a.created_at LIMIT at_most FOR UPDATE SKIP LOCKED) h;
    IF ids IS NULL THEN
        RETURN 0;
    END IF;
    FOR place IN SELECT s.source FROM pls.sources s
                  WHERE s.motions IS NULL OR work_out_contacts_of.motion = ANY (s.motions) ORDER BY s.source_id LOOP
        IF pls_internal.try_lock_source(place) IS NOT NULL THEN
            RETURN 0;       -- the next sweep does it
        END IF;
    END LOOP;
    WITH best AS (
        SELECT DISTINCT ON (p.entity_id) p.entity_id, p.user_id
          FROM pls_internal.people_by_events(work_out_contacts_of.motion, entities, ARRAY(
                   SELECT g.signal FROM pls.signals g WHERE g.motion = work_out_contacts_of.motion AND g.enabled),
               pls.now() - lately) p
         WHERE readable <> '{}'
         ORDER BY p.entity_id, p.role IS NOT DISTINCT FROM 'admin' DESC, p.events DESC, p.last_seen DESC, p.user_id COLLATE "C")
    UPDATE pls.alerts a SET next_best_contact = b.user_id, contact_at = pls.now()
      FROM unnest(entities, ids) h (entity_id, alert_id)
      LEFT JOIN best b ON b.entity_id = h.entity_id
     WHERE a.entity_id = h.entity_id AND a.alert_id = h.alert_id;
    GET DIAGNOSTICS done = ROW_COUNT;
    RETURN done;
END;
$$;
COMMENT ON FUNCTION pls_internal.work_out_contacts_of IS
'Works out next_best_contact for up to at_most open alerts of a motion for which that was not done yet, in one pass over the events. Waits for nobody. Returns for how many.';

CREATE FUNCTION pls_internal.work_out_contacts(deadline timestamptz) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    at_most CONSTANT integer := 200;
    paused  CONSTANT text[] := ARRAY(SELECT k.motion FROM pls_internal.known_failures('contacts') k
                                      WHERE k.motion <> '' AND pls_internal.is_paused('contacts', k.motion));
    motions CONSTANT text[] := ARRAY(
        SELECT DISTINCT f.motion
          FROM (SELECT a.motion FROM pls.alerts a
                 WHERE a.contact_at IS NULL AND a.unit = 'account' AND a.status = ANY (ARRAY['open', 'working', 'snoozed'])
                   AND a.motion <> ALL (paused)
                 ORDER BY a.created_at LIMIT at_most) f
         ORDER BY f.motion);
    play    text;
    done    bigint := 0;
BEGIN
    FOREACH play IN ARRAY motions LOOP
        EXIT WHEN clock_timestamp() > deadline OR done >= at_most;
        BEGIN
            done := done + pls_internal.work_out_contacts_of(play, (at_most - done)::integer);
        EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
            PERFORM pls_internal.note_failure('contacts', play, '', SQLSTATE, SQLERRM);
            CONTINUE;
        END;
        PERFORM pls_internal.note_success('contacts', play);
    END LOOP;
    RETURN done;
END;
$$;
COMMENT ON FUNCTION pls_internal.work_out_contacts IS
'Step of the sweep: names on up to 200 new alerts about accounts the person to talk to. Where that fails for a motion, it is written into pls.failures, and the others go on. Returns on how many.';
