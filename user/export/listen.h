/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns "ADDR:PORT" or "unix:PATH" into a listening socket; used by the metrics endpoint, and checked by the command line. */
#ifndef USER_EXPORT_LISTEN_H
#define USER_EXPORT_LISTEN_H

#include "../lib/err.h"

/*
 * address: "127.0.0.1:9100", "[::1]:9100", ":9100", "unix:/path" (a socket that nobody listens at any more is
 * replaced). Returns a non-blocking descriptor, or -errno with err set. unlink_path: what to remove at the end, "" for
 * TCP; 108 bytes, as in struct sockaddr_un.
 */
int bty_listen(const char *address, char *unlink_path, struct bty_err *err);

/* -EINVAL with err set when address is none of these; nothing is tried. */
int bty_listen_check(const char *address, struct bty_err *err);

#endif
