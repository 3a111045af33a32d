/* 42_identity_notes.sql - notes for the sweep of what says whose events are.
 *
 * Triggers of aliases, domains, accounts, mail providers and ids that name
 * nobody; what becomes of the notes is in 40_identity_changes.sql.  They run
 * after a statement, so what was before is told by the old rows; other rows
 * that the same statement has changed have notes of their own, which hang
 * together with these by the ids in both.
 */

CREATE FUNCTION pls_internal.note_identity(changes pls_internal.identity_changes[]) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- more lead to a rebuild of all, and are one note
    many CONSTANT bigint := pls_internal.limit_of('marks');
    kind CONSTANT text := CASE WHEN changes[1].kind LIKE '%domain' THEN 'lost_domain' ELSE changes[1].kind END;
    of_accounts CONSTANT boolean := kind <> 'user_alias';
    play text;
BEGIN
    IF cardinality(changes) = 0 OR changes IS NULL THEN
        RETURN;
    ELSIF cardinality(changes) > many THEN
        changes := ARRAY[pls_internal.identity_change(kind, NULL, '{""}', '{""}')];
    END IF;
    INSERT INTO pls_internal.identity_changes (kind, id, accounts, users)
        SELECT c.kind, c.id, c.accounts, c.users FROM unnest(changes) c;
    -- what is decided about a user depends on the account, and on what is noted
    -- of the aliases
    IF NOT EXISTS (SELECT FROM unnest(changes) c
                    WHERE c.id IS NULL OR c.kind = 'lost_domain' OR '' = ANY (c.users || CASE WHEN of_accounts THEN c.accounts END)) THEN
        PERFORM pls_internal.note_looks_of(ARRAY(
            SELECT DISTINCT i FROM unnest(changes) c, unnest(c.users || CASE WHEN of_accounts THEN c.accounts END) i));
        RETURN;
    END IF;
    FOR play IN SELECT m.motion FROM pls.motions m WHERE m.unit = 'user' AND m.status <> 'draft' ORDER BY m.motion LOOP
        PERFORM pls_internal.note_looks_of_motions(play);
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_identity IS
'Writes notes of one kind of changes into pls_internal.identity_changes, or one for all of them if they are more than 1000, and makes the sweep look at the accounts and their users. Does not wait for locks.';

/* ---- aliases ---- */

CREATE FUNCTION pls_internal.account_alias_change(alias text, was text, is_now text) RETURNS pls_internal.identity_changes
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN pls_internal.identity_change('account_alias', alias,
               pls_internal.with_ends(array_remove(ARRAY[alias, was, is_now], NULL)));
END;
$$;
COMMENT ON FUNCTION pls_internal.account_alias_change IS
'The note of a changed row of pls.account_aliases; was, is_now: its account before and after (NULL: there was, or is, no row).';

CREATE FUNCTION pls_internal.user_alias_change(alias text, was text, is_now text) RETURNS pls_internal.identity_changes
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    ids text[] := array_remove(ARRAY[user_alias_change.alias, was, is_now], NULL);
BEGIN
    -- an id of nobody: its events are no user's
    ids := ARRAY(SELECT i FROM unnest(ids) i
                 UNION SELECT coalesce(pls_internal.user_of_event(i), '') FROM unnest(ids) i);
    RETURN pls_internal.identity_change('user_alias', user_alias_change.alias,
               CASE WHEN '' = ANY (ids) THEN '{""}'
               ELSE ARRAY(SELECT DISTINCT a.account_id
                            FROM unnest(ids) i
                            LEFT JOIN pls.users u ON u.user_id = i
                           CROSS JOIN LATERAL (SELECT pls_internal.account_of_member(i, u.account_id, u.email)) a (account_id)
                           WHERE a.account_id IS NOT NULL) END,
               ids);
END;
$$;
COMMENT ON FUNCTION pls_internal.user_alias_change IS
'The note of a changed row of pls.user_aliases; was, is_now: its user before and after (NULL: there was, or is, no row).';

CREATE FUNCTION pls_internal.note_account_aliases() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    most    CONSTANT bigint := pls_internal.limit_of('marks') + 1;
    changes pls_internal.identity_changes[];
BEGIN
    IF NOT pls_internal.has_motions(NULL) THEN
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        changes := ARRAY(SELECT pls_internal.account_alias_change(n.alias, NULL, n.account_id) FROM now_known n LIMIT most);
    ELSIF TG_OP = 'DELETE' THEN
        changes := ARRAY(SELECT pls_internal.account_alias_change(o.alias, o.account_id, NULL) FROM was_known o LIMIT most);
    ELSIF TG_OP = 'UPDATE' THEN
        changes := ARRAY(
            SELECT pls_internal.account_alias_change(coalesce(n.alias, o.alias), o.account_id, n.account_id)
              FROM was_known o FULL JOIN now_known n ON n.alias = o.alias
             WHERE n.account_id IS DISTINCT FROM o.account_id LIMIT most);
    ELSE
        changes := ARRAY[pls_internal.identity_change('account_alias', NULL, '{""}')];
    END IF;
    PERFORM pls_internal.note_identity(changes);
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_account_aliases IS
'Trigger: notes changed aliases of accounts for the sweep. Only inserts.';

CREATE FUNCTION pls_internal.note_user_aliases() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    most    CONSTANT bigint := pls_internal.limit_of('marks') + 1;
    changes pls_internal.identity_changes[];
BEGIN
    IF NOT pls_internal.has_motions(NULL) OR NOT pls_internal.counts_users() THEN
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        changes := ARRAY(SELECT pls_internal.user_alias_change(n.alias, NULL, n.user_id) FROM now_known n LIMIT most);
    ELSIF TG_OP = 'DELETE' THEN
        changes := ARRAY(SELECT pls_internal.user_alias_change(o.alias, o.user_id, NULL) FROM was_known o LIMIT most);
    ELSIF TG_OP = 'UPDATE' THEN
        changes := ARRAY(
            SELECT pls_internal.user_alias_change(coalesce(n.alias, o.alias), o.user_id, n.user_id)
              FROM was_known o FULL JOIN now_known n ON n.alias = o.alias
             WHERE n.user_id IS DISTINCT FROM o.user_id LIMIT most);
    ELSE
        changes := ARRAY[pls_internal.identity_change('user_alias', NULL, '{""}', '{""}')];
    END IF;
    PERFORM pls_internal.note_identity(changes);
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_user_aliases IS
'Trigger: notes changed aliases of users for the sweep. Only inserts.';

/* ---- domains ---- */

CREATE FUNCTION pls_internal.domain_change(kind text, domain text, accounts text[]) RETURNS pls_internal.identity_changes
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN pls_internal.identity_change(kind, domain,
               pls_internal.with_ends(array_remove(accounts, NULL) || pls_internal.accounts_of_domain(domain)));
END;
$$;
COMMENT ON FUNCTION pls_internal.domain_change IS
'The note of a domain that accounts have got or lost, or that is a mail provider''s or no longer: these accounts, and those that have it now.';

CREATE FUNCTION pls_internal.note_account_domains() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    most    CONSTANT bigint := pls_internal.limit_of('marks') + 1;
    changes pls_internal.identity_changes[];
BEGIN
    IF NOT pls_internal.has_motions(NULL) THEN
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        changes := ARRAY(SELECT pls_internal.domain_change('domain', n.domain, ARRAY[n.account_id]) FROM now_known n LIMIT most);
    ELSIF TG_OP = 'DELETE' THEN
        changes := ARRAY(SELECT pls_internal.domain_change('lost_domain', o.domain, ARRAY[o.account_id]) FROM was_known o LIMIT most);
    ELSIF TG_OP = 'UPDATE' THEN
        changes := ARRAY(
            SELECT pls_internal.domain_change(CASE WHEN n.domain IS NULL THEN 'lost_domain' ELSE 'domain' END,
                                              coalesce(n.domain, o.domain), ARRAY[o.account_id, n.account_id])
              FROM was_known o FULL JOIN now_known n ON n.domain = o.domain
             WHERE n.account_id IS DISTINCT FROM o.account_id LIMIT most);
    ELSE
        changes := ARRAY[pls_internal.identity_change('lost_domain', NULL, '{""}')];
    END IF;
    PERFORM pls_internal.note_identity(changes);
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_account_domains IS
'Trigger: notes changed domains of accounts for the sweep. Only inserts.';

-- Of several accounts with one domain the smallest has it whose id names
-- somebody.
CREATE FUNCTION pls_internal.is_owner(account_id text, domain text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
AS $$
    SELECT NOT EXISTS (SELECT FROM pls.accounts a
                        WHERE a.domain = is_owner.domain AND a.account_id < is_owner.account_id
                          AND pls_internal.account_of_event(a.account_id, NULL, NULL) IS NOT NULL)
       AND NOT EXISTS (SELECT FROM pls.account_domains d
                        WHERE d.domain = is_owner.domain AND pls_internal.account_of_event(d.account_id, NULL, NULL) IS NOT NULL)
       AND pls.company_domain('x@' || is_owner.domain) IS NOT NULL
$$;
COMMENT ON FUNCTION pls_internal.is_owner IS
'Whether an account (NULL: whichever is the smallest) has a domain because of its row of pls.accounts, or would have.';

CREATE FUNCTION pls_internal.owner_but(domain text, accounts text[]) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
AS $$
    SELECT a.account_id FROM pls.accounts a
     WHERE a.domain = owner_but.domain AND a.account_id <> ALL (accounts)
     ORDER BY a.account_id LIMIT 1
$$;
COMMENT ON FUNCTION pls_internal.owner_but IS
'The smallest account with a domain in pls.accounts besides these; NULL: none.';

CREATE FUNCTION pls_internal.note_domains_of_accounts() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    most    CONSTANT bigint := pls_internal.limit_of('marks') + 1;
    changes pls_internal.identity_changes[];
BEGIN
    IF NOT pls_internal.has_motions(NULL) THEN
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        changes := ARRAY(
            SELECT pls_internal.domain_change('domain', n.domain, ARRAY[n.account_id,
                       pls_internal.owner_but(n.domain, ARRAY(SELECT w.account_id FROM now_known w WHERE w.domain = n.domain))])
              FROM now_known n WHERE n.domain IS NOT NULL AND pls_internal.is_owner(n.account_id, n.domain) LIMIT most);
    ELSIF TG_OP = 'DELETE' THEN
        changes := ARRAY(
            SELECT pls_internal.domain_change('lost_domain', o.domain, ARRAY[o.account_id])
              FROM was_known o WHERE o.domain IS NOT NULL AND pls_internal.is_owner(NULL, o.domain) LIMIT most);
    ELSIF TG_OP = 'UPDATE' THEN
        changes := ARRAY(
            WITH changed AS MATERIALIZED (
                SELECT o.account_id AS old_id, o.domain AS old_domain, n.account_id AS new_id, n.domain AS new_domain
                  FROM was_known o FULL JOIN now_known n ON n.account_id = o.account_id
                 WHERE n.domain IS DISTINCT FROM o.domain)
            SELECT pls_internal.domain_change('lost_domain', c.old_domain, ARRAY[c.old_id])
              FROM changed c WHERE c.old_domain IS NOT NULL AND pls_internal.is_owner(NULL, c.old_domain)
            UNION ALL
            SELECT pls_internal.domain_change('domain', c.new_domain, ARRAY[c.new_id,
                       pls_internal.owner_but(c.new_domain, ARRAY(SELECT w.new_id FROM changed w WHERE w.new_domain = c.new_domain))])
              FROM changed c WHERE c.new_domain IS NOT NULL AND pls_internal.is_owner(c.new_id, c.new_domain)
             LIMIT most);
    ELSE
        changes := ARRAY[pls_internal.identity_change('lost_domain', NULL, '{""}')];
    END IF;
    PERFORM pls_internal.note_identity(changes);
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_domains_of_accounts IS
'Trigger: notes domains that accounts have got or lost for the sweep. Only inserts; accounts whose domain stays are not noted.';

CREATE FUNCTION pls_internal.note_mail_domains() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    most    CONSTANT bigint := pls_internal.limit_of('marks') + 1;
    changes pls_internal.identity_changes[];
BEGIN
    IF NOT pls_internal.has_motions(NULL) THEN
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        changes := ARRAY(SELECT pls_internal.domain_change('mail_domain', n.domain, '{}') FROM now_known n WHERE n.free LIMIT most);
    ELSIF TG_OP = 'DELETE' THEN
        -- but for a shipped row that another one has taken the place of
        changes := ARRAY(
            SELECT pls_internal.domain_change('mail_domain', o.domain, '{}') FROM was_known o
             WHERE o.free LIMIT most);
    ELSIF TG_OP = 'UPDATE' THEN
        changes := ARRAY(
            SELECT pls_internal.domain_change('mail_domain', coalesce(n.domain, o.domain), '{}')
              FROM was_known o FULL JOIN now_known n ON n.domain = o.domain
             WHERE n.free IS DISTINCT FROM o.free LIMIT most);
    ELSE
        changes := ARRAY[pls_internal.identity_change('lost_domain', NULL, '{""}')];
    END IF;
    PERFORM pls_internal.note_identity(changes);
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_mail_domains IS
'Trigger: notes changes of pls.free_mail_domains for the sweep. Only inserts.';

/* ---- ids that name nobody ---- */

CREATE FUNCTION pls_internal.note_ignored_ids() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF NOT pls_internal.has_motions(NULL) THEN
        RETURN NULL;
    ELSIF TG_OP = 'UPDATE' THEN
        IF NOT EXISTS (SELECT FROM was_known o FULL JOIN now_known n ON n.id = o.id WHERE n.id IS NULL OR o.id IS NULL) THEN
            RETURN NULL;
        END IF;
    ELSIF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM now_known) THEN
            RETURN NULL;
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM was_known) THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM pls_internal.note_identity(
        ARRAY[pls_internal.identity_change('ignored_ids', NULL, '{""}', '{""}')]);
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_ignored_ids IS
'Trigger: notes changes of pls.ignored_ids for the sweep. Only inserts.';

/* ---- the triggers ---- */

CREATE TRIGGER identity_added AFTER INSERT ON pls.account_aliases
    REFERENCING NEW TABLE AS now_known
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('note_account_aliases');
CREATE TRIGGER identity_moved AFTER UPDATE ON pls.account_aliases
    REFERENCING OLD TABLE AS was_known NEW TABLE AS now_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_account_aliases');
CREATE TRIGGER identity_removed AFTER DELETE ON pls.account_aliases
    REFERENCING OLD TABLE AS was_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_account_aliases');
CREATE TRIGGER identity_truncated AFTER TRUNCATE ON pls.account_aliases
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_account_aliases');
COMMENT ON TRIGGER identity_added ON pls.account_aliases IS 'Makes the sweep move what was counted under the alias.';
COMMENT ON TRIGGER identity_moved ON pls.account_aliases IS 'Makes the sweep move what was counted under the alias.';
COMMENT ON TRIGGER identity_removed ON pls.account_aliases IS 'Makes the sweep move what was counted under the alias.';
COMMENT ON TRIGGER identity_truncated ON pls.account_aliases IS 'Makes the sweep move what was counted under the alias.';
CREATE TRIGGER identity_added AFTER INSERT ON pls.user_aliases
    REFERENCING NEW TABLE AS now_known
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('note_user_aliases');
CREATE TRIGGER identity_moved AFTER UPDATE ON pls.user_aliases
    REFERENCING OLD TABLE AS was_known NEW TABLE AS now_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_user_aliases');
CREATE TRIGGER identity_removed AFTER DELETE ON pls.user_aliases
    REFERENCING OLD TABLE AS was_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_user_aliases');
CREATE TRIGGER identity_truncated AFTER TRUNCATE ON pls.user_aliases
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_user_aliases');
COMMENT ON TRIGGER identity_added ON pls.user_aliases IS 'Makes the sweep move what was counted for the alias.';
COMMENT ON TRIGGER identity_moved ON pls.user_aliases IS 'Makes the sweep move what was counted for the alias.';
COMMENT ON TRIGGER identity_removed ON pls.user_aliases IS 'Makes the sweep move what was counted for the alias.';
COMMENT ON TRIGGER identity_truncated ON pls.user_aliases IS 'Makes the sweep move what was counted for the alias.';
CREATE TRIGGER identity_added AFTER INSERT ON pls.account_domains
    REFERENCING NEW TABLE AS now_known
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('note_account_domains');
CREATE TRIGGER identity_moved AFTER UPDATE ON pls.account_domains
    REFERENCING OLD TABLE AS was_known NEW TABLE AS now_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_account_domains');
CREATE TRIGGER identity_removed AFTER DELETE ON pls.account_domains
    REFERENCING OLD TABLE AS was_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_account_domains');
CREATE TRIGGER identity_truncated AFTER TRUNCATE ON pls.account_domains
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_account_domains');
COMMENT ON TRIGGER identity_added ON pls.account_domains IS 'Makes the sweep move earlier events with addresses of the domain.';
COMMENT ON TRIGGER identity_moved ON pls.account_domains IS 'Makes the sweep move earlier events with addresses of the domain.';
COMMENT ON TRIGGER identity_removed ON pls.account_domains IS 'Makes the sweep move earlier events with addresses of the domain.';
COMMENT ON TRIGGER identity_truncated ON pls.account_domains IS 'Makes the sweep move earlier events with addresses of the domain.';
CREATE TRIGGER identity_added AFTER INSERT ON pls.accounts
    REFERENCING NEW TABLE AS now_known
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('note_domains_of_accounts');
CREATE TRIGGER identity_moved AFTER UPDATE ON pls.accounts
    REFERENCING OLD TABLE AS was_known NEW TABLE AS now_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_domains_of_accounts');
CREATE TRIGGER identity_removed AFTER DELETE ON pls.accounts
    REFERENCING OLD TABLE AS was_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_domains_of_accounts');
CREATE TRIGGER identity_truncated AFTER TRUNCATE ON pls.accounts
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_domains_of_accounts');
COMMENT ON TRIGGER identity_added ON pls.accounts IS 'Makes the sweep move earlier events with addresses of the account''s domain.';
COMMENT ON TRIGGER identity_moved ON pls.accounts IS 'Makes the sweep move earlier events with addresses of the account''s domain.';
COMMENT ON TRIGGER identity_removed ON pls.accounts IS 'Makes the sweep move earlier events with addresses of the account''s domain.';
COMMENT ON TRIGGER identity_truncated ON pls.accounts IS 'Makes the sweep move earlier events with addresses of the account''s domain.';
CREATE TRIGGER identity_added AFTER INSERT ON pls.free_mail_domains
    REFERENCING NEW TABLE AS now_known
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('note_mail_domains');
CREATE TRIGGER identity_moved AFTER UPDATE ON pls.free_mail_domains
    REFERENCING OLD TABLE AS was_known NEW TABLE AS now_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_mail_domains');
CREATE TRIGGER identity_removed AFTER DELETE ON pls.free_mail_domains
    REFERENCING OLD TABLE AS was_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_mail_domains');
CREATE TRIGGER identity_truncated AFTER TRUNCATE ON pls.free_mail_domains
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_mail_domains');
COMMENT ON TRIGGER identity_added ON pls.free_mail_domains IS 'Makes the sweep recount earlier events with addresses of the domain.';
COMMENT ON TRIGGER identity_moved ON pls.free_mail_domains IS 'Makes the sweep recount earlier events with addresses of the domain.';
COMMENT ON TRIGGER identity_removed ON pls.free_mail_domains IS 'Makes the sweep recount earlier events with addresses of the domain.';
COMMENT ON TRIGGER identity_truncated ON pls.free_mail_domains IS 'Makes the sweep recount earlier events with addresses of the domain.';
CREATE TRIGGER identity_added AFTER INSERT ON pls.ignored_ids
    REFERENCING NEW TABLE AS now_known
    FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('note_ignored_ids');
CREATE TRIGGER identity_moved AFTER UPDATE ON pls.ignored_ids
    REFERENCING OLD TABLE AS was_known NEW TABLE AS now_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_ignored_ids');
CREATE TRIGGER identity_removed AFTER DELETE ON pls.ignored_ids
    REFERENCING OLD TABLE AS was_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_ignored_ids');
CREATE TRIGGER identity_truncated AFTER TRUNCATE ON pls.ignored_ids
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('note_ignored_ids');
COMMENT ON TRIGGER identity_added ON pls.ignored_ids IS 'Makes the sweep recount earlier events with such ids.';
COMMENT ON TRIGGER identity_moved ON pls.ignored_ids IS 'Makes the sweep recount earlier events with such ids.';
COMMENT ON TRIGGER identity_removed ON pls.ignored_ids IS 'Makes the sweep recount earlier events with such ids.';
COMMENT ON TRIGGER identity_truncated ON pls.ignored_ids IS 'Makes the sweep recount earlier events with such ids.';
