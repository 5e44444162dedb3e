/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the kernel takes freplace programs, and the libxdp dispatcher our entry program. Main thread. */
#ifndef USER_LOAD_FREPLACE_H
#define USER_LOAD_FREPLACE_H

/* libxdp's messages are for -v only. */
void bty_libxdp_init(void);

/* 0 when it does, else -errno of the load that failed. The answer is kept for the life of the process. */
int bty_freplace_probe(void);

/*
 * The same for the dispatcher of this machine's libxdp and a program that changes packets: kernels since 6.12 let it replace
 * only a program that does so too, and the dispatcher before libxdp 1.5.5 does not.
 */
int bty_dispatcher_probe(void);

#endif
