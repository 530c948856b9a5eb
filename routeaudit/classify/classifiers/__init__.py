"""Classifiers: the name of a file is the name that users type."""
