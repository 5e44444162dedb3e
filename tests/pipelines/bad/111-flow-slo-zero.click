// expect: 4:20: Flow@5: DELAY_SLO '0us': expected 1ns or more (most delay)
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE) -> q :: Queue -> nf :: Counter -> out :: ToHost;
Flow(a, PATH in q, DELAY_SLO 0us);
