#!/usr/bin/env bash
# years.sh - what leaders and reps load when three years of alerts are kept.
#
# Builds a copy of pls as users get it (-O2, no assertions), starts a
# throw-away server, measures, prints one line per query, and removes both.
# The exit status is 1 if a limit was missed.
#
#   OLD=COMMIT    an older build beside it, to compare with
#   QUICK=1       a tenth of the rows, fewer rounds; limits are those of all
#   ROUNDS=n      instead of 5
#
# Printed is the processor time of the one process, in ms: the median of the
# rounds, and the range.  In a round each build answers each query once, after
# one that is not counted, in another order each round.  An answer that takes
# more than a minute is none.  jit is off: where it is on, the compiler takes
# a second or more besides for some of these views.
set -u
# shellcheck source=test/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../test/lib.sh"
# shellcheck source=bench/rounds.sh
. "$(dirname "${BASH_SOURCE[0]}")/rounds.sh"

if [ -n "${QUICK:-}" ]; then
	rounds=2 entities=20000 alerts=100000
else
	rounds=${ROUNDS:-5} entities=200000 alerts=1000000
fi

scripts=$pls_top/bench/years

# role | limit in ms, - for none | what it is | query
queries=(
	"reads_all|1000|why not alerted, by reason, as analyst|SELECT reason, count(*) FROM pls.why_not_alerted GROUP BY 1"
	"reads_all|-|scores, by lane, as analyst|SELECT lane, count(*) FROM pls.scores GROUP BY 1"
	"reads_all|-|accounts, count, as analyst|SELECT count(*) FROM pls.accounts"
	"reads_few|200|accounts, count, as a rep with 1 of 1,000 alerts|SELECT count(*) FROM pls.accounts"
	"reads_few|-|standings, count, as this rep|SELECT count(*) FROM pls.standings"
	"reads_few|-|log, count, as this rep|SELECT count(*) FROM pls.alert_log"
	"reads_few|-|one account, as this rep|SELECT * FROM pls.accounts WHERE account_id = 'account 77'"
	"reads_few|-|open alerts, as this rep|SELECT * FROM pls.open_alerts"
	"reads_much|-|accounts, count, as a rep who sees nearly all|SELECT count(*) FROM pls.accounts"
	"reads_much|-|log, count, as this rep|SELECT count(*) FROM pls.alert_log"
	"reads_much|-|one account, as this rep|SELECT * FROM pls.accounts WHERE account_id = 'account 77'"
	"reads_all|-|CRM record by external id, as analyst|SELECT * FROM pls.crm_alerts WHERE external_id = 'pls-500'"
	"reads_all|-|alerts by day, last 30 days|SELECT created_at::date, count(*) FROM pls.alerts WHERE created_at > now() - interval '30 days' GROUP BY 1"
	"reads_all|-|alerts by day, three years|SELECT created_at::date, count(*) FROM pls.alerts GROUP BY 1"
	"reads_all|-|SLA of open alerts, by state|SELECT respond_state, count(*) FROM pls.sla WHERE closed_at IS NULL GROUP BY 1"
	"reads_all|-|open alerts of one rep|SELECT * FROM pls.open_alerts WHERE assigned_to = 'rep 7'"
	"reads_all|-|workload of all reps|SELECT * FROM pls.rep_workload"
	"reads_all|-|SLA by rep and week, four weeks|SELECT * FROM pls.sla_by_rep(now() - interval '28 days', now())"
)

# What query number NUMBER costs a build; it is run once before.  Fails for what
# the older build lacks.
# usage: cost BUILD NUMBER
cost()
{
	local role rest query

	IFS='|' read -r role rest <<<"${queries[$2]}"
	query=${rest##*|}
	PGOPTIONS="-c max_parallel_workers_per_gather=0 -c statement_timeout=60s -c role=$role" \
		session_cost "$1" public -v statement="$query" -v warm="$query" -v rows=1000
}

measure()
{
	local round build n figures

	for build in "${builds[@]}"; do
		database=postgres run_psql "$build" -c 'CREATE DATABASE run' || return 1
		say "$alerts alerts, $entities standings, $build build"
		run_psql "$build" -v alerts="$alerts" -v entities="$entities" -f "$scripts/setup.sql" >/dev/null || return 1
	done
	say "$rounds rounds"
	for ((round = 1; round <= rounds; round++)); do
		for n in $(in_order "$round" "${!queries[@]}"); do
			for build in $(in_order "$round" "${builds[@]}"); do
				if figures=$(cost "$build" "$n"); then
					note cpu "$round" "${build}_$n" "$(cpu_of "$figures")"
				else
					[ "$build" = old ] || return 1
				fi
			done
		done
	done
}

report()
{
	local n role limit what query old

	echo
	printf '%-50s %-21s%-21s%s\n' "$alerts alerts, $entities standings; ms of processor" "${OLD:-}" new limit
	for n in "${!queries[@]}"; do
		IFS='|' read -r role limit what query <<<"${queries[$n]}"
		old=$([ -z "$OLD" ] || figure cpu "old_$n" %.0f)
		printf '%-50s %-21s%-21s%s\n' "$what" "$old" "$(figure cpu "new_$n" %.0f)" "$([ "$limit" = - ] ||
			awk -v limit="$limit" -v took="$(median_of cpu "new_$n" %.3f)" 'BEGIN { print limit (took > limit ? " MISSED" : "") }')"
	done
	echo "load average before, after: $load_before, $(cut -d' ' -f1 /proc/loadavg); $(nproc) processors; $SECONDS s"
}

make_work_directory
ensure_packages
load_before=$(cut -d' ' -f1 /proc/loadavg)
mkdir "$work/results"
build_copies

server_options=(
	shared_buffers=1GB autovacuum=off fsync=off jit=off
)
exec 3>&1
run_step "$work/run.log" measure_with_servers || {
	tail -n 20 "$work/run.log" >&2
	die "the measurements failed"
}
report | tee "$work/report"
! grep -q MISSED "$work/report"
