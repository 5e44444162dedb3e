// SPDX-License-Identifier: GPL-2.0-or-later
/* CheckMTU; IPFragmenter: what is cut, how, in which order, and that putting the fragments together gives the packet. */
#include <elements/checkmtu.h>
#include <elements/ipfragmenter.h>

#include "own.h"

#define MACS "020000000002 020000000001"
#define L3   14

static uint8_t frame[FRAME_SIZE];

/* An IPv4 datagram of len bytes, options included, whose payload tells where it is. Returns the frame's length. */
static unsigned int make4(unsigned int len, unsigned int frag_off, const char *options)
{
	uint8_t opt[40];
	unsigned int nopt = el_hex(options, opt), i;

	el_hex(MACS "0800", frame);
	memset(frame + L3, 0, 20);
	frame[L3] = 0x45 + nopt / 4;
	gen_be16(frame + L3 + 2, len);
	gen_be16(frame + L3 + 4, 0xabcd);
	gen_be16(frame + L3 + 6, frag_off);
	frame[L3 + 8] = 9;
	frame[L3 + 9] = 17;
	memcpy(frame + L3 + 12, "\x0a\0\0\1\x0a\0\0\2", 8);
	memcpy(frame + L3 + 20, opt, nopt);
	gen_be16(frame + L3 + 10, gen_checksum(frame + L3, 20 + nopt));
	for (i = 20 + nopt; i < len; i++)
		frame[L3 + i] = i * 7 + i / 256;
	return L3 + len;
}

static void open_fragmenter(const char *mtu, int outputs)
{
	const char *const args[] = { mtu, NULL };
	struct el el;

	assert_int_equal(el_configure(&el, "IPFragmenter", outputs, args), 0);
	own_open(&el);
}

/* Packets out[0..n-1] are fragments of what is in frame[], by a reassembly of RFC 791's own procedure. */
static void assert_whole(const struct own_packet *out, unsigned int n, unsigned int mtu, unsigned int first_off)
{
	unsigned int ihl = (frame[L3] & 15) * 4, total = frame[L3 + 2] << 8 | frame[L3 + 3], at = 0, i, off, len;

	for (i = 0; i < n; i++) {
		const uint8_t *ip = out[i].data + L3;

		assert_int_equal(out[i].port, 0);
		assert_memory_equal(out[i].data, frame, L3);
		assert_int_equal((ip[0] & 15) * 4, ihl);
		len = (ip[2] << 8 | ip[3]) - ihl;
		assert_in_range(len + ihl, 1, mtu);
		assert_int_equal(out[i].len, L3 + ihl + len);
		assert_int_equal(gen_checksum(ip, ihl), 0);
		assert_memory_equal(ip + 4, frame + L3 + 4, 2);
		assert_memory_equal(ip + 8, frame + L3 + 8, 2);
		assert_memory_equal(ip + 12, frame + L3 + 12, 8);
		off = ip[6] << 8 | ip[7];
		assert_int_equal((off & 0x1fff), (first_off & 0x1fff) + at / 8);
		assert_int_equal(off & 0x2000, i + 1 < n ? 0x2000 : first_off & 0x2000);
		assert_true(len % 8 == 0 || i + 1 == n);
		assert_memory_equal(ip + ihl, frame + L3 + ihl + at, len);
		assert_int_equal(!!(out[i].meta.flags & BTY_F_FRAG_TAIL), at + (first_off & 0x1fff) > 0);
		assert_true(out[i].meta.flags & BTY_F_FRAG);
		at += len;
	}
	assert_int_equal(at, total - ihl);
}

static void fragments_are_the_packet(void **state)
{
	static const unsigned int mtus[] = { 68, 69, 100, 576, 600, 1280, 1499 };
	unsigned int m, len, n, off;
	char text[16];

	for (m = 0; m < sizeof(mtus) / sizeof(mtus[0]); m++) {
		snprintf(text, sizeof(text), "%u", mtus[m]);
		open_fragmenter(text, 2);
		for (len = mtus[m] + 1; len < 1800; len += 1 + len / 64) {
			off = len % 3 == 0 ? 0 : len % 3 == 1 ? 0x2000 : 0x2064;
			own_add(frame, make4(len, off, ""));
			n = own_run();
			assert_in_range(n, 2, OWN_FRAMES);
			assert_whole(own->out, n, mtus[m], off);
			assert_int_equal(own->nused, 0);
		}
		own_close();
	}
}

static void what_passes(void **state)
{
	open_fragmenter("600", 2);
	own_add(frame, make4(600, 0, ""));
	own_add(frame, make4(601, 0x4000, "")); /* DF */
	/* 1000 bytes of IPv6, and of no IP at all */
	el_hex(MACS "86dd 60000000 03c0 11 40", frame);
	own_add(frame, L3 + 1000);
	el_hex(MACS "88b5", frame);
	own_add(frame, L3 + 1000);
	/* padding is not of the datagram */
	make4(30, 0, "");
	own_add(frame, 700);
	assert_int_equal(own_run(), 5);
	assert_int_equal(own->out[0].port, 0);
	assert_int_equal(own->out[1].port, 1);
	assert_int_equal(own->out[2].port, 1);
	assert_int_equal(own->out[3].port, 0);
	assert_int_equal(own->out[4].port, 0);
	make4(601, 0x4000, "");
	assert_memory_equal(own->out[1].data, frame, L3 + 601);
	own_close();
	open_fragmenter("600", 1);
	own_add(frame, make4(601, 0x4000, ""));
	assert_int_equal(own_run(), 1);
	assert_int_equal(own->out[0].port, -BTY_DROP_TOO_BIG);
	own_close();
}

/* Record route goes with the first fragment only, loose source route with each; then a datagram at the end of what offsets say. */
static void options_and_limits(void **state)
{
	open_fragmenter("100", 2);
	own_add(frame, make4(200, 0, "070704 0a000001 830704 0a000002 0000"));
	assert_int_equal(own_run(), 3);
	assert_memory_equal(own->out[0].data + L3 + 20, "\x07\x07\x04\x0a\0\0\1\x83\x07\x04\x0a\0\0\2\0\0", 16);
	assert_memory_equal(own->out[1].data + L3 + 20, "\1\1\1\1\1\1\1\x83\x07\x04\x0a\0\0\2\0\0", 16);
	assert_whole(own->out, 3, 100, 0);
	own_add(frame, make4(200, 0x1fff, ""));
	assert_int_equal(own_run(), 1);
	assert_int_equal(own->out[0].port, -BTY_DROP_BAD_IP_HEADER);
	own_close();
}

/* Among fragments of two packets, others stay where they were. */
static void order_is_kept(void **state)
{
	static const unsigned int len[] = { 100, 500, 101, 102, 300, 103 }, want[] = { 100, 0, 101, 102, 0, 103 };
	unsigned int i, n, k = 0, in_fragments = 0;

	open_fragmenter("200", 2);
	for (i = 0; i < 6; i++)
		own_add(frame, make4(len[i], 0, ""));
	n = own_run();
	assert_int_equal(n, 4 + 3 + 2);
	for (i = 0; i < n; i++) {
		if (own->out[i].meta.flags & BTY_F_FRAG) {
			in_fragments = 1;
			continue;
		}
		k += in_fragments;
		in_fragments = 0;
		assert_int_equal(own->out[i].len, L3 + want[k++]);
	}
	assert_int_equal(k, 6);
	own_close();
}

static void no_frames_no_fragments(void **state)
{
	open_fragmenter("100", 2);
	own->limit = 5;
	own_add(frame, make4(1000, 0, ""));
	assert_int_equal(own_run(), 5);
	assert_int_equal(own->nused, 0);
	assert_int_equal(own->out[0].port, -BTY_DROP_NO_MEMORY);
	own_close();
}

static void check_mtu(void **state)
{
	struct el el;

	assert_int_equal(EL_CONFIGURE(&el, "CheckMTU", "600"), 0);
	assert_int_equal(el_push(&el, frame, make4(600, 0, "")), 0);
	assert_int_equal(el_push(&el, frame, make4(601, 0, "")), 1);
	make4(30, 0, "");
	assert_int_equal(el_push(&el, frame, 700), 0);
	el_hex(MACS "86dd 60000000 0230 11 40", frame);
	assert_int_equal(el_push(&el, frame, L3 + 600), 0);
	el_hex(MACS "86dd 60000000 0231 11 40", frame);
	assert_int_equal(el_push(&el, frame, L3 + 601), 1);
	el_hex(MACS "88b5", frame);
	assert_int_equal(el_push(&el, frame, L3 + 600), 0);
	assert_int_equal(el_push(&el, frame, L3 + 601), 1);
	assert_int_equal(el_configure(&el, "CheckMTU", 1, (const char *const[]){ "600", NULL }), 0);
	assert_int_equal(el_push(&el, frame, make4(601, 0, "")), -BTY_DROP_TOO_BIG);
	EL_REFUSES("CheckMTU", "expected 68", "67");
	EL_REFUSES("IPFragmenter", "expected 68", "67");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fragments_are_the_packet), cmocka_unit_test(what_passes),
		cmocka_unit_test(options_and_limits),	    cmocka_unit_test(order_is_kept),
		cmocka_unit_test(no_frames_no_fragments),   cmocka_unit_test(check_mtu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
