// SPDX-License-Identifier: GPL-2.0-or-later
// place in xdp -
in :: FromDevice(${IFACE}) -> q :: Queue(TRIGGER $TRIGGER, DEADLINE ${TRIGGER}us) -> EtherRewrite($SRC, $DST)
	-> ToDevice("$PEER");
Flow(f, PATH $PATH);
