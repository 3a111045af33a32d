# A client of the torture test: an application's session that writes random
# events in every way and notes what has become of each.
#
# The rows of a client have the key (client, number), numbers being used once,
# so that clients never wait for one another and whatever happens to a row can
# be told.  The record is a file of lines "from to fate": c committed, r rolled
# back, u unknown (the connection was lost during COMMIT or before).
package TortureClient;

use strict;
use warnings;

use TorturePsql;

use constant {
	HOT => 10,
	COLD => 10_000,
	USERS => 10_000,
};
our $COLUMNS = 'client, number, org_id, user_id, name, created_at, props';
our @EVENTS = (('export') x 6, ('invite') x 2, ('login') x 6, 'error',
	'upgrade', 'nothing', 'nothing');

sub new
{
	my ($class, %with) = @_;
	my $self = bless {
		client => $with{client},
		number => 0,
		committed => [],        # ranges that ON CONFLICT may meet again
		record => $with{record},
		scratch => $with{scratch},
		psql => $with{psql},
		%{ { map { $_ => 0 } qw(copies transactions lost) } }
	}, $class;

	return $self;
}

sub one_of { return $_[ int rand @_ ]; }

sub chance { return rand() < $_[0]; }

# Seconds from now at which an event happens: now, mostly; lately; before any
# window; a little later; and so much later that the test will not see it.
sub seconds_off
{
	my $dice = rand;

	return $dice < 0.60 ? 0
	  : $dice < 0.85 ? -rand(12 * 86400)
	  : $dice < 0.93 ? -rand(60 * 86400)
	  : $dice < 0.99 ? rand(3)
	  : 3600 + rand(1800);
}

# One event as a list of column values; undef is NULL.  Half are of a hot
# account.  A third says the account only through the user, some name nobody.
sub event
{
	my ($self, $at) = @_;
	my $account = chance(0.5) ? 'hot-' . int rand HOT : 'cold-' . int rand COLD;
	my $user = 'u' . (chance(0.3) ? int rand 20 : int rand USERS);
	my $dice = rand;

	$account = undef if $dice < 0.33;
	$user = undef if $dice > 0.95;
	return (
		$self->{client}, ++$self->{number}, $account, $user, one_of(@EVENTS),
		$at // sprintf('%.6f', seconds_off()),
		chance(0.1) ? undef
		: chance(0.05) ? '{"amount": "none"}'
		: sprintf '{"amount": %.2f}', rand 20);
}

sub literal { return defined $_[0] ? "'$_[0]'" : 'NULL'; }

# The values of an event for INSERT.
sub values_of
{
	my ($client, $number, $account, $user, $name, $off, $props) = @_;

	return sprintf q{(%d, %d, %s, %s, '%s', clock_timestamp() + interval '%s s', %s)},
	  $client, $number, literal($account), literal($user), $name, $off, literal($props);
}

sub insert_rows
{
	my ($self, $rows) = @_;

	return "INSERT INTO app.events ($COLUMNS) VALUES "
	  . join(', ', map { values_of($self->event) } 1 .. $rows) . ';';
}

sub copy_rows
{
	my ($self, $rows) = @_;
	my $now = Time::HiRes::time();

	# read when the script runs: each COPY of a transaction needs its own
	my $name = sprintf '%s.%d', $self->{scratch}, $self->{copies}++ % 10;

	open(my $file, '>', $name) or die "$name: $!";
	foreach my $row (1 .. $rows)
	{
		my @event = $self->event;
		my $at = $now + $event[5];
		my ($second, $minute, $hour, $day, $month, $year) = gmtime $at;

		$event[5] = sprintf '%04d-%02d-%02d %02d:%02d:%02d.%06d+00',
		  $year + 1900, $month + 1, $day, $hour, $minute, $second,
		  1e6 * ($at - int $at);
		print $file join("\t", map { $_ // '\N' } @event), "\n";
	}
	close $file;
	return "\\copy app.events ($COLUMNS) FROM '$name'";
}

# Many rows of accounts that follow one another, from one seed.
sub insert_select
{
	my ($self, $rows) = @_;
	my $first = $self->{number} + 1;
	my $last = $self->{number} += $rows;
	my $factor = 1 + 2 * int rand 500;
	my $names = join ',', map { "'$_'" } @EVENTS;

	return "INSERT INTO app.events ($COLUMNS)"
	  . " SELECT $self->{client}, n,"
	  . ' CASE WHEN n % 3 = 0 THEN NULL'
	  . ' WHEN n % 3 = 1 THEN \'hot-\' || n * ' . $factor . ' % ' . HOT
	  . ' ELSE \'cold-\' || n / 7 * ' . $factor . ' % ' . COLD . ' END,'
	  . " 'u' || n * $factor % " . USERS . ','
	  . " (ARRAY[$names])[1 + n * 7 % " . scalar(@EVENTS) . '],'
	  . ' now() - n % 50 * interval \'7 hours\', jsonb_build_object(\'amount\', n % 11)'
	  . " FROM generate_series($first, $last) AS n;";
}

# Rows of which some are there already.
sub upsert
{
	my ($self, $rows) = @_;
	my $known = $self->{committed}[-1] // [ 1, 0 ];
	my @rows = map { [ $self->event ] } 1 .. $rows;

	foreach my $again ($known->[0] .. $known->[1])
	{
		my @event = $self->event;
		$self->{number}--;
		$event[1] = $again;
		push @rows, \@event;
		last if @rows >= 2 * $rows;
	}
	return "INSERT INTO app.events ($COLUMNS) VALUES "
	  . join(', ', map { values_of(@$_) } @rows)
	  . ' ON CONFLICT (client, number) DO '
	  . one_of('NOTHING', 'UPDATE SET seen = events.seen + 1') . ';';
}

sub merge
{
	my ($self, $rows) = @_;

	return "MERGE INTO app.events AS e USING (VALUES "
	  . join(', ', map { values_of($self->event) } 1 .. $rows)
	  . ") AS v ($COLUMNS) ON e.client = v.client AND e.number = v.number"
	  . ' WHEN MATCHED THEN UPDATE SET seen = e.seen + 1'
	  . " WHEN NOT MATCHED THEN INSERT ($COLUMNS) VALUES"
	  . ' (v.client, v.number, v.org_id, v.user_id, v.name, v.created_at, v.props::jsonb);';
}

# A statement.  MERGE reads the table, so that a serializable transaction may
# fail with it for reasons of its own.
sub statement
{
	my ($self, $serializable) = @_;
	my $dice = rand;

	return $dice < 0.40 ? $self->insert_rows(1)
	  : $dice < 0.60 ? $self->insert_rows(2 + int rand 20)
	  : $dice < 0.72 ? $self->copy_rows(1 + int rand 100)
	  : $dice < 0.82 ? $self->insert_select(1 + int rand 100)
	  : $dice < 0.84 ? 'SET work_mem = \'64kB\'; ' . $self->insert_select(1500) . ' RESET work_mem;'
	  : $dice < 0.94 || $serializable ? $self->upsert(1 + int rand 5)
	  : $self->merge(1 + int rand 5);
}

# A statement and the range of the numbers that it has used.
sub numbered
{
	my ($self, @how) = @_;
	my $before = $self->{number};
	my $sql = $self->statement(@how);

	return ($sql, [ $before + 1, $self->{number} ]);
}

# A transaction: its SQL, the ranges that stay if it commits, those that do not.
sub transaction
{
	my ($self) = @_;
	my $level = one_of('READ COMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE');
	my (@sql, @kept, @dropped);

	if (chance(0.4))
	{
		my ($sql, $range) = $self->numbered(0);
		return ($sql, [$range], []);
	}
	push @sql, "BEGIN ISOLATION LEVEL $level;";
	foreach my $step (1 .. 1 + int rand 4)
	{
		my ($sql, $range) = $self->numbered($level eq 'SERIALIZABLE');
		if (chance(0.3))
		{
			my $back = chance(0.5);
			push @sql, "SAVEPOINT s$step;", $sql,
			  $back ? "ROLLBACK TO s$step;" : "RELEASE s$step;";
			push @{ $back ? \@dropped : \@kept }, $range;
		}
		else
		{
			push @sql, $sql;
			push @kept, $range;
		}
		push @sql, sprintf '\\o /dev/null%sSELECT pg_sleep(%.3f);%s\\o', "\n", rand 0.03, "\n"
		  if chance(0.3);
	}
	if (chance(0.15))
	{
		push @sql, 'ROLLBACK;';
		push @dropped, splice @kept;
	}
	else
	{
		push @sql, 'COMMIT;';
	}
	return (join("\n", @sql), \@kept, \@dropped);
}

# Notes the fate of ranges.
sub note
{
	my ($self, $fate, @ranges) = @_;

	print { $self->{record} } "$_->[0]\t$_->[1]\t$fate\n"
	  foreach grep { $_->[0] <= $_->[1] } @ranges;
	return;
}

# Runs one random transaction; returns the errors that it got, if any.  A lock
# timeout is not among them: what the session has waited for is in the server's
# log only, where the test looks for it.
sub act
{
	my ($self) = @_;
	my ($sql, $kept, $dropped) = $self->transaction;
	my $result = $self->{psql}->run($sql);

	$self->{transactions}++;
	$self->note('r', @$dropped);
	if ($result->{lost})
	{
		$self->note('u', @$kept);
		$self->{lost}++;
		$self->{psql}->connect;
		return;
	}
	$self->note(@{ $result->{errors} } ? 'u' : 'c', @$kept);
	push @{ $self->{committed} }, grep { $_->[0] <= $_->[1] } @$kept
	  if !@{ $result->{errors} };
	return if !@{ $result->{lines} };
	# leave no transaction open
	if ($self->{psql}->run('ROLLBACK;')->{lost})
	{
		$self->{lost}++;
		$self->{psql}->connect;
	}
	return @{ $result->{lines} } if !grep { /  55P03: / } @{ $result->{errors} };
	# what its transaction still had to do was refused as well
	return grep { !/  (?:55P03|25P02|3B001): / } @{ $result->{errors} };
}

1;
