#!/usr/bin/env bash
# what_if.sh - what pls.what_if() costs, as a ratio.
#
# Builds a copy of pls as users get it (-O2, no assertions), starts a
# throw-away server, measures, prints a line, and removes both.  The exit
# status is 1 if the limit was missed.
#
#   QUICK=1       fewer standings, fewer rounds
#
# The yardstick is a read of every column of pls.scores.  A round measures that
# twice ("noise"), and pls.what_if() with every column after a change of
# points, and after one of the qualifying score, each in a session of its own that has
# asked the same before; in another order each round.  Printed are the median
# of the rounds' ratios in processor time, the range, the limit, and the
# milliseconds.
set -u
# shellcheck source=test/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../test/lib.sh"
# shellcheck source=bench/rounds.sh
. "$(dirname "${BASH_SOURCE[0]}")/rounds.sh"

if [ -n "${QUICK:-}" ]; then
	rounds=3 entities=20000
else
	rounds=9 entities=100000
fi
export OLD=

scripts=$pls_top/bench/what_if
sides=(scores again points qualify)

# Prints a query that computes every column of a view or function and returns one row.
# usage: whole FROM NAME
whole()
{
	run_psql new -c "SELECT 'SELECT count(*), ' || string_agg(format('count(a.%I)', c.name), ', ') || ' FROM $1 a'
		FROM (SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass('$2') AND attnum > 0 AND NOT attisdropped
		UNION ALL
		SELECT unnest(proargnames[pronargs + 1:]) FROM pg_proc WHERE oid = to_regproc('$2')) c"
}

# usage: measure_side ROUND SIDE
measure_side()
{
	local change='' query figures

	query=$(<"$work/results/query_what_if")
	case $2 in
		points) change="UPDATE pls.signals SET points = points + 4 WHERE signal = 'repeated success'" ;;
		qualify) change="UPDATE pls.motions SET qualify_at = qualify_at - 2, release_at = NULL" ;;
		*) query=$(<"$work/results/query_scores") ;;
	esac
	figures=$(PGOPTIONS='-c max_parallel_workers_per_gather=0' \
		session_cost new public -v statement="$query" -v warm="BEGIN; $change; $query" -v rows=1000) || return 1
	note cpu "$1" "$2" "$(cpu_of "$figures")"
	note wall "$1" "$2" "$(wall_of "$figures")"
}

measure()
{
	local round side

	database=postgres run_psql new -c 'CREATE DATABASE run' || return 1
	say "$entities standings"
	run_psql new -v entities="$entities" -f "$scripts/setup.sql" || return 1
	whole pls.scores pls.scores >"$work/results/query_scores" || return 1
	whole "pls.what_if(''trial'')" pls.what_if >"$work/results/query_what_if" || return 1
	run_psql new -c "SELECT string_agg(format('%s %s', n, coalesce(lane, 'in none')), ', ' ORDER BY lane) FROM (
		SELECT lane, count(*) AS n FROM pls.standings GROUP BY lane) l" >"$work/results/lanes" || return 1
	say "$rounds rounds"
	for ((round = 1; round <= rounds; round++)); do
		for side in $(in_order "$round" "${sides[@]}"); do
			measure_side "$round" "$side" || return 1
		done
	done
}

report()
{
	local side

	echo
	printf '%-62s %6s  %-15s %s\n' "$entities standings, processor time, one process" '' 'range' 'limit'
	line 'pls.what_if after a change of points / pls.scores' cpu points scores at-most 3
	line 'pls.what_if after a change of qualify_at / pls.scores' cpu qualify scores at-most 3
	line 'noise: pls.scores, twice' cpu again scores
	echo
	for side in scores points qualify; do
		echo "$side: $(figure cpu "$side") ms of processor, $(figure wall "$side") ms of wall clock"
	done
	echo "lanes: $(<"$work/results/lanes")"
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
