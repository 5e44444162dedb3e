/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of user/load only. */
#ifndef USER_LOAD_INTERNAL_H
#define USER_LOAD_INTERNAL_H

#include "load.h"

/* Plans, creates, maps and fills the tables of every element. Returns 0 or -errno with err set. */
int bty_tables_create(struct bty_datapath *dp, struct bty_err *err);
void bty_tables_destroy(struct bty_datapath *dp);

/* Opens the object of element i with its configuration and the shared maps, not loaded. */
int bty_program_open(struct bty_datapath *dp, int i, struct bpf_object **out, struct bty_err *err);

/* Loads the program of element i and puts it in the program array. */
int bty_program_load(struct bty_datapath *dp, int i, struct bty_err *err);

/* Hands the maps of dp to an object: table N as bty_tableN for element i, as bty_tableN_I for element I. Returns 0 or -errno. */
int bty_program_maps(const struct bty_datapath *dp, int i, struct bpf_object *obj);
void bty_program_count_insns(struct bty_datapath *dp, int fd);

/* Compiles and loads one program for each FromDevice. Returns 0, or -errno with err set and nothing loaded. */
int bty_fused_load(struct bty_datapath *dp, struct bty_err *err);
/* Puts that of FromDevice entry in the program array. */
int bty_fused_enter(struct bty_datapath *dp, int entry, struct bty_err *err);
void bty_fused_unload(struct bty_datapath *dp);

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
