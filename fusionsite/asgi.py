"""One application for pages and sockets."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fusionsite.settings")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from council.routing import sockets  # noqa: E402
from fusionsite.proxies import BehindProxies  # noqa: E402

application = BehindProxies(
    ProtocolTypeRouter({"http": pages, "websocket": sockets}), settings.ENV.trusted_proxies
)
