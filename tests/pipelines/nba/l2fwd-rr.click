// SPDX-License-Identifier: GPL-2.0-or-later
FromInput() -> L2Forward("method roundrobin") -> ToOutput();
