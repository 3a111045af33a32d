/* 52_gate.sql - the quality gate, lines A to D: is the motion fit to be run?
 *
 * Each line is computed from rows and measurements; ok NULL: it does not apply.
 * What it is called and how to fix it is in 50_gate_words.sql.  A fact that only
 * the user's data can give is missing until it is there: the line says "needs
 * data" and fails.
 */

CREATE TYPE pls_internal.gate_line AS (
    line     text,
    ok       boolean,
    evidence text,
    fix      text
);
COMMENT ON TYPE pls_internal.gate_line IS 'A line of the quality gate.';
COMMENT ON COLUMN pls_internal.gate_line.line IS 'Its letter and number.';
COMMENT ON COLUMN pls_internal.gate_line.ok IS 'Whether it passes. NULL: it does not apply.';
COMMENT ON COLUMN pls_internal.gate_line.evidence IS 'What was found.';
COMMENT ON COLUMN pls_internal.gate_line.fix IS 'Which words tell how to fix it, after gate.LINE. NULL: fix.';

CREATE TYPE pls_internal.gate_facts AS (
    motion    pls.motions,
    readiness jsonb,
    guards    jsonb,
    tracking  jsonb
);
COMMENT ON TYPE pls_internal.gate_facts IS 'What several lines of the quality gate look at.';
COMMENT ON COLUMN pls_internal.gate_facts.motion IS 'The motion.';
COMMENT ON COLUMN pls_internal.gate_facts.readiness IS 'The rows of pls.readiness(), as an array, their texts as they are.';
COMMENT ON COLUMN pls_internal.gate_facts.guards IS 'The rows of pls.guardrails(), as an array.';
COMMENT ON COLUMN pls_internal.gate_facts.tracking IS 'The rows of pls.tracking_plan(), as an array.';

CREATE FUNCTION pls_internal.facts_of_gate(motion text, language text DEFAULT 'en') RETURNS pls_internal.gate_facts
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    facts pls_internal.gate_facts;
BEGIN
    facts.motion := pls_internal.motion_named(motion);
    facts.readiness := coalesce((SELECT jsonb_agg(r ORDER BY r.place) FROM pls_internal.readiness_checks(facts.motion, language) r), '[]');
    facts.guards := coalesce((SELECT jsonb_agg(g) FROM pls.guardrails(motion, language => language) g), '[]');
    facts.tracking := coalesce((SELECT jsonb_agg(t) FROM pls.tracking_plan(motion) t), '[]');
    RETURN facts;
END;
$$;
COMMENT ON FUNCTION pls_internal.facts_of_gate IS
'What several lines of the quality gate of a motion look at, each asked once; the texts of readiness and guardrails in a language. Error 42704: no such motion.';

-- What readiness has found about a subject already.
CREATE FUNCTION pls_internal.readiness_line(line text, facts pls_internal.gate_facts, checks text[]) RETURNS pls_internal.gate_line
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found pls_internal.gate_line;
BEGIN
    SELECT readiness_line.line,
           -- a check that does not apply holds nobody up
           CASE WHEN bool_and(r.verdict = 'not applicable') THEN NULL ELSE bool_and(r.verdict IN ('pass', 'ready', 'not applicable')) END,
           string_agg(CASE WHEN r."check" = 'verdict' THEN coalesce(r.fix, r.measured) ELSE format('%s: %s', r."check", coalesce(r.measured, r.verdict)) END, '; ' ORDER BY r.place)
      INTO found
      FROM jsonb_to_recordset(facts.readiness) AS r (place integer, "check" text, verdict text, measured text, fix text)
     WHERE r."check" = ANY (checks);
    RETURN found;
END;
$$;
COMMENT ON FUNCTION pls_internal.readiness_line IS
'A line of the quality gate by checks of pls.readiness(): all of them pass.';

CREATE FUNCTION pls_internal.gate_of_scope(facts pls_internal.gate_facts) RETURNS SETOF pls_internal.gate_line
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 4
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play CONSTANT pls.motions := (facts).motion;
    said CONSTANT boolean := coalesce(btrim((play).constraints), '') <> '';
    kept bigint;
    guarded text[];
BEGIN
    RETURN NEXT pls_internal.readiness_line('A1', facts, '{objective measurable,segment explicit}');
    RETURN NEXT pls_internal.readiness_line('A2', facts, '{verdict}');
    SELECT count(*) INTO kept
      FROM (SELECT x.name FROM pls.exclusions x WHERE (x.motion = (play).motion OR x.motion IS NULL) AND x.scope = 'entity' AND x.enabled
             UNION ALL
            SELECT o.name FROM pls.outreach_rules o WHERE (o.motion = (play).motion OR o.motion IS NULL) AND o.enabled) k;
    RETURN QUERY SELECT 'A3', said AND kept > 0,
        format('constraints: %s; exclusions and outreach rules: %s', CASE WHEN said THEN 'written' ELSE 'none' END, kept), NULL::text;
    guarded := ARRAY(SELECT format('%s (at least %s)', s.stage, pls_internal.percent_text(s.min_rate))
                       FROM pls.stages s WHERE s.motion = (play).motion AND s.min_rate IS NOT NULL ORDER BY s.position);
    RETURN QUERY SELECT 'A4', guarded <> '{}', coalesce(nullif(array_to_string(guarded, ', '), ''), 'no stage has a min_rate'), NULL::text;
END;
$$;
COMMENT ON FUNCTION pls_internal.gate_of_scope IS 'Lines A of pls.quality_gate().';

CREATE FUNCTION pls_internal.gate_of_funnel(facts pls_internal.gate_facts) RETURNS SETOF pls_internal.gate_line
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play CONSTANT pls.motions := (facts).motion;
    of   record;
    late record;
    free record;
BEGIN
    SELECT count(*) AS stages,
           count(*) FILTER (WHERE pls_internal.stage_problem(s) IS NULL) AS computable,
           count(*) FILTER (WHERE btrim(s.sales_helps) <> '') AS helped,
           count(*) FILTER (WHERE s.reached_by = 'touch' AND btrim(s.sales_helps) <> '') AS touched,
           count(*) FILTER (WHERE btrim(s.responsible) <> '' AND btrim(s.accountable) <> '' AND btrim(s.consulted) <> '' AND btrim(s.informed) <> '') AS owned
      INTO of
      FROM pls.stages s WHERE s.motion = (play).motion;
    RETURN QUERY SELECT 'B1', of.stages >= 3 AND of.computable = of.stages, format('%s of %s stages computable', of.computable, of.stages), NULL::text;
    RETURN QUERY SELECT 'B2', of.touched > 0 AND of.helped < of.stages, format('a person helps at %s of %s stages', of.helped, of.stages), NULL::text;
    RETURN QUERY SELECT 'B3', of.stages > 0 AND of.owned = of.stages, format('%s of %s stages have all four', of.owned, of.stages), NULL::text;
    SELECT count(*) FILTER (WHERE a.respond_state IN ('missed', 'breached')) AS missed, count(*) AS alerts INTO late
      FROM pls.sla a WHERE a.motion = (play).motion AND a.created_at > pls.now() - interval '28 days' AND a.respond_within IS NOT NULL;
    RETURN QUERY
    SELECT c.line, c.ok AND late.missed <= 0.2 * late.alerts,
           format('%s; touched late: %s of %s alerts of 28 days', c.evidence, late.missed, late.alerts),
           CASE WHEN c.ok AND late.missed > 0.2 * late.alerts THEN 'late' END
      FROM pls_internal.readiness_line('B4', facts, '{sales capacity}') c;
    SELECT bool_or(g.verdict = 'fail') AS failed, bool_or(g.verdict = 'pass') AS passed,
           string_agg(concat(g.stage, ' ', concat_ws(', ', g.measured, CASE WHEN g.verdict <> 'pass' THEN g.verdict END), ' (', g.needed, ')'), '; ')
               FILTER (WHERE g.stage IS NOT NULL) AS found
      INTO free
      FROM jsonb_to_recordset((facts).guards) AS g (guardrail text, stage text, measured text, needed text, verdict text)
     WHERE g.guardrail = 'low-touch path viable';
    RETURN QUERY SELECT 'B5', coalesce(free.passed AND NOT free.failed, false),
        concat(CASE WHEN free.found IS NOT NULL AND NOT free.passed AND NOT free.failed THEN 'needs data: ' END,
               coalesce(free.found, 'no stage has a min_rate')),
        CASE WHEN free.found IS NULL THEN 'none' WHEN NOT free.failed THEN 'wait' END;
END;
$$;
COMMENT ON FUNCTION pls_internal.gate_of_funnel IS 'Lines B of pls.quality_gate().';

CREATE FUNCTION pls_internal.some_of(names text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT array_to_string(names[1:5], ', ') || CASE WHEN cardinality(names) > 5 THEN format(' and %s more', cardinality(names) - 5) ELSE '' END;
END;
COMMENT ON FUNCTION pls_internal.some_of IS
'At most five names, and how many more there are. NULL: NULL.';

CREATE FUNCTION pls_internal.gate_of_definition(facts pls_internal.gate_facts) RETURNS SETOF pls_internal.gate_line
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play  CONSTANT pls.motions := (facts).motion;
    -- what a template says of them is nobody's answer
    said  CONSTANT boolean := (SELECT bool_and(i.is_answered) FROM pls_internal.intake_state(play, 'en') i WHERE i.question = 'buyers');
    maps  CONSTANT pls_internal.gate_line := pls_internal.readiness_line('C1', facts, '{users map to accounts}');
    rules record;
    seen  record;
    examples text[];
BEGIN
    RETURN QUERY SELECT 'C1', coalesce(said, false) AND coalesce((maps).ok, true),
        format('users and buyers: %s; %s', CASE WHEN said THEN 'said' ELSE 'not said' END, coalesce((maps).evidence, 'unit user')),
        CASE WHEN said IS NOT TRUE THEN 'say' END;
    SELECT count(*) FILTER (WHERE s.required) AS required,
           count(*) AS scoring, count(*) FILTER (WHERE btrim(s.false_positive_risk) <> '') AS told,
           (SELECT count(*) FROM pls.exclusions x WHERE (x.motion = (play).motion OR x.motion IS NULL) AND x.enabled) AS exclusions,
           (SELECT count(*) FROM pls.exclusions x WHERE (x.motion = (play).motion OR x.motion IS NULL) AND x.enabled AND x.scope = 'actor') AS actors
      INTO rules
      FROM pls.signals s WHERE s.motion = (play).motion AND s.enabled AND s.category <> 'outcome';
    RETURN QUERY SELECT 'C2', rules.required > 0 AND (play).qualify_at > 0 AND rules.exclusions > 0,
        format('signals required: %s; from %s points on; exclusions: %s', rules.required, trim_scale((play).qualify_at), rules.exclusions), NULL::text;
    RETURN QUERY SELECT 'C3', rules.scoring > 0 AND rules.told = rules.scoring AND (play).min_signals >= 2 AND rules.actors > 0,
        format('risk told of %s of %s signals; signals needed: %s; exclusions of actors: %s', rules.told, rules.scoring, (play).min_signals, rules.actors), NULL::text;
    examples := ARRAY(SELECT format('%s %s', e.entity_id, CASE WHEN e.qualifies THEN 'qualifies' ELSE 'does not' END)
                        FROM pls.definition_examples((play).motion) e ORDER BY e.qualifies DESC);
    RETURN QUERY SELECT 'C4', cardinality(examples) = 2, coalesce(nullif(array_to_string(examples, ', '), ''), 'needs data: no entity is known'), NULL::text;
    SELECT count(*) AS events, count(*) FILTER (WHERE t.seen) AS seen,
           pls_internal.some_of(array_agg(t.event ORDER BY t.event COLLATE "C") FILTER (WHERE t.seen IS NOT TRUE)) AS missing
      INTO seen
      FROM jsonb_to_recordset((facts).tracking) AS t (event text, property text, signals jsonb, seen boolean)
     WHERE t.property IS NULL AND t.event IS NOT NULL AND t.signals <> '[]';
    RETURN QUERY SELECT 'C5', pls_internal.signals_are_seen(facts),
        CASE WHEN seen.events = 0 AND seen.missing IS NULL THEN 'the signals name no events'
             ELSE concat(CASE WHEN seen.seen = 0 THEN 'needs data: ' END, format('%s of %s events seen', seen.seen, seen.events), '; not: ' || seen.missing) END, NULL::text;
END;
$$;
COMMENT ON FUNCTION pls_internal.gate_of_definition IS 'Lines C of pls.quality_gate().';

-- A signal of several events needs one of them; a sequence needs each.
CREATE FUNCTION pls_internal.signals_are_seen(facts pls_internal.gate_facts) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        WITH known AS (
            SELECT t.event, t.seen FROM jsonb_to_recordset(facts.tracking) AS t (event text, property text, seen boolean)
             WHERE t.property IS NULL),
        judged AS (
            SELECT s.required,
                   CASE WHEN s.events IS NULL THEN EXISTS (SELECT FROM known k WHERE k.seen)
                        WHEN s.measure = 'sequence' THEN NOT EXISTS (SELECT FROM unnest(s.events) e (event) LEFT JOIN known k USING (event) WHERE k.seen IS NOT TRUE)
                        ELSE EXISTS (SELECT FROM unnest(s.events) e (event) JOIN known k USING (event) WHERE k.seen) END AS seen
              FROM pls.signals s
             WHERE s.motion = (facts.motion).motion AND s.enabled AND s.category <> 'outcome' AND s.measure <> 'attribute')
        SELECT count(*) > 0 AND bool_and(j.seen OR NOT j.required) AND count(*) FILTER (WHERE j.seen) >= 0.8 * count(*)
          FROM judged j);
END;
$$;
COMMENT ON FUNCTION pls_internal.signals_are_seen IS
'Whether the events of all required signals of a motion have been seen, and those of four signals out of five.';

CREATE FUNCTION pls_internal.gate_of_signals(facts pls_internal.gate_facts) RETURNS SETOF pls_internal.gate_line
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 6
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play CONSTANT pls.motions := (facts).motion;
    s    record;
    d    record;
    held text;
BEGIN
    SELECT count(*) FILTER (WHERE g.category IN ('activation', 'depth', 'breadth') AND g.points > 0) AS value,
           count(*) FILTER (WHERE g.category IN ('billing', 'admin', 'invite', 'integration') AND g.points > 0) AS intent,
           count(*) FILTER (WHERE coalesce(g.max_points, CASE WHEN NOT g.per_unit THEN g.points END, 'Infinity') >= (play).qualify_at) AS alone,
           count(*) AS scoring,
           count(*) FILTER (WHERE g.measure = 'attribute' OR g.within IS NOT NULL AND (g.threshold IS NOT NULL OR g.measure IN ('recency', 'first'))) AS explicit
      INTO s
      FROM pls.signals g WHERE g.motion = (play).motion AND g.enabled AND g.category <> 'outcome';
    -- one signal that is enough by itself is a click, unless others are needed
    RETURN QUERY SELECT 'D1', s.value > 0 AND s.intent > 0 AND (s.alone = 0 OR (play).min_signals >= 2),
        format('%s signals of value, %s of intent; %s enough alone', s.value, s.intent, CASE WHEN (play).min_signals >= 2 THEN 0 ELSE s.alone END), NULL::text;
    RETURN QUERY SELECT 'D2', s.scoring > 0 AND s.explicit = s.scoring, format('%s of %s signals', s.explicit, s.scoring), NULL::text;
    RETURN NEXT pls_internal.readiness_line('D3', facts, '{sales capacity}');
    SELECT count(*) FILTER (WHERE a.status = 'done') AS disposed, count(*) AS closed,
           (SELECT count(DISTINCT x.outcome_class) FROM pls.dispositions x WHERE x.enabled AND x.outcome_class IN ('accepted', 'rejected_signal')) AS classes
      INTO d
      FROM pls.alerts a WHERE a.motion = (play).motion AND a.closed_at > pls.now() - interval '84 days';
    RETURN QUERY SELECT 'D4', d.classes = 2 AND d.disposed >= 0.5 * d.closed,
        format('%s of the 2 classes that teach; closed in 84 days: %s alerts, %s of them with a disposition', d.classes, d.closed, d.disposed), NULL::text;
    RETURN QUERY SELECT 'D5', (play).triage_at IS NOT NULL AND EXISTS (SELECT FROM pls.routes r WHERE r.motion = (play).motion AND r.predicate IS NULL),
        CASE WHEN (play).triage_at IS NULL THEN 'no triage' ELSE format('triage from %s points on', trim_scale((play).triage_at)) END, NULL::text;
    held := (SELECT string_agg(h.what, ', ')
               FROM (SELECT format('pilot "%s" (%s): %s', p.pilot, p.status, pls_internal.percent_text(p.holdout)) AS what
                       FROM pls.pilots p WHERE p.motion = (play).motion AND p.status <> 'stopped'
                      UNION ALL
                     SELECT format('always %s', pls_internal.percent_text((play).holdout)) WHERE (play).holdout > 0) h);
    RETURN QUERY SELECT 'D6', held IS NOT NULL, coalesce(held, 'nobody is held out'), NULL::text;
END;
$$;
COMMENT ON FUNCTION pls_internal.gate_of_signals IS 'Lines D of pls.quality_gate().';
