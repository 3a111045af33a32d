# shellcheck shell=bash
# suites.sh - how a test of each suite is run, and several side by side.
#
# Sourced after lib.sh, which takes server_options and gives pls_top.  What was
# built lies below $work, as build_into leaves it there.  A test is named
# suite/name; what becomes of it is left in the folder $work/results/suite/name:
# log, and at the end "ended", which holds its exit status and how many seconds
# it took.
#
#   tests_of SUITE        print its tests, those of TESTS that it has, or all
#   plan_tests SUITE ...  write $work/queue: their tests, the longest first
#   estimate LANES        print in how many seconds they are done
#   prepare_tests         what is needed beside the build
#   run_lanes LANES       run them, so many side by side, saying how far it is

suite_names='regress isolation pgtap tap'

# Prints the file of a test, or of all of them (*), below test.
file_of()
{
	case $1 in
		regress) echo "sql/$2.sql" ;;
		isolation) echo "specs/$2.spec" ;;
		pgtap) echo "pgtap/$2.pg" ;;
		tap) echo "t/$2.pl" ;;
		*) die "unknown suite: $1 (${suite_names// /, })" ;;
	esac
}

tests_of()
{
	local pattern file name

	pattern=$(file_of "$1" '*') || exit
	# shellcheck disable=SC2154
	for file in "$pls_top/test/"$pattern; do
		[ -f "$file" ] || continue
		name=${file##*/}
		name=${name%.*}
		case " ${TESTS:-$name} " in
			*" $name "*) echo "$name" ;;
		esac
	done
}

# --- a test of each suite ---------------------------------------------------

# What a statement brings about is to depend on no clock, nor, where one test
# runs after the other in one database, on what the server does meanwhile.
# Nothing here outlives a crash of the machine, and plans are not compiled.
test_settings=(pls.decision_time=1min)
speed_settings=(full_page_writes=off jit=off max_wal_size=4GB
	checkpoint_timeout=1h)

# Runs a program of pg_regress' kind on a test, in a database that is made when
# it is first needed.  A new test has no expected output yet: then it fails, and
# what it prints is shown.
run_pg_regress()
{
	local program=$1 name=$2 options made=$server_folder/made.${1##*/}

	options=("--bindir=$(server_bin "$work")" "--inputdir=$work/src/test"
		"--dbname=pls_${program##*/}" --outputdir=.)
	program=$("$(server_bin "$work")/pg_config" --pkglibdir)/pgxs/src/test/$program
	[ -e "$work/src/expected/$name.out" ] || : >"$work/src/expected/$name.out"
	ln -s "$work/src/expected" expected
	[ ! -e "$made" ] || options+=(--use-existing)
	touch "$made"
	"$program" "${options[@]}" "$name"
}

run_regress()
{
	run_pg_regress regress/pg_regress "$1"
}

run_isolation()
{
	run_pg_regress isolation/pg_isolation_regress "$1"
}

run_pgtap()
{
	local made=$server_folder/made.pgtap

	if [ ! -e "$made" ]; then
		createdb pls_pgtap && psql -Xqd pls_pgtap -v ON_ERROR_STOP=1 \
			-c "CREATE EXTENSION pgtap" -c "CREATE EXTENSION pls" || return
		touch "$made"
	fi
	pg_prove --verbose -d pls_pgtap "$work/src/test/pgtap/$1.pg"
}

# TAP tests start their own servers, which refuse to run as root.  A session of
# theirs may last as long as the timeout in all, however busy the machine.
run_tap()
{
	local bin lib library_path=()

	bin=$(server_bin "$work")
	lib=$("$bin/pg_config" --pkglibdir)
	[ -z "$PGSERVER" ] ||
		library_path=("LD_LIBRARY_PATH=$("$bin/pg_config" --libdir)")
	[ "$(id -u)" -ne 0 ] || chown postgres .
	as_server_user env -u PGHOST -u PGPORT -u PGUSER "${library_path[@]}" \
		PATH="$work/tap/bin:$bin:$PATH" PLS_INITDB="$bin/initdb" \
		PLS_TEMPLATES="$work/tap/templates" PG_TEST_PORT_DIR="$work/tap/ports" \
		PG_TEST_TIMEOUT_DEFAULT="${PG_TEST_TIMEOUT_DEFAULT:-900}" \
		HOME="$work/tap" TMPDIR="$work/tap/tmp" TESTDIR="$PWD" \
		TESTDATADIR="$PWD/tmp_check" TESTLOGDIR="$PWD/tmp_check/log" \
		TEMP_CONFIG="$work/tap/tap.conf" \
		PG_REGRESS="$lib/pgxs/src/test/regress/pg_regress" \
		prove --verbose -I "$lib/pgxs/src/test/perl" "$work/src/test/t/$1.pl"
}

prepare_tests()
{
	make -s -C "$work/src" test-modules \
		PG_CONFIG="$(server_bin "$work")/pg_config" || return
	mkdir -p "$work"/tap/{bin,ports,templates,tmp}
	ln -s "$work/src/test/initdb" "$work/tap/bin/initdb"
	{
		server_settings "$work"
		printf '%s\n' "${speed_settings[@]}" "${test_settings[@]}"
	} | sed "s/=\(.*\)/ = '\1'/" >"$work/tap/tap.conf"
	[ "$(id -u)" -ne 0 ] || chown -R postgres "$work/tap"
}

# --- several side by side -----------------------------------------------------

# Prints how long a test takes, in seconds, as test/times says.
seconds_of()
{
	awk -v name="$1" '$2 == name { seconds = $1 } END { print seconds + 0 ? seconds : 1 }' \
		"$pls_top/test/times"
}

plan_tests()
{
	local suite name

	for suite; do
		mkdir -p "$work/results/$suite"
		while read -r name; do
			echo "$(seconds_of "$suite/$name") $suite $name"
		done < <(tests_of "$suite")
	done | sort -k 1,1rn -k 2 >"$work/queue"
}

# What three tests side by side took on two processors, they take on one in
# twice the time.  The longest alone may take longer than its share.
estimate()
{
	local processors

	processors=$(nproc)
	[ "$1" -ge "$processors" ] || processors=$1
	awk -v processors="$processors" '
		{ sum += $1; if ($1 > longest) longest = $1 }
		END { share = sum * 2 / 3 / processors
		      print int(share > longest ? share : longest) }' "$work/queue"
}

# Runs tests that no other lane has taken, one after the other.
run_queue()
{
	local suite name folder status started

	while read -r _ suite name <&3; do
		folder=$work/results/$suite/$name
		mkdir "$folder" 2>/dev/null || continue
		started=$EPOCHREALTIME
		status=0
		(cd "$folder" && "run_$suite" "$name") >"$folder/log" 2>&1 || status=$?
		echo "$status $started $EPOCHREALTIME" |
			awk '{ printf "%d %.1f\n", $1, $3 - $2 }' >"$folder/ended.new"
		mv "$folder/ended.new" "$folder/ended"
	done 3<"$work/queue"
}

run_lane()
{
	local server_folder=$work/lane$1
	# shellcheck disable=SC2034
	local server_options=("${speed_settings[@]}" "${test_settings[@]}" autovacuum=off)

	run_with_server "$work" run_queue
}

# Prints how far it is: what has ended of each suite, what is being run and what
# has failed.
tell_progress()
{
	local suite folder all ended far=() running=() failures=()

	for suite in $suite_names; do
		all=$(grep -c " $suite " "$work/queue")
		[ "$all" -gt 0 ] || continue
		ended=0
		for folder in "$work/results/$suite"/*; do
			if [ -e "$folder/ended" ]; then
				ended=$((ended + 1))
				grep -q '^0 ' "$folder/ended" ||
					failures+=("$suite/${folder##*/}")
			elif [ -e "$folder" ]; then
				running+=("$suite/${folder##*/}")
			fi
		done
		far+=("$suite $ended of $all")
	done
	printf '%4d s: %s; now %s%s\n' "$SECONDS" \
		"$(printf '%s, ' "${far[@]}" | sed 's/, $//')" "${running[*]}" \
		"${failures:+; failed: ${failures[*]}}"
}

run_lanes()
{
	local lane status=0 tick=0

	for ((lane = 1; lane <= $1; lane++)); do
		run_lane "$lane" >"$work/lane$lane.out" 2>&1 &
	done
	while [ -n "$(jobs -rp)" ]; do
		sleep 0.5
		((++tick % 40)) || tell_progress
	done
	for lane in $(jobs -p); do
		wait "$lane" || status=1
	done
	return "$status"
}
