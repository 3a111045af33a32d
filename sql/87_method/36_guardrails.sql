/* 36_guardrails.sql - what keeps the low-touch path viable, measured.
 *
 * A share is judged by its 95 % interval: it fails where the whole interval is
 * on the wrong side of what is needed, passes where the whole is on the right
 * one, and is too early to tell otherwise, or of fewer than 20.
 */

CREATE TYPE pls_internal.guardrail AS (
    guardrail text,
    stage     text,
    measured  text,
    needed    text,
    verdict   text,
    evidence  text
);
COMMENT ON TYPE pls_internal.guardrail IS 'A row of pls.guardrails().';
COMMENT ON COLUMN pls_internal.guardrail.guardrail IS 'What must hold.';
COMMENT ON COLUMN pls_internal.guardrail.stage IS 'The stage that it is about. NULL: the motion as a whole.';
COMMENT ON COLUMN pls_internal.guardrail.measured IS 'What was found. NULL: nothing.';
COMMENT ON COLUMN pls_internal.guardrail.needed IS 'What it is compared with. NULL: nothing is asked for.';
COMMENT ON COLUMN pls_internal.guardrail.verdict IS 'pass, fail, too early to say or not applicable.';
COMMENT ON COLUMN pls_internal.guardrail.evidence IS 'The same in a sentence.';

INSERT INTO pls_internal.words (key, en, zh) VALUES
('guard.stages.none', 'The motion has no stages.', '该打法没有阶段。'),
('guard.stages.ok', 'What it names can be met.', '所列条件可以满足。'),
('guard.owners.ok', '%1$s does the work, %2$s answers for it.', '%1$s 负责执行，%2$s 负责最终结果。'),
('guard.owners.not', 'Nobody is said to be %s.', '未指定：%s。'),
('guard.free.none', 'No stage has a min_rate.', '没有阶段设置 min_rate。'),
('guard.free', '%1$s of the %2$s that nobody helped got to "%3$s" within %4$s: %5$s (95 %% interval %6$s to %7$s).',
               '无人协助的 %2$s 个中有 %1$s 个在 %4$s内到达“%3$s”：%5$s（95 %% 区间 %6$s 至 %7$s）。'),
('guard.free.nobody', 'Nobody who was left alone can be judged yet.', '尚无可判断的、未受协助的对象。'),
('guard.free.recent', 'Not judged yet, for they entered less than %2$s before the data end: %1$s.', '进入不足 %2$s、未予判断：%1$s 个。'),
('guard.unmeasured', 'The stage cannot be measured: %s.', '该阶段无法测量：%s。'),
('guard.load.nobody', 'No active rep is in a pool of the motion''s routes.', '该打法的路由组中没有在职销售。'),
('guard.load.unlimited', '%1$s a week in %2$s days; without a daily_quota there is no limit: %3$s.', '%2$s 天内每周 %1$s 次；未设 daily_quota，因此没有上限：%3$s。'),
('guard.load', 'Alerts in %2$s days: %1$s, or %3$s a week. The daily quotas of the reps add up to %4$s a week.',
               '%2$s 天内 %1$s 次提醒，即每周 %3$s 次；销售的每日配额合计每周 %4$s 次。'),
('guard.load.draft', 'The motion is a draft: these are the alerts that it would have raised.', '该打法为草稿：以上为其本应产生的提醒。'),
('guard.load.early', 'The motion has decided for less than a week, or not at all.', '该打法作出判定尚不足一周，或尚未作出判定。'),
('guard.load.blind', 'Nothing is known of a draft without events: %s.', '草稿没有事件，无从得知：%s。'),
('guard.opt_outs.none', 'No stage that is reached by touch has max_opt_outs.', '没有以首次联系进入的阶段设置 max_opt_outs。'),
('guard.opt_outs', 'Of %2$s that were touched, %1$s opted out or are excluded since: %3$s (95 %% interval %4$s to %5$s).',
                   '已联系的 %2$s 个中有 %1$s 个此后退订或被排除：%3$s（95 %% 区间 %4$s 至 %5$s）。'),
('guard.opt_outs.nobody', 'Nobody has been touched.', '尚未联系任何对象。'),
('guard.churn.none', 'Nothing records an outcome churn.', '没有记录流失（churn）结果。'),
('guard.churn', 'Within %1$s after they bought, %2$s of %3$s that were touched and %4$s of %5$s others were lost: %6$s points more (95 %% interval %7$s to %8$s).',
                '购买后 %1$s内，已联系的 %3$s 个中流失 %2$s 个，其余 %5$s 个中流失 %4$s 个：相差 %6$s 个百分点（95 %% 区间 %7$s 至 %8$s）。'),
('guard.churn.few', 'Bought %1$s ago or earlier: %2$s after somebody got in touch, %3$s without; each side takes 20.',
                    '购买满 %1$s 的对象中，已联系 %2$s 个，未联系 %3$s 个；每组至少需要 20 个。');

CREATE FUNCTION pls_internal.fewest_judged() RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN 20;
COMMENT ON FUNCTION pls_internal.fewest_judged IS
'Of fewer entities than this a guardrail says that it is too early.';

-- at_least: a share must not be lower; else it must not be higher.
CREATE FUNCTION pls_internal.verdict_of_share(hits bigint, judged bigint, needed numeric, at_least boolean) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    shown CONSTANT record := pls.wilson_interval(hits, judged);
BEGIN
    IF judged < pls_internal.fewest_judged() THEN
        RETURN 'too early to say';
    ELSIF at_least THEN
        RETURN CASE WHEN shown.high < needed THEN 'fail' WHEN shown.low >= needed THEN 'pass' ELSE 'too early to say' END;
    END IF;
    RETURN CASE WHEN shown.low > needed THEN 'fail' WHEN shown.high <= needed THEN 'pass' ELSE 'too early to say' END;
END;
$$;
COMMENT ON FUNCTION pls_internal.verdict_of_share IS
'Whether a share of this sample is at least (else: at most) what is needed, by its 95 % interval: pass, fail or too early to say.';

/* ---- whose it is, and whether it can be reached ---- */

CREATE FUNCTION pls_internal.guardrails_of_rows(play pls.motions, language text) RETURNS SETOF pls_internal.guardrail
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 14
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT 'stage can be reached', NULL, NULL, NULL, 'fail', pls_internal.say(language, 'guard.stages.none')
     WHERE NOT EXISTS (SELECT FROM pls.stages s WHERE s.motion = (play).motion);
    RETURN QUERY
    SELECT 'stage can be reached', s.stage, NULL, NULL, CASE WHEN p.problem IS NULL THEN 'pass' ELSE 'fail' END,
           coalesce(upper(left(p.problem, 1)) || substr(p.problem, 2) || '.', pls_internal.say(language, 'guard.stages.ok'))
      FROM pls.stages s CROSS JOIN LATERAL pls_internal.stage_problem(s) p (problem)
     WHERE s.motion = (play).motion ORDER BY s.position;
    RETURN QUERY
    SELECT 'stage has owners', s.stage, NULL, NULL, CASE WHEN lacks.names = '{}' THEN 'pass' ELSE 'fail' END,
           CASE WHEN lacks.names = '{}' THEN pls_internal.say(language, 'guard.owners.ok', s.responsible, s.accountable)
                ELSE pls_internal.say(language, 'guard.owners.not', pls_internal.listed(language, lacks.names)) END
      FROM pls.stages s
     CROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN s.responsible IS NULL THEN 'responsible' END,
                                                   CASE WHEN s.accountable IS NULL THEN 'accountable' END], NULL) AS names) lacks
     WHERE s.motion = (play).motion ORDER BY s.position;
END;
$$;
COMMENT ON FUNCTION pls_internal.guardrails_of_rows IS
'Part of pls.guardrails(): whether each stage can be reached, and is somebody''s.';

/* ---- who gets there alone ---- */

-- Up to when it is known who has got how far; a draft has no standings.
CREATE FUNCTION pls_internal.end_of_funnel(play pls.motions, last_entry timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN EXISTS (SELECT FROM pls.standings s WHERE s.motion = (play).motion)
                THEN greatest(pls_internal.end_of_data((play).motion), last_entry)
                ELSE coalesce(last_entry, pls.now()) END
$$;
COMMENT ON FUNCTION pls_internal.end_of_funnel IS
'Up to when the events of a motion are known: its newest event or outcome, or the last time that anybody entered a stage, if that is later, or nothing else is known.';

CREATE FUNCTION pls_internal.guardrails_of_free_path(play pls.motions, "from" timestamptz, until timestamptz, language text)
    RETURNS SETOF pls_internal.guardrail
    LANGUAGE plpgsql VOLATILE ROWS 5
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM pls.stages s WHERE s.motion = (play).motion AND s.min_rate IS NOT NULL) THEN
        RETURN QUERY SELECT 'low-touch path viable', NULL, NULL, NULL, 'not applicable', pls_internal.say(language, 'guard.free.none');
        RETURN;
    END IF;
    RETURN QUERY
    WITH entries AS MATERIALIZED (SELECT e.* FROM pls_internal.stage_entries(play) e),
    ends AS (SELECT pls_internal.end_of_funnel(play, (SELECT max(e.at) FROM entries e)) AS at),
    people AS (
        SELECT e.entity_id, e.at, w.touched_at
          FROM entries e
          LEFT JOIN pls_internal.funnel_arms(play) w ON w.entity_id = e.entity_id
         WHERE e.place = 1
           AND (guardrails_of_free_path."from" IS NULL OR e.at >= guardrails_of_free_path."from")
           AND (guardrails_of_free_path.until IS NULL OR e.at < guardrails_of_free_path.until)),
    counted AS (
        SELECT m.place, count(*) FILTER (WHERE k.is_over AND k.is_alone) AS judged,
               count(*) FILTER (WHERE k.is_over AND k.is_alone AND t.at <= k.until) AS hits,
               count(*) FILTER (WHERE NOT k.is_over) AS recent
          FROM pls_internal.measured_stages(play) m
         CROSS JOIN people p
          LEFT JOIN entries t ON t.entity_id = p.entity_id AND t.place = m.place
         CROSS JOIN LATERAL (SELECT pls_internal.later(p.at, (m.stage).min_rate_within) AS until OFFSET 0) u
         CROSS JOIN LATERAL (
               SELECT u.until, u.until <= (SELECT e.at FROM ends e) AS is_over,
                      -- whoever was helped on the way has not shown what happens without
                      coalesce(p.touched_at >= least(t.at, u.until), true) AS is_alone) k
         WHERE m.is_measured AND (m.stage).min_rate IS NOT NULL
         GROUP BY m.place)
    SELECT 'low-touch path viable', (m.stage).stage,
           CASE WHEN c.judged > 0 THEN pls_internal.percent_text(c.hits::numeric / c.judged) END,
           '>= ' || pls_internal.percent_text((m.stage).min_rate),
           CASE WHEN NOT m.is_measured THEN 'not applicable'
                ELSE pls_internal.verdict_of_share(coalesce(c.hits, 0), coalesce(c.judged, 0), (m.stage).min_rate, true) END,
           pls_internal.paragraph(language, ARRAY[
               CASE WHEN NOT m.is_measured THEN pls_internal.say(language, 'guard.unmeasured', m.measured_by)
                    WHEN coalesce(c.judged, 0) = 0 THEN pls_internal.say(language, 'guard.free.nobody')
                    ELSE pls_internal.say(language, 'guard.free', c.hits::text, c.judged::text, (m.stage).stage,
                             pls_internal.span_in(language, (m.stage).min_rate_within), pls_internal.percent_text(c.hits::numeric / c.judged),
                             pls_internal.percent_text(i.low), pls_internal.percent_text(i.high)) END,
               CASE WHEN c.recent > 0 THEN pls_internal.say(language, 'guard.free.recent', c.recent::text,
                                                            pls_internal.span_in(language, (m.stage).min_rate_within)) END])
      FROM pls_internal.measured_stages(play) m
      LEFT JOIN counted c ON c.place = m.place
     CROSS JOIN LATERAL pls_internal.wilson(c.hits, c.judged) i
     WHERE (m.stage).min_rate IS NOT NULL
     ORDER BY m.place;
END;
$$;
COMMENT ON FUNCTION pls_internal.guardrails_of_free_path IS
'Part of pls.guardrails(): how many of those who entered the funnel in a time, and whom nobody touched on the way, got to the stages that have a min_rate.';

/* ---- what the reps can take ---- */

CREATE FUNCTION pls_internal.alerts_lately(play pls.motions, OUT alerts bigint, OUT days numeric)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    most  CONSTANT numeric := 28;
    since CONSTANT timestamptz := pls_internal.decides_since(play);
    ends  timestamptz := pls.now();
    live  pls.motions := play;
BEGIN
    IF play.status <> 'draft' THEN
        days := CASE WHEN since IS NOT NULL THEN least(most, EXTRACT(epoch FROM ends - since) / 86400) END;
        SELECT count(*) INTO alerts FROM pls.alerts a
         WHERE a.motion = play.motion AND a.created_at > ends - interval '28 days' AND a.created_at <= ends;
    ELSIF pls_internal.no_events_because(play.motion) IS NULL THEN
        ends := least(ends, coalesce((SELECT max(g.newest) FROM pls_internal.gather_now(play.motion, NULL, pls.now()) g), ends));
        days := most;
        live.status := 'live';
        SELECT count(*) INTO alerts
          FROM pls_internal.replay_decisions(
                   play.motion, NULL, live, pls_internal.best_grade(play.motion), ends - interval '28 days', ends + interval '1 microsecond',
                   '1 minute', NULL, false, NULL, play.cooldown, true, play.expire_after) d
         WHERE d.reason = 'raised' OR d.reason = 'triage';
    END IF;
END;
$$;
COMMENT ON FUNCTION pls_internal.alerts_lately IS
'How many alerts a motion has raised in its last 28 days, and how many days these are (NULL: it has decided nothing); of a draft, those that pls.replay() finds in the last 28 days of the events.';

CREATE FUNCTION pls_internal.guardrails_of_load(play pls.motions, language text) RETURNS SETOF pls_internal.guardrail
    LANGUAGE plpgsql VOLATILE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    capacity  CONSTANT numeric := trim_scale(round(pls_internal.weekly_capacity((play).motion), 1));
    lately    CONSTANT record := pls_internal.alerts_lately(play);
    a_week    CONSTANT numeric := trim_scale(round(7 * lately.alerts / greatest(lately.days, 7), 1));
    blind     CONSTANT text := CASE WHEN (play).status = 'draft' THEN pls_internal.no_events_because((play).motion) END;
    unlimited text;
    takers    bigint;
BEGIN
    SELECT count(*), string_agg(r.rep, ', ' ORDER BY r.rep COLLATE "C") FILTER (WHERE r.daily_quota IS NULL) INTO takers, unlimited
      FROM pls.reps r
     WHERE r.active AND r.rep IN (SELECT m.rep FROM pls.pool_members m JOIN pls.routes t ON t.pool = m.pool WHERE t.motion = (play).motion);
    RETURN QUERY
    SELECT 'rep capacity', NULL::text, CASE WHEN lately.days >= 7 THEN a_week::text END, '<= ' || capacity,
           CASE WHEN takers = 0 THEN 'fail'
                WHEN blind IS NOT NULL THEN 'too early to say'
                WHEN lately.days < 7 OR lately.days IS NULL THEN 'too early to say'
                WHEN capacity IS NULL THEN 'not applicable'
                WHEN a_week <= capacity THEN 'pass' ELSE 'fail' END,
           CASE WHEN takers = 0 THEN pls_internal.say(language, 'guard.load.nobody')
                WHEN blind IS NOT NULL THEN pls_internal.say(language, 'guard.load.blind', blind)
                WHEN lately.days < 7 OR lately.days IS NULL THEN pls_internal.say(language, 'guard.load.early')
                WHEN capacity IS NULL
                    THEN pls_internal.say(language, 'guard.load.unlimited', a_week::text, round(lately.days)::text, unlimited)
                ELSE pls_internal.paragraph(language, ARRAY[
                         pls_internal.say(language, 'guard.load', lately.alerts::text, round(lately.days)::text, a_week::text, capacity::text),
                         CASE WHEN (play).status = 'draft' THEN pls_internal.say(language, 'guard.load.draft') END]) END;
END;
$$;
COMMENT ON FUNCTION pls_internal.guardrails_of_load IS
'Part of pls.guardrails(): the alerts of a week against what the active reps of the motion''s pools take by their daily quotas.';

/* ---- what people say to being contacted ---- */

CREATE FUNCTION pls_internal.guardrails_of_opt_outs(play pls.motions, "from" timestamptz, until timestamptz, language text)
    RETURNS SETOF pls_internal.guardrail
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    touched record;
BEGIN
    IF NOT EXISTS (SELECT FROM pls.stages s WHERE s.motion = (play).motion AND s.max_opt_outs IS NOT NULL) THEN
        RETURN QUERY SELECT 'opt-outs', NULL, NULL, NULL, 'not applicable', pls_internal.say(language, 'guard.opt_outs.none');
        RETURN;
    END IF;
    -- nobody is alerted who is excluded: it came about since
    SELECT count(*) AS people, count(*) FILTER (WHERE EXISTS (
               SELECT FROM pls_internal.known_of((play).unit, w.entity_id) k
              CROSS JOIN LATERAL pls_internal.exclusion_of((play).motion, w.entity_id, k.account, k.member) x)
            OR EXISTS (
               SELECT FROM pls.alerts a
                 JOIN pls.opt_outs o
                   ON o.id = ANY (pls_internal.opt_out_keys(a.entity_id, a.account_id, CASE (play).unit WHEN 'user' THEN a.entity_id ELSE a.next_best_contact END))
                WHERE a.entity_id = ANY (pls_internal.known_ids((play).unit, w.entity_id)) AND a.motion = (play).motion
                  AND a.first_touch_at IS NOT NULL AND o.at >= w.touched_at)) AS excluded
      INTO touched
      FROM pls_internal.funnel_arms(play) w
     WHERE w.touched_at IS NOT NULL
       AND (guardrails_of_opt_outs."from" IS NULL OR w.touched_at >= guardrails_of_opt_outs."from")
       AND (guardrails_of_opt_outs.until IS NULL OR w.touched_at < guardrails_of_opt_outs.until);
    RETURN QUERY
    SELECT 'opt-outs', s.stage, CASE WHEN touched.people > 0 THEN pls_internal.percent_text(touched.excluded::numeric / touched.people) END,
           '<= ' || pls_internal.percent_text(s.max_opt_outs),
           pls_internal.verdict_of_share(touched.excluded, touched.people, s.max_opt_outs, false),
           CASE WHEN touched.people = 0 THEN pls_internal.say(language, 'guard.opt_outs.nobody')
                ELSE pls_internal.say(language, 'guard.opt_outs', touched.excluded::text, touched.people::text,
                         pls_internal.percent_text(touched.excluded::numeric / touched.people),
                         pls_internal.percent_text(i.low), pls_internal.percent_text(i.high)) END
      FROM pls.stages s
     CROSS JOIN LATERAL pls_internal.wilson(touched.excluded, touched.people) i
     WHERE s.motion = (play).motion AND s.max_opt_outs IS NOT NULL
     ORDER BY s.position;
END;
$$;
COMMENT ON FUNCTION pls_internal.guardrails_of_opt_outs IS
'Part of pls.guardrails(): how many of those first touched in a time have opted out since, or are excluded now.';

CREATE FUNCTION pls_internal.guardrails_of_churn(play pls.motions, "from" timestamptz, until timestamptz, language text)
    RETURNS SETOF pls_internal.guardrail
    LANGUAGE plpgsql VOLATILE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    span CONSTANT interval := '90 days';
    ends CONSTANT timestamptz := pls_internal.end_of_data((play).motion);
    few  CONSTANT bigint := pls_internal.fewest_judged();
    sold record;
    lift record;
BEGIN
    IF NOT pls_internal.is_recorded(play, 'churn') THEN
        RETURN QUERY SELECT 'churn after help', NULL, NULL, NULL, 'not applicable', pls_internal.say(language, 'guard.churn.none');
        RETURN;
    END IF;
    WITH lost AS (SELECT o.subject, o.instants FROM pls_internal.outcomes_to_predict(play, '{churn}', by_disposition => true) o),
    helped AS (
        SELECT pls_internal.outcome_subject((play).unit, w.entity_id, NULL) AS subject, min(w.touched_at) AS touched_at
          FROM pls_internal.funnel_arms(play) w GROUP BY 1),
    bought AS (
        SELECT o.subject, min(o.at) AS at
          FROM pls_internal.first_outcomes(play, pls_internal.outcomes_aimed_at((play).objective)) o GROUP BY o.subject)
    SELECT count(*) FILTER (WHERE k.touched) AS n1, count(*) FILTER (WHERE k.touched AND k.is_lost) AS x1,
           count(*) FILTER (WHERE NOT k.touched) AS n0, count(*) FILTER (WHERE NOT k.touched AND k.is_lost) AS x0
      INTO sold
      FROM bought b
      LEFT JOIN helped h ON h.subject = b.subject
      LEFT JOIN lost l ON l.subject = b.subject
     CROSS JOIN LATERAL (
           SELECT coalesce(h.touched_at < b.at, false) AS touched,
                  EXISTS (SELECT FROM unnest(l.instants) i (at) WHERE i.at > b.at AND i.at <= pls_internal.later(b.at, span)) AS is_lost) k
     WHERE pls_internal.later(b.at, span) <= ends
       AND (guardrails_of_churn."from" IS NULL OR b.at >= guardrails_of_churn."from")
       AND (guardrails_of_churn.until IS NULL OR b.at < guardrails_of_churn.until);
    IF sold.n1 < few OR sold.n0 < few THEN
        RETURN QUERY
        SELECT 'churn after help', NULL, NULL, NULL, 'too early to say',
               pls_internal.say(language, 'guard.churn.few', pls_internal.span_in(language, span), sold.n1::text, sold.n0::text);
        RETURN;
    END IF;
    SELECT p.difference, p.low, p.high INTO lift FROM pls.proportion_lift(sold.x1, sold.n1, sold.x0, sold.n0) p;
    RETURN QUERY
    SELECT 'churn after help', NULL, pls_internal.percent_text(sold.x1::numeric / sold.n1),
           '<= ' || pls_internal.percent_text(sold.x0::numeric / sold.n0), CASE WHEN lift.low > 0 THEN 'fail' ELSE 'pass' END,
           pls_internal.say(language, 'guard.churn', pls_internal.span_in(language, span), sold.x1::text, sold.n1::text, sold.x0::text, sold.n0::text,
                            round(100 * lift.difference::numeric, 1)::text, round(100 * lift.low::numeric, 1)::text, round(100 * lift.high::numeric, 1)::text);
END;
$$;
COMMENT ON FUNCTION pls_internal.guardrails_of_churn IS
'Part of pls.guardrails(): whether more of those are lost again who bought with somebody''s help than of the others; it fails if the interval of the difference says so.';

CREATE FUNCTION pls.guardrails(motion text, "from" timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, language text DEFAULT 'en')
    RETURNS SETOF pls_internal.guardrail
    LANGUAGE plpgsql VOLATILE ROWS 20
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '2s'
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    play CONSTANT pls.motions := pls_internal.motion_named(guardrails.motion);
BEGIN
    PERFORM pls_internal.check_language(language);
    PERFORM pls_internal.check_entry_time(guardrails."from", guardrails.until);
    RETURN QUERY
    SELECT g.guardrail, g.stage, g.measured, g.needed, g.verdict, pls_internal.wrapped(g.evidence, 32)
      FROM (SELECT 1 AS part, r.* FROM pls_internal.guardrails_of_rows(play, language) WITH ORDINALITY r
             UNION ALL
            SELECT 2, f.* FROM pls_internal.guardrails_of_free_path(play, guardrails."from", guardrails.until, language) WITH ORDINALITY f
             UNION ALL
            SELECT 3, l.* FROM pls_internal.guardrails_of_load(play, language) WITH ORDINALITY l
             UNION ALL
            SELECT 4, o.* FROM pls_internal.guardrails_of_opt_outs(play, guardrails."from", guardrails.until, language) WITH ORDINALITY o
             UNION ALL
            SELECT 5, c.* FROM pls_internal.guardrails_of_churn(play, guardrails."from", guardrails.until, language) WITH ORDINALITY c) g
     ORDER BY g.part, g.ordinality;
END;
$$;
COMMENT ON FUNCTION pls.guardrails IS
'Whether a motion keeps its low-touch path viable: measured, needed, verdict (pass, fail, too early to say, not applicable) and a sentence of evidence. stage can be reached: a row for each stage; fails if a signal that it names does not exist, is not enabled or is an outcome, or nothing records its outcomes. stage has owners: a row for each stage; fails without responsible or accountable. low-touch path viable: a row for each stage with min_rate: of those who entered the funnel from one instant up to, but not including, another (NULL: no bound), min_rate_within ago or earlier by the end of the data, and whom nobody touched before they got there, the share that got there in time; of the objective''s outcome these are the arms untouched and held out of pls.funnel(). rep capacity: the alerts of a week, over the last 28 days, against 7 times the daily quotas of the active reps in the pools of the motion''s routes; of a draft, the alerts that it would have raised in the last 28 days of its events. opt-outs: of those first touched in that time, the share that is in pls.opt_outs since then (it, its account or the contact of its alert), or that an exclusion of scope entity excludes now, against max_opt_outs. churn after help: of those who bought in that time, 90 days ago or earlier by the end of the data, whether more were lost within 90 days (outcome churn) who were touched before they bought than of the others. A share is judged by its 95 % interval by Wilson (a difference by Newcombe''s): fail and pass where all of it is on one side of what is needed; too early to say otherwise, and of fewer than 20. Evidence comes in lines of at most 32 characters; language of it: en or zh. Reads the watched tables as pls.funnel() does, if a stage has a min_rate; writes nothing. Errors: 42704 no such motion, 22023 a bad time or language, 0A000 zh in a database that is not in UTF8, 55P03.';
