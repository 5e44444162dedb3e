/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Projection of a gradient onto what a set of active constraints leaves free (Rosen 1960). Private to user/decide; called
 * by projgrad.c. All memory is in struct bty_project. Rows have few entries, and so have most of the vectors made of them: each has
 * a mask of those that are not zero.
 */
#ifndef USER_DECIDE_PROJECT_H
#define USER_DECIDE_PROJECT_H

#include <stdint.h>
#include <batchy/abi.h>

#define BTY_PROJECT_ROWS (BTY_MAX_FLOWS + 3 * BTY_MAX_QUEUES)

/* x - beta (v x) v */
struct bty_mirror {
	uint64_t mask;
	double beta, v[BTY_MAX_QUEUES];
};

/* A row, mirrored: at its own pivot and at those of the rows before. */
struct bty_column {
	uint64_t mask;
	int row, pivot;
	double at_pivot, at[BTY_MAX_QUEUES];
};

struct bty_project {
	int n, nrows; /* variables; constraints a * x <= b that hold with equality */
	uint64_t mask[BTY_PROJECT_ROWS];
	double row[BTY_PROJECT_ROWS][BTY_MAX_QUEUES];
	/* results */
	double d[BTY_MAX_QUEUES];	     /* direction */
	double multiplier[BTY_PROJECT_ROWS]; /* of each row; 0 for one that follows from those before it */
	/* working memory */
	int uses[BTY_MAX_QUEUES]; /* rows that a variable is in */
	struct bty_mirror mirror[BTY_MAX_QUEUES];
	struct bty_column column[BTY_MAX_QUEUES];
	uint64_t pivots;
	int nmirrors, rank;
};

/* A new row of zeros: its number. Set nrows to 0 to begin. */
int bty_project_row(struct bty_project *p);
/* variable is below n; each once. */
void bty_project_set(struct bty_project *p, int row, int variable, double value);

/*
 * d becomes the part of -gradient that is orthogonal to all rows, and the multipliers those of the rest: -gradient =
 * d + sum(multiplier * row). Returns 1 when d is not zero. Source: QR by mirrors (Householder 1958) in place of the pseudo-inverse.
 */
int bty_project(struct bty_project *p, const double *gradient);
/* The row binds no longer; numbers of rows stay. */
void bty_project_drop(struct bty_project *p, int row);

#endif
