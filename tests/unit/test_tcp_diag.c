// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * user/observe/tcp_*: answers of older kernels, of the future and of nobody; the filter language; and a real connection of this
 * process, found with its owner.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/tcp.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "user/observe/tcp_filter.h"

static char buf[2048] __attribute__((aligned(4)));

static size_t begin(int family)
{
	struct inet_diag_msg *m = (void *)buf;

	memset(buf, 0, sizeof(buf));
	m->idiag_family = family;
	m->idiag_state = 1;
	m->idiag_wqueue = 77;
	m->id.idiag_sport = htons(40000);
	m->id.idiag_dport = htons(80);
	m->id.idiag_src[0] = htonl(0x0a000001);
	m->id.idiag_dst[0] = htonl(0x0a000002);
	return NLMSG_ALIGN(sizeof(*m));
}

static size_t attr(size_t at, int type, const void *data, size_t len)
{
	struct nlattr *a = (void *)(buf + at);

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	memcpy(buf + at + NLA_HDRLEN, data, len);
	return at + NLA_ALIGN(a->nla_len);
}

static int knows(const struct bty_tcp_conn *c, enum bty_tcp_metric m, uint64_t value)
{
	return (c->known >> m & 1) && c->metric[m] == value;
}

static const struct tcp_info info = {
	.tcpi_unacked = 4,
	.tcpi_snd_mss = 1448,
	.tcpi_snd_cwnd = 10,
	.tcpi_total_retrans = 3,
	.tcpi_rtt = 500,
	.tcpi_min_rtt = 400,
	.tcpi_bytes_sent = 9000,
	.tcpi_bytes_retrans = 1000,
	.tcpi_bytes_acked = 5001,
	.tcpi_bytes_received = 7,
	.tcpi_snd_wnd = 65000,
	.tcpi_total_rto = 2,
};

static void decode(size_t info_len, struct bty_tcp_conn *c)
{
	size_t len = attr(begin(AF_INET), INET_DIAG_INFO, &info, info_len);

	len = attr(len, INET_DIAG_CONG, "cubic", 6);
	assert_int_equal(bty_tcp_decode((void *)buf, len, c), 0);
	assert_string_equal(c->congestion, "cubic");
	assert_true(knows(c, BTY_TCP_WQUEUE, 77));
}

static void whole_tcp_info(void **state)
{
	struct bty_tcp_conn c;

	decode(sizeof(info), &c);
	assert_int_equal(c.sport, 40000);
	assert_int_equal(c.dport, 80);
	assert_true(knows(&c, BTY_TCP_FLIGHT, 2999));
	assert_true(knows(&c, BTY_TCP_CWND, 10));
	assert_true(knows(&c, BTY_TCP_MSS, 1448));
	assert_true(knows(&c, BTY_TCP_RETRANS, 3));
	assert_true(knows(&c, BTY_TCP_SRTT, 500));
	assert_true(knows(&c, BTY_TCP_RTT_MIN, 400));
	assert_true(knows(&c, BTY_TCP_BYTES_SENT, 9000));
	assert_true(knows(&c, BTY_TCP_BYTES_RECEIVED, 7));
	assert_true(knows(&c, BTY_TCP_RWND, 65000));
	assert_true(knows(&c, BTY_TCP_TIMEOUTS, 2));
}

static void older_kernels_know_less(void **state)
{
	static const struct {
		size_t len;
		enum bty_tcp_metric last, first_missing;
	} ages[] = {
		{ offsetof(struct tcp_info, tcpi_total_rto), BTY_TCP_RWND, BTY_TCP_TIMEOUTS },
		{ offsetof(struct tcp_info, tcpi_snd_wnd), BTY_TCP_BYTES_SENT, BTY_TCP_RWND },
		{ offsetof(struct tcp_info, tcpi_bytes_sent), BTY_TCP_RTT_MIN, BTY_TCP_BYTES_SENT },
		{ offsetof(struct tcp_info, tcpi_min_rtt), BTY_TCP_BYTES_RECEIVED, BTY_TCP_RTT_MIN },
		{ offsetof(struct tcp_info, tcpi_pacing_rate), BTY_TCP_RETRANS, BTY_TCP_BYTES_RECEIVED },
		{ offsetof(struct tcp_info, tcpi_total_retrans), BTY_TCP_WQUEUE, BTY_TCP_CWND },
		{ 0, BTY_TCP_WQUEUE, BTY_TCP_SRTT },
	};
	struct bty_tcp_conn c;
	size_t i;

	for (i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
		decode(ages[i].len, &c);
		assert_true(c.known >> ages[i].last & 1);
		assert_false(c.known >> ages[i].first_missing & 1);
	}
	/* without byte counters: segments */
	decode(offsetof(struct tcp_info, tcpi_bytes_sent), &c);
	assert_true(knows(&c, BTY_TCP_FLIGHT, 4 * 1448));
}

static void every_length_is_safe(void **state)
{
	struct bty_tcp_conn c;
	char *copy;
	size_t len, n;

	for (n = 0; n <= sizeof(info); n++)
		decode(n, &c);
	len = attr(begin(AF_INET6), INET_DIAG_INFO, &info, sizeof(info));
	for (n = 0; n < len; n++) {
		copy = malloc(n + 1); /* so that a read past the end is seen */
		memcpy(copy, buf, n);
		bty_tcp_decode((void *)copy, n, &c);
		free(copy);
	}
	((struct nlattr *)(buf + NLMSG_ALIGN(sizeof(struct inet_diag_msg))))->nla_len = 0;
	assert_int_equal(bty_tcp_decode((void *)buf, len, &c), -EINVAL);
}

static void mapped_addresses_are_ipv4(void **state)
{
	struct inet_diag_msg *m = (void *)buf;
	size_t len = begin(AF_INET6);
	struct bty_tcp_conn c;

	inet_pton(AF_INET6, "::ffff:10.1.2.3", m->id.idiag_src);
	inet_pton(AF_INET6, "::ffff:10.1.2.4", m->id.idiag_dst);
	assert_int_equal(bty_tcp_decode(m, len, &c), 0);
	assert_int_equal(c.family, AF_INET);
	assert_int_equal(ntohl(c.src.v4.s_addr), 0x0a010203);
}

static int matches(const char *text, const struct bty_tcp_conn *c)
{
	struct bty_tcp_filter *f = NULL;
	struct bty_err err = { "" };
	int r;

	if (bty_tcp_filter_parse(text, &f, &err))
		fail_msg("%s: %s", text, err.msg);
	r = bty_tcp_filter_match(f, c);
	free(f);
	return r;
}

static void filters(void **state)
{
	struct bty_tcp_conn c = {
		.family = AF_INET, .sport = 40000, .dport = 80, .state = 1, .pid = 42, .comm = "nginx"
	};
	struct bty_tcp_conn six = { .family = AF_INET6, .sport = 1, .dport = 2, .state = 6 };
	static const char *const yes[] = {
		"dport 80",
		"port 80",
		"port 40000",
		"sport 40000",
		"dport 80-90",
		"src 10.0.0.0/8",
		"dst 10.0.0.2",
		"host 10.0.0.2",
		"src 10.0.0.0/31",
		"src 0.0.0.0/0",
		"state established",
		"state ESTABLISHED",
		"comm nginx",
		"pid 42",
		"ip",
		"not ip6",
		"! ip6",
		"!ip6",
		"dport 80 and src 10.0.0.0/8",
		"dport 1 or dport 80",
		"dport 1 and dport 2 or ip",
		"ip or dport 1 and dport 2",
		"not (dport 1 or sport 1)",
		"((ip))",
		"not not ip",
		"(ip)and(pid 42)",
		"ip && ! (dport 1 || dport 2)",
	};
	static const char *const no[] = { "dport 81",	     "sport 80",
					  "src 10.0.0.2/32", "src 11.0.0.0/8",
					  "state time-wait", "comm ngin",
					  "pid 4",	     "ip6",
					  "not ip",	     "src ::/0",
					  "ip and dport 1",  "not (ip or ip)",
					  "dport 1-79",	     "src 10.0.0.2/31 and dst 10.0.0.0/31" };
	static const char *const six_yes[] = { "src 2001:db8::/32", "host 2001:db8::1", "ip6", "src 2001:db8::/127",
					       "state time-wait" };
	size_t i;

	inet_pton(AF_INET, "10.0.0.1", &c.src);
	inet_pton(AF_INET, "10.0.0.2", &c.dst);
	inet_pton(AF_INET6, "2001:db8::1", &six.src);
	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (!matches(yes[i], &c))
			fail_msg("'%s' should match", yes[i]);
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (matches(no[i], &c))
			fail_msg("'%s' should not match", no[i]);
	for (i = 0; i < sizeof(six_yes) / sizeof(six_yes[0]); i++)
		assert_true(matches(six_yes[i], &six));
	assert_true(bty_tcp_filter_match(NULL, &c));
}

static void wrong_filters(void **state)
{
	static const char *const bad[] = {
		"",
		"dport",
		"dport x",
		"dport 65536",
		"dport 9-1",
		"dport 80 and",
		"and",
		"src",
		"src 10.0.0",
		"src 10.0.0.0/33",
		"src ::1/129",
		"src 10.0.0.0/",
		"(ip",
		"ip)",
		"ip ip6",
		"not",
		"state flying",
		"comm",
		"comm sixteencharacter",
		"pid -1",
		"pid 99999999999",
		"colour red",
		"dport 80 &",
		"src 10.0.0.0/8x",
		"()",
	};
	struct bty_tcp_filter *f = NULL;
	char deep[4096] = "";
	struct bty_err err;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err.msg[0] = 0;
		if (!bty_tcp_filter_parse(bad[i], &f, &err))
			fail_msg("'%s' should be refused", bad[i]);
		assert_memory_equal(err.msg, "filter: ", 8);
	}
	memset(deep, '(', 4000);
	assert_int_equal(bty_tcp_filter_parse(deep, &f, &err), -EINVAL);
	memset(deep, '!', 4000);
	assert_int_equal(bty_tcp_filter_parse(deep, &f, &err), -EINVAL);
	deep[0] = 0;
	for (i = 0; i < 70; i++)
		strcat(deep, i ? " or ip" : "ip");
	assert_int_equal(bty_tcp_filter_parse(deep, &f, &err), -EINVAL);
}

struct wanted {
	uint16_t sport, dport;
	const struct bty_tcp_owners *owners;
	struct bty_tcp_conn found;
};

static int look(const struct bty_tcp_conn *c, void *arg)
{
	struct wanted *w = arg;

	if (c->sport != w->sport || c->dport != w->dport)
		return 0;
	w->found = *c;
	bty_tcp_owner(w->owners, &w->found);
	return 1;
}

static void finds_a_connection_of_ours(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) }, from;
	struct bty_tcp_owners *owners;
	socklen_t len = sizeof(at);
	struct wanted w = { 0 };
	struct bty_err err;
	int l, c;

	l = socket(AF_INET, SOCK_STREAM, 0);
	c = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(l, (struct sockaddr *)&at, sizeof(at)) || listen(l, 1) ||
	    getsockname(l, (struct sockaddr *)&at, &len) || connect(c, (struct sockaddr *)&at, sizeof(at)))
		skip(); /* no loopback device here */
	assert_int_equal(getsockname(c, (struct sockaddr *)&from, &len), 0);
	assert_int_equal(send(c, "hello", 5, 0), 5);
	owners = bty_tcp_owners_new();
	assert_non_null(owners);
	w.owners = owners;
	w.sport = ntohs(from.sin_port);
	w.dport = ntohs(at.sin_port);
	assert_int_equal(bty_tcp_dump(look, &w, &err), 0);
	assert_int_equal(w.found.family, AF_INET);
	assert_int_equal(w.found.state, 1);
	assert_int_equal(w.found.pid, getpid());
	assert_string_equal(w.found.comm, "test_tcp_diag");
	assert_true(w.found.known >> BTY_TCP_CWND & 1);
	assert_true(knows(&w.found, BTY_TCP_BYTES_SENT, 5));
	bty_tcp_owners_free(owners);
	close(c);
	close(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_tcp_info),
		cmocka_unit_test(older_kernels_know_less),
		cmocka_unit_test(every_length_is_safe),
		cmocka_unit_test(mapped_addresses_are_ipv4),
		cmocka_unit_test(filters),
		cmocka_unit_test(wrong_filters),
		cmocka_unit_test(finds_a_connection_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
