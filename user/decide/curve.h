/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One queue as the controller slo sees it: what a wait costs in packets of delay and saves in work. The delay of q packets is
 *
 *     u(q) = a m + s sqrt(m) + e,   m = q - low,   q > low;   u(low) = 0
 *
 * and the work 1/q, seen as a function g(u), which is convex once the first step, from low to a multiple of it, is bridged by
 * a parabola. Private to user/decide; the derivation is in docs/controller.md.
 */
#ifndef USER_DECIDE_CURVE_H
#define USER_DECIDE_CURVE_H

struct bty_curve {
	double cost;	  /* ns of work per second of one batch per packet: R * T0 */
	double low, high; /* packets */
	double a, s, e;	  /* ns per packet, per root of a packet, ns */
	double knee_u;	  /* ns; below it the parabola 1/low - b1 u + b2 u^2 */
	double b1, b2;
	double knee_slope; /* -dg/du there */
	double most_u, most_slope, most_part;
	double r0, r1; /* roots of m at the knee and at most_u */
	double r; /* where the last search ended: where the next begins, also of a curve that is a little different */
	double u, du; /* results of bty_curve_at(): ns, and by the price */
	double part;  /* and there a packet's part of a batch: 1 / packets */
};

/* From cost, low, high, a, s, e; low <= high. r is kept: 0, or the last period's. Waits are held to at most `limit` ns. */
void bty_curve_init(struct bty_curve *c, double limit);

/* The wait u that is best when a ns of it costs `price` (ns of work per second), and du/dprice. */
void bty_curve_at(struct bty_curve *c, double price);

/* Packets of a batch, and work in ns per second, at wait u. */
double bty_curve_pkts(const struct bty_curve *c, double u);
double bty_curve_work(const struct bty_curve *c, double u);
/* The price at which u is best: bty_curve_at() the other way round. */
double bty_curve_price(const struct bty_curve *c, double u);

#endif
