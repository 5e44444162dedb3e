// expect: 3:23: q: CAPACITY 1000: expected a power of two
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> q :: Queue(CAPACITY 1000) -> ToHost;
