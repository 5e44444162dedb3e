// expect: 3:70: m: '02:00:00:00:00:02 2': a station to output 2, which is not connected: expected 0 to 1
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> m :: MACTable(LEARN true, 02:00:00:00:00:01 1, 02:00:00:00:00:02 2);
m[0] -> ToHost;
m[1] -> Discard;
