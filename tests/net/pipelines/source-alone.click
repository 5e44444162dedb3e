// SPDX-License-Identifier: GPL-2.0-or-later
// No Queue: what is received never leaves XDP, and the worker is there for the source.
FromDevice($IFACE) -> ToHost;
s :: InfiniteSource(60, DPORT 6000, SRC 10.77.1.2, DST 10.77.2.2, DST_MAC 02:00:00:00:02:02, LIMIT $LIMIT, RATE $RATE);
s -> out :: ToDevice(s0);
