# What the server's log of the torture test says of waiting: which client has
# waited for another session, and whose statement was ended by lock_timeout
# while pls was at work.
package TortureLog;

use strict;
use warnings;

# log: the text, every line of which begins as log_line_prefix '%m [%p] %a: '
# makes it.
sub new
{
	my ($class, $log) = @_;
	my (@entries, %last);

	# What is said of an entry, in lines of their own, is made part of it.
	foreach my $entry (split /^(?=\d{4}-\d\d-\d\d )/m, $log)
	{
		my ($pid, $name, $kind) = $entry =~ /^\S+ \S+ \S+ \[(\d+)\] ([^:]*): (\w+):  / or next;

		if ($kind =~ /^(?:DETAIL|HINT|QUERY|CONTEXT|BACKTRACE|STATEMENT)$/)
		{
			$last{$pid}{text} .= $entry if $last{$pid};
			next;
		}
		push @entries, $last{$pid} = {
			pid => $pid,
			is_client => scalar($name =~ /^client/),
			text => $entry
		};
	}
	return bless { entries => \@entries }, $class;
}

# Whether an entry tells of a wait that is core's own.  Whoever adds a page to a
# relation holds a lock for that moment and waits for nobody meanwhile: with
# pls or without, any relation that grows is waited for.  Every check of waits
# asks here.
sub is_core_wait
{
	my ($text) = @_;

	return scalar($text =~ /(?:still waiting for|acquired) \w+ on extension of relation /);
}

# Entries by which a client has waited for another session.
sub waits
{
	my ($self) = @_;
	my (%pending, @waits);

	foreach my $entry (@{ $self->{entries} })
	{
		my ($pid, $text) = @$entry{qw(pid text)};

		# a decision gives up after 10 ms, on a busy machine seen a little later;
		# the sessions of the shortest timeout say also what took less
		push @waits, $pending{$pid}
		  if $pending{$pid} && $text !~ /pls: decisions are left to the sweep: /
		  && !($text =~ /acquired .* after ([\d.]+) ms/ && $1 < 20);
		delete $pending{$pid};
		$pending{$pid} = $text
		  if $entry->{is_client} && $text =~ /still waiting for / && !is_core_wait($text);
	}
	return (@waits, values %pending);
}

# Entries by which lock_timeout has ended a statement while pls was at work, and
# how many it has ended otherwise.
#
# A session that allows 5 ms may meet that a table of its own grows.  For a table
# of pls it waits longer (keyed_table.c), or the statement goes on without: none
# ends while pls waits.  Only that a timeout is noticed late happens: when the
# session has got what it waited for.
sub refusals
{
	my ($self) = @_;
	my (%before, @refused);
	my $others = 0;

	foreach my $entry (@{ $self->{entries} })
	{
		my ($pid, $text) = @$entry{qw(pid text)};
		my $before = $before{$pid} // '';

		$before{$pid} = $text;
		next unless $text =~ /ERROR:  canceling statement due to lock timeout/;
		if ($text =~ /BACKTRACE:/ && $text !~ m{/pls\.so\b}
			|| $before =~ /acquired/ && is_core_wait($before))
		{
			$others++ if $entry->{is_client};
			next;
		}
		push @refused, $text;
	}
	return (\@refused, $others);
}

1;
