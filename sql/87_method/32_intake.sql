/* 32_intake.sql - which questions have an answer, what is assumed instead, and what to ask next.
 *
 * An answer is where it is put to use (pls_internal.intake_rooms()).  A value
 * that is exactly one of a template that came with the extension is nobody's
 * answer yet: it is shown as the assumption, until somebody changes it, or
 * says with pls.answer() that it is so.  It is compared with what was shipped,
 * not with pls.motion_templates: what people have written there is theirs.
 */

CREATE FUNCTION pls_internal.shipped_template_rows(part text) RETURNS SETOF jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 30
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT s.content -> 'content' FROM pls_internal.shipped_rows s
     WHERE s.relation = 'motion_templates' AND s.content ->> 'part' = shipped_template_rows.part;
END;
$$;
COMMENT ON FUNCTION pls_internal.shipped_template_rows IS
'The rows of a part of the templates that came with the extension, unchanged.';

CREATE FUNCTION pls_internal.is_of_template(part text, content jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM pls_internal.shipped_template_rows(part) s
         WHERE NOT EXISTS (SELECT FROM jsonb_each(content) e
                            WHERE coalesce(s -> e.key, 'null') <> e.value));
END;
$$;
COMMENT ON FUNCTION pls_internal.is_of_template IS
'Whether a shipped template has a row in a part with all of these values; what it leaves out is null.';

/* ---- what there is: question, value as text, and whether it is ours ---- */

CREATE FUNCTION pls_internal.answers_in_motion(play pls.motions) RETURNS TABLE (question text, value text, is_own boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 6
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    known CONSTANT jsonb := to_jsonb(play);
BEGIN
    RETURN QUERY
    SELECT r.question,
           CASE WHEN bool_and(known ->> c.name IS NOT NULL) THEN string_agg(known ->> c.name, '; ' ORDER BY c.place) END,
           -- every motion has an objective
           coalesce(bool_or(c.name <> 'objective' AND NOT pls_internal.is_of_template('motions', jsonb_build_object(c.name, known -> c.name)))
                    FILTER (WHERE known ->> c.name IS NOT NULL), false)
      FROM pls_internal.intake_rooms() r
     CROSS JOIN LATERAL unnest(r.columns) WITH ORDINALITY AS c (name, place)
     GROUP BY r.question;
END;
$$;
COMMENT ON FUNCTION pls_internal.answers_in_motion IS
'The questions whose answer lives in columns of pls.motions; value: NULL while a column is, is_own: some column is not as a shipped template has it.';

CREATE FUNCTION pls_internal.answers_in_signals(motion text) RETURNS TABLE (question text, value text, is_own boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 3
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT q.question,
           CASE q.question WHEN 'intent' THEN string_agg(s.signal, ', ' ORDER BY s.signal COLLATE "C")
                ELSE string_agg(format('%s: %s', s.signal, coalesce(array_to_string(s.events, ', '), '*')), '; ' ORDER BY s.signal COLLATE "C") END,
           bool_or(NOT pls_internal.is_of_template('signals', jsonb_build_object('signal', s.signal, 'events', to_jsonb(s.events))))
      FROM (VALUES ('first_value', ARRAY['activation']), ('intent', ARRAY['billing', 'admin', 'integration', 'invite'])) AS q (question, categories)
      JOIN pls.signals s ON s.category = ANY (q.categories)
     WHERE s.motion = answers_in_signals.motion AND s.enabled
     GROUP BY q.question
    UNION ALL
    SELECT 'outreach', string_agg(s.signal, ', ' ORDER BY s.signal COLLATE "C") FILTER (WHERE NOT s.approved_for_outreach),
           bool_or(s.approved_for_outreach
                   AND NOT pls_internal.is_of_template('signals', jsonb_build_object('signal', s.signal, 'approved_for_outreach', true)))
      FROM pls.signals s
     WHERE s.motion = answers_in_signals.motion AND s.enabled AND s.category <> 'outcome'
    HAVING bool_or(s.approved_for_outreach);
END;
$$;
COMMENT ON FUNCTION pls_internal.answers_in_signals IS
'The questions whose answer lives in signals of a motion: of first_value and intent the signals with their events, of outreach those that are not approved, once some are.';

CREATE FUNCTION pls_internal.answers_in_data(play pls.motions) RETURNS TABLE (question text, value text, is_own boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 3
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT 'events', string_agg(s.watched, ', ' ORDER BY s.watched COLLATE "C"), true
      FROM (SELECT r.source::text AS watched FROM pls.sources r
              JOIN pg_class c ON c.oid = r.source
             WHERE r.motions IS NULL OR (play).motion = ANY (r.motions)) s
    UNION ALL
    SELECT 'accounts', string_agg(DISTINCT a.how, ', ' ORDER BY a.how), true
      FROM (SELECT 'the unit is user' AS how WHERE (play).unit = 'user'
            UNION ALL
            SELECT format('%s.%s', r.source, c.name) FROM pls.sources r
              JOIN pg_class k ON k.oid = r.source
             CROSS JOIN LATERAL (VALUES (r.account_column), (r.email_column)) AS c (name)
             WHERE (r.motions IS NULL OR (play).motion = ANY (r.motions)) AND c.name IS NOT NULL
            UNION ALL
            SELECT 'pls.users' WHERE EXISTS (SELECT FROM pls.users u WHERE u.account_id IS NOT NULL OR u.email IS NOT NULL)) a
    UNION ALL
    SELECT 'systems', string_agg(format('%s (%s)', h.channel, h.kind), ', ' ORDER BY h.channel COLLATE "C"), true
      FROM pls.channels h WHERE h.enabled AND (h.motions IS NULL OR (play).motion = ANY (h.motions));
END;
$$;
COMMENT ON FUNCTION pls_internal.answers_in_data IS
'The questions whose answer lives in watched tables, users and channels.';

CREATE FUNCTION pls_internal.answers_of_sales(motion text) RETURNS TABLE (question text, value text, is_own boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 4
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT 'capacity', string_agg(concat(k.rep, ': ' || trim_scale(k.daily_quota) || '/d'), ', ' ORDER BY k.rep COLLATE "C"),
           bool_or(NOT pls_internal.is_of_template('reps', jsonb_build_object('rep', k.rep, 'daily_quota', k.daily_quota, 'max_open', k.max_open)))
      FROM pls.reps k
     WHERE k.active AND (k.daily_quota IS NOT NULL OR k.max_open IS NOT NULL)
       AND k.rep IN (SELECT m.rep FROM pls.routes r JOIN pls.pool_members m ON m.pool = r.pool WHERE r.motion = answers_of_sales.motion);
    RETURN QUERY
    SELECT x.question, string_agg(x.said, ', ' ORDER BY x.position), bool_or(NOT x.is_shipped)
      FROM (SELECT 'routes' AS question, r.position, format('%s: %s', r.route, r.pool) AS said,
                   EXISTS (SELECT FROM pls_internal.shipped_template_rows('routes') s
                            WHERE s ->> 'route' = r.route AND s ->> 'pool' = r.pool
                              AND (s ->> 'predicate')::jsonpath::text IS NOT DISTINCT FROM r.predicate::text) AS is_shipped
              FROM pls.routes r WHERE r.motion = answers_of_sales.motion
            UNION ALL
            SELECT 'sla', r.position, format('%s: %s', r.route, pls_internal.span_text(r.respond_within)),
                   EXISTS (SELECT FROM pls_internal.shipped_template_rows('routes') s
                            WHERE s ->> 'route' = r.route AND (s ->> 'respond_within')::interval = r.respond_within)
              FROM pls.routes r WHERE r.motion = answers_of_sales.motion AND r.respond_within IS NOT NULL) x
     GROUP BY x.question;
    RETURN QUERY
    SELECT 'dispositions', string_agg(d.disposition, ', ' ORDER BY d.disposition COLLATE "C"), bool_or(NOT d.shipped)
      FROM pls.dispositions d WHERE d.enabled;
END;
$$;
COMMENT ON FUNCTION pls_internal.answers_of_sales IS
'The questions whose answer lives in reps, routes and dispositions.';

CREATE FUNCTION pls_internal.answers_in_pilots(motion text) RETURNS TABLE (question text, value text, is_own boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 3
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT q.question, string_agg(q.said, '; ' ORDER BY q.said COLLATE "C"), bool_or(NOT q.is_shipped)
      FROM pls.pilots p
     CROSS JOIN LATERAL (
           SELECT 'pilot' AS question, format('%s (%s)', p.pilot, p.status) AS said,
                  p.status = 'draft' AND p.segment IS NULL AND p.ends_at IS NULL
                  AND EXISTS (SELECT FROM pls_internal.shipped_template_rows('pilots') s
                               WHERE concat(p.motion, ': ', s ->> 'pilot') = p.pilot AND (s ->> 'holdout')::numeric = p.holdout
                                 AND (s ->> 'outcome_within')::interval = p.outcome_within
                                 AND (s ->> 'lasts')::interval IS NOT DISTINCT FROM p.lasts) AS is_shipped
           UNION ALL
           SELECT 'baseline', 'p_base: ' || pls_internal.percent_text(p.p_base),
                  EXISTS (SELECT FROM pls_internal.shipped_template_rows('pilots') s WHERE (s ->> 'p_base')::numeric = p.p_base)
            WHERE p.p_base IS NOT NULL
           UNION ALL
           SELECT 'scale', format('%s %s %s %s', r.measure, r.value, r.op, trim_scale(r.threshold)),
                  EXISTS (SELECT FROM pls_internal.shipped_template_rows('pilot_rules') s
                           WHERE s ->> 'kind' = r.kind AND s ->> 'measure' = r.measure AND s ->> 'value' = r.value
                             AND s ->> 'op' = r.op AND (s ->> 'threshold')::numeric = r.threshold)
             FROM pls.pilot_rules r WHERE r.pilot = p.pilot AND r.kind = 'scale') q
     WHERE p.motion = answers_in_pilots.motion
     GROUP BY q.question;
END;
$$;
COMMENT ON FUNCTION pls_internal.answers_in_pilots IS
'The questions whose answer lives in pilots of a motion and their rules.';

/* ---- figures that help to check an assumption ---- */

CREATE FUNCTION pls_internal.events_of_categories(motion text, categories text[], OUT asked bigint, OUT seen bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    SELECT count(*), CASE WHEN count(*) = count(a.seen) THEN count(*) FILTER (WHERE a.seen) END INTO asked, seen
      FROM pls_internal.asked_and_seen(motion) a
     WHERE a.event IS NOT NULL AND a.property IS NULL
       AND EXISTS (SELECT FROM pls.signals s
                    WHERE s.motion = events_of_categories.motion AND s.signal = ANY (a.signals)
                      AND (categories IS NULL OR s.category = ANY (categories)));
END;
$$;
COMMENT ON FUNCTION pls_internal.events_of_categories IS
'How many events the enabled signals of these categories (NULL: of all) ask for by name, and how many of them samples have shown; seen is NULL if there is no sample.';

CREATE FUNCTION pls_internal.figure_of_events(motion text, language text, categories text[]) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    n CONSTANT record := pls_internal.events_of_categories(motion, categories);
BEGIN
    RETURN CASE WHEN NOT pls_internal.has_sources(motion) THEN pls_internal.say(language, 'figure.unwatched')
                WHEN n.asked = 0 THEN NULL
                WHEN n.seen IS NULL THEN pls_internal.say(language, 'figure.unsampled')
                ELSE pls_internal.say(language, 'figure.seen', n.seen::text, n.asked::text) END;
END;
$$;
COMMENT ON FUNCTION pls_internal.figure_of_events IS
'How many of the events of these categories have been seen, as a sentence. NULL: none is asked for.';

CREATE FUNCTION pls_internal.figure_of_sales(play pls.motions, language text, question text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    since CONSTANT timestamptz := pls.now() - interval '28 days';
    met   bigint;
    late  bigint;
BEGIN
    IF question = 'capacity' THEN
        RETURN pls_internal.say(language, 'figure.capacity', trim_scale(round(pls_internal.weekly_capacity(play.motion), 1))::text,
                                (SELECT count(*) FROM pls.alerts a WHERE a.motion = play.motion AND a.created_at > since)::text)
         WHERE pls_internal.weekly_capacity(play.motion) IS NOT NULL;
    END IF;
    SELECT count(*) FILTER (WHERE s.respond_state = 'met'), count(*) FILTER (WHERE s.respond_state IN ('missed', 'breached')) INTO met, late
      FROM pls.sla s WHERE s.motion = play.motion AND s.created_at > since;
    RETURN CASE WHEN met + late > 0 THEN pls_internal.say(language, 'figure.sla', met::text, late::text) END;
END;
$$;
COMMENT ON FUNCTION pls_internal.figure_of_sales IS
'What the last 28 days say to the question capacity or sla, as a sentence. NULL: nothing.';

CREATE FUNCTION pls_internal.figure_of_outcomes(play pls.motions, language text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known CONSTANT bigint := (SELECT count(*) FROM pls.standings s WHERE s.motion = play.motion);
BEGIN
    IF known = 0 THEN
        RETURN NULL;
    END IF;
    RETURN pls_internal.say(language, 'figure.baseline', known::text, pls_internal.say(language, 'unit.' || play.unit || 's'), (
        SELECT count(DISTINCT o.entity_id) FROM pls.outcomes o
          JOIN pls.standings s ON s.entity_id = o.entity_id AND s.motion = o.motion
         WHERE o.motion = play.motion AND o.outcome = ANY (pls_internal.outcomes_aimed_at(play.objective)))::text);
END;
$$;
COMMENT ON FUNCTION pls_internal.figure_of_outcomes IS
'How many of the known entities have had the outcome that a motion is for, as a sentence. NULL: none is known.';

CREATE FUNCTION pls_internal.intake_figure(play pls.motions, language text, question text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    n record;
BEGIN
    IF question = ANY ('{capacity,sla}') THEN
        RETURN pls_internal.figure_of_sales(play, language, question);
    ELSIF question = ANY ('{first_value,intent,events}') THEN
        RETURN pls_internal.figure_of_events(play.motion, language, CASE question WHEN 'first_value' THEN '{activation}'::text[]
                                                                                  WHEN 'intent' THEN '{billing,admin,integration,invite}' END);
    ELSIF question = ANY ('{baseline,goal}') THEN
        RETURN pls_internal.figure_of_outcomes(play, language);
    ELSIF question = 'segment' THEN
        RETURN pls_internal.say(language, 'figure.segment', (SELECT count(*) FROM pls.accounts)::text);
    ELSIF question = 'accounts' THEN
        SELECT sum(x.rows) AS rows, sum(x.rows - x.lost) AS kept INTO n FROM pls_internal.rows_without_account(play.motion) x;
        RETURN CASE WHEN n.rows > 0 THEN pls_internal.say(language, 'figure.accounts', n.kept::text, n.rows::text,
                                                          pls_internal.percent_text(n.kept / n.rows)) END;
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.intake_figure IS
'What the data say to a question of the intake, as a sentence. NULL: nothing.';

/* ---- the whole ---- */

CREATE FUNCTION pls_internal.intake_state(play pls.motions, language text)
    RETURNS TABLE (place integer, question text, ask text, value text, answer text, is_answered boolean, assumption text, validation text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM pls_internal.check_language(language);
    RETURN QUERY
    SELECT r.place, r.question, pls_internal.say(language, concat('intake.', r.question, '.ask')), f.value,
           -- a column that was written since says more
           CASE WHEN f.value IS NULL OR r.columns = '{}' THEN i.answer END, k.is_answered,
           CASE WHEN k.is_answered THEN NULL
                WHEN i.assumption IS NOT NULL THEN i.assumption
                WHEN f.value IS NOT NULL THEN pls_internal.say(language, 'intake.shipped', f.value)
                ELSE pls_internal.say(language, concat('intake.', r.question, '.assumed')) END,
           CASE WHEN k.is_answered THEN NULL
                ELSE pls_internal.paragraph(language, ARRAY[
                     coalesce(i.validation, pls_internal.say(language, concat('intake.', r.question, '.check'))),
                     pls_internal.intake_figure(play, language, r.question)]) END
      FROM pls_internal.intake_rooms() r
      LEFT JOIN (SELECT m.question, m.value, m.is_own FROM pls_internal.answers_in_motion(play) m
                 UNION ALL
                 SELECT s.question, s.value, s.is_own FROM pls_internal.answers_in_signals((play).motion) s
                 UNION ALL
                 SELECT d.question, d.value, d.is_own FROM pls_internal.answers_in_data(play) d
                 UNION ALL
                 SELECT w.question, w.value, w.is_own FROM pls_internal.answers_of_sales((play).motion) w
                 UNION ALL
                 SELECT p.question, p.value, p.is_own FROM pls_internal.answers_in_pilots((play).motion) p) f ON f.question = r.question
      LEFT JOIN pls.intake i ON i.motion = (play).motion AND i.question = r.question
     CROSS JOIN LATERAL (
           SELECT i.answer IS NOT NULL
                  OR (f.value IS NOT NULL AND (coalesce(f.is_own, false) OR i.answered_at IS NOT NULL)) AS is_answered) k
     ORDER BY r.place;
END;
$$;
COMMENT ON FUNCTION pls_internal.intake_state IS
'The questions of the intake of a motion in a language: what there is in the configuration (value), what people have said (answer), whether that answers it, and if not, what is assumed and how to check it, with figures. Error 22023: another language.';

CREATE FUNCTION pls_internal.answer_command(motion text, question text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF answer_command.question = 'events' THEN
        -- its errors say which columns to name
        RETURN $command$SELECT pls.watch('app.events');$command$;
    END IF;
    RETURN (
        SELECT concat('SELECT pls.answer(', quote_literal(answer_command.motion), ', ', quote_literal(r.question),
                      -- every motion has an objective
                      repeat($blank$, ''$blank$, cardinality(r.example) - (r.question = 'goal')::integer), ');')
          FROM pls_internal.intake_rooms() r WHERE r.question = answer_command.question);
END;
$$;
COMMENT ON FUNCTION pls_internal.answer_command IS
'The command that answers a question, with blanks to be filled.';

CREATE FUNCTION pls.intake_questions(motion text, language text DEFAULT 'en')
    RETURNS TABLE (place integer, question text, ask text, assumed text, answer_with text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    most  CONSTANT integer := 5;            -- at a time: more are not answered
    width CONSTANT integer := 104;          -- of the columns in psql, without what is between them
    least_width CONSTANT integer := 32;     -- of two columns of texts
    play  CONSTANT pls.motions := pls_internal.motion_named(motion);
BEGIN
    RETURN QUERY
    SELECT x.place, x.question, pls_internal.wrapped(x.ask, x.rest / 2), pls_internal.wrapped(x.assumption, x.rest - x.rest / 2), x.command
      FROM (SELECT o.*, greatest(width - length('place') - max(length(o.question)) OVER () - max(length(o.command)) OVER (), least_width) AS rest
              FROM (SELECT s.*, pls_internal.answer_command((play).motion, s.question) AS command
                      FROM pls_internal.intake_state(play, language) s
                     WHERE NOT s.is_answered
                     ORDER BY s.place LIMIT most) o) x
     ORDER BY x.place;
END;
$$;
COMMENT ON FUNCTION pls.intake_questions IS
'What to ask next about a motion: at most five questions, the most valuable first, without those that are answered. An answer is a row or a column that says it (pls.intake lists the questions), but not a value that a template has brought and nobody has changed. place: of 20; ask: the question; assumed: what is taken meanwhile; answer_with: a command to fill in. Texts are wrapped for psql; pls.assumptions() has all that is open. language: en or zh. No row: all are answered. Errors: 42704 no such motion, 22023 another language.';

CREATE FUNCTION pls.assumptions(motion text, language text DEFAULT 'en')
    RETURNS TABLE (question text, assumption text, validation text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    width CONSTANT integer := 47;
    play  CONSTANT pls.motions := pls_internal.motion_named(motion);
BEGIN
    RETURN QUERY
    SELECT s.question, pls_internal.wrapped(s.assumption, width), pls_internal.wrapped(s.validation, width)
      FROM pls_internal.intake_state(play, language) s
     WHERE NOT s.is_answered
     ORDER BY s.place;
END;
$$;
COMMENT ON FUNCTION pls.assumptions IS
'What is assumed about a motion, a row for each question of the intake without an answer, the most valuable first: the assumption (own ones of pls.intake, else what the template has brought, else the default), and how to find out whether it holds, with what the data say already. Texts are wrapped for psql. language: en or zh. No row: nothing is assumed. Errors: 42704 no such motion, 22023 another language.';

/* ---- answering ---- */

CREATE FUNCTION pls_internal.with_answers(play pls.motions, columns text[], answers text[], examples text[]) RETURNS pls.motions
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    filled pls.motions := play;
    n      integer;
BEGIN
    FOR n IN 1 .. cardinality(answers) LOOP
        CONTINUE WHEN answers[n] IS NULL;
        BEGIN
            filled := jsonb_populate_record(filled, jsonb_build_object(columns[n], answers[n]));
        EXCEPTION
            WHEN invalid_text_representation OR invalid_datetime_format OR datetime_field_overflow OR numeric_value_out_of_range OR syntax_error THEN
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = format('"%s" is not possible as %s', answers[n], columns[n]),
                    DETAIL = format('The column says: %s.', SQLERRM),
                    HINT = format('Write it like %L.', examples[n]);
        END;
    END LOOP;
    RETURN filled;
END;
$$;
COMMENT ON FUNCTION pls_internal.with_answers IS
'Part of pls.answer(): the row of a motion with texts put into these columns, a NULL into none. Error 22023: a text is not of the type of its column.';

CREATE FUNCTION pls_internal.checked_answer(motion text, question text, answer text[]) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    room  record;
    parts integer;
BEGIN
    PERFORM pls_internal.check_word(question, ARRAY(SELECT r.question FROM pls_internal.intake_rooms() r ORDER BY r.place), 'question');
    SELECT r.columns, r.example INTO room FROM pls_internal.intake_rooms() r WHERE r.question = checked_answer.question;
    parts := greatest(cardinality(room.columns), 1);
    IF cardinality(answer) > parts THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('question "%s" takes %s answer%s, not %s', question, parts, CASE WHEN parts > 1 THEN 's' END, cardinality(answer)),
            HINT = format('Use SELECT pls.answer(%L, %L, %s);', motion, question, (SELECT string_agg(quote_literal(e), ', ') FROM unnest(room.example) e));
    ELSIF array_position(answer, NULL) = 1 AND num_nonnulls(VARIADIC answer) = 0
       OR EXISTS (SELECT FROM unnest(answer) a (part) WHERE btrim(a.part) = '') OR coalesce(cardinality(answer), 0) = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('the answer to question "%s" is empty', question),
            HINT = format('Use SELECT pls.answer(%L, %L, %s);%s', motion, question, (SELECT string_agg(quote_literal(e), ', ') FROM unnest(room.example) e),
                          CASE WHEN parts > 1 THEN ' NULL leaves a part as it is.' END);
    END IF;
    RETURN ARRAY(SELECT btrim(a.part) FROM unnest(answer) WITH ORDINALITY a (part, place) ORDER BY a.place);
END;
$$;
COMMENT ON FUNCTION pls_internal.checked_answer IS
'Part of pls.answer(): the parts of an answer without blanks around them. Error 22023: an unknown question, an empty part, or too many.';

CREATE FUNCTION pls.answer(motion text, question text, VARIADIC answer text[]) RETURNS text
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    play  CONSTANT pls.motions := pls_internal.motion_named(motion);
    parts CONSTANT text[] := pls_internal.checked_answer(motion, question, answer);
    room  record;
    filled pls.motions;
    said  text;                             -- what no column has
BEGIN
    SELECT r.columns, r.rows_in, r.example INTO room FROM pls_internal.intake_rooms() r WHERE r.question = answer.question;
    IF room.columns = '{}' OR (answer.question = 'segment' AND parts[1] = 'everybody') THEN
        said := parts[1];
    END IF;
    IF said = 'everybody' AND answer.question = 'segment' THEN
        UPDATE pls.motions m SET segment = NULL WHERE m.motion = play.motion AND m.segment IS NOT NULL;
    ELSIF said IS NULL THEN
        -- what somebody else is writing meanwhile stays
        SELECT m.* INTO filled FROM pls.motions m WHERE m.motion = play.motion FOR NO KEY UPDATE;
        filled := pls_internal.with_answers(filled, room.columns, parts, room.example);
        UPDATE pls.motions m
           SET goal_metric = filled.goal_metric, goal_target = filled.goal_target, goal_date = filled.goal_date, objective = filled.objective,
               segment = filled.segment, product = filled.product, self_serve_model = filled.self_serve_model,
               end_user = filled.end_user, buyer = filled.buyer, constraints = filled.constraints, tone = filled.tone
         WHERE m.motion = play.motion;
    END IF;
    INSERT INTO pls.intake AS i (motion, question, answer, answered_at) VALUES (play.motion, answer.question, said, pls.now())
    ON CONFLICT ON CONSTRAINT intake_pkey DO UPDATE SET answer = excluded.answer;
    UPDATE pls.intake i SET answered_at = pls.now(), answered_by = CURRENT_USER
     WHERE i.motion = play.motion AND i.question = answer.question;
    RETURN CASE WHEN said IS NULL THEN
                    (SELECT string_agg(format('pls.motions.%s', c.name), ', ' ORDER BY c.place) || ' of motion ' || quote_literal(play.motion)
                       FROM unnest(room.columns) WITH ORDINALITY c (name, place) WHERE parts[c.place] IS NOT NULL)
                    || coalesce('; what is done is in ' || room.rows_in, '')
                WHEN room.rows_in IS NOT NULL THEN format('noted; what is done is in %s', room.rows_in)
                ELSE 'noted' END;
END;
$$;
COMMENT ON FUNCTION pls.answer IS
'Answers a question of the intake: writes the answer into the columns of pls.motions in which it lives, one text for each in the order goal: goal_metric, goal_target, goal_date, objective; model: product, self_serve_model; buyers: end_user, buyer (NULL leaves a column as it is), else into pls.intake. segment: a predicate, or everybody. Where rows decide, as in routes and constraints, it notes the answer and says which rows these are; they are not changed. It also makes an answer of a value that a template has brought. Returns where the answer is. Errors: 42704 no such motion; 22023 an unknown question, an empty answer or too many, or a value that the column refuses.';
