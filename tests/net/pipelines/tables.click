// SPDX-License-Identifier: GPL-2.0-or-later
// Looks every packet up twice, in XDP (rx) and in the worker (rw). Outputs 0 and 1 are right, 2 is where the default route leads.
// Used by test_tables.sh; FILE: routes.
in   :: FromDevice($IFACE);
cl   :: IPClassifier(udp and dst port 5000, -);
rx   :: IPLookup(FILE $FILE);
rw   :: IPLookup(FILE $FILE);
q    :: Queue(CAPACITY 8192); // enough for what the machine does meanwhile
out  :: EtherRewrite(SRC 02:00:00:00:02:01, DST 02:00:00:00:02:02);
in -> cl;
cl[0] -> rx;
cl[1] -> ToHost;
rx[0] -> x0 :: Counter -> q;
rx[1] -> x1 :: Counter -> q;
rx[2] -> x2 :: Counter -> Discard;
q -> rw;
rw[0] -> w0 :: Counter -> out;
rw[1] -> w1 :: Counter -> out;
rw[2] -> w2 :: Counter -> Discard;
out -> ToDevice(s0);
