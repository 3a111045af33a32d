-- Catalog lint: what must hold of every object of the extension.  Each
-- query names the objects that break a rule; none should.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;

CREATE TEMP VIEW members AS
SELECT d.classid, d.objid, e.extconfig, e.extcondition,
       pg_catalog.pg_describe_object(d.classid, d.objid, 0) AS object
FROM pg_catalog.pg_depend AS d
JOIN pg_catalog.pg_extension AS e
  ON d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.refobjid = e.oid
WHERE d.deptype = 'e' AND e.extname = 'pls';

CREATE TEMP VIEW functions AS
SELECT m.object, p.*, l.lanname,
       EXISTS (
           SELECT FROM pg_catalog.aclexplode(COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS a
           WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE') AS executable_by_public
FROM members AS m
JOIN pg_catalog.pg_proc AS p ON m.classid = 'pg_catalog.pg_proc'::regclass AND m.objid = p.oid
JOIN pg_catalog.pg_language AS l ON p.prolang = l.oid;

CREATE TEMP VIEW relations AS
SELECT m.object, m.extconfig, m.extcondition, c.*
FROM members AS m
JOIN pg_catalog.pg_class AS c ON m.classid = 'pg_catalog.pg_class'::regclass AND m.objid = c.oid;

-- There is something to look at.
SELECT count(*) FILTER (WHERE classid = 'pg_catalog.pg_proc'::regclass) > 10 AS functions,
       count(*) FILTER (WHERE classid = 'pg_catalog.pg_class'::regclass) > 10 AS relations
FROM members;

-- Everything lies in the schemas pls and pls_internal.
SELECT object FROM functions WHERE pronamespace NOT IN ('pls'::regnamespace, 'pls_internal'::regnamespace)
UNION ALL
SELECT object FROM relations WHERE relnamespace NOT IN ('pls'::regnamespace, 'pls_internal'::regnamespace)
ORDER BY object;

-- Every object has a comment.  (A sequence belongs to its column, the row and
-- array types to their table or type.)
SELECT object
FROM members AS m
WHERE pg_catalog.obj_description(m.objid, m.classid::regclass::text::name) IS NULL
  AND NOT EXISTS (
      SELECT FROM relations AS r WHERE r.oid = m.objid AND r.relkind IN ('S', 'i', 'I', 't'))
  AND NOT (m.classid = 'pg_catalog.pg_type'::regclass AND EXISTS (
      SELECT FROM pg_catalog.pg_type AS t
      LEFT JOIN pg_catalog.pg_class AS c ON t.typrelid = c.oid
      WHERE t.oid = m.objid AND (c.relkind <> 'c' OR t.typcategory = 'A')))
ORDER BY object;

-- So has every column, of tables, views and composite types.
SELECT r.object, a.attname
FROM (SELECT object, oid FROM relations WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
      UNION ALL
      SELECT m.object, t.typrelid
      FROM members AS m
      JOIN pg_catalog.pg_type AS t ON m.classid = 'pg_catalog.pg_type'::regclass AND m.objid = t.oid
      JOIN pg_catalog.pg_class AS c ON t.typrelid = c.oid AND c.relkind = 'c') AS r
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid
WHERE a.attnum > 0 AND NOT a.attisdropped
  AND pg_catalog.col_description(r.oid, a.attnum) IS NULL
ORDER BY r.object, a.attnum;

-- Only a function that writes may be parallel unsafe, and one that writes is
-- volatile.  (So may a trigger's, which no parallel plan runs, and one that
-- catches errors or calls one that does: a subtransaction cannot begin in
-- parallel mode.)
SELECT object, proparallel, provolatile FROM functions AS f
WHERE proparallel = 'u' AND (provolatile <> 'v' OR prokind = 'a')
  AND prorettype <> 'trigger'::regtype
  AND NOT EXISTS (
      SELECT FROM functions AS c
      WHERE c.lanname = 'plpgsql' AND c.prosrc ~ '\mEXCEPTION\s+WHEN\M' AND c.proparallel = 'u'
        AND (c.oid = f.oid OR pg_catalog.strpos(f.prosrc, '.' || c.proname || '(') > 0))
ORDER BY object;

-- What changes state is not for everybody: every volatile function is revoked
-- from PUBLIC, and PUBLIC has no right on any table, view or sequence.
SELECT object FROM functions
WHERE provolatile = 'v' AND executable_by_public
ORDER BY object;
SELECT r.object, a.privilege_type
FROM relations AS r
CROSS JOIN LATERAL pg_catalog.aclexplode(r.relacl) AS a
WHERE a.grantee = 0
ORDER BY r.object, a.privilege_type;
SELECT n.nspname
FROM pg_catalog.pg_namespace AS n
CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS a
WHERE n.nspname IN ('pls', 'pls_internal') AND a.grantee = 0 AND a.privilege_type = 'CREATE';

-- Of schema pls_internal PUBLIC has USAGE; of schema pls nothing.
SELECT n.nspname, a.privilege_type
FROM pg_catalog.pg_namespace AS n
CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS a
WHERE n.nspname IN ('pls', 'pls_internal') AND a.grantee = 0;

-- What is stored depends on no function, operator or type outside of
-- pg_catalog and the extension: the parts of the script are looked up along
-- its own search_path.
SELECT DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, 0) AS object,
       pg_catalog.pg_describe_object(d.refclassid, d.refobjid, 0) AS depends_on
FROM pg_catalog.pg_depend AS d
JOIN (SELECT m.classid, m.objid FROM members AS m
      UNION ALL
      -- what belongs to a member: rules, constraints, defaults, triggers, policies
      SELECT s.classid, s.objid FROM pg_catalog.pg_depend AS s
      JOIN members AS m ON m.classid = s.refclassid AND m.objid = s.refobjid
      WHERE s.deptype IN ('a', 'i')) AS o ON o.classid = d.classid AND o.objid = d.objid
WHERE d.refclassid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass, 'pg_catalog.pg_type'::regclass)
  AND d.deptype IN ('n', 'a')
  AND d.refobjid >= 16384       -- not of the server itself
  AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = d.refclassid AND m.objid = d.refobjid)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS t WHERE d.refclassid = 'pg_catalog.pg_type'::regclass AND t.oid = d.refobjid
                  AND t.typnamespace IN (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname IN ('pls', 'pls_internal')))
ORDER BY 1, 2;

-- No name is in both schemas, so that one is found without saying in which.
SELECT c.relname FROM relations AS c GROUP BY c.relname HAVING pg_catalog.count(*) > 1;

-- No name is looked up along somebody else's search_path.
SELECT object FROM functions
WHERE prosecdef AND proconfig IS DISTINCT FROM '{"search_path=pg_catalog, pg_temp"}'
ORDER BY object;
SELECT object FROM functions
WHERE lanname NOT IN ('c', 'internal') AND prosqlbody IS NULL
  AND prokind <> 'p'            -- one that commits cannot have settings
  AND NOT COALESCE('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)
ORDER BY object;

-- Aggregates can be combined; an internal state can be passed between
-- processes and says how large it is.
SELECT f.object
FROM functions AS f
JOIN pg_catalog.pg_aggregate AS a ON a.aggfnoid = f.oid
WHERE a.aggcombinefn::oid = 0 OR f.proparallel <> 's'
   OR (a.aggtranstype = 'pg_catalog.internal'::regtype
       AND (a.aggserialfn::oid = 0 OR a.aggdeserialfn::oid = 0 OR a.aggtransspace = 0))
ORDER BY f.object;

-- pg_dump knows every table and sequence, and has every row of those with
-- shipped rows.
SELECT object FROM relations
WHERE relkind IN ('r', 'p', 'S') AND NOT COALESCE(oid = ANY (extconfig), false)
ORDER BY object;
SELECT r.object
FROM relations AS r
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND a.attname = 'shipped' AND NOT a.attisdropped
WHERE r.relkind = 'r'
  AND r.extcondition[pg_catalog.array_position(r.extconfig, r.oid)] IS DISTINCT FROM ''
ORDER BY r.object;

-- The parts of the script: views list their columns (a row of a named type
-- may be made of all of a table's), and nothing is created
-- with OR REPLACE or IF NOT EXISTS, which would take over an object that
-- somebody else has put there.
\! cd "$PG_ABS_SRCDIR/../sql" && awk '/^CREATE.* VIEW /{view=1} {gsub(/ROW\([a-z]+\.\*\)::/, "")} view && /(SELECT|,|\.)[ \t]*\*/{print FILENAME ": " $0} /;[ \t]*$/{view=0}' [0-9]*_*.sql */[0-9]*_*.sql
\! cd "$PG_ABS_SRCDIR/../sql" && awk 'toupper($0) ~ /^[ \t]*CREATE .*(OR REPLACE|IF NOT EXISTS)/{print FILENAME ": " $0}' [0-9]*_*.sql */[0-9]*_*.sql

DROP VIEW relations, functions, members;

-- C reads these tables by the numbers of their columns (src/model/model_rows.h,
-- src/trigger/source.c, src/state/standing_row.c): a new column comes last.
SELECT c.relname, string_agg(a.attname, ' ' ORDER BY a.attnum) AS columns
  FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
 WHERE c.relnamespace = 'pls'::regnamespace AND c.relkind = 'r'
   AND c.relname = ANY (ARRAY['motions', 'signals', 'category_limits', 'grades', 'exclusions', 'sources', 'ignored_ids',
                              'standings', 'backlog'])
 GROUP BY c.relname ORDER BY c.relname;
