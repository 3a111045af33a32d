# Somebody has locked a whole table of pls.  The sweep does all the rest and says
# what it could not do and who is in the way, pls.health answers at once, and
# who clicks or erases waits for less than a second and is told who it is.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

use PlsTest;

my $database = 'postgres';
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'max_prepared_transactions = 2');
$node->start;
set_up_motion($node, $database);
$node->safe_psql($database, q{UPDATE pls.motions SET cooldown = '1 day', touch_limit = NULL});
$node->safe_psql($database, use_product("account $_")) foreach (1 .. 3);

my $locker = $node->background_psql($database, on_error_stop => 1);
$locker->query_safe(q{SET application_name = 'a migration'});
my ($pid) = $locker->query_safe('SELECT pg_backend_pid()') =~ /(\d+)/;
my $named = qr/process $pid \(role \w+, application a migration\), idle in transaction, in a transaction since [-0-9]+ [:0-9]+\+00/;

# Runs SQL; what it returned, and what went wrong.
sub runs
{
	my ($sql) = @_;
	my (undef, $output, $error) = $node->psql($database, $sql,
		extra_params => [ '-v', 'VERBOSITY=verbose', '-q' ],
		timeout => 120);

	$error =~ s/^psql:<stdin>:\d+: //mg;
	return ($output, $error);
}

# Whether the sweep and pls.health go through while a table is locked.
sub goes_through
{
	my ($table, $mode) = @_;

	$locker->query_safe("BEGIN; LOCK TABLE $table IN $mode MODE");
	my ($swept, $error) = runs(q{
		SET client_min_messages = error;
		SELECT clock_timestamp() AS began \gset
		SELECT settled >= 0 FROM pls.sweep(max_time => '0.4 seconds');
		SELECT clock_timestamp() - :'began' < interval '20 seconds'});
	my ($health, $complaint) = runs(q{
		SET statement_timeout = '20s';
		SELECT value FROM pls.health WHERE "check" LIKE 'locked: %'});

	$locker->query_safe('ROLLBACK');
	return $error . $complaint if $error . $complaint;
	return 'the sweep took too long' if $swept ne "t\nt";
	return "health: $health" if $health ne '' && $health !~ /^not checked: \S+ is locked by $named$/m;
	return 'ok' . ($health ne '' ? ', said' : '');
}

my $tables = $node->safe_psql($database, q{SELECT unnest(pls_internal.own_tables()) ORDER BY 1});
my %said;
foreach my $table (split /\n/, $tables)
{
	my $through = goes_through($table, 'ACCESS EXCLUSIVE');

	$said{$table} = 1 if $through =~ s/, said$//;
	is($through, 'ok', "$table cannot be read");
	is(goes_through($table, 'SHARE'), 'ok', "$table cannot be written");
}
ok($said{"pls.$_"}, "pls.health says that pls.$_ is locked")
  foreach (qw(alerts decisions failures motions pools reps sources standings sweeps));
$node->safe_psql($database, q{SELECT pls.retry_failures(); SELECT pls.sweep()});
is($node->safe_psql($database, 'SELECT task, message FROM pls.failures'), '', 'nothing fails when all are free');

# --- the sweep -------------------------------------------------------------------

# What is put aside is merged although nobody can tell what is paused.
$node->safe_psql($database,
	'BEGIN ISOLATION LEVEL REPEATABLE READ;' . use_product('aside', 1) . 'COMMIT');
$locker->query_safe('BEGIN; LOCK TABLE pls.failures');
my ($output, $error) = runs('SELECT settled FROM pls.sweep()');
is($output . $error, '1', 'pls.failures is locked, and the rest is swept');
is($node->safe_psql($database, q{SELECT failed FROM pls.sweeps ORDER BY sweep_id DESC LIMIT 1}), 1, "and only cooldowns could not be looked for");
$locker->query_safe('ROLLBACK');

# What fails because of a lock names who has it; many of a kind are one row.
$node->safe_psql($database, q{
	INSERT INTO pls.pools (pool) VALUES ('none');
	UPDATE pls.alerts SET assigned_to = NULL, pool = 'none'});
$locker->query_safe('BEGIN; LOCK TABLE pls.reps');
runs(q{SELECT pls.sweep(max_time => '1 second')});
my $failing = $node->safe_psql($database, q{SELECT task, count(*) > 1, min(message) FROM pls.failures GROUP BY task});
like($failing, qr/^assign\|t\|canceling statement due to lock timeout\. Tables of pls are locked by $named, which has locked pls\.reps$/,
	'a failure says who has locked what');
is( $node->safe_psql($database, q{SELECT "check" FROM pls.health WHERE "check" LIKE 'failing: assign%' OR "check" LIKE 'locked: %' ORDER BY 1})
	  =~ s/^failing: assign trial account \d$/failing: one/mr,
	"failing: one\nlocked: configuration\nlocked: decisions and alerts", 'pls.health has one row for them');
like($node->safe_psql($database, q{SELECT value FROM pls.health WHERE "check" LIKE 'failing: %'}),
	qr/; and [12] more of this task because of a lock$/, 'with their number');
like($node->safe_psql($database, q{SELECT hint FROM pls.health WHERE "check" LIKE 'failing: %'}),
	qr/^Another session holds a lock: $named, which has locked pls\.reps\. The next attempt is at /, 'and who it is now');
$locker->query_safe('ROLLBACK');
$node->safe_psql($database, 'DELETE FROM pls.failures');

# One that cannot be written down is in the log of the server.
$locker->query_safe('BEGIN; LOCK TABLE pls.failures IN SHARE MODE');
my $before = -s $node->logfile;
runs(q{SELECT pls_internal.note_failure('wake', 'trial', 'acme', '55000', 'it does not wake')});
like(substr(slurp_file($node->logfile), $before),
	qr/LOG:  pls: could not record a failure because a lock was not available \(wake trial acme\): it does not wake/,
	'what cannot be recorded is in the log');
$locker->query_safe('ROLLBACK');

# --- clicks and erasures -----------------------------------------------------------

my $open = $node->safe_psql($database, q{SELECT min(alert_id) FROM pls.alerts WHERE status = 'open'});
my $closed = $node->safe_psql($database, q{SELECT max(alert_id) FROM pls.alerts WHERE status = 'open'});
$node->safe_psql($database, "SELECT pls.dispose($closed, 'contacted')");

# SQL is refused in time, by an error that names who is in the way.
sub is_refused
{
	my ($sql, $message, $lock) = @_;

	$locker->query_safe("BEGIN; $lock");
	my $began = time;
	my (undef, $said) = runs("SET statement_timeout = '60s'; SELECT FROM $sql");
	my $took = time - $began;
	$locker->query_safe('ROLLBACK');
	like($said, qr/^ERROR:  55P03: $message\nDETAIL:  (It is held by|Table)[^\n]* $named, which has locked pls(_internal)?\.\w+\./, "$lock: $sql");
	ok($took >= 0.8 && $took < 20, sprintf('... in %.1f s', $took));
	return;
}

foreach my $lock ('LOCK TABLE pls.alerts IN SHARE MODE', 'LOCK TABLE pls.alerts', 'LOCK TABLE pls.alert_log IN SHARE MODE')
{
	is_refused($_, "a table needed to change alert $open is locked", $lock)
	  foreach ("pls.touch($open, 'called')", "pls.dispose($open, 'contacted')", "pls.withdraw($open, 'why')",
		"pls.snooze($open, now() + '1 hour')", "pls.pause_sla($open)");
}
is_refused("pls.reopen($closed)", 'another transaction is blocking an alert for "account 3"', 'LOCK TABLE pls.alert_log IN SHARE MODE');
foreach my $table (qw(pls.alerts pls.standings pls.decisions pls.accounts pls_internal.looks))
{
	is_refused(q{pls.forget_account('account 2')}, 'data about account "account 2" is locked by another transaction',
		"LOCK TABLE $table IN $_ MODE")
	  foreach ('SHARE', 'ACCESS EXCLUSIVE');
}
is_refused(q{pls.forget_user('7')}, 'data about user "7" is locked by another transaction', 'LOCK TABLE pls.users IN SHARE MODE');

# A person who refreshes, too.
$locker->query_safe('BEGIN; LOCK TABLE pls.standings');
(undef, $error) = runs(q{SET lock_timeout = '200ms'; SELECT pls.refresh('trial', 'account 1')});
like($error, qr/^ERROR:  55P03: the standing of "account 1" in motion "trial" is locked\nDETAIL:  It is held by $named\./, 'a refresh of one entity');
$locker->query_safe('ROLLBACK');
runs(q{BEGIN; LOCK TABLE pls.standings; PREPARE TRANSACTION 'migration 7'});
(undef, $error) = runs(q{SELECT FROM pls.forget_account('account 2')});
like($error, qr/\nDETAIL:  It is held by the prepared transaction 'migration 7', which has locked pls\.standings\./, 'a prepared transaction is named');
like($node->safe_psql($database, q{SELECT value FROM pls.health WHERE "check" = 'locked: entities'}),
	qr/^not checked: pls\.standings is locked by the prepared transaction 'migration 7'$/, 'by pls.health as well');
runs(q{ROLLBACK PREPARED 'migration 7'});

# --- an alert that is opened meanwhile ----------------------------------------------

# The wait ends with the commit, if that comes soon enough: then which alert is
# open is said, as by a look at it beforehand.
foreach (1 .. 10)
{
	$node->safe_psql($database, 'UPDATE pls.standings SET cooldown_until = NULL');
	$locker->query_safe(q{BEGIN; SELECT FROM pls.raise('trial', 'account 3', 'asked')});
	my $out = '';
	my $run = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr($database), '-v', 'VERBOSITY=verbose', '-c', "SELECT pls.reopen($closed)" ],
		'<', \'', '>', \$out, '2>', \$error);
	$node->poll_query_until($database, q{SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted) OR NOT EXISTS (
		SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pls.reopen%' AND state = 'active')});
	$locker->query_safe('COMMIT');
	$run->finish;
	last if $error !~ /55P03/;
	$node->safe_psql($database, qq{SELECT pls.dispose(alert_id, 'contacted') FROM pls.alerts WHERE entity_id = 'account 3' AND closed_at IS NULL});
}
like($error, qr/^ERROR:  23505: alert $closed cannot be reopened: alert \d+ for the same account is open\nHINT:  Work on that alert instead\./,
	'reopening an alert where another has just been opened');

$locker->quit;
$node->stop;
done_testing();
