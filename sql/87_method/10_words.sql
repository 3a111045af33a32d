/* 10_words.sql - what is said about a motion, in the languages of the method.
 *
 * Each file that says something brings its words, next to the functions that
 * use them.  A text has the places of format(); what people have written
 * themselves is put in as it is, in any language.
 *
 * The installed script is ASCII, whatever the encoding of the database: in it
 * other characters are \uXXXX (Makefile), which is read here.
 */

CREATE TABLE pls_internal.words (
    key      text PRIMARY KEY,
    en       text NOT NULL,
    zh       text NOT NULL
);
COMMENT ON TABLE pls_internal.words IS
'Headings, heads of tables and sentences of what is generated about a motion. Made by CREATE EXTENSION, never changed, and left out of dumps.';
COMMENT ON COLUMN pls_internal.words.key IS 'What the function that says it calls it.';
COMMENT ON COLUMN pls_internal.words.en IS 'The text in English, with the places of format().';
COMMENT ON COLUMN pls_internal.words.zh IS 'The same in Simplified Chinese, its characters as escapes of JSON; the places can be numbered.';
-- Left out as a whole: the extension makes it.
SELECT pg_extension_config_dump('pls_internal.words', 'WHERE false');

CREATE FUNCTION pls_internal.check_language(language text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_word(language, '{en,zh}', 'language');
    IF language = 'zh' AND getdatabaseencoding() <> 'UTF8' THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('a database in %s cannot show Chinese', getdatabaseencoding()),
            HINT = 'Use language ''en'', or a database in UTF8.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_language IS
'Refuses a language other than en and zh (22023), and zh in a database that is not in UTF8 (0A000).';

CREATE FUNCTION pls_internal.say(language text, key text, VARIADIC arguments text[] DEFAULT '{}') RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    words text;
BEGIN
    SELECT CASE language WHEN 'zh' THEN replace(to_json(w.zh)::text, $p$\\u$p$, $p$\u$p$)::jsonb #>> '{}' ELSE w.en END
      INTO words FROM pls_internal.words w WHERE w.key = say.key;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'internal_error', MESSAGE = format('pls: there are no words "%s"', key);
    END IF;
    RETURN format(words, VARIADIC arguments);
END;
$$;
COMMENT ON FUNCTION pls_internal.say IS
'The words of this key in a language, with the arguments in their places; a NULL is put in as nothing.';

-- A word of a table, such as a status, of which there may be others.
CREATE FUNCTION pls_internal.say_if_known(language text, subject text, word text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM pls_internal.words w WHERE w.key = concat(subject, '.', word)) THEN
        RETURN pls_internal.say(language, concat(subject, '.', word));
    END IF;
    RETURN word;
END;
$$;
COMMENT ON FUNCTION pls_internal.say_if_known IS
'A word of a subject (status, owner, reason ...) in a language; one that has no translation as it is.';

INSERT INTO pls_internal.words (key, en, zh) VALUES
('list.comma', ', ', '、'),
('quoted', '"%s"', '“%s”'),
('list.semicolon', '; ', '；'),
('span.day', 'day', '天'),
('span.hour', 'hour', '小时'),
('span.minute', 'minute', '分钟'),
('span.work.hours', '%s working hours', '%s 工作小时'),
('span.work.minutes', '%s working minutes', '%s 工作分钟');

CREATE FUNCTION pls_internal.listed(language text, items text[], separator text DEFAULT 'list.comma') RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT array_to_string(items, pls_internal.say(language, separator))
$$;
COMMENT ON FUNCTION pls_internal.listed IS
'Texts as a list within a sentence; separator: list.comma or list.semicolon. None: an empty text.';

-- Sentences follow each other without a space where the full stop is wide.
CREATE FUNCTION pls_internal.paragraph(language text, items text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT array_to_string(items, CASE language WHEN 'zh' THEN '' ELSE ' ' END);
END;
COMMENT ON FUNCTION pls_internal.paragraph IS
'Sentences as a paragraph; a NULL is left out.';

CREATE FUNCTION pls_internal.percent_text(share numeric) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT trim_scale(round(100 * share, 1)) || ' %';
END;
COMMENT ON FUNCTION pls_internal.percent_text IS
'A share in percent, with at most one decimal. NULL: NULL.';

CREATE FUNCTION pls_internal.span_in(language text, span interval) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    words CONSTANT text := pls_internal.span_text(span);
BEGIN
    IF language = 'en' OR words IS NULL THEN
        RETURN words;
    END IF;
    RETURN concat(split_part(words, ' ', 1), ' ', pls_internal.say(language, 'span.' || rtrim(split_part(words, ' ', 2), 's')));
END;
$$;
COMMENT ON FUNCTION pls_internal.span_in IS
'An interval in words as of pls_internal.span_text(), in a language. NULL: NULL.';

-- A working day has no fixed length.
CREATE FUNCTION pls_internal.work_span_in(language text, span interval) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    minutes CONSTANT numeric := extract(epoch FROM span) / 60;
BEGIN
    IF span IS NULL THEN
        RETURN NULL;
    ELSIF minutes < 60 THEN
        RETURN pls_internal.say(language, 'span.work.minutes', trim_scale(round(minutes, 1))::text);
    END IF;
    RETURN pls_internal.say(language, 'span.work.hours', trim_scale(round(minutes / 60, 1))::text);
END;
$$;
COMMENT ON FUNCTION pls_internal.work_span_in IS
'A span of working time in words, in hours or minutes. NULL: NULL.';
