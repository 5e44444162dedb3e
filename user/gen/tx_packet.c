// SPDX-License-Identifier: GPL-2.0-or-later
/* Transmit backend over AF_PACKET and sendmmsg: works on every interface and kernel. Called by the sender. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "tx.h"

struct gen_tx {
	int fd;
	struct gen_tx_stats st;
	struct mmsghdr msg[GEN_BATCH];
	struct iovec iov[GEN_BATCH];
	uint8_t buf[GEN_BATCH][GEN_FRAME_MAX];
};

static void packet_close(struct gen_tx *tx)
{
	if (tx->fd >= 0)
		close(tx->fd);
	free(tx);
}

static int open_socket(struct gen_tx *tx, const struct gen_tx_conf *conf, struct bty_err *err)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET, .sll_ifindex = conf->iface->ifindex };
	int one = 1, sndbuf = 4 << 20;

	/* protocol 0: this socket never receives */
	tx->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (tx->fd < 0)
		return bty_fail(err, -errno, "packet socket: %s; run as root or with CAP_NET_RAW", strerror(errno));
	if (bind(tx->fd, (struct sockaddr *)&sll, sizeof(sll)))
		return bty_fail(err, -errno, "%s: cannot bind a packet socket: %s; see `ip link`", conf->iface->name,
				strerror(errno));
	/* a bigger buffer only lets more frames be under way: the default works too */
	(void)setsockopt(tx->fd, SOL_SOCKET, SO_SNDBUFFORCE, &sndbuf, sizeof(sndbuf));
	if (!conf->qdisc && setsockopt(tx->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)))
		return bty_fail(err, -errno, "%s: cannot bypass the qdisc: %s; use --qdisc", conf->iface->name,
				strerror(errno));
	return 0;
}

static int packet_open(struct gen_tx **out, const struct gen_tx_conf *conf, struct bty_err *err)
{
	struct gen_tx *tx = calloc(1, sizeof(*tx));
	unsigned int i;
	int ret;

	if (!tx)
		return bty_fail(err, -ENOMEM, "transmit buffers: out of memory; free some");
	tx->fd = -1;
	ret = open_socket(tx, conf, err);
	if (ret) {
		packet_close(tx);
		return ret;
	}
	for (i = 0; i < GEN_BATCH; i++) {
		memcpy(tx->buf[i], conf->frame->bytes, conf->frame->len);
		tx->iov[i] = (struct iovec){ tx->buf[i], conf->frame->len };
		tx->msg[i].msg_hdr = (struct msghdr){ .msg_iov = &tx->iov[i], .msg_iovlen = 1 };
	}
	*out = tx;
	return 0;
}

static unsigned int packet_reserve(struct gen_tx *tx, uint8_t **buf, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		buf[i] = tx->buf[i];
	return n;
}

static int packet_submit(struct gen_tx *tx, unsigned int n)
{
	int sent;

	tx->st.calls++;
	sent = sendmmsg(tx->fd, tx->msg, n, MSG_DONTWAIT);
	if (sent >= 0) {
		tx->st.accepted += sent;
		return sent;
	}
	/* the device or the socket buffer is full: the frame was not sent and is tried again */
	if (errno == ENOBUFS || errno == EAGAIN || errno == EINTR)
		return 0;
	return -errno;
}

static int packet_flush(struct gen_tx *tx)
{
	return 0;
}

static void packet_stats(const struct gen_tx *tx, struct gen_tx_stats *st)
{
	*st = tx->st;
}

const struct gen_tx_ops gen_tx_packet = {
	.name = "packet",
	.open = packet_open,
	.reserve = packet_reserve,
	.submit = packet_submit,
	.flush = packet_flush,
	.stats = packet_stats,
	.close = packet_close,
};
