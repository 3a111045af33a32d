/* 40_identity_changes.sql - whose events are, changed later: what the sweep does.
 *
 * A change of pls.users, of aliases, of domains or of ids that name nobody
 * moves events that were counted long ago.  It is made good by the sweep:
 *
 *   triggers note it in pls_internal.identity_changes; they only insert, and
 *   nobody waits for them (those of pls.users are here, the others in
 *   42_identity_notes.sql)
 *   pls_internal.mark_moved() finds whom it concerns and marks these entities
 *   in pls.backlog; the sweep rebuilds what is marked
 *
 * A session may have looked something up just before the change was committed
 * and commit its event long after.  So a change is taken up only when all
 * transactions have ended that were under way when it was first seen: what
 * they have added to the old account is then seen by the rebuild.
 *
 * A note lists the entities whose events may have been moved, before and
 * after, as its transaction saw them; what they are when the note is taken up
 * is added then.  Between two changes events came to an entity that both list.
 * So of the notes that hang together by entities none says anything if no
 * entity of them has a standing, a part in the backlog or a mark; otherwise
 * all entities of all of them are marked.  An account that has got a domain,
 * and has it still, has lost nothing by that: its own events are no reason.
 *
 * Where that cannot be told, as when a domain is taken away from an account,
 * whose subdomains nobody has listed, the entity '' stands for all.
 */

CREATE TABLE pls_internal.identity_changes (
    change_id     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind          text NOT NULL,
    id            text,
    accounts      text[] NOT NULL DEFAULT '{}',
    users         text[] NOT NULL DEFAULT '{}',
    waits_for     xid[],
    noted_at      timestamptz NOT NULL DEFAULT pls.now()
);
SELECT pg_extension_config_dump('pls_internal.identity_changes', '');

COMMENT ON TABLE pls_internal.identity_changes IS
'Changes of who an event belongs to, which the next pls.sweep() applies to earlier events. Rows are removed when that is done.';
COMMENT ON COLUMN pls_internal.identity_changes.change_id IS 'Makes rows unique; has no other meaning.';
COMMENT ON COLUMN pls_internal.identity_changes.kind IS 'What has changed: user (pls.users), user_alias, account_alias, domain (an account has got it, or another account), lost_domain (an account no longer has it), mail_domain (pls.free_mail_domains), ignored_ids.';
COMMENT ON COLUMN pls_internal.identity_changes.id IS 'The user, alias or domain. NULL: so many at once, or of such a kind, that all are looked at.';
COMMENT ON COLUMN pls_internal.identity_changes.accounts IS 'The accounts that events may belong to before and after. An empty id among them: any.';
COMMENT ON COLUMN pls_internal.identity_changes.users IS 'The same of users, where that has changed.';
COMMENT ON COLUMN pls_internal.identity_changes.waits_for IS 'Transactions that may still add events by the old state: the change is processed when they have ended. NULL: not seen by a sweep yet.';
COMMENT ON COLUMN pls_internal.identity_changes.noted_at IS 'When it was changed: start of the transaction, by pls.now().';

CREATE FUNCTION pls_internal.identity_change(kind text, id text, accounts text[], users text[] DEFAULT '{}')
    RETURNS pls_internal.identity_changes
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ROW(NULL, kind, id, accounts, users, NULL, NULL)::pls_internal.identity_changes;
COMMENT ON FUNCTION pls_internal.identity_change IS
'A note for pls_internal.identity_changes, whose number and instant the table fills in.';

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
    -- one without a row may have an account by an id that is an address
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(pls_internal.identity_change('user', c.user_id,
                   array_remove(ARRAY[pls_internal.account_of_member(c.user_id, c.account_id, c.email), c.by_id], NULL)))
          INTO changed
          FROM (SELECT n.user_id, n.account_id, n.email, pls_internal.account_of_member(n.user_id, NULL, NULL) AS by_id
                  FROM new_users n
                 WHERE n.account_id IS NOT NULL OR n.email IS NOT NULL
                 LIMIT many + 1) c;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(pls_internal.identity_change('user', c.user_id,
                   array_remove(ARRAY[pls_internal.account_of_member(c.user_id, c.account_id, c.email), c.by_id], NULL)))
          INTO changed
          FROM (SELECT o.user_id, o.account_id, o.email, pls_internal.account_of_member(o.user_id, NULL, NULL) AS by_id
                  FROM old_users o
                 WHERE o.account_id IS NOT NULL OR o.email IS NOT NULL
                 LIMIT many + 1) c;
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT array_agg(pls_internal.identity_change('user', c.user_id,
                   ARRAY(SELECT pls_internal.account_of_member(c.user_id, c.old_account, c.old_email)
                         UNION SELECT pls_internal.account_of_member(c.user_id, c.new_account, c.new_email)
                         EXCEPT SELECT NULL)))
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
    END IF;
    IF TG_OP = 'TRUNCATE' OR cardinality(changed) > many THEN
        changed := ARRAY[pls_internal.identity_change('user', NULL, '{}')];
    END IF;
    INSERT INTO pls_internal.identity_changes (kind, id, accounts, users)
        SELECT c.kind, c.id, c.accounts, c.users FROM unnest(changed) c;
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
    -- with their user's domain, and are another actor's with an alias
    WITH asked AS MATERIALIZED (
        SELECT pls_internal.user_of_event(c.id) AS user_id, c.accounts, by_mail OR c.kind = 'user_alias' AS all_events
          FROM unnest(changes) c WHERE c.kind IN ('user', 'user_alias')),
    member AS MATERIALIZED (
        SELECT a.user_id, pls_internal.account_of_user(a.user_id) AS account_id, bool_or(a.all_events) AS all_events
          FROM asked a WHERE a.user_id IS NOT NULL GROUP BY a.user_id),
    found AS MATERIALIZED (
        SELECT DISTINCT e.user_id, e.account_id, e.company, m.account_id AS account_of_user
          FROM pls_internal.events_of_users(entities_of_users.source_id, ARRAY(SELECT m.user_id FROM member m)) e
          JOIN member m ON m.user_id = e.user_id
         WHERE m.all_events OR e.account_id IS NULL)
    SELECT array_agg(DISTINCT x.entity_id) INTO entities
      FROM (SELECT f.account_id AS entity_id FROM found f
            UNION ALL
            SELECT unnest(ARRAY[f.company, f.account_of_user]) FROM found f WHERE f.account_id IS NULL
            UNION ALL
            SELECT unnest(a.accounts) FROM asked a
             WHERE a.user_id IN (SELECT f.user_id FROM found f WHERE f.account_id IS NULL)) x
     WHERE x.entity_id IS NOT NULL;
    RETURN coalesce(entities, '{}');
END;
$$;
COMMENT ON FUNCTION pls_internal.entities_of_users IS
'The accounts of an account motion that these changes of users and their aliases concern, by the users'' events in one source; users without events concern none.';

-- By their locks, which a transaction gives back after all can see what it
-- has done; a snapshot does not know the newest of those under way.
CREATE FUNCTION pls_internal.running_transactions() RETURNS xid[]
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- mostly there are none, and to ask who they are costs several times more
    IF NOT EXISTS (SELECT FROM pg_locks l
                    WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
                      AND l.pid IS DISTINCT FROM pg_backend_pid()) THEN
        RETURN '{}';
    END IF;
    -- who they are is else what it was when this transaction first asked
    PERFORM pg_stat_clear_snapshot();
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

CREATE FUNCTION pls_internal.take_identity_changes(at_most integer) RETURNS pls_internal.identity_changes[]
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
COMMENT ON FUNCTION pls_internal.take_identity_changes IS
'Removes up to at_most changes from pls_internal.identity_changes for which no transaction is running that may not see them. Does not wait for locks.';

/* ---- whom a change concerns ---- */

CREATE FUNCTION pls_internal.domains_above(domain text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ARRAY(SELECT array_to_string(l.labels[i:], '.')
                   FROM (SELECT string_to_array(domains_above.domain, '.')) l (labels),
                        generate_series(2, cardinality(l.labels) - 1) i)
$$;
COMMENT ON FUNCTION pls_internal.domains_above IS
'The domains above a domain, nearest first, down to two labels.';

CREATE FUNCTION pls_internal.with_ends(accounts text[]) RETURNS text[]
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ARRAY(SELECT a FROM unnest(with_ends.accounts) a WHERE a <> ''
                 UNION
                 -- an id of nobody: its events are anybody's
                 SELECT coalesce(pls_internal.account_of_event(a, NULL, NULL), '') FROM unnest(with_ends.accounts) a)
$$;
COMMENT ON FUNCTION pls_internal.with_ends IS
'These accounts and those that they are aliases of; an empty id among them if one names nobody.';

-- Inlined.
CREATE FUNCTION pls_internal.holders_of_domain(domain text) RETURNS TABLE (account_id text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 2
BEGIN ATOMIC
    (SELECT d.account_id FROM pls.account_domains d WHERE d.domain = holders_of_domain.domain)
    UNION ALL
    (SELECT a.account_id FROM pls.accounts a WHERE a.domain = holders_of_domain.domain ORDER BY a.account_id LIMIT 1);
END;
COMMENT ON FUNCTION pls_internal.holders_of_domain IS
'The accounts that have a domain: by pls.account_domains, then by pls.accounts. It belongs to the first of them.';

-- An account whose id is too long has no domain.
CREATE FUNCTION pls_internal.accounts_of_domain(domain text) RETURNS text[]
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ARRAY(
        SELECT accounts_of_domain.domain
        UNION
        SELECT o.account_id
          FROM unnest(accounts_of_domain.domain || pls_internal.domains_above(accounts_of_domain.domain)) x (domain)
         CROSS JOIN LATERAL pls_internal.holders_of_domain(x.domain) o
         WHERE pls_internal.usable_id(o.account_id) IS NOT NULL)
$$;
COMMENT ON FUNCTION pls_internal.accounts_of_domain IS
'The accounts to which events with an address of a domain may belong: the domain itself, and whoever has it or one above it.';

CREATE FUNCTION pls_internal.has_owner(domain text) RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM unnest(has_owner.domain || pls_internal.domains_above(has_owner.domain)) x (domain)
         CROSS JOIN LATERAL pls_internal.holders_of_domain(x.domain) o
         WHERE pls.company_domain('x@' || x.domain) IS NOT NULL
           AND pls_internal.account_of_event(o.account_id, NULL, NULL) IS NOT NULL)
$$;
COMMENT ON FUNCTION pls_internal.has_owner IS
'Whether some account has a domain or one above it, so that all its subdomains without an account of their own are that account''s, too.';

-- A domain below one that changes hands was counted for itself or for whoever
-- had it; one that an account has lost may have many below that nobody knows.
CREATE FUNCTION pls_internal.is_about_all(change pls_internal.identity_changes, unit text) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF unit = 'user' THEN
        RETURN '' = ANY (change.users);
    END IF;
    RETURN '' = ANY (change.accounts)
        OR (change.kind = 'user' AND change.id IS NULL)
        OR (change.kind = 'lost_domain' AND NOT pls_internal.has_owner(change.id))
        OR (change.kind = 'mail_domain' AND pls.company_domain('x@' || change.id) IS NULL
            AND EXISTS (SELECT FROM pls_internal.holders_of_domain(change.id))
            AND NOT pls_internal.has_owner(change.id));
END;
$$;
COMMENT ON FUNCTION pls_internal.is_about_all IS
'Whether a change may concern entities of this unit that are not known by id, so that whole motions are rebuilt.';

CREATE FUNCTION pls_internal.reads_identity(motion text, unit text, kind text) RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM pls.sources s
         WHERE (s.motions IS NULL OR reads_identity.motion = ANY (s.motions))
           AND CASE WHEN reads_identity.unit = 'user' OR reads_identity.kind IN ('user', 'user_alias') THEN s.actor_column IS NOT NULL
                    WHEN reads_identity.kind IN ('domain', 'lost_domain', 'mail_domain') THEN s.email_column IS NOT NULL OR s.actor_column IS NOT NULL
                    ELSE true END)
$$;
COMMENT ON FUNCTION pls_internal.reads_identity IS
'Whether some watched table names whose the events of a motion are in such a way that a change of this kind can matter.';

-- What lies below domains that have changed hands.
CREATE FUNCTION pls_internal.entities_below(motion text, domains text[], OUT domain text, OUT entity_id text) RETURNS SETOF record
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT d.domain, CASE WHEN k.is_alias THEN pls_internal.account_of_event(k.id, NULL, NULL) ELSE k.id END
      FROM (SELECT s.entity_id AS id, false AS is_alias FROM pls.standings s
             WHERE s.motion = entities_below.motion AND s.entity_id LIKE '%.%.%'
            UNION
            SELECT b.entity_id, false FROM pls.backlog b
             WHERE b.motion = entities_below.motion AND b.entity_id LIKE '%.%.%'
            UNION ALL
            SELECT a.alias, true FROM pls.account_aliases a WHERE a.alias LIKE '%.%.%') k
     CROSS JOIN LATERAL unnest(pls_internal.domains_above(k.id)) d (domain)
     WHERE d.domain = ANY (domains);
END;
$$;
COMMENT ON FUNCTION pls_internal.entities_below IS
'The entities of a motion that are subdomains of these domains, or that such stand for.';

CREATE FUNCTION pls_internal.connected_entities(motion text, notes bigint[], entities text[], lose boolean[], certain bigint[]) RETURNS text[]
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN ARRAY(
        WITH RECURSIVE listed AS MATERIALIZED (
            SELECT 'n' || l.note AS note, 'e' || l.entity_id AS entity, l.entity_id, l.loses
              FROM unnest(notes, connected_entities.entities, lose) l (note, entity_id, loses)),
        way (here, there) AS MATERIALIZED (
            SELECT l.note, l.entity FROM listed l
            UNION ALL
            SELECT l.entity, l.note FROM listed l),
        reached (place) AS (
            (SELECT e.entity
               FROM (SELECT DISTINCT l.entity, l.entity_id FROM listed l WHERE l.loses) e
              WHERE EXISTS (SELECT FROM pls.standings s
                             WHERE s.entity_id = e.entity_id AND s.motion = connected_entities.motion)
                 OR EXISTS (SELECT FROM pls.backlog b
                             WHERE b.entity_id = e.entity_id AND b.motion = connected_entities.motion)
             UNION ALL
             SELECT 'n' || c FROM unnest(certain) c)
            UNION
            SELECT w.there FROM reached r JOIN way w ON w.here = r.place)
        SELECT substr(r.place, 2) FROM reached r WHERE r.place LIKE 'e%');
END;
$$;
COMMENT ON FUNCTION pls_internal.connected_entities IS
'Part of pls_internal.entities_noted(): of the entities that notes list (three lists of one length; lose: whether it may lose events), those of notes that are certain, or of which one is known in the motion that may lose events, and of all notes that hang together with these.';

CREATE FUNCTION pls_internal.entities_noted(play pls.motions, changes pls_internal.identity_changes[]) RETURNS text[]
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- also those that are not taken up yet: what a rebuild moves now is not
    -- where the notes before say any more
    visible  CONSTANT pls_internal.identity_changes[] := changes || ARRAY(SELECT c FROM pls_internal.identity_changes c);
    aliased  CONSTANT boolean := EXISTS (SELECT FROM unnest(visible) c WHERE c.kind = 'user_alias');
    excludes CONSTANT boolean := EXISTS (SELECT FROM pls.exclusions x
                                          WHERE x.scope = 'actor' AND x.enabled AND (x.motion IS NULL OR x.motion = play.motion));
    listed   record;
BEGIN
    IF EXISTS (SELECT FROM unnest(changes) c
                WHERE pls_internal.is_about_all(c, play.unit) AND pls_internal.reads_identity(play.motion, play.unit, c.kind)) THEN
        RETURN '{""}';
    END IF;
    WITH note AS MATERIALIZED (
        SELECT row_number() OVER () AS note, c.* FROM unnest(visible) c
         -- users are found by their events, unless an alias led to them
         WHERE (c.kind <> 'user' OR aliased) AND pls_internal.reads_identity(play.motion, play.unit, c.kind)),
    owner AS MATERIALIZED (
        SELECT n.note, e.entity_id
          FROM note n
         CROSS JOIN LATERAL unnest(pls_internal.with_ends(ARRAY(
               SELECT h.account_id FROM pls_internal.holders_of_domain(n.id) h LIMIT 1))) e (entity_id)
         WHERE n.kind = 'domain'),
    listed AS (
        SELECT n.note, e.entity_id
          FROM note n CROSS JOIN LATERAL unnest(n.users || ARRAY(SELECT pls_internal.user_of_event(u) FROM unnest(n.users) u)) e (entity_id)
         WHERE play.unit = 'user'
        UNION
        SELECT n.note, e.entity_id
          FROM note n
         CROSS JOIN LATERAL unnest(pls_internal.with_ends(n.accounts || CASE WHEN n.kind LIKE '%domain' AND n.id IS NOT NULL
                                   THEN pls_internal.accounts_of_domain(n.id) ELSE '{}' END)) e (entity_id)
         WHERE play.unit = 'account'
        UNION
        SELECT n.note, b.entity_id
          FROM pls_internal.entities_below(play.motion, ARRAY(SELECT n.id FROM note n WHERE n.kind LIKE '%domain')) b
          JOIN note n ON n.id = b.domain AND n.kind LIKE '%domain'
         WHERE play.unit = 'account')
    SELECT array_agg(l.note) AS notes, array_agg(l.entity_id) AS entities,
           -- who has the domain now has only got events with it
           array_agg(NOT EXISTS (SELECT FROM owner o WHERE o.note = l.note AND o.entity_id = l.entity_id)) AS lose,
           -- events of a mail provider's were nobody's, also below the
           -- domain, and those of an excluded user are nowhere
           ARRAY(SELECT n.note FROM note n
                  WHERE n.kind = 'mail_domain' OR (n.kind = 'user_alias' AND excludes)
                     OR (n.kind = 'domain' AND pls.company_domain('x@' || n.id) IS NULL)
                     OR (n.kind LIKE '%domain' AND n.id IN (
                         SELECT unnest(pls_internal.domains_above(f.domain)) FROM pls.free_mail_domains f
                          WHERE f.free AND f.domain LIKE '%.%.%'))) AS certain
      INTO listed FROM listed l WHERE l.entity_id <> '';
    RETURN pls_internal.connected_entities(play.motion, listed.notes, listed.entities, listed.lose, listed.certain);
END;
$$;
COMMENT ON FUNCTION pls_internal.entities_noted IS
'The entities of a motion that these changes, and those not taken up yet, say themselves that they concern; an empty id: all of them.';

CREATE FUNCTION pls_internal.entities_moved(play pls.motions, changes pls_internal.identity_changes[]) RETURNS text[]
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    of_users CONSTANT pls_internal.identity_changes[] := ARRAY(
        SELECT c FROM unnest(changes) c WHERE c.kind IN ('user', 'user_alias'));
    found    text[] := pls_internal.entities_noted(play, changes);
    number   integer;
BEGIN
    IF found = '{""}' OR of_users = '{}' THEN
        RETURN found;
    ELSIF play.unit = 'user' THEN
        -- whom an excluded domain may concern
        IF cardinality(pls_internal.excluded_domains(play.motion)) > 0 AND pls_internal.reads_identity(play.motion, 'user', 'user') THEN
            found := found || ARRAY(SELECT coalesce(pls_internal.user_of_event(c.id), '') FROM unnest(of_users) c WHERE c.kind = 'user');
        END IF;
        RETURN found;
    END IF;
    FOR number IN
        SELECT s.source_id FROM pls.sources s
         WHERE (s.motions IS NULL OR play.motion = ANY (s.motions))
           AND s.actor_column IS NOT NULL AND pls_internal.source_problem(s.source_id) IS NULL
         ORDER BY s.source_id
    LOOP
        PERFORM pls_internal.lock_at_once(s.source) FROM pls.sources s WHERE s.source_id = number;
        found := found || pls_internal.entities_of_users(number, play.motion, of_users);
    END LOOP;
    RETURN found;
END;
$$;
COMMENT ON FUNCTION pls_internal.entities_moved IS
'The entities of a motion that these changes concern; an empty id: all of them. Reads the watched tables by their actor column for changes of users and their aliases.';

CREATE FUNCTION pls_internal.mark_moved(at_most integer DEFAULT 10000) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    changes  pls_internal.identity_changes[];
    play     pls.motions;
    entities text[];
    marked   bigint := 0;
BEGIN
    IF NOT EXISTS (SELECT FROM pls_internal.identity_changes) THEN
        RETURN 0;
    END IF;
    changes := pls_internal.take_identity_changes(at_most);
    IF cardinality(changes) = 0 THEN
        RETURN 0;
    END IF;
    FOR play IN SELECT m.* FROM pls.motions m WHERE m.status <> 'draft' ORDER BY m.motion LOOP
        -- a table that cannot be read now: what the change concerns is not
        -- known, and must not be forgotten
        BEGIN
            entities := pls_internal.entities_moved(play, changes);
        EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
            PERFORM pls_internal.note_failure('users', play.motion, '', SQLSTATE, SQLERRM);
            entities := '{""}';
        END;
        marked := marked + pls_internal.mark_for_rebuild(play.motion,
            CASE WHEN '' = ANY (entities) THEN '{""}' ELSE ARRAY(SELECT DISTINCT e FROM unnest(entities) e) END);
    END LOOP;
    RETURN marked;
END;
$$;
COMMENT ON FUNCTION pls_internal.mark_moved IS
'Step of the sweep: marks the entities that changes of whose events are concern, so that they are rebuilt, and returns how many marks were made. For changes of users it reads the watched tables by their actor column: an index on it makes this cheap.';

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
