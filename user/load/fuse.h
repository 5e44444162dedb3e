/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One XDP program for all that a FromDevice leads to in XDP, instead of one for each element: its text (fuse.c) and its
 * compilation by clang while the pipeline is loaded (compile.c). Private to user/load, for `doctor`, and for tests.
 */
#ifndef USER_LOAD_FUSE_H
#define USER_LOAD_FUSE_H

#include <stddef.h>
#include "load.h"

struct bty_instance; /* internal.h */

/*
 * The program that begins at FromDevice entry of a placed graph, as C; with: an element that differs from the graph's, or NULL. Elements that do not run in XDP are left to the
 * program array. *text: to be freed. Returns 0 or -ENOMEM.
 */
int bty_fuse_text(const struct bty_datapath *dp, int entry, const struct bty_instance *with, char **text, size_t *len);

/* Whether element el is in that program. */
int bty_fuse_has(const struct bty_graph *g, int entry, int el);

/*
 * Compiles C to a BPF object with the clang that is installed; takes some 0.2 s, at most COMPILE_SECONDS. *object: to be freed.
 * Returns 0, -ENOENT without a clang, or -errno; err says why.
 */
int bty_compile(const char *text, size_t len, void **object, size_t *size, struct bty_err *err);

#endif
