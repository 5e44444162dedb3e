// expect: 3:17: expected ';' after the declaration, found '->'
// SPDX-License-Identifier: GPL-2.0-or-later
a, b :: Counter -> ToHost;
