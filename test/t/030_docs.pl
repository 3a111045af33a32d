# Every example of the documents runs, on a fresh database each, and prints
# what the document says it prints; the catalogue pages are current.
use strict;
use warnings;

use FindBin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = "$FindBin::Bin/../..";

# Instants, and the widths that they give to columns, differ between runs.
sub without_instants
{
	my ($text) = @_;

	$text =~ s/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+\d\d/(an instant)/g;
	$text =~ s/ +/ /g;
	$text =~ s/--+/--/g;
	return $text;
}

my $node = PostgreSQL::Test::Cluster->new('docs');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'");
$node->start;
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;

foreach my $document ('README.md', 'doc/tutorial.md', 'doc/operations.md',
	'doc/delivery.md', 'doc/reference.md', 'doc/functions.md')
{
	my ($database) = $document =~ /(\w+)\.md$/;

	$node->safe_psql('postgres', "CREATE DATABASE \"$database\"");
	my ($printed, $errors) =
	  run_command([ "$top/doc/examples", "$top/$document", $database ]);
	is($errors, '', "the examples of $document ran");
	is_deeply(
		[ split /\n/, without_instants($printed) ],
		[ split /\n/, without_instants(slurp_file("$top/$document")) ],
		"$document shows what its examples print")
	  or diag("doc/update $document brings it up to date");
}

# Nothing that a user can call or read is missing from the reference.
my $reference = slurp_file("$top/doc/reference.md");
foreach my $name (
	split /\n/,
	$node->safe_psql(
		'reference', q{
		SELECT DISTINCT n.name
		  FROM (SELECT 'pls.' || p.proname AS name
		          FROM pg_catalog.pg_proc AS p WHERE p.pronamespace = 'pls'::regnamespace
		        UNION ALL
		        SELECT 'pls.' || c.relname
		          FROM pg_catalog.pg_class AS c
		         WHERE c.relnamespace = 'pls'::regnamespace AND c.relkind IN ('r', 'v')
		        UNION ALL
		        SELECT s.name FROM pg_catalog.pg_settings AS s WHERE s.name LIKE 'pls.%') AS n
		 ORDER BY n.name}))
{
	like($reference, qr/\Q$name\E\b/, "the reference has $name");
}

$node->stop;
done_testing();
