// expect: 4:1: 'a' and 'b' both receive from eth0: expected one FromDevice for each device
// SPDX-License-Identifier: GPL-2.0-or-later
a :: FromDevice($IFACE) -> ToHost;
b :: FromDevice(eth0) -> ToHost;
