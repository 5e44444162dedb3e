/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ToPcap(FILE, SNAPLEN n, LIMIT n): writes packets into a capture (pcap, nanoseconds) as they pass, the first SNAPLEN bytes of
 * each and no more than LIMIT packets. Their time is that of their arrival where it is known (meta.h), else that of the batch.
 * FILE is overwritten once the pipeline runs; what is no file, and one that another ToPcap writes, is refused. When it cannot
 * be written to the end, it ends with the last whole packet. The worker waits for the disk.
 * Ports: 1 in, 0 or 1 out: every packet. Units: bytes, packets. Drops: sink when its output is not connected. Source: Click's
 * ToDump.
 */
#ifndef ELEMENTS_TOPCAP_H
#define ELEMENTS_TOPCAP_H

#include <batchy/element.h>

#define topcap_FRAMEWORK 1

struct topcap_args {
	__u32 snaplen;
	__u32 limit_pkts; /* 0: none */
	__u8 ends;	  /* packets end here */
	__u8 pad[7];
	char file[256];
};

#define TOPCAP_STATE 256 /* bytes; user/element/topcap.c alone knows what they are */

#ifdef BTY_DESCRIBE
/* user/element/topcap.c */
int bty_topcap_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err);
int bty_topcap_open(const void *args, struct bty_env *env, const struct bty_open *o, struct bty_err *err);
void bty_topcap_start(const void *args, void *state);
void bty_topcap_close(const void *args, void *state);
void bty_topcap_process(struct bty_batch *b, const void *args, struct bty_env *env);
struct json_t *bty_topcap_report(const void *args, void *const *state, int n);

static const struct bty_arg topcap_arg[] = {
	{ .keyword = "FILE",
	  .what = "capture to write",
	  .type = BTY_ARG_FILE,
	  .positional = 1,
	  .required = 1,
	  .offset = offsetof(struct topcap_args, file) },
	{ .keyword = "SNAPLEN",
	  .what = "bytes written of a packet at most",
	  .type = BTY_ARG_U32,
	  .offset = offsetof(struct topcap_args, snaplen),
	  .min = 1,
	  .max = 262144,
	  .deflt = "262144" },
	{ .keyword = "LIMIT",
	  .what = "packets written at most",
	  .type = BTY_ARG_U32,
	  .offset = offsetof(struct topcap_args, limit_pkts),
	  .min = 1,
	  .max = UINT32_MAX },
	BTY_ARGS_END,
};

BTY_FRAMEWORK(topcap, .name = "ToPcap", .summary = "Writes packets into a capture.", .source = "Click's ToDump",
	      .kind = BTY_KIND_PACKET, .places = BTY_PLACE_WORKER, .nin = 1, .nout_min = 0, .nout_max = 1,
	      .ports = "0: every packet", .args_size = sizeof(struct topcap_args), .args = topcap_arg,
	      .finish = bty_topcap_finish, .process = bty_topcap_process, .state_size = TOPCAP_STATE, .state_shared = 1,
	      .open = bty_topcap_open, .start = bty_topcap_start, .close = bty_topcap_close,
	      .report = bty_topcap_report);
#endif
#endif
