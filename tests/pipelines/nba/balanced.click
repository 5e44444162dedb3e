// SPDX-License-Identifier: GPL-2.0-or-later
// by the name that is not NBA's
FromInput() -> LoadBalance -> L2Forward("method two_to_one") -> ToOutput();
