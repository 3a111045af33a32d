/* 57_health_of_retention.sql - whether what is old is forgotten as fast as it comes.
 */

CREATE FUNCTION pls_internal.health_of_retention()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    behind text;
BEGIN
    -- who has locked what is said by other checks, and this can wait
    IF pls_internal.locked_table('pls.retention', 'pls_internal.retention_marks', 'pls.pilots', 'pls.motions', 'pls.pools',
                        'pls.pool_members', 'pls.reps', 'pls.alerts',
                        'pls.alert_log', 'pls.decisions', 'pls.standings', 'pls.drafts', 'pls.deliveries') IS NOT NULL THEN
        RETURN;
    END IF;
    behind := (
        SELECT string_agg(format('%s for %s', r.what, pls_internal.age_text(o.at + r.keep_for)), ', ' ORDER BY r.what COLLATE "C")
          FROM pls.retention r
          JOIN pls_internal.retention_marks m ON m.what = r.what
         CROSS JOIN LATERAL pls_internal.rows_by_age(r.what, m, pls.now() - r.keep_for - interval '7 days', pls.now(), 1) o
         -- who has begun anew since is still at what stays
         WHERE r.keep_for IS NOT NULL AND pls_internal.has_index_by_age(r.what)
           AND (m.began_at <= pls.now() - interval '1 day' OR pls_internal.is_ahead(m.began_at)));
    IF behind IS NOT NULL THEN
        item := 'retention';
        status := 'attention';
        value := 'to be forgotten: ' || behind;
        hint := 'The sweep deletes some rows a minute. CALL pls.sweep_all() goes on; after a large load delete old rows by hand.';
        RETURN NEXT;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.health_of_retention IS
'Row of pls.health about what is a week older than pls.retention says and was not looked at yet; none: all is done.';
