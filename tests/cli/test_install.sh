#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make install puts every command and its man page in place, and make uninstall takes all of it away.
set -euo pipefail

cd "$(dirname "$0")/../.."
W=$(mktemp -d "${TMPDIR:-/tmp}/bty-install-XXXXXX")
trap 'rm -rf "$W"' EXIT
BAD=0

make -s install DESTDIR="$W" >"$W.log" 2>&1 || { cat "$W.log"; echo "not ok install: make install failed"; exit 1; }
rm -f "$W.log"
why=''
for f in sbin/batchy-agent sbin/batchy-gen share/man/man8/batchy-agent.8 share/man/man8/batchy-gen.8 share/man/man7/batchy-elements.7 \
	share/batchy/profiles/host.click share/batchy/profiles/ipv4-router/routes.txt share/batchy/tables.py; do
	[ -s "$W/usr/local/$f" ] || why+=" $f"
done
# as they lie there, they work: every profile is taken, and may be made at another size
for f in "$W"/usr/local/share/batchy/profiles/*.click; do
	grep -q 'Written by scripts/tables.py' "$f" || continue
	"$W/usr/local/sbin/batchy-agent" check "$f" >/dev/null || why+=" ($f is not taken)"
done
python3 "$W/usr/local/share/batchy/tables.py" l2fwd --packets 10 -o "$W/made" || why+=" (tables.py)"
rm -rf "$W/made"
if [ -z "$why" ]; then echo "ok install"; else echo "not ok install: missing:$why"; BAD=1; fi

make -s uninstall DESTDIR="$W"
left=$(find "$W" -type f)
if [ -z "$left" ]; then echo "ok uninstall"; else echo "not ok uninstall: left: ${left//$'\n'/ }"; BAD=1; fi
exit "$BAD"
