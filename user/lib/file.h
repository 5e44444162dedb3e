/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening files that a user names. What is not a file (a pipe, a terminal) might keep the agent waiting, and with it everybody
 * who has a question. Called by user/graph and user/element, on the main thread.
 */
#ifndef USER_LIB_FILE_H
#define USER_LIB_FILE_H

#include <stdio.h>

#include "err.h"

/* Opens a file to be read; never waits. Returns it, to be closed by the caller, or -errno and why set: "not a file". */
int bty_file_open(const char *path, struct bty_err *why);

/* The same as a stream. Returns 0 and *out, or -errno with why set. */
int bty_file_stream(const char *path, FILE **out, struct bty_err *why);

#endif
