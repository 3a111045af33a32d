/* 62_model_versions.sql - a snapshot of a motion's model for every committed change.
 */

CREATE TABLE pls.model_versions (
    motion          text NOT NULL,
    model_version   integer NOT NULL,
    model           jsonb NOT NULL,         -- the rows of motion, signals, limits, grades, exclusions
    digest          text NOT NULL,
    changed_at      timestamptz NOT NULL DEFAULT now(),
    changed_by      text NOT NULL DEFAULT CURRENT_USER,
    PRIMARY KEY (motion, model_version)
);

COMMENT ON TABLE pls.model_versions IS
    'Immutable snapshots of each motion''s model, one for every committed change.';
COMMENT ON COLUMN pls.model_versions.motion IS 'The motion.';
COMMENT ON COLUMN pls.model_versions.model_version IS 'Counts up from 1 per motion.';
COMMENT ON COLUMN pls.model_versions.model IS 'What scores and decides: motion, signals, category_limits, grades, exclusions (for their ids, which name people, the random names of pls_internal.listed_ids); texts for people are left out.';
COMMENT ON COLUMN pls.model_versions.digest IS 'sha256 of the model''s text, in hexadecimal.';
COMMENT ON COLUMN pls.model_versions.changed_at IS 'Start of the transaction that made it, by pls.now().';
COMMENT ON COLUMN pls.model_versions.changed_by IS 'The role that made it.';
SELECT pg_extension_config_dump('pls.model_versions', '');

-- A version is for ever, and must not name whoever is forgotten, nor tell by a
-- hash whether an id that somebody knows was in it.  An id has a random name,
-- by which the version goes; once the id is forgotten the name says nothing.
CREATE TABLE pls_internal.listed_ids (
    id          text PRIMARY KEY,
    random_name text NOT NULL DEFAULT gen_random_uuid()::text
);
COMMENT ON TABLE pls_internal.listed_ids IS
    'The ids that pls.exclusions lists or has listed, and what stands for each in pls.model_versions. An id goes with pls.forget_user() or pls.forget_account().';
COMMENT ON COLUMN pls_internal.listed_ids.id IS 'The id.';
COMMENT ON COLUMN pls_internal.listed_ids.random_name IS 'What versions of models have in its place.';
SELECT pg_extension_config_dump('pls_internal.listed_ids', '');

CREATE FUNCTION pls_internal.name_listed_ids() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO pls_internal.listed_ids (id)
    SELECT DISTINCT i FROM unnest(NEW.ids) i ORDER BY i
        ON CONFLICT DO NOTHING;
    -- so that nobody takes them for unlisted before this is committed
    PERFORM FROM pls_internal.listed_ids l WHERE l.id = ANY (NEW.ids) ORDER BY l.id FOR KEY SHARE;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.name_listed_ids IS
    'Trigger: gives the ids of an exclusion random names, unless they have some.';
-- By its name before capture_model, which may be immediate.
CREATE TRIGGER assign_names AFTER INSERT OR UPDATE ON pls.exclusions
    FOR EACH ROW WHEN (NEW.ids IS NOT NULL AND NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('name_listed_ids');
COMMENT ON TRIGGER assign_names ON pls.exclusions IS 'Gives the ids names for the versions of models.';

CREATE FUNCTION pls_internal.forget_listed_ids(ids text[]) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    DELETE FROM pls_internal.listed_ids l
     WHERE l.id = ANY (ARRAY(
           SELECT o.id FROM pls_internal.listed_ids o
            WHERE o.id = ANY (forget_listed_ids.ids)
              AND NOT EXISTS (SELECT FROM (SELECT unnest(x.ids) AS id FROM pls.exclusions x) e WHERE e.id = o.id)
              FOR UPDATE OF o SKIP LOCKED))
$$;
COMMENT ON FUNCTION pls_internal.forget_listed_ids IS
    'Forgets the random names of those of the ids that no exclusion lists, so that nothing says any more which versions had them; does not wait for locks.';

-- The model as it scores and decides.  Columns added to these tables later
-- belong to it unless they are named here.
CREATE FUNCTION pls_internal.model_of(motion text) RETURNS jsonb
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET intervalstyle = 'iso_8601'
    SET datestyle = 'ISO'
    SET timezone = 'UTC'
AS $$
    SELECT jsonb_build_object(
        'motion', to_jsonb(m) - ARRAY['motion', 'status', 'product',
            'self_serve_model', 'end_user', 'buyer', 'goal_metric',
            'goal_target', 'goal_date', 'constraints', 'tone', 'expire_after', 'created_at'],
        'signals', coalesce((
            SELECT jsonb_object_agg(s.signal, to_jsonb(s) - ARRAY['motion',
                       'signal', 'approved_for_outreach', 'outreach_words', 'why',
                       'false_positive_risk', 'data_source', 'next_best_action',
                       'threshold_checked_at', 'threshold_note'])
              FROM pls.signals s WHERE s.motion = m.motion), '{}'),
        'category_limits', coalesce((
            SELECT jsonb_object_agg(l.category, to_jsonb(l) - ARRAY['motion', 'category'])
              FROM pls.category_limits l WHERE l.motion = m.motion), '{}'),
        'grades', coalesce((
            SELECT jsonb_agg(to_jsonb(g) - 'motion' ORDER BY g.dimension COLLATE "C", g.at_least)
              FROM pls.grades g WHERE g.motion = m.motion), '[]'),
        'exclusions', coalesce((
            SELECT jsonb_object_agg(x.name, to_jsonb(x) - ARRAY['name', 'motion', 'reason', 'shipped']
                       || jsonb_build_object('ids', (
                          SELECT jsonb_agg(coalesce(l.random_name, 'id ' || i.place) ORDER BY i.place)
                            FROM unnest(x.ids) WITH ORDINALITY i (id, place)
                            LEFT JOIN pls_internal.listed_ids l ON l.id = i.id)))
              FROM pls.exclusions x
             WHERE x.enabled AND (x.motion = m.motion OR x.motion IS NULL)), '{}'))
      FROM pls.motions m
     WHERE m.motion = model_of.motion
$$;
COMMENT ON FUNCTION pls_internal.model_of IS
    'The motion''s model as the transaction sees it, in the form of pls.model_versions.model; NULL: no such motion.';

CREATE FUNCTION pls_internal.current_model_version(motion text) RETURNS TABLE (model_version integer)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT (
        SELECT v.model_version
          FROM pls.model_versions v
         WHERE v.motion = current_model_version.motion
         ORDER BY v.model_version DESC
         LIMIT 1);
END;
COMMENT ON FUNCTION pls_internal.current_model_version IS
    'The last version of the motion''s model; NULL before the motion was committed.';

-- Runs at commit, after all changes of the transaction, as the owner: who may
-- edit a motion could otherwise invent its history, too.  The lock on the
-- motion's row makes two editors of one motion number their versions one
-- after the other; inserts into watched tables never take it.
CREATE FUNCTION pls_internal.capture_model() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    changed text := CASE WHEN TG_OP = 'DELETE' THEN OLD.motion ELSE NEW.motion END;
    before  text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.motion ELSE changed END;
    target  text;
    model   jsonb;
    digest  text;
    last    pls.model_versions;
BEGIN
    FOR target IN
        SELECT m.motion FROM pls.motions m
         WHERE m.motion = changed OR m.motion = before
            OR changed IS NULL OR before IS NULL
         ORDER BY m.motion
    LOOP
        PERFORM FROM pls.motions m WHERE m.motion = target FOR NO KEY UPDATE;
        model := pls_internal.model_of(target);
        CONTINUE WHEN model IS NULL;
        digest := encode(sha256(convert_to(model::text, 'UTF8')), 'hex');
        SELECT v.* INTO last
          FROM pls.model_versions v
         WHERE v.motion = target
         ORDER BY v.model_version DESC LIMIT 1;
        CONTINUE WHEN last.digest = digest;
        INSERT INTO pls.model_versions (motion, model_version, model, digest, changed_at, changed_by)
        VALUES (target, coalesce(last.model_version, 0) + 1, model, digest, pls.now(), pls_internal.actor());
    END LOOP;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.capture_model IS
    'Deferred constraint trigger: keeps a new row of pls.model_versions for each motion whose model differs from the last one kept.';

CREATE CONSTRAINT TRIGGER capture_model AFTER INSERT OR UPDATE ON pls.motions
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('capture_model');
COMMENT ON TRIGGER capture_model ON pls.motions IS 'Keeps a version of the model for each committed change.';
CREATE CONSTRAINT TRIGGER capture_model AFTER INSERT OR UPDATE OR DELETE ON pls.signals
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('capture_model');
COMMENT ON TRIGGER capture_model ON pls.signals IS 'Keeps a version of the model for each committed change.';
CREATE CONSTRAINT TRIGGER capture_model AFTER INSERT OR UPDATE OR DELETE ON pls.category_limits
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('capture_model');
COMMENT ON TRIGGER capture_model ON pls.category_limits IS 'Keeps a version of the model for each committed change.';
CREATE CONSTRAINT TRIGGER capture_model AFTER INSERT OR UPDATE OR DELETE ON pls.grades
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('capture_model');
COMMENT ON TRIGGER capture_model ON pls.grades IS 'Keeps a version of the model for each committed change.';
CREATE CONSTRAINT TRIGGER capture_model AFTER INSERT OR UPDATE OR DELETE ON pls.exclusions
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.as_owner('capture_model');
COMMENT ON TRIGGER capture_model ON pls.exclusions IS 'Keeps a version of the model for each committed change.';

CREATE FUNCTION pls_internal.refuse_version_change() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'object_not_in_prerequisite_state',
        MESSAGE = 'model versions are immutable',
        DETAIL = 'Decisions and alerts refer to them.',
        HINT = 'Change the motion''s rows instead: a new version is kept at commit.',
        SCHEMA = 'pls', TABLE = 'model_versions';
END;
$$;
COMMENT ON FUNCTION pls_internal.refuse_version_change IS
    'Trigger: refuses UPDATE and TRUNCATE of pls.model_versions with 55000.';

-- DELETE: see 70_sweep/38_retention.sql.
CREATE TRIGGER immutable BEFORE UPDATE OR TRUNCATE ON pls.model_versions
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.refuse_version_change();
COMMENT ON TRIGGER immutable ON pls.model_versions IS 'A version never changes.';
