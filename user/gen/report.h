/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a verb found, as text or as one JSON document on stdout. Called once, at the end, by main. */
#ifndef USER_GEN_REPORT_H
#define USER_GEN_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "account.h"
#include "options.h"
#include "rx.h"
#include "sender.h"

/* Returns 0, -ENOMEM or -EIO when stdout does not take it. */
int gen_report_send(const struct gen_send_opts *o, const struct gen_send_report *r, unsigned int frame_len);
int gen_report_sink(const struct gen_sink_opts *o, const struct gen_account *a, const struct gen_rx_stats *st);

#endif
