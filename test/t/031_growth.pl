# With pls.retention set, what pls keeps stops growing once the first rows are
# old enough: at one, two and three spans of time there are as many rows, the
# relations are as large, and a sweep and the views that people load take as
# much processor time.
#
# The short form has spans of 84 days, 80 alerts every other day, and keeps them
# for 60 days.  PLS_GROWTH=full PG_TEST_TIMEOUT_DEFAULT=20000: three years of
# 1,000 alerts a day, kept for 90 days (hours).  A part of the alerts comes
# through the watched table, is touched, disposed of and delivered; the others
# are written as they would be afterwards.  Tables are vacuumed every seven days
# that are simulated, as autovacuum would; it is off, so that sizes do not
# depend on when it comes.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use PlsTest;

my $full = ($ENV{PLS_GROWTH} // '') eq 'full';
my ($span, $step, $keep, $alerts, $real) = $full ? (364, 1, 90, 1000, 20) : (84, 2, 60, 80, 2);

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
	INSERT INTO pls.reps (rep, name) SELECT 'sdr-' || n, 'Sdr ' || n FROM generate_series(1, 10) n ON CONFLICT DO NOTHING;
	INSERT INTO pls.pool_members (pool, rep)
	SELECT DISTINCT r.pool, 'sdr-' || n FROM pls.routes r, generate_series(1, 10) n WHERE r.pool IS NOT NULL ON CONFLICT DO NOTHING;
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
    -- one message about an alert is out at a time
    LOOP
        PERFORM pls.confirm_delivery(c.message_id, 'received', c.attempt) FROM pls.claim_deliveries('crm', 1000) c;
        EXIT WHEN NOT FOUND;
    END LOOP;
END $$;
-- Alerts of a day as they are when it is over: three changes, two decisions and
-- a turn each, and a message that goes out the next day.
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
$session->query_safe('SET client_min_messages = warning');

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
	at($day, '10:01:00', "CALL simulated.past_day($day, $alerts - $real)");
	at($day, '10:05:00', 'SELECT FROM pls.sweep()');
	$session->query_safe('VACUUM (ANALYZE)') if $day % (7 * $step) == 0;
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
foreach my $day (map { $_ * $step } 1 .. 3 * $span / $step)
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

# The tables that have grown since the first span by more than a tenth and a
# little, and from what to what.
sub growing
{
	my ($little, $first, $now) = @_;

	return join ', ', map { "$_ from $first->{$_} to $now->{$_}" }
	  grep { $now->{$_} > 1.1 * $first->{$_} + $little } sort keys %$now;
}

# The kept days are all that there is: turns of the period are younger.
my $kept = $rows[0]{alerts};
cmp_ok($kept, '>=', $keep / $step * $alerts * 0.95, "alerts of $keep days are kept");
cmp_ok($kept, '<=', ($keep / $step + 2) * $alerts, 'and no more');
foreach my $later (1, 2)
{
	my $after = "after " . ($later + 1) . " spans";

	is(growing(20, $rows[0], $rows[$later]), '', "as many rows $after: "
		  . join(', ', map { "$_ $rows[$later]{$_}" } qw(alerts alert_log decisions deliveries standings turns)));
	is(growing(131072, $sizes[0], $sizes[$later]), '', "no larger relation $after");
	cmp_ok(total($sizes[$later]), '<=', 1.1 * total($sizes[0]),
		"all bytes $after: " . total($sizes[$later]) . ', ' . total($sizes[0]) . ' after one');
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
