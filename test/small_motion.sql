-- A motion small enough to reckon by hand, and an application's table that it
-- watches: three exports (40 points) and one inviting user (30 points) within
-- 14 days qualify an account at 60.  It starts from the template, so that
-- routes, pools and calendars are there too.
CREATE SCHEMA app;
CREATE TABLE app.events (
    event_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      text NOT NULL,
    user_id     bigint,
    name        text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT pg_catalog.now(),
    props       jsonb
);
DO $$
BEGIN
    PERFORM pls.create_motion('trial', template => 'trial_conversion');
    DELETE FROM pls.signals WHERE motion = 'trial';
    DELETE FROM pls.category_limits WHERE motion = 'trial';
    INSERT INTO pls.signals
        (motion, signal, category, events, measure, within, op, threshold, points, why, next_best_action)
    VALUES
        ('trial', 'exports', 'depth', '{export}', 'count', '14 days', '>=', 3, 40,
         'exports their own data', 'offer a data review'),
        ('trial', 'inviters', 'breadth', '{invite}', 'actors', '14 days', '>=', 1, 30,
         'brings in colleagues', 'offer a team set-up');
    UPDATE pls.motions
       SET status = 'live', segment = NULL, qualify_at = 60, release_at = NULL, triage_at = NULL,
           min_signals = 2, grace_period = NULL, min_account_size = NULL, holdout = 0
     WHERE motion = 'trial';
    PERFORM pls.watch('app.events', event => 'name', at => 'created_at', account => 'org_id',
                      actor => 'user_id', properties => 'props');
END
$$;
