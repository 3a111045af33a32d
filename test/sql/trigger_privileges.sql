-- Whose rights count beneath an INSERT: an application's role needs none in
-- pls, and none of its names, operators or settings gets in.
\getenv srcdir PG_ABS_SRCDIR
\set setup :srcdir /small_motion.sql
\set home :DBNAME
\set ECHO none
SET client_min_messages = warning;
DROP DATABASE IF EXISTS pls_trigger_privileges;
CREATE DATABASE pls_trigger_privileges;
\c pls_trigger_privileges
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :setup
ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now();
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET pls.now = '2026-03-02 10:00+00';
SET client_min_messages = warning;
DROP ROLE IF EXISTS regress_pls_app;
CREATE ROLE regress_pls_app;
RESET client_min_messages;
GRANT USAGE ON SCHEMA app TO regress_pls_app;
GRANT INSERT ON app.events TO regress_pls_app;
ALTER TABLE app.events ALTER created_at SET DEFAULT '2026-03-02 10:00+00';
CREATE SCHEMA evil AUTHORIZATION regress_pls_app;
GRANT TEMPORARY ON DATABASE pls_trigger_privileges TO regress_pls_app;
-- What the role puts first in its search_path, each leaving a trace if called.
SET SESSION AUTHORIZATION regress_pls_app;
CREATE TABLE evil.called (what text);
CREATE FUNCTION evil.trace(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO evil.called VALUES (what);
    RETURN false;
END
$$;
CREATE FUNCTION evil.same(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT evil.trace('text = text') $$;
CREATE FUNCTION evil.same(name, text) RETURNS boolean LANGUAGE sql AS $$ SELECT evil.trace('name = text') $$;
CREATE FUNCTION evil.later(timestamptz, timestamptz) RETURNS boolean LANGUAGE sql AS $$ SELECT evil.trace('>') $$;
CREATE FUNCTION evil.many(numeric, integer) RETURNS boolean LANGUAGE sql AS $$ SELECT evil.trace('>=') $$;
CREATE FUNCTION evil.matches(jsonb, jsonpath) RETURNS boolean LANGUAGE sql AS $$ SELECT evil.trace('@@') $$;
CREATE FUNCTION evil.joined(text, text) RETURNS text LANGUAGE sql AS $$ SELECT evil.trace('||')::text $$;
CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT evil.trace('lower')::text $$;
CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT timestamptz '1999-01-01' WHERE evil.trace('now') $$;
CREATE FUNCTION evil.coalesced(numeric) RETURNS text LANGUAGE sql AS $$ SELECT evil.trace('trim_scale')::text $$;
CREATE FUNCTION evil.format(text, VARIADIC text[]) RETURNS text LANGUAGE sql AS $$ SELECT evil.trace('format')::text $$;
CREATE FUNCTION evil.nextval(text) RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint WHERE evil.trace('nextval') $$;
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.same);
CREATE OPERATOR evil.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.same);
CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = text, FUNCTION = evil.same);
CREATE OPERATOR evil.> (LEFTARG = timestamptz, RIGHTARG = timestamptz, FUNCTION = evil.later);
CREATE OPERATOR evil.>= (LEFTARG = numeric, RIGHTARG = integer, FUNCTION = evil.many);
CREATE OPERATOR evil.@@ (LEFTARG = jsonb, RIGHTARG = jsonpath, FUNCTION = evil.matches);
CREATE OPERATOR evil.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.joined);
RESET SESSION AUTHORIZATION;
\set ECHO all

\set SHOW_CONTEXT never
-- INSERT on one table is enough, and all there is.
SET SESSION AUTHORIZATION regress_pls_app;
INSERT INTO app.events (org_id, user_id, name)
SELECT 'plain', 1, n FROM unnest('{export,export,export,invite}'::text[]) AS n;
SELECT current_user, current_setting('search_path');
SELECT count(*) FROM pls.alerts;
SET pls.now = '2020-01-01';
SET pls.enabled = off;
RESET SESSION AUTHORIZATION;
-- Nor does the right to look into the schema give it more.
GRANT USAGE ON SCHEMA pls TO regress_pls_app;
SET SESSION AUTHORIZATION regress_pls_app;
SELECT count(*) FROM pls.alerts;
SELECT entity_id FROM pls.standings;
INSERT INTO pls.backlog DEFAULT VALUES;
SELECT pls_internal.decide('trial', 'plain', 'sales', now());
SELECT pls_internal.reevaluate('trial', 'plain');
SELECT pls_internal.notify_at_commit('spam', 'spam');
CREATE TABLE evil.events (org text, name text, at timestamptz);
CREATE TRIGGER t AFTER INSERT ON evil.events REFERENCING NEW TABLE AS n
    FOR EACH STATEMENT EXECUTE FUNCTION pls_internal.observe('1');
SELECT pls.watch('evil.events', event => 'name', at => 'at', account => 'org');
RESET SESSION AUTHORIZATION;

-- A new session, so that model, source and plans are made under these names
-- and settings
\c
\set SHOW_CONTEXT never
SET pls.now = '2026-03-02 10:00+00';
SET SESSION AUTHORIZATION regress_pls_app;
CREATE TEMPORARY TABLE signals (motion text, signal text);
CREATE TEMPORARY TABLE standings (entity_id text);
CREATE TEMPORARY TABLE alerts (entity_id text);
SET search_path = evil, pg_temp, pg_catalog;
SET row_security = off;
SET transform_null_equals = on;
SET standard_conforming_strings = off;
SET escape_string_warning = off;
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'sql_standard';
SET timezone = 'Asia/Tokyo';
SET array_nulls = off;
SET bytea_output = 'escape';
SET quote_all_identifiers = on;
SET extra_float_digits = -15;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SET plan_cache_mode = force_custom_plan;
SET work_mem = '64kB';
SET default_transaction_deferrable = on;
SET default_tablespace = 'pg_default';
INSERT INTO app.events (org_id, user_id, name)
VALUES ('hostile', 1, 'export'), ('hostile', 1, 'export'), ('hostile', 1, 'export'), ('hostile', 1, 'invite');
SELECT current_user, current_setting('search_path'), current_setting('timezone');
SELECT count(*) FROM called;
SELECT count(*) FROM standings;
\c
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SELECT entity_id, status, reason, route, assigned_to IS NOT NULL AS assigned FROM pls.alerts ORDER BY entity_id;
-- the same words, times and model, but for the name
SELECT replace(a.reason, 'hostile', 'plain') = b.reason AS reason, a.evidence = b.evidence AS evidence,
       a.model_version = b.model_version AS model_version, a.created_at, a.respond_by
  FROM pls.alerts a, pls.alerts b WHERE a.entity_id = 'hostile' AND b.entity_id = 'plain';

-- Row-level security of the watched table
ALTER TABLE app.events ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.events FOR INSERT TO regress_pls_app WITH CHECK (org_id = 'policy');
SET pls.now = '2026-03-02 10:00+00';
SET SESSION AUTHORIZATION regress_pls_app;
INSERT INTO app.events (org_id, user_id, name) VALUES ('policy', 1, 'export');
INSERT INTO app.events (org_id, user_id, name) VALUES ('not mine', 1, 'export');
RESET SESSION AUTHORIZATION;
SELECT entity_id FROM pls.standings ORDER BY entity_id;

-- pls_internal.observe() is for the triggers of pls.watch() only.
CREATE FUNCTION pg_temp.refused(command text) RETURNS TABLE (state text, message text, hint text)
LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        EXECUTE command;
        INSERT INTO app.wrong VALUES ('acme', 'export', pls.now());
        UPDATE app.wrong SET org = 'zeta';
        DELETE FROM app.wrong;
        TRUNCATE app.wrong;
        state := 'none';
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    END;
    DROP TRIGGER IF EXISTS t ON app.wrong;
    RETURN NEXT;
END
$$;
CREATE TABLE app.wrong (org text, name text, at timestamptz);
SET client_min_messages = warning;
SELECT * FROM pg_temp.refused('SELECT pls_internal.observe()');
SELECT * FROM pg_temp.refused('CREATE TRIGGER t BEFORE INSERT ON app.wrong FOR EACH ROW EXECUTE FUNCTION pls_internal.observe(1)');
SELECT * FROM pg_temp.refused('CREATE TRIGGER t BEFORE INSERT ON app.wrong EXECUTE FUNCTION pls_internal.observe(1)');
SELECT * FROM pg_temp.refused('CREATE TRIGGER t AFTER INSERT ON app.wrong FOR EACH ROW EXECUTE FUNCTION pls_internal.observe(1)');
SELECT * FROM pg_temp.refused('CREATE TRIGGER t AFTER INSERT ON app.wrong EXECUTE FUNCTION pls_internal.observe(1)');
SELECT * FROM pg_temp.refused('CREATE TRIGGER t AFTER UPDATE ON app.wrong REFERENCING NEW TABLE AS n EXECUTE FUNCTION pls_internal.observe(1)');
SELECT * FROM pg_temp.refused('CREATE TRIGGER t AFTER DELETE ON app.wrong EXECUTE FUNCTION pls_internal.observe(1)');
SELECT * FROM pg_temp.refused('CREATE TRIGGER t AFTER TRUNCATE ON app.wrong EXECUTE FUNCTION pls_internal.observe(1)');
SELECT * FROM pg_temp.refused('CREATE TRIGGER t AFTER INSERT ON app.wrong REFERENCING NEW TABLE AS n EXECUTE FUNCTION pls_internal.observe()');
SELECT * FROM pg_temp.refused('CREATE TRIGGER t AFTER INSERT ON app.wrong REFERENCING NEW TABLE AS n EXECUTE FUNCTION pls_internal.observe(1, 2)');
SELECT * FROM pg_temp.refused('CREATE TRIGGER t AFTER INSERT ON app.wrong REFERENCING NEW TABLE AS n EXECUTE FUNCTION pls_internal.observe(''one'')');
SELECT * FROM pg_temp.refused('CREATE TRIGGER t AFTER INSERT ON app.wrong REFERENCING NEW TABLE AS n EXECUTE FUNCTION pls_internal.observe(4711)');
-- a number of another table: its columns are looked for here
SELECT * FROM pg_temp.refused('CREATE TRIGGER t AFTER INSERT ON app.wrong REFERENCING NEW TABLE AS n EXECUTE FUNCTION pls_internal.observe(1)');
SELECT count(*) FROM pls.standings;

\set ECHO none
\c :home
SET client_min_messages = warning;
DROP DATABASE pls_trigger_privileges;
DROP ROLE regress_pls_app;
