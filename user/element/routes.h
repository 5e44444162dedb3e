/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes as text: arguments of IPLookup and lines of its FILE. Called by iplookup.c when a pipeline is read. */
#ifndef USER_ELEMENT_ROUTES_H
#define USER_ELEMENT_ROUTES_H

#include <stddef.h>
#include <elements/iplookup.h>

#include "../lib/err.h"

struct bty_routes {
	size_t n, size;
	struct iplookup_route *r;
};

/*
 * "PREFIX/LEN [GATEWAY] PORT"; `-` stands for no gateway. Returns NULL, or what was wrong and what was expected.
 */
const char *bty_route_parse(const char *s, struct iplookup_route *r);

/* Appends; returns 0 or -ENOMEM with err set. */
int bty_routes_add(struct bty_routes *routes, const struct iplookup_route *r, struct bty_err *err);

/* Appends the routes of a file; returns 0 or -errno with err set ("file:line: ..."). */
int bty_routes_read(struct bty_routes *routes, const char *file, struct bty_err *err);

void bty_routes_free(struct bty_routes *routes);

#endif
