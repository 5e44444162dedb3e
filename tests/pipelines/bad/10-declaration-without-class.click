// expect: 3:7: expected a class name after '::', found ';'
// SPDX-License-Identifier: GPL-2.0-or-later
in :: ;
in -> ToHost;
