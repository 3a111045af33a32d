# A streaming standby has the same rows, answers the same queries, and goes
# on observing once it is promoted.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use PlsTest;

my $database = 'postgres';
my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->start;
set_up_motion($primary, $database);
$primary->safe_psql($database, q{INSERT INTO pls.channels (channel, kind, changes) VALUES ('crm', 'crm', '{raised}')});
$primary->safe_psql($database, use_product('acme'));
is($primary->safe_psql($database, q{SELECT message_id, attempt FROM pls.claim_deliveries('crm')}), '1|1', 'a worker delivers from the primary');

$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

# What is inserted after the backup reaches the standby as WAL.
$primary->safe_psql($database, use_product('initech', 2));
$primary->safe_psql($database, use_product('globex'));
$primary->wait_for_catchup($standby);

is( differences(
		picture($primary, $database, sequences => 0),
		picture($standby, $database, sequences => 0)),
	'',
	'every table of pls is the same on the standby');

my $scores = q{
	SELECT motion, entity_id, trim_scale(score), grade
	  FROM pls.scores ORDER BY motion, entity_id};
my $expected = $primary->safe_psql($database, $scores);
like($expected, qr/^trial\|acme\|70/m, 'the primary has scores');
is($standby->safe_psql($database, $scores),
	$expected, 'pls.scores gives the same on the standby');
is(measured($standby, $database, 'initech'),
	'exports=2 inviters=0', 'pls.explain answers on the standby');
is( $standby->safe_psql($database,
		'SELECT entity_id FROM pls.open_alerts ORDER BY entity_id'),
	"acme\nglobex",
	'pls.open_alerts answers on the standby');

my ($status, $stdout, $stderr) =
  $standby->psql($database, use_product('acme', 1));
like($stderr, qr/read-only transaction/, 'nothing is written on a standby');

# A session that has cached the model on the standby observes after promotion.
my $session = $standby->background_psql($database);
$session->query_safe($scores);

$primary->stop;
$standby->promote;

$session->query_safe(use_product('initech', 1)
	  . "INSERT INTO app.events (org_id, user_id, name) VALUES ('initech', 8, 'invite');"
);
$session->quit;
$standby->safe_psql($database, use_product('hooli'));

is(measured($standby, $database, 'initech'),
	'exports=3 inviters=1', 'the evidence goes on from where it was');
is( $standby->safe_psql(
		$database, q{
		SELECT entity_id, count(*) FROM pls.alerts
		 GROUP BY entity_id ORDER BY entity_id}),
	"acme|1\nglobex|1\nhooli|1\ninitech|1",
	'the promoted server raises alerts, and none twice');

# Workers go on, without anybody's leave, and what was said of their claims holds.
is( $standby->safe_psql(
		$database, q{
		SELECT pls.confirm_delivery(1, 'task 1', 1);
		SELECT jsonb_path_query_array(payload, '$.alerts[*].account_id') FROM pls.claim_deliveries('crm', 1)}),
	qq{t\n["globex"]},
	'the promoted server delivers what is queued');

$standby->stop;
done_testing();
