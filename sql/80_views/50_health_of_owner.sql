/* 50_health_of_owner.sql - whether pls is still its owner's.
 *
 * pls acts as the owner of the extension.  Whoever else may put functions
 * into the schema, or owns one of its objects, or may make triggers on its
 * tables, can have them called as that owner, and an owner who has lost a table
 * can no longer do what is due.
 */

CREATE FUNCTION pls_internal.owner_reads(name text) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (SELECT has_schema_privilege(e.extowner, c.relnamespace, 'USAGE')
                   AND has_table_privilege(e.extowner, c.oid, 'SELECT')
              FROM pg_extension e, pg_class c
             WHERE e.extname = 'pls' AND c.oid = pls_internal.own_table(owner_reads.name));
END;
$$;
COMMENT ON FUNCTION pls_internal.owner_reads IS
'Whether the owner of the extension may read a table of pls; NULL: there is none of the name.';

CREATE FUNCTION pls_internal.health_of_owner()
    RETURNS TABLE (item text, status text, value text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    keeper   oid := (SELECT e.extowner FROM pg_extension e WHERE e.extname = 'pls');
    holder   record;
    creators text;
    strange  text;
    given    text;
    lost     text;
BEGIN
    FOR holder IN SELECT n.nspname AS schema, n.nspowner AS owner FROM pg_namespace n
                   WHERE n.oid = ANY (pls_internal.own_schemas()) AND n.nspowner <> keeper ORDER BY n.nspname LOOP
        item := 'owner of the schema';
        status := 'attention';
        value := format('schema %s is owned by %s, the extension by %s', holder.schema, holder.owner::regrole, keeper::regrole);
        hint := format('Objects created there by the first may run with the rights of the second: ALTER SCHEMA %s OWNER TO %s;', holder.schema, keeper::regrole);
        RETURN NEXT;
    END LOOP;
    SELECT string_agg(DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, ', ') INTO creators
      FROM pg_namespace n, aclexplode(n.nspacl) a
     WHERE n.oid = ANY (pls_internal.own_schemas()) AND a.privilege_type = 'CREATE' AND a.grantee NOT IN (keeper, n.nspowner);
    SELECT string_agg(pg_describe_object(o.classid, o.objid, o.objsubid), ', ' ORDER BY o.objid) INTO strange
      FROM (SELECT d.classid, d.objid, d.objsubid
              FROM pg_depend d
             WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = ANY (pls_internal.own_schemas())
               AND NOT EXISTS (SELECT FROM pg_depend m
                                WHERE m.classid = d.classid AND m.objid = d.objid AND m.deptype = 'e')
             LIMIT 3) o;
    IF creators IS NOT NULL OR strange IS NOT NULL THEN
        item := 'others in the schema';
        status := 'attention';
        value := concat_ws('; ', 'may create objects in the schemas of pls: ' || creators, 'not part of the extension: ' || strange);
        hint := 'Such objects may run with the rights of the owner of the extension. REVOKE CREATE ON SCHEMA pls, pls_internal, and drop what does not belong to the extension.';
        RETURN NEXT;
    END IF;
    SELECT string_agg(o.said, ', ' ORDER BY o.said COLLATE "C") INTO given
      FROM (SELECT format('%s of %s', pg_describe_object(t.classid, t.oid, 0), t.owner::regrole) AS said
              FROM (SELECT 'pg_class'::regclass::oid AS classid, c.oid, c.relowner AS owner FROM pg_class c
                     WHERE c.relnamespace = ANY (pls_internal.own_schemas()) AND c.relkind IN ('r', 'v')
                    UNION ALL
                    SELECT 'pg_proc'::regclass::oid, p.oid, p.proowner FROM pg_proc p
                     WHERE p.pronamespace = ANY (pls_internal.own_schemas())) t
              JOIN pg_roles r ON r.oid = t.owner AND NOT r.rolsuper
             WHERE t.owner <> keeper
             ORDER BY 1 LIMIT 5) o;
    SELECT string_agg(DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, ', ') INTO creators
      FROM pg_class c, aclexplode(c.relacl) a
     WHERE c.relnamespace = ANY (pls_internal.own_schemas()) AND a.privilege_type = 'TRIGGER' AND a.grantee NOT IN (keeper, c.relowner)
       AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = a.grantee AND r.rolsuper);
    IF given IS NOT NULL OR creators IS NOT NULL THEN
        item := 'objects of others';
        status := 'attention';
        value := concat_ws('; ', 'not of the owner of the extension: ' || given, 'may make triggers on tables of pls: ' || creators);
        hint := format('What these roles put there runs with the rights of the owner of the extension. ALTER ... OWNER TO %s, and REVOKE TRIGGER ON ALL TABLES IN SCHEMA pls, pls_internal; pls.grant_access() gives what a role needs.', keeper::regrole);
        RETURN NEXT;
    END IF;
    SELECT string_agg(c.relname, ', ' ORDER BY c.relname) INTO lost
      FROM pg_class c
     WHERE c.relnamespace = ANY (pls_internal.own_schemas()) AND c.relkind = 'r'
       AND NOT (has_table_privilege(keeper, c.oid, 'SELECT') AND has_table_privilege(keeper, c.oid, 'INSERT')
                AND has_table_privilege(keeper, c.oid, 'UPDATE') AND has_table_privilege(keeper, c.oid, 'DELETE'));
    IF lost IS NOT NULL THEN
        item := 'rights of the owner';
        status := 'broken';
        value := format('%s owns the extension and lacks rights on %s', keeper::regrole, lost);
        hint := format('Restore them with ALTER TABLE pls... OWNER TO %s. Then run pls.refresh() for motions that missed events.', keeper::regrole);
        RETURN NEXT;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.health_of_owner IS
'Part of pls.health: rows where the schema or a table is not the extension owner''s any more, or holds objects of others.';
