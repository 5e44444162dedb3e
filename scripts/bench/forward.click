// SPDX-License-Identifier: GPL-2.0-or-later
// All packets, as DPDK's testpmd does it: new MAC addresses and out; used by scripts/bench/forward.sh.
in :: FromDevice($IFACE);
in -> q :: Queue(TRIGGER 32, DEADLINE 20ms) -> EtherRewrite(SRC $SRC, DST $DST) -> ToDevice($OUT);
