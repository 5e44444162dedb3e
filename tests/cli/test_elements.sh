#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the README and batchy-elements(7) say of the elements is what the elements say of themselves.
set -euo pipefail

cd "$(dirname "$0")/../.."
BAD=0
W=$(mktemp -d "${TMPDIR:-/tmp}/bty-elements-XXXXXX")
trap 'rm -rf "$W"' EXIT

if scripts/elements.sh --check >"$W/diff" 2>&1; then
	echo "ok readme"
else
	cat "$W/diff"
	echo "not ok readme: README.md is not what the elements say; run scripts/elements.sh --write"
	BAD=1
fi

# what the text says of arguments is in the JSON that all documents are made of
AGENT=${BUILD:-build}/batchy-agent
LOST=
for c in $("$AGENT" element list -j | jq -r '.classes[].name'); do
	[ "$("$AGENT" element list "$c" | grep -c '^    [^ ]')" = "$("$AGENT" element list "$c" -j | jq '.classes[0].arguments | length')" ] ||
		LOST+=" $c"
done
if [ -z "$LOST" ]; then
	echo "ok arguments"
else
	echo "not ok arguments: not all of them are in 'element list -j':$LOST"
	BAD=1
fi

# the list has all of each class: its place and outputs, its source and other names where there are any, each argument
"$AGENT" element list >"$W/list"
if "$AGENT" element list -j | jq -r '.classes[] | "\(.name): \(.summary)", (select(.alias) | "  also called: \(.alias)"),
	"  runs in: \(.places)", (select(.ports) | "  outputs: \(.ports)"), (select(.source) | "  from: \(.source)"),
	(select(.usage) | "  arguments: \(.usage)"), (.arguments[] | "    \(if .keyword then .keyword + " " else "" end)\(.type): \(.what)\(
	if .required then "; required" else "" end)\(if .max then "; \(.min) to \(.max)" else "" end)\(
	if .default then "; default \(.default)" else "" end)")' | diff -u - "$W/list" >"$W/diff"; then
	echo "ok list"
else
	cat "$W/diff"
	echo "not ok list: 'element list' leaves something out of what the elements say of themselves"
	BAD=1
fi

# every class has its section, and a source or an argument is not lost
scripts/elements.sh --man >"$W/man"
want=$("$AGENT" element list -j | jq -r '.classes[].name')
if [ -n "$want" ] && [ "$(sed -n 's/^\.Ss //p' "$W/man")" = "$want" ] &&
	[ "$(grep -c '^\.It Sy' "$W/man")" = "$("$AGENT" element list -j |
		jq '[.classes[] | 3 + (.arguments | length) + (if .source then 1 else 0 end) + (if .alias then 1 else 0 end)] | add')" ]; then
	echo "ok man"
else
	echo "not ok man: batchy-elements(7) has other sections than there are classes, or items are missing"
	BAD=1
fi
exit "$BAD"
