# What one INSERT may cost: however many versions a standing has, however much
# waits for it, however many edges are crossed and whatever others hold, it
# does a bounded piece of work, and the sweep does the rest.  Looked at is what
# was done, and where there is nothing to be counted, processor time of the
# session's process against its time for less of the same.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use PlsTest;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
set_up_motion($node, 'postgres');

sub query
{
	return $node->safe_psql('postgres', $_[0]);
}

# How many entities the aggregate over the events knows another evidence of.
sub wrong
{
	return query(q{
		SELECT count(*)
		  FROM pls.standings AS s
		  FULL JOIN (SELECT org_id, pls.evidence('trial', name, created_at, user_id, props) AS evidence
		               FROM app.events GROUP BY org_id) AS e ON e.org_id = s.entity_id
		 WHERE s.evidence::text IS DISTINCT FROM e.evidence::text});
}

sub waiting
{
	return query(q{SELECT count(*) FROM pls.backlog});
}

sub parts_of
{
	return query("SELECT count(*) FROM pls.backlog WHERE entity_id = '$_[0]'");
}

sub pages_of_standings
{
	return query(q{SELECT pg_relation_size('pls.standings') / 8192});
}

# SQL that inserts events of an account one by one, in one transaction.
sub one_by_one
{
	my ($account, $events, $insert) = @_;

	return qq{DO \$\$BEGIN FOR i IN 1 .. $events LOOP $insert END LOOP; END\$\$} =~ s/ACCOUNT/$account/r;
}
my $insert = q{INSERT INTO app.events (org_id, user_id, name) VALUES ('ACCOUNT', i % 7, 'view');};
my $with_savepoint = "BEGIN $insert EXCEPTION WHEN division_by_zero THEN NULL; END;";

# --- versions of a standing -------------------------------------------------

query(q{UPDATE pls.signals SET events = '{export,view}' WHERE signal = 'exports'; CALL pls.sweep_all()});
query(one_by_one('versions', 60000, $insert));
cmp_ok(pages_of_standings(), '<', 600, 'one transaction: versions of a standing stay few');
cmp_ok(parts_of('versions'), '>', 10000, 'and the other events wait');
query('CALL pls.sweep_all()');
is(wrong() . waiting(), '00', 'the sweep takes them in');

# that they are many is found once
my $fetched = q{SELECT pg_stat_get_xact_blocks_fetched('pls.standings'::regclass)};
my $begun = 'BEGIN; ' . one_by_one('crowded', 25000, $insert) . ";\n";
cmp_ok(query($begun . "$fetched AS before \\gset\n" . one_by_one('crowded', 100, $insert) . ";\n$fetched - :before; COMMIT"), '<', 100,
	'and are not looked at for each of these');
query('CALL pls.sweep_all()');
is(wrong() . waiting(), '00', 'the sweep takes them in');

query('VACUUM FULL pls.standings');
query(one_by_one('savepoints', 20000, $with_savepoint));
cmp_ok(pages_of_standings(), '<', 600, 'savepoints: versions of a standing stay few');
cmp_ok(query(q{SELECT sum(size) FROM pg_ls_dir('pg_multixact/members') AS f,
               LATERAL (SELECT size FROM pg_stat_file('pg_multixact/members/' || f)) AS s}), '<', 2 * 1024 * 1024,
	'and no lock of one savepoint is carried on by all others');
query('CALL pls.sweep_all()');
is(wrong() . waiting(), '00', 'the sweep takes them in');

query('VACUUM FULL pls.standings');
my $reader = $node->background_psql('postgres', on_error_stop => 1);
$reader->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
query(one_by_one('old snapshot', 30000, "$insert COMMIT;"));
cmp_ok(pages_of_standings(), '<', 600, 'an old snapshot: versions of a standing stay few');
cmp_ok(parts_of('old snapshot'), '>', 1000, 'and the other events wait');
$reader->query_safe('COMMIT');
query('CALL pls.sweep_all()');
is(wrong() . waiting(), '00', 'the sweep takes them in');
query('VACUUM pls.standings, pls.backlog');
query(one_by_one('old snapshot', 3, "$insert COMMIT;"));
is(wrong() . waiting(), '00', 'afterwards events are merged at once again');

# --- what waits ---------------------------------------------------------------

# An INSERT looks for what waits in the second after the standing was written:
# that is no longer here than there, since the clock stands still.
query(q{ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now()});
my $clock = 'SET pls.now = \'' . query('SELECT clock_timestamp()') . '\';';
my $holder = $node->background_psql('postgres', on_error_stop => 1);
query("$clock INSERT INTO app.events (org_id, user_id, name) VALUES ('parts', 1, 'view')");
$holder->query_safe(q{BEGIN; SELECT FROM pls.standings WHERE entity_id = 'parts' FOR UPDATE});
query($clock . one_by_one('parts', 40, "$insert COMMIT;"));
$holder->query_safe('COMMIT');
is(parts_of('parts'), 40, 'events wait for who holds the standing');
query("$clock INSERT INTO app.events (org_id, user_id, name) VALUES ('parts', 1, 'invite')");
is(parts_of('parts') . wrong(), '00', 'the next INSERT takes a few of them in');
$holder->query_safe(q{BEGIN; SELECT FROM pls.standings WHERE entity_id = 'parts' FOR UPDATE});
query($clock . one_by_one('parts', 1000, "$insert COMMIT;"));
$holder->query_safe('COMMIT');
query("$clock INSERT INTO app.events (org_id, user_id, name) VALUES ('parts', 2, 'invite')");
is(parts_of('parts'), 1001, 'many of them it leaves alone');
query(q{ALTER TABLE app.events ALTER created_at SET DEFAULT now()});
query('CALL pls.sweep_all()');
is(wrong() . waiting(), '00', 'the sweep takes them in');

# --- decisions -----------------------------------------------------------------

sub cross
{
	my ($prefix, $accounts) = @_;

	return "INSERT INTO app.events (org_id, user_id, name) SELECT '$prefix' || i, i, name"
	  . " FROM generate_series(1, $accounts) AS i, unnest('{export,export,export,invite}'::text[]) AS name;";
}

# Alerts, and decisions that are due, of the accounts of a prefix.
sub decided
{
	return query(qq{
		SELECT (SELECT count(*) FROM pls.alerts WHERE entity_id ~ '^$_[0]') || ' ' ||
		       (SELECT count(*) FROM pls.standings WHERE entity_id ~ '^$_[0]' AND decide_again_at <= now())});
}

query(q{SET pls.decision_time = '1min';} . cross('many', 250));
is(decided('many'), '100 150', 'so many decisions in an INSERT');
query(q{SET pls.decision_time = 0;} . cross('none', 3));
is(decided('none'), '0 3', 'none, if it has no time');
query(q{SET pls.decision_time = 1;} . cross('short', 100));
like(decided('short'), qr/^[1-9]/, 'one, if there is little');
isnt(decided('short'), '100 0', 'and not all');
is(query(q{SELECT reason FROM pls.why_not_alerted WHERE entity_id = 'none1'}), 'due', 'what is left is due');
query('CALL pls.sweep_all()');
is(decided('many') . ', ' . decided('none') . ', ' . decided('short'), '250 0, 3 0, 100 0', 'the sweep decides it');

# the session that has met a lock asks for it no more, for a while
my $log = -s $node->logfile;
$holder->query_safe('BEGIN; LOCK TABLE pls.alerts IN SHARE MODE');
query(join '', map { cross("locked$_", 2) } 1 .. 5);
$holder->query_safe('COMMIT');
my @left = slurp_file($node->logfile, $log) =~ /(decisions are left to the sweep)/g;
is(scalar @left, 1, 'a lock is waited for once');
is(decided('locked'), '0 10', 'what follows is left to the sweep');
is(query(q{SELECT count(*) FROM pls.decisions WHERE reason = 'error'}), 0, 'and is no error');
query('CALL pls.sweep_all()');
is(decided('locked'), '10 0', 'which decides it');

# --- an event costs the same, however many there are ----------------------------

# Microseconds of processor time per event of one account, by a new session.
sub event_cost
{
	my ($account, $events, $how) = @_;
	my ($session, $file) = connected($node, 'postgres');
	my $cost;

	$session->query_safe(q{INSERT INTO app.events (org_id, user_id, name) VALUES ('warm', 1, 'view')});
	$cost = 1000 * time_of($session, $file, one_by_one($account, $events, $how)) / $events;
	$session->quit;
	return $cost;
}

# Of 20,000 events against 2,000, where it was 10 times as much and more.
sub cost_is_flat
{
	my ($what, $how) = @_;
	my $few = least(map { event_cost("$what, few $_", 2000, $how) } 1 .. 2);
	my $many = event_cost("$what, many", 20000, $how);

	cmp_ok($many, '<', 2.5 * $few, sprintf '%s: an event of many costs what one of few does', $what)
	  or diag(sprintf '%.1f and %.1f us', $few, $many);
	query('CALL pls.sweep_all()');
	is(wrong() . waiting(), '00', 'none is lost');
	return;
}

cost_is_flat('one transaction', $insert);
cost_is_flat('savepoints', $with_savepoint);
$reader->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
cost_is_flat('with an old snapshot', "$insert COMMIT;");
$reader->query_safe('COMMIT');

# one statement at row level, and a limit of temporary files, which that keeps
sub many_rows
{
	my ($account) = @_;

	return q{SET temp_file_limit = '1MB'; SET work_mem = '64kB';}
	  . qq{ INSERT INTO app.events (org_id, user_id, name)}
	  . qq{ SELECT '$account', i % 7, CASE WHEN i % 3 = 0 THEN 'view' ELSE 'nothing' END FROM generate_series(1, 60000) AS i};
}
my (undef, undef, $refused) = $node->psql('postgres', many_rows('spilled'));
like($refused, qr/temporary file size exceeds "?temp_file_limit/, 'the rows of a statement are kept for a trigger that sees all of them');
is(query(q{SELECT count(*) FROM pls.standings WHERE entity_id = 'spilled'}) . wrong() . waiting(), '000', 'which leaves nothing');
my $watch = q{SELECT pls.watch('app.events', event => 'name', at => 'created_at', account => 'org_id', actor => 'user_id',
	properties => 'props', level => 'LEVEL')};
query(q{SELECT pls.unwatch(source) FROM pls.sources;} . $watch =~ s/LEVEL/row/r);
query('VACUUM FULL pls.standings');
query(many_rows('rows'));
cmp_ok(pages_of_standings(), '<', 600, 'row level: versions of a standing stay few, and no file is written');
query('CALL pls.sweep_all()');
is(wrong() . waiting(), '00', 'the sweep takes the others in');
query(q{SELECT pls.unwatch(source) FROM pls.sources;} . $watch =~ s/LEVEL/statement/r);

# --- very many parts of one account ---------------------------------------------

# Kilobytes of its own that a session's process has.
sub memory_of
{
	my ($file) = @_;

	return slurp_file($file =~ s/schedstat/status/r) =~ /^RssAnon:\s+(\d+)/m ? $1 : 0;
}

query(q{INSERT INTO app.events (org_id, user_id, name) VALUES ('heap', 1, 'view')});
query(q{BEGIN ISOLATION LEVEL REPEATABLE READ; INSERT INTO app.events (org_id, user_id, name) VALUES ('heap', 1, 'view'); COMMIT});
is(parts_of('heap'), 1, 'an event waits');
query(q{
	INSERT INTO pls.backlog (entity_id, motion, not_before, evidence)
	SELECT b.entity_id, b.motion, b.not_before, b.evidence FROM pls.backlog b, generate_series(2, 100000);
	SET pls.enabled = off;
	INSERT INTO app.events (org_id, user_id, name, created_at)
	SELECT e.org_id, e.user_id, e.name, e.created_at
	  FROM (SELECT * FROM app.events ORDER BY event_id DESC LIMIT 1) e, generate_series(2, 100000)});
my ($session, $file) = connected($node, 'postgres');
my $one = q{INSERT INTO app.events (org_id, user_id, name) VALUES ('ACCOUNT', 1, 'view')};
$session->query_safe($one =~ s/ACCOUNT/warm/r);
my $had = memory_of($file);
my $plain = least(map { time_of($session, $file, $one =~ s/ACCOUNT/warm/r) } 1 .. 5);
my $meets = least(map { time_of($session, $file, $one =~ s/ACCOUNT/heap/r) } 1 .. 5);
cmp_ok($meets, '<', 50 * $plain, 'an INSERT that meets 100,000 parts takes few of them')
  or diag("$plain and $meets ms");
cmp_ok(memory_of($file) - $had, '<', 4096, 'and little memory');
$session->query_safe('CALL pls.sweep_all()');
cmp_ok(memory_of($file) - $had, '<', 64 * 1024, 'a sweep takes them in with little memory');
is(wrong() . waiting(), '00', 'and takes all in');
$session->quit;

# --- an idle sweep -----------------------------------------------------------------

# Milliseconds of sweeps when there is nothing to do, in a session that has
# swept.
sub idle_cost
{
	my ($session, $file) = connected($node, 'postgres');
	my $cost;

	query('CALL pls.sweep_all()') foreach 1 .. 2;
	$session->query_safe('CALL pls.sweep_all()');
	$cost = least(map { time_of($session, $file, 'CALL pls.sweep_all()') } 1 .. 5);
	$session->quit;
	return $cost;
}

query('VACUUM ANALYZE');
my $of_few = idle_cost();
query(q{INSERT INTO app.events (org_id, user_id, name) SELECT 'idle ' || i, 1, 'view' FROM generate_series(1, 60000) AS i});
query('VACUUM ANALYZE');
my $of_many = idle_cost();
cmp_ok($of_many, '<', 3 * $of_few, 'an idle sweep costs the same with 60,000 standings more')
  or diag("$of_few and $of_many ms");

# --- outcomes ------------------------------------------------------------------

query(q{
	INSERT INTO pls.signals (motion, signal, category, outcome, events, measure, within, op, threshold, points, why)
	VALUES ('trial', 'paid', 'outcome', 'conversion', '{pay}', 'count', '14 days', '>=', 1, 0, 'pays');
	CALL pls.sweep_all()});
sub pay
{
	return "INSERT INTO app.events (org_id, user_id, name) SELECT '$_[0]' || i, i, 'pay' FROM generate_series(1, $_[1]) AS i;";
}
query(pay('payer', 2500));
is(query(q{SELECT count(DISTINCT entity_id) FROM pls.outcomes}), 2500, 'outcomes are written as they come');
$holder->query_safe('BEGIN; LOCK TABLE pls.outcomes IN SHARE MODE');
query(join '', map { pay("late$_ ", 30) } 1 .. 3);
is(query(q{SELECT count(*) FROM pls.backlog WHERE entity_id = ''}), 3, 'many that cannot be written are left to a rebuild');
$holder->query_safe('COMMIT');
query('CALL pls.sweep_all()');
is(query(q{SELECT count(*) FROM pls.outcomes}) . ' ' . waiting(), '2590 0', 'which finds them');

# --- VACUUM ----------------------------------------------------------------------

is(query(q{
	SELECT string_agg(c.relname, ' ') FROM pg_class AS c
	 WHERE c.relnamespace IN ('pls'::regnamespace, 'pls_internal'::regnamespace) AND c.relkind = 'r'
	   AND NOT coalesce(c.reloptions @> '{vacuum_truncate=off}', false)}), '', 'no table of pls is cut off by VACUUM');

$holder->quit;
$reader->quit;
$node->stop;
done_testing();
