// expect: 4:1: nothing leads to 'lost' (Counter): expected a connection to it
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> ToHost;
lost :: Counter -> Discard;
