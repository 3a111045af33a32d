/* 58_open_points.sql - risks, open questions and next steps: derived ones, and people's own.
 */

INSERT INTO pls_internal.words (key, en, zh) VALUES
('owner.data', 'data', '数据'),
('owner.revops', 'revops', '销售运营'),
('owner.sales', 'sales', '销售'),
('owner.product', 'product', '产品'),
('risk.coverage', 'Users do not map to accounts well enough: %s. Their usage is seen by nobody.', '用户与账户的映射不足：%s。这些使用情况无人看到。'),
('risk.unmeasured', 'No events have been sampled: what the signals find is not known.', '尚无事件样本：信号能发现什么仍属未知。'),
('risk.unseen', 'These events have never been seen, so their signals are not verified: %s.', '以下事件从未出现，其信号未经验证：%s。'),
('risk.stale', 'These events have stopped coming, for more than 7 days: %s.', '以下事件已停止超过 7 天：%s。'),
('risk.thin', 'Thin sample: %1$s closed alerts say whether the signals were right; 20 are needed to judge.',
              '样本过少：仅 %1$s 个已关闭的提醒能说明信号是否正确，至少需要 20 个。'),
('risk.late', 'The SLA is missed: %1$s of %2$s alerts of the last 28 days were touched late or not at all.',
              'SLA 未达成：最近 28 天 %2$s 个提醒中有 %1$s 个未及时联系。'),
('risk.capacity', 'More alerts than the reps can take: %1$s, needed %2$s.', '提醒量超出销售产能：%1$s，需要 %2$s。'),
('risk.health', 'Checks of pls.health that are broken: %s.', 'pls.health 中处于 broken 状态的检查：%s。'),
('risk.untested', 'Nobody is held out: what would have happened without sales is not known.', '没有对照组：无法得知没有销售介入时会怎样。'),
('risk.past', 'Scores rest on past usage. A change of the product or of its events shifts them unnoticed: watch pls.health.',
              '评分基于过去的使用情况。产品或事件的变化会悄然影响评分：请关注 pls.health。'),
('question.stay', 'Do those who were helped stay? Compare churn of both arms 90 days after the pilot.', '得到帮助的客户会留下来吗？试点结束 90 天后比较两组的流失。'),
('step.ready', 'Readiness, %1$s: %2$s', '就绪度，%1$s：%2$s'),
('step.plan', 'Plan a pilot with a holdout in pls.pilots.', '在 pls.pilots 中规划带对照组的试点。'),
('step.start', 'Start pilot "%1$s": SELECT pls.start_pilot(%2$s);', '启动试点“%1$s”：SELECT pls.start_pilot(%2$s);'),
('step.judge', 'Judge pilot "%1$s" by its own rules: SELECT * FROM pls.pilot_report(%2$s);', '按既定规则评判试点“%1$s”：SELECT * FROM pls.pilot_report(%2$s);'),
('step.live', 'Look at pls.preview(%1$s), then go live: SELECT * FROM pls.go_live(%1$s);', '查看 pls.preview(%1$s)，然后上线：SELECT * FROM pls.go_live(%1$s);'),
('step.review', 'Hold the weekly review: SELECT pls.weekly_review_markdown(%s);', '每周回顾：SELECT pls.weekly_review_markdown(%s);');

CREATE TYPE pls_internal.open_point AS (
    kind    text,
    point   text,
    owner   text,
    due_on  date,
    own     boolean
);
COMMENT ON TYPE pls_internal.open_point IS 'A risk, an open question or a next step.';
COMMENT ON COLUMN pls_internal.open_point.kind IS 'risk, open_question or next_step.';
COMMENT ON COLUMN pls_internal.open_point.point IS 'The text.';
COMMENT ON COLUMN pls_internal.open_point.owner IS 'Who takes care of it. NULL: nobody yet.';
COMMENT ON COLUMN pls_internal.open_point.due_on IS 'Until when. NULL: no date.';
COMMENT ON COLUMN pls_internal.open_point.own IS 'Whether somebody wrote it (pls.notes); else it follows from the data.';

CREATE FUNCTION pls_internal.risks_of(facts pls_internal.gate_facts, language text) RETURNS SETOF pls_internal.open_point
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 8
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play   CONSTANT pls.motions := (facts).motion;
    data   CONSTANT text := pls_internal.say(language, 'owner.data');
    sales  CONSTANT text := pls_internal.say_if_known(language, 'owner', pls_internal.sales_owners((play).motion));
    failed record;
    late   record;
    unseen text;
    stale  text;
    judged bigint;
BEGIN
    FOR failed IN
        SELECT r."check" AS name, r.measured, r.needed
          FROM jsonb_to_recordset((facts).readiness) AS r (place integer, "check" text, verdict text, measured text, needed text)
         -- without a table there is nothing to map
         WHERE r.verdict = 'fail' AND pls_internal.has_sources((play).motion) AND pls_internal.sampled_sources((play).motion) <> '{}' AND r."check" IN ('users map to accounts', 'sales capacity') ORDER BY r.place
    LOOP
        RETURN QUERY SELECT 'risk', CASE failed.name WHEN 'users map to accounts' THEN pls_internal.say(language, 'risk.coverage', failed.measured)
                                         ELSE pls_internal.say(language, 'risk.capacity', failed.measured, failed.needed) END,
                            CASE failed.name WHEN 'users map to accounts' THEN data ELSE sales END, NULL::date, false;
    END LOOP;
    IF pls_internal.sampled_sources((play).motion) = '{}' THEN
        RETURN QUERY SELECT 'risk', pls_internal.say(language, 'risk.unmeasured'), data, NULL::date, false;
    END IF;
    WITH asked AS (
        SELECT t.event, t.seen, t.last_seen, g.signal
          FROM jsonb_to_recordset((facts).tracking) AS t (event text, property text, signals text[], seen boolean, last_seen timestamptz)
         CROSS JOIN LATERAL unnest(t.signals) AS g (signal)
         WHERE t.property IS NULL AND t.event IS NOT NULL)
    -- of a signal that has several names for an event one is enough
    SELECT string_agg(DISTINCT a.event COLLATE "C", ', ' ORDER BY a.event COLLATE "C")
               FILTER (WHERE NOT a.seen AND NOT EXISTS (SELECT FROM asked o WHERE o.signal = a.signal AND o.seen)),
           string_agg(DISTINCT a.event COLLATE "C", ', ' ORDER BY a.event COLLATE "C") FILTER (WHERE a.last_seen < pls.now() - interval '7 days')
      INTO unseen, stale
      FROM asked a;
    IF unseen IS NOT NULL THEN
        RETURN QUERY SELECT 'risk', pls_internal.say(language, 'risk.unseen', unseen), data, NULL::date, false;
    END IF;
    IF stale IS NOT NULL THEN
        RETURN QUERY SELECT 'risk', pls_internal.say(language, 'risk.stale', stale), data, NULL::date, false;
    END IF;
    SELECT count(*) FILTER (WHERE a.respond_state IN ('missed', 'breached')) AS missed, count(*) AS alerts INTO late
      FROM pls.sla a WHERE a.motion = (play).motion AND a.created_at > pls.now() - interval '28 days' AND a.respond_within IS NOT NULL;
    IF late.missed > 0 THEN
        RETURN QUERY SELECT 'risk', pls_internal.say(language, 'risk.late', late.missed::text, late.alerts::text), sales, NULL::date, false;
    END IF;
    SELECT coalesce(max(p.accepted + p.rejected_signal), 0) INTO judged
      FROM pls.signal_performance((play).motion) p WHERE p.signal IS NULL AND p.model_version IS NULL;
    IF judged < 20 THEN
        RETURN QUERY SELECT 'risk', pls_internal.say(language, 'risk.thin', judged::text), pls_internal.say(language, 'owner.revops'), NULL::date, false;
    END IF;
    IF (play).holdout = 0 AND NOT EXISTS (SELECT FROM pls.pilots p WHERE p.motion = (play).motion AND p.status = 'running') THEN
        RETURN QUERY SELECT 'risk', pls_internal.say(language, 'risk.untested'), pls_internal.say(language, 'owner.revops'), NULL::date, false;
    END IF;
    RETURN QUERY
    SELECT 'risk', pls_internal.say(language, 'risk.health', string_agg(h."check", ', ' ORDER BY h."check" COLLATE "C")), data, NULL::date, false
      FROM pls.health h WHERE h.status = 'broken' HAVING count(*) > 0;
    RETURN QUERY SELECT 'risk', pls_internal.say(language, 'risk.past'), pls_internal.say(language, 'owner.product'), NULL::date, false;
END;
$$;
COMMENT ON FUNCTION pls_internal.risks_of IS
'The risks of a motion that follow from the data.';

CREATE FUNCTION pls_internal.steps_of(facts pls_internal.gate_facts, language text) RETURNS SETOF pls_internal.open_point
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 8
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play   CONSTANT pls.motions := (facts).motion;
    trial  CONSTANT pls.pilots := pls_internal.pilot_of((play).motion);
    revops CONSTANT text := pls_internal.say(language, 'owner.revops');
BEGIN
    -- one step may settle several checks
    RETURN QUERY
    SELECT 'next_step', pls_internal.say(language, 'step.ready', pls_internal.listed(language,
               array_agg(pls_internal.say(language, 'check.' || r."check") ORDER BY r.place)), r.fix), revops, NULL::date, false
      FROM jsonb_to_recordset((facts).readiness) AS r (place integer, "check" text, verdict text, fix text)
     WHERE r.verdict IN ('fail', 'unknown') AND r."check" <> 'verdict' AND r.fix IS NOT NULL
     GROUP BY r.fix
     ORDER BY min(r.place);
    IF (play).status = 'draft' THEN
        RETURN QUERY SELECT 'next_step', pls_internal.say(language, 'step.live', quote_literal((play).motion)), revops, NULL::date, false;
    END IF;
    RETURN QUERY
    SELECT 'next_step', CASE WHEN (trial).status = 'running' THEN pls_internal.say(language, 'step.judge', (trial).pilot, quote_literal((trial).pilot))
                             WHEN (trial).status IS DISTINCT FROM 'draft' THEN pls_internal.say(language, 'step.plan')
                             WHEN pls_internal.is_bounded(trial) THEN pls_internal.say(language, 'step.start', (trial).pilot, quote_literal((trial).pilot))
                             ELSE pls_internal.say(language, 'gate.G1.fix') END,
           revops, CASE (trial).status WHEN 'running' THEN timezone('UTC', (trial).ends_at)::date END, false;
    RETURN QUERY SELECT 'next_step', pls_internal.say(language, 'step.review', quote_literal((play).motion)),
                        pls_internal.say_if_known(language, 'owner', pls_internal.sales_owners((play).motion)), NULL::date, false;
END;
$$;
COMMENT ON FUNCTION pls_internal.steps_of IS
'The next steps of a motion that follow from the data.';

CREATE FUNCTION pls_internal.points_of(facts pls_internal.gate_facts, language text DEFAULT 'en') RETURNS SETOF pls_internal.open_point
    LANGUAGE plpgsql VOLATILE ROWS 20
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play CONSTANT pls.motions := (facts).motion;
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY '{risk,open_question,next_step}'::text[] LOOP
        -- people's own first
        RETURN QUERY
        SELECT n.kind, n.note, n.owner, n.due_on, true
          FROM pls.notes n WHERE n.motion = (play).motion AND n.kind = wanted AND n.done_on IS NULL ORDER BY n.due_on, n.note_id;
        CASE wanted
            WHEN 'risk' THEN
                RETURN QUERY SELECT r.* FROM pls_internal.risks_of(facts, language) r;
            WHEN 'open_question' THEN
                RETURN QUERY
                SELECT 'open_question', q.ask, NULL::text, NULL::date, false
                  FROM pls_internal.intake_state(play, language) q WHERE NOT q.is_answered ORDER BY q.place LIMIT 5;
                RETURN QUERY SELECT 'open_question', pls_internal.say(language, 'question.stay'), pls_internal.say(language, 'owner.revops'), NULL::date, false;
            ELSE
                RETURN QUERY SELECT s.* FROM pls_internal.steps_of(facts, language) s;
        END CASE;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.points_of IS
'Risks, open questions and next steps of a motion, people''s own before those that follow from the data.';

CREATE FUNCTION pls.open_points(motion text, language text DEFAULT 'en')
    RETURNS TABLE (kind text, point text, owner text, due_on date, own boolean)
    LANGUAGE plpgsql VOLATILE ROWS 20
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM pls_internal.check_language(language);
    RETURN QUERY
    SELECT p.kind, pls_internal.wrapped(p.point, 72), p.owner, p.due_on, p.own
      FROM pls_internal.points_of(pls_internal.facts_of_gate(motion, language), language) WITH ORDINALITY AS p (kind, point, owner, due_on, own, place)
     ORDER BY p.place;
END;
$$;
COMMENT ON FUNCTION pls.open_points IS
'Risks, open questions and next steps of a motion (kind): those that people have written into pls.notes and that are not done (own), and those that follow from the data: identity coverage, events that were never seen or have stopped, a thin sample, missed SLAs, capacity, broken health, no holdout, unanswered questions of the intake, failed checks of readiness, the next thing to do. point comes in lines of at most 72 characters. language: en or zh. Errors: 42704 no such motion, 22023 another language.';
