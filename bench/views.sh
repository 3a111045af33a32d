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

# Milliseconds of one query, as psql sees them; it is run once before.
query_time()
{
	psql -Xq -v ON_ERROR_STOP=1 -c "$1" -c '\timing on' -c "$1" | awk '/^Time: / { print $2 }'
}

measure()
{
	local round name time

	createdb bench && export PGDATABASE=bench || return 1
	psql -Xq -v ON_ERROR_STOP=1 -v alerts="$alerts" -f "$scripts/setup.sql" || return 1
	for ((round = 1; round <= rounds; round++)); do
		for name in alerts open_alerts sla rep_workload again; do
			time=$(query_time "$(whole "pls.${name/again/alerts}")") && [ -n "$time" ] || return 1
			echo "$round $name $time" >>"$work/results"
		done
	done
}

# ---------- what came out ----------

# Prints a line: the median of view/yardstick over the rounds, and its range.
# usage: line TITLE VIEW [LIMIT]
line()
{
	awk -v title="$1" -v view="$2" -v limit="${3:-}" '
		{ value[$1, $2] = $3; if ($1 > rounds) rounds = $1 }
		END {
			for (i = 1; i <= rounds; i++) {
				ratio[i] = value[i, view] / value[i, "alerts"]
				time[i] = value[i, view]
			}
			for (i = 2; i <= rounds; i++)	# few: insertion sort
				for (j = i; j > 1 && ratio[j] < ratio[j - 1]; j--) {
					swap = ratio[j]; ratio[j] = ratio[j - 1]; ratio[j - 1] = swap
				}
			for (i = 2; i <= rounds; i++)
				for (j = i; j > 1 && time[j] < time[j - 1]; j--) {
					swap = time[j]; time[j] = time[j - 1]; time[j - 1] = swap
				}
			middle = int((rounds + 1) / 2)
			verdict = ""
			if (limit != "")
				verdict = sprintf("<= %-4s %s", limit, ratio[middle] <= limit ? "ok" : "MISSED")
			printf "%-44s %6.2f  %5.2f .. %-5.2f  %-14s %6.1f ms\n", title, ratio[middle], ratio[1],
				ratio[rounds], verdict, time[middle]
		}' "$work/results"
}

report()
{
	echo
	printf '%-44s %6s  %-15s %s\n' "ratio, median of the rounds; $alerts open alerts" '' 'range' 'limit'
	line 'open_alerts / sequential pass' open_alerts 4
	line 'sla / sequential pass' sla 4
	line 'rep_workload / sequential pass' rep_workload 4
	line 'noise: sequential pass, twice' again
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

# One process, no compiler of expressions: what is compared is the work.
printf '%s\n' 'local all all scram-sha-256' 'host all all samehost scram-sha-256' >"$work/hba.conf"
server_options=(
	"hba_file=$work/hba.conf" shared_buffers=512MB max_parallel_workers_per_gather=0 jit=off
	autovacuum=off fsync=off
)
export work scripts rounds alerts
export -f whole query_time measure
run_step "$work/run.log" run_with_server "$work" bash -c measure || {
	tail -n 20 "$work/run.log" >&2
	die "the measurements failed"
}
report | tee "$work/report"
! grep -q MISSED "$work/report"
