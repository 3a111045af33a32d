/* 10_accounts_and_users.sql - who is who: accounts, users, company domains.
 *
 * An event belongs to the account that its row names, else to the account
 * of its user, else to the company whose email domain it carries.  Mail
 * for everybody (pls.free_mail_domains) is nobody's company.
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
    updated_at    timestamptz NOT NULL DEFAULT now()
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
COMMENT ON COLUMN pls.accounts.domain IS 'The company''s email domain, kept in lower case; exclusions by domain and routes use it. Events with only an address belong to the account whose account_id is the domain. NULL: unknown.';
COMMENT ON COLUMN pls.accounts.owner IS 'The rep who owns it (pls.reps). NULL: nobody.';
COMMENT ON COLUMN pls.accounts.size IS 'Number of people in the account. NULL: unknown.';
COMMENT ON COLUMN pls.accounts.signed_up_at IS 'When the account signed up. NULL: unknown.';
COMMENT ON COLUMN pls.accounts.attributes IS 'Attributes for segments, attribute signals, exclusions and routes: an object.';
COMMENT ON COLUMN pls.accounts.updated_at IS 'When the row was last changed by pls.map_accounts().';

CREATE TABLE pls.users (
    user_id       text PRIMARY KEY,
    account_id    text,
    email         text,
    signed_up_at  timestamptz,
    attributes    jsonb NOT NULL DEFAULT '{}'
        CONSTRAINT user_attributes_are_an_object
        CHECK (jsonb_typeof(attributes) = 'object'),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
SELECT pg_extension_config_dump('pls.users', '');

COMMENT ON TABLE pls.users IS
'Known users and the accounts that they belong to. pls.map_users() fills this table from a table of the application.';
COMMENT ON COLUMN pls.users.user_id IS 'The application''s id of the user, as text.';
COMMENT ON COLUMN pls.users.account_id IS 'The account. NULL: the company of the email domain, if that is a company domain.';
COMMENT ON COLUMN pls.users.email IS 'Email address; only its domain is used. NULL: unknown.';
COMMENT ON COLUMN pls.users.signed_up_at IS 'When the user signed up. NULL: unknown.';
COMMENT ON COLUMN pls.users.attributes IS 'Attributes of the user: an object.';
COMMENT ON COLUMN pls.users.updated_at IS 'When the row was last changed by pls.map_users().';

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
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    company text := pls_internal.normal_domain(email);
BEGIN
    IF EXISTS (SELECT FROM pls.free_mail_domains f
               WHERE f.domain = company AND f.free) THEN
        RETURN NULL;
    END IF;
    RETURN company;
END;
$$;
COMMENT ON FUNCTION pls.company_domain IS
'The company''s domain of an email address or a bare domain, in lower case: pls_internal.normal_domain() unless that is a free-mail or no-reply domain. NULL if there is none.';

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
'Trigger: keeps pls.accounts.domain in lower case; a value that is not a domain becomes NULL.';

CREATE TRIGGER normalize_account BEFORE INSERT OR UPDATE OF domain ON pls.accounts
    FOR EACH ROW EXECUTE FUNCTION pls_internal.normalize_account();
COMMENT ON TRIGGER normalize_account ON pls.accounts IS 'Keeps the domain in lower case.';
