// SPDX-License-Identifier: GPL-2.0-or-later
/* Logging to stderr; called from everywhere in user space. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <bpf/libbpf.h>

#include "log.h"

enum bty_log_level bty_log_max = BTY_LOG_INFO;

static void vlog(const char *fmt, va_list ap)
{
	size_t len = strlen(fmt);

	/* a verifier log has no bound: no buffer here; the lock keeps threads from mixing lines */
	flockfile(stderr);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, fmt, ap);
	if (!len || fmt[len - 1] != '\n')
		fputc('\n', stderr);
	funlockfile(stderr);
}

void bty_log(enum bty_log_level level, const char *fmt, ...)
{
	va_list ap;

	if (level > bty_log_max)
		return;
	va_start(ap, fmt);
	vlog(fmt, ap);
	va_end(ap);
}

static int libbpf_print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	enum bty_log_level as = BTY_LOG_DEBUG;

	if (level == LIBBPF_WARN)
		as = BTY_LOG_INFO;
	/* libbpf warns of failures that callers here explain themselves: shown with -v only */
	if (as >= bty_log_max)
		return 0;
	vlog(fmt, ap);
	return 0;
}

void bty_log_init_libbpf(void)
{
	libbpf_set_print(libbpf_print);
}
