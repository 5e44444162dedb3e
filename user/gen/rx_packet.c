// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Receive backend over an AF_PACKET TPACKET_V3 ring; called by the sink. The kernel fills a block and wakes the reader
 * when it is full or BLOCK_MS old, so wake-ups are few at any rate. That is also why arrival times are the kernel's
 * (taken when the frame enters the stack) and not read here: a frame may lie in its block for BLOCK_MS. The kernel
 * stamps with CLOCK_REALTIME. Both clocks are slewed alike, so their distance changes only when the time is set: it is
 * measured at the start and looked at again with every block.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "clock.h"
#include "rx.h"

#define BLOCK_SIZE (256 << 10)
#define BLOCKS	   64
#define BLOCK_MS   10
#define STEP_NS	   5000 /* above what two readings of the clocks differ by */

struct gen_rx {
	int fd;
	unsigned int ifindex;
	uint8_t *ring;
	unsigned int block; /* the next to read */
	int64_t offset_ns;  /* CLOCK_REALTIME - CLOCK_MONOTONIC */
	struct gen_rx_stats st;
};

/* The bracket around the reading of the other clock is the error: the narrowest of n. */
static int64_t clock_offset(unsigned int n)
{
	uint64_t a, r, b, best = UINT64_MAX;
	int64_t offset = 0;

	while (n--) {
		a = gen_now();
		r = gen_clock(CLOCK_REALTIME);
		b = gen_now();
		if (b - a >= best)
			continue;
		best = b - a;
		offset = (int64_t)(r - a - (b - a) / 2);
	}
	return offset;
}

static void check_clock(struct gen_rx *rx)
{
	int64_t now = clock_offset(2);

	if (llabs(now - rx->offset_ns) <= STEP_NS)
		return;
	/* two readings may both be interrupted: a step must show in the best of many */
	now = clock_offset(64);
	if (llabs(now - rx->offset_ns) <= STEP_NS)
		return;
	rx->offset_ns = now;
	rx->st.clock_steps++;
}

static void packet_close(struct gen_rx *rx)
{
	if (rx->ring)
		munmap(rx->ring, BLOCKS * BLOCK_SIZE);
	if (rx->fd >= 0)
		close(rx->fd);
	free(rx);
}

/* Only UDP, and tagged frames, reach the ring: other traffic on the interface must not fill it. */
static int set_filter(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_8021Q, 6, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 2),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETH_HLEN + 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 3, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 3),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETH_HLEN + 6),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
}

static int set_ring(struct gen_rx *rx)
{
	struct tpacket_req3 req = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = BLOCKS,
		.tp_frame_size = 2048,
		.tp_frame_nr = BLOCKS * (BLOCK_SIZE / 2048),
		.tp_retire_blk_tov = BLOCK_MS,
	};
	int v3 = TPACKET_V3, one = 1;

	/* PACKET_IGNORE_OUTGOING since 4.20: a frame that leaves by this interface was not received */
	if (setsockopt(rx->fd, SOL_PACKET, PACKET_VERSION, &v3, sizeof(v3)) ||
	    setsockopt(rx->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) || set_filter(rx->fd) ||
	    setsockopt(rx->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)))
		return -errno;
	rx->ring = mmap(NULL, BLOCKS * BLOCK_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, rx->fd, 0);
	if (rx->ring == MAP_FAILED) {
		rx->ring = NULL;
		return -errno;
	}
	return 0;
}

static int start(struct gen_rx *rx, const struct bty_netdev *iface, struct bty_err *err)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = iface->ifindex,
	};
	struct packet_mreq promisc = { .mr_ifindex = iface->ifindex, .mr_type = PACKET_MR_PROMISC };
	int ret;

	rx->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (rx->fd < 0)
		return bty_fail(err, -errno, "packet socket: %s; run as root or with CAP_NET_RAW", strerror(errno));
	ret = set_ring(rx);
	if (ret)
		return bty_fail(err, ret, "receive ring of %d MiB: %s; free memory", BLOCKS * BLOCK_SIZE >> 20,
				strerror(-ret));
	/* bound last: what arrives before the ring is set would not be in it */
	if (setsockopt(rx->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promisc, sizeof(promisc)) ||
	    bind(rx->fd, (struct sockaddr *)&sll, sizeof(sll)))
		return bty_fail(err, -errno, "%s: cannot bind a packet socket: %s; see `ip link`", iface->name,
				strerror(errno));
	rx->offset_ns = clock_offset(256);
	return 0;
}

static int packet_open(struct gen_rx **out, const struct bty_netdev *iface, struct bty_err *err)
{
	struct gen_rx *rx = calloc(1, sizeof(*rx));
	int ret;

	if (!rx)
		return bty_fail(err, -ENOMEM, "packet socket: out of memory; free some");
	rx->fd = -1;
	rx->ifindex = iface->ifindex;
	ret = start(rx, iface, err);
	if (ret) {
		packet_close(rx);
		return ret;
	}
	*out = rx;
	return 0;
}

static int packet_wait(struct gen_rx *rx, uint64_t timeout_ns)
{
	struct timespec ts = { .tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000 };
	struct pollfd pfd = { .fd = rx->fd, .events = POLLIN };
	char name[IF_NAMESIZE];
	socklen_t len = sizeof(int);
	int ret, soerr = 0;

	ret = ppoll(&pfd, 1, &ts, NULL);
	rx->st.wakeups++;
	if (ret < 0)
		return errno == EINTR ? 0 : -errno;
	if (ret > 0 && pfd.revents & POLLERR) {
		getsockopt(rx->fd, SOL_SOCKET, SO_ERROR, &soerr, &len);
		/* an interface that is down may come up again; one that is gone does not */
		return soerr == ENETDOWN && if_indextoname(rx->ifindex, name) ? 0 : -soerr;
	}
	return 0;
}

static int packet_receive(struct gen_rx *rx, gen_rx_fn *fn, void *ctx)
{
	struct tpacket_block_desc *b = (void *)(rx->ring + (size_t)rx->block * BLOCK_SIZE);
	const struct tpacket3_hdr *h;
	unsigned int i, n;
	uint64_t at;

	if (!(__atomic_load_n(&b->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
		return 0;
	check_clock(rx);
	n = b->hdr.bh1.num_pkts;
	h = (const void *)((const uint8_t *)b + b->hdr.bh1.offset_to_first_pkt);
	for (i = 0; i < n; i++) {
		at = (uint64_t)h->tp_sec * 1000000000 + h->tp_nsec - rx->offset_ns;
		if (fn(ctx, (const uint8_t *)h + h->tp_mac, h->tp_snaplen, at))
			break;
		h = (const void *)((const uint8_t *)h + h->tp_next_offset);
	}
	__atomic_store_n(&b->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	rx->block = (rx->block + 1) % BLOCKS;
	return n;
}

static void packet_stats(struct gen_rx *rx, struct gen_rx_stats *st)
{
	struct tpacket_stats_v3 kst = { 0 };
	socklen_t len = sizeof(kst);

	/* the kernel's counts start again at each reading */
	if (!getsockopt(rx->fd, SOL_PACKET, PACKET_STATISTICS, &kst, &len))
		rx->st.drops += kst.tp_drops;
	*st = rx->st;
}

const struct gen_rx_ops gen_rx_packet = {
	.name = "packet",
	.open = packet_open,
	.wait = packet_wait,
	.receive = packet_receive,
	.stats = packet_stats,
	.close = packet_close,
};
