/* 80_references.sql - rows of the configuration that refer to other rows.
 *
 * They are kept by triggers, not by foreign keys, because a dump is loaded
 * into an extension's tables in any order (src/model/reference.c).  The errors are
 * those of foreign keys.  pls_internal.reference_rules() lists them once, for the
 * triggers and for pls_internal.dangling_references().
 */

CREATE FUNCTION pls_internal.reference_rules()
RETURNS TABLE (table_name name, column_name name, referred_table name, referred_column name, on_delete text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT r.table_name, r.column_name, r.referred_table, r.referred_column, r.on_delete
    FROM (VALUES
        ('signals'::name, 'motion'::name, 'motions'::name, 'motion'::name, 'cascade'::text),
        ('category_limits', 'motion', 'motions', 'motion', 'cascade'),
        ('grades', 'motion', 'motions', 'motion', 'cascade'),
        ('exclusions', 'motion', 'motions', 'motion', 'cascade'),
        ('routes', 'motion', 'motions', 'motion', 'cascade'),
        ('escalations', 'motion', 'motions', 'motion', 'cascade'),
        ('templates', 'motion', 'motions', 'motion', 'cascade'),
        ('outreach_rules', 'motion', 'motions', 'motion', 'cascade'),
        ('pilots', 'motion', 'motions', 'motion', 'cascade'),
        ('intake', 'motion', 'motions', 'motion', 'cascade'),
        ('stages', 'motion', 'motions', 'motion', 'cascade'),
        ('notes', 'motion', 'motions', 'motion', 'cascade'),
        ('pilot_rules', 'pilot', 'pilots', 'pilot', 'cascade'),
        ('calendar_hours', 'calendar', 'calendars', 'calendar', 'cascade'),
        ('holidays', 'calendar', 'calendars', 'calendar', 'cascade'),
        ('motions', 'calendar', 'calendars', 'calendar', 'refuse'),
        ('reps', 'calendar', 'calendars', 'calendar', 'refuse'),
        ('pools', 'calendar', 'calendars', 'calendar', 'refuse'),
        ('routes', 'calendar', 'calendars', 'calendar', 'refuse'),
        ('routes', 'resolve_calendar', 'calendars', 'calendar', 'refuse'),
        ('reps', 'manager', 'reps', 'rep', 'refuse'),
        ('pools', 'fallback', 'reps', 'rep', 'refuse'),
        ('pool_members', 'rep', 'reps', 'rep', 'cascade'),
        ('absences', 'rep', 'reps', 'rep', 'cascade'),
        ('pool_members', 'pool', 'pools', 'pool', 'cascade'),
        ('routes', 'pool', 'pools', 'pool', 'refuse'),
        ('escalations', 'pool', 'pools', 'pool', 'refuse')
    ) AS r (table_name, column_name, referred_table, referred_column, on_delete);
END;
COMMENT ON FUNCTION pls_internal.reference_rules IS
'Which column of a configuration table refers to which row of another, and what becomes of it when that row is deleted: cascade (it is deleted as well) or refuse (the row cannot be deleted). A new key is always followed.';

CREATE FUNCTION pls_internal.check_reference() RETURNS trigger
    AS 'MODULE_PATHNAME', 'pls_check_reference' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION pls_internal.check_reference IS
'Trigger of a configuration table: refuses (23503) a row that refers to one that is not there. Error 39P01 if it is fired otherwise.';

CREATE FUNCTION pls_internal.follow_reference() RETURNS trigger
    AS 'MODULE_PATHNAME', 'pls_follow_reference' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION pls_internal.follow_reference IS
'Trigger of a configuration table: rows that refer to one of its rows follow a new key, and are deleted with the row or keep it from being deleted (23503), as pls_internal.reference_rules() says. Error 39P01 if it is fired otherwise.';

DO $$
DECLARE
    r record;
    arguments text;
BEGIN
    FOR r IN SELECT f.table_name, f.column_name, f.referred_table, f.referred_column, f.on_delete
               FROM pls_internal.reference_rules() f LOOP
        arguments := format('%L, %L, %L, %L, %L', r.table_name, r.column_name,
                                       r.referred_table, r.referred_column, r.on_delete);
        EXECUTE format(
            'CREATE TRIGGER %I AFTER INSERT OR UPDATE ON pls.%I
                 FOR EACH ROW WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.check_reference(%s);
             CREATE TRIGGER %I AFTER UPDATE OR DELETE ON pls.%I
                 FOR EACH ROW WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.follow_reference(%s);
             CREATE TRIGGER %I AFTER TRUNCATE ON pls.%I
                 FOR EACH STATEMENT WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.follow_reference(%s);
             COMMENT ON TRIGGER %I ON pls.%I IS %L;
             COMMENT ON TRIGGER %I ON pls.%I IS %L;
             COMMENT ON TRIGGER %I ON pls.%I IS %L',
            format('refers_by_%s', r.column_name), r.table_name, arguments,
            format('referred_by_%s_%s', r.table_name, r.column_name), r.referred_table, arguments,
            format('truncated_under_%s_%s', r.table_name, r.column_name), r.referred_table, arguments,
            format('refers_by_%s', r.column_name), r.table_name,
            format('%s names a row of %s', r.column_name, r.referred_table),
            format('referred_by_%s_%s', r.table_name, r.column_name), r.referred_table,
            format('%s.%s follows the row that it names', r.table_name, r.column_name),
            format('truncated_under_%s_%s', r.table_name, r.column_name), r.referred_table,
            format('%s is not emptied while %s names rows of it', r.referred_table, r.table_name));
    END LOOP;
END
$$;

CREATE FUNCTION pls_internal.dangling_references()
RETURNS TABLE (table_name name, column_name name, referred_table name, value text, rows bigint)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    r record;
BEGIN
    FOR r IN SELECT f.table_name, f.column_name, f.referred_table, f.referred_column
               FROM pls_internal.reference_rules() f LOOP
        RETURN QUERY EXECUTE format(
            'SELECT %L::name, %L::name, %L::name, c.%I, count(*)
               FROM pls.%I c
              WHERE c.%I IS NOT NULL AND NOT EXISTS (SELECT FROM pls.%I p WHERE p.%I = c.%I)
              GROUP BY c.%I ORDER BY c.%I',
            r.table_name, r.column_name, r.referred_table, r.column_name,
            r.table_name, r.column_name, r.referred_table, r.referred_column, r.column_name,
            r.column_name, r.column_name);
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.dangling_references IS
'Rows of the configuration that refer to a row that is not there, which only a partial restore can leave: by table, column and value. None: all is well.';
