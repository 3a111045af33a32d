/* 95_own_triggers.sql - when the triggers of pls's own tables fire.
 *
 * The last part: it writes down what the parts before it have made, for
 * pls.health and pls.mend_triggers().
 */

INSERT INTO pls.own_triggers (table_name, trigger_name, mode)
SELECT c.relname, t.tgname, t.tgenabled::text
  FROM pg_catalog.pg_trigger AS t
  JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) t.tgrelid
 WHERE c.relnamespace OPERATOR(pg_catalog.=) 'pls'::regnamespace AND NOT t.tgisinternal;
