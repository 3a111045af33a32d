/* 50_dispositions.sql - the ways in which an alert may end.
 */

CREATE TABLE pls.dispositions (
    disposition     text PRIMARY KEY,
    outcome_class   text NOT NULL,
    meaning         text,
    cooldown        interval,
    reason_required boolean NOT NULL DEFAULT false,
    implies_touch   boolean NOT NULL DEFAULT true,
    outcome         text,
    enabled         boolean NOT NULL DEFAULT true,
    shipped         boolean NOT NULL DEFAULT false,
    CONSTRAINT dispositions_disposition_not_blank CHECK (btrim(disposition) <> ''),
    CONSTRAINT dispositions_outcome_not_blank CHECK (btrim(outcome) <> '')
);
COMMENT ON TABLE pls.dispositions IS
    'The ways in which an alert can end.';
COMMENT ON COLUMN pls.dispositions.disposition IS 'Name, written into pls.alerts.disposition.';
COMMENT ON COLUMN pls.dispositions.outcome_class IS
    'What the motion learns: accepted, rejected_signal (the signals were wrong), rejected_other (not the signals'' fault), nurture, none.';
COMMENT ON COLUMN pls.dispositions.meaning IS 'When to choose it.';
COMMENT ON COLUMN pls.dispositions.cooldown IS 'Time after the disposition in which the motion does not raise the entity again; NULL: the motion''s cooldown.';
COMMENT ON COLUMN pls.dispositions.reason_required IS 'Whether pls.alerts.disposition_reason must be given.';
COMMENT ON COLUMN pls.dispositions.implies_touch IS 'Whether it says that somebody has been in touch: sets first_touch_at when that is missing.';
COMMENT ON COLUMN pls.dispositions.outcome IS 'What is written into pls.outcomes, such as meeting; conversion becomes expansion where that is the motion''s objective; NULL: nothing.';
COMMENT ON COLUMN pls.dispositions.enabled IS 'false: can no longer be chosen.';
COMMENT ON COLUMN pls.dispositions.shipped IS 'The row came with the extension and has not been changed; kept by a trigger.';

INSERT INTO pls.dispositions
    (disposition, outcome_class, cooldown, reason_required, implies_touch, outcome, shipped, meaning)
VALUES
    ('contacted', 'accepted', NULL, false, true, NULL, true,
     'in conversation; the rep carries on from here'),
    ('meeting set', 'accepted', '30 days', false, true, 'meeting', true,
     'a meeting is agreed'),
    ('converted', 'accepted', '90 days', false, true, 'conversion', true,
     'became a customer or expanded'),
    ('nurture', 'nurture', '30 days', false, true, NULL, true,
     'interested, but not now'),
    ('no response', 'none', '14 days', false, true, NULL, true,
     'no answer after all follow-ups'),
    ('disqualified: bad fit', 'rejected_other', '180 days', true, false, NULL, true,
     'not a good fit for us; say why'),
    ('disqualified: bad signal', 'rejected_signal', '14 days', true, false, NULL, true,
     'the usage did not mean what the signals said; say which'),
    ('disqualified: duplicate', 'rejected_other', '14 days', true, false, NULL, true,
     'already being worked elsewhere; say where'),
    ('disqualified: timing', 'rejected_other', '60 days', true, false, NULL, true,
     'right customer, wrong time; say when to try again'),
    ('routed to CS', 'none', '30 days', false, false, NULL, true,
     'needs help, not a sale; handed over to customer success');

-- A shipped row that somebody edits becomes that somebody's own.
CREATE FUNCTION pls_internal.keep_shipped_disposition() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT NEW.shipped THEN
            DELETE FROM pls.dispositions d
             WHERE d.disposition = NEW.disposition AND d.shipped;
        END IF;
    ELSE
        NEW.shipped := false;
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.keep_shipped_disposition IS
    'Trigger: an edited row is no longer a shipped one, and a row of the user''s replaces the shipped row of the same name.';

CREATE TRIGGER keep_shipped BEFORE INSERT OR UPDATE ON pls.dispositions
    FOR EACH ROW EXECUTE FUNCTION pls_internal.keep_shipped_disposition();
COMMENT ON TRIGGER keep_shipped ON pls.dispositions IS 'Keeps shipped rows and the user''s own apart.';
SELECT pg_extension_config_dump('pls.dispositions', '');

CREATE FUNCTION pls_internal.check_disposition() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_word(NEW.outcome_class,
        '{accepted,rejected_signal,rejected_other,nurture,none}', 'outcome_class');
    PERFORM pls_internal.check_span(NEW.cooldown, 'cooldown', at_least => '0', at_most => pls_internal.longest_cooldown());
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_disposition IS 'Trigger: validates a row of pls.dispositions.';

CREATE TRIGGER check_disposition BEFORE INSERT OR UPDATE ON pls.dispositions
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_disposition();
COMMENT ON TRIGGER check_disposition ON pls.dispositions IS 'Validates the row.';

CREATE FUNCTION pls_internal.outcome_of_disposition(outcome text, objective text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN outcome = 'conversion' AND objective = 'expansion' THEN 'expansion' ELSE outcome END;
COMMENT ON FUNCTION pls_internal.outcome_of_disposition IS
    'What a disposition with this outcome writes into pls.outcomes for a motion of this objective: conversion becomes expansion where that is the objective.';
