/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FromPcap(FILE, LOOP bool, TIMING keep|fast, SCALE x, BURST n): the packets of a capture (pcap or pcapng, Ethernet), which is
 * read whole before anything runs. LOOP begins again at the end, for ever. TIMING fast (the default) is as fast as possible,
 * BURST packets at a time, or as many as a batch holds; keep leaves the distances as they were captured, and SCALE, which
 * implies it, multiplies them: 0.5 is twice as fast. What was captured of a packet is all that is sent of it.
 * Ports: no input, 1 out. Drops: too_big beyond the frame, no_memory when there is none. Source: Click's FromDump.
 */
#ifndef ELEMENTS_FROMPCAP_H
#define ELEMENTS_FROMPCAP_H

#include <batchy/element.h>

#define frompcap_FRAMEWORK 1

struct frompcap_args {
	double scale;
	__u32 burst;
	__u8 loop;
	__u8 scale_given;
	__u8 timing_given;
	__u8 keep;
	char timing[BTY_NAME_LEN];
	char device[BTY_NAME_LEN];
	char file[256];
};

#ifndef __bpf__
struct frompcap_packet {
	__u64 at_ns; /* after the first, as it is to leave */
	__u64 offset;
	__u32 len;
	__u32 pad;
};

struct frompcap_state {
	__u8 *bytes;
	struct frompcap_packet *pkt;
	__u64 nbytes, size;
	__u32 n, room;
	__u32 cut; /* of which less was captured than there was */
	__u32 next;
	__u32 most; /* packets in one tick */
	__u32 pad;
	__u64 loops, start_ns, span_ns; /* of this loop's first packet; of a loop */
};
#endif

#ifdef BTY_DESCRIBE
/* user/element/frompcap.c */
int bty_frompcap_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err);
int bty_frompcap_open(const void *args, struct bty_env *env, const struct bty_open *o, struct bty_err *err);
void bty_frompcap_close(const void *args, void *state);
void bty_frompcap_tick(const void *args, struct bty_env *env);
struct json_t *bty_frompcap_report(const void *args, void *const *state, int n);

static uint32_t frompcap_frames(const void *args, uint32_t vec)
{
	return vec;
}

static const struct bty_arg frompcap_arg[] = {
	{ .keyword = "FILE",
	  .what = "capture, of Ethernet",
	  .type = BTY_ARG_FILE,
	  .positional = 1,
	  .required = 1,
	  .offset = offsetof(struct frompcap_args, file) },
	{ .keyword = "LOOP",
	  .what = "whether it begins again at its end",
	  .type = BTY_ARG_BOOL,
	  .positional = 2,
	  .offset = offsetof(struct frompcap_args, loop),
	  .deflt = "false" },
	{ .keyword = "TIMING",
	  .what = "keep the distances between packets, or fast",
	  .type = BTY_ARG_NAME,
	  .offset = offsetof(struct frompcap_args, timing),
	  .given_offset = offsetof(struct frompcap_args, timing_given),
	  .deflt = "fast" },
	{ .keyword = "SCALE",
	  .what = "keep them, times this",
	  .type = BTY_ARG_REAL,
	  .offset = offsetof(struct frompcap_args, scale),
	  .given_offset = offsetof(struct frompcap_args, scale_given),
	  .deflt = "1" },
	{ .keyword = "BURST",
	  .what = "packets sent at once; as many as a batch holds when not given",
	  .type = BTY_ARG_U32,
	  .offset = offsetof(struct frompcap_args, burst),
	  .min = 1,
	  .max = BTY_VEC_MAX },
	{ .keyword = "DEVICE",
	  .what = "as if received by this device, which a FromDevice names",
	  .type = BTY_ARG_NAME,
	  .offset = offsetof(struct frompcap_args, device) },
	BTY_ARGS_END,
};

BTY_FRAMEWORK(frompcap, .name = "FromPcap", .summary = "The packets of a capture.", .source = "Click's FromDump",
	      .kind = BTY_KIND_PACKET, .places = BTY_PLACE_WORKER, .nin = 0, .nout_min = 1, .nout_max = 1,
	      .ports = "0: every packet", .args_size = sizeof(struct frompcap_args), .args = frompcap_arg,
	      .finish = bty_frompcap_finish, .state_size = sizeof(struct frompcap_state), .open = bty_frompcap_open,
	      .close = bty_frompcap_close, .tick = bty_frompcap_tick, .frames = frompcap_frames,
	      .report = bty_frompcap_report);
#endif
#endif
