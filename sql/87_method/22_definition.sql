/* 22_definition.sql - who qualifies, in sentences made from the rows, and with examples.
 */

INSERT INTO pls_internal.words (key, en, zh) VALUES
('unit.account', 'account', '账户'),
('unit.user', 'user', '用户'),
('unit.accounts', 'accounts', '账户'),
('unit.users', 'users', '用户'),
('define.account', 'An account qualifies when its score is %1$s or more', '账户在满足以下条件时合格：评分不低于 %1$s 分'),
('define.user', 'A user qualifies when the score is %1$s or more', '用户在满足以下条件时合格：评分不低于 %1$s 分'),
('define.of', ' (of at most %s)', '（最高 %s 分）'),
('define.required', ', it meets %s', '，满足%s'),
('define.signals', ' and it meets at least %s signals that add points', '，并且至少满足 %s 个加分信号'),
('define.signal', ' and it meets at least 1 signal that adds points', '，并且至少满足 1 个加分信号'),
('define.end', '.', '。'),
('define.release', 'Once qualified, it stays so until the score falls below %s.', '合格后，评分低于 %s 分才失去资格。'),
('define.window', 'Events count for at most %s.', '事件最多计入 %s。'),
('define.triage', 'From %s points on, without qualifying, it goes to triage: a person looks before anybody is contacted.',
                  '未合格但评分达到 %s 分的，进入分诊：先由人判断，再决定是否联系。'),
('define.segment', 'In scope are only %1$s with %2$s.', '范围：仅限满足 %2$s 的%1$s。'),
('define.everybody', 'In scope are all %s.', '范围：全部%s。'),
('define.actors', 'These do not count: %s.', '以下行为者的事件不计入：%s。'),
('define.excluded', 'These never become an alert: %s.', '以下对象永不产生提醒：%s。'),
('define.customer', 'Whoever has bought already is left alone.', '已经购买的不再打扰。'),
('define.grace', 'Within %s of sign-up nobody is alerted.', '注册后 %s内不产生提醒。'),
('define.size', 'Accounts of fewer than %s people are left alone unless their grade is the best.', '少于 %s 人的账户不打扰，除非等级最高。'),
('define.cooldown', 'After an alert there is no other one for %s.', '一次提醒之后 %s内不再提醒。'),
('define.limit', 'An account gets at most %1$s alerts in %2$s.', '同一账户在 %2$s内最多 %1$s 次提醒。'),
('example.lacks.score', 'has %1$s of the %2$s points', '得 %1$s 分，需要 %2$s 分'),
('example.lacks.required', 'does not meet the required %s', '未满足必需信号 %s'),
('example.lacks.signals', 'meets %1$s of the %2$s signals', '满足 %1$s 个信号，需要 %2$s 个'),
('example.lacks.rule', 'has the points, but a rule holds: %s', '分数已够，但有规则限制：%s'),
('example.nearest', 'nearest step: %s', '最近的一步：%s'),
('example.now', 'now', '现在'),
('reason.excluded', 'excluded', '已排除'),
('reason.out_of_segment', 'not in the segment', '不在范围内'),
('reason.grace_period', 'signed up too recently', '注册时间过短'),
('reason.too_small', 'too small', '规模过小'),
('reason.already_customer', 'has bought already', '已经购买'),
('reason.cooldown', 'in cooldown', '冷却期内'),
('reason.touch_limit', 'has been alerted often enough', '提醒次数已达上限'),
('reason.held_out', 'held out', '留作对照'),
('reason.paused', 'the motion is paused', '该打法已暂停'),
('reason.no_capacity', 'no rep is free', '没有空闲的销售'),
('reason.error', 'the decision failed', '判定出错'),
('reason.not_rearmed', 'has to fall out of its lane first', '须先离开当前通道'),
('reason.due', 'the next sweep decides', '由下一次扫描判定');

CREATE FUNCTION pls_internal.named_exclusions(motion text, scope text) RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    RETURN ARRAY(
        SELECT DISTINCT rtrim(x.reason, '.') COLLATE "C" FROM pls.exclusions x
         WHERE (x.motion = motion OR x.motion IS NULL) AND x.scope = scope AND x.enabled
         ORDER BY 1);
END;
$$;
COMMENT ON FUNCTION pls_internal.named_exclusions IS
'The reasons of a motion''s enabled exclusions of a scope, in order.';

CREATE FUNCTION pls_internal.definition_of_score(play pls.motions, language text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    required CONSTANT text[] := ARRAY(
        SELECT pls_internal.say(language, 'quoted', s.signal) FROM pls.signals s
         WHERE s.motion = play.motion AND s.required AND s.enabled ORDER BY s.signal COLLATE "C");
BEGIN
    RETURN concat(
        pls_internal.say(language, 'define.' || play.unit, trim_scale(play.qualify_at)::text),
        CASE WHEN play.max_score IS NOT NULL THEN pls_internal.say(language, 'define.of', trim_scale(play.max_score)::text) END,
        CASE WHEN required <> '{}' THEN pls_internal.say(language, 'define.required', pls_internal.listed(language, required)) END,
        CASE WHEN play.min_signals = 1 THEN pls_internal.say(language, 'define.signal')
             WHEN play.min_signals > 1 THEN pls_internal.say(language, 'define.signals', play.min_signals::text) END,
        pls_internal.say(language, 'define.end'));
END;
$$;
COMMENT ON FUNCTION pls_internal.definition_of_score IS
'The first sentence of pls.definition(): the score, the required signals and how many signals it takes.';

CREATE FUNCTION pls_internal.definition_in(language text, play pls.motions) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    units   CONSTANT text := pls_internal.say(language, 'unit.' || play.unit || 's');
    actors  CONSTANT text[] := pls_internal.named_exclusions(play.motion, 'actor');
    barred  CONSTANT text[] := pls_internal.named_exclusions(play.motion, 'entity');
    -- NULL: some signal looks back for ever
    longest CONSTANT interval := (
        SELECT CASE WHEN bool_and(w.span IS NOT NULL) THEN max(w.span) END
          FROM pls.signals s
         CROSS JOIN LATERAL (SELECT CASE WHEN s.measure = 'sequence' THEN coalesce(s.period, 2 * s.within)
                                         WHEN s.measure = 'growth' THEN 2 * s.within
                                         WHEN s.measure IN ('recency', 'first') AND s.op NOT IN ('<', '<=') THEN NULL
                                         ELSE s.within END AS span) w
         WHERE s.motion = play.motion AND s.enabled AND s.category <> 'outcome' AND s.measure <> 'attribute');
BEGIN
    RETURN pls_internal.paragraph(language, ARRAY[
        pls_internal.definition_of_score(play, language),
        CASE WHEN play.release_at < play.qualify_at THEN pls_internal.say(language, 'define.release', trim_scale(play.release_at)::text) END,
        CASE WHEN longest IS NOT NULL THEN pls_internal.say(language, 'define.window', pls_internal.span_in(language, longest)) END,
        CASE WHEN play.triage_at IS NOT NULL THEN pls_internal.say(language, 'define.triage', trim_scale(play.triage_at)::text) END,
        CASE WHEN play.segment IS NULL THEN pls_internal.say(language, 'define.everybody', units)
             ELSE pls_internal.say(language, 'define.segment', units, pls_internal.predicate_text(play.segment)) END,
        CASE WHEN actors <> '{}' THEN pls_internal.say(language, 'define.actors', pls_internal.listed(language, actors, 'list.semicolon')) END,
        CASE WHEN barred <> '{}' THEN pls_internal.say(language, 'define.excluded', pls_internal.listed(language, barred, 'list.semicolon')) END,
        CASE WHEN play.objective = 'conversion' THEN pls_internal.say(language, 'define.customer') END,
        CASE WHEN play.grace_period > interval '0' THEN pls_internal.say(language, 'define.grace', pls_internal.span_in(language, play.grace_period)) END,
        CASE WHEN play.min_account_size > 1 THEN pls_internal.say(language, 'define.size', play.min_account_size::text) END,
        CASE WHEN play.cooldown > interval '0' THEN pls_internal.say(language, 'define.cooldown', pls_internal.span_in(language, play.cooldown)) END,
        CASE WHEN play.touch_limit IS NOT NULL
             THEN pls_internal.say(language, 'define.limit', play.touch_limit::text, pls_internal.span_in(language, play.touch_window)) END]);
END;
$$;
COMMENT ON FUNCTION pls_internal.definition_in IS
'pls.definition() in one line.';

CREATE FUNCTION pls.definition(motion text, language text DEFAULT 'en') RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_language(language);
    RETURN array_to_string(pls_internal.lines_of(pls_internal.definition_in(language, pls_internal.motion_named(motion)), 116), E'\n');
END;
$$;
COMMENT ON FUNCTION pls.definition IS
'Who qualifies by a motion, as a paragraph made from its rows, in lines of at most 116 columns: score, required signals, how many signals, release, window, triage, segment, exclusions (their reasons, as they were written) and limits. language: en or zh (Simplified Chinese). Errors: 42704 no such motion, 22023 another language.';

/* ---- examples from the data ---- */

CREATE FUNCTION pls_internal.points_of_evidence(evidence jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(concat(l.signal, CASE WHEN l.points > 0 THEN ' +' ELSE ' ' END, trim_scale(l.points)), ', ' ORDER BY l.points DESC, l.line)
      FROM jsonb_to_recordset(points_of_evidence.evidence) AS l (line integer, signal text, points numeric)
     WHERE l.points <> 0
$$;
COMMENT ON FUNCTION pls_internal.points_of_evidence IS
'The lines of an explanation that are worth something, the most first. No line: NULL.';

-- What an entity that is in no lane sales lacks, and the next step.
CREATE FUNCTION pls_internal.lacks_in(language text, motion text, entity_id text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    lines  CONSTANT jsonb := (SELECT jsonb_agg(w ORDER BY w.line) FROM pls.why_not(motion, entity_id) w);
    answer CONSTANT text := lines -> 0 ->> 'name';
    found  text[];
BEGIN
    found := ARRAY(
        SELECT CASE l.part
                   WHEN 'score' THEN pls_internal.say(language, 'example.lacks.score', trim_scale(l.value)::text, trim_scale(l.threshold)::text)
                   WHEN 'min_signals' THEN pls_internal.say(language, 'example.lacks.signals', trim_scale(l.value)::text, trim_scale(l.threshold)::text)
                   ELSE pls_internal.say(language, 'example.lacks.required', pls_internal.say(language, 'quoted', l.name)) END
          FROM jsonb_to_recordset(lines) AS l (line integer, part text, name text, met boolean, value numeric, threshold numeric)
         WHERE NOT l.met AND (l.part IN ('min_signals', 'required_signal') OR l.part = 'score' AND l.name = 'sales')
         ORDER BY l.line);
    -- while a required signal is missing, another one is no step
    found := found || ARRAY(
        SELECT pls_internal.say(language, 'example.nearest', pls_internal.say(language, 'quoted', l.name))
          FROM jsonb_to_recordset(lines) AS l (part text, name text, cheapest boolean)
         WHERE l.cheapest AND (l.part = 'required_signal' OR NOT EXISTS (
               SELECT FROM jsonb_to_recordset(lines) AS r (part text, met boolean) WHERE r.part = 'required_signal' AND NOT r.met)));
    IF found = '{}' THEN
        found := ARRAY[pls_internal.say(language, 'example.lacks.rule', pls_internal.say_if_known(language, 'reason', answer))];
    END IF;
    RETURN pls_internal.listed(language, found, 'list.semicolon');
END;
$$;
COMMENT ON FUNCTION pls_internal.lacks_in IS
'Why an entity does not qualify, in a language: the thresholds that it misses and the nearest step, or the rule that holds (pls.why_not).';

-- Today's best, else the last one that was alerted.
CREATE FUNCTION pls_internal.example_that_qualifies(motion text)
    RETURNS TABLE (entity_id text, at timestamptz, score numeric, why text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play  CONSTANT pls.motions := pls_internal.motion_named(motion);
    looks CONSTANT integer := 500;
BEGIN
    FOR entity_id, at, score IN
        SELECT t.entity_id, t.as_of, t.score
          FROM pls.scores t
          JOIN pls_internal.parts_of(play, ARRAY(
               SELECT s.entity_id FROM pls.standings s WHERE s.motion = (play).motion AND s.last_event_at IS NOT NULL)) p ON p.entity_id = t.entity_id
         WHERE t.motion = (play).motion AND t.lane = 'sales'
         ORDER BY t.score DESC, t.entity_id COLLATE "C" LIMIT looks
    LOOP
        -- the score alone does not do
        CONTINUE WHEN EXISTS (SELECT FROM pls.why_not((play).motion, entity_id) w
                               WHERE w.line = 1 AND w.name = ANY ('{excluded,out_of_segment,too_small,already_customer}'));
        why := (SELECT pls_internal.points_of_evidence(jsonb_agg(e)) FROM pls.explain((play).motion, entity_id) e);
        RETURN NEXT;
        RETURN;
    END LOOP;
    RETURN QUERY
    SELECT d.entity_id, d.decided_at, d.score, pls_internal.points_of_evidence(d.evidence)
      FROM pls.decisions d
     WHERE d.motion = example_that_qualifies.motion AND d.lane = 'sales' AND d.reason IN ('raised', 'held_out', 'no_capacity')
     ORDER BY d.decided_at DESC, d.score DESC, d.entity_id COLLATE "C" LIMIT 1;
END;
$$;
COMMENT ON FUNCTION pls_internal.example_that_qualifies IS
'The entity of a motion that qualifies now with the highest score, else the last one that did by pls.decisions, with what its points come from. No row: there was none.';

CREATE FUNCTION pls.definition_examples(motion text, language text DEFAULT 'en')
    RETURNS TABLE (qualifies boolean, entity_id text, at timestamptz, score numeric, why text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 2
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play CONSTANT pls.motions := pls_internal.motion_named(motion);
BEGIN
    PERFORM pls_internal.check_language(language);
    RETURN QUERY
    SELECT true, q.entity_id, q.at, q.score, pls_internal.wrapped(q.why, 60) FROM pls_internal.example_that_qualifies((play).motion) q;
    RETURN QUERY
    SELECT false, n.entity_id, n.as_of, n.score, pls_internal.wrapped(pls_internal.lacks_in(language, (play).motion, n.entity_id), 60)
      FROM (SELECT c.entity_id, c.as_of, c.score, p.entity_id IS NULL AS is_out FROM pls.scores c
              LEFT JOIN pls_internal.parts_of(play, ARRAY(
                   SELECT s.entity_id FROM pls.standings s WHERE s.motion = (play).motion)) p ON p.entity_id = c.entity_id
             WHERE c.motion = (play).motion AND c.lane IS DISTINCT FROM 'sales'
             -- out of scope there may be many more
             ORDER BY is_out, c.score DESC, c.entity_id COLLATE "C" LIMIT 20) n
     -- rather one that lacks something than one that a rule keeps off
     ORDER BY EXISTS (SELECT FROM pls.why_not((play).motion, n.entity_id) w WHERE w.part = 'rule'), n.is_out, n.score DESC, n.entity_id COLLATE "C" LIMIT 1;
END;
$$;
COMMENT ON FUNCTION pls.definition_examples IS
'At most two entities of the data: one that qualifies (now, else the last that did when it was decided about), with what its points come from, and of those that do not qualify the one with the highest score, if possible in the segment and not excluded, with what it lacks and the nearest step. at: the instant of the score; why comes in lines of at most 60 characters. No row: the data have none (run pls.refresh of a draft). language: en or zh. Errors: 42704 no such motion, 22023 another language.';
