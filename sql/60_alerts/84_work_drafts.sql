/* 84_work_drafts.sql - drafting, sending, following up and stopping.
 *
 * Follow-ups stop with the reply, with a touch that is none of them, with the
 * end of the alert and with an opt-out: triggers do it, so that a tool's plain
 * UPDATE of pls.alerts does it, too.  What they look for is in an index of what
 * is scheduled for one alert.
 */

/* ---- stopping ---- */

CREATE FUNCTION pls_internal.stop_drafts(alert_id bigint, reason text, also_drafts boolean) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    -- Who works an alert does not wait for whoever holds a message of it: that
    -- one is asked about again before it is sent (pls_internal.check_sent()).
    UPDATE pls.drafts d SET status = 'stopped', stopped_reason = stop_drafts.reason
     WHERE d.draft_id IN (
           SELECT h.draft_id FROM pls.drafts h
            WHERE h.alert_id = stop_drafts.alert_id
              AND (h.status = 'scheduled' OR stop_drafts.also_drafts AND h.status = 'draft')
              FOR NO KEY UPDATE SKIP LOCKED)
$$;
COMMENT ON FUNCTION pls_internal.stop_drafts IS
    'Stops the scheduled follow-ups of an alert, and with also_drafts what was drafted and not sent; not what another transaction holds.';

CREATE FUNCTION pls_internal.stop_drafts_of_alert() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.closed_at IS NOT NULL THEN
        PERFORM pls_internal.stop_drafts(NEW.alert_id, CASE WHEN NEW.disposition IS NULL THEN 'alert closed' ELSE 'disposition' END, true);
    ELSIF NEW.assigned_to IS DISTINCT FROM OLD.assigned_to THEN
        -- what is in somebody else's name
        PERFORM pls_internal.stop_drafts(NEW.alert_id, 'reassigned', true);
    ELSE
        PERFORM pls_internal.stop_drafts(NEW.alert_id, 'touch', false);
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.stop_drafts_of_alert IS
    'Trigger of pls.alerts: stops the messages of an alert that was closed or reassigned, and the follow-ups of one that was touched.';
-- pls.touch() and tools that note a touch set this column.
CREATE TRIGGER stop_touched AFTER UPDATE OF first_touch_at ON pls.alerts
    FOR EACH ROW WHEN (NEW.closed_at IS NULL) EXECUTE FUNCTION pls_internal.as_owner('stop_drafts_of_alert');
COMMENT ON TRIGGER stop_touched ON pls.alerts IS 'A touch stops scheduled follow-ups.';
CREATE TRIGGER stop_closed AFTER UPDATE ON pls.alerts
    FOR EACH ROW WHEN (OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL)
    EXECUTE FUNCTION pls_internal.as_owner('stop_drafts_of_alert');
COMMENT ON TRIGGER stop_closed ON pls.alerts IS 'The end of an alert stops its messages.';
CREATE TRIGGER stop_reassigned AFTER UPDATE ON pls.alerts
    FOR EACH ROW WHEN (NEW.assigned_to IS DISTINCT FROM OLD.assigned_to AND NEW.closed_at IS NULL)
    EXECUTE FUNCTION pls_internal.as_owner('stop_drafts_of_alert');
COMMENT ON TRIGGER stop_reassigned ON pls.alerts IS 'Messages in the name of a former rep are stopped.';
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER stop_touched;
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER stop_reassigned;
ALTER TABLE pls.alerts ENABLE ALWAYS TRIGGER stop_closed;

CREATE FUNCTION pls_internal.stop_answered() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.stop_drafts(NEW.alert_id, 'reply', false);
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.stop_answered IS
    'Trigger of pls.drafts: a reply stops the follow-ups of its alert.';
CREATE TRIGGER stop_answered AFTER UPDATE ON pls.drafts
    FOR EACH ROW WHEN (OLD.replied_at IS NULL AND NEW.replied_at IS NOT NULL)
    EXECUTE FUNCTION pls_internal.as_owner('stop_answered');
COMMENT ON TRIGGER stop_answered ON pls.drafts IS 'A reply stops scheduled follow-ups.';

CREATE FUNCTION pls_internal.normal_opt_out() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key CONSTANT text := pls_internal.folded_id(pls_internal.normal_user(NEW.id));
BEGIN
    IF key IS NULL OR key = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('the id of a user or account has 1 to %s bytes', pls_internal.limit_of('id')),
            HINT = 'Give the id or address of a user, or the id of an account.';
    END IF;
    NEW.id := key;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.normal_opt_out IS
    'Trigger: an id in pls.opt_outs is kept without blanks around it and in lower case, an address in its normal form. Error 22023: it is empty or too long.';
CREATE TRIGGER normal_opt_out BEFORE INSERT OR UPDATE ON pls.opt_outs
    FOR EACH ROW EXECUTE FUNCTION pls_internal.normal_opt_out();
COMMENT ON TRIGGER normal_opt_out ON pls.opt_outs IS 'Ids are kept in their normal form.';

CREATE FUNCTION pls_internal.stop_opted_out() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE pls.drafts d SET status = 'stopped', stopped_reason = 'opt-out'
     WHERE d.status = ANY ('{draft,scheduled}')
       AND NEW.id = ANY (pls_internal.opt_out_keys(d.entity_id, d.account_id, d.contact));
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.stop_opted_out IS
    'Trigger of pls.opt_outs: stops all messages to whoever opts out, of every motion.';
CREATE TRIGGER stop_opted_out AFTER INSERT OR UPDATE ON pls.opt_outs
    FOR EACH ROW WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('stop_opted_out');
COMMENT ON TRIGGER stop_opted_out ON pls.opt_outs IS 'An opt-out stops all messages.';

/* ---- what people call ---- */

CREATE FUNCTION pls_internal.refuse_unknown_draft(draft_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'no_data_found',
        MESSAGE = format('draft %s does not exist', coalesce(refuse_unknown_draft.draft_id::text, 'NULL')),
        HINT = 'pls.drafts lists the drafts of the alerts that you see.';
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_unknown_draft IS 'Raises P0002: there is no such draft.';

CREATE FUNCTION pls_internal.refuse_others_draft(draft_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
        MESSAGE = format('draft %s is another rep''s', refuse_others_draft.draft_id),
        DETAIL = format('Role "%s" may change drafts of its own reps and of their alerts.', current_user),
        HINT = 'Ask the rep, or a role with access of kind revops.';
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_others_draft IS 'Raises 42501: the role sees a draft and may not change it.';

-- The next message of an alert that has been written to.
CREATE FUNCTION pls_internal.next_follow_up(motion text, last pls.drafts) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (SELECT t.template
              FROM pls.templates t
              LEFT JOIN pls.templates b ON b.motion = t.motion AND b.template = last.template AND b.kind = 'follow_up'
             WHERE t.motion = next_follow_up.motion AND t.kind = 'follow_up' AND t.enabled AND t.language = last.language
               AND (last.kind <> 'follow_up' OR (t.position, t.template) > (coalesce(b.position, 2147483647), last.template))
             ORDER BY t.position, t.template LIMIT 1);
END;
$$;
COMMENT ON FUNCTION pls_internal.next_follow_up IS
    'The template of the follow-up after a message, by position, in the same language; NULL: it was the last.';

CREATE FUNCTION pls.draft(alert_id bigint, template text DEFAULT NULL) RETURNS pls.drafts
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '900ms'
AS $$
#variable_conflict use_column
DECLARE
    made pls.drafts;
    last pls.drafts;
BEGIN
    IF draft.alert_id IS NULL OR NOT EXISTS (SELECT FROM pls.alerts a WHERE a.alert_id = draft.alert_id) THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN draft.alert_id IS NULL THEN 'null_value_not_allowed' ELSE 'no_data_found' END,
            MESSAGE = CASE WHEN draft.alert_id IS NULL THEN 'a message is drafted for an alert'
                           ELSE format('alert %s does not exist', draft.alert_id) END,
            DETAIL = 'Messages go to entities that have qualified by what they do in the product. A generic sequence for a list of addresses is not supported.',
            HINT = pls_internal.no_bulk_hint();
    END IF;
    IF draft.template IS NULL THEN
        SELECT d.* INTO last FROM pls.drafts d
         WHERE d.alert_id = draft.alert_id AND d.status IN ('sent', 'scheduled') AND d.kind <> ALL ('{call_opener,discovery}')
         ORDER BY d.draft_id DESC LIMIT 1;
        IF last.status = 'scheduled' THEN
            RETURN last;
        ELSIF last.status = 'sent' THEN
            RETURN pls_internal.follow_up(last, true);
        END IF;
    END IF;
    INSERT INTO pls.drafts (alert_id, template) VALUES (draft.alert_id, draft.template)
    RETURNING * INTO made;
    IF made.kind <> ALL ('{call_opener,discovery}') THEN
        UPDATE pls.drafts d SET status = 'stopped', stopped_reason = 'replaced'
         WHERE d.alert_id = draft.alert_id AND d.status = 'draft' AND d.draft_id <> made.draft_id
           AND d.kind <> ALL ('{call_opener,discovery}');
    END IF;
    RETURN made;
EXCEPTION WHEN lock_not_available THEN
    PERFORM pls_internal.refuse_work(draft.alert_id);
END;
$$;
COMMENT ON FUNCTION pls.draft IS
'Fills in a template of the motion for an alert and returns the new row of pls.drafts; an unsent one before it is stopped (replaced). template NULL: for an alert that was not written to, expansion where that or ACV lift is the motion''s objective, early_intent in the triage lane or below qualify_at, else high_intent, of these the one that names most signals, all of them met; of several the first by position, then by name; one that names none comes last. Afterwards the next follow-up. For several alerts: pls.draft_all(). Errors: 22004 (no alert given), P0002 (no such alert), 42704 (no such template), 22023 (pls.lint_template() rejects it), 42501 (another rep''s alert), 55P03; 55000: the alert is closed or has no rep, the motion is not running, no approved signal is met, the template names one that is not met, a placeholder has no value, or there is no further follow-up; 23514: opted out, excluded or a customer (drafts_contact_allowed), held out (drafts_not_held_out), consent is missing (drafts_consent), a rule forbids it (drafts_rule); 53400: the account''s touch limit (drafts_touch_limit) or the rep''s daily quota (drafts_daily_capacity) is reached.';

-- What an error says, without the words that each row would repeat.
CREATE FUNCTION pls_internal.refusal_text(message text, detail text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT concat_ws('. ', regexp_replace(refusal_text.message, '^no message can be drafted for alert [0-9]+: ', ''), nullif(refusal_text.detail, ''))
$$;
COMMENT ON FUNCTION pls_internal.refusal_text IS
    'Message and detail of an error of pls.draft(), for a table of alerts.';

-- One alert, in a subtransaction of its own.
CREATE FUNCTION pls_internal.draft_or_reason(alert_id bigint, OUT draft_id bigint, OUT template text, OUT code text, OUT rule text, OUT reason text, OUT hint text)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    said   text;
    detail text;
BEGIN
    SELECT d.draft_id, d.template INTO draft_or_reason.draft_id, draft_or_reason.template
      FROM pls.draft(draft_or_reason.alert_id) d;
EXCEPTION WHEN check_violation OR configuration_limit_exceeded OR object_not_in_prerequisite_state OR invalid_parameter_value
            OR undefined_object OR insufficient_privilege OR lock_not_available OR no_data_found THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
                            hint = PG_EXCEPTION_HINT, rule = CONSTRAINT_NAME;
    reason := pls_internal.refusal_text(said, detail);
END;
$$;
COMMENT ON FUNCTION pls_internal.draft_or_reason IS
    'Part of pls.draft_all(): the draft for an alert, or SQLSTATE, constraint, reason and hint of its refusal. Errors that pls.draft() does not name are raised.';

CREATE FUNCTION pls_internal.check_draft_all(rep text, at_most integer) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF check_draft_all.at_most IS NULL OR check_draft_all.at_most NOT BETWEEN 1 AND pls_internal.most_drafts_a_day() THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('at_most must be between 1 and %s', pls_internal.most_drafts_a_day()),
            HINT = pls_internal.no_bulk_hint();
    ELSIF check_draft_all.rep IS NOT NULL AND NOT EXISTS (SELECT FROM pls.reps r WHERE r.rep = check_draft_all.rep) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('rep "%s" does not exist', check_draft_all.rep),
            HINT = 'See pls.reps.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_draft_all IS
    'Part of pls.draft_all(): refuses a number of alerts that is too large (22023) and an unknown rep (42704).';

-- Each alert costs a subtransaction, so they are few: a click, never a bulk
-- send.
CREATE FUNCTION pls.draft_all(motion text, at_most integer DEFAULT 20, rep text DEFAULT NULL)
    RETURNS TABLE (alert_id bigint, entity_id text, draft_id bigint, template text, code text, reason text, hint text)
    LANGUAGE plpgsql VOLATILE ROWS 20
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play  CONSTANT pls.motions := pls_internal.motion_named(motion);
    reps  CONSTANT text[] := CASE WHEN draft_all.rep IS NOT NULL THEN ARRAY[draft_all.rep] ELSE nullif(pls_internal.my_reps(), '{}') END;
    whole text[] := '{}';                   -- reps whose day is full
    next  record;
    made  record;
BEGIN
    PERFORM pls_internal.check_draft_all(draft_all.rep, draft_all.at_most);
    FOR next IN
        SELECT o.alert_id, o.entity_id, o.assigned_to
          FROM pls.open_alerts o
         WHERE o.motion = (play).motion AND o.status <> 'snoozed'
           AND CASE WHEN reps IS NULL THEN o.assigned_to IS NOT NULL ELSE o.assigned_to = ANY (reps) END
           AND NOT EXISTS (SELECT FROM pls.drafts d
                            WHERE d.alert_id = o.alert_id AND d.status <> 'stopped' AND d.kind <> ALL ('{call_opener,discovery}'))
         ORDER BY o.overdue DESC, o.time_left, o.score DESC, o.alert_id
    LOOP
        CONTINUE WHEN next.assigned_to = ANY (whole);
        made := pls_internal.draft_or_reason(next.alert_id);
        IF made.rule = 'drafts_daily_capacity' THEN
            whole := whole || next.assigned_to;
        END IF;
        alert_id := next.alert_id;
        entity_id := pls_internal.wrapped(next.entity_id, 16);
        draft_id := made.draft_id;
        template := pls_internal.wrapped(made.template, 13);
        code := made.code;
        reason := pls_internal.wrapped(made.reason, 25);
        hint := pls_internal.wrapped(made.hint, 24);
        RETURN NEXT;
        at_most := at_most - 1;
        EXIT WHEN at_most = 0;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls.draft_all IS
'Drafts first messages, as pls.draft() does, for open alerts of a motion that have none, the most urgent first, and returns a row for each: draft_id and template, or code (SQLSTATE), reason and hint of the refusal (code NULL: there is a draft). rep: whose alerts; NULL: those of the role''s own reps, or of all reps for a role that is none. at_most: how many alerts are tried, 1 to 100. It goes on after a refusal, but not with a rep whose daily quota is reached: that is the rep''s last row. Snoozed alerts are left out. Nothing is sent: read each, then pls.sent(). Texts are wrapped for psql; the messages are in pls.drafts. Errors: 42704 no such motion or rep, 22023 another number of alerts.';

CREATE FUNCTION pls_internal.follow_up(last pls.drafts, required boolean) RETURNS pls.drafts
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    next CONSTANT text := pls_internal.next_follow_up(last.motion, last);
    made pls.drafts;
BEGIN
    IF next IS NULL AND required OR last.replied_at IS NOT NULL THEN
        PERFORM pls_internal.refuse_draft(last.alert_id,
            CASE WHEN last.replied_at IS NULL THEN 'all its follow-ups were sent' ELSE 'it was answered' END, NULL,
            'Call, or dispose of the alert; name a template to write something else.');
    ELSIF next IS NOT NULL THEN
        INSERT INTO pls.drafts (alert_id, template, follows) VALUES (last.alert_id, next, last.draft_id)
        RETURNING * INTO made;
    END IF;
    RETURN made;
END;
$$;
COMMENT ON FUNCTION pls_internal.follow_up IS
    'Schedules the follow-up after a sent message. NULL: it was the last one. required: then error 55000.';

CREATE FUNCTION pls.sent(draft_id bigint) RETURNS pls.drafts
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '900ms'
AS $$
#variable_conflict use_column
DECLARE
    mine pls.drafts;
    next pls.drafts;
    code text;
    why  text;
BEGIN
    SELECT d.* INTO mine FROM pls.drafts d WHERE d.draft_id = sent.draft_id;
    IF NOT FOUND THEN
        PERFORM pls_internal.refuse_unknown_draft(sent.draft_id);
    END IF;
    -- the alert first, as whoever disposes of it has it first
    PERFORM pls_internal.held_alert_entity(mine.alert_id, true);
    SELECT d.* INTO mine FROM pls.drafts d WHERE d.draft_id = sent.draft_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM pls_internal.refuse_others_draft(sent.draft_id);
    END IF;
    IF mine.status NOT IN ('draft', 'scheduled') THEN
        PERFORM pls_internal.refuse_change_of_draft(mine, format('draft %s is %s', mine.draft_id, mine.status),
            'Only drafts that are draft or scheduled can be sent; pls.draft() makes another one.');
    END IF;
    UPDATE pls.drafts d SET status = 'sent' WHERE d.draft_id = mine.draft_id RETURNING d.* INTO mine;
    PERFORM pls.touch(mine.alert_id);
    IF mine.kind <> ALL ('{call_opener,discovery}') THEN
        BEGIN
            next := pls_internal.follow_up(mine, false);
        EXCEPTION WHEN check_violation OR configuration_limit_exceeded OR object_not_in_prerequisite_state OR invalid_parameter_value THEN
            -- this one was sent all the same
            GET STACKED DIAGNOSTICS why = MESSAGE_TEXT, code = RETURNED_SQLSTATE;
            RAISE WARNING USING MESSAGE = 'no follow-up was scheduled', ERRCODE = code, DETAIL = why || '.';
        END;
    END IF;
    RETURN mine;
EXCEPTION WHEN lock_not_available THEN
    PERFORM pls_internal.refuse_work(mine.alert_id);
END;
$$;
COMMENT ON FUNCTION pls.sent IS
'Says that a draft was sent (a call opener or discovery prompts: used): touches its alert and schedules the next follow-up of the motion, if there is one; a warning says why not. Call it before the message leaves, in the transaction that hands it over: it asks again whether it may go to its reader. Returns the row. Errors: P0002 (no such draft), 42501 (another rep''s), 55000 (it was sent or stopped before, its alert is closed or was reassigned, its motion is not running, or it needs a review), 53400 (the account''s touch limit: drafts_touch_limit), 23514 (whoever reads it has opted out, is excluded or a customer by now, is held out, consent is missing, or a rule forbids it: the constraints of pls.draft()), 55P03.';

CREATE FUNCTION pls.replied(draft_id bigint DEFAULT NULL, alert_id bigint DEFAULT NULL) RETURNS pls.drafts
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    mine     pls.drafts;
    answered pls.drafts;
BEGIN
    SELECT d.* INTO mine FROM pls.drafts d
     WHERE d.draft_id = replied.draft_id
        OR replied.draft_id IS NULL AND d.alert_id = replied.alert_id AND d.status = 'sent'
     ORDER BY d.draft_id DESC LIMIT 1;
    IF NOT FOUND AND replied.draft_id IS NULL AND replied.alert_id IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'no_data_found',
            MESSAGE = format('no message was sent for alert %s', replied.alert_id),
            HINT = 'pls.drafts lists the drafts of the alerts that you see.';
    ELSIF NOT FOUND THEN
        PERFORM pls_internal.refuse_unknown_draft(replied.draft_id);
    ELSIF mine.status <> 'sent' THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('draft %s was not sent', mine.draft_id),
            HINT = format('SELECT pls.sent(%s) first.', mine.draft_id);
    END IF;
    UPDATE pls.drafts d SET replied_at = pls.now() WHERE d.draft_id = mine.draft_id RETURNING d.* INTO answered;
    IF NOT FOUND THEN
        PERFORM pls_internal.refuse_others_draft(mine.draft_id);
    END IF;
    RETURN answered;
END;
$$;
COMMENT ON FUNCTION pls.replied IS
'Says that a message was answered, given by its draft, or as the last one sent for an alert: stops the follow-ups. Returns the row; the first reply counts. Errors: P0002 (no such draft, or none was sent for the alert), 42501 (another rep''s), 55000 (it was not sent).';

CREATE FUNCTION pls.approve_draft(draft_id bigint) RETURNS pls.drafts
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    mine pls.drafts;
BEGIN
    UPDATE pls.drafts d SET reviewed_at = pls.now(), reviewed_by = current_user
     WHERE d.draft_id = approve_draft.draft_id RETURNING d.* INTO mine;
    IF NOT FOUND THEN
        PERFORM pls_internal.refuse_unknown_draft(approve_draft.draft_id);
    END IF;
    RETURN mine;
END;
$$;
COMMENT ON FUNCTION pls.approve_draft IS
'Approves a draft that needs a review (pls.outreach_rules), so that it can be sent. For roles with access of kind revops. Error P0002: no such draft.';

CREATE FUNCTION pls.opt_out(id text, reason text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF coalesce(btrim(opt_out.id), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'id must not be empty',
            HINT = 'Pass the id or address of a user, or the id of an account.';
    END IF;
    INSERT INTO pls.opt_outs (id, reason) VALUES (opt_out.id, opt_out.reason) ON CONFLICT DO NOTHING;
    IF NOT pls_internal.is_somebody(opt_out.id) THEN
        RAISE NOTICE USING
            MESSAGE = format('nobody is known here by the id or address "%s"', btrim(opt_out.id)),
            DETAIL = 'It is kept in pls.opt_outs, and holds as soon as somebody comes under it.',
            HINT = 'Check the spelling: ids are those of pls.accounts and pls.users.';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls.opt_out IS
'Notes that a person (by id or email address) or a whole account wants no more messages: what is drafted or scheduled is stopped, and pls.draft() refuses from now on, in every motion. Alerts are still raised; to keep them away, too, add a row to pls.exclusions. The id may be one of several that stand for the same (pls.account_aliases, pls.user_aliases), its case and blanks around it make no difference. An id or address that is of nobody whom the role sees is kept all the same, with a notice. Again: nothing changes. For many at once, insert rows into pls.opt_outs. Errors: 22004 no id, 22023 it is too long.';

/* ---- what is due ---- */

CREATE VIEW pls.follow_ups_due WITH (security_invoker = true, security_barrier = true) AS
    SELECT d.draft_id, d.alert_id, d.motion, d.entity_id, d.contact, d.rep, d.template, d.subject, d.body, d.due_at, d.follows
      FROM pls.drafts d
      JOIN pls.alerts a ON a.alert_id = d.alert_id AND a.closed_at IS NULL AND a.assigned_to = d.rep
      JOIN pls.motions m ON m.motion = d.motion AND m.status <> ALL ('{draft,paused}')
     WHERE d.status = 'scheduled' AND d.due_at <= pls.now()
       AND (d.review_reason IS NULL OR d.reviewed_at IS NOT NULL);
COMMENT ON VIEW pls.follow_ups_due IS
    'Follow-ups that are to be sent now, for reps and workers, while their motion runs; call pls.sent(draft_id) in the transaction that hands one over.';
COMMENT ON COLUMN pls.follow_ups_due.draft_id IS 'Number of the draft, for pls.sent().';
COMMENT ON COLUMN pls.follow_ups_due.alert_id IS 'The alert.';
COMMENT ON COLUMN pls.follow_ups_due.motion IS 'The motion.';
COMMENT ON COLUMN pls.follow_ups_due.entity_id IS 'The user or account.';
COMMENT ON COLUMN pls.follow_ups_due.contact IS 'The person it goes to. NULL: not known.';
COMMENT ON COLUMN pls.follow_ups_due.rep IS 'The rep in whose name it is written.';
COMMENT ON COLUMN pls.follow_ups_due.template IS 'The template.';
COMMENT ON COLUMN pls.follow_ups_due.subject IS 'The subject.';
COMMENT ON COLUMN pls.follow_ups_due.body IS 'The text.';
COMMENT ON COLUMN pls.follow_ups_due.due_at IS 'Since when it is due.';
COMMENT ON COLUMN pls.follow_ups_due.follows IS 'The draft that it follows up.';

CREATE VIEW pls.message_results WITH (security_invoker = true) AS
    SELECT d.motion, d.template, d.kind,
           count(*) AS drafted,
           count(*) FILTER (WHERE d.status = 'sent') AS sent,
           count(d.replied_at) AS replied,
           round(count(d.replied_at)::numeric / nullif(count(*) FILTER (WHERE d.status = 'sent'), 0), 3) AS reply_rate,
           count(*) FILTER (WHERE d.status = 'scheduled') AS scheduled,
           count(*) FILTER (WHERE d.status = 'stopped') AS stopped
      FROM pls.drafts d
     GROUP BY d.motion, d.template, d.kind;
COMMENT ON VIEW pls.message_results IS
    'What became of the messages of each template, of the alerts that the reader sees.';
COMMENT ON COLUMN pls.message_results.motion IS 'The motion.';
COMMENT ON COLUMN pls.message_results.template IS 'The template.';
COMMENT ON COLUMN pls.message_results.kind IS 'Its kind.';
COMMENT ON COLUMN pls.message_results.drafted IS 'How many were made, scheduled ones included.';
COMMENT ON COLUMN pls.message_results.sent IS 'How many were sent.';
COMMENT ON COLUMN pls.message_results.replied IS 'How many were answered.';
COMMENT ON COLUMN pls.message_results.reply_rate IS 'Share of the sent ones that were answered, 0 to 1. NULL: none was sent.';
COMMENT ON COLUMN pls.message_results.scheduled IS 'How many follow-ups wait.';
COMMENT ON COLUMN pls.message_results.stopped IS 'How many were stopped before they were sent.';
