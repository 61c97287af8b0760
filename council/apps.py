"""The Django app."""

from django.apps import AppConfig
from django.conf import settings

from council.wire import outbound


class CouncilConfig(AppConfig):
    """The only app: every room of ``council/``."""

    name = "council"
    verbose_name = "Fusion Council"

    def ready(self) -> None:
        """Once, before anything is asked: the way out."""
        env = settings.ENV
        if env.outbound_proxy is not None:
            proxy = env.outbound_proxy
            outbound.leave_by(proxy.url, proxy.user, proxy.password, env.local_endpoints)
