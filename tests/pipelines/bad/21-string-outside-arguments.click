// expect: 3:1: unexpected '"': strings stand in the arguments of an element only
// SPDX-License-Identifier: GPL-2.0-or-later
"in" :: FromDevice($IFACE);
