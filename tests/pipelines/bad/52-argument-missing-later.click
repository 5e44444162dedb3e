// expect: 4:7: EtherRewrite@2: argument missing: expected DST (destination MAC address to set)
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE);
in -> EtherRewrite(02:00:00:00:00:01) -> ToHost;
