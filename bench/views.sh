#!/usr/bin/env bash
# views.sh - what it costs to look at many open alerts, as ratios.
#
# Builds a copy of pls as users get it (-O2, no assertions), starts a
# throw-away server, measures, prints one line per view, and removes both.
# The exit status is 1 if a limit was missed.
#
#   OLD=COMMIT    an older build beside it, to compare with
#   QUICK=1       fewer alerts, fewer rounds
#
# The yardstick is one sequential pass over pls.alerts that reads every
# column.  A round measures it and every view with all its columns, each twice
# ("noise"), in another order each round; printed are the median of the rounds,
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
views=(open_alerts sla rep_workload)

# Prints a query that computes every column of a build's table or view and
# returns one row.
# usage: whole BUILD NAME
whole()
{
	run_psql "$1" -c "SELECT 'SELECT count(*), ' || string_agg(format('count(a.%I)', attname), ', ' ORDER BY attnum)
		|| ' FROM pls.$2 a' FROM pg_attribute WHERE attrelid = 'pls.$2'::regclass AND attnum > 0 AND NOT attisdropped"
}

# What a query costs a build with so many workers; it is run once before.
# With rows=1000 the figures are milliseconds.
# usage: cost BUILD WORKERS QUERY
cost()
{
	PGOPTIONS="-c max_parallel_workers_per_gather=$2" \
		session_cost "$1" public -v statement="$3" -v warm="$3" -v rows=1000
}

# One table or view on every side: the new build, the new build again, the old.
# usage: measure_name ROUND NAME
measure_name()
{
	local side build query figures

	for side in $(in_order "$1" "${builds[@]}" again); do
		build=${side/again/new}
		query=$(<"$work/results/query_${build}_$2")
		figures=$(cost "$build" 0 "$query") || return 1
		note one "$1" "${side}_$2" "$(cpu_of "$figures")"
		[ "$side" != again ] || continue
		note wall_0 "$1" "${side}_$2" "$(wall_of "$figures")"
		[ "$side" = new ] || continue
		figures=$(cost "$build" 2 "$query") || return 1
		note wall_2 "$1" "${side}_$2" "$(wall_of "$figures")"
	done
}

measure()
{
	local round name build

	for build in "${builds[@]}"; do
		database=postgres run_psql "$build" -c 'CREATE DATABASE run' || return 1
		say "$alerts open alerts, $build build"
		run_psql "$build" -v alerts="$alerts" -f "$scripts/setup.sql" || return 1
		for name in alerts "${views[@]}"; do
			whole "$build" "$name" >"$work/results/query_${build}_$name" || return 1
		done
	done
	say "$rounds rounds"
	for ((round = 1; round <= rounds; round++)); do
		for name in $(in_order "$round" alerts "${views[@]}"); do
			measure_name "$round" "$name" || return 1
		done
	done
}

# ---------- what came out ----------

# How new and old build compare.  A pass over pls.alerts is the same work for
# both: what differs there may differ elsewhere.
report_old()
{
	local name

	echo
	printf '%-62s %6s  %-15s %s\n' "processor time, one process, new / $OLD" '' 'range' 'limit'
	for name in "${views[@]}"; do
		lines_beside_old "$name, every column" one "$name" alerts
	done
	line '-  noise: sequential pass, on the servers of both' one new_alerts old_alerts
	line '-  noise: sequential pass, the new build twice' one again_alerts new_alerts
	for name in alerts "${views[@]}"; do
		cmp -s "$work/results/query_new_$name" "$work/results/query_old_$name" ||
			echo "the columns of pls.$name differ: each build was asked for its own"
	done
}

report()
{
	local view

	echo
	printf '%-62s %6s  %-15s %s\n' "$alerts open alerts, median of the rounds" '' 'range' 'limit'
	for view in "${views[@]}"; do
		line "$view / sequential pass, processor, one process" one "new_$view" new_alerts at-most 4
	done
	line 'noise: sequential pass, twice' one again_alerts new_alerts
	for view in "${views[@]}"; do
		at_most "$view, ms of wall clock, 2 workers allowed" "$(median_of wall_2 "new_$view" %.1f)" 100
	done
	[ -z "$OLD" ] || report_old
	echo
	for view in alerts "${views[@]}"; do
		echo "$view, one process: $(figure one "new_$view") ms of processor, $(figure wall_0 "new_$view") ms of wall clock"
		[ -z "$OLD" ] ||
			echo "the same, $OLD: $(figure one "old_$view") ms of processor, $(figure wall_0 "old_$view") ms of wall clock"
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
