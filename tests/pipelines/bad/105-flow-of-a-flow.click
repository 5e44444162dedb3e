// expect: 4:19: a: PATH: no packet passes 'a' (Flow): expected another element
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE) -> q :: Queue -> nf :: Counter -> out :: ToHost;
a :: Flow(PATH in a);
