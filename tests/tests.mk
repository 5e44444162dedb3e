# SPDX-License-Identifier: GPL-2.0-or-later
# Test targets, included by the top Makefile. A unit test is one cmocka program, tests/unit/test_NAME.c; a packet test is
# one program tests/packets/test_NAME.c that loads BPF (root). Both are linked with the library built under ASan + UBSan.

SAN      := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SAN_OBJS := $(LIB_SRCS:%.c=$(BUILD)/san/%.o) $(ELEMENTS:%=$(BUILD)/san/native/%.o) $(BUILD)/obj/bpf_blobs.o
UNIT     := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
PACKETS  := $(patsubst tests/packets/%.c,$(BUILD)/tests/%,$(wildcard tests/packets/test_*.c))

$(BUILD)/san/%.o: %.c
	$(call say,CC-SAN,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -O1 $(SAN) -MMD -MP -c -o $@ $<

$(BUILD)/san/native/%.o: user/element/native.c include/elements/%.h
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -O1 $(SAN) -DEL=$* -DEL_HEADER='<elements/$*.h>' -MMD -MP -c -o $@ $<

$(BUILD)/libbatchy-san.a: $(SAN_OBJS)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/tests/%: tests/unit/%.c $(BUILD)/libbatchy-san.a
	$(call say,TEST,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -O1 $(SAN) -MMD -MP -o $@ $< $(BUILD)/libbatchy-san.a -lcmocka $(LDLIBS)

$(BUILD)/tests/%: tests/packets/%.c $(BUILD)/libbatchy-san.a
	$(call say,TEST,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -O1 $(SAN) -MMD -MP -o $@ $< $(BUILD)/libbatchy-san.a -lcmocka $(LDLIBS)

# batchy-gen is not in the library: its tests bring the files they test
GEN_UNIT := $(addprefix $(BUILD)/san/user/gen/,frame.o schedule.o account.o sender.o)
$(BUILD)/tests/test_gen $(BUILD)/tests/test_gen_send: $(GEN_UNIT)
$(BUILD)/tests/test_gen $(BUILD)/tests/test_gen_send: private CFLAGS += $(GEN_UNIT)

# nor is the command line; its main() makes room for the test's
CLI_UNIT := $(patsubst %.c,$(BUILD)/san/%.o,$(wildcard user/cli/*.c))
$(BUILD)/san/user/cli/main.o: private CPPFLAGS += -Dmain=cli_main
$(BUILD)/tests/test_cli: $(CLI_UNIT)
$(BUILD)/tests/test_cli: private CFLAGS += $(CLI_UNIT)

.PHONY: unit packets
unit: $(UNIT)
packets: $(PACKETS) $(BUILD)/tests/push $(BUILD)/tests/frames $(BUILD)/profiles/done

$(BUILD)/tests/frames: tests/packets/frames.c
	$(call say,TEST,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -o $@ $<

# profiles with traffic for them; what reads it is built alone too
$(BUILD)/tests/test_pipeline $(BUILD)/tests/test_worker_fuzz: | $(BUILD)/profiles/done
$(BUILD)/profiles/done: scripts/tables.py $(wildcard scripts/tabgen/*.py)
	$(call say,TABLES,$(@D))
	$(Q)scripts/tables.py --all -o $(@D) && touch $@

.PHONY: test vmtest bench format check-format
test:
	$(Q)scripts/test.sh

# the optimised library: what it measures is what runs
$(BUILD)/bench_elements: tests/bench/elements.c $(BUILD)/libbatchy.a
	$(call say,BENCH,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -o $@ $< $(BUILD)/libbatchy.a $(LDLIBS)

$(BUILD)/bench_acl: tests/bench/acl.c $(BUILD)/libbatchy.a
	$(call say,BENCH,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -o $@ $< $(BUILD)/libbatchy.a $(LDLIBS)

$(BUILD)/bench_decide: tests/bench/decide.c $(BUILD)/libbatchy.a
	$(call say,BENCH,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -o $@ $< $(BUILD)/libbatchy.a $(LDLIBS)

$(BUILD)/bench_chain: tests/bench/chain.c $(BUILD)/libbatchy.a $(BUILD)/bench/chain.bpf.o
	$(call say,BENCH,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -o $@ $< $(BUILD)/libbatchy.a $(LDLIBS)

$(BUILD)/bench/chain.bpf.o: tests/bench/chain.bpf.c bpf/tables.bpf.h
	$(call say,BPF,$<)
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -c -o $@ $<

$(BUILD)/bench_lookup: tests/bench/lookup.c tests/bench/sets.h $(BUILD)/libbatchy.a $(BUILD)/bench_lookup.bpf.o
	$(call say,BENCH,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -o $@ $< $(BUILD)/libbatchy.a $(LDLIBS)

# only where DPDK's headers are
$(BUILD)/bench_fib: tests/bench/fib.c
	$(call say,BENCH,$<)
	$(Q)$(CC) $(CFLAGS) $(shell pkg-config --cflags libdpdk) -o $@ $< -lrte_fib -lrte_eal

$(BUILD)/bench_lookup.bpf.o: tests/bench/lookup.bpf.c include/elements/iplookup.h
	$(call say,BPF,$<)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

bench: all
	$(Q)scripts/bench.sh

format:
	$(Q)git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format-19 -i

check-format:
	$(Q)scripts/style.sh

# the pipeline language under libFuzzer: only what a file goes through before anything touches the system
FUZZ_SECONDS ?= 600
FUZZ_FLAGS := -O1 -g -std=gnu17 -fno-strict-aliasing -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_SRCS := tests/fuzz/fuzz_pipeline.c user/lib/err.c user/lib/hist.c user/lib/units.c $(filter-out user/element/native.c,\
	$(foreach d,config graph placement element,$(wildcard user/$(d)/*.c)))
FUZZ_OBJS := $(FUZZ_SRCS:%.c=$(BUILD)/fuzz/%.o) $(ELEMENTS:%=$(BUILD)/fuzz/native/%.o)

$(BUILD)/fuzz/%.o: %.c
	$(call say,CC-FUZZ,$<)
	$(Q)mkdir -p $(@D) && $(CLANG) $(CPPFLAGS) $(FUZZ_FLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/native/%.o: user/element/native.c include/elements/%.h
	$(Q)mkdir -p $(@D) && $(CLANG) $(CPPFLAGS) $(FUZZ_FLAGS) -DEL=$* -DEL_HEADER='<elements/$*.h>' -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/fuzz_pipeline: $(FUZZ_OBJS)
	$(call say,LD,$@)
	$(Q)$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^ $(shell pkg-config --libs libpcap jansson) -lm

fuzz: $(BUILD)/fuzz/fuzz_pipeline
	$(Q)mkdir -p $(BUILD)/fuzz/corpus
	$(BUILD)/fuzz/fuzz_pipeline -max_total_time=$(FUZZ_SECONDS) -dict=tests/fuzz/pipeline.dict -timeout=10 -max_len=16384 \
		-artifact_prefix=$(BUILD)/fuzz/ -print_final_stats=1 $(BUILD)/fuzz/corpus tests/pipelines/good \
		tests/pipelines/bad profiles

.PHONY: tidy
tidy: export TIDY_FLAGS = $(CPPFLAGS) -std=gnu17 $(shell pkg-config --cflags $(PKGS))
tidy:
	$(Q)scripts/tidy.sh
