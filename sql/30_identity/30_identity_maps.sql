/* 30_identity_maps.sql - taking accounts and users over from the tables of
 * an application.
 */

CREATE FUNCTION pls_internal.rows_as_owner(source regclass, columns text[]) RETURNS SETOF text[]
    AS 'MODULE_PATHNAME', 'pls_rows_as_owner' LANGUAGE C VOLATILE STRICT COST 10000;
COMMENT ON FUNCTION pls_internal.rows_as_owner IS
'Columns of a table or view as text, a row each. The query runs as the relation''s owner in a security-restricted operation, because it runs the owner''s code. Errors: 42501 if the caller may not read them, and what the query raises.';

-- How a column of pls.accounts or pls.users is made of the text.
CREATE FUNCTION pls_internal.mapped_value(column_name name, place bigint, folded boolean, is_local boolean) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE column_name
        WHEN 'attributes' THEN format('coalesce(r.v[%s]::jsonb, ''{}'')', place)
        WHEN 'external_ids' THEN
            format('coalesce((SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each_text(r.v[%s]::jsonb) e WHERE e.value IS NOT NULL), ''{}'')', place)
        WHEN 'signed_up_at' THEN format(CASE WHEN is_local THEN '(r.v[%s]::timestamp AT TIME ZONE $3)' ELSE 'r.v[%s]::timestamptz' END, place)
        WHEN 'size' THEN format('r.v[%s]::numeric::integer', place)
        WHEN 'account_id' THEN format(CASE WHEN folded THEN 'lower(r.v[%s])' ELSE 'r.v[%s]' END, place)
        WHEN 'user_id' THEN format(CASE WHEN folded THEN 'lower(r.v[%s])' ELSE 'r.v[%s]' END, place)
        ELSE format('r.v[%s]', place) END;
END;
$$;
COMMENT ON FUNCTION pls_internal.mapped_value IS
'Part of pls_internal.map_rows(): the expression that makes a column of the text at this place of the row r.v. folded: that column is of citext; ids of it are in lower case, as those of events are. is_local: it is a local time of zone $3.';

CREATE FUNCTION pls_internal.is_folded(source regclass, column_name text) RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(pls_internal.text_kind(a.atttypid) = 'folded', false)
      FROM pg_attribute a
     WHERE a.attrelid = is_folded.source AND a.attname = is_folded.column_name AND NOT a.attisdropped
$$;
COMMENT ON FUNCTION pls_internal.is_folded IS
'Whether a column is of citext, or of a domain over it.';

-- What is taken over all the same, but will not do what somebody expects.
CREATE FUNCTION pls_internal.say_unusable_values(source regclass, key_column name, domain name, owner name) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- a column that is not named is as if it had only NULLs
    columns CONSTANT text[] := ARRAY[coalesce(say_unusable_values.domain, key_column), coalesce(say_unusable_values.owner, key_column)];
    n record;
BEGIN
    IF say_unusable_values.domain IS NULL AND say_unusable_values.owner IS NULL THEN
        RETURN;
    END IF;
    SELECT count(*) FILTER (WHERE v.no_domain) AS domains, min(v.domain) FILTER (WHERE v.no_domain) AS domain,
           count(*) FILTER (WHERE v.no_rep) AS owners, min(v.owner) FILTER (WHERE v.no_rep) AS owner
      INTO n
      FROM (SELECT r.v[1] AS domain, r.v[2] AS owner,
                   say_unusable_values.domain IS NOT NULL AND pls_internal.normal_domain(r.v[1]) IS NULL
                       AND pls_internal.folded_id(r.v[1]) <> '' AND NOT EXISTS (SELECT FROM pls.ignored_ids g WHERE g.id = pls_internal.folded_id(r.v[1])) AS no_domain,
                   say_unusable_values.owner IS NOT NULL AND r.v[2] <> ''
                       AND NOT EXISTS (SELECT FROM pls.reps p WHERE p.rep = r.v[2]) AS no_rep
              FROM pls_internal.rows_as_owner(source, columns) AS r (v)) v;
    IF n.domains > 0 THEN
        RAISE NOTICE USING
            MESSAGE = format('%s rows of %s have an invalid domain, such as "%s"', n.domains, source, left(n.domain, 60)),
            HINT = 'Their accounts have no domain now. Write one as in example.com; further ones of an account go into pls.account_domains.';
    END IF;
    IF n.owners > 0 THEN
        RAISE NOTICE USING
            MESSAGE = format('%s rows of %s have an owner who is not in pls.reps, such as "%s"', n.owners, source, left(n.owner, 60)),
            HINT = 'Alerts go to an owner only if that is the id of a rep: insert the row, or name a column with such ids.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.say_unusable_values IS
'Part of pls.map_accounts(): notices about domains that are none, and owners that pls.reps does not have. domain, owner: the columns; NULL: not taken over.';

-- Only casts of types that come with the server: the text is somebody else's.
CREATE FUNCTION pls_internal.attribute_value(source regclass, column_name name, place bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format(CASE WHEN e.type = ANY ('{smallint,integer,bigint,numeric,real,double precision}'::regtype[]) THEN 'to_jsonb(r.v[%s]::numeric%s)'
                       WHEN e.type = 'boolean'::regtype THEN 'to_jsonb(r.v[%s]::boolean%s)'
                       WHEN e.type IN ('json'::regtype, 'jsonb'::regtype) AND e.suffix = '' THEN 'r.v[%s]::jsonb%s'
                       ELSE 'to_jsonb(r.v[%s]::text%s)' END, attribute_value.place, e.suffix)
      FROM pg_attribute a
     CROSS JOIN LATERAL (SELECT pls_internal.base_type(a.atttypid) AS type) b
      JOIN pg_type t ON t.oid = b.type
     CROSS JOIN LATERAL (SELECT CASE WHEN t.typcategory = 'A' THEN pls_internal.base_type(t.typelem) ELSE b.type END AS type,
                                CASE WHEN t.typcategory = 'A' THEN '[]' ELSE '' END AS suffix) e
     WHERE a.attrelid = attribute_value.source AND a.attname = attribute_value.column_name AND NOT a.attisdropped
$$;
COMMENT ON FUNCTION pls_internal.attribute_value IS
'Part of pls_internal.map_rows(): the expression that makes an attribute of a column''s text at this place of the row r.v: a number, a boolean, json, an array of these, or a text.';

CREATE FUNCTION pls_internal.attributes_made(source regclass, columns name[], after bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('(SELECT coalesce(jsonb_object_agg(x.name, x.value) FILTER (WHERE x.value <> ''null''), ''{}'') FROM (VALUES %s) x (name, value))',
                  string_agg(format('(%L, %s)', c.name, pls_internal.attribute_value(source, c.name, after + c.place)), ', ' ORDER BY c.place))
      FROM unnest(columns) WITH ORDINALITY AS c (name, place)
    HAVING count(*) > 0
$$;
COMMENT ON FUNCTION pls_internal.attributes_made IS
'Part of pls_internal.map_rows(): the expression that makes an object of columns, which follow this place in the row r.v; what is NULL is left out. NULL: there are none.';

CREATE FUNCTION pls_internal.map_rows(target text, source regclass, key_column text, columns jsonb, time_zone text, attribute_columns name[])
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    keys text[] := ARRAY[columns ->> key_column];
    folded CONSTANT boolean := pls_internal.is_folded(source, columns ->> key_column);
    -- an address is kept in its normal form: two ways to write one are one user
    of_users CONSTANT boolean := target = 'users';
    -- events of such an id are nobody's, too
    nobodys  CONSTANT text[] := ARRAY(SELECT g.id FROM pls.ignored_ids g UNION ALL SELECT '');
    made     CONSTANT text := pls_internal.attributes_made(source, attribute_columns,
                                                           (SELECT count(c.value) FROM jsonb_each_text(columns) c));
    names text[];
    into_list text;
    value_list text;
    set_list text;
    old_list text;
    new_list text;
    twice text;
    unusable bigint;
    changed bigint;
BEGIN
    SELECT min(k.id) FILTER (WHERE k.times > 1 AND k.usable),
           sum(k.times) FILTER (WHERE NOT k.usable)
        INTO twice, unusable
        FROM (SELECT i.id, count(*), pls_internal.usable_id(i.id) IS NOT NULL AND pls_internal.folded_id(i.id) <> ALL (nobodys)
                FROM pls_internal.rows_as_owner(source, keys) AS r (v),
                     LATERAL (SELECT CASE WHEN folded THEN lower(r.v[1]) ELSE r.v[1] END) AS f (id),
                     LATERAL (SELECT CASE WHEN of_users THEN pls_internal.normal_user(f.id) ELSE f.id END) AS i (id)
               WHERE i.id IS NOT NULL GROUP BY i.id) AS k (id, times, usable);
    IF twice IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'cardinality_violation',
            MESSAGE = format('column "%s" of %s contains duplicate ids', columns ->> key_column, source),
            DETAIL = format('The id "%s" appears more than once.', twice),
            HINT = 'Use a unique column, or a view with one row per id.'
                || CASE WHEN of_users THEN ' If a user belongs to several accounts, the events must name the account.' ELSE '' END;
    END IF;
    -- columns: {column of pls: column of the source}; NULL: not taken over
    WITH mapped AS (
        SELECT c.key AS name, c.value AS source_name, row_number() OVER (ORDER BY c.key <> key_column, c.key) AS place
          FROM jsonb_each_text(columns) AS c WHERE c.value IS NOT NULL)
    SELECT array_agg(m.source_name ORDER BY m.place),
           string_agg(format('%I', m.name), ', ' ORDER BY m.place),
           string_agg(pls_internal.mapped_value(m.name, m.place, pls_internal.is_folded(source, m.source_name), time_zone IS NOT NULL)
                      || CASE WHEN m.name = 'attributes' AND made IS NOT NULL THEN ' || ' || made ELSE '' END, ', ' ORDER BY m.place),
           string_agg(format('%1$I = excluded.%1$I', m.name), ', ' ORDER BY m.place) FILTER (WHERE m.place > 1),
           string_agg(format('t.%I', m.name), ', ' ORDER BY m.place) FILTER (WHERE m.place > 1),
           string_agg(format('excluded.%I', m.name), ', ' ORDER BY m.place) FILTER (WHERE m.place > 1)
        INTO names, into_list, value_list, set_list, old_list, new_list
        FROM mapped m;
    -- without a column of all attributes the others are kept
    IF made IS NOT NULL AND columns ->> 'attributes' IS NULL THEN
        into_list := into_list || ', attributes';
        value_list := value_list || ', ' || made;
        set_list := concat_ws(', ', set_list, 'attributes = (t.attributes - $5) || excluded.attributes');
        old_list := concat_ws(', ', old_list, 't.attributes');
        new_list := concat_ws(', ', new_list, '(t.attributes - $5) || excluded.attributes');
    END IF;
    EXECUTE format('INSERT INTO pls.%I AS t (%s) SELECT %s FROM pls_internal.rows_as_owner($1, $2) AS r (v)'
                   ' WHERE pls_internal.usable_id(r.v[1]) IS NOT NULL AND pls_internal.folded_id(r.v[1]) <> ALL ($4) ON CONFLICT (%I) DO ',
                   target, into_list, value_list, key_column)
        || CASE WHEN set_list IS NULL THEN 'NOTHING'
           ELSE format('UPDATE SET %s, updated_at = now() WHERE ROW(%s) IS DISTINCT FROM ROW(%s)',
                       set_list, old_list, new_list) END
        USING source, names || attribute_columns::text[], time_zone, nobodys, attribute_columns::text[];
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF unusable > 0 THEN
        RAISE NOTICE USING
            MESSAGE = format('%s rows of %s were skipped: the id is empty, one of pls.ignored_ids, or longer than %s bytes',
                             unusable, source, pls_internal.limit_of('id'));
    END IF;
    RETURN changed;
END;
$$;
COMMENT ON FUNCTION pls_internal.map_rows IS
'Takes rows of an application''s table over into pls.accounts or pls.users and returns how many were added or changed. Error 21000 if an id is there more than once.';

CREATE FUNCTION pls_internal.check_mapped_time(source regclass, signed_up_at name, time_zone text, call text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF signed_up_at IS NOT NULL THEN
        PERFORM pls_internal.check_source_time(source, signed_up_at, time_zone, NULL, call);
    ELSIF time_zone IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'time_zone needs signed_up_at',
            DETAIL = 'It is the zone of the times in that column.',
            HINT = 'Name the column as signed_up_at, or leave time_zone out.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_mapped_time IS
'Refuses (22023) a time_zone that signed_up_at needs and is not given, or that it does not take. call: as for pls_internal.check_source_time().';

CREATE FUNCTION pls.map_users(
    source regclass,
    user_id name,
    account name DEFAULT NULL,
    email name DEFAULT NULL,
    signed_up_at name DEFAULT NULL,
    attributes name DEFAULT NULL,
    time_zone text DEFAULT NULL,
    columns name[] DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF source IS NULL OR user_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'source and user_id must not be NULL',
            HINT = 'Name the table of users and the column with the user''s id.';
    END IF;
    PERFORM pls_internal.check_source_column(source, user_id, 'user_id');
    PERFORM pls_internal.check_source_column(source, account, 'account');
    PERFORM pls_internal.check_source_column(source, email, 'email');
    PERFORM pls_internal.check_source_column(source, signed_up_at, 'signed_up_at');
    PERFORM pls_internal.check_source_column(source, attributes, 'attributes');
    PERFORM pls_internal.check_source_properties(source, columns);
    PERFORM pls_internal.check_mapped_time(source, signed_up_at, time_zone, pls_internal.watch_call(source, jsonb_build_object(
        'user_id', jsonb_build_array(1, user_id), 'account', jsonb_build_array(2, account), 'email', jsonb_build_array(3, email),
        'signed_up_at', jsonb_build_array(4, signed_up_at), 'attributes', jsonb_build_array(5, attributes),
        'columns', jsonb_build_array(6, columns::text)), 'map_users'));
    RETURN pls_internal.map_rows('users', source, 'user_id', jsonb_build_object(
        'user_id', user_id, 'account_id', account, 'email', email,
        'signed_up_at', signed_up_at, 'attributes', attributes), time_zone, columns);
END;
$$;
COMMENT ON FUNCTION pls.map_users IS
'Copies the users of an application into pls.users and returns how many were added or changed. source: a table or view; user_id, account, email, signed_up_at (timestamptz; or timestamp or date, with time_zone), attributes (jsonb): its columns; time_zone: the zone of signed_up_at, if that is a local time; columns: columns that become attributes of their names (numbers, booleans, json, arrays of these; anything else as text), and go before those of attributes; if attributes is not named, other attributes are kept. Columns that are not named keep their values in pls.users. Rows without an id, or with an id that is blank, one of pls.ignored_ids, or longer than 1024 bytes, are skipped: a notice says how many. Users that are no longer in source are kept. Call it again when users have changed. Errors: 42703, 42804, 21000, 22023.';

CREATE FUNCTION pls.map_accounts(
    source regclass,
    account_id name,
    name name DEFAULT NULL,
    domain name DEFAULT NULL,
    owner name DEFAULT NULL,
    size name DEFAULT NULL,
    signed_up_at name DEFAULT NULL,
    attributes name DEFAULT NULL,
    external_ids name DEFAULT NULL,
    time_zone text DEFAULT NULL,
    columns name[] DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    changed bigint;
BEGIN
    IF source IS NULL OR account_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'source and account_id must not be NULL',
            HINT = 'Name the table of accounts and the column with the account''s id.';
    END IF;
    PERFORM pls_internal.check_source_column(source, account_id, 'account_id');
    PERFORM pls_internal.check_source_column(source, map_accounts.name, 'name');
    PERFORM pls_internal.check_source_column(source, domain, 'domain');
    PERFORM pls_internal.check_source_column(source, owner, 'owner');
    PERFORM pls_internal.check_source_column(source, size, 'size');
    PERFORM pls_internal.check_source_column(source, signed_up_at, 'signed_up_at');
    PERFORM pls_internal.check_source_column(source, attributes, 'attributes');
    PERFORM pls_internal.check_source_column(source, external_ids, 'external_ids');
    PERFORM pls_internal.check_source_properties(source, columns);
    PERFORM pls_internal.check_mapped_time(source, signed_up_at, time_zone, pls_internal.watch_call(source, jsonb_build_object(
        'account_id', jsonb_build_array(1, account_id), 'name', jsonb_build_array(2, map_accounts.name),
        'domain', jsonb_build_array(3, domain), 'owner', jsonb_build_array(4, owner), 'size', jsonb_build_array(5, size),
        'signed_up_at', jsonb_build_array(6, signed_up_at), 'attributes', jsonb_build_array(7, attributes),
        'external_ids', jsonb_build_array(8, external_ids), 'columns', jsonb_build_array(9, columns::text)), 'map_accounts'));
    changed := pls_internal.map_rows('accounts', source, 'account_id', jsonb_build_object(
        'account_id', account_id, 'name', map_accounts.name, 'domain', domain,
        'owner', owner, 'size', size, 'signed_up_at', signed_up_at,
        'attributes', attributes, 'external_ids', external_ids), time_zone, columns);
    PERFORM pls_internal.say_unusable_values(source, account_id, domain, owner);
    RETURN changed;
END;
$$;
COMMENT ON FUNCTION pls.map_accounts IS
'Copies the accounts of an application into pls.accounts and returns how many were added or changed. source: a table or view; account_id, name, domain, owner (a rep), size (a number), signed_up_at (timestamptz; or timestamp or date, with time_zone), attributes (jsonb), external_ids (jsonb: an object of ids by system, of which numbers become texts and nulls are left out): its columns; time_zone: the zone of signed_up_at, if that is a local time; columns: columns that become attributes of their names (numbers, booleans, json, arrays of these; anything else as text), and go before those of attributes; if attributes is not named, other attributes are kept. Columns that are not named keep their values in pls.accounts. Rows without an id, or with an id that is blank, one of pls.ignored_ids, or longer than 1024 bytes, are skipped: a notice says how many. So do notices about domains that are none, and owners that pls.reps does not have. Accounts that are no longer in source are kept. Errors: 42703, 42804, 21000, 22023.';
