// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * FromPcap: reads a capture into memory when the pipeline starts, so that a bad one is refused before anything runs and no
 * worker waits for a disk; tick(), on the worker's thread, copies packets out of it.
 */
#include <errno.h>
#include <jansson.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <elements/frompcap.h>

#include "port.h"
#include "user/config/conf.h"
#include "user/lib/file.h"

#define MAX_BYTES (1ULL << 30)
#define MAX_GAP	  3600000000000ULL /* an hour between two packets is a clock that was set */

int bty_frompcap_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	struct frompcap_args *a = args;

	if (strcmp(a->timing, "keep") && strcmp(a->timing, "fast"))
		return bty_conf_fail(conf, -1, err, "TIMING '%s': expected keep or fast", a->timing);
	if (a->scale_given && !(a->scale > 0))
		return bty_conf_fail(conf, -1, err, "SCALE %g: expected more than 0", a->scale);
	a->keep = !strcmp(a->timing, "keep") || a->scale_given;
	if (a->scale_given && a->timing_given && !strcmp(a->timing, "fast"))
		return bty_conf_fail(conf, -1, err, "TIMING fast and SCALE: expected one of them");
	return 0;
}

static void *grow(void *p, __u64 n, __u64 *size, size_t item)
{
	__u64 want = *size ? *size : 4096;
	void *more;

	while (want < n)
		want *= 2;
	if (want == *size)
		return p;
	more = realloc(p, want * item);
	if (more)
		*size = want;
	return more;
}

static int add(struct frompcap_state *s, __u64 *npkts, const struct pcap_pkthdr *h, const u_char *data, uint64_t at_ns)
{
	void *p = grow(s->pkt, s->n + 1ULL, npkts, sizeof(*s->pkt));

	if (!p)
		return -ENOMEM;
	s->pkt = p;
	p = grow(s->bytes, s->nbytes + h->caplen, &s->size, 1);
	if (!p)
		return -ENOMEM;
	s->bytes = p;
	memcpy(s->bytes + s->nbytes, data, h->caplen);
	s->pkt[s->n++] = (struct frompcap_packet){ .at_ns = at_ns, .offset = s->nbytes, .len = h->caplen };
	s->nbytes += h->caplen;
	s->cut += h->caplen < h->len;
	return 0;
}

/* All packets. Times never go back: what the capture says to be earlier than the packet before it comes with that. */
static int read_packets(pcap_t *pcap, const struct frompcap_args *a, struct frompcap_state *s, struct bty_err *err)
{
	uint64_t ns, last = 0, at = 0;
	__u64 npkts = 0;
	struct pcap_pkthdr *h;
	const u_char *data;
	int ret;

	while ((ret = pcap_next_ex(pcap, &h, &data)) == 1) {
		ns = (uint64_t)h->ts.tv_sec * 1000000000ULL + h->ts.tv_usec; /* nanoseconds, as asked for */
		if (s->n && ns > last)
			at += ns - last < MAX_GAP ? ns - last : MAX_GAP;
		last = ns > last ? ns : last;
		if (s->nbytes + h->caplen > MAX_BYTES)
			return bty_fail(
				err, -EFBIG,
				"%s: packet %u: more than %llu MiB of packets; take a part of it, as with editcap -r",
				a->file, s->n + 1, MAX_BYTES >> 20);
		if (add(s, &npkts, h, data, (uint64_t)((double)at * a->scale)))
			return bty_fail(err, -ENOMEM, "%s: packet %u: out of memory", a->file, s->n + 1);
	}
	if (ret != PCAP_ERROR_BREAK)
		return bty_fail(err, -EINVAL, "%s: packet %u: %s", a->file, s->n + 1, pcap_geterr(pcap));
	if (!s->n)
		return bty_fail(err, -ENODATA, "%s: no packet in it; expected a capture with some", a->file);
	return 0;
}

static int read_file(const struct frompcap_args *a, struct frompcap_state *s, struct bty_err *err)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	struct bty_err why;
	const char *link;
	pcap_t *pcap;
	FILE *f;
	int ret = bty_file_stream(a->file, &f, &why);

	if (ret)
		return bty_fail(err, ret, "%s: %s; expected a capture", a->file, why.msg);
	pcap = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, text);
	if (!pcap) {
		fclose(f);
		return bty_fail(err, -EINVAL, "%s: %s; expected a capture", a->file, text);
	}
	link = pcap_datalink_val_to_name(pcap_datalink(pcap));
	if (pcap_datalink(pcap) != DLT_EN10MB)
		ret = bty_fail(err, -EINVAL, "%s: link type %s (%d); expected a capture of Ethernet", a->file,
			       link ? link : "unknown", pcap_datalink(pcap));
	else
		ret = read_packets(pcap, a, s, err);
	pcap_close(pcap);
	return ret;
}

void bty_frompcap_close(const void *args, void *state)
{
	struct frompcap_state *s = state;

	free(s->bytes);
	free(s->pkt);
}

int bty_frompcap_open(const void *args, struct bty_env *env, const struct bty_open *o, struct bty_err *err)
{
	const struct frompcap_args *a = args;
	struct frompcap_state *s = env->state;
	int ret = bty_port_open(a->device, env, o, err);

	if (!ret)
		ret = read_file(a, s, err);
	if (ret) {
		bty_frompcap_close(a, s);
		return ret;
	}
	s->most = a->burst && a->burst < o->vec ? a->burst : o->vec;
	s->room = o->room;
	/* between two loops a gap as between two packets */
	s->span_ns = s->pkt[s->n - 1].at_ns;
	s->span_ns += s->n > 1 ? s->span_ns / (s->n - 1) : 0;
	if (a->keep && a->loop && !s->span_ns)
		s->span_ns = 1000;
	env->wake_ns = env->now_ns;
	return 0;
}

static void send_packet(const struct frompcap_state *s, struct bty_env *env)
{
	const struct frompcap_packet *k = &s->pkt[s->next];
	struct bty_pkt p;

	if (bty_new(env, k->len, &p))
		return;
	memcpy(p.data, s->bytes + k->offset, k->len);
	bty_emit(env, 0, &p);
}

void bty_frompcap_tick(const void *args, struct bty_env *env)
{
	const struct frompcap_args *a = args;
	struct frompcap_state *s = env->state;
	uint32_t i;

	if (!s->loops && !s->next)
		s->start_ns = env->now_ns;
	for (i = 0; i < s->most; i++) {
		if (a->keep && s->start_ns + s->pkt[s->next].at_ns > env->now_ns) {
			env->wake_ns = s->start_ns + s->pkt[s->next].at_ns;
			return;
		}
		send_packet(s, env);
		if (++s->next < s->n)
			continue;
		s->next = 0;
		s->loops++;
		s->start_ns += s->span_ns;
		if (!a->loop)
			return;
	}
	env->wake_ns = env->now_ns;
}

struct json_t *bty_frompcap_report(const void *args, void *const *state, int n)
{
	const struct frompcap_state *s = state[0];

	return json_pack("{s:I, s:I, s:I}", "packets_in_file", (json_int_t)s->n, "cut", (json_int_t)s->cut, "loops",
			 (json_int_t)s->loops);
}
