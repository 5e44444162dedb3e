/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of one parsed file, freed at once: the parser fails at any point of any input, and nothing may leak. Also the
 * one way its arrays grow. Used by user/config.
 */
#ifndef USER_CONFIG_ARENA_H
#define USER_CONFIG_ARENA_H

#include <stddef.h>

struct bty_arena {
	struct bty_arena_chunk *head;
};

/* size zeroed bytes, aligned for any type, or NULL. */
void *bty_arena_alloc(struct bty_arena *arena, size_t size);

/* A NUL-terminated copy of n bytes, or NULL. */
char *bty_arena_strndup(struct bty_arena *arena, const char *s, size_t n);

void bty_arena_free(struct bty_arena *arena);

/* Makes room for one more of the n elements of *vec, from malloc. Returns 0 or -ENOMEM; *vec stays valid. */
int bty_vec_grow(void **vec, size_t *cap, size_t n, size_t size);

#endif
