// expect: 3:42: EtherRewrite@2: DST '02-00-00-00-00-02': expected an Ethernet address, as 02:00:00:00:00:01
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> EtherRewrite($SRC, DST 02-00-00-00-00-02) -> ToHost;
