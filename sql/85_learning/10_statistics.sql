/* 10_statistics.sql - shares, and whether they differ.
 *
 * Two-sided throughout.  Numbers are double precision: what is compared here
 * is uncertain in its second digit.  The arithmetic that SQL lacks is in
 * src/learning/statistics.c.
 */

CREATE FUNCTION pls_internal.normal_distribution(z double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'pls_normal_distribution' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION pls_internal.normal_distribution IS
    'The probability of a standard normal number up to z.';

CREATE FUNCTION pls_internal.normal_quantile(p double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'pls_normal_quantile' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION pls_internal.normal_quantile IS
    'The z up to which a standard normal number is with probability p; error 22023 if p is not from 0 to 1.';

CREATE FUNCTION pls_internal.binomial_test(x bigint, n bigint, p double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'pls_binomial_test' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION pls_internal.binomial_test IS
    'The exact two-sided p-value of x hits among n, if each has probability p: the probability of all numbers of hits that are at most as probable as x.';

CREATE FUNCTION pls_internal.rate_e_value(x bigint, n bigint, a double precision, b double precision, p double precision)
    RETURNS double precision
    AS 'MODULE_PATHNAME', 'pls_rate_e_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION pls_internal.rate_e_value IS
    'The evidence of x hits among n against the rate p, at any time: the likelihood averaged over all rates with the weights of a Beta(a, b) distribution, divided by that at p.';

CREATE FUNCTION pls_internal.rate_sequence(x bigint, n bigint, a double precision, b double precision, alpha double precision,
                                  OUT low double precision, OUT high double precision)
    AS 'MODULE_PATHNAME', 'pls_rate_sequence' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION pls_internal.rate_sequence IS
    'The rates against which pls_internal.rate_e_value() is below 1/alpha: an interval that holds at all times at once with probability 1 - alpha.';

/* ---- what makes sense ---- */

CREATE FUNCTION pls_internal.check_share(share double precision, what text, ends boolean DEFAULT false)
    RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- NaN is greater than every number
    IF share > 0 AND share < 1 OR ends AND share IN (0, 1) THEN
        RETURN;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'invalid_parameter_value',
        MESSAGE = format(CASE WHEN ends THEN '%s must lie between 0 and 1' ELSE '%s must be above 0 and below 1' END, what),
        DETAIL = format('It is %s.', coalesce(share::text, 'NULL')),
        HINT = 'Write a share, such as 0.05 for 5 %.';
END;
$$;
COMMENT ON FUNCTION pls_internal.check_share IS
    'Refuses (22023) a number that is not above 0 and below 1 (ends: from 0 to 1); what names it in the message.';

CREATE FUNCTION pls_internal.check_counts(x bigint, n bigint) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF x < 0 OR n < 0 OR x > n THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s of %s is not a share', x, n),
            HINT = 'The first number is a part of the second: 0 <= x <= n.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_counts IS
    'Refuses (22023) counts that are negative, or of which the first is greater than the second.';

/* ---- for people ---- */

CREATE FUNCTION pls.sample_size(p_base double precision, p_target double precision, alpha double precision DEFAULT 0.05,
                                power double precision DEFAULT 0.8, ratio double precision DEFAULT 1)
    RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    mean double precision := (p_base + ratio * p_target) / (1 + ratio);
    root double precision;
    size double precision;
BEGIN
    PERFORM pls_internal.check_share(p_base, 'p_base', ends => true);
    PERFORM pls_internal.check_share(p_target, 'p_target', ends => true);
    PERFORM pls_internal.check_share(alpha, 'alpha');
    PERFORM pls_internal.check_share(power, 'power');
    IF p_base = p_target THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'p_base and p_target are the same',
            DETAIL = format('Both are %s; no sample shows a difference that is not there.', p_base),
            HINT = 'p_target is the rate that you want to be able to tell from p_base.';
    ELSIF power <= alpha THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'power must be greater than alpha',
            DETAIL = format('They are %s and %s; a test that ignores the data has a power of alpha.', power, alpha),
            HINT = 'Usual are 0.05 for alpha and 0.8 for power.';
    ELSIF NOT (ratio >= 0.000001 AND ratio <= 1000000) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'ratio must lie between 0.000001 and 1000000',
            DETAIL = format('It is %s.', ratio),
            HINT = 'It is the size of the arm of p_target, divided by that of p_base: 9 if 10 % are held out.';
    END IF;
    root := pls_internal.normal_quantile(1 - alpha / 2) * sqrt((1 + 1 / ratio) * mean * (1 - mean))
          + pls_internal.normal_quantile(power) * sqrt(p_base * (1 - p_base) + p_target * (1 - p_target) / ratio);
    size := (greatest(root, 0) / (p_base - p_target)) ^ 2;
    IF size > 1e15 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'numeric_value_out_of_range',
            MESSAGE = 'no sample is large enough',
            DETAIL = format('It would take about %s entities to tell %s from %s.', btrim(to_char(size, '9EEEE')), p_base, p_target),
            HINT = 'Use rates that differ more.';
    END IF;
    -- what is a whole number but for the last digit is that number
    RETURN greatest(ceil(size * (1 - 1e-12)), 1);
END;
$$;
COMMENT ON FUNCTION pls.sample_size IS
    'How many entities the arm with rate p_base needs, so that a two-sided test of two proportions at level alpha finds p_target in the other arm with probability power. ratio: size of the other arm divided by that of this one; the other one needs ratio times as many. Normal approximation without continuity correction: (z(1-alpha/2) sqrt((1+1/ratio) p q) + z(power) sqrt(p1 q1 + p2 q2 / ratio))^2 / (p1 - p2)^2, p the mean of both, rounded up (Fleiss, Statistical methods for rates and proportions). NULL if an argument is. Errors: 22023 if a rate is not from 0 to 1, both are the same, alpha or power is not above 0 and below 1, power is not above alpha, or ratio makes no sense; 22003 beyond 1e15.';

CREATE FUNCTION pls.wilson_interval(x bigint, n bigint, confidence double precision DEFAULT 0.95,
                                    OUT rate double precision, OUT low double precision, OUT high double precision)
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    z2    double precision;
    mid   double precision;
    width double precision;
BEGIN
    PERFORM pls_internal.check_counts(x, n);
    PERFORM pls_internal.check_share(confidence, 'confidence');
    IF n = 0 THEN
        low := 0;
        high := 1;
        RETURN;
    END IF;
    rate := x::double precision / n;
    z2 := pls_internal.normal_quantile((1 - confidence) / 2) ^ 2;
    mid := (x + z2 / 2) / (n + z2);
    width := sqrt(z2 * (rate * (1 - rate) + z2 / (4 * n::double precision)) / n) * n / (n + z2);
    low := CASE WHEN x = 0 THEN 0 ELSE greatest(mid - width, 0) END;
    high := CASE WHEN x = n THEN 1 ELSE least(mid + width, 1) END;
END;
$$;
COMMENT ON FUNCTION pls.wilson_interval IS
    'The rate x of n with Wilson''s score interval (without continuity correction). Nothing of nothing: rate NULL, and the interval from 0 to 1. All NULL if an argument is. Errors: 22023 unless 0 <= x <= n and confidence is above 0 and below 1.';

CREATE FUNCTION pls.proportion_lift(x1 bigint, n1 bigint, x0 bigint, n0 bigint, confidence double precision DEFAULT 0.95,
                                    OUT rate1 double precision, OUT rate0 double precision,
                                    OUT difference double precision, OUT low double precision, OUT high double precision,
                                    OUT ratio double precision, OUT p_value double precision)
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    one    record := pls.wilson_interval(x1, n1, confidence);
    other  record := pls.wilson_interval(x0, n0, confidence);
    pooled double precision := (x1::double precision + x0) / nullif(n1::double precision + n0, 0);
BEGIN
    rate1 := one.rate;
    rate0 := other.rate;
    difference := rate1 - rate0;
    IF difference IS NULL THEN
        RETURN;
    END IF;
    low := difference - sqrt((rate1 - one.low) ^ 2 + (other.high - rate0) ^ 2);
    high := difference + sqrt((one.high - rate1) ^ 2 + (rate0 - other.low) ^ 2);
    ratio := rate1 / nullif(rate0, 0);
    p_value := CASE WHEN pooled > 0 AND pooled < 1 THEN
        2 * pls_internal.normal_distribution(
            - abs(difference) / sqrt(pooled * (1 - pooled) * (1 / n1::double precision + 1 / n0::double precision))) ELSE 1 END;
END;
$$;
COMMENT ON FUNCTION pls.proportion_lift IS
    'The rate x1 of n1 compared with x0 of n0: their difference with Newcombe''s hybrid score interval (Statistics in Medicine 17, 1998, method 10), their ratio (NULL if the second rate is 0), and the p-value of the two-sided z-test with pooled variance (1 if nobody or everybody had the outcome). The interval and the p-value hold for one look at a size that was planned; see pls.any_time_lift. An empty arm: only the other''s rate. All NULL if an argument is. Errors: 22023 unless 0 <= x <= n and confidence is above 0 and below 1.';

-- An entity has the outcome with probability q, and who has it is in the first
-- arm with probability t.  The arms are drawn: if they do not matter, t is their
-- share, whatever else does.  Both are rates of their own, which what may be
-- said of a rate at any time is said of; the rates of the arms differ by
-- q * (t - share) / (share * holdout).  Most of the error goes to t, which
-- decides whether they differ at all.
CREATE FUNCTION pls.any_time_lift(x1 bigint, n1 bigint, x0 bigint, n0 bigint, holdout double precision,
                                  confidence double precision DEFAULT 0.95,
                                  OUT difference double precision, OUT low double precision, OUT high double precision,
                                  OUT p_value double precision, OUT e_value double precision)
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    for_t CONSTANT double precision := 0.9;     -- its part of the error
    t     record;
    q     record;
    share CONSTANT double precision := 1 - holdout;
BEGIN
    PERFORM pls_internal.check_counts(x1, n1);
    PERFORM pls_internal.check_counts(x0, n0);
    PERFORM pls_internal.check_share(holdout, 'holdout');
    PERFORM pls_internal.check_share(confidence, 'confidence');
    -- rates near the share have the most weight, as if 10 had been seen
    t := pls_internal.rate_sequence(x1, x1 + x0, 10 * share, 10 * holdout, for_t * (1 - confidence));
    q := pls_internal.rate_sequence(x1 + x0, n1 + n0, 0.5, 0.5, (1 - for_t) * (1 - confidence));
    difference := x1 / nullif(n1::double precision, 0) - x0 / nullif(n0::double precision, 0);
    low := greatest((t.low - share) / (share * holdout) * CASE WHEN t.low < share THEN q.high ELSE q.low END, -1);
    high := least((t.high - share) / (share * holdout) * CASE WHEN t.high < share THEN q.low ELSE q.high END, 1);
    e_value := pls_internal.rate_e_value(x1, x1 + x0, 10 * share, 10 * holdout, share);
    p_value := least(1 / (for_t * e_value), 1);
END;
$$;
COMMENT ON FUNCTION pls.any_time_lift IS
    'The rate x1 of n1 compared with x0 of n0, at any time and as often as you like: interval and p-value keep their error however often they are read and whenever the pilot stops. The price is that the interval is wider than that of pls.proportion_lift. holdout: the probability with which each entity was drawn for the second arm; this is what the test rests on. Method: of those with the outcome, how many are in the first arm, by Beta-binomial mixtures (Lindon and Malek, Anytime-valid inference for multinomial count data, NeurIPS 2022); exact. e_value is the evidence against equal rates; the p-value is the error at which the interval just excludes 0. Best for outcomes that less than half have. Entities count in any order, but only once their outcome is final. An empty arm: difference NULL. All NULL if an argument is. Errors: 22023 unless 0 <= x <= n, and holdout and confidence are above 0 and below 1.';
