// expect: 3:29: Queue@2: TRIGGER 'many': expected a whole number
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Queue(many) -> ToHost;
