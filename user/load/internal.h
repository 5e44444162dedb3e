/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of user/load only. */
#ifndef USER_LOAD_INTERNAL_H
#define USER_LOAD_INTERNAL_H

#include "load.h"

/* An element as it is going to be, instead of as the graph has it: what programs are made of. */
struct bty_instance {
	int el;
	const void *args;
	const int *table_fd; /* BTY_MAX_TABLES; -1: none */
};

/* with: NULL, or the one element that differs */
static inline const void *bty_args_of(const struct bty_datapath *dp, int i, const struct bty_instance *with)
{
	return with && with->el == i ? with->args : dp->graph->el[i].args;
}

/*
 * Makes the tables of el from entries, and sets what in args depends on them. was, was_fd: those it has now, of which kept ones
 * are handed on; NULL for none. table[] is all zero, fd[] all -1 before; to be freed in either case. Returns 0 or -errno with err
 * set.
 */
int bty_tables_make(struct bty_datapath *dp, const struct bty_element *el, void *args,
		    const struct bty_entries *entries, const struct bty_table *was, const int *was_fd,
		    struct bty_table *table, int *fd, struct bty_err *err);
void bty_tables_free(struct bty_table *table, int *fd);

/* Opens the object of element i with its configuration and the shared maps, not loaded. */
int bty_program_open(struct bty_datapath *dp, int i, const struct bty_instance *with, struct bpf_object **out,
		     struct bty_err *err);

/* Loads the program of element i. *prog_fd: to be closed. Returns 0 or -errno with err set. */
int bty_program_load(struct bty_datapath *dp, int i, const struct bty_instance *with, int *prog_fd,
		     struct bty_err *err);

/* Puts a program in the place of element i in the program array. */
int bty_program_enter(struct bty_datapath *dp, int i, int prog_fd, struct bty_err *err);

/* Hands the maps of dp to an object: table N as bty_tableN for element i, as bty_tableN_I for element I. Returns 0 or -errno. */
int bty_program_maps(const struct bty_datapath *dp, int i, const struct bty_instance *with, struct bpf_object *obj);
void bty_program_count_insns(struct bty_datapath *dp, int fd);

/*
 * Compiles (unless with changes tables only) and loads the program that begins at FromDevice entry. Returns 0 or -errno with err
 * set; *f is to be freed in either case.
 */
int bty_fused_make(struct bty_datapath *dp, int entry, const struct bty_instance *with, struct bty_fused *f,
		   struct bty_err *err);
/* Its program. */
int bty_fused_fd(const struct bty_fused *f);
void bty_fused_free(struct bty_fused *f);

/* That of each FromDevice; on failure none. */
int bty_fused_load(struct bty_datapath *dp, struct bty_err *err);

/* 1 when the interface has no XDP program, or one that the libxdp dispatcher can share it with. Removes what a killed
 * agent left in a dispatcher. */
int bty_dispatcher_possible(uint32_t ifindex);

/* Attaches element el (a FromDevice) to device dev through the dispatcher. Returns 0 or -errno, with nothing attached. */
int bty_dispatcher_attach(struct bty_datapath *dp, int el, int dev, int mode, struct bty_dispatched **out);
void bty_dispatcher_detach(struct bty_dispatched *d);

/* Begins to count what the kernel drops behind ToDevice in XDP; warns when it cannot. Nothing to do without one. */
void bty_txwatch_start(struct bty_datapath *dp);
void bty_txwatch_stop(struct bty_datapath *dp);
/* The program of this device is attached. */
void bty_txwatch_attached(struct bty_datapath *dp, int dev);

/* Explains -EPERM: which capability of those the agent needs is missing. Returns code. */
int bty_fail_privilege(struct bty_err *err, int code, const char *what);

#endif
