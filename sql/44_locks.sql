/* 44_locks.sql - locking whole tables without being in the way.
 *
 * Some statements need a lock that keeps an application from its table:
 * CREATE TRIGGER, DROP TRIGGER, DROP EXTENSION.  While they wait for it behind
 * an open transaction, every INSERT waits behind them, and one that waits for
 * a lock which they have got already is a deadlock.  So all locks of such a
 * statement are taken first, by pls.lock_tables(): only one table is ever
 * waited for, by a transaction that holds no other, and the rest are taken
 * only if they are free.
 */

-- Waits for locks no longer than the session's lock_timeout, and two seconds
-- at most; gives the setting that was there, to be set back.
CREATE FUNCTION pls.wait_briefly_for_locks() RETURNS text
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
COMMENT ON FUNCTION pls.wait_briefly_for_locks() IS
'Lowers lock_timeout to 2 seconds, if it is not lower, until the transaction ends or it is set back to what this function returns.';
REVOKE EXECUTE ON FUNCTION pls.wait_briefly_for_locks() FROM PUBLIC;

-- Readers do not stand in the way of what only keeps writers out.
CREATE FUNCTION pls.lock_holders(relation regclass, exclusive boolean)
RETURNS TABLE (pid integer, holder text, is_servers boolean)
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT DISTINCT ON (l.pid) l.pid,
           CASE WHEN l.pid IS NULL THEN 'a prepared transaction'
           ELSE format('process %s', l.pid)
                || coalesce(' (role ' || a.usename || ')', '')
                || coalesce(', ' || CASE WHEN a.backend_type = 'client backend' THEN a.state ELSE a.backend_type END, '')
                || coalesce(', in a transaction since ' || date_trunc('second', a.xact_start), '') END,
           l.pid IS NOT NULL AND a.usesysid IS NULL
      FROM pg_locks l
      LEFT JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'relation' AND l.granted AND l.relation = lock_holders.relation
       AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
       AND l.pid IS DISTINCT FROM pg_backend_pid()
       AND (lock_holders.exclusive OR l.mode NOT IN ('AccessShareLock', 'RowShareLock'))
     ORDER BY l.pid
$$;
COMMENT ON FUNCTION pls.lock_holders(regclass, boolean) IS
'Which sessions hold a lock of a table that keeps others from writing to it or, if exclusive, from locking it in ACCESS EXCLUSIVE mode; in words, and whether it is the server''s own, as an autovacuum worker is, which gives way. pid NULL: a prepared transaction.';
REVOKE EXECUTE ON FUNCTION pls.lock_holders(regclass, boolean) FROM PUBLIC;

CREATE FUNCTION pls.refuse_lock(relation regclass, exclusive boolean, patience text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    holders text;
    first   integer;
    known   boolean;
BEGIN
    SELECT string_agg(h.holder, '; ' ORDER BY h.pid), min(h.pid), count(*) > 0 INTO holders, first, known
        FROM pls.lock_holders(refuse_lock.relation, refuse_lock.exclusive) h;
    RAISE EXCEPTION USING ERRCODE = '55P03',
        MESSAGE = format('table %s could not be locked within %s', refuse_lock.relation, refuse_lock.patience),
        DETAIL = CASE WHEN known THEN format('It is held by %s. Nothing was changed.', holders)
                 ELSE 'Whoever held it has just let it go. Nothing was changed.' END,
        HINT = CASE WHEN first IS NOT NULL
               THEN format('Try again when that transaction has ended; SELECT pg_terminate_backend(%s) ends it.', first)
               WHEN known THEN 'Try again when it has ended; pg_prepared_xacts lists prepared transactions.'
               ELSE 'Try again.' END;
END;
$$;
COMMENT ON FUNCTION pls.refuse_lock(regclass, boolean, text) IS
'Says (55P03) that a table could not be locked, which sessions hold it, and what to do.';
REVOKE EXECUTE ON FUNCTION pls.refuse_lock(regclass, boolean, text) FROM PUBLIC;

-- Whether others may wait for this transaction already: then it must not wait
-- in the queue of a lock.
CREATE FUNCTION pls.holds_locks() RETURNS boolean
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pg_current_xact_id_if_assigned() IS NOT NULL
        OR EXISTS (SELECT FROM pg_locks l
                    WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.granted
                      AND l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock'))
$$;
COMMENT ON FUNCTION pls.holds_locks() IS
'Whether this transaction has written anything, or holds a lock of a table that keeps others from writing to it.';
REVOKE EXECUTE ON FUNCTION pls.holds_locks() FROM PUBLIC;

-- INSERTs wait behind a lock that is waited for.  So the waits are short at
-- first, with pauses between them that let the INSERTs through; each is twice
-- as long as the one before, for a table that is never quite free.
-- Autovacuum gives way only to who waits for longer than deadlock_timeout.
CREATE FUNCTION pls.lock_tables(tables regclass[], exclusive boolean) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before     CONSTANT text := pls.wait_briefly_for_locks();
    patience   CONSTANT text := current_setting('lock_timeout');
    give_up_at CONSTANT timestamptz := clock_timestamp() + patience::interval;
    queues     CONSTANT boolean := NOT pls.holds_locks();
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
                PERFORM pls.refuse_lock(blocked, exclusive, patience);
            END IF;
        END;
        slice := CASE WHEN EXISTS (SELECT FROM pls.lock_holders(blocked, exclusive) h WHERE h.is_servers)
                 THEN patience::interval ELSE least(2 * slice, patience::interval) END;
        PERFORM pg_sleep(0.01);
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls.lock_tables(regclass[], boolean) IS
'Locks tables until the transaction ends, so that nobody else writes to them or, if exclusive, reads them. One that is not free is waited for by itself, while no other is held; a transaction that has written or locked something before looks again instead of waiting. Neither is part of a deadlock. Error 55P03 after lock_timeout, or 2 seconds.';
REVOKE EXECUTE ON FUNCTION pls.lock_tables(regclass[], boolean) FROM PUBLIC;
