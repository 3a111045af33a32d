-- logistic_fit.sql - pls_internal.logistic_fit() equals R's glm(), and says
-- what a fit cannot tell.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
\set ECHO all
BEGIN;

-- The expected values are R 4.2.2's; to produce them again:
--   C <- glm.control(epsilon = 1e-15, maxit = 100)
--   f <- glm(am ~ wt + hp, binomial, mtcars, control = C)
--   g <- glm(cbind(ncases, ncontrols) ~ as.integer(agegp) + as.integer(alcgp) + as.integer(tobgp),
--            binomial, esoph, control = C)
--   coef(summary(f)); deviance(f); f$null.deviance
CREATE SCHEMA t;

-- Motor Trend 1974: weight, horsepower, manual gears (Henderson and Velleman,
-- Biometrics 37, 1981; data set mtcars of R).
CREATE TABLE t.mtcars (wt float8, hp float8, am bigint);
INSERT INTO t.mtcars VALUES
(2.62,110,1),(2.875,110,1),(2.32,93,1),(3.215,110,0),(3.44,175,0),(3.46,105,0),(3.57,245,0),(3.19,62,0),
(3.15,95,0),(3.44,123,0),(3.44,123,0),(4.07,180,0),(3.73,180,0),(3.78,180,0),(5.25,205,0),(5.424,215,0),
(5.345,230,0),(2.2,66,1),(1.615,52,1),(1.835,65,1),(2.465,97,0),(3.52,150,0),(3.435,150,0),(3.84,245,0),
(3.845,175,0),(1.935,66,1),(2.14,91,1),(1.513,113,1),(3.17,264,1),(2.77,175,1),(3.57,335,1),(2.78,109,1);

-- Oesophageal cancer in Ille-et-Vilaine: groups of age, alcohol and tobacco,
-- cases and controls (Breslow and Day, Statistical Methods in Cancer Research,
-- 1980; data set esoph of R).
CREATE TABLE t.esoph (age float8, alcohol float8, tobacco float8, cases bigint, controls bigint);
INSERT INTO t.esoph VALUES
(1,1,1,0,40),(1,1,2,0,10),(1,1,3,0,6),(1,1,4,0,5),(1,2,1,0,27),(1,2,2,0,7),(1,2,3,0,4),(1,2,4,0,7),(1,3,1,0,2),
(1,3,2,0,1),(1,3,4,0,2),(1,4,1,0,1),(1,4,2,1,0),(1,4,3,0,1),(1,4,4,0,2),(2,1,1,0,60),(2,1,2,1,13),(2,1,3,0,7),
(2,1,4,0,8),(2,2,1,0,35),(2,2,2,3,20),(2,2,3,1,13),(2,2,4,0,8),(2,3,1,0,11),(2,3,2,0,6),(2,3,3,0,2),(2,3,4,0,1),
(2,4,1,2,1),(2,4,2,0,3),(2,4,3,2,2),(3,1,1,1,45),(3,1,2,0,18),(3,1,3,0,10),(3,1,4,0,4),(3,2,1,6,32),(3,2,2,4,17),
(3,2,3,5,10),(3,2,4,5,2),(3,3,1,3,13),(3,3,2,6,8),(3,3,3,1,4),(3,3,4,2,2),(3,4,1,4,0),(3,4,2,3,1),(3,4,3,2,1),
(3,4,4,4,0),(4,1,1,2,47),(4,1,2,3,19),(4,1,3,3,9),(4,1,4,4,2),(4,2,1,9,31),(4,2,2,6,15),(4,2,3,4,13),(4,2,4,3,3),
(4,3,1,9,9),(4,3,2,8,7),(4,3,3,3,3),(4,3,4,4,0),(4,4,1,5,5),(4,4,2,6,1),(4,4,3,2,1),(4,4,4,5,1),(5,1,1,5,43),
(5,1,2,4,10),(5,1,3,2,5),(5,1,4,0,2),(5,2,1,17,17),(5,2,2,3,7),(5,2,3,5,4),(5,3,1,6,7),(5,3,2,4,8),(5,3,3,2,1),
(5,3,4,1,0),(5,4,1,3,1),(5,4,2,1,1),(5,4,3,1,0),(5,4,4,1,0),(6,1,1,1,17),(6,1,2,2,4),(6,1,4,1,2),(6,2,1,2,3),
(6,2,2,1,2),(6,2,3,0,3),(6,2,4,1,0),(6,3,1,1,0),(6,3,2,1,0),(6,4,1,2,0),(6,4,2,1,0);

-- Intercept and coefficients, their errors, both deviances: pls, R, and
-- whether they are the same to 1e-7 of their size.
CREATE VIEW t.fits AS
SELECT d.fit, f.intercept || f.coefficients || f.intercept_error || f.errors || ARRAY[f.deviance, f.null_deviance] AS numbers
  FROM (SELECT concat('cars', ', ridge ' || nullif(r, 0)) AS fit, array_agg(ARRAY[wt, hp]) AS x, array_agg(am) AS h,
               array_agg(1::bigint) AS n, r
          FROM t.mtcars, unnest('{0,0.1,1}'::float8[]) r GROUP BY r
         UNION ALL
        SELECT concat('cancer', ', ridge ' || nullif(r, 0)), array_agg(ARRAY[age, alcohol, tobacco]), array_agg(cases),
               array_agg(cases + controls), r
          FROM t.esoph, unnest('{0,10}'::float8[]) r GROUP BY r) d,
       pls_internal.logistic_fit(d.x, d.h, d.n, d.r) f;

CREATE TABLE t.expected (fit text, numbers float8[]);
INSERT INTO t.expected VALUES
('cars', '{18.8662987172041,-8.0834751824446,0.0362555960822,7.4435580602053,3.0686751130547,0.0177341536508,
           10.0591104723,43.2297332769}'),
('cancer', '{-7.163952764136,0.743751363848,1.102554715797,0.430850760394,
             0.5093253967581,0.0817881152065,0.1031700946771,0.0939375963685,108.778538503,367.953457856}'),
-- The penalised likelihood has no function in R: Newton's method written out,
--   pen <- function(X, h, n, ridge) {
--     X <- cbind(1, X); D <- diag(c(0, rep(ridge, ncol(X) - 1))); b <- rep(0, ncol(X))
--     for (i in 1:200) { p <- plogis(X %*% b); H <- t(X) %*% (X * as.vector(n * p * (1 - p))) + D
--                        b <- b + solve(H, t(X) %*% (h - n * p) - D %*% b) }
--     cbind(b, sqrt(diag(solve(H)))) }
-- and optim(method = "BFGS") of the same objective finds the same.
('cars, ridge 1', '{5.67734860643172,-2.41867285124926,0.00968391333487,1.82611615323345,0.67857515489042,0.00730928364332}'),
('cars, ridge 0.1', '{12.3862361072250,-5.3241655992774,0.0239349238411,3.8983895861818,1.5386335023504,0.0110446140345}'),
('cancer, ridge 10', '{-6.566092471118,0.675825653603,0.989013215043,0.388017639834,
                       0.4535827958249,0.0753356950831,0.0940956778980,0.0876796647611}');

SELECT e.fit, n.place, round(n.number::numeric, 6) AS r, round(f.numbers[n.place]::numeric, 6) AS pls,
       abs(f.numbers[n.place] - n.number) <= 1e-7 * abs(n.number) AS same
  FROM t.expected e JOIN t.fits f USING (fit) CROSS JOIN unnest(e.numbers) WITH ORDINALITY AS n (number, place)
 ORDER BY e.fit, n.place;

-- Rows that are alike may be counted together: the fit is the same, but for
-- the deviance, which is that of other rows.
SELECT round((one.coefficients[1] - many.coefficients[1])::numeric, 9) AS difference,
       round((one.errors[1] - many.errors[1])::numeric, 9) AS of_errors
  FROM pls_internal.logistic_fit('{{0},{1}}', '{3,9}', '{10,12}') one,
       (SELECT array_agg(ARRAY[(i > 10)::integer::float8]) AS x, array_agg((i <= 3 OR i BETWEEN 11 AND 19)::integer::bigint) AS h,
               array_agg(1::bigint) AS n FROM generate_series(1, 22) i) d,
       pls_internal.logistic_fit(d.x, d.h, d.n) many;

-- By hand: of one flag, the coefficient is the logarithm of the odds ratio, and
-- its variance the sum of the reciprocals of the four counts.  A row without
-- trials counts for nothing.
SELECT round(f.coefficients[1]::numeric, 9) = round(ln(9.0 / 3 * 7 / 3), 9) AS odds_ratio,
       round(f.errors[1]::numeric, 9) = round(sqrt(1.0 / 3 + 1.0 / 7 + 1.0 / 9 + 1.0 / 3), 9) AS error,
       round(f.intercept::numeric, 9) = round(ln(3.0 / 7), 9) AS intercept,
       round(f.intercept_error::numeric, 9) = round(sqrt(1.0 / 3 + 1.0 / 7), 9) AS intercept_error, f.states, f.separation
  FROM pls_internal.logistic_fit('{{0},{1},{5}}', '{3,9,0}', '{10,12,0}') f;

-- No units matter, and no distance from 0.
SELECT round((f.coefficients[1] * 1e-9 / g.coefficients[1])::numeric, 9) AS coefficient,
       round((f.errors[1] * 1e-9 / g.errors[1])::numeric, 9) AS error,
       round((h.coefficients[1] * 1024 / g.coefficients[1])::numeric, 9) AS far_coefficient,
       round((h.errors[1] * 1024 / g.errors[1])::numeric, 9) AS far_error
  FROM (SELECT array_agg(ARRAY[wt]) AS x, array_agg(ARRAY[wt * 1e-9]) AS y, array_agg(ARRAY[1e6 + wt * 1024]) AS z,
               array_agg(am) AS h, array_agg(1::bigint) AS n FROM t.mtcars) d,
       pls_internal.logistic_fit(d.y, d.h, d.n) f, pls_internal.logistic_fit(d.x, d.h, d.n) g, pls_internal.logistic_fit(d.z, d.h, d.n) h;

---- what cannot be told ------------------------------------------------------
-- constant columns, and sums of others; with a ridge the latter share the effect
CREATE VIEW t.flags AS
SELECT array_agg(ARRAY[a, 7, b, a + b, 3 - 2 * a, c]::float8[] ORDER BY i) AS x,
       array_agg((i % 3 = 0)::integer::bigint ORDER BY i) AS h, array_agg(1::bigint) AS n
  FROM (SELECT i, i % 2 AS a, i / 2 % 2 AS b, i / 7 % 2 AS c FROM generate_series(1, 60) i) s;
SELECT r AS ridge, f.states,
       (SELECT array_agg(round(c::numeric, 4)) FROM unnest(f.coefficients) c) AS coefficients,
       (SELECT array_agg(round(c::numeric, 4)) FROM unnest(f.errors) c) AS errors,
       (SELECT array_agg(round(c::numeric, 9)::float8) FROM unnest(f.depends_on[4:5]) c) AS depends_on, f.separation
  FROM t.flags, unnest('{0,1}'::float8[]) r, pls_internal.logistic_fit(x, h, n, r) f;
-- the same without them: what is left out changes nothing
SELECT (SELECT array_agg(round(c::numeric, 4)) FROM unnest(f.coefficients) c) AS coefficients
  FROM (SELECT array_agg(ARRAY[i % 2, i / 2 % 2, i / 7 % 2]::float8[] ORDER BY i) AS x,
               array_agg((i % 3 = 0)::integer::bigint ORDER BY i) AS h, array_agg(1::bigint) AS n
          FROM generate_series(1, 60) i) d, pls_internal.logistic_fit(x, h, n) f;

-- complete separation, quasi-complete separation, none; the other column is fitted
SELECT s.what, s.ridge, f.separation, CASE WHEN abs(f.intercept) < 100 THEN round(f.intercept::numeric, 4) ELSE f.intercept END AS intercept, f.states,
       (SELECT array_agg(round(c.c::numeric, 4) ORDER BY c.o) FROM unnest(f.coefficients) WITH ORDINALITY c (c, o)) AS coefficients,
       (SELECT array_agg(round(c.c::numeric, 4) ORDER BY c.o) FROM unnest(f.errors) WITH ORDINALITY c (c, o)) AS errors
  FROM (VALUES
        ('complete', '{{0,0},{0,1},{1,0},{1,1}}'::float8[], '{0,0,5,5}'::bigint[], '{5,5,5,5}'::bigint[], 0),
        ('complete', '{{0,0},{0,1},{1,0},{1,1}}', '{0,0,5,5}', '{5,5,5,5}', 1),
        ('one flag, all', '{{0,0},{0,1},{1,0},{1,1}}', '{2,4,5,5}', '{5,6,5,5}', 0),
        ('one flag, none', '{{0,0},{0,1},{1,0},{1,1}}', '{2,4,0,0}', '{5,6,5,5}', 0),
        ('one flag, all', '{{0,0},{0,1},{1,0},{1,1}}', '{2,4,5,5}', '{5,6,5,5}', 1),
        ('one combination', '{{0,0},{0,1},{1,0},{1,1}}', '{2,4,2,5}', '{5,6,7,5}', 0)) AS s (what, x, h, n, ridge),
       pls_internal.logistic_fit(s.x, s.h, s.n, s.ridge) f;

-- Whether there is separation, against its definition: is there a direction
-- in which no row gets less probable and some gets more?  Among three flags
-- and the intercept, directions of these numbers are enough; of each it matters
-- only what it does to the eight kinds of rows.
CREATE TABLE t.directions AS
SELECT DISTINCT ARRAY(SELECT sign(o + a * (i & 1) + b * (i >> 1 & 1) + c * (i >> 2 & 1)) FROM generate_series(0, 7) i) AS signs
  FROM generate_series(-5.5, 5.5, 0.5) o, generate_series(-2, 2) a, generate_series(-2, 2) b, generate_series(-2, 2) c;
SELECT setseed(0.25);
CREATE TABLE t.random AS
SELECT k, i, (i & 1) AS a, (i >> 1 & 1) AS b, (i >> 2 & 1) AS c, n::bigint, floor(random() * (n + 1) * 0.999999)::bigint AS h
  FROM (SELECT k, i, CASE WHEN random() < 0.6 THEN ceil(random() * 1.5) ELSE ceil(random() * 40) * (k % 2) END AS n
          FROM generate_series(1, 200) k, generate_series(0, 7) i) r
 WHERE n > 0;
WITH wanted AS (
    SELECT r.k, bool_or(r.some) AS separated, bool_or(r.all) AS complete
      FROM (SELECT r.k, d.signs, bool_or(d.signs[r.i + 1] <> 0) AS some, bool_and(d.signs[r.i + 1] <> 0) AS all
              FROM t.random r CROSS JOIN t.directions d
             GROUP BY r.k, d.signs
            HAVING bool_and(CASE WHEN r.h = r.n THEN d.signs[r.i + 1] >= 0 WHEN r.h = 0 THEN d.signs[r.i + 1] <= 0
                                 ELSE d.signs[r.i + 1] = 0 END)) r
     GROUP BY r.k
), found AS (
    SELECT d.k, f.separation
      FROM (SELECT k, array_agg(ARRAY[a, b, c]::float8[]) AS x, array_agg(h) AS h, array_agg(n) AS n
              FROM t.random GROUP BY k HAVING sum(h) > 0 AND sum(h) < sum(n)) d, pls_internal.logistic_fit(d.x, d.h, d.n) f)
SELECT f.separation, count(*) > 20 AS many,
       count(*) FILTER (WHERE f.separation IS DISTINCT FROM CASE WHEN w.complete THEN 'complete'
                                                                 WHEN w.separated THEN 'quasi-complete' ELSE 'none' END) AS wrong
  FROM found f JOIN wanted w USING (k)
 GROUP BY f.separation ORDER BY f.separation;

---- errors -------------------------------------------------------------------
DO $$
DECLARE
    q text;
    state text;
    message text;
    detail text;
BEGIN
    FOREACH q IN ARRAY ARRAY[
        $q$pls_internal.logistic_fit('{{1},{NULL}}', '{1,0}', '{1,1}')$q$,
        $q$pls_internal.logistic_fit('{{1},{2}}', '{1,NULL}', '{1,1}')$q$,
        $q$pls_internal.logistic_fit('{1,2}', '{1,0}', '{1,1}')$q$,
        $q$pls_internal.logistic_fit('{}', '{}', '{}')$q$,
        $q$pls_internal.logistic_fit('{{1},{2}}', '{1,0}', '{1}')$q$,
        $q$pls_internal.logistic_fit('{{1},{2}}', '{2,0}', '{1,1}')$q$,
        $q$pls_internal.logistic_fit('{{1},{2}}', '{-1,0}', '{1,1}')$q$,
        $q$pls_internal.logistic_fit('{{1},{2}}', '{0,0}', '{1,1000000000000001}')$q$,
        $q$pls_internal.logistic_fit('{{1},{2}}', '{1,0}', '{1,1}', -1)$q$,
        $q$pls_internal.logistic_fit('{{1},{2}}', '{1,0}', '{1,1}', 'NaN')$q$,
        $q$pls_internal.logistic_fit('{{1},{NaN}}', '{1,0}', '{1,1}')$q$,
        $q$pls_internal.logistic_fit('{{1},{1e300}}', '{1,0}', '{1,1}')$q$,
        $q$pls_internal.logistic_fit('{{1},{2}}', '{1,1}', '{1,1}')$q$,
        $q$pls_internal.logistic_fit('{{1},{2}}', '{0,0}', '{0,0}')$q$,
        -- the ridge of a column of this size overflows
        $q$pls_internal.logistic_fit('{{0},{1e-300}}', '{1,2}', '{3,3}', 1)$q$,
        $q$pls_internal.logistic_fit(array_fill(0::float8, ARRAY[2, 201]), '{1,0}', '{1,1}')$q$]
    LOOP
        BEGIN
            EXECUTE 'SELECT ' || q;
            RAISE WARNING 'no error: %', q;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
            RAISE WARNING USING MESSAGE = concat_ws(' ', state, message, detail);
        END;
    END LOOP;
END;
$$;
SELECT pls_internal.logistic_fit(NULL, '{1,0}', '{1,1}') IS NULL AS null_of_null;
ROLLBACK;
