/* 40_decide.sql - what a crossing leads to.
 *
 * pls_internal.decide() is called on the rising edge by the trigger of the watched
 * table, in a subtransaction, as the extension's owner, and by the sweep
 * where a decision was put off.  The caller holds the entity's standing.
 * Beneath an application's INSERT nothing may wait: alerts that a rep's tool
 * holds are skipped, turns are counted and not kept, and the only rows
 * written are the entity's own.
 *
 * What is called here only runs under the settings of pls_internal.decide(), which keep
 * its plans from reading whole tables; each setting of a function costs as much
 * as a look-up.
 *
 * The rules are tried in the order of the functions below: what keeps the
 * motion's hands off (pls_internal.keeps_off), the alert that is open already
 * (pls_internal.refresh_open_alert), what puts an alert off (pls_internal.puts_off), the route
 * and the rep (pls_internal.route_alert).
 */

-- An instant so much later, or with a negative span earlier.  A day has 24
-- hours in any session's time zone, and there is always an answer: rules over
-- rows that people edit must not fail for one of them.  Inlined into views.
CREATE FUNCTION pls_internal.later(at timestamptz, span interval) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN NOT isfinite(at) THEN at
        -- beyond what a timestamp can tell, 294277 and 4714 BC
        WHEN (EXTRACT(epoch FROM at) + EXTRACT(epoch FROM span))
             >= 9224318016000 THEN 'infinity'
        WHEN (EXTRACT(epoch FROM at) + EXTRACT(epoch FROM span))
             < -210866803200 THEN '-infinity'
        ELSE at +
             make_interval(secs => EXTRACT(epoch FROM span)::double precision)
    END;
END;
COMMENT ON FUNCTION pls_internal.later IS
    'at plus the span, a day of which is 24 hours whatever the time zone; infinity or -infinity if that is more than a timestamp can tell';

CREATE FUNCTION pls_internal.best_grade(motion text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT string_agg(b.grade, '' ORDER BY b.dimension DESC)
          FROM (SELECT DISTINCT ON (g.dimension) g.dimension, g.grade
                  FROM pls.grades g
                 WHERE g.motion = best_grade.motion
                 ORDER BY g.dimension, g.at_least DESC) b);
END;
$$;
COMMENT ON FUNCTION pls_internal.best_grade IS
    'the best grade the motion can give: highest band of fit, then of engagement; NULL: it has no grades';

-- Inlined.
CREATE FUNCTION pls_internal.exclusion_of(motion text, entity_id text, account pls.accounts, member pls.users)
    RETURNS TABLE (exclusion text)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT (
        SELECT format('%s (%s)', x.reason, x.name)
          FROM pls.exclusions x
         WHERE x.enabled AND x.scope = 'entity'
           AND (x.motion IS NULL OR x.motion = exclusion_of.motion)
           AND (exclusion_of.entity_id = ANY (x.ids)
                OR coalesce((account).account_id, (member).account_id) = ANY (x.ids)
                -- an account may be known by its domain alone
                OR exclusion_of.entity_id = ANY (x.domains)
                OR coalesce((account).account_id, (member).account_id) = ANY (x.domains)
                OR (account).domain = ANY (x.domains)
                OR CASE WHEN x.domains IS NOT NULL
                        THEN pls_internal.normal_domain((member).email) = ANY (x.domains) END
                OR pls_internal.holds((account).attributes, x.match)
                OR pls_internal.holds((member).attributes, x.match))
         ORDER BY x.name COLLATE "C"
         LIMIT 1);
END;
COMMENT ON FUNCTION pls_internal.exclusion_of IS
    'reason and name of the first exclusion of scope entity, by id, domain or attributes, that the entity or its account meets; NULL: none';

-- Rules that keep the motion's hands off the entity.
CREATE FUNCTION pls_internal.keeps_off(motion pls.motions, entity_id text, account pls.accounts,
                              member pls.users, grade text, as_of timestamptz,
                              OUT reason text, OUT detail text, OUT again_at timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    exclusion text;
    signed_up timestamptz;
BEGIN
    IF motion.status = 'paused' OR motion.status = 'draft' THEN
        reason := 'paused';
        detail := format('the motion is in status %s', motion.status);
        RETURN;
    END IF;
    exclusion := (SELECT x.exclusion FROM pls_internal.exclusion_of(motion.motion, keeps_off.entity_id, account, member) x);
    IF exclusion IS NOT NULL THEN
        reason := 'excluded';
        detail := exclusion;
        RETURN;
    END IF;
    IF motion.segment IS NOT NULL
       AND pls_internal.holds(coalesce(account.attributes, '{}'), motion.segment) IS NOT TRUE THEN
        reason := 'out_of_segment';
        detail := format('its attributes do not satisfy %s', motion.segment);
        RETURN;
    END IF;
    signed_up := coalesce(member.signed_up_at, account.signed_up_at);
    IF pls_internal.later(signed_up, motion.grace_period) > keeps_off.as_of THEN
        reason := 'grace_period';
        again_at := pls_internal.later(signed_up, motion.grace_period);
        detail := format('signed up %s, left alone until %s',
                         to_char(signed_up, 'YYYY-MM-DD'),
                         to_char(again_at, 'YYYY-MM-DD HH24:MI "UTC"'));
        RETURN;
    END IF;
    IF account.size < motion.min_account_size THEN
        IF (keeps_off.grade = pls_internal.best_grade(motion.motion)) IS NOT TRUE THEN
            reason := 'too_small';
            detail := format('size %s is below %s, and the grade is not the best',
                             account.size, motion.min_account_size);
            RETURN;
        END IF;
    END IF;
    IF motion.objective = 'conversion'
       AND EXISTS (SELECT FROM pls.outcomes o
                    WHERE o.outcome = 'conversion' AND o.at <= keeps_off.as_of
                      AND o.entity_id = keeps_off.entity_id AND o.motion = motion.motion
                   UNION ALL
                   SELECT FROM pls.outcomes o
                    WHERE o.outcome = 'conversion' AND o.at <= keeps_off.as_of
                      AND o.account_id = account.account_id) THEN
        reason := 'already_customer';
        detail := 'it has converted, and conversion is the motion''s objective';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.keeps_off IS
    'the first of paused, excluded, out_of_segment, grace_period, too_small, already_customer that applies, a sentence, and when it ends by itself; reason NULL: none';

-- Rules that put an alert off or hold it out.
CREATE FUNCTION pls_internal.puts_off(motion pls.motions, entity_id text, account_id text,
                             cooldown_until timestamptz, as_of timestamptz,
                             OUT reason text, OUT detail text, OUT again_at timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    recent timestamptz[];
    held   record;
BEGIN
    IF puts_off.cooldown_until > puts_off.as_of THEN
        reason := 'cooldown';
        again_at := puts_off.cooldown_until;
        detail := format('left alone until %s', to_char(again_at, 'YYYY-MM-DD HH24:MI "UTC"'));
        RETURN;
    END IF;
    IF motion.touch_limit IS NOT NULL THEN
        IF puts_off.account_id IS NOT NULL THEN
            recent := ARRAY(
                SELECT greatest(a.created_at, a.first_touch_at) AS at
                  FROM pls.alerts a
                 WHERE a.account_id = puts_off.account_id AND a.created_at <= puts_off.as_of
                 ORDER BY at DESC);
        ELSE
            recent := ARRAY(
                SELECT greatest(a.created_at, a.first_touch_at) AS at
                  FROM pls.alerts a
                 WHERE a.entity_id = puts_off.entity_id AND a.unit = motion.unit AND a.created_at <= puts_off.as_of
                 ORDER BY at DESC);
        END IF;
        -- the limit is reached if so many of the newest are in the window
        IF recent[motion.touch_limit] > pls_internal.later(puts_off.as_of, - motion.touch_window) THEN
            reason := 'touch_limit';
            -- The limit is kept again when only touch_limit - 1 are left in
            -- the window: when the touch_limit-th newest leaves it.
            again_at := pls_internal.later(recent[motion.touch_limit], motion.touch_window);
            detail := format('%s alerts about the account within the touch window of the motion, which allows %s',
                             (SELECT count(*) FROM unnest(recent) r
                               WHERE r > pls_internal.later(puts_off.as_of, - motion.touch_window)), motion.touch_limit);
            RETURN;
        END IF;
    END IF;
    IF NOT (SELECT h.holds_out FROM pls_internal.holds_out(motion.motion) h) THEN
        RETURN;
    END IF;
    held := pls_internal.holdout_of(motion.motion, pls_internal.attributes_of(motion.motion, puts_off.entity_id), puts_off.as_of);
    IF pls_internal.is_held_out(held.holdout, held.salt, puts_off.entity_id) THEN
        reason := 'held_out';
        again_at := pls_internal.later(puts_off.as_of, motion.cooldown);
        detail := format('would have been alerted; held out%s with a share of %s of all entities',
                         ' by pilot "' || held.pilot || '"', trim_scale(held.holdout));
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.puts_off IS
    'the first of cooldown, touch_limit, held_out that applies, a sentence, and when it ends by itself; reason NULL: none';

-- Inlined.
CREATE FUNCTION pls_internal.route_facts(alert pls.alerts, account pls.accounts, member pls.users)
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT jsonb_build_object(
        'score', (alert).score, 'grade', (alert).grade, 'lane', (alert).lane,
        'account', pls_internal.account_document(account), 'user', pls_internal.user_document(member),
        'signals', jsonb_path_query_array((alert).evidence, '$[*] ? (@.met == true).signal'));
END;
COMMENT ON FUNCTION pls_internal.route_facts IS
    'what predicates of routes look at: score, grade, lane, account, user, and the names of the met signals';

-- Completes an alert that has entity, motion, score, grade, evidence and
-- lane: words, route, rep, due times.
CREATE FUNCTION pls_internal.route_alert(alert pls.alerts, motion pls.motions, account pls.accounts,
                                member pls.users, as_of timestamptz)
    RETURNS pls.alerts
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    drafted pls.alerts := alert;
    found   record;
    way     pls.routes;
    pick    record;
    words   record;
    facts   jsonb := pls_internal.route_facts(alert, account, member);
BEGIN
    words := pls_internal.alert_words(alert.motion, pls_internal.subject(alert.entity_id, account, member),
                             alert.score, alert.grade, alert.evidence);
    drafted.reason := words.reason;
    SELECT r AS way, (SELECT p.calendar FROM pls.pools p WHERE p.pool = r.pool) AS calendar_of_pool
      INTO found
      FROM pls.routes r
     WHERE r.motion = alert.motion
       AND (r.predicate IS NULL OR pls_internal.holds(facts, r.predicate))
     ORDER BY r.position
     LIMIT 1;
    way := found.way;
    drafted.next_best_action := coalesce(words.next_best_action,
        nullif(btrim(way.next_best_action), ''),
        'Read the evidence, then offer help with the next step.');
    pick := pls.assign(way.pool, alert.account_id, route_alert.as_of, way.in_hours);
    drafted.route := way.route;
    drafted.pool := way.pool;
    drafted.assigned_to := pick.rep;
    drafted.assigned_at := CASE WHEN pick.rep IS NOT NULL THEN route_alert.as_of END;
    drafted.assignment_trace := pick.trace;
    drafted.unassigned_reason := CASE
        WHEN way.route IS NULL THEN 'no route of the motion matches'
        WHEN pick.rep IS NULL THEN format('%s in pool "%s"', pick.reason, way.pool) END;
    drafted.charged_to := CASE WHEN pick.takes_turn THEN pick.rep END;
    drafted.charged_at := CASE WHEN pick.takes_turn THEN route_alert.as_of END;
    drafted.calendar := coalesce(way.calendar, motion.calendar, found.calendar_of_pool);
    IF drafted.calendar IS NULL AND pick.rep IS NOT NULL THEN
        SELECT r.calendar INTO drafted.calendar FROM pls.reps r WHERE r.rep = pick.rep;
    END IF;
    drafted.calendar := coalesce(drafted.calendar, pls_internal.default_calendar());
    drafted.respond_within := way.respond_within;
    drafted.respond_by := pls.due_at(route_alert.as_of, way.respond_within, drafted.calendar);
    drafted.resolve_within := way.resolve_within;
    drafted.resolve_by := pls.due_at(route_alert.as_of, way.resolve_within, drafted.calendar);
    RETURN drafted;
END;
$$;
COMMENT ON FUNCTION pls_internal.route_alert IS
    'completes an alert with its words, route, rep and due times, without writing anything';

CREATE FUNCTION pls_internal.is_deferred(alert pls.alerts) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF coalesce((alert).assignment_trace ->> 'by', 'nobody') IN ('owner', 'turn') THEN
        RETURN false;
    END IF;
    RETURN EXISTS (SELECT FROM pls.routes r JOIN pls.pools p ON p.pool = r.pool
                    WHERE r.motion = (alert).motion AND r.route = (alert).route
                      AND coalesce(r.defer, p.defer));
END;
$$;
COMMENT ON FUNCTION pls_internal.is_deferred IS
    'whether a drafted alert waits, because neither the account''s owner nor a member of the pool can take it, and route or pool defer then';

-- The alert that is open already gets the new score and evidence.  A triage
-- alert whose entity now qualifies moves to lane sales; unless a rep is on
-- it already, it takes the route, rep and due times of a sales alert.
CREATE FUNCTION pls_internal.refresh_open_alert(alert pls.alerts, motion pls.motions, account pls.accounts,
                                       member pls.users, as_of timestamptz,
                                       OUT alert_id bigint, OUT detail text, OUT again_at timestamptz)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    current pls.alerts;
    fresh   pls.alerts;
    promote boolean;
BEGIN
    -- closed_at rather than status: to a plan made while there were no alerts
    -- an index of the open ones looks as good as the entity's own
    SELECT a.alert_id INTO refresh_open_alert.alert_id
      FROM pls.alerts a
     WHERE a.entity_id = alert.entity_id AND a.motion = alert.motion AND a.closed_at IS NULL;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT a.* INTO current
      FROM pls.alerts a
     WHERE a.entity_id = alert.entity_id AND a.alert_id = refresh_open_alert.alert_id
       AND a.status IN ('open', 'working', 'snoozed')
       FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        detail := format('alert %s is being worked on by another session and was left as it is', alert_id);
        again_at := refresh_open_alert.as_of + interval '1 minute';
        RETURN;
    END IF;
    promote := current.lane = 'triage' AND alert.lane = 'sales';
    IF promote AND current.first_touch_at IS NULL THEN
        fresh := pls_internal.route_alert(alert, motion, account, member, refresh_open_alert.as_of);
    END IF;
    IF fresh.entity_id IS NULL OR pls_internal.is_deferred(fresh) THEN
        UPDATE pls.alerts a
           SET score = alert.score, grade = alert.grade, evidence = alert.evidence,
               reason = w.reason,
               next_best_action = coalesce(w.next_best_action, a.next_best_action),
               model_version = alert.model_version,
               lane = CASE WHEN promote THEN 'sales' ELSE a.lane END,
               evidence_changed_at = refresh_open_alert.as_of
          FROM pls_internal.alert_words(alert.motion, pls_internal.subject(alert.entity_id, account, member),
                               alert.score, alert.grade, alert.evidence) w
         WHERE a.entity_id = current.entity_id AND a.alert_id = current.alert_id;
    ELSE
        UPDATE pls.alerts a
           SET score = fresh.score, grade = fresh.grade, evidence = fresh.evidence,
               reason = fresh.reason, next_best_action = fresh.next_best_action,
               model_version = fresh.model_version,
               lane = 'sales', status = 'open',
               route = fresh.route, pool = fresh.pool,
               assigned_to = fresh.assigned_to, assigned_at = fresh.assigned_at,
               assignment_trace = fresh.assignment_trace,
               unassigned_reason = fresh.unassigned_reason,
               charged_to = fresh.charged_to, charged_at = fresh.charged_at,
               calendar = fresh.calendar,
               respond_within = fresh.respond_within, respond_by = fresh.respond_by,
               resolve_within = fresh.resolve_within, resolve_by = fresh.resolve_by,
               evidence_changed_at = refresh_open_alert.as_of
         WHERE a.entity_id = current.entity_id AND a.alert_id = current.alert_id;
        IF fresh.charged_to IS NOT NULL THEN
            PERFORM pls_internal.update_turn_counts(fresh.pool);
        END IF;
    END IF;
    detail := format('alert %s was %s', alert_id,
        CASE WHEN promote THEN 'moved from triage to sales' ELSE 'refreshed' END);
    IF promote THEN
        PERFORM pls_internal.notify_alert(current.entity_id, current.alert_id);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.refresh_open_alert IS
    'refreshes the open alert of the entity and moves it from triage to sales if the entity now qualifies; never waits: an alert that another session holds is left for a minute later; alert_id NULL: none is open';

CREATE FUNCTION pls_internal.notify_alert(entity_id text, alert_id bigint) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
    message text;
BEGIN
    SELECT jsonb_build_object('alert_id', a.alert_id, 'motion', a.motion,
               'entity_id', a.entity_id, 'lane', a.lane,
               'assigned_to', a.assigned_to, 'respond_by', a.respond_by)::text
      INTO message
      FROM pls.alerts a
     WHERE a.entity_id = notify_alert.entity_id AND a.alert_id = notify_alert.alert_id;
    -- A notification holds less than 8000 bytes; the alert itself is there.
    PERFORM pls_internal.notify_at_commit(message, jsonb_build_object('alert_id', notify_alert.alert_id)::text);
END;
$$;
COMMENT ON FUNCTION pls_internal.notify_alert IS
    'queues the notification about an alert: alert_id, motion, entity_id, lane, assigned_to, respond_by as jsonb; only alert_id if that would be too long';

-- The alert that would be raised: who, score and evidence as of an instant.
CREATE FUNCTION pls_internal.candidate_alert(standing pls.standings, motion pls.motions, account_id text,
                                    attributes jsonb, lane text, as_of timestamptz)
    RETURNS pls.alerts
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    alert pls.alerts;
    worth record;
BEGIN
    worth := pls_internal.appraise(standing.evidence, candidate_alert.as_of, candidate_alert.attributes);
    alert.score := worth.score;
    alert.grade := worth.grade;
    alert.evidence := worth.lines;
    alert.entity_id := standing.entity_id;
    alert.motion := motion.motion;
    alert.unit := motion.unit;
    alert.account_id := candidate_alert.account_id;
    alert.lane := candidate_alert.lane;
    alert.status := 'open';
    alert.model_version := (SELECT v.model_version FROM pls_internal.current_model_version(motion.motion) v);
    alert.created_at := candidate_alert.as_of;
    alert.escalation_level := 0;
    RETURN alert;
END;
$$;
COMMENT ON FUNCTION pls_internal.candidate_alert IS
    'an alert about the standing with score, grade and evidence as of an instant, without words, route and rep';

-- Writes down what was decided.
CREATE FUNCTION pls_internal.record_decision(alert pls.alerts, cooldown interval, reason text,
                                    detail text, again_at timestamptz, as_of timestamptz,
                                    raised_by text DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    raised boolean := record_decision.reason = 'raised' OR record_decision.reason = 'triage';
BEGIN
    INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, account_id, lane, reason,
                               detail, score, grade, evidence, model_version, alert_id, raised_by)
    VALUES (alert.entity_id, alert.motion, record_decision.as_of, alert.unit, alert.account_id,
            alert.lane, record_decision.reason, record_decision.detail, alert.score,
            alert.grade, alert.evidence, alert.model_version, alert.alert_id,
            record_decision.raised_by);
    UPDATE pls.standings s
       SET reason = record_decision.reason,
           -- the next sweep plans another look
           look_at = '-infinity',
           -- what was raised by hand need not be in any lane by its score
           qualified = coalesce(s.lane = 'sales', false)
               AND record_decision.reason NOT IN ('paused', 'excluded', 'out_of_segment'),
           -- what ends at once does not end by itself: such a decision would
           -- be taken again without end
           decide_again_at = CASE WHEN s.lane IS NOT NULL AND record_decision.again_at > record_decision.as_of
                                  THEN record_decision.again_at END,
           last_alert_at = CASE WHEN raised THEN record_decision.as_of ELSE s.last_alert_at END,
           cooldown_until = CASE WHEN raised OR record_decision.reason = 'held_out'
                                 THEN pls_internal.later(record_decision.as_of, record_decision.cooldown)
                                 ELSE s.cooldown_until END
     WHERE s.entity_id = alert.entity_id AND s.motion = alert.motion;
END;
$$;
COMMENT ON FUNCTION pls_internal.record_decision IS
    'writes the row of pls.decisions and the outcome into the standing, which the caller holds';

CREATE FUNCTION pls_internal.decide(motion text, entity_id text, lane text, as_of timestamptz,
                           raised_by text DEFAULT NULL, why text DEFAULT NULL)
    RETURNS text
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
    SET enable_seqscan = off
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    play     pls.motions;
    standing pls.standings;
    account  pls.accounts;
    member   pls.users;
    alert    pls.alerts;
    current  record;
    known    record;
    verdict  record;
    open     record;
BEGIN
    IF decide.lane IS NULL OR decide.lane NOT IN ('sales', 'triage') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('there is nothing to decide in lane %s', coalesce(decide.lane, 'NULL')),
            HINT = 'The lane is sales or triage.';
    END IF;
    -- Not FOR UPDATE: the caller holds the row by having written it, and a
    -- lock on it would be carried over to the version written below, where
    -- the next statement of this transaction would take it for another's.
    SELECT m AS play, s AS standing,
           EXISTS (SELECT FROM pls.failures f
                    WHERE f.entity_id = decide.entity_id AND f.motion = decide.motion AND f.task = 'cooldown') AS owes_cooldown
      INTO current
      FROM pls.motions m JOIN pls.standings s ON s.motion = m.motion
     WHERE m.motion = decide.motion AND s.entity_id = decide.entity_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('"%s" has no standing in motion "%s"', decide.entity_id, decide.motion),
            HINT = 'A decision is taken where a standing was written; see pls_internal.reevaluate().';
    END IF;
    play := current.play;
    standing := current.standing;
    IF current.owes_cooldown THEN
        PERFORM pls_internal.start_missed_cooldown(decide.motion, decide.entity_id);
        SELECT s.* INTO standing FROM pls.standings s
         WHERE s.entity_id = decide.entity_id AND s.motion = decide.motion;
    END IF;
    known := pls_internal.known_of(play.unit, decide.entity_id);
    account := known.account;
    member := known.member;
    alert := pls_internal.candidate_alert(standing, play, account.account_id, account.attributes,
                                 decide.lane, decide.as_of);

    verdict := pls_internal.keeps_off(play, decide.entity_id, account, member, alert.grade, decide.as_of);
    IF verdict.reason IS NULL THEN
        open := pls_internal.refresh_open_alert(alert, play, account, member, decide.as_of);
        alert.alert_id := open.alert_id;
        IF open.alert_id IS NOT NULL THEN
            verdict.reason := 'open_alert';
            verdict.detail := open.detail;
            verdict.again_at := open.again_at;
        END IF;
    END IF;
    IF verdict.reason IS NULL THEN
        verdict := pls_internal.puts_off(play, decide.entity_id, alert.account_id, standing.cooldown_until, decide.as_of);
    END IF;
    IF verdict.reason IS NULL THEN
        alert := pls_internal.route_alert(alert, play, account, member, decide.as_of);
        IF decide.raised_by IS NOT NULL THEN
            alert.reason := format('Raised by hand (%s): %s. %s', decide.raised_by,
                                   rtrim(btrim(decide.why), '.'), alert.reason);
        END IF;
        -- nobody would ask again for what was raised by hand: it waits as an
        -- alert that has no rep yet
        IF decide.raised_by IS NULL AND pls_internal.is_deferred(alert) THEN
            verdict.reason := 'no_capacity';
            verdict.again_at := decide.as_of + interval '15 minutes';
            verdict.detail := format('nobody in pool "%s" can take it now', alert.pool);
        ELSE
            alert.alert_id := nextval('pls.alerts_alert_id_seq');
            INSERT INTO pls.alerts SELECT (alert).*;
            PERFORM pls_internal.notify_alert(alert.entity_id, alert.alert_id);
            IF alert.charged_to IS NOT NULL THEN
                PERFORM pls_internal.update_turn_counts(alert.pool);
            END IF;
            verdict.reason := CASE WHEN decide.lane = 'sales' THEN 'raised' ELSE 'triage' END;
            verdict.detail := alert.reason;
        END IF;
    END IF;
    PERFORM pls_internal.record_decision(alert, play.cooldown, verdict.reason, verdict.detail,
                                verdict.again_at, decide.as_of, decide.raised_by);
    RETURN verdict.reason;
END;
$$;
COMMENT ON FUNCTION pls_internal.decide IS
    'decides what a crossing into the lane (sales or triage) leads to at as_of, writes one row of pls.decisions, updates the standing, raises or refreshes the alert, and returns the reason. raised_by: the role that raises it by hand, and why; then the score does not matter and nothing is deferred for want of a rep. The caller holds the standing, having written it in this transaction; then it waits for nobody. Errors: 22023 (lane), 55000 (no standing)';
