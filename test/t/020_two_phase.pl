# Prepared transactions: what pls has written stands or falls with them, also
# across a crash, and while they last nobody waits for them.
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

# Runs SQL that is given ten seconds, and returns what went wrong.
sub runs
{
	my ($sql) = @_;
	my (undef, undef, $error) = $node->psql($database, $sql,
		on_error_stop => 1,
		extra_params => [ '-v', 'VERBOSITY=terse' ],
		timeout => 10);

	return $error;
}

# Rows about an account in the tables of pls: standings, backlog, decisions,
# alerts; and whether its evidence is that of the committed events.
sub state_of
{
	my ($account) = @_;

	return $node->safe_psql($database, qq{
		SELECT (SELECT count(*) FROM pls.standings WHERE entity_id = a),
		       (SELECT count(*) FROM pls.backlog WHERE entity_id = a),
		       (SELECT count(*) FROM pls.decisions WHERE entity_id = a),
		       (SELECT count(*) FROM pls.alerts WHERE entity_id = a),
		       (SELECT evidence::text FROM pls.standings WHERE entity_id = a)
		       IS NOT DISTINCT FROM
		       (SELECT pls.evidence('trial', name, created_at, user_id, props)::text
		          FROM app.events WHERE org_id = a)
		  FROM (VALUES ('$account')) AS v (a)});
}

# The clock of these tests stands still.
$node->safe_psql($database,
	"ALTER DATABASE $database SET pls.now = '2026-03-02 10:00+00';
	 ALTER TABLE app.events ALTER created_at SET DEFAULT pls.now();");

foreach my $name (qw(kept dropped))
{
	is(runs("BEGIN; " . use_product($name) . " PREPARE TRANSACTION '$name'"),
		'', "$name: a transaction that has raised an alert can be prepared");
	is(state_of($name), '0|0|0|0|t', "$name: nothing of it is seen yet");
	is(runs(use_product($name, 2)), '', "$name: other sessions do not wait for it");
	is(state_of($name), '0|1|0|0|f', "$name: what they add waits in the backlog");
	is(runs('SELECT pls.sweep()'), '', "$name: nor does the sweep wait");
	is(state_of($name), '0|1|0|0|f', "$name: the sweep leaves what is held");
}
is(runs(use_product('other')), '', 'other accounts are not affected');
is(state_of('other'), '1|0|1|1|t', 'and are decided at once');

$node->stop('immediate');
$node->start;
is( $node->safe_psql($database, 'SELECT gid FROM pg_prepared_xacts ORDER BY gid'),
	"dropped\nkept", 'prepared transactions survive a crash');
is(runs(use_product('kept', 1)), '', 'still nobody waits for them');
is(state_of('kept'), '0|2|0|0|f', 'and what is added waits');

$node->safe_psql($database, "COMMIT PREPARED 'kept'");
is(state_of('kept'), '1|2|1|1|f', 'committed: standing, decision and alert are there');
$node->safe_psql($database, 'SELECT pls.sweep()');
is(state_of('kept'), '1|0|1|1|t', 'the sweep adds what has waited, and there is one alert');

$node->safe_psql($database, "ROLLBACK PREPARED 'dropped'");
is(state_of('dropped'), '0|1|0|0|f', 'rolled back: nothing of it is there');
$node->safe_psql($database, use_product('dropped', 1));
is(state_of('dropped'), '1|0|0|0|t', 'the next event adds what has waited');
$node->safe_psql($database, use_product('dropped'));
is(state_of('dropped'), '1|0|1|1|t', 'and the alert is raised when it is due');

# Prepared transactions go unannounced: NOTIFY cannot be prepared.
my $heard = $node->safe_psql($database,
	"LISTEN pls_alerts;\nBEGIN;\n" . use_product('quiet')
	  . "\nPREPARE TRANSACTION 'quiet';\nCOMMIT PREPARED 'quiet';\nSELECT 1;\n"
	  . use_product('loud') . "\nSELECT 1;\n");
is(state_of('quiet'), '1|0|1|1|t', 'an alert out of a prepared transaction');
unlike($heard, qr/"quiet"/, 'is not announced');
like($heard, qr/notification "pls_alerts" with payload .*"loud"/, 'later ones are');

# What the clock has said goes with the transaction that has written it down:
# the same session writes it down once more.
is($node->safe_psql($database,
		"DELETE FROM pls_internal.clock_marks;\nBEGIN;\n" . use_product('early')
		  . "\nPREPARE TRANSACTION 'early';\nROLLBACK PREPARED 'early';\n"
		  . use_product('later') . "\nSELECT count(*) FROM pls_internal.clock_marks;"),
	'1', 'a rolled back mark of the clock is made good');

done_testing();
