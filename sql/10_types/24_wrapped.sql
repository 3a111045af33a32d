/* 24_wrapped.sql - long sentences in columns that people read in psql.
 */

CREATE FUNCTION pls_internal.wrapped(text text, width integer) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- regular expressions count no further
    most  CONSTANT integer := least(width, 255);
    rest  text := btrim(regexp_replace(text, '[[:space:]]+', ' ', 'g'));
    line  text;
    lines text[] := '{}';
BEGIN
    WHILE length(rest) > most LOOP
        -- the last blank that fits; a longer word is broken
        line := coalesce(substring(rest FROM format('^(.{1,%s}) ', most)), left(rest, most));
        rest := ltrim(substr(rest, length(line) + 1));
        lines := lines || line;
    END LOOP;
    RETURN array_to_string(lines || rest, E'\n');
END;
$$;
COMMENT ON FUNCTION pls_internal.wrapped IS
'A text in lines of at most so many characters, 255 at most, broken at blanks where there are any. NULL: NULL.';
