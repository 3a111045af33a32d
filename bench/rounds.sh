# shellcheck shell=bash
# rounds.sh - comparisons in rounds, for the scripts beside it: the builds that
# are compared and their servers, what a statement costs, what each side took,
# kept in $work/results, and the lines that are made of it.

# ---------- builds and their servers ----------

# Builds a copy of the tree in $work/new and, where OLD is a commit, one of
# that in $work/old.  builds says which there are; OLD is empty without one.
build_copies()
{
	builds=(new)
	mkdir "$work/new"
	echo "building a copy of pls and starting a throw-away server for each build ..."
	run_step "$work/build.log" build_into "$work/new" || {
		cat "$work/build.log" >&2
		die "the build failed"
	}
	[ -n "${OLD:=}" ] || return 0
	if ! git -C "$pls_top" rev-parse -q --verify "$OLD^{commit}" >/dev/null 2>&1; then
		echo "there is no commit $OLD here: the new build alone is measured"
		OLD=
		return 0
	fi
	mkdir "$work/old" "$work/old_tree"
	git -C "$pls_top" archive "$OLD" | tar -C "$work/old_tree" -xf -
	run_step "$work/build.log" build_old || {
		cat "$work/build.log" >&2
		die "the build of $OLD failed"
	}
	builds=(old new)
}

build_old()
{
	local pls_top=$work/old_tree

	build_into "$work/old"
}

# Keeps a server until all is measured, and says how it is reached.
serve()
{
	local name

	PGHOST=$(psql -XAtqc 'SHOW unix_socket_directories') || return 1
	export PGHOST
	for name in PGHOST PGPORT PGUSER PGPASSWORD; do
		[ -z "${!name:-}" ] || printf 'export %s=%q\n' "$name" "${!name}"
	done >"$work/$1/env.new"
	mv "$work/$1/env.new" "$work/$1/env"
	while [ -d "$work" ] && [ ! -e "$work/done" ]; do sleep 0.2; done
}

# Runs measure() while each build has a server.
measure_with_servers()
{
	local build status

	export work
	export -f serve
	for build in "${builds[@]}"; do
		run_with_server "$work/$build" bash -c "serve $build" &
	done
	for build in "${builds[@]}"; do
		until [ -e "$work/$build/env" ]; do
			[ -n "$(jobs -r)" ] || return 1
			sleep 0.1
		done
	done
	measure
	status=$?
	touch "$work/done"
	wait
	return $status
}

# Runs a command that speaks to the server of a build; what has no trigger
# ("bare") is measured beside the new build.
on()
{
	local build=${1/bare/new}

	shift
	(
		# shellcheck disable=SC1090
		. "$work/$build/env"
		"$@"
	)
}

run_psql()
{
	on "$1" psql -XAtq -v ON_ERROR_STOP=1 -d "${database:-run}" "${@:2}"
}

# ---------- what a statement costs ----------

# What a statement, or a file of them, costs a new session whose search_path is
# SCHEMA, with the caller's PGOPTIONS: "us of processor per row, ms of wall clock, MB,
# us of its workers per row".
# usage: session_cost BUILD SCHEMA -v statement=... [-v NAME=VALUE ...]; cpu.sql names them
session_cost()
{
	on "$1" env PGOPTIONS="${PGOPTIONS:-} -c search_path=$2" psql -XAtq -F ' ' -v ON_ERROR_STOP=1 -d run "${@:3}" -f "$pls_top/bench/cpu.sql"
}

# The figures of what it says.
cpu_of() { cut -d' ' -f1 <<<"$1"; }
wall_of() { cut -d' ' -f2 <<<"$1"; }
memory_of() { cut -d' ' -f3 <<<"$1"; }
cpu_of_all() { awk '{ print $1 + $4 }' <<<"$1"; }

# ---------- rounds ----------

# Prints the sides in another order each round: each comes first in turn, and
# who comes before whom changes as well.
# usage: in_order ROUND SIDE...
in_order()
{
	local round=$1 i n=$(($# - 1))

	shift
	for ((i = 0; i < n; i++)); do
		if ((round % 2)); then
			echo "${@:$(((round / 2 + i) % n + 1)):1}"
		else
			echo "${@:$(((round / 2 + n - i) % n + 1)):1}"
		fi
	done
}

# Writes "round side value" to the file of a comparison.  Without a value all
# ends: what should have given it has said why.
note()
{
	[ -n "$4" ] || exit 1
	echo "$2 $3 $4" >>"$work/results/$1"
}

say()
{
	printf '%s %s\n' "$(date +%T)" "$*" >&3
}

# ---------- what came out ----------

# Prints A * FACTOR / B of the rounds: the median, the least, the most.
# usage: ratio COMPARISON A B [FACTOR]
ratio()
{
	awk -v a="$2" -v b="$3" -v factor="${4:-1}" '
		{ value[$1, $2] = $3; if ($1 > rounds) rounds = $1 }
		END { for (i = 1; i <= rounds; i++) print factor * value[i, a] / value[i, b] }' "$work/results/$1" |
		sort -g | awk '
		{ value[NR] = $1 }
		END { print (value[int((NR + 1) / 2)] + value[int((NR + 2) / 2)]) / 2, value[1], value[NR] }'
}

# Prints a line: the median of A * FACTOR / B over the rounds, its range, and
# how it stands to the limit.
# usage: line TITLE COMPARISON A B [at-least|at-most LIMIT [FACTOR]]
line()
{
	ratio "$2" "$3" "$4" "${7:-1}" | awk -v title="$1" -v sense="${5:-}" -v limit="${6:-}" '{
		verdict = ""
		if (sense == "at-least")
			verdict = sprintf(">= %-5s %s", limit, $1 >= limit ? "ok" : "MISSED")
		if (sense == "at-most")
			verdict = sprintf("<= %-5s %s", limit, $1 <= limit ? "ok" : "MISSED")
		printf "%-62s %6.2f  %5.2f .. %-5.2f  %s\n", title, $1, $2, $3, verdict }'
}

# The limit of a ratio of new to old build: 1.03, or the greatest of these
# ratios of the same work, whatever it is that made them differ.
# usage: limit_beside_old NOISE...
limit_beside_old()
{
	printf '%.2f\n' 1.03 "$@" | sort -g | tail -n 1
}

# Prints two lines: what a query costs the new build beside the old one, and
# how far the new build differs from itself.  The sides are new_QUERY,
# again_QUERY (the new build a second time) and old_QUERY; SAME is a query that
# is the same work for both builds.
# usage: lines_beside_old TITLE COMPARISON QUERY SAME
lines_beside_old()
{
	local twice between

	# a chance either way is as great
	twice=$(ratio "$2" "again_$3" "new_$3" | awk '{ print ($1 < 1) ? 1 / $1 : $1 }')
	between=$(ratio "$2" "new_$4" "old_$4" | cut -d' ' -f1)
	line "$1" "$2" "new_$3" "old_$3" at-most "$(limit_beside_old "$twice" "$between")"
	line "-  noise: the new build twice" "$2" "again_$3" "new_$3"
}

# Prints a line: a value of its own, and how it stands to the limit.
# usage: at_most TITLE VALUE LIMIT
at_most()
{
	awk -v title="$1" -v value="$2" -v limit="$3" 'BEGIN {
		printf "%-62s %8.2f  <= %-6s %s\n", title, value, limit, value <= limit ? "ok" : "MISSED" }'
}

# The values of a side: median and range, or a dash.
# usage: figure FILE SIDE [FORMAT]
figure()
{
	awk -v side="$2" '$2 == side { print $3 }' "$work/results/$1" | sort -n | awk -v f="${3:-%.1f}" '
		{ value[NR] = $1 }
		END {
			if (NR == 0) { printf "-"; exit }
			printf f, (value[int((NR + 1) / 2)] + value[int((NR + 2) / 2)]) / 2
			if (NR > 1) printf " (" f ".." f ")", value[1], value[NR]
		}'
}

# The median of one side, as a number of its own.
median_of()
{
	figure "$1" "$2" "${3:-%.0f}" | cut -d' ' -f1
}
