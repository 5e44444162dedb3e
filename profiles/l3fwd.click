// SPDX-License-Identifier: GPL-2.0-or-later
// l3fwd.click: Router between two devices, as TIPSY's l3fwd.
//   chain:  Classifier (IPv4 to one station; all else to the host) > CheckIPHeader > Queue > IPLookup > EtherRewrite by
//           group > DecIPTTL > ToDevice, in both directions
//   tables: up.txt, 10 routes to 2 groups; down.txt, 2 to 1
//   flows:  up and down, 1 ms
// Written by scripts/tables.py l3fwd; sizes: UP_ROUTES 10, UP_GROUPS 2, DOWN_ROUTES 2, DOWN_GROUPS 1
define($SRC 02:00:00:00:00:01, $TABLES l3fwd);
define($PEER eth1);
in   :: FromDevice($IFACE);
peer :: FromDevice($PEER);
host :: ToHost;

up_eth :: Classifier(12/0800 !0/01%01, -);
up_fib :: IPLookup(FILE $TABLES/up.txt);
up_ttl :: DecIPTTL;
up_out :: ToDevice($PEER);
in -> up_eth -> CheckIPHeader -> up_q :: Queue -> up_fib;
up_eth[1] -> host;
up_fib[0] -> EtherRewrite($SRC, 02:00:00:01:00:00) -> up_ttl;
up_fib[1] -> EtherRewrite($SRC, 02:00:00:01:00:01) -> up_ttl;
up_ttl -> up_out;
up_ttl[1] -> host;

down_eth :: Classifier(12/0800 !0/01%01, -);
down_fib :: IPLookup(FILE $TABLES/down.txt);
down_ttl :: DecIPTTL;
down_out :: ToDevice($IFACE);
peer -> down_eth -> CheckIPHeader -> down_q :: Queue -> down_fib;
down_eth[1] -> host;
down_fib[0] -> EtherRewrite($SRC, 02:00:00:01:00:00) -> down_ttl;
down_ttl -> down_out;
down_ttl[1] -> host;

Flow(up, PATH up_q up_out, DELAY_SLO 1ms);
Flow(down, PATH down_q down_out, DELAY_SLO 1ms);
