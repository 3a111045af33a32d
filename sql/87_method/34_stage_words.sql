/* 34_stage_words.sql - when a stage is reached, in words.
 */

INSERT INTO pls_internal.words (key, en, zh) VALUES
('entry.signup', 'has signed up; without a date of it, has done the first thing that counts', '已注册；注册时间未知时，以首个计入的事件为准'),
('entry.signal', 'meets "%s"', '满足“%s”'),
('entry.signals', 'meets all of these at the same time: %s', '同时满足：%s'),
('entry.touch', 'somebody has got in touch about its alert', '销售已就其提醒进行首次联系'),
('entry.outcome', 'has the outcome %s', '出现结果：%s'),
('entry.outcomes', 'has one of the outcomes %s', '出现以下任一结果：%s');

CREATE FUNCTION pls_internal.entry_of_qualified(play pls.motions, language text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    barred CONSTANT text[] := pls_internal.named_exclusions(play.motion, 'entity');
BEGIN
    RETURN pls_internal.paragraph(language, ARRAY[
        pls_internal.definition_of_score(play, language),
        CASE WHEN play.segment IS NOT NULL
             THEN pls_internal.say(language, 'define.segment', pls_internal.say(language, 'unit.' || play.unit || 's'), play.segment::text) END,
        CASE WHEN barred <> '{}' THEN pls_internal.say(language, 'define.excluded', pls_internal.listed(language, barred)) END]);
END;
$$;
COMMENT ON FUNCTION pls_internal.entry_of_qualified IS
'When an entity is qualified by a motion, in sentences of pls.definition(): score, signals, segment, exclusions.';

CREATE FUNCTION pls_internal.stage_entry_text(stage pls.stages, language text DEFAULT 'en') RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    play     CONSTANT pls.motions := pls_internal.motion_named(stage.motion);
    outcomes CONSTANT text[] := pls_internal.stage_outcomes(play, stage);
BEGIN
    PERFORM pls_internal.check_language(language);
    RETURN CASE stage.reached_by
        WHEN 'signup' THEN pls_internal.say(language, 'entry.signup')
        WHEN 'touch' THEN pls_internal.say(language, 'entry.touch')
        WHEN 'qualified' THEN pls_internal.entry_of_qualified(play, language)
        WHEN 'signals' THEN
            CASE WHEN cardinality(stage.signals) = 1 THEN pls_internal.say(language, 'entry.signal', stage.signals[1])
                 ELSE pls_internal.say(language, 'entry.signals', pls_internal.listed(language, ARRAY(
                          SELECT format(CASE language WHEN 'zh' THEN '%s' ELSE '"%s"' END, n.name)
                            FROM unnest(stage.signals) WITH ORDINALITY AS n (name, place) ORDER BY n.place))) END
        ELSE pls_internal.say(language, CASE WHEN cardinality(outcomes) = 1 THEN 'entry.outcome' ELSE 'entry.outcomes' END,
                              pls_internal.listed(language, outcomes)) END;
END;
$$;
COMMENT ON FUNCTION pls_internal.stage_entry_text IS
'When an entity has reached a stage, in words, made from the rows; language: en or zh. Errors: 42704 its motion does not exist, 22023 another language.';
