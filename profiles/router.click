// SPDX-License-Identifier: GPL-2.0-or-later
// router.click: a router between two networks that finds out the Ethernet addresses of its neighbours by ARP
//   chain:  ethertype > CheckIPHeader > IPClassifier > by kind a Queue > DecIPTTL > IPLookup > ARPQuerier > ToDevice, in both directions;
//           packets for the router, ICMP and all else go to the host, which has to forward them (sysctl net.ipv4.ip_forward=1),
//           and so does ARP, once it was looked at: the host answers for the router's addresses
//   tables: $VIA and $BACK_VIA, routes; neighbours as they are learned; control is UDP to port 5000, bulk TCP
//   flows:  control, 500 us at 1 kpps; bulk, 5 ms; returning, 2 ms
//   --set PEER=the other device, ADDR=the router's address on the attached interface, PEER_ADDR=its address on PEER
//   --set VIA='0.0.0.0/0 ADDRESS 0' when what is there is behind another router, BACK_VIA the same for the way back;
//         more routes: batchy-agent table set via '10.9.0.0/16 ADDRESS 0'; neighbours: batchy-agent table show arp
define($VIA 0.0.0.0/0 0, $BACK_VIA 0.0.0.0/0 0);
in   :: FromDevice($IFACE);
peer :: FromDevice($PEER);
host :: ToHost;
arp      :: ARPQuerier($PEER_ADDR);
back_arp :: ARPQuerier($ADDR);

// there: from the attached interface to PEER
eth   :: Classifier(12/0800, 12/0806, -);
there :: IPClassifier(dst host $ADDR or dst host $PEER_ADDR, udp and dst port 5000, tcp, -);
ttl   :: DecIPTTL;
in -> eth -> CheckIPHeader -> there;
eth[1] -> back_answers :: Queue(TRIGGER 1) -> back_arp;
eth[2] -> host;
there[0] -> host;
there[1] -> control :: Queue -> ttl;
there[2] -> bulk :: Queue -> ttl;
there[3] -> host;
ttl -> via :: IPLookup($VIA) -> arp -> out :: ToDevice($PEER);
arp[1] -> host;

// and back, all that is forwarded through one queue
back_eth :: Classifier(12/0800, 12/0806, -);
back     :: IPClassifier(dst host $ADDR or dst host $PEER_ADDR, udp and src port 5000 or tcp, -);
back_ttl :: DecIPTTL;
peer -> back_eth -> CheckIPHeader -> back;
back_eth[1] -> answers :: Queue(TRIGGER 1) -> arp;
back_eth[2] -> host;
back[0] -> host;
back[1] -> returning :: Queue -> back_ttl -> back_via :: IPLookup($BACK_VIA) -> back_arp -> back_out :: ToDevice($IFACE);
back[2] -> host;
back_arp[1] -> host;

// what expires goes to the host, which tells the sender
ttl[1] -> host;
back_ttl[1] -> host;

Flow(control, PATH in control out, DELAY_SLO 500us, RATE_SLO 1kpps);
Flow(bulk, PATH in bulk out, DELAY_SLO 5ms, PERCENTILE 95);
Flow(returning, PATH peer returning back_out, DELAY_SLO 2ms);
