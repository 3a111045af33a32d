# Code of a table's owner runs as that owner, or not at all.  The owner of a
# watched table ("evil", and "mallory", who owns a part of it) hangs code on
# it in every way there is; then all of pls that may look at the table is
# called by the superuser who owns the extension, or runs beneath a statement
# of the application.  Whatever is reached says as whom it runs in the
# server's log, and makes evil a superuser if it can.
#
# Each way is a vector of AttackVectors.pm, and is played in a database of
# its own.  Every step of it has a session of its own: what a backend has
# read of a table's definition it does not read twice.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use AttackVectors;

# At the end: one account after the application's UPDATE and DELETE have been
# made good, and users as their own entities.
my $usual = join "\n",
  'people 1 40.000', 'people 2 40.000', 'people 3 40.000',
  'trial acme 40.000', 'trial beta 40.000', 'trial gamma 40.000';

my $node = PostgreSQL::Test::Cluster->new('attacked');
$node->init(extra => ['--encoding=UTF8']);
$node->append_conf('postgresql.conf', <<~'CONF');
	autovacuum = off
	constraint_exclusion = on
	log_min_messages = warning
	log_min_error_statement = panic
	log_error_verbosity = terse
	timezone = 'UTC'
	CONF
$node->start;
my $super = $node->safe_psql('postgres', 'SELECT current_user');
my $major = int($node->safe_psql('postgres', 'SHOW server_version_num') / 10000);
my $log_read = 0;

# ---- the database that all start from -----------------------------------

$node->safe_psql('postgres', <<~'SQL');
	CREATE ROLE evil LOGIN;
	CREATE ROLE mallory LOGIN;
	CREATE ROLE app LOGIN;
	CREATE DATABASE bare;
	CREATE DATABASE start;
	SQL
foreach my $database ('bare', 'start')
{
	$node->safe_psql($database,
		    hostile_code('evil')
		  . hostile_code('mallory')
		  . 'CREATE SCHEMA app AUTHORIZATION evil; GRANT USAGE ON SCHEMA app TO PUBLIC; SET ROLE evil; '
		  . 'CREATE TABLE app.events (' . events_columns() . ', CONSTRAINT events_pkey PRIMARY KEY (event_id)); '
		  . 'GRANT SELECT, INSERT, UPDATE, DELETE ON app.events TO app; '
		  . 'CREATE TABLE evil.people (LIKE app.events INCLUDING ALL); '
		  . q{INSERT INTO evil.people (org_id, user_id, name) VALUES ('acme', '1', 'x'), ('beta', '2', 'x'), ('gamma', '3', 'x');});
}
$node->safe_psql('start', <<~'SQL');
	CREATE EXTENSION pls;
	SELECT pls.create_motion('trial', template => 'trial_conversion'), pls.create_motion('people', template => 'trial_conversion', unit => 'user');
	DELETE FROM pls.signals;
	DELETE FROM pls.category_limits;
	INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, threshold, points, why, next_best_action)
	VALUES ('trial', 'exports', 'depth', '{export}', 'count', '14 days', '>=', 3, 40, 'exports their own data', 'offer a data review'),
	       ('trial', 'inviters', 'breadth', '{invite}', 'actors', '14 days', '>=', 1, 30, 'brings in colleagues', 'offer a team set-up'),
	       ('people', 'exports', 'depth', '{export}', 'count', '14 days', '>=', 3, 40, 'exports their own data', 'offer a data review');
	UPDATE pls.motions SET status = 'live', segment = NULL, qualify_at = 60, release_at = NULL, triage_at = NULL,
	       min_signals = 2, grace_period = NULL, min_account_size = NULL, holdout = 0;
	INSERT INTO pls.signals (motion, signal, category, events, measure, within, points, outcome)
	VALUES ('trial', 'paid', 'outcome', '{paid}', 'count', '14 days', 0, 'conversion');
	SQL
my %known = map { $_ => 1 } split /\n/,
  $node->safe_psql('start', <<~'SQL');
	SELECT p.proname FROM pg_catalog.pg_proc p WHERE p.pronamespace IN ('pls'::regnamespace, 'pls_internal'::regnamespace)
	UNION SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relnamespace IN ('pls'::regnamespace, 'pls_internal'::regnamespace)
	SQL

# ---- a vector's steps ----------------------------------------------------

my $picture = q{SELECT s.motion || ' ' || s.entity_id || ' ' || s.score FROM pls.standings s WHERE s.score > 0 ORDER BY 1};

# What looks at watched tables, or may: [name of what is called, SQL].
my @looks = (
	[ health => 'SELECT * FROM pls.health' ],
	[ tracking_plan => q{SELECT * FROM pls.tracking_plan('trial')} ],
	[ scores => q{SELECT * FROM pls.scores; SELECT * FROM pls.explain('trial', 'acme'); SELECT * FROM pls.why_not('trial', 'beta'); SELECT * FROM pls.why_not_alerted; SELECT * FROM pls.signal_catalog; SELECT * FROM pls.open_alerts} ],
	[ preview => q{SELECT * FROM pls.preview('trial')} ],
	[ people => q{SELECT * FROM pls.people('trial', 'acme')} ],
	[ score_as_of => q{SELECT * FROM pls.score_as_of('trial', pg_catalog.now())} ],
	[ replay => q{SELECT * FROM pls.replay('trial', pg_catalog.now() OPERATOR(pg_catalog.-) pg_catalog.make_interval(days => 2), pg_catalog.now())} ],
	[ what_if => q{SELECT * FROM pls.what_if('trial')} ],
	[ backtest => q{SELECT * FROM pls.backtest('trial')} ],
	[ funnel => q{SELECT * FROM pls.funnel('trial')} ]);

sub quote_literal
{
	my ($text) = @_;

	$text =~ s/'/''/g;
	$text =~ s/\\/\\\\/g;
	return "E'$text'";
}

# The steps: [role, name, SQL].
sub steps_of
{
	my ($vector) = @_;
	my $events = $vector->{events} // 'app.events';
	my $level = $vector->{level} // 'statement';
	my $watch = "SELECT pls.watch(%s, event => 'name', at => 'created_at', account => 'org_id', actor => 'user_id', "
	  . "properties => 'props', email => 'email', level => '$level')";
	my $maps = q{account => 'org_id', email => 'email', signed_up_at => 'created_at', attributes => 'props'};
	my @steps;

	push @steps, [ 'super', 'prepare', $vector->{super} ] if $vector->{super};
	push @steps, [ 'evil', 'prepare', $vector->{before} ] if $vector->{before};
	foreach my $table ('app.events', 'evil.people')
	{
		next unless $vector->{both};
		my ($name) = $table =~ /(\w+)$/;
		(my $sql = $vector->{both}) =~ s/\{T\}/$table/g;
		$sql =~ s/\{N\}/$name/g;
		push @steps, [ 'evil', "prepare $name", $sql ];
	}
	push @steps,
	  [ $vector->{alive_as} // 'evil', 'alive', "BEGIN; $vector->{alive}; ROLLBACK" ],
	  [ 'super', 'watch', sprintf $watch, q{'app.events'} ],
	  [ 'app', 'insert', <<~'SQL' ];
		INSERT INTO app.events (org_id, user_id, name, props) VALUES ('acme', '1', 'export', '{"n": 1}');
		INSERT INTO app.events (org_id, user_id, name) VALUES ('acme', '1', 'export'), ('acme', '1', 'export'), ('acme', '1', 'export'), ('beta', '2', 'export');
		INSERT INTO app.events (org_id, user_id, name) VALUES ('acme', '1', 'invite');
		INSERT INTO app.events (org_id, user_id, name) VALUES ('beta', '2', 'export'), ('beta', '2', 'login');
		INSERT INTO app.events (user_id, name) VALUES ('3', 'export'), ('3', 'export'), ('3', 'export');
		SQL
	push @steps, [ 'evil', 'turn', $vector->{after} ] if $vector->{after};
	push @steps,
	  [ 'app', 'change',
		($vector->{change} // "UPDATE $events SET name = 'export' WHERE org_id = 'beta' AND name = 'login'") . '; '
		  . ($vector->{remove} // "DELETE FROM $events WHERE org_id = 'acme' AND name = 'invite'") ],
	  [ 'super', 'sweep', 'SELECT * FROM pls.sweep()' ],
	  [ 'super', 'sweep_all', 'CALL pls.sweep_all()' ],
	  [ 'super', 'refresh', q{SELECT pls.refresh('trial')} ],
	  [ 'super', 'refresh one', q{SELECT pls.refresh('trial', 'acme')} ],
	  [ 'super', 'refresh people', q{SELECT pls.refresh('people')} ],
	  [ 'super', 'map_users', "SELECT pls.map_users('evil.people', user_id => 'user_id', $maps)" ],
	  [ 'super', 'sweep of mapped users', 'SELECT pls.sweep()' ],
	  [ 'super', 'map_accounts', q{SELECT pls.map_accounts('evil.people', account_id => 'org_id', signed_up_at => 'created_at', attributes => 'props')} ],
	  [ 'super', 'map the watched table', "SELECT pls.map_accounts(" . quote_literal($events) . ", account_id => 'event_id')" ],
	  [ 'super', 'users', q{INSERT INTO pls.users (user_id, account_id) VALUES ('9', 'beta'); UPDATE pls.users SET account_id = 'gamma', email = NULL WHERE user_id OPERATOR(pg_catalog.=) '9'} ],
	  [ 'super', 'sweep of users', 'SELECT pls.sweep(); SELECT pls.sweep()' ],
	  [ 'super', 'picture', "SET search_path = pg_catalog; $picture" ];
	push @steps, @{ $vector->{extra} } if $vector->{extra};
	$events = $vector->{events_later} // $events;
	my $literal = quote_literal($events);
	push @steps, map { [ 'super', $_->[0], $_->[1] ] } grep { $known{ $_->[0] } } @looks;
	push @steps,
	  [ 'super', 'forget_user', q{SELECT * FROM pls.forget_user('1')} ],
	  [ 'super', 'forget_account', q{SELECT * FROM pls.forget_account('acme')} ],
	  [ 'evil', 'empty', $vector->{empty} // "TRUNCATE $events" ],
	  [ 'super', 'sweep of the emptied', 'SELECT pls.sweep()' ],
	  [ 'super', 'unwatch', "SELECT pls.unwatch($literal)" ],
	  [ 'super', 'watch again', sprintf $watch, $literal ],
	  [ 'super', 'drop', 'DROP EXTENSION pls CASCADE' ];
	return @steps;
}

# One step as psql has it: a session of its own, whose application_name is
# the step's.
sub as_script
{
	my ($vector, $database, $step) = @_;
	my ($role, $name, $sql) = @$step;
	my $user = $role eq 'super' ? $super : $role;
	my $prepares = $name =~ /^(prepare|alive|turn|picture)/;
	my $options = $prepares || $role eq 'evil' ? '' : $vector->{options} // '';
	my $prelude = $prepares ? '' : $vector->{ $role eq 'super' ? 'prelude' : "prelude_$role" } // '';

	return "\\warn === $role: $name\n"
	  . qq{\\c -reuse-previous=on "dbname=$database user=$user application_name='$name' options='$options'"\n}
	  . ($name eq 'picture' ? "\\o\n" : "\\o /dev/null\n")
	  . "$prelude\n$sql\n;\n";
}

# Runs steps; returns what was printed, and a list of [step, error].
sub run_steps
{
	my ($vector, $database, @steps) = @_;
	my ($printed, $complaints) = ('', '');
	my ($step, @errors);

	$node->psql(
		'postgres',
		join('', map { as_script($vector, $database, $_) } @steps),
		stdout => \$printed,
		stderr => \$complaints,
		on_error_stop => 0);
	foreach my $line (split /\n/, $complaints)
	{
		$step = $1 if $line =~ /^=== (.*)/;
		push @errors, [ $step, $1 ] if $line =~ /(?:ERROR|FATAL|PANIC|fatal|error): +(.*)/;
	}
	return ($printed, @errors);
}

# What hostile code has written into the log since it was last asked.
sub seen
{
	my $log = slurp_file($node->logfile, $log_read);
	my @seen;

	$log_read = -s $node->logfile;
	while ($log =~ /LOG: +attack\|(\w+)\|(\w+)\|(\w+)\|(\w+)\|([^|]*)\|([^|]*)\|/g)
	{
		push @seen,
		  { owner => $1, user => $2, session => $3, strong => $4 eq 't',
			what => $5, step => $6 };
	}
	return @seen;
}

# Whether that is as it should be: the owner's code as the owner, or by a
# statement of its own of a role that has no more rights than anybody.
sub is_allowed
{
	my ($seen) = @_;

	return 1 if $seen->{user} eq $seen->{owner};
	return $seen->{user} eq $seen->{session} && !$seen->{strong};
}

sub is_superuser
{
	return $node->safe_psql('postgres', q{SELECT rolsuper FROM pg_roles WHERE rolname = 'evil'}) eq 't';
}

# One test for each role that the code was seen to run as.
sub check_roles
{
	my ($name, @seen) = @_;
	my %groups;

	push @{ $groups{"code of $_->{owner} as $_->{user} in a session of $_->{session}"} }, $_ foreach @seen;
	foreach my $group (sort keys %groups)
	{
		my %places = map { ("$_->{what} in step \"$_->{step}\"" => 1) } @{ $groups{$group} };

		ok(!grep({ !is_allowed($_) } @{ $groups{$group} }), "$name: $group")
		  or diag(join "\n", map { "  seen: $_" } sort keys %places);
	}
	return;
}

# Steps that must not fail whatever the owner of the table does: those of the
# application, and the sweep.
sub must_not_fail
{
	my ($step) = @_;

	return $step =~ /^app: / || $step =~ /: sweep/;
}

sub play
{
	my ($vector) = @_;
	my $name = $vector->{name};
	my $database = 'attack';
	my ($printed, @errors, @seen, @trapped);

	$node->safe_psql('postgres', "DROP DATABASE IF EXISTS $database");
	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE start STRATEGY file_copy");
	seen();
	($printed, @errors) = run_steps($vector, $database, steps_of($vector));
	@seen = seen();

	my $alive_as = $vector->{alive_as} // 'evil';
	ok( scalar(grep { $_->{step} eq 'alive' && $_->{user} eq $alive_as } @seen),
		"$name: the code is there, and is seen when $alive_as reaches it");
	check_roles($name, grep { $_->{step} !~ /^(prepare|alive)/ } @seen);
	ok(!is_superuser(), "$name: evil has not become a superuser");
	$node->safe_psql('postgres', 'ALTER ROLE evil NOSUPERUSER');
	my $expected = $vector->{errors} // qr/(?!)/;
	is( join("\n", map { "$_->[0]: $_->[1]" }
			  grep { ($_->[0] =~ /prepare|alive|turn|empty/ || must_not_fail($_->[0])) && $_->[1] !~ $expected } @errors),
		'', "$name: neither the application nor the sweep fails");
	foreach my $error (@errors)
	{
		note("$name: $error->[0]: $error->[1]");
	}
	is($printed, $vector->{picture} // $usual, "$name: and the events are counted")
	  unless exists $vector->{picture} && !defined $vector->{picture};

	# the same by hand, as the superuser: that is what is to be seen otherwise
	my $trap = $vector->{trap} // $vector->{alive};
	if ($trap ne '')
	{
		run_steps({}, $database, [ 'super', 'trap', "BEGIN; $trap; ROLLBACK" ]);
		ok( scalar(grep { $_->{strong} && $_->{session} eq $super } seen()),
			"$name: the code would be seen if it ran as the superuser");
		$node->safe_psql('postgres', 'ALTER ROLE evil NOSUPERUSER');
	}
	return;
}

# Is the extension created in a database where others were before?  Its script
# runs as the superuser.
sub play_installation
{
	my ($installation) = @_;
	my $name = $installation->{name};
	my $database = 'attack';
	my ($printed, @errors, @seen);

	$node->safe_psql('postgres', "DROP DATABASE IF EXISTS $database");
	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE bare STRATEGY file_copy");
	(undef, @errors) = run_steps({}, $database,
		[ 'super', 'prepare', $installation->{super} ],
		[ 'evil', 'prepare more', $installation->{before} ]);
	is_deeply(\@errors, [], "$name: the schema is prepared");
	seen();
	($printed, @errors) = run_steps($installation, $database,
		[ 'super', 'create', 'CREATE EXTENSION pls' ],
		[ 'super', 'picture', q{SELECT count(*) FROM pg_catalog.pg_extension WHERE extname = 'pls'} ],
		[ 'super', 'use', q{SELECT pls.create_motion('trial', template => 'trial_conversion'); UPDATE pls.motions SET status = 'live'; SELECT pls.watch('app.events', event => 'name', at => 'created_at', account => 'org_id'); SELECT pls.sweep()} ],
		[ 'app', 'insert', q{INSERT INTO app.events (org_id, name) VALUES ('acme', 'workflow_completed')} ]);
	@seen = seen();
	is(scalar(@seen), 0, "$name: nothing of evil's runs")
	  or check_roles($name, @seen);
	ok(!is_superuser(), "$name: evil has not become a superuser");
	$node->safe_psql('postgres', 'ALTER ROLE evil NOSUPERUSER');
	is($printed, $installation->{created},
		"$name: the extension is " . ($installation->{created} ? 'created' : 'refused'));
	note("$name: $_->[0]: $_->[1]") foreach @errors;
	is( $node->safe_psql($database, q{
			SELECT count(*) FROM pg_catalog.pg_namespace n
			 WHERE n.nspname IN ('pls', 'pls_internal') AND pg_catalog.has_schema_privilege('evil', n.oid, 'CREATE')
			   AND EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE e.extname = 'pls')}),
		'0', "$name: evil cannot add to the extension's schema");
	return;
}

my $overload = q{CREATE FUNCTION pls.check_word(text, text, text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.seen('check_word'); END $$;}
  . q{CREATE FUNCTION pls.format(text, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.seen('format'); RETURN ''; END $$;}
  . q{CREATE FUNCTION pls.same(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.seen('same'); RETURN true; END $$;}
  . q{CREATE OPERATOR pls.= (LEFTARG = text, RIGHTARG = text, FUNCTION = pls.same);};
my @installations = (
	{ name => 'a schema pls of evil', created => 0,
		super => 'DO $$ BEGIN EXECUTE pg_catalog.format($f$GRANT CREATE ON DATABASE %I TO evil$f$, current_database()); END $$',
		before => "CREATE SCHEMA pls; GRANT USAGE ON SCHEMA pls TO PUBLIC; $overload" },
	{ name => 'a schema pls_internal of evil', created => 0,
		super => 'DO $$ BEGIN EXECUTE pg_catalog.format($f$GRANT CREATE ON DATABASE %I TO evil$f$, current_database()); END $$',
		before => 'CREATE SCHEMA pls_internal; GRANT USAGE ON SCHEMA pls_internal TO PUBLIC; ' . $overload =~ s/\bpls\./pls_internal./gr },
	{ name => 'an empty schema pls of evil', created => 0,
		super => 'CREATE SCHEMA pls AUTHORIZATION evil', before => 'SELECT' },
	{ name => 'a schema pls of the superuser with objects of evil', created => 0,
		super => 'CREATE SCHEMA pls; GRANT USAGE, CREATE ON SCHEMA pls TO evil', before => $overload },
	{ name => 'hostile objects in public', created => 1,
		super => 'GRANT CREATE ON SCHEMA public TO evil', before => shadows('public'),
		options => '-c search_path=public,pg_catalog' },
	{ name => 'hostile objects in a schema before it', created => 1,
		super => 'SELECT', before => shadows('evil'),
		options => '-c search_path=evil,public,pg_catalog' });

# What the owner of a table cannot make at all, and what is therefore no way.
sub check_refused
{
	my %refused = (
		'an event trigger' => 'CREATE FUNCTION evil.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$; CREATE EVENT TRIGGER on_ddl ON ddl_command_start EXECUTE FUNCTION evil.on_ddl()',
		'an operator class' => 'CREATE FUNCTION evil.compare(text, text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 0 $$; CREATE OPERATOR CLASS evil.own FOR TYPE text USING btree AS FUNCTION 1 evil.compare(text, text)',
		'an operator family' => 'CREATE OPERATOR FAMILY evil.own USING btree',
		'an access method' => 'CREATE ACCESS METHOD own TYPE TABLE HANDLER heap_tableam_handler',
		'a base type' => 'CREATE TYPE evil.shell; CREATE FUNCTION evil.shell_in(cstring) RETURNS evil.shell LANGUAGE internal IMMUTABLE STRICT AS $$textin$$',
		'a cast of types that are not evil\'s' => 'CREATE FUNCTION evil.as_text(jsonb) RETURNS text LANGUAGE sql AS $$ SELECT NULL $$; CREATE CAST (jsonb AS text) WITH FUNCTION evil.as_text(jsonb)',
		'a function in C' => q{CREATE FUNCTION evil.c() RETURNS integer LANGUAGE c AS 'pls', 'pls_observe'},
		'an extension' => 'CREATE EXTENSION pls');

	foreach my $what (sort keys %refused)
	{
		my (undef, @errors) = run_steps({}, 'bare', [ 'evil', 'refused', "BEGIN; $refused{$what}" ]);

		like(join("\n", map { $_->[1] } @errors), qr/permission denied|must be (?:superuser|owner)/,
			"evil cannot make $what");
	}
	return;
}

# The trap itself: what the suite is afraid of happens where nobody takes care.
sub check_trap
{
	$node->safe_psql('bare', 'SET ROLE evil; CREATE INDEX ON evil.people ((evil.fold(1)))');
	ok(!is_superuser(), 'evil is not a superuser to begin with');
	seen();
	$node->safe_psql('bare', 'SELECT count(*) FROM evil.people');
	ok(scalar(grep { !is_allowed($_) } seen()), 'a query of the superuser runs code of evil');
	ok(is_superuser(), 'and makes evil a superuser');
	$node->safe_psql('postgres', 'ALTER ROLE evil NOSUPERUSER');
	$node->safe_psql('bare', 'SET ROLE evil; SELECT evil.made(org_id) FROM evil.people');
	ok(is_superuser(), 'and so does a query that is run as evil, but not restricted');
	my %ways = map { $_->{what} => 1 } grep { !is_allowed($_) } seen();
	# from 18 a deferred trigger is run as who has queued it
	is( join(', ', sort keys %ways),
		($major < 18 ? 'escape, ' : '')
		  . 'escape by RESET ROLE, escape by RESET SESSION AUTHORIZATION, escape by a cursor, made',
		'by ways that the suite knows');
	$node->safe_psql('postgres', 'ALTER ROLE evil NOSUPERUSER');
	$node->safe_psql('bare', 'DROP INDEX evil.people_fold_idx');
	return;
}

my @wanted = split /,/, $ENV{ATTACKS} // '';

# Without a list of names in ATTACKS, all of them.
sub is_wanted
{
	my ($name) = @_;

	return !@wanted || grep { $name =~ /$_/ } @wanted;
}

check_trap();
check_refused();
foreach my $vector (attack_vectors($node->host, $node->port))
{
	next if $vector->{until} && $major > $vector->{until};
	play($vector) if is_wanted($vector->{name});
}
foreach my $installation (@installations)
{
	play_installation($installation) if is_wanted($installation->{name});
}

done_testing();
