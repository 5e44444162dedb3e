// SPDX-License-Identifier: GPL-2.0-or-later
/* Meter's rates, per epoch, and what is left of a rate after some. Called when a pipeline is read and loaded. */
#include <math.h>
#include <string.h>
#include <elements/meter.h>

#include "../lib/units.h"
#include "table.h"
#include "user/config/conf.h"

#define EPOCH_S	   ((double)(1 << METER_EPOCH_SH) / 1e9)
#define MAX_BPS	   1e11 /* bits in an epoch, and a fraction of 32 bits, in 64 */
#define MIN_TAU_NS 5000000
#define MAX_TAU_NS 60000000000

static void set_tau(struct meter_args *a, uint64_t tau_ns)
{
	double keep = exp(-EPOCH_S * 1e9 / (double)tau_ns);
	int i;

	for (i = 0; i < METER_POWERS; i++) {
		a->keep[i] = llround(keep * (1 << METER_KEEP_SH));
		keep *= keep;
	}
}

static int read_tau(const struct bty_conf *conf, int i, struct meter_args *a, struct bty_err *err)
{
	const char *value = conf->arg[i].text + 3;
	uint64_t tau_ns;

	value += strspn(value, " \t\r\n");
	if (bty_parse_time_ns(value, &tau_ns) || tau_ns < MIN_TAU_NS || tau_ns > MAX_TAU_NS)
		return bty_conf_fail(conf, i, err, "TAU '%.40s': expected a time from 5ms to 60s", value);
	set_tau(a, tau_ns);
	return 0;
}

static int read_rate(const struct bty_conf *conf, int i, struct meter_args *a, struct bty_err *err)
{
	const char *text = conf->arg[i].text;
	uint64_t rate, at;
	uint32_t bits = 0;

	if (bty_parse_rate_pps(text, &rate)) {
		bits = 1;
		if (bty_parse_bitrate(text, &rate))
			return bty_conf_fail(conf, i, err, "'%.40s': expected a rate, as 10kpps or 10Mbps", text);
	}
	if (a->n == BTY_MAX_OUT - 1)
		return bty_conf_fail(conf, i, err, "more than %d rates; an element has at most %d outputs",
				     BTY_MAX_OUT - 1, BTY_MAX_OUT);
	if (a->n && bits != a->bits)
		return bty_conf_fail(conf, i, err, "'%.40s': expected all rates in packets, or all in bits", text);
	if (!rate || (double)rate > MAX_BPS)
		return bty_conf_fail(conf, i, err, "'%.40s': expected a rate from 1 to 100 Gbps or Gpps", text);
	at = (double)rate * EPOCH_S * (double)(1ULL << METER_RATE_SH);
	if (a->n && at <= a->at[a->n - 1])
		return bty_conf_fail(conf, i, err, "'%.40s': expected a rate above the one before", text);
	a->bits = bits;
	a->at[a->n++] = at;
	return 0;
}

int bty_meter_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	struct meter_args *a = args;
	int i, ret = 0;

	set_tau(a, 100000000);
	for (i = 0; !ret && i < conf->n; i++)
		if (!strncmp(conf->arg[i].text, "TAU", 3))
			ret = read_tau(conf, i, a, err);
		else
			ret = read_rate(conf, i, a, err);
	if (ret)
		return ret;
	if (!a->n)
		return bty_conf_fail(conf, -1, err, "no rate: expected some, as 10kpps, 20kpps or 10Mbps");
	*nout = a->n + 1;
	return 0;
}

static int plan(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		struct bty_err *err)
{
	spec[0] = (struct bty_table_spec){ .nrows = 1, .row_size = sizeof(struct meter_state), .kept = 1 };
	return 0;
}

static int fill(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		struct bty_gateways *gateways, struct bty_err *err)
{
	return 0; /* nothing has come */
}

const struct bty_table_ops bty_meter_tables = { .plan = plan, .fill = fill };
