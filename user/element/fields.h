/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields of packets and their values as text, for elements that match on them. Called by exactmatch.c and wildcardmatch.c. */
#ifndef USER_ELEMENT_FIELDS_H
#define USER_ELEMENT_FIELDS_H

#include <stddef.h>
#include <batchy/match.h>

#include "../lib/err.h"

enum bty_field_kind {
	BTY_FIELD_NUMBER,
	BTY_FIELD_HEX, /* a digit pair for each byte */
	BTY_FIELD_IPV4,
	BTY_FIELD_IPV6,
	BTY_FIELD_MAC,
};

struct bty_conf;

/*
 * The arguments `FIELDS field ...` and `DEFAULT port` of conf. *deflt: BTY_MATCH_DROP without the latter; *nout: outputs it
 * calls for. Returns 0 or -EINVAL with err set.
 */
int bty_fields_configure(const struct bty_conf *conf, struct bty_fields *f, struct bty_field_names *names, __u32 *deflt,
			 int *nout, struct bty_err *err);

/*
 * A value for each field at *s, which is moved behind them. key, mask: zero before; mask NULL: every bit of every field counts.
 * Returns 0, or -EINVAL with what is wrong in why.
 */
int bty_values_parse(const struct bty_field_names *names, const char **s, __u8 key[BTY_KEY_SIZE],
		     __u8 mask[BTY_KEY_SIZE], struct bty_err *why);

/* The same as text, each with a blank behind it. Returns the number of characters, all that would be written. */
size_t bty_values_print(const struct bty_field_names *names, const __u8 *key, const __u8 *mask, char *buf, size_t size);

/* A whole number, 0 to max, at *s, which is moved behind it and blanks. Returns 0 or -EINVAL with why: what is expected. */
int bty_number_parse(const char **s, const char *what, unsigned int max, unsigned int *v, struct bty_err *why);

#endif
