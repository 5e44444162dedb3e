# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Reading Debian suites other than the system's own, through a private apt state that leaves the system's alone.
# Sourced by deps.sh, chroot.sh and vmtest/kernels.sh.

# The site the system itself uses for its main archive; every other suite lives beside it.
# apt names only what it has fetched, so a machine without package lists reads them into a private place first.
apt_site() {
	local release site tmp
	release=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
	site=$(apt_site_of "$release")
	if [ -z "$site" ]; then
		tmp=$(mktemp -d)
		chmod 755 "$tmp"
		mkdir "$tmp/partial"
		apt-get -qq -o "Dir::State::Lists=$tmp" update >&2 || true
		site=$(apt_site_of "$release" -o "Dir::State::Lists=$tmp")
		rm -rf "$tmp"
	fi
	[ -n "$site" ] || { echo "apt.sh: no package source for '$release' answers; check the network and /etc/apt" >&2; return 1; }
	printf '%s\n' "$site"
}

apt_site_of() {
	local release=$1
	shift
	# shellcheck disable=SC2016 # apt expands these
	apt-get "$@" indextargets --format '$(SITE) $(RELEASE)' 'Identifier: Packages' 2>/dev/null |
		awk -v r="$release" '$2 == r && !seen { print $1; seen = 1 }'
}

# apt_private DIR SITE SUITE...: reads those suites into DIR and leaves the options that use them in APT_OPTS.
apt_private() {
	local dir=$1 site=$2 suite
	shift 2
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	chmod 755 "$dir"
	for suite in "$@"; do
		printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$site" "$suite"
	done >"$dir/sources.list"
	APT_OPTS=(-o "Dir::Etc::SourceList=$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null
		-o "Dir::State::Lists=$dir/lists" -o "Dir::Cache=$dir/cache"
		-o Acquire::Languages=none -o "APT::Sandbox::User=$(id -un)")
	apt-get -q "${APT_OPTS[@]}" update >&2
}
