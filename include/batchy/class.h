/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An element's description, in user space: its ports, arguments, where it can run and how a batch is processed.
 * Each element header fills one with BTY_ELEMENT(); `user/element/` finds them by name. Nothing here is seen by BPF.
 */
#ifndef BATCHY_CLASS_H
#define BATCHY_CLASS_H

#include <stddef.h>
#include <stdint.h>
#include <batchy/abi.h>
#include <batchy/packet.h>

struct bty_env;
struct json_t;	 /* jansson's */
struct bty_conf; /* user/config/conf.h: the arguments as written, with their places in the file */
struct bty_err;
struct bty_table_ops; /* user/element/table.h */

#define BTY_HELD (-256) /* a verdict: the element keeps the packet, and emits or discards it later */

/* Packets on their way through a worker's graph. verdict[i]: output port >= 0, minus a drop reason, or BTY_HELD. */
struct bty_batch {
	uint32_t n;
	int16_t verdict[BTY_VEC_MAX];
	struct bty_pkt pkt[BTY_VEC_MAX];
};

enum bty_arg_type {
	BTY_ARG_U32,	 /* decimal or 0x hex, min..max */
	BTY_ARG_TIME_NS, /* 50us -> uint64_t ns; ns, us, ms, s */
	BTY_ARG_RATE,	 /* 10kpps -> uint64_t packets/s; pps, kpps, Mpps */
	BTY_ARG_REAL,	 /* double */
	BTY_ARG_BOOL,	 /* true/false, yes/no, 1/0 -> uint8_t */
	BTY_ARG_MAC,	 /* aa:bb:cc:dd:ee:ff -> uint8_t[6] */
	BTY_ARG_NAME,	 /* word -> char[BTY_NAME_LEN] */
	BTY_ARG_ADDR,	 /* IPv4 or IPv6 address -> struct bty_addr */
	BTY_ARG_BITRATE, /* 10Mbps -> uint64_t bits/s; bps, kbps, Mbps, Gbps */
	BTY_ARG_FILE,	 /* path -> char[256]; relative to the pipeline file */
};

/* One argument: `KEYWORD value`, or at its place among the positional ones. */
struct bty_arg {
	const char *keyword; /* "TRIGGER"; NULL for an argument that is positional only */
	const char *what;    /* for messages and `element list`: "packets that release the batch" */
	uint8_t type;	     /* enum bty_arg_type */
	uint8_t positional;  /* place among positional arguments + 1; 0: keyword only */
	uint8_t required;
	uint32_t offset;       /* of the value in the args struct */
	uint32_t given_offset; /* of a uint8_t set to 1 when given, or 0 for none */
	uint64_t min, max;     /* U32, TIME_NS and RATE; both 0: no bounds but the type's */
	const char *deflt;     /* as one would write it; NULL: all zero */
};

enum bty_place {
	BTY_PLACE_XDP = 1 << 0,
	BTY_PLACE_WORKER = 1 << 1,
	BTY_PLACE_TC = 1 << 2,
};

/* Elements that the framework itself carries out differ from those that are a function of the packet. */
enum bty_kind {
	BTY_KIND_PACKET,     /* foo_push() */
	BTY_KIND_FROMDEVICE, /* the entry program */
	BTY_KIND_TODEVICE,
	BTY_KIND_TOHOST,
	BTY_KIND_QUEUE,
	BTY_KIND_INFO, /* Flow: no ports, no packets */
};

/* An element that stands for several devices: user/graph/expand.c adds those that go with it. */
enum bty_expand {
	BTY_EXPAND_NOT,
	BTY_EXPAND_INPUTS,  /* a FromDevice for each */
	BTY_EXPAND_OUTPUTS, /* a ToDevice at output i for each */
};

/* What there is to know of devices: for devices(). */
struct bty_device_info {
	int ndev;
	int nout;
	int out_dev[BTY_MAX_OUT]; /* device that each output leads to at once, or -1 */
	const uint8_t (*mac)[6];  /* by device; NULL before the pipeline is loaded, and where there are none */
};

/* Where an instance is about to run: for open(). */
struct bty_open {
	const char *file; /* the pipeline, and the element in it, for messages */
	const char *element;
	uint32_t vec;  /* packets a batch holds at most */
	uint32_t room; /* bytes a packet may have in this pipeline's frames */
	int (*port_of)(const struct bty_open *o, const char *device); /* first receive port of a device, or -1 */
	const void *ctx;
};

struct bty_class {
	const char *name;    /* as written in a pipeline: "DecIPTTL" */
	const char *alias;   /* other names for it, as in other systems, between blanks; NULL: none */
	const char *symbol;  /* as in C: "decipttl" */
	const char *summary; /* one sentence */
	const char *source;  /* RFC, paper or system it comes from; NULL: ours */
	enum bty_kind kind;
	unsigned int places; /* enum bty_place */
	enum bty_expand expand;
	int nin; /* input ports, 0 or 1 (any number of connections to it) */
	int nout_min, nout_max;
	const char *ports; /* what each output port carries, for `element list` */
	size_t args_size;
	const struct bty_arg *args; /* ends with type entries whose what is NULL */
	const char *usage;	    /* for `element list`: arguments that no table says, as one writes them */
	/*
	 * For arguments a table cannot say (patterns, expressions): compiles conf into args, replaces the table.
	 * *nout: set to the number of output ports the arguments call for. Returns 0 or -errno with err set.
	 */
	int (*configure)(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);
	/*
	 * Once connections are known (nconnected: highest connected output + 1): what depends on them, and checks that
	 * need more than one argument. Returns 0 or -errno with err set. May be NULL.
	 */
	int (*finish)(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err);
	/*
	 * Called when devices have been numbered, and again when they are known. Returns 0, or -EINVAL with what is wrong
	 * in why. May be NULL.
	 */
	int (*devices)(void *args, const struct bty_device_info *info, struct bty_err *why);
	int ntables;
	/*
	 * Its entries and the tables made of them, see user/element/table.h: arguments that are not its keywords are
	 * entries, read after configure(). NULL without entries.
	 */
	const struct bty_table_ops *table_ops;
	size_t decision; /* BTY_DECISION_AT() of the decision graph in args that is all foo_push() evaluates; 0: none */
	/* One batch: fills b->verdict[0..n-1]. NULL unless kind is BTY_KIND_PACKET. Thread: the worker that owns env. */
	void (*process)(struct bty_batch *b, const void *args, struct bty_env *env);
	/*
	 * What follows is for elements that run in workers only. State of an instance, zeroed before open() and found in
	 * env->state: one for each worker, or with state_shared one for all, which the element then has to lock. A source
	 * (no input) runs in the first worker alone.
	 */
	size_t state_size;
	int state_shared;
	/*
	 * On the main thread before workers start, once for each state; env is that of the (first) worker. Returns 0 or -errno
	 * with err set. close(): after they have ended, once for each state that was opened.
	 */
	int (*open)(const void *args, struct bty_env *env, const struct bty_open *o, struct bty_err *err);
	void (*close)(const void *args, void *state);
	/*
	 * On the main thread, between open() and close(), once nothing can refuse the pipeline any more: what elements do to the
	 * world outside belongs here. Workers may be running, and have packets before. Not called for what is refused.
	 */
	void (*start)(const void *args, void *state);
	/* Called once env->wake_ns has come, which is 0 then; to be called again the element sets it. */
	void (*tick)(const void *args, struct bty_env *env);
	/*
	 * The most packets it holds, and the most it emits for one batch of vec packets or in one tick, together: as many
	 * frames there are for it. What it emits beyond is dropped as no_memory. NULL: none.
	 */
	uint32_t (*frames)(const void *args, uint32_t vec);
	/* What it has to tell beside its counters; state[0..n-1] of its workers, which may be running. May be NULL. */
	struct json_t *(*report)(const void *args, void *const *state, int n);
};

/* A source makes packets; it has no input. */
static inline int bty_is_source(const struct bty_class *cls)
{
	return cls->kind == BTY_KIND_PACKET && !cls->nin;
}

/*
 * Used in element headers inside #ifdef BTY_DESCRIBE, which user/element/native.c alone defines: so a header may be
 * included anywhere without defining anything. FRAMEWORK: an element without a push function.
 */
#define BTY_ELEMENT(sym, ...)                                                            \
	static void process(struct bty_batch *b, const void *args, struct bty_env *env); \
	const struct bty_class bty_class_##sym = { .symbol = #sym, .process = process, __VA_ARGS__ }
#define BTY_FRAMEWORK(sym, ...) const struct bty_class bty_class_##sym = { .symbol = #sym, __VA_ARGS__ }

#define BTY_DECISION_AT(args, field) (offsetof(args, field) + 1)

#define BTY_ARGS_END { .what = NULL }

#endif
