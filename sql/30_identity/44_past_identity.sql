/* 44_past_identity.sql - what was known of users and accounts before.
 *
 * Each row of users, accounts, aliases and domains says since when it has been
 * as it is (known_since).  When it changes or goes, what it was is kept here
 * with its time, so that a score of the past is that of what was known then
 * (src/state/identity_past.c).  Only what tells whose an event is, and what
 * signals see of an account, is kept: a row that gets a new name or owner has
 * not changed.  A load of many rows keeps nothing, for there was nothing.
 */

CREATE TABLE pls_internal.past_identity (
    id          text NOT NULL,
    kind        text NOT NULL,
    since       timestamptz NOT NULL,
    until       timestamptz NOT NULL,
    target      text,
    address     text,
    attributes  jsonb
);
CREATE INDEX past_identity_id ON pls_internal.past_identity (id, kind);
CREATE INDEX past_identity_domain ON pls_internal.past_identity (address, id) WHERE kind = 'account' AND address IS NOT NULL;
SELECT pg_extension_config_dump('pls_internal.past_identity', '');

COMMENT ON TABLE pls_internal.past_identity IS
'What rows of pls.users, pls.accounts, pls.user_aliases, pls.account_aliases and pls.account_domains were before they changed or were deleted. pls.score_as_of() reads it; pls.forget_user() and pls.forget_account() erase from it.';
COMMENT ON COLUMN pls_internal.past_identity.id IS 'The user, account, alias or domain.';
COMMENT ON COLUMN pls_internal.past_identity.kind IS 'user, account, user_alias, account_alias or account_domain.';
COMMENT ON COLUMN pls_internal.past_identity.since IS 'First instant at which the row was so.';
COMMENT ON COLUMN pls_internal.past_identity.until IS 'First instant at which it was no longer so.';
COMMENT ON COLUMN pls_internal.past_identity.target IS 'The account of a user or domain, or what the alias stood for. NULL: none, or an account.';
COMMENT ON COLUMN pls_internal.past_identity.address IS 'The email address of a user, the domain of an account. NULL: none.';
COMMENT ON COLUMN pls_internal.past_identity.attributes IS 'Those of an account; NULL for the others.';
COMMENT ON INDEX pls_internal.past_identity_id IS 'The row of an instant.';
COMMENT ON INDEX pls_internal.past_identity_domain IS 'Who had a domain.';

CREATE FUNCTION pls_internal.date_knowledge() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.known_since = OLD.known_since THEN
        NEW.known_since := pls.now();
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.date_knowledge IS
'Trigger: a row that changes is known as it is from now on, unless the statement says since when.';

-- Rows that came and went at one instant held for no time.
CREATE FUNCTION pls_internal.keep_past() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    CASE TG_TABLE_NAME || ' ' || TG_OP
    WHEN 'users UPDATE' THEN
        INSERT INTO pls_internal.past_identity
        SELECT o.user_id, 'user', o.known_since, k.until, o.account_id, o.email, NULL::jsonb
          FROM was_known o
          LEFT JOIN now_known n ON n.user_id = o.user_id
         CROSS JOIN LATERAL (SELECT coalesce(n.known_since, pls.now()) AS until) k
         WHERE k.until > o.known_since;
    WHEN 'users DELETE' THEN
        INSERT INTO pls_internal.past_identity
        SELECT o.user_id, 'user', o.known_since, pls.now(), o.account_id, o.email, NULL::jsonb
          FROM was_known o WHERE pls.now() > o.known_since;
    WHEN 'users TRUNCATE' THEN
        INSERT INTO pls_internal.past_identity
        SELECT o.user_id, 'user', o.known_since, pls.now(), o.account_id, o.email, NULL::jsonb
          FROM pls.users o WHERE pls.now() > o.known_since;
    WHEN 'accounts UPDATE' THEN
        INSERT INTO pls_internal.past_identity
        SELECT o.account_id, 'account', o.known_since, k.until, NULL, o.domain, o.attributes
          FROM was_known o
          LEFT JOIN now_known n ON n.account_id = o.account_id
         CROSS JOIN LATERAL (SELECT coalesce(n.known_since, pls.now()) AS until) k
         WHERE k.until > o.known_since;
    WHEN 'accounts DELETE' THEN
        INSERT INTO pls_internal.past_identity
        SELECT o.account_id, 'account', o.known_since, pls.now(), NULL, o.domain, o.attributes
          FROM was_known o WHERE pls.now() > o.known_since;
    WHEN 'accounts TRUNCATE' THEN
        INSERT INTO pls_internal.past_identity
        SELECT o.account_id, 'account', o.known_since, pls.now(), NULL, o.domain, o.attributes
          FROM pls.accounts o WHERE pls.now() > o.known_since;
    WHEN 'user_aliases UPDATE' THEN
        INSERT INTO pls_internal.past_identity
        SELECT o.alias, 'user_alias', o.known_since, k.until, o.user_id, NULL, NULL::jsonb
          FROM was_known o
          LEFT JOIN now_known n ON n.alias = o.alias
         CROSS JOIN LATERAL (SELECT coalesce(n.known_since, pls.now()) AS until) k
         WHERE k.until > o.known_since;
    WHEN 'user_aliases DELETE' THEN
        INSERT INTO pls_internal.past_identity
        SELECT o.alias, 'user_alias', o.known_since, pls.now(), o.user_id, NULL, NULL::jsonb
          FROM was_known o WHERE pls.now() > o.known_since;
    WHEN 'user_aliases TRUNCATE' THEN
        INSERT INTO pls_internal.past_identity
        SELECT o.alias, 'user_alias', o.known_since, pls.now(), o.user_id, NULL, NULL::jsonb
          FROM pls.user_aliases o WHERE pls.now() > o.known_since;
    WHEN 'account_aliases UPDATE' THEN
        INSERT INTO pls_internal.past_identity
        SELECT o.alias, 'account_alias', o.known_since, k.until, o.account_id, NULL, NULL::jsonb
          FROM was_known o
          LEFT JOIN now_known n ON n.alias = o.alias
         CROSS JOIN LATERAL (SELECT coalesce(n.known_since, pls.now()) AS until) k
         WHERE k.until > o.known_since;
    WHEN 'account_aliases DELETE' THEN
        INSERT INTO pls_internal.past_identity
        SELECT o.alias, 'account_alias', o.known_since, pls.now(), o.account_id, NULL, NULL::jsonb
          FROM was_known o WHERE pls.now() > o.known_since;
    WHEN 'account_aliases TRUNCATE' THEN
        INSERT INTO pls_internal.past_identity
        SELECT o.alias, 'account_alias', o.known_since, pls.now(), o.account_id, NULL, NULL::jsonb
          FROM pls.account_aliases o WHERE pls.now() > o.known_since;
    WHEN 'account_domains UPDATE' THEN
        INSERT INTO pls_internal.past_identity
        SELECT o.domain, 'account_domain', o.known_since, k.until, o.account_id, NULL, NULL::jsonb
          FROM was_known o
          LEFT JOIN now_known n ON n.domain = o.domain
         CROSS JOIN LATERAL (SELECT coalesce(n.known_since, pls.now()) AS until) k
         WHERE k.until > o.known_since;
    WHEN 'account_domains DELETE' THEN
        INSERT INTO pls_internal.past_identity
        SELECT o.domain, 'account_domain', o.known_since, pls.now(), o.account_id, NULL, NULL::jsonb
          FROM was_known o WHERE pls.now() > o.known_since;
    WHEN 'account_domains TRUNCATE' THEN
        INSERT INTO pls_internal.past_identity
        SELECT o.domain, 'account_domain', o.known_since, pls.now(), o.account_id, NULL, NULL::jsonb
          FROM pls.account_domains o WHERE pls.now() > o.known_since;
    END CASE;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.keep_past IS
'Trigger: keeps what changed or deleted rows were in pls_internal.past_identity. Only inserts.';

CREATE TRIGGER since_when BEFORE UPDATE ON pls.users
    FOR EACH ROW WHEN (ROW(OLD.user_id, OLD.account_id, OLD.email) IS DISTINCT FROM ROW(NEW.user_id, NEW.account_id, NEW.email))
    EXECUTE FUNCTION pls_internal.date_knowledge();
CREATE TRIGGER was_so_changed AFTER UPDATE ON pls.users
    REFERENCING OLD TABLE AS was_known NEW TABLE AS now_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('keep_past');
CREATE TRIGGER was_so_deleted AFTER DELETE ON pls.users
    REFERENCING OLD TABLE AS was_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('keep_past');
CREATE TRIGGER was_so_truncated BEFORE TRUNCATE ON pls.users
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('keep_past');
COMMENT ON TRIGGER since_when ON pls.users IS 'Keeps known_since.';
COMMENT ON TRIGGER was_so_changed ON pls.users IS 'Keeps what the row was before.';
COMMENT ON TRIGGER was_so_deleted ON pls.users IS 'Keeps what the row was before.';
COMMENT ON TRIGGER was_so_truncated ON pls.users IS 'Keeps what the rows were before.';
CREATE TRIGGER since_when BEFORE UPDATE ON pls.accounts
    FOR EACH ROW WHEN (ROW(OLD.account_id, OLD.domain, OLD.attributes) IS DISTINCT FROM ROW(NEW.account_id, NEW.domain, NEW.attributes))
    EXECUTE FUNCTION pls_internal.date_knowledge();
CREATE TRIGGER was_so_changed AFTER UPDATE ON pls.accounts
    REFERENCING OLD TABLE AS was_known NEW TABLE AS now_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('keep_past');
CREATE TRIGGER was_so_deleted AFTER DELETE ON pls.accounts
    REFERENCING OLD TABLE AS was_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('keep_past');
CREATE TRIGGER was_so_truncated BEFORE TRUNCATE ON pls.accounts
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('keep_past');
COMMENT ON TRIGGER since_when ON pls.accounts IS 'Keeps known_since.';
COMMENT ON TRIGGER was_so_changed ON pls.accounts IS 'Keeps what the row was before.';
COMMENT ON TRIGGER was_so_deleted ON pls.accounts IS 'Keeps what the row was before.';
COMMENT ON TRIGGER was_so_truncated ON pls.accounts IS 'Keeps what the rows were before.';
CREATE TRIGGER since_when BEFORE UPDATE ON pls.user_aliases
    FOR EACH ROW WHEN (ROW(OLD.alias, OLD.user_id) IS DISTINCT FROM ROW(NEW.alias, NEW.user_id))
    EXECUTE FUNCTION pls_internal.date_knowledge();
CREATE TRIGGER was_so_changed AFTER UPDATE ON pls.user_aliases
    REFERENCING OLD TABLE AS was_known NEW TABLE AS now_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('keep_past');
CREATE TRIGGER was_so_deleted AFTER DELETE ON pls.user_aliases
    REFERENCING OLD TABLE AS was_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('keep_past');
CREATE TRIGGER was_so_truncated BEFORE TRUNCATE ON pls.user_aliases
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('keep_past');
COMMENT ON TRIGGER since_when ON pls.user_aliases IS 'Keeps known_since.';
COMMENT ON TRIGGER was_so_changed ON pls.user_aliases IS 'Keeps what the row was before.';
COMMENT ON TRIGGER was_so_deleted ON pls.user_aliases IS 'Keeps what the row was before.';
COMMENT ON TRIGGER was_so_truncated ON pls.user_aliases IS 'Keeps what the rows were before.';
CREATE TRIGGER since_when BEFORE UPDATE ON pls.account_aliases
    FOR EACH ROW WHEN (ROW(OLD.alias, OLD.account_id) IS DISTINCT FROM ROW(NEW.alias, NEW.account_id))
    EXECUTE FUNCTION pls_internal.date_knowledge();
CREATE TRIGGER was_so_changed AFTER UPDATE ON pls.account_aliases
    REFERENCING OLD TABLE AS was_known NEW TABLE AS now_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('keep_past');
CREATE TRIGGER was_so_deleted AFTER DELETE ON pls.account_aliases
    REFERENCING OLD TABLE AS was_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('keep_past');
CREATE TRIGGER was_so_truncated BEFORE TRUNCATE ON pls.account_aliases
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('keep_past');
COMMENT ON TRIGGER since_when ON pls.account_aliases IS 'Keeps known_since.';
COMMENT ON TRIGGER was_so_changed ON pls.account_aliases IS 'Keeps what the row was before.';
COMMENT ON TRIGGER was_so_deleted ON pls.account_aliases IS 'Keeps what the row was before.';
COMMENT ON TRIGGER was_so_truncated ON pls.account_aliases IS 'Keeps what the rows were before.';
CREATE TRIGGER since_when BEFORE UPDATE ON pls.account_domains
    FOR EACH ROW WHEN (ROW(OLD.domain, OLD.account_id) IS DISTINCT FROM ROW(NEW.domain, NEW.account_id))
    EXECUTE FUNCTION pls_internal.date_knowledge();
CREATE TRIGGER was_so_changed AFTER UPDATE ON pls.account_domains
    REFERENCING OLD TABLE AS was_known NEW TABLE AS now_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('keep_past');
CREATE TRIGGER was_so_deleted AFTER DELETE ON pls.account_domains
    REFERENCING OLD TABLE AS was_known
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('keep_past');
CREATE TRIGGER was_so_truncated BEFORE TRUNCATE ON pls.account_domains
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.as_owner('keep_past');
COMMENT ON TRIGGER since_when ON pls.account_domains IS 'Keeps known_since.';
COMMENT ON TRIGGER was_so_changed ON pls.account_domains IS 'Keeps what the row was before.';
COMMENT ON TRIGGER was_so_deleted ON pls.account_domains IS 'Keeps what the row was before.';
COMMENT ON TRIGGER was_so_truncated ON pls.account_domains IS 'Keeps what the rows were before.';
