#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tables shown and changed through the agent: by entry and by file, while packets pass, in XDP and in a worker; what is refused
# changes nothing.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

PIPE=$NET_DIR/pipelines/tables.click

# routes PORT N FILE: all to output 2 but for the server, which is at PORT; with N routes nobody asks for, before and after
routes() {
	awk -v port="$1" -v n="$2" -v server="$SERVER_IP" 'BEGIN {
		print "# made by test_tables.sh\n0.0.0.0/0 2"
		for (i = 0; i < n; i++) {
			if (i == int(n / 2))
				print server "/32 192.0.2." port + 1, port
			printf "%d.%d.%d.0/%d 2\n", 11 + i % 80, i / 80 % 256, i / 20480, i % 3 ? 24 : 28
		}
		if (!n)
			print server "/32 192.0.2." port + 1, port
	}' >"$3"
}

start() { # N
	routes 0 "$1" "$T/a.txt"
	routes 1 "$1" "$T/b.txt"
	cp "$T/a.txt" "$T/routes.txt"
	agent_start c0 --pipeline "$PIPE" --set FILE="$T/routes.txt"
}

# packets ELEMENT
packets() { ask element show ".elements[] | select(.name == \"$1\") | .packets_in"; }

# entries TABLE: as people see them
entries() { "$AGENT" table show "$1" | tr '\n' ';'; }

table() { "$AGENT" table "$@" || fail "table $* failed"; }

# refused PATTERN TABLE-ARGUMENTS...: status 1, an error that matches, and the tables as they were
refused() {
	local pattern=$1 rc=0 before after
	shift
	before=$("$AGENT" table show rx -j | md5sum)
	"$AGENT" table "$@" >"$T/refused" 2>&1 || rc=$?
	after=$("$AGENT" table show rx -j | md5sum)
	expect "status of table $*" "$rc" == 1
	grep -Eq -- "$pattern" "$T/refused" || fail "table $*: says '$(cat "$T/refused")', expected /$pattern/"
	expect "table after table $*" "$after" = "$before"
}

test_show_set_del_load() {
	start 0
	expect "tables" "$(ask table show '[.tables[] | "\(.name) \(.class) \(.entries_total)"] | sort | join(",")')" = \
		"rw IPLookup 2,rx IPLookup 2"
	expect "entries" "$(entries rx)" = "0.0.0.0/0 2;$SERVER_IP/32 192.0.2.1 0;"
	table set rx '10.1.0.0/16 1'
	table set rx "$SERVER_IP/32 1"
	expect "entries after two were set" "$(entries rx)" = "0.0.0.0/0 2;$SERVER_IP/32 1;10.1.0.0/16 1;"
	table del rx 10.1.0.0/16
	expect "entries after one was deleted" "$(entries rx)" = "0.0.0.0/0 2;$SERVER_IP/32 1;"
	printf '10.0.0.0/8 0\n%s/32 0\n' "$SERVER_IP" >"$T/c.txt"
	expect "entries after a load" "$(cd "$T" && "$AGENT" table load rx c.txt -j | jq .entries_total)" == 2
	expect "entries after a load" "$(entries rx)" = "10.0.0.0/8 0;$SERVER_IP/32 1;" # what was set by hand stays
	expect "changes" "$(ask table show rx '.tables[0].version')" == 4
	expect "the other table" "$(entries rw)" = "0.0.0.0/0 2;$SERVER_IP/32 192.0.2.1 0;"
	traffic 1kpps 100 5000
	arrived 5000 100
	expect "packets to output 1 of rx" "$(packets x1)" == 100
	expect "packets to output 0 of rw" "$(packets w0)" == 100
	conserved
}

# More than one answer's worth, as text and as JSON; what is shown can be loaded.
test_large_table_is_shown_whole() {
	start 25000
	"$AGENT" table show rx >"$T/shown"
	expect "lines" "$(wc -l <"$T/shown")" == 25002
	expect "entries" "$(ask table show rx '.tables[0].entries | length')" == 25002
	table load rw "$T/shown"
	expect "rw loaded with what rx showed" "$("$AGENT" table show rw | md5sum)" = "$(md5sum <"$T/shown")"
}

# What packets have taught a table, more than one answer holds: as JSON, each once, and as comments behind the entries.
test_learned_is_shown_whole() {
	local n
	cat >"$T/bridge.click" <<-'END'
		in :: FromDevice($IFACE);
		in -> Classifier(12/88b5) -> stations :: MACTable(02:00:00:00:00:09 0, LEARN true, CAPACITY 40000) -> Discard;
	END
	agent_start c0 --pipeline "$T/bridge.click"
	in_client python3 - <<-'END'
		import socket, time
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("eth0", 0))
		for i in range(12000):
		    s.send(bytes.fromhex("ffffffffffff02aa") + i.to_bytes(4, "big") + b"\x88\xb5" + bytes(46))
		    if i % 100 == 99:
		        time.sleep(0.002)
	END
	n=$(packets stations)
	expect "frames" "$n" '>' 10000
	expect "stations that were learned" "$(ask table show stations '.tables[0].learned | length')" == "$n"
	expect "each of them once" "$(ask table show stations '[.tables[0].learned[].entry] | unique | length')" == "$n"
	"$AGENT" table show stations >"$T/shown"
	expect "the one that was given" "$(head -n 1 "$T/shown")" = "02:00:00:00:00:09 0"
	expect "those that were learned, as comments" "$(grep -c '^# 02:aa:.* 0 learned ' "$T/shown")" == "$n"
	table load stations "$T/shown"
	expect "entries after the load" "$(ask table show stations '.tables[0].entries_total')" == 1
}

test_refused_changes_nothing() {
	start 10
	printf '10.0.0.0/8 0\n# fine so far\n10.0.0.1/8 1\n' >"$T/bad.txt"
	refused "table rx: $T/bad.txt:3: the address has bits beyond its prefix length" load rx "$T/bad.txt"
	printf '10.0.0.0/8 3\n' >"$T/bad.txt"
	refused "table rx: $T/bad.txt:1: a route to output 3, which is not connected: expected 0 to 2" load rx "$T/bad.txt"
	: >"$T/bad.txt"
	refused "table rx: $T/bad.txt: no routes in it" load rx "$T/bad.txt"
	rm "$T/bad.txt"
	refused "table load: $T/bad.txt: No such file" load rx "$T/bad.txt"
	refused "$T: cannot read routes: not a file" load rx "$T"
	refused "table rx: '10.0.0.0/33 1': expected a prefix length up to 32" set rx '10.0.0.0/33 1'
	refused "table rx: '10.0.0.0/8 3': a route to output 3" set rx '10.0.0.0/8 3'
	refused "table rx: '10.99.0.0/16': there is no such route" del rx 10.99.0.0/16
	refused "table nothing: unknown; batchy-agent table show lists the tables" set nothing '10.0.0.0/8 0'
	refused "table cl: a IPClassifier has no entries" set cl '-'
	traffic 1kpps 100 5000
	arrived 5000 100
	expect "packets to output 0 of rx" "$(packets x0)" == 100
}

# Without traffic a worker takes over at once, and the next packet sees what was set.
test_worker_asleep() {
	local i ms
	start 0
	for i in 1 0 1; do
		ms=$(now_ms)
		table set rw "$SERVER_IP/32 $i"
		timely expect "ms for a change with no packet about" "$(($(now_ms) - ms))" '<' 1000
		traffic 1kpps 10 5000
		arrived 5000 10
	done
	expect "packets to output 0 of rw" "$(packets w0)" == 10
	expect "packets to output 1 of rw" "$(packets w1)" == 20
}

# Both tables are replaced over and over under load. Any packet that saw a table half filled would have taken the default
# route, or none.
LIMIT[test_replaced_under_load]=120
test_replaced_under_load() {
	local sink gen n=0 x
	needs_speed
	start 20000
	sink_start 5000
	sink=$BG
	gen_start 50kpps 400000 5000
	gen=$BG
	sleep 0.3
	while kill -0 "$gen" 2>/dev/null; do
		for x in b.txt a.txt; do
			table load rx "$T/$x"
			table load rw "$T/$x"
			n=$((n + 2))
		done
	done
	gen_end "$gen" 5000
	wait "$sink" || fail "batchy-gen sink: $(tail -n 1 "$T/sink-5000.json.err")"
	note "$n changes; rx: $(packets x0) and $(packets x1), rw: $(packets w0) and $(packets w1)"
	note "sent $(sent 5000), received $(sunk 5000 received)"
	expect "changes" "$n" '>=' 8
	conserved
	for x in x2 w2; do expect "packets that saw half a table, at $x" "$(packets $x)" == 0; done
	expect "packets without a route" "$(ask status .drops.no_route)" == 0
	for x in x0 x1 w0 w1; do expect "packets at $x" "$(packets $x)" '>' 1000; done
	timely all_arrived 5000
}

net_main "$@"
