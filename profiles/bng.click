// SPDX-License-Identifier: GPL-2.0-or-later
// bng.click: Broadband gateway: 100 subscribers, each behind a VXLAN tunnel of its CPE.
//   uplink:   CheckIPHeader > VXLANDecapTable > packet filter > ACL > RateLimiter > StaticNAT > Queue > DecIPTTL > IPLookup
//           > EtherRewrite > ToDevice
//   downlink: CheckIPHeader > StaticNAT > packet filter > ACL > RateLimiter > Queue > DecIPTTL > VXLANEncapTable > IPLookup
//           > EtherRewrite > ToDevice
//   tables: routes.txt, 100 routes; vnis.txt and cpes.txt, the tunnels: subscribers 10.60.0.1 and up, CPEs 10.61.0.1 and up,
//           VNI 1 and up; up.txt and down.txt, 100 rules each; nat.txt, a pair of addresses for each subscriber
//   flows:  up and down, 1 ms
// Written by scripts/tables.py bng; sizes: USERS 100, ROUTES 100, RULES 100, KBPS 10000, NAT 1
define($OUT eth1, $SRC 02:00:00:00:00:01, $TABLES bng);
define($GATEWAY 10.61.255.1, $RATE 10000kbps);
in   :: FromDevice($IFACE);
eth  :: Classifier(12/0800, -);
host :: ToHost;
out  :: ToDevice($OUT);
fib  :: IPLookup(FILE $TABLES/routes.txt);
dir  :: IPClassifier(dst host $GATEWAY and udp and dst port 4789, dst net 198.18.0.0/16, -);
in -> eth -> CheckIPHeader -> dir;
eth[1] -> host;
dir[2] -> host;
fib[0] -> network :: EtherRewrite($SRC, 02:00:00:01:00:00) -> out;
fib[1] -> stations :: EtherRewrite($SRC, 02:00:00:01:01:00) -> out;

// uplink: no mail but to the relay, no file shares
decap :: VXLANDecapTable(FILE $TABLES/vnis.txt);
up_filter :: IPClassifier(tcp and (dst port 25 or dst port 445) or udp and dst port 137-139, src net 10.60.0.0/16, -);
up_ttl :: DecIPTTL;
dir[0] -> decap -> CheckIPHeader -> up_filter;
decap[1] -> host;
up_filter[0] -> Discard;
up_filter[1] -> ACL(FILE $TABLES/up.txt) -> RateLimiter(BITRATE $RATE, KEY src, USERS 100) -> StaticNAT(OUT, FILE $TABLES/nat.txt) -> up_q :: Queue -> up_ttl -> fib;
up_filter[2] -> Discard;
up_ttl[1] -> host;

// downlink: nothing to the ports below 1024
down_filter :: IPClassifier((tcp or udp) and dst port 0-1023, -);
down_ttl :: DecIPTTL;
dir[1] -> StaticNAT(IN, FILE $TABLES/nat.txt) -> down_filter;
down_filter[0] -> Discard;
down_filter[1] -> ACL(FILE $TABLES/down.txt) -> RateLimiter(BITRATE $RATE, KEY dst, USERS 100) -> down_q :: Queue -> down_ttl -> encap :: VXLANEncapTable(SRC $GATEWAY, FILE $TABLES/cpes.txt) -> fib;
down_ttl[1] -> host;
encap[1] -> host;

Flow(up, PATH up_q up_ttl, DELAY_SLO 1ms);
Flow(down, PATH down_q down_ttl, DELAY_SLO 1ms);
