/* 44_absences.sql - when a rep takes no alerts.
 */

CREATE TABLE pls.absences (
    rep          text NOT NULL,
    absent_from  timestamptz NOT NULL,
    absent_until timestamptz,
    reason       text,
    PRIMARY KEY (rep, absent_from),
    CONSTRAINT absences_not_empty CHECK (absent_until > absent_from),
    CONSTRAINT absences_from_finite CHECK (isfinite(absent_from))
);
COMMENT ON TABLE pls.absences IS
    'when a rep takes no alerts; afterwards the turns the others had on average meanwhile are counted as if the rep had had them';
COMMENT ON COLUMN pls.absences.rep IS 'who is away';
COMMENT ON COLUMN pls.absences.absent_from IS 'first instant away';
COMMENT ON COLUMN pls.absences.absent_until IS 'first instant back; NULL: not known yet';
COMMENT ON COLUMN pls.absences.reason IS 'why, for people; ''inactive'' is written when pls.reps.active is switched off';

-- An inactive rep is an absent one with a switch.
CREATE FUNCTION pls_internal.keep_absence_of_inactive() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
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
        INSERT INTO pls.absences (rep, absent_from, reason)
        VALUES (NEW.rep, pls.now(), 'inactive')
        ON CONFLICT (rep, absent_from) DO UPDATE
           SET absent_until = NULL, reason = 'inactive';
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION pls_internal.keep_absence_of_inactive IS
    'trigger: opens an absence when a rep becomes inactive and ends it when the rep is active again, so that the rep does not get the missed turns all at once';

CREATE TRIGGER keep_absence AFTER UPDATE OF active ON pls.reps
    FOR EACH ROW WHEN (OLD.active IS DISTINCT FROM NEW.active)
    EXECUTE FUNCTION pls_internal.keep_absence_of_inactive();
COMMENT ON TRIGGER keep_absence ON pls.reps IS 'an inactive rep is absent meanwhile';
CREATE TRIGGER keep_absence_of_new AFTER INSERT ON pls.reps
    FOR EACH ROW WHEN (NOT NEW.active AND NOT pls_internal.restoring())
    EXECUTE FUNCTION pls_internal.keep_absence_of_inactive();
COMMENT ON TRIGGER keep_absence_of_new ON pls.reps IS 'so is one who is not active yet';
SELECT pg_extension_config_dump('pls.absences', '');
