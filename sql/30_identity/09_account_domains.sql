/* 09_account_domains.sql - the email domains of accounts.
 */

CREATE TABLE pls.account_domains (
    domain      text PRIMARY KEY,
    account_id  text NOT NULL
        CONSTRAINT account_domain_has_an_account
        CHECK (account_id <> '' AND octet_length(account_id) <= 1024),
    known_since timestamptz NOT NULL DEFAULT pls.now()
);
CREATE INDEX account_domains_account ON pls.account_domains (account_id);
SELECT pg_extension_config_dump('pls.account_domains', '');

COMMENT ON TABLE pls.account_domains IS
'Email domains of accounts, any number for each, besides pls.accounts.domain. An event that has only an address belongs to the account of its domain, or of the nearest domain above it that some account has.';
COMMENT ON COLUMN pls.account_domains.domain IS 'The domain, kept in its normal form: lower case, in ASCII, without @, http:// and www.';
COMMENT ON COLUMN pls.account_domains.account_id IS 'The account, or an alias of it.';
COMMENT ON COLUMN pls.account_domains.known_since IS 'Since when the account has had it; kept by itself, see pls.accounts.known_since.';
COMMENT ON INDEX pls.account_domains_account IS 'The domains of an account.';

CREATE FUNCTION pls_internal.check_account_domain() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.domain := pls_internal.check_domain(NEW.domain);
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_account_domain IS
'Trigger: completes and validates a row of pls.account_domains.';

CREATE TRIGGER check_account_domain BEFORE INSERT OR UPDATE ON pls.account_domains
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_account_domain();
COMMENT ON TRIGGER check_account_domain ON pls.account_domains IS 'Completes and validates the row.';
CREATE TRIGGER identity_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pls.account_domains
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.identity_changed();
COMMENT ON TRIGGER identity_changed ON pls.account_domains IS 'Makes every session check whether there are any.';
ALTER TABLE pls.account_domains ENABLE ALWAYS TRIGGER identity_changed;
