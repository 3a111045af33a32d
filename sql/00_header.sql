/* 00_header.sql - the schema, before anything is put into it.
 *
 * A function or operator that somebody else has put into the schema could be
 * a better match than ours, and would run as whoever installs pls, and later
 * as the owner of the extension.  So pls never moves into a schema that it
 * finds: the script makes the schema itself, which also makes it a member of
 * the extension, so that DROP EXTENSION takes it away with all rights that
 * were granted on it.  The control file names pg_catalog as the extension's
 * own schema, for one that contains the extension cannot be its member.
 *
 * An existing schema that is as good as new (of the installing role, empty,
 * without grants) is dropped and made anew: a new one has another number, so
 * what another session is just creating in the old one never gets here.
 *
 * Every name and operator of the check is qualified.
 */
DO $$
DECLARE
    found_id    pg_catalog.oid;
    found_owner pg_catalog.oid;
    granted     pg_catalog.bool;
    content     pg_catalog.text;
    problem     pg_catalog.text;
BEGIN
    SELECT n.oid, n.nspowner, EXISTS (
               SELECT FROM pg_catalog.aclexplode(n.nspacl) AS a
                WHERE a.grantee OPERATOR(pg_catalog.<>) n.nspowner)
      INTO found_id, found_owner, granted
      FROM pg_catalog.pg_namespace AS n
     WHERE n.nspname OPERATOR(pg_catalog.=) 'pls'::pg_catalog.name;
    IF found_id IS NULL THEN
        RETURN;
    END IF;
    SELECT pg_catalog.string_agg(o.description, ', ' ORDER BY o.number)
      INTO content
      FROM (SELECT pg_catalog.row_number() OVER (ORDER BY d.classid USING OPERATOR(pg_catalog.<), d.objid USING OPERATOR(pg_catalog.<)) AS number,
                   pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) AS description
              FROM pg_catalog.pg_depend AS d
             WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
               AND d.refobjid OPERATOR(pg_catalog.=) found_id
             LIMIT 5) AS o;
    IF found_owner OPERATOR(pg_catalog.<>) CURRENT_USER::pg_catalog.regrole::pg_catalog.oid THEN
        problem := pg_catalog.format('It is owned by role %s, and pls is being installed by role %s.',
            found_owner::pg_catalog.regrole, CURRENT_USER::pg_catalog.regrole);
    ELSIF content IS NOT NULL THEN
        problem := pg_catalog.format('It is not empty: it contains %s.', content);
    ELSIF granted THEN
        problem := 'Privileges on it have been granted to other roles.';
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'duplicate_schema',
            MESSAGE = 'schema "pls" exists already',
            DETAIL = problem OPERATOR(pg_catalog.||) ' What others have put there could run with the rights of whoever installs pls.',
            HINT = 'Rename or drop the schema: CREATE EXTENSION makes its own.',
            SCHEMA = 'pls';
    END IF;
    DROP SCHEMA pls RESTRICT;
END;
$$;

CREATE SCHEMA pls;
COMMENT ON SCHEMA pls IS
    'Product-led sales: motions, signals, scores and alerts; made and dropped with extension pls.';
