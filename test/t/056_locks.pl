# DROP EXTENSION, pls.watch and pls.unwatch behind an open transaction of the
# application: they give up after two seconds, say who is in the way, and are
# never part of a deadlock.  What the application inserts meanwhile gets through.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

use PlsTest;

my $database = 'postgres';
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "deadlock_timeout = 100ms\nlog_lock_waits = on\n");
$node->start;
set_up_motion($node, $database);
$node->safe_psql($database, q{
	CREATE TABLE app.clicks (LIKE app.events INCLUDING ALL);
	CREATE TABLE app.plain (org_id text, name text, created_at timestamptz NOT NULL DEFAULT now());
	SELECT pls.watch('app.clicks', event => 'name', at => 'created_at', account => 'org_id')});

# Begins a statement in a session of its own; finish() gives what it said and
# how long it took.
sub begin
{
	my ($sql) = @_;
	my %run = (started => time, out => '');

	$run{handle} = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr($database), '-v', 'VERBOSITY=verbose', '-c', $sql ],
		'<', \'', '>&', \$run{out});
	return \%run;
}

sub finish
{
	my ($run) = @_;

	$run->{handle}->finish;
	$run->{took} = time - $run->{started};
	return $run->{out};
}

# Inserts that the application makes in one transaction after the other, and in
# the one that is open.  The longest of them, in seconds.
sub keep_inserting
{
	my ($open, $other, $until) = @_;
	my $longest = 0;

	while (time < $until)
	{
		foreach my $session ($open, $other)
		{
			foreach my $table ('clicks', 'events')
			{
				my $started = time;

				$session->query_safe("INSERT INTO app.$table (org_id, name) VALUES ('acme', 'export')");
				$longest = time - $started if time - $started > $longest;
			}
		}
		sleep(0.02);
	}
	return $longest;
}

my $open = $node->background_psql($database, on_error_stop => 1);
my $other = $node->background_psql($database, on_error_stop => 1);
my ($pid) = $open->query_safe('SELECT pg_backend_pid()') =~ /(\d+)/;
my $keeps = qr/55P03: table app\.events could not be locked within 2s/;
# INSERTs that waited for the statement may hold the lock by then, too; the transaction that is in the way is older,
# and may be at an INSERT of its own
my $says = qr/DETAIL:  It is held by process $pid \(role \w+, application [^()]+\), (idle in transaction|active), in a transaction since [^;]*(; process [^;]*)*\. Nothing was changed\./;
my $hint = qr/HINT:  Try again when that transaction has ended; SELECT pg_terminate_backend\($pid\) ends it\./;

foreach my $statement ('DROP EXTENSION pls CASCADE', 'DROP EXTENSION pls', q{SELECT pls.unwatch('app.events')})
{
	# the transaction that is open holds one watched table and asks for the
	# other, and for all of pls, while the statement waits
	$open->query_safe($_) foreach ('BEGIN', q{INSERT INTO app.events (org_id, name) VALUES ('acme', 'export')});
	my $run = begin($statement);
	my $longest = keep_inserting($open, $other, time + 1.5);
	my $said = finish($run);

	like($said, $keeps, "$statement: gives up");
	like($said, $says, "$statement: who is in the way");
	like($said, $hint, "$statement: what to do");
	cmp_ok($run->{took}, '<', 10, "$statement: soon");
	cmp_ok($longest, '<', 3, "$statement: the application goes on");
	note(sprintf('%s: took %.1f s, the longest INSERT %.3f s', $statement, $run->{took}, $longest));
	$open->query_safe('COMMIT');
}

# A table that is not watched yet, and the caller's own patience.
$open->query_safe($_) foreach ('BEGIN', q{INSERT INTO app.plain (org_id, name) VALUES ('acme', 'export')});
my $watch = q{SELECT pls.watch('app.plain', event => 'name', at => 'created_at', account => 'org_id')};
my $run = begin("SET lock_timeout = '200ms'; $watch");
like(finish($run), qr/55P03: table app\.plain could not be locked within 200ms/, 'as long as lock_timeout says');
# one that waits is let in when the transaction has ended
$run = begin($watch);
$node->poll_query_until($database, q{SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE '%app.plain%' AND state = 'active' AND pid <> pg_backend_pid())});
$open->query_safe('COMMIT');
like(finish($run), qr/^\d+$/m, 'and is let in at last');

# A prepared transaction holds locks, too, and no process.
$node->append_conf('postgresql.conf', 'max_prepared_transactions = 2');
$_->quit foreach ($open, $other);
$node->restart;
$node->safe_psql($database, q{BEGIN; INSERT INTO app.plain (org_id, name) VALUES ('acme', 'export'); PREPARE TRANSACTION 'held'});
my $said = finish(begin(q{SET lock_timeout = '100ms'; SELECT pls.unwatch('app.plain')}));
like($said, qr/DETAIL:  It is held by the prepared transaction 'held'\. Nothing was changed\.\s+HINT:  .*pg_prepared_xacts/, 'a prepared transaction');
$node->safe_psql($database, q{ROLLBACK PREPARED 'held'});

$node->safe_psql($database, 'DROP EXTENSION pls CASCADE');
is($node->safe_psql($database, q{SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'pls%'}), '0', 'the way is free');
unlike(slurp_file($node->logfile), qr/deadlock detected/, 'no deadlock in any session');
$node->stop;
done_testing();
