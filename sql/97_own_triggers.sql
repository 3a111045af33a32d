/* 97_own_triggers.sql - when the triggers of pls's own tables fire.
 *
 * The last part: it writes down what the parts before it have made, for
 * pls.health and pls.mend_triggers().
 */

INSERT INTO pls_internal.own_triggers (table_name, trigger_name, mode)
SELECT c.relname, t.tgname, t.tgenabled::text
  FROM pg_trigger AS t
  JOIN pg_class AS c ON c.oid = t.tgrelid
 WHERE c.relnamespace = ANY (pls_internal.own_schemas()) AND NOT t.tgisinternal;
