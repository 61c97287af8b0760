"""An endpoint that speaks OpenAI chat completions, as the wire needs to know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Provider:
    """Where a provider is and how it is let know who asks.

    ``base_url`` is what stands before ``/chat/completions``. ``headers`` are sent
    with every request. ``local`` says the server is the owner's own.
    ``concurrency`` is how many calls it may have at once; None means no limit.
    The key and the headers are left out of ``repr``.
    """

    name: str
    base_url: str
    key: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    local: bool = False
    concurrency: int | None = None

    @property
    def host(self) -> str:
        """``host`` or ``host:port`` of the address: who receives the prompt."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    def url(self, path: str) -> str:
        """The address of one endpoint, ``path`` without a leading slash."""
        return f"{self.base_url.rstrip('/')}/{path}"
