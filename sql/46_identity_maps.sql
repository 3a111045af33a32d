/* 46_identity_maps.sql - taking accounts and users over from the tables of
 * an application.
 */

CREATE FUNCTION pls.map_rows(target text, source regclass, key_column text, columns jsonb)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    into_list text;
    value_list text;
    set_list text;
    old_list text;
    new_list text;
    twice text;
    changed bigint;
BEGIN
    EXECUTE format('SELECT min(s.%1$I::text) FROM %2$s AS s GROUP BY s.%1$I HAVING count(s.%1$I) > 1 LIMIT 1',
                   columns ->> key_column, source)
        INTO twice;
    IF twice IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '21000',
            MESSAGE = format('column "%s" of %s holds an id more than once', columns ->> key_column, source),
            DETAIL = format('One of them is "%s".', twice),
            HINT = 'Use a column that is unique, or a view that has one row for each id.';
    END IF;
    -- columns: {column of pls: column of the source}; NULL: not taken over
    SELECT string_agg(format('%I', a.attname), ', ' ORDER BY a.attnum),
           string_agg(CASE a.attname
                      WHEN 'attributes' THEN format('COALESCE(s.%I, ''{}'')', c.value)
                      ELSE format('s.%I::%s', c.value, format_type(a.atttypid, a.atttypmod)) END,
                      ', ' ORDER BY a.attnum),
           string_agg(format('%1$I = excluded.%1$I', a.attname), ', ' ORDER BY a.attnum)
               FILTER (WHERE a.attname <> key_column),
           string_agg(format('t.%I', a.attname), ', ' ORDER BY a.attnum)
               FILTER (WHERE a.attname <> key_column),
           string_agg(format('excluded.%I', a.attname), ', ' ORDER BY a.attnum)
               FILTER (WHERE a.attname <> key_column)
        INTO into_list, value_list, set_list, old_list, new_list
        FROM pg_attribute a JOIN jsonb_each_text(columns) AS c ON c.key = a.attname
        WHERE a.attrelid = format('pls.%I', target)::regclass
          AND a.attnum > 0 AND c.value IS NOT NULL;
    EXECUTE format('INSERT INTO pls.%I AS t (%s) SELECT %s FROM %s AS s WHERE s.%I IS NOT NULL ON CONFLICT (%I) DO ',
                   target, into_list, value_list, source, columns ->> key_column, key_column)
        || CASE WHEN set_list IS NULL THEN 'NOTHING'
           ELSE format('UPDATE SET %s, updated_at = now() WHERE ROW(%s) IS DISTINCT FROM ROW(%s)',
                       set_list, old_list, new_list) END;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END;
$$;
COMMENT ON FUNCTION pls.map_rows(text, regclass, text, jsonb) IS
'Takes rows of an application''s table over into pls.accounts or pls.users in one statement and returns how many were added or changed. Error 21000 if an id is there more than once.';
REVOKE EXECUTE ON FUNCTION pls.map_rows(text, regclass, text, jsonb) FROM PUBLIC;

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
        RAISE EXCEPTION USING ERRCODE = '22004',
            MESSAGE = 'source and user_id must not be NULL',
            HINT = 'Name the table of users and the column with the user''s id.';
    END IF;
    PERFORM pls.check_source_column(source, user_id, 'user_id');
    PERFORM pls.check_source_column(source, account, 'account');
    PERFORM pls.check_source_column(source, email, 'email');
    PERFORM pls.check_source_column(source, signed_up_at, 'signed_up_at');
    PERFORM pls.check_source_column(source, attributes, 'attributes');
    RETURN pls.map_rows('users', source, 'user_id', jsonb_build_object(
        'user_id', user_id, 'account_id', account, 'email', email,
        'signed_up_at', signed_up_at, 'attributes', attributes));
END;
$$;
COMMENT ON FUNCTION pls.map_users(regclass, name, name, name, name, name) IS
'Takes the users of an application over into pls.users and returns how many were added or changed. source: a table or view; user_id, account, email, signed_up_at (timestamptz), attributes (jsonb): its columns. What is not named stays as it is in pls.users; rows without an id are skipped; users that are no longer in source are kept. Call it again whenever they have changed. Errors: 42703, 42804, 21000.';
REVOKE EXECUTE ON FUNCTION pls.map_users(regclass, name, name, name, name, name) FROM PUBLIC;

CREATE FUNCTION pls.map_accounts(
    source regclass,
    account_id name,
    name name DEFAULT NULL,
    domain name DEFAULT NULL,
    owner name DEFAULT NULL,
    size name DEFAULT NULL,
    signed_up_at name DEFAULT NULL,
    attributes name DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF source IS NULL OR account_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22004',
            MESSAGE = 'source and account_id must not be NULL',
            HINT = 'Name the table of accounts and the column with the account''s id.';
    END IF;
    PERFORM pls.check_source_column(source, account_id, 'account_id');
    PERFORM pls.check_source_column(source, map_accounts.name, 'name');
    PERFORM pls.check_source_column(source, domain, 'domain');
    PERFORM pls.check_source_column(source, owner, 'owner');
    PERFORM pls.check_source_column(source, size, 'size');
    PERFORM pls.check_source_column(source, signed_up_at, 'signed_up_at');
    PERFORM pls.check_source_column(source, attributes, 'attributes');
    RETURN pls.map_rows('accounts', source, 'account_id', jsonb_build_object(
        'account_id', account_id, 'name', map_accounts.name, 'domain', domain,
        'owner', owner, 'size', size, 'signed_up_at', signed_up_at,
        'attributes', attributes));
END;
$$;
COMMENT ON FUNCTION pls.map_accounts(regclass, name, name, name, name, name, name, name) IS
'Takes the accounts of an application over into pls.accounts and returns how many were added or changed. source: a table or view; account_id, name, domain, owner (a rep), size (a number), signed_up_at (timestamptz), attributes (jsonb): its columns. What is not named stays as it is in pls.accounts; rows without an id are skipped; accounts that are no longer in source are kept. Errors: 42703, 42804, 21000.';
REVOKE EXECUTE ON FUNCTION pls.map_accounts(regclass, name, name, name, name, name, name, name) FROM PUBLIC;
