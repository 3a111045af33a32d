/* 58_health.sql - is pls well?
 *
 * One row per check, each from one cheap look: pls.standings is read twice and
 * pls.backlog once, everything else through an index or from catalogs.  It
 * waits for nobody, so that an alarm hears of a table that is locked.
 */

CREATE VIEW pls.health ("check", status, value, hint) WITH (security_invoker = true) AS
    SELECT h.item, h.status, h.value, h.hint FROM pls_internal.health_of_sweep() AS h
    UNION ALL
    SELECT h.item, h.status, h.value, h.hint FROM pls_internal.health_of_entities() AS h
    UNION ALL
    SELECT h.item, h.status, h.value, h.hint FROM pls_internal.health_of_clock() AS h
    UNION ALL
    SELECT h.item, h.status, h.value, h.hint FROM pls_internal.health_of_alerts() AS h
    UNION ALL
    SELECT h.item, h.status, h.value, h.hint FROM pls_internal.health_of_configuration() AS h
    UNION ALL
    SELECT h.item, h.status, h.value, h.hint FROM pls_internal.health_of_thresholds() AS h
    UNION ALL
    SELECT h.item, h.status, h.value, h.hint FROM pls_internal.health_of_sources() AS h
    UNION ALL
    SELECT h.item, h.status, h.value, h.hint FROM pls_internal.health_of_events() AS h
    UNION ALL
    SELECT h.item, h.status, h.value, h.hint FROM pls_internal.health_of_retention() AS h
    UNION ALL
    SELECT h.item, h.status, h.value, h.hint FROM pls_internal.health_of_failures() AS h
    UNION ALL
    SELECT h.item, h.status, h.value, h.hint FROM pls_internal.health_of_owner() AS h;
COMMENT ON VIEW pls.health IS
'Health checks of pls, one row per check; those that are not ok have a hint. Its reader needs access as analyst or revops (pls.grant_access).';
COMMENT ON COLUMN pls.health."check" IS 'The check.';
COMMENT ON COLUMN pls.health.status IS 'Ok; attention: look at it; broken: events or alerts are missed.';
COMMENT ON COLUMN pls.health.value IS 'What was found, in words.';
COMMENT ON COLUMN pls.health.hint IS 'What to do. NULL: nothing.';
