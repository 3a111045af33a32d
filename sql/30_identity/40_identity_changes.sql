/* 40_identity_changes.sql - users that are mapped, moved or erased later.
 *
 * Events without an account of their own belong to the account of their
 * user, so a change in pls.users moves events that were counted long ago.
 * It is made good by the sweep:
 *
 *   a trigger on pls.users notes each user whose account is another now, in
 *   pls_internal.identity_changes; it only inserts, and nobody waits for it
 *   pls_internal.mark_users_stale() looks up those users' events and marks the accounts
 *   concerned in pls.backlog; the sweep rebuilds what is marked
 *
 * A session may have looked a user up just before the change was committed
 * and commit its event long after.  So a change is taken up only when all
 * transactions have ended that were under way when it was first seen: what
 * they have added under the old account is then seen by the rebuild.
 */

CREATE TABLE pls_internal.identity_changes (
    change_id     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id       text,
    accounts      text[] NOT NULL,
    waits_for     xid[],
    noted_at      timestamptz NOT NULL DEFAULT pls.now()
);
SELECT pg_extension_config_dump('pls_internal.identity_changes', '');

COMMENT ON TABLE pls_internal.identity_changes IS
'Users whose account has changed and whose earlier events the next pls.sweep() recounts. Rows are removed when that is done.';
COMMENT ON COLUMN pls_internal.identity_changes.change_id IS 'Makes rows unique; has no other meaning.';
COMMENT ON COLUMN pls_internal.identity_changes.user_id IS 'The user. NULL: so many at once that all users are looked at.';
COMMENT ON COLUMN pls_internal.identity_changes.accounts IS 'The accounts that the user''s events belong to before and after, as far as pls.users says.';
COMMENT ON COLUMN pls_internal.identity_changes.waits_for IS 'Transactions that may still add events under the old account: the change is processed when they have ended. NULL: not seen by a sweep yet.';
COMMENT ON COLUMN pls_internal.identity_changes.noted_at IS 'When the users were changed: start of the transaction, by pls.now().';

-- In C, which leaves no predicate locks: an application that writes its users
-- in a serializable transaction is in no conflict with who edits these tables.
CREATE FUNCTION pls_internal.counts_users() RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_counts_users' LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION pls_internal.counts_users IS
'Whether some source names the users of its events, so that it matters whose they are.';

CREATE FUNCTION pls_internal.excludes_domains() RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_excludes_domains' LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION pls_internal.excludes_domains IS
'Whether some rule in pls.exclusions excludes actors by the domains of their addresses.';

CREATE FUNCTION pls_internal.note_user_changes() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- users changed by one statement above which all are looked at
    many    CONSTANT integer := 10000;
    changed pls_internal.identity_changes[];
    by_mail boolean;
BEGIN
    IF NOT pls_internal.counts_users() THEN
        RETURN NULL;
    END IF;
    -- where a domain is excluded, a user's address decides what counts
    by_mail := pls_internal.excludes_domains();
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(ROW(gen_random_uuid(), c.user_id,
                   array_remove(ARRAY[pls_internal.account_of_member(c.user_id, c.account_id, c.email)], NULL), NULL, pls.now())::pls_internal.identity_changes)
          INTO changed
          FROM (SELECT n.user_id, n.account_id, n.email FROM new_users n
                 WHERE n.account_id IS NOT NULL OR n.email IS NOT NULL
                 LIMIT many + 1) c;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(ROW(gen_random_uuid(), c.user_id,
                   array_remove(ARRAY[pls_internal.account_of_member(c.user_id, c.account_id, c.email)], NULL), NULL, pls.now())::pls_internal.identity_changes)
          INTO changed
          FROM (SELECT o.user_id, o.account_id, o.email FROM old_users o
                 WHERE o.account_id IS NOT NULL OR o.email IS NOT NULL
                 LIMIT many + 1) c;
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT array_agg(ROW(gen_random_uuid(), c.user_id,
                   ARRAY(SELECT pls_internal.account_of_member(c.user_id, c.old_account, c.old_email)
                         UNION SELECT pls_internal.account_of_member(c.user_id, c.new_account, c.new_email)
                         EXCEPT SELECT NULL), NULL, pls.now())::pls_internal.identity_changes)
          INTO changed
          FROM (SELECT coalesce(n.user_id, o.user_id) AS user_id,
                       o.account_id AS old_account, o.email AS old_email,
                       n.account_id AS new_account, n.email AS new_email
                  FROM old_users o FULL JOIN new_users n ON n.user_id = o.user_id
                 WHERE n.account_id IS DISTINCT FROM o.account_id
                    OR ((by_mail OR pls_internal.account_of_event(n.account_id, NULL, NULL) IS NULL)
                        AND n.email IS DISTINCT FROM o.email
                        AND pls_internal.normal_domain(n.email) IS DISTINCT FROM pls_internal.normal_domain(o.email))
                 LIMIT many + 1) c;
    ELSE
        changed := array_fill(ROW(gen_random_uuid(), NULL, '{}', NULL, pls.now())::pls_internal.identity_changes, ARRAY[many + 1]);
    END IF;
    IF cardinality(changed) > many THEN
        INSERT INTO pls_internal.identity_changes (user_id, accounts) VALUES (NULL, '{}');
    ELSE
        INSERT INTO pls_internal.identity_changes SELECT (c).* FROM unnest(changed) c;
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_user_changes IS
'Trigger: notes users whose account or domain has changed, in pls_internal.identity_changes, for the sweep. Only inserts; users whose account stays are not noted.';

CREATE TRIGGER users_added AFTER INSERT ON pls.users
    REFERENCING NEW TABLE AS new_users
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.note_user_changes();
COMMENT ON TRIGGER users_added ON pls.users IS 'Makes the sweep count earlier events of new users for their accounts.';
CREATE TRIGGER users_changed AFTER UPDATE ON pls.users
    REFERENCING OLD TABLE AS old_users NEW TABLE AS new_users
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.note_user_changes();
COMMENT ON TRIGGER users_changed ON pls.users IS 'Makes the sweep move events of users whose account has changed.';
CREATE TRIGGER users_removed AFTER DELETE ON pls.users
    REFERENCING OLD TABLE AS old_users
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.note_user_changes();
COMMENT ON TRIGGER users_removed ON pls.users IS 'Makes the sweep remove events of removed users from their accounts.';
CREATE TRIGGER users_truncated AFTER TRUNCATE ON pls.users
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.note_user_changes();
COMMENT ON TRIGGER users_truncated ON pls.users IS 'Makes the sweep recount all events of users.';

/* ---- sources, as src/trigger/source.c sees them ---- */

CREATE FUNCTION pls_internal.source_problem(source_id integer) RETURNS text
    AS 'MODULE_PATHNAME', 'pls_source_problem' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.source_problem IS
'Why the rows of a source cannot be read as events: its table is gone, or a column is gone or of another type since it was watched. NULL: they can.';

CREATE FUNCTION pls_internal.lock_source(source regclass) RETURNS void
    AS 'MODULE_PATHNAME', 'pls_lock_source' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 100;
COMMENT ON FUNCTION pls_internal.lock_source IS
'Locks a table, its partitions and those that inherit from it until the transaction ends, so that none is rewritten. Called in a statement before the one that reads them: what is rewritten after a snapshot was taken looks empty to it. A table that was dropped is nothing to lock.';

CREATE FUNCTION pls_internal.events_of_users(source_id integer, users text[])
    RETURNS TABLE (user_id text, account_id text, company text)
    AS 'MODULE_PATHNAME', 'pls_events_of_users' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000 ROWS 1000;
COMMENT ON FUNCTION pls_internal.events_of_users IS
'The events of a source that are by one of these users, a row each: the user, the account that the event names (NULL: none), and the company of its own email address (NULL: none). Read as the trigger reads rows; up to 20 users through a plain index on the actor column, where there is one. Error 55000: the table cannot be read.';

/* ---- what the sweep does with the changes ---- */

CREATE FUNCTION pls_internal.mark_for_rebuild(motion text, entities text[]) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    marked bigint;
BEGIN
    INSERT INTO pls.backlog (entity_id, motion, not_before)
    SELECT DISTINCT e.entity_id, mark_for_rebuild.motion, pls.now()
      FROM unnest(CASE WHEN cardinality(entities) > pls_internal.limit_of('marks') THEN '{""}' ELSE entities END) AS e (entity_id)
     WHERE octet_length(e.entity_id) <= pls_internal.limit_of('id');
    GET DIAGNOSTICS marked = ROW_COUNT;
    RETURN marked;
END;
$$;
COMMENT ON FUNCTION pls_internal.mark_for_rebuild IS
'Marks entities of a motion in pls.backlog, for the sweep to rebuild them from the source; the entity '''' stands for all of them, and takes the place of more than 1000. Does not wait for locks. Returns how many marks were made.';

CREATE FUNCTION pls_internal.entities_of_users(source_id integer, motion text, changes pls_internal.identity_changes[])
    RETURNS text[]
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    by_mail  CONSTANT boolean := cardinality(pls_internal.excluded_domains(entities_of_users.motion)) > 0;
    entities text[];
BEGIN
    PERFORM pls_internal.lock_source(s.source) FROM pls.sources s WHERE s.source_id = entities_of_users.source_id;
    -- events with an account of their own stay there, but may count or not
    -- with their user's domain
    WITH found AS MATERIALIZED (
        SELECT DISTINCT e.user_id, e.account_id, e.company
          FROM pls_internal.events_of_users(entities_of_users.source_id,
                                   ARRAY(SELECT DISTINCT c.user_id FROM unnest(changes) c)) e
         WHERE by_mail OR e.account_id IS NULL)
    SELECT array_agg(DISTINCT x.entity_id) INTO entities
      FROM found f
     CROSS JOIN LATERAL (
           SELECT f.account_id AS entity_id WHERE by_mail
           UNION ALL
           SELECT f.company WHERE f.account_id IS NULL
           UNION ALL
           SELECT a FROM unnest(changes) c, unnest(c.accounts) a
            WHERE c.user_id = f.user_id AND f.account_id IS NULL) x
     WHERE x.entity_id IS NOT NULL;
    RETURN coalesce(entities, '{}');
END;
$$;
COMMENT ON FUNCTION pls_internal.entities_of_users IS
'The accounts of an account motion that these changes of users concern, by the users'' events in one source; users without events concern none.';

-- By their locks, which a transaction gives back after all can see what it
-- has done; a snapshot does not know the newest of those under way.
CREATE FUNCTION pls_internal.running_transactions() RETURNS xid[]
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN ARRAY(
        SELECT l.transactionid
          FROM pg_locks l
          LEFT JOIN pg_stat_activity a ON a.pid = l.pid
          LEFT JOIN pg_prepared_xacts p ON l.pid IS NULL AND p.transaction = l.transactionid
         WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
           AND l.pid IS DISTINCT FROM pg_backend_pid()
           -- not those that surely insert no events here
           AND a.backend_type IS DISTINCT FROM 'autovacuum worker'
           AND coalesce(a.datname, p.database, current_database()) = current_database());
END;
$$;
COMMENT ON FUNCTION pls_internal.running_transactions IS
'The other running transactions in this database that have written something, including prepared ones.';

CREATE FUNCTION pls_internal.take_user_changes(at_most integer) RETURNS pls_internal.identity_changes[]
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    fresh   uuid[] := ARRAY(SELECT c.change_id FROM pls_internal.identity_changes c
                             WHERE c.waits_for IS NULL FOR UPDATE SKIP LOCKED);
    -- asked after the changes were seen: who comes later knows them
    running xid[] := pls_internal.running_transactions();
    changes pls_internal.identity_changes[];
BEGIN
    UPDATE pls_internal.identity_changes c SET waits_for = running
     WHERE c.change_id = ANY (fresh);
    WITH ready AS MATERIALIZED (
        SELECT d.change_id FROM pls_internal.identity_changes d
         WHERE NOT d.waits_for && running
         LIMIT at_most FOR UPDATE SKIP LOCKED),
    taken AS (
        DELETE FROM pls_internal.identity_changes c USING ready r WHERE c.change_id = r.change_id
        RETURNING c.*)
    SELECT array_agg(t::pls_internal.identity_changes) INTO changes FROM taken t;
    RETURN coalesce(changes, '{}');
END;
$$;
COMMENT ON FUNCTION pls_internal.take_user_changes IS
'Removes up to at_most changes from pls_internal.identity_changes for which no transaction is running that may not see them. Does not wait for locks.';

CREATE FUNCTION pls_internal.mark_users_stale(at_most integer DEFAULT 10000) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    changes  pls_internal.identity_changes[];
    everyone boolean;
    by_mail  boolean;
    play     pls.motions;
    marked   bigint := 0;
    number   integer;
BEGIN
    IF NOT EXISTS (SELECT FROM pls_internal.identity_changes) THEN
        RETURN 0;
    END IF;
    changes := pls_internal.take_user_changes(at_most);
    IF cardinality(changes) = 0 THEN
        RETURN 0;
    END IF;
    everyone := (SELECT bool_or(c.user_id IS NULL) FROM unnest(changes) c);
    FOR play IN SELECT m.* FROM pls.motions m WHERE m.status <> 'draft' ORDER BY m.motion LOOP
        by_mail := cardinality(pls_internal.excluded_domains(play.motion)) > 0;
        CONTINUE WHEN play.unit = 'user' AND NOT by_mail;
        FOR number IN
            SELECT s.source_id FROM pls.sources s
             WHERE (s.motions IS NULL OR play.motion = ANY (s.motions))
               AND s.actor_column IS NOT NULL AND pls_internal.source_problem(s.source_id) IS NULL
             ORDER BY s.source_id
        LOOP
            -- a table that cannot be read now: what the change concerns is
            -- not known, and must not be forgotten
            BEGIN
                IF NOT everyone AND play.unit <> 'user' THEN
                    PERFORM pls_internal.lock_at_once(s.source) FROM pls.sources s WHERE s.source_id = number;
                END IF;
                marked := marked + pls_internal.mark_for_rebuild(play.motion, CASE
                    WHEN everyone THEN '{""}'
                    WHEN play.unit = 'user' THEN (SELECT array_agg(c.user_id) FROM unnest(changes) c)
                    ELSE pls_internal.entities_of_users(number, play.motion, changes) END);
            EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
                PERFORM pls_internal.note_failure('users', play.motion, '', SQLSTATE, SQLERRM);
                marked := marked + pls_internal.mark_for_rebuild(play.motion, '{""}');
            END;
            EXIT WHEN everyone OR play.unit = 'user';
        END LOOP;
    END LOOP;
    RETURN marked;
END;
$$;
COMMENT ON FUNCTION pls_internal.mark_users_stale IS
'Step of the sweep: marks the entities that changes of users concern, so that they are rebuilt, and returns how many marks were made. Reads the watched tables by their actor column: an index on it makes this cheap.';

/* ---- actors that are excluded, or no longer ---- */

-- Standings that are there show by their fingerprints that another exclusion
-- was in force; entities all of whose events were excluded have none.
CREATE FUNCTION pls_internal.note_exclusion() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.motion, OLD.scope, OLD.enabled, OLD.match::text, OLD.ids, OLD.domains)
           IS NOT DISTINCT FROM
           (NEW.motion, NEW.scope, NEW.enabled, NEW.match::text, NEW.ids, NEW.domains) THEN
            RETURN NULL;
        END IF;
    END IF;
    IF (OLD.scope = 'actor' AND OLD.enabled) IS NOT TRUE
       AND (NEW.scope = 'actor' AND NEW.enabled) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    FOR play IN
        SELECT m.motion FROM pls.motions m
         WHERE m.status <> 'draft'
           AND ((TG_OP <> 'INSERT' AND (OLD.motion IS NULL OR OLD.motion = m.motion))
                OR (TG_OP <> 'DELETE' AND (NEW.motion IS NULL OR NEW.motion = m.motion)))
           AND EXISTS (SELECT FROM pls.sources s
                        WHERE s.motions IS NULL OR m.motion = ANY (s.motions))
         ORDER BY m.motion
    LOOP
        PERFORM pls_internal.mark_for_rebuild(play, '{""}');
    END LOOP;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_exclusion IS
'Trigger: makes the sweep rebuild the motions for which an exclusion of scope actor was added, changed or removed.';

CREATE TRIGGER note_exclusion AFTER INSERT OR UPDATE OR DELETE ON pls.exclusions
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('note_exclusion');
COMMENT ON TRIGGER note_exclusion ON pls.exclusions IS 'Makes the sweep rebuild the motions that now count other actors.';
