/* 66_pack_definition.sql - sections 3 and 4 of the Motion Pack: definition and signals, routing and workflow.
 */

INSERT INTO pls_internal.words (key, en, zh) VALUES
('define.heading', 'Who qualifies', '谁合格'),
('define.unit.account', 'The unit is the account (PQA): value comes from a team. Who buys: %s.', '单位为账户（PQA）：价值来自团队。购买者：%s。'),
('define.unit.user', 'The unit is the user (PQL): one user can buy. Who buys: %s.', '单位为用户（PQL）：单个用户即可购买。购买者：%s。'),
('define.unit.nobody', 'not said yet', '尚未说明'),
('example.heading', 'Two examples from the data', '数据中的两个例子'),
('example.yes', 'qualifies', '合格'),
('example.no', 'does not qualify', '不合格'),
('example.none', 'The data have no example yet: watch the events and run pls.refresh().', '数据中尚无例子：请监视事件表并运行 pls.refresh()。'),
('signals.heading', 'Signals', '信号'),
('signals.none', 'No signal is enabled.', '没有启用的信号。'),
('signals.risk', 'How each can mislead', '各信号可能的误导'),
('signals.controls', 'Against gaming: it takes %1$s distinct signals; exclusions in force: %2$s; signals that count repeated rows once: %3$s.',
                     '防刷措施：要求 %1$s 个不同信号；生效的排除规则：%2$s 条；重复行只计一次的信号：%3$s 个。'),
('signals.limits', 'Limits by category: %s.', '类别上限：%s。'),
('required.mark', ' (required)', '（必需）'),
('routes.heading', 'Routes, the first that matches', '路由（首个匹配者生效）'),
('routes.everything', 'everything else', '其余全部'),
('routes.end_of_day', 'end of the working day', '当个工作日结束前'),
('routes.by_signal', 'that of the strongest signal', '由最强信号决定'),
('reps.heading', 'Reps', '销售'),
('reps.absent', 'absent', '缺勤'),
('sees.heading', 'What the rep sees, and has to do', '销售看到什么、要做什么'),
('sees.1', 'Who and why: the reason in one sentence, score, grade, and each line of the score.', '对象与原因：一句话理由、评分、等级及每一项得分。'),
('sees.2', 'What next: the next best action and, of an account, whom to talk to.', '下一步：最佳行动，以及账户中应联系的人。'),
('sees.3', 'Until when: respond_by and resolve_by, in the route''s working hours.', '期限：按路由工作时间计算的 respond_by 和 resolve_by。'),
('sees.4', 'To do: touch it, then dispose of it with one of the dispositions below; snooze or reassign if need be.',
           '要做：先联系（touch），再用下列处置项关闭（dispose）；必要时推迟或转派。'),
('crm.heading', 'Fields for the CRM (view pls.crm_alerts)', 'CRM 字段（视图 pls.crm_alerts）'),
('dispositions.heading', 'Dispositions', '处置项'),
('class.accepted', 'the signals were right', '信号正确'), ('class.rejected_signal', 'the signals were wrong', '信号错误'),
('class.rejected_other', 'not the signals'' fault', '与信号无关'), ('class.nurture', 'later', '以后再说'), ('class.none', 'nothing', '不作判断'),
('ladder.heading', 'If it is not touched or closed in time', '未及时联系或关闭时'),
('ladder.none', 'Nothing happens: there is no escalation.', '不会发生任何事：没有升级步骤。'),
('ladder.share', '%1$s of the time %2$s has passed', '%2$s的时限已过 %1$s'),
('ladder.after', '%1$s have passed %2$s', '%2$s已过 %1$s'),
('ladder.respond', 'to the first touch', '首次联系'), ('ladder.resolve', 'to close it', '关闭'),
('ladder.respond.open', 'without a first touch', '未联系'), ('ladder.resolve.open', 'and it is open', '未关闭'),
('ladder.notify', 'notify', '通知'), ('ladder.reassign', 'give it to another rep', '转派他人'),
('ladder.manager', 'give it to the manager', '交给主管'), ('ladder.offline', 'take the rep offline', '让该销售暂停接收'),
('agenda.heading', 'Weekly review', '每周回顾'),
('agenda.1', 'alerts and SLA', '提醒与 SLA'), ('agenda.1.ask', 'as many as people can answer in time?', '数量是否在能及时响应的范围内？'),
('agenda.2', 'dispositions', '处置情况'), ('agenda.2.ask', 'what came of the alerts?', '提醒带来了什么结果？'),
('agenda.3', 'false positives', '误报'), ('agenda.3.ask', 'which usage was misread?', '哪些使用情况被误读？'),
('agenda.4', 'signals', '信号'), ('agenda.4.ask', 'which to keep, raise or retire?', '哪些保留、提高阈值或弃用？'),
('agenda.5', 'model changes', '模型变更'), ('agenda.5.ask', 'did they do what they were for?', '是否达到预期目的？'),
('agenda.6', 'backlog and health', '积压与健康状况'), ('agenda.6.ask', 'is anything missed?', '有无遗漏？');

CREATE FUNCTION pls_internal.pack_examples(language text, motion text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    cells CONSTANT text[] := (
        SELECT array_agg(c.cell ORDER BY e.qualifies DESC, c.n)
          FROM pls.definition_examples(motion, language) e
         CROSS JOIN LATERAL unnest(ARRAY[e.entity_id, pls_internal.say(language, CASE WHEN e.qualifies THEN 'example.yes' ELSE 'example.no' END),
                                         trim_scale(e.score)::text, pls_internal.utc_text(e.at), e.why]) WITH ORDINALITY AS c (cell, n));
BEGIN
    RETURN pls_internal.pack_heading(language, 'example.heading')
        || CASE WHEN cells IS NULL THEN pls_internal.say(language, 'example.none')
                ELSE pls_internal.pack_table(language, '{entity,verdict,score,at,why}', '{f,f,t,f,f}', cells) END;
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_examples IS
'Part of the Motion Pack: an entity that qualifies and one that does not.';

CREATE FUNCTION pls_internal.pack_signals(language text, motion text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    places CONSTANT text[] := pls_internal.signal_categories();
    signals text[];
    risks   text[];
BEGIN
    SELECT array_agg(c.cell ORDER BY array_position(places, s.category), s.signal COLLATE "C", c.n) INTO signals
      FROM pls.signals s
     CROSS JOIN LATERAL unnest(ARRAY[
           s.signal || CASE WHEN s.required THEN pls_internal.say(language, 'required.mark') ELSE '' END,
           pls_internal.say(language, 'category.' || s.category), pls_internal.measure_in(language, s), pls_internal.threshold_in(language, s),
           pls_internal.points_in(language, s), s.why]) WITH ORDINALITY AS c (cell, n)
     WHERE s.motion = motion AND s.enabled;
    SELECT array_agg(c.cell ORDER BY array_position(places, s.category), s.signal COLLATE "C", c.n) INTO risks
      FROM pls.signals s
     CROSS JOIN LATERAL unnest(ARRAY[s.signal, coalesce(s.false_positive_risk, pls_internal.say(language, 'not said')),
                                     coalesce(s.data_source, pls_internal.say(language, 'not said'))]) WITH ORDINALITY AS c (cell, n)
     WHERE s.motion = motion AND s.enabled;
    IF signals IS NULL THEN
        RETURN pls_internal.pack_heading(language, 'signals.heading') || pls_internal.say(language, 'signals.none');
    END IF;
    RETURN concat_ws(E'\n\n',
        pls_internal.pack_heading(language, 'signals.heading')
        || pls_internal.pack_table(language, '{signal,category,how,threshold,points,why}', '{f,f,f,f,f,f}', signals),
        pls_internal.pack_heading(language, 'signals.risk')
        || pls_internal.pack_table(language, '{signal,risk,source}', '{f,f,f}', risks));
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_signals IS
'Part of the Motion Pack: the enabled signals, and how each can mislead.';

CREATE FUNCTION pls_internal.pack_section_3(language text, play pls.motions) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    exclusions CONSTANT bigint := (SELECT count(*) FROM pls.exclusions x WHERE (x.motion = play.motion OR x.motion IS NULL) AND x.enabled);
    limits     CONSTANT text := (
        SELECT string_agg(concat(pls_internal.say(language, 'category.' || l.category), ' ', concat_ws(' .. ', trim_scale(l.min_points), trim_scale(l.max_points))),
                          pls_internal.say(language, 'list.comma') ORDER BY l.category COLLATE "C")
          FROM pls.category_limits l WHERE l.motion = play.motion);
BEGIN
    RETURN concat_ws(E'\n\n',
        pls_internal.pack_heading(language, 'define.heading')
        || pls_internal.pack_paragraph(pls_internal.say(language, 'define.unit.' || play.unit,
               coalesce(nullif(btrim(play.buyer), ''), pls_internal.say(language, 'define.unit.nobody')))),
        pls_internal.pack_paragraph(pls_internal.definition_in(language, play)),
        pls_internal.pack_paragraph(pls_internal.say(language, 'signals.controls', play.min_signals::text, exclusions::text, (
            SELECT count(*) FROM pls.signals s WHERE s.motion = play.motion AND s.enabled AND (s.collapse IS NOT NULL OR s.measure IN ('days', 'actors', 'distinct', 'recency', 'first')))::text)),
        CASE WHEN limits IS NOT NULL THEN pls_internal.pack_paragraph(pls_internal.say(language, 'signals.limits', limits)) END,
        pls_internal.pack_examples(language, play.motion),
        pls_internal.pack_signals(language, play.motion));
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_section_3 IS
'Section 3 of the Motion Pack: who qualifies, examples, signals.';

/* ---- routing and workflow ---- */

CREATE FUNCTION pls_internal.pack_routes(language text, motion text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    routes text[];
    reps   text[];
BEGIN
    SELECT array_agg(c.cell ORDER BY r.position, c.n) INTO routes
      FROM pls.routes r
     CROSS JOIN LATERAL unnest(ARRAY[r.route, coalesce(pls_internal.predicate_text(r.predicate), pls_internal.say(language, 'routes.everything')), r.pool,
           CASE WHEN r.respond_end_of_day THEN pls_internal.say(language, 'routes.end_of_day') ELSE pls_internal.work_span_in(language, r.respond_within) END,
           CASE WHEN r.resolve_end_of_day THEN pls_internal.say(language, 'routes.end_of_day') ELSE pls_internal.work_span_in(language, r.resolve_within) END,
           coalesce(r.next_best_action, pls_internal.say(language, 'routes.by_signal'))]) WITH ORDINALITY AS c (cell, n)
     WHERE r.motion = motion;
    SELECT array_agg(c.cell ORDER BY k.rep COLLATE "C", c.n) INTO reps
      FROM pls.reps k
     CROSS JOIN LATERAL unnest(ARRAY[k.rep,
           (SELECT string_agg(DISTINCT m.pool, ', ') FROM pls.pool_members m JOIN pls.routes r ON r.pool = m.pool AND r.motion = motion WHERE m.rep = k.rep),
           k.daily_quota::text, k.max_open::text, k.manager]) WITH ORDINALITY AS c (cell, n)
     WHERE k.active AND k.rep IN (SELECT m.rep FROM pls.pool_members m JOIN pls.routes r ON r.pool = m.pool WHERE r.motion = motion);
    RETURN concat_ws(E'\n\n',
        pls_internal.pack_heading(language, 'routes.heading')
        || pls_internal.pack_table(language, '{route,when,pool,respond,resolve,action}', '{f,f,f,f,f,f}', routes),
        pls_internal.pack_heading(language, 'reps.heading')
        || pls_internal.pack_table(language, '{rep,pool,quota,open,manager}', '{f,f,t,t,f}', reps));
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_routes IS
'Part of the Motion Pack: routes, and who works them.';

CREATE FUNCTION pls_internal.pack_dispositions(language text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pls_internal.pack_heading(language, 'dispositions.heading')
        || pls_internal.pack_table(language, '{disposition,class,meaning,quiet,reason}', '{f,f,f,f,f}', (
        SELECT array_agg(c.cell ORDER BY array_position('{accepted,nurture,none,rejected_signal,rejected_other}'::text[], d.outcome_class), d.disposition COLLATE "C", c.n)
          FROM pls.dispositions d
         CROSS JOIN LATERAL unnest(ARRAY[d.disposition, pls_internal.say(language, 'class.' || d.outcome_class), d.meaning,
               pls_internal.span_in(language, d.cooldown), pls_internal.yes_or_no(language, d.reason_required)]) WITH ORDINALITY AS c (cell, n)
         WHERE d.enabled))
$$;
COMMENT ON FUNCTION pls_internal.pack_dispositions IS
'Part of the Motion Pack: how an alert can end, and what is learned from it.';

CREATE FUNCTION pls_internal.pack_ladder(language text, motion text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    cells CONSTANT text[] := (
        SELECT array_agg(c.cell ORDER BY e.level, c.n)
          FROM pls.escalations e
         CROSS JOIN LATERAL unnest(ARRAY[e.level::text,
               CASE WHEN e.at_share IS NOT NULL THEN pls_internal.say(language, 'ladder.share', pls_internal.percent_text(e.at_share), pls_internal.say(language, 'ladder.' || e.measured))
                    ELSE pls_internal.say(language, 'ladder.after', pls_internal.work_span_in(language, e.after), pls_internal.say(language, format('ladder.%s.open', e.measured))) END,
               pls_internal.say(language, 'ladder.' || e.action)]) WITH ORDINALITY AS c (cell, n)
         WHERE e.motion = motion);
BEGIN
    RETURN pls_internal.pack_heading(language, 'ladder.heading')
        || CASE WHEN cells IS NULL THEN pls_internal.say(language, 'ladder.none')
                ELSE pls_internal.pack_table(language, '{step,when,action}', '{t,f,f}', cells) END;
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_ladder IS
'Part of the Motion Pack: what happens to an alert that is not touched in time.';

CREATE FUNCTION pls_internal.pack_agenda(language text, motion text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pls_internal.pack_heading(language, 'agenda.heading')
        || pls_internal.pack_table(language, '{topic,owner,question}', '{f,f,f}', (
        SELECT array_agg(c.cell ORDER BY a.place, c.n)
          FROM pls_internal.review_agenda(pack_agenda.motion, '{}') WITH ORDINALITY AS a (item, this_week, week_before, owner, note, place)
         CROSS JOIN LATERAL unnest(ARRAY[pls_internal.say(language, 'agenda.' || a.place),
               pls_internal.say_if_known(language, 'owner', a.owner),
               pls_internal.say(language, format('agenda.%s.ask', a.place))]) WITH ORDINALITY AS c (cell, n)))
$$;
COMMENT ON FUNCTION pls_internal.pack_agenda IS
'Part of the Motion Pack: what is looked at once a week, and who leads it.';

CREATE FUNCTION pls_internal.pack_section_4(language text, play pls.motions) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    fields CONSTANT text := (
        SELECT string_agg(format('`%s`', a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
         WHERE a.attrelid = pls_internal.own_table('crm_alerts') AND a.attnum > 0 AND NOT a.attisdropped);
BEGIN
    RETURN concat_ws(E'\n\n', pls_internal.pack_routes(language, play.motion),
        pls_internal.pack_heading(language, 'sees.heading')
        || pls_internal.pack_list(ARRAY(SELECT pls_internal.say(language, 'sees.' || n) FROM generate_series(1, 4) AS n ORDER BY n)),
        pls_internal.pack_heading(language, 'crm.heading') || array_to_string(pls_internal.lines_of(fields, 116), E'\n'),
        pls_internal.pack_dispositions(language), pls_internal.pack_ladder(language, play.motion), pls_internal.pack_agenda(language, play.motion));
END;
$$;
COMMENT ON FUNCTION pls_internal.pack_section_4 IS
'Section 4 of the Motion Pack: routes, reps, what they see and do, dispositions, escalations, weekly review.';
