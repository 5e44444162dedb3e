// SPDX-License-Identifier: GPL-2.0-or-later
/* ToPcap: one capture for all workers, which take turns, a batch at a time. */
#include <errno.h>
#include <jansson.h>
#include <pcap/pcap.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <elements/topcap.h>

#include "user/config/conf.h"

#define BUFFER (1 << 20)

struct topcap_state {
	pthread_mutex_t lock;
	pcap_dumper_t *dump;
	uint64_t wall_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC */
	uint64_t written, beyond;
	int failed; /* errno of the write that did */
};
_Static_assert(sizeof(struct topcap_state) <= TOPCAP_STATE, "the description has room for less");

int bty_topcap_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct topcap_args *)args)->ends = !nconnected;
	return 0;
}

static uint64_t wall_minus_monotonic(void)
{
	struct timespec wall, mono;

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	return (uint64_t)(wall.tv_sec - mono.tv_sec) * 1000000000ULL + (uint64_t)(wall.tv_nsec - mono.tv_nsec);
}

int bty_topcap_open(const void *args, struct bty_env *env, const struct bty_open *o, struct bty_err *err)
{
	const struct topcap_args *a = args;
	struct topcap_state *s = env->state;
	FILE *f = fopen(a->file, "we");
	pcap_t *pcap;

	if (!f)
		return bty_fail(err, -errno, "%s: %s: %s: cannot be written: %s", o->file, o->element, a->file,
				strerror(errno));
	setvbuf(f, NULL, _IOFBF, BUFFER);
	pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, a->snaplen, PCAP_TSTAMP_PRECISION_NANO);
	if (pcap)
		s->dump = pcap_dump_fopen(pcap, f);
	if (!s->dump) {
		bty_fail(err, -EIO, "%s: %s: %s: %s", o->file, o->element, a->file,
			 pcap ? pcap_geterr(pcap) : "out of memory");
		fclose(f);
	}
	if (pcap)
		pcap_close(pcap);
	if (!s->dump)
		return -EIO;
	pthread_mutex_init(&s->lock, NULL);
	s->wall_ns = wall_minus_monotonic();
	return 0;
}

void bty_topcap_close(const void *args, void *state)
{
	const struct topcap_args *a = args;
	struct topcap_state *s = state;
	FILE *f = pcap_dump_file(s->dump);

	if (!s->failed && (pcap_dump_flush(s->dump) || ferror(f)))
		fprintf(stderr, "batchy-agent: %s: cannot be written: %s; it is not whole\n", a->file, strerror(errno));
	pcap_dump_close(s->dump);
	pthread_mutex_destroy(&s->lock);
}

static void write_packet(const struct topcap_args *a, struct topcap_state *s, const struct bty_pkt *p, uint64_t now_ns)
{
	uint64_t ns = s->wall_ns + (p->meta->ts_ns ? p->meta->ts_ns : now_ns);
	uint32_t len = bty_len(p);
	const struct pcap_pkthdr h = {
		.ts = { .tv_sec = ns / 1000000000, .tv_usec = ns % 1000000000 }, /* nanoseconds, as the header says */
		.caplen = len < a->snaplen ? len : a->snaplen,
		.len = len,
	};

	if (s->failed || (a->limit_pkts && s->written >= a->limit_pkts)) {
		s->beyond++;
		return;
	}
	pcap_dump((u_char *)s->dump, &h, p->data);
	s->written++;
}

void bty_topcap_process(struct bty_batch *b, const void *args, struct bty_env *env)
{
	const struct topcap_args *a = args;
	struct topcap_state *s = env->state;
	uint32_t i;

	pthread_mutex_lock(&s->lock);
	for (i = 0; i < b->n; i++) {
		write_packet(a, s, &b->pkt[i], env->now_ns);
		b->verdict[i] = a->ends ? bty_drop(SINK) : 0;
	}
	if (!s->failed && ferror(pcap_dump_file(s->dump))) {
		s->failed = errno ? errno : EIO;
		fprintf(stderr, "batchy-agent: %s: cannot be written: %s; no more packets are\n", a->file,
			strerror(s->failed));
	}
	pthread_mutex_unlock(&s->lock);
}

struct json_t *bty_topcap_report(const void *args, void *const *state, int n)
{
	const struct topcap_state *s = state[0];

	return json_pack("{s:I, s:I, s:b}", "written", (json_int_t)s->written, "not_written", (json_int_t)s->beyond,
			 "failed", s->failed != 0);
}
