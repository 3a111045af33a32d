/* 74_templates.sql - the messages of a motion.
 *
 * A bad template can be written: drafts of one are ordinary.  pls.lint_template()
 * says what is wrong with it, and pls.draft() does not use it.
 */

CREATE FUNCTION pls_internal.message_kinds() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY['early_intent', 'high_intent', 'expansion', 'call_opener', 'discovery', 'follow_up'];
COMMENT ON FUNCTION pls_internal.message_kinds IS 'The kinds of messages (pls.templates.kind).';

CREATE TABLE pls.templates (
    motion      text NOT NULL,
    template    text NOT NULL,
    kind        text NOT NULL,
    position    integer NOT NULL DEFAULT 1,
    subject     text,
    body        text NOT NULL,
    language    text NOT NULL DEFAULT 'en',
    after       interval,
    enabled     boolean NOT NULL DEFAULT true,
    PRIMARY KEY (motion, template),
    CONSTRAINT templates_body_not_blank CHECK (btrim(body) <> ''),
    CONSTRAINT templates_language_not_blank CHECK (btrim(language) <> '')
);
SELECT pg_extension_config_dump('pls.templates', '');
COMMENT ON TABLE pls.templates IS
    'The messages that reps may send, by motion: emails, call openers, discovery prompts, follow-ups. pls.draft() fills them in; pls.lint_template() says what is wrong with one.';
COMMENT ON COLUMN pls.templates.motion IS 'The motion it belongs to.';
COMMENT ON COLUMN pls.templates.template IS 'Name within the motion, 1 to 63 bytes.';
COMMENT ON COLUMN pls.templates.kind IS 'early_intent, high_intent and expansion: first emails; call_opener: what to say first on the phone; discovery: open questions, one a line; follow_up: an email after one that was not answered.';
COMMENT ON COLUMN pls.templates.position IS 'Order within the kind: of those that name equally many signals, all of them met, pls.draft() takes the first one; of follow-ups the next.';
COMMENT ON COLUMN pls.templates.subject IS 'Subject of an email, with placeholders as in body. NULL: none.';
COMMENT ON COLUMN pls.templates.body IS 'Text with the placeholders {{account.name}}, {{product}} (pls.motions.product up to its first comma), {{rep.name}}, {{rep.email}}, {{rep.FIELD}} for keys of pls.reps.details, and {{signal.NAME}} for pls.signals.outreach_words of an approved signal.';
COMMENT ON COLUMN pls.templates.language IS 'Language of the text, such as en or zh.';
COMMENT ON COLUMN pls.templates.after IS 'Kind follow_up: how long after the message before it is due, moved on to the next working time of the rep''s calendar; required. NULL for all other kinds.';
COMMENT ON COLUMN pls.templates.enabled IS 'false: ignored.';

CREATE FUNCTION pls_internal.check_template() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_name(NEW.template, 'template');
    PERFORM pls_internal.check_word(NEW.kind, pls_internal.message_kinds(), 'kind');
    IF (NEW.kind = 'follow_up') <> (NEW.after IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = CASE WHEN NEW.after IS NULL THEN 'kind "follow_up" needs after'
                           ELSE format('kind "%s" takes no after', NEW.kind) END,
            HINT = CASE WHEN NEW.after IS NULL THEN 'Set after to the time since the message before, such as ''3 days''.'
                        ELSE 'Leave after NULL, or use kind follow_up.' END;
    END IF;
    PERFORM pls_internal.check_span(NEW.after, 'after', at_least => '1 hour', at_most => '366 days');
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_template IS
    'Trigger: validates a row of pls.templates, but not its text. Error 22023.';
CREATE TRIGGER check_template BEFORE INSERT OR UPDATE ON pls.templates
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_template();
COMMENT ON TRIGGER check_template ON pls.templates IS 'Validates the row.';
