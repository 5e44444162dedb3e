// expect: 4:9: Flow@5: PATH: expected a value: elements that its packets pass, in order
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE) -> q :: Queue -> nf :: Counter -> out :: ToHost;
Flow(a, PATH, DELAY_SLO 50us);
