// SPDX-License-Identifier: GPL-2.0-or-later
// portfwd.click: What one device receives leaves by the other, as TIPSY's portfwd.
//   chain:  Queue > EtherRewrite (source and destination) > ToDevice, in both directions
//   tables: none
//   flows:  up and down, 1 ms
// Written by scripts/tables.py portfwd
define($PEER eth1, $PEER_SRC 02:00:00:00:00:01, $PEER_DST 02:00:00:00:00:02, $BACK_SRC 02:00:00:00:00:03,
	$BACK_DST 02:00:00:00:00:04);
FromDevice($IFACE) -> up :: Queue -> EtherRewrite($PEER_SRC, $PEER_DST) -> up_out :: ToDevice($PEER);
FromDevice($PEER) -> down :: Queue -> EtherRewrite($BACK_SRC, $BACK_DST) -> down_out :: ToDevice($IFACE);

Flow(up, PATH up up_out, DELAY_SLO 1ms);
Flow(down, PATH down down_out, DELAY_SLO 1ms);
