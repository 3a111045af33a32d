/* 55_health_of_thresholds.sql - thresholds that are percentiles, and are not.
 */

CREATE FUNCTION pls_internal.health_of_thresholds()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- a sweep may have had no time, or met an editor
    late CONSTANT interval := '1 hour';
    n    record;
BEGIN
    RETURN QUERY SELECT l.* FROM pls_internal.health_of_locked('thresholds', 'pls.motions', 'pls.signals', 'pls.model_versions') l;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT count(*) AS signals,
           string_agg(format('%s of %s: %s', s.signal, s.motion, CASE
               WHEN s.overdue THEN 'due since ' || pls_internal.utc_text(s.due_at)
               ELSE s.threshold_note END), '; ' ORDER BY s.motion COLLATE "C", s.signal COLLATE "C")
               FILTER (WHERE s.overdue OR s.threshold_note IS NOT NULL) AS said,
           bool_or(s.overdue) AS overdue
      INTO n
      FROM (SELECT g.motion, g.signal, g.threshold_note, d.due_at, d.due_at < pls.now() - late AS overdue
              FROM pls.signals g
              JOIN pls.motions m ON m.motion = g.motion AND m.status <> 'draft'
             CROSS JOIN LATERAL (
                   SELECT CASE WHEN g.threshold_every IS NOT NULL AND g.threshold_checked_at IS NULL
                               THEN (SELECT max(v.changed_at) FROM pls.model_versions v WHERE v.motion = g.motion)
                               ELSE pls_internal.threshold_due_at(g) END AS due_at) d
             WHERE g.enabled AND g.threshold_percentile IS NOT NULL) s;
    IF n.signals = 0 THEN
        RETURN;
    END IF;
    item := 'percentile thresholds';
    status := CASE WHEN n.said IS NOT NULL THEN 'attention' ELSE 'ok' END;
    value := coalesce(n.said, format('%s, none is overdue', n.signals));
    hint := CASE WHEN n.overdue THEN 'The sweep works them out, unless the motion''s rows are being edited or it must be rebuilt; pls.work_out_thresholds() says what is wrong.'
                 WHEN n.said IS NOT NULL THEN 'The number is not the percentile: ask for another one, or wait for more peers.' END;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls_internal.health_of_thresholds IS
'Row of pls.health about thresholds that are percentiles: those due for more than an hour, and those that are another number (pls.signals.threshold_note). No row if there are none.';
