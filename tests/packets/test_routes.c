// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IPLookup against the kernel's own routing: the same random routes in this network namespace, over devices that lead nowhere, and
 * `ip route get` for thousands of addresses of both families; in XDP and natively.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>
#include <arpa/inet.h>

#include "gen.h"
#include "rig.h"

#define DEVICES	  4 /* d0 ...: one for each output, an end of a veth pair */
#define ROUTES	  1500
#define ADDRESSES 3000
#define NOWHERE	  -1

static struct rig rig;
static char routes[] = "/tmp/bty_kroutes_XXXXXX", batch[] = "/tmp/bty_kbatch_XXXXXX";

static void run(const char *fmt, ...)
{
	char command[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (system(command))
		fail_msg("%s failed", command);
}

/* Where the kernel itself must not look: multicast, loopback, link-local, this host. */
static int is_special(int v6, const uint8_t *a)
{
	if (v6)
		return a[0] != 0x20 || a[1] < 1;
	return a[0] == 0 || a[0] == 127 || a[0] >= 224;
}

static void random_addr(struct gen *g, int v6, uint8_t *a)
{
	do {
		gen_fill(g, a, 16);
		if (v6)
			memcpy(a, "\x20\x01", 2);
		else if (gen_chance(g, 70))
			a[0] = 10;
		/* few networks, so that prefixes nest */
		if (gen_chance(g, 60))
			a[v6 ? 2 : 1] &= 3;
		if (v6 && gen_chance(g, 60))
			memset(a + 3, 0, 11);
	} while (is_special(v6, a));
}

static void mask(uint8_t *a, int len, int size)
{
	int i;

	for (i = 0; i < size; i++)
		a[i] &= len >= 8 * (i + 1) ? 0xff : len <= 8 * i ? 0 : 0xff << (8 * (i + 1) - len);
}

/* Routes of one family, each prefix once, for IPLookup and for the kernel. */
static void write_routes(struct gen *g, int v6, uint8_t (*known)[16])
{
	FILE *ours = fopen(routes, "w"), *kernel = fopen(batch, "w");
	char text[INET6_ADDRSTRLEN];
	uint8_t a[16];
	int i, len;

	assert_non_null(ours);
	assert_non_null(kernel);
	for (i = 0; i < ROUTES; i++) {
		random_addr(g, v6, a);
		len = v6 ? 16 + gen_below(g, 113) : 8 + gen_below(g, 25);
		mask(a, len, v6 ? 16 : 4);
		memcpy(known[i], a, 16);
		inet_ntop(v6 ? AF_INET6 : AF_INET, a, text, sizeof(text));
		fprintf(ours, "%s/%d %d\n", text, len, i % DEVICES);
		/* a later route for the same prefix replaces the earlier, as in IPLookup */
		fprintf(kernel, "route replace %s/%d dev d%d\n", text, len, i % DEVICES);
	}
	fclose(ours);
	fclose(kernel);
	run("ip -%d -batch %s", v6 ? 6 : 4, batch);
}

/* One line of `ip -o route get`: the device's number, or NOWHERE. */
static int parse_answer(const char *line)
{
	const char *dev = strstr(line, " dev d");

	return dev && !strstr(line, "unreachable") ? atoi(dev + 6) : NOWHERE;
}

static void ask_kernel(int v6, uint8_t (*addr)[16], int *answer)
{
	FILE *f = fopen(batch, "w");
	char text[INET6_ADDRSTRLEN], line[512], command[128];
	int i;

	assert_non_null(f);
	for (i = 0; i < ADDRESSES; i++) {
		inet_ntop(v6 ? AF_INET6 : AF_INET, addr[i], text, sizeof(text));
		fprintf(f, "route get %s\n", text);
	}
	fclose(f);
	/* an address without a route is an error, told on standard error in its place */
	snprintf(command, sizeof(command), "ip -o -force -%d -batch %s 2>&1 | grep -v '^Command failed'", v6 ? 6 : 4,
		 batch);
	f = popen(command, "r");
	assert_non_null(f);
	for (i = 0; i < ADDRESSES && fgets(line, sizeof(line), f); i++)
		answer[i] = parse_answer(line);
	pclose(f);
	assert_int_equal(i, ADDRESSES);
}

static int route(int v6, const uint8_t *addr)
{
	static struct rig_result bpf, native;
	uint8_t frame[64] = { 0 };

	memcpy(frame + 12, v6 ? "\x86\xdd\x60" : "\x08\x00\x45", 3);
	memcpy(frame + (v6 ? 38 : 30), addr, v6 ? 16 : 4);
	assert_int_equal(rig_run_bpf(&rig, frame, sizeof(frame), &bpf), 0);
	rig_run_native(&rig, frame, sizeof(frame), &native);
	assert_int_equal(bpf.port, native.port);
	return bpf.port;
}

static void compare(int v6)
{
	static uint8_t known[ROUTES][16], addr[ADDRESSES][16];
	struct gen g = { .seed = v6 ? 0x66 : 0x44 };
	int answer[ADDRESSES], i, here, found = 0;
	char text[INET6_ADDRSTRLEN], arg[64];
	const char *args[2] = { arg, NULL };
	struct bty_err err;

	write_routes(&g, v6, known);
	for (i = 0; i < ADDRESSES; i++) {
		random_addr(&g, v6, addr[i]);
		if (i % 3) {
			memcpy(addr[i], known[gen_below(&g, ROUTES)], 16);
			addr[i][gen_below(&g, v6 ? 16 : 4)] ^= 1 << gen_below(&g, 8);
			addr[i][v6 ? 15 : 3] ^= 1 + gen_below(&g, 2);
		}
		if (is_special(v6, addr[i]))
			memcpy(addr[i], known[0], 16);
	}
	ask_kernel(v6, addr, answer);
	snprintf(arg, sizeof(arg), "FILE %s", routes);
	if (rig_configure(&rig, bty_class_find("IPLookup"), args, 0, &err) ||
	    rig_load(&rig, bty_class_find("IPLookup"), &err))
		fail_msg("%s", err.msg);
	for (i = 0; i < ADDRESSES; i++) {
		here = route(v6, addr[i]);
		found += here != NOWHERE;
		inet_ntop(v6 ? AF_INET6 : AF_INET, addr[i], text, sizeof(text));
		if (here != answer[i])
			fail_msg("%s: output %d, the kernel says %d", text, here, answer[i]);
	}
	print_message("%d of %d addresses have a route\n", found, ADDRESSES);
	assert_in_range(found, ADDRESSES / 4, ADDRESSES - 1);
}

static void ipv4_as_the_kernel(void **state)
{
	compare(0);
}

static void ipv6_as_the_kernel(void **state)
{
	compare(1);
}

static int unload(void **state)
{
	rig_unload(&rig);
	return 0;
}

static int setup(void **state)
{
	int i;

	for (i = 0; i < DEVICES; i++)
		run("ip link add d%d type veth peer name p%d && ip link set p%d up && ip link set d%d up && ip addr "
		    "add 192.0.2.%d/32 dev d%d && "
		    "ip addr add fd00::%d/128 dev d%d nodad",
		    i, i, i, i, i + 1, i, i + 1, i);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(ipv4_as_the_kernel, unload),
		cmocka_unit_test_teardown(ipv6_as_the_kernel, unload),
	};
	int ret, a = mkstemp(routes), b = mkstemp(batch);

	if (a < 0 || b < 0)
		return 1;
	close(a);
	close(b);
	ret = cmocka_run_group_tests(tests, setup, NULL);
	unlink(routes);
	unlink(batch);
	return ret;
}
