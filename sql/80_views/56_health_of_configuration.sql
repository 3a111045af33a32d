/* 56_health_of_configuration.sql - what is wrong with the configuration.
 */

-- Motions that raise alerts, and what they need to.
CREATE FUNCTION pls_internal.configuration_problems() RETURNS TABLE (problem text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT format('motion "%s" has no signals', m.motion)
      FROM pls.motions m
     WHERE m.status IN ('pilot', 'live')
       AND NOT EXISTS (SELECT FROM pls.signals s WHERE s.motion = m.motion AND s.enabled)
    UNION ALL
    SELECT format('motion "%s" has no %s', m.motion, CASE WHEN r.last IS NULL THEN 'routes' ELSE 'catch-all route' END)
      FROM pls.motions m
      LEFT JOIN LATERAL (SELECT true AS last, r.predicate FROM pls.routes r
                          WHERE r.motion = m.motion ORDER BY r.position DESC LIMIT 1) r ON true
     WHERE m.status IN ('pilot', 'live') AND (r.last IS NULL OR r.predicate IS NOT NULL);
    RETURN QUERY
    SELECT format('%s row%s of %s name%s %s "%s", which is missing', d.rows, CASE WHEN d.rows <> 1 THEN 's' END,
                  d.table_name, CASE WHEN d.rows = 1 THEN 's' END, d.column_name, d.value)
      FROM pls_internal.dangling_references() d;
END;
$$;
COMMENT ON FUNCTION pls_internal.configuration_problems IS
'What is missing in the configuration: signals or routes of a motion that is live or in pilot, and rows that other rows refer to. No rows: nothing is missing.';

CREATE FUNCTION pls_internal.health_of_configuration()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    unshipped boolean;
BEGIN
    RETURN QUERY
    SELECT l.* FROM pls_internal.health_of_locked('configuration', VARIADIC ARRAY(
        SELECT DISTINCT pls_internal.own_table(t)
          FROM pls_internal.reference_rules() r, unnest(ARRAY[r.table_name, r.referred_table, 'shipped_rows', 'shipments']) t)) l;
    IF FOUND THEN
        RETURN;
    END IF;
    unshipped := EXISTS (
        SELECT FROM pls_internal.shipped_rows r
         WHERE r.shipment > coalesce((SELECT max(s.shipment) FROM pls_internal.shipments s), 0));
    item := 'configuration';
    value := (SELECT string_agg(p.problem, ', ' ORDER BY p.problem) FROM pls_internal.configuration_problems() p);
    status := CASE WHEN value IS NOT NULL THEN 'broken' WHEN unshipped THEN 'attention' ELSE 'ok' END;
    hint := CASE WHEN value IS NOT NULL THEN
        'If a dump was restored in part, load the rest. Otherwise add the missing rows, or pause the motion.'
                 WHEN unshipped THEN 'Run SELECT pls.ship_rows().' END;
    value := coalesce(value, CASE WHEN unshipped THEN 'rows that come with the extension have not been inserted' ELSE 'complete' END);
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION pls_internal.health_of_configuration IS
'Row of pls.health about the configuration.';
