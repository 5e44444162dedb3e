// expect: 4:1: 'q' is an element: expected its arguments in its declaration
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> q :: Queue -> ToHost;
q(TRIGGER 8) -> ToHost;
