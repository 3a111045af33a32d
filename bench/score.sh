#!/usr/bin/env bash
# score.sh - what scoring costs, as ratios.
#
#   bench/score.sh           scores, live scores and funnels against plain SQL
#   bench/score.sh duckdb    the same, and DuckDB on the same rows
#   bench/score.sh growth    how time and memory grow with events and signals
#
# Builds a copy of pls as users get it (-O2, no assertions), starts a
# throw-away server, measures, prints one line per row of the table in
# bench/README.md, and removes both.  QUICK=1 takes a tenth of the events.
# The exit status is 1 if a limit was missed or two answers differ.
#
#   OLD=COMMIT bench/score.sh
#
# compares the scores and live scores of this build with those of an older one,
# which has a server of its own, and nothing else; fewer events, and costs are
# processor time, that of parallel workers included.
#
# What is compared runs in turns, A B A B A B, and each round gives one
# ratio: printed are the median, the range, and the limit.  How far two
# measurements of the same thing differ is printed as well ("noise").
set -u
# shellcheck source=test/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../test/lib.sh"
# shellcheck source=bench/rounds.sh
. "$(dirname "${BASH_SOURCE[0]}")/rounds.sh"

mode=${1:-plain}
case $mode in
	plain | duckdb | growth) ;;
	*) die "unknown mode: $mode (duckdb, growth or nothing)" ;;
esac
[ "$mode" = plain ] || OLD=
if [ -n "${QUICK:-}" ]; then
	rounds=3 events=1000000 accounts=2000 users=20000 steps='250000 500000 2000000' group=1000000
else
	rounds=${ROUNDS:-5} events=10000000 accounts=20000 users=200000 steps='1000000 5000000 20000000' group=5000000
fi

# ---------- measuring; these speak to the server of the new build ----------

# Runs the statement of a file with so many workers; prints milliseconds.
# Its answer goes to a file of its own.
# usage: time_file FILE WORKERS
time_file()
{
	local out

	out=$(PGOPTIONS="-c max_parallel_workers_per_gather=$2 -c pls.now=2025-06-30" \
		psql -XAtq -v ON_ERROR_STOP=1 -c '\timing on' -f "$scripts/$1.sql") || return 1
	grep -v '^Time: ' <<<"$out" >"$work/results/answer_$1_$2"
	awk '/^Time: / { print $2 }' <<<"$out"
}

# The nodes of a plan that the planner makes by itself, with its costs as they
# come and two workers allowed.
plan_of()
{
	{ echo 'EXPLAIN (COSTS OFF)'; cat "$scripts/$1.sql"; } |
		psql -XAtq -v ON_ERROR_STOP=1 | sed 's/^ *//; s/^-> *//'
}

measure_round()
{
	local round=$1 workers

	for workers in 0 2; do
		note "$workers" "$round" count "$(time_file count $workers)"
		note "$workers" "$round" score "$(time_file score $workers)"
		note "$workers" "$round" plain "$(time_file plain $workers)"
		note "$workers" "$round" live "$(time_file live $workers)"
		note "$workers" "$round" again "$(time_file count $workers)"
		note "$workers" "$round" funnel_plain "$(time_file funnel_plain $workers)"
		note "$workers" "$round" funnel "$(time_file funnel $workers)"
	done
}

# DuckDB keeps its own copy, a file that is loaded once and then opened.
load_duckdb()
{
	psql -Xq -v ON_ERROR_STOP=1 -c "COPY (SELECT account_id, user_id, ts AT TIME ZONE 'UTC', event,
		props FROM bench.events) TO STDOUT (FORMAT csv)" >"$work/events.csv" &&
		node "$work/duckdb/duckdb.mjs" load "$work/events.db" "$work/events.csv" &&
		rm "$work/events.csv"
}

measure_duckdb()
{
	local round=$1 threads

	for threads in 1 2; do
		node "$work/duckdb/duckdb.mjs" "$threads" "$work/events.db" "$scripts" >"$work/duckdb.out" || return 1
		note "duckdb" "$round" "plain_$threads" "$(awk '$1 == "plain" { print $2 }' "$work/duckdb.out")"
		note "duckdb" "$round" "prepared_$threads" "$(awk '$1 == "prepared" { print $2 }' "$work/duckdb.out")"
		note "duckdb" "$round" "funnel_$threads" "$(awk '$1 == "funnel_plain" { print $2 }' "$work/duckdb.out")"
		note "duckdb" "$round" "score_$threads" "$(time_file score $((threads == 1 ? 0 : 2)))"
		note "duckdb" "$round" "live_$threads" "$(time_file live $((threads == 1 ? 0 : 2)))"
		sed -n 's/^answer plain //p' "$work/duckdb.out" >"$work/results/answer_duckdb_plain"
		sed -n 's/^answer prepared //p' "$work/duckdb.out" >"$work/results/answer_duckdb_prepared"
		sed -n 's/^answer funnel_plain //p' "$work/duckdb.out" >"$work/results/answer_duckdb_funnel"
	done
}

measure_plain()
{
	local round

	say "loading $events events of $accounts accounts"
	psql -Xq -v ON_ERROR_STOP=1 -v events="$events" -v accounts="$accounts" -v users="$users" \
		-v scripts="$scripts" -f "$scripts/setup.sql" || return 1
	psql -Xq -c CHECKPOINT
	if [ "$mode" = duckdb ]; then
		say "loading DuckDB"
		load_duckdb || return 1
	fi
	plan_of score >"$work/results/plan"
	say "once unmeasured, and every account's score against the definition"
	measure_round 0 || return 1
	rm "$work/results/0" "$work/results/2"
	psql -XAtq -v ON_ERROR_STOP=1 -c 'SET pls.now = "2025-06-30"' -f "$scripts/check.sql" >"$work/results/wrong" || return 1
	for ((round = 1; round <= rounds; round++)); do
		say "round $round of $rounds"
		measure_round "$round" || return 1
		[ "$mode" != duckdb ] || measure_duckdb "$round" || return 1
	done
}

# ---------- an older build beside it ----------

# What is compared: the file of a query and how many workers it may have.
compared=(count_0 score_0 live_0 count_2 score_2)
comparing='-c pls.now=2025-06-30 -c max_parallel_workers_per_gather'

# Loads a build's server, and keeps what it answers.
load_build()
{
	local query

	say "loading $events events of $accounts accounts, $1 build"
	database=postgres run_psql "$1" -c 'CREATE DATABASE run' || return 1
	run_psql "$1" -v events="$events" -v accounts="$accounts" -v users="$users" \
		-v scripts="$scripts" -f "$scripts/setup.sql" -c CHECKPOINT || return 1
	for query in "${compared[@]}"; do
		PGOPTIONS="$comparing=${query#*_}" \
			run_psql "$1" -f "$scripts/${query%_*}.sql" >"$work/results/answer_$1_$query" || return 1
	done
}

# One query on every side: the new build, the new build again, the old.
# Noted are milliseconds of processor of all processes.
# usage: compare_query ROUND QUERY
compare_query()
{
	local side figures

	for side in $(in_order "$1" "${builds[@]}" again); do
		figures=$(PGOPTIONS="$comparing=${2#*_}" session_cost "${side/again/new}" public \
			-v statement="$(<"$scripts/${2%_*}.sql")" -v warm="$(<"$scripts/live.sql")" -v rows=1000) || return 1
		note beside "$1" "${side}_$2" "$(cpu_of_all "$figures")"
	done
}

measure_beside_old()
{
	local build round query

	for build in "${builds[@]}"; do
		load_build "$build" || return 1
	done
	for ((round = 1; round <= rounds; round++)); do
		say "round $round of $rounds"
		for query in $(in_order "$round" "${compared[@]}"); do
			compare_query "$round" "$query" || return 1
		done
	done
}

# ---------- growth ----------

# Milliseconds of a score over a table by a motion.
# usage: time_growth TABLE MOTION
time_growth()
{
	PGOPTIONS='-c max_parallel_workers_per_gather=0' psql -XAtq -v ON_ERROR_STOP=1 -c '\timing on' \
		-c "SELECT sum(score) FROM (SELECT pls.score('$2', event, ts, user_id, props, '2025-06-30 00:00+00') AS score
			FROM $1 GROUP BY account_id) AS x" | awk '/^Time: / { print $2 }'
}

# Memory, in kB, of an aggregate over one group.
# usage: memory_of_group CALL
memory_of_group()
{
	PGOPTIONS='-c max_parallel_workers_per_gather=0 -c enable_sort=off' psql -XAtq -v ON_ERROR_STOP=1 \
		-c "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT $1 FROM bench.one_group GROUP BY account_id" |
		sed -n 's/.*Memory Usage: \([0-9]*\)kB.*/\1/p'
}

measure_growth()
{
	local round n

	say "loading $steps events"
	# shellcheck disable=SC2086
	psql -Xq -v ON_ERROR_STOP=1 -v steps="${steps// /,}" -v group="$group" -v accounts="$accounts" -v users="$users" \
		-v scripts="$scripts" -f "$scripts/growth.sql" || return 1
	for n in $steps; do
		psql -Xq -v ON_ERROR_STOP=1 -v name="bench.events_$n" -v events="$n" -v accounts="$accounts" \
			-v users="$users" -f "$scripts/events.sql" || return 1
	done
	psql -Xq -v ON_ERROR_STOP=1 -v name=bench.one_group -v events="$group" -v accounts=1 -v users="$users" \
		-f "$scripts/events.sql" || return 1
	for ((round = 0; round <= rounds; round++)); do
		say "round $round of $rounds"
		for n in $steps; do
			note growth "$round" "events_$n" "$(time_growth "bench.events_$n" twelve)"
		done
		for n in 4 16 64; do
			note growth "$round" "signals_$n" "$(time_growth "bench.events_$(awk '{ print $2 }' <<<"$steps")" "signals $n")"
		done
	done
	sed -i '/^0 /d' "$work/results/growth"
	memory_of_group "pls.score('twelve', event, ts, user_id, props, '2025-06-30 00:00+00')" >"$work/results/memory_score"
	memory_of_group "pls.evidence('twelve', event, ts, user_id, props)" >"$work/results/memory_evidence"
	[ -s "$work/results/memory_score" ] && [ -s "$work/results/memory_evidence" ]
}

measure()
{
	if [ -n "$OLD" ]; then
		measure_beside_old
		return
	fi
	# shellcheck disable=SC1091
	. "$work/new/env"
	createdb run && export PGDATABASE=run || return 1
	if [ "$mode" = growth ]; then measure_growth; else measure_plain; fi
}

# ---------- what came out ----------

# usage: verdict TITLE CONDITION-STATUS
verdict()
{
	printf '%-62s %s\n' "$1" "$([ "$2" -eq 0 ] && echo ok || echo MISSED)"
}

# Whether the answers of these files, numbers to three decimals, are one.
same_answers()
{
	local file

	for file; do
		awk -F'|' 'NF == 1 { print } NF == 3 { printf "%d|%.3f|%d\n", $1, $2, $3 }' "$work/results/answer_$file"
	done | uniq | awk 'END { exit NR != 1 }'
}

report_answers()
{
	same_answers score_0 score_2 live_0 live_2
	verdict '-  one answer: score serial and parallel, live' $?
	[ "$(cat "$work/results/wrong")" = 0 ]
	verdict '-  every account has the score of the definition in plain SQL' $?
	same_answers funnel_0 funnel_2 funnel_plain_0 funnel_plain_2
	verdict '-  one answer: funnel and plain funnel' $?
	grep -q HashAggregate "$work/results/plan" && grep -q 'Workers Planned: 2' "$work/results/plan"
	verdict '-  the planner takes hash aggregation and 2 workers by itself' $?
}

# Counting per account has nothing of pls in it: what differs there may differ
# elsewhere.
report_beside_old()
{
	local query

	echo
	printf '%-62s %6s  %-15s %s\n' "processor time of all processes, new / $OLD" '' 'range' 'limit'
	lines_beside_old '12 signals per account, serial' beside score_0 count_0
	lines_beside_old '12 signals per account, 2 workers' beside score_2 count_2
	lines_beside_old 'live pls.scores' beside live_0 count_0
	line '-  noise: count per account, serial, on the servers of both' beside new_count_0 old_count_0
	line '-  noise: count per account, 2 workers, on the servers of both' beside new_count_2 old_count_2
	echo
	for query in "${compared[@]}"; do
		cmp -s "$work/results/answer_new_$query" "$work/results/answer_old_$query"
		verdict "-  one answer of both builds: ${query%_*}, ${query#*_} workers" $?
	done
	echo
	for query in "${compared[@]}"; do
		echo "ms of processor for $events events, ${query%_*}, ${query#*_} workers: $(figure beside "new_$query")," \
			"$OLD $(figure beside "old_$query")"
	done
	echo "load average before, after: $load_before, $(cut -d' ' -f1 /proc/loadavg); $(nproc) processors; $SECONDS s"
}

report()
{
	echo
	printf '%-62s %6s  %-15s %s\n' 'ratio, median of the rounds' '' 'range' 'limit'
	line '1  12 signals / count per account, serial' 0 score count at-most 1.6
	line '1  12 signals / count per account, 2 workers' 2 score count at-most 1.6
	line '2  12 signals as plain SQL / pls.score, serial' 0 plain score at-least 3
	line '2  12 signals as plain SQL / pls.score, 2 workers' 2 plain score at-least 4.5
	line '3  the batch aggregate / live pls.scores, serial' 0 score live at-least 15
	line '4  4-step funnel / plain window functions, serial' 0 funnel funnel_plain at-most 0.6
	line '4  4-step funnel / plain window functions, 2 workers' 2 funnel funnel_plain at-most 0.6
	if [ "$mode" = duckdb ]; then
		line '5  pls.score, 2 workers / DuckDB, 2 threads' duckdb score_2 plain_2 at-most 1.6
		line '6  DuckDB, 2 threads / live pls.scores' duckdb plain_2 live_2 at-least 10
		line '-  pls.score, serial / DuckDB, 1 thread' duckdb score_1 plain_1
		line '-  pls.score, 2 workers / DuckDB, amount as a column' duckdb score_2 prepared_2
		line '-  DuckDB, amount as a column / live pls.scores' duckdb prepared_2 live_2
	fi
	echo
	report_answers
	if [ "$mode" = duckdb ]; then
		same_answers funnel_0 duckdb_funnel
		verdict '-  one answer: DuckDB and the plain funnel' $?
		same_answers plain_0 duckdb_plain duckdb_prepared
		verdict '-  one answer: DuckDB and the plain 12 signals' $?
	fi
	echo
	line '-  noise: count per account twice, serial' 0 again count
	line '-  noise: count per account twice, 2 workers' 2 again count
	echo
	for workers in 0 2; do
		echo "ms, $workers workers: $(median_of $workers count) count, $(median_of $workers score) pls.score," \
			"$(median_of $workers plain) plain, $(median_of $workers live) live," \
			"$(median_of $workers funnel) funnel, $(median_of $workers funnel_plain) plain funnel"
	done
	[ "$mode" != duckdb ] ||
		echo "ms, DuckDB, 1 and 2 threads: $(median_of duckdb plain_1) and $(median_of duckdb plain_2) 12 signals," \
			"$(median_of duckdb prepared_1) and $(median_of duckdb prepared_2) with the amount as a column," \
			"$(median_of duckdb funnel_1) and $(median_of duckdb funnel_2) funnel"
	echo "load average before, after: $load_before, $(cut -d' ' -f1 /proc/loadavg); $(nproc) processors"
}

report_growth()
{
	local first middle last

	read -r first middle last <<<"$steps"
	echo
	printf '%-62s %6s  %-15s %s\n' 'ratio, median of the rounds' '' 'range' 'limit'
	line "-  time per event, $middle events / $first" growth "events_$middle" "events_$first" at-most 1.3 \
		"$(awk "BEGIN { print $first / $middle }")"
	line "-  time per event, $last events / $first" growth "events_$last" "events_$first" at-most 1.3 \
		"$(awk "BEGIN { print $first / $last }")"
	line '-  time, 16 signals / 4' growth signals_16 signals_4
	line '-  time, 64 signals / 4' growth signals_64 signals_4 at-most 3
	echo
	[ "$(cat "$work/results/memory_score")" -le 1024 ]
	verdict "-  memory of a group of $group rows, pls.score: $(cat "$work/results/memory_score") kB, at most 1024" $?
	[ "$(cat "$work/results/memory_evidence")" -le 1024 ]
	verdict "-  memory of a group of $group rows, pls.evidence: $(cat "$work/results/memory_evidence") kB, at most 1024" $?
	echo
	echo "load average before, after: $load_before, $(cut -d' ' -f1 /proc/loadavg); $(nproc) processors"
}

make_work_directory
ensure_packages
scripts=$pls_top/bench/score
mkdir "$work/results"
load_before=$(cut -d' ' -f1 /proc/loadavg)
if [ "$mode" = duckdb ]; then
	command -v node >/dev/null && command -v npm >/dev/null || die "this needs node and npm"
	echo "installing DuckDB in a directory of its own ..."
	mkdir "$work/duckdb"
	cp "$scripts/duckdb.mjs" "$work/duckdb"
	(cd "$work/duckdb" && npm install --silent --no-audit --no-fund --no-save @duckdb/node-api) \
		>"$work/npm.log" 2>&1 || { tail "$work/npm.log" >&2; die "DuckDB could not be installed"; }
fi
build_copies
if [ -n "$OLD" ]; then
	# what takes about three minutes, or one
	if [ -n "${QUICK:-}" ]; then
		rounds=${ROUNDS:-5} events=600000
	else
		rounds=${ROUNDS:-9} events=2000000
	fi
fi

# The planner's own costs; memory that holds the table and a hash table of
# 20,000 groups, as a server for such queries has.
server_options=(
	shared_buffers=2GB work_mem=64MB max_parallel_workers_per_gather=2
	max_wal_size=16GB checkpoint_timeout=1d autovacuum=off
)
exec 3>&1
run_step "$work/run.log" measure_with_servers || {
	tail -n 20 "$work/run.log" >&2
	die "the measurements failed"
}
if [ "$mode" = growth ]; then
	report_growth
elif [ -n "$OLD" ]; then
	report_beside_old
else
	report
fi | tee "$work/report"
! grep -q MISSED "$work/report"
