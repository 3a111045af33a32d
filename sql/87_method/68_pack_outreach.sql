/* 68_pack_outreach.sql - sections 5 and 6 of the Motion Pack: outreach kit, instrumentation and reporting.
 */

INSERT INTO pls_internal.words (key, en, zh) VALUES
('kit.none', 'There are no messages: insert them into pls.templates.', '尚无消息：请录入 pls.templates。'),
('kit.early_intent', 'email, early intent', '邮件，早期意向'), ('kit.high_intent', 'email, high intent', '邮件，高意向'),
('kit.expansion', 'email, expansion', '邮件，扩展'), ('kit.call_opener', 'call opener', '电话开场'),
('kit.discovery', 'discovery prompts', '探询问题'), ('kit.follow_up', 'follow-up', '跟进'),
('kit.title', '%1$s (%2$s)', '%1$s（%2$s）'),
('kit.subject', 'Subject: %s', '主题：%s'),
('kit.clean', 'The linter finds nothing in the %s messages.', '检查器在 %s 条消息中未发现问题。'),
('kit.faults', 'The linter rejects: %s. They are not sent until they are mended.', '检查器拒绝：%s。修正前不会发送。'),
('kit.rules.heading', 'Follow-up rules', '跟进规则'),
('kit.rules.count', 'Follow-ups: at most %1$s, each so long after the message before: %2$s.', '最多跟进 %1$s 次，与上一条消息的间隔：%2$s。'),
('kit.rules.no', 'No follow-up is sent.', '不发送跟进。'),
('kit.rules.stop', 'It stops at a reply, at any other contact, when the alert is closed, and for good when somebody opts out.',
                   '收到回复、发生其他联系或提醒关闭时停止；对方退订后永久停止。'),
('kit.rules.refuse', 'No message is drafted without a met, approved signal, for who must not be contacted, without the consent that the region asks for, beyond the touch limit, or for who is held out.',
                     '以下情况不生成消息：没有已满足且获批的信号、不得联系、所在地区要求同意但未取得、超出联系上限、属于对照组。'),
('kit.approved.heading', 'What a message may speak of', '消息可以提及的内容'),
('kit.approved.none', 'No signal is approved for outreach.', '没有获批用于触达的信号。'),
('kit.limits.heading', 'Regions, consent and other constraints', '地区、同意与其他限制'),
('kit.limits.long', 'see pls.outreach_rules', '见 pls.outreach_rules'),
('kit.limits.none', 'No rule besides the exclusions.', '除排除规则外没有其他限制。'),
('effect.refuse', 'no message', '不发送'), ('effect.needs_consent', 'only with consent', '须有同意'), ('effect.needs_review', 'after a review', '须经审核'),
('tracking.heading', 'Tracking plan', '埋点计划'),
('tracking.none', 'The signals ask for no events.', '信号不需要任何事件。'),
('tracking.property', 'property %s', '属性 %s'),
('tracking.any', 'any event', '任意事件'),
('views.heading', 'Dashboards', '看板'),
('views.open_alerts', 'alerts to work on, most urgent first', '待处理的提醒，最急者在前'),
('views.sla', 'limits kept and missed, right at every instant', '时限的遵守情况，任意时刻准确'),
('views.rep_workload', 'what each rep has to do', '每位销售的工作量'),
('views.scores', 'every entity with its score as of now', '每个对象的当前评分'),
('views.funnel_now', 'how many are at which stage now', '当前各阶段的数量'),
('views.why_not_alerted', 'who has the points and no alert, and why', '分数已够但没有提醒的对象及原因'),
('views.health', 'whether events come and work is done', '事件是否到达、工作是否完成'),
('views.weekly_review', 'the week in figures (a function)', '每周数据（函数）'),
('indicator.heading', 'Indicators', '指标'),
('indicator.leading', 'leading', '先行'), ('indicator.lagging', 'lagging', '滞后'),
('indicator.alerts', 'alerts raised', '产生的提醒'), ('indicator.hours', 'median working hours to first touch', '首次联系的工作小时中位数'),
('indicator.in_time', 'touched in time', '及时联系'), ('indicator.meetings', 'meetings per alert', '每个提醒带来的会面'),
('indicator.conversion', 'conversions', '转化'), ('indicator.expansion', 'expansions', '扩展'), ('indicator.churn', 'churned', '流失'),
('head.days28', 'last 28 days', '最近 28 天'), ('head.days56', '28 days before', '之前 28 天');

CREATE FUNCTION pls_internal.pack_message(language text, name text, kind text, subject text, body text, after interval) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lines CONSTANT text[] := CASE WHEN btrim(subject) <> '' THEN ARRAY[pls_internal.say(language, 'kit.subject', subject), ''] ELSE '{}' END
                             || regexp_split_to_array(btrim(body, E' \n\r\t'), E'\r?\n');
BEGIN
    RETURN concat(pls_internal.pack_paragraph(pls_internal.say(language, 'kit.title', name, pls_internal.listed(language, array_remove(ARRAY[pls_internal.say(language, 'kit.' || kind), pls_internal.span_in(language, after)], NULL))), '#### '), E'\n\n', (
        SELECT string_agg(coalesce(pls_internal.pack_paragraph(l.line, '> ', '> '), '>'), E'\n' ORDER BY l.place)
          FROM unnest(lines) WITH ORDINALITY AS l (line, place)));
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_message IS
'Part of the Motion Pack: a message as it was written.';

CREATE FUNCTION pls_internal.pack_kit_rules(language text, motion text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    further record;
    faults  text;
    messages bigint;
    approved text[];
    limits   text[];
BEGIN
    -- who is written to in one language is followed up in it
    SELECT count(*) AS n, string_agg(pls_internal.span_in(language, t.after), ', ' ORDER BY t.position, t.template COLLATE "C") AS spans INTO further
      FROM pls.templates t WHERE t.motion = motion AND t.enabled AND t.kind = 'follow_up'
     GROUP BY t.language ORDER BY 1 DESC, t.language COLLATE "C" LIMIT 1;
    SELECT count(DISTINCT t.template), string_agg(DISTINCT format('%s (%s)', t.template, l.rule), ', ') FILTER (WHERE l.rule IS NOT NULL) INTO messages, faults
      FROM pls.templates t LEFT JOIN pls_internal.lint_messages(motion) l ON l.template = t.template
     WHERE t.motion = motion AND t.enabled;
    SELECT array_agg(c.cell ORDER BY s.signal COLLATE "C", c.n) INTO approved
      FROM pls.signals s CROSS JOIN LATERAL unnest(ARRAY[s.signal, s.outreach_words]) WITH ORDINALITY AS c (cell, n)
     WHERE s.motion = motion AND s.enabled AND s.approved_for_outreach;
    SELECT array_agg(c.cell ORDER BY o.name COLLATE "C", c.n) INTO limits
      FROM pls.outreach_rules o
      LEFT JOIN LATERAL (SELECT pls_internal.predicate_text(o.predicate) AS said) w ON length(w.said) <= 80
     CROSS JOIN LATERAL unnest(ARRAY[o.name, coalesce(w.said, pls_internal.say(language, 'kit.limits.long')), pls_internal.say(language, 'effect.' || o.effect), o.reason]) WITH ORDINALITY AS c (cell, n)
     WHERE (o.motion = motion OR o.motion IS NULL) AND o.enabled;
    RETURN concat_ws(E'\n\n',
        pls_internal.pack_paragraph(CASE WHEN faults IS NULL THEN pls_internal.say(language, 'kit.clean', messages::text)
                                         ELSE pls_internal.say(language, 'kit.faults', faults) END),
        pls_internal.pack_heading(language, 'kit.rules.heading') || pls_internal.pack_list(ARRAY[
            CASE WHEN further.n > 0 THEN pls_internal.say(language, 'kit.rules.count', further.n::text, further.spans)
                 ELSE pls_internal.say(language, 'kit.rules.no') END,
            pls_internal.say(language, 'kit.rules.stop'), pls_internal.say(language, 'kit.rules.refuse')]),
        pls_internal.pack_heading(language, 'kit.approved.heading')
            || CASE WHEN approved IS NULL THEN pls_internal.say(language, 'kit.approved.none')
                    ELSE pls_internal.pack_table(language, '{signal,shows}', '{f,f}', approved) END,
        pls_internal.pack_heading(language, 'kit.limits.heading')
            || CASE WHEN limits IS NULL THEN pls_internal.say(language, 'kit.limits.none')
                    ELSE pls_internal.pack_table(language, '{name,when,effect,why}', '{f,f,f,f}', limits) END);
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_kit_rules IS
'Part of the Motion Pack: what the linter says, follow-up rules, approved signals, constraints.';

CREATE FUNCTION pls_internal.pack_section_5(language text, play pls.motions) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    kinds    CONSTANT text[] := '{early_intent,high_intent,expansion,follow_up,call_opener,discovery}';
    messages CONSTANT text := (
        SELECT string_agg(pls_internal.pack_message(language, t.template, t.kind, t.subject, t.body, t.after), E'\n\n' ORDER BY array_position(kinds, t.kind), t.position, t.template COLLATE "C")
          FROM pls.templates t WHERE t.motion = play.motion AND t.enabled);
BEGIN
    IF messages IS NULL THEN
        RETURN pls_internal.say(language, 'kit.none');
    END IF;
    RETURN concat_ws(E'\n\n', messages, pls_internal.pack_kit_rules(language, play.motion));
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_section_5 IS
'Section 5 of the Motion Pack: the outreach kit.';

/* ---- instrumentation and reporting ---- */

CREATE FUNCTION pls_internal.pack_tracking(language text, tracking jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    cells CONSTANT text[] := (
        SELECT array_agg(c.cell ORDER BY t.place, c.n)
          FROM jsonb_array_elements(tracking) WITH ORDINALITY AS t (row, place)
         CROSS JOIN LATERAL jsonb_to_record(t.row) AS r (event text, property text, signals text[], seen boolean, last_seen timestamptz, rows_a_day numeric, share numeric)
         CROSS JOIN LATERAL unnest(ARRAY[
               CASE WHEN r.property IS NULL THEN coalesce(r.event, pls_internal.say(language, 'tracking.any'))
                    ELSE pls_internal.say(language, 'tracking.property', r.property) END,
               array_to_string(r.signals, ', '), pls_internal.yes_or_no(language, r.seen), trim_scale(round(r.rows_a_day, 1))::text,
               to_char(timezone('UTC', r.last_seen), 'YYYY-MM-DD'), pls_internal.percent_text(r.share)]) WITH ORDINALITY AS c (cell, n)
         WHERE r.signals <> '{}');
BEGIN
    RETURN pls_internal.pack_heading(language, 'tracking.heading')
        || CASE WHEN cells IS NULL THEN pls_internal.say(language, 'tracking.none')
                ELSE pls_internal.pack_table(language, '{event,signals,seen,rows,last,complete}', '{f,f,f,t,f,t}', cells) END;
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_tracking IS
'Part of the Motion Pack: what signals ask of events, and what comes.';

CREATE FUNCTION pls_internal.pack_indicators(language text, play pls.motions) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    now   CONSTANT timestamptz := pls.now();
    cells text[];
BEGIN
    WITH spans AS (
        SELECT s.n, now - s.n * interval '28 days' AS since, now - (s.n - 1) * interval '28 days' AS until FROM generate_series(1, 2) AS s (n)),
    work AS (
        SELECT s.n, count(a.alert_id) AS alerts,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY EXTRACT(epoch FROM a.time_to_touch) / 3600) AS hours,
               count(*) FILTER (WHERE a.respond_state = 'met')::numeric / nullif(count(*) FILTER (WHERE a.respond_state IN ('met', 'missed', 'breached')), 0) AS in_time
          FROM spans s LEFT JOIN pls.sla a ON a.motion = play.motion AND a.created_at > s.since AND a.created_at <= s.until
         GROUP BY s.n),
    came AS (
        SELECT s.n, count(DISTINCT o.entity_id) FILTER (WHERE o.outcome = 'meeting') AS meeting,
               count(DISTINCT o.entity_id) FILTER (WHERE o.outcome = 'conversion') AS conversion,
               count(DISTINCT o.entity_id) FILTER (WHERE o.outcome = 'expansion') AS expansion,
               count(DISTINCT o.entity_id) FILTER (WHERE o.outcome = 'churn') AS churn
          FROM spans s LEFT JOIN pls.outcomes o ON o.motion = play.motion AND o.at > s.since AND o.at <= s.until
         GROUP BY s.n),
    both_spans AS (
        SELECT w.n, i.place, i.kind, i.name, i.value
          FROM work w JOIN came c USING (n)
         CROSS JOIN LATERAL (VALUES (1, 'leading', 'alerts', w.alerts::text), (2, 'leading', 'hours', trim_scale(round(w.hours::numeric, 1))::text),
               (3, 'leading', 'in_time', pls_internal.percent_text(w.in_time)),
               (4, 'leading', 'meetings', trim_scale(round(c.meeting::numeric / nullif(w.alerts, 0), 2))::text),
               (5, 'lagging', 'conversion', c.conversion::text), (6, 'lagging', 'expansion', c.expansion::text),
               (7, 'lagging', 'churn', c.churn::text)) AS i (place, kind, name, value)
         WHERE i.kind = 'leading' OR i.name = 'churn' OR i.name = ANY (pls_internal.outcomes_aimed_at(play.objective)))
    SELECT array_agg(c.cell ORDER BY l.place, c.n) INTO cells
      FROM both_spans l JOIN both_spans b ON b.place = l.place AND b.n = 2
     CROSS JOIN LATERAL unnest(ARRAY[pls_internal.say(language, 'indicator.' || l.kind), pls_internal.say(language, 'indicator.' || l.name),
           coalesce(l.value, pls_internal.say(language, 'unknown')), coalesce(b.value, pls_internal.say(language, 'unknown'))]) WITH ORDINALITY AS c (cell, n)
     WHERE l.n = 1;
    RETURN pls_internal.pack_heading(language, 'indicator.heading') || pls_internal.pack_table(language, '{kind,measure,days28,days56}', '{f,f,t,t}', cells);
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_indicators IS
'Part of the Motion Pack: leading and lagging indicators of the last 28 days and the 28 before.';

CREATE FUNCTION pls_internal.pack_section_6(language text, play pls.motions, tracking jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    RETURN concat_ws(E'\n\n', pls_internal.pack_tracking(language, tracking),
        pls_internal.pack_heading(language, 'views.heading') || pls_internal.pack_table(language, '{view,shows}', '{f,f}', (
            SELECT array_agg(c.cell ORDER BY v.place, c.n)
              FROM unnest('{open_alerts,sla,rep_workload,scores,funnel_now,why_not_alerted,health,weekly_review}'::text[]) WITH ORDINALITY AS v (name, place)
             CROSS JOIN LATERAL unnest(ARRAY['pls.' || v.name, pls_internal.say(language, 'views.' || v.name)]) WITH ORDINALITY AS c (cell, n))),
        pls_internal.pack_indicators(language, play));
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_section_6 IS
'Section 6 of the Motion Pack: tracking plan, dashboards, indicators.';
