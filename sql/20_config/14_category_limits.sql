/* 14_category_limits.sql - what the signals of one category are worth together.
 */

CREATE TABLE pls.category_limits (
    motion      text NOT NULL,
    category    text NOT NULL,
    min_points  numeric,
    max_points  numeric,
    PRIMARY KEY (motion, category)
);
SELECT pg_extension_config_dump('pls.category_limits', '');

COMMENT ON TABLE pls.category_limits IS
'Bounds on what all signals of one category are worth together. When one takes effect, pls.explain() shows a line for it.';
COMMENT ON COLUMN pls.category_limits.motion IS 'The motion it belongs to.';
COMMENT ON COLUMN pls.category_limits.category IS 'A category of pls.signals, except outcome.';
COMMENT ON COLUMN pls.category_limits.min_points IS 'The category is never worth less. NULL: no lower bound.';
COMMENT ON COLUMN pls.category_limits.max_points IS 'The category is never worth more. NULL: no upper bound.';

CREATE FUNCTION pls_internal.checked_category_limit(l pls.category_limits) RETURNS pls.category_limits
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_word(l.category, array_remove(pls_internal.signal_categories(), 'outcome'), 'category');
    PERFORM pls_internal.check_range(l.min_points, l.max_points, 'min_points', 'max_points');
    IF l.min_points IS NULL AND l.max_points IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a category limit needs min_points or max_points',
            HINT = 'Set one of them, or delete the row.';
    END IF;
    RETURN l;
END;
$$;
COMMENT ON FUNCTION pls_internal.checked_category_limit IS
'A row of pls.category_limits, validated. Errors: 22023, 0A000.';

CREATE FUNCTION pls_internal.check_category_limit() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN pls_internal.checked_category_limit(NEW);
END;
$$;
COMMENT ON FUNCTION pls_internal.check_category_limit IS
'Trigger: validates a row of pls.category_limits.';

CREATE TRIGGER check_category_limit BEFORE INSERT OR UPDATE ON pls.category_limits
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_category_limit();
COMMENT ON TRIGGER check_category_limit ON pls.category_limits IS 'Validates the row.';
CREATE TRIGGER model_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pls.category_limits
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.model_changed();
COMMENT ON TRIGGER model_changed ON pls.category_limits IS 'Makes every session recompile the models.';
ALTER TABLE pls.category_limits ENABLE ALWAYS TRIGGER model_changed;
