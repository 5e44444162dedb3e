// SPDX-License-Identifier: GPL-2.0-or-later
/* What is set by hand, of queues and flows, in every pipeline that has them; called by request.c on the agent's main thread. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "pipeline.h"

static uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static struct bty_obs_queue *find_queue(struct bty_pipeline *p, const char *name)
{
	int i;

	for (i = 0; i < p->obs.nqueues; i++)
		if (!strcmp(p->graph->el[p->graph->queue_el[i]].name, name))
			return &p->obs.queue[i];
	return NULL;
}

static void set_queue(struct bty_obs_queue *q, const struct bty_queue_values *v)
{
	if (v->trigger) {
		q->trigger_fixed = *v->trigger != 0;
		if (*v->trigger)
			q->trigger = *v->trigger;
	}
	if (v->deadline_ns) {
		q->deadline_fixed = *v->deadline_ns != 0;
		if (*v->deadline_ns)
			q->deadline_ns = *v->deadline_ns;
	}
	if (v->server) {
		q->server_fixed = *v->server != BTY_SERVER_AUTO;
		if (*v->server != BTY_SERVER_AUTO)
			q->server = *v->server;
	}
}

static int check_server(const struct bty_pipeline *p, const char *name, int server, struct bty_err *err)
{
	const struct bty_element *el = &p->graph->el[bty_graph_find(p->graph, name)];
	const char *why;
	int next;

	if (server > p->obs.nextra)
		return bty_fail(err, -ERANGE, "queue %s: worker %d: its pipeline has %d (attach --extra-workers)", name,
				server, p->obs.nextra);
	why = server > 0 ? bty_queue_stays(p->graph, el->queue, &next) : NULL;
	return why ? bty_fail(err, -EINVAL, "queue %s: it cannot be moved: %s (%s) behind it stays, because %s", name,
			      p->graph->el[next].name, p->graph->el[next].cls->name, why)
		   : 0;
}

static int check_queue(struct bty_agent *a, const char *name, const struct bty_queue_values *v, struct bty_err *err)
{
	struct bty_obs_queue *q;
	struct bty_pipeline *p;
	int found = 0, ret = 0;

	for (p = bty_agent_pipelines(a); p && !ret; p = p->next) {
		q = find_queue(p, name);
		found |= !!q;
		/* more than it can hold would never be reached: it would drop instead */
		if (q && v->trigger && *v->trigger > q->capacity)
			ret = bty_fail(err, -ERANGE, "queue %s: trigger %u: at most its capacity, %u", name,
				       *v->trigger, q->capacity);
		else if (q && v->server)
			ret = check_server(p, name, *v->server, err);
	}
	if (!found)
		return bty_fail(err, -ENOENT, "queue %s: unknown; batchy-agent queue show lists the queues", name);
	if (!ret && v->deadline_ns && *v->deadline_ns &&
	    (*v->deadline_ns < BTY_DEADLINE_MIN_NS || *v->deadline_ns > BTY_DEADLINE_MAX_NS))
		ret = bty_fail(err, -ERANGE, "queue %s: deadline: 1us to 60s", name);
	return ret;
}

int bty_agent_queue_set(struct bty_agent *a, const char *name, const struct bty_queue_values *v, struct bty_err *err)
{
	struct bty_obs_queue *q;
	struct bty_pipeline *p;
	int ret = check_queue(a, name, v, err);

	for (p = bty_agent_pipelines(a); p && !ret; p = p->next) {
		q = find_queue(p, name);
		if (q)
			set_queue(q, v);
		bty_steer(&p->steer, &p->obs, clock_ns());
	}
	return ret;
}

int bty_agent_flow_set(struct bty_agent *a, const char *name, uint64_t slo_ns, struct bty_err *err)
{
	struct bty_pipeline *p;
	int i, found = 0;

	for (p = bty_agent_pipelines(a); p; p = p->next)
		for (i = 0; i < p->obs.nflows; i++) {
			if (strcmp(p->graph->flow[i].name, name))
				continue;
			p->obs.flow[i].slo_ns = slo_ns;
			bty_steer(&p->steer, &p->obs, clock_ns());
			found = 1;
		}
	if (found)
		return 0;
	return bty_fail(err, -ENOENT, "flow %s: unknown; batchy-agent flow show lists the flows", name);
}
