/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the agent writes into a program's .rodata before loading it: the verifier sees constants, drops the branches this
 * instance does not need, and turns its tail calls into direct jumps.
 */
#ifndef MAPS_CFG_H
#define MAPS_CFG_H

#include <linux/types.h>
#include <batchy/abi.h>

#define BTY_NEXT_NONE	  0xffffffffU
#define BTY_MAX_FLOW_ENDS 4 /* flows that may end at one XDP element */

struct bty_flow_end {
	__u32 flow_plus1; /* 0: unused */
	__u32 marks;	  /* bits of bty_meta.marks the packet must carry */
};

struct bty_el_cfg {
	__u32 id;		 /* index in the stats map */
	__u32 mark;		 /* set in bty_meta.marks on entry */
	__u32 next[BTY_MAX_OUT]; /* index in the program array */
	struct bty_flow_end flow_end[BTY_MAX_FLOW_ENDS];
	__u64 args[BTY_ARGS_SIZE / 8]; /* the element's own struct */
};

/* args of the framework's programs */
struct bty_entry_args {
	__u32 port_base; /* first receive port of the device */
	__u32 nrxq;	 /* its receive queues */
	__u32 device;
	__u32 pad;
};

struct bty_queue_args {
	__u32 queue;  /* number of the Queue element */
	__u32 nports; /* lanes of a queue, one for each receive port at least: lane = queue * nports + port */
};

struct bty_todevice_args {
	__u32 device; /* key in the device map */
	__u32 pad;
};

#endif
