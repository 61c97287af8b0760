"""Pages: door, action, template."""
