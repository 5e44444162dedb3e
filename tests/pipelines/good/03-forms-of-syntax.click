// SPDX-License-Identifier: GPL-2.0-or-later
// place a xdp -
// place b xdp -
// place _q_2 xdp+worker xsk
// place Counter@11 worker -
/* every form the
   grammar has **/ ;;
in::FromDevice ( $IFACE );
a , b::Counter ( ) ;
c :: DecIPTTL; // used before and after
in->[ 0 ]a [ 0 ]->[0]b-> // a chain may go on
	c;
c[0] -> [0] _q_2 :: Queue(/* TRIGGER */ 8, // packets
	DEADLINE 1.5ms) -> h :: ToHost;
c[1] -> d :: Discard; /* a comment at the end of a line */ Flow(f,PATH in  _q_2	h);
e :: FromDevice("eth1") -> Queue() -> Counter -> d;
