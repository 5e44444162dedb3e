/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The compiled BPF objects inside the agent: "entry", "queue", "el_decipttl" ... Table written by scripts/bpf-blobs.sh. */
#ifndef USER_LOAD_BLOBS_H
#define USER_LOAD_BLOBS_H

struct bty_blob {
	const char *name;
	const unsigned char *start, *end;
};

extern const struct bty_blob bty_blobs[]; /* ends with a NULL name */

/* The object of that name, or NULL. */
const struct bty_blob *bty_blob_find(const char *name);

#endif
