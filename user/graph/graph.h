/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A checked pipeline: element instances with compiled arguments, connections, flows with their objectives.
 * Made from a pipeline file by user/config and user/graph, completed by user/placement; afterwards only an update of tables
 * replaces args and entries of an element (user/load/load.h).
 */
#ifndef USER_GRAPH_GRAPH_H
#define USER_GRAPH_GRAPH_H

#include <stdint.h>
#include <stdio.h>
#include <batchy/abi.h>
#include <batchy/class.h>
#include "../config/vars.h"
#include "../element/entries.h"
#include "../lib/err.h"

enum bty_backend { BTY_BACKEND_NONE, BTY_BACKEND_XSK, BTY_BACKEND_WORKER };

struct bty_element {
	char name[BTY_NAME_LEN];
	const struct bty_class *cls;
	void *args;		     /* cls->args_size bytes, owned */
	struct bty_entries *entries; /* of a class with tables, owned; else NULL */
	struct bty_pos pos;
	char *config;	      /* arguments as written, blanks collapsed, owned; "" for none */
	int nout;	      /* output ports */
	int out[BTY_MAX_OUT]; /* element index each output leads to; -1: not connected */
	int nin_edges;	      /* connections that lead here */
	/* set by placement */
	unsigned int place;	  /* enum bty_place bits where it runs; 0 for information elements */
	enum bty_backend backend; /* of a Queue */
	int queue;		  /* of a Queue: its number, 0..nqueues-1; else -1 */
	int device;		  /* of FromDevice and ToDevice: index into devices; else -1 */
	/* set before placement, of a FromDevice: the source that takes its place where there is no device; both NULL: none */
	const struct bty_class *stand_in;
	void *stand_in_args; /* owned */
	uint32_t mark;	     /* bit to set in bty_meta.marks; 0: none */
};

struct bty_flow {
	char name[BTY_NAME_LEN];
	int path[BTY_MAX_PATH];		       /* element indices, in order */
	struct bty_pos path_pos[BTY_MAX_PATH]; /* where each is named */
	int npath;
	uint64_t delay_slo_ns; /* 0: no objective */
	uint64_t rate_slo_pps; /* 0: none */
	double percentile;     /* 95 */
	/* set by placement */
	uint32_t marks; /* bits that must be set in bty_meta.marks at the exit of the last element */
	int in_worker;	/* the last element runs in a worker: delay is measured */
};

struct bty_device {
	char name[16];
	int receives; /* some FromDevice names it */
};

struct bty_graph {
	char file[256];
	struct bty_element *el;
	int nel;
	struct bty_flow flow[BTY_MAX_FLOWS];
	int nflows;
	struct bty_device dev[BTY_MAX_DEVICES];
	int ndev;
	int nqueues;
	int queue_el[BTY_MAX_QUEUES]; /* queue number -> element index */
};

/*
 * Reads, parses and checks a pipeline file. iface: replaces $IFACE (NULL: $IFACE is an error, unless sets
 * has it). Returns 0 and *out (bty_graph_free), or -errno with err = "file:line:col: what: expected what".
 * Errors: -ENOENT, -EINVAL, -E2BIG, -ENOMEM.
 */
int bty_graph_load(const char *file, const char *iface, const struct bty_set *sets, int nsets, struct bty_graph **out,
		   struct bty_err *err);

/* The same from memory; file is used in messages and for relative paths. */
int bty_graph_parse(const char *text, size_t len, const char *file, const char *iface, const struct bty_set *sets,
		    int nsets, struct bty_graph **out, struct bty_err *err);

void bty_graph_free(struct bty_graph *g);

/* Element index by name, or -1. */
int bty_graph_find(const struct bty_graph *g, const char *name);

/* Text form of a placed graph, a line per element; or graphviz. */
void bty_graph_print(const struct bty_graph *g, FILE *f);
void bty_graph_print_dot(const struct bty_graph *g, FILE *f);

#endif
