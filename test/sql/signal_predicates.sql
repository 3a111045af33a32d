-- A predicate of a signal holds exactly when the operator @@ says so: of keys
-- that a document has, has not, has as null, or has within arrays.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
CREATE TEMP TABLE predicates (n integer GENERATED ALWAYS AS IDENTITY, predicate jsonpath);
INSERT INTO predicates (predicate) VALUES
    ('$.a == 1'), ('$.a != 1'), ('$.a <> 1'), ('$.a < 1'), ('$.a <= 1'), ('$.a > 0'), ('$.a >= 1'),
    ('strict $.a == 1'), ('strict $.a != 1'), ('strict $.b.c == 1'),
    ('$.a == null'), ('$.a != null'), ('$.a == true'), ('$.a == "x"'), ('$.a == $.b'), ('$.b == $.a'),
    ('1 == $.a'), ('!($.a == 1)'), ('!($.a != 1)'), ('($.a == 1) is unknown'), ('exists($.a)'), ('!exists($.a)'),
    ('$.a == 1 && $.b == 2'), ('$.a == 1 || $.b == 2'), ('$.b.c == 1'), ('$.b[*] == 1'), ('$.a.size() == 1'),
    ('$.a.type() == "number"'), ('$.a ? (@ > 0) == 1'), ('$.* == 1'), ('$[*].a == 1'), ('$.a + 0 == 1'),
    ('$.a starts with "x"'), ('$.a like_regex "^x"'), ('$."" == 1'), ('$.A == 1'), ('$.a[last] == 1'), ('true == true'),
    ('$ == 1'), ('$.**.a == 1'), ('$."a.b" == 1');
CREATE TEMP TABLE documents (n integer GENERATED ALWAYS AS IDENTITY, document jsonb);
INSERT INTO documents (document) VALUES
    (NULL), ('{}'), ('{"a": 1}'), ('{"a": 0}'), ('{"a": null}'), ('{"a": true}'), ('{"a": "x"}'), ('{"a": "1"}'),
    ('{"a": [1, 2]}'), ('{"a": []}'), ('{"a": {"a": 1}}'), ('{"b": 2}'), ('{"a": 1, "b": 2}'), ('{"b": {"c": 1}}'),
    ('{"b": [1, {"c": 1}]}'), ('{"A": 1}'), ('{"": 1}'), ('{"a.b": 1}'), ('[{"a": 1}]'), ('[{"a": 2}, {"b": 1}]'), ('[]'), ('1'),
    ('"x"'), ('null'), ('[[{"a": 1}]]'), ('{"b": {"a": 1}}');
DO $$
BEGIN
    PERFORM pls.create_motion('predicates', template => 'trial_conversion');
    DELETE FROM pls.signals WHERE motion = 'predicates';
    DELETE FROM pls.category_limits WHERE motion = 'predicates';
    INSERT INTO pls.signals (motion, signal, category, events, match, measure, within, threshold, points)
    SELECT 'predicates', 'p' || n, 'depth', '{run}', predicate, 'count', '7 days', 1, 1 FROM predicates;
END
$$;
WITH seen AS (
    SELECT e.document, x.signal, x.value > 0 AS holds
      FROM (SELECT d.n AS document, pls.evidence('predicates', 'run', pls.now() - interval '1 hour', 1, d.document) AS evidence
              FROM documents d GROUP BY d.n) e,
           LATERAL pls.explain(e.evidence) x
     WHERE x.signal LIKE 'p%')
SELECT count(*) AS cases, count(*) FILTER (WHERE s.holds) AS hold,
       count(*) FILTER (WHERE s.holds IS DISTINCT FROM coalesce(d.document @@ p.predicate, false)) AS differ
  FROM seen s JOIN documents d ON d.n = s.document JOIN predicates p ON s.signal = 'p' || p.n;
DELETE FROM pls.motions WHERE motion = 'predicates';
