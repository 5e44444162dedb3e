// expect: 3:29: Queue@2: TRIGGER '-1': expected a whole number
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Queue(TRIGGER -1) -> ToHost;
