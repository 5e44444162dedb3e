// expect: 4:19: Flow@5: PATH: unknown element 'nff'; did you mean 'nf'?
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE) -> q :: Queue -> nf :: Counter -> out :: ToHost;
Flow(a, PATH in q nff out);
