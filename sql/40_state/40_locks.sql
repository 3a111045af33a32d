/* 40_locks.sql - locking whole tables without being in the way.
 *
 * Some statements need a lock that keeps an application from its table:
 * CREATE TRIGGER, DROP TRIGGER, DROP EXTENSION.  While they wait for it behind
 * an open transaction, every INSERT waits behind them, and one that waits for
 * a lock which they have got already is a deadlock.  So all locks of such a
 * statement are taken first, by pls_internal.lock_tables(): only one table is ever
 * waited for, by a transaction that holds no other, and the rest are taken
 * only if they are free.
 */

-- Waits for locks no longer than the session's lock_timeout, and two seconds
-- at most; gives the setting that was there, to be set back.
CREATE FUNCTION pls_internal.wait_briefly_for_locks() RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before text := current_setting('lock_timeout');
BEGIN
    IF before::interval = interval '0' OR before::interval > interval '2 seconds' THEN
        PERFORM set_config('lock_timeout', '2s', true);
    END IF;
    RETURN before;
END;
$$;
COMMENT ON FUNCTION pls_internal.wait_briefly_for_locks IS
'Lowers lock_timeout to 2 seconds, if it is not lower, until the transaction ends or it is set back to what this function returns.';

CREATE FUNCTION pls_internal.locked_table(VARIADIC tables regclass[]) RETURNS regclass
    AS 'MODULE_PATHNAME', 'pls_locked_table' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION pls_internal.locked_table IS
'The first of these tables that is locked, or about to be locked, so that it cannot be read at once; NULL: all can be read without waiting, until the transaction ends. Does not wait for locks. For readers that report the holder instead of waiting.';

CREATE FUNCTION pls_internal.own_tables() RETURNS regclass[]
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT array_agg(c.oid::regclass ORDER BY c.relname)
      FROM pg_class c WHERE c.relnamespace = ANY (pls_internal.own_schemas()) AND c.relkind IN ('r', 'p')
$$;
COMMENT ON FUNCTION pls_internal.own_tables IS 'The tables of pls.';

-- A name is in one of the schemas only.
CREATE FUNCTION pls_internal.own_table(name name) RETURNS regclass
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT c.oid::regclass FROM pg_class c
     WHERE c.relname = own_table.name AND c.relnamespace = ANY (pls_internal.own_schemas());
END;
COMMENT ON FUNCTION pls_internal.own_table IS 'The table or view of pls of this name; NULL: there is none.';

-- Readers do not stand in the way of what only keeps writers out.  A prepared
-- transaction has no process, but the lock of its own number.  Who waits for a
-- lock stands in the way, too, of those that come after.
CREATE FUNCTION pls_internal.lock_holders(wanted text, tables regclass[], transactions xid[] DEFAULT '{}', motion text DEFAULT NULL)
RETURNS TABLE (pid integer, holder text, is_servers boolean, since timestamptz)
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS $$
    WITH held AS (
        SELECT l.pid, p.gid, l.granted, CASE WHEN l.locktype = 'relation' THEN l.relation::regclass::text END AS locked
          FROM pg_locks l
          LEFT JOIN (pg_locks o
                     JOIN pg_prepared_xacts p ON o.pid IS NULL AND o.locktype = 'transactionid'
                                             AND o.transactionid = p.transaction)
                 ON l.pid IS NULL AND o.virtualtransaction = l.virtualtransaction,
               hashtextextended(lock_holders.motion, 0) h
         WHERE l.pid IS DISTINCT FROM pg_backend_pid()
           AND CASE l.locktype
               WHEN 'relation' THEN
                   l.relation = ANY (lock_holders.tables)
                   AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
                   AND CASE lock_holders.wanted
                       WHEN 'read' THEN l.mode = 'AccessExclusiveLock'
                       WHEN 'write' THEN l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
                       WHEN 'watch' THEN l.granted AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')
                       ELSE l.granted END
               WHEN 'transactionid' THEN l.granted AND l.transactionid = ANY (lock_holders.transactions)
               -- see src/rebuild/rebuild_lock.c
               WHEN 'object' THEN
                   l.granted AND l.classid = 'pls.motions'::regclass
                   AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
                   AND l.objid::bigint = h & 4294967295 AND l.objsubid & 65535 = h >> 32 & 65535
               ELSE false END)
    SELECT h.pid,
           CASE WHEN h.pid IS NULL THEN coalesce('the prepared transaction ' || quote_literal(h.gid), 'a prepared transaction')
           ELSE format('process %s', h.pid)
                || coalesce(' (' || nullif(concat_ws(', ', 'role ' || a.usename,
                                                     'application ' || nullif(a.application_name, '')), '') || ')', '')
                || coalesce(', ' || CASE WHEN a.backend_type = 'client backend' THEN a.state ELSE a.backend_type END, '')
                || coalesce(', in a transaction since ' || date_trunc('second', a.xact_start), '') END
           || CASE WHEN cardinality(lock_holders.tables) > 1 THEN coalesce(
                  ', which ' || CASE WHEN bool_or(h.granted) THEN 'has locked ' ELSE 'waits to lock ' END
                  || string_agg(DISTINCT h.locked, ' and '), '') ELSE '' END,
           h.pid IS NOT NULL AND a.usesysid IS NULL,
           a.xact_start
      FROM held h
      LEFT JOIN pg_stat_activity a ON a.pid = h.pid
     GROUP BY h.pid, h.gid, a.usename, a.application_name, a.backend_type, a.state, a.xact_start, a.usesysid
$$;
COMMENT ON FUNCTION pls_internal.lock_holders IS
'Descriptions of the holders: of a lock on one of these tables (wanted read: one that keeps others from reading it; write: from writing to it; watch: from making triggers; drop: any lock), of one of these transactions, or of the right to rebuild the motion. A process has its role, application, state and transaction start; a prepared transaction its name (pid NULL). is_servers: a process of the server, such as an autovacuum worker, which yields. since: the start of its transaction; NULL: none or unknown.';

CREATE FUNCTION pls_internal.holders_text(wanted text, tables regclass[], transactions xid[] DEFAULT '{}', motion text DEFAULT NULL) RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(l.holder, '; ' ORDER BY l.since, l.pid, l.holder)
      FROM pls_internal.lock_holders(holders_text.wanted, holders_text.tables, holders_text.transactions, holders_text.motion) l
$$;
COMMENT ON FUNCTION pls_internal.holders_text IS
'All holders by pls_internal.lock_holders(), the oldest transaction first, for messages. NULL: there are none any more.';

-- Inlined.
CREATE FUNCTION pls_internal.holders_or_none(holders text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(holders, 'a transaction that has just ended or that pg_locks does not show');
COMMENT ON FUNCTION pls_internal.holders_or_none IS
'Who is in the way (see pls_internal.holders_text), also if that cannot be found out.';

CREATE FUNCTION pls_internal.refuse_held(what text, holders text, hint text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'lock_not_available',
        MESSAGE = what,
        DETAIL = format('It is held by %s.', pls_internal.holders_or_none(holders)),
        HINT = hint;
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_held IS
'Raises 55P03 and names the holder of what is needed (see pls_internal.holders_text; NULL: unknown).';

CREATE FUNCTION pls_internal.refuse_lock(relation regclass, exclusive boolean, patience text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted CONSTANT text := CASE WHEN exclusive THEN 'drop' ELSE 'watch' END;
    holders text;
    oldest  integer;
    known   boolean;
BEGIN
    holders := pls_internal.holders_text(wanted, ARRAY[refuse_lock.relation]);
    known := holders IS NOT NULL;
    -- those that had to wait for this transaction may hold the lock by now: they are younger
    oldest := (SELECT h.pid FROM pls_internal.lock_holders(wanted, ARRAY[refuse_lock.relation]) h
                WHERE h.pid IS NOT NULL ORDER BY h.since, h.pid LIMIT 1);
    RAISE EXCEPTION USING ERRCODE = 'lock_not_available',
        MESSAGE = format('table %s could not be locked within %s', refuse_lock.relation, refuse_lock.patience),
        DETAIL = CASE WHEN known THEN format('It is held by %s. Nothing was changed.', holders)
                 ELSE 'The lock has just been released. Nothing was changed.' END,
        HINT = CASE WHEN oldest IS NOT NULL
               THEN format('Try again when that transaction has ended; SELECT pg_terminate_backend(%s) ends it.', oldest)
               WHEN known THEN 'Try again when it has ended; pg_prepared_xacts lists prepared transactions.'
               ELSE 'Try again.' END;
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_lock IS
'Says (55P03) that a table could not be locked, which sessions hold it, and what to do.';

-- Whether others may wait for this transaction already: then it must not wait
-- in the queue of a lock.
CREATE FUNCTION pls_internal.holds_locks() RETURNS boolean
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pg_current_xact_id_if_assigned() IS NOT NULL
        OR EXISTS (SELECT FROM pg_locks l
                    WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.granted
                      AND l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock'))
$$;
COMMENT ON FUNCTION pls_internal.holds_locks IS
'Whether this transaction has written anything, or holds a lock of a table that keeps others from writing to it.';

-- INSERTs wait behind a lock that is waited for.  So the waits are short at
-- first, with pauses between them that let the INSERTs through; each is twice
-- as long as the one before, for a table that is never quite free.
-- Autovacuum gives way only to who waits for longer than deadlock_timeout.
CREATE FUNCTION pls_internal.lock_tables(tables regclass[], exclusive boolean) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before     CONSTANT text := pls_internal.wait_briefly_for_locks();
    patience   CONSTANT text := current_setting('lock_timeout');
    give_up_at CONSTANT timestamptz := clock_timestamp() + patience::interval;
    queues     CONSTANT boolean := NOT pls_internal.holds_locks();
    mode       CONSTANT text := CASE WHEN exclusive THEN 'ACCESS EXCLUSIVE' ELSE 'SHARE ROW EXCLUSIVE' END;
    slice      interval := interval '50 milliseconds';
    blocked    regclass;
    one        regclass;
BEGIN
    LOOP
        BEGIN
            IF blocked IS NOT NULL AND queues THEN
                PERFORM set_config('lock_timeout', ceil(1000 * extract(epoch FROM least(slice, greatest(
                    give_up_at - clock_timestamp(), interval '1 millisecond'))))::text, true);
                EXECUTE format('LOCK TABLE ONLY %s IN %s MODE', blocked, mode);
            END IF;
            FOREACH one IN ARRAY tables LOOP
                blocked := one;
                EXECUTE format('LOCK TABLE ONLY %s IN %s MODE NOWAIT', one, mode);
            END LOOP;
            PERFORM set_config('lock_timeout', before, true);
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            IF clock_timestamp() >= give_up_at THEN
                PERFORM pls_internal.refuse_lock(blocked, exclusive, patience);
            END IF;
        END;
        slice := CASE WHEN EXISTS (
                     SELECT FROM pls_internal.lock_holders(CASE WHEN exclusive THEN 'drop' ELSE 'watch' END, ARRAY[blocked]) h
                      WHERE h.is_servers)
                 THEN patience::interval ELSE least(2 * slice, patience::interval) END;
        PERFORM pg_sleep(0.01);
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.lock_tables IS
'Locks tables until the transaction ends, so that nobody else writes to them or, if exclusive, reads them. One that is not free is waited for by itself, while no other is held; a transaction that has written or locked something before looks again instead of waiting. Neither is part of a deadlock. Error 55P03 after lock_timeout, or 2 seconds.';
