// expect: 3:3: unexpected '-': expected '->' between elements, '_' in a name
// SPDX-License-Identifier: GPL-2.0-or-later
nf-1 :: Counter;
