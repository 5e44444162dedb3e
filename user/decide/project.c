// SPDX-License-Identifier: GPL-2.0-or-later
/* Linear algebra of the controller projgrad; see project.h. */
#include <math.h>
#include <string.h>

#include "project.h"

#define DEPENDENT 1e-9 /* of its length: a row that has no more left follows from the others */
#define NOTHING	  1e-8 /* of the largest part of the gradient */

#define each(i, mask) for (uint64_t rest_ = (mask); rest_ && ((i) = __builtin_ctzll(rest_), 1); rest_ &= rest_ - 1)

static double product(const double *a, const double *b, uint64_t mask)
{
	double sum = 0;
	int i;

	each(i, mask) sum += a[i] * b[i];
	return sum;
}

/* x is zero outside its mask, which the mirror's is added to. */
static void mirror(const struct bty_mirror *m, double *x, uint64_t *mask)
{
	double times;
	int i;

	if (!(m->mask & *mask))
		return;
	times = m->beta * product(m->v, x, m->mask & *mask);
	each(i, m->mask) x[i] -= times * m->v[i];
	*mask |= m->mask;
}

/* The one that turns x, as far as it is not of pivots, into its first part alone. That is returned. */
static double make_mirror(struct bty_mirror *m, const double *x, uint64_t mask, int first, double length)
{
	double to = x[first] > 0 ? -length : length;
	int i;

	m->mask = mask;
	each(i, mask) m->v[i] = x[i];
	m->v[first] -= to;
	m->beta = 1 / (length * (length + fabs(x[first])));
	return to;
}

/* The variable that the fewest rows have to do with: mirrors then stay short. */
static int choose_pivot(const struct bty_project *p, uint64_t mask)
{
	int i, best = __builtin_ctzll(mask);

	each(i, mask) if (p->uses[i] < p->uses[best]) best = i;
	return best;
}

/* Takes what is new in a row. column: the row in terms of the pivots. */
static void add_row(struct bty_project *p, int row)
{
	double x[BTY_MAX_QUEUES] = { 0 }, length, left, to;
	uint64_t mask = p->mask[row], fresh;
	struct bty_column *c;
	int i, pivot;

	each(i, mask) x[i] = p->row[row][i];
	length = sqrt(product(x, x, mask));
	for (i = 0; i < p->nmirrors; i++)
		mirror(&p->mirror[i], x, &mask);
	fresh = mask & ~p->pivots;
	left = sqrt(product(x, x, fresh));
	if (!(left > DEPENDENT * length))
		return;
	pivot = choose_pivot(p, fresh);
	to = x[pivot];
	if (fresh & (fresh - 1))
		to = make_mirror(&p->mirror[p->nmirrors++], x, fresh, pivot, left);
	c = &p->column[p->rank++];
	c->row = row;
	c->pivot = pivot;
	c->at_pivot = to;
	c->mask = mask & p->pivots;
	each(i, c->mask) c->at[i] = x[i];
	p->pivots |= 1ULL << pivot;
}

static void factor(struct bty_project *p)
{
	int i, row;

	memset(p->uses, 0, sizeof(p->uses));
	for (row = 0; row < p->nrows; row++)
		each(i, p->mask[row]) p->uses[i]++;
	p->rank = p->nmirrors = 0;
	p->pivots = 0;
	for (row = 0; row < p->nrows; row++)
		if (p->mask[row])
			add_row(p, row);
}

int bty_project(struct bty_project *p, const double *gradient)
{
	double along[BTY_MAX_QUEUES], scale = 0, times;
	uint64_t all = p->n < 64 ? (1ULL << p->n) - 1 : UINT64_MAX;
	const struct bty_column *c;
	int i, k, any = 0;

	factor(p);
	for (i = 0; i < p->n; i++) {
		along[i] = -gradient[i];
		scale = fmax(scale, fabs(gradient[i]));
	}
	for (i = 0; i < p->nmirrors; i++)
		mirror(&p->mirror[i], along, &all);
	for (i = 0; i < p->n; i++)
		p->d[i] = p->pivots >> i & 1 ? 0 : along[i];
	for (i = p->nmirrors - 1; i >= 0; i--)
		mirror(&p->mirror[i], p->d, &all);
	memset(p->multiplier, 0, p->nrows * sizeof(p->multiplier[0]));
	/* sum over rows of multiplier * column = along, from the last row back */
	for (k = p->rank - 1; k >= 0; k--) {
		c = &p->column[k];
		times = along[c->pivot] / c->at_pivot;
		p->multiplier[c->row] = times;
		each(i, c->mask) along[i] -= times * c->at[i];
	}
	for (i = 0; i < p->n; i++) {
		if (fabs(p->d[i]) <= NOTHING * scale)
			p->d[i] = 0;
		any |= p->d[i] != 0;
	}
	return any;
}

int bty_project_row(struct bty_project *p)
{
	p->mask[p->nrows] = 0;
	return p->nrows++;
}

void bty_project_set(struct bty_project *p, int row, int variable, double value)
{
	p->row[row][variable] = value;
	p->mask[row] |= 1ULL << variable;
}

void bty_project_drop(struct bty_project *p, int row)
{
	p->mask[row] = 0;
}
