# shellcheck shell=bash
# cache.sh - what scripts keep from one run to the next: servers.
#
# Sourced after lib.sh.
#
#   find_cache                      set $cache, a folder: PLS_CACHE, or pls in
#                                   the user's folder for such things
#   build_server VERSION FOLDER [CONFIGURE-ARG ...]
#                                   build PostgreSQL from the source package
#                                   of the archive that this machine uses, and
#                                   install it as FOLDER; LOG is FOLDER.log

# shellcheck disable=SC2034
cache_packages=(bison dpkg-dev flex libicu-dev pkg-config valgrind zlib1g-dev)

find_cache()
{
	cache=${PLS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pls}
	mkdir -p "$cache" || die "the folder for what is kept cannot be made: $cache"
	cache=$(cd "$cache" && pwd)
}

# Prints the archives of Debian that this machine uses, one a line: address,
# release, component.  What comes from elsewhere is left out.
debian_archives()
{
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 'Origin: Debian' | sort -u
}

# Runs a program of apt on the sources of these archives.  Its lists are in
# the cache; those of the machine are left as they are.
on_sources()
{
	local program=$1

	shift
	"$program" -q -o "Dir::Etc::sourcelist=$cache/apt/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null \
		-o "Dir::State::Lists=$cache/apt/lists" \
		-o APT::Sandbox::User=root "$@"
}

# Unpacks the source of a package as FOLDER.  The newest may be gone from the
# archive before its lists say so: then the next is taken.  Debian's patches
# are left out: one of them makes every server, whatever its prefix, keep its
# modules in the folder of the installed server.
fetch_source()
{
	local package=$1 folder=$2 version

	mkdir -p "$cache/apt/lists/partial"
	debian_archives | sed "s|^|deb-src |" >"$cache/apt/sources.list"
	[ -s "$cache/apt/sources.list" ] || {
		echo "no archive of Debian is known here"
		return 1
	}
	on_sources apt-get update ||
		echo "the lists of sources could not be updated, going on"
	rm -rf "$folder" "$folder.parts"
	mkdir -p "$folder.parts"
	while read -r version; do
		(cd "$folder.parts" &&
			on_sources apt-get source --download-only "$package=$version" &&
			dpkg-source --no-check --no-copy --skip-patches \
				-x ./*.dsc "$folder") && break
		rm -rf "$folder" "$folder.parts"/*
	done < <(on_sources apt-cache madison "$package" |
		awk -F'|' '{ gsub(/ /, "", $2); print $2 }' | sort -rV | uniq)
	rm -rf "$folder.parts"
	[ -d "$folder" ]
}

# A server is built under another name, so that what is there is whole.
build_server()
{
	local version=$1 folder=$2 source=$cache/source-$1

	shift 2
	[ ! -x "$folder/bin/postgres" ] || return 0
	fetch_source "postgresql-$version" "$source" || return
	(
		cd "$source" &&
			./configure --prefix="$folder" --enable-debug --enable-tap-tests \
				--with-icu --without-readline --disable-rpath "$@" &&
			make -s -j "$(nproc)" world-bin &&
			rm -rf "$folder.new" &&
			make -s install-world-bin DESTDIR="$folder.new" &&
			mv "$folder.new$folder" "$folder" &&
			rm -rf "$folder.new"
	)
}
