// SPDX-License-Identifier: GPL-2.0-or-later
// branch.click: Branches, as in NBA's experiments; by source port, so that a flow stays in order.
//   chain:  CheckIPHeader > Queue > IPClassifier, of which few flows leave by output 0, x 3 > MACSwap > ToDevice
//   tables: none; the flows that leave have source ports 10000-10099, 10100-10199, ... by level
//   flows:  all, 1 ms
// Written by scripts/tables.py branch; sizes: LEVELS 3, SKEWED 1, MINORITY 1
define($OUT eth1);
in  :: FromDevice($IFACE);
out :: ToDevice($OUT);
end :: MACSwap;
end -> out;
b1 :: IPClassifier(src port 10000-10099, -);
b1[0] -> minor1 :: Counter -> end;
b1[1] -> b2;
b2 :: IPClassifier(src port 10100-10199, -);
b2[0] -> minor2 :: Counter -> end;
b2[1] -> b3;
b3 :: IPClassifier(src port 10200-10299, -);
b3[0] -> minor3 :: Counter -> end;
b3[1] -> end;
in -> CheckIPHeader -> q :: Queue -> b1;

Flow(all, PATH q out, DELAY_SLO 1ms);
