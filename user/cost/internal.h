/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of user/cost only. */
#ifndef USER_COST_INTERNAL_H
#define USER_COST_INTERNAL_H

#include "cost.h"

#define BTY_COST_VERSION 1
#define BTY_COST_CPU	 128
#define BTY_COST_DATE	 24
#define BTY_COST_KERNEL	 72

struct bty_cost_entry {
	char *class_name; /* or of bty_cost_io_name() */
	char *args;	  /* as bty_cost_args() has them; NULL: any, from a file that does not say */
	uint64_t entries; /* of its tables */
	struct bty_cost_fit fit;
	struct bty_cost_how how;
	char date[BTY_COST_DATE]; /* "" when not known */
	char kernel[BTY_COST_KERNEL];
};

struct bty_costs {
	char cpu[BTY_COST_CPU]; /* "" when the file does not say */
	char stale[2 * BTY_COST_CPU + 64];
	struct bty_cost_entry *el;
	int n, size;
	struct bty_cost_entry io[BTY_COST_NIO]; /* class_name NULL: not profiled */
};

/* 0 when every number is one and none absurd, else -ERANGE. */
int bty_cost_fit_check(const struct bty_cost_fit *fit);

/* Takes over the strings of e, also when it fails with -ENOMEM. */
int bty_costs_add(struct bty_costs *c, struct bty_cost_entry *e);

/* Copies all of from into c. Returns 0 or -ENOMEM. */
int bty_costs_merge(struct bty_costs *c, const struct bty_costs *from);

/* Sets what stale() says. */
void bty_costs_compare_cpu(struct bty_costs *c);

/* From and to JSON. where: the file, for messages. */
int bty_costs_parse(const char *text, size_t len, const char *where, struct bty_costs **out, struct bty_err *err);
struct json_t *bty_costs_to_json(const struct bty_costs *c);

#endif
