# The switch that takes pls out of everybody's way, as doc/operations.md says.
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
$node->safe_psql('postgres', 'CREATE DATABASE switched');
set_up_motion($node, 'switched');

my $observed = q{SELECT coalesce(string_agg(entity_id, ' ' ORDER BY entity_id), '') FROM pls.standings};

# A session that was there before, and has the library.
my $session = $node->background_psql('switched', on_error_stop => 1);
$session->query_safe(use_product('before', 1));

my ($status, $output, $errors);
SKIP:
{
	skip 'from 17 a setting need not be known to be set', 1
	  if $node->safe_psql('switched', 'SHOW server_version_num') >= 170000;
	($status, $output, $errors) =
	  $node->psql('switched', 'ALTER SYSTEM SET pls.enabled = off');
	like($errors, qr/unrecognized configuration parameter "pls.enabled"/,
		'a session without the library does not know the setting');
}
$node->safe_psql('switched', $_)
  foreach ("LOAD 'pls'; ALTER SYSTEM SET pls.enabled = off", 'SELECT pg_reload_conf()');
$node->poll_query_until('switched', "LOAD 'pls'; SHOW pls.enabled", "LOAD\noff");

$session->query_safe('SELECT pg_sleep(0.2)');
$session->query_safe(use_product('open', 1));
$node->safe_psql('switched', use_product('new', 1));
is($node->safe_psql('switched', $observed), 'before', 'neither open nor new sessions are observed');
is( $node->safe_psql('switched', q{SELECT value FROM pls.health WHERE "check" = 'settings'}),
	'pls.enabled is off', 'health says so');

$node->safe_psql('switched', $_)
  foreach ("LOAD 'pls'; ALTER SYSTEM RESET pls.enabled", 'SELECT pg_reload_conf()');
$node->poll_query_until('switched', "LOAD 'pls'; SHOW pls.enabled", "LOAD\non");
$session->query_safe('SELECT pg_sleep(0.2)');
$session->query_safe(use_product('after', 1));
is($node->safe_psql('switched', $observed), 'after before', 'and on again');
($status, $output, $errors) =
  $node->psql('switched', q{SELECT pls.refresh('trial')}, on_error_die => 1);
$errors =~ s/^psql:<stdin>:\d+: //mg;
$errors =~ s/\d+\.\d s$/x s/mg;
is( $errors,
	join("\n",
		'NOTICE:  motion "trial": 4 standings rebuilt after x s',
		'NOTICE:  motion "trial": 4 standings rebuilt, 0 decided, in x s'),
	'a refresh says how far it is');
is($node->safe_psql('switched', $observed), 'after before new open', 'what went by is read afterwards');

$session->quit;
$node->stop;
done_testing();
