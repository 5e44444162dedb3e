// SPDX-License-Identifier: GPL-2.0-or-later
// place t worker -
// place t2 worker -
// place s worker -
// place c xdp+worker -
// place q3 worker worker
in :: FromDevice($IFACE);
in -> q1 :: Queue -> t :: Tee(3);
t[0] -> m :: Measure(8) -> c :: Counter;
t[1] -> Print(copy, 20, RATE 1pps) -> q3 :: Queue(16, 100us) -> t2 :: Tee -> ToPcap(/dev/null, SNAPLEN 60) -> c;
t[2] -> ToPcap(/dev/null, LIMIT 100);
t2[1] -> Sink;
c -> out :: ToHost;
in2 :: FromDevice(eth1) -> c;
s :: InfiniteSource(100, RATE 100kpps, BURST 10, FLOWS 20) -> ToDevice(eth1);
slow :: InfiniteSource(RATE 1kpps, LIMIT 50, SRC 2001:db8::1, DST 2001:db8::2, PROTO tcp, VLAN 4, DEVICE eth1) -> q3;
