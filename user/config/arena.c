// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory of one parsed file; called by user/config. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

#define CHUNK 16384

struct bty_arena_chunk {
	struct bty_arena_chunk *next;
	size_t used, size;
	_Alignas(max_align_t) char data[];
};

void *bty_arena_alloc(struct bty_arena *arena, size_t size)
{
	struct bty_arena_chunk *c = arena->head;
	size_t room;

	size = (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (!c || c->size - c->used < size) {
		room = size > CHUNK ? size : CHUNK;
		c = calloc(1, sizeof(*c) + room);
		if (!c)
			return NULL;
		c->size = room;
		c->next = arena->head;
		arena->head = c;
	}
	c->used += size;
	return c->data + c->used - size;
}

char *bty_arena_strndup(struct bty_arena *arena, const char *s, size_t n)
{
	char *copy = bty_arena_alloc(arena, n + 1);

	if (copy)
		memcpy(copy, s, n);
	return copy;
}

void bty_arena_free(struct bty_arena *arena)
{
	struct bty_arena_chunk *c;

	while ((c = arena->head)) {
		arena->head = c->next;
		free(c);
	}
}

int bty_vec_grow(void **vec, size_t *cap, size_t n, size_t size)
{
	size_t want = *cap ? *cap * 2 : 16;
	void *p;

	if (n < *cap)
		return 0;
	p = realloc(*vec, want * size);
	if (!p)
		return -ENOMEM;
	*vec = p;
	*cap = want;
	return 0;
}
