// expect: 3:36: EtherRewrite@2: SRC '02:00:00:00:01': expected an Ethernet address, as 02:00:00:00:00:01
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> EtherRewrite(02:00:00:00:01, $DST) -> ToHost;
