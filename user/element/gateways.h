/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IPv6 gateways of one pipeline by number, see batchy/gateway.h. Numbers are given when tables are filled, by user/load's
 * main thread or the one that makes an update, and never taken back: packets under way may carry them.
 */
#ifndef USER_ELEMENT_GATEWAYS_H
#define USER_ELEMENT_GATEWAYS_H

#include <stdint.h>
#include <batchy/abi.h>
#include "../lib/err.h"

struct bty_gateways {
	uint8_t (*addr)[16]; /* BTY_MAX_GATEWAYS of them, number 0 unused */
	uint32_t n;	     /* in use, without number 0 */
};

/* The number of a gateway, a new one when it has none. Returns it, or -E2BIG with err set. */
int bty_gateway_number(struct bty_gateways *g, const uint8_t addr[16], struct bty_err *err);

#endif
