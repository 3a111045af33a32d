#!/usr/bin/env bash
# rebuild.sh - what a rebuild of a motion costs, as ratios.
#
#   bench/rebuild.sh      pls.refresh() of 12 signals against a plain count of
#                         the same table, serial and with 2 workers; by user and
#                         by email domain against by account; and its memory
#
# Builds a copy of pls as users get it (-O2, no assertions), starts a
# throw-away server, measures, prints one line per row of the table in
# bench/README.md, and removes both.  QUICK=1 takes a tenth of the events.
# The exit status is 1 if a limit was missed or two answers differ.
#
# What is compared runs in turns, and each round gives one ratio: printed are
# the median, the range, and the limit.  "noise" is the same measured twice.
set -u
# shellcheck source=test/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../test/lib.sh"
# shellcheck source=bench/rounds.sh
. "$(dirname "${BASH_SOURCE[0]}")/rounds.sh"

if [ -n "${QUICK:-}" ]; then
	rounds=3 events=1000000 accounts=2000 users=20000 many=100000
else
	rounds=${ROUNDS:-5} events=10000000 accounts=20000 users=200000 many=1000000
fi

# Watches one of the tables, instead of the one before.
# usage: watch_table TABLE
watch_table()
{
	local whose=''

	case $1 in
		events | many | short | long) whose=", account => 'account_id'" ;;
		by_email) whose=", email => 'email'" ;;
	esac
	psql -Xq -v ON_ERROR_STOP=1 -c 'TRUNCATE pls.users' || return 1
	[ "$1" != by_user ] ||
		psql -Xq -v ON_ERROR_STOP=1 -c 'INSERT INTO pls.users SELECT * FROM bench.users' -c 'VACUUM ANALYZE pls.users' || return 1
	psql -Xq -v ON_ERROR_STOP=1 -c 'SET client_min_messages = warning' \
		-c 'SELECT pls.unwatch(s.source) FROM pls.sources AS s' -c 'TRUNCATE pls.standings, pls.backlog' \
		-c "SELECT pls.watch('bench.$1', event => 'event', at => 'ts', actor => 'user_id', properties => 'props'$whose)" \
		-c 'VACUUM pls.standings' >/dev/null
}

# Runs a statement with so many workers; prints milliseconds.
# usage: time_statement WORKERS STATEMENT
time_statement()
{
	local out

	out=$(PGOPTIONS="-c max_parallel_workers_per_gather=$1 -c max_parallel_maintenance_workers=$1 -c pls.now=2025-06-30 -c client_min_messages=warning" \
		psql -XAtq -v ON_ERROR_STOP=1 -c '\timing on' -c "$2") || return 1
	awk '/^Time: / { print $2 }' <<<"$out"
}

count='SELECT count(*), sum(n) FROM (SELECT account_id, count(*) AS n FROM bench.events GROUP BY account_id) AS x'
refresh="SELECT pls.refresh('twelve')"
# of yesterday, and of half-way: half of the events
past="SELECT count(*), sum(score) FROM pls.score_as_of('twelve', '2025-06-29')"
middle="SELECT count(*), sum(score) FROM pls.score_as_of('twelve', '2025-05-16')"

# everything, by the motion as it was before nobody could qualify
replay="SELECT count(*), sum(score) FROM pls.replay('twelve', '2025-04-01', '2025-06-30', model => (
	SELECT jsonb_set(v.model, '{motion}', (v.model -> 'motion') || '{\"qualify_at\": 60, \"triage_at\": 40, \"max_score\": 100}')
	  FROM pls.model_versions AS v WHERE v.motion = 'twelve' ORDER BY v.model_version DESC LIMIT 1))"

measure_round()
{
	local round=$1 table workers

	for table in events by_user by_email; do
		watch_table "$table" || return 1
		# into standings that are there, as later rebuilds find them
		[ "$table" != events ] || time_statement 0 "$refresh" >/dev/null || return 1
		for workers in 0 2; do
			[ "$table" != events ] || note "$workers" "$round" count "$(time_statement $workers "$count")"
			[ "$table" = events ] || time_statement "$workers" "$refresh" >/dev/null || return 1
			note "$workers" "$round" "$table" "$(time_statement $workers "$refresh")"
			[ "$table" != events ] || note "$workers" "$round" again "$(time_statement $workers "$count")"
			[ "$table$workers" != events0 ] || {
				note 0 "$round" past "$(time_statement 0 "$past")"
				note 0 "$round" middle "$(time_statement 0 "$middle")"
				note 0 "$round" replay "$(time_statement 0 "$replay")"
			}
		done
		answer "$table"
	done
	for table in short long; do
		watch_table "$table" || return 1
		note 0 "$round" "$table" "$(time_statement 0 "${replay/2025-04-01/2000-01-01}")"
	done
}

# What the standings hold, in one figure.  By user and by address the accounts
# have other names, and by address there is no actor.
answer()
{
	psql -XAtq -c "SELECT count(*), sum(score) FROM pls.standings" >"$work/results/answer_$1"
	[ "$1" != events ] || psql -XAtq -c "SET pls.now = '2025-06-30'" -c "
		SELECT count(*) FROM pls.standings s
		FULL JOIN (SELECT account_id, pls.evidence('twelve', event, ts, user_id, props) AS evidence
		             FROM bench.events GROUP BY account_id) e ON e.account_id::text = s.entity_id
		WHERE s.evidence::text IS DISTINCT FROM e.evidence::text" >"$work/results/wrong"
}

# The most memory of its own, in kB, that the processes of a rebuild have
# together beyond what they had before: 1,000,000 accounts at 64 MB.
measure_memory()
{
	local workers=$1 pid most=0 now file private

	watch_table many || return 1
	PGOPTIONS="-c max_parallel_maintenance_workers=$workers -c maintenance_work_mem=64MB -c work_mem=4MB -c pls.now=2025-06-30 -c client_min_messages=warning" \
		psql -XAtq -v ON_ERROR_STOP=1 -c "SELECT 'ready', pg_sleep(1)" -c "$refresh" >"$work/memory.out" 2>&1 &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		now=0
		for file in $(pgrep -f 'postgres.*bench.*SELECT|parallel worker for PID' | sed 's|.*|/proc/&/status|'); do
			# one that has just ended says nothing
			private=$(awk '/^RssAnon:/ { print $2 }' "$file" 2>/dev/null)
			now=$((now + ${private:-0}))
		done
		[ "$now" -le "$most" ] || most=$now
		sleep 0.02
	done
	wait "$pid" || { cat "$work/memory.out" >&2; return 1; }
	echo "$most" >"$work/results/memory_$workers"
}

measure()
{
	local round

	PGHOST=$(psql -XAtq -c 'SHOW unix_socket_directories') || return 1
	export PGHOST
	createdb bench && export PGDATABASE=bench || return 1
	say "loading $events events of $accounts accounts, three times"
	psql -Xq -v ON_ERROR_STOP=1 -v events="$events" -v accounts="$accounts" -v users="$users" -v many="$many" \
		-v scripts="$pls_top/bench/score" -f "$pls_top/bench/rebuild/setup.sql" || return 1
	psql -Xq -c CHECKPOINT
	say "once unmeasured"
	measure_round 0 || return 1
	rm "$work/results/0" "$work/results/2"
	for ((round = 1; round <= rounds; round++)); do
		say "round $round of $rounds"
		measure_round "$round" || return 1
	done
	say "memory of $many accounts"
	measure_memory 0 && measure_memory 2
}

# usage: verdict TITLE CONDITION-STATUS
verdict()
{
	printf '%-62s %s\n' "$1" "$([ "$2" -eq 0 ] && echo ok || echo MISSED)"
}

report()
{
	local workers

	echo
	printf '%-62s %6s  %-15s %s\n' 'ratio, median of the rounds' '' 'range' 'limit'
	line '1  rebuild of 12 signals / count per account, serial' 0 events count at-most 1.0
	line '1  rebuild of 12 signals / count per account, 2 workers' 2 events count at-most 1.0
	line '4  scores of all as of yesterday / count per account' 0 past count at-most 1.0
	line '4  scores of all as of half-way / count per account' 0 middle count at-most 1.0
	line '5  replay of all decisions / count per account' 0 replay count at-most 8.0
	line '5  replay of histories 20 times as long / as long, events alike' 0 long short at-most 1.25
	line '2  rebuild by email domain / by account, serial' 0 by_email events at-most 1.5
	line '2  rebuild by email domain / by account, 2 workers' 2 by_email events at-most 1.5
	line '3  rebuild by user / by account, serial' 0 by_user events at-most 1.5
	line '3  rebuild by user / by account, 2 workers' 2 by_user events at-most 1.5
	echo
	for workers in 0 2; do
		[ "$(cat "$work/results/memory_$workers")" -le $((96 * 1024)) ]
		verdict "-  memory of $many accounts at 64 MB, $workers workers: $(($(cat "$work/results/memory_$workers") / 1024)) MB, at most 96" $?
	done
	[ "$(cat "$work/results/wrong")" = 0 ]
	verdict '-  every standing has the evidence of the aggregate' $?
	echo
	line '-  noise: count per account twice, serial' 0 again count
	line '-  noise: count per account twice, 2 workers' 2 again count
	echo
	for workers in 0 2; do
		echo "ms, $workers workers: $(median_of $workers count) count, $(median_of $workers events) rebuild," \
			"$(median_of $workers by_user) by user, $(median_of $workers by_email) by domain"
	done
	echo "load average before, after: $load_before, $(cut -d' ' -f1 /proc/loadavg); $(nproc) processors"
}

make_work_directory
ensure_packages
mkdir "$work/results"
load_before=$(cut -d' ' -f1 /proc/loadavg)
echo "building a copy of pls and starting a throw-away server ..."
run_step "$work/build.log" build_into "$work" || {
	cat "$work/build.log" >&2
	die "the build failed"
}
server_options=(
	shared_buffers=3GB work_mem=64MB maintenance_work_mem=64MB max_parallel_workers_per_gather=2
	max_wal_size=16GB checkpoint_timeout=1d autovacuum=off
)
export work rounds events accounts users many count refresh past middle replay pls_top
export -f note say watch_table time_statement measure_round answer measure_memory measure
exec 3>&1
run_step "$work/run.log" run_with_server "$work" bash -c measure || {
	tail -n 20 "$work/run.log" >&2
	die "the measurements failed"
}
report | tee "$work/report"
! grep -q MISSED "$work/report"
