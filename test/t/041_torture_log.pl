# What the torture test makes of the server's log: a wait for a relation that
# grows is core's own, whichever relation and whichever check it is; any other
# is found.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use Test::More;

use TortureLog;

# An entry of a session's.
sub entry
{
	my ($name, $text) = @_;

	return "2026-03-02 10:00:00.000 UTC [17] $name: $text\n";
}

my %lock = (
	growth => 'ExclusiveLock on extension of relation 16500 of database 5',
	index => 'ExclusiveLock on extension of relation 16501 of database 5',
	transaction => 'ShareLock on transaction 740',
	table => 'RowExclusiveLock on relation 16500 of database 5');

sub waiting { return entry($_[0], "LOG:  process 17 still waiting for $lock{$_[1]} after 2.055 ms"); }
sub acquired { return entry($_[0], "LOG:  process 17 acquired $lock{$_[1]} after $_[2] ms"); }

sub refused
{
	my ($name, $library) = @_;

	return entry($name, 'ERROR:  canceling statement due to lock timeout')
	  . entry($name, "BACKTRACE:  \n\tpostgres: (ProcessInterrupts+0x1) [0x1]\n\t$library(+0x1) [0x2]")
	  . entry($name, 'STATEMENT:  INSERT INTO app.events ...');
}

# How many waits and refusals are found in a log, and how many of others.
sub found
{
	my $log = TortureLog->new(join '', @_);
	my @waits = $log->waits;
	my ($refused, $others) = $log->refusals;

	return scalar(@waits) . ' ' . scalar(@$refused) . " $others";
}

my ($pls, $core) = ('/usr/lib/postgresql/15/lib/pls.so', 'postgres: ');
foreach my $growth ('growth', 'index')
{
	is(found(waiting('client1', $growth), acquired('client1', $growth, 90.0)), '0 0 0', "$growth is waited for");
	is(found(waiting('client1', $growth), acquired('client1', $growth, 9.5), refused('client1', $pls)),
		'0 0 1', "$growth has been waited for, and the timeout is noticed late");
	is(found(waiting('client1', $growth), refused('client1', $core)), '0 0 1', "$growth of the application's takes too long");
	is(found(waiting('client1', $growth), refused('client1', $pls)), '0 1 0', "$growth that pls waits for must not end a statement");
}
foreach my $other ('transaction', 'table')
{
	is(found(waiting('client1', $other), acquired('client1', $other, 90.0)), '1 0 0', "$other is waited for");
	is(found(waiting('client1', $other)), '1 0 0', "$other is waited for to the end");
	is(found(waiting('client1', $other), refused('client1', $pls)), '1 1 0', "$other ends a statement");
	is(found(waiting('client1', $other), acquired('client1', $other, 9.5)), '0 0 0', "$other is had within the time of a decision");
	is( found(waiting('client1', $other), entry('client1', 'LOG:  pls: decisions are left to the sweep: canceling statement due to lock timeout')),
		'0 0 0', "$other: a decision gives up");
	is(found(waiting('sweep1', $other), acquired('sweep1', $other, 90.0)), '0 0 0', "$other: a sweep may wait");
	is(found(waiting('client1', $other), waiting('client2', $other) =~ s/\[17\]/[18]/r), '2 0 0', "$other: by two clients");
}
is(found(refused('client1', $core)), '0 0 1', 'a statement ended outside pls');
is(found(refused('sweep1', $core)), '0 0 0', 'and another session than a client');

done_testing();
