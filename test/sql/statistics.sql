-- The statistics of the learning loop, against numbers that others have
-- published or computed.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;

-- Each row: where the number comes from, what pls says, the number, and how many
-- digits of it there are.  Expressions of R are those of version 4.2.2 and print
-- what stands here with options(digits = 17).  Beside R's own functions:
--   size <- function(p1, p2, a, b, k) { m <- (p1 + k * p2) / (1 + k)
--     ceiling((qnorm(1 - a / 2) * sqrt((1 + 1 / k) * m * (1 - m)) +
--              qnorm(b) * sqrt(p1 * (1 - p1) + p2 * (1 - p2) / k))^2 / (p1 - p2)^2) }
--   evalue <- function(p, x, n, a, b) exp(lbeta(x + a, n - x + b) - lbeta(a, b) - dbinom(x, n, p, log = TRUE) + lchoose(n, x))
--   ends <- function(x, n, a, b, alpha) { f <- function(p) log(evalue(p, x, n, a, b)) + log(alpha)
--     c(uniroot(f, c(1e-15, x / n), tol = 1e-16)$root, uniroot(f, c(x / n, 1 - 1e-15), tol = 1e-16)$root) }
--   lift <- function(x1, n1, x0, n0, h) { t <- (ends(x1, x1 + x0, 10 * (1 - h), 10 * h, 0.045) - (1 - h)) / (h * (1 - h))
--     q <- ends(x1 + x0, n1 + n0, 0.5, 0.5, 0.005)
--     c(t[1] * q[1 + (t[1] < 0)], t[2] * q[1 + (t[2] > 0)], min(1, 1 / 0.9 / evalue(1 - h, x1, x1 + x0, 10 * (1 - h), 10 * h))) }
CREATE TEMP TABLE known (origin text, found double precision, expected double precision, digits integer DEFAULT 12);
INSERT INTO known (origin, found, expected) VALUES
    ('qnorm(1e-300)', pls_internal.normal_quantile(1e-300), -37.047096299361201),
    ('qnorm(1e-100)', pls_internal.normal_quantile(1e-100), -21.273453560965319),
    ('qnorm(1e-20)', pls_internal.normal_quantile(1e-20), -9.2623400897984052),
    ('qnorm(1e-10)', pls_internal.normal_quantile(1e-10), -6.3613409024040557),
    ('qnorm(1e-05)', pls_internal.normal_quantile(1e-05), -4.2648907939228256),
    ('qnorm(0.001)', pls_internal.normal_quantile(0.001), -3.0902323061678132),
    ('qnorm(0.02425)', pls_internal.normal_quantile(0.02425), -1.9729610513118845),
    ('qnorm(0.025)', pls_internal.normal_quantile(0.025), -1.9599639845400538),
    ('qnorm(0.1)', pls_internal.normal_quantile(0.1), -1.2815515655446008),
    ('qnorm(0.2)', pls_internal.normal_quantile(0.2), -0.84162123357291418),
    ('qnorm(0.4)', pls_internal.normal_quantile(0.4), -0.25334710313579978),
    ('qnorm(0.5)', pls_internal.normal_quantile(0.5), 0),
    ('qnorm(0.6)', pls_internal.normal_quantile(0.6), 0.25334710313579978),
    ('qnorm(0.75)', pls_internal.normal_quantile(0.75), 0.67448975019608171),
    ('qnorm(0.9)', pls_internal.normal_quantile(0.9), 1.2815515655446008),
    ('qnorm(0.975)', pls_internal.normal_quantile(0.975), 1.9599639845400536),
    ('qnorm(0.995)', pls_internal.normal_quantile(0.995), 2.5758293035488999),
    ('qnorm(0.9999999)', pls_internal.normal_quantile(0.9999999), 5.1993375822906618),
    ('pnorm(-20)', pls_internal.normal_distribution(-20), 2.7536241186062337e-89),
    ('pnorm(-8)', pls_internal.normal_distribution(-8), 6.2209605742717849e-16),
    ('pnorm(-3)', pls_internal.normal_distribution(-3), 0.0013498980316300946),
    ('pnorm(-1.96)', pls_internal.normal_distribution(-1.96), 0.024997895148220428),
    ('pnorm(-0.5)', pls_internal.normal_distribution(-0.5), 0.30853753872598694),
    ('pnorm(0)', pls_internal.normal_distribution(0), 0.5),
    ('pnorm(0.3)', pls_internal.normal_distribution(0.3), 0.61791142218895267),
    ('pnorm(1)', pls_internal.normal_distribution(1), 0.84134474606854293),
    ('pnorm(1.644853626951)', pls_internal.normal_distribution(1.644853626951), 0.94999999999995122),
    ('pnorm(2.5758)', pls_internal.normal_distribution(2.5758), 0.99499957626222135),
    ('pnorm(6)', pls_internal.normal_distribution(6), 0.9999999990134123),
    ('pnorm(9)', pls_internal.normal_distribution(9), 1),
    ('power.prop.test(p1 = 0.1, p2 = 0.15, sig.level = 0.05, power = 0.8)', pls.sample_size(0.1, 0.15, 0.05, 0.8), 686),
    ('power.prop.test(p1 = 0.05, p2 = 0.06, sig.level = 0.05, power = 0.8)', pls.sample_size(0.05, 0.06, 0.05, 0.8), 8158),
    ('power.prop.test(p1 = 0.2, p2 = 0.3, sig.level = 0.05, power = 0.8)', pls.sample_size(0.2, 0.3, 0.05, 0.8), 294),
    ('power.prop.test(p1 = 0.3, p2 = 0.2, sig.level = 0.05, power = 0.8)', pls.sample_size(0.3, 0.2, 0.05, 0.8), 294),
    ('power.prop.test(p1 = 0.02, p2 = 0.03, sig.level = 0.05, power = 0.9)', pls.sample_size(0.02, 0.03, 0.05, 0.9), 5121),
    ('power.prop.test(p1 = 0.5, p2 = 0.55, sig.level = 0.01, power = 0.95)', pls.sample_size(0.5, 0.55, 0.01, 0.95), 3551),
    ('power.prop.test(p1 = 0, p2 = 0.1, sig.level = 0.05, power = 0.8)', pls.sample_size(0, 0.1, 0.05, 0.8), 74),
    ('power.prop.test(p1 = 0.75, p2 = 1, sig.level = 0.1, power = 0.7)', pls.sample_size(0.75, 1, 0.1, 0.7), 16),
    ('power.prop.test(p1 = 0.0012, p2 = 0.0018, sig.level = 0.05, power = 0.8)', pls.sample_size(0.0012, 0.0018, 0.05, 0.8), 65309),
    ('size(0.1, 0.15, 0.05, 0.8, 9)', pls.sample_size(0.1, 0.15, 0.05, 0.8, 9), 400),
    ('size(0.1, 0.15, 0.05, 0.8, 0.5)', pls.sample_size(0.1, 0.15, 0.05, 0.8, 0.5), 1004),
    ('size(0.02, 0.03, 0.05, 0.9, 4)', pls.sample_size(0.02, 0.03, 0.05, 0.9, 4), 3268),
    ('prop.test(c(56, 48), c(70, 80), correct = FALSE)$p.value', (pls.proportion_lift(56, 70, 48, 80)).p_value, 0.0080450813681965643),
    ('prop.test(c(11, 1), c(91, 26), correct = FALSE)$p.value', (pls.proportion_lift(11, 91, 1, 26)).p_value, 0.22185267581451013),
    ('prop.test(c(2, 1), c(91, 26), correct = FALSE)$p.value', (pls.proportion_lift(2, 91, 1, 26)).p_value, 0.63909721379926399),
    ('prop.test(c(9, 3), c(10, 10), correct = FALSE)$p.value', (pls.proportion_lift(9, 10, 3, 10)).p_value, 0.0061698993205441532),
    ('prop.test(c(0, 4), c(10, 20), correct = FALSE)$p.value', (pls.proportion_lift(0, 10, 4, 20)).p_value, 0.12873504895794768),
    ('prop.test(c(700, 600), c(10000, 10000), correct = FALSE)$p.value', (pls.proportion_lift(700, 10000, 600, 10000)).p_value, 0.0041270172101221326),
    ('prop.test(c(1, 9), c(1000000, 1000000), correct = FALSE)$p.value', (pls.proportion_lift(1, 1000000, 9, 1000000)).p_value, 0.0114118306899908),
    ('prop.test(c(10, 0), c(10, 20), correct = FALSE)$p.value', (pls.proportion_lift(10, 10, 0, 20)).p_value, 4.3204630578274968e-08),
    ('prop.test(81, 263, conf.level = 0.95, correct = FALSE)$conf.int', (pls.wilson_interval(81, 263, 0.95)).low, 0.25528851987827428),
    ('prop.test(81, 263, conf.level = 0.95, correct = FALSE)$conf.int', (pls.wilson_interval(81, 263, 0.95)).high, 0.36620957698280016),
    ('prop.test(15, 148, conf.level = 0.95, correct = FALSE)$conf.int', (pls.wilson_interval(15, 148, 0.95)).low, 0.062386399530736283),
    ('prop.test(15, 148, conf.level = 0.95, correct = FALSE)$conf.int', (pls.wilson_interval(15, 148, 0.95)).high, 0.160487241723308),
    ('prop.test(0, 20, conf.level = 0.95, correct = FALSE)$conf.int', (pls.wilson_interval(0, 20, 0.95)).low, 0),
    ('prop.test(0, 20, conf.level = 0.95, correct = FALSE)$conf.int', (pls.wilson_interval(0, 20, 0.95)).high, 0.1611251580528193),
    ('prop.test(1, 29, conf.level = 0.95, correct = FALSE)$conf.int', (pls.wilson_interval(1, 29, 0.95)).low, 0.006113214292762661),
    ('prop.test(1, 29, conf.level = 0.95, correct = FALSE)$conf.int', (pls.wilson_interval(1, 29, 0.95)).high, 0.17175521879320282),
    ('prop.test(20, 20, conf.level = 0.99, correct = FALSE)$conf.int', (pls.wilson_interval(20, 20, 0.99)).low, 0.75089459890124655),
    ('prop.test(20, 20, conf.level = 0.99, correct = FALSE)$conf.int', (pls.wilson_interval(20, 20, 0.99)).high, 1),
    ('prop.test(2, 91, conf.level = 0.9, correct = FALSE)$conf.int', (pls.wilson_interval(2, 91, 0.9)).low, 0.0072998398398152406),
    ('prop.test(2, 91, conf.level = 0.9, correct = FALSE)$conf.int', (pls.wilson_interval(2, 91, 0.9)).high, 0.06425989085402925),
    ('prop.test(500000, 1000000, conf.level = 0.999, correct = FALSE)$conf.int', (pls.wilson_interval(500000, 1000000, 0.999)).low, 0.49835474554128067),
    ('prop.test(500000, 1000000, conf.level = 0.999, correct = FALSE)$conf.int', (pls.wilson_interval(500000, 1000000, 0.999)).high, 0.50164525445871933);
-- Sums of many terms, and roots.
INSERT INTO known (origin, found, expected, digits)
SELECT v.origin, v.found, v.expected, 9 FROM (VALUES
    ('binom.test(26, 117, 0.2)$p.value', pls_internal.binomial_test(26, 117, 0.2), 0.56309845284116444),
    ('binom.test(1, 117, 0.2)$p.value', pls_internal.binomial_test(1, 117, 0.2), 3.0968613688219741e-10),
    ('binom.test(60, 117, 0.5)$p.value', pls_internal.binomial_test(60, 117, 0.5), 0.85340844589556286),
    ('binom.test(0, 10, 0.1)$p.value', pls_internal.binomial_test(0, 10, 0.1), 0.61257951100000052),
    ('binom.test(10, 10, 0.9)$p.value', pls_internal.binomial_test(10, 10, 0.9), 0.61257951100000019),
    ('binom.test(5100, 10000, 0.5)$p.value', pls_internal.binomial_test(5100, 10000, 0.5), 0.046585527704947359),
    ('binom.test(30, 3000, 0.02)$p.value', pls_internal.binomial_test(30, 3000, 0.02), 2.7092628625760154e-05),
    ('binom.test(99000, 1000000, 0.1)$p.value', pls_internal.binomial_test(99000, 1000000, 0.1), 0.00084787968125204713),
    ('ends(5, 20, 0.5, 0.5, 0.05)', (pls_internal.rate_sequence(5, 20, 0.5, 0.5, 0.05)).low, 0.047318935047642251),
    ('ends(5, 20, 0.5, 0.5, 0.05)', (pls_internal.rate_sequence(5, 20, 0.5, 0.5, 0.05)).high, 0.5889026409813094),
    ('evalue(0.4, 5, 20, 0.5, 0.5)', pls_internal.rate_e_value(5, 20, 0.5, 0.5, 0.4), 0.47626546910520762),
    ('ends(200, 6000, 0.5, 0.5, 0.05)', (pls_internal.rate_sequence(200, 6000, 0.5, 0.5, 0.05)).low, 0.025087969159439359),
    ('ends(200, 6000, 0.5, 0.5, 0.05)', (pls_internal.rate_sequence(200, 6000, 0.5, 0.5, 0.05)).high, 0.043146707972875932),
    ('ends(11, 12, 8, 2, 0.05)', (pls_internal.rate_sequence(11, 12, 8, 2, 0.05)).low, 0.57098301963268872),
    ('ends(11, 12, 8, 2, 0.05)', (pls_internal.rate_sequence(11, 12, 8, 2, 0.05)).high, 0.9990886497259206),
    ('evalue(0.4, 11, 12, 8, 2)', pls_internal.rate_e_value(11, 12, 8, 2, 0.4), 717.0483582001865),
    ('ends(500, 700, 5, 5, 0.05)', (pls_internal.rate_sequence(500, 700, 5, 5, 0.05)).low, 0.65265402090972657),
    ('ends(500, 700, 5, 5, 0.05)', (pls_internal.rate_sequence(500, 700, 5, 5, 0.05)).high, 0.77100329052744199),
    ('evalue(0.4, 500, 700, 5, 5)', pls_internal.rate_e_value(500, 700, 5, 5, 0.4), 1.3637928463314835e+60),
    ('lift(50, 360, 5, 120, 0.25)', (pls.any_time_lift(50, 360, 5, 120, 0.25)).low, -0.001350546021272783),
    ('lift(50, 360, 5, 120, 0.25)', (pls.any_time_lift(50, 360, 5, 120, 0.25)).high, 0.22903581958188632),
    ('lift(50, 360, 5, 120, 0.25)', (pls.any_time_lift(50, 360, 5, 120, 0.25)).p_value, 0.053328207935533813),
    ('lift(11, 91, 1, 26, 0.2)', (pls.any_time_lift(11, 91, 1, 26, 0.2)).low, -0.36359145036901086),
    ('lift(11, 91, 1, 26, 0.2)', (pls.any_time_lift(11, 91, 1, 26, 0.2)).high, 0.30791704109643964),
    ('lift(11, 91, 1, 26, 0.2)', (pls.any_time_lift(11, 91, 1, 26, 0.2)).p_value, 1),
    ('lift(700, 10000, 600, 10000, 0.5)', (pls.any_time_lift(700, 10000, 600, 10000, 0.5)).low, -0.0023128557125629066),
    ('lift(700, 10000, 600, 10000, 0.5)', (pls.any_time_lift(700, 10000, 600, 10000, 0.5)).high, 0.024732721381223718),
    ('lift(700, 10000, 600, 10000, 0.5)', (pls.any_time_lift(700, 10000, 600, 10000, 0.5)).p_value, 0.28487469865174803),
    ('lift(300, 3000, 200, 3000, 0.5)', (pls.any_time_lift(300, 3000, 200, 3000, 0.5)).low, 0.0076128661750515308),
    ('lift(300, 3000, 200, 3000, 0.5)', (pls.any_time_lift(300, 3000, 200, 3000, 0.5)).high, 0.0678205439663363),
    ('lift(300, 3000, 200, 3000, 0.5)', (pls.any_time_lift(300, 3000, 200, 3000, 0.5)).p_value, 0.00041318447122184305),
    ('lift(20, 100, 60, 100, 0.5)', (pls.any_time_lift(20, 100, 60, 100, 0.5)).low, -0.83083034955520185),
    ('lift(20, 100, 60, 100, 0.5)', (pls.any_time_lift(20, 100, 60, 100, 0.5)).high, -0.079677943227417919),
    ('lift(20, 100, 60, 100, 0.5)', (pls.any_time_lift(20, 100, 60, 100, 0.5)).p_value, 0.00030590600408351347)) AS v (origin, found, expected);
-- Published tables, to the digits that they have.
INSERT INTO known (origin, found, expected, digits) VALUES
    ('Newcombe 1998, Statistics in Medicine 17, 857-872, Table I, 81/263, method 3', (pls.wilson_interval(81, 263)).low, 0.2553, 4),
    ('the same', (pls.wilson_interval(81, 263)).high, 0.3662, 4),
    ('the same, 15/148', (pls.wilson_interval(15, 148)).low, 0.0624, 4),
    ('the same, 15/148', (pls.wilson_interval(15, 148)).high, 0.1605, 4),
    ('the same, 0/20', (pls.wilson_interval(0, 20)).low, 0, 4),
    ('the same, 0/20', (pls.wilson_interval(0, 20)).high, 0.1611, 4),
    ('the same, 1/29', (pls.wilson_interval(1, 29)).low, 0.0061, 4),
    ('the same, 1/29', (pls.wilson_interval(1, 29)).high, 0.1718, 4),
    ('Newcombe 1998, Statistics in Medicine 17, 873-890, Table II, (a) 56/70 - 48/80, method 10', (pls.proportion_lift(56, 70, 48, 80)).low, 0.0524, 4),
    ('the same', (pls.proportion_lift(56, 70, 48, 80)).high, 0.3339, 4),
    ('the same, (b) 9/10 - 3/10', (pls.proportion_lift(9, 10, 3, 10)).low, 0.1705, 4),
    ('the same, (b)', (pls.proportion_lift(9, 10, 3, 10)).high, 0.8090, 4),
    ('the same, (c) 6/7 - 2/7', (pls.proportion_lift(6, 7, 2, 7)).low, 0.0582, 4),
    ('the same, (c)', (pls.proportion_lift(6, 7, 2, 7)).high, 0.8062, 4),
    ('the same, (d) 5/56 - 0/29', (pls.proportion_lift(5, 56, 0, 29)).low, -0.0381, 4),
    ('the same, (d)', (pls.proportion_lift(5, 56, 0, 29)).high, 0.1926, 4),
    ('the same, (e) 0/10 - 0/20', (pls.proportion_lift(0, 10, 0, 20)).low, -0.1611, 4),
    ('the same, (e)', (pls.proportion_lift(0, 10, 0, 20)).high, 0.2775, 4),
    ('the same, (f) 0/10 - 0/10', (pls.proportion_lift(0, 10, 0, 10)).low, -0.2775, 4),
    ('the same, (f)', (pls.proportion_lift(0, 10, 0, 10)).high, 0.2775, 4),
    ('the same, (g) 10/10 - 0/20', (pls.proportion_lift(10, 10, 0, 20)).low, 0.6791, 4),
    ('the same, (g)', (pls.proportion_lift(10, 10, 0, 20)).high, 1, 4),
    ('the same, (h) 10/10 - 0/10', (pls.proportion_lift(10, 10, 0, 10)).low, 0.6075, 4),
    ('the same, (h)', (pls.proportion_lift(10, 10, 0, 10)).high, 1, 4);
-- Relative, but to the published ones, which are rounded.
SELECT count(*) AS numbers, count(*) FILTER (WHERE digits = 12) AS to_12, count(*) FILTER (WHERE digits = 9) AS to_9,
       count(*) FILTER (WHERE digits = 4) AS published
  FROM known;
SELECT origin, found, expected FROM known
 WHERE NOT abs(found - expected) <= CASE digits WHEN 4 THEN 0.000051 ELSE greatest(abs(expected), 1e-300) * 10.0 ^ -digits END
   AND NOT (expected = 0 AND found = 0);

-- The quantile undoes the distribution.
SELECT count(*) AS differ
  FROM generate_series(-7000, 7000) AS n, LATERAL (SELECT n / 1000.0::double precision AS z) AS v
 WHERE abs(pls_internal.normal_quantile(pls_internal.normal_distribution(-abs(z))) + abs(z)) > 1e-12 * greatest(abs(z), 1);
SELECT pls_internal.normal_quantile(0), pls_internal.normal_quantile(0.5), pls_internal.normal_quantile(1),
       round(pls_internal.normal_quantile('5e-324')::numeric, 6) AS smallest, pls_internal.normal_distribution('-Infinity'), pls_internal.normal_distribution('Infinity'),
       pls_internal.normal_distribution('NaN');

-- Nobody, nothing, everybody.
SELECT * FROM pls.wilson_interval(0, 0);
SELECT * FROM pls.proportion_lift(0, 0, 2, 5);
SELECT * FROM pls.proportion_lift(2, 5, 0, 0);
SELECT * FROM pls.proportion_lift(0, 0, 0, 0);
SELECT round(low::numeric, 4) AS low, round(high::numeric, 4) AS high, ratio, p_value, difference FROM pls.proportion_lift(0, 5, 0, 5);
SELECT round(low::numeric, 4) AS low, round(high::numeric, 4) AS high, ratio, p_value, difference FROM pls.proportion_lift(5, 5, 5, 5);
SELECT ratio, difference FROM pls.proportion_lift(3, 6, 0, 5);
SELECT * FROM pls.any_time_lift(0, 0, 0, 0, 0.2);
SELECT difference, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high, round(p_value::numeric, 4) AS p_value FROM pls.any_time_lift(0, 0, 2, 5, 0.2);
SELECT difference, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high, p_value FROM pls.any_time_lift(0, 500, 0, 500, 0.5);
SELECT difference, round(low::numeric, 4) AS low, high, round(p_value::numeric, 4) AS p_value FROM pls.any_time_lift(50, 50, 0, 50, 0.5);
SELECT difference, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high, p_value, e_value FROM pls.any_time_lift(9000, 10000, 1000, 10000, 0.5);
SELECT * FROM pls.proportion_lift(NULL, 5, 1, 5);
SELECT pls.sample_size(NULL, 0.1), pls.wilson_interval(1, NULL), pls.any_time_lift(1, NULL, 1, 2, 0.5);
-- Large counts.
SELECT round(rate::numeric, 9) AS rate, round(low::numeric, 9) AS low, round(high::numeric, 9) AS high
  FROM pls.wilson_interval(4000000000000000000, 8000000000000000000);
SELECT difference, round(p_value::numeric, 6) AS p_value FROM pls.proportion_lift(4000000000000000000, 9000000000000000000, 4000000000000000000, 9000000000000000000);

-- Symmetry: arms changed, and hits and misses.
SELECT count(*) AS compared, count(*) FILTER (WHERE abs(a.low + b.high) > 1e-9 OR abs(a.p_value - b.p_value) > 1e-9
                                              OR abs(a.low - c.low) > 1e-9 OR abs(u.low + v.high) > 1e-9 OR abs(u.e_value / v.e_value - 1) > 1e-9) AS differ
  FROM generate_series(0, 12, 3) AS x1, generate_series(0, 7) AS x0,
       LATERAL pls.proportion_lift(x1, 12, x0, 7) AS a, LATERAL pls.proportion_lift(x0, 7, x1, 12) AS b,
       LATERAL pls.proportion_lift(7 - x0, 7, 12 - x1, 12) AS c,
       LATERAL pls.any_time_lift(x1, 12, x0, 7, 0.3) AS u, LATERAL pls.any_time_lift(x0, 7, x1, 12, 0.7) AS v;
-- What may be read at any time has the seen difference in it, and is wider than
-- what may be read once.
SELECT count(*) AS compared, count(*) FILTER (WHERE NOT (u.low <= a.low AND u.high >= a.high AND u.low <= u.difference AND u.high >= u.difference)) AS narrower
  FROM generate_series(0, 90, 10) AS x1, generate_series(0, 60, 5) AS x0,
       LATERAL pls.proportion_lift(x1, 90, x0, 60) AS a, LATERAL pls.any_time_lift(x1, 90, x0, 60, 0.4) AS u;

-- Looked at after each of 300 entities, 400 experiments in which the arms do not
-- matter (3 of 10 held out), while the rate rises from 10 to 50 %: the 5 % of the
-- z-test become many times that; those of the e-value remain.
CREATE TEMP TABLE looks AS
SELECT e, n, sum(arm * hit) OVER w AS x1, sum(arm) OVER w AS n1, sum((1 - arm) * hit) OVER w AS x0, sum(1 - arm) OVER w AS n0
  FROM (SELECT e, n, (get_byte(hash, 0) + 256 * get_byte(hash, 1) >= 0.3 * 65536)::integer AS arm,
               (get_byte(hash, 2) < 26 + n * 102 / 300)::integer AS hit
          FROM generate_series(1, 400) AS e, generate_series(1, 300) AS n, LATERAL (SELECT sha256(convert_to(e || ' ' || n, 'UTF8')) AS hash) AS h) AS draws
WINDOW w AS (PARTITION BY e ORDER BY n);
SELECT count(DISTINCT e) / 400.0 > 0.2 AS z_finds_far_too_much FROM looks WHERE n % 20 = 0 AND (pls.proportion_lift(x1, n1, x0, n0)).p_value < 0.05;
SELECT count(DISTINCT e) / 400.0 BETWEEN 0.005 AND 0.05 AS e_value_keeps_5_percent FROM looks WHERE pls_internal.rate_e_value(x1, x1 + x0, 7, 3, 0.7) >= 20;
-- Where there is a difference, of 5 % against 15 %, it is found in the end.
SELECT bool_and(p_value < 0.05 AND low > 0) AS found FROM pls.any_time_lift(150, 1000, 50, 1000, 0.5);
-- The interval excludes no difference just when the p-value is at most the error.
SELECT count(*) AS compared, count(*) FILTER (WHERE (u.p_value <= 0.05) <> (u.low > 0 OR u.high < 0)) AS disagree
  FROM generate_series(0, 60) AS x1, generate_series(0, 20) AS x0, LATERAL pls.any_time_lift(x1, 300, x0, 100, 0.25) AS u;

-- The power that the sample gives, by the exact distribution of both counts.
SELECT pls.sample_size(0.2, 0.4) AS size;
SELECT round(sum(exp(b1.l + b0.l))::numeric, 2) AS power
  FROM generate_series(0, 82) AS x1, generate_series(0, 82) AS x0,
       LATERAL (SELECT ln(0.4) * x1 + ln(0.6) * (82 - x1) + (SELECT coalesce(sum(ln((82 - i + 1)::double precision / i)), 0) FROM generate_series(1, x1) AS i) AS l) AS b1,
       LATERAL (SELECT ln(0.2) * x0 + ln(0.8) * (82 - x0) + (SELECT coalesce(sum(ln((82 - i + 1)::double precision / i)), 0) FROM generate_series(1, x0) AS i) AS l) AS b0
 WHERE (pls.proportion_lift(x1, 82, x0, 82)).p_value < 0.05;

-- Errors.
CREATE FUNCTION pg_temp.refused(command text) RETURNS TABLE (state text, message text, detail text, hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    state := 'none';
    RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT;
END
$$;
\x on
SELECT c.command, r.* FROM unnest(ARRAY[
    'pls.sample_size(0.1, 0.1)', 'pls.sample_size(-0.1, 0.1)', 'pls.sample_size(0.1, 1.5)', $$pls.sample_size('NaN', 0.1)$$,
    'pls.sample_size(0.1, 0.2, alpha => 0)', 'pls.sample_size(0.1, 0.2, power => 1)', 'pls.sample_size(0.1, 0.2, alpha => 0.3, power => 0.2)',
    'pls.sample_size(0.1, 0.2, ratio => 0)', $$pls.sample_size(0.1, 0.2, ratio => 'NaN')$$, 'pls.sample_size(0.1, 0.10000000001)',
    'pls.wilson_interval(3, 2)', 'pls.wilson_interval(-1, 2)', 'pls.wilson_interval(0, -2)', 'pls.wilson_interval(1, 2, 1)', 'pls.wilson_interval(1, 2, 95)',
    'pls.proportion_lift(1, 2, 3, 2)', 'pls.proportion_lift(1, 2, 1, 2, 0)', 'pls.any_time_lift(1, 2, 3, 2, 0.5)', 'pls.any_time_lift(1, 2, 1, 2, 0.5, 1)', 'pls.any_time_lift(1, 2, 1, 2, 0)',
    'pls_internal.normal_quantile(1.1)', $$pls_internal.normal_quantile('NaN')$$]) AS c (command), LATERAL pg_temp.refused('SELECT ' || c.command) AS r;
\x off
DROP TABLE known, looks;
