// expect: 3:32: Queue@2: empty argument: expected DEADLINE (longest wait of a packet)
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Queue(8, , 64) -> ToHost;
