# Every way in which PostgreSQL copies a database gives one equal to the
# original: table by table, without a warning, and the next event raises the
# right alert.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use PlsTest;

my $directory = PostgreSQL::Test::Utils::tempdir();
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding', 'UTF8', '--locale', 'C.UTF-8' ]);
$node->start;

# Runs commands of PostgreSQL's, one list of them beside the other; none says a
# word on its standard error.
sub run_silently
{
	my (%scripts) = @_;
	my (%errors, %runs);
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;

	foreach my $name (sort keys %scripts)
	{
		my $script = join ' && ',
		  map { join ' ', map { "'" . s/'/'\\''/gr . "'" } @$_ } @{ $scripts{$name} };
		$errors{$name} = '';
		$runs{$name} = IPC::Run::start([ 'sh', '-c', $script ], '>', '/dev/null', '2>', \$errors{$name});
	}
	foreach my $name (sort keys %scripts)
	{
		my $good = IPC::Run::finish($runs{$name});
		ok($good && $errors{$name} eq '', "$name succeeds without a word")
		  or diag($errors{$name});
	}
	return;
}

# The checks of pls.health about what a restore can spoil that are not ok.
sub unwell
{
	my ($database) = @_;

	return $node->safe_psql(
		$database, q{
		SELECT "check" FROM pls.health
		 WHERE "check" ~ '^(source |triggers|configuration|motions without)' AND status <> 'ok'});
}

my $original;

# A copy has the rows of the original, is well, and goes on from there.
sub check_copy
{
	my ($name, $database) = @_;

	is(differences($original, picture($node, $database)),
		'', "$name: every table of pls holds the same rows");
	if ($name =~ /without triggers/)
	{
		is(unwell($database),
			qq{source "Odd Schema"."Ev""ents"\ntriggers},
			"$name: health sees triggers that fire always no more");
		$node->safe_psql($database, 'SELECT pls.mend_triggers()');
	}
	is(unwell($database), '', "$name: and is well");
	is( $node->safe_psql(
			$database, q{
			CALL app.use('initech', 1, 0);
			INSERT INTO app.events (org_id, user_id, name) VALUES ('stark', 9, 'invite');
			CALL app.use('acme', 1, 0);
			SELECT string_agg(a.entity_id, ' ' ORDER BY a.entity_id)
			  FROM pls.alerts AS a
			 WHERE a.alert_id > (SELECT max((l.change -> 'before_restore')::bigint) FROM pls.alert_log AS l)}),
		'initech stark',
		"$name: the next crossings are alerted, and nobody else");
	return;
}

# Makes copies, two at a time: name => [ words of CREATE DATABASE, steps ].
sub check_copies
{
	my (@copies) = @_;

	while (my ($one, $one_steps, $other, $other_steps) = splice @copies, 0, 4)
	{
		my (%scripts, %database);

		foreach ([ $one, $one_steps ], [ $other, $other_steps ])
		{
			my ($name, $steps) = @$_;
			next unless defined $name;
			my ($create, @commands) = @$steps;
			my $database = $database{$name} = lc($name =~ s/\W+/_/gr);
			$node->safe_psql('postgres', "CREATE DATABASE $database $create");
			$scripts{$name} = [ map { [ map { s/DATABASE/$database/gr } @$_ ] } @commands ]
			  if @commands;
		}
		run_silently(%scripts);
		foreach my $name (sort keys %database)
		{
			check_copy($name, $database{$name});
			$node->safe_psql('postgres', "DROP DATABASE $database{$name}");
		}
	}
	return;
}

$node->safe_psql('postgres', 'CREATE ROLE some_analyst LOGIN; CREATE ROLE some_rep LOGIN; CREATE DATABASE original');

sub populate
{
	my ($database, %names) = @_;

	$node->safe_psql($database, 'CREATE EXTENSION pls');
	$node->command_ok(
		[
			'psql', '-X', '-q', '-o', '/dev/null', '-d', $database,
			'-v', 'ON_ERROR_STOP=1',
			(map { ('-v', "$_=$names{$_}") } sort keys %names),
			'-c', 'SET client_min_messages = warning',
			'-f', "$FindBin::Bin/../populate.sql"
		],
		"something in every table of $database");
	# the last alert so far, where every copy finds it
	$node->safe_psql($database, q{
		INSERT INTO pls.alert_log (entity_id, alert_id, at, change)
		SELECT '', 0, now(), jsonb_build_object('before_restore', max(alert_id)) FROM pls.alerts});
	return;
}

populate('original',
	boss_name => 'Zé Böß',
	odd_account => 'ünï',
	odd_name => 'Ünïcode');
$node->safe_psql('original', q{INSERT INTO pls.accounts (account_id, name) VALUES ('kk', '株式会社')});
$original = picture($node, 'original');
is(join(' ', grep { $original->{$_} eq '' } sort keys %$original),
	'identity_clock', 'no table of pls is empty, but for the one that always is');

my %dump = (
	plain => [ '--format', 'plain' ],
	custom => [ '--format', 'custom' ],
	directory => [ '--format', 'directory', '--jobs', '2' ],
	inserts => [ '--format', 'plain', '--inserts' ],
	many_inserts => [ '--format', 'plain', '--rows-per-insert', '100' ],
	clean => [ '--format', 'plain', '--clean', '--if-exists' ],
	extension => [ '--format', 'custom', '--extension', 'pls' ],
	no_owner => [ '--format', 'plain', '--no-owner' ],
	pls => [ '--format', 'custom', '--schema', 'pls', '--schema', 'pls_internal', '--extension', 'pls' ],
	pls_inserts => [ '--format', 'plain', '--inserts', '--data-only', '--schema', 'pls', '--schema', 'pls_internal', '--extension', 'pls' ],
	app => [ '--format', 'custom', '--schema', 'app', '--schema', '"Odd Schema"' ]);
my %file = map { ($_ => "$directory/$_") } keys %dump;
run_silently(map { ("dump $_" => [ [ 'pg_dump', '--no-sync', @{ $dump{$_} }, '--file', $file{$_}, 'original' ] ]) }
	  sort keys %dump);

my @psql = ('psql', '-X', '-q', '-d', 'DATABASE');
my @load = (@psql, '-o', '/dev/null', '-v', 'ON_ERROR_STOP=1', '-f');
my @restore = ('pg_restore', '--dbname', 'DATABASE', '--exit-on-error');
my @create = (@psql, '-c', 'CREATE EXTENSION pls');

check_copies(
	'template' => ['TEMPLATE original'],
	(map { ($_ => [ '', [ @load, $file{$_} ] ]) } ('plain', 'inserts', 'many_inserts', 'clean', 'no_owner')),
	'custom' => [ '', [ @restore, $file{custom} ] ],
	'one transaction' => [ '', [ @restore, '--single-transaction', $file{custom} ] ],
	'two jobs' => [ '', [ @restore, '--jobs', '2', $file{directory} ] ],
	'four jobs' => [ '', [ @restore, '--jobs', '4', $file{custom} ] ],
	'sections' => [
		'', map { [ @restore, '--jobs', '2', '--section', $_, $file{directory} ] } ('pre-data', 'data', 'post-data')
	],
	'schema then data' => [ '',
		[ @restore, '--schema-only', $file{custom} ],
		[ @restore, '--data-only', $file{custom} ] ],
	'data without triggers' => [ '',
		[ @restore, '--schema-only', $file{custom} ],
		[ @restore, '--data-only', '--disable-triggers', '--jobs', '2', $file{custom} ] ],
	'over a copy' => [ '',
		[ @restore, $file{custom} ],
		[ @restore, '--clean', '--if-exists', $file{custom} ] ],
	'extension by name' => [ '', [ @restore, $file{extension} ] ],
	# the extension is there and has shipped its rows
	'schema by schema' => [ '', [@create], [ @restore, $file{app} ], [ @restore, '--data-only', $file{pls} ] ],
	'inserts over shipped rows' => [ '', [@create], [ @restore, $file{app} ], [ @load, $file{pls_inserts} ] ],
	'SQL_ASCII' => [ q{TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'}, [ @restore, $file{custom} ] ],
	'another collation' => [ q{TEMPLATE template0 LOCALE 'C'}, [ @restore, $file{custom} ] ],
	'another provider' => [ q{TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'sv'}, [ @restore, $file{custom} ] ]);

# Another encoding has the same characters, for those that it knows.
$ENV{PGCLIENTENCODING} = 'UTF8';
$node->safe_psql('postgres', 'CREATE DATABASE western TEMPLATE original');
$node->safe_psql('western', q{DELETE FROM pls.accounts WHERE account_id = 'kk'});
$original = picture($node, 'western');
run_silently('dump of western' =>
	  [ [ 'pg_dump', '--no-sync', '--format', 'custom', '--file', "$directory/western", 'western' ] ]);
check_copies(
	'LATIN1' => [ q{TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'}, [ @restore, "$directory/western" ] ]);

$node->stop;
done_testing();
