# What the TAP tests share: the motion of small_motion.sql, a picture of all that
# pls keeps, how long a session's process is at work, and a wait.
package PlsTest;

use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

use Exporter 'import';
our @EXPORT = qw(set_up_motion use_product picture differences measured
  connected time_of least wait_until);

# Creates the extension, the motion "trial" and the watched table app.events.
sub set_up_motion
{
	my ($node, $database) = @_;

	$node->safe_psql($database,
		'CREATE EXTENSION pls; ' . slurp_file("$FindBin::Bin/../small_motion.sql"));
	return;
}

# SQL by which an account does what qualifies it, or as many exports as said.
sub use_product
{
	my ($account, $exports) = @_;

	return "INSERT INTO app.events (org_id, user_id, name) "
	  . "SELECT '$account', 7, 'export' FROM generate_series(1, $exports);"
	  if defined $exports;
	return use_product($account, 3)
	  . "INSERT INTO app.events (org_id, user_id, name) VALUES ('$account', 7, 'invite');";
}

# Every row of every table of the extension and the state of every sequence, as
# a hash of table => text, in an order that no collation changes.  sequences =>
# 0: without these, which run ahead in the WAL and so after a crash.  Turns and
# their counts are left out: they follow from the alerts, and no dump has them;
# so are calendars that the sweep is to look through once more.
sub picture
{
	my ($node, $database, %options) = @_;
	my $kinds = $options{sequences} // 1 ? "'r', 'S'" : "'r'";
	my %picture;
	my $rows = $node->safe_psql(
		$database, qq{
		SELECT format(CASE c.relkind WHEN 'S'
		              THEN 'SELECT %1\$L || chr(9) || last_value || is_called FROM %2\$s'
		              ELSE 'SELECT %1\$L || chr(9) UNION ALL '
		                   '(SELECT %1\$L || chr(9) || replace(t::text, chr(10), '' '') FROM %2\$s AS t'
		                   ' ORDER BY t::text COLLATE "C")' END, c.relname,
		              CASE c.relname WHEN 'sources' THEN '(SELECT to_jsonb(s) - ''numbers_of'' - ''column_numbers'' - ''column_types'' FROM pls.sources s)'
		                             ELSE c.oid::regclass::text END)
		  FROM pg_catalog.pg_class AS c
		  JOIN pg_catalog.pg_depend AS d
		    ON d.classid = 'pg_catalog.pg_class'::regclass
		   AND d.objid = c.oid AND d.deptype = 'e'
		  JOIN pg_catalog.pg_extension AS e
		    ON e.oid = d.refobjid AND e.extname = 'pls'
		 WHERE c.relkind IN ($kinds)
		   AND c.relname !~ '^(turns|turn_counts|retention_marks|recounts)(_|\$)'
		 ORDER BY c.relname
		\\gexec});

	foreach my $row (split /\n/, $rows)
	{
		my ($table, $text) = split /\t/, $row, 2;
		$picture{$table} .= $text;
	}
	return \%picture;
}

# The names of the tables in which two pictures differ.
sub differences
{
	my ($before, $after) = @_;
	my %tables = (%$before, %$after);

	return join ', ',
	  grep { ($before->{$_} // 'none') ne ($after->{$_} // 'none') }
	  sort keys %tables;
}

# What pls.explain() says of an account: "signal=value" in order of name.
sub measured
{
	my ($node, $database, $account) = @_;

	return $node->safe_psql(
		$database, qq{
		SELECT string_agg(signal || '=' || trim_scale(value), ' ' ORDER BY signal)
		  FROM pls.explain('trial', '$account')
		 WHERE signal IN ('exports', 'inviters')});
}

# A session, and the file that says how long its process has been on a processor.
sub connected
{
	my ($node, $database) = @_;
	my $session = $node->background_psql($database, on_error_stop => 1);
	my ($pid) = $session->query_safe('SELECT pg_backend_pid()') =~ /(\d+)/;

	return ($session, "/proc/$pid/schedstat");
}

# How long it is for a statement, in milliseconds.
sub time_of
{
	my ($session, $file, $sql) = @_;
	my $before = (split / /, slurp_file($file))[0];

	$session->query_safe($sql);
	return ((split / /, slurp_file($file))[0] - $before) / 1e6;
}

# Waits until a query says true, as poll_query_until() does, but in one session:
# it asks again, each time in a transaction of its own, without a client that is
# started for it.  False if it never does.
sub wait_until
{
	my ($node, $database, $query) = @_;
	my $tries = 10 * $PostgreSQL::Test::Utils::timeout_default;
	my (undef, undef, $error) = $node->psql(
		$database, qq{
		DO \$wait\$
		BEGIN
			FOR try IN 1..$tries LOOP
				IF ($query) THEN
					RETURN;
				END IF;
				PERFORM pg_sleep(0.1);
				COMMIT;
			END LOOP;
			RAISE 'it has not come about';
		END \$wait\$});

	return 1 if $error eq '';
	diag("$query: $error");
	return 0;
}

sub least
{
	return (sort { $a <=> $b } @_)[0];
}

1;
