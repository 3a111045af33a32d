/* 54_gate_of_work.sql - the quality gate, lines E to H, and the gate as a whole.
 */

CREATE FUNCTION pls_internal.gate_of_workflow(facts pls_internal.gate_facts) RETURNS SETOF pls_internal.gate_line
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play CONSTANT pls.motions := (facts).motion;
    a    record;
    r    record;
    owners text;
    finds text[];
BEGIN
    SELECT count(*) FILTER (WHERE btrim(g.next_best_action) <> '') AS told, count(*) AS signals,
           EXISTS (SELECT FROM pls.routes o WHERE o.motion = (play).motion)
               AND NOT EXISTS (SELECT FROM pls.routes o WHERE o.motion = (play).motion AND btrim(coalesce(o.next_best_action, '')) = '') AS by_route,
           (SELECT count(*) FROM pls.alerts l WHERE l.motion = (play).motion AND pls_internal.is_open(l.status)
               AND (l.next_best_action IS NULL OR l.evidence IS NULL)) AS bare
      INTO a
      FROM pls.signals g WHERE g.motion = (play).motion AND g.enabled AND g.category <> 'outcome' AND g.points > 0;
    RETURN QUERY SELECT 'E1', (a.by_route OR a.signals > 0 AND a.told = a.signals) AND a.bare = 0,
        format('%s of %s signals have one; %s open alerts lack it', a.told, a.signals, a.bare), NULL::text;
    SELECT count(*) AS routes, count(*) FILTER (WHERE (o.respond_within IS NOT NULL OR o.respond_end_of_day) AND EXISTS (
               SELECT FROM pls.pool_members m JOIN pls.reps k ON k.rep = m.rep AND k.active WHERE m.pool = o.pool)) AS whole,
           bool_or(o.predicate IS NULL) AS all_taken
      INTO r
      FROM pls.routes o WHERE o.motion = (play).motion;
    RETURN QUERY SELECT 'E2', coalesce(r.all_taken, false) AND r.whole = r.routes,
        format('%s of %s routes have reps and a limit%s', r.whole, r.routes, CASE WHEN r.all_taken THEN '' ELSE '; no catch-all' END), NULL::text;
    owners := coalesce(nullif(pls_internal.sales_owners((play).motion), 'sales'),
                       (SELECT s.accountable FROM pls.stages s WHERE s.motion = (play).motion AND s.reached_by = 'touch' AND btrim(s.accountable) <> ''
                         ORDER BY s.position LIMIT 1));
    RETURN QUERY SELECT 'E3', owners IS NOT NULL, coalesce(owners, 'nobody'), NULL::text;
    RETURN QUERY SELECT 'E4', count(*) > 0, format('%s steps', count(*)), NULL::text
      FROM pls.escalations e WHERE e.motion = (play).motion OR e.motion IS NULL;
    finds := ARRAY(SELECT g.signal FROM pls.signals g
                    WHERE g.motion = (play).motion AND g.enabled AND g.outcome = ANY (pls_internal.outcomes_aimed_at((play).objective))
                    ORDER BY g.signal COLLATE "C");
    RETURN QUERY SELECT 'E5', finds <> '{}' OR EXISTS (
               SELECT FROM pls.outcomes o WHERE o.motion = (play).motion AND o.outcome = ANY (pls_internal.outcomes_aimed_at((play).objective))),
        coalesce('found by ' || nullif(array_to_string(finds, ', '), ''),
                 format('%s entered by hand', (SELECT count(*) FROM pls.outcomes o WHERE o.motion = (play).motion AND o.signal IS NULL))), NULL::text;
END;
$$;
COMMENT ON FUNCTION pls_internal.gate_of_workflow IS 'Lines E of pls.quality_gate().';

CREATE FUNCTION pls_internal.gate_of_outreach(facts pls_internal.gate_facts) RETURNS SETOF pls_internal.gate_line
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 4
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play     CONSTANT pls.motions := (facts).motion;
    messages CONSTANT bigint := (SELECT count(*) FROM pls.templates t WHERE t.motion = (play).motion AND t.enabled);
    approved CONSTANT bigint := (SELECT count(*) FROM pls.signals g WHERE g.motion = (play).motion AND g.enabled AND g.approved_for_outreach);
BEGIN
    RETURN QUERY
    WITH found AS MATERIALIZED (
        SELECT l.template, l.rule FROM pls_internal.lint_messages((play).motion) l)
    SELECT k.line, messages > 0 AND count(f.rule) = 0 AND (k.line <> 'F2' OR approved > 0),
           CASE WHEN messages = 0 THEN 'there are no messages'
                ELSE concat(format('%s messages', messages), CASE WHEN k.line = 'F2' THEN format(', %s approved signals', approved) END,
                            ': ' || string_agg(DISTINCT format('"%s" %s', f.template, f.rule), ', ') FILTER (WHERE f.rule IS NOT NULL)) END,
           CASE WHEN messages = 0 THEN 'none' END
      FROM (VALUES ('F1', '{surveillance,too_long}'::text[]), ('F2', '{unapproved_placeholder}'), ('F3', '{more_than_one_ask}'),
                   ('F4', '{pressure,manipulative,missing_opt_out}')) AS k (line, rules)
      LEFT JOIN found f ON f.rule = ANY (k.rules)
     GROUP BY k.line ORDER BY k.line;
END;
$$;
COMMENT ON FUNCTION pls_internal.gate_of_outreach IS 'Lines F of pls.quality_gate().';

-- A pilot whose size its time cannot give is not to be started.
CREATE FUNCTION pls_internal.is_bounded(trial pls.pilots) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce(trial.p_base IS NOT NULL AND trial.p_target IS NOT NULL AND coalesce(trial.ends_at::text, trial.lasts::text) IS NOT NULL, false)
       AND (trial.status <> 'draft'
            OR (SELECT p.weeks * interval '7 days' <= coalesce(trial.ends_at - greatest(trial.starts_at, pls.now()), trial.lasts)
                  FROM pls_internal.pilot_plan(trial, pls.now()) p)) IS NOT FALSE;
END;
$$;
COMMENT ON FUNCTION pls_internal.is_bounded IS
'Whether a pilot has shares to tell apart and a time in which, as a draft, its size can be reached at the present pace; where the pace is not known that is taken for granted. False: there is no pilot.';

CREATE FUNCTION pls_internal.gate_of_measurement(facts pls_internal.gate_facts) RETURNS SETOF pls_internal.gate_line
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play   CONSTANT pls.motions := (facts).motion;
    trial  pls.pilots;
    plan   record;
    rules  record;
    known  bigint;
    readers text;
BEGIN
    trial := pls_internal.pilot_of((play).motion);
    SELECT p.weeks INTO plan FROM pls_internal.pilot_plan(trial, pls.now()) p;
    RETURN QUERY SELECT 'G1', pls_internal.is_bounded(trial),
        CASE WHEN (trial).pilot IS NULL THEN 'there is no pilot'
             ELSE concat(format('pilot "%s"', (trial).pilot), coalesce(', until ' || to_char(timezone('UTC', (trial).ends_at), 'YYYY-MM-DD'), ', ' || pls_internal.span_text((trial).lasts)),
                         format(', from %s to %s', pls_internal.percent_text((trial).p_base), pls_internal.percent_text((trial).p_target)),
                         CASE WHEN plan.weeks IS NOT NULL THEN format('; at the pace of 28 days it takes %s weeks', ceil(plan.weeks)) END) END,
        CASE WHEN (trial).pilot IS NULL THEN 'none' END;
    known := (SELECT count(*) FROM pls.standings s WHERE s.motion = (play).motion);
    RETURN QUERY SELECT 'G2', coalesce(btrim((play).goal_metric) <> '' AND (play).goal_target IS NOT NULL AND (trial).p_base IS NOT NULL, false) AND known > 0,
        concat_ws('; ', CASE WHEN known = 0 THEN 'needs data: there is no baseline' ELSE format('baseline of %s %ss', known, (play).unit) END,
                  CASE WHEN (play).goal_target IS NULL THEN 'no target' ELSE format('target %s', trim_scale((play).goal_target)) END), NULL::text;
    SELECT count(*) FILTER (WHERE r.kind = 'guardrail') AS guards, count(*) FILTER (WHERE r.kind = 'scale') AS scale,
           count(*) FILTER (WHERE r.kind = 'rollback') AS rollback INTO rules
      FROM pls.pilot_rules r WHERE r.pilot = (trial).pilot;
    RETURN QUERY SELECT 'G3', rules.guards > 0, format('%s guardrails', rules.guards), CASE WHEN (trial).pilot IS NULL THEN 'none' END;
    RETURN QUERY SELECT 'G4', rules.scale > 0 AND rules.rollback > 0, format('%s to scale, %s to roll back', rules.scale, rules.rollback),
        CASE WHEN (trial).pilot IS NULL THEN 'none' END;
    readers := (SELECT string_agg(g.role_name::text, ', ' ORDER BY g.role_name) FROM pls.access_grants g WHERE g.kind IN ('analyst', 'revops'));
    RETURN QUERY SELECT 'G5', readers IS NOT NULL, coalesce(readers, 'needs data: only the owner has access'), NULL::text;
END;
$$;
COMMENT ON FUNCTION pls_internal.gate_of_measurement IS 'Lines G of pls.quality_gate().';

-- The one that matters: running, else planned, else the last.
CREATE FUNCTION pls_internal.pilot_of(motion text) RETURNS pls.pilots
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    trial pls.pilots;
BEGIN
    SELECT p.* INTO trial FROM pls.pilots p
     WHERE p.motion = motion
     ORDER BY array_position('{running,draft,stopped}'::text[], p.status), p.starts_at DESC, p.pilot COLLATE "C" LIMIT 1;
    RETURN trial;
END;
$$;
COMMENT ON FUNCTION pls_internal.pilot_of IS
'The pilot of a motion that is running, else a draft, else the one stopped last; NULLs if there is none.';

CREATE FUNCTION pls_internal.gate_of_completeness(facts pls_internal.gate_facts) RETURNS SETOF pls_internal.gate_line
    LANGUAGE plpgsql VOLATILE ROWS 3
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play  CONSTANT pls.motions := (facts).motion;
    -- credentials, and what is personal beyond all need
    asked CONSTANT text := pls_internal.say('en', 'gate.secrets');
    points record;
    a     record;
    secret text;
BEGIN
    SELECT count(*) FILTER (WHERE p.kind = 'risk') AS risks, count(*) FILTER (WHERE p.kind = 'open_question') AS questions,
           count(*) FILTER (WHERE p.kind = 'next_step') AS steps,
           count(*) FILTER (WHERE p.kind <> 'open_question' AND p.owner IS NULL) AS unowned,
           count(*) FILTER (WHERE p.due_on < timezone((play).time_zone, pls.now())::date) AS overdue INTO points
      FROM pls_internal.points_of(facts) p;
    RETURN QUERY SELECT 'H1', points.risks > 0 AND points.questions > 0 AND points.steps > 0 AND points.unowned + points.overdue = 0,
        format('risks: %s, open questions: %s, next steps: %s; without owner: %s, overdue: %s',
               points.risks, points.questions, points.steps, points.unowned, points.overdue), NULL::text;
    -- how to check a default does not tell how to check what somebody assumes instead
    SELECT count(*) AS assumed, count(*) FILTER (WHERE i.assumption IS NOT NULL AND i.validation IS NULL) AS unchecked INTO a
      FROM pls_internal.intake_state(play, 'en') s
      LEFT JOIN pls.intake i ON i.motion = (play).motion AND i.question = s.question
     WHERE NOT s.is_answered;
    RETURN QUERY SELECT 'H2', a.unchecked = 0, format('%s of %s', a.assumed - a.unchecked, a.assumed), NULL::text;
    secret := (
        SELECT string_agg(DISTINCT t.place, ', ')
          FROM (SELECT 'pls.intake' AS place, concat_ws(' ', i.answer, i.assumption, i.validation) AS text FROM pls.intake i WHERE i.motion = (play).motion
                 UNION ALL SELECT 'pls.notes', n.note FROM pls.notes n WHERE n.motion = (play).motion
                 UNION ALL SELECT 'pls.templates', concat_ws(' ', m.subject, m.body) FROM pls.templates m WHERE m.motion = (play).motion
                 UNION ALL SELECT 'pls.motions', concat_ws(' ', (play).constraints, (play).tone, (play).product)) t
         WHERE t.text ~* asked);
    RETURN QUERY SELECT 'H3', secret IS NULL, coalesce('in ' || secret, 'none found in its texts'), NULL::text;
END;
$$;
COMMENT ON FUNCTION pls_internal.gate_of_completeness IS 'Lines H of pls.quality_gate().';

CREATE FUNCTION pls_internal.gate_lines(facts pls_internal.gate_facts) RETURNS SETOF pls_internal.gate_line
    LANGUAGE plpgsql VOLATILE ROWS 37
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY SELECT g.* FROM pls_internal.gate_of_scope(facts) g;
    RETURN QUERY SELECT g.* FROM pls_internal.gate_of_funnel(facts) g;
    RETURN QUERY SELECT g.* FROM pls_internal.gate_of_definition(facts) g;
    RETURN QUERY SELECT g.* FROM pls_internal.gate_of_signals(facts) g;
    RETURN QUERY SELECT g.* FROM pls_internal.gate_of_workflow(facts) g;
    RETURN QUERY SELECT g.* FROM pls_internal.gate_of_outreach(facts) g;
    RETURN QUERY SELECT g.* FROM pls_internal.gate_of_measurement(facts) g;
    RETURN QUERY SELECT g.* FROM pls_internal.gate_of_completeness(facts) g;
END;
$$;
COMMENT ON FUNCTION pls_internal.gate_lines IS 'All lines of pls.quality_gate(), in order.';

CREATE FUNCTION pls_internal.gate_fix(language text, line text, fix text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pls_internal.say(gate_fix.language, CASE gate_fix.fix WHEN 'none' THEN 'gate.none.' || left(gate_fix.line, 1)
                                                ELSE format('gate.%s.%s', gate_fix.line, coalesce(gate_fix.fix, 'fix')) END)
$$;
COMMENT ON FUNCTION pls_internal.gate_fix IS
'How to fix a line of the quality gate; fix: as in pls_internal.gate_line.';

CREATE FUNCTION pls_internal.gate_verdict(ok boolean) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN ok THEN 'pass' WHEN NOT ok THEN 'fail' ELSE 'not applicable' END;
END;
COMMENT ON FUNCTION pls_internal.gate_verdict IS 'Whether a line of the quality gate passes, in a word.';

CREATE FUNCTION pls.quality_gate(motion text, language text DEFAULT 'en')
    RETURNS TABLE (line text, "check" text, verdict text, evidence text, fix text)
    LANGUAGE plpgsql VOLATILE ROWS 37
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM pls_internal.check_language(language);
    RETURN QUERY
    SELECT g.line, pls_internal.wrapped(pls_internal.say(language, 'gate.' || g.line), 26),
           pls_internal.say(language, 'gate.' || pls_internal.gate_verdict(g.ok)), pls_internal.wrapped(g.evidence, 32),
           CASE WHEN NOT g.ok THEN pls_internal.wrapped(pls_internal.gate_fix(language, g.line, g.fix), 32) END
      FROM pls_internal.gate_lines(pls_internal.facts_of_gate(motion, language)) WITH ORDINALITY AS g (line, ok, evidence, fix, place)
     ORDER BY g.place;
END;
$$;
COMMENT ON FUNCTION pls.quality_gate IS
'Whether a motion is fit to be run: a row for each line of the checklist, A scope, B funnel, C definition, D signals, E workflow, F outreach, G measurement, H completeness. verdict: pass, fail or not applicable; evidence: what was found ("needs data": only the data can give it); fix: what to do, NULL unless it fails. Texts come in lines of at most 32 characters. language of check, verdict and fix: en or zh. Writes nothing; reads the watched tables as pls.funnel() and pls.readiness() do. Errors: 42704 no such motion, 22023 another language, 55P03 a watched table is locked.';
