/* 10_accounts_and_users.sql - who is who: accounts, users, company domains.
 *
 * An event belongs to the account that its row names, else to the account
 * of its user, else to the account whose email domain it carries, else to
 * that domain.  Mail for everybody (pls.free_mail_domains) is nobody's
 * company.  src/state/identity.c has the whole rule; nothing here says it again.
 */

CREATE TABLE pls.accounts (
    account_id    text PRIMARY KEY,
    name          text,
    domain        text,
    owner         text,
    size          integer
        CONSTRAINT account_size_is_not_negative
        CHECK (size >= 0),
    signed_up_at  timestamptz,
    attributes    jsonb NOT NULL DEFAULT '{}'
        CONSTRAINT account_attributes_are_an_object
        CHECK (jsonb_typeof(attributes) = 'object'),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    external_ids  jsonb NOT NULL DEFAULT '{}'
        CONSTRAINT account_external_ids_are_texts
        CHECK (jsonb_typeof(external_ids) = 'object'
               AND NOT jsonb_path_exists(external_ids, 'strict $.* ? (@.type() != "string")', '{}', true)),
    known_since   timestamptz NOT NULL DEFAULT pls.now()
);
-- Views join it with far larger tables.  Without this the planner takes it
-- for too small to be read in parallel up to some 70,000 accounts, and each
-- worker hashes all of it.
ALTER TABLE pls.accounts SET (parallel_workers = 2);
-- whose is a domain: that of the smallest id
CREATE INDEX accounts_domain ON pls.accounts (domain, account_id) WHERE domain IS NOT NULL;
SELECT pg_extension_config_dump('pls.accounts', '');

COMMENT ON TABLE pls.accounts IS
'Known accounts. An account does not need a row here: events alone make it an entity. pls.map_accounts() fills this table from a table of the application.';
COMMENT ON COLUMN pls.accounts.account_id IS 'The application''s id of the account as text, or the company''s email domain.';
COMMENT ON COLUMN pls.accounts.name IS 'Display name.';
COMMENT ON COLUMN pls.accounts.domain IS 'The company''s email domain, kept in its normal form (lower case, ASCII, without www.); further ones are in pls.account_domains. Events with only an address of it belong to the account, unless it is a mail provider''s; of several accounts with the same domain, to that of the smallest id; exclusions by domain and routes use it. NULL: unknown.';
COMMENT ON COLUMN pls.accounts.owner IS 'The rep who owns it (pls.reps). NULL: nobody.';
COMMENT ON COLUMN pls.accounts.size IS 'Number of people in the account. NULL: unknown.';
COMMENT ON COLUMN pls.accounts.signed_up_at IS 'When the account signed up. NULL: unknown.';
COMMENT ON COLUMN pls.accounts.attributes IS 'Attributes for segments, attribute signals, exclusions and routes: an object.';
COMMENT ON COLUMN pls.accounts.updated_at IS 'When the row was last changed by pls.map_accounts().';
COMMENT ON COLUMN pls.accounts.known_since IS 'Since when domain and attributes have been as they are; kept by itself. What they were before is kept, too: pls.score_as_of() scores by it. For rows that were loaded late, set it to an earlier instant, as ''-infinity''.';
COMMENT ON COLUMN pls.accounts.external_ids IS 'Its ids in other systems, by the name of the system: {"salesforce": "001Dn00000abcde", "hubspot": "512"}; an object of texts, which pls.crm_alerts passes on.';

CREATE TABLE pls.users (
    user_id       text PRIMARY KEY,
    account_id    text,
    email         text,
    signed_up_at  timestamptz,
    attributes    jsonb NOT NULL DEFAULT '{}'
        CONSTRAINT user_attributes_are_an_object
        CHECK (jsonb_typeof(attributes) = 'object'),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    known_since   timestamptz NOT NULL DEFAULT pls.now()
);
SELECT pg_extension_config_dump('pls.users', '');

COMMENT ON TABLE pls.users IS
'Known users and the accounts that they belong to. pls.map_users() fills this table from a table of the application.';
COMMENT ON COLUMN pls.users.user_id IS 'The application''s id of the user, as text; an email address is kept in its normal form.';
COMMENT ON COLUMN pls.users.account_id IS 'The account, or an alias of it. NULL, blank or one of pls.ignored_ids: the account of the email domain.';
COMMENT ON COLUMN pls.users.email IS 'Email address; only its domain is used. NULL: unknown.';
COMMENT ON COLUMN pls.users.signed_up_at IS 'When the user signed up. NULL: unknown.';
COMMENT ON COLUMN pls.users.attributes IS 'Attributes of the user: an object.';
COMMENT ON COLUMN pls.users.updated_at IS 'When the row was last changed by pls.map_users().';
COMMENT ON COLUMN pls.users.known_since IS 'Since when account and address have been as they are; kept by itself. What they were before is kept, too: pls.score_as_of() counts by it. For rows that were loaded late, set it to an earlier instant, as ''-infinity''.';

-- pls.users is filled from tables of applications, whose ids may be anything.
CREATE FUNCTION pls_internal.usable_id(id text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(id) BETWEEN 1 AND pls_internal.limit_of('id') THEN id END;
COMMENT ON FUNCTION pls_internal.usable_id IS
'A usable id of a user or account: 1 to 1024 bytes. NULL: it is empty, or too long for an index.';

CREATE FUNCTION pls_internal.holds(document jsonb, condition jsonpath) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_holds' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION pls_internal.holds IS
'Whether a condition holds of a document, as the trigger judges the properties of events: as operator @@, but unknown, an error, and a document larger than 1 MB or nested deeper than 1,000 levels are false.';

/* ---- domains ---- */

CREATE FUNCTION pls.company_domain(email text) RETURNS text
    AS 'MODULE_PATHNAME', 'pls_company_domain' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls.company_domain IS
'The company''s domain of an email address, a URL or a bare domain, in its normal form (lower case, ASCII): pls_internal.normal_domain() unless that is a freemail or no-reply domain. NULL if there is none.';

CREATE FUNCTION pls_internal.normalize_account() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.domain IS NOT NULL THEN
        NEW.domain := pls_internal.normal_domain(NEW.domain);
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.normalize_account IS
'Trigger: keeps pls.accounts.domain in its normal form; a value that is not a domain becomes NULL.';

CREATE TRIGGER normalize_account BEFORE INSERT OR UPDATE OF domain ON pls.accounts
    FOR EACH ROW EXECUTE FUNCTION pls_internal.normalize_account();
COMMENT ON TRIGGER normalize_account ON pls.accounts IS 'Keeps the domain in its normal form.';
CREATE TRIGGER identity_changed AFTER INSERT OR UPDATE OF domain OR TRUNCATE ON pls.accounts
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.identity_changed();
COMMENT ON TRIGGER identity_changed ON pls.accounts IS 'Makes every session check whether any account has a domain.';
ALTER TABLE pls.accounts ENABLE ALWAYS TRIGGER identity_changed;

CREATE FUNCTION pls_internal.normalize_user() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.user_id := pls_internal.normal_user(NEW.user_id);
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.normalize_user IS
'Trigger: keeps ids of pls.users that are email addresses in their normal form, as events are counted by it.';

-- by its name before others, which see the id as it is kept
CREATE TRIGGER normalize_user BEFORE INSERT OR UPDATE OF user_id ON pls.users
    FOR EACH ROW WHEN (NEW.user_id LIKE '%@%')
    EXECUTE FUNCTION pls_internal.normalize_user();
COMMENT ON TRIGGER normalize_user ON pls.users IS 'Keeps an id that is an address in its normal form.';

/* ---- whose an event is (src/state/identity.c) ---- */

CREATE FUNCTION pls_internal.account_of_event(account_id text, user_id text, email text) RETURNS text
    AS 'MODULE_PATHNAME', 'pls_account_of_event' LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION pls_internal.account_of_event IS
'The account of an event that names this account, user and email address (each may be NULL), as the trigger tells it: by account_id, else by the account of the user, else by the domain of the address or, if that is none, of the user''s; aliases are followed, ids of pls.ignored_ids are none. NULL: nobody''s. Error 42501 if the caller may not read the tables that it reads.';

CREATE FUNCTION pls_internal.account_of_user(user_id text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pls_internal.account_of_event(NULL, user_id, NULL);
END;
COMMENT ON FUNCTION pls_internal.account_of_user IS
'The account of a user: pls_internal.account_of_event() of an event that names nothing else. NULL: nobody''s.';

CREATE FUNCTION pls_internal.account_of_member(user_id text, account_id text, email text) RETURNS text
    AS 'MODULE_PATHNAME', 'pls_account_of_member' LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION pls_internal.account_of_member IS
'The same of a user whose row of pls.users, which is at hand, has these columns; NULLs: the user has no row. user_id is no alias.';

CREATE FUNCTION pls_internal.user_of_event(user_id text) RETURNS text
    AS 'MODULE_PATHNAME', 'pls_user_of_event' LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION pls_internal.user_of_event IS
'The user of an event that names this one, as the trigger tells it: in its normal form, aliases followed. NULL: nobody, as for an id of pls.ignored_ids.';

CREATE FUNCTION pls_internal.entity_document(account_id text, user_id text, attributes jsonb) RETURNS jsonb
    AS 'MODULE_PATHNAME', 'pls_document_of_entity' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION pls_internal.entity_document IS
'What predicates see: the attributes (NULL: none), and account_id and user_id (NULL: not known) where no attribute has that name.';

CREATE FUNCTION pls_internal.ids_of_account(account_id text) RETURNS text[]
    AS 'MODULE_PATHNAME', 'pls_ids_of_account' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION pls_internal.ids_of_account IS
'The id of an account and all its aliases: what was noted of it under any of them. Error 42501 if the caller may not read pls.account_aliases.';

CREATE FUNCTION pls_internal.ids_of_user(user_id text) RETURNS text[]
    AS 'MODULE_PATHNAME', 'pls_ids_of_user' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION pls_internal.ids_of_user IS
'The id of a user and all its aliases. Error 42501 if the caller may not read pls.user_aliases.';
