/* 30_known.sql - what is known of the user or account that a decision is about. */

-- The account of an entity.  In a user motion it is told by pls.users alone:
-- an address that only an event has is not kept with the user.  Who may not
-- read addresses, as reps may not, is told by the alerts that it sees.
CREATE FUNCTION pls_internal.account_of(unit text, entity_id text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    its text;
BEGIN
    IF account_of.unit = 'account' THEN
        RETURN account_of.entity_id;
    END IF;
    -- also of a user without a row
    SELECT CASE WHEN has_column_privilege('pls.users', 'email', 'SELECT')
                THEN (SELECT pls_internal.account_of_member(account_of.entity_id, u.account_id, u.email)
                        FROM (SELECT) one LEFT JOIN pls.users u ON u.user_id = account_of.entity_id)
                ELSE (SELECT pls_internal.account_of_member(account_of.entity_id, u.account_id, NULL)
                        FROM (SELECT) one LEFT JOIN pls.users u ON u.user_id = account_of.entity_id) END
      INTO its;
    IF its IS NOT NULL OR has_column_privilege('pls.users', 'email', 'SELECT') THEN
        RETURN its;
    END IF;
    RETURN (SELECT a.account_id FROM pls.alerts a
             WHERE a.entity_id = account_of.entity_id AND a.unit = 'user'
             ORDER BY a.alert_id DESC LIMIT 1);
END;
$$;
COMMENT ON FUNCTION pls_internal.account_of IS
    'The account of an entity of a motion of this unit: an account itself; of a user as pls_internal.account_of_user() has it (for a role that may not read it: the account of the user''s last alert that it sees); NULL: not known.';

-- What is known of an account and of a user.  One that has no row is known by
-- its id and has no attributes; rules, routes and predicates see it so.
CREATE FUNCTION pls_internal.known_account(account_id text) RETURNS pls.accounts
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    account pls.accounts;
BEGIN
    SELECT a.* INTO account FROM pls.accounts a WHERE a.account_id = known_account.account_id;
    account.account_id := known_account.account_id;
    account.attributes := coalesce(account.attributes, '{}');
    RETURN account;
END;
$$;
COMMENT ON FUNCTION pls_internal.known_account IS
    'The row of an account; if there is none, a row with the id and without attributes.';

CREATE FUNCTION pls_internal.known_user(user_id text) RETURNS pls.users
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    member pls.users;
BEGIN
    SELECT u.* INTO member FROM pls.users u WHERE u.user_id = known_user.user_id;
    member.user_id := known_user.user_id;
    member.attributes := coalesce(member.attributes, '{}');
    RETURN member;
END;
$$;
COMMENT ON FUNCTION pls_internal.known_user IS
    'The row of a user; if there is none, a row with the id and without attributes.';

CREATE FUNCTION pls_internal.known_of(unit text, entity_id text, OUT account pls.accounts, OUT member pls.users)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF unit = 'user' THEN
        member := pls_internal.known_user(entity_id);
        account := pls_internal.known_account(pls_internal.account_of_member(member.user_id, member.account_id, member.email));
    ELSE
        account := pls_internal.known_account(entity_id);
    END IF;
    account.attributes := pls_internal.entity_document(account.account_id, member.user_id, account.attributes);
    IF member.user_id IS NOT NULL THEN
        member.attributes := pls_internal.entity_document(account.account_id, member.user_id, member.attributes);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.known_of IS
    'What is known of an entity''s account (see pls_internal.account_of) and, in a motion of unit user, of the user. account_id NULL: the account is not known; user_id NULL: the unit is account. Both are also in the attributes, where no attribute has that name.';

-- Rows of pls.accounts and pls.users as one document.  Inlined.
CREATE FUNCTION pls_internal.account_document(account pls.accounts) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT jsonb_strip_nulls(jsonb_build_object(
               'account_id', (account).account_id, 'name', (account).name,
               'domain', (account).domain, 'owner', (account).owner,
               'size', (account).size)) || coalesce((account).attributes, '{}');
END;
COMMENT ON FUNCTION pls_internal.account_document IS
    'An account for predicates of routes: its attributes, and account_id, name, domain, owner, size where no attribute has that name.';

CREATE FUNCTION pls_internal.user_document(member pls.users) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT jsonb_strip_nulls(jsonb_build_object(
               'user_id', (member).user_id, 'email', (member).email))
           || coalesce((member).attributes, '{}');
END;
COMMENT ON FUNCTION pls_internal.user_document IS
    'A user for predicates of routes: the attributes, and user_id, email where no attribute has that name.';
