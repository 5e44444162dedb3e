// SPDX-License-Identifier: GPL-2.0-or-later
/* What happens to triggers when the controller stalls; see watchdog.h. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <elements/queue.h>

#include "../lib/log.h"
#include "watchdog.h"

#define LATE_NS	  900000000ULL /* with a look, it is a second */
#define LATE_MIN  4	       /* periods; an idle agent looks four times a second */
#define LOOK_NS	  100000000ULL
#define SECOND_NS 1000000000ULL

struct bty_watchdog {
	const struct bty_datapath *dp;
	struct bty_run *run;
	uint64_t late_ns, beat_ns, stalls;
	pthread_t thread;
	pthread_mutex_t lock; /* held by whoever sets queues or ends the thread */
	pthread_cond_t ended;
	int stop;
};

static uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND_NS + ts.tv_nsec;
}

/* Every packet at once, but where the file says otherwise. What the controller sets next is seen as a change. */
static void make_safe(struct bty_watchdog *w)
{
	const struct bty_graph *g = w->dp->graph;
	const struct queue_args *args;
	int n, p;

	for (n = 0; n < g->nqueues; n++) {
		args = g->el[g->queue_el[n]].args;
		for (p = 0; !args->trigger_given && p < w->dp->nlanes; p++)
			__atomic_store_n(&bty_lane(w->dp, n, p)->trigger, 1, __ATOMIC_RELAXED);
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (w->run)
		bty_run_kick(w->run);
}

static void look(struct bty_watchdog *w, uint64_t *safe_since)
{
	if (clock_ns() - w->beat_ns < w->late_ns || *safe_since == w->beat_ns)
		return;
	*safe_since = w->beat_ns;
	w->stalls++;
	make_safe(w);
	bty_warn("%s: the controller has stalled for %llu ms; triggers are 1 until it goes on", w->dp->graph->file,
		 (unsigned long long)((clock_ns() - w->beat_ns) / 1000000));
}

static void *watch(void *arg)
{
	struct bty_watchdog *w = arg;
	uint64_t safe_since = 0, next;
	struct timespec ts;

	pthread_setname_np(pthread_self(), "bty-watchdog");
	pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		next = clock_ns() + LOOK_NS;
		ts = (struct timespec){ .tv_sec = next / SECOND_NS, .tv_nsec = next % SECOND_NS };
		if (pthread_cond_timedwait(&w->ended, &w->lock, &ts) == ETIMEDOUT && !w->stop)
			look(w, &safe_since);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

int bty_watchdog_start(const struct bty_datapath *dp, struct bty_run *run, uint64_t period_ns,
		       struct bty_watchdog **out, struct bty_err *err)
{
	struct bty_watchdog *w = calloc(1, sizeof(*w));
	pthread_condattr_t attr;
	int ret;

	if (!w)
		return bty_fail(err, -ENOMEM, "out of memory");
	w->dp = dp;
	w->run = run;
	w->beat_ns = clock_ns();
	w->late_ns = period_ns < LATE_NS / LATE_MIN ? LATE_NS : LATE_MIN * period_ns;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->ended, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&w->lock, NULL);
	ret = pthread_create(&w->thread, NULL, watch, w);
	if (ret) {
		pthread_cond_destroy(&w->ended);
		pthread_mutex_destroy(&w->lock);
		free(w);
		return bty_fail(err, -ret, "watchdog: no thread: %s", strerror(ret));
	}
	*out = w;
	return 0;
}

void bty_watchdog_stop(struct bty_watchdog *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = 1;
	pthread_cond_signal(&w->ended);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->ended);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

void bty_watchdog_beat(struct bty_watchdog *w)
{
	pthread_mutex_lock(&w->lock);
	w->beat_ns = clock_ns();
	pthread_mutex_unlock(&w->lock);
}

uint64_t bty_watchdog_stalls(const struct bty_watchdog *w)
{
	return w ? __atomic_load_n(&w->stalls, __ATOMIC_RELAXED) : 0;
}
