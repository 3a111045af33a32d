#!/usr/bin/env bash
# bounded.sh - what an INSERT, a sweep and a worker's claim cost at most, and
# that a row costs the same however many there are.
#
# Builds a copy of pls as users get it (-O2, no assertions) and one of an older
# commit, starts a throw-away server for each, measures, prints the figures and
# the limits of bench/README.md, and removes all.  The exit status is 1 if a
# limit was missed or a standing differs from a rebuild.
#
#   OLD=COMMIT    what to compare with; OLD= for nothing
#   PARTS="..."   some of: chains edges parts idle claim motions busy
#   QUICK=1       smaller, in two minutes
#   ROUNDS=n      how often what is cheap is measured (3)
#
# Old and new run in turns.  Costs are the processor time of the session's
# process.  What the old build would need minutes for it does once, or for
# fewer rows.
set -u
# shellcheck source=test/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../test/lib.sh"
# shellcheck source=bench/rounds.sh
. "$(dirname "${BASH_SOURCE[0]}")/rounds.sh"

OLD=${OLD-d598a56}
parts=${PARTS:-chains edges parts idle claim motions busy}
rounds=${ROUNDS:-3}
if [ -n "${QUICK:-}" ]; then
	larger=10000 waiting=50000 standings=50000 kept=100000 crossings=2000 busy_seconds=15
else
	larger='10000 50000' waiting=600000 standings=500000 kept=1000000 crossings=16000 busy_seconds=45
fi
sizes="1000 $larger"
scripts=$pls_top/bench/bounded

# ---------- the sides ----------

# A copy of the prepared database, in which nothing has happened.
fresh()
{
	database=postgres run_psql "$1" -c 'DROP DATABASE IF EXISTS run WITH (FORCE)' -c 'CREATE DATABASE run TEMPLATE ready'
}

# What a statement costs a new session, as session_cost() prints it.
# usage: cost SIDE STATEMENT [ROWS [WARM]]
cost()
{
	local schema=app

	[ "$1" != bare ] || schema=bare
	session_cost "$1" $schema -v statement="$2" -v rows="${3:-1}" \
		-v warm="${4:-INSERT INTO events (org_id, user_id, name) VALUES ('warm', 1, 'export')}"
}

# When all is swept, every standing is what its events give.
# usage: check SIDE WHAT
check()
{
	[ "$1" != bare ] || return 0
	run_psql "$1" -c 'CALL pls.sweep_all()' || return 1
	check_standings "$@"
}

check_standings()
{
	echo "$(run_psql "$1" -c "SELECT (SELECT count(*) FROM bench.wrong) || ' ' || (SELECT count(*) FROM pls.backlog)") $1 $2" \
		>>"$work/results/wrong"
}

# ---------- measuring ----------

# Whether a side takes part: the old build in the first round, and where it is
# not too slow.
# usage: takes_part SIDE ROUND SIZE MOST-OF-OLD
takes_part()
{
	[ "$1" != old ] || { [ "$2" -eq 1 ] && [ "$3" -le "$4" ]; }
}

# Another session's transaction, which stays open until it is ended.
# usage: hold SIDE STATEMENT
hold()
{
	on "$1" env PGAPPNAME=holder psql -XAtq -d run -c 'BEGIN ISOLATION LEVEL REPEATABLE READ' \
		-c "$2" -c 'SELECT pg_sleep(600)' >/dev/null 2>&1 &
	until [ "$(run_psql "$1" -c "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'holder' AND query ~ 'sleep'")" = 1 ]; do
		sleep 0.05
	done
}

let_go()
{
	run_psql "$1" -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holder'" >/dev/null
}

# One way of inserting so many events of one account.
# usage: measure_chain SIDE ROUND WAY SIZE
measure_chain()
{
	local side=$1 round=$2 way=$3 size=$4 call=$3 out

	fresh "$side" || return 1
	case $way in
		rows) run_psql "$side" -f "$scripts/rows.sql" || return 1 ;;
		snapshot) call=commits; hold "$side" 'SELECT FROM pls.motions' ;;
	esac
	out=$(cost "$side" "CALL bench.$call($size)" "$size") || return 1
	[ "$way" != snapshot ] || let_go "$side"
	note "$way" "$round" "$side$size" "$(cpu_of "$out")"
	check "$side" "$way $size"
}

measure_chains()
{
	local round way size side

	for ((round = 1; round <= rounds; round++)); do
		for way in transaction savepoints rows commits snapshot; do
			say "chains, round $round: $way"
			for size in $sizes; do
				for side in "${sides[@]}"; do
					# 10,000 savepoints take the old build a quarter of a minute
					takes_part "$side" "$round" "$size" "$([ $way = savepoints ] && echo 10000 || echo 50000)" || continue
					measure_chain "$side" "$round" $way "$size" || return 1
				done
			done
		done
	done
}

# Accounts that cross, or do not, in one INSERT.
# usage: measure_crossing SIDE ROUND CROSSING SIZE
measure_crossing()
{
	local out

	fresh "$1" || return 1
	out=$(cost "$1" "CALL bench.accounts($4, $3)" "$4") || return 1
	note edges "$2" "$1$4$3" "$(cpu_of "$out")"
	note edges_wall "$2" "$1$4$3" "$(wall_of "$out")"
	[ "$1" = bare ] || check_standings "$1" "edges $4"
}

measure_edges()
{
	local round size side crossing

	for ((round = 1; round <= rounds; round++)); do
		say "edges, round $round"
		for size in 1000 2000 4000 $larger; do
			for side in "${sides[@]}"; do
				for crossing in false true; do
					takes_part "$side" "$round" "$size" 4000 || continue
					measure_crossing "$side" "$round" $crossing "$size" || return 1
				done
			done
		done
	done
	measure_locked
}

# While a tool keeps others from writing alerts.
measure_locked()
{
	local side size

	say 'edges, pls.alerts is locked'
	for side in "${sides[@]}"; do
		for size in 100 1000; do
			[ "$side" != bare ] || continue
			takes_part "$side" 1 "$size" 100 || continue
			fresh "$side" && hold "$side" 'LOCK TABLE pls.alerts IN SHARE MODE' || return 1
			note locked 1 "$side$size" "$(wall_of "$(cost "$side" "CALL bench.accounts($size, true)")")"
			let_go "$side"
			check "$side" "edges, locked" || return 1
		done
	done
}

# What an INSERT and a sweep cost that meet many waiting parts of one account.
# Who comes within a second of another one looks whether some wait.
measure_parts()
{
	local side statement warm name out

	for side in "${sides[@]}"; do
		[ "$side" != bare ] || continue
		say "$waiting waiting parts, $side"
		fresh "$side" && run_psql "$side" -v parts="$waiting" -f "$scripts/parts.sql" || return 1
		for name in insert sweep; do
			statement="INSERT INTO app.events (org_id, user_id, name) VALUES ('one', 2, 'export')"
			warm=$statement
			[ $name = insert ] || { statement='CALL pls.sweep_all()' warm='SELECT FROM pls.motions'; }
			out=$(cost "$side" "$statement" 1000 "$warm") || return 1
			note parts 1 "$side$name" "$(cpu_of "$out")"
			note parts 1 "${side}memory$name" "$(memory_of "$out")"
			out=$(run_psql "$side" -c "SELECT count(*) FROM pls.backlog")
			note parts 1 "${side}left$name" "$out"
		done
		check "$side" parts || return 1
	done
}

# Idle sweeps over many standings, and then as many waiting parts.
measure_idle()
{
	local side size out round

	for side in "${sides[@]}"; do
		[ "$side" != bare ] || continue
		for size in $((standings / 10)) $standings; do
			say "$size standings, $side"
			fresh "$side" || return 1
			run_psql "$side" -c "INSERT INTO app.events (org_id, user_id, name)
				SELECT 'new' || i, 1, 'export' FROM generate_series(1, $size) AS i" -c 'VACUUM ANALYZE' \
				-c 'CALL pls.sweep_all()' -c 'CALL pls.sweep_all()' || return 1
			for ((round = 1; round <= rounds; round++)); do
				out=$(cost "$side" 'CALL pls.sweep_all()' 1000 'SELECT FROM pls.motions') || return 1
				note idle "$round" "$side$size" "$(cpu_of "$out")"
				out=$(cost "$side" 'CALL pls.sweep_all()' 1000 'CALL pls.sweep_all()') || return 1
				note idle_warm "$round" "$side$size" "$(cpu_of "$out")"
			done
		done
		check "$side" idle && measure_drain "$side" || return 1
	done
}

# Events in a transaction of that kind wait in parts of their own.  The old
# build is given a third of a minute.
measure_drain()
{
	local side=$1 most='10 minutes' out left

	[ "$side" = new ] || most='20 seconds'
	run_psql "$side" -c 'BEGIN ISOLATION LEVEL REPEATABLE READ' -c "INSERT INTO app.events (org_id, user_id, name)
		SELECT 'new' || i, 2, 'export' FROM generate_series(1, $standings) AS i" -c COMMIT || return 1
	left=$(run_psql "$side" -c 'SELECT count(*) FROM pls.backlog')
	[ "$left" = "$standings" ] || { echo "$left parts wait" >&2; return 1; }
	say "$standings parts of as many accounts, $side"
	out=$(cost "$side" "CALL pls.sweep_all(max_time => '$most')" 1000000 'SELECT FROM pls.motions') || return 1
	left=$(run_psql "$side" -c 'SELECT count(*) FROM pls.backlog')
	note drain 1 "${side}wall" "$(wall_of "$out")"
	note drain 1 "${side}cpu" "$(cpu_of "$out")"
	note drain 1 "${side}drained" $((standings - left))
	[ "$side" != new ] || check "$side" drain
}

measure_claim()
{
	local side round when out

	for side in "${sides[@]}"; do
		[ "$side" != bare ] || continue
		say "claims, $side"
		fresh "$side" && run_psql "$side" -f "$scripts/deliveries.sql" || return 1
		for when in empty kept; do
			[ $when = empty ] || run_psql "$side" -v kept="$kept" -f "$scripts/kept.sql" || return 1
			for ((round = 1; round <= 3; round++)); do
				out=$(cost "$side" "SELECT FROM pls.claim_deliveries('crm', 10)" 1000 \
					"SELECT FROM pls.claim_deliveries('crm', 1)") || return 1
				note claim "$round" "$side$when" "$(cpu_of "$out")"
			done
		done
	done
}

# The first INSERT of a session, and the first after a motion was edited.
measure_motions()
{
	local side round out insert

	insert="INSERT INTO app.events (org_id, user_id, name) VALUES ('none', 1, 'nothing')"
	for side in "${sides[@]}"; do
		[ "$side" != bare ] || continue
		fresh "$side" && run_psql "$side" -f "$scripts/motions.sql" || return 1
	done
	for ((round = 1; round <= 2 * rounds; round++)); do
		for side in "${sides[@]}"; do
			[ "$side" != bare ] || continue
			out=$(cost "$side" "$insert" 1000 "SET pls.enabled = off; $insert; SET pls.enabled = on") || return 1
			note motions "$round" "${side}first" "$(cpu_of "$out")"
			out=$(cost "$side" "$insert" 1000 "$insert; UPDATE pls.signals SET points = points + 1 WHERE motion = 'motion 7' AND signal = 's1'; SELECT FROM pls.motions") ||
				return 1
			note motions "$round" "${side}edited" "$(cpu_of "$out")"
		done
	done
}

# Latencies, in us, of a client's INSERTs in a span of time (epoch, ms): of the
# scripts of these numbers the median, the 99th of 100, the longest, how many.
# usage: latencies PREFIX BEGUN ENDED SCRIPTS
latencies()
{
	cat "$work/$1".log.* | awk -v begun="$2" -v ended="$3" -v scripts="$4" '
		{ at = $5 * 1000 + $6 / 1000 }
		at >= begun && at <= ended && index(scripts, $4) { print $3 }' |
		sort -n | awk '{ value[NR] = $1 } END {
			printf "%d %d %d %d\n", value[int((NR + 1) / 2)], value[int(NR * 0.99) + 1], value[NR], NR }'
}

# A client at full speed, with the scripts named.
# usage: client SECONDS PREFIX SCRIPT...
client()
{
	local seconds=$1 prefix=$2

	shift 2
	(cd "$work" && on new pgbench -n -M prepared -c 1 -T "$seconds" -l --log-prefix="$prefix.log" -D accounts="$crossings" \
		"${@/#/-f$scripts/}" run >"$work/$prefix.out" 2>&1) || return 1
	date +%s%3N >"$work/$prefix.ended"
}

# Edges that an INSERT has left are decided while a client inserts.
measure_busy()
{
	local begun ended left=1 client_pid out cpu=0

	say "$crossings crossings while a client inserts"
	fresh new || return 1
	run_psql new -c 'SET pls.decision_time = 0' -c 'SET search_path = app' -c "CALL bench.accounts($crossings, true)" \
		-c "INSERT INTO events (org_id, user_id, name) SELECT 'known' || i, 1, 'export' FROM generate_series(1, $crossings) AS i" \
		-c 'VACUUM ANALYZE' || return 1
	begun=$(date +%s%3N)
	client $((busy_seconds / 4)) calm match.pgb nothing.pgb || return 1
	latencies calm "$begun" $((begun + busy_seconds * 1000)) 01 >"$work/results/calm"
	client "$busy_seconds" busy match.pgb nothing.pgb due.pgb &
	client_pid=$!
	sleep 0.5
	begun=$(date +%s%3N)
	while [ "$left" -gt 0 ]; do
		out=$(cost new 'CALL pls.sweep_all()' 1000000 'SELECT FROM pls.motions') || return 1
		cpu=$(awk -v a="$cpu" -v b="$(cpu_of "$out")" 'BEGIN { print a + b }')
		left=$(run_psql new -c 'SELECT count(*) FROM pls.standings WHERE decide_again_at <= now()')
	done
	ended=$(date +%s%3N)
	wait "$client_pid" || return 1
	echo $((ended > $(cat "$work/busy.ended") ? 1 : 0)) >"$work/results/alone"
	latencies busy "$begun" "$ended" 01 >"$work/results/busy"
	latencies busy "$begun" "$ended" 2 >"$work/results/due"
	note decided 1 wall $((ended - begun))
	note decided 1 cpu "$cpu"
	note decided 1 alerts "$(run_psql new -c "SELECT count(DISTINCT entity_id) FROM pls.alerts")"
	check new busy
}

measure()
{
	local side part

	for side in "${sides[@]}"; do
		[ "$side" != bare ] || continue
		database=postgres run_psql "$side" -c 'CREATE DATABASE ready' || return 1
		database=ready run_psql "$side" -v motion="$pls_top/test/small_motion.sql" -f "$scripts/setup.sql" >/dev/null || return 1
	done
	for part in $parts; do
		"measure_$part" || return 1
	done
}

# ---------- what came out ----------

# usage: row TITLE FILE SUFFIX [FORMAT]
row()
{
	printf '%-50s %-20s %-22s %s\n' "$1" "$(figure "$2" "bare$3" "${4:-}")" "$(figure "$2" "old$3" "${4:-}")" "$(figure "$2" "new$3" "${4:-}")"
}

report_chains()
{
	local way size title

	for way in transaction savepoints rows commits snapshot; do
		case $way in
			transaction) title='one transaction' ;;
			savepoints) title='a savepoint each' ;;
			rows) title='one statement, row level' ;;
			commits) title='a transaction each' ;;
			snapshot) title='the same, an old snapshot is kept' ;;
		esac
		for size in $sizes; do
			row "2  us an event: $title, $size" $way "$size"
		done
		for size in $larger; do
			line "2  $title: a row of $size / of 1000" $way "new$size" new1000 at-most 1.5
		done
	done
}

report_edges()
{
	local size

	for size in 1000 2000 4000 $larger; do
		row "1  us an account: $size cross in one INSERT" edges "${size}true"
		row "1  us an account: the same, nobody crosses" edges "${size}false"
		row "1  ms of wall clock: $size cross" edges_wall "${size}true" %.0f
	done
	for size in 100 1000; do
		row "1  ms of wall clock: $size cross, pls.alerts is locked" locked "$size" %.0f
	done
	line '1  10000 accounts that cross / that do not' edges new10000true new10000false at-most 2
	for size in $larger; do
		line "1  an account that crosses: of $size / of 1000" edges "new${size}true" new1000true at-most 1.5
	done
}

report_parts()
{
	row "2  ms: INSERT that meets $waiting parts of its account" parts insert
	row '2  MB: the same' parts memoryinsert %.0f
	row '2  parts that wait afterwards' parts leftinsert %.0f
	row '2  ms: the sweep that takes them in' parts sweep
	row '2  MB: the same' parts memorysweep %.0f
}

report_idle()
{
	local size

	for size in $((standings / 10)) $standings; do
		row "3  ms: idle sweep_all, $size standings, new session" idle "$size"
		row "3  ms: the same again in the session" idle_warm "$size"
	done
	at_most "3  ms: idle sweep_all, $standings standings" "$(figure idle "new$standings" | cut -d' ' -f1)" 50
	row "3  ms of wall clock: $standings parts of as many accounts" drain wall %.0f
	row '3  s of processor' drain cpu
	row '3  of these drained meanwhile' drain drained %.0f
	at_most "3  s: $standings parts drained" "$(awk '$2 == "newwall" { print $3 / 1000 }' "$work/results/drain")" 60
}

report_claim()
{
	row '8  ms: claim of 10, no other messages' claim empty
	row "8  ms: claim of 10, $kept kept" claim kept
	line "8  $kept kept / none" claim newkept newempty at-most 1.5
}

report_motions()
{
	row '9  ms: first INSERT of a session, 200 motions' motions first
	row '9  ms: INSERT after an edit of a motion' motions edited
	at_most '9  ms: first INSERT, 200 motions' "$(figure motions newfirst %.2f | cut -d' ' -f1)" 20
	at_most '9  ms: INSERT after an edit' "$(figure motions newedited %.2f | cut -d' ' -f1)" 5
}

# usage: client_line TITLE FILE
client_line()
{
	awk -v title="$1" '{ printf "-  %-55s p50 %d us, p99 %d us, most %.1f ms, of %d\n", title, $1, $2, $3 / 1000, $4 }' "$work/results/$2"
}

report_busy()
{
	local wall

	wall=$(awk '$2 == "wall" { print $3 / 1000 }' "$work/results/decided")
	at_most "1  s: $crossings crossings decided while a client inserts" "$wall" 30
	awk -v n="$crossings" -v wall="$wall" '$2 == "cpu" { printf "-  %.0f decisions/s, %.2f ms of processor each\n", n / wall, $3 * 1000 / n }' \
		"$work/results/decided"
	client_line 'client, INSERTs for other accounts, no sweep' calm
	client_line 'client, INSERTs for other accounts, meanwhile' busy
	client_line 'client, INSERTs for accounts that are decided about' due
	at_most '-  crossings without an alert' $((crossings - $(awk '$2 == "alerts" { print $3 }' "$work/results/decided"))) 0
	at_most '-  the client had ended before the sweeps (1: yes)' "$(cat "$work/results/alone")" 0
}

report()
{
	local part

	echo
	printf '%-50s %-20s %-22s %s\n' 'median (range)' 'no trigger' "old${OLD:+ ($OLD)}" 'new'
	for part in $parts; do
		"report_$part"
	done
	at_most '-  standings that differ from a rebuild, parts that still wait' "$(awk '{ n += $1 + $2 } END { print n + 0 }' "$work/results/wrong")" 0
	echo "load average before, after: $load_before, $(cut -d' ' -f1 /proc/loadavg); $(nproc) processors; $SECONDS s"
}

make_work_directory
ensure_packages
load_before=$(cut -d' ' -f1 /proc/loadavg)
mkdir "$work/results"
touch "$work/results/wrong"
build_copies
sides=(bare "${builds[@]}")

server_options=(
	shared_buffers=1GB max_wal_size=64GB checkpoint_timeout=1d
	autovacuum=off fsync=off synchronous_commit=off jit=off
)
exec 3>&1
run_step "$work/run.log" measure_with_servers || {
	tail -n 20 "$work/run.log" >&2
	die "the measurements failed"
}
report | tee "$work/report"
! grep -q MISSED "$work/report"
