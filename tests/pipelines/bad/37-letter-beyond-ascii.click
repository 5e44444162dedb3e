// expect: 3:4: unexpected byte 0xc3
// SPDX-License-Identifier: GPL-2.0-or-later
café :: FromDevice($IFACE);
