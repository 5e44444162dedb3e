# SPDX-License-Identifier: GPL-2.0-or-later
# Tests in virtual machines, included by the top Makefile. VMTEST says on which kernels: 6.1, 6.12, 7, all or none.

VMTEST ?= 6.1
VMTOOLS := $(BUILD)/vmtest/envprobe $(BUILD)/vmtest/insns $(BUILD)/vmtest/envprobe.bpf.o $(BUILD)/vmtest/other.bpf.o

$(BUILD)/vmtest/%: vmtest/tools/%.c $(BUILD)/libbatchy.a
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -o $@ $< $(BUILD)/libbatchy.a $(LDLIBS)

$(BUILD)/vmtest/%.bpf.o: vmtest/tools/%.bpf.c
	$(call say,BPF,$<)
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -c -o $@ $<

.PHONY: vmtest-tools
vmtest-tools: $(VMTOOLS)

vmtest: all vmtest-tools
	$(Q)[ "$(VMTEST)" = none ] || vmtest/run.sh $(VMTEST) -o $(BUILD)/vmtest
	$(Q)[ "$(VMTEST)" = none ] || vmtest/table.sh $(BUILD)/vmtest | tee $(BUILD)/vmtest/insns.txt
