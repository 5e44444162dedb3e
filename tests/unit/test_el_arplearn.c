// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ARPQuerier: whom it believes what, how many neighbours it knows, which are given; its table under several writers; its arguments. When
 * it asks: test_el_arpquerier.
 */
#include <pthread.h>
#include <unistd.h>

#include "arp.h"

static void nobody_asks_for_who_is_not_used(void **state)
{
	OPEN_DEFAULT();
	meet(2, mac_of(2));
	assert_int_equal(own_wait(299 * S_NS), 0);
	assert_state("10.0.0.2", "stale");
	own_wait(1 * S_NS);
	assert_state("10.0.0.2", "");
	/* and nobody listens to it any more */
	reply(2, mac_of(3));
	assert_state("10.0.0.2", "");
	send_one(2, 7);
	assert_string_equal(numbers(), "");
	assert_memory_equal(own->out[0].data, ALL_MACS, 6);
	own_close();
	OPEN("02:00:00:00:00:01", "TIMEOUT 10s", "POLL_TIMEOUT 0s");
	meet(2, mac_of(2));
	own_wait(9 * S_NS);
	assert_true(goes_to(2, mac_of(2)));
	assert_int_equal(queries(), 0);
	own_wait(1 * S_NS);
	assert_false(goes_to(2, mac_of(2)));
	own_close();
}

/* Nothing that was not asked for makes an entry. */
static void who_is_not_asked_is_not_learned(void **state)
{
	OPEN_DEFAULT();
	reply(2, mac_of(2));
	add_arp(1, 2, mac_of(2), 1, NO_MAC);
	add_arp(1, 2, mac_of(2), 2, NO_MAC);
	add_arp(2, 2, mac_of(2), 2, mac_of(2));
	own_run();
	assert_int_equal(nlearned(), 0);
	/* asked for one, told of another */
	send_one(3, 1);
	reply(2, mac_of(2));
	assert_int_equal(nlearned(), 1);
	assert_state("10.0.0.3", "incomplete");
	own_close();
}

/* What no neighbour says, or about whom. */
static void not_believed(void **state)
{
	static const uint8_t group[6] = { 3, 0, 0, 0, 0, 9 };
	unsigned int i;

	OPEN_DEFAULT();
	send_one(2, 1);
	add_arp(2, 2, group, 1, OWN_MAC);
	add_arp(2, 2, ALL_MACS, 1, OWN_MAC);
	add_arp(2, 2, NO_MAC, 1, OWN_MAC);
	add_arp(3, 2, mac_of(9), 1, OWN_MAC);
	/* of other hardware, protocol, lengths */
	for (i = 14; i < 20; i++) {
		add_arp(2, 2, mac_of(9), 1, OWN_MAC);
		own->batch.pkt[own->batch.n - 1].data[i] ^= 1;
	}
	own_run();
	assert_int_equal(left_by(-BTY_DROP_SINK), 10);
	assert_state("10.0.0.2", "incomplete");
	/* too short */
	add_arp(2, 2, mac_of(9), 1, OWN_MAC);
	bty_set_len(&own->batch.pkt[0], 41);
	own_run();
	assert_state("10.0.0.2", "incomplete");
	/* our own address, from whomever */
	send_one(1, 1);
	reply(1, mac_of(9));
	assert_state("10.0.0.1", "incomplete");
	/* 0.0.0.0: a probe */
	add_arp(1, 0, mac_of(9), 2, NO_MAC);
	own->batch.pkt[0].data[28] = 0;
	own_run();
	assert_state("10.0.0.2", "incomplete");
	own_close();
}

/* Known neighbours may say that they have changed; then they are asked. */
static void announcements(void **state)
{
	OPEN_DEFAULT();
	meet(2, mac_of(2));
	own_wait(10 * S_NS);
	add_arp(1, 2, mac_of(22), 2, NO_MAC);
	own_run();
	assert_state("10.0.0.2", "stale");
	send_one(2, 7);
	assert_string_equal(numbers(), "7");
	assert_memory_equal(own->out[0].data, mac_of(22), 6);
	assert_int_equal(queries(), 1);
	assert_memory_equal(own->out[1].data, mac_of(22), 6);
	reply(2, mac_of(22));
	assert_state("10.0.0.2", "reachable");
	/* a reply that nobody has asked for is no better, nor is one to another */
	reply(2, mac_of(23));
	assert_state("10.0.0.2", "stale");
	send_one(2, 7);
	add_arp(2, 2, mac_of(24), 3, OWN_MAC);
	own_run();
	assert_state("10.0.0.2", "stale");
	send_one(2, 7);
	add_arp(2, 2, mac_of(25), 1, mac_of(3));
	own_run();
	assert_state("10.0.0.2", "stale");
	/* in the middle of a batch */
	add_packet(2, 1);
	add_arp(1, 2, mac_of(26), 2, NO_MAC);
	add_packet(2, 2);
	add_arp(1, 2, mac_of(25), 2, NO_MAC);
	own_run();
	assert_memory_equal(own->out[0].data, mac_of(25), 6);
	assert_memory_equal(own->out[2].data, mac_of(26), 6);
	/* the same address, unasked, makes no one younger */
	own_wait(100 * S_NS);
	add_arp(1, 2, mac_of(25), 2, NO_MAC);
	own_run();
	own_wait(141 * S_NS);
	assert_state("10.0.0.2", "");
	own_close();
}

/* While we ask, a request of the other will do, but it is asked again as soon as it is used. */
static void a_request_of_who_is_asked(void **state)
{
	OPEN_DEFAULT();
	send_one(2, 5);
	add_arp(1, 2, mac_of(2), 1, NO_MAC);
	own_run();
	assert_string_equal(numbers(), "5");
	assert_state("10.0.0.2", "stale");
	own_close();
}

/* Sends to hosts that are not there, from first on. Returns how many are asked for; the others are dropped at once. */
static unsigned int scan(unsigned int first, unsigned int n)
{
	unsigned int i, asked = 0, refused = 0;

	for (i = 0; i < n; i++) {
		send_one(first + i, i);
		asked += queries();
		refused += left_by(-BTY_DROP_NO_NEIGHBOUR);
	}
	assert_int_equal(asked + refused, n);
	return asked;
}

static unsigned int meet_all(unsigned int first, unsigned int n)
{
	unsigned int i, known = 0;

	for (i = first; i < first + n; i++) {
		meet(i, mac_of(i));
		known += goes_to(i, mac_of(i));
	}
	return known;
}

/* A scan fills no more than half of the places, 16 sets of 8; who is known stays so, and who comes later is found. */
static void scans(void **state)
{
	unsigned int i, known;

	OPEN("02:00:00:00:00:01", "CAPACITY 64", "HOLD_ALL 2000", "RETRY 1s");
	((struct bty_resolver_args *)own->el.args)->seed = 1; /* who shares a set is up to chance, but not here */
	assert_int_equal(scan(1000, 1500), 16 * BTY_NEIGH_UNKNOWN);
	own_wait(6 * S_NS);
	assert_int_equal(own->nused, 0);
	known = meet_all(2, 64);
	assert_in_range(known, 60, 64);
	assert_in_range(scan(1000, 1500), 1, 16 * BTY_NEIGH_UNKNOWN);
	for (i = 2; i < 66; i++)
		known -= goes_to(i, mac_of(i));
	assert_int_equal(known, 0);
	own_wait(6 * S_NS);
	assert_in_range(meet_all(3000, 10), 8, 10);
	own_close();
}

static void given_ones(void **state)
{
	OPEN("02:00:00:00:00:01", "10.0.0.2 02:aa:00:00:00:02", "10.0.0.255 ff:ff:ff:ff:ff:ff");
	assert_true(goes_to(2, mac_of(2)));
	assert_true(goes_to(255, ALL_MACS));
	/* nobody changes them, and they do not age */
	reply(2, mac_of(9));
	own_wait(1000 * S_NS);
	assert_true(goes_to(2, mac_of(2)));
	assert_int_equal(nlearned(), 0);
	own_close();
}

/* A new table of given ones, as `table set` makes it; what was learned is kept. */
static void set_while_packets_wait(void **state)
{
	struct bty_table kept, was;
	uint8_t *rows;

	OPEN_DEFAULT();
	send_one(3, 30);
	kept = own->el.env.table[0];
	own->el.env.table[0].rows = NULL;
	was = own->el.env.table[1];
	assert_int_equal(el_change(&own->el, BTY_TABLE_SET, "10.0.0.3 02:aa:00:00:00:03", 1), 0);
	rows = (uint8_t *)own->el.env.table[0].rows;
	free(rows);
	own->el.env.table[0] = kept;
	assert_ptr_not_equal(own->el.env.table[1].rows, NULL);
	assert_true(was.nrows > 0);
	own_wait(21 * MS_NS);
	assert_string_equal(numbers(), "30");
	assert_memory_equal(own->out[0].data, mac_of(3), 6);
	own_close();
}

#define THREADS 4
#define ROUNDS	5000
#define HOSTS	4

/* All bytes of an address are the same, and say whose it is: nobody may see half of one, or another's. */
static void *hammer(void *arg)
{
	struct el *el = arg;
	const struct bty_resolver_args *a = (const void *)el->args;
	struct bty_neigh_heard heard = { .has_mac = 1, .overrides = 1, .is_answer = 1 };
	struct bty_neigh_use use;
	struct bty_env env = el->env;
	uint32_t i, k, host, wrong = 0;

	env.random_state = (uintptr_t)&i | 1;
	for (i = 0; i < ROUNDS; i++) {
		env.now_ns += 1000000;
		host = bty_random(&env) % HOSTS;
		heard.addr[0] = bty_htonl(0x0a000000 + host);
		bty_neigh_use(a, &env, heard.addr, &use);
		for (k = 0; use.verdict == BTY_NEIGH_SEND && k < 6; k++)
			wrong += use.mac[k] >> 4 != host || use.mac[k] != use.mac[0];
		memset(heard.mac, host << 4 | (bty_random(&env) & 14), 6);
		bty_neigh_hear(a, &env, &heard);
	}
	return (void *)(uintptr_t)wrong;
}

/* What is written of whom, whoever may be at it. */
static void assert_written(const struct bty_neigh_set *s, uint32_t tag, const uint8_t *mac)
{
	int i;

	for (i = 0; s->tag[i] != tag; i++)
		assert_in_range(i, 0, BTY_NEIGH_WAYS - 2);
	assert_memory_equal(s->way[i].mac, mac, 6);
}

struct patient {
	struct el *el;
	int writes, done;
	uint8_t mac[6];
};

static void *wait_for_writer(void *arg)
{
	struct patient *p = arg;
	const struct bty_resolver_args *a = (const void *)p->el->args;
	struct bty_neigh_heard heard = { .has_mac = 1, .overrides = 1, .addr = { bty_htonl(0x0a000002) } };
	struct bty_env env = p->el->env;

	memcpy(heard.mac, mac_of(3), 6);
	if (p->writes)
		bty_neigh_hear(a, &env, &heard);
	else
		bty_neigh_known(a, &env, heard.addr, p->mac);
	__atomic_store_n(&p->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* While a worker is at a set, one that reads or writes it waits until it has done. */
static void one_writer_at_a_time(void **state)
{
	struct patient p[2] = { { .writes = 0 }, { .writes = 1 } };
	struct bty_neigh_set *s;
	pthread_t thread[2];
	uint32_t tag, addr[4] = { bty_htonl(0x0a000002) };
	int i;

	OPEN_DEFAULT();
	meet(2, mac_of(2));
	s = (struct bty_neigh_set *)bty_table_row(&own->el.env, 0,
						  bty_neigh_row(rargs(), addr, rargs()->learned_mask, &tag));
	assert_int_equal(s->seq % 2, 0);
	__atomic_fetch_add(&s->seq, 1, __ATOMIC_ACQ_REL);
	for (i = 0; i < 2; i++) {
		p[i].el = &own->el;
		assert_int_equal(pthread_create(&thread[i], NULL, wait_for_writer, &p[i]), 0);
	}
	usleep(30000);
	for (i = 0; i < 2; i++)
		assert_int_equal(__atomic_load_n(&p[i].done, __ATOMIC_ACQUIRE), 0);
	assert_written(s, tag, mac_of(2));
	__atomic_fetch_add(&s->seq, 1, __ATOMIC_ACQ_REL);
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_true(!memcmp(p[0].mac, mac_of(2), 6) || !memcmp(p[0].mac, mac_of(3), 6));
	assert_written(s, tag, mac_of(3));
	own_close();
}

static void many_workers(void **state)
{
	pthread_t thread[THREADS];
	struct el el;
	void *wrong;
	int i;

	EL_LOAD(&el, "ARPQuerier", "10.0.0.1", "02:00:00:00:00:01", "CAPACITY 4", "TIMEOUT 60ms", "RETRY 10ms");
	el.env.now_ns = 1000000000000ULL;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, hammer, &el), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], &wrong), 0);
		assert_ptr_equal(wrong, NULL);
	}
	el_free_tables(&el);
}

static void devices(void **state)
{
	static const uint8_t mac[2][6] = { { 2, 0, 0, 0, 0, 8 }, { 2, 0, 0, 0, 0, 9 } };
	struct bty_device_info info = { .ndev = 2, .nout = 1, .out_dev = { 1 } }, again = { .ndev = 2, .mac = mac };
	struct bty_err why;
	struct el el;

	assert_int_equal(EL_CONFIGURE(&el, "ARPQuerier", "10.0.0.1"), 0);
	assert_int_equal(el.cls->devices(el.args, &info, &why), 0);
	assert_int_equal(el.cls->devices(el.args, &again, &why), 0);
	assert_memory_equal(((struct bty_resolver_args *)el.args)->mac, mac[1], 6);
	info.out_dev[0] = -1;
	assert_int_equal(el.cls->devices(el.args, &info, &why), -EINVAL);
	assert_non_null(strstr(why.msg, "needs a MAC argument"));
	el_free_tables(&el);
	/* what is given counts */
	assert_int_equal(EL_CONFIGURE(&el, "ARPQuerier", "10.0.0.1", "02:00:00:00:00:01"), 0);
	assert_int_equal(el.cls->devices(el.args, &info, &why), 0);
	assert_int_equal(el.cls->devices(el.args, &again, &why), 0);
	assert_memory_equal(((struct bty_resolver_args *)el.args)->mac, OWN_MAC, 6);
	el_free_tables(&el);
}

static void refused(void **state)
{
	struct el el;

	EL_REFUSES("ARPQuerier", "expected IP", "TIMEOUT 5s");
	EL_REFUSES("ARPQuerier", "expected an IPv4 address", "2001:db8::1");
	EL_REFUSES("NDPQuerier", "expected an IPv6 address", "10.0.0.1");
	EL_REFUSES("ARPQuerier", "POLL_TIMEOUT: expected less than TIMEOUT", "10.0.0.1", "TIMEOUT 5s",
		   "POLL_TIMEOUT 5s");
	EL_REFUSES("ARPQuerier", "group address", "10.0.0.1", "03:00:00:00:00:01");
	EL_REFUSES("ARPQuerier", "RETRY", "10.0.0.1", "RETRY 1ms");
	EL_REFUSES("ARPQuerier", "QUERIES", "10.0.0.1", "QUERIES 0");
	EL_REFUSES("ARPQuerier", "unknown argument 'RETRIES'", "10.0.0.1", "RETRIES 3");
	EL_REFUSES("ARPQuerier", "2 arguments", "10.0.0.1", "02:00:00:00:00:01", "eth0");
	EL_REFUSES("ARPQuerier", "expected ADDRESS MAC", "10.0.0.1", "10.0.0.2 02:00:00:00:00:02 5");
	EL_REFUSES("ARPQuerier", "expected an Ethernet address", "10.0.0.1", "10.0.0.2 02:00");
	EL_REFUSES("ARPQuerier", "expected an IPv4 address", "10.0.0.1", "2001:db8::2 02:00:00:00:00:02");
	EL_LOAD(&el, "ARPQuerier", "10.0.0.1", "02:00:00:00:00:01", "10.0.0.2 02:aa:00:00:00:02");
	assert_true(el_change(&el, BTY_TABLE_SET, "10.0.0.2", 1) < 0);
	assert_int_equal(el_change(&el, BTY_TABLE_SET, "10.0.0.3 02:aa:00:00:00:03", 1), 0);
	assert_int_equal(el_change(&el, BTY_TABLE_DEL, "10.0.0.2", 1), 0);
	assert_int_equal(el.entries->n, 1);
	el_free_tables(&el);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_asks_for_who_is_not_used),
		cmocka_unit_test(who_is_not_asked_is_not_learned),
		cmocka_unit_test(not_believed),
		cmocka_unit_test(announcements),
		cmocka_unit_test(a_request_of_who_is_asked),
		cmocka_unit_test(scans),
		cmocka_unit_test(given_ones),
		cmocka_unit_test(set_while_packets_wait),
		cmocka_unit_test(one_writer_at_a_time),
		cmocka_unit_test(many_workers),
		cmocka_unit_test(devices),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests_name("el_arplearn", tests, NULL, NULL);
}
