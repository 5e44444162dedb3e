/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The problem of the controller slo: waits u of queues that together cause the least work, such that the waits on each flow's
 * path add up to no more than its room,
 *
 *     minimise sum_v cost_v g_v(u_v)   subject to   sum_{v of f} u_v <= room_f,   0 <= u_v <= most_v,
 *
 * separable and convex. Solved by its dual: prices per ns of each room. Private to user/decide; all memory is in the struct.
 */
#ifndef USER_DECIDE_SOLVE_H
#define USER_DECIDE_SOLVE_H

#include <stdint.h>
#include <batchy/abi.h>
#include "curve.h"

struct bty_solve_row {
	uint64_t mask; /* its queues */
	double room;   /* ns, > 0 */
	double price;
	double excess; /* of the waits over the room, relative */
	double step;
	double before; /* price, while a step is tried */
	int pinned;    /* the price is to become 0 */
	int moves;     /* it is one of those that the factors are of */
	double waits;  /* the caller's, and its flow */
	int flow;
};

struct bty_solve {
	int nqueues, nrows;
	struct bty_curve curve[BTY_MAX_QUEUES];
	double price[BTY_MAX_QUEUES]; /* of the rows through it, together */
	struct bty_solve_row row[BTY_MAX_FLOWS];
	double u[BTY_MAX_QUEUES];    /* result: ns */
	double part[BTY_MAX_QUEUES]; /* and a packet's part of a batch there: 1 / packets */
	double goal;		     /* the residual that is good enough */
	int most;		     /* factorisations and sweeps after which it is left at that */
	/* working memory of Newton's method; factors are kept from one solution to the next */
	int free[BTY_MAX_QUEUES], nfree, npinned, factored;
	uint64_t of[BTY_MAX_QUEUES]; /* masks of the rows that the factors are of */
	double h[BTY_MAX_QUEUES][BTY_MAX_QUEUES], diagonal[BTY_MAX_QUEUES], inverse[BTY_MAX_QUEUES];
	double residual; /* of the optimality conditions: excess over a room, work that paid room costs, relative */
	int steps, factors, sweeps;
};

#define BTY_SOLVE_EXACT 5e-7 /* the goal with which the duality gap is below 1e-6 */

/*
 * Solves for u. Prices in rows are where it starts: 0, or the last period's. Rows with one queue are to be put into that
 * curve's limit instead. u always keeps every bound, also where the search had to be cut short.
 */
void bty_solve(struct bty_solve *s);

#endif
