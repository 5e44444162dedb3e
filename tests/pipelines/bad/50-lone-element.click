// expect: 4:1: 'in' alone does nothing: expected '->' or '::' after it
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE);
in;
in -> ToHost;
