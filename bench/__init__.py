"""Measurements that print tables; the Makefile runs them."""
