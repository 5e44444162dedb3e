// expect: 3:6: expected ',' or '::' after a list of names, found '->'
// SPDX-License-Identifier: GPL-2.0-or-later
a, b -> ToHost;
