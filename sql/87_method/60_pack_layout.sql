/* 60_pack_layout.sql - headings, paragraphs, lists and tables of the Motion Pack.
 *
 * Markdown as of pls.weekly_review_markdown(): what people wrote shows as it
 * is and cannot break the page.  A wide character takes two columns.
 */

CREATE FUNCTION pls_internal.pack_paragraph(text text, first text DEFAULT '', further text DEFAULT '') RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(CASE WHEN l.place = 1 THEN first ELSE further END || pls_internal.markdown_line(l.line), E'\n' ORDER BY l.place)
      FROM unnest(pls_internal.lines_of(pls_internal.markdown_text(text), 116)) WITH ORDINALITY AS l (line, place)
$$;
COMMENT ON FUNCTION pls_internal.pack_paragraph IS
'A text as a paragraph of Markdown in lines of at most 120 columns; first and further: what its first line and the others begin with. NULL or empty: NULL.';

CREATE FUNCTION pls_internal.pack_list(items text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(pls_internal.pack_paragraph(i.item, '- ', '  '), E'\n' ORDER BY i.place)
      FROM unnest(items) WITH ORDINALITY AS i (item, place)
$$;
COMMENT ON FUNCTION pls_internal.pack_list IS
'Texts as a list in Markdown. None: NULL.';

-- What was wrapped for psql: behind a wide character a line had no blank.
CREATE FUNCTION pls_internal.unwrapped(text text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT replace(regexp_replace(unwrapped.text, format(E'([%1$s\u201d])\n(?=[%1$s\u201c])', pls_internal.wide_characters()), E'\\1', 'g'), E'\n', ' ')
$$;
COMMENT ON FUNCTION pls_internal.unwrapped IS
'A text of pls_internal.wrapped() in one line. NULL: NULL.';

CREATE FUNCTION pls_internal.pack_table(language text, heads text[], numbers boolean[], cells text[]) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF coalesce(cardinality(cells), 0) = 0 THEN
        RETURN pls_internal.say(language, 'pack.nothing');
    END IF;
    RETURN pls_internal.markdown_table(
        ARRAY(SELECT pls_internal.say(language, 'head.' || h.key) FROM unnest(heads) WITH ORDINALITY AS h (key, place) ORDER BY h.place),
        numbers,
        ARRAY(SELECT coalesce(pls_internal.markdown_text(pls_internal.unwrapped(c.cell)), '') FROM unnest(cells) WITH ORDINALITY AS c (cell, place) ORDER BY c.place));
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_table IS
'A table in Markdown: keys of the heads ("head." and this), which columns have numbers, and the cells row by row, in plain text. Without cells a sentence that there is nothing.';

CREATE FUNCTION pls_internal.pack_heading(language text, key text, level integer DEFAULT 3) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format(E'%s %s\n\n', repeat('#', level), pls_internal.say(language, key))
$$;
COMMENT ON FUNCTION pls_internal.pack_heading IS
'A heading of the Motion Pack in Markdown, with the empty line behind it.';
