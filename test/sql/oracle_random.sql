-- Random models (seeded) against the definition in plain SQL: combinations
-- that nobody thought of.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.psql
\set log :srcdir /sql/include/adoption.psql
\set compare :srcdir /sql/include/compare.psql
\set report :srcdir /sql/include/report.psql
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;
SET pls.now = '2026-08-23 00:00+00';
BEGIN;
\i :oracle
\i :log
\set ECHO all
-- some accounts of every size
DELETE FROM oracle.events WHERE entity NOT IN (
    SELECT entity FROM (SELECT entity, row_number() OVER (ORDER BY count(*) DESC, entity) AS place
                        FROM oracle.events GROUP BY entity) AS r
    WHERE place IN (5, 6, 7, 8, 11, 14, 20, 25, 31, 40, 55, 70, 90, 120, 160, 210, 280, 400));
SELECT count(*), count(DISTINCT entity) AS entities FROM oracle.events;
-- a property within another, which some rows have at the top, too
UPDATE oracle.events SET properties = properties || jsonb_build_object('tree', jsonb_build_object('files', properties -> 'files', 'n', seq % 9))
                                      || CASE WHEN seq % 11 = 0 THEN '{"tree.files": 7.0}' WHEN seq % 13 = 0 THEN '{"tree.files": null}'
                                              WHEN seq % 17 = 0 THEN '{"tree": [{"files": 2}]}' ELSE '{}' END::jsonb
 WHERE jsonb_typeof(properties) = 'object';

SELECT setseed(0.1618);
CREATE FUNCTION oracle.one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS
$$ SELECT choices[1 + floor(random() * cardinality(choices))::int] $$;

INSERT INTO pls.motions (motion, qualify_at, min_score, max_score, time_zone)
SELECT 'random ' || m, CASE WHEN m % 3 = 0 THEN 30 ELSE 60 END, CASE WHEN m % 2 = 0 THEN 0 END, CASE WHEN m % 3 = 0 THEN 35 ELSE 1000 END,
       (ARRAY['UTC', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia'])[1 + m % 5]
FROM generate_series(1, 12) AS m;

DO $$
DECLARE
    s pls.signals;
    days int;
BEGIN
    FOR m IN 1..12 LOOP
        FOR i IN 1..14 LOOP
            s := NULL;
            s.motion := 'random ' || m;
            s.signal := to_char(i, 'FM00') || ' ';
            s.category := oracle.one_of('activation', 'depth', 'breadth', 'invite', 'admin', 'billing', 'risk', 'fit');
            s.measure := oracle.one_of('count', 'count', 'count', 'actors', 'days', 'distinct', 'distinct', 'sum', 'max', 'last', 'recency', 'growth', 'first', 'sequence', 'sequence', 'restart');
            s.events := CASE floor(random() * 4)::int WHEN 0 THEN NULL
                             WHEN 1 THEN ARRAY[oracle.one_of('change_committed', 'core_changed', 'test_added')]
                             ELSE ARRAY['change_committed', oracle.one_of('docs_edited', 'signed_up', 'ui_used'), 'teammate_invited'] END;
            IF s.measure = 'sequence' THEN
                s.events := (SELECT array_agg(oracle.one_of('change_committed', 'change_committed', 'core_changed', 'docs_edited', 'test_added'))
                             FROM generate_series(1, 2 + floor(random() * 5)::int));
            END IF;
            s.match := CASE WHEN random() < 0.25
                       THEN oracle.one_of('$.files >= 3', '!($.files > 10)', 'exists($.matched_files)', '$.commit starts with "a"',
                                          '$.files_text like_regex "^[0-9]$"', '$[*].files == 20', 'strict $.files < 5')::jsonpath END;
            days := (ARRAY[1, 3, 7, 28, 30, 60, 90, 365, 1000])[1 + floor(random() * 9)::int];
            s.within := CASE WHEN s.measure = 'last' AND random() < 0.5 THEN NULL
                             ELSE make_interval(hours => days * 24 + CASE WHEN random() < 0.3 THEN 7 ELSE 0 END,
                                                secs => CASE WHEN random() < 0.3 THEN 13 ELSE 0 END) END;
            s.period := CASE WHEN s.measure IN ('days', 'restart') AND random() < 0.5 THEN oracle.one_of('7 days', '6 hours', '2 days', '1 day', '24 hours')::interval END;
            IF s.measure = 'sequence' AND random() < 0.5 THEN
                s.period := s.within * (ARRAY[1, 1.5, 4])[1 + floor(random() * 3)::int];
            END IF;
            s.op := oracle.one_of('>=', '>=', '>', '<=', '<', '=');
            s.threshold := CASE s.measure WHEN 'count' THEN (ARRAY[0, 1, 2, 5, 40, 63, 64, 65, 200, 255, 256, 400])[1 + floor(random() * 12)::int]
                                WHEN 'actors' THEN (ARRAY[0, 1, 2, 5, 70])[1 + floor(random() * 5)::int]
                                WHEN 'distinct' THEN (ARRAY[0, 1, 2, 5, 70])[1 + floor(random() * 5)::int]
                                WHEN 'days' THEN CASE WHEN random() < 0.5 THEN 1 ELSE 2 END
                                WHEN 'growth' THEN (ARRAY[0.5, 1, 1.333, 2])[1 + floor(random() * 4)::int]
                                WHEN 'sequence' THEN 1 + floor(random() * cardinality(s.events))::int
                                WHEN 'restart' THEN (ARRAY[0, 1, 3, 10, 60])[1 + floor(random() * 5)::int]
                                WHEN 'recency' THEN NULL WHEN 'first' THEN NULL
                                ELSE (ARRAY[-1, 0, 1, 5.5, 40, 300])[1 + floor(random() * 6)::int] END;
            IF s.measure IN ('recency', 'first') AND s.op = '=' THEN
                s.op := '<=';
            END IF;
            s.collapse := CASE WHEN s.measure = 'count' AND s.threshold < 255 AND random() < 0.3
                          THEN oracle.one_of('1 hour', '1 day', '90 seconds', '1 week')::interval END;
            s.min_base := CASE WHEN s.measure = 'growth' THEN (ARRAY[0, 1, 5])[1 + floor(random() * 3)::int] END;
            IF s.measure IN ('sum', 'max', 'last') THEN
                s.property := oracle.one_of('files', 'matched_files', 'files_text', 'tree.files');
                s.numeric_strings := random() < 0.6;
            ELSE
                s.property := CASE WHEN s.measure = 'distinct'
                              THEN oracle.one_of('files', 'matched_files', 'files_text', 'commit', 'tree.files', 'tree.n') END;
                s.numeric_strings := false;
            END IF;
            s.decay := oracle.one_of('none', 'linear', 'exponential', 'step');
            s.decay_span := CASE WHEN s.decay <> 'none'
                            THEN make_interval(hours => (ARRAY[5, 24, 24 * 7, 24 * 30, 24 * 90, 24 * 400])[1 + floor(random() * 6)::int]) END;
            s.per_unit := s.measure IN ('count', 'actors', 'days', 'distinct', 'sum', 'max') AND random() < 0.5
                          -- which pairs a grid of collapsed rows would keep is nowhere said
                          AND NOT (s.collapse IS NOT NULL AND s.decay <> 'none');
            s.points := round(((random() * 20 - 6) / CASE WHEN s.per_unit THEN 9 ELSE 1 END)::numeric, oracle.one_of('0', '1', '3')::int);
            IF random() < 0.4 OR s.per_unit AND (s.measure IN ('actors', 'days', 'distinct') OR s.collapse IS NOT NULL) THEN
                s.max_points := round(abs(s.points) * (1 + floor(random() * 150)::numeric), 3) + 0.25;
                s.min_points := -s.max_points;
            END IF;
            s.required := false;
            s.approved_for_outreach := false;
            s.enabled := random() < 0.95;
            s.signal := s.signal || s.measure || CASE WHEN s.per_unit THEN ' each' ELSE '' END;
            BEGIN
                INSERT INTO pls.signals SELECT s.*;
            EXCEPTION WHEN program_limit_exceeded THEN
                NULL;               -- would have to tell too many units apart
            END;
        END LOOP;
    END LOOP;
END $$;
INSERT INTO pls.category_limits (motion, category, min_points, max_points)
SELECT motion, c, -5 - length(c), 3 * length(c) FROM pls.motions, unnest(ARRAY['depth', 'risk', 'admin', 'fit']) AS c
WHERE motion LIKE 'random %' AND length(motion) = 8;
SELECT way, count(*) AS signals, count(*) FILTER (WHERE per_unit) AS per_unit, count(DISTINCT (measure, op, decay)) AS combinations, max(k) AS k
FROM oracle.signals GROUP BY way ORDER BY way;

CREATE TABLE oracle.instants (t timestamptz);
INSERT INTO oracle.instants VALUES ('2019-11-03 05:59:59.999999+00'), ('2022-03-27 01:00:00.25+00'), ('2026-03-01 00:00:00+00');
SELECT count(*) AS motions, sum(oracle.prepare(motion)) > 0 AS rows_match FROM pls.motions WHERE motion LIKE 'random %';
SELECT sum(k) FROM (SELECT oracle.keep(motion, VARIADIC (SELECT array_agg(t) FROM oracle.instants)) AS k
                    FROM pls.motions WHERE motion LIKE 'random %') AS x;
\set ECHO none
\i :compare
\set ECHO all
\i :report
ROLLBACK;
