/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers with units, as users write them. Used by the pipeline language and the command line. */
#ifndef USER_LIB_UNITS_H
#define USER_LIB_UNITS_H

#include <stddef.h>
#include <stdint.h>

/* "50us", "1.5ms", "2s", "100ns" -> ns. A bare number is refused but for 0. Returns 0, -EINVAL or -ERANGE. */
int bty_parse_time_ns(const char *s, uint64_t *ns);

/* "10kpps", "1.5Mpps", "500pps" or a bare number -> packets/s. Returns 0, -EINVAL or -ERANGE. */
int bty_parse_rate_pps(const char *s, uint64_t *pps);

/* "10Mbps", "1.5Gbps", "64kbps", "9600bps" -> bits/s. A bare number is refused. Returns 0, -EINVAL or -ERANGE. */
int bty_parse_bitrate(const char *s, uint64_t *bps);

/* Decimal or 0x hexadecimal, whole string. Returns 0, -EINVAL or -ERANGE. */
int bty_parse_u64(const char *s, uint64_t *v);

/* Shortest exact form: 50000 -> "50us". buf of at least 24 bytes. Returns buf. */
char *bty_format_time(uint64_t ns, char *buf, size_t size);

#endif
