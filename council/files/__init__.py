"""Files somebody brings to a question: what they are, by their content, and what they say."""
