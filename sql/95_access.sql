/* 95_access.sql - who may see and do what.
 *
 * Three kinds of role are distinguished: analysts read everything, revops edit
 * the configuration and any alert, reps work their own alerts and see those
 * of their pools.  What a kind may do are ordinary grants, made by
 * pls.grant_access(), and row-level security for the tables of which reps see
 * a part.
 *
 * The policies are the extension's own and the same for everybody, because
 * pg_dump leaves out those of an extension's tables: they look up what
 * pls.access_grants and pls.reps say of the current role.  Both are dumped,
 * and so are the grants.
 *
 * No function that people call runs with other rights than its caller's, but
 * for pls.raise() and pls.go_live().  What follows from a change (an alert's log and cooldown,
 * the version of a model, marks for the sweep) is written by triggers as the
 * owner of the extension (10_types/20_owner_triggers.sql, 60_alerts/60_alert_effects.sql): nobody else has a
 * right to write it.
 */

CREATE TABLE pls.access_grants (
    role_name   name PRIMARY KEY,
    kind        text NOT NULL,
    granted_at  timestamptz NOT NULL DEFAULT now(),
    granted_by  name NOT NULL DEFAULT CURRENT_USER,
    CONSTRAINT access_grants_kind_known CHECK (
        kind = ANY (ARRAY['analyst', 'revops', 'rep']))
);
SELECT pg_extension_config_dump('pls.access_grants', '');
COMMENT ON TABLE pls.access_grants IS
    'The roles that have access by pls.grant_access(), and its kind; row-level security reads it. Change it only with pls.grant_access() and pls.revoke_access().';
COMMENT ON COLUMN pls.access_grants.role_name IS 'The role.';
COMMENT ON COLUMN pls.access_grants.kind IS 'analyst, revops or rep.';
COMMENT ON COLUMN pls.access_grants.granted_at IS 'When.';
COMMENT ON COLUMN pls.access_grants.granted_by IS 'By which role.';

CREATE FUNCTION pls_internal.my_reps() RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (SELECT coalesce(array_agg(r.rep), '{}') FROM pls.reps r WHERE r.role_name = current_user);
END;
$$;
COMMENT ON FUNCTION pls_internal.my_reps IS
    'The reps whose database role (pls.reps.role_name) is the current one; none: an empty array.';

CREATE FUNCTION pls_internal.my_pools() RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (SELECT coalesce(array_agg(DISTINCT m.pool), '{}')
              FROM pls.pool_members m WHERE m.rep = ANY (pls_internal.my_reps()));
END;
$$;
COMMENT ON FUNCTION pls_internal.my_pools IS
    'The pools that the current role''s reps are members of.';

CREATE FUNCTION pls_internal.has_access(VARIADIC kinds text[]) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN EXISTS (SELECT FROM pls.access_grants g JOIN pg_roles r ON r.rolname = g.role_name
                    WHERE g.kind = ANY (has_access.kinds) AND pg_has_role(r.oid, 'USAGE'));
END;
$$;
COMMENT ON FUNCTION pls_internal.has_access IS
    'Whether the current role, or one that it is a member of, has been granted access of one of these kinds.';

-- Owner and superusers are not concerned.  Each SELECT is run once a query.  One
-- policy for each command, so that what costs least is asked first.
ALTER TABLE pls.alerts ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON pls.alerts
    USING ((SELECT pls_internal.has_access('analyst', 'revops'))
           OR assigned_to = ANY ((SELECT pls_internal.my_reps())::text[])
           OR pool = ANY ((SELECT pls_internal.my_pools())::text[]));
COMMENT ON POLICY seen ON pls.alerts IS
    'Analysts and revops see all alerts; reps see theirs and those of their pools.';

-- What belongs to alerts is looked up for each row where rows are few; where
-- they are many, all alerts of the role are read once (src/access/alerts_seen.c).
CREATE FUNCTION pls_internal.account_seen(account_id text) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE STRICT COST 10
    AS 'MODULE_PATHNAME', 'pls_account_seen';
COMMENT ON FUNCTION pls_internal.account_seen IS
    'Whether the current role sees an alert of the account as a rep. What it answers stays the same within a query. NULL: NULL. Error 42501 unless the role may read pls.alerts.';

CREATE FUNCTION pls_internal.user_seen(user_id text) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE STRICT COST 10
    AS 'MODULE_PATHNAME', 'pls_user_seen';
COMMENT ON FUNCTION pls_internal.user_seen IS
    'The same of the alerts about a user.';

CREATE FUNCTION pls_internal.standing_seen(entity_id text, motion text) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE STRICT COST 10
    AS 'MODULE_PATHNAME', 'pls_standing_seen';
COMMENT ON FUNCTION pls_internal.standing_seen IS
    'The same of the alerts about an entity in a motion.';

CREATE FUNCTION pls_internal.alert_seen(alert_id bigint) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE STRICT COST 10
    AS 'MODULE_PATHNAME', 'pls_alert_seen';
COMMENT ON FUNCTION pls_internal.alert_seen IS
    'The same of the alert itself.';

-- Changes are logged as the owner; what others may write are notes.
ALTER TABLE pls.alert_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON pls.alert_log FOR SELECT
    USING ((SELECT pls_internal.has_access('analyst', 'revops'))
           OR pls_internal.alert_seen(alert_id));
CREATE POLICY notes ON pls.alert_log FOR INSERT
    WITH CHECK (actor = CURRENT_USER::text
                AND at = pls.now()
                AND change = '{}'::jsonb
                AND btrim(note) <> ''
                AND EXISTS (SELECT FROM pls.alerts AS a
                             WHERE a.entity_id = alert_log.entity_id
                               AND a.alert_id = alert_log.alert_id));
COMMENT ON POLICY seen ON pls.alert_log IS
    'Analysts and revops see the log of all alerts; others see that of the alerts they see.';
COMMENT ON POLICY notes ON pls.alert_log IS 'Roles that see an alert can add a note, with the current time and their own name, and nothing else.';

ALTER TABLE pls.standings ENABLE ROW LEVEL SECURITY;
CREATE POLICY cooldowns ON pls.standings FOR UPDATE
    USING ((SELECT pls_internal.has_access('revops')));
CREATE POLICY seen ON pls.standings FOR SELECT
    USING ((SELECT pls_internal.has_access('analyst', 'revops'))
           OR pls_internal.standing_seen(entity_id, motion));
COMMENT ON POLICY cooldowns ON pls.standings IS 'Revops start and end cooldowns.';
COMMENT ON POLICY seen ON pls.standings IS
    'Analysts and revops see all standings; others see those behind the alerts they see.';

ALTER TABLE pls.accounts ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON pls.accounts
    USING ((SELECT pls_internal.has_access('analyst', 'revops'))
           OR owner = ANY ((SELECT pls_internal.my_reps())::text[])
           OR pls_internal.account_seen(account_id));
COMMENT ON POLICY seen ON pls.accounts IS
    'Analysts and revops see all accounts; reps see those they own, and those of the alerts they see.';

ALTER TABLE pls.users ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON pls.users
    USING ((SELECT pls_internal.has_access('analyst', 'revops'))
           OR pls_internal.user_seen(user_id));
COMMENT ON POLICY seen ON pls.users IS
    'Analysts and revops see all users; others see those of the alerts they see.';

ALTER TABLE pls.drafts ENABLE ROW LEVEL SECURITY;
CREATE POLICY any_draft ON pls.drafts FOR UPDATE
    USING ((SELECT pls_internal.has_access('revops')));
CREATE POLICY seen ON pls.drafts FOR SELECT
    USING ((SELECT pls_internal.has_access('analyst', 'revops'))
           OR pls_internal.alert_seen(alert_id));
CREATE POLICY new_drafts ON pls.drafts FOR INSERT
    WITH CHECK (EXISTS (SELECT FROM pls.alerts AS a WHERE a.alert_id = drafts.alert_id));
CREATE POLICY own_drafts ON pls.drafts FOR UPDATE
    USING (rep = ANY ((SELECT pls_internal.my_reps())::text[])
           OR EXISTS (SELECT FROM pls.alerts AS a
                       WHERE a.alert_id = drafts.alert_id AND a.assigned_to = ANY ((SELECT pls_internal.my_reps())::text[])));
COMMENT ON POLICY any_draft ON pls.drafts IS 'Revops change any draft.';
COMMENT ON POLICY seen ON pls.drafts IS
    'Analysts and revops see all drafts; others see those of the alerts they see.';
COMMENT ON POLICY new_drafts ON pls.drafts IS 'Drafts are made for alerts that the role sees.';
COMMENT ON POLICY own_drafts ON pls.drafts IS 'Reps change drafts in their name, and those of their alerts.';

-- To whom it may go: by an UPDATE to nobody to whom pls.reassign() would not
-- give it.
CREATE FUNCTION pls_internal.guard_reassignment(alert pls.alerts) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT row_security_active('pls.alerts') THEN
        RETURN;     -- the owner of pls, and the sweep
    END IF;
    PERFORM pls_internal.check_assignee(alert.alert_id, alert.assigned_to);
    IF pls_internal.has_access('revops') OR alert.assigned_to = ANY (pls_internal.my_reps())
       OR EXISTS (SELECT FROM pls.pool_members m
                   WHERE m.rep = alert.assigned_to AND m.pool = ANY (pls_internal.my_pools()))
       OR EXISTS (SELECT FROM pls.pools p
                   WHERE p.pool = alert.pool AND p.pool = ANY (pls_internal.my_pools()) AND p.fallback = alert.assigned_to) THEN
        RETURN;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'insufficient_privilege',
        MESSAGE = format('alert %s cannot be assigned to "%s"', alert.alert_id, alert.assigned_to),
        DETAIL = format('Role "%s" may reassign alerts only within its pools, and the rep is in none of them.', current_user),
        HINT = 'Choose a member of one of its pools, or ask a role with access of kind revops.',
        SCHEMA = 'pls', TABLE = 'alerts', COLUMN = 'assigned_to';
END;
$$;
COMMENT ON FUNCTION pls_internal.guard_reassignment IS
    'Refuses to assign an alert to somebody who is not a rep, is inactive or absent (22023), or outside the pools of a role of kind rep (42501).';

-- Whose alert it is.  Seeing a colleague's is one thing, changing it another:
-- row-level security alone would pass it over in silence.
CREATE FUNCTION pls_internal.guard_alert() RETURNS trigger
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- the owner of pls and superusers are never confined
    IF row_security_active('pls.alerts')
       AND OLD.assigned_to IS NOT NULL AND NOT OLD.assigned_to = ANY (pls_internal.my_reps())
       AND NOT pls_internal.has_access('revops') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = format('alert %s is assigned to rep "%s"', OLD.alert_id, OLD.assigned_to),
            DETAIL = format('Role "%s" may change alerts of its own reps and unassigned alerts of its pools.', current_user),
            HINT = 'Ask the rep, or a role with access of kind revops.',
            SCHEMA = 'pls', TABLE = 'alerts';
    END IF;
    -- what the functions for it are not granted for is no UPDATE's either
    IF NEW.status IN ('withdrawn', 'expired') AND NEW.status <> OLD.status
       AND row_security_active('pls.alerts') AND NOT pls_internal.has_access('revops') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = format('a rep cannot set alert %s to %s', OLD.alert_id, NEW.status),
            DETAIL = 'Reps close alerts with a disposition, which the motion learns from.',
            HINT = 'Dispose of it, or ask a role with access of kind revops.',
            SCHEMA = 'pls', TABLE = 'alerts', COLUMN = 'status';
    END IF;
    -- or an alert would go in two steps to where it may not go in one
    IF NEW.pool IS DISTINCT FROM OLD.pool AND row_security_active('pls.alerts')
       AND (NEW.pool = ANY (pls_internal.my_pools())) IS NOT TRUE AND NOT pls_internal.has_access('revops') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = format('alert %s cannot be moved to pool "%s"', OLD.alert_id, NEW.pool),
            DETAIL = format('Role "%s" may move alerts only within its pools.', current_user),
            HINT = 'Ask a role with access of kind revops.',
            SCHEMA = 'pls', TABLE = 'alerts', COLUMN = 'pool';
    END IF;
    IF NEW.assigned_to <> OLD.assigned_to OR (NEW.assigned_to IS NOT NULL AND OLD.assigned_to IS NULL) THEN
        PERFORM pls_internal.guard_reassignment(NEW);
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.guard_alert IS
    'Trigger: refuses (42501) a role of kind rep that changes an alert of another rep, closes one without a disposition, or moves or reassigns one outside its pools.';

-- Before normalize_alert, by its name.
CREATE TRIGGER guard_alert BEFORE UPDATE ON pls.alerts
    FOR EACH ROW EXECUTE FUNCTION pls_internal.guard_alert();
COMMENT ON TRIGGER guard_alert ON pls.alerts IS 'Reps cannot change alerts of other reps.';

-- What each kind may do, beyond USAGE of the schema and EXECUTE on every
-- function that changes nothing.  Functions are named without arguments.
CREATE FUNCTION pls_internal.access_rules() RETURNS TABLE (kind text, privilege text, names text[])
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT r.kind, r.privilege, r.names
      FROM (VALUES
        -- the configuration, and what follows a change of it
        ('revops', 'INSERT, UPDATE, DELETE', ARRAY['motions', 'signals', 'category_limits', 'grades', 'exclusions',
            'free_mail_domains', 'ignored_ids', 'motion_templates', 'routes', 'escalations', 'dispositions', 'calendars',
            'calendar_hours', 'holidays', 'reps', 'pools', 'pool_members', 'absences', 'pilots', 'pilot_rules', 'stages', 'intake', 'notes', 'channels',
            'templates', 'forbidden_phrases', 'outreach_rules', 'opt_outs', 'retention']),
        ('revops', 'UPDATE (motions)', ARRAY['sources']),
        ('analyst', 'EXECUTE', ARRAY['people', 'people_of_entity']),
        ('revops', 'EXECUTE', ARRAY['people', 'people_of_entity']),
        ('rep', 'EXECUTE', ARRAY['people', 'people_of_entity']),
        ('analyst', 'EXECUTE', ARRAY['score_as_of', 'explain_as_of', 'score_past', 'explain_past', 'score_history', 'qualified_ranges', 'score_course', 'replay', 'replay_decisions', 'alerts_of_replay', 'replayed_motion', 'checked_model']),
        ('revops', 'EXECUTE', ARRAY['score_as_of', 'explain_as_of', 'score_past', 'explain_past', 'score_history', 'qualified_ranges', 'score_course', 'replay', 'replay_decisions', 'alerts_of_replay', 'replayed_motion', 'checked_model']),
        ('analyst', 'EXECUTE', ARRAY['funnel', 'funnel_rows', 'guardrails', 'stage_entries', 'stage_instants', 'signups', 'qualifications',
            'first_outcomes', 'replayed_first', 'guardrails_of_free_path', 'guardrails_of_load', 'guardrails_of_churn', 'alerts_lately']),
        ('analyst', 'EXECUTE', ARRAY['backtest', 'base_rate', 'first_decisions', 'replayed_alerts', 'search_threshold',
            'suggest_points', 'suggest_threshold', 'try_threshold']),
        ('revops', 'EXECUTE', ARRAY['funnel', 'funnel_rows', 'guardrails', 'stage_entries', 'stage_instants', 'signups', 'qualifications',
            'first_outcomes', 'replayed_first', 'guardrails_of_free_path', 'guardrails_of_load', 'guardrails_of_churn', 'alerts_lately']),
        ('revops', 'EXECUTE', ARRAY['backtest', 'base_rate', 'first_decisions', 'replayed_alerts', 'search_threshold',
            'suggest_points', 'suggest_threshold', 'try_threshold']),
        ('revops', 'EXECUTE', ARRAY['create_motion', 'make_motion', 'answer', 'copy_template_row', 'restore_version', 'restore_row', 'restore_exclusions', 'set_calibration', 'set_thresholds', 'start_pilot', 'stop_pilot',
            'work_out_thresholds']),
        ('analyst', 'EXECUTE', ARRAY['what_if', 'what_if_summary', 'replayed_load', 'preview', 'preview_brief', 'decisions_if_live', 'coming_alerts', 'gather_now',
            'readiness', 'readiness_checks', 'readiness_of_usage', 'readiness_of_capacity', 'usage_of', 'evidence_of_newest', 'expected_alerts']),
        ('revops', 'EXECUTE', ARRAY['what_if', 'what_if_summary', 'replayed_load', 'preview', 'preview_brief', 'decisions_if_live', 'coming_alerts', 'gather_now',
            'readiness', 'readiness_checks', 'readiness_of_usage', 'readiness_of_capacity', 'usage_of', 'evidence_of_newest', 'expected_alerts', 'go_live', 'go_live_brief']),
        -- what the method says reads as its parts do
        ('analyst', 'EXECUTE', ARRAY['quality_gate', 'rubric', 'open_points', 'motion_pack', 'facts_of_gate', 'gate_lines', 'gate_of_completeness',
            'points_of', 'pack_section_8']),
        ('revops', 'EXECUTE', ARRAY['quality_gate', 'rubric', 'open_points', 'motion_pack', 'facts_of_gate', 'gate_lines', 'gate_of_completeness',
            'points_of', 'pack_section_8']),
        -- who owns what, and what came of it
        ('revops', 'INSERT, UPDATE, DELETE', ARRAY['accounts', 'account_aliases', 'account_domains', 'outcomes']),
        -- any alert, and the outbox
        ('revops', 'UPDATE', ARRAY['alerts', 'deliveries']),
        ('revops', 'DELETE', ARRAY['deliveries']),
        ('revops', 'INSERT (entity_id, alert_id, note)', ARRAY['alert_log']),
        ('revops', 'UPDATE (cooldown_until, decide_again_at)', ARRAY['standings']),
        ('revops', 'EXECUTE', ARRAY['raise', 'touch', 'dispose', 'snooze', 'reassign', 'hand_over', 'hand_over_one', 'reopen', 'withdraw', 'held_alert_entity', 'hold_alert',
            'pause_sla', 'resume_sla', 'add_note', 'claim_deliveries', 'confirm_delivery',
            'fail_delivery', 'release_deliveries', 'extend_lease', 'requeue_deliveries', 'confirm_delivery_identity',
            'message_heads', 'heads_to_claim', 'form_messages', 'hold_message', 'forget_deliveries']),

        -- messages: their text is written by a trigger
        ('revops', 'INSERT (alert_id, template, follows)', ARRAY['drafts']),
        ('revops', 'UPDATE (status, stopped_reason, replied_at, reviewed_at, reviewed_by)', ARRAY['drafts']),
        ('revops', 'EXECUTE', ARRAY['draft', 'draft_all', 'draft_or_reason', 'sent', 'replied', 'follow_up', 'opt_out', 'approve_draft']),
        ('rep', 'SELECT', ARRAY['drafts', 'follow_ups_due', 'message_results', 'templates']),
        ('rep', 'INSERT (alert_id, template, follows)', ARRAY['drafts']),
        ('rep', 'UPDATE (status, stopped_reason, replied_at)', ARRAY['drafts']),
        ('rep', 'INSERT (id, reason)', ARRAY['opt_outs']),
        ('rep', 'EXECUTE', ARRAY['draft', 'draft_all', 'draft_or_reason', 'sent', 'replied', 'follow_up', 'opt_out']),

        -- the alerts that row-level security shows, and what is behind them
        ('rep', 'SELECT', ARRAY['alerts', 'open_alerts', 'open_alerts_brief', 'alert_log', 'sla', 'sla_brief', 'accounts', 'account_aliases', 'account_domains', 'standings']),
        ('rep', 'SELECT (user_id, account_id)', ARRAY['users']),
        ('rep', 'SELECT', ARRAY['motions', 'signals', 'signal_catalog', 'dispositions', 'escalations', 'calendars',
            'calendar_hours', 'holidays', 'reps', 'pools', 'pool_members', 'access_grants']),
        ('rep', 'SELECT (rep, absent_from, absent_until)', ARRAY['absences']),
        ('rep', 'UPDATE (status, assigned_to, first_touch_at, snoozed_until, disposition, disposition_reason)', ARRAY['alerts']),
        ('rep', 'INSERT (entity_id, alert_id, note)', ARRAY['alert_log']),
        -- not raise: the decision that it returns tells of any entity
        ('rep', 'EXECUTE', ARRAY['touch', 'dispose', 'snooze', 'reassign', 'reopen', 'add_note', 'held_alert_entity', 'hold_alert'])
      ) AS r (kind, privilege, names);
END;
COMMENT ON FUNCTION pls_internal.access_rules IS
    'What pls.grant_access() grants to each kind on tables, views and functions that there are of these names, besides USAGE of the schema, EXECUTE on every function that changes nothing, and, to analysts and revops, SELECT on everything.';

CREATE FUNCTION pls_internal.revoke_privileges(role name) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA pls, pls_internal FROM %I', role);
    EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA pls, pls_internal FROM %I', role);
    EXECUTE format('REVOKE ALL ON ALL ROUTINES IN SCHEMA pls, pls_internal FROM %I', role);
    EXECUTE format('REVOKE ALL ON SCHEMA pls, pls_internal FROM %I', role);
END;
$$;
COMMENT ON FUNCTION pls_internal.revoke_privileges IS
    'Revokes all privileges of a role on pls and what is in it.';

CREATE FUNCTION pls_internal.grant_privileges(role name, kind text) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    statement text;
BEGIN
    PERFORM pls_internal.revoke_privileges(grant_privileges.role);
    EXECUTE format('GRANT USAGE ON SCHEMA pls TO %I', grant_privileges.role);
    IF grant_privileges.kind <> 'rep' THEN
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA pls, pls_internal TO %I', grant_privileges.role);
    END IF;
    FOR statement IN
        SELECT format('GRANT %s ON %s TO %I', r.privilege, c.oid::regclass, grant_privileges.role)
          FROM pls_internal.access_rules() r
          JOIN pg_class c ON c.relnamespace = ANY (pls_internal.own_schemas()) AND c.relname = ANY (r.names) AND c.relkind IN ('r', 'v')
         WHERE r.kind = grant_privileges.kind AND r.privilege <> 'EXECUTE'
        UNION ALL
        -- what changes nothing can read only what its caller can
        SELECT format('GRANT EXECUTE ON FUNCTION %s TO %I', p.oid::regprocedure, grant_privileges.role)
          FROM pg_proc p
         WHERE p.pronamespace = ANY (pls_internal.own_schemas()) AND p.prorettype <> 'trigger'::regtype
           AND (p.provolatile <> 'v' OR p.proname = ANY (
                   SELECT unnest(r.names) FROM pls_internal.access_rules() r
                    WHERE r.kind = grant_privileges.kind AND r.privilege = 'EXECUTE'))
    LOOP
        EXECUTE statement;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION pls_internal.grant_privileges IS
    'Gives a role the privileges of a kind on pls, and takes all others.';

CREATE FUNCTION pls.grant_access(role name, kind text) RETURNS text
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    reps text;
BEGIN
    IF grant_access.role IS NULL OR NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = grant_access.role) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('role "%s" does not exist', coalesce(grant_access.role::text, 'NULL')),
            HINT = 'Create it first: CREATE ROLE ... .';
    END IF;
    IF grant_access.kind IS NULL OR grant_access.kind NOT IN ('analyst', 'revops', 'rep') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('unknown kind of access %s', coalesce('"' || grant_access.kind || '"', 'NULL')),
            HINT = 'The kinds are analyst (reads everything), revops (edits the configuration and any alert) and rep (works its own alerts).';
    END IF;
    INSERT INTO pls.access_grants (role_name, kind) VALUES (grant_access.role, grant_access.kind)
    ON CONFLICT (role_name) DO UPDATE SET kind = excluded.kind, granted_at = now(), granted_by = current_user;
    PERFORM pls_internal.grant_privileges(grant_access.role, grant_access.kind);
    IF grant_access.kind = 'rep' THEN
        SELECT string_agg(r.rep, ', ' ORDER BY r.rep) INTO reps FROM pls.reps r WHERE r.role_name = grant_access.role;
        IF reps IS NULL THEN
            RAISE NOTICE USING
                MESSAGE = format('no rep has role "%s" yet, so it sees no alerts', grant_access.role),
                HINT = format('UPDATE pls.reps SET role_name = %L WHERE rep = ... ;', grant_access.role);
        END IF;
    END IF;
    RETURN format('role "%s" has access as %s%s', grant_access.role, grant_access.kind, ' for ' || reps);
END;
$$;
COMMENT ON FUNCTION pls.grant_access IS
    'Gives a role one kind of access to pls, replacing any other: analyst (reads everything), revops (edits the configuration, works any alert, raises by hand) or rep (sees the alerts of its reps, by pls.reps.role_name, and of their pools; works its own and unassigned ones). Returns a sentence. Errors: 42704 no such role, 22023 no such kind, 42501 unless called by the owner of pls.';

CREATE FUNCTION pls.revoke_access(role name) RETURNS boolean
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    had boolean;
BEGIN
    DELETE FROM pls.access_grants g WHERE g.role_name = revoke_access.role;
    had := FOUND;
    IF EXISTS (SELECT FROM pg_roles r WHERE r.rolname = revoke_access.role) THEN
        PERFORM pls_internal.revoke_privileges(revoke_access.role);
    END IF;
    RETURN had;
END;
$$;
COMMENT ON FUNCTION pls.revoke_access IS
    'Removes all access to pls from a role, granted by pls.grant_access() or otherwise; do this before DROP ROLE. false: pls.grant_access() had given it none.';

CREATE FUNCTION pls.renew_access() RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    granted pls.access_grants;
    renewed bigint := 0;
BEGIN
    FOR granted IN
        SELECT g.* FROM pls.access_grants g JOIN pg_roles r ON r.rolname = g.role_name ORDER BY g.role_name
    LOOP
        PERFORM pls_internal.grant_privileges(granted.role_name, granted.kind);
        renewed := renewed + 1;
    END LOOP;
    RETURN renewed;
END;
$$;
COMMENT ON FUNCTION pls.renew_access IS
    'Repeats the grants of all roles in pls.access_grants, for example after ALTER EXTENSION pls UPDATE, which may add tables and functions. Returns the number of roles.';

-- Nobody has a right on anything until here, whatever the default privileges
-- of the installing role (ALTER DEFAULT PRIVILEGES) have given in the making.
REVOKE ALL ON ALL TABLES IN SCHEMA pls, pls_internal FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA pls, pls_internal FROM PUBLIC;
REVOKE ALL ON ALL ROUTINES IN SCHEMA pls, pls_internal FROM PUBLIC;
REVOKE ALL ON SCHEMA pls, pls_internal FROM PUBLIC;
SELECT pls_internal.revoke_privileges(r.rolname)
  FROM pg_roles AS r
 WHERE EXISTS (SELECT FROM pg_class AS c, aclexplode(c.relacl) AS a
                WHERE c.relnamespace = ANY (pls_internal.own_schemas())
                  AND a.grantee = r.oid AND c.relowner <> r.oid)
    OR EXISTS (SELECT FROM pg_proc AS p, aclexplode(p.proacl) AS a
                WHERE p.pronamespace = ANY (pls_internal.own_schemas())
                  AND a.grantee = r.oid AND p.proowner <> r.oid)
    OR EXISTS (SELECT FROM pg_namespace AS n, aclexplode(n.nspacl) AS a
                WHERE n.oid = ANY (pls_internal.own_schemas())
                  AND a.grantee = r.oid AND n.nspowner <> r.oid);

-- What is for everybody who is let into schema pls: what says nothing but what
-- its arguments, a model and a calendar make of each other.  Then what triggers,
-- checks and views call as whoever writes or reads, who may have got a table by
-- an ordinary GRANT; these are found by name, and see what their caller sees.
GRANT USAGE ON SCHEMA pls_internal TO PUBLIC;
DO $$
DECLARE
    routine regprocedure;
BEGIN
    FOR routine IN
        SELECT p.oid FROM pg_proc AS p
          JOIN pg_language AS l ON l.oid = p.prolang
         WHERE p.provolatile <> 'v'
           -- not the pls.explain() that reads standings
           AND (p.pronamespace = 'pls'::regnamespace AND l.lanname <> 'sql'
                AND p.proname = ANY (ARRAY['now', 'due_at', 'working_time', 'company_domain',
                        'evidence', 'evidence_send', 'score', 'evaluate', 'explain', 'rollup',
                        'event_rows', 'window_funnel', 'funnel_times', 'sequence_match', 'sequence_count',
                        'retention', 'session_count', 'distinct_days', 'recency', 'growth',
                        'decay_sums', 'decayed_sum', 'decayed_count', 'decayed_avg',
                        'sample_size', 'wilson_interval', 'proportion_lift', 'any_time_lift'])
                OR p.pronamespace = 'pls_internal'::regnamespace
                AND p.proname = ANY (ARRAY['own_schemas', 'own_table', 'is_ahead', 'now_after', 'restoring',
                        'longest_cooldown', 'longest_snooze', 'longest_span', 'limit_of', 'units_needed',
                        'check_name', 'default_calendar', 'known_changes', 'delivery_identity',
                        'check_stage_guardrails', 'check_time_zone', 'check_word', 'check_span', 'check_number', 'check_range',
                        'check_names', 'check_predicate', 'checked_motion', 'checked_signal', 'checked_category_limit', 'checked_grade', 'checked_exclusion',
                        'best_of_grades', 'signal_categories', 'check_signal_match', 'check_signal_property',
                        'check_signal_window', 'check_signal_threshold', 'check_signal_points',
                        'check_signal_need', 'check_signal_outcome', 'check_alert', 'external_id', 'check_decision',
                        'refuse_row', 'reference_rules', 'intake_rooms', 'normal_domain', 'check_domain', 'normal_user', 'address_of', 'folded_id', 'usable_id', 'holds',
                        'refuse_alias', 'check_alias_ids', 'check_alias_chain', 'entity_document',
                        'check_source_column', 'check_source_table', 'check_source_event', 'check_source_time',
                        'check_source_properties', 'refuse_column', 'text_kind', 'is_id_type', 'is_property_type', 'base_type',
                        'column_numbers', 'column_types', 'source_columns', 'watch_call', 'watch_triggers', 'watched_tables',
                        'watch_triggers_of', 'watch_trigger_states', 'source_problem', 'sweep_command',
                        'counts_users', 'excludes_domains', 'has_motions', 'identity_change', 'changes_look',
                        'is_put_off_for_good', 'is_as_shipped', 'message_kinds', 'phrase_classes', 'full_pattern',
                        'predicate_text', 'span_text', 'describe_events', 'describe_measure', 'describe_threshold', 'describe_points',
                        'normal_distribution', 'normal_quantile', 'binomial_test', 'rate_e_value', 'rate_sequence', 'check_share', 'check_counts', 'planned_sizes']))
    LOOP
        EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO PUBLIC', routine);
    END LOOP;
END
$$;
