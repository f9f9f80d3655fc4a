"""Generated from the contract by `python proto/generate.py`; do not edit."""
