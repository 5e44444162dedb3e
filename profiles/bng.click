// SPDX-License-Identifier: GPL-2.0-or-later
// bng.click: Broadband gateway: 4 subscribers, each behind a VXLAN tunnel of its CPE.
//   uplink:   CheckIPHeader > VXLANDecap > packet filter > Queue > DecIPTTL > IPLookup > EtherRewrite > ToDevice
//   downlink: CheckIPHeader > packet filter > Queue > DecIPTTL > by subscriber: VXLANEncap > IPLookup > EtherRewrite >
//           ToDevice
//   tables: routes.txt, 100 routes; subscribers in the file: 10.60.0.1 and up, CPEs 10.61.0.1 and up, VNI 1 and up
//   flows:  up and down, 1 ms
// Written by scripts/tables.py bng; sizes: USERS 4, ROUTES 100, RULES 0, KBPS 0, NAT 0
define($OUT eth1, $SRC 02:00:00:00:00:01, $TABLES bng);
define($GATEWAY 10.61.255.1);
in   :: FromDevice($IFACE);
eth  :: Classifier(12/0800, -);
host :: ToHost;
out  :: ToDevice($OUT);
fib  :: IPLookup(FILE $TABLES/routes.txt);
dir  :: IPClassifier(dst host $GATEWAY and udp and dst port 4789, dst net 10.60.0.0/16, -);
in -> eth -> CheckIPHeader -> dir;
eth[1] -> host;
dir[2] -> host;
fib[0] -> network :: EtherRewrite($SRC, 02:00:00:01:00:00) -> out;
fib[1] -> cpes :: EtherRewrite($SRC, 02:00:00:01:01:00) -> out;

// uplink: no mail but to the relay, no file shares
decap :: VXLANDecap;
up_filter :: IPClassifier(tcp and (dst port 25 or dst port 445) or udp and dst port 137-139, src net 10.60.0.0/16, -);
up_ttl :: DecIPTTL;
dir[0] -> decap -> CheckIPHeader -> up_filter;
decap[1] -> host;
up_filter[0] -> Discard;
up_filter[1] -> up_q :: Queue -> up_ttl -> fib;
up_filter[2] -> Discard;
up_ttl[1] -> host;

// downlink: nothing to the ports below 1024
down_filter :: IPClassifier((tcp or udp) and dst port 0-1023, -);
down_ttl :: DecIPTTL;
ue :: IPClassifier(dst host 10.60.0.1, dst host 10.60.0.2, dst host 10.60.0.3, dst host 10.60.0.4, -);
dir[1] -> down_filter;
down_filter[0] -> Discard;
down_filter[1] -> down_q :: Queue -> down_ttl -> ue;
down_ttl[1] -> host;
ue[4] -> host;
ue[0] -> VXLANEncap(VNI 1, SRC $GATEWAY, DST 10.61.0.1) -> fib;
ue[1] -> VXLANEncap(VNI 2, SRC $GATEWAY, DST 10.61.0.2) -> fib;
ue[2] -> VXLANEncap(VNI 3, SRC $GATEWAY, DST 10.61.0.3) -> fib;
ue[3] -> VXLANEncap(VNI 4, SRC $GATEWAY, DST 10.61.0.4) -> fib;

Flow(up, PATH up_q up_ttl, DELAY_SLO 1ms);
Flow(down, PATH down_q down_ttl, DELAY_SLO 1ms);
