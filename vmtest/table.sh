#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Lays the insns.tsv of all kernels side by side: instructions verified, and bytes of machine code, or why a kernel refuses the
# program. Called by `make vmtest`, and by hand after vmtest/run.sh all -o DIR:  vmtest/table.sh DIR
set -euo pipefail

dir=${1:?usage: table.sh DIR, as given to run.sh -o}
files=()
for k in 6.1 6.12 7; do
	[ ! -s "$dir/$k/insns.tsv" ] || files+=("$dir/$k/insns.tsv")
done
[ ${#files[@]} -gt 0 ] || { echo "table.sh: no insns.tsv in $dir; run vmtest/run.sh all -o $dir" >&2; exit 1; }
awk -F'\t' '
	FNR == 1 { n = split(FILENAME, part, "/"); kernel[++kernels] = part[n - 1] }
	{
		row = $1 "\t" $2 "\t" $3
		if (!(row in seen)) { seen[row] = 1; order[++rows] = row }
		cell[row, kernels] = $4 == "ok" ? $5 " (" $7 " B)" : $4
	}
	END {
		line = "file\tprogram\tclass"
		for (k = 1; k <= kernels; k++) line = line "\t" kernel[k]
		print line
		for (r = 1; r <= rows; r++) {
			line = order[r]
			for (k = 1; k <= kernels; k++) line = line "\t" (((order[r], k) in cell) ? cell[order[r], k] : "-")
			print line
		}
	}' "${files[@]}" | column -t -s "$(printf '\t')"
