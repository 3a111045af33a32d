/* 30_identity_maps.sql - taking accounts and users over from the tables of
 * an application.
 */

CREATE FUNCTION pls_internal.rows_as_owner(source regclass, columns text[]) RETURNS SETOF text[]
    AS 'MODULE_PATHNAME', 'pls_rows_as_owner' LANGUAGE C VOLATILE STRICT COST 10000;
COMMENT ON FUNCTION pls_internal.rows_as_owner IS
'Columns of a table or view as text, a row each. The query runs as the relation''s owner in a security-restricted operation, because it runs the owner''s code. Errors: 42501 if the caller may not read them, and what the query raises.';

-- How a column of pls.accounts or pls.users is made of the text.
CREATE FUNCTION pls_internal.mapped_value(column_name name, place bigint, folded boolean) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE column_name
        WHEN 'attributes' THEN format('coalesce(r.v[%s]::jsonb, ''{}'')', place)
        WHEN 'external_ids' THEN
            format('coalesce((SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each_text(r.v[%s]::jsonb) e WHERE e.value IS NOT NULL), ''{}'')', place)
        WHEN 'signed_up_at' THEN format('r.v[%s]::timestamptz', place)
        WHEN 'size' THEN format('r.v[%s]::numeric::integer', place)
        WHEN 'account_id' THEN format(CASE WHEN folded THEN 'lower(r.v[%s])' ELSE 'r.v[%s]' END, place)
        WHEN 'user_id' THEN format(CASE WHEN folded THEN 'lower(r.v[%s])' ELSE 'r.v[%s]' END, place)
        ELSE format('r.v[%s]', place) END;
END;
$$;
COMMENT ON FUNCTION pls_internal.mapped_value IS
'Part of pls_internal.map_rows(): the expression that makes a column of the text at this place of the row r.v. folded: that column is of citext; ids of it are in lower case, as those of events are.';

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

CREATE FUNCTION pls_internal.map_rows(target text, source regclass, key_column text, columns jsonb)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    keys text[] := ARRAY[columns ->> key_column];
    folded CONSTANT boolean := pls_internal.is_folded(source, columns ->> key_column);
    -- an address is kept in its normal form: two ways to write one are one user
    of_users CONSTANT boolean := target = 'users';
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
    SELECT min(k.id) FILTER (WHERE k.times > 1 AND pls_internal.usable_id(k.id) IS NOT NULL),
           sum(k.times) FILTER (WHERE pls_internal.usable_id(k.id) IS NULL)
        INTO twice, unusable
        FROM (SELECT i.id, count(*)
                FROM pls_internal.rows_as_owner(source, keys) AS r (v),
                     LATERAL (SELECT CASE WHEN folded THEN lower(r.v[1]) ELSE r.v[1] END) AS f (id),
                     LATERAL (SELECT CASE WHEN of_users THEN pls_internal.normal_user(f.id) ELSE f.id END) AS i (id)
               WHERE i.id IS NOT NULL GROUP BY i.id) AS k (id, times);
    IF twice IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'cardinality_violation',
            MESSAGE = format('column "%s" of %s contains duplicate ids', columns ->> key_column, source),
            DETAIL = format('The id "%s" appears more than once.', twice),
            HINT = 'Use a unique column, or a view with one row per id.';
    END IF;
    -- columns: {column of pls: column of the source}; NULL: not taken over
    WITH mapped AS (
        SELECT c.key AS name, c.value AS source_name, row_number() OVER (ORDER BY c.key <> key_column, c.key) AS place
          FROM jsonb_each_text(columns) AS c WHERE c.value IS NOT NULL)
    SELECT array_agg(m.source_name ORDER BY m.place),
           string_agg(format('%I', m.name), ', ' ORDER BY m.place),
           string_agg(pls_internal.mapped_value(m.name, m.place, pls_internal.is_folded(source, m.source_name)), ', ' ORDER BY m.place),
           string_agg(format('%1$I = excluded.%1$I', m.name), ', ' ORDER BY m.place) FILTER (WHERE m.place > 1),
           string_agg(format('t.%I', m.name), ', ' ORDER BY m.place) FILTER (WHERE m.place > 1),
           string_agg(format('excluded.%I', m.name), ', ' ORDER BY m.place) FILTER (WHERE m.place > 1)
        INTO names, into_list, value_list, set_list, old_list, new_list
        FROM mapped m;
    EXECUTE format('INSERT INTO pls.%I AS t (%s) SELECT %s FROM pls_internal.rows_as_owner($1, $2) AS r (v)'
                   ' WHERE pls_internal.usable_id(r.v[1]) IS NOT NULL ON CONFLICT (%I) DO ',
                   target, into_list, value_list, key_column)
        || CASE WHEN set_list IS NULL THEN 'NOTHING'
           ELSE format('UPDATE SET %s, updated_at = now() WHERE ROW(%s) IS DISTINCT FROM ROW(%s)',
                       set_list, old_list, new_list) END
        USING source, names;
    GET DIAGNOSTICS changed = ROW_COUNT;
    -- events of such an id are nobody's, too
    IF unusable > 0 THEN
        RAISE NOTICE USING
            MESSAGE = format('%s rows of %s were skipped: the id is empty or longer than %s bytes',
                             unusable, source, pls_internal.limit_of('id'));
    END IF;
    RETURN changed;
END;
$$;
COMMENT ON FUNCTION pls_internal.map_rows IS
'Takes rows of an application''s table over into pls.accounts or pls.users and returns how many were added or changed. Error 21000 if an id is there more than once.';

CREATE FUNCTION pls.map_users(
    source regclass,
    user_id name,
    account name DEFAULT NULL,
    email name DEFAULT NULL,
    signed_up_at name DEFAULT NULL,
    attributes name DEFAULT NULL)
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
    RETURN pls_internal.map_rows('users', source, 'user_id', jsonb_build_object(
        'user_id', user_id, 'account_id', account, 'email', email,
        'signed_up_at', signed_up_at, 'attributes', attributes));
END;
$$;
COMMENT ON FUNCTION pls.map_users IS
'Copies the users of an application into pls.users and returns how many were added or changed. source: a table or view; user_id, account, email, signed_up_at (timestamptz), attributes (jsonb): its columns. Columns that are not named keep their values in pls.users. Rows without an id, or with an id that is empty or longer than 1024 bytes, are skipped. Users that are no longer in source are kept. Call it again when users have changed. Errors: 42703, 42804, 21000.';

CREATE FUNCTION pls.map_accounts(
    source regclass,
    account_id name,
    name name DEFAULT NULL,
    domain name DEFAULT NULL,
    owner name DEFAULT NULL,
    size name DEFAULT NULL,
    signed_up_at name DEFAULT NULL,
    attributes name DEFAULT NULL,
    external_ids name DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
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
    RETURN pls_internal.map_rows('accounts', source, 'account_id', jsonb_build_object(
        'account_id', account_id, 'name', map_accounts.name, 'domain', domain,
        'owner', owner, 'size', size, 'signed_up_at', signed_up_at,
        'attributes', attributes, 'external_ids', external_ids));
END;
$$;
COMMENT ON FUNCTION pls.map_accounts IS
'Copies the accounts of an application into pls.accounts and returns how many were added or changed. source: a table or view; account_id, name, domain, owner (a rep), size (a number), signed_up_at (timestamptz), attributes (jsonb), external_ids (jsonb: an object of ids by system, of which numbers become texts and nulls are left out): its columns. Columns that are not named keep their values in pls.accounts. Rows without an id, or with an id that is empty or longer than 1024 bytes, are skipped. Accounts that are no longer in source are kept. Errors: 42703, 42804, 21000.';
