# A psql that is fed one script after the other and says how each ended: what
# it printed, the errors, and whether the connection was lost.  Meant for a
# process of its own: it may be forked, and ends with disconnect().
package TorturePsql;

use strict;
use warnings;

use IO::Handle;
use IPC::Open3;
use Time::HiRes qw(sleep time);

# connection: what psql -d takes; setup: SQL for each new connection.
sub new
{
	my ($class, %with) = @_;

	$SIG{PIPE} = 'IGNORE';
	return bless {
		connection => $with{connection},
		setup => $with{setup} // '',
		timeout => $with{timeout} // 120,
		scripts => 0
	}, $class;
}

# Connects, trying again while the server recovers.  Dies when it does not.
sub connect
{
	my ($self) = @_;
	my $until = time + $self->{timeout};

	for (;;)
	{
		my ($in, $out);
		$self->{pid} = open3($in, $out, undef,
			'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $self->{connection});
		$in->autoflush(1);
		@$self{qw(in out)} = ($in, $out);
		my $result = $self->run($self->{setup});
		return if !$result->{lost} && !@{ $result->{errors} };
		die "no connection: @{ $result->{lines} }\n" if time > $until;
		sleep 0.1;
	}
}

sub disconnect
{
	my ($self) = @_;

	return if !defined $self->{pid};
	close $self->{in};
	close $self->{out};
	waitpid $self->{pid}, 0;
	delete @$self{qw(pid in out)};
	return;
}

# Runs a script.  Returns lost (the connection is gone, and closed), errors
# (lines that begin with ERROR, FATAL or PANIC and a SQLSTATE) and lines (all
# that was printed).  Dies when it takes too long.
sub run
{
	my ($self, $script) = @_;
	my $mark = '== ' . ++$self->{scripts} . ' ==';
	my $result = { lost => 1, errors => [], lines => [] };

	local $SIG{ALRM} = sub { die "no answer in $self->{timeout} s to: $script\n" };
	alarm $self->{timeout};
	print { $self->{in} } "$script\n\\echo $mark\n";
	while (defined(my $line = readline $self->{out}))
	{
		chomp $line;
		if ($line eq $mark)
		{
			$result->{lost} = 0;
			last;
		}
		push @{ $result->{lines} }, $line;
		push @{ $result->{errors} }, $line
		  if $line =~ /^(?:psql:.*?)?(?:ERROR|FATAL|PANIC):  \w{5}: /;
	}
	alarm 0;
	# the server may say that it goes down after all has been answered
	$result->{lost} = 1 if grep { /  57P02: / } @{ $result->{lines} };
	$self->disconnect if $result->{lost};
	return $result;
}

1;
