"""One prompt from the reader to the provider and back, through the outside only."""
