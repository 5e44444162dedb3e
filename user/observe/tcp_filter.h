/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `tcp --filter`: which connections are shown. "dport 80 and src 10.0.0.0/8", with and, or, not and parentheses over
 *   src|dst|host ADDR[/LEN]   sport|dport|port N[-M]   state NAME   comm NAME   pid N   ip | ip6
 */
#ifndef USER_OBSERVE_TCP_FILTER_H
#define USER_OBSERVE_TCP_FILTER_H

#include "tcp_diag.h"

struct bty_tcp_filter;

/* Returns 0 and *out (free() it), or -EINVAL/-ENOMEM with err set. */
int bty_tcp_filter_parse(const char *text, struct bty_tcp_filter **out, struct bty_err *err);

/* 1 when c is wanted. A NULL filter wants everything. */
int bty_tcp_filter_match(const struct bty_tcp_filter *f, const struct bty_tcp_conn *c);

#endif
