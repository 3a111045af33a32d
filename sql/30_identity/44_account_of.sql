/* 44_account_of.sql - whose an event would be, and why, for people who ask.
 *
 * The answer is pls_internal.account_of_event(); the reason is found by
 * asking it for less, in the order of src/state/identity.c.
 */

CREATE FUNCTION pls_internal.nearest_held_domain(domain text, account_id text) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT x.domain
      FROM unnest(nearest_held_domain.domain || pls_internal.domains_above(nearest_held_domain.domain)) WITH ORDINALITY AS x (domain, place)
     WHERE EXISTS (SELECT FROM pls_internal.holders_of_domain(x.domain) o
                    WHERE pls_internal.account_of_event(o.account_id, NULL, NULL) = nearest_held_domain.account_id)
     ORDER BY x.place LIMIT 1
$$;
COMMENT ON FUNCTION pls_internal.nearest_held_domain IS
'Of a domain and those above it the nearest that an account has, under any of its ids. NULL: it has none of them.';

CREATE FUNCTION pls_internal.why_nobody(account text, actor text, member text, domain text, OUT rule text, OUT through text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    rule := CASE WHEN octet_length(account) > pls_internal.limit_of('id') THEN 'too long'
                 WHEN domain IS NOT NULL THEN 'mail provider'
                 WHEN member IS NOT NULL THEN 'unmapped user'
                 WHEN pls_internal.folded_id(account) <> '' OR pls_internal.folded_id(actor) <> '' THEN 'junk id'
                 ELSE 'no id' END;
    through := CASE rule WHEN 'mail provider' THEN domain WHEN 'unmapped user' THEN member
                         WHEN 'junk id' THEN coalesce(nullif(pls_internal.folded_id(account), ''), pls_internal.folded_id(actor)) END;
END;
$$;
COMMENT ON FUNCTION pls_internal.why_nobody IS
'Part of pls.account_of(): why an event is no account''s, in the words of pls.health. member: its user, after aliases; domain: that of the address.';

CREATE FUNCTION pls.account_of(
    account text DEFAULT NULL,
    actor text DEFAULT NULL,
    email text DEFAULT NULL,
    OUT account_id text,
    OUT account_name text,
    OUT user_id text,
    OUT rule text,
    OUT through text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    named  CONSTANT text := pls_internal.account_of_event(account, NULL, NULL);
    member record;
    domain text;
BEGIN
    account_id := pls_internal.account_of_event(account, actor, email);
    account_name := (SELECT a.name FROM pls.accounts a WHERE a.account_id = account_of.account_id);
    user_id := CASE WHEN actor IS NOT NULL THEN pls_internal.user_of_event(actor) END;
    SELECT u.account_id, u.email INTO member FROM pls.users u WHERE u.user_id = account_of.user_id;
    domain := coalesce(pls_internal.normal_domain(email), pls_internal.normal_domain(member.email),
                       pls_internal.normal_domain(pls_internal.address_of(user_id)));
    IF account_id IS NULL THEN
        SELECT n.rule, n.through INTO rule, through FROM pls_internal.why_nobody(account, actor, user_id, domain) n;
    ELSIF named IS NOT NULL THEN
        rule := CASE WHEN named = account THEN 'account' ELSE 'account alias' END;
        through := account;
    ELSIF pls_internal.account_of_event(member.account_id, NULL, NULL) IS NOT NULL THEN
        rule := 'user';
        through := user_id;
    ELSE
        through := pls_internal.nearest_held_domain(domain, account_id);
        rule := CASE WHEN through IS NULL THEN 'domain' ELSE 'account domain' END;
        through := coalesce(through, domain);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.account_of IS
'Whose an event would be that names this account, user and email address (each may be left out), and by which rule. Returns account_id (NULL: nobody''s), account_name (NULL: none in pls.accounts), user_id (after pls.user_aliases), rule and through, what decided: account (the id that was given), account alias (pls.account_aliases leads from it), user (pls.users says so), account domain (the account has the domain of the address, or this one above it), domain (no account has it: it is the account); of nobody''s: mail provider, unmapped user, junk id (one of pls.ignored_ids), no id, too long. Reads what the caller may read (42501).';

CREATE FUNCTION pls_internal.entity_of(unit text, id text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN unit = 'account' THEN pls_internal.account_of_event(id, NULL, NULL)
                WHEN unit = 'user' AND has_table_privilege('pls.user_aliases', 'SELECT') THEN pls_internal.user_of_event(id)
                ELSE id END;
END;
$$;
COMMENT ON FUNCTION pls_internal.entity_of IS
'The account or user that an id stands for, after aliases; an address in any spelling is the user''s. The id itself if the caller may not read the aliases. NULL: it names nobody.';
