// expect: 4:1: Flow@5: argument missing: expected NAME (name of the flow)
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE) -> q :: Queue -> nf :: Counter -> out :: ToHost;
Flow(PATH in q);
