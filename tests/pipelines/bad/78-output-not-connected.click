// expect: 4:7: output 0 of 'Counter@2' (Counter) is not connected: expected '->' to some element, as Discard
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE);
in -> Counter;
