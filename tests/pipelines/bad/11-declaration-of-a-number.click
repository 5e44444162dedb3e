// expect: 3:7: expected a class name after '::', found '42'
// SPDX-License-Identifier: GPL-2.0-or-later
in :: 42;
