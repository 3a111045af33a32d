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
	INSERT INTO pls.pilots (pilot, motion, holdout, salt, status)
	VALUES ('a pilot', 'trial', 0.000001, 'salt', 'running');
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
is( plain_dump($node, 'restored'),
	plain_dump($node, 'original'),
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
