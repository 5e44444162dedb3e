// expect: 5:7: 'q' is declared twice: expected another name, this one is taken at 4:1
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE);
q :: Queue;
in -> q :: Queue -> ToHost;
