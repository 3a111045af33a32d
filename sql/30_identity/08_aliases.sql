/* 08_aliases.sql - one account or user under several ids.
 *
 * An alias stands for another id wherever it is met: in events, in pls.users,
 * in pls.account_domains.  Chains are followed (src/state/identity.c); a
 * circle, or a chain too long to be followed, is refused when it is written.
 * Should there be one all the same, its aliases stand for themselves.
 */

CREATE TABLE pls.account_aliases (
    alias       text PRIMARY KEY,
    account_id  text NOT NULL,
    known_since timestamptz NOT NULL DEFAULT pls.now()
);
-- whose aliases are these
CREATE INDEX account_aliases_account ON pls.account_aliases (account_id);
SELECT pg_extension_config_dump('pls.account_aliases', '');

COMMENT ON TABLE pls.account_aliases IS
'Other ids of accounts: workspaces, subsidiaries, merged accounts. What belongs to an alias belongs to the account.';
COMMENT ON COLUMN pls.account_aliases.alias IS 'The id as it comes in events.';
COMMENT ON COLUMN pls.account_aliases.account_id IS 'The account that it stands for, or another alias.';
COMMENT ON COLUMN pls.account_aliases.known_since IS 'Since when the alias has stood for that id; kept by itself, see pls.accounts.known_since.';
COMMENT ON INDEX pls.account_aliases_account IS 'The aliases of an account.';

CREATE TABLE pls.user_aliases (
    alias       text PRIMARY KEY,
    user_id     text NOT NULL,
    known_since timestamptz NOT NULL DEFAULT pls.now()
);
CREATE INDEX user_aliases_user ON pls.user_aliases (user_id);
SELECT pg_extension_config_dump('pls.user_aliases', '');

COMMENT ON TABLE pls.user_aliases IS
'Other ids of users: anonymous ids from before the sign-up, merged users. What an alias did the user did.';
COMMENT ON COLUMN pls.user_aliases.alias IS 'The id as it comes in events; an email address is kept in its normal form.';
COMMENT ON COLUMN pls.user_aliases.user_id IS 'The user that it stands for, or another alias; an email address is kept in its normal form.';
COMMENT ON COLUMN pls.user_aliases.known_since IS 'Since when the alias has stood for that id; kept by itself, see pls.users.known_since.';
COMMENT ON INDEX pls.user_aliases_user IS 'The aliases of a user.';

CREATE FUNCTION pls_internal.normal_user(user_id text) RETURNS text
    AS 'MODULE_PATHNAME', 'pls_normal_user_id' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.normal_user IS
'A user''s id as pls knows it: an email address without what is around angle brackets, white space and characters of no width, in lower case, its domain as pls_internal.normal_domain() has it; any other id as it is.';

-- Anything may be in a column of addresses.
CREATE FUNCTION pls_internal.address_of(email text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN strpos(email, '@') > 0 THEN pls_internal.normal_user(email) END
$$;
COMMENT ON FUNCTION pls_internal.address_of IS
'An email address in its normal form. NULL: it is none.';

CREATE FUNCTION pls_internal.refuse_alias(problem text, hint text) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = problem, HINT = hint;
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_alias IS 'Error 22023 with this message and hint.';

CREATE FUNCTION pls_internal.check_alias_ids(alias text, target text) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF pls_internal.usable_id(alias) IS NULL OR pls_internal.usable_id(target) IS NULL THEN
        PERFORM pls_internal.refuse_alias(
            format('the ids of an alias must have 1 to %s bytes', pls_internal.limit_of('id')),
            'Write the id that comes in events, and the one that it stands for; leave out rows without them.');
    ELSIF alias = target THEN
        PERFORM pls_internal.refuse_alias(
            format('"%s" is an alias of itself', alias),
            'An id without aliases needs no row.');
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_alias_ids IS
'Refuses (22023) ids of an alias that are empty, too long or the same.';

-- The walk is the same for both tables, which name their columns differently;
-- each query is written out, so that a plan of it is kept.
CREATE FUNCTION pls_internal.check_alias_chain(alias text, above integer, below integer, is_circle boolean) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF is_circle THEN
        PERFORM pls_internal.refuse_alias(
            format('the alias "%s" would stand for itself', alias),
            'Delete the row that leads back to it first.');
    ELSIF above + 1 + below > pls_internal.limit_of('aliases') THEN
        PERFORM pls_internal.refuse_alias(
            format('the alias "%s" would be in a chain of more than %s', alias, pls_internal.limit_of('aliases')),
            'Let aliases stand for the last id of their chain.');
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_alias_chain IS
'Refuses (22023) an alias that closes a circle, or makes a chain too long: above aliases lead to it, and below aliases follow.';

CREATE FUNCTION pls_internal.check_account_alias() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
    most  CONSTANT integer := pls_internal.limit_of('aliases') + 1;
    above integer;
    below integer;
    is_circle boolean;
BEGIN
    PERFORM pls_internal.check_alias_ids(NEW.alias, NEW.account_id);
    WITH RECURSIVE chain (id, step) AS (
        SELECT NEW.account_id, 0
         UNION ALL
        SELECT a.account_id, c.step + 1
          FROM chain c JOIN pls.account_aliases a ON a.alias = c.id
         WHERE c.step < most AND c.id <> NEW.alias)
    SELECT max(c.step), bool_or(c.id = NEW.alias) INTO below, is_circle FROM chain c;
    WITH RECURSIVE chain (id, step) AS (
        SELECT NEW.alias, 0
         UNION
        SELECT a.alias, c.step + 1
          FROM chain c JOIN pls.account_aliases a ON a.account_id = c.id
         WHERE c.step < most AND NOT is_circle)
    SELECT max(c.step) INTO above FROM chain c;
    PERFORM pls_internal.check_alias_chain(NEW.alias, above, below, is_circle);
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_account_alias IS
'Trigger: validates a row of pls.account_aliases.';

CREATE FUNCTION pls_internal.check_user_alias() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
    most  CONSTANT integer := pls_internal.limit_of('aliases') + 1;
    above integer;
    below integer;
    is_circle boolean;
BEGIN
    NEW.alias := pls_internal.normal_user(NEW.alias);
    NEW.user_id := pls_internal.normal_user(NEW.user_id);
    PERFORM pls_internal.check_alias_ids(NEW.alias, NEW.user_id);
    WITH RECURSIVE chain (id, step) AS (
        SELECT NEW.user_id, 0
         UNION ALL
        SELECT a.user_id, c.step + 1
          FROM chain c JOIN pls.user_aliases a ON a.alias = c.id
         WHERE c.step < most AND c.id <> NEW.alias)
    SELECT max(c.step), bool_or(c.id = NEW.alias) INTO below, is_circle FROM chain c;
    WITH RECURSIVE chain (id, step) AS (
        SELECT NEW.alias, 0
         UNION
        SELECT a.alias, c.step + 1
          FROM chain c JOIN pls.user_aliases a ON a.user_id = c.id
         WHERE c.step < most AND NOT is_circle)
    SELECT max(c.step) INTO above FROM chain c;
    PERFORM pls_internal.check_alias_chain(NEW.alias, above, below, is_circle);
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_user_alias IS
'Trigger: completes and validates a row of pls.user_aliases.';

CREATE TRIGGER check_alias BEFORE INSERT OR UPDATE ON pls.account_aliases
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_account_alias();
COMMENT ON TRIGGER check_alias ON pls.account_aliases IS 'Validates the row.';
CREATE TRIGGER check_alias BEFORE INSERT OR UPDATE ON pls.user_aliases
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_user_alias();
COMMENT ON TRIGGER check_alias ON pls.user_aliases IS 'Completes and validates the row.';

CREATE TRIGGER identity_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pls.account_aliases
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.identity_changed();
COMMENT ON TRIGGER identity_changed ON pls.account_aliases IS 'Makes every session check whether there are any.';
ALTER TABLE pls.account_aliases ENABLE ALWAYS TRIGGER identity_changed;
CREATE TRIGGER identity_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pls.user_aliases
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.identity_changed();
COMMENT ON TRIGGER identity_changed ON pls.user_aliases IS 'Makes every session check whether there are any.';
ALTER TABLE pls.user_aliases ENABLE ALWAYS TRIGGER identity_changed;
