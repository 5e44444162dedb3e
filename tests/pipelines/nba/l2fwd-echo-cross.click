// SPDX-License-Identifier: GPL-2.0-or-later
// what a port of one half receives leaves by the same of the other half
FromInput() -> L2Forward("method echoback_cross") -> ToOutput();
