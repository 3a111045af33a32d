# pls.replay() says what the trigger and the sweeps decide, decision by decision:
# both recorded logs are written into the watched tables of the demo, one event
# at a time and in random batches, with sweeps between; in the batches reps close
# the alerts when the replay says that they do.
use strict;
use warnings;

use FindBin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

$ENV{PLS_DEMO_DATA} = "$FindBin::Bin/../data";

my $demo = "$FindBin::Bin/../../bench/demo";
my $node = PostgreSQL::Test::Cluster->new('replay');
$node->init;
# an event that meets too many versions of its standing waits for the sweep
$node->append_conf('postgresql.conf', "pls.decision_time = '1min'\nautovacuum = off\nfsync = off\n");
$node->start;

# Runs a file, or what a query returns, in one session.
sub play
{
	my ($database, $file, $what) = @_;

	command_ok(
		[
			'psql', '-Xqo', '/dev/null', '-v', 'ON_ERROR_STOP=1',
			'-d', $node->connstr($database), '-f', $file
		],
		$what);
	return;
}

# The answer of psql alone: without notices.
sub ask
{
	my ($database, $query) = @_;

	return $node->safe_psql($database, "SET client_min_messages = warning; SET timezone = 'UTC'; $query");
}

# What happens, in its order: events (0), alerts that are closed (1), sweeps (2).
# ways: how an event's instant becomes that of its INSERT.
sub script
{
	my ($database, $log, $motion, $every, $from, $until) = @_;
	my $file = "$PostgreSQL::Test::Utils::tmp_check/$database.sql";
	my $steps = ask(
		$database, qq{
		SELECT format('SET pls.now = %L; ', s.at) || s.sql
		  FROM (SELECT written_at AS at, 0 AS kind, min(k) AS k,
					   format('INSERT INTO app.events_$log SELECT r.* FROM recorded.$log r JOIN app.plan p ON p.place = r.ctid'
							  ' WHERE p.k BETWEEN %s AND %s ORDER BY p.k;', min(k), max(k)) AS sql
				  FROM app.plan GROUP BY written_at, statement
				UNION ALL
				SELECT c.at, 1, 0, format('UPDATE pls.alerts SET disposition = %L WHERE motion = %L AND entity_id = %L AND created_at = %L'
										  ' AND closed_at IS NULL;', 'no response', '$motion', c.entity_id, c.raised_at)
				  FROM app.closed c
				UNION ALL
				SELECT g, 2, 0, 'CALL pls.sweep_all();'
				  FROM generate_series('$from'::timestamptz, '$until'::timestamptz - interval '1 second', '$every'::interval) g) s
		 ORDER BY s.at, s.kind, s.k});

	open my $out, '>', $file or die "$file: $!";
	print $out "SET timezone = 'UTC';\nSET client_min_messages = error;\n$steps\n";
	close $out;
	return $file;
}

# Replays a log, lets it happen, and compares.
# usage: compare(NAME, log, motion, sweeps every, from, until, events a batch, close after)
sub compare
{
	my ($name, $log, $motion, $every, $from, $until, $batch, $close) = @_;
	my $database = "db_$name";
	my $assume = "'{}'";

	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE template_demo");
	# by a hash, so that a failure comes again
	ask(
		$database, qq{
		CREATE TABLE app.plan AS
		SELECT row_number() OVER (ORDER BY r.occurred_at, r.ctid) AS k, r.ctid AS place, r.occurred_at,
			   r.occurred_at AS written_at, 0::bigint AS statement
		  FROM recorded.$log r;
		UPDATE app.plan SET statement = k WHERE $batch = 1;
		CREATE TABLE app.arrivals AS
		SELECT DISTINCT date_trunc('second', occurred_at) + interval '1.25 seconds' AS at FROM app.plan
		 WHERE abs(hashint8(k)) % $batch = 0 OR k = (SELECT max(k) FROM app.plan);
		CREATE INDEX ON app.arrivals (at);
		UPDATE app.plan p SET written_at = (SELECT min(a.at) FROM app.arrivals a WHERE a.at >= p.occurred_at) WHERE $batch > 1;
		CREATE UNIQUE INDEX ON app.plan (k);
		CREATE TABLE app.closed (at timestamptz, entity_id text, raised_at timestamptz);
		ANALYZE app.plan});
	if ($batch > 1)
	{
		$assume = "jsonb_build_object('close_after', '$close', 'disposition', 'no response',"
		  . " 'arrivals', (SELECT jsonb_agg(at) FROM app.arrivals))";
	}
	# an outcome's instant is a whole second, which may be before its event's:
	# what the events themselves say counts
	ask(
		$database, qq{
		INSERT INTO app.events_$log SELECT r.* FROM recorded.$log r JOIN app.plan p ON p.place = r.ctid ORDER BY p.k;
		TRUNCATE pls.outcomes;
		CREATE TABLE app.said AS SELECT * FROM pls.replay('$motion', '$from', '$until', sweep_every => '$every', assume => $assume)});
	ask($database, "TRUNCATE app.events_$log, pls.standings, pls.backlog, pls.decisions, pls.alerts, pls.alert_log, pls.outcomes");
	ask($database, 'DELETE FROM pls_internal.looks');
	ask(
		$database, qq{
		INSERT INTO app.closed
		SELECT s.at + interval '$close', s.entity_id, s.at FROM app.said s
		 WHERE s.reason IN ('raised', 'triage') AND s.at + interval '$close' < '$until'}) if $batch > 1;
	play($database, script($database, $log, $motion, $every, $from, $until), "$name: the log is written");

	my $decisions = "SELECT entity_id, decided_at AS at, lane, score, grade, reason FROM pls.decisions WHERE motion = '$motion'";
	my $said = 'SELECT entity_id, at, lane, score, grade, reason FROM app.said';

	cmp_ok(ask($database, "SELECT count(*) FROM ($decisions) d"), '>=', 20, "$name: there are decisions");
	is(ask($database, "SELECT * FROM ($decisions EXCEPT ALL $said) d ORDER BY at, entity_id LIMIT 20"),
		'', "$name: none is missing in the replay");
	is(ask($database, "SELECT * FROM ($said EXCEPT ALL $decisions) d ORDER BY at, entity_id LIMIT 20"),
		'', "$name: and none is there that was not made");
	is( ask(
			$database, qq{
			SELECT s.entity_id, s.at, s.signals FROM app.said s
			  JOIN pls.decisions d ON d.motion = '$motion' AND d.entity_id = s.entity_id AND d.decided_at = s.at
			   AND (d.lane, d.score, d.reason) = (s.lane, s.score, s.reason)
			 WHERE s.signals IS DISTINCT FROM ARRAY(
				   SELECT l ->> 'signal' FROM jsonb_array_elements(d.evidence) l WHERE (l ->> 'met')::boolean ORDER BY (l ->> 'line')::int)
			 LIMIT 5}),
		'',
		"$name: with the same signals met");
	diag("$name: " . ask($database, "SELECT string_agg(n || ' ' || reason, ', ' ORDER BY reason) FROM (SELECT reason, count(*) n FROM app.said GROUP BY reason) r"));
	return;
}

$node->safe_psql('postgres', 'CREATE DATABASE template_demo');
$node->safe_psql('template_demo', 'CREATE EXTENSION pls');
play('template_demo', "$demo/load.sql", 'the logs are loaded');
play('template_demo', "$demo/motions.sql", 'the motions of the demo are made');
# a share is held out, and the motion for conversions asks for customers
ask('template_demo', q{
	SET pls.now = '2018-01-01';
	UPDATE pls.motions SET holdout = 0.1, expire_after = '400 days' WHERE motion = 'adoption';
	UPDATE pls.motions SET holdout = 0.2, cooldown = '3 days', expire_after = '5 days' WHERE motion = 'upgrade'});

compare('music_one', 'music', 'upgrade', '10 hours', '2018-10-31', '2018-12-05', 1, '1 day');
compare('music_batches', 'music', 'upgrade', '13 hours', '2018-10-31', '2018-12-05', 30, '2 days');
compare('adoption_one', 'adoption', 'adoption', '45 days', '2018-02-01', '2026-08-20', 1, '30 days');
compare('adoption_batches', 'adoption', 'adoption', '35 days', '2018-02-01', '2026-08-20', 40, '45 days');

$node->stop;
done_testing();
