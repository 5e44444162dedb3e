// expect: 3:23: unknown element or class 'Tohost'; did you mean 'ToHost'?
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Tohost;
