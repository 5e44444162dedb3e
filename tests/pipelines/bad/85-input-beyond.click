// expect: 3:23: 'ToHost@2' (ToHost) has no input 1: expected 0, the only one
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> [1] ToHost;
