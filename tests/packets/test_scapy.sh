#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Elements that change packets, against what scapy makes of the same packets and tshark reads in them: test_scapy.py, in a world of
# its own because it loads BPF.
set -euo pipefail

cd "$(dirname "$0")/../.."
PYTHON=/usr/bin/python3 # Debian's, which has Debian's scapy

if ! "$PYTHON" -c 'import scapy' 2>/dev/null; then
	echo "not ok scapy: python3-scapy is missing; scripts/deps.sh test installs it"
	exit 1
fi
make -s build/tests/push
# shellcheck disable=SC2016 # expanded by the inner shell
exec unshare --mount --net --propagation private bash -c \
	'mount -t sysfs sysfs /sys && mount -t bpf bpf /sys/fs/bpf && ip link set lo up && exec "$@"' _ \
	"$PYTHON" tests/packets/test_scapy.py build/tests/push
