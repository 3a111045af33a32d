/* 32_weekly_review_markdown.sql - the weekly review as a page.
 *
 * Names and notes are other people's texts: whatever is in them shows as it
 * was written, and cannot end a table, begin a heading or link to anything.
 */

CREATE FUNCTION pls_internal.markdown_text(text text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT regexp_replace(
               regexp_replace(btrim(regexp_replace(text, '[[:cntrl:][:space:]]+', ' ', 'g')),
                              '([\\`*_{}\[\]<#|~&$])', '\\\1', 'g'),
               '(:(?=//)|(?<=www)\.|@)', '\\\1', 'gi');
END;
COMMENT ON FUNCTION pls_internal.markdown_text IS
'A text on one line of Markdown, within a table or not, so that it shows as it is: line breaks and control characters become a space, what has a meaning gets a backslash. NULL: NULL.';

-- What would make a list or a heading of a line, were it the first of it.
CREATE FUNCTION pls_internal.markdown_line(line text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT regexp_replace(regexp_replace(line, '^([-+=:>])', '\\\1'), '^(\d+)([.)])', '\1\\\2');
END;
COMMENT ON FUNCTION pls_internal.markdown_line IS
'The beginning of a line of Markdown made harmless: a list, a heading or a rule begins with none.';

CREATE FUNCTION pls_internal.markdown_item(text text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    width CONSTANT integer := 116;      -- of 120, less the indentation and a backslash
    rest  text := text;
    line  text;
    lines text[] := '{}';
BEGIN
    WHILE rest <> '' LOOP
        line := rest;
        IF length(rest) > width THEN
            -- the last blank that fits, else within a word, but behind no backslash
            line := coalesce(substring(rest FROM format('^(.{1,%s}) ', width)),
                             substring(rest FROM format(E'^(?:\\\\.|[^\\\\]){1,%s}', width / 2)));
        END IF;
        rest := ltrim(substr(rest, length(line) + 1));
        lines := lines || pls_internal.markdown_line(line);
    END LOOP;
    RETURN '- ' || array_to_string(lines, E'\n  ');
END;
$$;
COMMENT ON FUNCTION pls_internal.markdown_item IS
'An item of a list in Markdown, of a text of pls_internal.markdown_text(), in lines of at most 120 characters.';

CREATE FUNCTION pls_internal.markdown_table(heads text[], numbers boolean[], cells text[]) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    columns CONSTANT integer := cardinality(heads);
BEGIN
    RETURN (
        WITH placed AS (
            SELECT coalesce(x.cell, '') AS cell, (x.place - 1) / columns AS line, (x.place - 1) % columns AS col
              FROM unnest(heads || cells) WITH ORDINALITY AS x (cell, place)),
        measured AS (
            SELECT p.cell, p.line, p.col, numbers[p.col + 1] AS is_number,
                   greatest(max(pls_internal.display_width(p.cell)) OVER (PARTITION BY p.col), 3) AS width
              FROM placed p),
        wide AS (
            SELECT m.cell, m.line, m.col, m.is_number, m.width, repeat(' ', m.width - pls_internal.display_width(m.cell)) AS blanks
              FROM measured m),
        lines AS (
            SELECT w.line,
                   string_agg(CASE WHEN w.is_number THEN w.blanks || w.cell ELSE w.cell || w.blanks END,
                              ' | ' ORDER BY w.col) AS cells,
                   string_agg(CASE WHEN w.is_number THEN repeat('-', w.width - 1) || ':' ELSE repeat('-', w.width) END,
                              ' | ' ORDER BY w.col) AS rule
              FROM wide w GROUP BY w.line)
        SELECT string_agg(format('| %s |', l.cells) || CASE WHEN l.line = 0 THEN format(E'\n| %s |', l.rule) ELSE '' END,
                          E'\n' ORDER BY l.line)
          FROM lines l);
END;
$$;
COMMENT ON FUNCTION pls_internal.markdown_table IS
'A table in Markdown, its columns aligned: their heads, which of them have numbers, and the cells row by row, each a text of pls_internal.markdown_text().';

-- Columns in which nothing is said are left out.
CREATE FUNCTION pls_internal.review_table(rows pls_internal.review_row[]) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    columns CONSTANT text[] := ARRAY['item', 'this week', 'week before', 'change', 'owner', 'note'];
BEGIN
    RETURN (
        WITH cells AS (
            SELECT r.place AS line, c.place AS col, c.cell
              FROM unnest(rows) WITH ORDINALITY AS r (item, this_week, week_before, owner, note, place)
             CROSS JOIN LATERAL unnest(ARRAY[
                   pls_internal.markdown_text(r.item), r.this_week::text, r.week_before::text,
                   CASE WHEN r.this_week > r.week_before THEN '+' ELSE '' END || (r.this_week - r.week_before)::text,
                   pls_internal.markdown_text(r.owner), pls_internal.markdown_text(r.note)]) WITH ORDINALITY AS c (cell, place)),
        shown AS (
            SELECT c.col FROM cells c GROUP BY c.col HAVING bool_or(c.cell IS NOT NULL))
        SELECT pls_internal.markdown_table(
                   (SELECT array_agg(columns[s.col] ORDER BY s.col) FROM shown s),
                   (SELECT array_agg(s.col BETWEEN 2 AND 4 ORDER BY s.col) FROM shown s),
                   (SELECT array_agg(c.cell ORDER BY c.line, c.col) FROM cells c JOIN shown s ON s.col = c.col)));
END;
$$;
COMMENT ON FUNCTION pls_internal.review_table IS
'Rows of a section of pls.weekly_review() as a table in Markdown.';

CREATE FUNCTION pls_internal.review_list(rows pls_internal.review_row[], value_name text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT string_agg(pls_internal.markdown_item(pls_internal.markdown_text(
                   concat_ws(', ', r.item, value_name || ' ' || trim_scale(r.this_week), r.owner) || coalesce(': ' || r.note, ''))),
                   E'\n' ORDER BY r.place)
          FROM unnest(rows) WITH ORDINALITY AS r (item, this_week, week_before, owner, note, place));
END;
$$;
COMMENT ON FUNCTION pls_internal.review_list IS
'Rows of a section of pls.weekly_review() as a list in Markdown, for those with long notes; value_name: what their values are.';

CREATE FUNCTION pls.weekly_review_markdown(motion text, week date DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    w    record;
    page text;
BEGIN
    SELECT b.first_day, b.zone INTO w FROM pls_internal.week_bounds(motion, week) b;
    WITH review AS (
        SELECT r.section, array_agg(ROW(r.item, r.this_week, r.week_before, r.owner, r.note)::pls_internal.review_row
                                    ORDER BY r.ordinality) AS rows
          FROM pls.weekly_review(motion, week) WITH ORDINALITY AS r
         GROUP BY r.section)
    SELECT string_agg(format(E'## %s\n\n%s\n', t.title, coalesce(
               CASE WHEN t.value_name IS NULL THEN pls_internal.review_table(v.rows)
                    ELSE pls_internal.review_list(v.rows, t.value_name) END, 'None.')), E'\n' ORDER BY t.place)
      INTO page
      FROM (VALUES (1, 'agenda', 'Agenda', NULL), (2, 'alerts', 'Alerts', NULL),
                   (3, 'sla', 'SLA of the alerts raised in the week', NULL), (4, 'dispositions', 'Alerts closed in the week', NULL),
                   (5, 'signals', 'Precision by signal, over twelve weeks', NULL), (6, 'false positives', 'False positives', 'score'),
                   (7, 'model changes', 'Changes of the model', ''), (8, 'backlog', 'Backlog and failures, now', NULL),
                   (9, 'health', 'Health, now', '')) AS t (place, section, title, value_name)
      LEFT JOIN review v ON v.section = t.section;
    RETURN format(E'# Weekly review: %s\n\nThe week from %s to %s (%s), seen on %s.\n\n%s', pls_internal.markdown_text(motion),
                  w.first_day, w.first_day + 6, pls_internal.markdown_text(w.zone), pls_internal.utc_text(pls.now()), page);
END;
$$;
COMMENT ON FUNCTION pls.weekly_review_markdown IS
'pls.weekly_review() as a page in Markdown: aligned tables, and lists of what is longer, in lines of at most 120 characters. Names and texts of people are escaped: they show as they were written and cannot break the page. Access and errors as for pls.weekly_review().';
