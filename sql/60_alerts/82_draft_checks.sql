/* 82_draft_checks.sql - whether a message may be drafted, and its text.
 *
 * Everything here is PL/pgSQL that a trigger of pls.drafts runs as the owner.
 * Each refusal says what would have to be so instead.
 */

CREATE FUNCTION pls_internal.no_bulk_hint() RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN 'Run a targeted pilot instead: define the signals that show value, pls.preview() the entities that qualify, pls.start_pilot(), and draft for its alerts: SELECT * FROM pls.draft_all(''MOTION'');';
COMMENT ON FUNCTION pls_internal.no_bulk_hint IS 'What to do instead of a bulk send, for hints.';

CREATE FUNCTION pls_internal.most_drafts_a_day() RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN 100;
COMMENT ON FUNCTION pls_internal.most_drafts_a_day IS
    'How many alerts a rep without daily_quota may have drafts for in a day.';

/* ---- whom ---- */

CREATE FUNCTION pls_internal.refuse_draft(alert_id bigint, why text, detail text, hint text, condition text DEFAULT 'object_not_in_prerequisite_state', rule text DEFAULT '', draft_id bigint DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    what CONSTANT text := CASE WHEN refuse_draft.draft_id IS NULL THEN format('no message can be drafted for alert %s: %s', refuse_draft.alert_id, why)
                               ELSE format('draft %s must not be sent: %s', refuse_draft.draft_id, why) END;
BEGIN
    -- an empty detail is printed, too
    IF refuse_draft.detail IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = condition, MESSAGE = what, HINT = refuse_draft.hint,
            SCHEMA = 'pls', TABLE = 'drafts', CONSTRAINT = rule;
    END IF;
    RAISE EXCEPTION USING ERRCODE = condition, MESSAGE = what, DETAIL = refuse_draft.detail, HINT = refuse_draft.hint,
        SCHEMA = 'pls', TABLE = 'drafts', CONSTRAINT = rule;
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_draft IS
    'Raises the error that no message can be drafted for an alert, or that one that was drafted (draft_id) must not be sent, with this condition (55000) and constraint.';

CREATE FUNCTION pls_internal.refuse_change_of_draft(draft pls.drafts, message text, hint text) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF draft.status = 'stopped' THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = message,
            DETAIL = format('It was stopped: %s.', draft.stopped_reason), HINT = hint;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = message, HINT = hint;
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_change_of_draft IS
    'Raises 55000 with this message and hint: a draft is past what is asked; says why it was stopped, if it was.';

CREATE FUNCTION pls_internal.refuse_unreviewed(draft_id bigint, reason text) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
        MESSAGE = format('draft %s needs a review before it is sent', refuse_unreviewed.draft_id),
        DETAIL = format('The reason is: %s.', refuse_unreviewed.reason),
        HINT = format('A role with access of kind revops approves it: SELECT pls.approve_draft(%s);', refuse_unreviewed.draft_id);
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_unreviewed IS 'Raises 55000: a draft needs a review for this reason.';

CREATE FUNCTION pls_internal.reader_of(alert pls.alerts, contact text, OUT account pls.accounts, OUT member pls.users)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known record;
BEGIN
    SELECT k.* INTO known FROM pls_internal.known_of(alert.unit, alert.entity_id) k;
    account := known.account;
    member := CASE WHEN alert.unit = 'account' AND contact IS NOT NULL THEN pls_internal.known_user(contact) ELSE known.member END;
END;
$$;
COMMENT ON FUNCTION pls_internal.reader_of IS
    'Who reads a message for an alert: its account (account_id NULL: not known) and the person, who is the user of an alert about a user, else contact (NULL: nobody is named).';

CREATE FUNCTION pls_internal.check_running(alert_id bigint, motion text, status text, draft_id bigint DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF status IS NULL OR status IN ('draft', 'paused') THEN
        PERFORM pls_internal.refuse_draft(alert_id, format('motion "%s" is %s', motion, coalesce(status, 'gone')), NULL,
            format('Messages are %s while the motion is in status pilot or live.', CASE WHEN draft_id IS NULL THEN 'drafted' ELSE 'sent' END),
            draft_id => check_running.draft_id);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_running IS
    'Refuses (55000) a message of a motion that is a draft, paused or gone (status NULL); draft_id: it is to be sent, NULL: it is to be drafted.';

-- By exclusions of either scope: an actor that counts for nothing is written
-- to no more than an entity that raises no alert.
CREATE FUNCTION pls_internal.contact_exclusion(motion text, account pls.accounts, member pls.users) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN coalesce(
        (SELECT x.exclusion FROM pls_internal.exclusion_of(contact_exclusion.motion, member.user_id, account, member) x),
        (SELECT format('%s (%s)', x.reason, x.name) FROM pls.exclusions x
          WHERE x.enabled AND x.scope = 'actor' AND (x.motion IS NULL OR x.motion = contact_exclusion.motion)
            AND (x.ids && pls_internal.names_of_contact(member.user_id)
                 OR pls_internal.domain_of_member(member.user_id, member.email) = ANY (x.domains))
          ORDER BY x.name COLLATE "C" LIMIT 1));
END;
$$;
COMMENT ON FUNCTION pls_internal.contact_exclusion IS
    'Reason and name of the first exclusion, of scope entity or actor, that a person of an account meets; NULL: none.';

-- Whoever had an open alert before is worked to its end.  Later there can be
-- one all the same: of an entity that came into the pilot's segment since.
CREATE FUNCTION pls_internal.held_out_since(play pls.motions, entity_id text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT CASE WHEN h.pilot IS NULL
                    -- nothing says when pls.motions.holdout was written
                    THEN (SELECT min(d.decided_at) FROM pls.decisions d
                           WHERE d.motion = (play).motion AND d.entity_id = held_out_since.entity_id AND d.reason = 'held_out')
                    ELSE (SELECT greatest(p.starts_at, p.started_at) FROM pls.pilots p WHERE p.pilot = h.pilot) END
          FROM pls_internal.holdout_of(play, held_out_since.entity_id, pls_internal.attributes_of((play).motion, held_out_since.entity_id),
                                       pls_internal.grade_of((play).motion, held_out_since.entity_id), pls.now()) h
         WHERE h.holdout > 0 AND pls_internal.is_held_out(h.holdout, h.salt, held_out_since.entity_id));
END;
$$;
COMMENT ON FUNCTION pls_internal.held_out_since IS
    'Since when an entity that is held out now has been: since the running pilot began; by pls.motions.holdout, since the first decision that it is. NULL: it is not held out, or no decision has said so.';

CREATE FUNCTION pls_internal.check_contact(alert pls.alerts, play pls.motions, account pls.accounts, member pls.users, draft_id bigint DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    why text;
    who text := pls_internal.opt_out_of(alert.entity_id, account.account_id, member.user_id);
BEGIN
    IF who IS NOT NULL THEN
        PERFORM pls_internal.refuse_draft(alert.alert_id, 'it would go to somebody who has opted out',
            format('"%s" is in pls.opt_outs.', who), 'Dispose of the alert, or choose another person to talk to.',
            'check_violation', 'drafts_contact_allowed', check_contact.draft_id);
    END IF;
    SELECT r.detail INTO why
      FROM pls_internal.contact_rule(play, alert.entity_id, account,
               CASE WHEN alert.unit = 'user' THEN member END, pls.now()) r;
    IF why IS NULL AND member.user_id IS NOT NULL THEN
        why := pls_internal.contact_exclusion(play.motion, account, member);
    END IF;
    IF why IS NOT NULL THEN
        PERFORM pls_internal.refuse_draft(alert.alert_id, 'the entity or the person is not to be contacted',
            format('The reason is: %s.', why), 'Dispose of the alert. Whom nobody contacts is in pls.exclusions and pls.outcomes.',
            'check_violation', 'drafts_contact_allowed', check_contact.draft_id);
    END IF;
    IF alert.created_at > pls_internal.held_out_since(play, alert.entity_id) THEN
        PERFORM pls_internal.refuse_draft(alert.alert_id, 'it is held out of the motion',
            'A message would bias the comparison between the two arms.', 'Wait until the pilot is over.',
            'check_violation', 'drafts_not_held_out', check_contact.draft_id);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_contact IS
    'Refuses (23514, constraints drafts_contact_allowed and drafts_not_held_out) a message to whoever has opted out, is excluded, is a customer already or was held out before the alert was raised; draft_id: the message that is to be sent, NULL: one is to be drafted.';

CREATE FUNCTION pls_internal.outreach_document(account pls.accounts, member pls.users) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN pls_internal.account_document(account) || pls_internal.user_document(member);
END;
$$;
COMMENT ON FUNCTION pls_internal.outreach_document IS
    'What the predicates of pls.outreach_rules see: the attributes of the account and, before them, of the person.';

CREATE FUNCTION pls_internal.check_outreach_rules(alert pls.alerts, document jsonb, draft_id bigint DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    rule pls.outreach_rules;
    review text;
BEGIN
    FOR rule IN SELECT o.* FROM pls.outreach_rules o
                 WHERE o.enabled AND (o.motion IS NULL OR o.motion = alert.motion)
                   AND pls_internal.holds(document, o.predicate)
                 ORDER BY array_position('{refuse,needs_consent,needs_review}', o.effect), o.name COLLATE "C" LOOP
        IF rule.effect = 'refuse' THEN
            PERFORM pls_internal.refuse_draft(alert.alert_id, format('rule "%s" forbids it', rule.name),
                format('The reason is: %s.', rule.reason), 'See pls.outreach_rules.', 'check_violation', 'drafts_rule', check_outreach_rules.draft_id);
        ELSIF rule.effect = 'needs_consent' AND pls_internal.holds(document, rule.consent_match) IS NOT TRUE THEN
            PERFORM pls_internal.refuse_draft(alert.alert_id, format('rule "%s" asks for consent, and there is none', rule.name),
                format('The reason is: %s. Consent is: %s.', rule.reason, rule.consent_match),
                'Obtain consent and record it in the attributes of the user or account; the product itself may ask for it.',
                'check_violation', 'drafts_consent', check_outreach_rules.draft_id);
        ELSIF rule.effect = 'needs_review' THEN
            review := concat_ws('; ', review, rule.reason);
        END IF;
    END LOOP;
    RETURN review;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_outreach_rules IS
    'Refuses (23514, constraints drafts_rule and drafts_consent) what pls.outreach_rules forbid for this document; why a message needs a review; NULL: it needs none.';

/* ---- how many ---- */

CREATE FUNCTION pls_internal.check_touch_limit(alert pls.alerts, play pls.motions, draft_id bigint DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    sent CONSTANT timestamptz[] := (SELECT m.sent FROM pls_internal.recent_messages(play, alert.entity_id, alert.account_id, pls.now()) m);
BEGIN
    IF cardinality(sent) >= play.touch_limit THEN
        PERFORM pls_internal.refuse_draft(alert.alert_id, 'the touch limit is reached',
            format('%s went to the account within %s, and the motion allows %s.',
                   CASE cardinality(sent) WHEN 1 THEN '1 message' ELSE cardinality(sent) || ' messages' END, play.touch_window, play.touch_limit),
            format('Wait until %s.', pls_internal.utc_text(pls_internal.later(sent[play.touch_limit], play.touch_window))),
            'configuration_limit_exceeded', 'drafts_touch_limit', check_touch_limit.draft_id);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_touch_limit IS
    'Refuses (53400, constraint drafts_touch_limit) a first message beyond the motion''s touch limit; draft_id: it is to be sent, NULL: it is to be drafted.';

CREATE FUNCTION pls_internal.check_daily_capacity(alert pls.alerts, sender pls.reps) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    midnight CONSTANT timestamptz := timezone(sender.time_zone, date_trunc('day', timezone(sender.time_zone, pls.now())));
    quota CONSTANT numeric := coalesce(sender.daily_quota, pls_internal.most_drafts_a_day());
BEGIN
    -- Two sessions count one after the other.  Callers wait less than a second.
    PERFORM pg_advisory_xact_lock(hashtextextended('pls.drafts of ' || sender.rep, 0));
    IF (SELECT count(DISTINCT d.alert_id)
          FROM pls.drafts d
         WHERE d.rep = sender.rep AND d.follows IS NULL AND d.alert_id <> alert.alert_id
           AND d.created_at >= midnight) >= ceil(quota) THEN
        PERFORM pls_internal.refuse_draft(alert.alert_id, format('rep "%s" has as many drafts as a day allows', sender.rep),
            format('Messages are answered by people: a rep has drafts for %s alerts a day at most.', trim_scale(quota)),
            'Draft the others tomorrow, or reassign them; a bulk send beyond the capacity of the reps is not supported.',
            'configuration_limit_exceeded', 'drafts_daily_capacity');
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_daily_capacity IS
    'Refuses (53400, constraint drafts_daily_capacity) a first message of a day beyond the rep''s daily quota, a fraction rounded up (pls_internal.most_drafts_a_day() if there is none).';

/* ---- what ---- */

CREATE FUNCTION pls_internal.marks_of(message text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ARRAY(SELECT m.f[1] FROM regexp_matches(marks_of.message, $p$\{\{[^{}\n]*\}\}$p$, 'g') WITH ORDINALITY AS m (f, place) ORDER BY m.place)
$$;
COMMENT ON FUNCTION pls_internal.marks_of IS
    'The placeholders of a text as they are written, in their order.';

-- A message goes out as its author wrote it: plain characters are for judging.
CREATE FUNCTION pls_internal.message_form(message text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    plain CONSTANT text := pls_internal.plain_characters(message);
BEGIN
    RETURN CASE WHEN pls_internal.marks_of(message) = pls_internal.marks_of(plain) THEN message ELSE plain END;
END;
$$;
COMMENT ON FUNCTION pls_internal.message_form IS
    'The text of a template, ready to be filled in: with plain characters if a placeholder cannot be read without.';

-- One pass: what a placeholder prints is not looked at again.
CREATE FUNCTION pls_internal.fill_in(message text, provenance jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    pieces CONSTANT text[] := regexp_split_to_array(message, $p$\{\{[^{}\n]*\}\}$p$);
    marks  CONSTANT text[] := pls_internal.marks_of(message);
    filled text := pieces[1];
BEGIN
    FOR i IN 1 .. cardinality(marks) LOOP
        filled := filled || (provenance -> marks[i] ->> 'value') || pieces[i + 1];
    END LOOP;
    RETURN filled;
END;
$$;
COMMENT ON FUNCTION pls_internal.fill_in IS
    'A text with its placeholders replaced by their values (pls.drafts.provenance); values are not searched for placeholders. NULL: NULL, or a placeholder has no value.';

CREATE FUNCTION pls_internal.one_line(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT nullif(btrim(left(regexp_replace(one_line.value, '[[:cntrl:][:space:]]+', ' ', 'g'), 120)), '')
$$;
COMMENT ON FUNCTION pls_internal.one_line IS
    'A value for a message: one line of at most 120 characters; NULL: it is empty.';

CREATE FUNCTION pls_internal.placeholder_value(name text, alert pls.alerts, play pls.motions, account pls.accounts, sender pls.reps)
    RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    value  text;
    source text;
    signal text;
    as_of  timestamptz := pls.now();
BEGIN
    IF name = 'account.name' THEN
        source := CASE WHEN account.name <> '' THEN 'pls.accounts.name' WHEN account.domain <> '' THEN 'pls.accounts.domain'
                       WHEN pls_internal.normal_domain(account.account_id) IS NOT NULL THEN 'pls.alerts.account_id' END;
        value := CASE source WHEN 'pls.accounts.name' THEN account.name WHEN 'pls.accounts.domain' THEN account.domain
                             WHEN 'pls.alerts.account_id' THEN account.account_id END;
    ELSIF name = 'product' THEN
        source := 'pls.motions.product';
        -- "Formly, a form builder" is a name and what it is; U+FF0C is the comma of Chinese
        value := split_part(translate(play.product, chr(65292), ','), ',', 1);
    ELSIF name IN ('rep.name', 'rep.email', 'rep.time_zone') THEN
        source := 'pls.reps.' || substr(name, 5);
        value := to_jsonb(sender) ->> substr(name, 5);
    ELSIF name IN ('rep.rep', 'rep.id') THEN
        source := 'pls.reps.rep';
        value := sender.rep;
    ELSIF name LIKE 'rep.%' THEN
        source := 'pls.reps.details.' || substr(name, 5);
        value := sender.details ->> substr(name, 5);
    ELSE
        SELECT s.signal, s.words INTO signal, value FROM pls_internal.outreach_signal(play.motion, substr(name, 8)) s;
        source := 'pls.signals.outreach_words';
        as_of := coalesce(alert.evidence_changed_at, alert.created_at);
    END IF;
    RETURN jsonb_strip_nulls(jsonb_build_object('value', pls_internal.one_line(value), 'source', source, 'signal', signal, 'as_of', as_of));
END;
$$;
COMMENT ON FUNCTION pls_internal.placeholder_value IS
    'What a placeholder, by its name as pls_internal.placeholder_name() has it, prints in a message, and where that comes from: value, source, signal, as_of. Without value: there is none.';

CREATE FUNCTION pls_internal.met_signals(alert pls.alerts) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(s.signal ORDER BY s.signal), '{}')
      FROM jsonb_to_recordset((met_signals.alert).evidence) AS e (signal text, met boolean, points numeric)
      JOIN pls.signals s ON s.motion = (met_signals.alert).motion AND s.signal = e.signal
     WHERE e.met AND e.points > 0 AND s.enabled AND s.approved_for_outreach AND btrim(s.outreach_words) <> ''
$$;
COMMENT ON FUNCTION pls_internal.met_signals IS
    'The signals that the entity of an alert met when its evidence was last looked at, and that may be used in messages.';

-- A cold message is one thing, a signal that nobody has approved another.
CREATE FUNCTION pls_internal.refuse_unapproved(alert pls.alerts) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    held text[];
    best pls.signals;                       -- that takes least to be used
BEGIN
    held := ARRAY(SELECT e.signal FROM jsonb_to_recordset(alert.evidence) AS e (signal text, met boolean, points numeric)
                   WHERE e.met AND e.points > 0 ORDER BY e.signal COLLATE "C");
    SELECT s.* INTO best FROM pls.signals s
     WHERE s.motion = alert.motion AND s.enabled AND s.signal = ANY (held)
     ORDER BY s.approved_for_outreach DESC, coalesce(btrim(s.outreach_words), '') = '', s.signal COLLATE "C" LIMIT 1;
    PERFORM pls_internal.refuse_draft(alert.alert_id, 'no signal that may be used in a message is met',
        CASE WHEN best.signal IS NULL THEN 'A message offers help with what the reader is doing; without a signal it would be a cold one.'
             ELSE format('Met: %s. None of these is approved_for_outreach and has outreach_words.', array_to_string(held, ', ')) END,
        CASE WHEN best.signal IS NULL THEN pls_internal.no_bulk_hint()
             ELSE format('%s: UPDATE pls.signals SET %s WHERE motion = %L AND signal = %L; or call instead.',
                         CASE WHEN best.approved_for_outreach THEN 'Write what it is to be called' ELSE 'Approve one' END,
                         concat_ws(', ', CASE WHEN NOT best.approved_for_outreach THEN 'approved_for_outreach = true' END,
                                   CASE WHEN coalesce(btrim(best.outreach_words), '') = '' THEN 'outreach_words = ''...''' END),
                         alert.motion, best.signal) END,
        rule => 'drafts_signal');
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_unapproved IS
    'Raises 55000 (constraint drafts_signal): no met signal of an alert may be used in a message; says which could be approved, or lacks words.';

CREATE FUNCTION pls_internal.signals_used(motion text, message text) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(DISTINCT coalesce(s.signal, substr(p.name, 8))), '{}')
      FROM pls_internal.placeholders(signals_used.message) p
     CROSS JOIN LATERAL pls_internal.outreach_signal(signals_used.motion, substr(p.name, 8)) s
     WHERE p.name LIKE 'signal.%'
$$;
COMMENT ON FUNCTION pls_internal.signals_used IS
    'The signals that the placeholders of a text name.';

CREATE FUNCTION pls_internal.kind_for(alert pls.alerts, play pls.motions) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN (play).objective = ANY ('{expansion,acv_lift}') THEN 'expansion'
                WHEN (alert).lane = 'triage' OR (alert).score < (play).qualify_at THEN 'early_intent'
                ELSE 'high_intent' END
$$;
COMMENT ON FUNCTION pls_internal.kind_for IS
    'The kind of the first message for an alert: expansion where that (or ACV lift) is the objective, early_intent in the triage lane or below the motion''s qualify_at, else high_intent.';

-- The most specific one: what speaks of more of what the reader is doing comes
-- first, and what speaks of nothing, which would suit anybody, comes last.
CREATE FUNCTION pls_internal.choose_template(alert pls.alerts, play pls.motions, met text[]) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    wanted CONSTANT text := pls_internal.kind_for(alert, play);
    chosen text;
BEGIN
    SELECT t.template INTO chosen FROM pls.templates t
     CROSS JOIN LATERAL (SELECT pls_internal.signals_used(t.motion, concat_ws(' ', t.subject, t.body)) AS signals) u
     WHERE t.motion = play.motion AND t.kind = wanted AND t.enabled AND u.signals <@ met
     ORDER BY cardinality(u.signals) DESC, t.position, t.template COLLATE "C"
     LIMIT 1;
    IF chosen IS NULL THEN
        PERFORM pls_internal.refuse_draft(alert.alert_id, format('no template of kind "%s" fits', wanted),
            format('Templates name signals; those that are met and approved are: %s.', coalesce(nullif(array_to_string(met, ', '), ''), 'none')),
            'Add a row to pls.templates that names one of these, or none; or name the template to be used.');
    END IF;
    RETURN chosen;
END;
$$;
COMMENT ON FUNCTION pls_internal.choose_template IS
    'The template for the first message of an alert: of the kind that it asks for, of those whose signals are all met, the one that names most of them; of several the first by position, then by name. One that names no signal comes last. Error 55000: there is none.';

CREATE FUNCTION pls_internal.template_problem(sample pls.templates) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(concat_ws(': ', l.rule, nullif(l.words, '')), '; ' ORDER BY l.rule, l.words)
      FROM pls_internal.lint_message((template_problem.sample).body, (template_problem.sample).subject,
                                     (template_problem.sample).motion, (template_problem.sample).kind) l
$$;
COMMENT ON FUNCTION pls_internal.template_problem IS
    'What pls.lint_template() finds wrong with a template, in one line; NULL: nothing.';

CREATE FUNCTION pls_internal.checked_template(alert pls.alerts, template text, met text[]) RETURNS pls.templates
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    chosen  pls.templates;
    problem text;
    missing text[];
BEGIN
    SELECT t.* INTO chosen FROM pls.templates t
     WHERE t.motion = alert.motion AND t.template = checked_template.template AND t.enabled;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('motion "%s" has no template "%s"', alert.motion, checked_template.template),
            HINT = format('Use one of: %s.', coalesce((SELECT string_agg(t.template, ', ' ORDER BY t.kind, t.position, t.template)
                                                          FROM pls.templates t WHERE t.motion = alert.motion AND t.enabled), 'none, add rows to pls.templates'));
    END IF;
    problem := pls_internal.template_problem(chosen);
    IF problem IS NOT NULL THEN
        PERFORM pls_internal.refuse_draft(alert.alert_id, format('template "%s" breaks the rules for messages', chosen.template),
            format('It has %s.', left(problem, 500)), 'SELECT * FROM pls.lint_template(body, subject, motion, kind) says what to do instead.',
            'invalid_parameter_value', 'drafts_template');
    END IF;
    missing := ARRAY(SELECT u FROM unnest(pls_internal.signals_used(alert.motion, concat_ws(' ', chosen.subject, chosen.body))) u
                      WHERE u <> ALL (met) ORDER BY u);
    IF missing <> '{}' THEN
        PERFORM pls_internal.refuse_draft(alert.alert_id, format('template "%s" names a signal that is not met', chosen.template),
            format('Not met: %s. Met and approved: %s.', array_to_string(missing, ', '), coalesce(nullif(array_to_string(met, ', '), ''), 'none')),
            'Use another template, or leave the template out to have one chosen.');
    END IF;
    RETURN chosen;
END;
$$;
COMMENT ON FUNCTION pls_internal.checked_template IS
    'A template of the motion of an alert by its name. Errors: 42704 (there is none), 22023 (pls.lint_template() rejects it), 55000 (it names a signal that is not met).';

CREATE FUNCTION pls_internal.provenance_of(sample pls.templates, alert pls.alerts, play pls.motions, account pls.accounts, sender pls.reps)
    RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    found  record;
    value  jsonb;
    result jsonb := '{}';
BEGIN
    FOR found IN SELECT DISTINCT p.written, p.name
                   FROM pls_internal.placeholders(pls_internal.plain_characters(concat_ws(' ', sample.subject, sample.body))) p LOOP
        value := pls_internal.placeholder_value(found.name, alert, play, account, sender);
        IF NOT value ? 'value' THEN
            PERFORM pls_internal.refuse_draft(alert.alert_id, format('placeholder %s has no value', found.written),
                NULL, CASE found.name WHEN 'account.name' THEN 'Set pls.accounts.name of the account.'
                                      WHEN 'product' THEN 'Set pls.motions.product.'
                                      WHEN 'rep.email' THEN format('UPDATE pls.reps SET email = ''...'' WHERE rep = %L;', sender.rep)
                                      ELSE format('Set %s of rep "%s".', coalesce(value ->> 'source', 'the field'), sender.rep) END);
        END IF;
        result := result || jsonb_build_object(found.written, value);
    END LOOP;
    RETURN result;
END;
$$;
COMMENT ON FUNCTION pls_internal.provenance_of IS
    'The values of a template''s placeholders, as pls.drafts.provenance has them. Error 55000: one has none.';

/* ---- the triggers ---- */

-- As whoever inserts: who does not see the alert is told nothing about it.
CREATE FUNCTION pls_internal.allow_draft() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner text;
BEGIN
    PERFORM pls_internal.held_alert_entity(NEW.alert_id, true);
    SELECT a.assigned_to INTO owner FROM pls.alerts a WHERE a.alert_id = NEW.alert_id;
    IF row_security_active('pls.alerts') AND NOT pls_internal.has_access('revops')
       AND owner IS NOT NULL AND NOT owner = ANY (pls_internal.my_reps()) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('alert %s is assigned to rep "%s"', NEW.alert_id, owner),
            DETAIL = format('Role "%s" may draft messages for alerts of its own reps.', current_user),
            HINT = 'Ask the rep, or a role with access of kind revops.';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.allow_draft IS
    'Trigger: refuses a draft for an alert that is not there for the role (P0002), is closed (55000) or is another rep''s (42501).';

-- A follow-up is scheduled for the message it follows; the limits are those
-- of the first one.
CREATE FUNCTION pls_internal.write_draft() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    alert   pls.alerts;
    play    pls.motions;
    sender  pls.reps;
    met     text[];
    chosen  pls.templates;
    before  pls.drafts;
    reader  record;
BEGIN
    SELECT a.* INTO STRICT alert FROM pls.alerts a WHERE a.alert_id = NEW.alert_id;
    SELECT m.* INTO STRICT play FROM pls.motions m WHERE m.motion = alert.motion;
    SELECT r.* INTO sender FROM pls.reps r WHERE r.rep = alert.assigned_to;
    IF NOT FOUND THEN
        PERFORM pls_internal.refuse_draft(alert.alert_id, 'it has no rep', 'A message is written in the name of the rep.',
            format('SELECT pls.reassign(%s, ''REP'');', alert.alert_id));
    END IF;
    PERFORM pls_internal.check_running(alert.alert_id, play.motion, play.status);
    SELECT r.* INTO reader FROM pls_internal.reader_of(alert, alert.next_best_contact) r;
    PERFORM pls_internal.check_contact(alert, play, reader.account, reader.member);
    NEW.review_reason := pls_internal.check_outreach_rules(alert, pls_internal.outreach_document(reader.account, reader.member));
    met := pls_internal.met_signals(alert);
    IF met = '{}' THEN
        PERFORM pls_internal.refuse_unapproved(alert);
    END IF;
    chosen := pls_internal.checked_template(alert, coalesce(NEW.template, pls_internal.choose_template(alert, play, met)), met);
    IF NEW.follows IS NULL THEN
        IF chosen.kind = 'follow_up' AND NOT EXISTS (SELECT FROM pls.drafts d WHERE d.alert_id = alert.alert_id AND d.status = 'sent') THEN
            PERFORM pls_internal.refuse_draft(alert.alert_id, format('template "%s" is a follow-up, and no message was sent before', chosen.template),
                NULL, 'Leave the template out to have a first message chosen.');
        END IF;
        PERFORM pls_internal.check_touch_limit(alert, play);
        PERFORM pls_internal.check_daily_capacity(alert, sender);
    ELSE
        SELECT d.* INTO before FROM pls.drafts d
         WHERE d.draft_id = NEW.follows AND d.alert_id = alert.alert_id AND d.status = 'sent';
        IF NOT FOUND OR chosen.kind <> 'follow_up' THEN
            PERFORM pls_internal.refuse_draft(alert.alert_id, 'a follow-up needs a sent message and a template of kind follow_up', NULL,
                'pls.sent() schedules follow-ups.');
        END IF;
        NEW.due_at := pls_internal.follow_up_due(before.sent_at, chosen.after, sender.calendar);
    END IF;
    NEW.provenance := pls_internal.provenance_of(chosen, alert, play, reader.account, sender);
    NEW.subject := pls_internal.fill_in(pls_internal.message_form(chosen.subject), NEW.provenance);
    NEW.body := pls_internal.fill_in(pls_internal.message_form(chosen.body), NEW.provenance);
    NEW.entity_id := alert.entity_id;
    NEW.unit := alert.unit;
    NEW.motion := alert.motion;
    NEW.account_id := (reader.account).account_id;
    NEW.contact := (reader.member).user_id;
    NEW.rep := sender.rep;
    NEW.template := chosen.template;
    NEW.kind := chosen.kind;
    NEW.language := chosen.language;
    NEW.status := CASE WHEN NEW.follows IS NULL THEN 'draft' ELSE 'scheduled' END;
    NEW.created_at := pls.now();
    NEW.created_by := pls_internal.actor();
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.write_draft IS
    'Trigger of pls.drafts: fills in a new row from its alert_id, template (NULL: chosen) and follows, or refuses it; see pls.draft().';

CREATE FUNCTION pls_internal.follow_up_due(sent_at timestamptz, after interval, calendar text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    at CONSTANT timestamptz := pls_internal.later(sent_at, after);
BEGIN
    RETURN CASE WHEN calendar IS NULL THEN at ELSE pls.due_at(at, '1 second', calendar) - interval '1 second' END;
END;
$$;
COMMENT ON FUNCTION pls_internal.follow_up_due IS
    'When a follow-up is due: so long after the message before it, at the next working time of a calendar (NULL: around the clock).';

-- What a role may do to a draft by UPDATE: say that it was sent or answered,
-- or stop it.
CREATE FUNCTION pls_internal.change_draft() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.status <> OLD.status AND (OLD.status IN ('sent', 'stopped') OR NEW.status IN ('draft', 'scheduled')) THEN
        PERFORM pls_internal.refuse_change_of_draft(OLD, format('draft %s is %s and cannot become %s', OLD.draft_id, OLD.status, NEW.status),
                                                    'Draft another message with pls.draft().');
    ELSIF NEW.status = 'sent' AND OLD.status <> 'sent' THEN
        IF NEW.review_reason IS NOT NULL AND NEW.reviewed_at IS NULL THEN
            PERFORM pls_internal.refuse_unreviewed(OLD.draft_id, NEW.review_reason);
        END IF;
        NEW.sent_at := pls.now();
    ELSIF NEW.status = 'stopped' AND OLD.status <> 'stopped' THEN
        NEW.stopped_at := pls.now();
        NEW.stopped_reason := coalesce(NEW.stopped_reason, 'stopped by hand');
    END IF;
    IF NEW.replied_at IS DISTINCT FROM OLD.replied_at AND NEW.replied_at IS NOT NULL THEN
        NEW.replied_at := coalesce(OLD.replied_at, pls.now());
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.change_draft IS
    'Trigger of pls.drafts: keeps sent_at, replied_at, stopped_at and stopped_reason right. Error 55000: a draft that was sent or stopped becomes something else, or one that needs a review is sent without it.';

-- An UPDATE of pls.drafts comes here, too, and an alert that was reassigned or
-- closed while somebody else held the draft has left it as it was.
CREATE FUNCTION pls_internal.check_still_wanted(draft pls.drafts, alert pls.alerts, play pls.motions) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF alert.alert_id IS NULL OR alert.closed_at IS NOT NULL THEN
        PERFORM pls_internal.refuse_draft(draft.alert_id, format('alert %s is %s', draft.alert_id, coalesce(alert.status, 'gone')),
            NULL, 'Messages are sent while their alert is open.', draft_id => draft.draft_id);
    END IF;
    PERFORM pls_internal.check_running(draft.alert_id, draft.motion, play.status, draft.draft_id);
    IF alert.assigned_to IS DISTINCT FROM draft.rep THEN
        PERFORM pls_internal.refuse_draft(draft.alert_id,
            format('it is written in the name of rep "%s", and the alert is %s now', draft.rep,
                   coalesce(format('rep "%s"''s', alert.assigned_to), 'nobody''s')),
            NULL, format('Draft it again: SELECT * FROM pls.draft(%s);', draft.alert_id), draft_id => draft.draft_id);
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_still_wanted IS
    'Refuses (55000) to send a draft whose alert is closed, another rep''s or gone, or whose motion is not running.';

-- What was allowed when it was drafted may not be any more.
CREATE FUNCTION pls_internal.check_sent() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    alert  pls.alerts;
    play   pls.motions;
    reader record;
    review text;
BEGIN
    SELECT a.* INTO alert FROM pls.alerts a WHERE a.alert_id = NEW.alert_id;
    SELECT m.* INTO play FROM pls.motions m WHERE m.motion = NEW.motion;
    PERFORM pls_internal.check_still_wanted(NEW, alert, play);
    SELECT r.* INTO reader FROM pls_internal.reader_of(alert, NEW.contact) r;
    PERFORM pls_internal.check_contact(alert, play, reader.account, reader.member, NEW.draft_id);
    IF NEW.follows IS NULL THEN
        PERFORM pls_internal.check_touch_limit(alert, play, NEW.draft_id);
    END IF;
    review := pls_internal.check_outreach_rules(alert, pls_internal.outreach_document(reader.account, reader.member), NEW.draft_id);
    IF review IS NOT NULL AND NEW.reviewed_at IS NULL THEN
        PERFORM pls_internal.refuse_unreviewed(NEW.draft_id, review);
    END IF;
    NEW.review_reason := coalesce(NEW.review_reason, review);
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_sent IS
    'Trigger of pls.drafts: whom it goes to is checked again when it is sent: errors of pls_internal.check_still_wanted(), pls_internal.check_contact(), pls_internal.check_touch_limit() and pls_internal.check_outreach_rules(), and 55000 if it needs a review now.';

CREATE TRIGGER allow_draft BEFORE INSERT ON pls.drafts
    FOR EACH ROW WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.allow_draft();
COMMENT ON TRIGGER allow_draft ON pls.drafts IS 'Reps draft for their own alerts.';
CREATE TRIGGER write_draft BEFORE INSERT ON pls.drafts
    FOR EACH ROW WHEN (NOT pls_internal.restoring()) EXECUTE FUNCTION pls_internal.as_owner('write_draft');
COMMENT ON TRIGGER write_draft ON pls.drafts IS 'Texts come from templates.';
CREATE TRIGGER change_draft BEFORE UPDATE ON pls.drafts
    FOR EACH ROW EXECUTE FUNCTION pls_internal.change_draft();
COMMENT ON TRIGGER change_draft ON pls.drafts IS 'Statuses and timestamps follow every UPDATE.';
-- after change_draft, by its name
CREATE TRIGGER check_sent BEFORE UPDATE ON pls.drafts
    FOR EACH ROW WHEN (NEW.status = 'sent' AND OLD.status <> 'sent') EXECUTE FUNCTION pls_internal.as_owner('check_sent');
COMMENT ON TRIGGER check_sent ON pls.drafts IS 'Rules that came since hold, too.';
