/* 10_templates.sql - making a motion, empty or from a template.
 *
 * A template is a set of rows, each one kept as jsonb under the name of the
 * configuration table that it is copied into.  What a row leaves out takes
 * the column's default.  A motion made from a template keeps no tie to it:
 * its rows are there to be edited.
 */

CREATE TABLE pls.motion_templates (
    template    text NOT NULL
        CONSTRAINT template_name_is_not_empty
        CHECK (template <> ''),
    part        text NOT NULL,
    position    integer NOT NULL,
    content     jsonb NOT NULL
        CONSTRAINT template_content_is_an_object
        CHECK (jsonb_typeof(content) = 'object'),
    shipped     boolean NOT NULL DEFAULT false,
    PRIMARY KEY (template, part, position)
);
SELECT pg_extension_config_dump('pls.motion_templates', '');

COMMENT ON TABLE pls.motion_templates IS
'The rows that pls.create_motion() copies. To make your own template, add rows under a new name.';
COMMENT ON COLUMN pls.motion_templates.template IS 'Name of the template.';
COMMENT ON COLUMN pls.motion_templates.part IS 'The table of pls that the row is copied into: motions (one row), signals, category_limits, grades, exclusions, reps, pools, pool_members, routes, escalations, stages, templates, outreach_rules, pilots, pilot_rules or notes.';
COMMENT ON COLUMN pls.motion_templates.position IS 'Order within the part.';
COMMENT ON COLUMN pls.motion_templates.content IS 'The row: column names and values. The motion''s name is filled in, also before the names of exclusions, outreach rules and pilots; existing reps, pools and pool members are left unchanged.';
COMMENT ON COLUMN pls.motion_templates.shipped IS 'Whether the row came with the extension and is unchanged. Editing the row clears this.';

-- In the order in which they are copied: a row comes after those that it names.
CREATE FUNCTION pls_internal.template_parts() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY['signals', 'category_limits', 'grades', 'exclusions', 'reps', 'pools', 'pool_members', 'routes', 'escalations',
                 'stages', 'templates', 'outreach_rules', 'pilots', 'pilot_rules', 'notes'];
COMMENT ON FUNCTION pls_internal.template_parts IS
'The tables of pls, besides pls.motions, of which a template can have rows.';

-- A shipped row that somebody edits becomes that somebody's own.
CREATE FUNCTION pls_internal.keep_shipped_template() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_word(NEW.part, 'motions'::text || pls_internal.template_parts(), 'part');
    IF TG_OP = 'UPDATE' THEN
        NEW.shipped := false;
    ELSIF NOT NEW.shipped THEN
        DELETE FROM pls.motion_templates t
            WHERE t.template = NEW.template AND t.part = NEW.part
              AND t.position = NEW.position AND t.shipped;
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.keep_shipped_template IS
'Trigger: an edited row of pls.motion_templates is no longer a shipped one, and a row added by the user replaces the shipped row.';

CREATE TRIGGER keep_shipped BEFORE INSERT OR UPDATE ON pls.motion_templates
    FOR EACH ROW EXECUTE FUNCTION pls_internal.keep_shipped_template();
COMMENT ON TRIGGER keep_shipped ON pls.motion_templates IS
'Keeps shipped rows and rows of the user apart.';

CREATE FUNCTION pls_internal.copy_template_row(part text, content jsonb, motion text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    target jsonb := content;
    unknown text;
    columns text;
BEGIN
    IF part NOT IN ('reps', 'pools', 'pool_members', 'pilot_rules') THEN
        target := target || jsonb_build_object('motion', motion);
    END IF;
    -- these names are unique over all motions
    IF part IN ('exclusions', 'outreach_rules') THEN
        target := target || jsonb_build_object('name', concat(motion, ': ', content ->> 'name'));
    ELSIF part IN ('pilots', 'pilot_rules') THEN
        target := target || jsonb_build_object('pilot', concat(motion, ': ', content ->> 'pilot'));
    END IF;
    SELECT min(k.key) FILTER (WHERE a.attnum IS NULL), string_agg(quote_ident(k.key), ', ')
        INTO unknown, columns
        FROM jsonb_object_keys(target) AS k (key)
        LEFT JOIN pg_attribute a
            ON a.attrelid = format('pls.%I', part)::regclass
           AND a.attname = k.key AND a.attnum > 0 AND NOT a.attisdropped;
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_column',
            MESSAGE = format('template row has a key "%s", but pls.%s has no such column', unknown, part),
            HINT = 'Correct the keys of pls.motion_templates.content.';
    END IF;
    EXECUTE format('INSERT INTO pls.%I (%s) SELECT %s FROM jsonb_populate_record(NULL::pls.%I, $1)%s',
                   part, columns, columns, part,
                   CASE WHEN part IN ('reps', 'pools', 'pool_members')
                        THEN ' ON CONFLICT DO NOTHING' ELSE '' END)
        USING target;
END;
$$;
COMMENT ON FUNCTION pls_internal.copy_template_row IS
'Copies one row of a template into the configuration table part. Error 42703 if it names a column that the table lacks.';

-- What a new motion needs next, each line to be pasted.
CREATE FUNCTION pls_internal.next_commands(motion text) RETURNS SETOF text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT pls_internal.has_sources(motion) THEN
        -- names of columns, those of the table of events
        RETURN NEXT $next$SELECT pls.watch('app.events', event => 'name', at => 'created_at', account => 'org_id', actor => 'user_id');$next$;
    END IF;
    RETURN NEXT format('SELECT * FROM pls.readiness(%L);', motion);
    IF pls_internal.has_sources(motion) THEN
        RETURN NEXT format('SELECT * FROM pls.preview_brief(%L);', motion);
    END IF;
    RETURN NEXT format('SELECT * FROM pls.go_live_brief(%L);', motion);
END;
$$;
COMMENT ON FUNCTION pls_internal.next_commands IS
'Part of pls.create_motion(): the three commands that come next, a row each: to watch a table, or to preview if one is watched already, to ask whether we are ready, and to go live.';

CREATE FUNCTION pls_internal.make_motion(motion text, template text, unit text) RETURNS pls.motions
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    parts CONSTANT text[] := pls_internal.template_parts();
    row_of_motion jsonb;
    part_name text;
    row_content jsonb;
    created pls.motions;
BEGIN
    SELECT t.content INTO row_of_motion
        FROM pls.motion_templates t
        WHERE t.template = make_motion.template AND t.part = 'motions'
        ORDER BY t.position LIMIT 1;
    -- a draft, also by a template of an older version
    row_of_motion := coalesce(row_of_motion, '{}')
        || jsonb_strip_nulls(jsonb_build_object('unit', unit, 'status', 'draft'));
    PERFORM pls_internal.copy_template_row('motions', row_of_motion, motion);
    FOR part_name, row_content IN
        SELECT t.part, t.content
        FROM pls.motion_templates t
        WHERE t.template = make_motion.template AND t.part <> 'motions'
        ORDER BY array_position(parts, t.part), t.position
    LOOP
        PERFORM pls_internal.copy_template_row(part_name, row_content, motion);
    END LOOP;
    SELECT * INTO created FROM pls.motions m WHERE m.motion = make_motion.motion;
    RETURN created;
END;
$$;
COMMENT ON FUNCTION pls_internal.make_motion IS
'Part of pls.create_motion(): inserts the rows of a motion, which is a draft.';

CREATE FUNCTION pls.create_motion(motion text, template text DEFAULT NULL, unit text DEFAULT NULL)
RETURNS SETOF text
LANGUAGE plpgsql VOLATILE ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    created pls.motions;
BEGIN
    PERFORM pls_internal.check_name(coalesce(motion, ''), 'motion');
    IF EXISTS (SELECT FROM pls.motions m WHERE m.motion = create_motion.motion) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
            MESSAGE = format('motion "%s" already exists', motion),
            HINT = 'Choose another name, or delete its row from pls.motions first.';
    END IF;
    IF has_function_privilege('pls.ship_rows()', 'EXECUTE') THEN
        PERFORM pls.ship_rows();        -- after a restore without data
    END IF;
    IF template IS NOT NULL
       AND NOT EXISTS (SELECT FROM pls.motion_templates t
                       WHERE t.template = create_motion.template) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('unknown template "%s"', template),
            HINT = format('Use one of %s, or NULL for a motion without signals.', (
                SELECT string_agg(DISTINCT t.template, ', ' ORDER BY t.template)
                FROM pls.motion_templates t));
    END IF;
    BEGIN
        created := pls_internal.make_motion(motion, template, unit);
    EXCEPTION WHEN unique_violation THEN
        -- somebody else was faster
        IF EXISTS (SELECT FROM pls.motions m WHERE m.motion = create_motion.motion) THEN
            RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
                MESSAGE = format('motion "%s" already exists', motion),
                HINT = 'Choose another name, or delete its row from pls.motions first.';
        END IF;
        RAISE;
    END;
    RETURN NEXT format('%s motion "%s" of unit %s with %s signals and %s routes',
        created.status, created.motion, created.unit,
        (SELECT count(*) FROM pls.signals s WHERE s.motion = create_motion.motion),
        (SELECT count(*) FROM pls.routes r WHERE r.motion = create_motion.motion));
    RETURN QUERY
    SELECT format('%s. %s', row_number() OVER (ORDER BY q.place), regexp_replace(q.ask, E'\n', ' ', 'g')) FROM pls.intake_questions(motion) q ORDER BY q.place;
    RETURN QUERY SELECT n.* FROM pls_internal.next_commands(motion) n;
END;
$$;
COMMENT ON FUNCTION pls.create_motion IS
'Creates a motion, which is a draft until pls.go_live(). Returns lines for people: a sentence about it, the questions to answer first (pls.intake_questions), and the next three commands. template: a name in pls.motion_templates, such as trial_conversion or seat_expansion, whose rows become the motion''s, but for a status; NULL: no signals and no routes. unit: user or account; NULL: the template''s, else account. Edit the rows afterwards; pls.signal_catalog lists the event names to replace with those of the application. Errors: 42710 if it exists, 22023 for an unknown template or a bad name.';
