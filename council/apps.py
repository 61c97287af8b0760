"""The Django app."""

from django.apps import AppConfig


class CouncilConfig(AppConfig):
    """The only app: every room of ``council/``."""

    name = "council"
    verbose_name = "Fusion Council"
