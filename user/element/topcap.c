// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ToPcap: one capture for all workers, which take turns, a batch at a time. The file is opened and locked when the pipeline is
 * about to run, and overwritten once it does. Bytes are collected here, so that it is known which packets the file has.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>
#include <elements/topcap.h>

#include "user/config/conf.h"
#include "user/lib/log.h"

#define BUFFER	 (1 << 20)
#define NANO	 0xa1b23c4dU /* pcap-savefile(5): times in nanoseconds */
#define ETHERNET 1

struct file_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, snaplen, link;
};

struct packet_header {
	uint32_t sec, ns, caplen, len;
};

struct topcap_state {
	pthread_mutex_t lock;
	int fd;
	uint8_t regular; /* not /dev/null */
	uint8_t made;	 /* there was no such file */
	uint8_t begun;	 /* it is overwritten */
	uint8_t *buf;
	uint32_t used, first, waiting; /* bytes in buf; of these, before the first packet; packets in it */
	uint64_t whole;		       /* bytes of the file, up to the end of a packet */
	uint64_t wall_ns;	       /* CLOCK_REALTIME - CLOCK_MONOTONIC */
	uint64_t written, beyond;      /* packets in the file, and those that are in neither file nor buf */
	int failed;		       /* errno of the write that did */
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

/* Never waits, as a pipe would make it. Returns 0, or -errno with why set. */
static int open_file(struct topcap_state *s, const char *path, struct bty_err *why)
{
	const int flags = O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	struct stat st;

	s->fd = open(path, flags);
	if (s->fd < 0 && errno == ENOENT) {
		s->fd = open(path, flags | O_CREAT | O_EXCL, 0666);
		s->made = s->fd >= 0;
	}
	if (s->fd < 0 && errno == ENXIO)
		return bty_fail(why, -EINVAL, "not a file; give a file");
	if (s->fd < 0 || fstat(s->fd, &st))
		return bty_fail(why, -errno, "cannot be written: %m");
	s->regular = S_ISREG(st.st_mode);
	/* /dev/null and /dev/full */
	if (!s->regular && !(S_ISCHR(st.st_mode) && (st.st_rdev == makedev(1, 3) || st.st_rdev == makedev(1, 7))))
		return bty_fail(why, -EINVAL, "not a file; give a file");
	/* where there are no locks nothing can be said */
	if (s->regular && flock(s->fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		return bty_fail(
			why, -EBUSY,
			"another ToPcap writes it, of this pipeline or of one that runs; give each a file of its own");
	return 0;
}

/* A file that nothing was written to is left as it was found. */
static void close_file(const struct topcap_args *a, struct topcap_state *s)
{
	if (s->made && !s->begun)
		unlink(a->file);
	if (s->fd >= 0)
		close(s->fd);
	free(s->buf);
}

int bty_topcap_open(const void *args, struct bty_env *env, const struct bty_open *o, struct bty_err *err)
{
	const struct topcap_args *a = args;
	struct topcap_state *s = env->state;
	struct bty_err why;
	int ret = open_file(s, a->file, &why);

	if (!ret) {
		s->buf = malloc(BUFFER);
		ret = s->buf ? 0 : bty_fail(&why, -ENOMEM, "out of memory");
	}
	if (ret) {
		close_file(a, s);
		return bty_fail(err, ret, "%s: %s: %s: %s", o->file, o->element, a->file, why.msg);
	}
	pthread_mutex_init(&s->lock, NULL);
	s->wall_ns = wall_minus_monotonic();
	return 0;
}

/* What of buf the file has counts, up to the last whole packet; the rest of it is taken off again. */
static void settle(const struct topcap_args *a, struct topcap_state *s, uint32_t done)
{
	uint32_t at = s->first, n = 0, next;
	struct packet_header h;

	while (n < s->waiting) {
		memcpy(&h, s->buf + at, sizeof(h));
		next = at + sizeof(h) + h.caplen;
		if (next > done)
			break;
		at = next;
		n++;
	}
	s->written += n;
	s->beyond += s->waiting - n;
	s->whole += at <= done ? at : 0;
	if (s->failed && s->used && s->regular && ftruncate(s->fd, (off_t)s->whole))
		bty_warn("%s: ends within a packet: %s", a->file, strerror(errno));
	s->used = s->first = s->waiting = 0;
}

static void flush(const struct topcap_args *a, struct topcap_state *s)
{
	uint32_t done = 0;
	ssize_t n;

	while (done < s->used && !s->failed) {
		n = write(s->fd, s->buf + done, s->used - done);
		if (n > 0)
			done += n;
		else if (!n || errno != EINTR)
			s->failed = n ? errno : EIO;
	}
	if (s->failed && s->used)
		bty_warn("%s: cannot be written: %s; it ends with the last whole packet, the rest is not_written",
			 a->file, strerror(s->failed));
	settle(a, s, done);
}

static void begin(const struct topcap_args *a, struct topcap_state *s)
{
	const struct file_header h = {
		.magic = NANO,
		.major = 2,
		.minor = 4,
		.snaplen = a->snaplen,
		.link = ETHERNET,
	};

	if (s->begun)
		return;
	s->begun = 1;
	if (s->regular && ftruncate(s->fd, 0)) {
		s->failed = errno;
		bty_warn("%s: cannot be overwritten: %s", a->file, strerror(errno));
		return;
	}
	memcpy(s->buf, &h, sizeof(h));
	s->used = s->first = sizeof(h);
}

void bty_topcap_start(const void *args, void *state)
{
	struct topcap_state *s = state;

	pthread_mutex_lock(&s->lock);
	begin(args, s);
	pthread_mutex_unlock(&s->lock);
}

void bty_topcap_close(const void *args, void *state)
{
	struct topcap_state *s = state;

	flush(args, s);
	close_file(args, s);
	pthread_mutex_destroy(&s->lock);
}

static void write_packet(const struct topcap_args *a, struct topcap_state *s, const struct bty_pkt *p, uint64_t now_ns)
{
	uint64_t ns = s->wall_ns + (p->meta->ts_ns ? p->meta->ts_ns : now_ns);
	uint32_t len = bty_len(p);
	const struct packet_header h = {
		.sec = ns / 1000000000,
		.ns = ns % 1000000000,
		.caplen = len < a->snaplen ? len : a->snaplen,
		.len = len,
	};

	if (s->used + sizeof(h) + h.caplen > BUFFER)
		flush(a, s);
	if (s->failed || (a->limit_pkts && s->written + s->waiting >= a->limit_pkts)) {
		s->beyond++;
		return;
	}
	memcpy(s->buf + s->used, &h, sizeof(h));
	memcpy(s->buf + s->used + sizeof(h), p->data, h.caplen);
	s->used += sizeof(h) + h.caplen;
	s->waiting++;
}

void bty_topcap_process(struct bty_batch *b, const void *args, struct bty_env *env)
{
	const struct topcap_args *a = args;
	struct topcap_state *s = env->state;
	uint32_t i;

	pthread_mutex_lock(&s->lock);
	begin(a, s);
	for (i = 0; i < b->n; i++) {
		write_packet(a, s, &b->pkt[i], env->now_ns);
		b->verdict[i] = a->ends ? bty_drop(SINK) : 0;
	}
	pthread_mutex_unlock(&s->lock);
}

/* The file has all that came before. */
struct json_t *bty_topcap_report(const void *args, void *const *state, int n)
{
	struct topcap_state *s = state[0];
	struct json_t *report;

	pthread_mutex_lock(&s->lock);
	flush(args, s);
	report = json_pack("{s:I, s:I, s:b}", "written", (json_int_t)s->written, "not_written", (json_int_t)s->beyond,
			   "failed", s->failed != 0);
	pthread_mutex_unlock(&s->lock);
	return report;
}
