/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a decision into the queues' control blocks while traffic runs. Called by user/control on the main thread. */
#ifndef USER_APPLY_APPLY_H
#define USER_APPLY_APPLY_H

#include "../decide/decide.h"

/* Stores what changed on every receive port. Returns 1 when workers must look again: a deadline or trigger went down. */
int bty_apply(const struct bty_datapath *dp, const struct bty_decision *d, int nqueues);

/* Moves queues to where the decision has them; see bty_run_move(). What cannot be moved stays. */
void bty_apply_servers(struct bty_run *run, const struct bty_decision *d, int nqueues);

#endif
