/* 00_header.sql - the schemas, before anything is put into them.
 *
 * pls holds what users meet, pls_internal what may change with any version.
 *
 * A function or operator that somebody else has put into a schema could be
 * a better match than ours, and would run as whoever installs pls, and later
 * as the owner of the extension.  So pls never moves into a schema that it
 * finds: the script makes its schemas itself, which also makes them members
 * of the extension, so that DROP EXTENSION takes them away with all rights
 * that were granted on them.  The control file names pg_catalog as the
 * extension's own schema, for one that contains the extension cannot be its
 * member.
 *
 * An existing schema that is as good as new (of the installing role, empty,
 * without grants) is dropped and made anew: a new one has another number, so
 * what another session is just creating in the old one never gets here.
 */

-- Nothing of this script is looked up anywhere else: the parts after this one
-- need no qualified operators, and what they create is stored by number.
SET LOCAL search_path TO pg_catalog, pg_temp;

DO $$
DECLARE
    schema_name name;
    found_id    oid;
    found_owner oid;
    granted     boolean;
    content     text;
    problem     text;
BEGIN
    FOREACH schema_name IN ARRAY ARRAY['pls', 'pls_internal'] LOOP
        SELECT n.oid, n.nspowner, EXISTS (
                   SELECT FROM aclexplode(n.nspacl) AS a WHERE a.grantee <> n.nspowner)
          INTO found_id, found_owner, granted
          FROM pg_namespace AS n
         WHERE n.nspname = schema_name;
        CONTINUE WHEN found_id IS NULL;
        SELECT string_agg(o.description, ', ' ORDER BY o.number)
          INTO content
          FROM (SELECT row_number() OVER (ORDER BY d.classid, d.objid) AS number,
                       pg_describe_object(d.classid, d.objid, d.objsubid) AS description
                  FROM pg_depend AS d
                 WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = found_id
                 LIMIT 5) AS o;
        problem := CASE
            WHEN found_owner <> CURRENT_USER::regrole::oid
            THEN format('It is owned by role %s, and pls is being installed by role %s.',
                        found_owner::regrole, CURRENT_USER::regrole)
            WHEN content IS NOT NULL THEN format('It is not empty: it contains %s.', content)
            WHEN granted THEN 'Privileges on it have been granted to other roles.' END;
        IF problem IS NOT NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'duplicate_schema',
                MESSAGE = format('schema "%s" already exists', schema_name),
                DETAIL = problem || ' What others have put there could run with the rights of whoever installs pls.',
                HINT = 'Rename or drop the schema: CREATE EXTENSION makes its own.',
                SCHEMA = schema_name;
        END IF;
        EXECUTE format('DROP SCHEMA %I RESTRICT', schema_name);
    END LOOP;
END;
$$;

CREATE SCHEMA pls;
COMMENT ON SCHEMA pls IS
    'Product-led sales: motions, signals, scores and alerts. What users read, edit and call.';
CREATE SCHEMA pls_internal;
COMMENT ON SCHEMA pls_internal IS
    'The internals of extension pls, which may change with any version.';

-- Both, for whatever goes through all that is of pls.
CREATE FUNCTION pls_internal.own_schemas() RETURNS regnamespace[]
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT ARRAY['pls'::regnamespace, 'pls_internal'::regnamespace];
END;
COMMENT ON FUNCTION pls_internal.own_schemas IS
    'The schemas of pls.';
