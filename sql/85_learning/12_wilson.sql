/* 12_wilson.sql - how sure a share of a sample is, as reviews show it. */

CREATE FUNCTION pls_internal.wilson(successes bigint, trials bigint)
    RETURNS TABLE (low numeric, high numeric)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT round(w.low::numeric, 3), round(w.high::numeric, 3)
      FROM (SELECT) one
      LEFT JOIN LATERAL pls.wilson_interval(successes, trials) w ON trials > 0;
END;
COMMENT ON FUNCTION pls_internal.wilson IS
'The 95 % interval of a share by pls.wilson_interval(), three decimals. NULL without trials, and if an argument is NULL.';
