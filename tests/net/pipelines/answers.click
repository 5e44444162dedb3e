// SPDX-License-Identifier: GPL-2.0-or-later
// Answers for addresses that nobody has, up to the neighbour that asks. Used by the namespace tests.
in  :: FromDevice($IFACE);
out :: ToDevice($IFACE);
in -> q :: Queue(TRIGGER 1) -> arp :: ARPResponder(10.77.1.96/28 02:00:00:00:00:96, 10.77.1.99 02:00:00:00:00:99) -> out;
arp[1] -> ndp :: NDPResponder(fd77:1::99 02:00:00:00:00:99, fd77:1::90/124 02:00:00:00:00:96, ROUTER false) -> out;
ndp[1] -> ToHost;
