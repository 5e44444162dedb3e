/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What elements cost, as measured by `batchy-agent profile`: T(b) = t0 + t1 * b nanoseconds for a batch of b packets, by
 * element instance, kept in a JSON file for each CPU model. Read by user/observe, user/model and user/bench on the main thread.
 */
#ifndef USER_COST_COST_H
#define USER_COST_COST_H

#include <stddef.h>
#include <stdint.h>
#include "../graph/graph.h"
#include "../lib/err.h"

struct bty_costs; /* what a file holds */

#define BTY_COST_MAX_NS 1e9 /* nothing costs more: what a file or an estimate says beyond is absurd */

/* A fit of T(b); times in ns. */
struct bty_cost_fit {
	double t0_ns, t1_ns;
	double t0_err_ns, t1_err_ns; /* half the width of a 95 % confidence interval */
	double resid_ns;	     /* median absolute residual */
	uint32_t rounds;	     /* 0: from a file that does not say, as the original's */
};

/* How it was measured, for whoever reads the file. */
struct bty_cost_how {
	uint32_t b_min, b_max;
	uint32_t samples, left_out; /* left_out of the samples: the machine was interrupted */
};

/* What a Queue of backend xsk costs beside its elements. */
enum bty_cost_io { BTY_COST_WAKEUP, BTY_COST_RECEIVE, BTY_COST_TRANSMIT, BTY_COST_NIO };

enum bty_cost_match {
	BTY_COST_NONE,	/* nothing of that class */
	BTY_COST_CLASS, /* of the class, with other arguments or tables of another size */
	BTY_COST_EXACT, /* the same arguments, tables of the same size */
};

/*
 * Reads a file of ours, or the original's {"Class": {"T_0": ns, "T_1": ns, "stat": text}}. path NULL: the file of this CPU
 * below the profiles' folder; that one may be missing (*out is then empty). Returns 0 and *out (bty_costs_free), or -errno
 * with err = "file: what: why; what to do". A file of another CPU is read, and stale() says so.
 */
int bty_costs_read(const char *path, struct bty_costs **out, struct bty_err *err);
void bty_costs_free(struct bty_costs *c); /* NULL is harmless */

/* "measured on CPU X, this is CPU Y", or NULL. */
const char *bty_costs_stale(const struct bty_costs *c);

/* The fit that is nearest to an element instance; c may be NULL. fit is set unless BTY_COST_NONE is returned. */
enum bty_cost_match bty_costs_find(const struct bty_costs *c, const struct bty_element *el, struct bty_cost_fit *fit);

/* The same for people: "exact", "none", or of BTY_COST_CLASS what is different. Returns buf. */
char *bty_costs_explain(const struct bty_costs *c, const struct bty_element *el, char *buf, size_t size);

/* Returns 0, or -ENODATA when it was not profiled. c may be NULL. */
int bty_costs_io(const struct bty_costs *c, enum bty_cost_io io, struct bty_cost_fit *fit);

/* "exact", "class", "none"; "wakeup", "receive", "transmit". */
const char *bty_cost_match_name(enum bty_cost_match m);
const char *bty_cost_io_name(enum bty_cost_io io);

/* --- for whoever measures: user/profile */

/* Nothing yet, of this CPU and kernel, today. NULL without memory. */
struct bty_costs *bty_costs_new(void);

/* Enters a fit, in place of one of the same instance. Returns 0, -ENOMEM, or -ERANGE when it is no number or absurd. */
int bty_costs_put(struct bty_costs *c, const struct bty_element *el, const struct bty_cost_fit *fit,
		  const struct bty_cost_how *how);
int bty_costs_put_io(struct bty_costs *c, enum bty_cost_io io, const struct bty_cost_fit *fit,
		     const struct bty_cost_how *how);

/* How many fits of elements there are. */
int bty_costs_count(const struct bty_costs *c);

/*
 * The arguments of el in the form that tells instances apart: those of an argument table by keyword, in its order, without
 * those that are what they are by default; entries of tables and FILE left out, as only how many there are counts. To be freed;
 * NULL without memory.
 */
char *bty_cost_args(const struct bty_element *el);

/*
 * The file of this CPU, profiles/costs/<cpu>.json: path of at least PATH_MAX bytes. Returns 0 or -errno with err set when there
 * is no folder of profiles.
 */
int bty_costs_path(char *path, size_t size, struct bty_err *err);

/*
 * Whether bty_costs_save() would succeed, to be asked before measuring: the file is new or ours to write, can be read, and
 * is of this CPU. path NULL: bty_costs_path(), whose folder is made. Returns 0 or -errno with err set.
 */
int bty_costs_check(const char *path, struct bty_err *err);

/*
 * Puts what is in c into the file, in place of what it has of the same instances; all else stays. The file is replaced as a
 * whole: whoever reads it sees the old or the new one, also after a crash. Returns 0 or -errno with err set and the file as it was.
 */
int bty_costs_save(const char *path, const struct bty_costs *c, struct bty_err *err);

/* The model of CPU this runs on: "Intel(R) Xeon(R) ...". buf of at least 128 bytes. Returns buf. */
char *bty_cpu_model(char *buf, size_t size);

#endif
