/* 70_pack_pilot.sql - sections 7 and 8 of the Motion Pack, and the whole.
 */

INSERT INTO pls_internal.words (key, en, zh) VALUES
('pilot.none', 'There is no pilot: insert one into pls.pilots, with a holdout, and start it with pls.start_pilot().',
               '尚无试点：请在 pls.pilots 中建立带对照组的试点，并用 pls.start_pilot() 启动。'),
('pilot.name', 'pilot', '试点'), ('pilot.status', 'status', '状态'), ('pilot.question', 'question', '要回答的问题'),
('pilot.segment', 'who takes part', '参与者'), ('pilot.everybody', 'everybody in scope', '范围内的全部对象'),
('pilot.holdout', 'held out', '对照比例'), ('pilot.lasts', 'duration', '持续时间'), ('pilot.until', 'until %s', '至 %s'),
('pilot.open', 'until it is stopped', '直至停止'), ('pilot.window', 'an outcome counts within', '结果计入时限'),
('pilot.metric', 'success metric', '成功指标'), ('pilot.rates', '%1$s: from %2$s to %3$s', '%1$s：从 %2$s 到 %3$s'),
('pilot.size', 'sample size', '样本量'), ('pilot.sizes', '%1$s in treatment, %2$s in holdout', '处理组 %1$s，对照组 %2$s'),
('pilot.unplanned', 'not planned: set p_base and p_target', '未规划：请设定 p_base 和 p_target'),
('pilot.pace', 'pace', '进度'), ('pilot.weeks', '%1$s entities a week, so about %2$s weeks', '每周 %1$s 个对象，约需 %2$s 周'),
('pilot.slow', 'nobody was alerted or held out in the last 28 days', '最近 28 天没有提醒或对照对象'),
('pilot.meanwhile', 'routing and SLA meanwhile', '期间的路由与 SLA'), ('pilot.as_section_4', 'as in section 4', '同第 4 节'),
('pilot.review', 'reviewed', '回顾'), ('pilot.weekly', 'weekly, by %s', '每周，负责人：%s'),
('pilot.rules', 'What follows from which result, decided before', '事先约定的结果与后续'),
('pilot.rules.none', 'No rules yet: insert them into pls.pilot_rules while the pilot is a draft.', '尚无规则：请在试点为草稿时录入 pls.pilot_rules。'),
('pilot.guardrail', 'guardrail, must hold', '护栏，必须成立'), ('pilot.scale', 'scale if all hold', '全部成立则扩大'), ('pilot.rollback', 'roll back if one holds', '任一成立则回退'),
('pilot.result', 'Measured result, as of %s', '实测结果，截至 %s'),
('pilot.nobody', 'It runs, and nobody has taken part yet.', '试点进行中，尚无参与者。'),
('pilot.not_started', 'It has not started, so there is no result.', '尚未启动，没有结果。'),
('points.risk', 'Risks', '风险'), ('points.open_question', 'Open questions', '待解问题'), ('points.next_step', 'Next steps', '后续步骤'),
('points.owned', '%1$s (%2$s)', '%1$s（%2$s）'), ('points.due', 'until %s', '截至 %s'),
('gate.heading', 'Quality gate', '质量门'),
('gate.count', '%1$s of %2$s lines pass; the rubric gives %3$s of 20 points (16 pass).', '%2$s 项中通过 %1$s 项；评分表 %3$s 分（满分 20，16 分通过）。'),
('gate.open', 'Lines that do not pass', '未通过的项目');

CREATE FUNCTION pls_internal.pack_pilot_plan(language text, play pls.motions, trial pls.pilots, intake jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    planned record;
    outcome CONSTANT text := (pls_internal.pilot_outcomes(trial))[1];
BEGIN
    SELECT p.treatment, p.holdout, p.a_week, p.weeks INTO planned FROM pls_internal.pilot_plan(trial, pls.now()) p;
    RETURN pls_internal.pack_table(language, '{item,plan}', '{f,f}', ARRAY[
        pls_internal.say(language, 'pilot.name'), trial.pilot,
        pls_internal.say(language, 'pilot.status'), pls_internal.say_if_known(language, 'status', trial.status),
        pls_internal.say(language, 'pilot.question'), coalesce(trial.description, pls_internal.say(language, 'not said')),
        pls_internal.say(language, 'pilot.segment'), coalesce(pls_internal.predicate_text(trial.segment), pls_internal.say(language, 'pilot.everybody')),
        pls_internal.say(language, 'pilot.holdout'), pls_internal.percent_text(trial.holdout),
        pls_internal.say(language, 'pilot.lasts'), CASE WHEN trial.ends_at IS NOT NULL THEN pls_internal.say(language, 'pilot.until', pls_internal.utc_text(trial.ends_at))
                                                        ELSE coalesce(pls_internal.span_in(language, trial.lasts), pls_internal.say(language, 'pilot.open')) END,
        pls_internal.say(language, 'pilot.window'), pls_internal.span_in(language, trial.outcome_within),
        pls_internal.say(language, 'pilot.metric'), CASE WHEN trial.p_base IS NULL OR trial.p_target IS NULL THEN outcome
            ELSE pls_internal.said_or_assumed(language, pls_internal.say(language, 'pilot.rates', outcome, pls_internal.percent_text(trial.p_base),
                     pls_internal.percent_text(trial.p_target)), 'baseline', intake) END,
        pls_internal.say(language, 'pilot.size'), CASE WHEN planned.treatment IS NULL THEN pls_internal.say(language, 'pilot.unplanned')
            ELSE pls_internal.say(language, 'pilot.sizes', planned.treatment::text, planned.holdout::text) END,
        pls_internal.say(language, 'pilot.pace'), CASE WHEN planned.a_week = 0 OR planned.weeks IS NULL THEN pls_internal.say(language, 'pilot.slow')
            ELSE pls_internal.say(language, 'pilot.weeks', trim_scale(round(planned.a_week, 1))::text, ceil(planned.weeks)::text) END,
        pls_internal.say(language, 'pilot.meanwhile'), pls_internal.say(language, 'pilot.as_section_4'),
        pls_internal.say(language, 'pilot.review'), pls_internal.say(language, 'pilot.weekly', pls_internal.say_if_known(language, 'owner', pls_internal.sales_owners(play.motion)))]);
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_pilot_plan IS
'Part of the Motion Pack: the plan of a pilot.';

CREATE FUNCTION pls_internal.pack_pilot_rules(language text, trial pls.pilots) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    cells CONSTANT text[] := (
        SELECT array_agg(c.cell ORDER BY array_position('{guardrail,scale,rollback}'::text[], r.kind), r.measure COLLATE "C", r.value, r.op, c.n)
          FROM pls.pilot_rules r
         CROSS JOIN LATERAL unnest(ARRAY[pls_internal.say(language, 'pilot.' || r.kind), concat(r.measure, ', ', r.value, ' ', r.op, ' ', trim_scale(r.threshold)),
                                         r.description]) WITH ORDINALITY AS c (cell, n)
         WHERE r.pilot = trial.pilot);
BEGIN
    RETURN pls_internal.pack_heading(language, 'pilot.rules')
        || CASE WHEN cells IS NULL THEN pls_internal.say(language, 'pilot.rules.none')
                ELSE pls_internal.pack_table(language, '{kind,rule,why}', '{f,f,f}', cells) END;
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_pilot_rules IS
'Part of the Motion Pack: guardrails and triggers of a pilot.';

CREATE FUNCTION pls_internal.pack_pilot_result(language text, trial pls.pilots) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    IF trial.started_at IS NULL THEN
        RETURN pls_internal.say(language, 'pilot.not_started');
    END IF;
    IF NOT EXISTS (SELECT FROM pls.pilot_entities(trial.pilot)) THEN
        RETURN pls_internal.say(language, 'pilot.nobody');
    END IF;
    RETURN format(E'### %s\n\n', pls_internal.say(language, 'pilot.result', pls_internal.utc_text(pls.now())))
        || pls_internal.pack_table(language, '{measure,treatment,holdout,difference,low,high,verdict}', '{f,t,t,t,t,t,f}', (
            SELECT array_agg(c.cell ORDER BY r.place, c.n)
              FROM pls.pilot_report(trial.pilot) WITH ORDINALITY AS r (section, measure, treatment, holdout, difference, low, high, p_value, verdict, place)
             CROSS JOIN LATERAL unnest(ARRAY[concat(r.section, ': ', r.measure), trim_scale(r.treatment)::text, trim_scale(r.holdout)::text,
                   trim_scale(r.difference)::text, trim_scale(r.low)::text, trim_scale(r.high)::text, r.verdict]) WITH ORDINALITY AS c (cell, n)));
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_pilot_result IS
'Part of the Motion Pack: what a pilot has shown by now (pls.pilot_report).';

CREATE FUNCTION pls_internal.pack_section_7(language text, play pls.motions, intake jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    trial CONSTANT pls.pilots := pls_internal.pilot_of(play.motion);
BEGIN
    IF (trial).pilot IS NULL THEN
        RETURN pls_internal.pack_paragraph(pls_internal.say(language, 'pilot.none'));
    END IF;
    RETURN concat_ws(E'\n\n', pls_internal.pack_pilot_plan(language, play, trial, intake), pls_internal.pack_pilot_rules(language, trial),
                     pls_internal.pack_pilot_result(language, trial));
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_section_7 IS
'Section 7 of the Motion Pack: the pilot.';

CREATE FUNCTION pls_internal.pack_points(language text, kind text, points pls_internal.open_point[]) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pls_internal.pack_heading(language, 'points.' || pack_points.kind) || pls_internal.pack_list(ARRAY(
        SELECT CASE WHEN p.owner IS NULL AND p.due_on IS NULL THEN p.point
                    ELSE pls_internal.say(language, 'points.owned', p.point, concat_ws(', ', p.owner,
                         CASE WHEN p.due_on IS NOT NULL THEN pls_internal.say(language, 'points.due', p.due_on::text) END)) END
          FROM unnest(points) WITH ORDINALITY AS p (kind, point, owner, due_on, own, place)
         WHERE p.kind = pack_points.kind ORDER BY p.place))
$$;
COMMENT ON FUNCTION pls_internal.pack_points IS
'Part of the Motion Pack: the risks, open questions or next steps as a list.';

CREATE FUNCTION pls_internal.pack_gate(language text, gate pls_internal.gate_line[]) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    counted record;
    cells   text[];
BEGIN
    SELECT count(*) FILTER (WHERE g.ok) AS pass, count(*) FILTER (WHERE g.ok IS NOT NULL) AS apply,
           (SELECT sum(r.points) FROM pls_internal.rubric_points(gate) r) AS points INTO counted
      FROM unnest(gate) g;
    SELECT array_agg(c.cell ORDER BY g.line, c.n) INTO cells
      FROM unnest(gate) g
     CROSS JOIN LATERAL unnest(ARRAY[g.line, pls_internal.say(language, 'gate.' || g.line), pls_internal.gate_fix(language, g.line, g.fix)])
           WITH ORDINALITY AS c (cell, n)
     WHERE NOT g.ok;
    RETURN concat_ws(E'\n\n',
        pls_internal.pack_heading(language, 'gate.heading')
        || pls_internal.pack_paragraph(pls_internal.say(language, 'gate.count', counted.pass::text, counted.apply::text, counted.points::text)),
        CASE WHEN cells IS NOT NULL THEN pls_internal.pack_table(language, '{line,check,fix}', '{f,f,f}', cells) END);
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_gate IS
'Part of the Motion Pack: how many lines of the quality gate pass, the points of the rubric, and what does not pass.';

CREATE FUNCTION pls_internal.pack_section_8(language text, facts pls_internal.gate_facts) RETURNS text
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    points CONSTANT pls_internal.open_point[] := ARRAY(SELECT p FROM pls_internal.points_of(facts, language) p);
    gate   CONSTANT pls_internal.gate_line[] := ARRAY(SELECT g FROM pls_internal.gate_lines(facts) g);
BEGIN
    RETURN concat_ws(E'\n\n', pls_internal.pack_points(language, 'risk', points), pls_internal.pack_points(language, 'open_question', points),
                     pls_internal.pack_points(language, 'next_step', points), pls_internal.pack_gate(language, gate));
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_section_8 IS
'Section 8 of the Motion Pack: risks, open questions, next steps, and what the quality gate says.';

CREATE FUNCTION pls_internal.pack_section(language text, number integer, content text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pls_internal.pack_heading(language, 'pack.' || number, 2) || content
$$;
COMMENT ON FUNCTION pls_internal.pack_section IS
'A section of the Motion Pack with its heading.';

CREATE FUNCTION pls.motion_pack(motion text, language text DEFAULT 'en') RETURNS text
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET intervalstyle = 'postgres'
    SET timezone = 'UTC'
    SET datestyle = 'ISO'
AS $$
#variable_conflict use_variable
DECLARE
    play   pls.motions;
    facts  pls_internal.gate_facts;
    funnel jsonb;
    intake jsonb;
BEGIN
    PERFORM pls_internal.check_language(language);
    facts := pls_internal.facts_of_gate(motion, language);
    play := facts.motion;
    IF EXISTS (SELECT FROM pls.stages s WHERE s.motion = play.motion) THEN
        funnel := (SELECT jsonb_agg(f) FROM pls.funnel(play.motion) f);
    END IF;
    intake := (SELECT jsonb_agg(i ORDER BY i.place) FROM pls_internal.intake_state(play, language) i);
    RETURN concat(
        pls_internal.pack_paragraph(pls_internal.say(language, 'pack.title', play.motion), '# '), E'\n\n',
        pls_internal.pack_paragraph(pls_internal.say(language, 'pack.seen', pls_internal.say_if_known(language, 'status', play.status),
            coalesce((SELECT v.model_version::text FROM pls_internal.current_model_version(play.motion) v), '-'), pls_internal.utc_text(pls.now()))), E'\n\n',
        concat_ws(E'\n\n',
            pls_internal.pack_section(language, 1, pls_internal.pack_section_1(language, facts, coalesce(funnel, '[]'), intake)),
            pls_internal.pack_section(language, 2, pls_internal.pack_section_2(language, facts, coalesce(funnel, '[]'))),
            pls_internal.pack_section(language, 3, pls_internal.pack_section_3(language, play)),
            pls_internal.pack_section(language, 4, pls_internal.pack_section_4(language, play)),
            pls_internal.pack_section(language, 5, pls_internal.pack_section_5(language, play)),
            pls_internal.pack_section(language, 6, pls_internal.pack_section_6(language, play, facts.tracking)),
            pls_internal.pack_section(language, 7, pls_internal.pack_section_7(language, play, intake)),
            pls_internal.pack_section(language, 8, pls_internal.pack_section_8(language, facts))),
        E'\n');
END;
$$;
COMMENT ON FUNCTION pls.motion_pack IS
'The Motion Pack: one document about a motion, in Markdown, for those who decide about it. Eight sections: context and goal, funnel and ownership (with a Mermaid chart), definition and signals, routing and workflow, outreach kit, instrumentation and reporting, pilot, and risks with open questions and next steps. All of it comes from rows and measurements; what nobody has said is an assumption, marked so, with a way to validate it. The same data at the same instant give the same text. Lines outside tables have at most 120 columns. language: en or zh (Simplified Chinese; texts of people stay as they are). Reads the watched tables as pls.funnel() does; writes nothing. Errors: 42704 no such motion, 22023 another language, 0A000 zh in a database that is not in UTF8, those of pls.funnel().';
