// SPDX-License-Identifier: GPL-2.0-or-later
/* CPU lists; called by run.c. */
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

int bty_cpus_parse(const char *list, int *cpu, int *ncpus, struct bty_err *err)
{
	const char *s = list;
	long from, to;
	cpu_set_t set;
	char *end;

	*ncpus = 0;
	if (!list)
		return allowed_cpus(cpu, ncpus) ? bty_fail(err, -errno, "cannot tell which CPUs may be used") : 0;
	if (sched_getaffinity(0, sizeof(set), &set))
		return bty_fail(err, -errno, "cannot tell which CPUs may be used");
	while (*s) {
		from = to = strtol(s, &end, 10);
		if (end != s && *end == '-') {
			s = end + 1;
			to = strtol(s, &end, 10);
		}
		if (end == s || from < 0 || to < from || to >= CPU_SETSIZE || (*end && *end != ','))
			return bty_fail(err, -EINVAL, "--cpus %s: expected a list such as 0,2-3", list);
		for (; from <= to && *ncpus < BTY_MAX_WORKERS; from++) {
			if (!CPU_ISSET(from, &set))
				return bty_fail(err, -EINVAL,
						"--cpus %s: CPU %ld is not there, or not this process's to use", list,
						from);
			cpu[(*ncpus)++] = from;
		}
		s = *end ? end + 1 : end;
	}
	return *ncpus ? 0 : bty_fail(err, -EINVAL, "--cpus: empty; expected a list such as 0,2-3");
}
