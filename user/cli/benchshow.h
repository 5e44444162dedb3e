/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The results of `batchy-agent bench`, shown. Called by bench.c. */
#ifndef USER_CLI_BENCHSHOW_H
#define USER_CLI_BENCHSHOW_H

#include <jansson.h>
#include "../bench/bench.h"

/* A new reference; NULL without memory. */
json_t *bench_json(const struct bty_bench_opts *o, const struct bty_bench *b);

void bench_print(const struct bty_bench_opts *o, const struct bty_bench *b);

#endif
