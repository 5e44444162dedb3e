// SPDX-License-Identifier: GPL-2.0-or-later
/* CPU lists; called by run.c, and by the command line before anything begins. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "internal.h"

static int allowed_cpus(int *cpu, int *ncpus)
{
	cpu_set_t set;
	int i;

	if (sched_getaffinity(0, sizeof(set), &set))
		return -errno;
	for (i = 0; i < CPU_SETSIZE && *ncpus < BTY_MAX_WORKERS; i++)
		if (CPU_ISSET(i, &set))
			cpu[(*ncpus)++] = i;
	return 0;
}

/* Takes "2" or "2-3" and the comma behind it. 0, or -EINVAL. */
static int take_range(const char **list, long *from, long *to)
{
	const char *s = *list;
	char *end;

	*from = *to = strtol(s, &end, 10);
	if (end != s && *end == '-') {
		s = end + 1;
		*to = strtol(s, &end, 10);
	}
	if (end == s || *from < 0 || *to < *from || (*end && *end != ','))
		return -EINVAL;
	*list = *end ? end + 1 : end;
	return 0;
}

int bty_cpus_check(const char *list, struct bty_err *err)
{
	const char *s = list;
	long from, to;

	do {
		if (take_range(&s, &from, &to))
			return bty_fail(err, -EINVAL, "--cpus %s: expected a list such as 0,2-3", list);
	} while (*s);
	return 0;
}

int bty_cpus_parse(const char *list, int *cpu, int *ncpus, struct bty_err *err)
{
	const char *s = list;
	long from, to;
	cpu_set_t set;

	*ncpus = 0;
	if (!list)
		return allowed_cpus(cpu, ncpus) ? bty_fail(err, -errno, "cannot tell which CPUs may be used") : 0;
	if (sched_getaffinity(0, sizeof(set), &set))
		return bty_fail(err, -errno, "cannot tell which CPUs may be used");
	if (bty_cpus_check(list, err))
		return -EINVAL;
	while (*s && !take_range(&s, &from, &to)) {
		for (; from <= to && *ncpus < BTY_MAX_WORKERS; from++) {
			if (from >= CPU_SETSIZE || !CPU_ISSET(from, &set))
				return bty_fail(err, -EINVAL,
						"--cpus %s: CPU %ld is not there, or not this process's to use", list,
						from);
			cpu[(*ncpus)++] = from;
		}
	}
	return 0;
}
