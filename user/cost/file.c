// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Costs files: reading them, and replacing one as a whole. Called by user/profile, and by whoever runs or models a pipeline.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#define MAX_BYTES (16 << 20)

static int read_all(int fd, const char *path, char **text, size_t *len, struct bty_err *err)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st))
		return bty_fail(err, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return bty_fail(err, -EINVAL, "%s: not a file; give the costs as a file", path);
	if (st.st_size > MAX_BYTES)
		return bty_fail(err, -E2BIG, "%s: more than %d MiB: no costs file", path, MAX_BYTES >> 20);
	*text = malloc(st.st_size + 1);
	if (!*text)
		return bty_fail(err, -ENOMEM, "%s: out of memory", path);
	for (*len = 0; *len < (size_t)st.st_size; *len += n) {
		n = read(fd, *text + *len, st.st_size - *len);
		if (n < 0)
			return bty_fail(err, -errno, "%s: cannot read: %s", path, strerror(errno));
		if (!n)
			break;
	}
	return 0;
}

/* may_miss: no file is no costs. */
static int read_file(const char *path, int may_miss, struct bty_costs **out, struct bty_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), ret;
	char *text = NULL;
	size_t len = 0;

	if (fd < 0 && errno == ENOENT && may_miss) {
		*out = bty_costs_new();
		return *out ? 0 : bty_fail(err, -ENOMEM, "%s: out of memory", path);
	}
	if (fd < 0)
		return bty_fail(err, -errno, "%s: cannot read costs: %s; make it with `batchy-agent profile -o %s'",
				path, strerror(errno), path);
	ret = read_all(fd, path, &text, &len, err);
	if (!ret)
		ret = bty_costs_parse(text, len, path, out, err);
	free(text);
	close(fd);
	return ret;
}

int bty_costs_read(const char *path, struct bty_costs **out, struct bty_err *err)
{
	char own[PATH_MAX];

	if (path)
		return read_file(path, 0, out, err);
	if (bty_costs_path(own, sizeof(own), NULL)) {
		*out = bty_costs_new();
		return *out ? 0 : bty_fail(err, -ENOMEM, "out of memory");
	}
	return read_file(own, 1, out, err);
}

static int fail_write(struct bty_err *err, const char *path, const char *what, int code)
{
	return bty_fail(err, code, "%s: %s: %s; give another file with -o FILE", path, what, strerror(-code));
}

/* The file that path means, links followed, and its folder; each of PATH_MAX bytes. */
static int resolve(const char *path, char *file, char *folder, struct bty_err *err)
{
	char own[PATH_MAX], copy[PATH_MAX];
	int ret;

	if (!path) {
		ret = bty_costs_path(own, sizeof(own), err);
		if (ret)
			return ret;
		snprintf(copy, sizeof(copy), "%s", own);
		if (mkdir(dirname(copy), 0755) && errno != EEXIST)
			return fail_write(err, own, "cannot make its folder", -errno);
		path = own;
	}
	if (strlen(path) >= PATH_MAX - 8)
		return bty_fail(err, -ENAMETOOLONG, "%.40s...: too long a path", path);
	if (!realpath(path, file)) {
		if (errno != ENOENT)
			return fail_write(err, path, "cannot write", -errno);
		snprintf(file, PATH_MAX, "%s", path);
	}
	snprintf(copy, sizeof(copy), "%s", file);
	snprintf(folder, PATH_MAX, "%s", dirname(copy));
	return 0;
}

/* What is there, which has to be of this CPU, or of one it does not name. */
static int read_old(const char *file, struct bty_costs **old, struct bty_err *err)
{
	int ret = read_file(file, 1, old, err);

	if (ret || !(*old)->stale[0])
		return ret;
	if ((*old)->cpu[0]) {
		ret = bty_fail(err, -EINVAL, "%s: %s; give another file with -o FILE, or delete this one", file,
			       (*old)->stale);
		bty_costs_free(*old);
		return ret;
	}
	bty_cpu_model((*old)->cpu, sizeof((*old)->cpu));
	return 0;
}

int bty_costs_check(const char *path, struct bty_err *err)
{
	char file[PATH_MAX], folder[PATH_MAX];
	struct bty_costs *old;
	int ret = resolve(path, file, folder, err);

	if (!ret)
		ret = read_old(file, &old, err);
	if (ret)
		return ret;
	bty_costs_free(old);
	if (access(folder, W_OK | X_OK))
		return fail_write(err, file, "cannot write", -errno);
	return 0;
}

/* Closes fd. */
static int write_json(int fd, const json_t *doc)
{
	FILE *f = fdopen(fd, "w");
	int ret;

	if (!f) {
		ret = -errno;
		close(fd);
		return ret;
	}
	ret = json_dumpf(doc, f, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) || fputc('\n', f) == EOF ? -EIO : 0;
	if (fflush(f) || fsync(fd) || fchmod(fd, 0644))
		ret = -errno;
	if (fclose(f) && !ret)
		ret = -errno;
	return ret;
}

static int replace(const char *file, int folder_fd, const json_t *doc, struct bty_err *err)
{
	char temp[PATH_MAX];
	int fd, ret;

	if (snprintf(temp, sizeof(temp), "%s.XXXXXX", file) >= (int)sizeof(temp))
		return fail_write(err, file, "cannot write", -ENAMETOOLONG);
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return fail_write(err, file, "cannot write", -errno);
	ret = write_json(fd, doc);
	if (!ret && rename(temp, file))
		ret = -errno;
	if (ret) {
		unlink(temp);
		return fail_write(err, file, "cannot write", ret);
	}
	/* it is in place in any case; this is for a crash of the machine */
	if (fsync(folder_fd))
		return fail_write(err, file, "cannot sync its folder", -errno);
	return 0;
}

static int merge(const char *file, int folder_fd, const struct bty_costs *c, struct bty_err *err)
{
	struct bty_costs *all;
	json_t *doc = NULL;
	int ret = read_old(file, &all, err);

	if (ret)
		return ret;
	if (!bty_costs_merge(all, c))
		doc = bty_costs_to_json(all);
	ret = doc ? replace(file, folder_fd, doc, err) : bty_fail(err, -ENOMEM, "%s: out of memory", file);
	json_decref(doc);
	bty_costs_free(all);
	return ret;
}

int bty_costs_save(const char *path, const struct bty_costs *c, struct bty_err *err)
{
	char file[PATH_MAX], folder[PATH_MAX];
	int fd, ret = resolve(path, file, folder, err);

	if (ret)
		return ret;
	/* two that profile at once both keep what the other wrote */
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX))
		ret = fail_write(err, file, "cannot lock its folder", -errno);
	else
		ret = merge(file, fd, c, err);
	if (fd >= 0)
		close(fd);
	return ret;
}
