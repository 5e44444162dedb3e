// expect: 3:31: Counter@2: '8': Counter takes no arguments: expected '()' or nothing
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Counter(8) -> ToHost;
