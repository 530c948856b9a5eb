"""Models, prices and published figures: data with a source and a date."""
