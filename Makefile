# SPDX-License-Identifier: GPL-2.0-or-later
# Builds build/batchy-agent and build/batchy-gen. `make help` lists the targets; V=1 shows the commands.

BUILD   ?= build
CLANG   ?= $(firstword $(shell command -v clang-19 || command -v clang))
CC      := gcc
PREFIX  ?= /usr/local
DESTDIR ?=
V       ?= 0
Q       := $(if $(filter 1,$(V)),,@)
say      = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $(1) $(2))

PKGS    := libbpf libxdp jansson libmicrohttpd libpcap libelf zlib
CPPFLAGS += -Iinclude -I. -D_GNU_SOURCE -DBTY_PROFILES='"$(PREFIX)/share/batchy/profiles"'
WARN    := -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers
CFLAGS  ?= -O2 -g
CFLAGS  += -std=gnu17 $(WARN) -fno-strict-aliasing -pthread $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LDLIBS  += $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm -pthread
BPF_CFLAGS := -O2 -g --target=bpf -mcpu=v3 -fno-strict-aliasing -D__bpf__ $(WARN) -Wno-pass-failed -Iinclude -I. \
	-idirafter /usr/include/$(shell $(CC) -dumpmachine)

# one template, compiled once per element class
ELEMENTS := $(shell sed -nE 's/^BTY_EL(_WORKER)?\(([a-z0-9_]*)\)/\2/p' include/batchy/elements.def)
WORKER_ELEMENTS := $(shell sed -n 's/^BTY_EL_WORKER(\([a-z0-9_]*\))/\1/p' include/batchy/elements.def)
FRAMEWORK := flow fromdevice frominput loadbalance queue todevice tohost
XDP_ELEMENTS := $(filter-out $(FRAMEWORK) $(WORKER_ELEMENTS),$(ELEMENTS))
BPF_PROGS := $(patsubst bpf/%.bpf.c,%,$(filter-out bpf/element.bpf.c,$(wildcard bpf/*.bpf.c)))
BPF_OBJS := $(BPF_PROGS:%=$(BUILD)/bpf/%.bpf.o) $(XDP_ELEMENTS:%=$(BUILD)/bpf/el_%.bpf.o)

# data flows in this order, and a folder includes headers of itself and of those before it only; scripts/style.sh looks
FOLDERS := lib config element graph placement load cost run observe model decide apply control doctor bench profile export cli gen
LIB_SRCS := $(filter-out user/element/native.c,$(foreach d,$(filter-out cli gen,$(FOLDERS)),$(wildcard user/$(d)/*.c)))
LIB_OBJS := $(LIB_SRCS:%.c=$(BUILD)/obj/%.o) $(ELEMENTS:%=$(BUILD)/obj/native/%.o) $(BUILD)/obj/bpf_blobs.o
CLI_OBJS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard user/cli/*.c))
GEN_OBJS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard user/gen/*.c))

.PHONY: all test vmtest bench install uninstall clean help format check-format tidy fuzz
all: $(BUILD)/batchy-agent $(BUILD)/batchy-gen

help:
	@echo "make             build/batchy-agent and build/batchy-gen (PREFIX= as for make install, V=1 shows the commands)"
	@echo "make test        scripts/test.sh: unit tests, packet fixtures, namespaces, virtual machines (root)"
	@echo "make unit        builds the unit tests, build/tests/test_*; make packets those that load BPF (root to run)"
	@echo "make vmtest      the namespace tests under virtual machines (VMTEST=6.1|6.12|7|all)"
	@echo "make bench       benchmarks; writes build/bench.json and a table (root)"
	@echo "make fuzz        fuzz the pipeline parser (FUZZ_SECONDS=600)"
	@echo "make tidy        clang-tidy and cppcheck"
	@echo "make format      clang-format; make check-format checks that and more"
	@echo "make install     DESTDIR= PREFIX=/usr/local; make uninstall, with the same, removes it"
	@echo "make clean"

$(BUILD)/batchy-agent: $(CLI_OBJS) $(BUILD)/libbatchy.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/batchy-gen: $(GEN_OBJS) $(BUILD)/libbatchy.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/libbatchy.a: $(LIB_OBJS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/obj/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/native/%.o: user/element/native.c include/elements/%.h
	$(call say,CC,"element $*")
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -DEL=$* -DEL_HEADER='<elements/$*.h>' -MMD -MP -c -o $@ $<

$(BUILD)/bpf/el_%.bpf.o: bpf/element.bpf.c include/elements/%.h
	$(call say,BPF,"element $*")
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -DEL=$* -DEL_HEADER='<elements/$*.h>' -MMD -MP -c -o $@ $<

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c
	$(call say,BPF,$<)
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

# the beginning of every fused program: user/load/fuse.c writes the rest
$(BUILD)/bpf/fused.h: Makefile include/batchy/elements.def
	$(Q)mkdir -p $(@D) && { echo '#include "bpf/fused.bpf.h"'; for e in $(XDP_ELEMENTS); do \
		printf '#define EL %s\n#include <elements/%s.h>\n#include "bpf/fused_element.bpf.h"\n#undef EL\n' $$e $$e; \
		done; } >$@

$(BUILD)/bpf/fused.i: $(BUILD)/bpf/fused.h
	$(call say,BPF,"beginning of fused programs")
	$(Q)$(CLANG) $(BPF_CFLAGS) -DBTY_FUSED -E -P -MMD -MP -MT $@ -MF $(BUILD)/bpf/fused.d -x c -o $@ $<

# the BPF objects travel inside the agent
$(BUILD)/bpf_blobs.c: scripts/bpf-blobs.sh Makefile include/batchy/elements.def $(wildcard bpf/*.bpf.c)
	$(Q)mkdir -p $(@D) && scripts/bpf-blobs.sh $(BUILD)/bpf $(notdir $(BPF_OBJS)) fused.i >$@

$(BUILD)/obj/bpf_blobs.o: $(BUILD)/bpf_blobs.c $(BPF_OBJS) $(BUILD)/bpf/fused.i
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

include tests/tests.mk
include vmtest/vmtest.mk

# from the elements' own descriptions
$(BUILD)/batchy-elements.7: $(BUILD)/batchy-agent scripts/elements.sh
	$(call say,MAN,$@)
	$(Q)BUILD=$(BUILD) scripts/elements.sh --man >$@.tmp && mv $@.tmp $@

install: all $(BUILD)/batchy-elements.7
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/share/batchy/profiles $(DESTDIR)$(PREFIX)/share/man/man8 \
		$(DESTDIR)$(PREFIX)/share/man/man7
	install -m 755 $(BUILD)/batchy-agent $(BUILD)/batchy-gen $(DESTDIR)$(PREFIX)/sbin
	install -m 644 profiles/*.click $(DESTDIR)$(PREFIX)/share/batchy/profiles
	for f in $(wildcard profiles/*/*.txt); do install -D -m 644 $$f $(DESTDIR)$(PREFIX)/share/batchy/$$f || exit 1; done
	for f in $(wildcard profiles/costs/*.json); do install -D -m 644 $$f $(DESTDIR)$(PREFIX)/share/batchy/$$f || exit 1; done
	install -m 755 scripts/tables.py $(DESTDIR)$(PREFIX)/share/batchy
	install -d $(DESTDIR)$(PREFIX)/share/batchy/tabgen
	install -m 644 scripts/tabgen/*.py $(DESTDIR)$(PREFIX)/share/batchy/tabgen
	install -m 644 docs/batchy-agent.8 docs/batchy-gen.8 $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 644 $(BUILD)/batchy-elements.7 $(DESTDIR)$(PREFIX)/share/man/man7

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/batchy-agent $(DESTDIR)$(PREFIX)/sbin/batchy-gen
	rm -f $(DESTDIR)$(PREFIX)/share/man/man8/batchy-agent.8 $(DESTDIR)$(PREFIX)/share/man/man8/batchy-gen.8
	rm -f $(DESTDIR)$(PREFIX)/share/man/man7/batchy-elements.7
	rm -rf $(DESTDIR)$(PREFIX)/share/batchy

clean:
	rm -rf $(BUILD)
