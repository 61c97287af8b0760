"""How a provider is asked, and how what it sends is read."""
