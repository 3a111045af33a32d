/* 76_outreach_rules.sql - whom messages of a motion may go to.
 *
 * Regions, consent, reviews: pls.draft() obeys these rows.  Who gets no alert
 * at all is in pls.exclusions.
 */

CREATE TABLE pls.outreach_rules (
    name            text PRIMARY KEY,
    motion          text,
    predicate       jsonpath NOT NULL,
    effect          text NOT NULL,
    consent_match   jsonpath NOT NULL DEFAULT '$.outreach_consent == true',
    reason          text NOT NULL,
    enabled         boolean NOT NULL DEFAULT true,
    CONSTRAINT outreach_rules_name_not_blank CHECK (btrim(name) <> ''),
    CONSTRAINT outreach_rules_reason_not_blank CHECK (btrim(reason) <> '')
);
SELECT pg_extension_config_dump('pls.outreach_rules', '');
COMMENT ON TABLE pls.outreach_rules IS
    'What must hold before a message is written: regions that need consent, contacts whom nobody writes to, messages that somebody reviews. pls.draft() obeys all enabled rows.';
COMMENT ON COLUMN pls.outreach_rules.name IS 'Name of the rule, shown in errors.';
COMMENT ON COLUMN pls.outreach_rules.motion IS 'The motion it holds for. NULL: every motion.';
COMMENT ON COLUMN pls.outreach_rules.predicate IS 'Whom it is about: a condition on the attributes of the account and of the person to be written to, as one document (those of the person come first), such as $.country == "DE"; account_id, name, domain, size, user_id and email are in it, too.';
COMMENT ON COLUMN pls.outreach_rules.effect IS 'refuse: no message; needs_consent: none without consent; needs_review: a draft can be sent only after somebody with access of kind revops has approved it (pls.approve_draft).';
COMMENT ON COLUMN pls.outreach_rules.consent_match IS 'Effect needs_consent: what counts as consent, a condition on the same document.';
COMMENT ON COLUMN pls.outreach_rules.reason IS 'Why; shown in errors.';
COMMENT ON COLUMN pls.outreach_rules.enabled IS 'false: the rule is ignored.';

CREATE FUNCTION pls_internal.check_outreach_rule() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_word(NEW.effect, '{refuse,needs_consent,needs_review}', 'effect');
    PERFORM pls_internal.check_predicate(NEW.predicate, 'predicate');
    PERFORM pls_internal.check_predicate(NEW.consent_match, 'consent_match');
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_outreach_rule IS
    'Trigger: validates a row of pls.outreach_rules. Errors: 22023, 0A000.';
CREATE TRIGGER check_outreach_rule BEFORE INSERT OR UPDATE ON pls.outreach_rules
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_outreach_rule();
COMMENT ON TRIGGER check_outreach_rule ON pls.outreach_rules IS 'Validates the row.';
