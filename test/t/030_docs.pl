# Every example of the documents runs, on a fresh database each, and prints
# what the document says it prints; the catalog pages are current; the files,
# tests and targets of make that developers are sent to are there.
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

foreach my $document ('README.md', 'doc/start.md', 'doc/tutorial.md', 'doc/your-data.md', 'doc/operations.md',
	'doc/delivery.md', 'doc/outreach.md', 'doc/learning.md', 'doc/history.md', 'doc/backtest.md', 'doc/tuning.md', 'doc/funnel.md', 'doc/method.md',
	'doc/reference.md', 'doc/functions.md',
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
is(listed('reference.md', qr/^\*\*`pls\.(\w+)\(/m), present(sprintf $functions, 'pls'),
	'the reference has the functions of pls');
is(listed('reference.md', qr/^### pls\.(\w+)$/m), present(sprintf $relations, 'pls'),
	'and its tables and views');
is(listed('internals.md', qr/^- `pls_internal\.(\w+)\(/m), present(sprintf $functions, 'pls_internal'),
	'the internals have the functions of pls_internal');
is(listed('internals.md', qr/^### pls_internal\.(\w+)$/m), present(sprintf $relations, 'pls_internal'),
	'and its tables');

my $reference = slurp_file("$top/doc/reference.md");
foreach my $name (split /\n/, $node->safe_psql('reference',
		# the library is loaded, and its settings are there, once it is called
		q{DO 'BEGIN PERFORM pls.now(); END'; SELECT name FROM pg_catalog.pg_settings WHERE name LIKE 'pls.%' ORDER BY name}))
{
	like($reference, qr/`\Q$name\E`/, "the reference has the setting $name");
}

$node->stop;

# What developers are told to open, and to run.  What has a capital N, A, B or X
# for a name stands for others.
sub missing
{
	my ($is_there, @names) = @_;
	my %seen;

	return join ' ', grep { !/\b(?:NN?|NAME|A|B|X)(?:\b|_)/ && !$is_there->($_) }
	  grep { !$seen{$_}++ } @names;
}

my $folder = qr{(?:\.ci|bench|doc|expected|src|sql|test)/};
my $makefile = slurp_file("$top/Makefile");

sub is_target
{
	return $makefile =~ /'  make \Q$_[0]\E |^\Q$_[0]\E:/m;
}

sub is_test
{
	my ($name) = @_;

	return grep { -e "$top/test/$_" } "sql/$name.sql", "specs/$name.spec", "t/$name.pl", "pgtap/$name.pg";
}

my $sources = join '', map { slurp_file($_) } glob "$top/src/*.c $top/src/*/*.c $top/sql/*/*.sql $top/sql/*.sql $top/test/sql/include/*";

sub is_function
{
	return $sources =~ /^\Q$_[0]\E\(|CREATE (?:FUNCTION|AGGREGATE|PROCEDURE) \w+\.\Q$_[0]\E\(/m;
}

foreach my $document ('README.md', 'CONTRIBUTING.md', 'doc/architecture.md')
{
	my $text = slurp_file("$top/$document");
	my @blocks = grep { s/^(?:sh)?\n// } $text =~ /^```(.*?)^```$/msg;

	is( missing(
			sub { -e "$top/$_[0]" },
			$text =~ m{`([\w.-]+/[\w./-]*)[`, ]}g,
			map { /(?<!\S)($folder[\w.\/-]+)/g } @blocks),
		'', "the files that $document names");
	is(missing(\&is_function, $text =~ /`(?:\w+\.)?(\w+)\(\)`/g),
		'', "the functions that it names");
	is(missing(\&is_target, $text =~ /(?:^make +|`make\s+)([a-z][\w-]*)/mg),
		'', "the targets of make that it names");
	is( missing(
			\&is_test,
			(map { split ' ' } $text =~ /\bTESTS="([^"]*)"/g),
			map { /`(\w+)`/g } $text =~ /^Tests: (.*)/mg),
		'', "the tests that it names");
}
done_testing();
