// expect: 4:20: Flow@5: DELAY_SLO '50': expected a time with its unit (ns, us, ms or s), as 50us
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE) -> q :: Queue -> nf :: Counter -> out :: ToHost;
Flow(a, PATH in q, DELAY_SLO 50);
