#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The elements as documents, from their own descriptions (`batchy-agent element list -j`):
#   scripts/elements.sh --write     puts the table between the markers of README.md
#   scripts/elements.sh --check     says whether it is there as it should be
#   scripts/elements.sh --man       batchy-elements(7) on standard output; called by the Makefile
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
AGENT=${BUILD:-build}/batchy-agent
README=README.md

die() { printf 'elements.sh: %s\n' "$*" >&2; exit 1; }

classes() { "$AGENT" element list -j || die "$AGENT does not list its elements; run make"; }

# how one writes it: Queue([TRIGGER N], [DEADLINE TIME], [CAPACITY N])
SIGNATURE='def signature: .name + (if .usage then "(" + .usage + ")"
	elif (.arguments | length) == 0 then ""
	else "(" + ([.arguments[] | ((if .keyword then .keyword + " " else "" end) + .type) as $a
		| if .required then $a else "[" + $a + "]" end] | join(", ")) + ")" end);
def outputs: if .outputs_min == .outputs_max then "\(.outputs_min)" else "\(.outputs_min)-\(.outputs_max)" end;'

table() {
	echo '| element | runs in | outputs | what it does |'
	echo '|---|---|---|---|'
	classes | jq -r "$SIGNATURE"'
		def cell: gsub("\\|"; "\\|") | gsub("`"; "'"'"'");
		.classes[] | "| `\(signature | cell)` | \(.places) | \(outputs) | \(.summary | cell)\(
			if .alias then " Also called " + (.alias | split(" ") | join(", ")) + "." else "" end) |"'
}

man() {
	cat <<-'END'
		.\" SPDX-License-Identifier: GPL-2.0-or-later
		.Dd $Mdocdate$
		.Dt BATCHY-ELEMENTS 7
		.Os
		.Sh NAME
		.Nm batchy-elements
		.Nd elements of batchy-agent pipelines
		.Sh DESCRIPTION
		A pipeline file declares elements and connects them.
		Arguments are given by keyword, or in the order below;
		those in brackets may be left out.
	END
	classes | jq -r "$SIGNATURE"'
		def roff: gsub("\\\\"; "\\e") | gsub("(?m)^[.'"'"']"; "\\&\(.)");
		.classes[] | ".Ss \(.name)", "\(.summary | roff)",
		".Bl -tag -width Ds", ".It Sy usage", "\(signature | roff)",
		(select(.alias) | ".It Sy also called", "\(.alias | split(" ") | join(", "))"),
		".It Sy runs in", "\(.places)",
		".It Sy outputs", "\(.ports // outputs | roff)",
		(.arguments[] | ".It Sy \(.keyword // "(by its place)")", "\(.what | roff)\(if .required then "; required" else "" end)\(
			if .default then "; default \(.default)" else "" end)\(if .max then "; \(.min) to \(.max)" else "" end)"),
		(select(.source) | ".It Sy source", "\(.source | roff)"), ".El"'
	echo .Sh SEE ALSO
	echo .Xr batchy-agent 8
}

# README.md with the table of now
renewed() {
	grep -q '^<!-- elements -->$' "$README" || die "$README has no line <!-- elements -->"
	sed '/^<!-- elements -->$/q' "$README"
	table
	sed -n '/^<!-- end of elements -->$/,$p' "$README"
}

case ${1:-} in
--man) man ;;
--write)
	new=$(renewed)
	printf '%s\n' "$new" >"$README"
	;;
--check)
	renewed | diff -u "$README" - || die "$README is not what the elements say; run scripts/elements.sh --write"
	;;
*) die "expected --write, --check or --man" ;;
esac
