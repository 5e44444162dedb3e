/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the kernel takes freplace programs, and so the libxdp dispatcher. Main thread. */
#ifndef USER_LOAD_FREPLACE_H
#define USER_LOAD_FREPLACE_H

/* 0 when it does, else -errno of the load that failed. The answer is kept for the life of the process. */
int bty_freplace_probe(void);

#endif
