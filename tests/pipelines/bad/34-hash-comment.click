// expect: 3:1: unexpected '#'
// SPDX-License-Identifier: GPL-2.0-or-later
# not a comment here
FromDevice($IFACE) -> ToHost;
