// expect: 3:29: Queue@2: DEADLINE '10ns': expected 1us to 60s (longest wait of a packet)
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Queue(DEADLINE 10ns) -> ToHost;
