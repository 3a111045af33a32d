-- Signals: what is completed and what is refused when a row is written, with
-- SQLSTATE, message, detail and hint.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
BEGIN;
\set QUIET on
\pset format unaligned
\pset tuples_only on
INSERT INTO pls.motions (motion) VALUES ('m');

-- Writes a signal with the given columns over a base that is right; says what
-- is then in them, or why not.
CREATE FUNCTION pg_temp.try_signal(given jsonb) RETURNS text LANGUAGE plpgsql
AS $$
DECLARE
    doc jsonb := '{"motion": "m", "signal": "s", "category": "depth", "events": ["e"], "within": "7 days"}' || given;
    columns text := (SELECT string_agg(quote_ident(k), ', ') FROM jsonb_object_keys(doc) AS k);
    stored jsonb;
    state text; message text; detail text; hint text;
BEGIN
    EXECUTE format('INSERT INTO pls.signals (%1$s) SELECT %1$s FROM jsonb_populate_record(NULL::pls.signals, $1)', columns)
        USING doc;
    DELETE FROM pls.signals s WHERE s.motion = 'm' RETURNING jsonb_strip_nulls(to_jsonb(s)) INTO stored;
    RETURN format('accepted: %s %s %s', stored ->> 'op', stored ->> 'threshold',
                  stored - '{motion,signal,category,events,match,measure,property,numeric_strings,within,op,threshold,points,per_unit,decay,required,approved_for_outreach,enabled}'::text[]);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat(state, ': ', message, E'\n  detail: ' || NULLIF(regexp_replace(detail, 'Failing row contains.*', ''), ''), E'\n  hint: ' || NULLIF(hint, ''));
END
$$;
\set QUIET off

-- defaults that depend on the measure
SELECT pg_temp.try_signal('{"measure": "count"}');
SELECT pg_temp.try_signal('{"measure": "actors"}');
SELECT pg_temp.try_signal('{"measure": "days"}');
SELECT pg_temp.try_signal('{"measure": "recency"}');
SELECT pg_temp.try_signal('{"measure": "first"}');
SELECT pg_temp.try_signal('{"measure": "growth", "threshold": 1.5}');
SELECT pg_temp.try_signal('{"measure": "attribute", "events": null, "within": null, "match": "$.a == 1"}');
SELECT pg_temp.try_signal('{"measure": "last", "within": null, "property": "p", "threshold": 3}');
SELECT pg_temp.try_signal('{"measure": "distinct", "property": "p"}');

-- measure and category
SELECT pg_temp.try_signal('{"measure": "median"}');
SELECT pg_temp.try_signal('{"measure": null}');
SELECT pg_temp.try_signal('{"category": "vanity"}');
SELECT pg_temp.try_signal('{"signal": ""}');

-- within, period, collapse
SELECT pg_temp.try_signal('{"within": null}');
SELECT pg_temp.try_signal('{"within": null, "measure": "recency"}');
SELECT pg_temp.try_signal('{"within": "-1 days"}');
SELECT pg_temp.try_signal('{"within": "0"}');
SELECT pg_temp.try_signal('{"within": "1 month"}');
SELECT pg_temp.try_signal('{"within": "1 year -12 months 3 days"}');
SELECT pg_temp.try_signal('{"within": "2 years 1 day"}');
SELECT pg_temp.try_signal('{"within": "40000 days"}');
SELECT pg_temp.try_signal('{"period": "7 days"}');
SELECT pg_temp.try_signal('{"measure": "days", "period": "1 month"}');
SELECT pg_temp.try_signal('{"measure": "days", "period": "-1 day"}');
SELECT pg_temp.try_signal('{"measure": "days", "collapse": "1 hour"}');
SELECT pg_temp.try_signal('{"collapse": "0"}');
SELECT pg_temp.try_signal('{"collapse": "1 hour"}');

-- sequence
SELECT pg_temp.try_signal('{"measure": "sequence", "events": ["a", "b", "a"]}');
SELECT pg_temp.try_signal('{"measure": "sequence", "events": ["a", "b"], "threshold": 1, "period": "7 days", "op": "<="}');
SELECT pg_temp.try_signal('{"measure": "sequence"}');
SELECT pg_temp.try_signal('{"measure": "sequence", "events": null}');
SELECT pg_temp.try_signal(jsonb_build_object('measure', 'sequence', 'events', array_fill('a'::text, ARRAY[32])));
SELECT pg_temp.try_signal(jsonb_build_object('measure', 'sequence', 'events', array_fill('a'::text, ARRAY[33])));
SELECT pg_temp.try_signal('{"measure": "sequence", "events": ["a", "b"], "within": null}');
SELECT pg_temp.try_signal('{"measure": "sequence", "events": ["a", "b"], "period": "6 days"}');
SELECT pg_temp.try_signal('{"measure": "sequence", "events": ["a", "b"], "period": "1 month"}');
SELECT pg_temp.try_signal('{"measure": "sequence", "events": ["a", "b"], "within": "20000 days"}');
SELECT pg_temp.try_signal('{"measure": "sequence", "events": ["a", "b"], "threshold": 0}');
SELECT pg_temp.try_signal('{"measure": "sequence", "events": ["a", "b"], "threshold": 3}');
SELECT pg_temp.try_signal('{"measure": "sequence", "events": ["a", "b"], "threshold": 1.5}');
SELECT pg_temp.try_signal('{"measure": "sequence", "events": ["a", "b"], "per_unit": true}');
SELECT pg_temp.try_signal('{"measure": "sequence", "events": ["a", "b"], "property": "p"}');
SELECT pg_temp.try_signal('{"measure": "sequence", "events": ["a", "b"], "collapse": "1 hour"}');

-- events and match
SELECT pg_temp.try_signal('{"events": null}');
SELECT pg_temp.try_signal('{"events": []}');
SELECT pg_temp.try_signal('{"events": ["a", null]}');
SELECT pg_temp.try_signal('{"events": ["a", ""]}');
SELECT pg_temp.try_signal('{"events": [["a"], ["b"]]}');
SELECT pg_temp.try_signal('{"match": "$.plan =="}');
SELECT pg_temp.try_signal('{"match": "$.plan"}');
SELECT pg_temp.try_signal('{"match": "$ ? (@.plan == \"team\")"}');
SELECT pg_temp.try_signal('{"match": "strict $.a + 1"}');
SELECT pg_temp.try_signal('{"match": "$.at.datetime() > \"2026-01-01\".datetime()"}');
SELECT pg_temp.try_signal('{"match": "$.a > $limit"}');
SELECT pg_temp.try_signal('{"match": "$.note == \"cost $x .datetime()\" && exists($.\"datetime\")"}');
SELECT pg_temp.try_signal('{"match": "strict !($.a > 1) || ($.b like_regex \"^x\") is unknown"}');
SELECT pg_temp.try_signal('{"measure": "attribute", "events": null, "within": null}');
SELECT pg_temp.try_signal('{"measure": "attribute", "match": "$.a == 1"}');
SELECT pg_temp.try_signal('{"measure": "attribute", "events": null, "match": "$.a == 1"}');

-- property
SELECT pg_temp.try_signal('{"measure": "sum", "threshold": 10}');
SELECT pg_temp.try_signal('{"measure": "max", "threshold": 10, "property": ""}');
SELECT pg_temp.try_signal('{"measure": "last", "threshold": 10}');
SELECT pg_temp.try_signal('{"measure": "count", "property": "amount"}');
SELECT pg_temp.try_signal('{"measure": "count", "numeric_strings": true}');
SELECT pg_temp.try_signal('{"measure": "sum", "threshold": 10, "property": "amount", "numeric_strings": true}');
SELECT pg_temp.try_signal('{"measure": "distinct"}');
SELECT pg_temp.try_signal('{"measure": "distinct", "property": "p", "numeric_strings": true}');
SELECT pg_temp.try_signal('{"measure": "distinct", "property": "p", "threshold": 1.5}');
SELECT pg_temp.try_signal('{"measure": "distinct", "property": "p", "within": null}');
SELECT pg_temp.try_signal('{"measure": "distinct", "property": "p", "collapse": "1 hour"}');
SELECT pg_temp.try_signal('{"measure": "distinct", "property": "p", "period": "7 days"}');
SELECT pg_temp.try_signal('{"measure": "last", "threshold": 10, "property": "order.total"}');
SELECT pg_temp.try_signal('{"measure": "last", "threshold": 10, "property": ".total"}');
SELECT pg_temp.try_signal('{"measure": "sum", "threshold": 10, "property": "order..total"}');
SELECT pg_temp.try_signal('{"measure": "distinct", "property": "order.total."}');
SELECT pg_temp.try_signal('{"measure": "distinct", "property": "."}');

-- op and threshold
SELECT pg_temp.try_signal('{"op": "!="}');
SELECT pg_temp.try_signal('{"op": "=", "threshold": 0}');
SELECT pg_temp.try_signal('{"measure": "sum", "property": "amount"}');
SELECT pg_temp.try_signal('{"measure": "growth"}');
SELECT pg_temp.try_signal('{"measure": "recency", "threshold": 5}');
SELECT pg_temp.try_signal('{"measure": "first", "op": "="}');
SELECT pg_temp.try_signal('{"measure": "recency", "op": ">="}');
SELECT pg_temp.try_signal('{"threshold": 2.5}');
SELECT pg_temp.try_signal('{"threshold": -1}');
SELECT pg_temp.try_signal('{"measure": "attribute", "events": null, "within": null, "match": "$.a == 1", "threshold": 2}');
SELECT pg_temp.try_signal('{"measure": "sum", "property": "amount", "threshold": 1.0005}');
SELECT pg_temp.try_signal('{"measure": "sum", "property": "amount", "threshold": 1.5000}');
SELECT pg_temp.try_signal('{"measure": "sum", "property": "amount", "threshold": "NaN"}');
SELECT pg_temp.try_signal('{"measure": "sum", "property": "amount", "threshold": "-Infinity"}');
SELECT pg_temp.try_signal('{"measure": "sum", "property": "amount", "threshold": 9000000000000001}');
SELECT pg_temp.try_signal('{"measure": "days", "threshold": 10}');
SELECT pg_temp.try_signal('{"measure": "days", "threshold": 7}');
SELECT pg_temp.try_signal('{"measure": "days", "within": "28 days", "period": "7 days", "threshold": 7}');
SELECT pg_temp.try_signal('{"min_base": 3}');
SELECT pg_temp.try_signal('{"measure": "growth", "threshold": 2, "min_base": -1}');

-- points and decay
SELECT pg_temp.try_signal('{"points": 0.0001}');
SELECT pg_temp.try_signal('{"points": "Infinity"}');
SELECT pg_temp.try_signal('{"min_points": 5, "max_points": 4}');
SELECT pg_temp.try_signal('{"max_points": 4.1234}');
SELECT pg_temp.try_signal('{"measure": "growth", "threshold": 2, "per_unit": true}');
SELECT pg_temp.try_signal('{"measure": "recency", "per_unit": true}');
SELECT pg_temp.try_signal('{"decay": "cliff", "decay_span": "7 days"}');
SELECT pg_temp.try_signal('{"decay_span": "7 days"}');
SELECT pg_temp.try_signal('{"decay": "linear"}');
SELECT pg_temp.try_signal('{"decay": "exponential"}');
SELECT pg_temp.try_signal('{"decay": "step", "decay_span": "-7 days"}');
SELECT pg_temp.try_signal('{"decay": "step", "decay_span": "2 months"}');
SELECT pg_temp.try_signal('{"measure": "attribute", "events": null, "within": null, "match": "$.a == 1", "decay": "linear", "decay_span": "7 days"}');

-- how many things can be distinguished
SELECT pg_temp.try_signal('{"measure": "actors", "threshold": 255}');
SELECT pg_temp.try_signal('{"measure": "actors", "threshold": 256}');
SELECT pg_temp.try_signal('{"measure": "days", "within": "400 days", "threshold": 300}');
SELECT pg_temp.try_signal('{"collapse": "1 hour", "threshold": 300}');
SELECT pg_temp.try_signal('{"threshold": 300}');
SELECT pg_temp.try_signal('{"measure": "actors", "per_unit": true, "points": 1}');
SELECT pg_temp.try_signal('{"measure": "actors", "per_unit": true, "points": -1, "max_points": 0}');
SELECT pg_temp.try_signal('{"measure": "actors", "per_unit": true, "points": 0.01, "max_points": 5}');
SELECT pg_temp.try_signal('{"measure": "actors", "per_unit": true, "points": -0.5, "min_points": -20}');
SELECT pg_temp.try_signal('{"measure": "actors", "per_unit": true, "points": 0.01, "decay": "linear", "decay_span": "7 days"}');
SELECT pg_temp.try_signal('{"measure": "distinct", "property": "p", "threshold": 255, "per_unit": true, "points": 1}');
SELECT pg_temp.try_signal('{"measure": "distinct", "property": "p", "threshold": 256}');
SELECT pg_temp.try_signal('{"measure": "distinct", "property": "p", "per_unit": true, "points": 0.01, "max_points": 5}');

SELECT pg_temp.try_signal('{"measure": "days", "within": "28 days", "per_unit": true, "points": 1}');
SELECT pg_temp.try_signal('{"measure": "days", "within": "100 days", "per_unit": true, "points": 1}');

-- no points per unit need no bound to be reached
SAVEPOINT bounded;
INSERT INTO pls.signals (motion, signal, category, within, points, per_unit, max_points)
VALUES ('m', 'none', 'depth', '7 days', 0, true, -5);
SELECT pls.score('m', 'x', now(), 'u'::text, NULL::jsonb, now());
ROLLBACK TO bounded;

-- outcomes
SELECT pg_temp.try_signal('{"category": "outcome", "outcome": "conversion"}');
SELECT pg_temp.try_signal('{"category": "outcome"}');
SELECT pg_temp.try_signal('{"outcome": "conversion"}');
SELECT pg_temp.try_signal('{"category": "outcome", "outcome": "conversion", "points": 5}');
SELECT pg_temp.try_signal('{"category": "outcome", "outcome": "conversion", "measure": "actors"}');
SELECT pg_temp.try_signal('{"category": "outcome", "outcome": "conversion", "required": true}');

-- an update is judged, too; so is the number of signals
INSERT INTO pls.signals (motion, signal, category, within) SELECT 'm', 's' || i, 'depth', '7 days' FROM generate_series(1, 256) AS i;
SELECT pg_temp.try_signal('{}');
\set VERBOSITY terse
UPDATE pls.signals SET within = '1 month' WHERE signal = 's1';
ROLLBACK;
