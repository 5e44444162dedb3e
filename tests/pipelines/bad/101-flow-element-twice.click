// expect: 4:19: flow 'a': no packet gets from 'q' to 'q': expected elements in the order packets pass them
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE) -> q :: Queue -> nf :: Counter -> out :: ToHost;
Flow(a, PATH in q q);
