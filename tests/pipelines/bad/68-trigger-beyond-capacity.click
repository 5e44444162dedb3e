// expect: 3:23: q: TRIGGER 128: expected at most CAPACITY, 64 packets
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> q :: Queue(TRIGGER 128, CAPACITY 64) -> ToHost;
