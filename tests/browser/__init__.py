"""What a person sees and does, in a real browser, over the real wire on both sides."""
