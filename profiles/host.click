// SPDX-License-Identifier: GPL-2.0-or-later
// host.click, the default: count every packet and give it to the host
//   chain:  Counter > ToHost, in XDP
//   tables: none
//   flows:  none
FromDevice($IFACE) -> Counter -> ToHost;
