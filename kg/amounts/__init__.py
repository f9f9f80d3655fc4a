"""Amounts as people write them: numerals, units with dated factors, ranges, bounds, how often.

`units` says what units there are (the SI's, and those that a pack declares in `units.yaml`), `numerals` reads
numbers in digits and in Chinese, `read` finds amounts in a text.
"""

from kg.amounts.read import Amount, find_amounts, read_amount
from kg.amounts.units import Factor, Unit, Units, parse_units, unit_faults

__all__ = ["Amount", "Factor", "Unit", "Units", "find_amounts", "parse_units", "read_amount", "unit_faults"]
