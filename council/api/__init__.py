"""A council is a model: the OpenAI-compatible API under ``/v1``."""
