// expect: 4:2: Queue@2: unknown argument 'DEADLIN'; did you mean 'DEADLINE'?
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Queue(TRIGGER 8,
	DEADLIN 50us) -> ToHost;
