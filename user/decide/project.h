/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Projection of a gradient onto what a set of active constraints leaves free (Rosen 1960). Private to user/decide; called
 * by projgrad.c. All memory is in struct bty_project.
 */
#ifndef USER_DECIDE_PROJECT_H
#define USER_DECIDE_PROJECT_H

#include <batchy/abi.h>

#define BTY_PROJECT_ROWS (BTY_MAX_FLOWS + 3 * BTY_MAX_QUEUES)

struct bty_project {
	int n, nrows; /* variables; constraints a * x <= b that hold with equality */
	double row[BTY_PROJECT_ROWS][BTY_MAX_QUEUES];
	/* results */
	double d[BTY_MAX_QUEUES];	     /* direction */
	double multiplier[BTY_PROJECT_ROWS]; /* of each row; 0 for one that follows from others */
	/* working memory: an orthonormal basis of the rows */
	double basis[BTY_MAX_QUEUES][BTY_MAX_QUEUES];
	double factor[BTY_MAX_QUEUES][BTY_MAX_QUEUES];
	int of[BTY_MAX_QUEUES];
	int rank;
};

/*
 * d becomes the part of -gradient that is orthogonal to all rows, and the multipliers those of the rest: -gradient =
 * d + sum(multiplier * row). Returns 1 when d is not zero. Source: Gram-Schmidt, twice, in place of the pseudo-inverse.
 */
int bty_project(struct bty_project *p, const double *gradient);
void bty_project_drop(struct bty_project *p, int row);

#endif
