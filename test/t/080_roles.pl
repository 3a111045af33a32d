# Installing, owning and dropping pls: a schema that somebody has made before,
# a schema, tables and an extension that are given away, and what is left.
# Also what the server log hears of the trigger, and the application does not.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use PlsTest;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init;
$node->append_conf('postgresql.conf', "log_min_messages = log\nlog_statement = none\n");
$node->start;

# What a statement says that fails, with its SQLSTATE.
sub refusal
{
	my ($database, $sql) = @_;
	my (undef, undef, $error) = $node->psql($database, $sql,
		extra_params => [ '-v', 'VERBOSITY=verbose' ]);

	return $error;
}

sub ask
{
	my ($database, $sql) = @_;

	return $node->safe_psql($database, $sql);
}

# --- a schema that is there before -----------------------------------------
$node->safe_psql('postgres', q{
	CREATE ROLE evil LOGIN;
	CREATE ROLE friend;
	CREATE ROLE app_owner;
	CREATE ROLE application LOGIN;
	CREATE DATABASE install;
	GRANT CREATE ON DATABASE install TO evil;});

my $exists = qr/42P06: schema "pls(_internal)?" already exists/;
$node->safe_psql('install', q{
	SET ROLE evil;
	CREATE SCHEMA pls;
	GRANT USAGE ON SCHEMA pls TO PUBLIC;
	CREATE FUNCTION pls.check_word(text, text, text) RETURNS void LANGUAGE plpgsql AS
		$$ BEGIN ALTER ROLE evil SUPERUSER; END $$;});
my $error = refusal('install', 'CREATE EXTENSION pls');
like($error, $exists, 'a schema of another role is refused');
like($error, qr/owned by role evil/, 'with its owner');
like($error, qr/HINT:  Rename or drop the schema/, 'and what to do');
is(ask('install', q{SELECT rolsuper FROM pg_roles WHERE rolname = 'evil'}), 'f', 'nothing of it has run');
is(ask('install', q{SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname LIKE 'pls%'}), '0', 'nothing was made');

# Of the installing role, but not as good as new: of each kind of object one.
my %makes = (
	'table' => [ 'CREATE TABLE pls.thing (a integer)', 'DROP TABLE pls.thing' ],
	'type' => [ 'CREATE TYPE pls.thing AS ENUM ()', 'DROP TYPE pls.thing' ],
	'type pls.area' => [ 'CREATE DOMAIN pls.area AS text', 'DROP DOMAIN pls.area' ],
	'function' => [ 'CREATE FUNCTION pls.thing() RETURNS integer LANGUAGE sql RETURN 1', 'DROP FUNCTION pls.thing' ],
	'operator' => [ 'CREATE OPERATOR pls.@@@ (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)',
		'DROP OPERATOR pls.@@@ (text, text)' ],
	'operator family' => [ 'CREATE OPERATOR FAMILY pls.thing USING btree', 'DROP OPERATOR FAMILY pls.thing USING btree' ],
	'collation' => [ 'CREATE COLLATION pls.thing FROM "C"', 'DROP COLLATION pls.thing' ],
	'conversion' => [ q{CREATE CONVERSION pls.thing FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8}, 'DROP CONVERSION pls.thing' ],
	'text search dictionary' => [ 'CREATE TEXT SEARCH DICTIONARY pls.thing (TEMPLATE = simple)', 'DROP TEXT SEARCH DICTIONARY pls.thing' ],
	'text search configuration' => [ 'CREATE TEXT SEARCH CONFIGURATION pls.thing (PARSER = "default")',
		'DROP TEXT SEARCH CONFIGURATION pls.thing' ],
	'statistics object' => [ 'CREATE TABLE t (a int, b int); CREATE STATISTICS pls.thing ON a, b FROM t', 'DROP TABLE t' ],
	'default privileges' => [ 'ALTER DEFAULT PRIVILEGES IN SCHEMA pls GRANT ALL ON TABLES TO friend',
		'ALTER DEFAULT PRIVILEGES IN SCHEMA pls REVOKE ALL ON TABLES FROM friend' ]);
$node->safe_psql('install', 'DROP SCHEMA pls CASCADE');
foreach my $schema ('pls', 'pls_internal')
{
	$node->safe_psql('install', "CREATE SCHEMA $schema");
	foreach my $kind (sort keys %makes)
	{
		my ($make, $drop) = map { s/\bpls\b/$schema/gr } @{ $makes{$kind} };
		my $made = $kind =~ s/\bpls\b/$schema/r;

		$node->safe_psql('install', $make);
		$error = refusal('install', 'CREATE EXTENSION pls');
		ok($error =~ $exists && $error =~ /It is not empty: it contains $made/, "a schema $schema with a $kind is refused");
		$node->safe_psql('install', $drop);
	}
	$node->safe_psql('install', "GRANT USAGE ON SCHEMA $schema TO friend");
	like(refusal('install', 'CREATE EXTENSION pls'), qr/Privileges on it have been granted to other roles/,
		"one with grants is refused: $schema");
	$node->safe_psql('install', "REVOKE ALL ON SCHEMA $schema FROM friend");
}
my $old = ask('install', q{SELECT 'pls'::regnamespace::oid});
$node->safe_psql('install', 'CREATE EXTENSION pls');
isnt(ask('install', q{SELECT 'pls'::regnamespace::oid}), $old, 'one as good as new is made anew');

# --- DROP EXTENSION leaves nothing -----------------------------------------
my $left = q{
	SELECT (SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'pls%')
		|| ' ' || (SELECT count(*) FROM pg_event_trigger)
		|| ' ' || (SELECT count(*) FROM pg_default_acl)
		|| ' ' || (SELECT count(*) FROM pg_init_privs WHERE privtype = 'e')
		|| ' ' || (SELECT count(*) FROM pg_shdepend WHERE deptype = 'a' AND refobjid IN ('friend'::regrole, 'evil'::regrole)
			AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database()))};
$node->safe_psql('install', q{
	REVOKE CREATE ON DATABASE install FROM evil;
	SET client_min_messages = error;
	SELECT pls.grant_access('friend', 'revops'), pls.grant_access('evil', 'rep');
	DROP EXTENSION pls;});
is(ask('install', $left), '0 0 0 0 0', 'DROP EXTENSION leaves no schema, trigger, default or grant');

# Default privileges of the installing role open nothing.
$node->safe_psql('install', q{
	ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO evil;
	ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO evil, PUBLIC;
	ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
	ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO evil;
	ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO evil, PUBLIC;
	CREATE EXTENSION pls;});
is( ask('install', q{
		SELECT (SELECT count(*) FROM pg_class c WHERE c.relnamespace IN ('pls'::regnamespace, 'pls_internal'::regnamespace) AND c.relkind IN ('r', 'v')
				AND has_table_privilege('evil', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER'))
			|| ' ' || (SELECT count(*) FROM pg_class c WHERE c.relnamespace IN ('pls'::regnamespace, 'pls_internal'::regnamespace)
				AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege('evil', c.oid, 'USAGE, SELECT, UPDATE') END)
			|| ' ' || (SELECT count(*) FROM pg_proc p WHERE p.pronamespace IN ('pls'::regnamespace, 'pls_internal'::regnamespace) AND p.provolatile = 'v'
				AND has_function_privilege('evil', p.oid, 'EXECUTE'))
			|| ' ' || has_schema_privilege('evil', 'pls', 'USAGE, CREATE')
			|| ' ' || has_schema_privilege('evil', 'pls_internal', 'CREATE')}),
	'0 0 0 false false', 'default privileges of the installing role give nobody a right on pls');
$node->safe_psql('install', 'DROP EXTENSION pls');

# --- what is given away -------------------------------------------------------
$node->safe_psql('postgres', 'CREATE DATABASE given');
set_up_motion($node, 'given');
$node->safe_psql('given', 'GRANT USAGE ON SCHEMA app TO application; GRANT INSERT ON app.events TO application');

# Inserts what raises an alert, as the application; returns what became of it.
sub insert_about
{
	my ($entity) = @_;

	$node->safe_psql('given', qq{
		SET ROLE application;
		INSERT INTO app.events (org_id, user_id, name)
		SELECT '$entity', 1, n FROM unnest('{export,export,export,invite}'::text[]) AS n;});
	return ask('given', qq{
		SELECT (SELECT count(*) FROM app.events WHERE org_id = '$entity') || ' ' || coalesce((
			SELECT round(s.score) || ' ' || (SELECT count(*) FROM pls.alerts a WHERE a.entity_id = '$entity')
			FROM pls.standings s WHERE s.entity_id = '$entity'), 'unobserved')});
}

is(insert_about('before'), '4 70 1', 'an application inserts, an alert is raised');
$node->safe_psql('given', 'ALTER SCHEMA pls OWNER TO app_owner');
is(insert_about('schema'), '4 70 1', 'also when the schema is another role\'s');
$node->safe_psql('given', 'ALTER TABLE pls.standings OWNER TO app_owner; ALTER TABLE pls.signals OWNER TO app_owner;
	ALTER TABLE pls.alerts OWNER TO app_owner; ALTER TABLE pls.sources OWNER TO app_owner');
is(insert_about('tables'), '4 70 1', 'and tables');
$node->safe_psql('given', 'GRANT ALL ON pls.routes TO evil');
is( ask('given', q{SELECT string_agg(concat_ws(' ', "check", status, CASE WHEN "check" ~ 'objects' THEN value END), ', ') FROM pls.health WHERE "check" ~ 'owner|others'}),
	'owner of the schema attention, objects of others attention not of the owner of the extension: '
	  . 'table pls.alerts of app_owner, table pls.signals of app_owner, table pls.sources of app_owner, table pls.standings of app_owner; '
	  . 'may make triggers on tables of pls: evil',
	'health says what is another role\'s, and who may put triggers there');
$node->safe_psql('given', 'REVOKE ALL ON pls.routes FROM evil');
$node->safe_psql('given', 'ALTER SCHEMA pls RENAME TO elsewhere');
is( $node->psql('given', q{INSERT INTO app.events (org_id, user_id, name) VALUES ('renamed', 1, 'export')}),
	0, 'a schema of another name fails no insert');
$node->safe_psql('given', 'ALTER SCHEMA elsewhere RENAME TO pls');
is(insert_about('back'), '4 70 1', 'and all is well when it is back');
$node->safe_psql('given', 'ALTER SCHEMA pls_internal RENAME TO elsewhere');
is( $node->psql('given', q{INSERT INTO app.events (org_id, user_id, name) VALUES ('renamed', 1, 'export')}),
	0, 'nor does the inner schema under another name');
# Event triggers of pls are in nobody's way, in whatever state it is.
$node->safe_psql('given', 'CREATE ROLE bystander LOGIN; GRANT CREATE ON DATABASE given TO bystander');
# not all servers have modules
my $module = ask('given', q{SELECT count(*) FROM pg_available_extensions WHERE name = 'hstore'})
  ? 'CREATE EXTENSION hstore SCHEMA theirs; DROP EXTENSION hstore;'
  : 'DROP EXTENSION IF EXISTS hstore;';
my $others = qq{
	CREATE SCHEMA theirs;
	CREATE TABLE theirs.plain (i integer);
	ALTER TABLE theirs.plain ADD j integer;
	DROP TABLE theirs.plain;
	$module
	DROP SCHEMA theirs;};
is( $node->psql('given', "SET SESSION AUTHORIZATION bystander; $others"),
	0, 'a role without rights on pls makes and drops objects and extensions');
is($node->psql('given', $others), 0, 'and so does a superuser');
$node->safe_psql('given', q{
	CREATE SCHEMA pls_internal AUTHORIZATION evil;
	CREATE FUNCTION pls_internal.names_extension(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'not of pls'; END $$;});
is( $node->psql('given', "$others BEGIN; DROP EXTENSION pls CASCADE; ROLLBACK"),
	0, 'pls itself can be dropped then, and nothing in another schema of the name is called');
$node->safe_psql('given', 'DROP SCHEMA pls_internal CASCADE');
$node->safe_psql('given', 'ALTER SCHEMA elsewhere RENAME TO pls_internal');
is(insert_about('inner'), '4 70 1', 'and all is well when that is back');

# An owner who is no superuser, and has lost a table: nothing is observed, the
# insert goes on, the log tells. 
$node->safe_psql('given', q{
	CREATE ROLE keeper SUPERUSER;
	UPDATE pg_extension SET extowner = 'keeper'::regrole WHERE extname = 'pls';});
$node->safe_psql('given', 'ALTER ROLE keeper NOSUPERUSER');
is(insert_about('keeper'), '4 unobserved', 'an owner without rights fails no insert');
like(slurp_file($node->logfile), qr/LOG:  pls does not observe table "events": permission denied/, 'the server log says why');
$node->safe_psql('given', q{
	GRANT CREATE ON SCHEMA pls TO evil;
	CREATE FUNCTION pls.lane_rank(varchar) RETURNS integer LANGUAGE sql RETURN 1;});
is( ask('given', q{
		SELECT string_agg(concat_ws(' ', "check", status, CASE WHEN "check" LIKE 'others%' THEN value END), ', ')
		FROM pls.health WHERE "check" ~ 'owner|others'}),
	'owner of the schema attention, owner of the schema attention, '
	  . 'others in the schema attention may create objects in the schemas of pls: evil; '
	  . 'not part of the extension: function pls.lane_rank(character varying), '
	  . 'objects of others attention, rights of the owner broken',
	'health says what is wrong');
$node->safe_psql('given', 'ALTER ROLE keeper SUPERUSER');
is(insert_about('again'), '4 70 1', 'with its rights back it is observed again');

# --- the server log ---------------------------------------------------------
my $position = -s $node->logfile;
my ($code, $out, $heard) = $node->psql('given', q{
	SET pls.log_decisions = on;
	SET client_min_messages = log;
	INSERT INTO app.events (org_id, user_id, name)
	SELECT 'logged', 1, n FROM unnest('{export,export,export,invite}'::text[]) AS n;});
is($heard, '', 'the application hears nothing of a decision');
like(slurp_file($node->logfile, $position), qr/LOG:  pls: motion "trial", "logged": raised/, 'the server log does');
$node->safe_psql('given', q{
	CREATE FUNCTION app.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'alerts refuses'; END $$;
	CREATE TRIGGER refuse BEFORE INSERT ON pls.alerts FOR EACH ROW EXECUTE FUNCTION app.refuse();});
($code, $out, $heard) = $node->psql('given', q{
	SET client_min_messages = log;
	INSERT INTO app.events (org_id, user_id, name)
	SELECT 'failed', 1, n FROM unnest('{export,export,export,invite}'::text[]) AS n;});
is($heard, '', 'nor of one that failed');
like(slurp_file($node->logfile, $position), qr/LOG:  pls: a decision for "failed" failed: alerts refuses/, 'the server log does');

done_testing();
