#!/usr/bin/env bash
# views.sh - what it costs to look at many open alerts, as ratios.
#
# Builds a copy of pls as users get it (-O2, no assertions), starts a
# throw-away server, measures, prints one line per view, and removes both.
# The exit status is 1 if a limit was missed.
#
# The yardstick is one sequential pass over pls.alerts that reads every
# column.  Each round measures it, then every view with all its columns, then
# it again ("noise"); printed are the median of the rounds, the range, the
# limit, and the milliseconds.
set -u
# shellcheck source=test/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../test/lib.sh"

if [ -n "${QUICK:-}" ]; then
	rounds=3 alerts=20000
else
	rounds=9 alerts=100000
fi

# ---------- measuring; these run beside the throw-away server ----------

# Prints a query that computes every column of a table or view and returns
# one row.
whole()
{
	psql -XAtq -v ON_ERROR_STOP=1 -c "SELECT 'SELECT count(*), ' || string_agg(format('count(a.%I)', attname), ', ' ORDER BY attnum)
		|| ' FROM $1 a' FROM pg_attribute WHERE attrelid = '$1'::regclass AND attnum > 0 AND NOT attisdropped"
}

# Milliseconds of one query with so many workers, as psql sees them; it is run
# once before.
query_time()
{
	PGOPTIONS="-c max_parallel_workers_per_gather=$2" \
		psql -Xq -v ON_ERROR_STOP=1 -c "$1" -c '\timing on' -c "$1" | awk '/^Time: / { print $2 }'
}

measure()
{
	local round name workers time

	createdb bench && export PGDATABASE=bench || return 1
	psql -Xq -v ON_ERROR_STOP=1 -v alerts="$alerts" -f "$scripts/setup.sql" || return 1
	for ((round = 1; round <= rounds; round++)); do
		for name in alerts open_alerts sla rep_workload again; do
			for workers in 0 2; do
				time=$(query_time "$(whole "pls.${name/again/alerts}")" $workers) && [ -n "$time" ] || return 1
				echo "$round $name $time" >>"$work/results_$workers"
			done
		done
	done
}

# ---------- what came out ----------

# The values of a file, one a line, in order: how many, the median, the range.
spread()
{
	sort -n | awk '{ value[NR] = $1 } END {
		printf "%.2f %.2f %.2f\n", (value[int((NR + 1) / 2)] + value[int((NR + 2) / 2)]) / 2, value[1], value[NR] }'
}

# Prints a line: the median of view/yardstick over the rounds, and its range.
# usage: line TITLE VIEW WORKERS [LIMIT]
line()
{
	awk -v view="$2" '{ value[$1, $2] = $3; if ($1 > rounds) rounds = $1 }
		END { for (i = 1; i <= rounds; i++) print value[i, view] / value[i, "alerts"] }' "$work/results_$3" | spread |
		awk -v title="$1" -v limit="${4:-}" '{
			verdict = limit == "" ? "" : sprintf("<= %-4s %s", limit, $1 <= limit ? "ok" : "MISSED")
			printf "%-52s %7.2f  %6.2f .. %-6.2f  %s\n", title, $1, $2, $3, verdict }'
}

# Prints a line: milliseconds.
# usage: time_line TITLE VIEW WORKERS [LIMIT]
time_line()
{
	awk -v view="$2" '$2 == view { print $3 }' "$work/results_$3" | spread |
		awk -v title="$1" -v limit="${4:-}" '{
			verdict = limit == "" ? "" : sprintf("<  %-4s %s", limit, $1 < limit ? "ok" : "MISSED")
			printf "%-52s %7.1f  %6.1f .. %-6.1f  %s\n", title, $1, $2, $3, verdict }'
}

report()
{
	local view

	echo
	printf '%-52s %7s  %-16s %s\n' "$alerts open alerts, median of the rounds" '' 'range' 'limit'
	for view in open_alerts sla rep_workload; do
		line "$view / sequential pass, one process" $view 0 4
	done
	line 'noise: sequential pass, twice' again 0
	for view in open_alerts sla rep_workload; do
		time_line "$view, ms, 2 workers allowed" $view 2 100
	done
	for view in alerts open_alerts sla rep_workload; do
		time_line "$view, ms, one process" $view 0
	done
	echo "load average before, after: $load_before, $(cut -d' ' -f1 /proc/loadavg); $(nproc) processors"
}

make_work_directory
ensure_packages
scripts=$pls_top/bench/views
load_before=$(cut -d' ' -f1 /proc/loadavg)
echo "building a copy of pls and starting a throw-away server ..."
run_step "$work/build.log" build_into "$work" || {
	cat "$work/build.log" >&2
	die "the build failed"
}

printf '%s\n' 'local all all scram-sha-256' 'host all all samehost scram-sha-256' >"$work/hba.conf"
server_options=(
	"hba_file=$work/hba.conf" shared_buffers=512MB autovacuum=off fsync=off
)
export work scripts rounds alerts
export -f whole query_time measure
run_step "$work/run.log" run_with_server "$work" bash -c measure || {
	tail -n 20 "$work/run.log" >&2
	die "the measurements failed"
}
report | tee "$work/report"
! grep -q MISSED "$work/report"
