# What one INSERT may cost: however many versions a standing has, however much
# waits for it, however many edges are crossed and whatever others hold, it
# does a bounded piece of work, and the sweep does the rest.  Looked at is what
# was done, not how long it took.
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

my $holder = $node->background_psql('postgres', on_error_stop => 1);
query(q{INSERT INTO app.events (org_id, user_id, name) VALUES ('parts', 1, 'view')});
$holder->query_safe(q{BEGIN; SELECT FROM pls.standings WHERE entity_id = 'parts' FOR UPDATE});
query(one_by_one('parts', 40, "$insert COMMIT;"));
$holder->query_safe('COMMIT');
is(parts_of('parts'), 40, 'events wait for who holds the standing');
query(q{INSERT INTO app.events (org_id, user_id, name) VALUES ('parts', 1, 'invite')});
is(parts_of('parts') . wrong(), '00', 'the next INSERT takes a few of them in');
$holder->query_safe(q{BEGIN; SELECT FROM pls.standings WHERE entity_id = 'parts' FOR UPDATE});
query(one_by_one('parts', 1000, "$insert COMMIT;"));
$holder->query_safe('COMMIT');
query(q{INSERT INTO app.events (org_id, user_id, name) VALUES ('parts', 2, 'invite')});
is(parts_of('parts'), 1001, 'many of them it leaves alone');
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
	 WHERE c.relnamespace = 'pls'::regnamespace AND c.relkind = 'r'
	   AND NOT coalesce(c.reloptions @> '{vacuum_truncate=off}', false)}), '', 'no table of pls is cut off by VACUUM');

$holder->quit;
$reader->quit;
$node->stop;
done_testing();
