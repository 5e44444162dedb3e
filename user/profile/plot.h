/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A picture of T(b) and its fit, drawn by gnuplot. Called by `batchy-agent profile --plot`. */
#ifndef USER_PROFILE_PLOT_H
#define USER_PROFILE_PLOT_H

#include "profile.h"

struct bty_plotted {
	const char *label;
	const struct bty_profiled *p;
};

/* 0 when file ends in .png or .svg and gnuplot is there, else -EINVAL or -ENOENT with err set. To be asked before measuring. */
int bty_plot_check(const char *file, struct bty_err *err);

/* Writes the picture. Returns 0 or -errno with err set; -EIO: gnuplot failed, what it says went to standard error. */
int bty_plot(const char *file, const struct bty_plotted *list, int n, struct bty_err *err);

#endif
