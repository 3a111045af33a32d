/* 44_absences.sql - when a rep takes no alerts.
 */

CREATE TABLE pls.absences (
    rep          text NOT NULL,
    absent_from  timestamptz NOT NULL,
    absent_until timestamptz,
    reason       text,
    PRIMARY KEY (rep, absent_from),
    CONSTRAINT absences_from_finite CHECK (isfinite(absent_from))
);
COMMENT ON TABLE pls.absences IS
    'When a rep takes no alerts; afterwards the rep is credited with the turns that the others had meanwhile, per unit of weight.';
COMMENT ON COLUMN pls.absences.rep IS 'Who is away.';
COMMENT ON COLUMN pls.absences.absent_from IS 'First instant away.';
COMMENT ON COLUMN pls.absences.absent_until IS 'First instant back; NULL: not known yet.';
COMMENT ON COLUMN pls.absences.reason IS 'Why, for people; ''inactive'' is written when pls.reps.active is switched off, into a row of its own, which ends when it is switched on. Planned absences stay as they are.';

-- An inactive rep is an absent one with a switch.
CREATE FUNCTION pls_internal.keep_absence_of_inactive() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    begins timestamptz := pls.now();
BEGIN
    IF NEW.active THEN
        -- Switched off and on at one instant: there was no absence.
        DELETE FROM pls.absences a
         WHERE a.rep = NEW.rep AND a.reason = 'inactive'
           AND a.absent_until IS NULL AND a.absent_from >= pls.now();
        UPDATE pls.absences a
           SET absent_until = pls.now()
         WHERE a.rep = NEW.rep AND a.reason = 'inactive'
           AND a.absent_until IS NULL;
    ELSE
        -- beside a planned absence that begins at the same instant
        LOOP
            INSERT INTO pls.absences (rep, absent_from, reason)
            VALUES (NEW.rep, begins, 'inactive')
            ON CONFLICT (rep, absent_from) DO NOTHING;
            EXIT WHEN FOUND;
            begins := begins + interval '1 microsecond';
        END LOOP;
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.keep_absence_of_inactive IS
    'Trigger: opens an absence when a rep becomes inactive and ends it when the rep is active again, so that the rep does not get the missed turns all at once.';

CREATE TRIGGER keep_absence AFTER UPDATE OF active ON pls.reps
    FOR EACH ROW WHEN (OLD.active IS DISTINCT FROM NEW.active)
    EXECUTE FUNCTION pls_internal.keep_absence_of_inactive();
COMMENT ON TRIGGER keep_absence ON pls.reps IS 'An inactive rep is absent in the meantime.';
CREATE TRIGGER keep_absence_of_new AFTER INSERT ON pls.reps
    FOR EACH ROW WHEN (NOT NEW.active AND NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.keep_absence_of_inactive();
COMMENT ON TRIGGER keep_absence_of_new ON pls.reps IS 'So is one who is not active yet.';
SELECT pg_extension_config_dump('pls.absences', '');

CREATE FUNCTION pls_internal.check_absence() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.absent_until <= NEW.absent_from THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'absent_until must be later than absent_from',
            DETAIL = format('They are %s and %s.', NEW.absent_until, NEW.absent_from),
            HINT = 'Set absent_until to the first instant back, or to NULL if it is not known yet.';
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_absence IS 'Trigger: validates a row of pls.absences.';

CREATE TRIGGER check_absence BEFORE INSERT OR UPDATE ON pls.absences
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_absence();
COMMENT ON TRIGGER check_absence ON pls.absences IS 'Validates the row.';
