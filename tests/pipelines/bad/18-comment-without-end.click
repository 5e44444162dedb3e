// expect: 3:31: comment without end: expected '*/'
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> ToHost; /* to the host
