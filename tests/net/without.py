#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a command as on a kernel that lacks something: without.py CALL[/FIRST_ARGUMENT]=ERROR... -- COMMAND...
A seccomp filter answers those calls in the kernel's place. x86-64 only; ends with status 77 elsewhere."""
import ctypes
import errno
import os
import platform
import struct
import sys

NUMBERS = {"socket": 41, "bpf": 321}
# names of first arguments: address families, commands of bpf()
ARGUMENTS = {"AF_XDP": 44, "RAW_TRACEPOINT_OPEN": 17, "LINK_CREATE": 28}
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K
ALLOW, FAIL = 0x7FFF0000, 0x00050000
PR_SET_SECCOMP, MODE_FILTER = 22, 2


def rule(text):
    call, error = text.split("=")
    name, _, argument = call.partition("/")
    code = [(LOAD, 0, 0, 0), (EQUAL, 0, 3 if argument else 1, NUMBERS[name])]
    if argument:
        code += [(LOAD, 0, 0, 16), (EQUAL, 0, 1, ARGUMENTS[argument])]
    return code + [(RETURN, 0, 0, FAIL | getattr(errno, error))]


def main():
    if platform.machine() != "x86_64":
        sys.exit(77)
    split = sys.argv.index("--")
    code = [i for text in sys.argv[1:split] for i in rule(text)] + [(RETURN, 0, 0, ALLOW)]
    raw = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *i) for i in code))
    prog = ctypes.create_string_buffer(struct.pack("@HP", len(code), ctypes.addressof(raw)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.c_void_p(ctypes.addressof(prog)), 0, 0):
        sys.exit(f"without.py: {os.strerror(ctypes.get_errno())}")
    os.execvp(sys.argv[split + 1], sys.argv[split + 1:])


main()
