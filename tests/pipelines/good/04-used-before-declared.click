// SPDX-License-Identifier: GPL-2.0-or-later
// place late worker -
FromDevice($IFACE) -> q -> late -> host;
q :: Queue;
late :: Counter;
host :: ToHost;
Flow(f, PATH q late);
