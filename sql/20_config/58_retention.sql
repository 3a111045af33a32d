/* 58_retention.sql - how long what grows is kept.
 *
 * The sweep forgets what is older, some rows at a time
 * (70_sweep/38_retention.sql).  What the product itself still needs stays, however
 * old it is; below the least spans here nothing could be forgotten at all.
 */

CREATE TABLE pls.retention (
    what        text PRIMARY KEY,
    keep_for    interval,
    description text
);
COMMENT ON TABLE pls.retention IS
    'How long rows of tables that grow are kept. pls.sweep() deletes what is older in small steps, but for what is still needed. A table without a row here is kept for ever. Outcomes are always kept: who has bought must not be forgotten.';
COMMENT ON COLUMN pls.retention.what IS 'The table of pls: alerts, alert_log, decisions, drafts, deliveries, model_versions or sweeps.';
COMMENT ON COLUMN pls.retention.keep_for IS 'How long a row is kept, in days or less. NULL: for ever.';
COMMENT ON COLUMN pls.retention.description IS 'From when it counts, and what stays all the same.';
SELECT pg_extension_config_dump('pls.retention', '');

INSERT INTO pls.retention (what, keep_for, description) VALUES
    ('alerts', NULL, 'Alerts since they were closed, with their log, messages and deliveries. Those stay that count as turns, for touch limits or cooldowns, or for a pilot of pls.pilots.'),
    ('alert_log', '1096 days', 'The history of closed alerts, since the change. That of open alerts stays, and of those with deliveries that have not arrived.'),
    ('decisions', '1096 days', 'Decisions since they were made. Those stay that belong to a pilot of pls.pilots or to an open alert.'),
    ('drafts', '1096 days', 'Messages since they were written. Those stay that are not sent or stopped yet, that count for touch limits, or are for an open alert.'),
    ('deliveries', '30 days', 'Deliveries since they were confirmed, unless pls.channels.keep says otherwise. What is not delivered stays.'),
    ('model_versions', NULL, 'Versions since the next one replaced them. Those stay that a decision or alert refers to, and the last of each motion.'),
    ('sweeps', '2 days', 'Sweeps since they ran.');

CREATE FUNCTION pls_internal.least_retention(what text) RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    RETURN CASE what WHEN 'sweeps' THEN interval '1 hour' WHEN 'deliveries' THEN interval '0'
                     WHEN 'model_versions' THEN interval '1 day'
                     -- the weekly review, turns and quotas look back as far
                     WHEN 'alerts' THEN interval '60 days' WHEN 'decisions' THEN interval '60 days'
                     WHEN 'alert_log' THEN interval '60 days' WHEN 'drafts' THEN interval '60 days' END;
COMMENT ON FUNCTION pls_internal.least_retention IS
    'The least that pls.retention.keep_for may be: what the product itself looks back. NULL: there is no such row.';

CREATE FUNCTION pls_internal.check_retention() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_word(NEW.what, '{alerts,alert_log,decisions,drafts,deliveries,model_versions,sweeps}', 'what');
    PERFORM pls_internal.check_span(NEW.keep_for, 'keep_for', at_least => pls_internal.least_retention(NEW.what));
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_retention IS 'Trigger: validates a row of pls.retention. Error 22023: no such table, or it is kept for less than the product looks back.';
CREATE TRIGGER check_retention BEFORE INSERT OR UPDATE ON pls.retention
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_retention();
COMMENT ON TRIGGER check_retention ON pls.retention IS 'Validates the row.';

CREATE FUNCTION pls_internal.keep_for(what text) RETURNS interval
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    RETURN (SELECT r.keep_for FROM pls.retention r WHERE r.what = keep_for.what);
COMMENT ON FUNCTION pls_internal.keep_for IS
    'How long rows of a table are kept. NULL: for ever.';

-- Beside the rows that people edit, so that they and the sweep do not meet.
CREATE TABLE pls_internal.retention_marks (
    what        text PRIMARY KEY,
    reached_at  timestamptz NOT NULL,
    reached_id  bigint NOT NULL,
    began_at    timestamptz NOT NULL
);
COMMENT ON TABLE pls_internal.retention_marks IS
    'How far the sweep has looked for rows to forget, so that it does not look at those that stay each time. Once a day it begins anew.';
COMMENT ON COLUMN pls_internal.retention_marks.what IS 'The table, as in pls.retention.';
COMMENT ON COLUMN pls_internal.retention_marks.reached_at IS 'The instant of the last row that was looked at.';
COMMENT ON COLUMN pls_internal.retention_marks.reached_id IS 'Its number.';
COMMENT ON COLUMN pls_internal.retention_marks.began_at IS 'When it began with the oldest row, by pls.now().';
SELECT pg_extension_config_dump('pls_internal.retention_marks', 'WHERE false');
-- They are there from the start: a sweep that finds one locked leaves it to
-- the sweep that has it.
INSERT INTO pls_internal.retention_marks
SELECT w.what, '-infinity', 0, '-infinity' FROM unnest('{alerts,alert_log,decisions,drafts}'::text[]) AS w (what);
