// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The CPU time of a worker behind a Queue, by the number of batches it is given for one wake-up: 1 or HELD, of b packets each.
 * What HELD - 1 more batches take is what it costs to receive them; the rest of what the first takes is the wake-up; what ToDevice in
 * the place of Sink adds is to transmit. Called by io.c.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../placement/placement.h"
#include "../run/run.h"
#include "internal.h"
#include "iorun.h"

#define NSIZES	  7
#define HELD	  4 /* as many batches as a worker takes in one turn */
#define BURSTS	  64
#define FRAMES	  256
#define FRAME_LEN 60
#define HOLD	  (1U << 20)
#define WAIT_NS	  300000000ULL
#define LOOK_NS	  20000

static const double sizes[NSIZES] = { 1, 2, 4, 8, 16, 32, 64 };

static const char sink[] = "FromDevice(" BTY_IO_NEAR ") -> q :: Queue(CAPACITY 1024) -> Sink;";
static const char out_again[] =
	"FromDevice(" BTY_IO_NEAR ") -> q :: Queue(CAPACITY 1024) -> ToDevice(" BTY_IO_NEAR ");";

/* One pipeline at work, and who sends to it. */
struct rig {
	struct bty_graph *g;
	struct bty_datapath *dp;
	struct bty_run *run;
	struct bty_queue *q;
	int sock;
	struct mmsghdr msg[FRAMES];
	struct iovec iov[FRAMES];
	uint8_t frame[FRAMES][FRAME_LEN];
};

static uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static int open_sender(struct rig *r, struct bty_err *err)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(BTY_IO_FAR) };
	int i;

	r->sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (r->sock < 0 || bind(r->sock, (struct sockaddr *)&to, sizeof(to)))
		return bty_fail(err, -errno, "a packet socket: %s", strerror(errno));
	for (i = 0; i < FRAMES; i++) {
		memset(r->frame[i], 0xff, 6);
		memcpy(r->frame[i] + 6, "\2\0\0\0\0\1\x88\xb5", 8); /* a local experimental ethertype (IEEE 802) */
		r->iov[i] = (struct iovec){ r->frame[i], FRAME_LEN };
		r->msg[i].msg_hdr = (struct msghdr){ .msg_iov = &r->iov[i], .msg_iovlen = 1 };
	}
	return 0;
}

/* The pipeline with batches of b at most. Without an agent: nobody else touches its triggers. */
static int open_rig(struct rig *r, const char *text, uint32_t b, struct bty_err *err)
{
	const struct bty_load_opts lo = { .deadline_ns = 2 * WAIT_NS, .fuse = BTY_FUSE_OFF };
	const struct bty_run_opts ro = { .vec_pkts = b };
	int ret;

	memset(r, 0, sizeof(*r));
	r->sock = -1;
	ret = bty_place_text(text, strlen(text), "profile", NULL, NULL, 0, &r->g, err);
	if (!ret)
		ret = bty_load(r->g, &lo, &r->dp, err);
	if (!ret)
		ret = bty_run_start(r->dp, &ro, &r->run, err);
	if (!ret)
		ret = bty_attach(r->dp, BTY_MODE_AUTO, 0, err);
	if (ret)
		return ret;
	r->q = bty_lane(r->dp, 0, 0);
	return open_sender(r, err);
}

static void close_rig(struct rig *r)
{
	if (r->sock >= 0)
		close(r->sock);
	if (r->dp)
		bty_detach(r->dp);
	bty_run_stop(r->run);
	bty_unload(r->dp);
	bty_graph_free(r->g);
}

/* Until *n is as much as that, and the worker asleep where that is asked. Returns 0 or -ETIMEDOUT. */
static int wait_for(const struct rig *r, const __u64 *n, uint64_t least, int asleep)
{
	const struct timespec look = { .tv_nsec = LOOK_NS };
	uint64_t end = clock_ns() + WAIT_NS;

	while (__atomic_load_n(n, __ATOMIC_ACQUIRE) < least || (asleep && !bty_run_idle(r->run))) {
		if (clock_ns() > end)
			return -ETIMEDOUT;
		nanosleep(&look, NULL);
	}
	return 0;
}

/* n packets that are released together, in batches of the worker's size. Returns 0 or -errno. */
static int burst(struct rig *r, uint32_t n)
{
	uint64_t enq = __atomic_load_n(&r->q->enq, __ATOMIC_ACQUIRE);
	uint32_t sent = 0;
	int k;

	__atomic_store_n(&r->q->trigger, HOLD, __ATOMIC_SEQ_CST);
	while (sent < n) {
		k = sendmmsg(r->sock, r->msg, n - sent, 0);
		if (k <= 0)
			return k ? -errno : -EIO;
		sent += k;
	}
	if (wait_for(r, &r->q->enq, enq + n, 0))
		return -ETIMEDOUT;
	__atomic_store_n(&r->q->trigger, 1, __ATOMIC_SEQ_CST);
	bty_run_kick(r->run);
	return wait_for(r, &r->q->deq, enq + n, 1);
}

/* *ns: CPU time for each wake-up that leads to k batches of b. */
static int cpu_time(struct rig *r, uint32_t b, uint32_t k, double *ns, struct bty_err *err)
{
	double took[BURSTS];
	uint64_t cpu;
	int i, ret;

	for (i = 0; i < BURSTS; i++) {
		cpu = bty_run_cpu_ns(r->run);
		ret = burst(r, k * b);
		if (ret)
			return bty_fail(err, ret, "packets on a veth pair: %s", strerror(-ret));
		took[i] = (double)(bty_run_cpu_ns(r->run) - cpu);
	}
	*ns = bty_median(took, BURSTS);
	return 0;
}

/* Samples of one size, all rounds. */
static int take_size(const struct bty_profile_opts *opts, int i, struct bty_samples s[BTY_COST_NIO],
		     struct bty_err *err)
{
	const uint32_t b = (uint32_t)sizes[i], rounds = s[0].rounds;
	struct rig rx = { .sock = -1 }, tx = rx;
	double one, held, again;
	uint32_t r;
	int ret = open_rig(&rx, sink, b, err);

	for (r = 0; !ret && r < rounds; r++) {
		ret = cpu_time(&rx, b, 1, &one, err);
		if (!ret)
			ret = cpu_time(&rx, b, HELD, &held, err);
		s[BTY_COST_RECEIVE].ns[r * NSIZES + i] = (held - one) / (HELD - 1);
		s[BTY_COST_WAKEUP].ns[r * NSIZES + i] = one - (held - one) / (HELD - 1);
		s[BTY_COST_TRANSMIT].ns[r * NSIZES + i] = -one;
		if (opts->stop && *opts->stop)
			ret = -EINTR;
	}
	close_rig(&rx);
	if (!ret)
		ret = open_rig(&tx, out_again, b, err);
	for (r = 0; !ret && r < rounds; r++) {
		ret = cpu_time(&tx, b, 1, &again, err);
		s[BTY_COST_TRANSMIT].ns[r * NSIZES + i] += again;
		if (opts->progress)
			opts->progress(opts->ctx, i * rounds + r + 1, NSIZES * rounds);
	}
	close_rig(&tx);
	return ret;
}

static void fill(struct bty_profiled *out, const struct bty_samples *s, const struct bty_fitted *f)
{
	int i;

	out->fit = f->fit;
	out->how = (struct bty_cost_how){ 1, BTY_PROFILE_B, s->nb * s->rounds, f->left_out };
	out->drift = f->drift;
	out->clamped = f->clamped;
	out->nb = NSIZES;
	for (i = 0; i < NSIZES; i++)
		out->size[i] = (uint32_t)sizes[i];
}

int bty_io_measure(const struct bty_profile_opts *opts, struct bty_profiled out[BTY_COST_NIO], struct bty_err *err)
{
	double ns[BTY_COST_NIO][BTY_FIT_MAX_ROUNDS * NSIZES] = { 0 };
	uint8_t left[BTY_FIT_MAX_ROUNDS * NSIZES] = { 0 };
	struct bty_samples s[BTY_COST_NIO];
	struct bty_fitted f;
	int i, ret = 0;

	for (i = 0; i < BTY_COST_NIO; i++)
		s[i] = (struct bty_samples){ NSIZES, opts->rounds, sizes, ns[i], left };
	for (i = 0; !ret && i < NSIZES; i++)
		ret = take_size(opts, i, s, err);
	for (i = 0; !ret && i < BTY_COST_NIO; i++) {
		ret = bty_fit(&s[i], &f, out[i].median_ns);
		if (ret)
			bty_fail(err, ret, "%s: %s", bty_cost_io_name(i), strerror(-ret));
		else
			fill(&out[i], &s[i], &f);
	}
	return ret;
}
