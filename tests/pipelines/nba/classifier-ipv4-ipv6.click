// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromInput();
cls :: Classifier(12/0800, 12/86dd);
out :: ToOutput();
in -> cls;
cls[0] -> CheckIPHeader() -> DecIPTTL() -> l :: L2Forward("method echoback");
cls[1] -> CheckIP6Header() -> DecIP6HLIM() -> l;
l -> out;
