/* 32_lint_template.sql - whether a message may be written like this.
 */

/* ---- placeholders ---- */

-- The one spelling of those that are allowed.
CREATE FUNCTION pls_internal.placeholder_name(placeholder text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    written CONSTANT text := btrim(regexp_replace(placeholder, $p$\s+$p$, ' ', 'g'));
    plain   CONSTANT text := translate(lower(written), ' _-', '...');
    field   CONSTANT text := substr(translate(lower(written), ' -', '__'), 5);
BEGIN
    IF plain IN ('account.name', 'account', 'accountname', 'company', 'company.name', 'companyname') THEN
        RETURN 'account.name';
    ELSIF plain IN ('product', 'product.name', 'motion.product') THEN
        RETURN 'product';
    ELSIF plain IN ('rep', 'rep.name', 'repname') THEN
        RETURN 'rep.name';
    ELSIF starts_with(plain, 'rep.') AND field ~ '^[a-z][a-z_]{0,30}$'
          AND field NOT IN ('role_name', 'manager', 'calendar', 'active', 'max_open', 'daily_quota', 'created_at', 'quota', 'details') THEN
        RETURN 'rep.' || field;
    ELSIF starts_with(plain, 'signal.') OR starts_with(plain, 'signals.') THEN
        RETURN 'signal.' || btrim(substr(written, position('.' IN plain) + 1));
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.placeholder_name IS
    'The name of a placeholder, given without its braces, in its one spelling: account.name (also account_name, company), product, rep.name, rep.FIELD or signal.NAME; NULL: there is no such placeholder.';

CREATE FUNCTION pls_internal.folded_name(name text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT btrim(regexp_replace(lower(folded_name.name), '[ _-]+', ' ', 'g'))
$$;
COMMENT ON FUNCTION pls_internal.folded_name IS
    'The name of a signal as placeholders are compared with it: lower case, blanks for underscores and hyphens.';

-- With a motion given, the signal must be one of its own that may be used.
CREATE FUNCTION pls_internal.outreach_signal(motion text, name text, OUT signal text, OUT words text, OUT problem text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    its pls.signals;
BEGIN
    IF outreach_signal.motion IS NULL THEN
        IF outreach_signal.name ~ '[.{}|]'
           OR outreach_signal.name ~* '(^|[ _-])(count|counts|number|total|sum|value|values|score|points|time|times|timestamp|date|day|days|hour|hours|when|at|how often|frequency|last seen|evidence|events)$' THEN
            problem := 'A placeholder of a signal prints what the signal means, never a count or a time.';
        END IF;
        RETURN;
    END IF;
    SELECT s.* INTO its FROM pls.signals s
     WHERE s.motion = outreach_signal.motion
       AND pls_internal.folded_name(s.signal) = pls_internal.folded_name(outreach_signal.name)
     ORDER BY s.signal = outreach_signal.name DESC, s.signal COLLATE "C" LIMIT 1;
    IF NOT FOUND THEN
        problem := format('Motion "%s" has no signal "%s".', outreach_signal.motion, outreach_signal.name);
    ELSIF NOT its.enabled OR NOT its.approved_for_outreach THEN
        problem := format('Signal "%s" is not approved for outreach; see pls.signals.approved_for_outreach.', its.signal);
    ELSIF coalesce(btrim(its.outreach_words), '') = '' THEN
        problem := format('Signal "%s" has no words for a message; set pls.signals.outreach_words.', its.signal);
    ELSE
        signal := its.signal;
        words := its.outreach_words;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.outreach_signal IS
    'The signal of a motion that a placeholder signal.NAME stands for, and its words for a message (pls.signals.outreach_words); problem: why it cannot be used, a sentence. motion NULL: only whether the name asks for a count or a time.';

-- What is left when those that are allowed are taken out, is not.
CREATE FUNCTION pls_internal.placeholders(message text)
    RETURNS TABLE (written text, name text)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT m.found[1], CASE WHEN m.found[2] IS NOT NULL AND left(m.found[1], 3) <> '{{{' AND left(m.found[1], 1) <> '$' AND right(m.found[1], 3) <> '}}}'
                            THEN pls_internal.placeholder_name(m.found[2]) END
      FROM regexp_matches(placeholders.message,
               $p$(\{?\{\{([^{}\n]*)\}\}\}?$p$                             -- {{x}}
               || $p$|\$\{[^{}\n]{0,60}\}|#\{[^{}\n]{0,60}\}|\{%[^{}\n]{0,60}%\}|\{[^{}\n]{1,60}\}|\{\{[^{}\n]{0,60}|[^{}\s]{0,60}\}\}$p$
               || $p$|<<[^<>\n]{1,60}>>|<%[^<>\n]{1,60}%>|<(?!https?:|mailto:|/|3)[a-zA-Z\u4e00-\u9fff][^<>@\n]{0,40}>$p$
               || $p$|\[\[[^\[\]\n]{1,60}\]\]|\[(?![0-9 .,]*\]|[xX ]\])[^\[\]\n]{1,40}\](?!\()$p$
               || $p$|%%?[A-Za-z][A-Za-z_.]{0,40}%%?|\*\|[^|\n]{1,40}\|\*|@@[A-Za-z_]{1,40}@@|##[A-Za-z_]{1,40}##|__[A-Z][A-Z_]{1,40}__$p$
               || $p$|\m(?:FIRST|LAST|FULL|COMPANY|ACCOUNT|CUSTOMER|USER|CONTACT|PRODUCT)_?NAME\M|\mX{3,}\M|~[A-Za-z]+_[A-Za-z_]+~|_{4,}$p$
               || CASE WHEN octet_length(placeholders.message) = length(placeholders.message) THEN '' ELSE $p$|\u3010[^\u3010\u3011\n]{1,20}\u3011|\u3014[^\u3014\u3015\n]{1,20}\u3015|[\u2039\u27e8\u3008][^\n\u203a\u27e9\u3009]{1,40}[\u203a\u27e9\u3009]$p$
               -- between guillemets what is a name of a field; other things are quoted
               || $p$|\u00ab ?(?:(?:[Yy]our |[Tt]he )?(?:[Ff]irst|[Ll]ast|[Ff]ull|[Ss]ur|[Nn]ick|[Gg]iven|[Ff]amily|[Uu]ser|[Cc]ompany|[Cc]ustomer|[Cc]lient|[Aa]ccount|[Cc]ontact|[Dd]epartment|[Tt]eam|[Jj]ob|[Rr]ecipient|[Pp]rospect|[Ll]ead|[Ii]ndustry|[Ss]ector|[Cc]ity|[Cc]ountry|[Rr]egion|[Pp]roduct|[Pp]lan|[Dd]ate|[Aa]mount|[Pp]hone|[Ee]-?mail|[Tt]itle|[Rr]ole|[Pp]osition|[Ww]ebsite|[Tt]opic|[Cc]ompetitor|[Mm]anager|[Oo]wner|[Rr]ep|[Nn]ame|[Gg]reeting|[Ss]ignature|[Pp]ain)(?:[ _.-]?[A-Za-z]+)?|[A-Za-z]+_[A-Za-z_]+|[a-z]+[A-Z][A-Za-z]*|[A-Z]{4,}) ?\u00bb$p$ END || ')', 'g') AS m (found)
$$;
COMMENT ON FUNCTION pls_internal.placeholders IS
    'What looks like a placeholder in a text with plain characters, in any style of brackets, and its name as pls_internal.placeholder_name() has it; name NULL: it is not one that is allowed.';

-- Words in the place of placeholders: what a signal says is judged, too.
CREATE FUNCTION pls_internal.placeholders_as_words(message text, motion text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    found record;
    spoken text := placeholders_as_words.message;
BEGIN
    FOR found IN SELECT p.written, min(p.name) AS name FROM pls_internal.placeholders(message) p GROUP BY p.written ORDER BY p.written COLLATE "C" LOOP
        spoken := replace(spoken, found.written,
            CASE WHEN found.name = 'account.name' THEN 'acctname'
                 WHEN found.name = 'product' THEN 'theproduct'
                 WHEN found.name LIKE 'rep.%' THEN 'repname'
                 WHEN found.name LIKE 'signal.%' THEN
                      coalesce(pls_internal.plain_characters((pls_internal.outreach_signal(motion, substr(found.name, 8))).words), 'signalwords')
                 ELSE 'placeholder' END);
    END LOOP;
    RETURN spoken;
END;
$$;
COMMENT ON FUNCTION pls_internal.placeholders_as_words IS
    'A text with a word for each placeholder (acctname, theproduct, repname), and for those of the motion''s signals what they print.';

/* ---- lengths ---- */

CREATE FUNCTION pls_internal.message_limits(kind text, OUT words integer, OUT characters integer)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT l.words, l.characters
      FROM (VALUES ('call_opener', 110, 750), ('discovery', 160, 1100), (NULL, 150, 1050)) AS l (kind, words, characters)
     WHERE l.kind = message_limits.kind OR l.kind IS NULL
     ORDER BY l.kind IS NULL LIMIT 1
$$;
COMMENT ON FUNCTION pls_internal.message_limits IS
    'How many words and characters the body of a message of this kind may have; an email, for any other kind and NULL.';

CREATE FUNCTION pls_internal.count_words(text text) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    -- Chinese has no blanks between words, which have about two characters
    SELECT (SELECT count(*) FROM regexp_split_to_table(t.latin, $p$\s+$p$) AS w (word) WHERE translate(w.word, '-*.,:;!?()[]{}"''', '') <> '')::integer
         + (length(count_words.text) - length(t.without)) / 2
      FROM (SELECT CASE WHEN octet_length(count_words.text) = length(count_words.text) THEN count_words.text
                        ELSE regexp_replace(count_words.text, $p$[\u3400-\u9fff\uf900-\ufaff]$p$, ' ', 'g') END,
                   CASE WHEN octet_length(count_words.text) = length(count_words.text) THEN count_words.text
                        ELSE regexp_replace(count_words.text, $p$[\u3400-\u9fff\uf900-\ufaff]$p$, '', 'g') END) AS t (latin, without)
$$;
COMMENT ON FUNCTION pls_internal.count_words IS
    'The number of words of a text; two Chinese characters are one.';

/* ---- the rules ---- */

-- A sentence has one finding, whatever else is wrong with it.
CREATE FUNCTION pls_internal.lint_phrases(sentences text[])
    RETURNS TABLE (place integer, rule text, words text, fix text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    phrase  record;
    pattern text;
    lines   CONSTANT text := array_to_string(sentences, E'\n');
    chinese CONSTANT boolean := octet_length(lines) <> length(lines) AND lines ~ $p$[\u4e00-\u9fff]$p$;
    found   integer[] := '{}';
BEGIN
    FOR phrase IN SELECT f.rule, f.pattern, f.fix FROM pls.forbidden_phrases f
                   -- compiling a pattern is what takes time
                   WHERE f.enabled AND (chinese OR position($p$\u$p$ IN f.pattern) = 0)
                   ORDER BY f.rule DESC, f.phrase COLLATE "C" LOOP
        pattern := pls_internal.full_pattern(phrase.pattern);
        CONTINUE WHEN lines !~* pattern;
        FOR place, words IN SELECT s.place, btrim((regexp_match(s.sentence, pattern, 'i'))[1])
                              FROM unnest(lint_phrases.sentences) WITH ORDINALITY AS s (sentence, place)
                             WHERE NOT s.place = ANY (found) AND s.sentence ~* pattern LOOP
            found := found || place;
            rule := phrase.rule;
            fix := phrase.fix;
            RETURN NEXT;
        END LOOP;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.lint_phrases IS
    'The sentences, in plain form, that have a wording of pls.forbidden_phrases: the number of the sentence, the rule, the words, what to do instead; one row for a sentence, surveillance before pressure.';

CREATE FUNCTION pls_internal.lint_placeholders(message text, motion text) RETURNS TABLE (rule text, words text, fix text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    found record;
    problem text;
BEGIN
    FOR found IN SELECT p.written, min(p.name) AS name FROM pls_internal.placeholders(message) p GROUP BY p.written ORDER BY p.written COLLATE "C" LOOP
        problem := CASE WHEN found.name IS NULL THEN
                'Use {{account.name}}, {{product}}, {{rep.name}}, {{rep.email}} or {{signal.NAME}} of an approved signal.'
            WHEN found.name LIKE 'signal.%' THEN
                (pls_internal.outreach_signal(lint_placeholders.motion, substr(found.name, 8))).problem END;
        CONTINUE WHEN problem IS NULL;
        rule := 'unapproved_placeholder';
        words := found.written;
        fix := problem;
        RETURN NEXT;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.lint_placeholders IS
    'Part of pls.lint_template(): placeholders that may not be used.';

CREATE FUNCTION pls_internal.lint_length(body text, subject text, kind text) RETURNS TABLE (rule text, words text, fix text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    most_words      integer;
    most_characters integer;
    its_words       CONSTANT integer := pls_internal.count_words(left(lint_length.body, 20000));
    most_of_subject CONSTANT integer := 90;
BEGIN
    SELECT l.words, l.characters INTO most_words, most_characters FROM pls_internal.message_limits(lint_length.kind) l;
    rule := 'too_long';
    IF its_words > most_words OR length(lint_length.body) > most_characters THEN
        words := format('%s words, %s characters', its_words, length(lint_length.body));
        fix := format('Use at most %s words and %s characters: one goal, one offer, one ask.', most_words, most_characters);
        RETURN NEXT;
    END IF;
    IF length(lint_length.subject) > most_of_subject THEN
        words := format('a subject of %s characters', length(lint_length.subject));
        fix := format('Use at most %s characters.', most_of_subject);
        RETURN NEXT;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.lint_length IS
    'Part of pls.lint_template(): a body or a subject that is too long.';

CREATE FUNCTION pls_internal.lint_message(body text, subject text, motion text, kind text)
    RETURNS TABLE (rule text, words text, fix text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- patterns are matched against no more
    most        CONSTANT integer := 4000;
    characters  text;
    title       text;
    sentences   text[];
    phrases     jsonb;
    asks        text[];
    opt_out     bigint[];
    no_opt_out  CONSTANT boolean := coalesce(lint_message.kind IN ('call_opener', 'discovery'), false);
BEGIN
    IF lint_message.body IS NULL OR btrim(lint_message.body) = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'body must not be empty',
            HINT = 'Pass the text of the message.';
    END IF;
    IF lint_message.kind IS NOT NULL THEN
        PERFORM pls_internal.check_word(lint_message.kind, pls_internal.message_kinds(), 'kind');
    END IF;
    IF lint_message.motion IS NOT NULL AND NOT EXISTS (SELECT FROM pls.motions m WHERE m.motion = lint_message.motion) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('motion "%s" does not exist', lint_message.motion),
            HINT = 'pls.motions lists the motions; NULL checks the form of placeholders only.';
    END IF;
    -- of a long text its beginning and, for the way to opt out, its end
    characters := pls_internal.plain_characters(CASE WHEN length(lint_message.body) > most
        THEN left(lint_message.body, most - 1000) || E'\n\n' || regexp_replace(right(lint_message.body, 1000), $p$^[^.!?\n\u3002]*[.!?\n\u3002]$p$, '') ELSE lint_message.body END);
    title := pls_internal.plain_characters(left(lint_message.subject, 500));
    sentences := pls_internal.sentences(pls_internal.plain_text(pls_internal.placeholders_as_words(characters, lint_message.motion)));
    SELECT coalesce(jsonb_agg(to_jsonb(p)), '[]') INTO phrases
      FROM pls_internal.lint_phrases(sentences || pls_internal.sentences(
               coalesce(pls_internal.plain_text(pls_internal.placeholders_as_words(title, lint_message.motion)), ''))) p;
    RETURN QUERY SELECT p.rule, p.words, p.fix FROM jsonb_to_recordset(phrases) AS p (rule text, words text, fix text);
    opt_out := pls_internal.opt_out_places(sentences);
    -- of a long one the asks are counted when it is shorter; what is pressure is no ask
    IF NOT EXISTS (SELECT FROM pls_internal.lint_length(lint_message.body, NULL, lint_message.kind)) THEN
        asks := pls_internal.asks_of(sentences, opt_out || ARRAY(SELECT p.place FROM jsonb_to_recordset(phrases) AS p (place bigint)), lint_message.kind);
        IF cardinality(asks) > 1 THEN
            RETURN QUERY SELECT 'more_than_one_ask'::text, left(array_to_string(asks, ' / '), 300),
                'Keep the ask that costs the reader least, and leave out the others.'::text;
        END IF;
    END IF;
    IF NOT no_opt_out AND opt_out = '{}' THEN
        RETURN QUERY SELECT 'missing_opt_out'::text, ''::text,
            'End with a line such as: If you would rather not hear from me, reply "stop".'::text;
    END IF;
    RETURN QUERY SELECT p.rule, p.words, p.fix
      FROM pls_internal.lint_placeholders(concat_ws(E'\n', title, characters,
               -- they are plain quotes there
               CASE WHEN octet_length(lint_message.body) <> length(lint_message.body) THEN
                   (SELECT string_agg(m.found[1], E'\n') FROM regexp_matches(left(concat_ws(E'\n', lint_message.subject, lint_message.body), most), $p$(\u00ab[^\n\u00bb]{1,40}\u00bb)$p$, 'g') AS m (found)) END),
               lint_message.motion) p;
    RETURN QUERY SELECT l.rule, l.words, l.fix
      FROM pls_internal.lint_length(lint_message.body, lint_message.subject, lint_message.kind) l;
END;
$$;
COMMENT ON FUNCTION pls_internal.lint_message IS
    'What pls.lint_template() says, its texts in one line each.';

CREATE FUNCTION pls.lint_template(body text, subject text DEFAULT NULL, motion text DEFAULT NULL, kind text DEFAULT NULL)
    RETURNS TABLE (rule text, words text, fix text)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT l.rule, pls_internal.wrapped(l.words, 42), pls_internal.wrapped(l.fix, 44)
      FROM pls_internal.lint_message(lint_template.body, lint_template.subject, lint_template.motion, lint_template.kind) l
$$;
COMMENT ON FUNCTION pls.lint_template IS
'What is wrong with the text of a message: the rule (surveillance, pressure, more_than_one_ask, missing_opt_out, unapproved_placeholder or too_long), the words in their plain form, and what to do instead, in lines that fit on a screen. No row: it is good. motion: its signals are looked up for the placeholders {{signal.NAME}}, and what they print is judged, too; NULL: only the form is. kind: as pls.templates.kind; call_opener and discovery need no way to opt out, and of discovery each line may be a question; NULL: an email. Errors: 22004 (no body), 22023 (unknown kind), 42704 (no such motion).';

CREATE FUNCTION pls_internal.lint_messages(motion text) RETURNS TABLE (template text, rule text, words text, fix text)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.template, l.rule, l.words, l.fix
      FROM pls.templates t
     CROSS JOIN LATERAL pls_internal.lint_message(t.body, t.subject, t.motion, t.kind) l
     WHERE t.motion = lint_messages.motion AND t.enabled
$$;
COMMENT ON FUNCTION pls_internal.lint_messages IS
    'What pls.lint_template() says about the enabled templates of a motion, texts in one line each; they share the compiled patterns, so that a further template costs little.';
