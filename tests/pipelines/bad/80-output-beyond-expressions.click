// expect: 4:38: 'cl' (IPClassifier) has no output 2: expected 0 to 1
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> cl :: IPClassifier(udp, -);
cl[0] -> ToHost; cl[1] -> Discard; cl[2] -> Discard;
