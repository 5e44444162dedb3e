// expect: 5:6: Flow@6: there is a flow 'a' already: expected another name
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE) -> q :: Queue -> nf :: Counter -> out :: ToHost;
Flow(a, PATH in q);
Flow(a, PATH q nf);
