// SPDX-License-Identifier: GPL-2.0-or-later
// Values that the file gives for what the command line does not: TRIGGER is 8 there, FEW is 4 here.
// place q worker worker
define($TRIGGER no number, $FEW 4);
define(${A_FEW} ${FEW}us,
	$LIST ip and dst port 5000); // a default made of another
FromDevice($IFACE) -> c :: IPClassifier($LIST, -);
c[0] -> first :: Queue(TRIGGER $TRIGGER, DEADLINE $A_FEW) -> q :: Queue(TRIGGER $FEW) -> ToHost;
c[1] -> Discard;
