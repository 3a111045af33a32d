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
 * What is asked, in this order: who is not to be alerted at all
 * (pls_internal.eligibility_rule), the alert that is open already
 * (pls_internal.refresh_open_alert), who is not to be alerted yet or is held out
 * (pls_internal.timing_rule), the route and the rep (pls_internal.route_alert).
 */

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
    'What predicates of routes look at: score, grade, lane, account, user, and the names of the met signals.';

-- The first route whose predicate holds; there may be one for the rest.  Inlined.
CREATE FUNCTION pls_internal.route_of(motion text, facts jsonb) RETURNS SETOF pls.routes
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT r.*
      FROM pls.routes r
     WHERE r.motion = route_of.motion AND (r.predicate IS NULL OR pls_internal.holds(route_of.facts, r.predicate))
     ORDER BY r.position
     LIMIT 1;
END;
COMMENT ON FUNCTION pls_internal.route_of IS
    'The route that an alert of the motion takes, by these facts (see pls_internal.route_facts); no row: none of them.';

CREATE FUNCTION pls_internal.unassigned_text(reason text, trace jsonb, pool text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN unassigned_text.reason <> 'owner not free'
                THEN format('%s in pool "%s"', unassigned_text.reason, unassigned_text.pool)
                WHEN unassigned_text.trace ? 'owner'
                THEN format('owner "%s" of the account is %s', unassigned_text.trace #>> '{owner,rep}', unassigned_text.trace #>> '{owner,why_not}')
                ELSE 'the account has no owner' END;
END;
COMMENT ON FUNCTION pls_internal.unassigned_text IS
    'pls.alerts.unassigned_reason of an alert that pls.assign() gives to nobody, by its reason and trace.';

-- What a limit that is the end of a day comes to, so that pauses and shares of
-- it work as for others.
CREATE FUNCTION pls_internal.limits_by_day(alert pls.alerts, start timestamptz) RETURNS pls.alerts
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    zone    CONSTANT text := coalesce((SELECT m.time_zone FROM pls.motions m WHERE m.motion = alert.motion), 'UTC');
    resolve CONSTANT text := coalesce(alert.resolve_calendar, alert.calendar);
BEGIN
    IF alert.respond_end_of_day AND alert.first_touch_at IS NULL THEN
        alert.respond_within := pls.working_time(start, pls.end_of_day(start, alert.calendar, zone), alert.calendar);
    END IF;
    IF alert.resolve_end_of_day THEN
        alert.resolve_within := pls.working_time(start, pls.end_of_day(start, resolve, zone), resolve);
    END IF;
    RETURN alert;
END;
$$;
COMMENT ON FUNCTION pls_internal.limits_by_day IS
    'The alert with limits that are the end of the day (respond_end_of_day unless it was touched, resolve_end_of_day) as working time from its start; errors as pls.end_of_day.';

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
    ahead   bigint := 0;
    facts   jsonb := pls_internal.route_facts(alert, account, member);
BEGIN
    words := pls_internal.alert_words(alert.motion, pls_internal.subject(alert.entity_id, account, member),
                             alert.score, alert.grade, alert.evidence);
    drafted.reason := words.reason;
    SELECT r AS way, (SELECT p.calendar FROM pls.pools p WHERE p.pool = r.pool) AS calendar_of_pool
      INTO found
      FROM pls_internal.route_of(alert.motion, facts) r;
    way := found.way;
    drafted.next_best_action := coalesce(words.next_best_action,
        nullif(btrim(way.next_best_action), ''),
        'Read the evidence, then offer help with the next step.');
    pick := pls.assign(way.pool, alert.account_id, route_alert.as_of, coalesce(way.in_hours, false),
                       coalesce(way.owner, 'first'), way.owner_takes_turn);
    IF pick.reason IN ('turn', 'fallback') THEN
        ahead := pls_internal.alerts_ahead(way.pool, alert.entity_id, alert.motion, way.in_hours, route_alert.as_of);
        IF ahead > 0 THEN
            pick.rep := NULL;
            pick.takes_turn := false;
            pick.trace := (pick.trace - 'by') || jsonb_build_object('ahead', ahead);
        END IF;
    END IF;
    drafted.route := way.route;
    drafted.pool := way.pool;
    drafted.assigned_to := pick.rep;
    drafted.assigned_at := CASE WHEN pick.rep IS NOT NULL THEN route_alert.as_of END;
    drafted.assignment_trace := pick.trace;
    drafted.unassigned_reason := CASE
        WHEN way.route IS NULL THEN 'no route of the motion matches'
        WHEN ahead > 0 THEN pls_internal.ahead_text(ahead, way.pool)
        WHEN pick.rep IS NULL THEN pls_internal.unassigned_text(pick.reason, pick.trace, way.pool) END;
    drafted.charged_to := CASE WHEN pick.takes_turn THEN pick.rep END;
    drafted.charged_at := CASE WHEN pick.takes_turn THEN route_alert.as_of END;
    drafted.calendar := coalesce(way.calendar, motion.calendar, found.calendar_of_pool);
    drafted.calendar_of_rep := drafted.calendar IS NULL;
    IF drafted.calendar_of_rep THEN
        drafted.calendar := pls_internal.calendar_of(pick.rep);
    END IF;
    drafted.resolve_calendar := way.resolve_calendar;
    drafted.respond_within := way.respond_within;
    drafted.resolve_within := way.resolve_within;
    drafted.respond_end_of_day := coalesce(way.respond_end_of_day, false);
    drafted.resolve_end_of_day := coalesce(way.resolve_end_of_day, false);
    IF drafted.respond_end_of_day OR drafted.resolve_end_of_day THEN
        drafted := pls_internal.limits_by_day(drafted, route_alert.as_of);
    END IF;
    drafted.respond_by := pls.due_at(route_alert.as_of, drafted.respond_within, drafted.calendar);
    drafted.resolve_by := pls.due_at(route_alert.as_of, drafted.resolve_within, coalesce(way.resolve_calendar, drafted.calendar));
    RETURN drafted;
END;
$$;
COMMENT ON FUNCTION pls_internal.route_alert IS
    'Completes an alert with its words, route, rep and due times, without writing anything.';

-- Inlined.
CREATE FUNCTION pls_internal.deferral() RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN interval '15 minutes';
COMMENT ON FUNCTION pls_internal.deferral IS
    'How long a decision waits that was deferred because no rep was available, unless somebody becomes available before that.';

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
    'Whether a drafted alert waits, because neither the account''s owner nor a member of the pool can take it, and route or pool defer then.';

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
       AND pls_internal.is_open(a.status)
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
               calendar = fresh.calendar, calendar_of_rep = fresh.calendar_of_rep, resolve_calendar = fresh.resolve_calendar,
               respond_end_of_day = fresh.respond_end_of_day, resolve_end_of_day = fresh.resolve_end_of_day,
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
    'Refreshes the open alert of the entity and moves it from triage to sales if the entity now qualifies; never waits: an alert that another session holds is left for a minute later; alert_id NULL: none is open.';

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
    'Queues the notification about an alert: alert_id, motion, entity_id, lane, assigned_to, respond_by as jsonb; only alert_id if that would be too long.';

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
    'An alert about the standing with score, grade and evidence as of an instant, without words, route and rep.';

-- What a pilot's report compares the arms by: what is known at the decision and
-- may have changed when the report is read.
CREATE FUNCTION pls_internal.pilot_facts(pilot text, alert pls.alerts, account pls.accounts, member pls.users)
    RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT jsonb_strip_nulls(jsonb_build_object(
                   'stratum', pls_internal.stratum_of(p.pilot, alert.entity_id, account.attributes, alert.grade),
                   'attribute', pls_internal.attribute_text(account.attributes, p.attribute),
                   'size', account.size,
                   'route', coalesce(alert.route, (
                       SELECT r.route
                         FROM pls_internal.route_of(alert.motion, pls_internal.route_facts(alert, account, member)) r))))
          FROM pls.pilots p
         WHERE p.pilot = pilot_facts.pilot);
END;
$$;
COMMENT ON FUNCTION pls_internal.pilot_facts IS
    'What pls.decisions.pilot_facts holds of a decision about an entity that takes part in the pilot.';

-- Writes down what was decided.
CREATE FUNCTION pls_internal.record_decision(alert pls.alerts, cooldown interval, reason text,
                                    detail text, again_at timestamptz, as_of timestamptz,
                                    raised_by text, pilot text, pilot_facts jsonb)
    RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, account_id, lane, reason,
                               detail, score, grade, evidence, model_version, alert_id, raised_by, pilot, pilot_facts)
    VALUES (alert.entity_id, alert.motion, record_decision.as_of, alert.unit, alert.account_id,
            alert.lane, record_decision.reason, record_decision.detail, alert.score,
            alert.grade, alert.evidence, alert.model_version, alert.alert_id,
            record_decision.raised_by, record_decision.pilot, record_decision.pilot_facts);
    UPDATE pls.standings s
       SET reason = record_decision.reason,
           -- the next sweep plans another look
           look_at = '-infinity',
           -- what was raised by hand need not be in any lane by its score
           qualified = pls_internal.is_qualifying(s.lane, record_decision.reason),
           decide_again_at = pls_internal.again_after(record_decision.reason, record_decision.again_at,
                                                      record_decision.as_of, record_decision.cooldown, s.lane),
           last_alert_at = CASE WHEN record_decision.reason IN ('raised', 'triage')
                                THEN record_decision.as_of ELSE s.last_alert_at END,
           cooldown_until = pls_internal.cooldown_after(record_decision.reason, record_decision.as_of,
                                                        record_decision.cooldown, s.cooldown_until)
     WHERE s.entity_id = alert.entity_id AND s.motion = alert.motion;
END;
$$;
COMMENT ON FUNCTION pls_internal.record_decision IS
    'Writes the row of pls.decisions and the outcome into the standing, which the caller holds.';

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
    verdict  pls_internal.obstacle;
    open     record;
    pilot    text;
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
            HINT = 'A decision needs a standing; see pls_internal.reevaluate().';
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

    SELECT r.reason, r.until, r.detail INTO verdict
      FROM pls_internal.eligibility_rule(play, decide.entity_id, account, member, alert.grade, pls_internal.best_grade(play.motion),
                                decide.as_of) r;
    IF verdict.reason IS NULL THEN
        open := pls_internal.refresh_open_alert(alert, play, account, member, decide.as_of);
        alert.alert_id := open.alert_id;
        IF open.alert_id IS NOT NULL THEN
            verdict.reason := 'open_alert';
            verdict.detail := open.detail;
            verdict.until := open.again_at;
        END IF;
    END IF;
    IF verdict.reason IS NULL THEN
        SELECT r.reason, r.until, r.detail INTO verdict
          FROM pls_internal.timing_rule(play, decide.entity_id, account, alert.grade, standing.cooldown_until, decide.as_of) r;
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
            verdict.until := decide.as_of + pls_internal.deferral();
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
    IF verdict.reason IN ('held_out', 'no_capacity', 'triage', 'raised') THEN
        SELECT h.pilot INTO pilot
          FROM pls_internal.holdout_of(play, decide.entity_id, account.attributes, alert.grade, decide.as_of) h;
    END IF;
    PERFORM pls_internal.record_decision(alert, play.cooldown, verdict.reason, verdict.detail,
                                verdict.until, decide.as_of, decide.raised_by, pilot,
                                CASE WHEN pilot IS NOT NULL THEN pls_internal.pilot_facts(pilot, alert, account, member) END);
    RETURN verdict.reason;
END;
$$;
COMMENT ON FUNCTION pls_internal.decide IS
    'Decides what a crossing into the lane (sales or triage) leads to at as_of, writes one row of pls.decisions, updates the standing, raises or refreshes the alert, and returns the reason. raised_by: the role that raises it by hand, and why; then the score does not matter, and nothing is deferred because no rep is available. The caller holds the standing, having written it in this transaction; then it waits for nobody. Errors: 22023 (lane), 55000 (no standing).';
