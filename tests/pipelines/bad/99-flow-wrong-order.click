// expect: 4:20: flow 'a': no packet gets from 'nf' to 'q': expected elements in the order packets pass them
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE) -> q :: Queue -> nf :: Counter -> out :: ToHost;
Flow(a, PATH in nf q);
