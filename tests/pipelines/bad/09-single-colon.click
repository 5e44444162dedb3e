// expect: 3:4: unexpected ':': expected '::'
// SPDX-License-Identifier: GPL-2.0-or-later
in : FromDevice($IFACE);
in -> ToHost;
