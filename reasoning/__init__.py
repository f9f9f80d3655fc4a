"""Turns a question into a verified answer: link, check safety, plan, retrieve, draft, verify, revise."""
