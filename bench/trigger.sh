#!/usr/bin/env bash
# trigger.sh - what the trigger of pls costs an application, as ratios.
#
# Builds a copy of pls as users get it (-O2, no assertions), starts a
# throw-away server, measures, prints one line per row of the table in
# bench/README.md, and removes both.  The exit status is 1 if a limit was
# missed.
#
#   OLD=COMMIT    an older build beside it, to compare with
#   QUICK=1       takes a minute or two and says less
#
# Costs are the processor time of the session's process.  What is compared runs
# in turns, in another order each round, and each round gives one ratio:
# printed are the median, the range, and the limit.  How far two measurements
# of the same thing differ is printed as well ("noise").
set -u
# shellcheck source=test/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../test/lib.sh"
# shellcheck source=bench/rounds.sh
. "$(dirname "${BASH_SOURCE[0]}")/rounds.sh"

if [ -n "${QUICK:-}" ]; then
	rounds=3 turns=9 inserts=1000 looped=3000 accounts=20000 past=10 old_events=200000 copy_rows=200000
	homemade_rows=50000 transactions=4000
else
	rounds=5 turns=25 inserts=1500 looped=5000 accounts=100000 past=10 old_events=1000000 copy_rows=1000000
	homemade_rows=200000 transactions=20000
fi
copy_accounts=$((copy_rows / 50))	# as many rows an account either way
scripts=$pls_top/bench/trigger

# ---------- measuring ----------

# What a comparison has touched is brought into the same state for all sides.
settle()
{
	local build

	for build in "${builds[@]}"; do
		run_psql "$build" -c 'VACUUM (TRUNCATE off) pls.standings, pls.backlog' \
			-c 'VACUUM (TRUNCATE off) homemade.daily, homemade.standings, homemade_ever.standings' || return 1
	done
}

# Where a side's events go, and what their name is.
# usage: describe SIDE; sets build, schema and event
describe()
{
	build=new event=export
	case $1 in
		old_*) build=old ;;
	esac
	case ${1#old_} in
		plain | again) schema=plain ;;
		nothing) schema=watched event=login ;;
		two) schema=watched ;;
		homemade) schema=homemade ;;
		ever) schema=homemade_ever ;;
	esac
}

# What a statement, or a file of them, costs a side, as session_cost() prints it.
# usage: cost SIDE ROWS statement|file VALUE
cost()
{
	local build schema event

	describe "$1"
	session_cost "$build" "$schema" -v rows="$2" -v "$3=$4" \
		-v warm="INSERT INTO events (org_id, user_id, name) VALUES ('warm', 1, '$event')"
}

# One-row INSERTs of so many accounts, a statement each, as a client sends them.
# usage: make_insert_file EVENT SEED
make_insert_file()
{
	awk -v event="$1" -v seed="$2" -v n="$inserts" -v accounts="$accounts" 'BEGIN {
		srand(seed)
		for (i = 0; i < n; i++)
			printf "INSERT INTO events (org_id, user_id, name) VALUES (\047%d\047, %d, \047%s\047);\n",
				int(rand() * accounts) + 1, int(rand() * 1000) + 1, event }' >"$work/insert_$1.sql"
}

# usage: note_cost COMPARISON ROUND SIDE COST
note_cost()
{
	note "$1" "$2" "$3" "$(cpu_of "$4")"
	note "$1_wall" "$2" "$3" "$(wall_of "$4")"
}

measure_inserts()
{
	local round side build schema event sides=(plain nothing two homemade ever again)

	[ -z "$OLD" ] || sides+=(old_plain old_nothing old_two)
	for ((round = 1; round <= turns; round++)); do
		settle || return 1
		make_insert_file export "$round"
		make_insert_file login "$round"
		for side in $(in_order "$round" "${sides[@]}"); do
			describe "$side"
			note_cost client "$round" "$side" "$(cost "$side" "$inserts" file "$work/insert_$event.sql")"
			note_cost loop "$round" "$side" "$(cost "$side" "$looped" statement "CALL bench.any_account($looped, '$event', $accounts)")"
		done
	done
}

# Runs the script of a client; prints transactions per second.
# usage: insert_rate SIDE CLIENTS ACCOUNTS
insert_rate()
{
	local build schema event out

	describe "$1"
	out=$(on "$build" env PGOPTIONS="-c search_path=$schema" pgbench -n -M prepared -f "$scripts/insert.pgb" \
		-c "$2" -j 2 -t "$inserts" -D accounts="$3" -D event="$event" run 2>&1) || {
		echo "$out" >&2
		return 1
	}
	awk '/^tps = / { print $3 }' <<<"$out"
}

measure_clients()
{
	local round side

	for ((round = 1; round <= rounds; round++)); do
		settle || return 1
		for side in $(in_order "$round" plain nothing two homemade ever again); do
			note rate "$round" "$side" "$(insert_rate "$side" 2 "$accounts")"
		done
	done
}

make_copy_files()
{
	run_psql new -c "COPY (SELECT (hashint8(n) & 2147483647) % $copy_accounts + 1, n % 1000,
		CASE WHEN n % 10 < 3 THEN 'export' ELSE 'login' END, '{\"plan\": \"team\"}'
		FROM generate_series(1, $copy_rows) AS n) TO STDOUT" >"$work/copy_30.txt"
	run_psql new -c "COPY (SELECT (hashint8(n) & 2147483647) % $copy_accounts + 1, n % 1000,
		'export', '{\"plan\": \"team\"}'
		FROM generate_series(1, $homemade_rows) AS n) TO STDOUT" >"$work/copy_all.txt"
}

# usage: copy_cost SIDE FILE ROWS
copy_cost()
{
	cost "$1" "$3" statement "COPY events (org_id, user_id, name, props) FROM '$work/$2'"
}

measure_copy()
{
	local round side

	for ((round = 1; round <= 3; round++)); do
		settle || return 1
		for side in $(in_order "$round" plain two again); do
			note_cost copy "$round" "$side" "$(copy_cost "$side" copy_30.txt "$copy_rows")"
		done
		settle || return 1
		for side in $(in_order "$round" two homemade); do
			note_cost copy_all "$round" "$side" "$(copy_cost "$side" copy_all.txt "$homemade_rows")"
		done
	done
}

# Each account of the young side has 100 events when its turn comes.
measure_history()
{
	local round side call

	for ((round = 1; round <= rounds; round++)); do
		settle || return 1
		for side in $(in_order "$round" old young again); do
			call="'old-', 1, 0"
			[ "$side" != young ] || call="'young-', $(((round - 1) * transactions / 50)), 1"
			note_cost history "$round" "$side" "$(cost two "$transactions" statement "CALL bench.in_turn($transactions, $call)")"
		done
	done
}

measure_hot()
{
	local round side

	for ((round = 1; round <= rounds; round++)); do
		settle || return 1
		for side in $(in_order "$round" cold hot again); do
			if [ "$side" = hot ]; then
				note hot "$round" hot "$(insert_rate two 8 10)"
				run_psql new -c "SELECT count(*) FROM pls.backlog" >>"$work/results/backlog"
				run_psql new -c "SELECT settled + busy FROM pls.sweep('20 seconds', 1000000)" >/dev/null
				settle || return 1
			else
				note hot "$round" "$side" "$(insert_rate two 8 "$accounts")"
			fi
		done
	done
	run_psql new -c "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()" \
		>"$work/results/deadlocks"
}

# The hot accounts after all of that, against a rebuild from their events.
check_hot()
{
	run_psql new -c "SELECT count(*) FROM generate_series(1, 10) AS n
		JOIN pls.standings AS s ON s.entity_id = n::text AND s.motion = 'trial'
		WHERE s.evidence::text IS DISTINCT FROM (
			SELECT pls.evidence('trial', e.name, e.created_at, e.user_id, e.props)::text
			FROM watched.events AS e WHERE e.org_id = n::text)" >"$work/results/wrong"
}

load()
{
	database=postgres run_psql "$1" -c 'CREATE DATABASE run' &&
		run_psql "$1" -v accounts="$accounts" -v past="$past" -v old="$old_events" \
			-v young="$((rounds * transactions / 50))" -f "$scripts/setup.sql" -c CHECKPOINT
}

measure()
{
	local build side loading=()

	say "loading $((accounts * past)) events of $accounts accounts"
	for build in "${builds[@]}"; do
		load "$build" &
		loading+=($!)
	done
	for build in "${loading[@]}"; do
		wait "$build" || return 1
	done
	make_copy_files || return 1
	# each side once unmeasured, so that all is in memory
	for side in plain two homemade ever; do
		insert_rate $side 2 "$accounts" >/dev/null || return 1
	done
	say "one-row inserts, $turns rounds" && measure_inserts || return 1
	say "the same of 2 clients, $rounds rounds" && measure_clients || return 1
	say "COPY, 3 rounds" && measure_copy || return 1
	say "long and short histories, $rounds rounds" && measure_history || return 1
	say "hot accounts, $rounds rounds" && measure_hot || return 1
	check_hot
}

# ---------- what came out ----------

# How new and old build compare.  No trigger on either server is the same work:
# what differs there may differ elsewhere.
report_old()
{
	local way where noise limit

	echo
	printf '%-62s %6s  %-15s %s\n' "processor time per INSERT, new / $OLD" '' 'range' 'limit'
	for way in client loop; do
		where='from a client'
		[ $way = client ] || where='in a loop'
		noise=$(ratio $way plain old_plain | cut -d' ' -f1)
		limit=$(limit_beside_old "$noise")
		line "10 matches nothing, $where" $way nothing old_nothing at-most "$limit"
		line "10 matches 2 signals, $where" $way two old_two at-most "$limit"
		line "-  noise: no trigger, on the servers of both, $where" $way plain old_plain
	done
}

report()
{
	echo
	printf '%-62s %6s  %-15s %s\n' 'processor time per INSERT or row, median of the rounds' '' 'range' 'limit'
	line '4  one-row INSERT that matches nothing / no trigger' client nothing plain at-most 1.08
	line '4  the same, in a loop in the server' loop nothing plain at-most 1.15
	line '5  one-row INSERT that matches 2 signals / no trigger' client two plain at-most 1.4
	line '5  the same, in a loop in the server' loop two plain at-most 2.5
	line '6  PL/pgSQL trigger, same work / one-row INSERT, 2 signals' client homemade two at-least 1.7
	line '6  COPY, all match: PL/pgSQL / pls' copy_all homemade two at-least 8
	line '7  COPY, 30 % match / without trigger' copy two plain at-most 1.5
	line '8  account with 1 M past events / with 100' history old young at-most 1.25
	line '-  PL/pgSQL without windows / one-row INSERT, 2 signals' client ever two
	line '-  PL/pgSQL trigger, same work / pls, in a loop' loop homemade two
	line '-  noise: one-row INSERT without trigger, twice' client again plain
	line '-  noise: the same, in a loop' loop again plain
	line '-  noise: COPY without trigger, twice' copy again plain
	line '-  noise: account with 1 M past events, twice' history again old
	[ -z "$OLD" ] || report_old
	echo
	printf '%-62s %6s  %-15s %s\n' 'wall clock' '' 'range' 'limit'
	line '9  8 clients, INSERTs/s: 10 hot accounts / all accounts' hot hot cold at-least 0.8
	line '-  2 clients, INSERTs/s: matches nothing / no trigger' rate nothing plain
	line '-  2 clients, INSERTs/s: matches 2 signals / no trigger' rate two plain
	line '-  2 clients, INSERTs/s: 2 signals / PL/pgSQL, same work' rate two homemade
	line '-  COPY, all match: PL/pgSQL time / pls time' copy_all_wall homemade two
	line '-  COPY, 30 % match: time / time without trigger' copy_wall two plain
	line '-  account with 1 M past events / with 100' history_wall old young
	line '-  noise: 2 clients without trigger, twice' rate again plain
	line '-  noise: 8 clients on all accounts, twice' hot again cold
	echo
	echo "us of processor per INSERT, from a client: $(median_of client plain %.1f) without trigger, $(median_of client nothing %.1f) no match," \
		"$(median_of client two %.1f) 2 signals, $(median_of client homemade %.1f) PL/pgSQL, $(median_of client ever %.1f) PL/pgSQL without windows"
	echo "the same, in a loop: $(median_of loop plain %.1f) without trigger, $(median_of loop nothing %.1f) no match," \
		"$(median_of loop two %.1f) 2 signals, $(median_of loop homemade %.1f) PL/pgSQL, $(median_of loop ever %.1f) PL/pgSQL without windows"
	echo "us of processor per row of COPY: $(median_of copy plain %.2f) without trigger, $(median_of copy two %.2f) watched;" \
		"all match: $(median_of copy_all two %.2f) pls, $(median_of copy_all homemade %.2f) PL/pgSQL"
	echo "inserts/s, 2 clients: $(median_of rate plain) without trigger, $(median_of rate nothing) no match," \
		"$(median_of rate two) 2 signals, $(median_of rate homemade) PL/pgSQL, $(median_of rate ever) PL/pgSQL without windows"
	echo "inserts/s, 8 clients: $(median_of hot cold) on $accounts accounts, $(median_of hot hot) on 10;" \
		"deltas left for the sweep by a hot run: $(sort -n "$work/results/backlog" | tail -n 1)"
	echo "deadlocks: $(cat "$work/results/deadlocks"); hot standings that differ from a rebuild: $(cat "$work/results/wrong") of 10"
	echo "load average before, after: $load_before, $(cut -d' ' -f1 /proc/loadavg); $(nproc) processors; $SECONDS s"
}

make_work_directory
ensure_packages
load_before=$(cut -d' ' -f1 /proc/loadavg)
mkdir "$work/results"
build_copies

# Nothing but the inserts happens meanwhile: no checkpoint, no autovacuum, no
# filling of WAL segments, which a settled server has recycled.
server_options=(
	shared_buffers=1GB wal_buffers=64MB
	synchronous_commit=off fsync=on full_page_writes=on
	checkpoint_timeout=1d max_wal_size=64GB wal_init_zero=off autovacuum=off
)
exec 3>&1
run_step "$work/run.log" measure_with_servers || {
	tail -n 20 "$work/run.log" >&2
	die "the measurements failed"
}
report | tee "$work/report"
! grep -q MISSED "$work/report" && [ "$(cat "$work/results/deadlocks" "$work/results/wrong" | paste -sd+)" = 0+0 ]
