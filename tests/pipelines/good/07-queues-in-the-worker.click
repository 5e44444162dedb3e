// SPDX-License-Identifier: GPL-2.0-or-later
// place q1 xdp+worker xsk
// place q2 worker worker
// place q3 worker worker
// place nf worker -
FromDevice($IFACE) -> q1 :: Queue -> s :: RandomSplit(3, 1);
s[0] -> q2 :: Queue(TRIGGER 32) -> nf :: Bypass -> q3 :: Queue -> out :: ToDevice(eth1);
s[1] -> q3;
