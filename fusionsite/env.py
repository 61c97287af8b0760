"""The environment, read once and strictly: a wrong value stops the start with a sentence.

Every name that is read here is listed in docs/settings.md; a test holds the two together.
"""

import base64
import contextlib
import ipaddress
import math
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from fusionsite import proxies

KNOWN_PROVIDERS = {
    "openrouter": ("OPENROUTER_API_KEY", "https://openrouter.ai/api/v1"),
    "openai": ("OPENAI_API_KEY", "https://api.openai.com/v1"),
    "anthropic": ("ANTHROPIC_API_KEY", "https://api.anthropic.com/v1"),
    "gemini": ("GEMINI_API_KEY", "https://generativelanguage.googleapis.com/v1beta/openai"),
    "groq": ("GROQ_API_KEY", "https://api.groq.com/openai/v1"),
    "mistral": ("MISTRAL_API_KEY", "https://api.mistral.ai/v1"),
    "deepseek": ("DEEPSEEK_API_KEY", "https://api.deepseek.com/v1"),
    "xai": ("XAI_API_KEY", "https://api.x.ai/v1"),
    "together": ("TOGETHER_API_KEY", "https://api.together.xyz/v1"),
}
RESERVED_NAMES = {*KNOWN_PROVIDERS, "ollama", "rehearsal", "council"}
LIMITS = {
    "LIMIT_FIRST_TOKEN_S": ("first_token_s", 60.0),
    "LIMIT_FIRST_TOKEN_REASONING_S": ("first_token_reasoning_s", 300.0),
    "LIMIT_STALL_S": ("stall_s", 45.0),
    "LIMIT_MEMBER_S": ("member_s", 600.0),
    "LIMIT_RUN_S": ("run_s", 1200.0),
    "LIMIT_LATE_S": ("late_s", 30.0),
    "LIMIT_RETRY_AFTER_S": ("retry_after_max_s", 30.0),
    "LIMIT_RETRIES": ("retries", 2),
    "LIMIT_BACKOFF_S": ("backoff_max_s", 8.0),
    "LIMIT_ANSWER_CHARS": ("max_chars", 400_000),
    "LIMIT_JUDGE_CHARS": ("judge_chars", 400_000),
    "LIMIT_ANSWER_TOKENS": ("capped_tokens", 16_000),
}
MOST_PROMPT_CHARS = 200_000
"""What a plan can hold, and a form bring."""
FILES = {
    "ATTACH_FILES": ("count", 8),
    "ATTACH_FILE_MB": ("file_mb", 10.0),
    "ATTACH_IMAGE_MB": ("image_mb", 5.0),
    "ATTACH_TOTAL_MB": ("total_mb", 20.0),
    "ATTACH_TEXT_CHARS": ("chars", 200_000),
}
SIGN_UP = ("open", "approve", "closed")
SEARCH_BACKENDS = {
    "brave": ("BRAVE", "https://api.search.brave.com/res/v1/web/search"),
    "tavily": ("TAVILY", "https://api.tavily.com/search"),
}
_ENDPOINT = re.compile(r"(?:\[[0-9a-f:.]+\]|[^\s:/@\[\]]+):(\d{1,5})")
_ADDED = re.compile(r"^COUNCIL_PROVIDER_([A-Z0-9_]+?)_(URL|KEY|CONCURRENCY)$")
_USER = re.compile(r"//[^/]*@")
_MODEL = re.compile(r"[a-z0-9][a-z0-9_-]*/\S+")
_MAIL = {"smtp": (587, "starttls"), "smtps": (465, "ssl"), "smtp+plain": (25, "")}
_USUAL_PORTS = {"http": 80, "https": 443}
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


class BadSetting(Exception):
    """One or more settings are wrong; the message names each and says what is expected."""


@dataclass(frozen=True)
class ProviderSetting:
    """One provider the environment switches on. ``concurrency`` None means no limit of ours."""

    name: str
    url: str
    key: str | None = field(repr=False, default=None)
    concurrency: int | None = None


@dataclass(frozen=True)
class SearchSetting:
    """The one search engine members may use: ``searxng``, ``brave`` or ``tavily``."""

    backend: str
    url: str
    key: str | None = field(repr=False, default=None)


@dataclass(frozen=True)
class MailSetting:
    """The server that sends our mail; ``security`` is ``""``, ``starttls`` or ``ssl``."""

    host: str
    port: int
    user: str
    sender: str
    security: str
    password: str = field(repr=False, default="")


@dataclass(frozen=True)
class ProxySetting:
    """The forward proxy this server leaves by."""

    url: str
    user: str = ""
    password: str = field(repr=False, default="")


@dataclass(frozen=True)
class OidcSetting:
    """One OpenID Connect provider people may sign in with. ``url`` is its issuer."""

    name: str
    url: str
    client_id: str
    secret: str = field(repr=False, default="")


@dataclass(frozen=True)
class Env:
    """All settings, parsed. The caps are US dollars; None means that none applies.

    ``sign_up``: ``open`` lets everybody who signs up use the server's own keys, ``approve`` only
    whom the owner lets, ``closed`` takes nobody new. ``titles`` is ``words`` or the model that
    names conversations. ``guest_budget_usd`` is what all guests together may spend in a month.
    ``limits`` go into every plan; ``connect_s`` is how long a provider may take to be reached,
    ``tool_s`` one search or page, ``retry_share`` the part of a provider's active turns that may be
    retries, ``socket_frames`` what a reader may leave unacknowledged.
    """

    data_dir: Path
    debug: bool
    host: str
    port: int
    public_url: str | None
    allowed_hosts: tuple[str, ...]
    database_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)
    secret_key: str = field(repr=False)
    providers: tuple[ProviderSetting, ...]
    ollama_url: str
    ollama_named: bool
    limits: dict[str, float]
    connect_s: float
    tool_s: float
    retry_share: float
    prompt_chars: int
    socket_frames: int
    cap_run_usd: float | None
    cap_person_month_usd: float | None
    files: dict[str, Any]
    search: SearchSetting | None
    local_endpoints: frozenset[str]
    credentials_keys: tuple[str, ...] = field(repr=False)
    guests: bool
    guest_budget_usd: float
    sign_up: str
    titles: str
    mail: MailSetting | None
    oidc: OidcSetting | None
    trusted_proxies: tuple[proxies.Network, ...]
    outbound_proxy: ProxySetting | None

    @property
    def origins(self) -> frozenset[str]:
        """The exact origins a browser may open a socket from."""
        if self.public_url:
            return frozenset({self.public_url})
        return frozenset({f"http://127.0.0.1:{self.port}", f"http://localhost:{self.port}"})


class _Reader:
    """Takes settings out of a mapping and gathers what is wrong with them."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, "").strip() or default

    def flag(self, name: str, default: bool = False) -> bool:
        raw = self.values.get(name)
        if raw is None:
            return default
        if raw.strip().lower() in _TRUE:
            return True
        if raw.strip().lower() not in _FALSE:
            self.problems.append(f"{name}={raw!r}: expected 1 or 0.")
        return False

    def number(self, name: str, default: float, least: float, most: float) -> float:
        raw = self.text(name)
        if not raw:
            return default
        try:
            value = float(raw)
        except ValueError:
            value = math.nan
        is_fit = least <= value <= most  # never true of nan
        if not is_fit or (isinstance(default, int) and value != int(value)):
            kind = "a whole number" if isinstance(default, int) else "a number"
            self.problems.append(f"{name}={raw!r}: expected {kind} from {least:g} to {most:g}.")
            return default
        return int(value) if isinstance(default, int) else value

    def one_of(self, name: str, known: tuple[str, ...], default: str) -> str:
        raw = self.text(name, default)
        if raw not in known:
            self.problems.append(f"{name}={raw!r}: expected one of {', '.join(known)}.")
        return raw

    def number_or_none(self, name: str, least: float, most: float) -> float | None:
        return self.number(name, least, least, most) if self.text(name) else None

    def url(self, name: str, schemes: tuple[str, ...], default: str = "") -> str:
        raw = self.text(name, default)
        if not raw:
            return ""
        parts = _split(raw)
        is_fit = parts is not None and parts.scheme in schemes
        if parts is None or not is_fit or (not parts.hostname and parts.scheme != "sqlite"):
            expected = " or ".join(f"{s}://…" for s in schemes)
            shown = _USER.sub("//…@", raw)  # a password may stand there
            self.problems.append(f"{name}={shown!r}: expected {expected}")
        elif parts.username and parts.scheme.startswith("http"):
            self.problems.append(f"{name}: an address with a user name in it is not accepted.")
        return raw.rstrip("/")


def load(values: Mapping[str, str], base_dir: Path) -> Env:
    """Parse the settings. Raises BadSetting naming every wrong one."""
    read = _Reader(values)
    data_dir = Path(read.text("DATA_DIR", str(base_dir / "var")))
    debug = read.flag("DEBUG")
    port = int(read.number("PORT", 8000, 0, 65535))
    public_url = _public_url(read)
    allowed = _allowed_hosts(read, public_url, debug)
    ollama = _ollama_url(read)
    limits = {field_: read.number(name, d, 0, 10**7) for name, (field_, d) in LIMITS.items()}
    env = Env(
        data_dir=data_dir,
        debug=debug,
        host=read.text("HOST", "127.0.0.1"),
        port=port,
        public_url=public_url or None,
        allowed_hosts=allowed,
        database_url=read.url("DATABASE_URL", ("sqlite", "postgres", "postgresql"))
        or f"sqlite:///{data_dir / 'council.sqlite3'}",
        redis_url=read.url("REDIS_URL", ("redis", "rediss")) or None,
        secret_key=read.text("SECRET_KEY"),
        providers=tuple(_providers(read)),
        ollama_url=ollama,
        ollama_named=bool(read.text("OLLAMA_HOST")),
        limits=limits,
        connect_s=read.number("LIMIT_CONNECT_S", 10.0, 0.1, 300.0),
        tool_s=read.number("LIMIT_TOOL_S", 15.0, 0.1, 300.0),
        retry_share=read.number("LIMIT_RETRY_SHARE", 0.2, 0.0, 1.0),
        prompt_chars=int(
            read.number("LIMIT_PROMPT_CHARS", MOST_PROMPT_CHARS, 100, MOST_PROMPT_CHARS)
        ),
        socket_frames=int(read.number("LIMIT_SOCKET_FRAMES", 256, 16, 10_000)),
        cap_run_usd=read.number_or_none("CAP_RUN_USD", 0.0, 10**6),
        cap_person_month_usd=read.number_or_none("CAP_PERSON_MONTH_USD", 0.0, 10**6),
        files={field_: read.number(name, d, 0, 10**7) for name, (field_, d) in FILES.items()},
        search=_search(read),
        local_endpoints=_local_endpoints(read),
        credentials_keys=_credentials_keys(read),
        guests=read.flag("GUESTS"),
        guest_budget_usd=read.number("GUEST_BUDGET_USD", 0.0, 0.0, 10**6),
        sign_up=read.one_of("SIGN_UP", SIGN_UP, "approve"),
        titles=_titles(read),
        mail=_mail(read),
        oidc=_oidc(read),
        trusted_proxies=_trusted_proxies(read),
        outbound_proxy=_outbound_proxy(read),
    )
    if read.problems:
        raise BadSetting("\n".join(read.problems))
    return env


def _split(url: str) -> SplitResult | None:
    """The parts of an address, or None when it is none: bad brackets, a port that is no number."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _public_url(read: _Reader) -> str:
    """The address as browsers write an origin: lower case, without the scheme's own port."""
    url = read.url("PUBLIC_URL", ("http", "https"))
    parts = _split(url)
    if not url or parts is None or not parts.hostname:
        return ""
    if parts.path or parts.query or parts.fragment:
        read.problems.append(f"PUBLIC_URL={url!r}: expected scheme and host only, without a path.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    is_usual = parts.port in (None, _USUAL_PORTS.get(parts.scheme))
    return f"{parts.scheme}://{host}" + ("" if is_usual else f":{parts.port}")


def _allowed_hosts(read: _Reader, public_url: str, debug: bool) -> tuple[str, ...]:
    hosts = [host.strip() for host in read.text("ALLOWED_HOSTS").split(",") if host.strip()]
    if "*" in hosts and not debug:
        read.problems.append("ALLOWED_HOSTS='*' is only accepted with DEBUG=1: name the hosts.")
    if public_url:
        hosts.append(urlsplit(public_url).hostname or "")
    return tuple(dict.fromkeys([*hosts, "127.0.0.1", "localhost", "[::1]"]))


def _ollama_url(read: _Reader) -> str:
    raw = read.text("OLLAMA_HOST", "127.0.0.1:11434")
    url = raw if "://" in raw else f"http://{raw}"
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        read.problems.append(f"OLLAMA_HOST={raw!r}: expected host:port or http://host:port")
        return ""
    host = "127.0.0.1" if parts.hostname in ("0.0.0.0", "::") else parts.netloc  # noqa: S104
    if host == "127.0.0.1":
        host = f"127.0.0.1:{parts.port or 11434}"
    return f"{parts.scheme}://{host}{parts.path.rstrip('/').removesuffix('/v1')}/v1"


def _providers(read: _Reader) -> list[ProviderSetting]:
    found = [
        ProviderSetting(name, url, read.text(variable))
        for name, (variable, url) in KNOWN_PROVIDERS.items()
        if read.text(variable)
    ]
    set_here = [key for key in read.values if read.text(key)]
    names = sorted({m.group(1) for key in set_here if (m := _ADDED.match(key))})
    for upper in names:
        name, prefix = upper.lower(), f"COUNCIL_PROVIDER_{upper}"
        url = read.url(f"{prefix}_URL", ("http", "https"))
        if name in RESERVED_NAMES:
            read.problems.append(f"{prefix}_URL: the name {name!r} is taken; choose another.")
        elif name.startswith("_"):
            read.problems.append(f"{prefix}_URL: a name begins with a letter or a digit.")
        elif not url:
            read.problems.append(f"{prefix}_KEY is set, but {prefix}_URL is missing.")
        limit = int(read.number(f"{prefix}_CONCURRENCY", 0, 0, 1000))
        found.append(ProviderSetting(name, url, read.text(f"{prefix}_KEY") or None, limit or None))
    return found


def _search(read: _Reader) -> SearchSetting | None:
    """The first that is set wins; the others are read all the same, lest a mistake hides."""
    found = []
    if url := read.url("SEARCH_URL", ("http", "https")):
        found.append(SearchSetting("searxng", url))
    for backend, (name, usual) in SEARCH_BACKENDS.items():
        url = read.url(f"{name}_URL", ("http", "https"), usual)
        if key := read.text(f"{name}_API_KEY"):
            found.append(SearchSetting(backend, url, key))
    return found[0] if found else None


def _credentials_keys(read: _Reader) -> tuple[str, ...]:
    found = tuple(k for one in read.text("CREDENTIALS_KEY").split(",") if (k := one.strip()))
    for number, key in enumerate(found, 1):
        if not is_credentials_key(key):
            which = f" (the {number}. of {len(found)})" if len(found) > 1 else ""
            read.problems.append(
                f"CREDENTIALS_KEY{which}: expected 32 bytes in URL-safe base64, 44 characters, as "
                "python -c 'from cryptography.fernet import Fernet; "
                "print(Fernet.generate_key().decode())' prints them."
            )
    return found


def is_credentials_key(text: str) -> bool:
    """True for 32 bytes in URL-safe base64."""
    try:
        return len(base64.b64decode(text, altchars=b"-_", validate=True)) == 32
    except ValueError:
        return False


def credentials_keys(env: Env) -> tuple[str, ...]:
    """What encrypts saved keys: as the environment says, else what is kept in the data folder.

    Raises BadSetting when the file there was damaged.
    """
    if env.credentials_keys:
        return env.credentials_keys
    kept = secret(env.data_dir, "credentials-key", _new_credentials_key)
    if not is_credentials_key(kept):
        raise BadSetting(
            f"{env.data_dir / 'credentials-key'} holds no credentials key any more. Put it back "
            "from a backup, or delete the file: the keys people saved must then be entered again."
        )
    return (kept,)


def _new_credentials_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")


def _titles(read: _Reader) -> str:
    raw = read.text("TITLES", "words")
    if raw != "words" and not _MODEL.fullmatch(raw):
        read.problems.append(f"TITLES={raw!r}: expected words, or a model as provider/model-id.")
    return raw


def _mail(read: _Reader) -> MailSetting | None:
    """``EMAIL_URL``: smtp:// (STARTTLS), smtps:// (TLS from the start) or smtp+plain://."""
    raw = read.text("EMAIL_URL")
    sender = read.text("EMAIL_FROM")
    if not raw:
        return None
    parts = _split(raw)
    kind = None if parts is None else _MAIL.get(parts.scheme)
    if parts is None or kind is None or not parts.hostname:
        expected = "smtp://user:password@host:587, smtps://… or smtp+plain://…"
        read.problems.append(f"EMAIL_URL={_USER.sub('//…@', raw)!r}: expected {expected}")
        return None
    if not sender:
        read.problems.append("EMAIL_URL is set, but EMAIL_FROM (the sender's address) is missing.")
    port, security = kind
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailSetting(parts.hostname, parts.port or port, user, sender, security, password)


def _oidc(read: _Reader) -> OidcSetting | None:
    url = read.url("OIDC_URL", ("http", "https"))
    client_id, secret = read.text("OIDC_CLIENT_ID"), read.text("OIDC_CLIENT_SECRET")
    if not url:
        return None
    if not client_id:
        read.problems.append("OIDC_URL is set, but OIDC_CLIENT_ID is missing.")
    return OidcSetting(read.text("OIDC_NAME", "Single sign-on"), url, client_id, secret)


def _local_endpoints(read: _Reader) -> frozenset[str]:
    found = [one.strip().lower() for one in read.text("LOCAL_ENDPOINTS").split(",") if one.strip()]
    for one in found:
        fits = _ENDPOINT.fullmatch(one)
        if fits is None or not 0 < int(fits.group(1)) < 65536:
            read.problems.append(f"LOCAL_ENDPOINTS: {one!r}: expected host:port, e.g. wiki:8080.")
    return frozenset(found)


def _trusted_proxies(read: _Reader) -> tuple[proxies.Network, ...]:
    try:
        return proxies.networks(read.text("TRUSTED_PROXIES"))
    except ValueError as problem:
        read.problems.append(f"TRUSTED_PROXIES: {problem}.")
        return ()


def _outbound_proxy(read: _Reader) -> ProxySetting | None:
    raw = read.text("OUTBOUND_PROXY")
    parts = _split(raw)
    if not raw:
        return None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        shown = _USER.sub("//…@", raw)
        read.problems.append(f"OUTBOUND_PROXY={shown!r}: expected http://proxy:3128")
        return None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return ProxySetting(url, user, password)


def is_loopback(url: str) -> bool:
    """True when the address is this machine: such servers get more time for their first token."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def keep(data_dir: Path) -> None:
    """Make the data folder, closed to other people of this machine: sessions will lie in it."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)


def _new_secret() -> str:
    return secrets.token_urlsafe(48)


def secret(data_dir: Path, name: str, make: Callable[[], str] = _new_secret) -> str:
    """The secret kept in ``data_dir/name``; made with mode 0600 when it is not there yet.

    Of two processes that start at once the first one's secret counts.
    """
    path = data_dir / name
    keep(data_dir)
    if not path.exists():
        handle, written = tempfile.mkstemp(dir=data_dir, prefix=f".{name}-")  # mode 0600
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(make())
        with contextlib.suppress(FileExistsError):
            os.link(written, path)
        Path(written).unlink()
    return path.read_text(encoding="ascii").strip()
