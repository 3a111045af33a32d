#!/usr/bin/env bash
# views.sh - what it costs to look at many open alerts, as ratios.
#
# Builds a copy of pls as users get it (-O2, no assertions), starts a
# throw-away server, measures, prints one line per view, and removes both.
# The exit status is 1 if a limit was missed.
#
# The yardstick is one sequential pass over pls.alerts that reads every
# column.  A round measures it twice ("noise") and every view with all its
# columns, in another order each round; printed are the median of the rounds,
# the range, the limit, and the milliseconds.  In one process the processor
# time of it is what counts; with workers, which are other processes, it is
# wall clock.
set -u
# shellcheck source=test/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../test/lib.sh"
# shellcheck source=bench/rounds.sh
. "$(dirname "${BASH_SOURCE[0]}")/rounds.sh"

if [ -n "${QUICK:-}" ]; then
	rounds=3 alerts=20000
else
	rounds=9 alerts=100000
fi

scripts=$pls_top/bench/views
OLD=

# Prints a query that computes every column of a table or view and returns
# one row.
whole()
{
	run_psql new -c "SELECT 'SELECT count(*), ' || string_agg(format('count(a.%I)', attname), ', ' ORDER BY attnum)
		|| ' FROM $1 a' FROM pg_attribute WHERE attrelid = '$1'::regclass AND attnum > 0 AND NOT attisdropped"
}

measure()
{
	local round name workers query cost

	database=postgres run_psql new -c 'CREATE DATABASE run' || return 1
	run_psql new -v alerts="$alerts" -f "$scripts/setup.sql" || return 1
	for ((round = 1; round <= rounds; round++)); do
		for name in $(in_order "$round" alerts open_alerts sla rep_workload again); do
			query=$(whole "pls.${name/again/alerts}") || return 1
			for workers in 0 2; do
				# milliseconds; it is run once before
				cost=$(PGOPTIONS="-c max_parallel_workers_per_gather=$workers" \
					session_cost new public -v statement="$query" -v warm="$query" -v rows=1000) || return 1
				[ "$workers" -ne 0 ] || note one "$round" "$name" "$(cpu_of "$cost")"
				note "wall_$workers" "$round" "$name" "$(wall_of "$cost")"
			done
		done
	done
}

report()
{
	local view

	echo
	printf '%-62s %6s  %-15s %s\n' "$alerts open alerts, median of the rounds" '' 'range' 'limit'
	for view in open_alerts sla rep_workload; do
		line "$view / sequential pass, processor, one process" one $view alerts at-most 4
	done
	line 'noise: sequential pass, twice' one again alerts
	for view in open_alerts sla rep_workload; do
		at_most "$view, ms of wall clock, 2 workers allowed" "$(median_of wall_2 $view %.1f)" 100
	done
	echo
	for view in alerts open_alerts sla rep_workload; do
		echo "$view, one process: $(figure one $view) ms of processor, $(figure wall_0 $view) ms of wall clock"
	done
	echo "load average before, after: $load_before, $(cut -d' ' -f1 /proc/loadavg); $(nproc) processors; $SECONDS s"
}

make_work_directory
ensure_packages
load_before=$(cut -d' ' -f1 /proc/loadavg)
mkdir "$work/results"
build_copies

server_options=(
	shared_buffers=512MB autovacuum=off fsync=off
)
exec 3>&1
run_step "$work/run.log" measure_with_servers || {
	tail -n 20 "$work/run.log" >&2
	die "the measurements failed"
}
report | tee "$work/report"
! grep -q MISSED "$work/report"
