# pg_dump and pg_restore bring back configuration, state and watched tables:
# rows of the user's and shipped rows that were edited, each once.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use PlsTest;

# A plain dump without the lines that are new in every run.
sub plain_dump
{
	my ($node, $database) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir() . "/$database.sql";

	$node->command_ok(
		[ 'pg_dump', '--no-sync', '--file', $file, $database ],
		"dump of $database");
	my $dump = slurp_file($file);
	$dump =~ s/^\\(un)?restrict .*\n//mg;
	$dump =~ s/\b\Q$database\E\b/DATABASE/g;
	# a table has another number in each database
	my ($oid) = $node->safe_psql($database, 'SELECT max(numbers_of) FROM pls.sources');
	$dump =~ s/\t\Q$oid\E\t/\tNUMBER\t/g if $oid;
	return $dump;
}

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres',
	'CREATE DATABASE original; CREATE DATABASE restored; CREATE DATABASE untouched');

# A database that has the extension and nothing else round-trips too.
$node->safe_psql('untouched', 'CREATE EXTENSION pls');
my $fresh = picture($node, 'untouched');

set_up_motion($node, 'original');

# Rows of the user's beside shipped ones, and shipped ones that were edited.
$node->safe_psql(
	'original', q{
	INSERT INTO pls.free_mail_domains (domain) VALUES ('mail.example');
	UPDATE pls.free_mail_domains SET free = false WHERE domain = 'gmail.com';
	INSERT INTO pls.ignored_ids (id) VALUES ('n/a'), ('null');
	INSERT INTO pls.account_aliases (alias, account_id)
	VALUES ('workspace 1', 'acme labs'), ('acme labs', 'acme'), ('a workspace', 'workspace 1');
	INSERT INTO pls.user_aliases (alias, user_id)
	VALUES ('anon-1', 'Ann <Ann@Acme.example>'), ('ann@acme.example', '7');
	INSERT INTO pls.account_domains (domain, account_id) VALUES ('https://www.labs.example', 'acme labs');
	INSERT INTO pls.exclusions (name, scope, domains, reason)
	VALUES ('our own people', 'entity', '{example.com}', 'works here');
	UPDATE pls.dispositions SET cooldown = '45 days'
	 WHERE disposition = 'nurture';
	UPDATE pls.calendars SET time_zone = 'Europe/Paris'
	 WHERE calendar = 'business_hours';
	DELETE FROM pls.calendar_hours
	 WHERE calendar = 'business_hours' AND weekday = 5;
	INSERT INTO pls.calendars (calendar, time_zone)
	VALUES ('night shift', 'Europe/Berlin');
	INSERT INTO pls.accounts (account_id, name, size)
	VALUES ('acme', 'Acme', 40);
	INSERT INTO pls.users (user_id, account_id) VALUES ('7', 'acme');
	INSERT INTO pls.channels (channel, kind, bundle_by, bundle_every)
	VALUES ('digest', 'email', 'rep', '1 hour');
	UPDATE pls.calendars SET is_default = true WHERE calendar = 'night shift';
	UPDATE pls.escalations SET repeat_every = '1 hour', repeat_limit = 3 WHERE level = 1;
	UPDATE pls.signals SET points = 41
	 WHERE motion = 'trial' AND signal = 'exports';
});
$node->safe_psql('original', use_product('acme'));
# A clock that stands still, an outcome of a disposition, what is on its way.
$node->safe_psql(
	'original', q{
	SELECT pls.pause_sla(alert_id) FROM pls.alerts;
	SELECT pls.snooze(alert_id, pls.now() + interval '1 day') FROM pls.alerts;
	SELECT pls.claim_deliveries('digest');
});
$node->safe_psql('original', use_product('initech', 2));

# Access: grants, policies, and what they were given for.
$node->safe_psql(
	'original', q{
	CREATE ROLE some_analyst LOGIN;
	CREATE ROLE some_rep LOGIN;
	UPDATE pls.reps SET role_name = 'some_rep' WHERE rep = 'sdr-1';
	SELECT pls.grant_access('some_analyst', 'analyst'), pls.grant_access('some_rep', 'rep');
	INSERT INTO pls.pilots (pilot, motion, holdout, salt)
	VALUES ('a pilot', 'trial', 0.000001, 'salt');
	INSERT INTO pls.pilot_rules (pilot, kind, measure, value, op, threshold)
	VALUES ('a pilot', 'scale', 'conversion any time', 'low', '>', 0);
	UPDATE pls.pilots SET status = 'running' WHERE pilot = 'a pilot';
});

my $before = picture($node, 'original');
my $archive = PostgreSQL::Test::Utils::tempdir() . '/original.dump';
$node->command_ok(
	[
		'pg_dump', '--no-sync', '--format', 'custom', '--file', $archive,
		'original'
	],
	'dump');
$node->command_ok(
	[ 'pg_restore', '--exit-on-error', '--dbname', 'restored', $archive ],
	'restore into a fresh database');
my $after = picture($node, 'restored');

is(differences($before, $after), '',
	'every table of pls holds the same rows');
is( join(' ', sort keys %$before),
	join(' ', sort keys %$fresh),
	'the pictures cover every table');
is( $node->safe_psql(
		'restored', q{
		SELECT domain, free, shipped FROM pls.free_mail_domains
		 WHERE domain IN ('mail.example', 'gmail.com') ORDER BY domain}),
	"gmail.com|f|f\nmail.example|t|f",
	"a row of the user's and an edited shipped one are there once");
is( $node->safe_psql(
		'restored', q{
		SELECT string_agg(id || ' ' || shipped, ', ' ORDER BY id COLLATE "C") FROM pls.ignored_ids
		 WHERE id IN ('n/a', 'null', 'none')}),
	'n/a false, none true, null false',
	'so are ids that name nobody');
is( $node->safe_psql(
		'restored', q{
		SELECT pls_internal.account_of_event('a workspace', NULL, NULL),
			   pls_internal.account_of_event(NULL, 'anon-1', NULL),
			   pls_internal.account_of_event(NULL, NULL, 'x@eu.labs.example')}),
	'acme|acme|acme',
	'and whose events are is told as before');
is( $node->safe_psql(
		'restored', q{
		SELECT count(*), min(points) FROM pls.signals
		 WHERE motion = 'trial' AND signal = 'exports'}),
	'1|41',
	'an edited row is there once, as edited');
is( $node->safe_psql(
		'restored', q{
		SELECT count(*) FROM pg_catalog.pg_trigger
		 WHERE tgrelid = 'app.events'::regclass AND NOT tgisinternal}),
	$node->safe_psql(
		'original', q{
		SELECT count(*) FROM pg_catalog.pg_trigger
		 WHERE tgrelid = 'app.events'::regclass AND NOT tgisinternal}),
	'the table is still watched');
ok( plain_dump($node, 'restored') eq plain_dump($node, 'original'),
	'the dump of the restored database is the dump of the original');

# Who may see and do what.
sub seen_by
{
	my ($database, $role) = @_;

	return $node->safe_psql(
		$database, qq{
		SET ROLE $role;
		SELECT count(*) FROM pls.alerts;
		SELECT count(*) FROM pls.accounts;
		SELECT has_table_privilege('pls.motions', 'UPDATE'),
		       has_table_privilege('pls.decisions', 'SELECT'),
		       has_column_privilege('pls.alerts', 'status', 'UPDATE'),
		       has_function_privilege('pls.touch(bigint, text)', 'EXECUTE'),
		       has_function_privilege('pls.why_not(text, text)', 'EXECUTE'),
		       has_function_privilege('pls.sweep(interval, integer)', 'EXECUTE')});
}
is(seen_by('original', 'some_analyst'), "1\n1\nf|t|f|f|t|f", 'an analyst sees all and changes nothing');
is(seen_by('original', 'some_rep'), "1\n1\nf|f|t|t|t|f", 'a rep works what it sees');
foreach my $role ('some_analyst', 'some_rep')
{
	is(seen_by('restored', $role), seen_by('original', $role),
		"$role has the same access in the restored database");
}
is($node->safe_psql('restored', 'SELECT pls.renew_access()'), '2', 'which can be granted anew');

# What is on its way is sent by the original alone, until somebody says that the
# copy takes its place.
$node->safe_psql($_, q{UPDATE pls.deliveries SET status = 'queued', lease_until = NULL, ready_at = queued_at, claimed_alone = false})
  foreach ('original', 'restored');
$node->safe_psql('postgres', 'CREATE DATABASE copied TEMPLATE original');
my $claim = q{SELECT count(*) FROM pls.claim_deliveries('digest')};
foreach my $copy ('restored', 'copied')
{
	my ($status, undef, $error) = $node->psql($copy, "\\set VERBOSITY sqlstate\n$claim", on_error_die => 0);
	like($error, qr/ERROR:  55000/, "$copy: a copy delivers nothing");
	is($node->safe_psql($copy, q{SELECT status || ': ' || value FROM pls.health WHERE "check" = 'channels'}),
		'attention: stopped: digest', "$copy: and health says so");
	$node->safe_psql($copy, q{INSERT INTO pls.channels (channel, kind) VALUES ('try out', 'slack')});
	is($node->safe_psql($copy, q{SELECT count(*) FROM pls.claim_deliveries('try out')}), '0', "$copy: a channel made there delivers");
	$node->safe_psql($copy, q{DELETE FROM pls.channels WHERE channel = 'try out'});
}
is($node->safe_psql('copied', 'SELECT pls.confirm_delivery_identity()'), '1', 'the copy takes the place of the original');
is($node->safe_psql('copied', $claim), '1', 'and delivers');
is($node->safe_psql('original', $claim), '1', 'the original goes on delivering');

# The same insert continues both alike.
foreach my $database ('original', 'restored')
{
	$node->safe_psql($database,
		    use_product('initech', 1)
		  . "INSERT INTO app.events (org_id, user_id, name) VALUES ('initech', 8, 'invite');"
		  . use_product('acme', 1));
	is(measured($node, $database, 'acme'),
		'exports=4 inviters=1', "$database: evidence goes on from where it was");
	is( $node->safe_psql(
			$database, q{
			SELECT entity_id, count(*) FROM pls.alerts
			 GROUP BY entity_id ORDER BY entity_id}),
		"acme|1\ninitech|1",
		"$database: the next crossing is alerted, the old one not again");
}
is( $node->safe_psql(
		'restored', q{
		SELECT count(*) = count(DISTINCT alert_id) FROM pls.alerts}),
	't',
	'new alerts have new numbers');

# The checks of pls.health that are not ok, with the first of what they say.
sub unwell
{
	my ($database) = @_;

	return $node->safe_psql(
		$database, q{
		SELECT "check" || ': ' || split_part(value, ', ', 1) FROM pls.health
		 WHERE "check" ~ '^(source |triggers|configuration|motions without)' AND status <> 'ok'});
}

sub restore_into
{
	my ($database, @options) = @_;
	my ($output, $errors) = ('', '');
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;

	IPC::Run::run([ 'pg_restore', '--dbname', $database, @options, $archive ], '>', \$output, '2>', \$errors);
	return join "\n", $errors =~ /ERROR:  (.*)/g;
}

# Without data: what comes with the extension is put in when it is needed.
$node->safe_psql('postgres', 'CREATE DATABASE structure');
is(restore_into('structure', '--schema-only'), '', 'the structure alone is restored');
is(unwell('structure'),
	"configuration: rows that come with the extension have not been inserted\ntriggers: triggers of app.events are unknown to pls.sources: pls_observe",
	'health says what is not there');
$node->safe_psql(
	'structure', q{
	SELECT pls.create_motion('trial', template => 'trial_conversion');
	UPDATE pls.motions SET status = 'live';
	SELECT pls.watch('app.events', event => 'name', at => 'created_at', account => 'org_id')});
is(unwell('structure'), '', 'a motion and a source can be made');
my $structure = picture($node, 'structure');
is($structure->{$_}, $fresh->{$_}, "$_ are those that come with the extension")
  foreach ('calendars', 'calendar_hours', 'dispositions', 'forbidden_phrases', 'free_mail_domains', 'ignored_ids', 'motion_templates');

# The rows of pls alone: the table that is watched is not there.
$node->safe_psql('postgres', 'CREATE DATABASE parts');
$node->safe_psql('parts', 'CREATE EXTENSION pls; CREATE SCHEMA app');
is(restore_into('parts', '--data-only', '--schema', 'pls', '--schema', 'pls_internal'),
	'relation "app.events" does not exist',
	'the table that is missing is named, and nothing else fails');
is(differences($before, picture($node, 'parts')), 'sources', 'the sources alone are missing');
is(unwell('parts'), 'motions without a source: trial', 'health says so');
is(restore_into('parts', '--schema', 'app'), '', 'the tables come later');
is( unwell('parts'),
	"triggers: triggers of app.events are unknown to pls.sources: pls_observe\nmotions without a source: trial",
	'health says that they are not observed');
$node->safe_psql('parts', use_product('nobody'));
is(restore_into('parts', '--data-only', '--schema', 'pls', '--table', 'sources'), '', 'so do the sources');
is(unwell('parts'), '', 'then all is well');
is(differences($before, picture($node, 'parts')), '', 'and the rows are the same');

# Some of the configuration.
$node->safe_psql('postgres', 'CREATE DATABASE lacking');
$node->command_ok([ 'sh', '-c', "pg_restore -l '$archive' | grep -vE 'TABLE DATA pls (signals|routes|pools)' >'$archive.list'" ],
	'a list without some tables');
is(restore_into('lacking', '--use-list', "$archive.list"), '', 'a restore without them');
is( $node->safe_psql('lacking', q{SELECT status || ': ' || value FROM pls.health WHERE "check" = 'configuration'}),
	'broken: 1 row of pool_members names pool "cs", which is missing, 2 rows of pool_members name pool "ae", which is missing, 2 rows of pool_members name pool "sdr", which is missing, motion "trial" has no routes, motion "trial" has no signals',
	'health says what is missing');

# Rows of a table that a dump is loaded into are not observed, by whoever may
# load one.
my $insert = q{INSERT INTO app.events (org_id, user_id, name)
	SELECT 'loaded', '7', n FROM pg_catalog.unnest('{export,export,export,invite}'::text[]) AS n;};
my $settings = q{SELECT set_config('search_path', '', false), set_config('check_function_bodies', 'off', false);};
my $alerts_of_loaded = q{RESET ROLE;
	SELECT count(*), count(a.clock_from), count(l.alert_id) FROM pls.alerts AS a
	  LEFT JOIN pls.alert_log AS l ON l.alert_id = a.alert_id WHERE a.entity_id = 'loaded'};
is($node->safe_psql('restored', "$settings $insert $alerts_of_loaded") =~ s/^\|off\n//r,
	'0|0|0', 'events that the owner loads are not observed');
$node->safe_psql(
	'restored', q{
	CREATE ROLE application LOGIN;
	GRANT USAGE ON SCHEMA app TO application;
	GRANT INSERT ON app.events TO application;
	CREATE ROLE some_revops LOGIN;
	SELECT pls.grant_access('some_revops', 'revops')});
is( $node->safe_psql('restored', "SET SESSION AUTHORIZATION application; $settings $insert RESET SESSION AUTHORIZATION; $alerts_of_loaded") =~ s/^\|off\n//r,
	'1|1|1', 'those of others are, whatever they set');
foreach my $statement (
	"DELETE FROM pls.routes WHERE motion = 'trial'",
	"DELETE FROM pls.pools",
	"INSERT INTO pls.signals (motion, signal, category, events, within, op) VALUES ('none', 's', 'depth', '{x}', '1 day', '>=')")
{
	my ($status) = $node->psql('restored', "SET SESSION AUTHORIZATION some_revops; $settings $statement", on_error_die => 0);
	isnt($status, 0, "refused as ever: $statement");
}

# A later version ships more.
$node->safe_psql('restored', q{
	DELETE FROM pls.free_mail_domains WHERE domain = 'aol.com';
	INSERT INTO pls_internal.shipped_rows (position, shipment, relation, content)
	VALUES (100001, 2, 'free_mail_domains', '{"domain": "later.example", "free": true, "shipped": true}')});
is($node->safe_psql('restored', 'SELECT pls.ship_rows()'), '1', 'rows of a later version are put in');
is($node->safe_psql('restored', q{SELECT domain FROM pls.free_mail_domains WHERE domain IN ('aol.com', 'later.example')}),
	'later.example', 'what was deleted stays deleted');
is($node->safe_psql('restored', 'SELECT pls.ship_rows()'), '0', 'once');

# Who can dump.
$node->safe_psql('restored', 'CREATE ROLE dumper LOGIN BYPASSRLS; GRANT pg_read_all_data TO dumper');
$node->command_ok([ 'pg_dump', '--no-sync', '-U', 'dumper', '--file', "$archive.dumper", 'restored' ],
	'a role that reads all rows can dump');
$node->command_fails_like([ 'pg_dump', '--no-sync', '-U', 'some_analyst', '--file', "$archive.analyst", '--schema', 'pls', '--extension', 'pls', 'restored' ],
	qr/row-level security policy|permission denied|may lack SELECT privilege/, 'an analyst cannot');

# A database with nothing but the extension.
$node->command_ok(
	[
		'pg_dump', '--no-sync', '--format', 'custom', '--file', $archive,
		'untouched'
	],
	'dump of the extension alone');
$node->safe_psql('postgres', 'CREATE DATABASE restored_untouched');
$node->command_ok(
	[
		'pg_restore', '--exit-on-error', '--dbname', 'restored_untouched',
		$archive
	],
	'restore of the extension alone');
is(differences($fresh, picture($node, 'restored_untouched')),
	'', 'shipped rows are there once');

$node->stop;
done_testing();
