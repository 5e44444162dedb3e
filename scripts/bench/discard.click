// SPDX-License-Identifier: GPL-2.0-or-later
// What the traffic costs by itself: everything is dropped at once; used by scripts/bench/forward.sh.
in :: FromDevice($IFACE);
cl :: IPClassifier(udp and dst port 5000, -);
in -> cl;
cl[0] -> Discard;
cl[1] -> ToHost;
