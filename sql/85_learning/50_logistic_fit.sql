/* 50_logistic_fit.sql - what an outcome depends on. */

CREATE FUNCTION pls_internal.logistic_fit(x double precision[], hits bigint[], trials bigint[], ridge double precision DEFAULT 0,
                                          OUT intercept double precision, OUT intercept_error double precision,
                                          OUT coefficients double precision[], OUT errors double precision[],
                                          OUT states text[], OUT depends_on double precision[], OUT separation text,
                                          OUT deviance double precision, OUT null_deviance double precision,
                                          OUT iterations integer)
    AS 'MODULE_PATHNAME', 'pls_logistic_regression' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION pls_internal.logistic_fit IS
'A logistic regression by Newton''s method (src/learning/logistic_fit.c). x has a row for each kind of trial, hits and trials how many there were; a row without trials counts for nothing. Maximised is the logarithm of the likelihood less ridge / 2 times the sum of the squared coefficients, not of the intercept; errors are standard errors by the second derivatives of that. deviance and null_deviance are those of the likelihood alone. states, of each column: fitted; constant: the same in all rows, left out; dependent: a sum of multiples of columns before it and a constant (its row of depends_on), left out without a ridge; separated: without a ridge its coefficient has no bound. separation: quasi-complete if some rows are told exactly, complete if all are, else none. Without a ridge, separated columns have coefficient Infinity or -Infinity and no error (NULL), and what is fitted beside them is that of the rows that are not told exactly, right to about 6 digits; if separation is complete, nothing else can be told, and is NULL. Left out: coefficient and error NULL. NULL if an argument is. Errors: 22004 a NULL in an array, 2202E they do not fit together, 22023 impossible counts or ridge, or all outcomes are the same, 22003 a value beyond 1e15, or no convergence, 54000 more than 200 columns.';
