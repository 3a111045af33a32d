/* 20_looks.sql - standings to be looked at for what no event has changed.
 *
 * A standing says when time alone may change its lane (look_at), and the
 * sweep looks at no other.  What else may change it is noted here: the model,
 * what is known of an account or a user, an outcome, an alert that was closed,
 * a clock that was set back.  Notes are only inserted, which does not wait for locks.
 *
 * A note of one entity makes its standing due.  One of a whole motion has its
 * standings gone through in order, once, a part of them with each sweep, and
 * those made due whose look_at has become too late.
 *
 * Where no sweep takes them, notes of one entity do not become many: one that
 * comes when there are some takes the place of others of the same entity, which
 * then say nothing more (pls_internal.note_looks_of).  Those of whole motions are as
 * many as edits of the configuration and statements about very many.
 * pls_internal.clock_marks is bounded by those who write it (src/state/clock_mark.c).
 *
 * A session that was at work when a note was made may judge by what it knew
 * before and write that later.  So what is noted is looked at twice: at once,
 * and when the transactions have ended that were under way then.
 */

/* ---- notes ---- */

-- In C, which leaves no predicate locks; see pls_internal.counts_users().
CREATE FUNCTION pls_internal.has_motions(objective text) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_has_motions' LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION pls_internal.has_motions IS
    'Whether some motion is not a draft; with this objective, or NULL: with any.';

CREATE FUNCTION pls_internal.note_looks_of_motions(motion text DEFAULT NULL, at timestamptz DEFAULT NULL) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO pls_internal.looks (entity_id, motion, not_before)
    SELECT '', m.motion, coalesce(note_looks_of_motions.at, '-infinity')
      FROM pls.motions m
     WHERE m.status <> 'draft' AND (note_looks_of_motions.motion IS NULL OR m.motion = note_looks_of_motions.motion)
       -- once a transaction
       AND NOT EXISTS (SELECT FROM pls_internal.looks l
                        WHERE l.entity_id = '' AND l.motion = m.motion AND l.once_ended IS NULL AND l.gone_to IS NULL
                          AND l.not_before = coalesce(note_looks_of_motions.at, '-infinity')
                          AND l.xmin = pg_current_xact_id()::xid)
$$;
COMMENT ON FUNCTION pls_internal.note_looks_of_motions IS
    'Makes the sweep look at all standings of a motion (NULL: of every motion) at an instant (NULL: now); drafts have nothing to be looked at.';

CREATE FUNCTION pls_internal.note_model_change() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    row_now jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    row_was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    play    text;
    at      timestamptz;
BEGIN
    -- a rule without a motion is one of all
    FOR play IN SELECT DISTINCT r ->> 'motion' FROM unnest(ARRAY[row_was, row_now]) r WHERE r IS NOT NULL LOOP
        PERFORM pls_internal.note_looks_of_motions(play);
        FOR at IN
            SELECT d.at FROM (VALUES ((row_now ->> 'starts_at')::timestamptz), ((row_now ->> 'ends_at')::timestamptz)) d (at)
             WHERE TG_TABLE_NAME = 'pilots' AND d.at > pls.now()
        LOOP
            PERFORM pls_internal.note_looks_of_motions(play, at);
        END LOOP;
    END LOOP;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_model_change IS
    'Trigger: makes the sweep look at the standings of the motion whose configuration has changed, or of all; for a pilot also when it starts and ends.';

CREATE TRIGGER note_looks AFTER UPDATE ON pls.motions
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('note_model_change');
CREATE TRIGGER note_looks AFTER INSERT OR UPDATE OR DELETE ON pls.signals
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('note_model_change');
CREATE TRIGGER note_looks AFTER INSERT OR UPDATE OR DELETE ON pls.category_limits
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('note_model_change');
CREATE TRIGGER note_looks AFTER INSERT OR UPDATE OR DELETE ON pls.grades
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('note_model_change');
CREATE TRIGGER note_looks AFTER INSERT OR UPDATE OR DELETE ON pls.exclusions
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('note_model_change');
CREATE TRIGGER note_looks AFTER INSERT OR UPDATE OR DELETE ON pls.pilots
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('note_model_change');
CREATE TRIGGER note_looks AFTER INSERT OR UPDATE OR DELETE ON pls.free_mail_domains
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('note_model_change');
CREATE TRIGGER note_looks AFTER INSERT OR UPDATE ON pls.sources
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('note_model_change');
COMMENT ON TRIGGER note_looks ON pls.motions IS 'Makes the sweep look at the motion''s standings.';
COMMENT ON TRIGGER note_looks ON pls.signals IS 'Makes the sweep look at the motion''s standings.';
COMMENT ON TRIGGER note_looks ON pls.category_limits IS 'Makes the sweep look at the motion''s standings.';
COMMENT ON TRIGGER note_looks ON pls.grades IS 'Makes the sweep look at the motion''s standings.';
COMMENT ON TRIGGER note_looks ON pls.exclusions IS 'Makes the sweep look at the standings of the motion, or of all.';
COMMENT ON TRIGGER note_looks ON pls.pilots IS 'Makes the sweep look at the motion''s standings, also when the pilot starts and ends.';
COMMENT ON TRIGGER note_looks ON pls.free_mail_domains IS 'Makes the sweep look at all standings: a user may belong to another account.';
COMMENT ON TRIGGER note_looks ON pls.sources IS 'Makes the sweep look at all standings: some may be rebuilt now.';

-- Accounts, users and outcomes: each statement by itself, for many may change
-- at once.
CREATE FUNCTION pls_internal.note_looks_of(ids text[], at timestamptz DEFAULT NULL, motion text DEFAULT '') RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- changed by one statement above which every standing is looked at
    many   CONSTANT integer := 10000;
    -- notes of one entity above which another one takes the place of some
    enough CONSTANT integer := 4;
    spare  tid[];
BEGIN
    IF cardinality(ids) > many THEN
        PERFORM pls_internal.note_looks_of_motions(NULL, note_looks_of.at);
        RETURN;
    END IF;
    -- those that stay are about the same, so that nobody who looks misses
    -- what these are about while this transaction has them in hand; one that
    -- sees an older state must not meddle with what others have changed since
    IF note_looks_of.at IS NULL AND current_setting('transaction_isolation') IN ('read committed', 'read uncommitted') THEN
        spare := ARRAY(
            SELECT w.ctid
              FROM (SELECT DISTINCT i AS id FROM unnest(ids) i) d
             CROSS JOIN LATERAL (
                   SELECT l.ctid FROM pls_internal.looks l
                    WHERE l.not_before = '-infinity' AND l.entity_id = d.id AND l.motion = note_looks_of.motion
                      AND l.once_ended IS NULL
                   OFFSET enough LIMIT 2) w);
        IF spare <> '{}' THEN
            DELETE FROM pls_internal.looks l
             WHERE l.ctid = ANY (ARRAY(
                   SELECT o.ctid FROM pls_internal.looks o
                    WHERE o.ctid = ANY (spare) AND o.once_ended IS NULL
                      FOR UPDATE SKIP LOCKED));
        END IF;
    END IF;
    INSERT INTO pls_internal.looks (entity_id, motion, not_before)
    SELECT DISTINCT e.id, note_looks_of.motion, coalesce(note_looks_of.at, '-infinity')
      FROM unnest(ids) i
           -- what is noted of an alias holds of whom it stands for
     CROSS JOIN LATERAL (VALUES (i), (pls_internal.account_of_event(i, NULL, NULL)), (pls_internal.user_of_event(i))) e (id)
     WHERE octet_length(e.id) BETWEEN 1 AND pls_internal.limit_of('id');
END;
$$;
COMMENT ON FUNCTION pls_internal.note_looks_of IS
    'Makes the sweep look at these users and accounts, and at the users of the accounts, at an instant (NULL: now); with a motion only at what is known of them in that. Does not wait for locks. However often it is called before a sweep comes, there are few notes of each: not many more than transactions under way.';

CREATE FUNCTION pls_internal.note_known_change() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ids text[];
BEGIN
    IF NOT pls_internal.has_motions(NULL) THEN
        RETURN NULL;
    ELSIF TG_OP = 'TRUNCATE' THEN
        PERFORM pls_internal.note_looks_of_motions();
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' AND TG_TABLE_NAME = 'accounts' THEN
        SELECT array_agg(n.account_id) INTO ids FROM now_known n;
    ELSIF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'accounts' THEN
        SELECT array_agg(o.account_id) INTO ids FROM was_known o;
    ELSIF TG_TABLE_NAME = 'accounts' THEN
        SELECT array_agg(coalesce(n.account_id, o.account_id)) INTO ids
          FROM was_known o FULL JOIN now_known n ON n.account_id = o.account_id
         WHERE (n.account_id, n.domain, n.size, n.signed_up_at, n.attributes)
               IS DISTINCT FROM (o.account_id, o.domain, o.size, o.signed_up_at, o.attributes);
    ELSIF TG_OP = 'INSERT' THEN
        SELECT array_agg(n.user_id) INTO ids FROM now_known n;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(o.user_id) INTO ids FROM was_known o;
    ELSE
        SELECT array_agg(coalesce(n.user_id, o.user_id)) INTO ids
          FROM was_known o FULL JOIN now_known n ON n.user_id = o.user_id
         WHERE (n.user_id, n.account_id, n.email, n.signed_up_at, n.attributes)
               IS DISTINCT FROM (o.user_id, o.account_id, o.email, o.signed_up_at, o.attributes);
    END IF;
    PERFORM pls_internal.note_looks_of(ids);
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_known_change IS
    'Trigger: makes the sweep look at the standings of accounts and users whose data has changed.';

CREATE TRIGGER note_looks_added AFTER INSERT ON pls.accounts
    REFERENCING NEW TABLE AS now_known
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('note_known_change');
CREATE TRIGGER note_looks_changed AFTER UPDATE ON pls.accounts
    REFERENCING OLD TABLE AS was_known NEW TABLE AS now_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_known_change');
CREATE TRIGGER note_looks_removed AFTER DELETE ON pls.accounts
    REFERENCING OLD TABLE AS was_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_known_change');
CREATE TRIGGER note_looks_truncated AFTER TRUNCATE ON pls.accounts
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_known_change');
CREATE TRIGGER note_looks_added AFTER INSERT ON pls.users
    REFERENCING NEW TABLE AS now_known
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('note_known_change');
CREATE TRIGGER note_looks_changed AFTER UPDATE ON pls.users
    REFERENCING OLD TABLE AS was_known NEW TABLE AS now_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_known_change');
CREATE TRIGGER note_looks_removed AFTER DELETE ON pls.users
    REFERENCING OLD TABLE AS was_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_known_change');
CREATE TRIGGER note_looks_truncated AFTER TRUNCATE ON pls.users
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_known_change');
COMMENT ON TRIGGER note_looks_added ON pls.accounts IS 'Makes the sweep look at the accounts'' standings, and at those of their users.';
COMMENT ON TRIGGER note_looks_changed ON pls.accounts IS 'Makes the sweep look at the accounts'' standings, and at those of their users.';
COMMENT ON TRIGGER note_looks_removed ON pls.accounts IS 'Makes the sweep look at the accounts'' standings, and at those of their users.';
COMMENT ON TRIGGER note_looks_truncated ON pls.accounts IS 'Makes the sweep look at all standings.';
COMMENT ON TRIGGER note_looks_added ON pls.users IS 'Makes the sweep look at the users'' standings.';
COMMENT ON TRIGGER note_looks_changed ON pls.users IS 'Makes the sweep look at the users'' standings.';
COMMENT ON TRIGGER note_looks_removed ON pls.users IS 'Makes the sweep look at the users'' standings.';
COMMENT ON TRIGGER note_looks_truncated ON pls.users IS 'Makes the sweep look at all standings.';

-- Who has converted is a customer of every motion that wants conversions.
CREATE FUNCTION pls_internal.note_outcome_change() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found record;
BEGIN
    IF NOT pls_internal.has_motions('conversion') THEN
        RETURN NULL;
    ELSIF TG_OP = 'TRUNCATE' THEN
        PERFORM pls_internal.note_looks_of_motions();
    ELSIF TG_OP = 'INSERT' THEN
        FOR found IN
            SELECT CASE WHEN n.at > pls.now() THEN n.at END AS at, array_agg(i) AS ids
              FROM outcomes_now n, unnest(ARRAY[n.entity_id, n.account_id]) i
             WHERE n.outcome = 'conversion' GROUP BY 1
        LOOP
            PERFORM pls_internal.note_looks_of(found.ids, found.at);
        END LOOP;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM pls_internal.note_looks_of(ARRAY(
            SELECT i FROM outcomes_were o, unnest(ARRAY[o.entity_id, o.account_id]) i WHERE o.outcome = 'conversion'));
    ELSE
        FOR found IN
            SELECT CASE WHEN u.at > pls.now() THEN u.at END AS at, array_agg(i) AS ids
              FROM (SELECT o.entity_id, o.account_id, pls.now() AS at FROM outcomes_were o WHERE o.outcome = 'conversion'
                    UNION ALL
                    SELECT n.entity_id, n.account_id, n.at FROM outcomes_now n WHERE n.outcome = 'conversion') u,
                   unnest(ARRAY[u.entity_id, u.account_id]) i
             GROUP BY 1
        LOOP
            PERFORM pls_internal.note_looks_of(found.ids, found.at);
        END LOOP;
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_outcome_change IS
    'Trigger: makes the sweep look at entities that have converted, or no longer have.';
CREATE TRIGGER note_looks_added AFTER INSERT ON pls.outcomes
    REFERENCING NEW TABLE AS outcomes_now
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('note_outcome_change');
CREATE TRIGGER note_looks_changed AFTER UPDATE ON pls.outcomes
    REFERENCING OLD TABLE AS outcomes_were NEW TABLE AS outcomes_now
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_outcome_change');
CREATE TRIGGER note_looks_removed AFTER DELETE ON pls.outcomes
    REFERENCING OLD TABLE AS outcomes_were
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_outcome_change');
CREATE TRIGGER note_looks_truncated AFTER TRUNCATE ON pls.outcomes
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_outcome_change');
COMMENT ON TRIGGER note_looks_added ON pls.outcomes IS 'Makes the sweep look at entities that have converted.';
COMMENT ON TRIGGER note_looks_changed ON pls.outcomes IS 'Makes the sweep look at entities that have converted.';
COMMENT ON TRIGGER note_looks_removed ON pls.outcomes IS 'Makes the sweep look at entities that have not converted after all.';
COMMENT ON TRIGGER note_looks_truncated ON pls.outcomes IS 'Makes the sweep look at all standings.';

-- What is decided waits for an alert to be closed, and counts those of the
-- account.
CREATE FUNCTION pls_internal.note_alert_change() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- a touch limit comes before a holding out; where there is a cooldown
        -- that is decided again when it ends
        IF EXISTS (SELECT FROM pls.motions m
                    WHERE m.status <> 'draft' AND m.touch_limit IS NOT NULL AND m.cooldown IS NULL) THEN
            PERFORM pls_internal.note_looks_of(ARRAY[NEW.account_id]);
        END IF;
        RETURN NULL;
    ELSIF TG_OP = 'TRUNCATE' THEN
        PERFORM pls_internal.note_looks_of_motions();
        RETURN NULL;
    END IF;
    PERFORM pls_internal.note_looks_of(ARRAY[OLD.entity_id], NULL, OLD.motion);
    IF TG_OP = 'DELETE' THEN
        PERFORM pls_internal.note_looks_of(ARRAY[OLD.account_id]);
    ELSIF (NEW.account_id, NEW.created_at) IS DISTINCT FROM (OLD.account_id, OLD.created_at) THEN
        PERFORM pls_internal.note_looks_of(ARRAY[OLD.account_id, NEW.account_id]);
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_alert_change IS
    'Trigger: makes the sweep look at an entity whose alert was closed or reopened, and at an account with other alerts than before.';
CREATE TRIGGER note_looks AFTER INSERT OR DELETE ON pls.alerts
    FOR EACH ROW WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('note_alert_change');
CREATE TRIGGER note_looks_closed AFTER UPDATE ON pls.alerts
    FOR EACH ROW WHEN (
        pls_internal.is_open(OLD.status) <> pls_internal.is_open(NEW.status)
        OR NEW.account_id IS DISTINCT FROM OLD.account_id
        OR NEW.created_at <> OLD.created_at)
    EXECUTE FUNCTION pls_internal.as_owner('note_alert_change');
CREATE TRIGGER note_looks_truncated AFTER TRUNCATE ON pls.alerts
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_alert_change');
COMMENT ON TRIGGER note_looks ON pls.alerts IS 'Makes the sweep look at the account''s standings where alerts are counted.';
COMMENT ON TRIGGER note_looks_truncated ON pls.alerts IS 'Makes the sweep look at all standings.';
COMMENT ON TRIGGER note_looks_closed ON pls.alerts IS 'Makes the sweep look at the entity whose alert was closed or reopened.';

-- What changes a standing sets its look_at itself.  This is for people.
CREATE FUNCTION pls_internal.note_standing_change() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.note_looks_of(ARRAY[NEW.entity_id], NULL, NEW.motion);
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_standing_change IS
    'Trigger: makes the sweep look at a standing that was changed by hand.';
-- A condition is read from its text for each statement, hence a function.
CREATE FUNCTION pls_internal.changes_look(before pls.standings, after pls.standings) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN after.lane IS DISTINCT FROM before.lane
        OR after.reason IS DISTINCT FROM before.reason
        OR after.stale < before.stale
        OR (after.decide_again_at IS DISTINCT FROM before.decide_again_at AND after.decide_again_at < after.look_at)
        OR (after.cooldown_until IS DISTINCT FROM before.cooldown_until
            AND (after.cooldown_until >= after.look_at) IS NOT TRUE)
        OR pls_internal.is_ahead(after.evaluated_at)
        OR (after.evaluated_at = before.evaluated_at
            AND record_image_ne(ROW(after.evidence), ROW(before.evidence)));
END;
$$;
COMMENT ON FUNCTION pls_internal.changes_look IS
    'Whether a standing has become another one that may have to be looked at earlier than it says.';
CREATE TRIGGER note_looks AFTER UPDATE ON pls.standings
    FOR EACH ROW WHEN (
        NEW.look_at = OLD.look_at AND NEW.look_at > '-infinity'
        AND pls_internal.changes_look(OLD, NEW))
    EXECUTE FUNCTION pls_internal.as_owner('note_standing_change');
COMMENT ON TRIGGER note_looks ON pls.standings IS 'Makes the sweep look at a standing that was changed by hand.';

CREATE FUNCTION pls_internal.delete_taken_looks(taken pls_internal.looks[], running xid[]) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH told AS MATERIALIZED (
        SELECT t.*, delete_taken_looks.running <> '{}' AND t.once_ended IS NULL
                    AND row_number() OVER (PARTITION BY t.entity_id, t.motion, t.once_ended IS NULL ORDER BY t.look_id) = 1 AS stays
          FROM unnest(delete_taken_looks.taken) t),
    again AS (
        UPDATE pls_internal.looks l SET once_ended = delete_taken_looks.running
          FROM told t
         WHERE t.stays
           AND l.not_before = t.not_before AND l.entity_id = t.entity_id AND l.motion = t.motion AND l.look_id = t.look_id)
    DELETE FROM pls_internal.looks l
     USING told t
     WHERE NOT t.stays
       AND l.not_before = t.not_before AND l.entity_id = t.entity_id AND l.motion = t.motion AND l.look_id = t.look_id
$$;
COMMENT ON FUNCTION pls_internal.delete_taken_looks IS
    'Part of pls_internal.take_looks(): deletes notes that have been looked at; of those that were so for the first time one of each user or account and motion stays for when the open transactions have ended.';

-- Somebody may be making a standing at this moment, which nobody else sees
-- yet: so this, too, is done twice, and what it makes is looked at once.
CREATE FUNCTION pls_internal.spread_looks(at_most integer) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ended   CONSTANT xid[] := '{}';
    running xid[] := pls_internal.running_transactions();
    taken   pls_internal.looks[];
    ids     text[];
BEGIN
    taken := ARRAY(
        SELECT l FROM pls_internal.looks l
         WHERE l.motion = '' AND l.not_before <= pls.now()
           AND (l.once_ended IS NULL OR NOT l.once_ended && running)
         LIMIT at_most FOR UPDATE SKIP LOCKED);
    IF taken = '{}' THEN
        RETURN 0;
    END IF;
    -- asked after the notes were seen: who comes later knows what they are about
    running := pls_internal.running_transactions();
    -- and what waits about the same is answered with these
    DELETE FROM pls_internal.looks l
     WHERE l.ctid = ANY (ARRAY(
           SELECT w.ctid
             FROM (SELECT DISTINCT t.entity_id FROM unnest(taken) t WHERE t.once_ended IS NULL) f
             JOIN pls_internal.looks w ON w.not_before = '-infinity' AND w.entity_id = f.entity_id AND w.motion = ''
            WHERE w.once_ended IS NOT NULL
              FOR UPDATE OF w SKIP LOCKED));
    PERFORM pls_internal.delete_taken_looks(taken, running);
    ids := ARRAY(SELECT DISTINCT t.entity_id FROM unnest(taken) t);
    INSERT INTO pls_internal.looks (entity_id, motion, not_before, once_ended)
    SELECT s.entity_id, s.motion, '-infinity', ended FROM pls.standings s WHERE s.entity_id = ANY (ids);
    IF EXISTS (SELECT FROM pls.motions m WHERE m.unit = 'user' AND m.status <> 'draft') THEN
        INSERT INTO pls_internal.looks (entity_id, motion, not_before, once_ended)
        SELECT s.entity_id, s.motion, '-infinity', ended
          FROM pls.users u
          JOIN pls.standings s ON s.entity_id = u.user_id
          JOIN pls.motions m ON m.motion = s.motion AND m.unit = 'user'
         WHERE u.account_id = ANY (ids)
            OR pls_internal.account_of_member(u.user_id, u.account_id, u.email) = ANY (ids);
    END IF;
    RETURN cardinality(taken);
END;
$$;
COMMENT ON FUNCTION pls_internal.spread_looks IS
    'Part of pls_internal.take_looks(): makes notes of accounts and users notes of their standings, at once and when the transactions under way have ended. Returns how many it has taken.';

CREATE FUNCTION pls_internal.take_looks(at_most integer) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    running xid[];
    due     pls_internal.looks[];
    done    pls_internal.looks[];
    spread  bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM pls_internal.looks l WHERE l.not_before <= pls.now()) THEN
        RETURN 0;
    END IF;
    spread := pls_internal.spread_looks(at_most);
    running := pls_internal.running_transactions();
    due := ARRAY(
        SELECT l FROM pls_internal.looks l
         WHERE l.entity_id <> '' AND l.motion <> '' AND l.not_before <= pls.now()
           AND (l.once_ended IS NULL OR NOT l.once_ended && running)
         LIMIT at_most FOR UPDATE SKIP LOCKED);
    -- asked after the notes were seen: who comes later knows what they are about
    running := pls_internal.running_transactions();
    -- one that somebody has in hand stays noted
    done := ARRAY(
        WITH looked AS MATERIALIZED (
            SELECT e.entity_id, e.motion
              FROM (SELECT DISTINCT d.entity_id, d.motion FROM unnest(due) d) e
             WHERE pls_internal.schedule_look(e.motion, e.entity_id, '-infinity', false, NULL))
        SELECT d FROM unnest(due) d
         WHERE EXISTS (SELECT FROM looked k WHERE k.entity_id = d.entity_id AND k.motion = d.motion));
    PERFORM pls_internal.delete_taken_looks(done, running);
    RETURN greatest(spread, CASE WHEN done <> '{}' THEN cardinality(due) ELSE 0 END);
END;
$$;
COMMENT ON FUNCTION pls_internal.take_looks IS
    'Step of the sweep: makes the standings due that are noted in pls_internal.looks, at most this many. Does not wait for locks. Returns at_most if there may be more.';
