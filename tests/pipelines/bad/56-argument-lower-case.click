// expect: 3:29: Queue@2: unknown argument 'trigger'; did you mean 'TRIGGER'?
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Queue(trigger 8) -> ToHost;
