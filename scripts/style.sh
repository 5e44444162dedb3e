#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Checks the look of the sources: format, SPDX line, length, what includes what, shell. Prints `ok NAME` or `not ok NAME: why`, the files first.
# Called by scripts/test.sh and `make check-format`. clang-format is the version deps.sh installs: others break lines differently.
set -euo pipefail

cd "$(dirname "$0")/.."
MAX_LINES=600
FORMAT=clang-format-19

# Tracked files and new ones, not what is ignored or deleted.
sources() {
	local f
	git ls-files -co --exclude-standard -- "$@" | while read -r f; do
		if [ -f "$f" ]; then echo "$f"; fi
	done
}

spdx_missing() {
	local f
	sources '*.c' '*.h' '*.sh' '*.py' '*.mk' '*.def' '*.click' Makefile .ci/run | while read -r f; do
		head -n 3 "$f" | grep -q 'SPDX-License-Identifier: GPL-2.0' || echo "$f: no SPDX line in its first three"
	done
}

too_long() {
	sources '*.c' '*.h' '*.sh' '*.py' '*.mk' | while read -r f; do
		wc -l "$f"
	done | awk -v max="$MAX_LINES" '$1 > max { print $2 ": " $1 " lines, more than " max }'
}

format_wrong() {
	sources '*.c' '*.h' | xargs -r "$FORMAT" --dry-run -Werror 2>&1 | grep -E ' (error|warning): ' || true
}

shell_wrong() {
	sources '*.sh' .ci/run | xargs -r shellcheck -x -S warning -f gcc || true
}

# Folders of user/ come in the order of FOLDERS in the Makefile; a file includes headers of its own and of earlier ones only.
reaches_up() {
	sources 'user/*.c' 'user/*.h' | xargs grep -nE '^#include "(\.\./|user/)' |
		awk -F '[/:"]' -v folders="$(sed -n 's/^FOLDERS := //p' Makefile)" '
			BEGIN { n = split(folders, f, " "); for (i = 1; i <= n; i++) at[f[i]] = i }
			!($2 in at) || !($7 in at) || at[$7] > at[$2] { print $0 ": user/" $2 " comes before user/" $7 " in FOLDERS of Makefile" }'
}

# check NAME TOOL FUNCTION: passes when the function prints nothing
check() {
	local out
	if ! command -v "$2" >/dev/null; then
		echo "skip $1: $2 is not installed"
		return 0
	fi
	out=$("$3")
	if [ -z "$out" ]; then
		echo "ok $1"
		return 0
	fi
	printf '%s\n' "$out"
	echo "not ok $1: $(printf '%s\n' "$out" | wc -l) lines above"
	BAD=1
}

BAD=0
git rev-parse --is-inside-work-tree >/dev/null 2>&1 || { echo "skip style: not a git checkout"; exit 0; }
check spdx git spdx_missing
check length git too_long
check order awk reaches_up
check format "$FORMAT" format_wrong
check shell shellcheck shell_wrong
exit "$BAD"
