// expect: 4:4: expected '::', '->' or '(', found 'ToHost'
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE);
in ToHost;
