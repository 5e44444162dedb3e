// SPDX-License-Identifier: GPL-2.0-or-later
/* Linear algebra of the controller projgrad; see project.h. */
#include <math.h>
#include <string.h>

#include "project.h"

#define DEPENDENT 1e-9 /* of its length: a row that has no more left follows from the others */

static double dot(const double *a, const double *b, int n)
{
	double sum = 0;
	int i;

	for (i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

static void subtract(double *a, const double *b, double times, int n)
{
	int i;

	for (i = 0; i < n; i++)
		a[i] -= times * b[i];
}

/* Adds what is new in a row to the basis. factor: the row in terms of the basis. */
static void add_row(struct bty_project *p, int row)
{
	double v[BTY_MAX_QUEUES], coefficient[BTY_MAX_QUEUES] = { 0 }, part, length, left;
	int pass, k;

	if (p->rank == p->n)
		return;
	memcpy(v, p->row[row], p->n * sizeof(v[0]));
	length = sqrt(dot(v, v, p->n));
	for (pass = 0; pass < 2; pass++)
		for (k = 0; k < p->rank; k++) {
			part = dot(v, p->basis[k], p->n);
			coefficient[k] += part;
			subtract(v, p->basis[k], part, p->n);
		}
	left = sqrt(dot(v, v, p->n));
	if (left <= DEPENDENT * length)
		return;
	coefficient[p->rank] = left;
	for (k = 0; k < p->n; k++)
		p->basis[p->rank][k] = v[k] / left;
	memcpy(p->factor[p->rank], coefficient, sizeof(coefficient));
	p->of[p->rank++] = row;
}

int bty_project(struct bty_project *p, const double *gradient)
{
	double along[BTY_MAX_QUEUES], scale = 0;
	int i, k, any = 0;

	p->rank = 0;
	for (i = 0; i < p->nrows; i++)
		add_row(p, i);
	for (i = 0; i < p->n; i++) {
		p->d[i] = -gradient[i];
		scale = fmax(scale, fabs(gradient[i]));
	}
	for (k = 0; k < p->rank; k++) {
		along[k] = dot(p->d, p->basis[k], p->n);
		subtract(p->d, p->basis[k], along[k], p->n);
	}
	memset(p->multiplier, 0, p->nrows * sizeof(p->multiplier[0]));
	/* sum over rows of multiplier * factor = along, from the last row back */
	for (k = p->rank - 1; k >= 0; k--) {
		for (i = k + 1; i < p->rank; i++)
			along[k] -= p->multiplier[p->of[i]] * p->factor[i][k];
		p->multiplier[p->of[k]] = along[k] / p->factor[k][k];
	}
	for (i = 0; i < p->n; i++) {
		if (fabs(p->d[i]) <= 1e-8 * scale)
			p->d[i] = 0;
		any |= p->d[i] != 0;
	}
	return any;
}

void bty_project_drop(struct bty_project *p, int row)
{
	memmove(p->row[row], p->row[row + 1], (p->nrows - row - 1) * sizeof(p->row[0]));
	p->nrows--;
}
