# What was committed survives a crash, what was not leaves nothing behind,
# and events go on being observed afterwards.
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
$node->append_conf('postgresql.conf', 'restart_after_crash = off');
$node->start;

set_up_motion($node, $database);
$node->safe_psql($database, use_product('acme'));
$node->safe_psql($database, use_product('initech', 2));

# Leaves a session in the middle of a transaction that has qualified an
# account, and returns it.
sub leave_unfinished
{
	my ($account) = @_;
	my $session = $node->background_psql($database);

	$session->query_safe('BEGIN; ' . use_product($account));
	# some versions leave the line's end on it
	like( $session->query_safe(
			"SELECT count(*) FROM pls.alerts WHERE entity_id = '$account'"),
		qr/^1$/,
		"$account has an alert inside its own transaction");
	return $session;
}

# Whether a process has ended; one that nobody has collected yet has, too.
sub has_ended
{
	my ($pid) = @_;

	return 1 if !kill 0, $pid;
	open(my $stat, '<', "/proc/$pid/stat") or return 1;
	return scalar(<$stat> =~ /\) Z /);
}

# Kills the postmaster, and waits until its children have noticed.
sub kill_postmaster
{
	my $lock_file = $node->data_dir . '/postmaster.pid';
	my ($postmaster) = split /\n/, slurp_file($lock_file);
	my @running = ($postmaster, split /\n/,
		$node->safe_psql($database, 'SELECT pid FROM pg_catalog.pg_stat_activity'));

	$node->kill9;
	foreach my $try (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		@running = grep { !has_ended($_) } @running;
		last if !@running;
		select undef, undef, undef, 0.1;
	}
	is(scalar @running, 0, 'no process of the server is left');

	# Where the first process of a container does not collect the dead, the
	# lock files still name a process that seems to be there.
	unlink $lock_file, $node->host . '/.s.PGSQL.' . $node->port . '.lock'
	  if kill 0, $postmaster;
	return;
}

# Checks what is there after a crash against the picture from before.
sub check_recovered
{
	my ($before, $account, $how) = @_;

	is(differences($before, picture($node, $database, sequences => 0)),
		'', "$how: every table of pls is as it was committed");
	foreach my $table (qw(standings decisions alerts))
	{
		is( $node->safe_psql($database,
				"SELECT count(*) FROM pls.$table WHERE entity_id = '$account'"),
			'0',
			"$how: nothing of the unfinished transaction in pls.$table");
	}
	return;
}

is( $node->safe_psql(
		$database, q{
		SELECT a.entity_id, a.status, a.respond_by IS NOT NULL,
		       (SELECT count(*) FROM pls.decisions AS d
		         WHERE d.entity_id = a.entity_id AND d.reason = 'raised')
		  FROM pls.alerts AS a}),
	'acme|open|t|1',
	'one account is qualified: one alert, one decision');
is(measured($node, $database, 'initech'),
	'exports=2 inviters=0', 'another is on its way');

# The server is stopped without a checkpoint.
my $before = picture($node, $database, sequences => 0);
my $session = leave_unfinished('globex');
$node->stop('immediate');
$session->quit;
$node->start;
check_recovered($before, 'globex', 'immediate stop');

# The postmaster is killed.
$before = picture($node, $database, sequences => 0);
$session = leave_unfinished('hooli');
kill_postmaster();
$session->quit;
$node->start;
check_recovered($before, 'hooli', 'kill -9');

# What is inserted now continues where the committed evidence ended.
$node->safe_psql($database,
	    use_product('initech', 1)
	  . "INSERT INTO app.events (org_id, user_id, name) VALUES ('initech', 8, 'invite');"
);
is(measured($node, $database, 'initech'),
	'exports=3 inviters=1', 'the evidence goes on from where it was');
is( $node->safe_psql(
		$database, q{
		SELECT entity_id, count(*) FROM pls.alerts
		 GROUP BY entity_id ORDER BY entity_id}),
	"acme|1\ninitech|1",
	'the account that crosses after the crash is alerted, the other not again'
);

$node->stop;
done_testing();
