#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What elements make of generated frames, as tshark reads it: test_tshark.py.
set -euo pipefail

cd "$(dirname "$0")/../.."
make -s build/tests/push build/tests/frames
exec /usr/bin/python3 tests/packets/test_tshark.py build/tests/push build/tests/frames
