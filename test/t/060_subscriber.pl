# A subscriber of logical replication: the application's database knows
# nothing of pls, the subscriber watches the table that arrives there.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use PlsTest;

my $database = 'postgres';
my $publisher = PostgreSQL::Test::Cluster->new('publisher');
$publisher->init(allows_streaming => 'logical');
$publisher->start;
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
$subscriber->start;

my $columns = 'event_id bigint PRIMARY KEY, org_id text NOT NULL, user_id bigint, '
  . 'name text NOT NULL, created_at timestamptz NOT NULL, note text';

# The clock of the subscriber stands still, the publisher's events are older.
$publisher->safe_psql($database, qq{
	CREATE SCHEMA app;
	CREATE SEQUENCE app.ids;
	CREATE TABLE app.events ($columns);
	CREATE TABLE app.parted ($columns);
	CREATE TABLE app.plain ($columns);
	CREATE FUNCTION app.add(source regclass, org text, name text, times int DEFAULT 1) RETURNS void LANGUAGE plpgsql AS \$\$
	BEGIN
		EXECUTE format('INSERT INTO %s SELECT nextval(''app.ids''), \$1, g, \$2, ''2026-03-02 09:00+00'' FROM generate_series(1, \$3) g', source)
			USING org, name, times;
	END \$\$;
	CREATE PUBLICATION events FOR TABLE app.events, app.parted, app.plain});
set_up_motion($subscriber, $database);
$subscriber->safe_psql($database, qq{
	ALTER DATABASE $database SET pls.now = '2026-03-02 10:00+00';
	SELECT pls.unwatch('app.events');
	DROP TABLE app.events;
	CREATE TABLE app.events ($columns);
	CREATE TABLE app.plain ($columns);
	CREATE TABLE app.parted ($columns) PARTITION BY HASH (event_id);
	CREATE TABLE app.parted_0 PARTITION OF app.parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE app.parted_1 (note text, dropped int, name text NOT NULL, created_at timestamptz NOT NULL,
		org_id text NOT NULL, user_id bigint, event_id bigint PRIMARY KEY);
	ALTER TABLE app.parted_1 DROP COLUMN dropped;
	ALTER TABLE app.parted ATTACH PARTITION app.parted_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	SELECT pls.watch(t, event => 'name', at => 'created_at', account => 'org_id', actor => 'user_id', level => 'row', always => true)
	  FROM unnest('{app.events,app.parted}'::regclass[]) AS t;
	SELECT pls.watch('app.plain', event => 'name', at => 'created_at', account => 'org_id', actor => 'user_id', always => true);
	DELETE FROM pls.backlog;
	CREATE VIEW app.all_events AS TABLE app.events UNION ALL TABLE app.parted});

# The standings that are not what the aggregate over the rows says.  Those of
# accounts without events that keep their history are empty.
sub wrong
{
	return $subscriber->safe_psql($database, q{
		SELECT coalesce(e.org_id, s.entity_id)
		  FROM pls.standings s
		  FULL JOIN (SELECT org_id, pls.evidence('trial', name, created_at, user_id, NULL) AS evidence
		               FROM app.all_events WHERE name IN ('export', 'invite') GROUP BY org_id) e
		    ON e.org_id = s.entity_id
		 WHERE s.entity_id IS DISTINCT FROM 'plain' AND s.evidence::text IS DISTINCT FROM
		       coalesce(e.evidence, (SELECT pls.evidence('trial', NULL, 'infinity', NULL::text, NULL)))::text
		 ORDER BY 1});
}

sub on_subscriber
{
	my ($sql) = @_;

	return $subscriber->safe_psql($database, $sql);
}

# Runs SQL on the publisher, and waits until the subscriber has applied it.
sub publish
{
	my ($sql) = @_;

	$publisher->safe_psql($database, $sql);
	$publisher->wait_for_catchup('watching');
	return;
}

my $alerts = 'SELECT entity_id, status FROM pls.alerts ORDER BY entity_id';
my $marks = q{SELECT DISTINCT entity_id FROM pls.backlog WHERE evidence IS NULL AND once_ended IS NULL ORDER BY 1};

# The initial copy
$publisher->safe_psql($database, q{
	SELECT app.add('app.events', 'acme', 'export', 2);
	SELECT app.add('app.events', 'beta', 'export', 3);
	SELECT app.add('app.events', 'beta', 'invite');
	SELECT app.add('app.parted', 'parted', 'export', 6);
	SELECT app.add('app.plain', 'plain', 'export', 3)});
my $connection = $publisher->connstr . " dbname=$database";
on_subscriber("CREATE SUBSCRIPTION watching CONNECTION '$connection' PUBLICATION events");
$subscriber->wait_for_subscription_sync($publisher, 'watching');
is(on_subscriber('SELECT count(*) FROM app.all_events'), '12', 'the rows have been copied');
is(wrong(), '', 'the initial copy is observed');
is(on_subscriber($alerts), 'beta|open', 'and raises the alert that is due');

# Streaming
publish(q{SELECT app.add('app.events', 'acme', 'export')});
publish(q{
	BEGIN;
	SELECT app.add('app.events', 'acme', 'invite', 2);
	SAVEPOINT s;
	SELECT app.add('app.events', 'acme', 'export', 7);
	ROLLBACK TO s;
	SELECT app.add('app.parted', 'parted', 'invite');
	SELECT app.add('app.events', 'gamma', 'login');
	COMMIT});
publish(q{BEGIN; SELECT app.add('app.events', 'gamma', 'export', 5); ROLLBACK});
is(wrong(), '', 'inserts are observed as they arrive');
is(on_subscriber($alerts), "acme|open\nbeta|open\nparted|open", 'one alert for each crossing');
is(on_subscriber(q{SELECT count(*) FROM pls.standings WHERE entity_id = 'gamma'}), '0', 'what matters to no motion leaves nothing');

# Changes
publish(q{UPDATE app.events SET note = 'seen'; UPDATE app.parted SET note = 'seen'});
is(on_subscriber($marks), '', 'a change of other columns marks nobody');
publish(q{
	UPDATE app.events SET name = 'login' WHERE org_id = 'acme' AND name = 'invite';
	UPDATE app.parted SET user_id = 77 WHERE org_id = 'parted';
	UPDATE app.events SET org_id = 'delta' WHERE org_id = 'beta' AND user_id = 1;
	DELETE FROM app.events WHERE org_id = 'beta' AND user_id = 2});
is(on_subscriber($marks), "acme\nbeta\ndelta\nparted", 'changed and deleted events mark whom they concern');
on_subscriber('SELECT pls.sweep()');
is(wrong(), '', 'and the sweep restates them');
is( on_subscriber(q{SELECT entity_id FROM pls.alerts WHERE evidence_changed_at IS NOT NULL ORDER BY 1}),
	"acme\nbeta\nparted", 'the open alerts say so');

# A decision that fails
on_subscriber(q{ALTER TABLE pls.alerts ADD CONSTRAINT not_hooli CHECK (entity_id <> 'hooli')});
publish(q{
	SELECT app.add('app.events', 'hooli', 'export', 3);
	SELECT app.add('app.events', 'hooli', 'invite');
	SELECT app.add('app.events', 'initech', 'export', 3)});
publish(q{SELECT app.add('app.events', 'initech', 'invite')});
is(wrong(), '', 'a decision that fails does not stop the apply worker');
is( on_subscriber(q{SELECT entity_id, reason FROM pls.decisions WHERE entity_id IN ('hooli', 'initech') ORDER BY decision_id}),
	"hooli|error\ninitech|raised", 'it is written down, and others are decided');
is(on_subscriber(q{SELECT apply_error_count, sync_error_count FROM pg_stat_subscription_stats}), '0|0', 'no worker has failed');
on_subscriber('ALTER TABLE pls.alerts DROP CONSTRAINT not_hooli');
on_subscriber(q{SET pls.now = '2026-03-02 10:02+00'; SELECT pls.sweep()});
is(on_subscriber(q{SELECT status FROM pls.alerts WHERE entity_id = 'hooli'}), 'open', 'the sweep takes it once it can');

# Statement-level triggers do not fire for an apply worker, however enabled;
# the initial copy alone is a statement.
is(on_subscriber(q{SELECT score FROM pls.standings WHERE entity_id = 'plain'}), '40.000', 'the initial copy into a table that is watched by statement is observed');
publish(q{SELECT app.add('app.plain', 'other', 'export', 3); UPDATE app.plain SET name = 'invite'});
is(on_subscriber('SELECT count(*) FROM app.plain'), '6', 'rows that arrive there later');
is(on_subscriber(q{SELECT count(*) FROM pls.standings WHERE entity_id = 'other'}), '0', 'are not');
is(on_subscriber($marks), '', 'nor are changes');
on_subscriber(q{SELECT pls.unwatch('app.plain')});

# TRUNCATE
publish('TRUNCATE app.events');
is(on_subscriber(q{SELECT count(*) FROM pls.backlog WHERE entity_id = '' AND once_ended IS NULL}), '1', 'TRUNCATE marks the motion');
on_subscriber('SELECT pls.sweep()') foreach 1 .. 2;
is(wrong(), '', 'and the sweep restates all of it');
is(on_subscriber(q{SELECT string_agg(entity_id, ' ' ORDER BY entity_id) FROM pls.standings WHERE score > 0}), 'parted', 'what came by another table is still there');
publish(q{SELECT app.add('app.events', 'later', 'invite')});
is(wrong(), '', 'inserts go on being observed');

# A crash of the subscriber, and what was published meanwhile
$subscriber->stop('immediate');
$publisher->safe_psql($database, q{
	SELECT app.add('app.events', 'later', 'export', 3);
	SELECT app.add('app.parted', 'later', 'export', 3)});
$subscriber->start;
$publisher->wait_for_catchup('watching');
is(wrong(), '', 'after a crash nothing is missing and nothing counts twice');
is(on_subscriber(q{SELECT count(*) FROM pls.alerts WHERE entity_id = 'later'}), '1', 'one alert');

# Rebuilt
my $before = on_subscriber('SELECT entity_id, evidence, score FROM pls.standings ORDER BY entity_id');
on_subscriber(q{SELECT pls.refresh('trial')});
is(on_subscriber('SELECT entity_id, evidence, score FROM pls.standings ORDER BY entity_id'), $before, 'a rebuild gives the same');

on_subscriber('DROP SUBSCRIPTION watching');
done_testing();
