/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A placed graph as BPF programs and maps in the kernel: one program per element in XDP, shared control blocks, tables.
 * Called by user/control on the main thread; user/run, user/observe and user/apply read and write through the mapped
 * control blocks.
 */
#ifndef USER_LOAD_LOAD_H
#define USER_LOAD_LOAD_H

#include <stdint.h>
#include <batchy/element.h>
#include <maps/cfg.h>
#include <maps/queue.h>
#include <maps/stats.h>
#include <maps/txloss.h>
#include "../element/gateways.h"
#include "../graph/graph.h"
#include "device.h"

struct bpf_link;
struct bpf_object;
struct bty_dispatched; /* user/load/dispatcher.c */

/* One XDP program for all elements in XDP (compiled by clang at load), or one for each, joined by tail calls. */
enum bty_fuse { BTY_FUSE_AUTO, BTY_FUSE_ON, BTY_FUSE_OFF };

/* The program of a FromDevice and of all it leads to in XDP; user/load/fused.c */
struct bty_fused {
	struct bpf_object *obj; /* NULL: none */
	void *elf;		/* as compiled, to be loaded again with other tables */
	size_t size;
};

enum bty_mode { BTY_MODE_AUTO, BTY_MODE_NATIVE, BTY_MODE_GENERIC };

/* A receive port: one receive queue of one device. */
struct bty_port {
	int dev; /* index in graph->dev */
	uint32_t rxq;
	int worker; /* who serves it */
};

#define BTY_TX_TRACEPOINTS 3

/* Programs that count what the kernel drops behind ToDevice in XDP: user/load/txloss.c */
struct bty_txwatch {
	struct bpf_object *obj; /* NULL: not running */
	struct bpf_link *link[BTY_TX_TRACEPOINTS];
};

struct bty_datapath {
	const struct bty_graph *graph;
	struct bty_netdev dev[BTY_MAX_DEVICES];
	int nports;
	struct bty_port port[BTY_MAX_PORTS];
	int nworkers;
	int nlanes; /* of one queue */
	int plain;  /* nothing of it is in the kernel: no devices, no programs, memory instead of maps */
	/* maps */
	int progs_fd, stats_fd, hot_fd, flows_fd, queues_fd, workers_fd, timers_fd, xsks_fd, devs_fd, wakeups_fd,
		gateways_fd;
	struct bty_queue *queues; /* mapped: lane = queue * nlanes + port (backend xsk) or + worker (backend worker) */
	struct bty_worker *workers; /* mapped */
	struct bty_table table[BTY_MAX_ELEMENTS][BTY_MAX_TABLES];
	struct bty_gateways gateways; /* rows mapped */
	/* private to user/load */
	int table_fd[BTY_MAX_ELEMENTS][BTY_MAX_TABLES];
	struct bpf_object *maps_obj;
	struct bty_fused fused[BTY_MAX_ELEMENTS];	    /* of each FromDevice */
	int prog_fd[BTY_MAX_ELEMENTS];			    /* -1: not in XDP */
	int link_fd[BTY_MAX_DEVICES];			    /* -1: not attached by a link */
	struct bty_dispatched *dispatched[BTY_MAX_DEVICES]; /* NULL: not attached through the dispatcher */
	struct bty_txwatch txwatch;
	int pin;			  /* links stay when the agent ends */
	char mode[BTY_MAX_DEVICES][12];	  /* native | generic */
	char attach[BTY_MAX_DEVICES][16]; /* link | dispatcher */
	int is_fused;
	uint64_t insns; /* verified instructions over all programs */
};

/*
 * The next generation of one element: arguments, entries, tables and program, made aside. What holds the running one after
 * bty_update_swap().
 */
struct bty_update {
	struct bty_datapath *dp;
	struct bty_element *el;
	int index; /* of el */
	void *args;
	struct bty_entries *entries;
	struct bty_table table[BTY_MAX_TABLES];
	int table_fd[BTY_MAX_TABLES];
	int prog_fd;				 /* -1: not in XDP, or fused */
	struct bty_fused fused[BTY_MAX_DEVICES]; /* that the element is part of ... */
	int entry[BTY_MAX_DEVICES];		 /* ... and begin there */
	int nfused;
};

struct bty_load_opts {
	int no_devices; /* tests: devices need not exist, one receive queue each */
	int plain;	/* and nothing in the kernel: for a graph that runs in a worker alone; needs no privilege */
	uint64_t deadline_ns; /* of queues that do not say; 0: each its own default */
	enum bty_fuse fuse;   /* auto: fused where clang is installed and the kernel takes the program */
};

static inline struct bty_queue *bty_lane(const struct bty_datapath *dp, int queue, int port_or_worker)
{
	return &dp->queues[queue * dp->nlanes + port_or_worker];
}

/*
 * Creates maps, fills tables, loads one program per XDP element. Attaches nothing. g must outlive *out.
 * Returns 0, or -errno with err set: -EPERM names the missing capability, -ENODEV a missing device.
 */
int bty_load(const struct bty_graph *g, const struct bty_load_opts *opts, struct bty_datapath **out,
	     struct bty_err *err);

/* Counters of the programs in XDP by element, summed over all CPUs; to be freed. NULL without memory. */
struct bty_el_stats *bty_xdp_stats(const struct bty_datapath *dp);

/*
 * Attaches the entry programs to every receiving device: through the libxdp dispatcher where the kernel allows it, else by a
 * link that ends with the agent, or is pinned. mode: enum bty_mode. To be called once everything
 * behind them is ready. On failure nothing is attached.
 */
int bty_attach(struct bty_datapath *dp, int mode, int pin, struct bty_err *err);

/* 1 when the graph works with native XDP only: ToHost behind a Queue. */
int bty_needs_native(const struct bty_graph *g);

/* Detaches: packets go to the host stack again. Harmless when not attached. Pins go too. */
void bty_detach(struct bty_datapath *dp);

/* Lets go of everything but what is pinned, which keeps counting and passes packets to the host stack. */
void bty_leave_pinned(struct bty_datapath *dp);

/* Detaches, closes and frees. NULL is harmless. */
void bty_unload(struct bty_datapath *dp);

/*
 * Makes the tables and the program of an element anew, from entries (taken in any case). g: dp's. Nothing that packets see
 * changes. Returns 0 and *out, or -errno with err set: -EPERM, -ENOMEM, -E2BIG when they do not fit.
 */
int bty_update_make(struct bty_datapath *dp, struct bty_graph *g, int el, struct bty_entries *entries,
		    struct bty_update **out, struct bty_err *err);

/*
 * Puts the update in place of what runs: each packet in XDP sees either the old generation or the new one, from here on the
 * new one. Workers still use the old one until bty_run_renew() has returned 0. The update then holds the old generation; swapping
 * again takes it back. Returns 0, or -errno with err set and nothing changed.
 */
int bty_update_swap(struct bty_update *u, struct bty_err *err);

/* Frees what an update holds; no worker may use it any more. NULL is harmless. */
void bty_update_free(struct bty_update *u);

/*
 * What the kernel dropped so far of the packets that ToDevices in XDP redirected to this device and counted as tx. To be
 * read before those counts, which then include it. All zero where it cannot be known.
 */
void bty_txloss_read(const struct bty_datapath *dp, int dev, struct bty_txloss *sum);

#endif
