"""Settings, addresses and the application: assembles, decides nothing."""
