-- load.sql - the two recorded logs, and the application tables they go to.
--
-- recorded.* holds the logs as they were found; app.* are the tables of the
-- application, empty until replay.sql fills them in the order of time.
CREATE SCHEMA recorded;
CREATE SCHEMA app;

CREATE TABLE recorded.adoption (
    occurred_at timestamptz, user_id text, email_domain text, event text, properties jsonb
);
CREATE TABLE recorded.music (
    occurred_at timestamptz, user_id text, event text, properties jsonb
);
\copy recorded.adoption FROM PROGRAM 'gzip -dc "$PLS_DEMO_DATA/oss_adoption_events.csv.gz"' WITH (FORMAT csv, HEADER)
\copy recorded.music FROM PROGRAM 'gzip -dc "$PLS_DEMO_DATA/music_freemium_events.csv.gz"' WITH (FORMAT csv, HEADER)
CREATE INDEX ON recorded.adoption (occurred_at);
CREATE INDEX ON recorded.music (occurred_at);
ANALYZE recorded.adoption, recorded.music;

CREATE TABLE app.events_adoption (LIKE recorded.adoption);
CREATE TABLE app.events_music (LIKE recorded.music);
