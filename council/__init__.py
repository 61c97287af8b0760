"""Fusion Council: one question, a council of models, a checkable comparison."""
