// SPDX-License-Identifier: GPL-2.0-or-later
/* Brings a pipeline up and down in the right order; called by agent.c. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/log.h"
#include "../lib/profiles.h"
#include "../lib/units.h"
#include "../load/defer.h"
#include "../placement/placement.h"
#include "paths.h"
#include "pipeline.h"

static int default_pipeline(char *path, size_t size, struct bty_err *err)
{
	struct bty_err why;
	size_t n;

	if (bty_profiles_folder(path, size, &why))
		return bty_fail(err, -ENOENT, "default pipeline %s; give one with --pipeline FILE", why.msg);
	n = strlen(path);
	snprintf(path + n, size - n, "/host.click");
	return 0;
}

static int load_graph(struct bty_pipeline *p, const struct bty_attach_opts *opts, struct bty_err *err)
{
	char path[PATH_MAX];
	int ret = 0;

	if (opts->pipeline)
		snprintf(path, sizeof(path), "%s", opts->pipeline);
	else
		ret = default_pipeline(path, sizeof(path), err);
	if (!ret)
		ret = bty_place_file(path, opts->iface, opts->sets, opts->nsets, &p->graph, err);
	return ret;
}

/* Which elements have to do with the costs of another one. */
static void tell_nearest(const struct bty_pipeline *p, enum bty_log_level level)
{
	const struct bty_element *el;
	struct bty_cost_fit fit;
	char text[256];
	int i;

	for (i = 0; i < p->graph->nel; i++) {
		el = &p->graph->el[i];
		if (bty_costs_find(p->costs, el, &fit) == BTY_COST_CLASS)
			bty_log(level, "costs of %s (%s): %s", el->name, el->cls->name,
				bty_costs_explain(p->costs, el, text, sizeof(text)));
	}
}

/* A file that was asked for has to be good; without the CPU's own one the costs are learned. */
static int load_costs(struct bty_pipeline *p, const char *file, struct bty_err *err)
{
	int ret = bty_costs_read(file, &p->costs, err);

	if (ret && file)
		return ret;
	if (ret)
		bty_warn("%s", err->msg);
	else if (bty_costs_stale(p->costs) && bty_costs_count(p->costs))
		bty_warn("costs: %s; run `batchy-agent profile'", bty_costs_stale(p->costs));
	if (!ret)
		tell_nearest(p, file ? BTY_LOG_INFO : BTY_LOG_DEBUG);
	return 0;
}

int bty_pipeline_serves(const struct bty_pipeline *p, const char *iface)
{
	int i;

	for (i = 0; i < p->graph->ndev; i++)
		if (p->graph->dev[i].receives && !strcmp(p->dp->dev[i].name, iface))
			return 1;
	return 0;
}

static int check_free(const struct bty_pipeline *others, const char *iface, struct bty_err *err)
{
	for (; others; others = others->next)
		if (bty_pipeline_serves(others, iface))
			return bty_fail(err, -EBUSY, "%s: already attached (%s); batchy-agent detach %s first", iface,
					others->graph->file, iface);
	return 0;
}

/* Every interface the file receives from, not only the one asked for. */
static int check_all_free(const struct bty_pipeline *p, const struct bty_pipeline *others, struct bty_err *err)
{
	int i, ret = 0;

	for (i = 0; !ret && i < p->graph->ndev; i++)
		if (p->graph->dev[i].receives)
			ret = check_free(others, p->graph->dev[i].name, err);
	return ret;
}

static int check_iface(const struct bty_pipeline *p, struct bty_err *err)
{
	int i;

	for (i = 0; i < p->graph->ndev; i++)
		if (!strcmp(p->graph->dev[i].name, p->iface) && p->graph->dev[i].receives)
			return 0;
	return bty_fail(err, -EINVAL, "%s: no FromDevice receives from %s; write FromDevice($IFACE)", p->graph->file,
			p->iface);
}

/* An objective that deferral alone uses up cannot be met. */
static void warn_objectives(const struct bty_pipeline *p, uint64_t time_ns)
{
	char text[24];
	int i;

	bty_format_time(time_ns, text, sizeof(text));
	if (p->obs.default_slo_ns && p->obs.default_slo_ns <= time_ns)
		bty_warn("--napi-defer %s leaves nothing of --slo", text);
	for (i = 0; i < p->obs.nflows; i++)
		if (p->obs.flow[i].slo_ns && p->obs.flow[i].slo_ns <= time_ns)
			bty_warn("--napi-defer %s leaves nothing of the objective of flow %s", text,
				 p->graph->flow[i].name);
}

/* Once attached, so that a refusal has changed nothing. */
static int defer(struct bty_pipeline *p, uint64_t time_ns, struct bty_err *err)
{
	char prefix[PATH_MAX];
	int i, ret = bty_run_path("", prefix, sizeof(prefix));

	for (i = 0; !ret && i < p->graph->ndev; i++)
		if (p->graph->dev[i].receives)
			ret = bty_defer_set(&p->dp->dev[i], time_ns, prefix, err);
	p->obs.napi_defer_ns = time_ns;
	warn_objectives(p, time_ns);
	return ret;
}

static void undo_defer(const struct bty_pipeline *p)
{
	char prefix[PATH_MAX];
	int i;

	if (!p->obs.napi_defer_ns || bty_run_path("", prefix, sizeof(prefix)))
		return;
	for (i = 0; i < p->graph->ndev; i++)
		if (p->graph->dev[i].receives && p->dp->dev[i].ifindex)
			bty_defer_undo(prefix, p->dp->dev[i].ifindex);
}

int bty_pipeline_open(const struct bty_attach_opts *opts, const struct bty_controller_choice *c, uint64_t period_ns,
		      const struct bty_pipeline *others, struct bty_pipeline **out, struct bty_err *err)
{
	struct bty_pipeline *p = calloc(1, sizeof(*p));
	struct bty_load_opts lo = { .deadline_ns = opts->slo_ns, .fuse = opts->fuse };
	struct bty_run_opts ro = {
		.cpus = opts->cpus,
		.vec_pkts = opts->vec_pkts,
		.busy_poll = opts->busy_poll,
		.schedule = opts->schedule,
		.spin_max_ns = opts->spin_max_ns,
		.generic = opts->mode == BTY_MODE_GENERIC,
		.extra = opts->extra,
	};
	struct bty_netdev dev;
	int ret;

	if (!p)
		return bty_fail(err, -ENOMEM, "out of memory");
	snprintf(p->iface, sizeof(p->iface), "%.15s", opts->iface);
	/* a missing interface is the likelier mistake: say it before anything about the file */
	ret = bty_netdev_get(opts->iface, &dev, err);
	if (!ret)
		ret = check_free(others, opts->iface, err);
	if (!ret)
		ret = load_graph(p, opts, err);
	if (!ret)
		ret = check_iface(p, err);
	if (!ret)
		ret = check_all_free(p, others, err);
	if (!ret)
		ret = load_costs(p, opts->costs, err);
	if (!ret)
		ret = bty_load(p->graph, &lo, &p->dp, err);
	if (!ret)
		ret = bty_run_start(p->dp, &ro, &p->run, err);
	if (!ret && bty_observer_init(&p->obs, p->dp, p->run, opts->slo_ns))
		ret = bty_fail(err, -ENOMEM, "out of memory");
	p->obs.costs = p->costs;
	p->obs.decompose = opts->decompose;
	if (!ret)
		ret = bty_steer_open(&p->steer, c, &p->obs, period_ns, err);
	if (!ret)
		ret = bty_attach(p->dp, opts->mode, opts->pin, err);
	if (!ret && opts->napi_defer_ns)
		ret = defer(p, opts->napi_defer_ns, err);
	if (ret) {
		bty_pipeline_close(p, 0);
		return ret;
	}
	bty_run_sources(p->run);
	*out = p;
	return 0;
}

void bty_pipeline_close(struct bty_pipeline *p, int leave)
{
	if (!p)
		return;
	undo_defer(p);
	if (p->dp && leave)
		bty_leave_pinned(p->dp);
	/* packets go to the host from here on; what is queued is finished by the workers */
	if (p->dp)
		bty_detach(p->dp);
	bty_steer_close(&p->steer);
	bty_observer_free(&p->obs);
	bty_run_stop(p->run);
	bty_update_free(p->held);
	bty_unload(p->dp);
	bty_graph_free(p->graph);
	bty_costs_free(p->costs);
	free(p);
}
