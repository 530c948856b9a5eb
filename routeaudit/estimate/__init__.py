"""Estimate: what calls cost, how long they take and how good they are, with and without routing."""
