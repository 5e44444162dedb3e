// expect: 3:41: Queue@2: '7': expected 3 arguments without a keyword at most
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Queue(8, 1ms, 64, 7) -> ToHost;
