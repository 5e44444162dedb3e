/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this process, kernel and interface can do for batchy, found by trying (never by version) and without attaching
 * anything to an interface. Called by the doctor verb. A check fails when nothing can be attached without it, and
 * warns when something works less well.
 */
#ifndef USER_DOCTOR_DOCTOR_H
#define USER_DOCTOR_DOCTOR_H

enum bty_check_status { BTY_CHECK_OK, BTY_CHECK_WARN, BTY_CHECK_FAIL };

struct bty_check {
	const char *name; /* stable, for scripts: "af_xdp" */
	enum bty_check_status status;
	char why[256];
	char action[192]; /* "" when there is nothing to do */
};

#define BTY_CHECKS_MAX 64

struct bty_checks {
	int n;
	struct bty_check check[BTY_CHECKS_MAX];
};

/* Appends a check; why is a format. name and action are kept (action is copied). Returns 0, or -ENOSPC when full. */
int bty_check_add(struct bty_checks *c, const char *name, enum bty_check_status status, const char *action,
		  const char *why, ...) __attribute__((format(printf, 5, 6)));

/* Capabilities, memlock limit, bpffs, what dead agents left. */
void bty_doctor_process(struct bty_checks *c);

/* BTF, program and map types, helpers, qdiscs. */
void bty_doctor_kernel(struct bty_checks *c);

/* One interface: XDP and AF_XDP of its driver, other programs, MTU, offloads, channels. */
void bty_doctor_iface(struct bty_checks *c, const char *iface);

#endif
