// SPDX-License-Identifier: GPL-2.0-or-later
/* Which CPU this is, and the file that is named after it; called by costs.c and file.c. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "../lib/profiles.h"
#include "internal.h"

/* Without blanks at the ends, one where there are several. */
static void squeeze(const char *s, char *buf, size_t size)
{
	size_t n = 0;

	for (; *s && n + 1 < size; s++) {
		if (isprint((unsigned char)*s) && !isspace((unsigned char)*s))
			buf[n++] = *s;
		else if (n && buf[n - 1] != ' ')
			buf[n++] = ' ';
	}
	while (n && buf[n - 1] == ' ')
		n--;
	buf[n] = 0;
}

/* What a line of /proc/cpuinfo says of name; NULL: something else. */
static const char *value_of(const char *line, const char *name)
{
	size_t n = strlen(name);
	const char *colon = strchr(line, ':');

	return colon && !strncmp(line, name, n) && (isspace((unsigned char)line[n]) || line[n] == ':') ? colon + 1
												       : NULL;
}

/* x86 has a model name; ARM an implementer and a part, or the machine. */
static void read_cpuinfo(FILE *f, char *buf, size_t size)
{
	char line[512], part[64] = "", maker[64] = "", text[160];
	const char *v;

	while (!buf[0] && fgets(line, sizeof(line), f)) {
		v = value_of(line, "model name");
		if (v)
			squeeze(v, buf, size);
		v = value_of(line, "CPU implementer");
		if (v)
			squeeze(v, maker, sizeof(maker));
		v = value_of(line, "CPU part");
		if (v)
			squeeze(v, part, sizeof(part));
	}
	if (buf[0] || !part[0])
		return;
	snprintf(text, sizeof(text), "ARM %s part %s", maker, part);
	squeeze(text, buf, size);
}

char *bty_cpu_model(char *buf, size_t size)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	struct utsname u;

	buf[0] = 0;
	if (f) {
		read_cpuinfo(f, buf, size);
		fclose(f);
	}
	if (!buf[0])
		snprintf(buf, size, "%s", uname(&u) ? "unknown" : u.machine);
	return buf;
}

/* Letters, digits and dashes, in lower case. */
static void file_name(const char *cpu, char *buf, size_t size)
{
	size_t n = 0;

	for (; *cpu && n + 1 < size; cpu++) {
		if (isalnum((unsigned char)*cpu))
			buf[n++] = tolower((unsigned char)*cpu);
		else if (n && buf[n - 1] != '-')
			buf[n++] = '-';
	}
	while (n && buf[n - 1] == '-')
		n--;
	buf[n] = 0;
	if (!n)
		snprintf(buf, size, "unknown");
}

int bty_costs_path(char *path, size_t size, struct bty_err *err)
{
	char folder[PATH_MAX], cpu[BTY_COST_CPU], name[BTY_COST_CPU];
	struct bty_err why;

	if (bty_profiles_folder(folder, sizeof(folder), &why))
		return bty_fail(err, -ENOENT, "folder of the profiles: %s; give a costs file", why.msg);
	file_name(bty_cpu_model(cpu, sizeof(cpu)), name, sizeof(name));
	if (snprintf(path, size, "%s/costs/%s.json", folder, name) >= (int)size)
		return bty_fail(err, -ENAMETOOLONG, "%s/costs/%s.json: too long a path; give a costs file", folder,
				name);
	return 0;
}
