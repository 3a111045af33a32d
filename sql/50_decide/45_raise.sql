/* 45_raise.sql - an alert that somebody asks for.
 *
 * A customer who says "call me" need not have scored.  What is raised by hand
 * passes all rules of pls_internal.decide() but the score, and takes the same way: one
 * decision, one alert, the same routes and turns.
 *
 * pls.raise() is C (src/decision/raise.c): it becomes the extension's owner, as a watched
 * table's trigger does, so that whoever may call it needs no right on the
 * tables that a decision reads and writes.
 */

CREATE FUNCTION pls_internal.entity_called(motion text, id text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    entity CONSTANT text := pls_internal.entity_of((SELECT m.unit FROM pls.motions m WHERE m.motion = entity_called.motion), id);
BEGIN
    IF entity IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('"%s" names nobody', id),
            HINT = 'It is in pls.ignored_ids, or an alias of such an id.';
    END IF;
    RETURN entity;
END;
$$;
COMMENT ON FUNCTION pls_internal.entity_called IS
    'The entity of a motion that an id stands for, after pls.account_aliases and pls.user_aliases; an address in any spelling is the user''s. Error 22023: it names nobody.';

CREATE FUNCTION pls_internal.raise_by_hand(motion text, entity_id text, reason text, raised_by text)
    RETURNS pls.decisions
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '900ms'
AS $$
#variable_conflict use_column
DECLARE
    made     pls.decisions;
    wordless boolean := btrim(coalesce(raise_by_hand.reason, '')) = '';
BEGIN
    IF raise_by_hand.motion IS NULL OR raise_by_hand.entity_id IS NULL OR wordless THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = format('%s must be given', CASE
                WHEN raise_by_hand.motion IS NULL THEN 'the motion'
                WHEN raise_by_hand.entity_id IS NULL THEN 'the user or account'
                ELSE 'a reason' END),
            HINT = 'SELECT reason, detail, alert_id FROM pls.raise(''trial'', ''acme'', ''asked for a demo on the phone'');';
    END IF;
    IF pls_internal.usable_id(raise_by_hand.entity_id) IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('the id of a user or account has 1 to %s bytes', pls_internal.limit_of('id')),
            HINT = 'Give the application''s id, as text.';
    END IF;
    -- an alias, or another spelling of an address
    raise_by_hand.entity_id := pls_internal.entity_called(raise_by_hand.motion, raise_by_hand.entity_id);
    -- writes the standing, which holds it; what is due is decided first
    IF pls_internal.reevaluate(raise_by_hand.motion, raise_by_hand.entity_id) THEN
        INSERT INTO pls.standings (entity_id, motion, evidence, evaluated_at)
        SELECT raise_by_hand.entity_id, raise_by_hand.motion, nothing.evidence, pls.now()
          FROM (SELECT pls.evidence(raise_by_hand.motion, NULL::text, NULL::timestamptz,
                                    NULL::text, NULL::jsonb) AS evidence) nothing
         WHERE NOT EXISTS (SELECT FROM pls.standings s
                            WHERE s.entity_id = raise_by_hand.entity_id
                              AND s.motion = raise_by_hand.motion);
    ELSE
        RAISE EXCEPTION USING
            ERRCODE = 'lock_not_available',
            MESSAGE = format('another session is changing data about "%s"', raise_by_hand.entity_id),
            HINT = 'Try again in a moment. pls.raise() does not work in a REPEATABLE READ or SERIALIZABLE transaction.';
    END IF;
    BEGIN
        PERFORM pls_internal.decide(raise_by_hand.motion, raise_by_hand.entity_id, 'sales', pls.now(),
                           raise_by_hand.raised_by, raise_by_hand.reason);
    EXCEPTION WHEN lock_not_available OR unique_violation THEN
        PERFORM pls_internal.refuse_second_alert(raise_by_hand.entity_id);
    END;
    SELECT d.* INTO made
      FROM pls.decisions d
     WHERE d.entity_id = raise_by_hand.entity_id AND d.motion = raise_by_hand.motion
     ORDER BY d.decision_id DESC LIMIT 1;
    PERFORM pls.add_note(made.entity_id, made.alert_id,
                         format('raised by hand (%s): %s', raise_by_hand.raised_by, raise_by_hand.reason))
      WHERE made.alert_id IS NOT NULL;
    RETURN made;
END;
$$;
COMMENT ON FUNCTION pls_internal.raise_by_hand IS
    'What pls.raise() does, as the extension''s owner.';

CREATE FUNCTION pls.raise(motion text, entity_id text, reason text) RETURNS pls.decisions
    AS 'MODULE_PATHNAME', 'pls_raise' LANGUAGE C VOLATILE COST 10000;
COMMENT ON FUNCTION pls.raise IS
    'Raises an alert by hand, whatever the score and whether or not the entity is known, and returns the decision. entity_id may be an alias: then it is about the account or user that this stands for. The other rules apply, in their order: paused, excluded, out_of_segment, grace_period, too_small, already_customer, open_alert (it gets the reason as a note, and moves from triage to sales), cooldown, touch_limit, held_out; column reason says which applied, detail in a sentence, alert_id is NULL if there is no alert. Otherwise the alert is raised in lane sales and begins with the reason; if no rep is free it waits without one. raised_by is the calling role. Errors: 22004 motion, entity_id or reason missing, 22023 an id that is empty or too long, 42704 unknown motion, 55P03 another session is changing what is known of the entity.';
