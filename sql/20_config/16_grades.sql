/* 16_grades.sql - the bands of fit and engagement.
 */

CREATE TABLE pls.grades (
    motion      text NOT NULL,
    dimension   text NOT NULL,
    at_least    numeric NOT NULL,
    grade       text NOT NULL,
    PRIMARY KEY (motion, dimension, at_least)
);
SELECT pg_extension_config_dump('pls.grades', '');

COMMENT ON TABLE pls.grades IS
'Bands of the two dimensions. The grade of an entity is the letter of its fit followed by the digit of its engagement, such as A1; a band reaches up to the next one''s at_least.';
COMMENT ON COLUMN pls.grades.motion IS 'The motion it belongs to.';
COMMENT ON COLUMN pls.grades.dimension IS 'fit or engagement.';
COMMENT ON COLUMN pls.grades.at_least IS 'Points of the dimension from which the band holds.';
COMMENT ON COLUMN pls.grades.grade IS 'One capital letter for fit, A the best; one digit for engagement, 1 the best.';

CREATE FUNCTION pls_internal.checked_grade(g pls.grades) RETURNS pls.grades
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_word(g.dimension, '{fit,engagement}', 'dimension');
    PERFORM pls_internal.check_number(g.at_least, 'at_least');
    IF g.dimension = 'fit' AND g.grade !~ '^[A-Z]$' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('grade "%s" of fit must be one capital letter', g.grade),
            HINT = 'Use A for the best band, then B, C and so on.';
    ELSIF g.dimension = 'engagement' AND g.grade !~ '^[0-9]$' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('grade "%s" of engagement must be one digit', g.grade),
            HINT = 'Use 1 for the best band, then 2, 3 and so on.';
    END IF;
    RETURN g;
END;
$$;
COMMENT ON FUNCTION pls_internal.checked_grade IS
'A row of pls.grades, validated. Errors: 22023, 0A000.';

CREATE FUNCTION pls_internal.check_grade() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN pls_internal.checked_grade(NEW);
END;
$$;
COMMENT ON FUNCTION pls_internal.check_grade IS
'Trigger: validates a row of pls.grades.';

CREATE TRIGGER check_grade BEFORE INSERT OR UPDATE ON pls.grades
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_grade();
COMMENT ON TRIGGER check_grade ON pls.grades IS 'Validates the row.';
CREATE TRIGGER model_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pls.grades
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.model_changed();
COMMENT ON TRIGGER model_changed ON pls.grades IS 'Makes every session recompile the models.';
ALTER TABLE pls.grades ENABLE ALWAYS TRIGGER model_changed;
