// SPDX-License-Identifier: GPL-2.0-or-later
// twelve elements in a row, all in XDP: what bench_chain compares with the same work written by hand in one program
in :: FromDevice($IFACE);
in -> c1 :: Counter
   -> e1 :: Classifier(12/0800, 12/0806, -);
e1[0] -> ck :: CheckIPHeader
   -> c2 :: Counter
   -> cl :: IPClassifier(udp and dst port 5000, tcp, -);
cl[0] -> c3 :: Counter
   -> rt :: IPLookup(10.0.0.0/8 1, 10.1.0.0/16 0, 0.0.0.0/0 2);
rt[0] -> ttl :: DecIPTTL
   -> c4 :: Counter
   -> rw :: EtherRewrite(02:00:00:00:00:01, 02:00:00:00:00:02)
   -> e2 :: Classifier(0/020000000002, -);
e2[0] -> c5 :: Counter
   -> out :: ToHost;
drop :: Discard;
e1[1] -> drop; e1[2] -> drop; cl[1] -> drop; cl[2] -> drop; rt[1] -> drop; rt[2] -> drop; e2[1] -> drop;
