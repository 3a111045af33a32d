# A rebuild goes round what a prepared transaction holds, standings that it has
# changed and such as it is making, outcomes, parts of the backlog and a watched
# table: the sweep does all the rest in its time, says what it has left, and
# does that when the transaction has ended.
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
$node->append_conf('postgresql.conf', 'max_prepared_transactions = 5');
$node->start;
set_up_motion($node, $database);

# The clock of these tests stands still, and an outcome is found by events.
$node->safe_psql($database, $_) foreach (
	"ALTER DATABASE $database SET pls.now = '2026-03-02 10:00+00'",
	q{ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now();
	  UPDATE pls.motions SET cooldown = '1 day', touch_limit = NULL WHERE motion = 'trial';
	  INSERT INTO pls.signals (motion, signal, category, events, measure, within, outcome, points)
	  VALUES ('trial', 'upgraded', 'outcome', '{upgrade}', 'count', '1 day', 'expansion', 0);
	  SELECT pls.refresh('trial')});

# Runs SQL that is given a minute; what it returned, and what went wrong.
sub runs
{
	my ($sql) = @_;
	my (undef, $output, $error) = $node->psql($database, $sql,
		on_error_stop => 1,
		extra_params => [ '-v', 'VERBOSITY=verbose', '-q' ],
		timeout => 60);

	$error =~ s/^psql:<stdin>:\d+: //mg;
	return ($output, $error);
}

# Whether a sweep ends in the time that it is given, and what it returns.
sub sweeps
{
	my ($title, $expected) = @_;
	my ($output, $error) = runs(
		q{SELECT clock_timestamp() AS began \gset
		  SELECT refreshed, busy FROM pls.sweep(max_time => '15 seconds', max_rows => 100000);
		  SELECT clock_timestamp() - :'began' < interval '15 seconds'});

	is($output . $error, "$expected\nt", "$title: refreshed and busy, and in time");
	return;
}

# Accounts that are not as the aggregate over the committed events says, among
# those meant by a condition.
sub differ
{
	my ($condition) = @_;

	return $node->safe_psql($database, qq{
		SELECT coalesce(string_agg(entity_id, ' ' ORDER BY entity_id), 'none')
		  FROM (SELECT s.entity_id, s.evidence::text AS kept FROM pls.standings s) s
		  FULL JOIN (SELECT org_id AS entity_id, pls.evidence('trial', name, created_at, user_id, props)::text AS shown
		               FROM app.events GROUP BY org_id) e USING (entity_id)
		 WHERE kept IS DISTINCT FROM shown AND ($condition)});
}

sub alerts
{
	return $node->safe_psql($database, 'SELECT count(*), count(DISTINCT entity_id) FROM pls.alerts');
}

# Scans of the events by rebuilds, until now.
sub scans
{
	$node->poll_query_until($database,
		q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())});
	return $node->safe_psql($database, q{SELECT seq_scan FROM pg_stat_user_tables WHERE relid = 'app.events'::regclass});
}

# 2,000 accounts, 50 of which have done what a signal will count as well.
$node->safe_psql($database, q{
	INSERT INTO app.events (org_id, user_id, name)
	SELECT 'a' || n, 7, e FROM generate_series(1, 2000) n, unnest('{invite,export,export}'::text[]) e;
	INSERT INTO app.events (org_id, user_id, name) SELECT 'a' || n * 40, 7, 'upload' FROM generate_series(1, 50) n});
is(alerts(), '0|0', 'nobody qualifies');

# Accounts up to 502 are held, 12 of the 50 among them, and five new ones are
# made, of one of which others' events are there.
my $held = q{substr(entity_id, 2)::integer <= 502};
runs(q{BEGIN;
	INSERT INTO app.events (org_id, user_id, name) SELECT 'a' || n, 7, 'other' FROM generate_series(1, 502) n;
	INSERT INTO app.events (org_id, user_id, name) SELECT 'a' || n, 8, 'invite' FROM generate_series(1, 502) n;
	INSERT INTO app.events (org_id, user_id, name) SELECT 'a' || n, 7, 'export' FROM generate_series(2001, 2005) n;
	PREPARE TRANSACTION 'holder'});
is( $node->safe_psql($database,
		q{INSERT INTO app.events (org_id, user_id, name) SELECT 'a' || n, 9, 'export' FROM unnest('{1,40,601,2001}'::integer[]) n;
		  UPDATE pls.signals SET events = '{export,upload}' WHERE motion = 'trial' AND signal = 'exports';
		  SELECT gid FROM pg_prepared_xacts}),
	'holder', 'a transaction holds a fourth of the standings, others add to them, and the model changes');

sweeps('while it lasts', '1498|3');
is(alerts(), '39|39', 'the others alert, those whose events a signal counts now and the one who did the third export');
is(differ("NOT ($held) AND entity_id <> 'a2001'"), 'none', 'and are what their events say');
is( $node->safe_psql($database,
		q{SELECT count(*), count(DISTINCT entity_id) FROM pls.backlog WHERE entity_id <> '' AND evidence IS NULL}),
	'503|503', 'those that are held are marked');
is( $node->safe_psql($database,
		q{SELECT count(*) FROM pls.backlog WHERE evidence IS NOT NULL}),
	'3', 'and what waits for them is still there');
is($node->safe_psql($database, 'SELECT count(*) FROM pls.failures'), '0', 'nothing has failed');

my $before = scans();
sweeps('again', '0|503');
is(scans(), $before, 'without reading the events again for what is held');

my ($output, $error) = runs(q{SELECT pls.refresh('trial')});
is($output, '1498', 'a person who refreshes the motion does not wait either');
like($error, qr/1498 standings rebuilt, 0 decided, in .*; 503 held by other transactions are marked for the next sweep/,
	'and is told');
is( $node->safe_psql($database,
		q{SELECT count(*), count(DISTINCT entity_id) FROM pls.backlog WHERE entity_id <> '' AND evidence IS NULL}),
	'503|503', 'a mark is enough');
foreach my $account (qw(a1 a2001))
{
	(undef, $error) = runs(qq{SET lock_timeout = '50ms'; SELECT pls.refresh('trial', '$account')});
	like($error, qr/^ERROR:  55P03: the standing of "$account" in motion "trial" is locked\nDETAIL:  It is held by the prepared transaction 'holder'.\nHINT:  To have the sweep rebuild it later: SELECT pls_internal.request_rebuild\('trial', '$account'\)./,
		"$account: who asks for it is told who holds it");
}
($output, $error) = runs(q{SELECT extract(epoch FROM clock_timestamp()) AS began \gset
	\set ON_ERROR_STOP off
	SELECT pls.refresh('trial', 'a1');
	SELECT extract(epoch FROM clock_timestamp()) - :began BETWEEN 4.9 AND 50});
is($output, 't', 'after five seconds where lock_timeout is not set');

$node->safe_psql($database, q{COMMIT PREPARED 'holder'});
sweeps('when it has ended', '2005|0');
is(differ('true'), 'none', 'all are what their events say');
is(alerts(), '52|52', 'and those who are left alert');
is( $node->safe_psql($database, 'SELECT count(*) FROM pls.backlog'), '0', 'nothing waits');

# What is rolled back.
runs(q{BEGIN;
	INSERT INTO app.events (org_id, user_id, name) SELECT 'a' || n, 9, 'export' FROM generate_series(1001, 1502) n;
	INSERT INTO app.events (org_id, user_id, name) VALUES ('a3000', 7, 'export');
	PREPARE TRANSACTION 'holder'});
$node->safe_psql($database, q{INSERT INTO app.events (org_id, user_id, name) VALUES ('a3000', 7, 'invite');
	SELECT pls_internal.request_rebuild('trial')});
sweeps('another', '1503|1');
$node->safe_psql($database, q{ROLLBACK PREPARED 'holder'});
sweeps('rolled back', '2006|0');
is(differ('true'), 'none', 'all are what their events say');

# An outcome and a part of the backlog that are held: the first is kept as it
# is, the second is counted with the events, and nothing is decided by it.
$node->safe_psql($database, q{
	INSERT INTO app.events (org_id, user_id, name) VALUES ('a5', 7, 'upgrade'), ('a6', 7, 'upgrade');
	BEGIN ISOLATION LEVEL REPEATABLE READ;
	INSERT INTO app.events (org_id, user_id, name) VALUES ('a7', 5, 'invite'), ('a8', 5, 'invite');
	COMMIT});
runs(q{BEGIN;
	SELECT FROM pls.outcomes WHERE entity_id = 'a5' FOR UPDATE;
	SELECT FROM pls.backlog WHERE entity_id = 'a7' FOR UPDATE;
	PREPARE TRANSACTION 'holder'});
$node->safe_psql($database, q{DELETE FROM app.events WHERE name = 'upgrade' OR org_id = 'a8'; SELECT pls_internal.request_rebuild('trial')});
is((runs(q{SELECT refreshed FROM pls.sweep()}))[0], '2005', 'a sweep while an outcome and a part are held');
is( $node->safe_psql($database, q{SELECT string_agg(entity_id, ' ') FROM pls.outcomes}),
	'a5', 'the outcome is left, the other is gone');
is( $node->safe_psql($database,
		q{SELECT string_agg(entity_id || CASE WHEN evidence IS NULL THEN ' marked' ELSE '' END, ', ' ORDER BY entity_id, evidence IS NULL)
		    FROM pls.backlog WHERE entity_id <> ''}),
	'a5 marked, a7, a7 marked', 'and their accounts are marked');
$node->safe_psql($database, q{COMMIT PREPARED 'holder'});
$node->safe_psql($database, 'SELECT pls.sweep()');
is($node->safe_psql($database, 'SELECT count(*) FROM pls.outcomes'), '0', 'the outcome goes when it is free');
is(differ('true'), 'none', 'and all are what their events say');
is( $node->safe_psql($database, 'SELECT count(*) FROM pls.backlog'), '0', 'nothing waits');

# A watched table.
runs(q{BEGIN; LOCK TABLE app.events; PREPARE TRANSACTION 'locker'});
$node->safe_psql($database, q{SELECT pls_internal.request_rebuild('trial')});
sweeps('a table that is locked', '0|0');
is( $node->safe_psql($database, 'SELECT task, motion, sqlstate, message FROM pls.failures'),
	q{rebuild|trial|55P03|table app.events is locked. It is held by the prepared transaction 'locker'.},
	'what fails says who has locked it');
(undef, $error) = runs(q{SET lock_timeout = '50ms'; SELECT pls.refresh('trial')});
like($error, qr/^ERROR:  55P03: table app.events is locked\nDETAIL:  It is held by the prepared transaction 'locker'./,
	'and so does the refresh of a person');
my $holder = $node->background_psql($database, on_error_stop => 1);
$node->safe_psql($database, q{ROLLBACK PREPARED 'locker'});
$node->safe_psql($database, q{INSERT INTO pls.users (user_id, account_id) VALUES ('7', 'a1')});
my $pid = $holder->query_safe(q{SET client_min_messages = warning; BEGIN; LOCK TABLE app.events; SELECT pg_backend_pid()}) =~ s{\s+$}{}r;
sweeps('a table that is locked, and users whose events are looked for', '0|0');
is( $node->safe_psql($database, q{SELECT task, motion, sqlstate, message FROM pls.failures WHERE task = 'users'}),
	'users|trial|55P03|table app.events is locked', 'nor is it waited for then');
$holder->query_safe('COMMIT; BEGIN');
$holder->query_safe(q{SELECT pls.refresh('trial')});
(undef, $error) = runs(q{SET lock_timeout = '50ms'; SELECT pls.refresh('trial')});
like($error, qr/^ERROR:  55P03: motion "trial" is already being rebuilt\nDETAIL:  It is held by process $pid./,
	'who else rebuilds the motion is told as well');
$holder->query_safe('COMMIT');
$holder->quit;
$node->safe_psql($database, q{SELECT pls_internal.request_rebuild('trial'), pls.retry_failures()});
sweeps('a table that is free', '2005|0');
is($node->safe_psql($database, 'SELECT count(*) FROM pls.failures'), '0', 'nothing fails any more');

done_testing();
