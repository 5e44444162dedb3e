// expect: 3:23: output 1 of 'cl' (IPClassifier) is not connected: expected '->' to some element, as Discard
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> cl :: IPClassifier(udp, tcp, -);
cl[0] -> ToHost; cl[2] -> Discard;
