// expect: 3:29: Queue@2: DEADLINE '50': expected a time with its unit (ns, us, ms or s), as 50us
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Queue(DEADLINE 50) -> ToHost;
