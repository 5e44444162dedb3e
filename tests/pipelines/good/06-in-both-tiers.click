// SPDX-License-Identifier: GPL-2.0-or-later
// place cl xdp -
// place q xdp+worker xsk
// place c xdp+worker -
// place host xdp+worker -
FromDevice($IFACE) -> cl :: IPClassifier(tcp, -);
cl[0] -> q :: Queue -> c :: Counter -> host :: ToHost;
cl[1] -> c;
