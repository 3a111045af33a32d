/* 20_watch.sql - putting a table under watch.
 *
 * Watching is one row in pls.sources and one trigger on the table, named
 * pls_observe, that passes the row's number to pls_internal.observe().  Both are
 * made and removed together here.  pls_internal.watch_triggers() lists the triggers
 * of a level, so that further kinds of event get theirs in one place.
 *
 * A table that is dropped without pls.unwatch() takes its trigger along and
 * leaves its row in pls.sources; nothing reads that row any more, and the
 * next pls.watch() removes it.
 */

-- Columns: what each must be.
CREATE FUNCTION pls_internal.text_kind(type oid) RETURNS text
    AS 'MODULE_PATHNAME', 'pls_text_kind_of' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.text_kind IS
'How values of a type, or of a domain over it, become the text of an event or id: stored (text, varchar), padded (char(n): without the padding), folded (citext: in lower case), name, number (a whole one), label (enum). NULL: of another type, by its output function.';

CREATE FUNCTION pls_internal.is_id_type(type oid) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_is_id_type_of' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.is_id_type IS
'Whether columns of a type can hold ids: single values, whose text is the same in every session. Times, arrays, rows, ranges, money and json cannot.';

CREATE FUNCTION pls_internal.is_property_type(type oid) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_is_property_type' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pls_internal.is_property_type IS
'Whether columns of a type can be read as properties: what they become must not depend on settings of a session.';

CREATE FUNCTION pls_internal.base_type(type oid) RETURNS regtype
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE d AS (
        SELECT t.oid, t.typtype, t.typbasetype FROM pg_type t WHERE t.oid = base_type.type
        UNION ALL
        SELECT t.oid, t.typtype, t.typbasetype FROM d JOIN pg_type t ON t.oid = d.typbasetype
         WHERE d.typtype = 'd')
    SELECT d.oid::regtype FROM d WHERE d.typtype <> 'd'
$$;
COMMENT ON FUNCTION pls_internal.base_type IS
'A type without its domains.';

CREATE FUNCTION pls_internal.refuse_column(source regclass, column_name name, type regtype, message text, hint text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch', MESSAGE = message,
        DETAIL = format('Column "%s" of %s is of type %s.', column_name, source, type),
        HINT = hint;
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_column IS
'Refuses (42804) a column because of its type.';

CREATE FUNCTION pls_internal.check_source_column(source regclass, column_name name, role text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_type regtype;
    base_type  regtype;
    kind       text;
BEGIN
    IF column_name IS NULL THEN
        RETURN;
    END IF;
    SELECT a.atttypid, pls_internal.base_type(a.atttypid), pls_internal.text_kind(a.atttypid)
        INTO found_type, base_type, kind
        FROM pg_attribute a
        WHERE a.attrelid = check_source_column.source
          AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_column',
            MESSAGE = format('column "%s" of %s does not exist', column_name, source),
            DETAIL = format('It was named as the %s column.', role),
            HINT = format('Columns of the table: %s.', (
                SELECT string_agg(a.attname, ', ' ORDER BY a.attnum)
                FROM pg_attribute a
                WHERE a.attrelid = check_source_column.source
                  AND a.attnum > 0 AND NOT a.attisdropped));
    END IF;
    CASE role
    WHEN 'event' THEN
        IF kind IS NULL THEN
            PERFORM pls_internal.refuse_column(source, column_name, found_type,
                'the event column must be a text, a label or a whole number',
                'Use a column of a type such as text, an enum or integer. If every row is the same event, pass event_name instead.');
        END IF;
    WHEN 'email' THEN
        IF kind IS NULL OR kind <> ALL ('{stored,padded,folded}') THEN
            PERFORM pls_internal.refuse_column(source, column_name, found_type,
                'the email column must be of type text',
                format('Convert it: ALTER TABLE %s ALTER COLUMN %I TYPE text.', source, column_name));
        END IF;
    WHEN 'at' THEN
        IF base_type NOT IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype, 'numeric'::regtype)
           AND kind IS DISTINCT FROM 'number' THEN
            PERFORM pls_internal.refuse_column(source, column_name, found_type,
                'the at column must be a time',
                'Use a column of type timestamptz; or one of type timestamp or date, with time_zone; or a number, with at_unit.');
        END IF;
    WHEN 'signed_up_at' THEN
        IF base_type NOT IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype) THEN
            PERFORM pls_internal.refuse_column(source, column_name, found_type,
                'the signed_up_at column must be a time',
                'Use a column of type timestamptz; or one of type timestamp or date, with time_zone.');
        END IF;
    WHEN 'properties', 'attributes', 'external_ids' THEN
        IF base_type NOT IN ('jsonb'::regtype, 'json'::regtype) THEN
            PERFORM pls_internal.refuse_column(source, column_name, found_type,
                format('the %s column must be of type jsonb or json', role),
                CASE role WHEN 'properties' THEN format('Convert it: ALTER TABLE %s ALTER COLUMN %I TYPE jsonb USING %I::jsonb.', source, column_name, column_name)
                     ELSE format('Make it of columns in a view, and name that: CREATE VIEW ... AS SELECT *, jsonb_build_object(%L, %I) AS made FROM %s.',
                                 CASE role WHEN 'external_ids' THEN 'salesforce' ELSE column_name::text END, column_name, source) END);
        END IF;
    WHEN 'property' THEN
        IF NOT pls_internal.is_property_type(found_type) THEN
            PERFORM pls_internal.refuse_column(source, column_name, found_type,
                format('column "%s" cannot be read as a property', column_name),
                'Use columns of numbers, booleans, texts, labels, times, uuids, json, or arrays of these.');
        END IF;
    WHEN 'size' THEN
        IF base_type NOT IN ('integer'::regtype, 'smallint'::regtype, 'bigint'::regtype, 'numeric'::regtype) THEN
            PERFORM pls_internal.refuse_column(source, column_name, found_type,
                'the size column must be a number',
                'Use a column of type integer, or a view that makes it one.');
        END IF;
    ELSE                        -- account, actor and other ids: one value
        IF NOT pls_internal.is_id_type(found_type) THEN
            PERFORM pls_internal.refuse_column(source, column_name, found_type,
                format('the %s column must hold one id', role), 'Use a column of a type such as text, bigint or uuid.');
        END IF;
        IF role = 'actor' AND kind IS NULL AND NOT EXISTS (
            SELECT FROM pg_opclass o
            JOIN pg_am m ON m.oid = o.opcmethod AND m.amname = 'hash'
            WHERE o.opcdefault AND o.opcintype = base_type) THEN
            PERFORM pls_internal.refuse_column(source, column_name, found_type,
                'the actor column must be of a type that can be hashed', 'Use a column of a type such as text, bigint or uuid.');
        END IF;
    END CASE;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_source_column IS
'Refuses a column that the table lacks (42703), or whose type does not fit its role (42804): event, at, account, actor, email, properties, attributes, external_ids or property. NULL passes.';

-- How the time of a column is to be read.
CREATE FUNCTION pls_internal.check_source_time(source regclass, at name, time_zone text, at_unit text, call text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_type CONSTANT regtype := (SELECT a.atttypid FROM pg_attribute a
                                     WHERE a.attrelid = check_source_time.source AND a.attname = at AND NOT a.attisdropped);
    base_type  CONSTANT regtype := pls_internal.base_type(found_type);
    is_local   CONSTANT boolean := base_type IN ('timestamp'::regtype, 'date'::regtype);
    is_number  CONSTANT boolean := NOT is_local AND base_type <> 'timestamptz'::regtype;
    wanted     text;
BEGIN
    wanted := CASE
        WHEN is_local AND time_zone IS NULL THEN 'time_zone'
        WHEN is_number AND at_unit IS NULL THEN 'at_unit' END;
    IF wanted IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('column "%s" needs %s', at, wanted),
            DETAIL = CASE wanted WHEN 'time_zone'
                THEN format('It is of type %s, a local time; say of which zone.', found_type)
                ELSE format('It is of type %s; say whether it counts seconds, milliseconds or microseconds.', found_type) END,
            HINT = CASE wanted WHEN 'time_zone'
                THEN format('Run %s, time_zone => ''UTC''); or with the zone whose time the application writes.', call)
                ELSE format('Run %s, at_unit => ''ms''); or with ''s'' for seconds, ''us'' for microseconds.', call) END;
    END IF;
    wanted := CASE
        WHEN time_zone IS NOT NULL AND NOT is_local THEN 'time_zone'
        WHEN at_unit IS NOT NULL AND NOT is_number THEN 'at_unit' END;
    IF wanted IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('column "%s" takes no %s', at, wanted),
            DETAIL = format('It is of type %s.', found_type),
            HINT = format('Run %s%s).', call,
                CASE WHEN is_local THEN format(', time_zone => %L', time_zone)
                     WHEN is_number THEN format(', at_unit => %L', at_unit) END);
    END IF;
    IF at_unit IS NOT NULL THEN
        PERFORM pls_internal.check_word(at_unit, '{s,ms,us}', 'at_unit');
    ELSIF time_zone IS NOT NULL THEN
        PERFORM pls_internal.check_time_zone(time_zone);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_source_time IS
'Refuses (22023) a time_zone or at_unit that the at column needs and is not given, or that it does not take; or that is unknown. call: the call, without its end, for the hint.';

-- The table itself: of the right kind, the caller's, not watched already.
CREATE FUNCTION pls_internal.check_source_table(source regclass, instead_of regclass DEFAULT NULL) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c pg_class;
    relative regclass;
BEGIN
    SELECT * INTO c FROM pg_class r WHERE r.oid = check_source_table.source;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table',
            MESSAGE = format('table %s does not exist', source),
            HINT = 'Name an event table, such as ''app.events''.';
    END IF;
    IF c.relkind NOT IN ('r', 'p') OR c.relpersistence = 't'
       OR c.relnamespace = 'pg_catalog'::regnamespace OR c.relnamespace = ANY (pls_internal.own_schemas()) THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
            MESSAGE = format('%s cannot be watched', source),
            DETAIL = 'Only ordinary and partitioned tables can be watched, but no temporary tables, system tables or tables of pls.',
            HINT = CASE c.relkind
                WHEN 'v' THEN 'A view has no rows of its own. Watch the table that it shows.'
                WHEN 'm' THEN 'A materialized view is not inserted into. Watch the table that it is made of.'
                WHEN 'f' THEN 'Rows of a foreign table come in at another server. Watch them there, or copy them into a table here (logical replication, INSERT ... SELECT) and watch that.'
                WHEN 'p' THEN 'Watch the table that the rows are inserted into.'
                WHEN 'r' THEN CASE WHEN c.relpersistence = 't' THEN 'Other sessions do not see a temporary table. Use an ordinary one.'
                                   ELSE 'Watch the table that the rows are inserted into.' END
                ELSE 'Name a table.' END;
    END IF;
    IF NOT pg_has_role(c.relowner, 'USAGE') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('must be owner of table %s', source),
            HINT = format('Ask role %s or a superuser to watch it.', pg_get_userbyid(c.relowner));
    END IF;
    IF EXISTS (SELECT FROM pls.sources s WHERE s.source = check_source_table.source) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
            MESSAGE = format('table %s is already watched', source),
            HINT = format('Run SELECT pls.unwatch(%L) first to watch it differently.', source::text);
    END IF;
    WITH RECURSIVE
        above AS (
            SELECT i.inhparent AS oid FROM pg_inherits i WHERE i.inhrelid = check_source_table.source
            UNION
            SELECT i.inhparent FROM above a JOIN pg_inherits i ON i.inhrelid = a.oid),
        below AS (
            SELECT i.inhrelid AS oid FROM pg_inherits i WHERE i.inhparent = check_source_table.source
            UNION
            SELECT i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.oid)
    SELECT s.source INTO relative
        FROM pls.sources s
        WHERE s.source IN (SELECT a.oid FROM above a UNION ALL SELECT b.oid FROM below b)
          AND s.source IS DISTINCT FROM instead_of
        ORDER BY s.source_id
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
            MESSAGE = format('rows of table %s are already watched through %s', source, relative),
            DETAIL = 'One is a parent of the other; pls.refresh() would count their rows twice.',
            HINT = format('Watch either the parent or its partitions. If %s takes the place of %s, use pls.rewatch().', source, relative);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_source_table IS
'Refuses a relation that cannot be watched (42809), is not the caller''s (42501), is watched already or through a parent or partition (42710), or does not exist (42P01). instead_of: a watched table that is going to be watched no longer.';

-- The triggers that a level needs: name, the clauses before and after the
-- table's name, and the function.
CREATE FUNCTION pls_internal.watch_triggers(level text)
RETURNS TABLE (trigger_name name, fires text, how text, runs text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT t.trigger_name, t.fires, t.how, t.runs
    FROM (VALUES
        ('statement'::text, 'pls_observe'::name, 'AFTER INSERT'::text,
         'REFERENCING NEW TABLE AS pls_new FOR EACH STATEMENT'::text, 'pls_internal.observe'::text),
        ('statement', 'pls_restate_update', 'AFTER UPDATE',
         'REFERENCING OLD TABLE AS pls_old NEW TABLE AS pls_new FOR EACH STATEMENT', 'pls_internal.mark_stale'),
        ('statement', 'pls_restate_delete', 'AFTER DELETE',
         'REFERENCING OLD TABLE AS pls_old FOR EACH STATEMENT', 'pls_internal.mark_stale'),
        ('statement', 'pls_restate_truncate', 'AFTER TRUNCATE', 'FOR EACH STATEMENT', 'pls_internal.mark_stale'),
        ('row', 'pls_observe', 'AFTER INSERT', 'FOR EACH ROW', 'pls_internal.observe'),
        ('row', 'pls_restate_update', 'AFTER UPDATE', 'FOR EACH ROW', 'pls_internal.mark_stale'),
        ('row', 'pls_restate_delete', 'AFTER DELETE', 'FOR EACH ROW', 'pls_internal.mark_stale'),
        ('row', 'pls_restate_truncate', 'AFTER TRUNCATE', 'FOR EACH STATEMENT', 'pls_internal.mark_stale')
    ) AS t (level, trigger_name, fires, how, runs)
    WHERE t.level = $1;
END;
COMMENT ON FUNCTION pls_internal.watch_triggers IS
'The triggers that pls.watch() puts on a table of the given level: name, event, how it fires, and the function that it runs.';

-- A child that inherits needs triggers of its own.  A partition's row triggers
-- come from its parent, as does every statement on the parent; but who
-- truncates a partition does not name the parent.
CREATE FUNCTION pls_internal.watched_tables(source regclass)
RETURNS TABLE (relation regclass, only_truncate boolean)
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE below AS (
        SELECT c.oid, c.relkind, false AS is_partition
          FROM pg_class c WHERE c.oid = watched_tables.source
        UNION
        SELECT c.oid, c.relkind, c.relispartition
          FROM below b JOIN pg_inherits i ON i.inhparent = b.oid
          JOIN pg_class c ON c.oid = i.inhrelid AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
         WHERE NOT EXISTS (SELECT FROM pls.sources s WHERE s.source = c.oid))
    SELECT b.oid::regclass, b.is_partition FROM below b ORDER BY b.oid
$$;
COMMENT ON FUNCTION pls_internal.watched_tables IS
'The tables that carry the triggers of a source: itself, the tables that inherit from it, and its partitions, which need a trigger of their own for TRUNCATE only.';

-- What the current role may lock of a source; a statement that needs the rest
-- locks it, or fails, by itself.
CREATE FUNCTION pls_internal.lock_watched(source regclass, exclusive boolean) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.lock_tables(ARRAY(
        SELECT w.relation FROM pls_internal.watched_tables(lock_watched.source) w
         WHERE has_table_privilege(w.relation, 'UPDATE, DELETE, TRUNCATE')), exclusive);
END;
$$;
COMMENT ON FUNCTION pls_internal.lock_watched IS
'Locks the tables of a source as pls_internal.lock_tables() does.';

CREATE FUNCTION pls_internal.watch_triggers_of(source regclass)
RETURNS TABLE (relation regclass, trigger_name name)
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT g.tgrelid::regclass, g.tgname
      FROM pls_internal.watched_tables(watch_triggers_of.source) w JOIN pg_trigger g ON g.tgrelid = w.relation
     WHERE g.tgparentid = 0
       AND g.tgfoid IN ('pls_internal.observe()'::regprocedure, 'pls_internal.mark_stale()'::regprocedure)
     ORDER BY g.tgrelid, g.tgname
$$;
COMMENT ON FUNCTION pls_internal.watch_triggers_of IS
'Every trigger of a table, and of those that inherit from it, that runs pls_internal.observe() or pls_internal.mark_stale(), except those that a partition has from its parent.';

CREATE FUNCTION pls_internal.drop_watch_triggers(source regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    patience CONSTANT text := pls_internal.wait_briefly_for_locks();
    t record;
BEGIN
    IF EXISTS (SELECT FROM pls_internal.watch_triggers_of(source)) THEN
        PERFORM pls_internal.lock_watched(source, exclusive => true);
    END IF;
    FOR t IN SELECT w.relation, w.trigger_name FROM pls_internal.watch_triggers_of(source) w LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', t.trigger_name, t.relation);
    END LOOP;
    PERFORM set_config('lock_timeout', patience, true);
END;
$$;
COMMENT ON FUNCTION pls_internal.drop_watch_triggers IS
'Drops every trigger of a table, and of those that inherit from it, that runs pls_internal.observe() or pls_internal.mark_stale(). Locks the tables first, see pls_internal.lock_tables() (55P03).';

CREATE FUNCTION pls_internal.has_rows(source regclass) RETURNS boolean
    AS 'MODULE_PATHNAME', 'pls_has_rows' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION pls_internal.has_rows IS
'Whether a table, a partition of it or a table that inherits from it has a row. Read through the table access method: no code of its owner is run.';

-- What a trigger of a source should be and what it is; found is NULL where
-- there is none.  Row triggers are cloned to partitions, with a mode of their
-- own.
CREATE FUNCTION pls_internal.watch_trigger_states(source_id integer)
RETURNS TABLE (relation regclass, trigger_name name, fires text, how text, runs text,
               mode text, found text, fits boolean, cloned boolean)
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT r.relation, w.trigger_name, w.fires, w.how, w.runs,
           CASE WHEN s.always THEN 'A' ELSE 'O' END,
           t.tgenabled::text,
           t.tgfoid = to_regprocedure(w.runs || '()')
               AND (t.tgtype & 1 = 1) = (w.how LIKE '%FOR EACH ROW')
               AND encode(t.tgargs, 'escape') = s.source_id || E'\\000',
           coalesce(t.tgparentid <> 0, false)
      FROM pls.sources s
     CROSS JOIN LATERAL pls_internal.watched_tables(s.source) r
     CROSS JOIN LATERAL pls_internal.watch_triggers(s.level) w
      LEFT JOIN pg_trigger t ON t.tgrelid = r.relation AND t.tgname = w.trigger_name AND NOT t.tgisinternal
     WHERE s.source_id = watch_trigger_states.source_id
       AND (w.fires = 'AFTER TRUNCATE' OR NOT r.only_truncate OR t.oid IS NOT NULL)
     ORDER BY r.relation, w.trigger_name;
END;
$$;
COMMENT ON FUNCTION pls_internal.watch_trigger_states IS
'The triggers that a source should have, and what each is: mode and found as in pg_trigger.tgenabled (found NULL: it is missing), fits whether it runs the right function at the right level for this source, cloned whether it came from the parent of a partition.';

-- A row trigger goes to every partition, for which the server reads the
-- partition keys, and evaluates in them what is constant.
CREATE FUNCTION pls_internal.check_partition_keys(source regclass) RETURNS void
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    keyed record;
BEGIN
    SELECT d.objid::regclass AS relation, p.oid::regprocedure AS code, p.proowner AS owner INTO keyed
        FROM pg_partition_tree(source) r
        JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = r.relid
         AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)
        LEFT JOIN pg_operator o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
        JOIN pg_proc p ON p.oid = coalesce(o.oprcode, d.refobjid)
        JOIN pg_roles w ON w.oid = p.proowner AND NOT w.rolsuper
        WHERE w.rolname <> current_user
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('table %s cannot be watched by row', source),
            DETAIL = format('The partition key of %s calls %s, which would run with the rights of role %I.', keyed.relation, keyed.code, current_user),
            HINT = format('Watch it by statement, or ask role %I to watch it.', pg_get_userbyid(keyed.owner));
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_partition_keys IS
'Refuses (42501) a table whose partition keys call functions of other roles: a row trigger made on it would run them with the caller''s rights.';

CREATE FUNCTION pls_internal.set_watch_triggers(source_id integer)
RETURNS TABLE (relation regclass, trigger_name name, done text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    patience CONSTANT text := pls_internal.wait_briefly_for_locks();
    t        record;
BEGIN
    PERFORM pls_internal.check_partition_keys(s.source) FROM pls.sources s
      WHERE s.source_id = set_watch_triggers.source_id AND s.level = 'row';
    -- a trigger that does not fit is dropped first
    PERFORM pls_internal.lock_watched(s.source, x.drops)
       FROM pls.sources s,
            (SELECT count(*) > 0 AS waits, count(*) FILTER (WHERE w.fits IS NOT TRUE AND w.found IS NOT NULL) > 0 AS drops
               FROM pls_internal.watch_trigger_states(set_watch_triggers.source_id) w
              WHERE (w.fits IS NOT TRUE AND NOT w.cloned) OR w.found <> w.mode) x
      WHERE s.source_id = set_watch_triggers.source_id AND x.waits;
    -- what a parent's trigger brings its partitions comes with it
    FOR t IN SELECT x.* FROM pls_internal.watch_trigger_states(set_watch_triggers.source_id) x
              WHERE x.fits IS NOT TRUE AND NOT x.cloned LOOP
        IF t.found IS NOT NULL THEN
            EXECUTE format('DROP TRIGGER %I ON %s', t.trigger_name, t.relation);
        END IF;
        EXECUTE format('CREATE TRIGGER %I %s ON %s %s EXECUTE FUNCTION %s(%L)',
                       t.trigger_name, t.fires, t.relation, t.how, t.runs, set_watch_triggers.source_id);
        relation := t.relation;
        trigger_name := t.trigger_name;
        done := 'made';
        RETURN NEXT;
    END LOOP;
    FOR t IN SELECT x.* FROM pls_internal.watch_trigger_states(set_watch_triggers.source_id) x
              WHERE x.found <> x.mode LOOP
        EXECUTE format('ALTER TABLE %s ENABLE %s TRIGGER %I', t.relation,
                       CASE WHEN t.mode = 'A' THEN 'ALWAYS' ELSE '' END, t.trigger_name);
        relation := t.relation;
        trigger_name := t.trigger_name;
        done := CASE WHEN t.mode = 'A' THEN 'enabled always' ELSE 'enabled' END;
        RETURN NEXT;
    END LOOP;
    PERFORM set_config('lock_timeout', patience, true);
END;
$$;
COMMENT ON FUNCTION pls_internal.set_watch_triggers IS
'Makes the triggers of a source as pls.sources says, and returns what was done. Locks the tables first, see pls_internal.lock_tables() (55P03).';

CREATE FUNCTION pls_internal.watch_call(source regclass, arguments jsonb, function_name text DEFAULT 'watch') RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('SELECT pls.%I(%L', function_name, source::text)
           || coalesce((SELECT string_agg(format(', %s => %L', a.name, a.value ->> 1), '' ORDER BY (a.value ->> 0)::integer)
                          FROM jsonb_each(arguments) a (name, value) WHERE a.value ->> 1 IS NOT NULL), '')
$$;
COMMENT ON FUNCTION pls_internal.watch_call IS
'The beginning of a call of pls.watch(), or of another function that takes a table, for hints. arguments: {name: [place, value]}.';

CREATE FUNCTION pls_internal.check_source_properties(source regclass, columns name[]) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    twice name;
BEGIN
    IF array_ndims(columns) > 1 OR array_position(columns, NULL) IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'columns must be a list of names without NULL',
            HINT = 'Write columns => ''{amount,plan}''.';
    END IF;
    SELECT c.name INTO twice FROM unnest(columns) AS c (name) GROUP BY c.name HAVING count(*) > 1 ORDER BY c.name LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('column "%s" is named twice in columns', twice),
            HINT = 'Name each column once.';
    END IF;
    PERFORM pls_internal.check_source_column(source, c.name, 'property')
       FROM unnest(columns) WITH ORDINALITY AS c (name, place) ORDER BY c.place;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_source_properties IS
'Refuses columns that cannot be read as properties: 42703, 42804, 22023. NULL passes.';

CREATE FUNCTION pls_internal.check_source_event(event name, event_name text) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF event IS NOT NULL AND event_name IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'event and event_name exclude each other',
            HINT = 'Name the column with the event''s name (event), or the event that every row is (event_name).';
    END IF;
    IF octet_length(event_name) NOT BETWEEN 1 AND pls_internal.limit_of('event') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('event_name must have 1 to %s bytes', pls_internal.limit_of('event')),
            HINT = 'Use a short name, such as ''login''.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_source_event IS
'Refuses (22023) both a column of events and one event for all rows, and a name that no signal could ask for.';

CREATE FUNCTION pls.watch(
    source regclass,
    event name DEFAULT NULL,
    at name DEFAULT NULL,
    account name DEFAULT NULL,
    actor name DEFAULT NULL,
    email name DEFAULT NULL,
    properties name DEFAULT NULL,
    motions text[] DEFAULT NULL,
    level text DEFAULT 'statement',
    always boolean DEFAULT false,
    event_name text DEFAULT NULL,
    time_zone text DEFAULT NULL,
    at_unit text DEFAULT NULL,
    columns name[] DEFAULT NULL)
RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    new_id integer;
    unknown text;
    call text;
    wanted pls.sources;
BEGIN
    IF source IS NULL OR coalesce(event::text, event_name) IS NULL OR at IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'source, event and at must not be NULL',
            HINT = 'Name the table, the column with the event''s name and the column with its time. If every row is the same event, pass event_name instead of event.';
    END IF;
    PERFORM pls_internal.check_word(level, '{statement,row}', 'level');
    PERFORM pls_internal.check_source_table(source);
    IF account IS NULL AND actor IS NULL AND email IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'one of account, actor and email is required',
            DETAIL = 'Without them an event cannot be attributed to anybody.',
            HINT = 'Name the column with the account''s id, the user''s id or an email address.';
    END IF;
    PERFORM pls_internal.check_source_event(event, event_name);
    PERFORM pls_internal.check_source_column(source, event, 'event');
    PERFORM pls_internal.check_source_column(source, at, 'at');
    PERFORM pls_internal.check_source_column(source, account, 'account');
    PERFORM pls_internal.check_source_column(source, actor, 'actor');
    PERFORM pls_internal.check_source_column(source, email, 'email');
    PERFORM pls_internal.check_source_column(source, properties, 'properties');
    PERFORM pls_internal.check_source_properties(source, columns);
    call := pls_internal.watch_call(source, jsonb_build_object(
        'event', jsonb_build_array(1, event), 'event_name', jsonb_build_array(2, event_name), 'at', jsonb_build_array(3, at),
        'account', jsonb_build_array(4, account), 'actor', jsonb_build_array(5, actor), 'email', jsonb_build_array(6, email),
        'properties', jsonb_build_array(7, properties), 'columns', jsonb_build_array(8, columns::text),
        'motions', jsonb_build_array(9, motions::text), 'level', jsonb_build_array(10, nullif(level, 'statement')),
        'always', jsonb_build_array(11, nullif(always, false))));
    PERFORM pls_internal.check_source_time(source, at, time_zone, at_unit, call);
    PERFORM pls_internal.check_names(motions, 'motions');
    SELECT n.motion INTO unknown
        FROM unnest(motions) WITH ORDINALITY AS n (motion, position)
        WHERE NOT EXISTS (SELECT FROM pls.motions m WHERE m.motion = n.motion)
        ORDER BY n.position LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('motion "%s" does not exist', unknown),
            HINT = 'Create it with pls.create_motion(), or leave motions NULL for every motion.';
    END IF;

    wanted.source := source;
    wanted.event_column := event;
    wanted.at_column := at;
    wanted.account_column := account;
    wanted.actor_column := actor;
    wanted.email_column := email;
    wanted.event_name := event_name;
    wanted.time_zone := time_zone;
    wanted.at_unit := at_unit;
    PERFORM pls_internal.give_up_swapped(wanted);
    -- before anything is written; a table may have been watched by another
    -- session meanwhile
    PERFORM pls_internal.lock_watched(source, EXISTS (SELECT FROM pls_internal.watch_triggers_of(source)));
    PERFORM pls_internal.check_source_table(source);
    -- tables that are no more
    DELETE FROM pls.sources s
        WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = s.source);
    -- a trigger whose row in pls.sources was deleted by hand
    PERFORM pls_internal.drop_watch_triggers(source);
    INSERT INTO pls.sources (source, event_column, at_column, account_column,
                             actor_column, email_column, properties_column, motions, level, always,
                             event_name, time_zone, at_unit, property_columns, watched_as)
        VALUES (watch.source, event, at, account, actor, email, properties, watch.motions, watch.level, coalesce(watch.always, false),
                watch.event_name, watch.time_zone, watch.at_unit, nullif(columns, '{}'), watch.source::text)
        RETURNING source_id INTO new_id;
    PERFORM pls_internal.set_watch_triggers(new_id);

    IF pls_internal.has_rows(source) THEN
        RAISE NOTICE USING
            MESSAGE = format('existing rows of %s have not been read', source),
            HINT = 'pls.go_live() reads them for a draft. pls.refresh() does, too, but alerts all at once if the motion is live.';
    END IF;
    RETURN new_id;
END;
$$;
COMMENT ON FUNCTION pls.watch IS
'Starts watching an event table and returns its number in pls.sources. From then on, every row inserted into it is observed, and entities whose rows are updated, deleted or truncated are rebuilt by the next sweep. source: an ordinary or partitioned table of the caller''s, with the tables that inherit from it at the time; event, at, account, actor, email, properties: its columns, at least one of account, actor and email; event_name, in place of event: the event that every row is; time_zone: the zone of at, if that is of type timestamp or date; at_unit: s, ms or us, if at is a number that counts them since 1970; columns: columns that are read as properties of their names, and go before properties of these names; motions: those that its events count for, NULL for every motion; level: statement (one call per statement, the fastest) or row (also for rows that go directly into a partition or come by logical replication); TRUNCATE of a single partition is seen if it was a partition at the time; always: fire whatever session_replication_role says, as the apply worker of a subscription needs it. Columns may be renamed later. Rows that are there already are read by pls.refresh() only. Locks the table as CREATE TRIGGER does, before anything else, and waits for that no longer than lock_timeout, or 2 seconds; the error says who holds it. Errors: 55P03, 42809, 42501, 42710, 42703, 42804, 42704, 22004, 22023.';

CREATE FUNCTION pls.unwatch(source regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- before anything is written
    IF EXISTS (SELECT FROM pls.sources s WHERE s.source = unwatch.source) THEN
        PERFORM pls_internal.lock_watched(source, exclusive => true);
    END IF;
    DELETE FROM pls.sources s WHERE s.source = unwatch.source;
    -- a partition that was detached keeps triggers
    IF NOT FOUND AND NOT EXISTS (SELECT FROM pls_internal.stray_triggers() t
                                  WHERE t.relation = unwatch.source
                                    AND t.state IN ('unknown to pls.sources', 'left from when it was watched')) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('table %s is not watched', COALESCE(source::text, 'NULL')),
            HINT = 'The table pls.sources lists the watched tables.';
    END IF;
    IF EXISTS (SELECT FROM pg_class c WHERE c.oid = source) THEN
        PERFORM pls_internal.drop_watch_triggers(source);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.unwatch IS
'Stops watching a table: removes its triggers and its row in pls.sources; standings and alerts stay. Also accepts the number of a dropped table, and a table that has only triggers left, as a detached partition. Waits for the lock on the table for lock_timeout, or 2 seconds; the error (55P03) names the holder. Error 42704 if it is not watched.';

-- An array cannot refer to another table: this does.
CREATE FUNCTION pls_internal.follow_motion() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        -- an empty list is no motion, NULL would be every motion
        UPDATE pls.sources s SET motions = array_remove(s.motions, OLD.motion)
            WHERE OLD.motion = ANY (s.motions);
    ELSE
        UPDATE pls.sources s SET motions = array_replace(s.motions, OLD.motion, NEW.motion)
            WHERE OLD.motion = ANY (s.motions);
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.follow_motion IS
'Trigger: a renamed motion is renamed in pls.sources, a deleted one is removed.';

CREATE TRIGGER follow_motion_renamed AFTER UPDATE OF motion ON pls.motions
    FOR EACH ROW WHEN (OLD.motion <> NEW.motion)
    EXECUTE FUNCTION pls_internal.as_owner('follow_motion');
COMMENT ON TRIGGER follow_motion_renamed ON pls.motions IS 'Renames the motion in pls.sources.';
CREATE TRIGGER follow_motion_deleted AFTER DELETE ON pls.motions
    FOR EACH ROW EXECUTE FUNCTION pls_internal.as_owner('follow_motion');
COMMENT ON TRIGGER follow_motion_deleted ON pls.motions IS 'Removes the motion from pls.sources.';
