// expect: 4:20: Flow@5: RATE_SLO '10kbps': expected a rate (pps, kpps or Mpps), as 10kpps
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE) -> q :: Queue -> nf :: Counter -> out :: ToHost;
Flow(a, PATH in q, RATE_SLO 10kbps);
