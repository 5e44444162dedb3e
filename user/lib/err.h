/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One error message on its way to the user: what failed, why, what to do. Every function that can fail for a reason
 * the user should read takes a struct bty_err and returns -errno.
 */
#ifndef USER_LIB_ERR_H
#define USER_LIB_ERR_H

struct bty_err {
	char msg[1024];
};

struct bty_pos {
	int line; /* from 1; 0: no place */
	int col;  /* from 1 */
};

/* Sets err (may be NULL) and returns code, which is a negative errno. Any thread; err belongs to the caller. */
int bty_fail(struct bty_err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same with "file:line:col: " before it. */
int bty_fail_at(struct bty_err *err, int code, const char *file, struct bty_pos pos, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

#endif
