/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which elements a packet must remember having passed, so that flows can be told apart. Used by placement.c. */
#ifndef USER_PLACEMENT_MARKS_H
#define USER_PLACEMENT_MARKS_H

#include "../graph/graph.h"

/*
 * Sets mark of elements, and marks and in_worker of flows, once elements are placed. Returns 0, or -EINVAL with err
 * set: a PATH that no packet can take, too many marks.
 */
int bty_place_marks(struct bty_graph *g, struct bty_err *err);

#endif
