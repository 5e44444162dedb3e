// expect: 3:32: ToDevice@2: 'net/eth1': expected the name of a network device
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> ToDevice(net/eth1);
