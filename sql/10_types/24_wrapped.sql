/* 24_wrapped.sql - long sentences in columns that people read in psql.
 */

-- Chinese, Japanese and Korean characters and their punctuation, and symbols
-- that are drawn as pictures.
CREATE FUNCTION pls_internal.wide_characters() RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ($p$\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6$p$ ||
           $p$\u231a\u231b\u2329\u232a\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd$p$ ||
           $p$\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55$p$ ||
           $p$\U00016fe0-\U0001b2ff\U0001f004\U0001f0cf\U0001f18e\U0001f191-\U0001f19a\U0001f200-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7f0\U0001f900-\U0001faff\U00020000-\U0003fffd$p$)::text;
COMMENT ON FUNCTION pls_internal.wide_characters IS
'The characters that take two columns of a terminal, as ranges of a bracket expression in a regular expression.';

CREATE FUNCTION pls_internal.display_width(text text) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT 2 * length(text) - length(regexp_replace(text, '[' || pls_internal.wide_characters() || ']', '', 'g'));
END;
COMMENT ON FUNCTION pls_internal.display_width IS
'How many columns of a terminal a line takes; a wide character takes two. NULL: NULL.';

CREATE FUNCTION pls_internal.lines_of(text text, width integer) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lines text[] := '{}';
    line  text := '';
    word  text;
    wide  integer := 0;         -- of the line so far
    is_wide CONSTANT text := pls_internal.wide_characters();
BEGIN
    -- a line may break at a blank, and behind a wide character unless a comma or the like follows
    FOR word IN
        SELECT m[1] FROM regexp_matches(text, format($p$([^ %1$s]*[%1$s][，。；：、！？）》”]*|[^ %1$s]+ ?| )$p$, is_wide), 'g') AS m
    LOOP
        IF wide + pls_internal.display_width(rtrim(word)) > width AND line <> '' THEN
            lines := lines || rtrim(line);
            line := '';
            wide := 0;
        END IF;
        CONTINUE WHEN line = '' AND word = ' ';
        line := line || word;
        wide := wide + pls_internal.display_width(word);
        -- a word that is wider than a line; a character can take two columns, or a backslash
        WHILE pls_internal.display_width(rtrim(line)) > width LOOP
            lines := lines || substring(line FROM format(E'^(?:\\\\.|[^\\\\]){1,%s}',
                                        least(255, CASE WHEN line ~ format($p$[%s\\]$p$, is_wide) THEN width / 2 ELSE width END)));
            line := substr(line, length(lines[cardinality(lines)]) + 1);
            wide := pls_internal.display_width(line);
        END LOOP;
    END LOOP;
    RETURN CASE WHEN btrim(line) = '' THEN lines ELSE lines || rtrim(line) END;
END;
$$;
COMMENT ON FUNCTION pls_internal.lines_of IS
'A text in lines of at most so many columns, of which a wide character takes two. A backslash stays with what it is before.';

-- Inlined, so that what is short and plain costs little: no character of it
-- takes more columns than bytes.
CREATE FUNCTION pls_internal.wrapped(text text, width integer) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN text IS NULL THEN NULL
                WHEN octet_length(text) <= width AND text !~ '[[:cntrl:]]|(?! )[[:space:]]|^ | $|  ' THEN text
                ELSE array_to_string(pls_internal.lines_of(
                         btrim(regexp_replace(text, '[[:cntrl:][:space:]]+', ' ', 'g')), width), E'\n') END;
END;
COMMENT ON FUNCTION pls_internal.wrapped IS
'A text in lines of at most so many columns, broken at blanks where there are any; line breaks and control characters of its own become blanks. NULL: NULL.';
