// expect: 3:1: compound elements (elementclass) are not part of this language
// SPDX-License-Identifier: GPL-2.0-or-later
elementclass Both { input -> Counter -> output }
