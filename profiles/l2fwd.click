// SPDX-License-Identifier: GPL-2.0-or-later
// l2fwd.click: Bridge between two devices by a static MAC table, as TIPSY's l2fwd.
//   chain:  Classifier by destination > Queue > ToDevice, in both directions
//   tables: 8 stations behind PEER and as many behind IFACE, in the file
//   flows:  up and down, 1 ms
//   Broadcasts go to the other device, stations that are not known to the host.
// Written by scripts/tables.py l2fwd; sizes: MACS 8
define($PEER eth1);
in   :: FromDevice($IFACE);
peer :: FromDevice($PEER);
host :: ToHost;

up :: Classifier(0/020000020000, 0/020000020001, 0/020000020002, 0/020000020003, 0/020000020004, 0/020000020005, 0/020000020006, 0/020000020007, 0/ffffffffffff, -);
in -> up;
up_q :: Queue -> up_out :: ToDevice($PEER);
up[0] -> up_q;
up[1] -> up_q;
up[2] -> up_q;
up[3] -> up_q;
up[4] -> up_q;
up[5] -> up_q;
up[6] -> up_q;
up[7] -> up_q;
up[8] -> up_q;
up[9] -> host;

down :: Classifier(0/020000020008, 0/020000020009, 0/02000002000a, 0/02000002000b, 0/02000002000c, 0/02000002000d, 0/02000002000e, 0/02000002000f, 0/ffffffffffff, -);
peer -> down;
down_q :: Queue -> down_out :: ToDevice($IFACE);
down[0] -> down_q;
down[1] -> down_q;
down[2] -> down_q;
down[3] -> down_q;
down[4] -> down_q;
down[5] -> down_q;
down[6] -> down_q;
down[7] -> down_q;
down[8] -> down_q;
down[9] -> host;

Flow(up, PATH up_q up_out, DELAY_SLO 1ms);
Flow(down, PATH down_q down_out, DELAY_SLO 1ms);
