// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the folder of the profiles; called where a default pipeline or a costs file is looked for. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "profiles.h"

static int has_profiles(const char *folder)
{
	char file[PATH_MAX + 16];

	snprintf(file, sizeof(file), "%s/host.click", folder);
	return !access(file, R_OK);
}

int bty_profiles_folder(char *path, size_t size, struct bty_err *err)
{
	static const char *const beside[] = { "../share/batchy/profiles", "../profiles" };
	char exe[PATH_MAX] = "";
	char *slash;
	size_t i;

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		exe[0] = 0;
	slash = strrchr(exe, '/');
	if (slash)
		*slash = 0;
	for (i = 0; slash && i < sizeof(beside) / sizeof(beside[0]); i++)
		if (snprintf(path, size, "%s/%s", exe, beside[i]) < (int)size && has_profiles(path))
			return 0;
	snprintf(path, size, "%s", BTY_PROFILES);
	if (has_profiles(path))
		return 0;
	return bty_fail(err, -ENOENT, "%s/host.click: not there", BTY_PROFILES);
}
