// SPDX-License-Identifier: GPL-2.0-or-later
// what one port receives leaves by its pair
FromInput() -> L2Forward("method echoback") -> ToOutput();
