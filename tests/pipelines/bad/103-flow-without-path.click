// expect: 4:1: Flow@5: argument missing: expected PATH (elements that its packets pass, in order)
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE) -> q :: Queue -> nf :: Counter -> out :: ToHost;
Flow(a, DELAY_SLO 50us);
