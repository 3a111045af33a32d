-- Lint of query texts that functions put together: values are parameters,
-- identifiers go through %I, literals through %L, and nobody reads a relation
-- of somebody else but those that have a reason.  Each query names what
-- breaks a rule; none should.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
RESET client_min_messages;

-- The functions that run a text: why they may, and whether that text reads a
-- relation that is not the extension's (then also as whom).
CREATE TEMP TABLE dynamic (name text PRIMARY KEY, reads_others boolean, reason text);
INSERT INTO dynamic VALUES
    ('set_watch_triggers', false, 'CREATE TRIGGER and ALTER TABLE take no parameters'),
    ('mend_triggers', false, 'ALTER TABLE takes no parameters'),
    ('dangling_references', false, 'the tables and columns of pls_internal.reference_rules()'),
    ('ship_rows', false, 'the configuration table that a shipped row goes to'),
    ('remove_untouched_shipped_rows', false, 'the configuration table that the trigger is on'),
    ('drop_watch_triggers', false, 'DROP TRIGGER takes no parameters'),
    ('check_constraints', false, 'the constraints of a table of pls, of one row that is passed'),
    ('lock_tables', false, 'LOCK TABLE takes no parameters'),
    ('map_rows', false, 'pls.accounts or pls.users, and which of their columns'),
    ('schedule', false, 'a function of pg_cron, which may lie in any schema'),
    ('unschedule', false, 'a table and a function of pg_cron, which may lie in any schema'),
    ('remove_jobs', false, 'a table and a function of pg_cron, which may lie in any schema'),
    ('fire_deferred_triggers', false, 'SET CONSTRAINTS takes no parameters'),
    ('copy_template_row', false, 'the configuration table that a template''s row goes to'),
    ('restore_row', false, 'the configuration table that a part of a model is a row of'),
    ('revoke_privileges', false, 'REVOKE takes no parameters'),
    ('grant_privileges', false, 'GRANT takes no parameters');

-- Placeholders that are put in as they are: a relation or a function by its
-- oid, which the server writes with its schema and quotes, or a text that was
-- written in the function itself.  A literal is named by its beginning.
CREATE TEMP TABLE as_it_is (name text, literal text, reason text);
INSERT INTO as_it_is VALUES
    ('drop_watch_triggers', 'DROP TRIGGER %I ON %s', 'regclass'),
    ('check_constraints', 'SELECT (%s) IS FALSE FROM jsonb_populate_record(NULL::%s, $1)', 'the expression of a constraint of a table of pls, by the server; regclass'),
    ('lock_tables', 'LOCK TABLE ONLY %s IN %s MODE', 'regclass; a fixed word'),
    ('set_watch_triggers', 'DROP TRIGGER %I ON %s', 'regclass'),
    ('set_watch_triggers', 'CREATE TRIGGER %I %s ON %s %s EXECUTE FUNCTION %s(%L)', 'regclass; clauses of pls_internal.watch_triggers()'),
    ('set_watch_triggers', 'ALTER TABLE %s ENABLE %s TRIGGER %I', 'regclass; a fixed word'),
    ('mend_triggers', 'ALTER TABLE %s ENABLE %s TRIGGER %I', 'regclass; a fixed word'),
    ('remove_untouched_shipped_rows', 'DELETE FROM %s t WHERE', 'regclass of a table of pls'),
    ('map_rows', 'INSERT INTO pls.%I AS t (%s) SELECT %s FROM pls_internal.rows_as_owner($1, $2)', 'quoted columns; expressions of pls_internal.mapped_value()'),
    ('map_rows', 'UPDATE SET %s, updated_at = now() WHERE ROW(%s)', 'quoted columns'),
    ('schedule', 'pg_cron job %s runs', 'a sentence for people'),
    ('schedule', 'SELECT %s($1, $2, $3)', 'name of pls_internal.cron_function(), quoted there'),
    ('unschedule', 'SELECT j.jobid FROM %s.job', 'quote_ident() of the schema'),
    ('unschedule', 'SELECT %s($1)', 'name of pls_internal.cron_function(), quoted there'),
    ('remove_jobs', 'SELECT j.jobid FROM %s.job', 'quote_ident() of the schema'),
    ('remove_jobs', 'SELECT %s($1)', 'name of pls_internal.cron_function(), quoted there'),
    ('copy_template_row', 'INSERT INTO pls.%I (%s) SELECT %s', 'quoted names of columns; a fixed clause'),
    ('restore_row', 'UPDATE pls.%I AS t SET (%s) = (SELECT %s FROM', 'quoted names of columns'),
    ('write_draft', 'SELECT pls.reassign(%s', 'a hint for people'),
    ('grant_privileges', 'GRANT %s ON %s TO %I', 'a word of pls_internal.access_rules(); regclass'),
    ('grant_privileges', 'GRANT EXECUTE ON FUNCTION %s TO %I', 'regprocedure');

-- What follows EXECUTE is format() with its text in place, or one of these.
CREATE TEMP TABLE elsewhere (name text PRIMARY KEY, reason text);
INSERT INTO elsewhere VALUES
    ('grant_privileges', 'statements made by format() in the query of the loop');

-- Sources without comments, and these without string literals and the texts
-- of messages.
CREATE TEMP VIEW sources AS
SELECT p.oid, p.proname AS name, p.oid::regprocedure AS object, l.lanname, s.source, m.code, m.source AS texts
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang AND l.lanname IN ('plpgsql', 'sql')
CROSS JOIN LATERAL (
    SELECT pg_catalog.regexp_replace(pg_catalog.regexp_replace(p.prosrc,
               '--[^\n]*', '', 'g'), '/\*([^*]|\*+[^*/])*\*+/', '', 'g') AS source) AS s
CROSS JOIN LATERAL (
    SELECT pg_catalog.regexp_replace(s.source, '(\$\w*\$([^$]|\$[0-9])*\$\w*\$)|(''([^'']|'''')*'')', '''''', 'g') AS code,
           pg_catalog.regexp_replace(s.source, '\m(MESSAGE|DETAIL|HINT)\s*=[^;]*;', '', 'g') AS source) AS m
WHERE p.pronamespace IN (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname IN ('pls', 'pls_internal'));

CREATE TEMP VIEW executing AS
SELECT s.* FROM sources AS s WHERE s.code ~* '\mEXECUTE\M';

-- There is something to look at.
SELECT count(*) > 100 AS functions FROM sources;
SELECT count(*) > 5 AS executing FROM executing;

-- Functions that run a text without being on the list, and those of the list
-- that no longer do.
SELECT e.name FROM executing AS e WHERE NOT EXISTS (SELECT FROM dynamic AS d WHERE d.name = e.name)
ORDER BY e.name;
SELECT d.name FROM dynamic AS d WHERE NOT EXISTS (SELECT FROM executing AS e WHERE e.name = d.name)
ORDER BY d.name;

-- A text is never changed after it was put together: neither in the function
-- that runs it, nor in one that makes it a part.
SELECT s.name
FROM sources AS s
WHERE s.code ~* '\m(replace|regexp_replace|overlay|translate)\s*\('
  AND (EXISTS (SELECT FROM executing AS e WHERE e.oid = s.oid)
       OR s.texts ~ '''\s*(SELECT|INSERT|UPDATE|DELETE|WITH|FROM|WHERE|CREATE|DROP|ALTER|GRANT|REVOKE)\M')
ORDER BY s.name;

-- Nor joined together by || from anything but literals: what is run is
-- format() with its text in place.
SELECT e.name
FROM executing AS e
WHERE e.code ~* '\mEXECUTE\s+(?!(pg_catalog\.)?format\s*\(\s*'''')'
  AND NOT EXISTS (SELECT FROM elsewhere AS x WHERE x.name = e.name)
ORDER BY e.name;

-- A literal of a function that runs texts, or of one that returns a query,
-- with a placeholder that is put in as it is and has no reason.  (format()
-- takes %1$s for %s.)
CREATE TEMP VIEW placeholders AS
SELECT s.name, l.literal
FROM sources AS s
CROSS JOIN LATERAL (
    SELECT pg_catalog.regexp_replace(pg_catalog.regexp_replace(m[1], '%\d+\$', '%', 'g'), '\s+', ' ', 'g') AS literal
    FROM pg_catalog.regexp_matches(s.texts, '(''(?:[^'']|'''')*''|\$sql\$(?:[^$]|\$[0-9])*\$sql\$)', 'g') AS m) AS l
WHERE (EXISTS (SELECT FROM executing AS e WHERE e.oid = s.oid)
       OR l.literal ~ '^(''|\$sql\$)\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|DROP|ALTER|GRANT|REVOKE)\M')
  AND l.literal ~ '%s';
SELECT p.name, pg_catalog.left(p.literal, 60) AS literal
FROM placeholders AS p
WHERE NOT EXISTS (
    SELECT FROM as_it_is AS a
    WHERE a.name = p.name AND pg_catalog.strpos(p.literal, a.literal) > 0)
ORDER BY p.name, p.literal COLLATE "C";
SELECT a.name, a.literal
FROM as_it_is AS a
WHERE NOT EXISTS (
    SELECT FROM placeholders AS p
    WHERE a.name = p.name AND pg_catalog.strpos(p.literal, a.literal) > 0)
ORDER BY a.name, a.literal COLLATE "C";

-- Who reads a relation by a name that was put in is on the list of those that
-- become its owner.
SELECT p.name, pg_catalog.left(p.literal, 60) AS literal
FROM placeholders AS p
WHERE p.literal ~* '\m(FROM|JOIN|INTO|UPDATE|USING|ONLY|TABLE|COPY)\s+%s'
  AND p.literal !~ '''(ALTER|LOCK) TABLE (ONLY )?%s '
  AND NOT EXISTS (SELECT FROM dynamic AS d WHERE d.name = p.name AND d.reads_others)
  AND p.name <> 'remove_untouched_shipped_rows'     -- a trigger of tables of pls
  AND NOT EXISTS (
      SELECT FROM as_it_is AS a
      WHERE a.name = p.name AND a.reason ~ '^quote_ident' AND pg_catalog.strpos(p.literal, a.literal) > 0)
ORDER BY p.name, p.literal COLLATE "C";

-- A backslash in an ordinary literal means what the session's
-- standard_conforming_strings says: E'...' always means the same.
SELECT p.proname, pg_catalog.btrim(l.line) AS line
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_language AS g ON g.oid = p.prolang AND g.lanname IN ('sql', 'plpgsql')
CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(p.prosrc, E'\n') AS l (line)
WHERE p.pronamespace IN ('pls'::regnamespace, 'pls_internal'::regnamespace) AND p.prosqlbody IS NULL
  -- in a literal of its own quotes, $p$, a backslash is one
  AND pg_catalog.regexp_replace(l.line, E'\\$p\\$.*?\\$p\\$', '', 'g') ~ E'(^|[^Ee])\'[^\'\\\\]*\\\\'
ORDER BY p.proname, l.line COLLATE "C";

-- In C: where a text of a query is put together, from quoted identifiers
-- only, since it has to name the relation of somebody else; and from quoted
-- literals, which the planner is to know.
\! cd "$PG_ABS_SRCDIR/../src" && for f in *.c */*.c; do tr '\n' ' ' <"$f" | grep -oE '(psprintf|snprintf|appendStringInfo[A-Za-z]*|strcat|strlcat)\([^;]*"[ ]*(SELECT|INSERT|UPDATE|DELETE|WITH|TRUNCATE|CREATE|DROP|ALTER|LOCK|COPY|GRANT|SET) [^;]*;' | sed "s|^|$f: |"; done

-- The files that open relations by themselves, and those that change whose
-- rights count: a new one wants to be looked at.
\! cd "$PG_ABS_SRCDIR/../src" && grep -lE '(^|[^_a-z])(table|relation|try_relation|try_table|index)_open(rv)? ?\(' *.c */*.c
\! cd "$PG_ABS_SRCDIR/../src" && grep -lE 'SetUserIdAndSecContext ?\(|SetUserId ?\(|SetSessionAuthorization ?\(' *.c */*.c
-- Index expressions, predicates and keys of partitions are evaluated as they
-- are loaded, with the rights of who is in charge.
\! cd "$PG_ABS_SRCDIR/../src" && grep -nE '(RelationGetIndexExpressions|RelationGetIndexPredicate|BuildIndexInfo|RelationGetPartitionKey|RelationGetPartitionDesc|RelationGetPartitionQual|ExecPrepareExpr|eval_const_expressions|expression_planner|build_column_default) ?\(' *.c */*.c

DROP TABLE dynamic, as_it_is, elsewhere;
DROP VIEW placeholders, executing, sources;
