// expect: 3:12: FromDevice@1: 'eth4567890123456': expected a device name of 15 characters at most
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice(eth4567890123456) -> ToHost;
