// SPDX-License-Identifier: GPL-2.0-or-later
// a batch as a whole to one port, the next to the next; behind a queue there are batches
FromInput() -> Queue() -> L2Forward("method roundrobin_batch") -> ToOutput();
