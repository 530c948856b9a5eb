"""Write the parts of the docs that are made from the code: `python -m tools.docs`."""
