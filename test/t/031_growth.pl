# With pls.retention set, what pls keeps stops growing once the first rows are
# old enough: at one, two and three spans of time there are as many rows, the
# relations are as large, and a sweep and the views that people load take as
# much processor time.
#
# The short form has spans of 84 days of 100 alerts a day, kept for 60 days.
# PLS_GROWTH=full: three years of 1,000 alerts a day, kept for 90 days (an hour
# or so).  A part of the alerts comes through the watched table, is touched,
# disposed of and delivered; the others are written as they would be afterwards.
# Tables are vacuumed each week, as autovacuum would; it is off, so that sizes
# do not depend on when it comes.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use PlsTest;

my $full = ($ENV{PLS_GROWTH} // '') eq 'full';
my ($span, $keep, $each_day, $real) = $full ? (364, 90, 1000, 20) : (84, 60, 100, 2);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', q{
autovacuum = off
fsync = off
synchronous_commit = off
max_wal_size = 1GB
shared_buffers = 256MB
});
$node->start;
set_up_motion($node, 'postgres');
$node->safe_psql('postgres', qq{
	UPDATE pls.retention SET keep_for = '$keep days' WHERE what IN ('alerts', 'alert_log', 'decisions', 'drafts');
	UPDATE pls.motions SET cooldown = '20 days' WHERE motion = 'trial';
	UPDATE pls.dispositions SET cooldown = '20 days' WHERE disposition = 'nurture';
	INSERT INTO pls.channels (channel, kind) VALUES ('crm', 'crm');
	INSERT INTO pls.reps (rep, name) SELECT 'sdr-' || n, 'Sdr ' || n FROM generate_series(1, 10) n;
	INSERT INTO pls.pool_members (pool, rep)
	SELECT DISTINCT r.pool, 'sdr-' || n FROM pls.routes r, generate_series(1, 10) n WHERE r.pool IS NOT NULL;
	CREATE SCHEMA simulated;
	CREATE TABLE simulated.model AS
	SELECT NULL::pls.alerts AS alert, NULL::pls.decisions AS decision, NULL::jsonb AS change LIMIT 0;
});
$node->safe_psql('postgres', <<'SQL');
-- what happens to the alert of an account that comes by itself
CREATE PROCEDURE simulated.use_product(day integer, accounts integer) LANGUAGE plpgsql AS $$
DECLARE
    place integer;
BEGIN
    FOR place IN SELECT n FROM generate_series(1, accounts) n LOOP
        INSERT INTO app.events (org_id, user_id, name, created_at)
        SELECT 'real ' || day % 40 || ' ' || place, 7, e, pls.now() FROM unnest('{export,export,export,invite}'::text[]) e;
    END LOOP;
END $$;
CREATE PROCEDURE simulated.work() LANGUAGE plpgsql AS $$
DECLARE
    open bigint;
BEGIN
    FOR open IN SELECT alert_id FROM pls.open_alerts ORDER BY 1 LOOP
        PERFORM pls.touch(open, 'called');
        PERFORM pls.dispose(open, 'nurture');
    END LOOP;
    PERFORM pls.confirm_delivery(c.message_id, 'received', c.attempt) FROM pls.claim_deliveries('crm', 1000) c;
END $$;
-- Alerts of a day as they are when it is over: three changes, two decisions
-- and a delivery each; some took a turn.
CREATE PROCEDURE simulated.past_day(day integer, n integer) LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL session_replication_role = replica;
    CREATE TEMP TABLE IF NOT EXISTS of_day (LIKE pls.alerts) ON COMMIT DELETE ROWS;
    INSERT INTO of_day
    SELECT (jsonb_populate_record(m.alert, jsonb_build_object(
               'entity_id', e.id, 'account_id', e.id, 'alert_id', nextval('pls.alerts_alert_id_seq'),
               'created_at', at, 'assigned_at', at, 'clock_from', at, 'modified_at', at + interval '9 hours',
               'assigned_to', 'sdr-' || 1 + k % 10, 'charged_to', 'sdr-' || 1 + k % 10, 'charged_at', at,
               'respond_by', at + interval '2 hours', 'resolve_by', at + interval '1 day',
               'first_touch_at', at + k % 4 * interval '1 hour', 'time_to_touch', k % 4 * interval '1 hour',
               'disposed_at', at + interval '9 hours', 'closed_at', at + interval '9 hours'))).*
      FROM simulated.model m, generate_series(1, n) k,
           LATERAL (SELECT 'past ' || (day * n + k) % 5000 AS id) e,
           LATERAL (SELECT pls.now() - interval '1 day' + k * interval '10 hours' / n AS at) t;
    INSERT INTO pls.alerts SELECT * FROM of_day;
    INSERT INTO pls.decisions (entity_id, motion, decided_at, unit, account_id, lane, reason, detail, score, grade, evidence, model_version, alert_id)
    SELECT a.entity_id, a.motion, a.created_at + r.k * interval '10 hours', a.unit, a.account_id, a.lane, r.reason,
           (m.decision).detail, a.score, a.grade, a.evidence, a.model_version, CASE r.k WHEN 0 THEN a.alert_id END
      FROM of_day a, simulated.model m, (VALUES (0, 'raised'), (1, 'cooldown')) r (k, reason);
    INSERT INTO pls.alert_log (entity_id, alert_id, at, actor, change)
    SELECT a.entity_id, a.alert_id, a.created_at + k * interval '4 hours', 'sdr', m.change
      FROM of_day a, simulated.model m, generate_series(0, 2) k;
    INSERT INTO pls.deliveries (entity_id, channel, alert_id, change, idempotency_key, queued_at, ready_at, status, attempts, delivered_at)
    SELECT a.entity_id, 'crm', a.alert_id, 'raised', 'past:' || a.alert_id, a.created_at, a.created_at, 'delivered', 1,
           a.created_at + interval '1 minute'
      FROM of_day a;
    SET LOCAL session_replication_role = origin;
END $$;
-- Tables of pls and all that is theirs.
CREATE VIEW simulated.sizes AS
SELECT c.relname, pg_total_relation_size(c.oid) AS bytes,
       (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %s', c.oid::regclass), false, true, '')))[1]::text::bigint AS rows
  FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace IN ('pls'::regnamespace, 'pls_internal'::regnamespace)
   AND c.relname <> 'outcomes';    -- always kept
SQL

# Mondays, in the past.
sub instant
{
	my ($day, $time) = @_;

	return "timestamptz '2020-01-06 $time+00' + $day * interval '24 hours'";
}

my ($session, $file) = connected($node, 'postgres');

sub at
{
	my ($day, $time, $sql) = @_;
	my $now = instant($day, $time);

	$session->query_safe("SELECT set_config('pls.now', ($now)::text, false);");
	$session->query_safe($sql);
	return;
}

# One alert as the model of those of the past.
at(0, '08:00:00', 'CALL simulated.use_product(39, 1)');
at(0, '09:00:00', 'CALL simulated.work()');
at(0, '09:01:00', q{
	INSERT INTO simulated.model
	SELECT a, d, (SELECT l.change FROM pls.alert_log l WHERE l.alert_id = a.alert_id ORDER BY log_id DESC LIMIT 1)
	  FROM pls.alerts a JOIN pls.decisions d ON d.alert_id = a.alert_id});
is($session->query_safe('SELECT count(*) FROM simulated.model') =~ s/\s//gr, '1', 'there is a model');

sub live_through
{
	my ($day) = @_;

	at($day, '08:00:00', "CALL simulated.use_product($day, $real)");
	at($day, '10:00:00', 'CALL simulated.work()');
	at($day, '10:01:00', "CALL simulated.past_day($day, $each_day - $real)");
	at($day, '10:05:00', 'SELECT FROM pls.sweep()') for 1 .. 2;
	$session->query_safe('VACUUM (ANALYZE)') if $day % 7 == 0;
	return;
}

my %watched = (
	'a sweep' => 'SELECT FROM pls.sweep()',
	'pls.open_alerts' => 'SELECT count(*) FROM pls.open_alerts o WHERE o.* IS NOT NULL OR true',
	'pls.sla' => q{SELECT count(*) FROM pls.sla WHERE created_at > pls.now() - interval '84 days' AND state = 'met'},
	'pls.rep_workload' => 'SELECT * FROM pls.rep_workload',
	'pls.why_not_alerted' => 'SELECT reason, count(*) FROM pls.why_not_alerted GROUP BY 1',
	'pls.health' => 'SELECT * FROM pls.health',
	# how fast the machine is now
	'' => 'SELECT sum(sqrt(n)) FROM generate_series(1, 300000) n');

# Milliseconds on a processor, the median of several, in turn.
sub median_times
{
	my ($day) = @_;
	my %taken;

	at($day, '10:30:00', 'SELECT FROM pls.sweep()');
	for my $round (1 .. 9)
	{
		at($day, "11:0$round:00", 'SELECT 1');
		foreach my $name (sort keys %watched)
		{
			push @{ $taken{$name} }, time_of($session, $file, $watched{$name});
		}
	}
	return { map { $_ => (sort { $a <=> $b } @{ $taken{$_} })[4] } keys %taken };
}

my (@sizes, @rows, @times);
foreach my $day (1 .. 3 * $span)
{
	live_through($day);
	next if $day % $span;
	my %bytes_of = map { split /\|/ } split /\n/, $node->safe_psql('postgres', 'SELECT relname, bytes FROM simulated.sizes');
	my %rows_of = map { split /\|/ } split /\n/, $node->safe_psql('postgres', 'SELECT relname, rows FROM simulated.sizes');
	push @sizes, \%bytes_of;
	push @rows, \%rows_of;
	push @times, median_times($day);
}

sub total
{
	my ($of) = @_;
	my $sum = 0;

	$sum += $_ foreach values %$of;
	return $sum;
}

# The kept days are all that there is, and what is needed.
my $kept = $rows[0]{alerts};
cmp_ok($kept, '>=', $keep * $each_day * 0.95, "alerts of $keep days are kept");
cmp_ok($kept, '<=', ($keep + 35) * $each_day, 'and of the turns\' period at most');
foreach my $later (1, 2)
{
	my $spans = $later + 1;
	foreach my $table (sort keys %{ $rows[0] })
	{
		my ($first, $now) = ($rows[0]{$table}, $rows[$later]{$table});
		cmp_ok($now, '<=', $first * 1.1 + 20, "rows of $table after $spans spans: $now, $first after one");
		($first, $now) = ($sizes[0]{$table}, $sizes[$later]{$table});
		cmp_ok($now, '<=', $first * 1.1 + 131072, "bytes of $table after $spans spans: $now, $first after one");
	}
	my ($first, $now) = (total($sizes[0]), total($sizes[$later]));
	cmp_ok($now, '<=', $first * 1.1, "all bytes after $spans spans: $now, $first after one");
}
foreach my $name (sort grep { $_ ne '' } keys %watched)
{
	my ($first, $last) = map { $_->{$name} / $_->{''} } @times[ 0, 2 ];
	cmp_ok($last / $first, '<=', 1.5,
		sprintf('%s takes %.1f ms after one span, %.1f ms after three (by the machine\'s speed %.2f times)',
			$name, $times[0]{$name}, $times[2]{$name}, $last / $first));
}
is($node->safe_psql('postgres', 'SELECT string_agg(task || message, E\'\n\') FROM pls.failures'), '', 'nothing has failed');
is($session->query_safe(q{SELECT count(*) FROM pls.health WHERE "check" = 'retention'}) =~ s/\s//gr, '0', 'nothing is behind');

$session->quit;
$node->stop;
done_testing();
