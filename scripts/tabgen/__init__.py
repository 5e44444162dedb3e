# SPDX-License-Identifier: GPL-2.0-or-later
"""What scripts/tables.py is made of: frames and captures, tables, pipelines."""
