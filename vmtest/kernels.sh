#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Keeps the kernels that the virtual machines boot, and virtme-ng, in a cache; called by run.sh, and usable alone:
#   vmtest/kernels.sh fetch [6.1|6.12|7|all]   download what is missing; --refresh asks the archive for newer ones
#   vmtest/kernels.sh list                     what the cache holds
# The packages are unpacked and never installed. Nothing is asked of the network when the cache has the answer.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/apt.sh
. "$ROOT/scripts/apt.sh"
CACHE=${BATCHY_CACHE:-/var/cache/batchy}
SERIES_ALL="6.1 6.12 7"
# what a network test needs; the rest is two thirds of the size
KEEP_DRIVERS="net virtio char block ptp firmware"
work=""
refresh=""

die() { printf 'kernels.sh: %s\n' "$*" >&2; exit 1; }
trap '[ -z "$work" ] || rm -rf "$work"' EXIT

# The suites that carry a series, best first: names and versions in them change every few weeks, so only these are fixed.
suites_of() {
	case $1 in
	6.1) echo bookworm ;;
	6.12) echo trixie bookworm-backports ;;
	7) echo trixie-backports ;;
	*) die "unknown kernel '$1'; use one of: $SERIES_ALL" ;;
	esac
}

open_suite() { # SUITE
	[ -n "${site:-}" ] || site=$(apt_site) || exit 1
	rm -rf "$work/apt"
	apt_private "$work/apt" "$site" "$1" || die "cannot read $1 from $site; check the network"
	APT_OPTS+=(-o Dir::State::status=/dev/null)
}

# The release that the meta package of the open suite stands for, e.g. 6.1.0-49-amd64; empty when the series is not there.
release_of() { # SERIES
	apt-cache "${APT_OPTS[@]}" show linux-image-amd64 2>/dev/null |
		sed -n 's/^Depends:.*linux-image-\([0-9][^ ,]*\).*/\1/p' | grep -E "^${1//./\\.}\\." | sort -V | tail -n 1 || true
}

# A kernel is one package or several that share the release in their names.
packages_of() { # RELEASE
	local rel=$1 todo=("linux-image-$1") done=" " p
	while [ ${#todo[@]} -gt 0 ]; do
		p=${todo[0]}
		todo=("${todo[@]:1}")
		case $done in *" $p "*) continue ;; esac
		done+="$p "
		mapfile -t -O ${#todo[@]} todo < <(apt-cache "${APT_OPTS[@]}" depends "$p" | sed -n "s/^ *Depends: \(linux-[^ ]*-$rel\)\$/\1/p")
	done
	printf '%s\n' "$done"
}

unpack() { # DIR PACKAGE...: apt checks the signatures and the sums
	local dir=$1 deb
	shift
	mkdir -p "$work/debs" "$dir"
	(cd "$work/debs" && apt-get -q "${APT_OPTS[@]}" download "$@" >&2) || die "cannot download $*"
	for deb in "$work"/debs/*.deb; do
		dpkg -x "$deb" "$dir"
		rm -f "$deb"
	done
}

prune_drivers() { # MODULES
	local d
	rm -rf "$1/kernel/sound"
	for d in "$1"/kernel/drivers/*/; do
		d=${d%/}
		case " $KEEP_DRIVERS " in *" ${d##*/} "*) ;; *) rm -rf "$d" ;; esac
	done
	rm -rf "$1"/kernel/drivers/net/{ethernet,wireless}
}

# Everything is made beside its place and renamed into it, so what has the final name is complete.
fetch_kernel() { # SERIES
	local series=$1 rel="" suite suites
	if [ -z "$refresh" ] && [ -e "$CACHE/kernels/$series/.complete" ]; then return 0; fi
	suites=$(suites_of "$series")
	for suite in $suites; do
		open_suite "$suite"
		rel=$(release_of "$series")
		[ -z "$rel" ] || break
	done
	[ -n "$rel" ] || die "no linux-image-amd64 $series.* in $suites at $site; edit suites_of for the suite that has it now"
	if [ ! -e "$CACHE/kernels/$rel/.complete" ]; then
		local dir=$work/kernel modules
		# shellcheck disable=SC2046 # a list of names
		unpack "$dir" $(packages_of "$rel")
		[ -e "$dir/lib" ] || ln -s usr/lib "$dir/lib"
		modules=$dir/lib/modules/$rel
		ln "$dir/boot/vmlinuz-$rel" "$dir/vmlinuz" 2>/dev/null || ln "$modules/vmlinuz" "$dir/vmlinuz" ||
			die "linux-image-$rel holds no kernel where one was expected"
		prune_drivers "$modules"
		rm -rf "${dir:?}/usr/share"
		depmod -a -b "$dir" "$rel"
		touch "$dir/.complete"
		rm -rf "${CACHE:?}/kernels/$rel"
		mv "$dir" "$CACHE/kernels/$rel"
	fi
	ln -sfn "$rel" "$CACHE/kernels/$series"
	forget_unused
	echo "kernels.sh: $series is $rel from $suite" >&2
}

# A release that no series points to any more is an old one.
forget_unused() {
	local dir s used=" "
	for s in $SERIES_ALL; do used+="$(readlink "$CACHE/kernels/$s" || true) "; done
	for dir in "$CACHE"/kernels/*/; do
		dir=${dir%/}
		[ -L "$dir" ] || case "$used" in *" ${dir##*/} "*) ;; *) rm -rf "$dir" ;; esac
	done
}

# virtme-ng is in Debian 13 and is plain Python that Debian 12 runs as well; the initramfs wants a static busybox.
fetch_tools() {
	if [ -z "$refresh" ] && [ -e "$CACHE/tools/.complete" ]; then return 0; fi
	open_suite trixie
	unpack "$work/tools" virtme-ng busybox-static
	touch "$work/tools/.complete"
	rm -rf "${CACHE:?}/tools"
	mv "$work/tools" "$CACHE/tools"
}

complete() { # SERIES...
	local s
	[ -z "$refresh" ] && [ -e "$CACHE/tools/.complete" ] || return 1
	for s in "$@"; do [ -e "$CACHE/kernels/$s/.complete" ] || return 1; done
}

fetch() {
	local s
	for s in "$@"; do suites_of "$s" >/dev/null; done
	complete "$@" && return 0
	mkdir -p "$CACHE/kernels" || die "cannot write $CACHE; run as root or set BATCHY_CACHE"
	exec 9>"$CACHE/.lock"
	flock -w 600 9 || die "another download holds $CACHE/.lock for ten minutes; see who with: fuser $CACHE/.lock"
	rm -rf "$CACHE"/.new.*
	work=$(mktemp -d "$CACHE/.new.XXXXXX")
	chmod 755 "$work"
	fetch_tools
	for s in "$@"; do fetch_kernel "$s"; done
}

list() {
	local s
	for s in $SERIES_ALL; do
		[ -e "$CACHE/kernels/$s/.complete" ] || continue
		printf '%-5s %-28s %s\n' "$s" "$(readlink "$CACHE/kernels/$s")" "$(du -sh "$CACHE/kernels/$s/" | cut -f1)"
	done
}

usage() { die "usage: kernels.sh fetch [--refresh] [6.1|6.12|7|all]... | list"; }

cmd=${1:-fetch}
[ $# -eq 0 ] || shift
want=()
for a in "$@"; do
	case $a in
	--refresh) refresh=1 ;;
	all) read -ra want <<<"$SERIES_ALL" ;;
	-*) usage ;;
	*) want+=("$a") ;;
	esac
done
case $cmd in
fetch) [ ${#want[@]} -gt 0 ] || want=(6.1); fetch "${want[@]}" ;;
list) list ;;
*) usage ;;
esac
