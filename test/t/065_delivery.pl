# The worker of the documents against a receiver that fails one request in five
# and leaves one in twenty without an answer.  Two workers, which are killed at
# random and started again, while alerts are raised and changed.  At the end the
# receiver has the last state of every alert, nothing is lost, nothing came
# twice under another key, and no state of an alert came after a newer one.
#
# PLS_DELIVERY_ALERTS is the number of alerts.  The random choices follow
# PLS_DELIVERY_SEED, as far as they do not depend on who is faster.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use POSIX ();
use Time::HiRes qw(sleep time);

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use PlsTest;

my $alerts = $ENV{PLS_DELIVERY_ALERTS} // 300;
my $seed = $ENV{PLS_DELIVERY_SEED} // 1;
my $worker = "$FindBin::Bin/../../doc/worker";
my $most = 90 + $alerts / 8;    # seconds until the test gives up
my ($fails, $hangs) = (0.2, 0.05);

if (system('curl --version >/dev/null 2>&1') != 0)
{
	plan skip_all => 'curl is not installed';
}

my $database = 'postgres';
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
set_up_motion($node, $database);

# --- the receiver -----------------------------------------------------------

# What it has of an alert, and what it must never see.
my (%record, %key_of, %count);

# Takes a message, as a CRM that knows the keys it has seen.
sub receive
{
	my ($key, $text) = @_;
	my $payload = decode_json($text);

	foreach my $alert (@{ $payload->{alerts} })
	{
		my $id = $alert->{external_id};
		my $had = $record{$id};

		if (exists $key_of{$key})
		{
			$count{duplicates}++;
			$count{wrong_keys}++ if $key_of{$key} ne "$id $alert->{change}";
			next;
		}
		$key_of{$key} = "$id $alert->{change}";
		$count{accepted}++;
		$count{went_back}++ if $had && $alert->{alert_version} < $had->{alert_version};
		$record{$id} = $alert;
	}
	return;
}

# What the test asks for at the end.
sub report
{
	return encode_json({
		%count,
		keys => scalar keys %key_of,
		states => join "\n",
		map { state_line($_, $record{$_}) } sort keys %record });
}

sub state_line
{
	my ($id, $alert) = @_;

	return join '|', $id,
	  map { $alert->{$_} // '' } qw(alert_version status owner_id result snoozed_until);
}

# One request, read whole; undef: the client has gone.
sub request
{
	my ($client) = @_;
	my ($text, $head) = ('', undef);

	local $SIG{ALRM} = sub { die "slow\n" };
	my $ok = eval {
		alarm 5;
		while (!defined $head || length($text) < $head)
		{
			sysread($client, $text, 65536, length $text) or die "gone\n";
			if (!defined $head && $text =~ /\r\n\r\n/)
			{
				$head = $+[0] + ($text =~ /^Content-Length: (\d+)/mi ? $1 : 0);
				syswrite $client, "HTTP/1.1 100 Continue\r\n\r\n" if $text =~ /^Expect: 100-continue/mi;
			}
		}
		1;
	};
	alarm 0;
	return $ok ? $text : undef;
}

sub answer
{
	my ($client, $status, $text) = @_;

	local $SIG{PIPE} = 'IGNORE';
	syswrite $client, "HTTP/1.1 $status\r\nContent-Length: " . length($text) . "\r\nConnection: close\r\n\r\n$text";
	close $client;
	return;
}

# Serves until it is told to quit, or its parent has gone.
sub serve
{
	my ($listener) = @_;
	my $parent = getppid;
	my $select = IO::Select->new($listener);
	my @hung;

	srand $seed;
	while (getppid == $parent)
	{
		$select->can_read(1) or next;
		my $client = $listener->accept or next;
		my $text = request($client) // next;
		if ($text =~ m{^GET /report })
		{
			answer($client, '200 OK', report());
			return;
		}
		my ($head, $body) = split /\r\n\r\n/, $text, 2;
		my ($key) = $head =~ /^Idempotency-Key: (\S+)/mi;
		my $luck = rand;
		my $arrives = rand() < 0.5;

		$count{requests}++;
		if ($luck < $hangs)
		{
			$count{hung}++;
			receive($key, $body) if $arrives;
			push @hung, $client;    # no answer, and no end either
			close shift @hung if @hung > 100;
		}
		elsif ($luck < $hangs + $fails)
		{
			$count{failed}++;
			receive($key, $body) if $arrives;
			answer($client, '503 Service Unavailable', 'try again');
		}
		else
		{
			receive($key, $body);
			answer($client, '200 OK', "received $key");
		}
	}
	return;
}

my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 50)
  or die "cannot listen: $!";
my $url = 'http://127.0.0.1:' . $listener->sockport;
my $receiver = fork // die "cannot fork: $!";
if ($receiver == 0)
{
	serve($listener);
	POSIX::_exit(0);
}
close $listener;

# --- the workers ------------------------------------------------------------

my %workers;
my $errors = PostgreSQL::Test::Utils::tempdir() . '/workers.log';

sub start_worker
{
	my $pid = fork // die "cannot fork: $!";

	if ($pid == 0)
	{
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', $errors;
		open STDERR, '>>', $errors;
		%ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => $database,
			TIMEOUT => 0.3, LEASE => 2, POLL => 0.2, RETRY_AFTER => 0.2);
		exec $worker, 'crm', $url or POSIX::_exit(1);
	}
	$workers{$pid} = 1;
	return;
}

sub end_worker
{
	my ($pid, $signal) = @_;

	kill $signal, $pid;
	waitpid $pid, 0;
	delete $workers{$pid};
	return $?;
}

END
{
	my $status = $?;
	end_worker($_, 'KILL') foreach keys %workers;
	kill 'KILL', $receiver if $receiver;
	$? = $status;
}

# --- the alerts -------------------------------------------------------------

$node->safe_psql(
	$database, q{
	INSERT INTO pls.channels (channel, kind, max_attempts) VALUES ('crm', 'crm', 100);
	-- as many alerts as it is told, and about as many changes of what there is
	CREATE PROCEDURE app.work(alerts integer) LANGUAGE plpgsql AS $$
	DECLARE
		one    pls.alerts;
		chosen text;
	BEGIN
		FOR n IN 1..alerts LOOP
			INSERT INTO pls.alerts (entity_id, motion, unit, account_id, lane, reason, next_best_action, score, evidence,
			                        assigned_to, assigned_at, created_at)
			VALUES ('account ' || n, 'trial', 'account', 'account ' || n, 'sales', 'because', 'call', 50, '[]',
			        'sdr-1', now(), now());
			COMMIT;
			chosen := 'account ' || 1 + floor(random() * n)::integer;
			SELECT a.* INTO STRICT one FROM pls.alerts a WHERE a.entity_id = chosen;
			CASE WHEN one.closed_at IS NOT NULL THEN PERFORM pls.reopen(one.alert_id, 'once more');
			     WHEN random() < 0.3 THEN PERFORM pls.touch(one.alert_id, 'called');
			     WHEN random() < 0.4 THEN PERFORM pls.snooze(one.alert_id, now() + interval '1 day');
			     WHEN random() < 0.5 THEN UPDATE pls.alerts SET assigned_to = CASE assigned_to WHEN 'sdr-1' THEN 'sdr-2' ELSE 'sdr-1' END WHERE alert_id = one.alert_id;
			     ELSE PERFORM pls.dispose(one.alert_id, 'contacted'); END CASE;
			COMMIT;
		END LOOP;
	END $$});

my $begun = time;
my $kills = 0;
my $work = $node->background_psql($database, on_error_stop => 1);
$work->query_until(qr//, "SELECT setseed(0.$seed);\nCALL app.work($alerts);\n\\echo raised\n");
srand $seed;
start_worker() foreach 1 .. 2;

# Killed and started again until all has been raised and delivered, or nothing
# goes on any more.
my $waiting = q{SELECT count(*) FROM pls.deliveries WHERE status <> 'delivered'};
my $watch = $node->background_psql($database, on_error_stop => 1);
my $raised = 0;
while (time - $begun < $most)
{
	sleep 0.5 + rand;
	if (rand() < 0.6)
	{
		my @pids = keys %workers;
		end_worker($pids[ rand @pids ], 'KILL');
		$kills++;
		start_worker();
	}
	$raised ||= $watch->query_safe('SELECT count(*) FROM pls.alerts') >= $alerts
	  && $watch->query_safe(q{SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE query LIKE '%CALL app.work%' AND state = 'active' AND pid <> pg_backend_pid()}) == 0;
	last if $raised && $watch->query_safe($waiting) == 0;
}
my $took = time - $begun;
$watch->quit;
$work->quit;

# Told to stop, a worker does so by itself.
$node->poll_query_until($database,
	q{SELECT count(*) = 2 FROM pg_catalog.pg_stat_activity WHERE application_name = 'pls worker of crm'})
  or die 'the workers have not started';
is(end_worker($_, 'TERM'), 0, 'a worker that is told to stop ends') foreach keys %workers;

# --- what came of it --------------------------------------------------------

my $socket = IO::Socket::INET->new($url =~ s{^http://}{}r) or die "cannot connect: $!";
print $socket "GET /report HTTP/1.1\r\n\r\n";
my $report = decode_json((split /\r\n\r\n/, join('', <$socket>), 2)[1]);
waitpid $receiver, 0;
$receiver = undef;

my ($deliveries, $attempts, $failures) = split /\|/, $node->safe_psql($database,
	'SELECT count(*), sum(attempts), sum(failures) FROM pls.deliveries');
note sprintf '%d alerts, %d deliveries, %d claims, %d failures, %d workers killed, %d requests, %d failed, %d hung, %d duplicates, %.0f s',
  $alerts, $deliveries, $attempts, $failures, $kills,
  map({ $report->{$_} // 0 } qw(requests failed hung duplicates)), $took;

is($node->safe_psql($database, 'SELECT count(*) FROM pls.alerts'), $alerts, 'all alerts were raised');
is($node->safe_psql($database, $waiting), 0, 'all was delivered');
cmp_ok($kills, '>=', 3, 'workers were killed');
cmp_ok($report->{failed}, '>', 0, 'requests failed');
cmp_ok($report->{hung}, '>', 0, 'requests were not answered');
cmp_ok($report->{duplicates} // 0, '>', 0, 'messages came twice');
is($report->{wrong_keys} // 0, 0, 'under the same key it was the same change');
is($report->{keys}, $deliveries, 'every message came, each under a key of its own');
is($report->{went_back} // 0, 0, 'no older state of an alert came after a newer one');
my $states = $node->safe_psql(
	$database, q{
	SELECT external_id, alert_version, status, owner_id, result,
	       to_jsonb(c) ->> 'snoozed_until'
	  FROM pls.crm_alerts c ORDER BY external_id COLLATE "C"});
is($report->{states} eq $states ? 'the same' : differing($report->{states}, $states), 'the same',
	'the receiver has the last state of every alert');

# The first lines in which two texts differ.
sub differing
{
	my ($got, $expected) = map { [ split /\n/, $_ ] } @_;
	my @lines = grep { ($got->[$_] // '') ne ($expected->[$_] // '') } 0 .. $#$expected;

	return join "\n", map { "$_: got " . ($got->[$_] // 'nothing') . ", expected $expected->[$_]" } @lines[ 0 .. ($#lines < 4 ? $#lines : 4) ];
}

my $said = -e $errors ? slurp_file($errors) : '';
is(join("\n", grep { !/Killed|Broken pipe/ } split /\n/, $said), '', 'the workers had nothing to say');

$node->stop;
done_testing();
