# Torture: sessions that insert events in every way, at random, against ten hot
# and ten thousand cold accounts, while sweeps, a rep's tool, a change of the
# model, a refresh and the death of a backend go on.  No insert may wait or
# fail, and when all is over the state is what a rebuild from the events gives.
#
#   PLS_TORTURE_SECONDS   how long, 20 by default
#   PLS_TORTURE_SEED      what the sessions do follows from it; when, does not
#   PLS_TORTURE_LOCK_TIMEOUT   of all clients, instead of a mix
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

use TortureClient;
use TortureLog;
use TorturePsql;

my $seconds = $ENV{PLS_TORTURE_SECONDS} || 20;
my $seed = $ENV{PLS_TORTURE_SEED} || time % 100_000;
my $clients = 8;
my $database = 'postgres';
my $scratch = PostgreSQL::Test::Utils::tempdir();
# what pls.refresh() says when a sweep is at the same motion: "call it again"
my $rebuilt_already = qr/ERROR:  (?:55P03: )?motion "trial" is already being rebuilt/;
$seed = int $seed;
note("seed $seed, $seconds seconds");

# ---- the server, the motions, the watched table ----

my $node = PostgreSQL::Test::Cluster->new('torture');
$node->init;
$node->append_conf('postgresql.conf', q{
restart_after_crash = on
max_connections = 50
log_statement = none
log_line_prefix = '%m [%p] %a: '
log_lock_waits = on
backtrace_functions = 'ProcessInterrupts'
deadlock_timeout = 20ms
autovacuum_naptime = 5s
max_wal_size = 1GB
});
$node->start;
$node->safe_psql($database, 'CREATE EXTENSION pls');
$node->safe_psql($database, q{
	CREATE SCHEMA app;
	CREATE TABLE app.events (
		client      integer,
		number      integer,
		org_id      text,
		user_id     text,
		name        text NOT NULL,
		created_at  timestamptz NOT NULL,
		props       jsonb,
		seen        integer NOT NULL DEFAULT 0,
		PRIMARY KEY (client, number)
	);
	INSERT INTO pls.users (user_id, account_id)
	SELECT 'u' || n, CASE WHEN n % 20 = 0 THEN 'hot-' || n / 20 % 10 ELSE 'cold-' || n END
	  FROM generate_series(0, 9999) AS n WHERE n % 50 <> 7;

	SELECT pls.create_motion(m, template => 'trial_conversion') FROM unnest('{trial,people}'::text[]) m;
	DELETE FROM pls.signals;
	DELETE FROM pls.category_limits;
	INSERT INTO pls.signals (motion, signal, category, events, measure, property, within, op, threshold, collapse, points)
	VALUES
	('trial', 'exports', 'depth', '{export}', 'count', NULL, '14 days', '>=', 3, NULL, 40),
	('trial', 'inviters', 'breadth', '{invite}', 'actors', NULL, '14 days', '>=', 1, NULL, 30),
	('trial', 'days', 'depth', '{login}', 'days', NULL, '20 days', '>=', 3, NULL, 10),
	('trial', 'amount', 'depth', '{export,invite}', 'sum', 'amount', '20 days', '>=', 30, NULL, 10),
	('trial', 'biggest', 'depth', '{export}', 'max', 'amount', '7 days', '>=', 19, NULL, 5),
	('trial', 'newest', 'depth', '{export}', 'last', 'amount', '7 days', '>=', 10, NULL, 5),
	('trial', 'growing', 'depth', '{login}', 'growth', NULL, '3 days', '>=', 2, NULL, 5),
	('trial', 'blocked', 'risk', '{error}', 'recency', NULL, '1 hour', '<=', NULL, NULL, -35),
	('trial', 'sessions', 'depth', '{login}', 'count', NULL, '14 days', '>=', 5, '1 hour', 5),
	('trial', 'all', 'depth', '{export,invite,login,error}', 'count', NULL, '100 days', '>=', 1000, NULL, 1),
	('people', 'exports', 'depth', '{export}', 'count', NULL, '14 days', '>=', 2, '1 hour', 40),
	('people', 'here', 'activation', '{login}', 'recency', NULL, '7 days', '<=', NULL, NULL, 30),
	('people', 'all', 'depth', '{export,login}', 'count', NULL, '100 days', '>=', 1000, NULL, 1);
	INSERT INTO pls.signals (motion, signal, category, events, measure, within, outcome, points)
	VALUES ('trial', 'upgraded', 'outcome', '{upgrade}', 'count', '1 day', 'expansion', 0);
	UPDATE pls.motions
	   SET status = 'live', unit = CASE motion WHEN 'people' THEN 'user' ELSE 'account' END, segment = NULL,
	       qualify_at = 60, release_at = 50, triage_at = 40, min_signals = 2, grace_period = NULL,
	       min_account_size = NULL, holdout = 0, touch_limit = NULL, cooldown = '1 second';
	UPDATE pls.dispositions SET cooldown = NULL;
	SELECT pls.watch('app.events', event => 'name', at => 'created_at', account => 'org_id',
	                 actor => 'user_id', properties => 'props');
});

# ---- sessions, each in a process of its own ----

my %running;                  # pid => name
my $end = time + $seconds;

sub open_psql
{
	my ($name, $setup) = @_;
	my $psql = TorturePsql->new(
		connection => $node->connstr($database) . " application_name=$name",
		setup => $setup // '',
		timeout => $PostgreSQL::Test::Utils::timeout_default);

	$psql->connect;
	return $psql;
}

# Starts a process that runs $code->($trouble); what is written to the handle
# $trouble fails the test.
sub in_background
{
	my ($name, $code) = @_;
	my $pid = fork // die "fork: $!";

	if ($pid == 0)
	{
		my $number = $name =~ /(\d+)/ ? $1 : 0;

		srand($seed * 100 + $number);
		open(my $trouble, '>', "$scratch/$name.trouble") or POSIX::_exit(1);
		eval { $code->($trouble); 1 } or print $trouble "died: $@";
		close $trouble;
		POSIX::_exit(0);
	}
	$running{$pid} = $name;
	return;
}

# An application's session.  Some of them give up on any lock after 5 ms, some
# after 50 ms.  What is waited for is in the log a little before.
sub run_client
{
	my ($number, $trouble) = @_;
	my $lock_timeout = $ENV{PLS_TORTURE_LOCK_TIMEOUT} // (0, '5ms', 0, '50ms')[ $number % 4 ];
	my $psql = open_psql("client$number", "SET lock_timeout = '$lock_timeout';"
	  . ($lock_timeout eq '5ms' ? "SET deadlock_timeout = '2ms';" : ''));
	open(my $record, '>', "$scratch/client$number.record") or die $!;
	my $client = TortureClient->new(
		client => $number,
		psql => $psql,
		record => $record,
		scratch => "$scratch/client$number.copy");

	while (time < $end)
	{
		my @errors = $client->act;
		print $trouble "$_\n" foreach @errors;
	}
	$psql->disconnect;
	close $record;
	# the one that is killed may be back before the others are sent away
	print $trouble "the connection was lost $client->{lost} times\n" if $client->{lost} > 2;
	open(my $count, '>', "$scratch/client$number.count") or die $!;
	print $count "$client->{transactions} $client->{lost}\n";
	close $count;
	return;
}

# Runs $sql->() again and again until the end; errors other than those of
# these SQLSTATEs are trouble.
sub run_again
{
	my ($name, $pause, $tolerated, $sql, $trouble) = @_;
	my $psql = open_psql($name);

	while (time < $end)
	{
		my $result = $psql->run($sql->());

		$psql->connect if $result->{lost};
		print $trouble join("\n", @{ $result->{lines} }), "\n"
		  if !$result->{lost} && grep { !/  (?:$tolerated): / } @{ $result->{errors} };
		sleep rand $pause;
	}
	$psql->disconnect;
	return;
}

# What a rep's tool does to some alert, holding it for a moment.
sub work_an_alert
{
	my @actions = (
		q{SELECT pls.touch(:alert, 'called');},
		q{SELECT pls.dispose(:alert, 'contacted');},
		q{SELECT pls.dispose(:alert, 'disqualified: bad signal', 'nobody there');},
		q{SELECT pls.snooze(:alert, now() + interval '1 hour');},
		q{UPDATE pls.alerts SET assigned_to = NULL WHERE alert_id = :alert;},
		q{UPDATE pls.alerts SET disposition = 'nurture' WHERE alert_id = :alert;});

	return q{
		\set alert -1
		SELECT alert_id AS alert FROM pls.alerts TABLESAMPLE BERNOULLI (20)
		 WHERE status IN ('open', 'working', 'snoozed') ORDER BY random() LIMIT 1 \gset
		\if `test :alert != -1 && echo 1 || echo 0`
		BEGIN;
		} . TortureClient::one_of(@actions) . sprintf(q{
		SELECT pg_sleep(%.3f);
		}, rand 0.1) . TortureClient::one_of('COMMIT;', 'COMMIT;', 'COMMIT;', 'ROLLBACK;') . "\n\\endif";
}

# Runs SQL once, at a share of the time; again if the server crashes meanwhile,
# or if a sweep is at the same work and has not ended after five seconds.
sub run_once_at
{
	my ($name, $share, $sql, $trouble) = @_;
	my $result;

	sleep 0.1 while time < $end - (1 - $share) * $seconds;
	my $psql = open_psql($name);
	foreach my $try (1 .. 5)
	{
		$result = $psql->run($sql);
		$psql->connect if $result->{lost};
		last unless $result->{lost} || grep { /$rebuilt_already/ } @{ $result->{errors} };
	}
	print $trouble join("\n", @{ $result->{lines} }), "\n"
	  if $result->{lost} || @{ $result->{errors} };
	$psql->disconnect;
	return;
}

sub deadlocks
{
	return $node->safe_psql($database,
		"SELECT deadlocks FROM pg_stat_database WHERE datname = '$database'");
}

# Kills a backend of a client in the middle of its work; the server recovers.
sub kill_a_backend
{
	my $pid;

	is(deadlocks(), '0', 'no deadlock before the crash');
	foreach my $try (1 .. 1000)
	{
		$pid = $node->safe_psql($database, q{
			SELECT pid FROM pg_stat_activity
			 WHERE application_name ~ '^client' AND state = 'active'
			   AND query ~ 'app.events' LIMIT 1});
		last if $pid ne '';
	}
	ok(kill('KILL', $pid), "backend $pid is killed");
	# a psql that was refused is gone before it could be given its query,
	# which IPC::Run takes for an error
	my $up = '';
	foreach my $try (1 .. 1800)
	{
		$up = eval { $node->safe_psql($database, 'SELECT true') } // '';
		last if $up eq 't';
		sleep 0.1;
	}
	is($up, 't', 'the server recovers');
	return;
}

foreach my $number (1 .. $clients)
{
	in_background("client$number", sub { run_client($number, @_) });
}
foreach my $number (1 .. 2)
{
	in_background("sweep$number",
		sub { run_again("sweep$number", 0.3, 'none', sub { q{SELECT pls.sweep('2 seconds', 500);} }, @_) });
}
in_background('reps', sub { run_again('reps', 0.05, '55000|P0002|55P03|25P02', \&work_an_alert, @_) });
in_background('model', sub { run_once_at('model', 0.25,
	q{UPDATE pls.signals SET within = '25 days' WHERE motion = 'trial' AND signal = 'amount';}, @_) });
in_background('refresh', sub { run_once_at('refresh', 0.45, q{SELECT pls.refresh('trial');}, @_) });

sleep 0.1 while time < $end - 0.35 * $seconds;
kill_a_backend();
while (%running)
{
	my $pid = waitpid -1, 0;
	last if $pid < 0;
	delete $running{$pid};
}

# ---- what has become of the sessions ----

foreach my $file (sort glob "$scratch/*.trouble")
{
	my ($name) = $file =~ m{([^/]+)\.trouble$};
	my @lines = split /\n/, slurp_file($file);

	splice @lines, 20 if @lines > 20;
	is(join("\n", @lines), '', "$name has met no error");
}
is(deadlocks(), '0', 'no deadlock after the crash');

my ($transactions, $lost) = (0, 0);
foreach my $number (1 .. $clients)
{
	my $file = "$scratch/client$number.count";
	my ($done, $broken) = -e $file ? split(' ', slurp_file($file)) : (0, 0);

	$transactions += $done;
	$lost += $broken;
}
ok($lost == $clients || $lost == $clients + 1,
	'every client has lost its connection once, the one that was killed twice at the most, and gone on')
  or diag("connections lost: $lost");

# ---- what the server's log says ----

my $log = slurp_file($node->logfile);
my @log = split /^(?=\d{4}-\d\d-\d\d )/m, $log;
my @crashed = grep { /was terminated by signal/ } @log;

is(scalar(grep { /deadlock detected/ } @log), 0, 'no deadlock in the log');
is(scalar @crashed, 1, 'one backend has died') or diag(@crashed);

my $log_of_waits = TortureLog->new($log);
my @waits = $log_of_waits->waits;
my ($refused, $own_refusals) = $log_of_waits->refusals;
my @refused = @$refused;

note("statements that ended for a lock on the application's own table: $own_refusals");
is(join('', @waits[ 0 .. ($#waits < 9 ? $#waits : 9) ]), '', 'no client has waited for another session');
is(join('', @refused[ 0 .. ($#refused < 4 ? $#refused : 4) ]), '', 'no lock timeout in what pls does');
is( join('', grep { /(?:ERROR|PANIC):  /
			&& !/\] reps:|due to lock timeout|transaction is aborted|\] client\d: ERROR:  savepoint|\] refresh: $rebuilt_already/ } @log),
	'', 'no other error in the log');

# ---- when all is swept ----

my $later = $node->safe_psql($database, q{SELECT clock_timestamp() + interval '10 s'});
my $much_later = $node->safe_psql($database, q{SELECT clock_timestamp() + interval '2 hours'});

# Sweeps until nothing is left to do at an instant.
sub sweep_all
{
	my ($now) = @_;
	my $left;

	foreach my $try (1 .. 30)
	{
		$left = $node->safe_psql($database, qq{
			SET pls.now = '$now';
			SELECT settled + refreshed + busy FROM pls.sweep('60 seconds', 100000)});
		last if $left == 0;
	}
	return $left;
}

# The events of each motion, by entity: whom they are of, in plain SQL.
my $entities = q{
	SELECT 'trial'::text AS motion, coalesce(e.org_id, u.account_id) AS entity_id, e.*
	  FROM app.events e LEFT JOIN pls.users u ON u.user_id = e.user_id
	UNION ALL
	SELECT 'people', e.user_id, e.* FROM app.events e};

# Queries that find nothing if all is well, by what they look for.
my @nothing_of = (
	'backlog that is due' => q{
		SELECT motion, entity_id, not_before FROM pls.backlog WHERE not_before <= pls.now()},
	'stale standings' => q{
		SELECT motion, entity_id FROM pls.standings WHERE stale},
	'standings that differ from a rebuild' => qq{
		WITH rebuilt AS MATERIALIZED (
		    SELECT e.motion, e.entity_id,
		           pls.evidence(e.motion, e.name, e.created_at, e.user_id, e.props) AS evidence,
		           count(*) AS rows
		      FROM ($entities) e
		     WHERE e.entity_id IS NOT NULL AND e.created_at <= pls.now()
		     GROUP BY e.motion, e.entity_id),
		-- who has done nothing that counts need not have a standing
		nothing AS (
		    SELECT m.motion, pls.evidence(m.motion, NULL, 'infinity', NULL::text, NULL)::text AS evidence
		      FROM pls.motions m GROUP BY m.motion)
		SELECT motion, entity_id, s.evidence IS NOT NULL AS has_standing, r.rows,
		       s.score, pls.score(r.evidence, s.evaluated_at) AS should_be
		  FROM pls.standings s FULL JOIN rebuilt r USING (motion, entity_id) JOIN nothing n USING (motion)
		 WHERE coalesce(s.evidence::text, n.evidence) <> coalesce(r.evidence::text, n.evidence)
		    OR s.score <> pls.score(r.evidence, s.evaluated_at)},
	'standings that count other than plain SQL' => qq{
		SELECT motion, entity_id, x.value, c.rows
		  FROM (SELECT e.motion, e.entity_id, count(*) AS rows
		          FROM ($entities) e
		          JOIN pls.signals g ON g.motion = e.motion AND g.signal = 'all' AND e.name = ANY (g.events)
		         WHERE e.entity_id IS NOT NULL AND e.created_at <= pls.now()
		         GROUP BY e.motion, e.entity_id) c
		  LEFT JOIN pls.standings s USING (motion, entity_id)
		  LEFT JOIN LATERAL pls.explain(s.evidence) x ON x.signal = 'all'
		 WHERE x.value IS DISTINCT FROM c.rows},
	'outcomes that are lost or doubled' => qq{
		SELECT motion, entity_id, o.outcomes, e.upgrades
		  FROM (SELECT motion, entity_id, count(*) AS upgrades
		          FROM ($entities) e
		         WHERE motion = 'trial' AND name = 'upgrade' AND entity_id IS NOT NULL
		         GROUP BY motion, entity_id) e
		  FULL JOIN (SELECT motion, entity_id, count(*) AS outcomes
		               FROM pls.outcomes GROUP BY motion, entity_id) o USING (motion, entity_id)
		 WHERE o.outcomes IS DISTINCT FROM e.upgrades},
	'entities with two open alerts' => q{
		SELECT motion, entity_id, count(*) FROM pls.alerts
		 WHERE status IN ('open', 'working', 'snoozed')
		 GROUP BY motion, entity_id HAVING count(*) > 1},
	'alerts without exactly one decision that raised them' => q{
		SELECT a.motion, a.entity_id, a.alert_id FROM pls.alerts a
		 WHERE 1 <> (SELECT count(*) FROM pls.decisions d
		              WHERE d.entity_id = a.entity_id AND d.alert_id = a.alert_id
		                AND d.reason IN ('raised', 'triage'))},
	'decisions of an alert that is not there' => q{
		SELECT d.motion, d.entity_id, d.alert_id FROM pls.decisions d
		 WHERE d.alert_id IS NOT NULL
		   AND NOT EXISTS (SELECT FROM pls.alerts a
		                    WHERE a.entity_id = d.entity_id AND a.alert_id = d.alert_id)},
	'failed decisions, other than for a lock that a rep held' => q{
		SELECT d.motion, d.entity_id, d.detail FROM pls.decisions d
		 WHERE d.reason = 'error' AND d.detail !~ '55P03'},
	'entities that qualify and have no decision' => q{
		SELECT s.motion, s.entity_id, v.lane, s.lane AS was FROM pls.standings s,
		       LATERAL pls.evaluate(s.evidence, NULL, NULL, s.lane) v
		 WHERE v.lane IS NOT NULL
		   AND NOT EXISTS (SELECT FROM pls.decisions d
		                    WHERE d.entity_id = s.entity_id AND d.motion = s.motion)});

# Every lane has an open alert once each deferred decision was taken again.
my @nothing_of_last = (
	'events that wait for nothing' => q{SELECT motion, entity_id, not_before FROM pls.backlog},
	'entities in a lane without an open alert' => q{
		SELECT s.motion, s.entity_id, v.lane, s.lane AS was, s.reason, s.decide_again_at, s.cooldown_until
		  FROM pls.standings s, LATERAL pls.evaluate(s.evidence, NULL, NULL, s.lane) v
		 WHERE v.lane IS NOT NULL
		   AND NOT EXISTS (SELECT FROM pls.alerts a
		                    WHERE a.entity_id = s.entity_id AND a.motion = s.motion
		                      AND a.status IN ('open', 'working', 'snoozed'))});

sub check_nothing
{
	my ($when, $now, @queries) = @_;

	while (my ($what, $query) = splice @queries, 0, 2)
	{
		is( $node->safe_psql($database, qq{
				SET pls.now = '$now';
				SELECT count(*) || coalesce(E'\\n' || string_agg(q::text, E'\\n') FILTER (WHERE n <= 5), '')
				  FROM (SELECT q, row_number() OVER () AS n FROM ($query) q) q}),
			'0', "$when: no $what");
	}
	return;
}

is(sweep_all($later), '0', 'sweeps come to an end');
check_nothing('swept', $later, @nothing_of);
is(sweep_all($much_later), '0', 'also when the last event has come');
check_nothing('later', $much_later, @nothing_of, @nothing_of_last);

# ---- nothing that was committed is lost, and nothing else is there ----

$node->safe_psql($database,
	'CREATE TABLE app.fates (client integer, first integer, last integer, fate "char")');
foreach my $number (1 .. $clients)
{
	my $record = slurp_file("$scratch/client$number.record");

	$record =~ s/^/$number\t/mg;
	$node->safe_psql($database, "COPY app.fates FROM STDIN;\n$record\\.\n");
}
is( $node->safe_psql($database, q{
		WITH rows AS (SELECT f.client, n AS number, f.fate
		                FROM app.fates f, generate_series(f.first, f.last) n)
		SELECT r.client, r.number, r.fate, e.number
		  FROM rows r FULL JOIN app.events e USING (client, number)
		 WHERE (r.fate = 'c') <> (e.number IS NOT NULL) AND r.fate IS DISTINCT FROM 'u'
		    OR r.fate IS NULL LIMIT 10}),
	'', 'the table holds the committed events');
note(sprintf '%d transactions; %s', $transactions, $node->safe_psql($database, q{
	SELECT format('%s events, %s standings, %s decisions, %s alerts',
	       (SELECT count(*) FROM app.events), (SELECT count(*) FROM pls.standings),
	       (SELECT count(*) FROM pls.decisions), (SELECT count(*) FROM pls.alerts))
	       || coalesce((SELECT string_agg(format(', %s %s', n, reason), '')
	                      FROM (SELECT reason, count(*) AS n FROM pls.decisions GROUP BY reason) d), '')}));
note("seed $seed") if !Test::More->builder->is_passing;

$node->stop;
done_testing();
