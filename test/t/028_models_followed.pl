# A session that keeps its models from edit to edit is of one mind with one that
# has just begun, whatever is edited: by others or by itself, taken back, written
# past the triggers, or moved by VACUUM FULL.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $database = 'postgres';
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql($database, q{
	CREATE EXTENSION pls;
	CREATE SCHEMA app;
	CREATE TABLE app.events (org_id text, usr bigint, name text, at timestamptz, props jsonb);
	INSERT INTO app.events
	SELECT 'acme', i, (ARRAY['export', 'invite', 'login', 'pay'])[1 + i % 4], '2026-03-02 09:00+00'::timestamptz - i * interval '5 hours',
	       jsonb_build_object('plan', (ARRAY['team', 'pro'])[1 + i % 2], 'n', i) FROM generate_series(1, 40) AS i;
	SELECT pls.create_motion('m' || i, template => CASE WHEN i % 2 = 0 THEN 'trial_conversion' ELSE 'seat_expansion' END)
	  FROM generate_series(1, 4) AS i;
	INSERT INTO pls.signals (motion, signal, category, events, measure, within, threshold, points)
	SELECT 'm' || i, 'a' || k, 'depth', ARRAY['export', 'login'], 'count', k * interval '2 days', k, k
	  FROM generate_series(1, 4) AS i, generate_series(1, 3) AS k;
	UPDATE pls.motions SET status = 'live';
	SELECT pls.watch('app.events', event => 'name', at => 'at', account => 'org_id', actor => 'usr', properties => 'props');
	-- all that a model says of these events, of every motion
	CREATE FUNCTION app.picture() RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		m text;
		e pls.evidence;
		picture text := '';
	BEGIN
		FOR m IN SELECT v.motion FROM (VALUES ('m1'), ('m2'), ('m3'), ('m4'), ('m5'), ('renamed')) AS v (motion) LOOP
			BEGIN
				SELECT pls.evidence(m, name, at, usr, props) INTO e FROM app.events;
				picture := concat_ws(E'\n', picture, m, e::text, (SELECT v::text FROM pls.evaluate(e, '2026-03-02 10:00+00', '{"plan": "pro"}') AS v),
					(SELECT string_agg(x::text, E'\n' ORDER BY x.line) FROM pls.explain(e, '2026-03-02 10:00+00') AS x));
			EXCEPTION WHEN undefined_object THEN
				picture := picture || E'\n' || m || ' is not there';
			END;
		END LOOP;
		RETURN md5(picture);
	END $$;});

my @edits = (
	q{UPDATE pls.signals SET points = 17 WHERE motion = 'm2' AND signal = 'a1'},
	q{UPDATE pls.motions SET qualify_at = 3, triage_at = 1, release_at = NULL WHERE motion = 'm3'},
	q{INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('all', 'actor', ARRAY['4', '8'], 'staff')},
	q{INSERT INTO pls.exclusions (name, motion, scope, domains, reason) VALUES ('one', 'm1', 'actor', ARRAY['acme.example'], 'staff')},
	q{UPDATE pls.exclusions SET scope = 'entity' WHERE name = 'all'},
	q{UPDATE pls.exclusions SET enabled = false WHERE name = 'one'},
	q{UPDATE pls.exclusions SET scope = 'actor', motion = 'm4' WHERE name = 'all'},
	q{DELETE FROM pls.exclusions},
	q{UPDATE pls.grades SET grade = CASE grade WHEN '1' THEN '2' ELSE grade END WHERE motion = 'm1' AND dimension = 'engagement' AND at_least > 5},
	q{DELETE FROM pls.grades WHERE motion = 'm4'},
	q{INSERT INTO pls.category_limits (motion, category, max_points) VALUES ('m2', 'depth', 2.5) ON CONFLICT (motion, category) DO UPDATE SET max_points = 2.5},
	q{TRUNCATE pls.category_limits},
	q{UPDATE pls.motions SET motion = 'renamed' WHERE motion = 'm3'},
	q{UPDATE pls.motions SET motion = 'm3' WHERE motion = 'renamed'},
	q{SELECT pls.create_motion('m5', template => 'trial_conversion')},
	q{DELETE FROM pls.motions WHERE motion = 'm5'},
	# rows that come before their motion, as when a dump is loaded
	q{SET session_replication_role = replica;
	  INSERT INTO pls.signals (motion, signal, category, events, measure, within, op, threshold, points)
	  VALUES ('m5', 'early', 'depth', ARRAY['export'], 'count', '3 days', '>=', 1, 10);
	  SET session_replication_role = origin;
	  UPDATE pls.signals SET points = points + 1 WHERE motion = 'm1' AND signal = 'a1'},
	q{INSERT INTO pls.motions (motion) VALUES ('m5')},
	q{UPDATE pls.signals SET points = 11 WHERE motion = 'm5'},
	q{UPDATE pls.signals SET match = '$.plan == "team"', why = 'why' WHERE motion = 'm1' AND signal = 'a2'},
	q{UPDATE pls.signals SET match = NULL WHERE motion = 'm1' AND signal = 'a2'},
	q{UPDATE pls.signals SET enabled = NOT enabled WHERE signal = 'a3'},
	q{UPDATE pls.motions SET status = 'draft' WHERE motion = 'm4'},
	q{UPDATE pls.motions SET status = 'paused', time_zone = 'Asia/Tokyo' WHERE motion = 'm4'},
	q{UPDATE pls.signals SET why = repeat(md5(random()::text), 200) WHERE motion = 'm1' AND signal = 'a1'},
	q{DELETE FROM pls.signals WHERE motion = 'm2' AND signal LIKE 'a%'},
	q{VACUUM FULL pls.signals; VACUUM FULL pls.motions; CLUSTER pls.grades USING grades_pkey},
	q{ALTER TABLE pls.signals ADD COLUMN our_note text},
	q{UPDATE pls.signals SET our_note = 'x', points = points + 2 WHERE motion = 'm3' AND signal = 'a1'},
	q{ALTER TABLE pls.signals DROP COLUMN our_note},
	q{BEGIN; DELETE FROM pls.signals; ROLLBACK},
	q{UPDATE pls.signals SET points = points + 2 WHERE motion = 'm3' AND signal = 'a1'});

my $session = $node->background_psql($database, on_error_stop => 1);
my $ask = 'SELECT app.picture()';
my %seen;

sub agree
{
	my ($what) = @_;
	my $kept = $session->query_safe($ask) =~ s/\s+$//r;
	my $new = $node->safe_psql($database, $ask) =~ s/\s+$//r;

	is($kept, $new, $what);
	return $seen{$new}++ == 0;
}

agree('to begin with');
my $changed = 0;
foreach my $edit (@edits)
{
	$node->safe_psql($database, $edit);
	$changed += agree($edit =~ s/\s+/ /gr);
}
cmp_ok($changed, '>', 18, 'most edits show in the picture');

# By the session itself, with savepoints, taken back in part.
$session->query_safe($_)
  foreach ('BEGIN', q{UPDATE pls.signals SET points = 1 WHERE motion = 'm1' AND signal = 'a1'}, $ask, 'SAVEPOINT s',
	q{UPDATE pls.signals SET points = 2 WHERE motion = 'm1' AND signal = 'a1'}, $ask, 'ROLLBACK TO s', $ask,
	q{UPDATE pls.signals SET points = 3 WHERE motion = 'm1' AND signal = 'a1'}, $ask, 'COMMIT');
agree('its own edits, one taken back');
$session->query_safe($_) foreach ('BEGIN', q{DELETE FROM pls.motions WHERE motion = 'm1'}, $ask, 'ROLLBACK');
agree('a motion that was deleted for a while');
# Within one transaction the edits of others are seen, too.
$session->query_safe('BEGIN');
$node->safe_psql($database, q{UPDATE pls.signals SET points = 4 WHERE motion = 'm1' AND signal = 'a1'});
agree('the edit of another in the middle of a transaction');
$session->query_safe('COMMIT');
$session->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
$session->query_safe($ask);
$node->safe_psql($database, q{UPDATE pls.signals SET points = 5 WHERE motion = 'm1' AND signal = 'a1'});
$session->query_safe('COMMIT');
agree('after a transaction with an older snapshot');
# The extension is made anew, with other tables.
$node->safe_psql($database, 'DROP EXTENSION pls CASCADE');
$node->safe_psql($database, $_)
  foreach ('CREATE EXTENSION pls', q{SELECT pls.create_motion('m1', template => 'trial_conversion')});
$session->query_safe(q{DO $do$ BEGIN PERFORM pls.score('m1', 'login', now(), 1, NULL); END $do$});
$node->safe_psql($database, q{UPDATE pls.signals SET points = points / 2 WHERE category <> 'outcome'});
my $score = q{SELECT pls.score('m1', n, '2026-03-02 09:00+00', 1, NULL, '2026-03-02 10:00+00') FROM (SELECT unnest(events) AS n FROM pls.signals) AS s};
is($session->query_safe($score) =~ s/\s+$//r, $node->safe_psql($database, $score), 'after the extension was created again');
$session->quit;
$node->stop;
done_testing();
