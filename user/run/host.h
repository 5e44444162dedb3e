/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way from a worker to the host stack: a tap device per receiving device, whose packets a tc program moves to the
 * receive side of that device. Called by run.c; removed by the kernel when the agent ends, however it ends.
 */
#ifndef USER_RUN_HOST_H
#define USER_RUN_HOST_H

#include "../load/load.h"

/*
 * Opens a tap per receiving device when a ToHost runs in a worker. fd[dev] stays -1 where none. Returns 0 or -errno with err
 * set; -EOPNOTSUPP when XDP is to run in generic mode, which would take the packets in again.
 */
int bty_host_open(const struct bty_datapath *dp, int generic, int fd[BTY_MAX_DEVICES], struct bty_err *err);
void bty_host_close(int fd[BTY_MAX_DEVICES]);

#endif
