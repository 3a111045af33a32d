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
	'doc/delivery.md', 'doc/reference.md', 'doc/functions.md',
	'doc/internals.md')
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

# The headings of the reference are what there is: every function, table and
# view of schema pls, and nothing else; those of the internals likewise.
sub listed
{
	my ($document, $pattern) = @_;
	my %seen;

	return join ' ', sort grep { !$seen{$_}++ } slurp_file("$top/doc/$document") =~ /$pattern/mg;
}

sub present
{
	my ($names) = @_;

	return join ' ', sort split /\n/, $node->safe_psql('reference', $names);
}

my $functions = q{SELECT DISTINCT proname FROM pg_catalog.pg_proc WHERE pronamespace = '%s'::regnamespace};
my $relations = q{SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = '%s'::regnamespace AND relkind IN ('r', 'v')};
is(listed('reference.md', qr/^\*\*`pls\.(\w+)\(/), present(sprintf $functions, 'pls'),
	'the reference has the functions of pls');
is(listed('reference.md', qr/^### pls\.(\w+)$/), present(sprintf $relations, 'pls'),
	'and its tables and views');
is(listed('internals.md', qr/^- `pls_internal\.(\w+)\(/), present(sprintf $functions, 'pls_internal'),
	'the internals have the functions of pls_internal');
is(listed('internals.md', qr/^### pls_internal\.(\w+)$/), present(sprintf $relations, 'pls_internal'),
	'and its tables');

my $reference = slurp_file("$top/doc/reference.md");
foreach my $name (split /\n/, $node->safe_psql('reference',
		q{SELECT name FROM pg_catalog.pg_settings WHERE name LIKE 'pls.%' ORDER BY name}))
{
	like($reference, qr/`\Q$name\E`/, "the reference has the setting $name");
}

$node->stop;
done_testing();
