// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens AF_XDP sockets; called by tx_xdp and rx_xdp. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "clock.h"
#include "xsk.h"

#define UNUSED_RING  64 /* length of the fill ring of a sender and the completion ring of a receiver */
#define BUSY_TRIES   50
#define BUSY_WAIT_NS 20000000

static const char *advice(int code)
{
	switch (code) {
	case -EBUSY:
		return "another AF_XDP socket holds this queue: choose another --queue, or --backend packet";
	case -EINVAL:
		return "is there such a --queue (`ethtool -l`)? --backend packet needs none";
	case -EPERM:
		return "run as root or with CAP_NET_RAW, or use --backend packet";
	default:
		return "use --backend packet";
	}
}

static int bind_socket(struct gen_xsk *x, const struct bty_netdev *iface, uint32_t queue, enum gen_xsk_use use,
		       struct bty_err *err)
{
	const struct xsk_umem_config ucfg = {
		.fill_size = use == GEN_XSK_RX ? x->chunks : UNUSED_RING,
		.comp_size = use == GEN_XSK_TX ? x->chunks : UNUSED_RING,
		.frame_size = x->chunk_size,
	};
	const struct xsk_socket_config scfg = {
		.rx_size = x->chunks,
		.tx_size = x->chunks,
		.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
		.bind_flags = XDP_USE_NEED_WAKEUP,
	};
	int ret;

	ret = xsk_umem__create(&x->umem, x->area, (uint64_t)x->chunks * x->chunk_size, &x->fill, &x->comp, &ucfg);
	if (ret) {
		x->umem = NULL;
		return bty_fail(err, ret, "cannot register frame memory: %s; %s", strerror(-ret), advice(ret));
	}
	ret = xsk_socket__create(&x->xsk, iface->name, queue, x->umem, use == GEN_XSK_RX ? &x->rx : NULL,
				 use == GEN_XSK_TX ? &x->tx : NULL, &scfg);
	if (ret) {
		x->xsk = NULL;
		xsk_umem__delete(x->umem);
		x->umem = NULL;
		return bty_fail(err, ret, "%s: cannot bind an AF_XDP socket to queue %u: %s; %s", iface->name, queue,
				strerror(-ret), advice(ret));
	}
	return 0;
}

int gen_xsk_open(struct gen_xsk *x, const struct bty_netdev *iface, uint32_t queue, enum gen_xsk_use use,
		 uint32_t chunks, uint32_t chunk_size, struct bty_err *err)
{
	int ret, i;

	*x = (struct gen_xsk){ .chunks = chunks, .chunk_size = chunk_size };
	x->area = mmap(NULL, (size_t)chunks * chunk_size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (x->area == MAP_FAILED) {
		x->area = NULL;
		return bty_fail(err, -errno, "frame memory: %s; free some", strerror(errno));
	}
	ret = bind_socket(x, iface, queue, use, err);
	/* the kernel gives the queue of a closed socket back a little later, from a work queue */
	for (i = 0; i < BUSY_TRIES && ret == -EBUSY; i++) {
		gen_sleep_until(gen_now() + BUSY_WAIT_NS);
		ret = bind_socket(x, iface, queue, use, err);
	}
	if (ret)
		gen_xsk_close(x);
	return ret;
}

void gen_xsk_close(struct gen_xsk *x)
{
	if (x->xsk)
		xsk_socket__delete(x->xsk);
	if (x->umem)
		xsk_umem__delete(x->umem);
	if (x->area)
		munmap(x->area, (size_t)x->chunks * x->chunk_size);
	*x = (struct gen_xsk){ 0 };
}
