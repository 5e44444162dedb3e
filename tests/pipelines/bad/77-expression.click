// expect: 3:42: cl: 
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> cl :: IPClassifier(udp and, -);
cl[0] -> ToHost; cl[1] -> Discard;
