// expect: 3:21: s: SRC '10.0.0': expected an IP address
// SPDX-License-Identifier: GPL-2.0-or-later
s :: InfiniteSource(SRC 10.0.0) -> Sink;
