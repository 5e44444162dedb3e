// expect: 4:20: Flow@5: PERCENTILE 100: expected more than 0 and less than 100
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE) -> q :: Queue -> nf :: Counter -> out :: ToHost;
Flow(a, PATH in q, PERCENTILE 100);
