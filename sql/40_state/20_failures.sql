/* 20_failures.sql - what the sweep could not do.
 *
 * Each thing that a sweep does is done in a subtransaction, alone or with
 * others like it.  What fails is undone and written down here, and is passed
 * over until try_again_at: a minute at first, twice as long each time.  All
 * else goes on.  A row goes when its thing has been done, or is no more to
 * be done.
 *
 * Instants are pls.now()'s.  A failure from the future, after a clock that
 * has gone back, holds nothing up.
 *
 * PL/pgSQL's OTHERS leaves a canceled query alone, as it should; that a
 * condition of an ASSERT fails is an error like any other here.
 */

CREATE TABLE pls.failures (
    entity_id       text NOT NULL DEFAULT '',
    motion          text NOT NULL DEFAULT '',
    task            text NOT NULL,
    failed_at       timestamptz NOT NULL,
    last_failed_at  timestamptz NOT NULL,
    attempts        bigint NOT NULL DEFAULT 1,
    try_again_at    timestamptz NOT NULL,
    sqlstate        text NOT NULL,
    message         text NOT NULL,
    PRIMARY KEY (entity_id, motion, task)
);
SELECT pg_extension_config_dump('pls.failures', '');

COMMENT ON TABLE pls.failures IS
'What pls.sweep() could not do and will retry. A row is removed once the task has succeeded or is no longer needed. See pls.health.';
COMMENT ON COLUMN pls.failures.entity_id IS 'The user or account. Empty: it is not about one.';
COMMENT ON COLUMN pls.failures.motion IS 'The motion. Empty: it is not about one.';
COMMENT ON COLUMN pls.failures.task IS
'Rebuild (of an entity, or of a motion as a whole), settle (bring an entity up to date), look (find out what has to be done in a motion), assign, pin, wake, expire, escalate (the alert of an entity, or all), users (recount events of users whose account has changed), recount by C (open alerts of the edited calendar C), cooldown (start the cooldown of an alert whose standing another session held), read source N (of pls.sources), sample source N, serve (give alerts that wait to a rep who has become free), contacts (of the alerts of a motion: next_best_contact), thresholds (of a motion: those that are percentiles), and further steps of the sweep.';
COMMENT ON COLUMN pls.failures.failed_at IS 'When it first failed.';
COMMENT ON COLUMN pls.failures.last_failed_at IS 'When it was last tried.';
COMMENT ON COLUMN pls.failures.attempts IS 'How often it has failed since failed_at.';
COMMENT ON COLUMN pls.failures.try_again_at IS 'When the next attempt is due; skipped until then.';
COMMENT ON COLUMN pls.failures.sqlstate IS 'Code of the last error.';
COMMENT ON COLUMN pls.failures.message IS 'Message of the last error.';

-- What others hold is soon free, and what a whole step does is too much to
-- stand still for long.
CREATE FUNCTION pls_internal.retry_pause(attempts bigint, sqlstate text, of_one boolean) RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT least(interval '1 minute' * power(2, least(attempts, 20) - 1),
                 CASE WHEN of_one AND sqlstate NOT IN ('55P03', '40P01') THEN interval '1 hour'
                      ELSE interval '5 minutes' END)
$$;
COMMENT ON FUNCTION pls_internal.retry_pause IS
'How long to wait after this many failed attempts: a minute, doubled with each attempt up to an hour; up to 5 minutes for a lock that others hold, and for tasks that are not about one motion or entity (of_one false).';

-- What somebody has locked stops nothing: a failure that cannot be read is
-- tried again.
CREATE FUNCTION pls_internal.known_failures(of_task text DEFAULT NULL)
    -- not pls.failures: who asks for the type of its rows locks the table
    RETURNS TABLE (entity_id text, motion text, task text, attempts bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF pls_internal.locked_table('pls.failures') IS NULL THEN
        RETURN QUERY
        SELECT f.entity_id, f.motion, f.task, f.attempts FROM pls.failures f
         WHERE known_failures.of_task IS NULL OR f.task = known_failures.of_task;
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.known_failures IS
'The rows of pls.failures (of a task; NULL: of all), for the sweep: none while the table is locked so that it cannot be read. Does not wait for locks.';

CREATE FUNCTION pls_internal.is_paused(task text, motion text DEFAULT '', entity_id text DEFAULT '') RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF pls_internal.locked_table('pls.failures') IS NOT NULL THEN
        RETURN false;
    END IF;
    RETURN EXISTS (
        SELECT FROM pls.failures f
         WHERE f.entity_id = is_paused.entity_id AND f.motion = is_paused.motion AND f.task = is_paused.task
           AND f.try_again_at > pls.now() AND f.last_failed_at <= pls.now());
END;
$$;
COMMENT ON FUNCTION pls_internal.is_paused IS
'Whether something has failed and must not be retried yet. Does not wait for locks: see pls_internal.known_failures().';

-- Whoever goes through many asks this first: mostly nothing has failed.
CREATE FUNCTION pls_internal.may_be_paused(task text) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN EXISTS (SELECT FROM pls_internal.known_failures(may_be_paused.task));
END;
$$;
COMMENT ON FUNCTION pls_internal.may_be_paused IS
'Whether pls_internal.is_paused() may be true for anything of a task: some of it has failed.';

-- A failure that cannot be written down must not stop what goes well.  Then
-- the log of the server has it: a lock is soon free, and the rest wants to be
-- looked at.
CREATE FUNCTION pls_internal.note_failure(task text, motion text, entity_id text, sqlstate text, message text) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '50ms'
AS $$
#variable_conflict use_column
DECLARE
    longest CONSTANT integer := 1000;       -- characters of a message
    one     CONSTANT boolean := note_failure.motion <> '' OR note_failure.entity_id <> '';
    what    CONSTANT text := concat_ws(' ', note_failure.task, nullif(note_failure.motion, ''), nullif(note_failure.entity_id, ''));
    said    text := note_failure.message;
    lockers text;
BEGIN
    IF note_failure.sqlstate = '55P03' THEN
        lockers := pls_internal.holders_text('write', pls_internal.own_tables());
        said := concat_ws('. ', said, 'Tables of pls are locked by ' || lockers);
    END IF;
    UPDATE pls.failures f
       SET failed_at = least(f.failed_at, pls.now()), last_failed_at = pls.now(), attempts = f.attempts + 1,
           try_again_at = pls.now() + pls_internal.retry_pause(f.attempts + 1, note_failure.sqlstate, one),
           sqlstate = note_failure.sqlstate, message = left(said, longest)
     WHERE f.entity_id = note_failure.entity_id AND f.motion = note_failure.motion AND f.task = note_failure.task;
    IF NOT FOUND THEN
        INSERT INTO pls.failures (entity_id, motion, task, failed_at, last_failed_at, try_again_at, sqlstate, message)
        VALUES (note_failure.entity_id, note_failure.motion, note_failure.task, pls.now(), pls.now(),
                pls.now() + pls_internal.retry_pause(1, note_failure.sqlstate, one),
                note_failure.sqlstate, left(said, longest));
    END IF;
EXCEPTION
    WHEN lock_not_available THEN
        -- another sweep is writing the same down, or somebody has locked the table
        RAISE LOG USING
            MESSAGE = format('pls: could not record a failure because a lock was not available (%s): %s', what, said);
    WHEN OTHERS OR ASSERT_FAILURE THEN
        RAISE WARNING USING
            ERRCODE = SQLSTATE,
            MESSAGE = format('could not record a failure (%s): %s', what, said),
            DETAIL = SQLERRM;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_failure IS
'Records in pls.failures that something has failed and when it is retried; if a lock was not available, also who has locked tables of pls. Waits 50 ms at most; a failure that cannot be recorded because of a lock goes to the server log, one that cannot be recorded for another reason is a warning.';

CREATE FUNCTION pls_internal.note_success(task text, motion text DEFAULT '', entity_id text DEFAULT '') RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '50ms'
AS $$
#variable_conflict use_column
DECLARE
    what CONSTANT text := concat_ws(' ', note_success.task, nullif(note_success.motion, ''), nullif(note_success.entity_id, ''));
BEGIN
    IF pls_internal.locked_table('pls.failures') IS NOT NULL THEN
        RAISE LOG USING
            MESSAGE = format('pls: could not check for a resolved failure because pls.failures is locked (%s)', what);
    ELSIF EXISTS (SELECT FROM pls.failures f
                WHERE f.entity_id = note_success.entity_id AND f.motion = note_success.motion
                  AND f.task = note_success.task) THEN
        -- a decision beneath an INSERT comes here, too, and must not wait
        DELETE FROM pls.failures f
         WHERE f.ctid = ANY (ARRAY(
               SELECT o.ctid FROM pls.failures o
                WHERE o.entity_id = note_success.entity_id AND o.motion = note_success.motion AND o.task = note_success.task
                  FOR UPDATE SKIP LOCKED));
    END IF;
EXCEPTION
    WHEN lock_not_available THEN
        RAISE LOG USING
            MESSAGE = format('pls: could not remove a resolved failure because a lock was not available (%s)', what);
    WHEN OTHERS OR ASSERT_FAILURE THEN
        RAISE WARNING USING
            ERRCODE = SQLSTATE,
            MESSAGE = format('could not remove a resolved failure (%s)', what),
            DETAIL = SQLERRM;
END;
$$;
COMMENT ON FUNCTION pls_internal.note_success IS
'Removes something from pls.failures that has succeeded. Waits 50 ms at most; otherwise the server log says so and the next success removes it.';

-- Whoever has mended something need not wait for the end of a pause.
CREATE FUNCTION pls.retry_failures(motion text DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    renewed bigint;
    errors  bigint;
BEGIN
    UPDATE pls.failures f SET try_again_at = pls.now()
     WHERE retry_failures.motion IS NULL OR f.motion IN (retry_failures.motion, '');
    GET DIAGNOSTICS renewed = ROW_COUNT;
    UPDATE pls.standings s SET decide_again_at = pls.now(), look_at = '-infinity'
      FROM (SELECT t.entity_id, t.motion FROM pls.standings t
             WHERE t.reason = 'error' AND (retry_failures.motion IS NULL OR t.motion = retry_failures.motion)
               FOR UPDATE SKIP LOCKED) e
     WHERE s.entity_id = e.entity_id AND s.motion = e.motion;
    GET DIAGNOSTICS errors = ROW_COUNT;
    RETURN renewed + errors;
END;
$$;
COMMENT ON FUNCTION pls.retry_failures IS
'Makes the next sweep retry what has failed (in one motion and in tasks that concern all motions; NULL: everything), including decisions, without waiting for the end of the pauses. Call it after fixing the cause. Returns the number of tasks.';
