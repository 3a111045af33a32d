/* 20_signal_words.sql - a signal in the words of the method's languages.
 *
 * English is that of pls.signal_catalog.
 */

INSERT INTO pls_internal.words (key, en, zh) VALUES
('events.any', 'any event', '任意事件'),
('events.or', ' or ', ' 或 '),
('events.then', ', then ', '，然后 '),
('events.match', '%s with %s', '%s（条件 %s）'),
('measure.outcome', 'every %s', '每一次 %s'),
('measure.count', 'how often %1$s in the last %2$s', '最近 %2$s内 %1$s 的次数'),
('measure.collapse', '%1$s, at most once per user and %2$s', '%1$s，每位用户每 %2$s最多计一次'),
('measure.actors', 'how many users did %1$s in the last %2$s', '最近 %2$s内有过 %1$s 的用户数'),
('measure.days', 'on how many days %1$s in the last %2$s', '最近 %2$s内有 %1$s 的天数'),
('measure.periods', 'in how many periods of %3$s %1$s in the last %2$s', '最近 %2$s内有 %1$s 的周期数（每周期 %3$s）'),
('measure.distinct', 'how many different values of %3$s in %1$s in the last %2$s', '最近 %2$s内 %1$s 中 %3$s 的不同取值数'),
('measure.sum', 'sum of %3$s over %1$s in the last %2$s', '最近 %2$s内 %1$s 的 %3$s 之和'),
('measure.max', 'greatest %3$s of %1$s in the last %2$s', '最近 %2$s内 %1$s 的 %3$s 最大值'),
('measure.last', 'latest %3$s of %1$s', '%1$s 最近一次的 %3$s'),
('measure.recency', 'time since the latest %1$s', '距最近一次 %1$s 的时间'),
('measure.first', 'time since the first %1$s', '距首次 %1$s 的时间'),
('measure.growth', '%1$s in the last %2$s, as a multiple of the %2$s before', '%1$s 最近 %2$s相对之前 %2$s的倍数'),
('measure.sequence', 'furthest step of %1$s, all within %2$s', '%2$s内依次完成 %1$s 的最远步骤'),
('measure.restart', 'longest break without %1$s that ended in the last %2$s', '最近 %2$s内结束的、没有 %1$s 的最长间隔'),
('measure.attribute', 'account attributes: %s', '账户属性：%s'),
('threshold.holds', 'holds', '成立'),
('points.outcome', 'none, recorded as %s', '不计分，记为 %s'),
('points.each', '%s each', '每个单位 %s'),
('points.decay.linear', '%s, linear decay over %s', '%s，在 %s内线性衰减'),
('points.decay.exponential', '%s, exponential decay with half-life %s', '%s，指数衰减，半衰期 %s'),
('points.decay.step', '%s, step decay over %s', '%s，%s后归零'),
('category.activation', 'activation', '激活'),
('category.depth', 'depth', '使用深度'),
('category.breadth', 'breadth', '使用广度'),
('category.integration', 'integration', '集成'),
('category.invite', 'invite', '邀请'),
('category.admin', 'admin', '管理操作'),
('category.billing', 'billing', '付费意向'),
('category.risk', 'risk', '风险'),
('category.fit', 'fit', '匹配度'),
('category.outcome', 'outcome', '结果');

CREATE FUNCTION pls_internal.events_in(language text, s pls.signals) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    names text;
BEGIN
    IF language = 'en' AND s.measure <> 'sequence' THEN
        RETURN pls_internal.describe_events(s);
    END IF;
    names := coalesce(array_to_string(s.events, pls_internal.say(language, CASE s.measure WHEN 'sequence' THEN 'events.then' ELSE 'events.or' END)),
                      pls_internal.say(language, 'events.any'));
    RETURN CASE WHEN s.match IS NULL THEN names ELSE pls_internal.say(language, 'events.match', names, pls_internal.predicate_text(s.match)) END;
END;
$$;
COMMENT ON FUNCTION pls_internal.events_in IS
'What matches a signal, in a language.';

CREATE FUNCTION pls_internal.measure_in(language text, s pls.signals) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    what text;
    words text;
BEGIN
    IF language = 'en' THEN
        RETURN pls_internal.describe_measure(s);
    ELSIF s.measure = 'attribute' THEN
        RETURN pls_internal.say(language, 'measure.attribute', pls_internal.predicate_text(s.match));
    END IF;
    what := pls_internal.events_in(language, s);
    words := pls_internal.say(language, 'measure.' || CASE WHEN s.category = 'outcome' THEN 'outcome'
                                    WHEN s.measure = 'days' AND s.period <> interval '1 day' THEN 'periods'
                                    ELSE s.measure END,
                              what, pls_internal.span_in(language, s.within),
                              CASE WHEN s.measure = 'days' THEN pls_internal.span_in(language, s.period) ELSE s.property END);
    RETURN CASE WHEN s.collapse IS NULL THEN words
                ELSE pls_internal.say(language, 'measure.collapse', words, pls_internal.span_in(language, s.collapse)) END;
END;
$$;
COMMENT ON FUNCTION pls_internal.measure_in IS
'How a signal is measured, in a language; English as pls.signal_catalog has it.';

CREATE FUNCTION pls_internal.threshold_in(language text, s pls.signals) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF s.category = 'outcome' THEN
        RETURN NULL;
    ELSIF language = 'en' THEN
        RETURN pls_internal.describe_threshold(s);
    ELSIF s.measure IN ('recency', 'first') THEN
        RETURN concat(s.op, ' ', pls_internal.span_in(language, s.within));
    ELSIF s.measure = 'attribute' AND s.op IN ('>=', '=') AND s.threshold = 1 THEN
        RETURN pls_internal.say(language, 'threshold.holds');
    END IF;
    RETURN concat(s.op, ' ', trim_scale(s.threshold));
END;
$$;
COMMENT ON FUNCTION pls_internal.threshold_in IS
'When a signal is met, in a language; English as pls.signal_catalog has it. NULL for an outcome.';

CREATE FUNCTION pls_internal.points_in(language text, s pls.signals) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    words text := trim_scale(s.points)::text;
BEGIN
    IF s.category = 'outcome' THEN
        RETURN pls_internal.say(language, 'points.outcome', s.outcome);
    ELSIF language = 'en' THEN
        RETURN pls_internal.describe_points(s);
    END IF;
    IF s.per_unit THEN
        words := pls_internal.say(language, 'points.each', words);
    END IF;
    IF s.decay <> 'none' THEN
        words := pls_internal.say(language, 'points.decay.' || s.decay, words, pls_internal.span_in(language, s.decay_span));
    END IF;
    RETURN concat(words, ', >= ' || trim_scale(s.min_points)::text, ', <= ' || trim_scale(s.max_points)::text);
END;
$$;
COMMENT ON FUNCTION pls_internal.points_in IS
'What a signal is worth, in a language; English as pls.signal_catalog has it.';
