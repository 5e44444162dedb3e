// SPDX-License-Identifier: GPL-2.0-or-later
/* Random numbers of the laws that queues follow; called by predict.c and predict_ring.c. */
#include <math.h>

#include "predict.h"

#define MOST 1e6

static uint64_t rotl(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

/* xoshiro256+ 1.0 by Blackman and Vigna (public domain); its seed by splitmix64, as they advise */
static uint64_t next(struct bty_rng *r)
{
	uint64_t result = r->s[0] + r->s[3], t = r->s[1] << 17;

	r->s[2] ^= r->s[0];
	r->s[3] ^= r->s[1];
	r->s[1] ^= r->s[2];
	r->s[0] ^= r->s[3];
	r->s[2] ^= t;
	r->s[3] = rotl(r->s[3], 45);
	return result;
}

void bty_rng_init(struct bty_rng *r, uint64_t seed)
{
	uint64_t z;
	int i;

	for (i = 0; i < 4; i++) {
		z = seed += 0x9e3779b97f4a7c15ULL;
		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
		z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
		r->s[i] = z ^ z >> 31;
	}
	r->has_normal = 0;
}

double bty_rng_uniform(struct bty_rng *r)
{
	return (double)((next(r) >> 11) + 1) * 0x1p-53;
}

/* Box and Muller's pair */
static double normal(struct bty_rng *r)
{
	double radius, angle;

	if (r->has_normal) {
		r->has_normal = 0;
		return r->normal;
	}
	radius = sqrt(-2 * log(bty_rng_uniform(r)));
	angle = 2 * M_PI * bty_rng_uniform(r);
	r->normal = radius * sin(angle);
	r->has_normal = 1;
	return radius * cos(angle);
}

/* Marsaglia and Tsang, "A simple method for generating gamma variables", 2000; few events as a product of uniforms. */
double bty_rng_erlang(struct bty_rng *r, uint32_t k)
{
	double d = k - 1 / 3.0, c = 1 / sqrt(9 * d), x, v, product = 1;

	if (k <= 4) {
		while (k--)
			product *= bty_rng_uniform(r);
		return -log(product);
	}
	for (;;) {
		x = normal(r);
		v = 1 + c * x;
		if (v <= 0)
			continue;
		v = v * v * v;
		if (log(bty_rng_uniform(r)) < 0.5 * x * x + d - d * v + d * log(v))
			return d * v;
	}
}

/* Ahrens and Dieter, 1974: halves the interval by an event in it until few are left */
uint32_t bty_rng_poisson(struct bty_rng *r, double mean)
{
	uint32_t n = 0, k;
	double t, limit;

	/* so many come to a queue that cannot hold them: how many exactly does not matter */
	if (mean > MOST)
		return mean < 10 * MOST ? (uint32_t)mean : (uint32_t)(10 * MOST);
	while (mean > 12) {
		k = (uint32_t)(mean * 7 / 8);
		t = bty_rng_erlang(r, k);
		if (t > mean)
			return n + bty_rng_binomial(r, k - 1, mean / t);
		n += k;
		mean -= t;
	}
	limit = exp(-mean);
	t = bty_rng_uniform(r);
	while (t > limit) {
		t *= bty_rng_uniform(r);
		n++;
	}
	return n;
}

static uint32_t few(struct bty_rng *r, uint32_t n, double p)
{
	double odds = p / (1 - p), f = pow(1 - p, n), u = bty_rng_uniform(r);
	uint32_t k = 0;

	while (u > f && k < n) {
		u -= f;
		k++;
		f *= odds * (n - k + 1) / k;
	}
	return k;
}

/* Devroye, "Non-Uniform Random Variate Generation", X.4: by the median of n uniforms, whose law is a beta */
uint32_t bty_rng_binomial(struct bty_rng *r, uint32_t n, double p)
{
	uint32_t k = 0, i;
	double a, b;

	if (p >= 1)
		return n;
	while (n && p > 0) {
		if (n == 1)
			return k + (bty_rng_uniform(r) <= p);
		if (n * p < 12)
			return k + few(r, n, p);
		if (n * (1 - p) < 12)
			return k + n - few(r, n, 1 - p);
		i = (n + 1) / 2;
		a = bty_rng_erlang(r, i);
		b = a / (a + bty_rng_erlang(r, n + 1 - i));
		if (b <= p) {
			k += i;
			n -= i;
			p = (p - b) / (1 - b);
		} else {
			n = i - 1;
			p = p / b;
		}
	}
	return k;
}
