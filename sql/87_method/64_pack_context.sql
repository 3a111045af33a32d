/* 64_pack_context.sql - sections 1 and 2 of the Motion Pack: context and goal, funnel and ownership.
 */

INSERT INTO pls_internal.words (key, en, zh) VALUES
('context.table', 'Context and goal', '背景与目标'),
('context.product', 'product', '产品'), ('context.model', 'self-serve model', '自助模式'), ('context.users', 'who uses', '使用者'),
('context.buyers', 'who buys', '购买者'), ('context.unit', 'unit', '单位'), ('context.segment', 'segment in scope', '客群范围'),
('context.everybody', 'everybody', '全部'), ('context.objective', 'primary objective', '首要目标'),
('context.metric', 'goal metric', '目标指标'), ('context.target', 'target', '目标值'), ('context.date', 'until', '截止日期'),
('context.no_date', 'assumed: no date; the pilot has an end', '假设：没有日期；以试点结束为准'),
('context.capacity', 'sales capacity', '销售产能'),
('context.capacity.value', '%1$s alerts a day by %2$s reps', '%2$s 名销售每天 %1$s 个提醒'),
('context.capacity.open', '%1$s reps, of whom %2$s have no daily quota', '%1$s 名销售，其中 %2$s 名未设每日配额'),
('context.sla', 'SLA', 'SLA'), ('context.sla.value', 'first touch within %s', '首次联系不超过 %s'),
('context.sla.range', 'first touch within %1$s to %2$s, by route', '首次联系时限为 %1$s至 %2$s，视路由而定'),
('context.tooling', 'tooling', '工具'), ('context.tooling.value', 'events: %1$s; alerts: %2$s', '事件来源：%1$s；提醒去向：%2$s'),
('context.tooling.no_table', 'no table is watched yet', '尚未监视任何表'), ('context.tooling.no_channel', 'no channel, reps read pls.open_alerts', '未设渠道，销售查看 pls.open_alerts'),
('context.constraints', 'constraints', '限制'), ('context.tone', 'tone', '语气'),
('objective.conversion', 'conversion', '转化'), ('objective.expansion', 'expansion', '扩展'),
('objective.acv_lift', 'ACV lift', 'ACV 提升'), ('objective.pipeline', 'pipeline', '销售管道'),
('baseline.table', 'Baselines, from the data', '数据中的基线'),
('baseline.reach', 'reach "%s"', '到达“%s”'), ('baseline.time', 'median time from the stage before to "%s"', '从上一阶段到“%s”的时间中位数'),
('baseline.of', '%1$s of %2$s', '%1$s / %2$s'),
('noted', '%1$s (in the rows: %2$s)', '%1$s（现有配置：%2$s）'),
('assume.table', 'Assumptions and how to validate them', '假设及其验证方式'),
('assume.none', 'Every question of the intake is answered: nothing is assumed.', '所有问题均已回答，没有假设。'),
('ready.table', 'Readiness', '就绪度'),
('funnel.chart', 'Funnel, everybody known so far', '漏斗（目前已知的全部对象）'),
('funnel.skips', 'A share is of those who were at the stage that it names; a stage can be skipped.',
                 '百分比以所注明的阶段为基数；阶段可以被跳过。'),
('funnel.arms', 'How many get how far, by whether a person helped', '按是否有人协助划分的到达数量'),
('funnel.why', 'The groups differ in who is in them; what help brings about is what a pilot measures (section 7).',
               '各组成员本不相同；协助的效果由试点衡量（第 7 节）。'),
('funnel.raci', 'Who is responsible, and where a person steps in', '职责，以及人在何处介入'),
('funnel.guards', 'Guardrails that keep the low-touch path viable', '保障低触达路径的护栏'),
('funnel.missing', 'No stages are defined: insert them into pls.stages.', '尚未定义阶段：请录入 pls.stages。');

-- What was said, else what is assumed, and marked so.
CREATE FUNCTION pls_internal.said_or_assumed(language text, said text, question text, intake jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    asked CONSTANT jsonb := (SELECT i.row FROM jsonb_array_elements(intake) AS i (row) WHERE i.row ->> 'question' = question LIMIT 1);
BEGIN
    IF (asked ->> 'is_answered')::boolean OR asked IS NULL AND btrim(said) <> '' THEN
        RETURN CASE WHEN asked ->> 'answer' IS NOT NULL AND btrim(said) <> ''
                    THEN pls_internal.say(language, 'noted', asked ->> 'answer', btrim(said))
                    ELSE coalesce(nullif(btrim(said), ''), asked ->> 'answer', asked ->> 'value') END;
    END IF;
    RETURN coalesce(pls_internal.say(language, 'assumed', coalesce(nullif(btrim(said), ''), asked ->> 'assumption')),
                    pls_internal.say(language, 'not said'));
END;
$$;
COMMENT ON FUNCTION pls_internal.said_or_assumed IS
'What a motion says to a question of the intake, or, as long as nobody has answered it, what is assumed, marked so.';

CREATE FUNCTION pls_internal.pack_goal(language text, play pls.motions, intake jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    reps   record;
    limits record;
    tables text;
    channels text;
BEGIN
    SELECT sum(k.daily_quota) AS quota, count(*) AS n, count(*) FILTER (WHERE k.daily_quota IS NULL) AS unlimited INTO reps
      FROM pls.reps k
     WHERE k.active AND k.rep IN (SELECT m.rep FROM pls.routes r JOIN pls.pool_members m ON m.pool = r.pool WHERE r.motion = play.motion);
    SELECT min(r.respond_within) AS least, max(r.respond_within) AS most INTO limits FROM pls.routes r WHERE r.motion = play.motion;
    tables := (SELECT string_agg(s.source::text, ', ' ORDER BY s.source::text COLLATE "C") FROM pls.sources s JOIN pg_class c ON c.oid = s.source
                WHERE s.motions IS NULL OR play.motion = ANY (s.motions));
    channels := (SELECT string_agg(format('%s (%s)', c.channel, c.kind), ', ' ORDER BY c.channel COLLATE "C") FROM pls.channels c
                  WHERE c.enabled AND (c.motions IS NULL OR play.motion = ANY (c.motions)));
    RETURN pls_internal.pack_heading(language, 'context.table') || pls_internal.pack_table(language, '{item,value}', '{f,f}', ARRAY[
        pls_internal.say(language, 'context.product'), pls_internal.said_or_assumed(language, play.product, 'model', intake),
        pls_internal.say(language, 'context.model'), pls_internal.said_or_assumed(language, play.self_serve_model, 'model', intake),
        pls_internal.say(language, 'context.users'), pls_internal.said_or_assumed(language, play.end_user, 'buyers', intake),
        pls_internal.say(language, 'context.buyers'), pls_internal.said_or_assumed(language, play.buyer, 'buyers', intake),
        pls_internal.say(language, 'context.unit'), pls_internal.say(language, 'unit.' || play.unit),
        pls_internal.say(language, 'context.segment'),
            pls_internal.said_or_assumed(language, coalesce(pls_internal.predicate_text(play.segment), pls_internal.say(language, 'context.everybody')), 'segment', intake),
        pls_internal.say(language, 'context.objective'), pls_internal.say(language, 'objective.' || play.objective),
        pls_internal.say(language, 'context.metric'), pls_internal.said_or_assumed(language, play.goal_metric, 'goal', intake),
        pls_internal.say(language, 'context.target'), coalesce(trim_scale(play.goal_target)::text, pls_internal.say(language, 'not said')),
        pls_internal.say(language, 'context.date'), coalesce(to_char(play.goal_date, 'YYYY-MM-DD'), pls_internal.say(language, 'context.no_date')),
        pls_internal.say(language, 'context.capacity'),
            pls_internal.said_or_assumed(language, CASE
                WHEN reps.unlimited > 0 THEN pls_internal.say(language, 'context.capacity.open', reps.n::text, reps.unlimited::text)
                WHEN reps.n > 0 THEN pls_internal.say(language, 'context.capacity.value', reps.quota::text, reps.n::text) END, 'capacity', intake),
        pls_internal.say(language, 'context.sla'),
            pls_internal.said_or_assumed(language, CASE WHEN limits.most > limits.least
                    THEN pls_internal.say(language, 'context.sla.range', pls_internal.work_span_in(language, limits.least), pls_internal.work_span_in(language, limits.most))
                    WHEN limits.least IS NOT NULL THEN pls_internal.say(language, 'context.sla.value', pls_internal.work_span_in(language, limits.least)) END,
                'sla', intake),
        pls_internal.say(language, 'context.tooling'), pls_internal.say(language, 'context.tooling.value',
            coalesce(tables, pls_internal.say(language, 'context.tooling.no_table')), coalesce(channels, pls_internal.say(language, 'context.tooling.no_channel'))),
        pls_internal.say(language, 'context.constraints'), pls_internal.said_or_assumed(language, play.constraints, 'constraints', intake),
        pls_internal.say(language, 'context.tone'), pls_internal.said_or_assumed(language, play.tone, 'tone', intake)]);
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_goal IS
'Part of the Motion Pack: the table of context and goal.';

INSERT INTO pls_internal.words (key, en, zh) VALUES
('guard.name.stage can be reached', 'stage can be reached', '阶段可达'), ('guard.name.stage has owners', 'stage has owners', '阶段有负责人'),
('guard.name.low-touch path viable', 'low-touch path viable', '低触达路径可行'), ('guard.name.rep capacity', 'rep capacity', '销售产能'),
('guard.name.opt-outs', 'opt-outs', '退订'), ('guard.name.churn after help', 'churn after help', '协助后的流失'),
('by.signed_up_at', 'signed_up_at', '注册时间'), ('by.else the first event', 'else the first event', '否则为首个事件'),
('by.events', 'events', '事件'), ('by.alerts', 'alerts', '提醒'), ('by.outcomes', 'outcomes', '结果'), ('by.outcomes, and the events', 'outcomes, and the events', '结果及事件'), ('by.decisions', 'decisions', '判定'),
('by.nothing is watched', 'nothing is watched', '未监视任何表'),
('by.the rules of now over the events', 'the rules of now over the events', '以现行规则回放事件'),
('by.before', 'before %s the rules of now over the events', '%s 之前以现行规则回放事件'),
('by.events not read by pls.refresh()', 'events not read by pls.refresh()', '事件尚未由 pls.refresh() 读取');

-- Its parts are words of pls.funnel().
CREATE FUNCTION pls_internal.measured_by_in(language text, measured_by text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(CASE WHEN b.instant IS NOT NULL THEN pls_internal.say(measured_by_in.language, 'by.before', b.instant)
                           ELSE pls_internal.say_if_known(measured_by_in.language, 'by', p.part) END,
                      pls_internal.say(measured_by_in.language, 'list.semicolon') ORDER BY p.place)
      FROM string_to_table(measured_by_in.measured_by, '; ') WITH ORDINALITY AS p (part, place)
     CROSS JOIN LATERAL (SELECT substring(p.part FROM '^before (.*) the rules of now over the events$') AS instant) b
$$;
COMMENT ON FUNCTION pls_internal.measured_by_in IS
'Where the instants of a stage come from (pls.funnel), in a language.';

CREATE FUNCTION pls_internal.pack_baselines(language text, funnel jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    RETURN pls_internal.pack_heading(language, 'baseline.table') || pls_internal.pack_table(language, '{measure,figure,entities,from}', '{f,t,t,f}', (
        WITH f AS (
            SELECT r.* FROM jsonb_to_recordset(funnel) AS r ("position" integer, stage text, arm text, entities bigint, of_first numeric, median_time interval, measured_by text)
             WHERE r.arm = 'all'),
        first AS (SELECT f.entities FROM f WHERE f.entities IS NOT NULL ORDER BY f.position LIMIT 1),
        lines AS (
            SELECT f.position, 1 AS place, pls_internal.say(language, 'baseline.reach', f.stage) AS measure,
                   coalesce(pls_internal.percent_text(f.of_first), pls_internal.say(language, 'unknown')) AS value,
                   CASE WHEN f.entities IS NOT NULL THEN pls_internal.say(language, 'baseline.of', f.entities::text, (SELECT g.entities FROM first g)::text) END AS entities,
                   f.measured_by
              FROM f WHERE f.position > (SELECT min(g.position) FROM f g)
             UNION ALL
            SELECT f.position, 2, pls_internal.say(language, 'baseline.time', f.stage), pls_internal.span_in(language, f.median_time), NULL, f.measured_by
              FROM f WHERE f.median_time IS NOT NULL)
        SELECT array_agg(c.cell ORDER BY l.position, l.place, c.n)
          FROM lines l CROSS JOIN LATERAL unnest(ARRAY[l.measure, l.value, l.entities, pls_internal.measured_by_in(language, l.measured_by)]) WITH ORDINALITY AS c (cell, n)));
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_baselines IS
'Part of the Motion Pack: how many get how far and how fast, by the rows of pls.funnel().';

CREATE FUNCTION pls_internal.pack_assumptions(language text, intake jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    cells CONSTANT text[] := (
        SELECT array_agg(c.cell ORDER BY i.place, c.n)
          FROM jsonb_to_recordset(intake) AS i (place integer, ask text, is_answered boolean, assumption text, validation text)
         CROSS JOIN LATERAL unnest(ARRAY[i.ask, i.assumption, i.validation]) WITH ORDINALITY AS c (cell, n)
         WHERE NOT i.is_answered);
BEGIN
    RETURN pls_internal.pack_heading(language, 'assume.table')
        || CASE WHEN cells IS NULL THEN pls_internal.say(language, 'assume.none')
                ELSE pls_internal.pack_table(language, '{question,assumption,validation}', '{f,f,f}', cells) END;
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_assumptions IS
'Part of the Motion Pack: what is assumed as long as nobody has answered, and how to check it.';

CREATE FUNCTION pls_internal.pack_readiness(language text, readiness jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pls_internal.pack_heading(language, 'ready.table') || pls_internal.pack_table(language, '{check,verdict,measured,needed}', '{f,f,f,f}', (
        SELECT array_agg(c.cell ORDER BY r.place, c.n)
          FROM jsonb_to_recordset(readiness) AS r (place integer, "check" text, verdict text, measured text, needed text)
         CROSS JOIN LATERAL unnest(ARRAY[pls_internal.say(language, 'check.' || r."check"), pls_internal.say(language, 'verdict.' || r.verdict), r.measured, r.needed]) WITH ORDINALITY AS c (cell, n)))
$$;
COMMENT ON FUNCTION pls_internal.pack_readiness IS
'Part of the Motion Pack: the rows of pls.readiness() as a table.';

CREATE FUNCTION pls_internal.pack_section_1(language text, facts pls_internal.gate_facts, funnel jsonb, intake jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT concat_ws(E'\n\n', pls_internal.pack_goal(language, facts.motion, intake), pls_internal.pack_baselines(language, funnel),
                     pls_internal.pack_readiness(language, facts.readiness), pls_internal.pack_assumptions(language, intake))
$$;
COMMENT ON FUNCTION pls_internal.pack_section_1 IS
'Section 1 of the Motion Pack: context, baselines, readiness, assumptions.';

/* ---- the funnel ---- */

-- Mermaid: text in double quotes; what could end it is replaced.
CREATE FUNCTION pls_internal.mermaid_text(text text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT regexp_replace(replace(replace(replace(replace(text, '#', '#35;'), '%', '#37;'), '"', '#quot;'), '`', '#96;'), '[[:cntrl:]<>|]+', ' ', 'g');
END;
COMMENT ON FUNCTION pls_internal.mermaid_text IS
'A text within double quotes of a Mermaid chart. NULL: NULL.';

CREATE FUNCTION pls_internal.pack_chart(language text, funnel jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    RETURN concat(E'```mermaid\nflowchart TD\n', (
        WITH f AS (
            SELECT r.position, row_number() OVER (ORDER BY r.position) AS n, r.stage, r.entities, r.after, r.conversion
              FROM jsonb_to_recordset(funnel) AS r ("position" integer, stage text, arm text, entities bigint, after text, conversion numeric)
             WHERE r.arm = 'all')
        SELECT string_agg(concat(format(E'    s%s["%s: %s"]\n', f.n, pls_internal.mermaid_text(left(f.stage, 60)),
                                        coalesce(f.entities::text, pls_internal.say(language, 'unknown'))),
                                 -- a share is of those at the stage that the arrow comes from
                                 CASE WHEN f.n > 1 THEN format(E'    s%s -->%s s%s\n', coalesce(b.n, f.n - 1), '|"' || pls_internal.percent_text(f.conversion) || '"|', f.n) END),
                          '' ORDER BY f.n)
          FROM f LEFT JOIN f b ON b.stage = f.after), '```');
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_chart IS
'Part of the Motion Pack: the funnel as a Mermaid chart.';

CREATE FUNCTION pls_internal.pack_stages(language text, play pls.motions, funnel jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    RETURN pls_internal.pack_table(language, '{stage,entry,exit,entities,conversion,median,p90}', '{f,f,f,t,t,t,t}', (
        SELECT array_agg(c.cell ORDER BY s.position, c.n)
          FROM pls.stages s
          LEFT JOIN jsonb_to_recordset(funnel) AS r (stage text, arm text, entities bigint, after text, conversion numeric, median_time interval, p90_time interval)
                 ON r.stage = s.stage AND r.arm = 'all'
         CROSS JOIN LATERAL unnest(ARRAY[s.stage, pls_internal.stage_entry_text(s, language), coalesce(s.exit_when, pls_internal.say(language, CASE WHEN s.position = (SELECT max(l.position) FROM pls.stages l WHERE l.motion = s.motion)
                                                                                      THEN 'stage.end' ELSE 'stage.exit' END)),
                                         coalesce(r.entities::text, pls_internal.say(language, 'unknown')), CASE WHEN r.conversion IS NOT NULL THEN pls_internal.say(language, 'stage.share', pls_internal.percent_text(r.conversion), r.after) END,
                                         pls_internal.span_in(language, r.median_time), pls_internal.span_in(language, r.p90_time)]) WITH ORDINALITY AS c (cell, n)
         WHERE s.motion = play.motion));
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_stages IS
'Part of the Motion Pack: the stages with their criteria and figures.';

CREATE FUNCTION pls_internal.pack_arms(language text, funnel jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    RETURN pls_internal.pack_table(language, '{stage,untouched,touched,held_out}', '{f,t,t,t}', (
        WITH f AS (
            SELECT r.position, r.stage,
                   max(concat(r.entities, ' (' || pls_internal.percent_text(r.of_first) || ')')) FILTER (WHERE r.arm = 'untouched') AS untouched,
                   max(concat(r.entities, ' (' || pls_internal.percent_text(r.of_first) || ')')) FILTER (WHERE r.arm = 'touched') AS touched,
                   max(concat(r.entities, ' (' || pls_internal.percent_text(r.of_first) || ')')) FILTER (WHERE r.arm = 'held out') AS held_out
              FROM jsonb_to_recordset(funnel) AS r ("position" integer, stage text, arm text, entities bigint, of_first numeric)
             WHERE r.entities IS NOT NULL
             GROUP BY r.position, r.stage)
        SELECT array_agg(c.cell ORDER BY f.position, c.n)
          FROM f CROSS JOIN LATERAL unnest(ARRAY[f.stage, f.untouched, f.touched, f.held_out]) WITH ORDINALITY AS c (cell, n)));
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_arms IS
'Part of the Motion Pack: how many of the untouched, the touched and those held out get how far.';

CREATE FUNCTION pls_internal.pack_owners(language text, play pls.motions) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    RETURN pls_internal.pack_table(language, '{stage,responsible,accountable,consulted,informed,sales_helps}', '{f,f,f,f,f,f}', (
        SELECT array_agg(c.cell ORDER BY s.position, c.n)
          FROM pls.stages s
         CROSS JOIN LATERAL unnest(ARRAY[s.stage, s.responsible, s.accountable, s.consulted, s.informed,
                                         coalesce(s.sales_helps, pls_internal.say(language, 'stage.alone'))]) WITH ORDINALITY AS c (cell, n)
         WHERE s.motion = play.motion));
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_owners IS
'Part of the Motion Pack: who answers for each stage, and where a person steps in.';

INSERT INTO pls_internal.words (key, en, zh) VALUES
('stage.exit', 'the next stage is reached', '到达下一阶段'),
('stage.end', 'never: it is the last', '不退出：最后阶段'),
('stage.share', '%1$s of "%2$s"', '“%2$s”的 %1$s'),
('stage.alone', 'nobody steps in', '无人介入');

CREATE FUNCTION pls_internal.pack_guardrails(language text, guards jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    RETURN pls_internal.pack_table(language, '{guardrail,stage,measured,needed,verdict,evidence}', '{f,f,t,t,f,f}', (
        SELECT array_agg(c.cell ORDER BY g.place, c.n)
          FROM jsonb_array_elements(guards) WITH ORDINALITY AS g (row, place)
         CROSS JOIN LATERAL unnest(ARRAY[pls_internal.say(language, 'guard.name.' || (g.row ->> 'guardrail')), g.row ->> 'stage', g.row ->> 'measured', g.row ->> 'needed',
                                         pls_internal.say(language, 'verdict.' || (g.row ->> 'verdict')), g.row ->> 'evidence']) WITH ORDINALITY AS c (cell, n)
         -- what the table of owners shows already
         WHERE g.row ->> 'guardrail' NOT IN ('stage can be reached', 'stage has owners') OR g.row ->> 'verdict' <> 'pass'));
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_guardrails IS
'Part of the Motion Pack: the rows of pls.guardrails().';

CREATE FUNCTION pls_internal.pack_section_2(language text, facts pls_internal.gate_facts, funnel jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pls.stages s WHERE s.motion = (facts.motion).motion) THEN
        RETURN pls_internal.say(language, 'funnel.missing');
    END IF;
    RETURN concat_ws(E'\n\n',
        pls_internal.pack_heading(language, 'funnel.chart') || pls_internal.pack_chart(language, funnel),
        pls_internal.pack_paragraph(pls_internal.say(language, 'funnel.skips')),
        pls_internal.pack_stages(language, facts.motion, funnel),
        pls_internal.pack_heading(language, 'funnel.arms') || pls_internal.pack_arms(language, funnel),
        pls_internal.pack_paragraph(pls_internal.say(language, 'funnel.why')),
        pls_internal.pack_heading(language, 'funnel.raci') || pls_internal.pack_owners(language, facts.motion),
        pls_internal.pack_heading(language, 'funnel.guards') || pls_internal.pack_guardrails(language, facts.guards));
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_section_2 IS
'Section 2 of the Motion Pack: funnel, owners, guardrails.';
