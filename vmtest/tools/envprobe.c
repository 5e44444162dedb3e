// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks the running kernel for one thing by doing it; called by vmtest/tests/env.sh.
 *   envprobe OBJECT fentry | freplace | xsk IFACE | pin PATH | share IFACE
 * Exit status 0 when it worked, 1 with the reason when not. xsk waits for one frame on receive queue 0 of IFACE; pin leaves
 * an XDP program that passes everything at PATH; share has one on IFACE through libxdp until SIGTERM, and then prints how many
 * packets it saw.
 */
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <xdp/libxdp.h>
#include <xdp/xsk.h>

#define FRAMES	   64
#define FRAME_SIZE 2048
#define WAIT_MS	   10000

static int complain(const char *what, int err)
{
	fprintf(stderr, "envprobe: %s: %s\n", what, strerror(err < 0 ? -err : err));
	return 1;
}

/* Opens the object with only the named program to be loaded. */
static struct bpf_object *open_one(const char *path, const char *name, struct bpf_program **found)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	struct bpf_program *prog;

	if (!obj) {
		complain(path, errno);
		return NULL;
	}
	*found = NULL;
	bpf_object__for_each_program (prog, obj) {
		bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), name));
		if (!strcmp(bpf_program__name(prog), name))
			*found = prog;
	}
	return obj;
}

static int probe_fentry(const char *path)
{
	struct bpf_program *prog;
	struct bpf_object *obj = open_one(path, "on_fentry", &prog);
	struct bpf_link *link;
	int ret, hits = 0, key = 0;

	if (!obj)
		return 1;
	ret = bpf_object__load(obj);
	if (ret)
		return complain("loading fentry", ret);
	link = bpf_program__attach_trace(prog);
	if (!link)
		return complain("attaching fentry", errno);
	getpgid(0);
	ret = bpf_map__lookup_elem(bpf_object__find_map_by_name(obj, ".bss"), &key, sizeof(key), &hits, sizeof(hits),
				   0);
	if (ret || hits < 1)
		return complain("fentry did not run", ENODATA);
	bpf_link__destroy(link);
	bpf_object__close(obj);
	return 0;
}

static int run_xdp(int fd)
{
	char frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame), .repeat = 1);
	int ret = bpf_prog_test_run_opts(fd, &run);

	return ret ? ret : (int)run.retval;
}

static int probe_freplace(const char *path)
{
	struct bpf_program *target, *ext;
	struct bpf_object *obj = open_one(path, "replaceable", &target), *ext_obj;
	struct bpf_link *link;
	int ret;

	if (!obj)
		return 1;
	ret = bpf_object__load(obj);
	if (ret)
		return complain("loading the program to be extended", ret);
	ext_obj = open_one(path, "replacement", &ext);
	if (!ext_obj)
		return 1;
	ret = bpf_program__set_attach_target(ext, bpf_program__fd(target), "verdict");
	if (!ret)
		ret = bpf_object__load(ext_obj);
	if (ret)
		return complain("loading freplace", ret);
	if (run_xdp(bpf_program__fd(target)) != XDP_DROP)
		return complain("the program does not drop before", EINVAL);
	link = bpf_program__attach_freplace(ext, 0, NULL);
	if (!link)
		return complain("attaching freplace", errno);
	if (run_xdp(bpf_program__fd(target)) != XDP_PASS)
		return complain("the replacement did not run", EINVAL);
	bpf_link__destroy(link);
	bpf_object__close(ext_obj);
	bpf_object__close(obj);
	return 0;
}

static int receive(struct xsk_socket *xsk, struct xsk_ring_cons *rx)
{
	struct pollfd p = { .fd = xsk_socket__fd(xsk), .events = POLLIN };
	__u32 at;

	if (poll(&p, 1, WAIT_MS) < 0)
		return complain("poll", errno);
	if (!xsk_ring_cons__peek(rx, 1, &at))
		return complain("no frame came to the AF_XDP socket", ETIMEDOUT);
	printf("xsk: one frame of %u bytes\n", xsk_ring_cons__rx_desc(rx, at)->len);
	xsk_ring_cons__release(rx, 1);
	return 0;
}

static int probe_xsk(const char *path, const char *iface)
{
	struct xsk_socket_config cfg = { .rx_size = FRAMES,
					 .tx_size = FRAMES,
					 .libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
					 .bind_flags = XDP_COPY };
	struct xsk_umem_config ucfg = { .fill_size = FRAMES, .comp_size = FRAMES, .frame_size = FRAME_SIZE };
	struct xsk_ring_prod fill, tx;
	struct xsk_ring_cons comp, rx;
	struct xsk_umem *umem;
	struct xsk_socket *xsk;
	struct bpf_program *prog;
	struct bpf_object *obj = open_one(path, "to_socket", &prog);
	struct bpf_link *link;
	__u32 at = 0, i, key = 0;
	void *mem;
	int fd, ret;

	if (!obj)
		return 1;
	ret = bpf_object__load(obj);
	if (ret)
		return complain("loading XDP", ret);
	if (posix_memalign(&mem, getpagesize(), FRAMES * FRAME_SIZE))
		return complain("memory", ENOMEM);
	ret = xsk_umem__create(&umem, mem, FRAMES * FRAME_SIZE, &fill, &comp, &ucfg);
	if (ret)
		return complain("UMEM", ret);
	ret = xsk_socket__create(&xsk, iface, 0, umem, &rx, &tx, &cfg);
	if (ret)
		return complain("AF_XDP socket", ret);
	xsk_ring_prod__reserve(&fill, FRAMES, &at);
	for (i = 0; i < FRAMES; i++)
		*xsk_ring_prod__fill_addr(&fill, at + i) = i * FRAME_SIZE;
	xsk_ring_prod__submit(&fill, FRAMES);
	fd = xsk_socket__fd(xsk);
	if (bpf_map_update_elem(bpf_map__fd(bpf_object__find_map_by_name(obj, "xsks")), &key, &fd, BPF_ANY))
		return complain("XSKMAP", errno);
	link = bpf_program__attach_xdp(prog, if_nametoindex(iface));
	if (!link)
		return complain("attaching XDP", errno);
	ret = receive(xsk, &rx);
	bpf_link__destroy(link);
	xsk_socket__delete(xsk);
	xsk_umem__delete(umem);
	free(mem);
	bpf_object__close(obj);
	return ret;
}

static int pin(const char *path, const char *where)
{
	struct bpf_program *prog;
	struct bpf_object *obj = open_one(path, "to_socket", &prog);
	int ret;

	if (!obj)
		return 1;
	ret = bpf_object__load(obj);
	if (!ret)
		ret = bpf_program__pin(prog, where);
	bpf_object__close(obj);
	return ret ? complain(where, ret) : 0;
}

static int share(const char *path, const char *iface)
{
	struct xdp_program *prog = xdp_program__open_file(path, "xdp", NULL);
	int ifindex = if_nametoindex(iface), ret, key = 0, packets = 0;
	struct bpf_object *obj;
	struct bpf_map *data;
	sigset_t stop;
	int sig;

	ret = libxdp_get_error(prog);
	if (ret)
		return complain(path, ret);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	ret = xdp_program__attach(prog, ifindex, XDP_MODE_NATIVE, 0);
	if (ret)
		return complain("attaching through libxdp", ret);
	puts("attached");
	fflush(stdout);
	sigwait(&stop, &sig);
	obj = xdp_program__bpf_obj(prog);
	data = bpf_object__find_map_by_name(obj, ".data.share");
	ret = data ? bpf_map__lookup_elem(data, &key, sizeof(key), &packets, sizeof(packets), 0) : -ENOENT;
	if (!ret)
		printf("packets %d\n", packets);
	ret |= xdp_program__detach(prog, ifindex, XDP_MODE_NATIVE, 0);
	xdp_program__close(prog);
	return ret ? complain("detaching", EIO) : 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[2], "fentry"))
		return probe_fentry(argv[1]);
	if (argc == 3 && !strcmp(argv[2], "freplace"))
		return probe_freplace(argv[1]);
	if (argc == 4 && !strcmp(argv[2], "xsk"))
		return probe_xsk(argv[1], argv[3]);
	if (argc == 4 && !strcmp(argv[2], "share"))
		return share(argv[1], argv[3]);
	if (argc == 4 && !strcmp(argv[2], "pin"))
		return pin(argv[1], argv[3]);
	fprintf(stderr, "usage: envprobe OBJECT fentry | freplace | xsk IFACE | pin PATH | share IFACE\n");
	return 2;
}
