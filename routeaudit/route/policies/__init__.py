"""The policies: the name of a file here is the name that users type."""
