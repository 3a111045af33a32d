/* 52_backtest.sql - what the alerts of the past, had a model always been in force, would have been worth.
 *
 * What counts, here and in what builds on it:
 *
 * Alerts are the decisions raised, triage and held_out of pls.replay(); who is
 * held out would have been alerted.  A rep has all of them to work, so all are
 * counted for the volume.  But an entity that is alerted three times and then
 * buys is one sale, and three rows of it are no three witnesses.  So precision
 * judges each entity once, by its first alert in the period: a hit if the
 * outcome follows within the horizon.  In a band or a grade it is the first
 * alert there.  In lane sales it is the first that was raised there or came
 * there from triage, judged from that instant on: that is when a rep gets it.
 *
 * Recall asks it the other way round: of those who had the outcome in the
 * period (each once, by its first), how many had been alerted within the
 * horizon before.  Alerts of that long before the period count there, so that
 * its first outcomes are no worse off than its last.
 *
 * The base rate is what a rep would hit who calls active accounts at random: of
 * those that were active within the horizon before an instant, the share that
 * had the outcome within the horizon after it, over up to 12 instants of the
 * period.  It has the same horizon as the precision.  A share of all that were
 * ever active in the period would grow with the length of the period, and say
 * little of the alerts.
 *
 * An outcome is one of the entity or of its account.  Those that a disposition
 * has recorded do not count: only who was alerted then can have them.  Whoever
 * has converted cannot convert again, and is neither in the base nor judged.
 * A horizon that is not over by the end of the data is no miss: these alerts
 * are left out, and counted.
 */

CREATE FUNCTION pls_internal.backtested_motion(motion text, "from" timestamptz, until timestamptz, horizon interval)
    RETURNS pls.motions
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play pls.motions;
BEGIN
    SELECT m.* INTO play FROM pls.motions m WHERE m.motion = backtested_motion.motion;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('motion "%s" does not exist', coalesce(backtested_motion.motion, 'NULL')),
            HINT = 'pls.motions lists the motions.';
    ELSIF backtested_motion."from" IS NULL OR until IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'the period must have a beginning and an end',
            HINT = 'Give both instants; the end is not part of the period.';
    ELSIF NOT isfinite(backtested_motion."from") OR NOT isfinite(until) OR backtested_motion."from" >= until THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the period must begin before it ends',
            DETAIL = format('It is from %s to %s.', backtested_motion."from", until),
            HINT = 'Give two instants of the past, the earlier one first.';
    ELSIF until > pls.now() THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the period ends in the future',
            DETAIL = format('It ends %s.', pls_internal.utc_text(until)),
            HINT = 'pls.now() is the latest end.';
    END IF;
    PERFORM pls_internal.check_span(horizon, 'horizon');
    RETURN play;
END;
$$;
COMMENT ON FUNCTION pls_internal.backtested_motion IS
'The row of a motion whose past is to be judged. Errors: 42704 no such motion, 22004 the period lacks an end, 22023 it is none, or ends in the future, or an impossible horizon.';

CREATE FUNCTION pls_internal.end_of_data(motion text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN least(pls.now(), greatest(
        (SELECT max(s.last_event_at) FROM pls.standings s WHERE s.motion = end_of_data.motion),
        (SELECT max(o.at) FROM pls.outcomes o WHERE o.motion = end_of_data.motion)));
END;
$$;
COMMENT ON FUNCTION pls_internal.end_of_data IS
'Up to when it is known what became of a motion''s entities: its newest event or outcome, but not the future; pls.now() if it has neither.';

-- The account, or else the user: what an alert and an outcome have in common.
CREATE FUNCTION pls_internal.outcome_subject(unit text, entity_id text, account_id text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce('account ' || pls_internal.account_of_event(
                        coalesce(account_id, CASE WHEN unit = 'account' THEN entity_id END),
                        CASE WHEN unit = 'user' THEN entity_id END, NULL),
                    'user ' || pls_internal.user_of_event(entity_id));
END;
COMMENT ON FUNCTION pls_internal.outcome_subject IS
'Whose an outcome or an alert is, by the identity of now: the account, aliases followed, or of a user without one the user.';

CREATE FUNCTION pls_internal.outcomes_to_predict(play pls.motions, outcomes text[], by_disposition boolean DEFAULT false)
    RETURNS TABLE (subject text, instants timestamptz[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT w.subject, array_agg(o.at ORDER BY o.at)
      FROM pls.outcomes o
      LEFT JOIN pls.motions m ON m.motion = o.motion
     CROSS JOIN LATERAL pls_internal.outcome_subject(m.unit, o.entity_id, o.account_id) w (subject)
     WHERE o.outcome = ANY (outcomes)
       AND (o.motion = (play).motion OR starts_with(w.subject, 'account '))
       AND (outcomes_to_predict.by_disposition OR pls_internal.outcome_origin(o.signal, o.detail) <> 'disposition')
     GROUP BY w.subject;
END;
$$;
COMMENT ON FUNCTION pls_internal.outcomes_to_predict IS
'The outcomes that alerts of a motion are judged by: whose they are, and when, the first one first. They are those of the motion, and of accounts for whichever motion; not those that a disposition has recorded, unless by_disposition.';

CREATE FUNCTION pls_internal.outcomes_asked(play pls.motions, outcome text) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN outcome IS NULL THEN pls_internal.outcomes_aimed_at((play).objective) ELSE ARRAY[outcome] END;
END;
COMMENT ON FUNCTION pls_internal.outcomes_asked IS
'The outcome in an array; NULL: those that the motion aims at.';

-- Who has converted is done.
CREATE FUNCTION pls_internal.happens_once(outcomes text[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT outcomes = ARRAY['conversion'];
END;
COMMENT ON FUNCTION pls_internal.happens_once IS
'Whether nobody has the outcome a second time: true of conversion.';

CREATE FUNCTION pls_internal.replayed_alerts(play pls.motions, "from" timestamptz, until timestamptz, horizon interval,
                                             outcomes text[], model jsonb, assume jsonb)
    RETURNS TABLE (entity_id text, subject text, at timestamptz, lane text, score numeric, grade text, is_new boolean,
                   at_risk boolean, is_over boolean, outcome_at timestamptz)
    LANGUAGE plpgsql VOLATILE ROWS 1000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    ends CONSTANT timestamptz := pls_internal.end_of_data((play).motion);
    once CONSTANT boolean := pls_internal.happens_once(outcomes);
BEGIN
    RETURN QUERY
    SELECT a.entity_id, a.subject, a.at, a.lane, a.score, a.grade, a.is_new, (once AND k.instants[1] <= a.at) IS NOT TRUE, a.until <= ends,
           (SELECT min(o.at) FROM unnest(k.instants) o (at) WHERE o.at > a.at AND o.at <= a.until)
      FROM (SELECT r.entity_id, pls_internal.outcome_subject((play).unit, r.entity_id, NULL) AS subject,
                   r.at, r.lane, r.score, r.grade, r.reason <> 'open_alert' AS is_new, pls_internal.later(r.at, horizon) AS until
              FROM pls_internal.alerts_of_replay((play).motion, replayed_alerts."from", replayed_alerts.until,
                                                 replayed_alerts.model, replayed_alerts.assume) r) a
      LEFT JOIN pls_internal.outcomes_to_predict(play, outcomes) k ON k.subject = a.subject;
END;
$$;
COMMENT ON FUNCTION pls_internal.replayed_alerts IS
'The alerts of pls.replay() in a period, a row when one is raised or held out (is_new) and another when it goes over from triage to sales, each with whose outcomes it is judged by, whether these could still have the outcome (not if it happens once and has), whether the horizon is over by the end of the data, and the first outcome within it. Errors of pls.replay().';

CREATE FUNCTION pls_internal.base_rate(play pls.motions, "from" timestamptz, until timestamptz, horizon interval, outcomes text[],
                                       OUT active bigint, OUT with_outcome bigint)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    most  CONSTANT double precision := 12;
    span  CONSTANT double precision := EXTRACT(epoch FROM horizon);
    -- instants at which the horizon is over by the end of the data
    last  CONSTANT timestamptz := least(base_rate.until, pls_internal.later(pls_internal.end_of_data((play).motion), - horizon));
    whole CONSTANT double precision := EXTRACT(epoch FROM last - base_rate."from");
    step  CONSTANT double precision := greatest(span, whole / most);
    once  CONSTANT boolean := pls_internal.happens_once(outcomes);
BEGIN
    SELECT count(*), count(*) FILTER (WHERE EXISTS (
               SELECT FROM unnest(k.instants) o (at) WHERE o.at > i.at AND o.at <= pls_internal.later(i.at, horizon)))
      INTO base_rate.active, base_rate.with_outcome
      FROM generate_series(0, floor(whole / step)::integer) n
     CROSS JOIN LATERAL (SELECT base_rate."from" + make_interval(secs => n * step) AS at OFFSET 0) i
     CROSS JOIN LATERAL pls.score_as_of((play).motion, i.at) s
     CROSS JOIN LATERAL pls_internal.outcome_subject((play).unit, s.entity_id, NULL) w (subject)
      LEFT JOIN pls_internal.outcomes_to_predict(play, outcomes) k ON k.subject = w.subject
     WHERE n * step < whole AND s.last_event_at > pls_internal.later(i.at, - horizon)
       AND (once AND k.instants[1] <= i.at) IS NOT TRUE;
END;
$$;
COMMENT ON FUNCTION pls_internal.base_rate IS
'Entities that were active within the horizon before instants of a period, and those that had the outcome within the horizon after them: one instant for each horizon, but at most 12, each by pls.score_as_of(). An entity counts at each instant. Without those who have had an outcome that happens once.';

CREATE FUNCTION pls_internal.weekly_capacity(motion text) RETURNS numeric
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    -- one without a quota, and there is no limit
    RETURN (
        SELECT CASE WHEN count(r.daily_quota) = count(*) THEN 7 * sum(r.daily_quota) END
          FROM pls.reps r
         WHERE r.active AND r.rep IN (
               SELECT m.rep FROM pls.pool_members m JOIN pls.routes t ON t.pool = m.pool
                WHERE t.motion = weekly_capacity.motion));
END;
$$;
COMMENT ON FUNCTION pls_internal.weekly_capacity IS
'How many alerts a week the reps take who are active members of the pools of a motion''s routes, by their daily_quota; NULL: no limit, for one of them has no quota, or nobody is there.';

-- Shares in bands that go up with the score should go up, too.
CREATE FUNCTION pls_internal.order_note(share numeric, high numeric, best_below numeric, low_of_best numeric) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN share < best_below AND high < low_of_best THEN 'fewer than in a lower band'
                WHEN share < best_below THEN 'fewer than in a lower band, which may be chance' END;
END;
COMMENT ON FUNCTION pls_internal.order_note IS
'A note on a score band whose share of hits is below that of a lower band, and whether their intervals tell them apart; NULL: it is not.';

-- What precision cannot tell, or why it tells little.
CREATE FUNCTION pls_internal.hits_note(play pls.motions, outcomes text[], is_known boolean, judged bigint, hits bigint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN NOT is_known THEN format('no outcome %s is known: pls.refresh(%L) finds those of history that was loaded',
                                              array_to_string(outcomes, ', '), (play).motion)
                WHEN judged = 0 THEN 'nobody can be judged'
                WHEN hits = 1 THEN '1 hit says little: see the interval'
                WHEN hits < 10 THEN format('%s hits say little: see the interval', hits) END;
END;
COMMENT ON FUNCTION pls_internal.hits_note IS
'What is to be said of so many hits among so many that were judged, or if no outcome is known; NULL: nothing.';

CREATE FUNCTION pls_internal.backtest_note(play pls.motions, outcomes text[], is_known boolean, judged bigint, hits bigint, not_over bigint,
                                           a_week numeric, capacity numeric) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT nullif(concat_ws('; ',
        pls_internal.hits_note(play, outcomes, is_known, judged, hits),
        CASE WHEN not_over > 0 THEN format('%s left out, whose horizon is not over', not_over) END,
        CASE WHEN a_week > capacity THEN 'more alerts than the reps can take' END), '');
END;
COMMENT ON FUNCTION pls_internal.backtest_note IS
'What is to be said of a backtest as a whole; NULL: nothing.';

CREATE FUNCTION pls.backtest(motion text, "from" timestamptz, "to" timestamptz, horizon interval DEFAULT '30 days',
                             outcome text DEFAULT NULL, model jsonb DEFAULT NULL, assume jsonb DEFAULT NULL)
    RETURNS TABLE (part text, item text, alerts bigint, alerts_a_week numeric, capacity_a_week numeric,
                   judged bigint, hits bigint, "precision" numeric, precision_low numeric, precision_high numeric,
                   base_rate numeric, lift numeric, outcomes bigint, alerted_before bigint, recall numeric,
                   recall_low numeric, recall_high numeric, f1 numeric, lead_time interval, not_over bigint, note text)
    LANGUAGE plpgsql VOLATILE ROWS 20
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    within   CONSTANT interval := coalesce(backtest.horizon, '30 days');
    play     CONSTANT pls.motions := pls_internal.backtested_motion(backtest.motion, backtest."from", backtest."to", within);
    asked    CONSTANT text[] := pls_internal.outcomes_asked(play, backtest.outcome);
    weeks    CONSTANT numeric := EXTRACT(epoch FROM backtest."to" - backtest."from") / 604800;
    capacity CONSTANT numeric := pls_internal.weekly_capacity(backtest.motion);
    is_known CONSTANT boolean := EXISTS (SELECT FROM pls_internal.outcomes_to_predict(play, asked));
    base     record;
BEGIN
    SELECT b.with_outcome::numeric / nullif(b.active, 0) AS rate INTO base
      FROM pls_internal.base_rate(play, backtest."from", backtest."to", within, asked) b WHERE is_known;
    RETURN QUERY
    WITH alerts AS MATERIALIZED (
        SELECT a.* FROM pls_internal.replayed_alerts(play, pls_internal.later(backtest."from", - within), backtest."to", within, asked,
                                                     backtest.model, backtest.assume) a),
    had AS (
        SELECT o.subject, h.at
          FROM pls_internal.outcomes_to_predict(play, asked) o
         CROSS JOIN LATERAL (
               SELECT min(i.at) AS at FROM unnest(o.instants) i (at)
                WHERE i.at >= backtest."from" OR pls_internal.happens_once(asked)) h
         WHERE h.at >= backtest."from" AND h.at < backtest."to"),
    recalled AS (
        SELECT count(*) AS outcomes,
               count(*) FILTER (WHERE EXISTS (
                   SELECT FROM alerts a WHERE a.is_new AND a.subject = h.subject AND a.at < h.at AND h.at <= pls_internal.later(a.at, within))) AS found
          FROM had h),
    parts AS (
        SELECT p.part, p.item, p.band, a.at, a.outcome_at, a.is_over,
               a.at_risk AND row_number() OVER (PARTITION BY p.part, p.item, a.entity_id ORDER BY a.at) = 1 AS is_judged
          FROM alerts a
         -- the last band has the highest possible score, too
         CROSS JOIN LATERAL (SELECT least(floor(a.score / 10), ceil(play.max_score / 10) - 1) * 10 AS band) b
         CROSS JOIN LATERAL (VALUES ('all', NULL, NULL), ('lane', a.lane, NULL), ('score band', format('%s to %s', b.band, b.band + 10), b.band),
                                    ('grade', coalesce(a.grade, '(none)'), NULL)) AS p (part, item, band)
         WHERE a.at >= backtest."from" AND (a.is_new OR p.part = 'lane')),
    counted AS (
        SELECT k.part, p.item, p.band, count(p.at) AS alerts,
               count(*) FILTER (WHERE p.is_judged AND p.is_over) AS judged,
               count(p.outcome_at) FILTER (WHERE p.is_judged AND p.is_over) AS hits,
               count(*) FILTER (WHERE p.is_judged AND NOT p.is_over) AS not_over,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY EXTRACT(epoch FROM p.outcome_at - p.at))
                   FILTER (WHERE p.is_judged AND p.is_over) AS lead
          FROM unnest('{all,lane,score band,grade}'::text[]) AS k (part)
          LEFT JOIN parts p ON p.part = k.part
         WHERE p.part IS NOT NULL OR k.part = 'all'
         GROUP BY k.part, p.item, p.band),
    shares AS (
        SELECT c.*, CASE WHEN is_known THEN c.hits::numeric / nullif(c.judged, 0) END AS share, w.low, w.high
          FROM counted c
          LEFT JOIN LATERAL pls_internal.wilson(c.hits, c.judged) w ON is_known),
    ordered AS (
        SELECT s.*, b.share AS best, b.low AS best_low
          FROM shares s
          LEFT JOIN LATERAL (
               SELECT l.share, l.low FROM shares l
                WHERE s.part = 'score band' AND l.part = s.part AND l.band < s.band AND l.share IS NOT NULL
                ORDER BY l.share DESC, l.band DESC LIMIT 1) b ON true)
    SELECT s.part, s.item, s.alerts, round(s.alerts / weeks, 2), CASE WHEN s.part = 'all' THEN round(capacity, 2) END,
           s.judged, CASE WHEN is_known THEN s.hits END, round(s.share, 3), s.low, s.high,
           round(base.rate, 4), round(s.share / nullif(base.rate, 0), 2),
           r.outcomes, r.found, round(r.recall, 3), r.low, r.high,
           round(2 * s.share * r.recall / nullif(s.share + r.recall, 0), 3),
           justify_hours(make_interval(secs => s.lead)), s.not_over,
           CASE s.part WHEN 'all' THEN pls_internal.backtest_note(play, asked, is_known, s.judged, s.hits, s.not_over, s.alerts / weeks, capacity)
                       WHEN 'score band' THEN pls_internal.order_note(s.share, s.high, s.best, s.best_low) END
      FROM ordered s
      LEFT JOIN (SELECT c.outcomes, c.found, c.found::numeric / nullif(c.outcomes, 0) AS recall, w.low, w.high
                   FROM recalled c CROSS JOIN LATERAL pls_internal.wilson(c.found, c.outcomes) w) r ON s.part = 'all' AND is_known
     ORDER BY array_position('{all,lane,score band,grade}', s.part), s.band, s.item COLLATE "C";
END;
$$;
COMMENT ON FUNCTION pls.backtest IS
'What the alerts would have been worth that a model brings about in a period of the past, by pls.replay(): a row for all, for each lane, for each band of ten points of the score (this is the calibration: precision should go up with the score, and note says where it does not) and for each grade. alerts: all of the period, each once; in lane triage those that were raised there, in lane sales those that were raised there or went over there from triage, from that instant on, if they were raised in the period or within the horizon before it; capacity_a_week: what the active reps of the motion''s routes take by their daily_quota, NULL: no limit. Each entity is judged once, by its first alert in the period (in a lane, band or grade, by the first there): hits are those that had the outcome within the horizon after it (the entity or its account). precision: hits / judged, with its 95 % interval by Wilson. not_over: left out, for their horizon is not over by the end of the data (the motion''s newest event or outcome). base_rate: what calling active entities at random would hit: of those active within the horizon before up to 12 instants of the period, which lie one horizon apart (or a twelfth of the period, if that is longer), the share that had the outcome within the horizon after it; lift: precision / base_rate. outcomes: who had it in the period, each counted once; alerted_before: of these, alerted within the horizon before it; recall is their share, f1 the harmonic mean of precision and recall. lead_time: the median time from the alert of a hit to the outcome. outcome: NULL is what the motion aims at (pls.motions.objective). Outcomes are those of pls.outcomes but for those that dispositions have recorded, which only the alerted have; pls.refresh() finds those of history that was loaded. Who has converted is neither judged again nor in the base. model: in the form of pls.model_versions.model; NULL: the tables as this transaction sees them. assume: of pls.replay(); without it no alert is ever closed, and an entity has one; what is assumed is said in a notice. If no outcome is known, what rests on it is NULL. A model judged on the time that it was made from looks better than it is. Writes nothing; reads the watched tables up to 13 times. Errors: 42704 no such motion, 22004 and 22023 an impossible period or horizon, and those of pls.replay() and pls.score_as_of().';
