"""Checks on the words of prompts: each server's filters, and the safety rules that apply everywhere. Pure Python."""
