-- setup.sql - the database that each measurement of bench/bounded.sh starts
-- from a copy of.
--
-- psql variable: motion (test/small_motion.sql, which makes app.events).  The
-- search_path of a session says whether its events go there or into
-- bare.events, the same table without a trigger.
SET client_min_messages = warning;
CREATE EXTENSION pls;
\i :motion
CREATE SCHEMA bare;
CREATE TABLE bare.events (LIKE app.events INCLUDING ALL);
CREATE SCHEMA bench;

-- The ways in which n events of one account come one by one, and one in which
-- they come at once.
CREATE PROCEDURE bench.transaction(n integer) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..n LOOP
        INSERT INTO events (org_id, user_id, name) VALUES ('one', i % 7, 'export');
    END LOOP;
END
$$;
CREATE PROCEDURE bench.savepoints(n integer) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..n LOOP
        BEGIN
            INSERT INTO events (org_id, user_id, name) VALUES ('one', i % 7, 'export');
        EXCEPTION WHEN division_by_zero THEN
            NULL;
        END;
    END LOOP;
END
$$;
CREATE PROCEDURE bench.commits(n integer) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..n LOOP
        INSERT INTO events (org_id, user_id, name) VALUES ('one', i % 7, 'export');
        COMMIT;
    END LOOP;
END
$$;
CREATE PROCEDURE bench.rows(n integer) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (org_id, user_id, name) SELECT 'one', i % 7, 'export' FROM generate_series(1, n) AS i;
END
$$;

-- Three exports and an invitation qualify an account, four exports do not.
CREATE PROCEDURE bench.accounts(n integer, crossing boolean) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (org_id, user_id, name)
    SELECT 'new' || i, i, name
      FROM generate_series(1, n) AS i,
           unnest(CASE WHEN crossing THEN '{export,export,export,invite}'::text[] ELSE '{export,export,export,export}' END) AS name;
END
$$;

-- Entities of which the standing has other evidence than all their events give.
CREATE VIEW bench.wrong AS
SELECT coalesce(s.entity_id, e.org_id) AS entity_id
  FROM pls.standings AS s
  FULL JOIN (SELECT org_id, pls.evidence('trial', name, created_at, user_id, props) AS evidence
               FROM app.events WHERE name <> 'login' GROUP BY org_id) AS e ON e.org_id = s.entity_id
 WHERE s.evidence::text IS DISTINCT FROM e.evidence::text;
