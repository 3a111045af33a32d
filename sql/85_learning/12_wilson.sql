/* 12_wilson.sql - how sure a share of a sample is. */

-- Inlined where it is asked: a query over many samples calls no function.
CREATE FUNCTION pls_internal.wilson(successes bigint, trials bigint)
    RETURNS TABLE (low numeric, high numeric)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    -- z is the 97.5 % point of the normal distribution
    SELECT CASE WHEN successes >= 0 AND trials > 0 THEN round(greatest(s.centre - s.half, 0)::numeric, 3) END,
           CASE WHEN successes >= 0 AND trials > 0 THEN round(least(s.centre + s.half, 1)::numeric, 3) END
      FROM (SELECT (p.share + p.zz / (2 * p.n)) / (1 + p.zz / p.n) AS centre,
                   sqrt(p.share * (1 - p.share) * p.zz / p.n + p.zz * p.zz / (4 * p.n * p.n)) / (1 + p.zz / p.n) AS half
              FROM (SELECT successes / nullif(trials, 0)::double precision AS share,
                           nullif(trials, 0)::double precision AS n,
                           1.959963984540054::double precision ^ 2 AS zz) AS p) AS s;
END;
COMMENT ON FUNCTION pls_internal.wilson IS
'The 95 % interval of a share by Wilson''s score method (E. B. Wilson, 1927), without continuity correction, three decimals. NULL without trials, and if an argument is NULL.';
