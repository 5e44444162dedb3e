// SPDX-License-Identifier: GPL-2.0-or-later
// The same without a queue: all in XDP; used by scripts/bench/forward.sh.
in :: FromDevice($IFACE);
cl :: IPClassifier(udp and dst port 5000, -);
in -> cl;
cl[0] -> EtherRewrite(SRC $SRC, DST $DST) -> ToDevice($OUT);
cl[1] -> ToHost;
