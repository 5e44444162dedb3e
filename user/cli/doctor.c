// SPDX-License-Identifier: GPL-2.0-or-later
/* batchy-agent doctor: what works here, what does not, and what to do about it. */
#include <stdio.h>
#include <stdlib.h>

#include "../lib/log.h"
#include "../doctor/doctor.h"
#include "cli.h"

static const char doc[] =
	"Tries what this process, this kernel and IFACE can do, and says what to do where something is missing. "
	"Attaches nothing. "
	"Exit status 1 when a check fails, which means that nothing can be attached; warnings do not count.\v"
	"EXAMPLES:\n"
	"  batchy-agent doctor\n"
	"  batchy-agent doctor eth1\n"
	"  batchy-agent doctor eth1 --json | jq '.checks[] | select(.status != \"ok\")'\n";

static const char *const status_names[] = { "ok", "warn", "fail" };

static int print_json(const struct bty_checks *c)
{
	json_t *list = json_array();
	const struct bty_check *k;

	for (k = c->check; k < c->check + c->n; k++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s?}", "name", k->name, "status",
						      status_names[k->status], "why", k->why, "do",
						      k->action[0] ? k->action : NULL));
	return cli_print(json_pack("{s:o}", "checks", list));
}

static int print(const struct bty_checks *c)
{
	const struct bty_check *k;

	for (k = c->check; k < c->check + c->n; k++)
		printf("%-4s  %-14s  %s%s%s\n", status_names[k->status], k->name, k->why, k->action[0] ? "; " : "",
		       k->action);
	return cli_flush();
}

int cli_doctor(int argc, char **argv)
{
	struct bty_checks *c;
	char *iface;
	int i, status, failed = 0;

	cli_words("[IFACE]", doc, argc, argv, 1, &iface);
	c = calloc(1, sizeof(*c));
	if (!c)
		return cli_fail("doctor: out of memory");
	bty_log_init_libbpf();
	bty_doctor_process(c);
	bty_doctor_kernel(c);
	if (iface)
		bty_doctor_iface(c, iface);
	for (i = 0; i < c->n; i++)
		failed |= c->check[i].status == BTY_CHECK_FAIL;
	status = cli.json ? print_json(c) : print(c);
	free(c);
	return status ? status : failed ? CLI_FAILED : CLI_OK;
}
