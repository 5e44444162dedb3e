// SPDX-License-Identifier: GPL-2.0-or-later
// l2fwd.click: Bridge between two devices by a static MAC table, as TIPSY's l2fwd.
//   chain:  broadcasts apart > MACTable > Queue > ToDevice, in both directions
//   tables: stations.txt, 100 behind PEER (1) and 100 behind IFACE (0)
//   flows:  up and down, 1 ms
//   Broadcasts go to the other device, frames to stations that are not known to the host; what is for where it came from is
//           dropped.
// Written by scripts/tables.py l2fwd; sizes: UPSTREAM_TABLE_SIZE 100, DOWNSTREAM_TABLE_SIZE 100
define($TABLES l2fwd);
define($PEER eth1);
in    :: FromDevice($IFACE);
peer  :: FromDevice($PEER);
table :: MACTable(FILE $TABLES/stations.txt, FLOOD 2);
all_up   :: Classifier(0/ffffffffffff, -);
all_down :: Classifier(0/ffffffffffff, -);

in -> all_up;
peer -> all_down;
all_up[0] -> up_q :: Queue -> up_out :: ToDevice($PEER);
all_up[1] -> table;
all_down[0] -> down_q :: Queue -> down_out :: ToDevice($IFACE);
all_down[1] -> table;
table[0] -> down_q;
table[1] -> up_q;
table[2] -> ToHost;

Flow(up, PATH up_q up_out, DELAY_SLO 1ms);
Flow(down, PATH down_q down_out, DELAY_SLO 1ms);
