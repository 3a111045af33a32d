# pls.schedule() with pg_cron: the job, that it runs, and that it is removed.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use PlsTest;

my $database = 'postgres';
my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init;
$node->start;
if ($node->safe_psql($database,
		"SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_cron'") eq '0')
{
	plan skip_all => 'pg_cron is not installed (Debian: postgresql-15-cron)';
}

sub refusal
{
	my ($sql, $where) = @_;
	my (undef, undef, $error) = $node->psql($where // $database, $sql,
		extra_params => [ '-v', 'VERBOSITY=verbose' ]);

	return $error;
}

# Without it, and what is then said to be done.
set_up_motion($node, $database);
my $error = refusal('SELECT pls.schedule()');
like($error, qr/55000: pg_cron is not in this database/, 'not loaded: refused');
like($error, qr/add pg_cron to shared_preload_libraries, set cron\.database_name = 'postgres', restart/i,
	'and the hint says what to do');
like($error, qr/have it run "CALL pls\.sweep_all\(/, 'or to take another scheduler');

$node->append_conf('postgresql.conf', qq{
shared_preload_libraries = 'pg_cron'
cron.database_name = '$database'
cron.use_background_workers = on
});
$node->restart;
like(refusal('SELECT pls.schedule()'), qr/HINT:  Run CREATE EXTENSION pg_cron\./,
	'loaded: the extension is to be created');

$node->safe_psql($database, 'CREATE EXTENSION pg_cron');
my $jobs = 'SELECT jobname, schedule, command, database FROM cron.job ORDER BY jobid';
my $command = $node->safe_psql($database, 'SELECT pls_internal.sweep_command()');
my $job = $node->safe_psql($database, 'SELECT pls_internal.job_command()');
like($job, qr/\Q$command\E/, 'the job does what any scheduler would');

like($node->safe_psql($database, 'SELECT pls.schedule()'),
	qr/^pg_cron job \d+ runs "\Q$command\E" at \* \* \* \* \*$/, 'scheduled');
is($node->safe_psql($database, $jobs), "pls sweep|* * * * *|$job|$database",
	'as a job of this database');
$node->safe_psql($database, "SELECT pls.schedule('*/5 * * * *')");
is($node->safe_psql($database, $jobs), "pls sweep|*/5 * * * *|$job|$database",
	'scheduled again: the same job at another time');
like(refusal("SELECT pls.schedule('now and then')"), qr/invalid schedule/,
	'what pg_cron does not understand is refused');

# It runs, and the sweep is written down.
$node->safe_psql($database, 'SELECT pls.schedule()');
$node->safe_psql($database, use_product('late') . q{
	TRUNCATE pls.sweeps;
	UPDATE pls.users SET account_id = account_id;
	UPDATE pls.standings SET decide_again_at = now(), cooldown_until = NULL;});
ok(wait_until($node, $database, 'SELECT count(*) > 0 FROM pls.sweeps'),
	'pg_cron has run the sweep');
is( $node->safe_psql($database,
		'SELECT count(*) FROM pls.standings WHERE decide_again_at <= now()'),
	'0', 'which has done what was due');
is( $node->safe_psql($database,
		q{SELECT status FROM pls.health WHERE "check" = 'last sweep'}),
	'ok', 'and the health view knows');

# Another role has its own job.
$node->safe_psql($database, q{
	CREATE ROLE helper LOGIN SUPERUSER;
	SET ROLE helper;
	SELECT pls.schedule('0 0 1 1 *');});
is($node->safe_psql($database, 'SELECT pls.unschedule()'), 't', 'unscheduled');
is($node->safe_psql($database, 'SELECT username, schedule FROM cron.job'),
	'helper|0 0 1 1 *', "the other role's job stays");
is($node->safe_psql($database, 'SELECT pls.unschedule()'), 'f', 'there is no other');

# Another database.
$node->safe_psql($database, 'CREATE DATABASE other');
$node->safe_psql('other', 'CREATE EXTENSION pls');
$error = refusal('SELECT pls.schedule()', 'other');
like($error, qr/kept in database "postgres"/, 'in another database: where the jobs are');
my ($remedy) = $error =~ /Run there: (SELECT .*?\))\./;
is($node->safe_psql($database, "$remedy IS NOT NULL"), 't', 'and what to run there');
is( $node->safe_psql($database,
		q{SELECT jobname, command FROM cron.job WHERE database = 'other'}),
	"pls sweep of other|$command", 'which makes the job');

# The jobs go with the extension, and come back if it stays.
my $count = 'SELECT count(*) FROM cron.job WHERE jobname = \'pls sweep\'';
$node->safe_psql($database, 'SELECT pls.schedule()');
is($node->safe_psql($database, $count), '2', 'jobs of two roles');
$node->safe_psql($database, q{
	CREATE ROLE stranger LOGIN;
	CREATE EXTENSION IF NOT EXISTS pageinspect;
	DROP EXTENSION pageinspect;});
is($node->safe_psql($database, $count), '2', 'another extension is none of theirs');
like(refusal('SET ROLE stranger; DROP EXTENSION pls'), qr/must be owner of extension pls/,
	'who may not drop pls');
like(refusal('DROP EXTENSION pls'), qr/other objects depend on it/,
	'nor who has tables under watch');
is($node->safe_psql($database, $count), '2', 'removes no job');
$node->safe_psql($database, 'DROP EXTENSION IF EXISTS pls CASCADE;');
is($node->safe_psql($database, 'SELECT count(*) FROM cron.job'), '1',
	'DROP EXTENSION leaves no job of this database');
is( $node->safe_psql($database, q{
		SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = 'pls')
			+ (SELECT count(*) FROM pg_event_trigger)
			+ (SELECT count(*) FROM pg_default_acl)}),
	'0', 'nor a schema or an event trigger');

# Where the drop is not seen for what it is, the job removes itself.
$node->safe_psql($database, 'CREATE EXTENSION pls');
$node->safe_psql($database, 'SELECT pls.schedule()');
$node->safe_psql($database, q{DO $$ BEGIN EXECUTE 'DROP EXTENSION pls'; END $$});
is($node->safe_psql($database, $count), '1', 'a drop among others leaves the job');
# pg_cron reads its jobs again when they change, but misses a change that comes
# just while it does so; many have come now, one after the other.
$node->safe_psql($database, q{SELECT pg_sleep(2)});
$node->safe_psql($database, q{SELECT cron.schedule('never', '0 0 30 2 *', 'SELECT 1')});
ok(wait_until($node, $database,
		"SELECT NOT EXISTS (SELECT FROM cron.job WHERE jobname = 'pls sweep')"),
	'which removes itself')
	or diag($node->safe_psql($database, 'SELECT jobid, status, command, return_message, start_time, now() FROM cron.job_run_details ORDER BY runid'));

done_testing();
