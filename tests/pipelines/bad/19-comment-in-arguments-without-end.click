// expect: 3:19: comment without end: expected '*/'
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE /* the device) -> ToHost;
