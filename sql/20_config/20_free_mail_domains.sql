/* 20_free_mail_domains.sql - email domains that belong to no one company.
 */

CREATE TABLE pls.free_mail_domains (
    domain      text PRIMARY KEY,
    free        boolean NOT NULL DEFAULT true,
    shipped     boolean NOT NULL DEFAULT false
);
SELECT pg_extension_config_dump('pls.free_mail_domains', '');

COMMENT ON TABLE pls.free_mail_domains IS
'Email domains that do not belong to one company: free mail, disposable mail, no-reply senders. They never become an account.';
COMMENT ON COLUMN pls.free_mail_domains.domain IS 'The domain, kept in lower case without @.';
COMMENT ON COLUMN pls.free_mail_domains.free IS 'false: the domain is a company''s after all.';
COMMENT ON COLUMN pls.free_mail_domains.shipped IS 'Whether the row came with the extension and has not been changed. Editing it makes it yours.';

CREATE FUNCTION pls_internal.normal_domain(domain text) RETURNS text
    AS 'MODULE_PATHNAME', 'pls_normal_domain' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.normal_domain IS
'The domain of an email address, a URL or a bare domain in its normal form: lower case, letters of other scripts in ASCII (punycode), without white space and characters of no width, without dots around it; a URL or bare domain is without www. NULL if that is not a plausible host name of at least two labels.';

CREATE FUNCTION pls_internal.check_domain(written text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    domain CONSTANT text := pls_internal.normal_domain(written);
BEGIN
    IF domain IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s is not a domain', COALESCE('"' || written || '"', 'NULL')),
            HINT = CASE WHEN written ~ '[^[:space:]]' THEN 'Write it as in example.com.'
                   ELSE 'Write it as in example.com, and leave out rows that have none.' END;
    END IF;
    RETURN domain;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_domain IS
'The normal form of a domain; error 22023 if it is not one.';

-- A shipped row that somebody edits becomes that somebody's own.
CREATE FUNCTION pls_internal.check_free_mail_domain() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.domain := pls_internal.check_domain(NEW.domain);
    IF TG_OP = 'UPDATE' THEN
        NEW.shipped := false;
    ELSIF NOT NEW.shipped THEN
        DELETE FROM pls.free_mail_domains f
            WHERE f.domain = NEW.domain AND f.shipped;
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_free_mail_domain IS
'Trigger: completes and validates a row of pls.free_mail_domains; an edited row is no longer a shipped one, and a new row replaces the shipped row of the same domain.';

CREATE TRIGGER check_free_mail_domain BEFORE INSERT OR UPDATE ON pls.free_mail_domains
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_free_mail_domain();
COMMENT ON TRIGGER check_free_mail_domain ON pls.free_mail_domains IS
'Completes and validates the row.';
CREATE TRIGGER model_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pls.free_mail_domains
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.model_changed();
COMMENT ON TRIGGER model_changed ON pls.free_mail_domains IS 'Makes every session recompile the models.';
ALTER TABLE pls.free_mail_domains ENABLE ALWAYS TRIGGER model_changed;
