/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the agent of one network namespace keeps its socket and its lock: /run/batchy/<inode of the namespace>.sock and
 * .lock. Used by the command line (client), the control server and doctor.
 */
#ifndef USER_CONTROL_PATHS_H
#define USER_CONTROL_PATHS_H

#include <stddef.h>
#include "../lib/err.h"

/* "/run/batchy"; tests point it at a folder of their own. */
extern const char *bty_run_dir;

/* bty_run_dir/<inode of this network namespace><suffix> into buf. Returns 0 or -errno. */
int bty_run_path(const char *suffix, char *buf, size_t size);

/* Makes bty_run_dir (0755) when it is missing. Returns 0 or -errno with err set. */
int bty_run_mkdir(struct bty_err *err);

/*
 * Takes the right to be the agent of this network namespace. Returns a file descriptor to give to bty_run_unlock(),
 * -EWOULDBLOCK (err untouched) while another process holds it, or another -errno with err set.
 */
int bty_run_lock(struct bty_err *err);

/* Gives it back; the lock file goes. */
void bty_run_unlock(int fd);

#endif
