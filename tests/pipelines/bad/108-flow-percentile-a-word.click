// expect: 4:20: Flow@5: PERCENTILE 'most': expected a number
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE) -> q :: Queue -> nf :: Counter -> out :: ToHost;
Flow(a, PATH in q, PERCENTILE most);
