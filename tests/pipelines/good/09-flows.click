// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE) -> q :: Queue -> nf :: Bypass -> out :: ToHost;
Flow(no-objective, PATH in);
Flow(delay, PATH in q nf out, DELAY_SLO 50us);
Flow(rate, PATH q, RATE_SLO 1.5Mpps);
Flow(all.of_them, PERCENTILE 99.99, RATE_SLO 500, DELAY_SLO 2ms, PATH
	in // from the wire
	q /* waits */ nf);
declared :: Flow(PATH nf out, PERCENTILE 50);
Flow(NAME named, PATH in out);
