// SPDX-License-Identifier: GPL-2.0-or-later
// router.click: a router between two networks, in both directions. UDP to port 5000 is control traffic with a tight objective,
// TCP is bulk that may wait for larger batches; ARP, ICMP and all else belong to the host, as do packets for the router.
//   --set PEER=the other device, ADDR=the router's address on the attached interface, PEER_ADDR=its address on PEER,
//         SRC=MAC address of PEER, DST=MAC address of the next hop there, BACK_SRC and BACK_DST=the same for the way back
in   :: FromDevice($IFACE);
peer :: FromDevice($PEER);
host :: ToHost;

// there: from the attached interface to PEER
eth   :: Classifier(12/0800, -);
there :: IPClassifier(dst host $ADDR or dst host $PEER_ADDR, udp and dst port 5000, tcp, -);
ttl   :: DecIPTTL;
in -> eth -> CheckIPHeader -> there;
eth[1] -> host;
there[0] -> host;
there[1] -> control :: Queue -> ttl;
there[2] -> bulk :: Queue -> ttl;
there[3] -> host;
ttl -> EtherRewrite($SRC, $DST) -> out :: ToDevice($PEER);

// and back, all that is forwarded through one queue
back_eth :: Classifier(12/0800, -);
back     :: IPClassifier(dst host $ADDR or dst host $PEER_ADDR, udp and src port 5000 or tcp, -);
back_ttl :: DecIPTTL;
peer -> back_eth -> CheckIPHeader -> back;
back_eth[1] -> host;
back[0] -> host;
back[1] -> returning :: Queue -> back_ttl -> EtherRewrite($BACK_SRC, $BACK_DST) -> back_out :: ToDevice($IFACE);
back[2] -> host;

// what expires goes to the host, which tells the sender
ttl[1] -> host;
back_ttl[1] -> host;

Flow(control, PATH in control out, DELAY_SLO 500us, RATE_SLO 1kpps);
Flow(bulk, PATH in bulk out, DELAY_SLO 5ms, PERCENTILE 95);
Flow(returning, PATH peer returning back_out, DELAY_SLO 2ms);
