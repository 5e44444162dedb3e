// SPDX-License-Identifier: GPL-2.0-or-later
// ipv4-router.click: IPv4 router, as NBA's.
//   chain:  DropBroadcasts > CheckIPHeader > Queue > DecIPTTL > IPLookup > EtherRewrite by next hop > ToDevice
//   tables: routes.txt, 200 routes with the prefix lengths of an Internet table, to 4 next hops, and a default route
//   flows:  all, 1 ms
//   ARP and all else but IPv4, and packets whose TTL runs out, go to the host.
// Written by scripts/tables.py ipv4-router; sizes: ROUTES 200, NHOPS 4
define($OUT eth1, $SRC 02:00:00:00:00:01, $TABLES ipv4-router);
in   :: FromDevice($IFACE);
eth  :: Classifier(12/0800, -);
host :: ToHost;
out  :: ToDevice($OUT);
fib  :: IPLookup(FILE $TABLES/routes.txt);
ttl  :: DecIPTTL;

in -> eth -> DropBroadcasts -> CheckIPHeader -> q :: Queue -> ttl -> fib;
eth[1] -> host;
ttl[1] -> host;
fib[0] -> EtherRewrite($SRC, 02:00:00:01:00:00) -> out;
fib[1] -> EtherRewrite($SRC, 02:00:00:01:00:01) -> out;
fib[2] -> EtherRewrite($SRC, 02:00:00:01:00:02) -> out;
fib[3] -> EtherRewrite($SRC, 02:00:00:01:00:03) -> out;

Flow(all, PATH q out, DELAY_SLO 1ms);
