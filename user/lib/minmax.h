/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The smaller and the larger of two numbers, without the call that fmin() and fmax() are. Used where decisions are made each period. */
#ifndef USER_LIB_MINMAX_H
#define USER_LIB_MINMAX_H

/* Any unit. When a is no number, b; when b is none, b. Any thread. */
static inline double bty_min(double a, double b)
{
	return a < b ? a : b;
}

static inline double bty_max(double a, double b)
{
	return a > b ? a : b;
}

#endif
