/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sink's books: what arrived, what is missing, twice, late or damaged, and how long it took. Knows nothing of
 * sockets: it is fed frames with their arrival times. One writer.
 */
#ifndef USER_GEN_ACCOUNT_H
#define USER_GEN_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/err.h"
#include "../lib/hist.h"

/* How far behind the newest frame of its flow a frame can still be told from a duplicate. */
#define GEN_WINDOW 512

struct gen_flow {
	uint64_t window[GEN_WINDOW / 64]; /* bit (seq % GEN_WINDOW): arrived */
	uint64_t next;		 /* largest sequence number seen, plus one; 0: nothing seen. Wraps are counted in */
	uint64_t first;		 /* first sequence number seen */
	uint64_t unique;	 /* since the sender's last start */
	uint64_t missing_before; /* of runs of the sender that have ended */
	uint64_t newest_sent_ns; /* send time of the frame next - 1 */
	uint64_t received, duplicates, reordered;
};

struct gen_account {
	uint32_t n_flows; /* size of the table */
	bool joined;	  /* count what is missing from the first frame seen, not from sequence number 0 */
	uint16_t dport;	  /* 0: any */
	struct gen_flow *flow;

	uint64_t received; /* intact frames, duplicates too */
	uint64_t bytes;
	uint64_t duplicates;
	uint64_t reordered;  /* RFC 4737 type P: sequence number below the next expected */
	uint64_t beyond;     /* those of them that came too late to be told from a duplicate */
	uint64_t corrupted;  /* the payload check failed; their sequence numbers stay missing */
	uint64_t bad_ip;     /* intact payload, wrong IPv4 header checksum */
	uint64_t bad_udp;    /* intact payload, wrong UDP checksum */
	uint64_t unexpected; /* intact, of a flow beyond the table, or behind a port that was not asked for */
	uint64_t foreign;    /* no magic */
	uint64_t restarts;   /* times a flow began again at a lower number, sent later */
	uint64_t negative;   /* arrived before it was sent: clocks that do not agree; counted as a delay of 0 */
	uint64_t first_ns;   /* arrival */
	uint64_t last_ns;
	struct bty_hist delay;
	struct bty_hist gap; /* between arrivals */
};

struct gen_losses {
	uint64_t missing; /* sequence numbers that never arrived intact, up to the largest of each flow */
	uint64_t head;	/* those of them before the first frame of their flow: lost, or sent before the sink listened */
	uint32_t flows; /* with at least one frame */
};

/* Room for n_flows (1..65536) flows. Returns 0 or -ENOMEM. */
int gen_account_init(struct gen_account *a, uint32_t n_flows, struct bty_err *err);
void gen_account_free(struct gen_account *a);

/* One frame as it was on the wire, without FCS; arrival on the sender's clock, CLOCK_MONOTONIC. */
void gen_account_frame(struct gen_account *a, const uint8_t *data, size_t len, uint64_t arrival_ns);

/* Of one flow, and of all. */
uint64_t gen_account_flow_missing(const struct gen_account *a, const struct gen_flow *f);
void gen_account_losses(const struct gen_account *a, struct gen_losses *l);

#endif
