#!/usr/bin/env bash
# demo.sh - the main job on real input: two recorded event logs, replayed
# through the trigger of watched tables, to explained and assigned alerts.
#
# Builds a copy of pls, starts a throw-away server, runs bench/demo/demo.sql
# there and removes both.  Packages that are missing are installed with apt.
#
#   bench/demo.sh          prints what comes of it
#   bench/demo.sh packs    writes the Motion Packs of both logs into doc/packs/
set -u
# shellcheck source=test/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../test/lib.sh"

# What psql prints goes to this script's own output, past the log that keeps
# what the server's scripts say.
run_demo()
{
	createdb demo && psql -Xq -v ON_ERROR_STOP=1 -d demo \
		-f "$pls_top/bench/demo/demo.sql" >&3 2>&4
}

# The Motion Packs as the demo has made them.  The server's user need not have
# a right to the tree.
write_packs()
{
	local motion language

	mkdir -p "$work/packs"
	for motion in adoption upgrade; do
		for language in en zh; do
			psql -XAtq -d demo -c "SELECT rtrim(pack, E'\n') FROM demo.packs WHERE motion = '$motion' AND language = '$language'" \
				>"$work/packs/$motion.$language.md" || return
		done
	done
}

make_work_directory
ensure_packages
echo "building a copy of pls and starting a throw-away server ..."
run_step "$work/build.log" build_into "$work" || {
	cat "$work/build.log" >&2
	die "the build failed"
}
export PLS_DEMO_DATA=$pls_top/test/data pls_top work
export -f run_demo write_packs
if [ "${1:-}" = packs ]; then
	exec 3>/dev/null 4>&2
	task='run_demo && write_packs'
else
	exec 3>&1 4>&2
	task=run_demo
fi
run_step "$work/run.log" run_with_server "$work" bash -c "$task" || {
	tail -n 20 "$work/run.log" >&2
	die "the demo failed"
}
if [ "${1:-}" = packs ]; then
	mkdir -p "$pls_top/doc/packs" && cp "$work"/packs/*.md "$pls_top/doc/packs/"
fi
