// SPDX-License-Identifier: GPL-2.0-or-later
/* Print: a line for each packet, on the worker's thread. */
#include <stdio.h>
#include <elements/print.h>

#define SECOND_NS 1000000000ULL
#define LINE	  1400

static void print_line(const struct print_args *a, const struct bty_pkt *p, uint64_t left_out)
{
	uint32_t len = bty_len(p), shown = len < a->maxlength ? len : a->maxlength, i, n;
	char line[LINE];

	n = snprintf(line, sizeof(line), "%s%s%4u |", a->label, *a->label ? ": " : "", len);
	for (i = 0; i < shown && n < sizeof(line) - 64; i++)
		n += snprintf(line + n, sizeof(line) - n, i % 4 ? "%02x" : " %02x", p->data[i]);
	if (left_out)
		n += snprintf(line + n, sizeof(line) - n, " (%llu left out before)", (unsigned long long)left_out);
	snprintf(line + n, sizeof(line) - n, "\n");
	fputs(line, stderr); /* in one piece: others write there too */
}

void bty_print_process(struct bty_batch *b, const void *args, struct bty_env *env)
{
	const struct print_args *a = args;
	struct print_state *s = env->state;
	uint32_t i;

	if (env->now_ns - s->second_ns >= SECOND_NS) {
		s->second_ns = env->now_ns;
		s->lines = 0;
	}
	for (i = 0; i < b->n; i++) {
		b->verdict[i] = 0;
		if (s->lines == a->rate_pps) {
			s->left_out++;
			continue;
		}
		s->lines++;
		print_line(a, &b->pkt[i], s->left_out);
		s->left_out = 0;
	}
}
