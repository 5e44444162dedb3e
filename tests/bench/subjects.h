/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every element that `make bench` measures, with its arguments and the frame it gets. Included by elements.c, and by
 * unit/test_registry.c, which sees that no class is missing.
 */
#ifndef TESTS_BENCH_SUBJECTS_H
#define TESTS_BENCH_SUBJECTS_H

/* Frames, as hexadecimal digits: what an element is for, and costs most with. */
#define BENCH_MACS "020000000002020000000001"
#define BENCH_IP                                                                                    \
	"4500002e00014000ff1165ba0a0000010a01020213881388001ac2a6000000000000000000000000000000000" \
	"000"
#define BENCH_OUTER "c0000201c0000202" /* from 192.0.2.1 to 192.0.2.2 */

#define BENCH_UDP  BENCH_MACS "0800" BENCH_IP /* 10.0.0.1 to 10.1.2.2, ports 5000, TTL 255 */
#define BENCH_VLAN BENCH_MACS "810000070800" BENCH_IP
#define BENCH_IP6                                                                                 \
	BENCH_MACS "86dd60000000000a11ff20010db800000000000000000000000120010db80001000000000000" \
		   "0000000213881388000a7d540000"
#define BENCH_ARP BENCH_MACS "080600010800060400010200000000010a0000010000000000000a010202"
#define BENCH_NS                                                                                       \
	"3333ff00000202000000000186dd6000000000203aff20010db8000000000000000000000001ff02000000000000" \
	"00000001ff00000287001c260000000020010db80001000000000000000000020101020000000001"
#define BENCH_GRE   BENCH_MACS "08004500004600014000402fb684" BENCH_OUTER "00000800" BENCH_IP
#define BENCH_GTPU  BENCH_MACS "080045000052000140004011b696" BENCH_OUTER "c3500868003e000030ff002e00000001" BENCH_IP
#define BENCH_VXLAN BENCH_MACS "080045000060000140004011b688" BENCH_OUTER "c35012b5004c00000800000000000100" BENCH_UDP

#define BENCH_ZERO_40 "00000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define BENCH_LARGE \
	BENCH_MACS "08004500006c00010000ff11a57c0a0000010a010202138813880058c22a" BENCH_ZERO_40 BENCH_ZERO_40

struct subject {
	const char *class_name, *frame;
	const char *args[8];
	int port;  /* where the frame is to go, or what is measured is something else; -1: anywhere */
	int once;  /* what it does to a frame it does once; a test run in XDP repeats on the same: natively only */
	int few;   /* it counts the frame's TTL down */
	int quiet; /* it writes to standard error */
};

static const struct subject subjects[] = {
	{ "ACL",
	  BENCH_UDP,
	  { "@10.9.0.0/16 0.0.0.0/0 0 : 65535 80 : 80 0x06/0xff",
	    "@10.0.0.0/24 10.1.0.0/16 0 : 65535 5000 : 5000 0x11/0xff 1" },
	  1 },
	{ "ARPQuerier", BENCH_UDP, { "10.1.0.1", "02:00:00:00:00:01", "10.1.2.2 02:00:00:00:00:02" } },
	{ "ARPResponder", BENCH_ARP, { "10.1.2.0/24 02:00:00:00:00:02" }, .once = 1 },
	{ "Bypass", BENCH_UDP, { "100", "1000" } },
	{ "CheckIP6Header", BENCH_IP6 },
	{ "CheckIPHeader", BENCH_UDP },
	{ "CheckMTU", BENCH_UDP, { "1500" } },
	{ "Classifier", BENCH_UDP, { "12/0806", "12/0800", "-" }, 1 },
	{ "Counter", BENCH_UDP },
	{ "DecIP6HLIM", BENCH_IP6, .few = 1 },
	{ "DecIPTTL", BENCH_UDP, .few = 1 },
	{ "Discard", BENCH_UDP, { NULL }, -1 },
	{ "DropBroadcasts", BENCH_UDP },
	{ "EtherEncap", BENCH_UDP, { "0x6558", "02:00:00:00:00:03", "02:00:00:00:00:04" }, .once = 1 },
	{ "EtherRewrite", BENCH_UDP, { "02:01:02:03:04:05", "02:a1:a2:a3:a4:a5" } },
	{ "ExactMatch", BENCH_UDP, { "FIELDS ip.dst l4.dport", "10.1.2.2 5000 1", "10.1.2.3 80 2" }, 1 },
	{ "FromPcap", BENCH_UDP, { "FILE frame.pcap", "LOOP true" }, -1 },
	{ "GREDecap", BENCH_GRE, .once = 1 },
	{ "GREEncap", BENCH_UDP, { "192.0.2.1", "192.0.2.2" }, .once = 1 },
	{ "GTPUDecap", BENCH_GTPU, .once = 1 },
	{ "GTPUDecapTable", BENCH_GTPU, { "1", "2" }, .once = 1 },
	{ "GTPUEncap", BENCH_UDP, { "1", "192.0.2.1", "192.0.2.2", "QFI 9" }, .once = 1 },
	{ "GTPUEncapTable", BENCH_UDP, { "SRC 192.0.2.1", "10.1.2.2 1 192.0.2.2 9" }, .once = 1 },
	{ "HashSwitch", BENCH_UDP, { NULL }, -1, .once = 1 },
	{ "ICMPError", BENCH_UDP, { "192.0.2.1", "time-exceeded", "RATE 0pps" }, .once = 1 },
	{ "InfiniteSource", BENCH_UDP, { "60", "FLOWS 1000" }, -1 },
	{ "IPChecksum", BENCH_UDP },
	{ "IPClassifier", BENCH_UDP, { "tcp port 80", "udp dst port 5000", "-" }, 1 },
	{ "IPFragmenter", BENCH_LARGE, { "68" }, -1 },
	{ "IPLookup", BENCH_UDP, { "10.0.0.0/8 1", "10.1.0.0/16 0", "0.0.0.0/0 2" } },
	{ "IPlookup", BENCH_UDP, { "10.0.0.0/8 1", "10.1.0.0/16 0", "0.0.0.0/0 2" } },
	{ "L2Forward", BENCH_UDP, { "method echoback" } },
	{ "MACSwap", BENCH_UDP },
	{ "MACTable", BENCH_UDP, { "LEARN true", "02:00:00:00:00:01 1" }, -1 },
	{ "Measure", BENCH_UDP },
	{ "Merge", BENCH_UDP },
	{ "Meter", BENCH_UDP, { "10kpps", "1Mpps" }, -1 },
	{ "NDPQuerier", BENCH_IP6, { "2001:db8::1", "02:00:00:00:00:01", "2001:db8:1::2 02:00:00:00:00:02" } },
	{ "NDPResponder", BENCH_NS, { "2001:db8:1::/48 02:00:00:00:00:02" }, .once = 1 },
	{ "PacketSizeClassifier", BENCH_UDP },
	{ "Pad", BENCH_UDP, { "64" }, .once = 1 },
	{ "Paint", BENCH_UDP, { "7" } },
	{ "PaintSwitch", BENCH_UDP },
	{ "Print", BENCH_UDP, { "RATE 1000kpps" }, .quiet = 1 },
	{ "RandomSplit", BENCH_UDP, { "0.5" }, -1 },
	{ "RateLimiter", BENCH_UDP, { "RATE 1000Mpps", "BURST 1000000", "BITRATE 1000Gbps" } },
	{ "Sink", BENCH_UDP, { NULL }, -1 },
	{ "StaticNAT", BENCH_UDP, { "OUT", "10.0.0.0/24 192.0.2.0/24", "172.16.0.1 198.51.100.2" }, .once = 1 },
	{ "Tee", BENCH_UDP, { "2" } },
	{ "ToOutput", BENCH_UDP },
	{ "ToPcap", BENCH_UDP, { "FILE /dev/null" }, -1 },
	{ "VLANPop", BENCH_VLAN, .once = 1 },
	{ "VLANPush", BENCH_UDP, { "7" }, .once = 1 },
	{ "VLANSplit", BENCH_VLAN, { "10", "7", "untagged" }, 1 },
	{ "VXLANDecap", BENCH_VXLAN, .once = 1 },
	{ "VXLANDecapTable", BENCH_VXLAN, { "1", "2" }, .once = 1 },
	{ "VXLANEncap", BENCH_UDP, { "1", "192.0.2.1", "192.0.2.2" }, .once = 1 },
	{ "VXLANEncapTable", BENCH_UDP, { "SRC 192.0.2.1", "10.1.2.2 1 192.0.2.2" }, .once = 1 },
	{ "WildcardMatch",
	  BENCH_UDP,
	  { "FIELDS ip.src ip.dst l4.dport", "10.0.0.0/8 * 80 10 0", "* 10.1.0.0/16 5000 5 1", "* * * 0 2" },
	  1 },
};

#define NSUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

#endif
