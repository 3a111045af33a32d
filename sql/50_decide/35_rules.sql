/* 35_rules.sql - the rules of a decision, each written once.
 *
 * pls_internal.decide() asks them about one entity, pls.why_not() too, the sweep about
 * those whose last decision met an obstacle, and the view
 * pls.why_not_alerted about everybody.  So each rule is plain SQL that is
 * inlined where it is asked: a query over a hundred thousand standings pays
 * for no function call, and PL/pgSQL keeps a plan of it.
 *
 * For that the functions are LANGUAGE sql, STABLE and without SET, and are
 * called with composite values whose fields the planner can see: a variable
 * of PL/pgSQL, or ROW(t.*)::pls.t in a query.  (A whole row, t, would be put
 * together for each standing.)  An argument is evaluated where it is used, if
 * it is: pls_internal.best_grade() is asked for the few who are too small.
 *
 * coalesce() tries one rule after the other and stops at the first that gives
 * an obstacle.  A new rule is an arm there; doc/architecture.md walks through
 * all that belongs to it.
 */

CREATE TYPE pls_internal.obstacle AS (
    reason text,
    until  timestamptz,
    detail text
);
COMMENT ON TYPE pls_internal.obstacle IS 'What stands in the way of an alert.';
COMMENT ON COLUMN pls_internal.obstacle.reason IS 'The word for it in pls.decisions.reason.';
COMMENT ON COLUMN pls_internal.obstacle.until IS 'When it ends by itself; NULL: when something changes.';
COMMENT ON COLUMN pls_internal.obstacle.detail IS 'A sentence for people.';

-- An instant so much later, or with a negative span earlier.  A day has 24
-- hours in any session's time zone, and there is always an answer: rules over
-- rows that people edit must not fail for one of them.  Inlined into views.
CREATE FUNCTION pls_internal.later(at timestamptz, span interval) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN NOT isfinite(at) THEN at
        -- beyond what a timestamp can tell, 294277 and 4714 BC
        WHEN (EXTRACT(epoch FROM at) + EXTRACT(epoch FROM span))
             >= 9224318016000 THEN 'infinity'
        WHEN (EXTRACT(epoch FROM at) + EXTRACT(epoch FROM span))
             < -210866803200 THEN '-infinity'
        ELSE at +
             make_interval(secs => EXTRACT(epoch FROM span)::double precision)
    END;
END;
COMMENT ON FUNCTION pls_internal.later IS
    'The instant at plus the span, in which a day is 24 hours in every time zone; infinity or -infinity if that is out of range for a timestamp.';

-- Inlined.
CREATE FUNCTION pls_internal.utc_text(at timestamptz) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    -- to_char() has nothing to say of infinity; the argument is used once, so
    -- that this is inlined
    SELECT coalesce(to_char(timezone('UTC', at), 'YYYY-MM-DD HH24:MI "UTC"'), 'infinity');
END;
COMMENT ON FUNCTION pls_internal.utc_text IS
    'An instant in sentences, the same in every session: to the minute in UTC; NULL and infinite ones: infinity.';

CREATE FUNCTION pls_internal.best_of_grades(grades jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT string_agg(b.grade, '' ORDER BY b.dimension DESC)
          FROM (SELECT DISTINCT ON (g.dimension) g.dimension, g.grade
                  FROM jsonb_to_recordset(grades) AS g (dimension text, at_least numeric, grade text)
                 ORDER BY g.dimension, g.at_least DESC) b);
END;
$$;
COMMENT ON FUNCTION pls_internal.best_of_grades IS
    'The best grade that bands can give, in the form of the grades of a model: highest band of fit, then of engagement; NULL: there are none.';

CREATE FUNCTION pls_internal.best_grade(motion text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN pls_internal.best_of_grades((SELECT jsonb_agg(g) FROM pls.grades g WHERE g.motion = best_grade.motion));
END;
$$;
COMMENT ON FUNCTION pls_internal.best_grade IS
    'The best grade the motion can give: highest band of fit, then of engagement; NULL: it has no grades.';

CREATE FUNCTION pls_internal.has_domain(account_id text, domains text[]) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN EXISTS (SELECT FROM pls.account_domains d
                    WHERE d.domain = ANY (domains)
                      AND pls_internal.account_of_event(d.account_id, NULL, NULL) = has_domain.account_id)
        OR EXISTS (SELECT FROM pls.accounts a
                    WHERE a.domain = ANY (domains)
                      AND pls_internal.account_of_event(a.account_id, NULL, NULL) = has_domain.account_id);
END;
$$;
COMMENT ON FUNCTION pls_internal.has_domain IS
    'Whether one of these domains is in pls.account_domains or pls.accounts for the account, or for an alias of it.';

-- Inlined.
CREATE FUNCTION pls_internal.domain_of_member(user_id text, email text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce(pls_internal.normal_domain(email),
                    CASE WHEN strpos(user_id, '@') > 0 THEN pls_internal.normal_domain(user_id) END);
END;
COMMENT ON FUNCTION pls_internal.domain_of_member IS
    'The domain of a user''s address, or of the id if that is one; NULL: none.';

-- Inlined.  Who may not read aliases, as reps may not, is not told by them.
CREATE FUNCTION pls_internal.known_ids(unit text, entity_id text) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN known_ids.unit <> 'user' THEN pls_internal.ids_of_account(known_ids.entity_id)
                WHEN has_table_privilege('pls.user_aliases', 'SELECT') THEN pls_internal.ids_of_user(known_ids.entity_id)
                ELSE ARRAY[known_ids.entity_id] END;
END;
COMMENT ON FUNCTION pls_internal.known_ids IS
    'The ids under which an entity of a motion of this unit may have been noted: its own and its aliases, as far as the caller may read these.';

CREATE FUNCTION pls_internal.exclusion_of(motion text, entity_id text, account pls.accounts, member pls.users)
    RETURNS TABLE (exclusion text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT format('%s (%s)', x.reason, x.name)
      FROM pls.exclusions x
     WHERE x.enabled AND x.scope = 'entity'
       AND (x.motion IS NULL OR x.motion = exclusion_of.motion)
       AND (CASE WHEN x.ids IS NOT NULL
                 THEN x.ids && pls_internal.known_ids('account', coalesce((account).account_id, (member).account_id))
                      OR x.ids && pls_internal.known_ids('user', (member).user_id)
                      OR exclusion_of.entity_id = ANY (x.ids) END
            OR CASE WHEN x.domains IS NOT NULL
                    -- an account may be known by its domain alone
                    THEN pls_internal.normal_domain((account).account_id) = ANY (x.domains)
                         OR pls_internal.has_domain((account).account_id, x.domains)
                         OR pls_internal.domain_of_member((member).user_id, (member).email) = ANY (x.domains) END
            OR pls_internal.holds((account).attributes, x.match)
            OR pls_internal.holds((member).attributes, x.match))
     ORDER BY x.name COLLATE "C"
     LIMIT 1;
END;
COMMENT ON FUNCTION pls_internal.exclusion_of IS
    'Reason and name of the first exclusion of scope entity, by id, domain or attributes, that the entity or its account meets; no row: none.';

CREATE FUNCTION pls_internal.customer_rule(play pls.motions, entity_id text, account pls.accounts, as_of timestamptz,
                                  converted_at timestamptz DEFAULT NULL)
    RETURNS TABLE (detail text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT 'it has converted, and conversion is the motion''s objective'
     WHERE (play).objective = 'conversion'
       AND (customer_rule.converted_at <= customer_rule.as_of
            OR EXISTS (SELECT FROM pls.outcomes o
                     WHERE o.entity_id = ANY (pls_internal.known_ids((play).unit, customer_rule.entity_id))
                       AND o.motion = (play).motion
                       -- not by an index on the outcome, whatever was known of the table when this was planned
                       AND o.outcome IS NOT DISTINCT FROM 'conversion' AND o.at <= customer_rule.as_of)
            OR EXISTS (SELECT FROM pls.outcomes o
                        WHERE o.account_id = ANY (pls_internal.ids_of_account((account).account_id))
                          AND o.outcome IS NOT DISTINCT FROM 'conversion' AND o.at <= customer_rule.as_of));
END;
COMMENT ON FUNCTION pls_internal.customer_rule IS
    'A sentence if the objective of the motion is conversion and the entity, or its account in any motion, has converted at as_of; converted_at: when it has, beside what pls.outcomes says. No row: it has not.';

-- Which of the rules below end an alert that is open already: whoever is no
-- longer to be contacted must not be, whatever else holds of the motion.
CREATE FUNCTION pls_internal.contact_rule(play pls.motions, entity_id text, account pls.accounts, member pls.users, as_of timestamptz,
                                 converted_at timestamptz DEFAULT NULL)
    RETURNS TABLE (reason text, detail text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT 'excluded', x.exclusion
      FROM pls_internal.exclusion_of((play).motion, contact_rule.entity_id, account, member) x
    UNION ALL
    SELECT 'already_customer', c.detail
      FROM pls_internal.customer_rule(play, contact_rule.entity_id, account, contact_rule.as_of, contact_rule.converted_at) c
     LIMIT 1;
END;
COMMENT ON FUNCTION pls_internal.contact_rule IS
    'The first of excluded, already_customer that applies to an entity at as_of, and a sentence: an open alert about it is withdrawn, or says so; no row: none.';

-- Who is not to be alerted at all.
CREATE FUNCTION pls_internal.eligibility_rule(play pls.motions, entity_id text, account pls.accounts, member pls.users,
                                     grade text, best_grade text, as_of timestamptz,
                                     converted_at timestamptz DEFAULT NULL)
    RETURNS TABLE (reason text, until timestamptz, detail text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT (first.obstacle).reason, (first.obstacle).until, (first.obstacle).detail
      FROM (SELECT coalesce(
            CASE WHEN (play).status = ANY ('{paused,draft}') THEN
                ROW('paused', NULL, format('the motion is in status %s', (play).status))::pls_internal.obstacle END,
            (SELECT ROW('excluded', NULL, x.exclusion)::pls_internal.obstacle
               FROM pls_internal.exclusion_of((play).motion, eligibility_rule.entity_id, account, member) x),
            CASE WHEN (play).segment IS NOT NULL
                      AND pls_internal.holds(coalesce((account).attributes, '{}'), (play).segment) IS NOT TRUE THEN
                ROW('out_of_segment', NULL,
                    format('its attributes do not satisfy %s', (play).segment))::pls_internal.obstacle END,
            CASE WHEN pls_internal.later(coalesce((member).signed_up_at, (account).signed_up_at), (play).grace_period)
                      > eligibility_rule.as_of THEN
                ROW('grace_period',
                    pls_internal.later(coalesce((member).signed_up_at, (account).signed_up_at), (play).grace_period),
                    format('signed up %s, no alerts until %s',
                           left(pls_internal.utc_text(coalesce((member).signed_up_at, (account).signed_up_at)), 10),
                           pls_internal.utc_text(pls_internal.later(coalesce((member).signed_up_at, (account).signed_up_at),
                                                  (play).grace_period))))::pls_internal.obstacle END,
            -- NULL AND ... would go on to ask for the best grade
            CASE WHEN (account).size < (play).min_account_size THEN
                CASE WHEN (eligibility_rule.grade = eligibility_rule.best_grade) IS NOT TRUE THEN
                    ROW('too_small', NULL,
                        format('size %s is below %s, and the grade is not the best',
                               (account).size, (play).min_account_size))::pls_internal.obstacle END END,
            (SELECT ROW('already_customer', NULL, c.detail)::pls_internal.obstacle
               FROM pls_internal.customer_rule(play, eligibility_rule.entity_id, account, eligibility_rule.as_of, eligibility_rule.converted_at) c)) AS obstacle
            -- once, not for each column
            OFFSET 0) first
     WHERE (first.obstacle).reason IS NOT NULL;
END;
COMMENT ON FUNCTION pls_internal.eligibility_rule IS
    'The first of paused, excluded, out_of_segment, grace_period, too_small, already_customer that applies to an entity at as_of, a sentence, and when it ends by itself; no row: none.';

-- When the account was last alerted or got in touch with, newest first, within
-- the touch window of the motion.
CREATE FUNCTION pls_internal.recent_touches(play pls.motions, entity_id text, account_id text, as_of timestamptz,
                                   given timestamptz[] DEFAULT NULL)
    RETURNS TABLE (touches timestamptz[])
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT array_agg(t.at ORDER BY t.at DESC)
      FROM (SELECT greatest(a.created_at, a.first_touch_at) AS at
              FROM pls.alerts a
             WHERE a.account_id = ANY (pls_internal.ids_of_account(recent_touches.account_id)) AND a.created_at <= recent_touches.as_of
               AND (recent_touches.given IS NULL OR a.motion <> (play).motion)
            UNION ALL
            -- of a user whose account is not known
            SELECT greatest(a.created_at, a.first_touch_at)
              FROM pls.alerts a
             WHERE recent_touches.account_id IS NULL
               AND a.entity_id = recent_touches.entity_id AND a.unit = (play).unit
               AND a.created_at <= recent_touches.as_of
               AND (recent_touches.given IS NULL OR a.motion <> (play).motion)
            UNION ALL
            SELECT g.at FROM unnest(recent_touches.given) g (at) WHERE g.at <= recent_touches.as_of) t
     WHERE t.at > pls_internal.later(recent_touches.as_of, - (play).touch_window);
END;
COMMENT ON FUNCTION pls_internal.recent_touches IS
    'When the alerts about an account (of a user without one: about the user) within the motion''s touch window were raised or first touched, newest first; NULL: none. given: those of this motion''s alerts, in the place of what pls.alerts says of them.';

-- Who is not to be alerted yet, or is held out.
CREATE FUNCTION pls_internal.timing_rule(play pls.motions, entity_id text, account pls.accounts, grade text,
                                cooldown_until timestamptz, as_of timestamptz, given timestamptz[] DEFAULT NULL)
    RETURNS TABLE (reason text, until timestamptz, detail text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT (first.obstacle).reason, (first.obstacle).until, (first.obstacle).detail
      FROM (SELECT coalesce(
            CASE WHEN timing_rule.cooldown_until > timing_rule.as_of THEN
                ROW('cooldown', timing_rule.cooldown_until,
                    format('no alerts until %s', pls_internal.utc_text(timing_rule.cooldown_until)))::pls_internal.obstacle END,
            CASE WHEN (play).touch_limit IS NOT NULL THEN (
                -- The limit is kept again when the touch_limit-th newest
                -- leaves the window.
                SELECT ROW('touch_limit', pls_internal.later(t.touches[(play).touch_limit], (play).touch_window),
                           format('%s alerts about the account within the touch window of the motion, which allows %s',
                                  cardinality(t.touches), (play).touch_limit))::pls_internal.obstacle
                  FROM pls_internal.recent_touches(play, timing_rule.entity_id, (account).account_id, timing_rule.as_of,
                                                   timing_rule.given) t
                 WHERE t.touches[(play).touch_limit] IS NOT NULL) END,
            (SELECT ROW('held_out', NULL,
                        format('would have been alerted; held out%s with a share of %s of all entities',
                               ' by pilot "' || h.pilot || '"', trim_scale(h.holdout)))::pls_internal.obstacle
               FROM pls_internal.holdout_of(play, timing_rule.entity_id, (account).attributes, timing_rule.grade, timing_rule.as_of) h
              WHERE CASE WHEN h.holdout > 0 THEN pls_internal.is_held_out(h.holdout, h.salt, timing_rule.entity_id) END)) AS obstacle
            -- once, not for each column
            OFFSET 0) first
     WHERE (first.obstacle).reason IS NOT NULL;
END;
COMMENT ON FUNCTION pls_internal.timing_rule IS
    'The first of cooldown, touch_limit, held_out that applies to an entity at as_of, a sentence, and when it ends by itself; no row: none.';

/* ---- what holds of a standing ---- */

-- A decision that is taken again by itself.
CREATE FUNCTION pls_internal.unfinished_decision(standing pls.standings, reason text)
    RETURNS TABLE (until timestamptz, detail text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT (standing).decide_again_at,
           (SELECT d.detail
              FROM pls.decisions d
             WHERE d.entity_id = (standing).entity_id AND d.motion = (standing).motion
             ORDER BY d.decision_id DESC LIMIT 1)
     WHERE (standing).reason = unfinished_decision.reason AND (standing).decide_again_at IS NOT NULL;
END;
COMMENT ON FUNCTION pls_internal.unfinished_decision IS
    'When the last decision is taken again, and its detail, if it had this reason (error or no_capacity); no row: it had not.';

-- In the order in which they are asked; of eligibility and timing the first
-- that applies.
CREATE FUNCTION pls_internal.rules_in_force(play pls.motions, standing pls.standings, account pls.accounts,
                                   member pls.users, grade text, best_grade text, as_of timestamptz,
                                   no_alert boolean DEFAULT false)
    RETURNS TABLE (place integer, rule text, until timestamptz, detail text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT 1, 'error', u.until, u.detail FROM pls_internal.unfinished_decision(standing, 'error') u
    UNION ALL
    SELECT 2, e.reason, e.until, e.detail
      FROM pls_internal.eligibility_rule(play, (standing).entity_id, account, member, rules_in_force.grade,
                                rules_in_force.best_grade, rules_in_force.as_of) e
    UNION ALL
    SELECT 3, 'open_alert', NULL,
           format('alert %s is %s%s', a.alert_id, a.status, coalesce(', assigned to ' || a.assigned_to, ', without a rep'))
      FROM pls.alerts a
     WHERE NOT rules_in_force.no_alert
       AND a.entity_id = (standing).entity_id AND a.motion = (standing).motion
       -- as pls_internal.refresh_open_alert() finds it
       AND a.closed_at IS NULL
    UNION ALL
    -- the cooldown of one that is held out is no news
    SELECT 4, CASE WHEN h.out THEN 'held_out' ELSE t.reason END, t.until,
           CASE WHEN h.out THEN 'held out; ' || t.detail ELSE t.detail END
      FROM pls_internal.timing_rule(play, (standing).entity_id, account, rules_in_force.grade, (standing).cooldown_until, rules_in_force.as_of) t
     CROSS JOIN LATERAL (SELECT t.reason = 'cooldown' AND (standing).reason IS NOT DISTINCT FROM 'held_out' AS out) h
    UNION ALL
    SELECT 5, 'no_capacity', u.until, u.detail FROM pls_internal.unfinished_decision(standing, 'no_capacity') u;
END;
COMMENT ON FUNCTION pls_internal.rules_in_force IS
    'The rules of pls_internal.decide() that stand in the way of an alert at as_of, a sentence, and until when (NULL: until something changes). place: their order; the first is the reason. no_alert: it is known that there is no open alert.';

-- The server goes through the branches of a UNION ALL as they are written, so
-- that nothing behind the first rule is evaluated.  To sort by place would take
-- as long as all the rules; test/sql/why_not_agrees would see another order.
CREATE FUNCTION pls_internal.first_rule(play pls.motions, standing pls.standings, account pls.accounts,
                               member pls.users, grade text, best_grade text, as_of timestamptz,
                               no_alert boolean DEFAULT false)
    RETURNS TABLE (rule text, until timestamptz, detail text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT r.rule, r.until, r.detail
      FROM pls_internal.rules_in_force(play, standing, account, member, first_rule.grade, first_rule.best_grade, first_rule.as_of,
                                  first_rule.no_alert) r
     LIMIT 1;
END;
COMMENT ON FUNCTION pls_internal.first_rule IS
    'The first of pls_internal.rules_in_force(); no row: none.';

-- Inlined.
CREATE FUNCTION pls_internal.is_obstacle_over(standing pls.standings, rule text, as_of timestamptz) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN (standing).reason IS NULL THEN true
        -- the alert was closed without a disposition, and the cooldown is over
        WHEN (standing).reason = ANY ('{raised,triage,open_alert}') THEN
            coalesce((standing).cooldown_until <= is_obstacle_over.as_of AND (standing).decide_again_at IS NULL
                     AND rule IS DISTINCT FROM 'open_alert', false)
        -- they are decided again at decide_again_at
        WHEN (standing).reason = ANY ('{error,no_capacity}') THEN false
        WHEN (standing).reason = ANY ('{cooldown,held_out}') AND (standing).cooldown_until > is_obstacle_over.as_of THEN false
        ELSE rule IS DISTINCT FROM (standing).reason END;
END;
COMMENT ON FUNCTION pls_internal.is_obstacle_over IS
    'Whether what the last decision about an entity in a lane met is over, rule being the first of pls_internal.rules_in_force() at as_of (NULL: none), so that it is to be decided again; so is one about which nothing was decided. False with NULL: with every rule.';

-- An alert of another motion may fill the touch limit at any time, which is
-- asked before: who is held out remains so.  Inlined.
CREATE FUNCTION pls_internal.is_decided_anew(play pls.motions, standing pls.standings, attributes jsonb, grade text,
                                    rule text, as_of timestamptz)
    RETURNS TABLE (anew boolean)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT CASE
        WHEN rule = 'touch_limit' AND (standing).reason = 'held_out'
             AND (SELECT a.arm FROM pls_internal.arm_of(play, (standing).entity_id, attributes, grade, is_decided_anew.as_of) a)
                 = 'holdout' THEN false
        ELSE pls_internal.is_obstacle_over(standing, rule, is_decided_anew.as_of) END;
END;
COMMENT ON FUNCTION pls_internal.is_decided_anew IS
    'Whether the sweep decides again about an entity with this grade in a lane, the first of the rules being rule at as_of (NULL: none): what the last decision met is over, and it is not one that is held out and stays so.';

-- What a decision means for the time after it.  Inlined.
CREATE FUNCTION pls_internal.cooldown_after(reason text, as_of timestamptz, cooldown interval, before timestamptz)
    RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN reason = ANY ('{raised,triage,held_out}')
                THEN pls_internal.later(cooldown_after.as_of, cooldown_after.cooldown) ELSE cooldown_after.before END;
END;
COMMENT ON FUNCTION pls_internal.cooldown_after IS
    'Until when the cooldown lasts after a decision for this reason at as_of, of a motion with this cooldown; before: until when it did before that.';

-- What ends at once does not end by itself: such a decision would be taken
-- again without end.  Inlined.
CREATE FUNCTION pls_internal.again_after(reason text, until timestamptz, as_of timestamptz, cooldown interval, lane text)
    RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN lane IS NULL THEN NULL
                WHEN reason = 'held_out' THEN
                    nullif(greatest(pls_internal.later(again_after.as_of, again_after.cooldown), again_after.as_of),
                           again_after.as_of)
                WHEN again_after.until > again_after.as_of THEN again_after.until END;
END;
COMMENT ON FUNCTION pls_internal.again_after IS
    'When a decision for this reason, which holds until then, is taken again about an entity that is in this lane; NULL: not by itself.';

-- The limits that keep a score down, by the lines of pls.explain().
CREATE FUNCTION pls_internal.limits_in_force(evidence pls.evidence, as_of timestamptz, attributes jsonb)
    RETURNS TABLE (line integer, name text, taken_off numeric, detail text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 2
BEGIN ATOMIC
    SELECT x.line, substr(x.signal, 6), - x.points,
           CASE WHEN x.category IS NULL THEN 'max_score of the motion'
                WHEN substr(x.signal, 6) = x.category THEN 'the limit of category ' || x.category
                ELSE 'max_points of signal ' || substr(x.signal, 6) END
           || ' takes off ' || trim_scale(- x.points) || CASE WHEN x.points = -1 THEN ' point' ELSE ' points' END
      FROM pls.explain(limits_in_force.evidence, limits_in_force.as_of, limits_in_force.attributes) x
     -- no line of a signal is without
     WHERE x.met IS NULL AND x.points < 0;
END;
COMMENT ON FUNCTION pls_internal.limits_in_force IS
    'The upper limits of categories, signals and the score that take points off the score of the evidence: name of category or signal ("score": of the score), how many points, a sentence.';

-- Inlined.
CREATE FUNCTION pls_internal.shortfall_of(score numeric, sales_floor numeric, required_met boolean) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN shortfall_of.score < shortfall_of.sales_floor THEN 'score'
                WHEN NOT shortfall_of.required_met THEN 'required_signal'
                ELSE 'min_signals' END;
END;
COMMENT ON FUNCTION pls_internal.shortfall_of IS
    'What keeps an entity out of lane sales that pls.evaluate() finds so: score, required_signal or min_signals, the first that falls short.';

-- The answer of pls.why_not(), about a standing without an open alert.
CREATE FUNCTION pls_internal.main_reason(play pls.motions, standing pls.standings, attributes jsonb, as_of timestamptz,
                                score numeric, sales_floor numeric, lane text, required_met boolean, signals_met integer,
                                rule pls_internal.obstacle)
    RETURNS TABLE (reason text, until timestamptz, detail text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT first.reason,
           CASE WHEN first.reason = (rule).reason THEN (rule).until END,
           CASE first.reason
               WHEN (rule).reason THEN (rule).detail
               WHEN 'due' THEN 'the next sweep decides'
               WHEN 'not_rearmed' THEN
                   format('%s; no new alert until it drops out of the lane and qualifies again',
                          CASE WHEN (standing).reason = 'no_capacity' THEN 'was left out when the motion went live'
                               ELSE 'was alerted ' || pls_internal.utc_text((standing).last_alert_at) END)
               WHEN 'score' THEN
                   format('score %s is %s points below %s', trim_scale(main_reason.score),
                          trim_scale(main_reason.sales_floor - main_reason.score),
                          trim_scale(main_reason.sales_floor))
                   || coalesce('; ' || (SELECT string_agg(l.detail, ', ' ORDER BY l.line)
                                          FROM pls_internal.limits_in_force((standing).evidence, main_reason.as_of,
                                                                            main_reason.attributes) l), '')
               WHEN 'required_signal' THEN 'not met: ' || (
                   SELECT string_agg(x.signal, ', ' ORDER BY x.line)
                     FROM pls.explain((standing).evidence, main_reason.as_of, main_reason.attributes) x
                     JOIN pls.signals g ON g.motion = (play).motion AND g.signal = x.signal
                    WHERE g.required AND NOT x.met)
               ELSE format('%s of %s signals are met', main_reason.signals_met, (play).min_signals) END
      FROM (SELECT CASE
                WHEN main_reason.lane IS NOT NULL THEN
                    CASE WHEN (rule).reason IS NOT NULL THEN (rule).reason
                         WHEN (standing).decide_again_at <= pls.now()
                              OR (standing).lane IS NULL
                              OR (main_reason.lane = 'sales' AND (standing).lane = 'triage')
                              OR pls_internal.is_obstacle_over(standing, NULL, pls.now()) THEN 'due'
                         ELSE 'not_rearmed' END
                ELSE pls_internal.shortfall_of(main_reason.score, main_reason.sales_floor, main_reason.required_met) END AS reason
            -- once, not for each column
            OFFSET 0) first;
END;
COMMENT ON FUNCTION pls_internal.main_reason IS
    'Why there is no alert about a standing that pls.evaluate() finds so at as_of; rule: the first of pls_internal.rules_in_force(). In a lane: the rule; due (the next sweep decides); not_rearmed (it was alerted, and gets no new alert until it drops out of the lane and qualifies again). In none: score, required_signal or min_signals, the first that falls short.';
