"""Request and response bodies of each provider's API, whatever log they were found in."""
