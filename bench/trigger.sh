#!/usr/bin/env bash
# trigger.sh - what the trigger of pls costs an application, as ratios.
#
# Builds a copy of pls as users get it (-O2, no assertions), starts a
# throw-away server, measures, prints one line per row of the table in
# bench/README.md, and removes both.  QUICK=1 takes a minute and says less.
# The exit status is 1 if a limit was missed.
#
# What is compared runs in turns, A B A B A B, and each round gives one
# ratio: printed are the median, the range, and the limit.  How far two
# measurements of the same thing differ is printed as well ("noise").
set -u
# shellcheck source=test/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../test/lib.sh"
# shellcheck source=bench/rounds.sh
. "$(dirname "${BASH_SOURCE[0]}")/rounds.sh"

if [ -n "${QUICK:-}" ]; then
	rounds=3 turns=7 inserts=2000 accounts=20000 past=10 old_events=200000 copy_rows=200000
	homemade_rows=50000 transactions=4000
else
	rounds=5 turns=41 inserts=5000 accounts=100000 past=10 old_events=1000000 copy_rows=1000000
	homemade_rows=200000 transactions=20000
fi
copy_accounts=$((copy_rows / 50))	# as many rows an account either way

# ---------- measuring; these run beside the throw-away server ----------

query()
{
	psql -XAtq -v ON_ERROR_STOP=1 -c "$1"
}

# What a comparison has touched is brought into the same state for all sides.
settle()
{
	psql -Xq -v ON_ERROR_STOP=1 -c 'VACUUM (TRUNCATE off) pls.standings, pls.backlog' \
		-c 'VACUUM (TRUNCATE off) homemade.daily, homemade.standings, homemade_ever.standings'
}

# Runs a pgbench script against the table of a schema; prints transactions
# per second.
# usage: run_pgbench SCHEMA SCRIPT ARG...
run_pgbench()
{
	local schema=$1 script=$2 out

	shift 2
	out=$(PGOPTIONS="-c search_path=$schema" pgbench -n -M prepared -f "$scripts/$script" "$@" 2>&1) || {
		echo "$out" >&2
		return 1
	}
	awk '/^tps = / { print $3 }' <<<"$out"
}

# A short run, often repeated, shows the ratio of two sides better than a long
# one: how fast two clients and two servers' processes are on two processors
# changes from second to second.
# usage: insert_rate SCHEMA EVENT [CLIENTS [ACCOUNTS]]
insert_rate()
{
	run_pgbench "$1" insert.pgb -c "${3:-2}" -j 2 -t "$inserts" \
		-D accounts="${4:-$accounts}" -D event="$2"
}

# Milliseconds of a statement, as psql sees them.
statement_time()
{
	psql -Xq -v ON_ERROR_STOP=1 -c '\timing on' -c "$1" |
		awk '/^Time: / { print $2 }'
}

# usage: copy_time SCHEMA FILE
copy_time()
{
	statement_time "COPY $1.events (org_id, user_id, name, props) FROM '$work/$2'"
}

make_copy_files()
{
	query "COPY (SELECT (hashint8(n) & 2147483647) % $copy_accounts + 1, n % 1000,
		CASE WHEN n % 10 < 3 THEN 'export' ELSE 'login' END, '{\"plan\": \"team\"}'
		FROM generate_series(1, $copy_rows) AS n) TO STDOUT" >"$work/copy_30.txt"
	query "COPY (SELECT (hashint8(n) & 2147483647) % $copy_accounts + 1, n % 1000,
		'export', '{\"plan\": \"team\"}'
		FROM generate_series(1, $homemade_rows) AS n) TO STDOUT" >"$work/copy_all.txt"
}

measure_inserts()
{
	local round

	for ((round = 1; round <= turns; round++)); do
		settle
		note insert "$round" plain "$(insert_rate plain export)"
		note insert "$round" nothing "$(insert_rate watched login)"
		note insert "$round" two "$(insert_rate watched export)"
		note insert "$round" homemade "$(insert_rate homemade export)"
		note insert "$round" ever "$(insert_rate homemade_ever export)"
		note insert "$round" again "$(insert_rate plain export)"
	done
}

measure_copy()
{
	local round

	for ((round = 1; round <= 3; round++)); do
		settle
		note copy "$round" plain "$(copy_time plain copy_30.txt)"
		note copy "$round" watched "$(copy_time watched copy_30.txt)"
		note copy "$round" again "$(copy_time plain copy_30.txt)"
		settle
		note copy_all "$round" watched "$(copy_time watched copy_all.txt)"
		note copy_all "$round" homemade "$(copy_time homemade copy_all.txt)"
	done
}

# One client: what is compared is the cost of the row, not of the queue.
# Each account of the young side has 100 events when its turn comes.
measure_history()
{
	local round

	for ((round = 1; round <= rounds; round++)); do
		settle
		note history "$round" old "$(run_pgbench watched history.pgb -c 1 -t "$transactions" \
			-D prefix=old- -D first=1 -D step=0 -D n=0)"
		note history "$round" young "$(run_pgbench watched history.pgb -c 1 -t "$transactions" \
			-D prefix=young- -D first=$(((round - 1) * transactions / 50)) -D step=1 -D n=0)"
		note history "$round" again "$(run_pgbench watched history.pgb -c 1 -t "$transactions" \
			-D prefix=old- -D first=1 -D step=0 -D n=0)"
	done
}

measure_hot()
{
	local round

	for ((round = 1; round <= rounds; round++)); do
		settle
		note hot "$round" cold "$(insert_rate watched export 8)"
		note hot "$round" hot "$(insert_rate watched export 8 10)"
		query "SELECT count(*) FROM pls.backlog" >>"$work/results/backlog"
		query "SELECT settled + busy FROM pls.sweep('20 seconds', 1000000)" >/dev/null
		settle
		note hot "$round" again "$(insert_rate watched export 8)"
	done
	query "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()" \
		>"$work/results/deadlocks"
}

# The hot accounts after all of that, against a rebuild from their events.
check_hot()
{
	query "SELECT count(*) FROM generate_series(1, 10) AS n
		JOIN pls.standings AS s ON s.entity_id = n::text AND s.motion = 'trial'
		WHERE s.evidence::text IS DISTINCT FROM (
			SELECT pls.evidence('trial', e.name, e.created_at, e.user_id, e.props)::text
			FROM watched.events AS e WHERE e.org_id = n::text)" >"$work/results/wrong"
}

measure()
{
	PGHOST=$(query 'SHOW unix_socket_directories') || return 1
	export PGHOST
	mkdir "$work/results"
	createdb bench && export PGDATABASE=bench || return 1
	say "loading $((accounts * past)) events of $accounts accounts"
	psql -Xq -v ON_ERROR_STOP=1 -v accounts="$accounts" -v past="$past" -v old="$old_events" \
		-v young="$((rounds * transactions / 50))" -f "$scripts/setup.sql" || return 1
	make_copy_files || return 1
	query CHECKPOINT
	# each side once unmeasured, so that all is in memory and planned once
	for side in plain watched homemade homemade_ever; do
		insert_rate "$side" export >/dev/null || return 1
	done
	say "one-row inserts, $turns rounds" && measure_inserts || return 1
	say "COPY, 3 rounds" && measure_copy || return 1
	say "long and short histories, $rounds rounds" && measure_history || return 1
	say "hot accounts, $rounds rounds" && measure_hot || return 1
	check_hot
}

# ---------- what came out ----------

report()
{
	echo
	printf '%-62s %6s  %-15s %s\n' 'ratio, median of the rounds' '' 'range' 'limit'
	line '4  one-row INSERT that matches nothing / no trigger' insert nothing plain at-least 0.93
	line '5  one-row INSERT that matches 2 signals / no trigger' insert two plain at-least 0.70
	line '6  the same / PL/pgSQL trigger, same work' insert two homemade at-least 1.7
	line '6  COPY, all match: PL/pgSQL time / pls time' copy_all homemade watched at-least 8
	line '7  COPY, 30 % match: time / time without trigger' copy watched plain at-most 1.5
	line '8  cost, account with 1 M past events / with 100' history young old at-most 1.25
	line '9  8 clients: 10 hot accounts / all accounts' hot hot cold at-least 0.8
	echo
	line '-  one-row INSERT, 2 signals / PL/pgSQL without windows' insert two ever
	line '-  noise: one-row INSERT without trigger, twice' insert again plain
	line '-  noise: COPY without trigger, twice' copy again plain
	line '-  noise: account with 1 M past events, twice' history again old
	line '-  noise: 8 clients on all accounts, twice' hot again cold
	echo
	echo "inserts/s, 2 clients: $(median_of insert plain) without trigger, $(median_of insert nothing) no match," \
		"$(median_of insert two) 2 signals, $(median_of insert homemade) PL/pgSQL, $(median_of insert ever) PL/pgSQL without windows"
	echo "COPY of $copy_rows rows, ms: $(median_of copy plain) without trigger, $(median_of copy watched) watched"
	echo "COPY of $homemade_rows rows that all match, ms: $(median_of copy_all watched) pls, $(median_of copy_all homemade) PL/pgSQL"
	echo "inserts/s, 8 clients: $(median_of hot cold) on $accounts accounts, $(median_of hot hot) on 10;" \
		"deltas left for the sweep by a hot run: $(sort -n "$work/results/backlog" | tail -n 1)"
	echo "deadlocks: $(cat "$work/results/deadlocks"); hot standings that differ from a rebuild: $(cat "$work/results/wrong") of 10"
	echo "load average before, after: $load_before, $(cut -d' ' -f1 /proc/loadavg); $(nproc) processors"
}

make_work_directory
ensure_packages
scripts=$pls_top/bench/trigger
load_before=$(cut -d' ' -f1 /proc/loadavg)
echo "building a copy of pls and starting a throw-away server ..."
run_step "$work/build.log" build_into "$work" || {
	cat "$work/build.log" >&2
	die "the build failed"
}

# Nothing but the inserts happens meanwhile: no checkpoint, no autovacuum, no
# filling of WAL segments, which a settled server has recycled.
# Sockets, as an application on the same machine would use them; the password
# is the one of the throw-away server.
printf '%s\n' 'local all all scram-sha-256' 'host all all samehost scram-sha-256' >"$work/hba.conf"
server_options=(
	"hba_file=$work/hba.conf" shared_buffers=1GB wal_buffers=64MB
	synchronous_commit=off fsync=on full_page_writes=on
	checkpoint_timeout=1d max_wal_size=64GB wal_init_zero=off autovacuum=off
)
export work scripts rounds turns inserts accounts past old_events copy_rows homemade_rows \
	transactions copy_accounts
export -f query note settle run_pgbench insert_rate statement_time copy_time make_copy_files \
	measure_inserts measure_copy measure_history measure_hot check_hot say measure
exec 3>&1
run_step "$work/run.log" run_with_server "$work" bash -c measure || {
	tail -n 20 "$work/run.log" >&2
	die "the measurements failed"
}
report | tee "$work/report"
! grep -q MISSED "$work/report" && [ "$(cat "$work/results/deadlocks" "$work/results/wrong" | paste -sd+)" = 0+0 ]
