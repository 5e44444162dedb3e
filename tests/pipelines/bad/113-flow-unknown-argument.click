// expect: 4:20: Flow@5: unknown argument 'DELAY_SOL'; did you mean 'DELAY_SLO'?
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE) -> q :: Queue -> nf :: Counter -> out :: ToHost;
Flow(a, PATH in q, DELAY_SOL 50us);
