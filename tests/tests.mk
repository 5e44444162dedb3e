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

# batchy-gen is not in the library: its test brings the files it tests
GEN_UNIT := $(addprefix $(BUILD)/san/user/gen/,frame.o schedule.o account.o)
$(BUILD)/tests/test_gen: $(GEN_UNIT)
$(BUILD)/tests/test_gen: private CFLAGS += $(GEN_UNIT)

.PHONY: unit packets
unit: $(UNIT)
packets: $(PACKETS)

.PHONY: test vmtest bench format check-format
test:
	$(Q)scripts/test.sh

vmtest:
	$(Q)scripts/test.sh vm

bench: all
	$(Q)scripts/bench.sh

format:
	$(Q)git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format-19 -i

check-format:
	$(Q)scripts/style.sh
