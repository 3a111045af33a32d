-- reference.sql - the parts of reference.md that the catalog knows: columns
-- and functions with their comments, as Markdown.
--
--   psql -XAtq -v name=NAME -f reference.sql
--
-- NAME is a table or view, a function of schema pls (all of that name; with
-- "()" where a table has that name too), or "pls_internal" for the functions
-- of that schema.  Run by doc/examples.

-- A comment as a sentence.  What begins with one of the values that a column
-- may have keeps its small letter.
CREATE FUNCTION pg_temp.sentence(remark text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN remark ~ '^(jsonpath|sha256|pls\.)|^\w+(,|:| or | and )' THEN left(remark, 1)
            ELSE upper(left(remark, 1)) END
       || substr(rtrim(remark, '.'), 2) || '.';

-- Types by their short names, defaults without theirs.
CREATE FUNCTION pg_temp.short(signature text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN regexp_replace(
           regexp_replace(replace(signature, 'timestamp with time zone', 'timestamptz'),
                          'DEFAULT (''[^'']*''|NULL)::[a-z]+', 'DEFAULT \1', 'g'),
           '\y(TABLE\((.*)\))$', '\2');

\o /dev/null
SELECT right(:'name', 2) <> '()' AND pls_internal.own_table(:'name') IS NOT NULL AS is_relation, :'name' = 'pls_internal' AS is_internal,
       rtrim(:'name', '()') AS name \gset
\o
\if :is_relation

SELECT pg_temp.sentence(obj_description(pls_internal.own_table(:'name'), 'pg_class'))
       || coalesce(' Key: ' || (
           SELECT string_agg('`' || a.attname || '`', ', ' ORDER BY k.place)
             FROM pg_constraint AS p
            CROSS JOIN LATERAL unnest(p.conkey) WITH ORDINALITY AS k (attnum, place)
             JOIN pg_attribute AS a ON a.attrelid = p.conrelid AND a.attnum = k.attnum
            WHERE p.conrelid = pls_internal.own_table(:'name') AND p.contype = 'p') || '.', '')
       || E'\n';
SELECT CASE WHEN relkind = 'v' THEN E'| column | type | meaning |\n|---|---|---|'
            ELSE E'| column | type | default | meaning |\n|---|---|---|---|' END
  FROM pg_class WHERE oid = pls_internal.own_table(:'name');
SELECT format('| `%s` | %s |%s %s |', a.attname, pg_temp.short(format_type(a.atttypid, a.atttypmod)),
              CASE WHEN c.relkind = 'v' THEN ''
                   ELSE ' ' || CASE WHEN a.attidentity <> '' THEN 'counts up'
                                    WHEN d.adbin IS NOT NULL
                                    THEN '`' || regexp_replace(pg_get_expr(d.adbin, d.adrelid), '::[a-z ]+$', '') || '`'
                                    WHEN a.attnotnull THEN 'none, required'
                                    ELSE 'NULL' END || ' |' END,
              replace(pg_temp.sentence(col_description(a.attrelid, a.attnum)), '|', '\|'))
  FROM pg_class AS c
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE c.oid = pls_internal.own_table(:'name')
 ORDER BY a.attnum;

\elif :is_internal

SELECT format('- `pls_internal.%s(%s)`: %s', p.proname, pg_temp.short(pg_get_function_identity_arguments(p.oid)),
              pg_temp.sentence(obj_description(p.oid, 'pg_proc')))
  FROM pg_proc AS p
 WHERE p.pronamespace = 'pls_internal'::regnamespace
 ORDER BY p.proname COLLATE "C", pg_get_function_identity_arguments(p.oid) COLLATE "C";

\else

SELECT format(E'**`pls.%s(%s)`**%s%s\n\n%s\n', p.proname,
              regexp_replace(pg_temp.short(pg_get_function_arguments(p.oid)), '\yIN ', '', 'g'),
              CASE WHEN p.prokind = 'p' OR pg_get_function_result(p.oid) = 'record' THEN ''
                   ELSE ' returns ' || CASE WHEN p.proretset THEN 'rows of ' ELSE '' END
                        || '`' || pg_temp.short(pg_get_function_result(p.oid)) || '`' END,
              CASE p.prokind WHEN 'a' THEN ', an aggregate' WHEN 'p' THEN ', a procedure' ELSE '' END,
              pg_temp.sentence(obj_description(p.oid, 'pg_proc')))
  FROM pg_proc AS p
 WHERE p.pronamespace = 'pls'::regnamespace AND p.proname = :'name'
 ORDER BY p.prokind, p.pronargs, pg_get_function_identity_arguments(p.oid) COLLATE "C";

\endif
