# shellcheck shell=bash
# lib.sh - what the scripts that build and try pls have in common.
#
# Sourced by bash, never run.  Debian and Ubuntu only: packages come from apt.
# Works as root and as a user with sudo; installs nothing system-wide but
# packages that are missing.
#
#   ensure_packages [PACKAGE ...]   install what is missing
#   make_work_directory             set $work; removed when the script ends
#   build_into DIR [MAKE-ARG ...]   copy the tree to DIR/src, build it there,
#                                   install it below DIR/inst
#   run_with_server DIR COMMAND...  run COMMAND against a throw-away server
#                                   that knows the extension of DIR/inst
#   server_bin DIR                  the folder of that server's programs
#   run_step LOG COMMAND...         run COMMAND, output to LOG (- for where
#                                   it goes now), so that an interrupt ends
#                                   it and all it started
#
# A script calls make_work_directory first and once; everything else that is
# written lies below $work.  As a rule:
#
#   make_work_directory
#   ensure_packages
#   run_step "$work/build.log" build_into "$work" || ...
#   run_step - run_with_server "$work" psql -f ...
#
# The server is Debian's of version 15; two variables ask for another:
#
#   PGVERSION=17       Debian's of this version
#   PGSERVER=FOLDER    one that was installed below FOLDER, from source say.
#                      It is never touched: the extension goes into a copy.

PGVERSION=${PGVERSION:-15}
PGSERVER=${PGSERVER:-}
PGBIN=${PGSERVER:-/usr/lib/postgresql/$PGVERSION}/bin

pls_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
pls_packages=(
	build-essential
	"postgresql-$PGVERSION"
	"postgresql-server-dev-$PGVERSION"
	"postgresql-$PGVERSION-pgtap"
	libtap-parser-sourcehandler-pgtap-perl
	libipc-run-perl
	curl
)

# The same answers everywhere: no locale, zone or setting of the caller.
export LC_ALL=C.UTF-8 TZ=UTC PSQLRC=/dev/null
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES GNUMAKEFLAGS
unset PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGSERVICE PGOPTIONS \
	PGPASSWORD PGPASSFILE PGCLUSTER PGDATA PGTZ PGDATESTYLE PGSYSCONFDIR
umask 022

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# Prints the packages among the arguments that are not installed.
missing_packages()
{
	local package

	for package; do
		dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null |
			grep -qx installed || echo "$package"
	done
}

# Installs the packages that pls needs, and those named, where missing.
ensure_packages()
{
	local missing runner=()

	command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
		die "this needs a Debian or Ubuntu system (apt-get was not found).
On another system install PostgreSQL $PGVERSION with its server headers, then run
'make && make install', and 'CREATE EXTENSION pls' in a database."

	mapfile -t missing < <(missing_packages "${pls_packages[@]}" "$@")
	[ ${#missing[@]} -gt 0 ] || return 0

	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null ||
			die "packages are missing and there is no sudo. Run this as root, then try again:
    apt-get install ${missing[*]}"
		runner=(sudo)
	fi
	runner+=(env DEBIAN_FRONTEND=noninteractive apt-get
		-o DPkg::Lock::Timeout=300 -qq)

	echo "installing: ${missing[*]}"
	{
		"${runner[@]}" update &&
			"${runner[@]}" install -y --no-install-recommends "${missing[@]}"
	} >"$work/apt.log" 2>&1 </dev/null || {
		tail -n 20 "$work/apt.log" >&2
		die "the packages could not be installed: ${missing[*]}
On Debian 12 they are in the main archive; other releases have another PostgreSQL."
	}
}

# Sets $work to a new directory that the server's user can reach, and by a path
# that is short enough for a socket's.
make_work_directory()
{
	local base=${TMPDIR:-/tmp}

	if [ ${#base} -gt 50 ] || [ "$(id -u)" -eq 0 ] &&
		! setpriv --reuid=65534 --clear-groups test -x "$base" 2>/dev/null; then
		base=/tmp
	fi
	work=$(mktemp -d "$base/pls.XXXXXX")
	chmod 755 "$work"
	step_pid=
	trap 'remove_work_directory' EXIT
	trap 'interrupted 129' HUP
	trap 'interrupted 130' INT
	trap 'interrupted 143' TERM
}

interrupted()
{
	echo "interrupted, cleaning up" >&2
	exit "$1"
}

# Ends what is still running, servers included, and removes $work.
remove_work_directory()
{
	local file pid

	trap '' HUP INT TERM
	if [ -n "$step_pid" ] && kill -TERM -- "-$step_pid" 2>/dev/null; then
		wait "$step_pid" 2>/dev/null
	fi
	cd /
	while read -r file; do
		pid=$(head -n 1 "$file" 2>/dev/null) || continue
		kill -QUIT "$pid" 2>/dev/null || continue
		for _ in {1..50}; do
			kill -0 "$pid" 2>/dev/null || break
			sleep 0.1
		done
	done < <(find "$work" -name postmaster.pid 2>/dev/null)
	rm -rf "$work"
}

# Runs COMMAND in a process group of its own, its output going to LOG.
run_step()
{
	local log=$1 status=0

	shift
	set -m
	if [ "$log" = - ]; then
		"$@" </dev/null &
	else
		"$@" >"$log" 2>&1 </dev/null &
	fi
	step_pid=$!
	set +m
	wait "$step_pid" || status=$?
	step_pid=
	return "$status"
}

# Copies the source tree, without what a build or a test has left in it.
copy_tree()
{
	mkdir -p "$1"
	tar -C "$pls_top" --exclude=./.git --exclude='*.o' --exclude='*.d' --exclude='*.bc' \
		--exclude='*.so' --exclude='./pls--*.sql' --exclude=./results \
		--exclude=./output_iso --exclude=./tmp_check -cf - . |
		tar -C "$1" --no-same-owner -xf -
}

build_into()
{
	local dir=$1 destination=DESTDIR=$1/inst

	shift
	rm -rf "$dir/src" "$dir/inst"
	copy_tree "$dir/src" || return
	if [ -n "$PGSERVER" ]; then
		copy_server "$dir/inst" || return
		destination=DESTDIR=
	fi
	make -s -C "$dir/src" -j "$(nproc)" with_llvm=no \
		PG_CONFIG="$(server_bin "$dir")/pg_config" "$@" &&
		make -s -C "$dir/src" install with_llvm=no \
			PG_CONFIG="$(server_bin "$dir")/pg_config" "$destination" "$@"
}

# Copies the server of $PGSERVER, and gives it pgTAP, which is SQL alone.
# PostgreSQL finds its files by where its programs lie.
copy_server()
{
	local extensions file

	mkdir -p "$1" && cp -a "$PGSERVER/." "$1" || return
	extensions=$("$1/bin/pg_config" --sharedir)/extension
	[ ! -e "$extensions/pgtap.control" ] || return 0
	for file in /usr/share/postgresql/*/extension/pgtap*; do
		[ ! -e "$file" ] || cp "$file" "$extensions"
	done
}

# Prints the folder of the programs of the server that knows the extension
# which was installed below DIR/inst.
server_bin()
{
	if [ -n "$PGSERVER" ]; then
		echo "$1/inst/bin"
	else
		echo "$PGBIN"
	fi
}

# The settings by which Debian's server finds an extension in a DESTDIR, one
# a line, as "name=value".  The first is Debian's own before 18.
server_settings()
{
	[ -z "$PGSERVER" ] || return 0
	if [ "$PGVERSION" -ge 18 ]; then
		echo "extension_control_path=$1/inst/usr/share/postgresql/$PGVERSION:\$system"
	else
		echo "extension_destdir=$1/inst"
	fi
	echo "dynamic_library_path=$1/inst/usr/lib/postgresql/$PGVERSION/lib:\$libdir"
}

# Runs a COMMAND as the user of servers, which refuse to run as root.
as_server_user()
{
	if [ "$(id -u)" -eq 0 ]; then
		runuser -u postgres -- "$@"
	else
		"$@"
	fi
}

# Runs COMMAND with PGHOST, PGPORT and PGUSER of a throw-away server.  It lies
# in the folder $server_folder, DIR/server if that is not set, and its log is
# left beside it, as DIR/server.log.  It listens there alone, so that no other
# server can be in its way.  Further settings: the array server_options, each
# element "name=value".
run_with_server()
{
	local dir=$1 folder=${server_folder:-$1/server} bin setting status

	shift
	bin=$(server_bin "$dir")
	if [ -n "$PGSERVER" ]; then
		local -x LD_LIBRARY_PATH
		LD_LIBRARY_PATH=$("$bin/pg_config" --libdir)
	fi
	rm -rf "$folder"
	mkdir -p "$folder"
	[ "$(id -u)" -ne 0 ] || chown postgres "$folder"
	as_server_user env -C / "$bin/initdb" --no-sync --auth=trust --username=postgres \
		--encoding=UTF8 --locale=C.UTF-8 -D "$folder/data" >"$folder.log" || {
		cat "$folder.log"
		return 1
	}
	while read -r setting; do
		echo "${setting%%=*} = '${setting#*=}'"
	done >>"$folder/data/postgresql.conf" < <(
		printf '%s\n' "unix_socket_directories=$folder" listen_addresses= \
			port=5432 fsync=off timezone=UTC log_timezone=UTC
		server_settings "$dir"
		[ ${#server_options[@]} -eq 0 ] || printf '%s\n' "${server_options[@]}"
	)
	as_server_user env -C / "$bin/pg_ctl" -s -w -D "$folder/data" \
		-l "$folder/log" start || {
		cat "$folder/log"
		return 1
	}
	PATH="$bin:$PATH" PGHOST=$folder PGPORT=5432 PGUSER=postgres "$@"
	status=$?
	as_server_user env -C / "$bin/pg_ctl" -s -w -D "$folder/data" -m fast stop
	cp "$folder/log" "$folder.log"
	return "$status"
}
server_options=()
