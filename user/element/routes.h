/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes as text: arguments of IPLookup and lines of its FILE. Called by iplookup.c. */
#ifndef USER_ELEMENT_ROUTES_H
#define USER_ELEMENT_ROUTES_H

#include <stddef.h>
#include <elements/iplookup.h>

#include "../lib/err.h"

/*
 * "PREFIX/LEN [GATEWAY] PORT"; `-` stands for no gateway; key_only: "PREFIX/LEN" will do. r is zero. Returns 0, or -EINVAL
 * with what is wrong in why. What struct bty_table_ops asks for, and so the next.
 */
int bty_route_parse(const void *args, const char *s, int key_only, void *r, struct bty_err *why);

void bty_route_print(const void *args, const void *r, char *buf, size_t size);

#endif
