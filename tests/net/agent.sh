# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Starting, asking and stopping batchy-agent, and traffic, for the namespace tests. Sourced by lib.sh.

AGENT_PID=
OPTIONS=() # of every attach; a compiler takes too long where each instruction is emulated
[ "$SLOWER" = 1 ] || OPTIONS=(--fuse off)
AS=() # what an attach is run by: setpriv ..., for example

agent_answers() { "$AGENT" status -j >/dev/null 2>&1; }

agent_ready_or_dead() { agent_answers || ! kill -0 "$AGENT_PID" 2>/dev/null; }

# agent_start ATTACH-ARGUMENTS...: in the background, ready on return.
agent_start() {
	[ -x "$AGENT" ] || fail "$AGENT is not built"
	env --default-signal=INT "${AS[@]}" "$AGENT" attach "${OPTIONS[@]}" "$@" >"$T/agent.log" 2>&1 & # a shell's background jobs ignore SIGINT
	AGENT_PID=$!
	until_true 15 agent_ready_or_dead || fail "agent attach $*: no answer in 15 s: $(tail -n 3 "$T/agent.log")"
	kill -0 "$AGENT_PID" 2>/dev/null || fail "agent attach $* ended: $(tail -n 3 "$T/agent.log")"
}

# Stops the agent, if one runs, and wants a clean end of it.
agent_stop() {
	local rc=0 pid=$AGENT_PID
	[ -n "$pid" ] || return 0
	AGENT_PID=
	stop_pid "$pid" $((10 * SLOWER)) || fail "agent did not end within $((10 * SLOWER)) s of SIGTERM: $(tail -n 3 "$T/agent.log")"
	wait "$pid" || rc=$?
	[ "$rc" = 0 ] || fail "agent ended with status $rc: $(tail -n 5 "$T/agent.log")"
}

agent_kill() {
	[ -z "$AGENT_PID" ] || stop_pid "$AGENT_PID" 3
	AGENT_PID=
}

# agent_refuses PATTERN ATTACH-ARGUMENTS...: attach must end by itself with status 1, an error that matches PATTERN (an
# extended regular expression), and nothing attached anywhere.
agent_refuses() {
	local rc=0 pattern=$1
	shift
	timeout $((20 * SLOWER)) "${AS[@]}" "$AGENT" attach "$@" >"$T/refused.log" 2>&1 || rc=$?
	note "attach $*: status $rc: $(tail -n 2 "$T/refused.log" | tr '\n' ' ')"
	expect "exit status of attach $*" "$rc" == 1
	grep -Eqi -- "$pattern" "$T/refused.log" || fail "attach $*: says '$(tail -n 2 "$T/refused.log")', expected /$pattern/"
	grep -q '^batchy-agent: ' "$T/refused.log" || fail "attach $*: the error does not begin with 'batchy-agent: '"
}

# ask VERB... FILTER: the last argument is a jq filter over the JSON answer.
ask() {
	local n=$#
	"$AGENT" "${@:1:n-1}" -j >"$T/answer.json" || fail "batchy-agent ${*:1:n-1} -j failed"
	jq -r "${!n}" "$T/answer.json"
}

# status is conserved: rx + made == tx + pass + drop + queued, twice the same.
conserved() {
	local line i
	for ((i = 0; i < 40; i++)); do
		line=$(ask status '.totals | "\(.rx + .made) \(.tx + .pass + .drop + .queued) \(.queued)"')
		read -r RX SUM QUEUED <<<"$line"
		[ "$RX" != "$SUM" ] || [ "$QUEUED" != 0 ] || return 0
		sleep 0.05
	done
	fail "not conserved: $(ask status '.totals | tojson'), drops $(ask status '.drops | tojson')"
}

xdp_on() { ip -d link show dev "$1" | grep -Eq ' xdp(generic|drv|offload|multi)?[/ ]|prog/xdp'; }

# detached IFACE...: no program and no clsact left there
detached() {
	local i
	for i in "$@"; do
		if xdp_on "$i"; then fail "an XDP program is still on $i: $(ip -d link show dev "$i" | grep -i xdp)"; fi
		if tc filter show dev "$i" ingress 2>/dev/null | grep -q bty_; then fail "a tc filter is still on $i"; fi
	done
}

ping_works() {
	in_client ping -n -q -c "${1:-3}" -i 0.1 -W 2 "$SERVER_IP" >/dev/null || fail "no ping from client to server"
	in_client ping -n -q -c "${1:-3}" -i 0.1 -W 2 "$SERVER_IP6" >/dev/null || fail "no IPv6 ping from client to server"
}

ping_router() { in_client ping -n -q -c 1 -W 1 "$ROUTER_C_IP" >/dev/null 2>&1; }

# --- traffic from client to server, through whatever the router does

# gen_start RATE COUNT DPORT [ARGUMENTS...]: batchy-gen from the client in the background; pid in $BG, report in $T/send-DPORT.json
gen_start() {
	local rate=$1 count=$2 dport=$3 ips=(--src-ip "$CLIENT_IP" --dst-ip "$SERVER_IP")
	shift 3
	[[ " $* " != *" --src-ip "* ]] || ips=() # of another family, maybe
	bg "send-$dport.json" in_client "$GEN" send eth0 --rate "$rate" --count "$count" --dport "$dport" --size 60 --flows 4 \
		--dst-mac "$ROUTER_C_MAC" "${ips[@]}" -j "$@"
}

# gen_end PID DPORT: a sender that could not keep its rate ends with status 1, and its report says how many it sent
gen_end() {
	wait "$1" || [ "$(sent "$2")" -gt 0 ] || fail "batchy-gen send: $(tail -n 1 "$T/send-$2.json.err")"
}

# sink_start DPORT [ARGUMENTS...]: listens at the server; pid in $BG, report in $T/sink-DPORT.json. Ends a while after the
# last frame.
sink_start() {
	local dport=$1 log=$T/sink-$1.json
	shift
	rm -f "$log" "$log.err" # what an earlier sink wrote there is not the word of this one
	bg "sink-$dport.json" in_server "$GEN" sink eth0 --dport "$dport" --duration 40s --idle "${SLOWER}s" -j "$@"
	until_true 5 grep -qs listening "$log.err" || fail "batchy-gen sink does not listen: $(tail -n 1 "$log.err")"
}

sent() { jq -r '.sent' "$T/send-$1.json"; }
sunk() { jq -r ".$2" "$T/sink-$1.json"; }

# traffic RATE COUNT DPORT [ARGUMENTS...]: sends and waits until the sink has seen the end of it
traffic() {
	local dport=$3 sink
	sink_start "$dport"
	sink=$BG
	gen_start "$@"
	gen_end "$BG" "$dport"
	wait "$sink" || fail "batchy-gen sink: $(tail -n 1 "$T/sink-$dport.json.err")"
	note "$1: sent $(sent "$dport"), received $(sunk "$dport" received), lost $(sunk "$dport" lost)"
}

# arrived DPORT COUNT: all of them were sent, and the sink saw each once, in order and whole
arrived() {
	expect "packets sent to port $1" "$(sent "$1")" == "$2"
	all_arrived "$1"
}

# all_arrived DPORT: the same for as many as were sent
all_arrived() {
	expect "packets received on port $1" "$(sunk "$1" received)" == "$(sent "$1")"
	# a frame that the sender could not send leaves a gap in the sequence too
	expect "packets lost on port $1" "$(sunk "$1" lost)" '<=' "$(jq '.offered - .sent' "$T/send-$1.json")"
	expect "packets out of order on port $1" "$(sunk "$1" reordered)" == 0
	expect "duplicates on port $1" "$(sunk "$1" duplicates)" == 0
	expect "corrupted packets on port $1" "$(sunk "$1" corrupted)" == 0
}

# queue NAME FILTER
queue() { ask queue show ".queues[] | select(.name == \"$1\") | $2"; }
