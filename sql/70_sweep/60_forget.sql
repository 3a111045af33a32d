/* 60_forget.sql - erasing a person, or an account, on request.
 *
 * The application erases its own events; what pls has drawn from them goes
 * here.  Rows about the user as an entity are deleted, alerts and their
 * history included.  An account's evidence holds a hash of each user that it
 * counted: such accounts are marked and rebuilt by the next sweep.
 *
 * What is kept does not name the user, but for what people and programs have
 * written: exclusions that list the id (without them the person would be
 * contacted again), notes and reasons of reps, receipts and errors of workers
 * in free text; and notes for the next sweep, which finds by them what it has
 * to rebuild.
 */

-- Rows of a locked table cannot be looked at: then whoever has locked it is
-- named.
CREATE FUNCTION pls_internal.refuse_forgetting(unit text, entity_id text) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    holders text;
BEGIN
    IF pls_internal.locked_table('pls.motions', 'pls.alerts', 'pls.standings') IS NULL THEN
        holders := pls_internal.holders_text('write', NULL, ARRAY(
            SELECT unnest(pls_internal.alert_holders(a.ctid)) FROM pls.alerts a
             WHERE a.entity_id = refuse_forgetting.entity_id AND a.unit = refuse_forgetting.unit
            UNION
            SELECT unnest(pls_internal.standing_holders(m.motion, refuse_forgetting.entity_id)) FROM pls.motions m
             WHERE m.unit = refuse_forgetting.unit));
    END IF;
    PERFORM pls_internal.refuse_held(
        format('data about %s "%s" is locked by another transaction', refuse_forgetting.unit, refuse_forgetting.entity_id),
        coalesce(holders, pls_internal.holders_text('write', pls_internal.own_tables()),
                 pls_internal.holders_text('read', ARRAY(SELECT s.source FROM pls.sources s))),
        'Nothing was deleted. Try again when that transaction has ended.');
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_forgetting IS
'Raises 55P03: another transaction holds data about an entity, or has locked a table of pls or a watched table; names the holder.';

-- Alerts are locked before standings, as by who disposes of one.  The waits
-- are shorter than deadlock_timeout: tools that erase several entities, each in
-- an order of its own, get this error and no deadlock.
CREATE FUNCTION pls_internal.hold_entity(unit text, entity_id text, motions text[]) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM pls.alerts a
      WHERE a.entity_id = hold_entity.entity_id AND a.unit = hold_entity.unit
      ORDER BY a.alert_id FOR UPDATE;
    PERFORM FROM pls.standings s
      WHERE s.entity_id = hold_entity.entity_id AND s.motion = ANY (hold_entity.motions)
      ORDER BY s.motion FOR UPDATE;
END;
$$;
COMMENT ON FUNCTION pls_internal.hold_entity IS
'Part of pls_internal.forget_entity(): locks the alerts of an entity of a unit, and its standings in these motions, for this transaction.';

CREATE FUNCTION pls_internal.forget_entity(unit text, entity_id text)
    RETURNS TABLE (object text, done text, rows bigint)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    motions text[] := (SELECT coalesce(array_agg(m.motion), '{}') FROM pls.motions m
                        WHERE m.unit = forget_entity.unit);
BEGIN
    PERFORM pls_internal.hold_entity(forget_entity.unit, forget_entity.entity_id, motions);
    done := 'deleted';
    object := 'pls.alert_log';
    DELETE FROM pls.alert_log l
     USING pls.alerts a
     WHERE a.entity_id = forget_entity.entity_id AND a.unit = forget_entity.unit
       AND l.entity_id = a.entity_id AND l.alert_id = a.alert_id;
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN NEXT;
    object := 'pls.deliveries';
    DELETE FROM pls.deliveries d
     USING pls.alerts a
     WHERE a.entity_id = forget_entity.entity_id AND a.unit = forget_entity.unit
       AND d.entity_id = a.entity_id AND d.alert_id = a.alert_id;
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN NEXT;
    object := 'pls.drafts';
    DELETE FROM pls.drafts d
     WHERE d.entity_id = forget_entity.entity_id AND d.unit = forget_entity.unit;
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN NEXT;
    object := 'pls.alerts';
    DELETE FROM pls.alerts a
     WHERE a.entity_id = forget_entity.entity_id AND a.unit = forget_entity.unit;
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN NEXT;
    object := 'pls.decisions';
    DELETE FROM pls.decisions d
     WHERE d.entity_id = forget_entity.entity_id AND d.unit = forget_entity.unit;
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN NEXT;
    -- of a motion that is no more, outcomes do not say of what unit: those
    -- of an account name it as their account
    object := 'pls.outcomes';
    DELETE FROM pls.outcomes o
     WHERE o.entity_id = forget_entity.entity_id
       AND (o.motion = ANY (motions)
            OR (NOT EXISTS (SELECT FROM pls.motions m WHERE m.motion = o.motion)
                AND (o.account_id IS NOT DISTINCT FROM o.entity_id) = (forget_entity.unit = 'account')));
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN NEXT;
    object := 'pls.backlog';
    DELETE FROM pls.backlog b
     WHERE b.entity_id = forget_entity.entity_id AND b.motion = ANY (motions);
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN NEXT;
    object := 'pls.failures';
    DELETE FROM pls.failures f
     WHERE f.entity_id = forget_entity.entity_id
       AND (f.motion = ANY (motions) OR NOT EXISTS (SELECT FROM pls.motions m WHERE m.motion = f.motion));
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN NEXT;
    object := 'pls.standings';
    DELETE FROM pls.standings s
     WHERE s.entity_id = forget_entity.entity_id AND s.motion = ANY (motions);
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls_internal.forget_entity IS
'Deletes what is known and was decided about an entity of a unit (user or account): standings, backlog, failures, decisions, alerts with their log, deliveries and drafts, outcomes. Returns how many rows of each.';

CREATE FUNCTION pls_internal.forget_entities(unit text, ids text[])
    RETURNS TABLE (object text, done text, rows bigint)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT f.object, f.done, sum(f.rows)::bigint
      FROM (SELECT DISTINCT i FROM unnest(ids) i ORDER BY i OFFSET 0) e (entity_id)
     CROSS JOIN LATERAL pls_internal.forget_entity(forget_entities.unit, e.entity_id) WITH ORDINALITY f (object, done, rows, place)
     GROUP BY f.object, f.done
     ORDER BY min(f.place);
END;
$$;
COMMENT ON FUNCTION pls_internal.forget_entities IS
'pls_internal.forget_entity() for a user or an account under all of these ids, the rows added up.';

-- Notes for the sweep, which what was deleted has left, too.  One of a user
-- and an account of the same id is for both, and stays for the other; the
-- users of an account are looked at without it.
CREATE FUNCTION pls_internal.forget_looks(unit text, entity_id text) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    gone bigint;
    members text[];
BEGIN
    IF forget_looks.unit = 'account' THEN
        members := ARRAY(
            SELECT u.user_id FROM pls.users u
             WHERE u.account_id = forget_looks.entity_id
                OR pls_internal.account_of_member(u.user_id, u.account_id, u.email) = forget_looks.entity_id);
        PERFORM pls_internal.note_looks_of(array_remove(members, forget_looks.entity_id));
    END IF;
    DELETE FROM pls_internal.looks l
     WHERE l.entity_id = forget_looks.entity_id
       AND CASE WHEN l.motion <> '' THEN
                NOT EXISTS (SELECT FROM pls.motions m WHERE m.motion = l.motion AND m.unit <> forget_looks.unit)
           ELSE NOT EXISTS (SELECT FROM pls.standings s WHERE s.entity_id = forget_looks.entity_id)
                AND NOT EXISTS (SELECT FROM pls.users u
                                 WHERE u.user_id = forget_looks.entity_id OR u.account_id = forget_looks.entity_id AND forget_looks.unit = 'user')
                AND NOT EXISTS (SELECT FROM pls.accounts a WHERE a.account_id = forget_looks.entity_id) END;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END;
$$;
COMMENT ON FUNCTION pls_internal.forget_looks IS
'Part of pls.forget_user() and pls.forget_account(): deletes the rows of pls_internal.looks for an entity that no longer exists, and adds rows for the users of an account. Returns how many were deleted.';

-- Names of events and of properties are no ids, but nothing keeps an
-- application from using an id as one.
CREATE FUNCTION pls_internal.forget_names(names text[]) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    folded CONSTANT text[] := ARRAY(SELECT DISTINCT lower(n) FROM unnest(names) n);
    gone   bigint;
    fewer  bigint;
BEGIN
    DELETE FROM pls_internal.event_samples s WHERE lower(s.event) = ANY (folded);
    GET DIAGNOSTICS gone = ROW_COUNT;
    UPDATE pls_internal.event_samples s
       SET properties = s.properties - ARRAY(SELECT k FROM jsonb_object_keys(s.properties) k WHERE lower(k) = ANY (folded))
     WHERE EXISTS (SELECT FROM jsonb_object_keys(s.properties) k WHERE lower(k) = ANY (folded));
    GET DIAGNOSTICS fewer = ROW_COUNT;
    RETURN gone + fewer;
END;
$$;
COMMENT ON FUNCTION pls_internal.forget_names IS
'Part of pls.forget_user() and pls.forget_account(): removes events and properties with one of these names, in any case, from pls_internal.event_samples. Returns how many rows were deleted or changed.';

CREATE FUNCTION pls_internal.tell_exclusions(unit text, ids text[]) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    named text;
BEGIN
    FOR named IN SELECT x.name FROM pls.exclusions x
                  WHERE x.ids && tell_exclusions.ids ORDER BY x.name COLLATE "C" LOOP
        RAISE NOTICE USING
            MESSAGE = format('exclusion "%s" lists this %s and was kept', named, tell_exclusions.unit),
            HINT = format('It keeps the %s from being contacted. Remove the id from it if that is no longer wanted.', tell_exclusions.unit);
    END LOOP;
    IF EXISTS (SELECT FROM pls.opt_outs o WHERE o.id = ANY (ARRAY(SELECT pls_internal.folded_id(i) FROM unnest(tell_exclusions.ids) i))) THEN
        RAISE NOTICE USING
            MESSAGE = format('pls.opt_outs lists this %s and was kept', tell_exclusions.unit),
            HINT = 'It keeps messages away. Delete the row if that is no longer wanted.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.tell_exclusions IS
'Part of pls.forget_user() and pls.forget_account(): a notice for each exclusion that lists one of these ids, and if one has opted out.';

-- The sources that still have events of a user.
CREATE FUNCTION pls_internal.sources_of_user(user_id text) RETURNS regclass[]
    LANGUAGE sql VOLATILE STRICT
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(s.source ORDER BY s.source_id), '{}')
      FROM pls.sources s
     WHERE s.actor_column IS NOT NULL AND pls_internal.source_problem(s.source_id) IS NULL
       AND EXISTS (SELECT FROM pls_internal.events_of_users(s.source_id, ARRAY[sources_of_user.user_id]))
$$;
COMMENT ON FUNCTION pls_internal.sources_of_user IS
'The watched tables that have events of a user.';

CREATE FUNCTION pls_internal.say_what_was_forgotten(unit text, id text, owner text, total bigint) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF owner <> id THEN
        RAISE NOTICE USING
            MESSAGE = format('"%s" was an alias of %s "%s", of which the rest was kept', id, unit, owner),
            HINT = format('SELECT * FROM pls.forget_%s(%L) erases that %1$s with all its ids.', unit, owner);
    ELSIF total = 0 THEN
        RAISE NOTICE USING
            MESSAGE = format('nothing is known of %s "%s"', unit, id),
            HINT = 'Ids are compared exactly: look at how it is written.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.say_what_was_forgotten IS
'Part of pls.forget_user() and pls.forget_account(): a notice, if the id that was given is an alias of another, or if no row was deleted or marked.';

CREATE FUNCTION pls.forget_user(user_id text)
    RETURNS TABLE (object text, done text, rows bigint)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '900ms'
AS $$
#variable_conflict use_column
DECLARE
    all_ids  text[];
    all_names text[];
    accounts text[];
    play     text;
    places   regclass[];
    place    regclass;
    owner    text;
    total    bigint := 0;
BEGIN
    IF user_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'user_id must not be NULL',
            HINT = 'Pass the application''s id of the user, as text.';
    END IF;
    forget_user.user_id := pls_internal.normal_user(forget_user.user_id);
    -- an alias may have been counted for itself before it was one, and a user
    -- who was merged may have a row
    all_ids := pls_internal.ids_of_user(forget_user.user_id);
    -- an event that names no user names somebody by the address
    all_names := all_ids || ARRAY(SELECT DISTINCT pls_internal.normal_user(u.email) FROM pls.users u
                                   WHERE u.user_id = ANY (all_ids) AND u.email <> '');
    SELECT array_agg(DISTINCT a.account_id) INTO accounts
      FROM (SELECT pls_internal.account_of_member(u.user_id, u.account_id, u.email) AS account_id
              FROM pls.users u WHERE u.user_id = ANY (all_ids)
            UNION ALL
            SELECT d.account_id FROM pls.decisions d
             WHERE d.entity_id = ANY (all_ids) AND d.unit = 'user'
            UNION ALL
            SELECT l.account_id FROM pls.alerts l WHERE l.next_best_contact = ANY (all_names)
            UNION ALL
            SELECT unnest(c.accounts) FROM pls_internal.identity_changes c
             WHERE c.kind IN ('user', 'user_alias') AND c.id = ANY (all_ids)) a
     WHERE a.account_id IS NOT NULL;

    owner := pls_internal.user_of_event(forget_user.user_id);
    FOR object, done, rows IN
        SELECT f.object, f.done, f.rows FROM pls_internal.forget_entities('user', all_ids) f
    LOOP
        total := total + rows;
        RETURN NEXT;
    END LOOP;
    done := 'deleted';
    object := 'pls.users';
    DELETE FROM pls.users u WHERE u.user_id = ANY (all_ids);
    GET DIAGNOSTICS rows = ROW_COUNT;
    total := total + rows;
    RETURN NEXT;
    -- by any of the ids
    places := pls_internal.sources_of_user(forget_user.user_id);
    object := 'pls.user_aliases';
    DELETE FROM pls.user_aliases a
     WHERE forget_user.user_id = a.alias
        OR a.user_id = ANY (all_ids);
    GET DIAGNOSTICS rows = ROW_COUNT;
    total := total + rows;
    RETURN NEXT;
    object := 'pls_internal.past_identity';
    DELETE FROM pls_internal.past_identity p
     WHERE p.kind = 'user' AND (p.id = ANY (all_ids) OR pls_internal.normal_user(p.address) = ANY (all_names))
        OR p.kind = 'user_alias' AND (p.id = ANY (all_ids) OR p.target = ANY (all_ids));
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN NEXT;

    object := 'pls.drafts to this person';
    DELETE FROM pls.drafts d WHERE d.contact = ANY (all_names);
    GET DIAGNOSTICS rows = ROW_COUNT;
    total := total + rows;
    RETURN NEXT;
    done := 'cleared';
    object := 'pls.alerts';
    -- the sweep looks for somebody else where the events cannot name this one again
    UPDATE pls.alerts a
       SET next_best_contact = NULL,
           contact_at = CASE WHEN places <> '{}'
                                  OR EXISTS (SELECT FROM unnest(all_names) n WHERE n LIKE '%@%')
                                     AND EXISTS (SELECT FROM pls.sources s WHERE s.email_column IS NOT NULL)
                             THEN a.contact_at END
     WHERE a.next_best_contact = ANY (all_names);
    GET DIAGNOSTICS rows = ROW_COUNT;
    total := total + rows;
    RETURN NEXT;
    object := 'pls_internal.event_samples';
    rows := pls_internal.forget_names(all_names);
    RETURN NEXT;

    -- evidence of accounts that may hold the user's hash
    done := 'to be rebuilt by the sweep';
    object := 'pls.standings';
    rows := 0;
    FOR play IN SELECT m.motion FROM pls.motions m
                 WHERE m.unit = 'account' ORDER BY m.motion LOOP
        rows := rows + pls_internal.mark_for_rebuild(play, (
            SELECT array_agg(s.entity_id) FROM pls.standings s
             WHERE s.motion = play AND s.entity_id = ANY (accounts)));
    END LOOP;
    total := total + rows;
    RETURN NEXT;

    done := 'deleted';
    object := 'pls_internal.looks';
    rows := (SELECT sum(pls_internal.forget_looks('user', i)) FROM unnest(all_ids) i);
    total := total + rows;
    RETURN NEXT;

    PERFORM pls_internal.forget_listed_ids(all_ids);
    PERFORM pls_internal.say_what_was_forgotten('user', forget_user.user_id, owner, total);
    FOREACH place IN ARRAY places LOOP
        RAISE NOTICE USING
            MESSAGE = format('%s still has events of this user', place),
            HINT = 'Erase them there; they count until they are deleted.';
    END LOOP;
    PERFORM pls_internal.tell_exclusions('user', all_names);
EXCEPTION WHEN lock_not_available THEN
    PERFORM pls_internal.refuse_forgetting('user', forget_user.user_id);
END;
$$;
COMMENT ON FUNCTION pls.forget_user IS
'Erases a user on request: the rows of pls.users and pls.user_aliases, what these were before, and the data of user motions about the user, under any of its ids (standings, backlog, failures, decisions, alerts with their log, deliveries and drafts, outcomes, notes for the sweep); of an id that is itself an alias only that id: a notice names the user. Accounts whose evidence may contain the user''s hash are marked, and the next sweep rebuilds them from the remaining events. Let the application erase its events first; a notice names the watched tables that still have some. Drafts of messages to the user are deleted. Alerts about accounts no longer name the user, or the address in pls.users, as next_best_contact; the sweep finds somebody else if no watched table can still name the user. Samples lose events and properties of these names. Kept: exclusions and opt-outs that list the id (a notice names them), and free text written by reps and delivery workers; until the next sweep, pls_internal.identity_changes has the ids, by which it finds what to rebuild. Returns the rows deleted, changed or marked, per table. Errors: 22004 user_id is NULL, 55P03 for about a second another transaction has held some of it, or has locked a table.';

CREATE FUNCTION pls.forget_account(account_id text)
    RETURNS TABLE (object text, done text, rows bigint)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '900ms'
AS $$
#variable_conflict use_column
DECLARE
    all_ids text[];
    members bigint;
    owner   CONSTANT text := pls_internal.account_of_event(account_id, NULL, NULL);
    total   bigint := 0;
BEGIN
    IF account_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'account_id must not be NULL',
            HINT = 'Pass the application''s id of the account, as text, or the company''s email domain.';
    END IF;
    all_ids := pls_internal.ids_of_account(forget_account.account_id);
    FOR object, done, rows IN
        SELECT f.object, f.done, f.rows FROM pls_internal.forget_entities('account', all_ids) f
    LOOP
        total := total + rows;
        RETURN NEXT;
    END LOOP;
    done := 'deleted';
    object := 'pls.accounts';
    DELETE FROM pls.accounts a WHERE a.account_id = ANY (all_ids);
    GET DIAGNOSTICS rows = ROW_COUNT;
    total := total + rows;
    RETURN NEXT;
    object := 'pls.account_domains';
    DELETE FROM pls.account_domains d
     WHERE d.account_id = ANY (all_ids);
    GET DIAGNOSTICS rows = ROW_COUNT;
    total := total + rows;
    RETURN NEXT;
    object := 'pls.account_aliases';
    DELETE FROM pls.account_aliases a
     WHERE a.alias = forget_account.account_id
        OR a.account_id = ANY (all_ids);
    GET DIAGNOSTICS rows = ROW_COUNT;
    total := total + rows;
    RETURN NEXT;
    -- what its users have belonged to goes with the users
    object := 'pls_internal.past_identity';
    DELETE FROM pls_internal.past_identity p
     WHERE p.kind = 'account' AND p.id = ANY (all_ids)
        OR p.kind = 'account_alias' AND (p.id = ANY (all_ids) OR p.target = ANY (all_ids))
        OR p.kind = 'account_domain' AND p.target = ANY (all_ids);
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN NEXT;
    object := 'pls_internal.looks';
    rows := (SELECT sum(pls_internal.forget_looks('account', i)) FROM unnest(all_ids) i);
    total := total + rows;
    RETURN NEXT;
    done := 'cleared';
    object := 'pls_internal.event_samples';
    rows := pls_internal.forget_names(all_ids);
    RETURN NEXT;
    PERFORM pls_internal.forget_listed_ids(all_ids);
    PERFORM pls_internal.say_what_was_forgotten('account', forget_account.account_id, owner, total);
    SELECT count(*) INTO members FROM pls.users u WHERE u.account_id = ANY (all_ids);
    IF members > 0 THEN
        RAISE NOTICE USING
            MESSAGE = format('%s users still belong to this account', members),
            HINT = 'Move them in pls.users, or erase them with pls.forget_user(): their next event would bring the account back.';
    END IF;
    PERFORM pls_internal.tell_exclusions('account', all_ids);
EXCEPTION WHEN lock_not_available THEN
    PERFORM pls_internal.refuse_forgetting('account', forget_account.account_id);
END;
$$;
COMMENT ON FUNCTION pls.forget_account IS
'Erases an account: its rows of pls.accounts, its domains and aliases, what these were before, and the data of account motions about it under any of its ids (standings, backlog, failures, decisions, alerts with their log, deliveries and drafts, outcomes, notes for the sweep); of an id that is itself an alias only that id: a notice names the account. Samples lose events and properties of these names. Its users stay; a notice says how many. Let the application erase its events first, or a later pls.refresh() finds them again. Kept: the id in pls.users, and in decisions, alerts and outcomes of user motions about its users, which go with them (pls.forget_user); exclusions and opt-outs that list the id (a notice names them); free text written by delivery workers; until the next sweep, pls_internal.identity_changes has the ids, by which it finds what to rebuild. Returns the rows deleted or changed, per table. Errors: 22004 account_id is NULL, 55P03 for about a second another transaction has held some of it, or has locked a table.';
