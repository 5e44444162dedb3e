// SPDX-License-Identifier: GPL-2.0-or-later
// Every packet by rules and by values, in XDP (ax, ex) and in the worker (aw, ew). Outputs 0 and 1 are right, to 2 goes what no
// whole table would send there. Used by test_tables.sh; RULES, VALUES: files.
in   :: FromDevice($IFACE);
cl   :: IPClassifier(udp and dst port 5000, -);
ax   :: ACL(FILE $RULES, UNMATCHED 2);
ex   :: ExactMatch(FIELDS ip.dst l4.dport, FILE $VALUES, DEFAULT 2);
aw   :: ACL(FILE $RULES, UNMATCHED 2);
ew   :: ExactMatch(FIELDS ip.dst l4.dport, FILE $VALUES, DEFAULT 2);
q    :: Queue(CAPACITY 8192); // enough for what the machine does meanwhile
out  :: EtherRewrite(SRC 02:00:00:00:02:01, DST 02:00:00:00:02:02);
in -> cl;
cl[0] -> ax;
cl[1] -> ToHost;
ax[0] -> ax0 :: Counter -> ex;
ax[1] -> ax1 :: Counter -> ex;
ax[2] -> ax2 :: Counter -> Discard;
ex[0] -> ex0 :: Counter -> q;
ex[1] -> ex1 :: Counter -> q;
ex[2] -> ex2 :: Counter -> Discard;
q -> aw;
aw[0] -> aw0 :: Counter -> ew;
aw[1] -> aw1 :: Counter -> ew;
aw[2] -> aw2 :: Counter -> Discard;
ew[0] -> ew0 :: Counter -> out;
ew[1] -> ew1 :: Counter -> out;
ew[2] -> ew2 :: Counter -> Discard;
out -> ToDevice(s0);
