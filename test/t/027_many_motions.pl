# Two hundred motions on one table: what a session's first INSERT costs, and the
# next one after an edit of one motion.  Measured in the processor time of the
# backend, against a query of the same session: of a noisy machine, both suffer.
# And what it keeps in memory.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use PlsTest;

my $database = 'postgres';
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "autovacuum = off\njit = off\n");
$node->start;
$node->safe_psql($database, q{
	CREATE EXTENSION pls;
	CREATE SCHEMA app;
	CREATE TABLE app.events (org_id text, user_id bigint, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), props jsonb);
	CREATE TABLE app.others (LIKE app.events INCLUDING ALL);
	SELECT pls.create_motion('motion_001', template => 'trial_conversion');
	DELETE FROM pls.signals;
	-- all that the template gives but signals, 199 times more, by rows at once
	DO $$
	DECLARE
		of regclass;
	BEGIN
		FOREACH of IN ARRAY '{pls.motions,pls.category_limits,pls.grades,pls.exclusions,pls.routes,pls.escalations}'::regclass[] LOOP
			EXECUTE format(
				'INSERT INTO %1$s SELECT copy.* FROM %1$s AS first, generate_series(2, 200) AS i,'
				' jsonb_populate_record(NULL::%1$s, replace(to_jsonb(first)::text, %2$L, %3$L || to_char(i, %4$L))::jsonb) AS copy'
				' WHERE first.motion = %2$L', of, 'motion_001', 'motion_', 'FM000');
		END LOOP;
	END $$;
	DELETE FROM pls.category_limits WHERE motion = 'motion_005';
	INSERT INTO pls.signals (motion, signal, category, events, match, measure, within, op, threshold, points, why)
	SELECT m.motion, 's' || k, CASE WHEN k < 3 THEN 'depth' ELSE 'breadth' END, ARRAY['event_' || ascii(right(m.motion, 1)), 'event_' || k],
	       CASE WHEN k % 2 = 0 THEN '$.plan == "team"'::jsonpath END,
	       CASE WHEN k % 3 = 0 THEN 'actors' ELSE 'count' END, '14 days', '>=', 3, 10 + k, 'does things that show value'
	  FROM pls.motions m, generate_series(1, 6) k;
	UPDATE pls.motions
	   SET status = 'live', segment = NULL, qualify_at = 60, release_at = NULL, triage_at = NULL,
	       min_signals = 2, grace_period = NULL, min_account_size = NULL, holdout = 0;
	SELECT pls.watch('app.events', event => 'name', at => 'created_at', account => 'org_id', actor => 'user_id', properties => 'props'),
	       pls.watch('app.others', event => 'name', at => 'created_at', account => 'org_id', actor => 'user_id', properties => 'props',
	                 motions => (SELECT array_agg(motion) FROM pls.motions WHERE motion <= 'motion_010'));});
$node->safe_psql($database, 'VACUUM ANALYZE');

# The library and the catalog are read before, by what observes nothing; the
# yardstick is some 3 ms of plain work on a machine of today.
my $yardstick = 'SELECT sum(length(md5(i::text))) FROM generate_series(1, 3000) AS i';
my $kept = q{SELECT round(sum(total_bytes) / 1024) || ' ' || count(*) FROM pg_backend_memory_contexts WHERE name = 'pls model'};

foreach my $table ('events', 'others')
{
	my $motions = $table eq 'events' ? 200 : 10;
	my $insert = "INSERT INTO app.$table (org_id, user_id, name) VALUES ('none', 1, 'nothing')";
	my (@first, @edited, @other, @plain, @yard);
	my $memory;

	foreach my $round (1 .. 4)
	{
		my ($session, $file) = connected($node, $database);

		$session->query_safe($_) foreach ('SET pls.enabled = off', $insert, 'SET pls.enabled = on', $yardstick);
		push @yard, time_of($session, $file, $yardstick);
		push @first, time_of($session, $file, $insert);
		$memory = $session->query_safe($kept);
		push @plain, time_of($session, $file, $insert);
		$node->safe_psql($database, q{UPDATE pls.signals SET points = points + 1 WHERE motion = 'motion_005' AND signal = 's1'});
		push @edited, time_of($session, $file, $insert);
		$node->safe_psql($database, q{UPDATE pls.motions SET qualify_at = qualify_at - 1 WHERE motion = 'motion_150'});
		push @other, time_of($session, $file, $insert);
		is($session->query_safe($kept) =~ s/\s+$//r, $memory =~ s/\s+$//r, "$table, $round: an edit leaves nothing in memory");
		$session->quit;
	}
	my $unit = least(@yard);
	note(sprintf('%s: yardstick %.2f ms, first INSERT %.2f, again %.2f, after an edit %.2f, of another %.2f; %s kB and models',
			$table, $unit, least(@first), least(@plain), least(@edited), least(@other), $memory));
	cmp_ok(least(@first), '<', 20 / 3 * $unit, "$table: the first INSERT, 20 ms on such a machine");
	cmp_ok(least(@edited), '<', 2 * $unit, "$table: the first after an edit");
	cmp_ok(least(@other), '<', 2 * $unit, "$table: the first after an edit of another motion");
	my ($kilobytes, $models) = $memory =~ /(\d+) (\d+)/;
	is($models, $motions, "$table: models of the motions that it is for");
	cmp_ok($kilobytes / $models, '<', 12, "$table: memory of a model, in kB");
}

# Only the model that was edited is another one, and the edit counts.
my ($session, $file) = connected($node, $database);
$session->query_safe($_) foreach ('BEGIN', q{INSERT INTO app.others (org_id, user_id, name) SELECT 'acme', i, 'event_1' FROM generate_series(1, 3) AS i}, 'COMMIT');
my $before = $node->safe_psql($database, q{SELECT score FROM pls.standings WHERE motion = 'motion_005' AND entity_id = 'acme'});
$node->safe_psql($database, q{UPDATE pls.signals SET points = points + 5 WHERE motion = 'motion_005' AND signal = 's1'});
$session->query_safe(q{INSERT INTO app.others (org_id, user_id, name) VALUES ('acme', 9, 'event_1')});
is($node->safe_psql($database, q{SELECT score FROM pls.standings WHERE motion = 'motion_005' AND entity_id = 'acme'}) - $before,
	5, 'an edit counts from the next event on');
# one that is taken back does not, nor does the model that was made in between
$session->query_safe($_) foreach ('BEGIN', q{UPDATE pls.signals SET points = 1 WHERE motion = 'motion_005' AND signal = 's1'},
	q{INSERT INTO app.others (org_id, user_id, name) VALUES ('acme', 9, 'event_1')}, 'ROLLBACK',
	q{INSERT INTO app.others (org_id, user_id, name) VALUES ('acme', 9, 'event_1')});
is($node->safe_psql($database, q{SELECT score FROM pls.standings WHERE motion = 'motion_005' AND entity_id = 'acme'}) - $before,
	5, 'one that is rolled back does not');
# an exclusion of every motion reaches all of them
$node->safe_psql($database, q{INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('staff', 'actor', ARRAY['77'], 'staff')});
$session->query_safe(q{INSERT INTO app.others (org_id, user_id, name) VALUES ('beta', 77, 'event_1'), ('beta', 78, 'event_1')});
is($node->safe_psql($database, q{
		SELECT string_agg(DISTINCT trim_scale(x.value)::text, ' ') FROM pls.standings s
		 CROSS JOIN LATERAL pls.explain(s.evidence, now()) x
		 WHERE s.entity_id = 'beta' AND x.signal = 's1'}), '1', 'an exclusion for every motion');
$session->quit;
$node->stop;
done_testing();
