// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * FromPcap and ToPcap on captures that this test writes and reads by itself: what is read is what is written, times are kept,
 * and a bad capture is refused with its file and packet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/packets/wk.h"
#include "user/placement/placement.h"

#define NANO	  0xa1b23c4dU
#define MICRO	  0xa1b2c3d4U
#define ETHERNET  1
#define NPACKETS  300
#define MAX_BYTES (1 << 20)

static char dir[64], path[96];
static struct bty_graph *g;
static struct bty_datapath *dp;
static struct bty_err err;
static struct wk k;

/* A capture in memory, in either byte order. */
static uint8_t cap[MAX_BYTES];
static size_t ncap;
static int swapped;

static void put32(uint32_t v)
{
	v = swapped ? __builtin_bswap32(v) : v;
	memcpy(cap + ncap, &v, 4);
	ncap += 4;
}

static void begin(uint32_t magic, uint32_t link)
{
	ncap = 0;
	put32(magic);
	put32(swapped ? 0x00020004 : 0x00040002); /* two 16-bit words */
	put32(0);
	put32(0);
	put32(65535);
	put32(link);
}

static void packet(uint32_t sec, uint32_t frac, uint32_t caplen, uint32_t len, uint8_t seed)
{
	uint32_t i;

	put32(sec);
	put32(frac);
	put32(caplen);
	put32(len);
	for (i = 0; i < caplen; i++)
		cap[ncap++] = seed + i * 7;
}

static const char *in_dir(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void save(const char *name, size_t n)
{
	FILE *f = fopen(in_dir(name), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(cap, 1, n, f), n);
	fclose(f);
}

static size_t load_file(const char *name, uint8_t *to)
{
	FILE *f = fopen(in_dir(name), "r");
	size_t n;

	assert_non_null(f);
	n = fread(to, 1, MAX_BYTES, f);
	fclose(f);
	return n;
}

static int64_t size_of(const char *name)
{
	struct stat st;

	assert_int_equal(stat(in_dir(name), &st), 0);
	return st.st_size;
}

static int open_text(const char *text, uint32_t vec)
{
	const struct bty_load_opts lo = { .plain = 1 };
	char file[96];

	snprintf(file, sizeof(file), "%s/f.click", dir);
	if (bty_place_text(text, strlen(text), file, "eth0", NULL, 0, &g, &err))
		return -1;
	assert_int_equal(bty_load(g, &lo, &dp, &err), 0);
	assert_int_equal(wk_open(&k, g, dp, vec, 1024), 0);
	wk_now = &k;
	return wk_own(&k, &err);
}

static void close_all(void)
{
	wk_close(&k);
	bty_unload(dp);
	bty_graph_free(g);
}

static void run_all(uint64_t now)
{
	int turns = 0;

	while (bty_tick(&k.w, now, 1))
		assert_true(turns++ < 10000);
}

static uint32_t word(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

/* The packets of capture out are those of cap, from the first on, n of them, cut to snaplen. */
static void same_packets(const char *out, uint32_t n, uint32_t snaplen)
{
	static uint8_t got[MAX_BYTES];
	size_t ngot = load_file(out, got), at = 24, of = 24;
	uint32_t i, len, want;

	assert_int_equal(word(got), NANO);
	assert_int_equal(word(got + 20), ETHERNET);
	for (i = 0; i < n; i++) {
		assert_true(at + 16 <= ngot);
		len = swapped ? __builtin_bswap32(word(cap + of + 8)) : word(cap + of + 8);
		want = len < snaplen ? len : snaplen;
		assert_int_equal(word(got + at + 8), want);
		assert_int_equal(word(got + at + 12), len);
		assert_memory_equal(got + at + 16, cap + of + 16, want);
		at += 16 + want;
		of += 16 + len;
	}
	assert_int_equal(at, ngot);
}

static void many(uint32_t magic)
{
	uint32_t i, len;

	begin(magic, ETHERNET);
	for (i = 0; i < NPACKETS; i++) {
		len = i < 80 ? i : i * 37 % 1500;
		packet(1000 + i, i * 10, len, len, i);
	}
	save("in.pcap", ncap);
}

static void what_is_read_is_written(void **state)
{
	static const uint32_t magic[] = { MICRO, NANO };
	int i;

	for (i = 0; i < 4; i++) {
		swapped = i & 1;
		many(magic[i / 2]);
		assert_int_equal(open_text("FromPcap(in.pcap) -> ToPcap(out.pcap) -> e :: Sink;", 32), 0);
		run_all(bty_clock_ns());
		assert_int_equal(k.w.node[2].stats.packets_in, NPACKETS);
		close_all();
		same_packets("out.pcap", NPACKETS, UINT32_MAX);
	}
	swapped = 0;
}

static void cut_and_limited(void **state)
{
	many(NANO);
	assert_int_equal(open_text("FromPcap(in.pcap) -> t :: ToPcap(out.pcap, SNAPLEN 60, LIMIT 100);", 32), 0);
	run_all(bty_clock_ns());
	/* without an output its packets end there */
	assert_int_equal(k.w.node[1].stats.drops[BTY_DROP_SINK], NPACKETS);
	assert_int_equal(k.w.umem.nfree, k.w.umem.nframes);
	close_all();
	same_packets("out.pcap", 100, 60);
}

static void loops(void **state)
{
	int i;

	many(NANO);
	assert_int_equal(open_text("f :: FromPcap(in.pcap, LOOP true) -> e :: Sink;", 100), 0);
	for (i = 0; i < 30; i++)
		bty_tick(&k.w, bty_clock_ns(), 1);
	assert_int_equal(k.w.node[0].stats.made, 3000);
	close_all();
}

static void bursts(void **state)
{
	many(NANO);
	assert_int_equal(open_text("f :: FromPcap(in.pcap, LOOP true, BURST 32) -> e :: Sink;", 100), 0);
	bty_tick(&k.w, bty_clock_ns(), 1);
	assert_int_equal(k.w.node[0].stats.made, 32);
	bty_tick(&k.w, bty_clock_ns(), 1);
	assert_int_equal(k.w.node[0].stats.made, 64);
	close_all();
	/* a batch holds no more */
	assert_int_equal(open_text("f :: FromPcap(in.pcap, LOOP true, BURST 200) -> e :: Sink;", 100), 0);
	bty_tick(&k.w, bty_clock_ns(), 1);
	assert_int_equal(k.w.node[0].stats.made, 100);
	close_all();
}

static const uint64_t at_us[] = { 0, 10000, 10002, 30000, 29000, 1030000 };

/* Each packet leaves at its distance from the first, times scale / 1000, and no earlier. Returns when the first did; stays open. */
static uint64_t leave_at(const char *text, uint64_t scale)
{
	uint64_t start, ns, i;

	assert_int_equal(open_text(text, 100), 0);
	start = k.w.node[0].env.wake_ns;
	for (i = 0; i < 6; i++) {
		/* one that is earlier than the packet before it comes with that */
		ns = at_us[i == 4 ? 3 : i] * scale;
		run_all(start + ns - 1);
		assert_true(k.w.node[0].stats.made <= i + (i == 4));
		run_all(start + ns);
		assert_true(k.w.node[0].stats.made > i);
	}
	assert_int_equal(k.w.node[0].stats.made, 6);
	return start;
}

static void distances_are_kept(void **state)
{
	uint64_t start, i;

	begin(MICRO, ETHERNET);
	for (i = 0; i < 6; i++)
		packet(7 + at_us[i] / 1000000, at_us[i] % 1000000, 60, 60, i);
	save("in.pcap", ncap);
	leave_at("f :: FromPcap(in.pcap, TIMING keep) -> e :: Sink;", 1000);
	close_all();
	leave_at("f :: FromPcap(in.pcap, TIMING keep, SCALE 3) -> e :: Sink;", 3000);
	close_all();
	start = leave_at("f :: FromPcap(in.pcap, SCALE 0.5, LOOP true) -> e :: Sink;", 500);
	/* round again, a usual distance after the last */
	assert_int_equal(bty_tick_due_ns(&k.w, 1), start + 515000000 + 515000000 / 5);
	close_all();
	/* as fast as possible: all at once */
	assert_int_equal(open_text("f :: FromPcap(in.pcap) -> e :: Sink;", 100), 0);
	bty_tick(&k.w, k.w.node[0].env.wake_ns, 1);
	assert_int_equal(k.w.node[0].stats.made, 6);
	close_all();
}

static void too_big_for_a_frame(void **state)
{
	begin(MICRO, ETHERNET);
	packet(1, 0, 9000, 9000, 1);
	packet(1, 0, 60, 60, 2);
	save("in.pcap", ncap);
	assert_int_equal(open_text("f :: FromPcap(in.pcap) -> e :: Sink;", 100), 0);
	run_all(bty_clock_ns());
	assert_int_equal(k.w.node[0].stats.made, 2);
	assert_int_equal(k.w.node[0].stats.drops[BTY_DROP_TOO_BIG], 1);
	assert_int_equal(k.w.node[1].stats.packets_in, 1);
	close_all();
}

/* Refused with a message that has both words; nothing is left open. */
static void refuses(const char *text, const char *says, const char *and)
{
	err.msg[0] = 0;
	if (!open_text(text, 32))
		fail_msg("taken: %s", text);
	if (!strstr(err.msg, says) || !strstr(err.msg, and))
		fail_msg("'%s': expected '%s' and '%s'", err.msg, says, and);
	close_all();
}

static void bad_captures(void **state)
{
	static const char text[] = "f :: FromPcap(bad.pcap) -> e :: Sink;";
	size_t whole;

	refuses("f :: FromPcap(none.pcap) -> e :: Sink;", "none.pcap", "No such file");
	save("bad.pcap", 0);
	refuses(text, "bad.pcap", "truncated");
	begin(MICRO, ETHERNET);
	save("bad.pcap", 12); /* in its header */
	refuses(text, "bad.pcap", "truncated");
	save("bad.pcap", ncap);
	refuses(text, "bad.pcap", "no packet");
	packet(1, 0, 60, 60, 1);
	packet(1, 0, 60, 60, 1);
	whole = ncap;
	packet(1, 0, 60, 60, 1);
	save("bad.pcap", whole + 8); /* in the third packet's header */
	refuses(text, "bad.pcap: packet 3:", "truncated");
	save("bad.pcap", whole + 16 + 59); /* in its last byte */
	refuses(text, "bad.pcap: packet 3:", "truncated");
	begin(MICRO, ETHERNET);
	packet(1, 0, 60, 60, 1);
	packet(1, 0, 0, 60, 1);
	memset(cap + ncap - 8, 0xff, 4); /* 4 GiB long, it says */
	save("bad.pcap", ncap);
	refuses(text, "bad.pcap: packet 2:", "");
	begin(0x12345678, ETHERNET);
	save("bad.pcap", ncap);
	refuses(text, "bad.pcap", "unknown file format");
	begin(MICRO, 113);
	packet(1, 0, 60, 60, 1);
	save("bad.pcap", ncap);
	refuses(text, "LINUX_SLL (113)", "Ethernet");
	refuses("FromPcap(/) -> Sink;", "/: not a file but a directory", "expected a capture");
}

/* A pipe that nobody writes to, or reads from, keeps nobody waiting. */
static void no_files(void **state)
{
	assert_int_equal(mkfifo(in_dir("pipe"), 0600), 0);
	refuses("FromPcap(pipe) -> Sink;", "pipe: not a file", "expected a capture");
}

/* out.pcap holds what it did before. */
static void untouched(const char *text, const char *says)
{
	static uint8_t got[MAX_BYTES];

	many(NANO);
	save("out.pcap", 1000);
	refuses(text, says, "");
	assert_int_equal(load_file("out.pcap", got), 1000);
	assert_memory_equal(got, cap, 1000);
}

/* Which element is opened first makes no difference. */
static void refused_overwrites_nothing(void **state)
{
	untouched("FromPcap(in.pcap) -> ToPcap(out.pcap); FromPcap(none.pcap) -> Sink;", "none.pcap");
	untouched("FromPcap(none.pcap) -> Sink; FromPcap(in.pcap) -> ToPcap(out.pcap);", "none.pcap");
	unlink(in_dir("out.pcap"));
	refuses("FromPcap(in.pcap) -> ToPcap(out.pcap); FromPcap(none.pcap) -> Sink;", "none.pcap", "");
	assert_int_equal(access(in_dir("out.pcap"), F_OK), -1);
}

/* Two would overwrite each other's packets. */
static void one_writer(void **state)
{
	int fd;

	untouched("FromPcap(in.pcap) -> ToPcap(out.pcap) -> ToPcap(out.pcap);",
		  "out.pcap: another ToPcap writes it, of this pipeline or of one that runs; give each a file");
	fd = open(in_dir("out.pcap"), O_RDONLY);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0); /* nobody has it any more */
	untouched("FromPcap(in.pcap) -> ToPcap(out.pcap);", "another ToPcap writes it");
	close(fd);
	assert_int_equal(open_text("FromPcap(in.pcap) -> ToPcap(out.pcap);", 32), 0);
	close_all();
}

static void only_files_are_written(void **state)
{
	int fd;

	unlink(in_dir("pipe"));
	assert_int_equal(mkfifo(in_dir("pipe"), 0600), 0);
	refuses("FromPcap(in.pcap) -> ToPcap(pipe);", "pipe: not a file", "give a file");
	fd = open(in_dir("pipe"), O_RDWR); /* somebody reads */
	refuses("FromPcap(in.pcap) -> ToPcap(pipe);", "pipe: not a file", "give a file");
	close(fd);
	refuses("FromPcap(in.pcap) -> ToPcap(/);", "/: cannot be written: Is a directory", "");
	refuses("FromPcap(in.pcap) -> ToPcap(/dev/zero);", "/dev/zero: not a file", "");
	assert_int_equal(open_text("FromPcap(in.pcap) -> ToPcap(/dev/null) -> ToPcap(/dev/null);", 32), 0);
	run_all(bty_clock_ns());
	close_all();
	assert_int_equal(access("/dev/null", F_OK), 0);
}

static void empty_capture(void **state)
{
	many(NANO);
	assert_int_equal(open_text("FromPcap(in.pcap) -> ToPcap(out.pcap);", 32), 0);
	bty_own_start(&k.w);
	close_all();
	same_packets("out.pcap", 0, UINT32_MAX);
}

/* What the element at node says of itself. */
static int64_t reports(int node, const char *key)
{
	json_t *r = k.w.node[node].cls->report(k.w.node[node].args, &k.w.node[node].env.state, 1);
	int64_t n = json_is_boolean(json_object_get(r, key)) ? json_boolean_value(json_object_get(r, key))
							     : json_integer_value(json_object_get(r, key));

	json_decref(r);
	return n;
}

/* The disk is full after so many bytes: what is there is whole, and counts, and nothing else does. */
static void full_disk(void **state)
{
	static const rlim_t room[] = { 0, 10, 24, 30, 24 + 16, 5000, 100001 };
	struct rlimit old, few;
	int64_t written;
	size_t i;

	many(NANO);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	for (i = 0; i < sizeof(room) / sizeof(room[0]); i++) {
		assert_int_equal(open_text("FromPcap(in.pcap) -> ToPcap(out.pcap);", 32), 0);
		run_all(bty_clock_ns());
		few = (struct rlimit){ room[i], old.rlim_max };
		setrlimit(RLIMIT_FSIZE, &few);
		written = reports(1, "written");
		setrlimit(RLIMIT_FSIZE, &old);
		assert_int_equal(reports(1, "failed"), 1);
		assert_int_equal(written + reports(1, "not_written"), NPACKETS);
		close_all();
		if (room[i] >= 24)
			same_packets("out.pcap", written, UINT32_MAX);
		assert_true(room[i] < 5000 || written > 10);
	}
	signal(SIGXFSZ, SIG_DFL);
}

/* Long before a buffer is full, and in the middle of it. */
static void report_is_of_the_file(void **state)
{
	many(NANO);
	assert_int_equal(open_text("FromPcap(in.pcap) -> ToPcap(out.pcap);", 32), 0);
	run_all(bty_clock_ns());
	assert_int_equal(reports(1, "written"), NPACKETS);
	same_packets("out.pcap", NPACKETS, UINT32_MAX);
	assert_int_equal(reports(1, "not_written"), 0);
	close_all();
	assert_int_equal(open_text("FromPcap(in.pcap) -> ToPcap(/dev/full);", 32), 0);
	run_all(bty_clock_ns());
	assert_int_equal(reports(1, "written"), 0);
	assert_int_equal(reports(1, "not_written"), NPACKETS);
	close_all();
}

/* More than a buffer holds. */
static void large_capture(void **state)
{
	uint32_t i;

	begin(NANO, ETHERNET);
	for (i = 0; i < 640; i++)
		packet(1000 + i, i, 1514, 1514, i);
	save("in.pcap", ncap);
	assert_int_equal(open_text("FromPcap(in.pcap) -> ToPcap(out.pcap);"
				   "FromPcap(in.pcap) -> t :: Tee(2); t[0] -> a :: ToPcap(bad.pcap); t[1] -> a;",
				   32),
			 0);
	run_all(bty_clock_ns());
	close_all();
	same_packets("out.pcap", 640, UINT32_MAX);
	assert_int_equal(size_of("bad.pcap"), 24 + 2 * 640 * (16 + 1514));
}

static void bad_arguments(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "FromPcap() -> Sink;", "FILE" },
		{ "FromPcap(x, TIMING slow) -> Sink;", "expected keep or fast" },
		{ "FromPcap(x, SCALE 0) -> Sink;", "more than 0" },
		{ "FromPcap(x, SCALE 2, TIMING fast) -> Sink;", "expected one of them" },
		{ "FromPcap(x, LOOP 3) -> Sink;", "true or false" },
		{ "InfiniteSource(41) -> Sink;", "42 to" },
		{ "InfiniteSource(60, PROTO sctp) -> Sink;", "udp or tcp" },
		{ "InfiniteSource(60, SRC 2001:db8::1) -> Sink;", "both" },
		{ "InfiniteSource(60, SRC 10.0.0.1.1) -> Sink;", "an IP address" },
		{ "InfiniteSource(60, SRC 2001:db8::1, DST 2001:db8::2) -> Sink;", "need 62" },
		{ "InfiniteSource(60, VLAN 4095) -> Sink;", "4094" },
		{ "InfiniteSource -> Tee(1) -> Sink;", "2 to 64" },
		{ "InfiniteSource -> t :: Tee(2); t[0] -> Sink;", "output 1" },
		{ "InfiniteSource -> ToPcap(x, SNAPLEN 0);", "1 to" },
		{ "InfiniteSource -> Print(x, 600) -> Sink;", "0 to 512" },
		{ "FromDevice(eth0) -> Sink;", "cannot run in XDP, where 'FromDevice@1' leads to it: put a Queue" },
		{ "FromDevice(eth0) -> Measure -> ToDevice(eth0);", "cannot run in XDP" },
		{ "InfiniteSource -> q :: Queue -> Sink; FromDevice(eth0) -> q;", "is fed from XDP" },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		g = NULL;
		if (!bty_place_text(bad[i].text, strlen(bad[i].text), "f.click", "eth0", NULL, 0, &g, &err))
			fail_msg("taken: %s", bad[i].text);
		if (!strstr(err.msg, bad[i].says) || strncmp(err.msg, "f.click:1:", 10))
			fail_msg("%s: '%s': expected '%s'", bad[i].text, err.msg, bad[i].says);
	}
	refuses("InfiniteSource(60, DEVICE eth9) -> Sink;", "DEVICE eth9", "FromDevice");
	refuses("InfiniteSource -> ToPcap(none/x.pcap);", "none/x.pcap", "No such file");
}

/* As from the device it names, so that it goes to that device's host. */
static void device_of_a_source(void **state)
{
	assert_int_equal(open_text("FromDevice(eth0) -> ToHost; FromDevice(eth1) -> ToHost;"
				   "s :: InfiniteSource(LIMIT 1, DEVICE eth1) -> h :: Queue -> Sink;",
				   32),
			 0);
	run_all(bty_clock_ns());
	assert_int_equal(k.w.wqueue[0].ring[0].meta->port, 1);
	close_all();
}

static int make_dir(void **state)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%.40s/bty-pcap-XXXXXX", tmp ? tmp : "/tmp");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	static const char *const names[] = { "in.pcap", "out.pcap", "bad.pcap", "pipe" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(in_dir(names[i]));
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_written),
		cmocka_unit_test(cut_and_limited),
		cmocka_unit_test(loops),
		cmocka_unit_test(bursts),
		cmocka_unit_test(distances_are_kept),
		cmocka_unit_test(too_big_for_a_frame),
		cmocka_unit_test(bad_captures),
		cmocka_unit_test(no_files),
		cmocka_unit_test(refused_overwrites_nothing),
		cmocka_unit_test(one_writer),
		cmocka_unit_test(only_files_are_written),
		cmocka_unit_test(empty_capture),
		cmocka_unit_test(full_disk),
		cmocka_unit_test(report_is_of_the_file),
		cmocka_unit_test(large_capture),
		cmocka_unit_test(bad_arguments),
		cmocka_unit_test(device_of_a_source),
	};

	return cmocka_run_group_tests_name("pcap", tests, make_dir, remove_dir);
}
