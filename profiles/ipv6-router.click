// SPDX-License-Identifier: GPL-2.0-or-later
// ipv6-router.click: IPv6 router, as NBA's.
//   chain:  CheckIP6Header > Queue > DecIP6HLIM > IPLookup > EtherRewrite by next hop > ToDevice
//   tables: routes.txt, 48 routes with the prefix lengths of an Internet table, to 4 next hops, and a default route
//   flows:  all, 1 ms
//   Multicast (neighbour discovery), all else but IPv6, and packets whose hop limit runs out, go to the host.
// Written by scripts/tables.py ipv6-router; sizes: ROUTES 48, NHOPS 4
define($OUT eth1, $SRC 02:00:00:00:00:01, $TABLES ipv6-router);
in   :: FromDevice($IFACE);
eth  :: Classifier(12/86dd !0/01%01, -);
host :: ToHost;
out  :: ToDevice($OUT);
fib  :: IPLookup(FILE $TABLES/routes.txt);
ttl  :: DecIP6HLIM;

in -> eth -> CheckIP6Header -> q :: Queue -> ttl -> fib;
eth[1] -> host;
ttl[1] -> host;
fib[0] -> EtherRewrite($SRC, 02:00:00:01:00:00) -> out;
fib[1] -> EtherRewrite($SRC, 02:00:00:01:00:01) -> out;
fib[2] -> EtherRewrite($SRC, 02:00:00:01:00:02) -> out;
fib[3] -> EtherRewrite($SRC, 02:00:00:01:00:03) -> out;

Flow(all, PATH q out, DELAY_SLO 1ms);
