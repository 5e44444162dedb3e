/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which capabilities this process holds; used by attach and user/load (to refuse in words) and by doctor. */
#ifndef USER_LIB_CAPS_H
#define USER_LIB_CAPS_H

#include "err.h"

struct bty_cap {
	int number;
	const char *name; /* "CAP_BPF" */
	const char *why;  /* what needs it */
	int required;	  /* to attach */
};

/* Those that matter here; ends with a NULL name. */
extern const struct bty_cap bty_caps[];

/* 1 when the process holds capability number effectively (CAP_SYS_ADMIN stands for CAP_BPF and CAP_PERFMON too). */
int bty_cap_held(int number);

/* 0 when everything that attach requires is held, else -EPERM with err naming what is missing. */
int bty_caps_missing(struct bty_err *err);

#endif
