/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for what placement decided. Used by the text and graphviz forms of a graph. */
#ifndef USER_GRAPH_SHOW_H
#define USER_GRAPH_SHOW_H

#include "graph.h"

/* "xdp", "worker", "xdp+worker", "none" */
const char *bty_show_place(unsigned int place);

/* "xsk", "worker", "-" */
const char *bty_show_backend(enum bty_backend backend);

#endif
