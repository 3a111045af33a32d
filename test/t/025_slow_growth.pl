# A table of pls grows while the disk is slow: the application's INSERT takes
# the moment that this takes, however short its lock_timeout is, and does not
# fail.  What it waits for otherwise is limited as it has asked.
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
my $module = "$FindBin::Bin/../modules/hold_growth/hold_growth";
$node->safe_psql('postgres', qq{
	CREATE FUNCTION app.hold_growth(regclass) RETURNS void AS '$module', 'hold_growth' LANGUAGE C});

my $holder = $node->background_psql('postgres', on_error_stop => 1);
my $application = $node->background_psql('postgres', on_error_stop => 0);

# Runs SQL in the application's session while a relation cannot grow; true if
# it waited for that, more than twice as long as its lock_timeout.
sub runs_while_held
{
	my ($relation, $sql) = @_;
	my $waited;

	$holder->query_safe("BEGIN; SELECT app.hold_growth('$relation');");
	$application->query_until(qr/begins/, "\\echo begins\n$sql\n");
	$waited = $node->poll_query_until('postgres', q{
		SELECT EXISTS (SELECT FROM pg_locks
		                WHERE locktype = 'extend' AND NOT granted
		                  AND clock_timestamp() - waitstart > interval '120 ms')});
	$holder->query_safe('COMMIT;');
	$application->query_safe('SELECT 1');
	return $waited;
}
$application->query_safe(q{SET lock_timeout = '50ms'});

# an empty table has no page, so its first row needs one
ok(runs_while_held('pls.standings', use_product('new', 1)), 'a new standing waits for room');
is($node->safe_psql('postgres', q{SELECT entity_id, evidence IS NOT NULL FROM pls.standings}),
	'new|t', 'and is written');
ok(runs_while_held('pls.backlog',
	"INSERT INTO app.events (org_id, user_id, name, created_at) VALUES ('later', 7, 'export', now() + interval '1 hour');"),
	'what is put aside waits for room');
is($node->safe_psql('postgres', q{SELECT entity_id FROM pls.backlog}), 'later', 'and is written');
is($application->query_safe('SHOW lock_timeout') =~ s{\s+$}{}r, '50ms', 'the setting is the session\'s own');
is($application->{stderr} =~ s/\s+//gr, '', 'no error');

$holder->quit;
$application->quit;
$node->stop;
done_testing();
