// expect: 1:1: no FromDevice: expected one, as FromDevice($IFACE) -> ToHost;
// SPDX-License-Identifier: GPL-2.0-or-later
c :: Counter -> ToHost;
