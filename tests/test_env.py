"""Settings are read strictly: a wrong value stops the start with a sentence that names it."""

import re
from pathlib import Path

import pytest

from fusionsite import env

ROOT = Path(__file__).resolve().parents[1]


def load(**values: str) -> env.Env:
    return env.load(values, ROOT)


def test_nothing_set_is_a_complete_configuration() -> None:
    found = load()
    assert found.port == 8000
    assert found.providers == ()
    assert found.database_url.startswith("sqlite:///")
    assert found.origins == {"http://127.0.0.1:8000", "http://localhost:8000"}


def test_a_key_switches_its_provider_on_and_stays_out_of_the_repr() -> None:
    found = load(OPENROUTER_API_KEY="sk-or-sentinel")
    assert [(p.name, p.url) for p in found.providers] == [
        ("openrouter", "https://openrouter.ai/api/v1")
    ]
    assert "sentinel" not in repr(found)


def test_any_endpoint_can_be_added_by_address() -> None:
    found = load(
        COUNCIL_PROVIDER_MY_VLLM_URL="http://10.0.0.5:8000/v1/",
        COUNCIL_PROVIDER_MY_VLLM_KEY="k",
        COUNCIL_PROVIDER_MY_VLLM_CONCURRENCY="3",
    )
    (added,) = found.providers
    assert (added.name, added.url, added.key, added.concurrency) == (
        "my_vllm",
        "http://10.0.0.5:8000/v1",
        "k",
        3,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("PORT", "80.5"),
        ("DEBUG", "maybe"),
        ("PUBLIC_URL", "council.example.org"),
        ("PUBLIC_URL", "https://council.example.org/path"),
        ("DATABASE_URL", "mysql://root@localhost/x"),
        ("REDIS_URL", "localhost:6379"),
        ("ALLOWED_HOSTS", "*"),
        ("LIMIT_STALL_S", "-1"),
        ("LIMIT_RETRIES", "1.5"),
        ("LIMIT_CONNECT_S", "0"),
        ("LIMIT_TOOL_S", "an hour"),
        ("LIMIT_RETRY_SHARE", "20"),
        ("LIMIT_PROMPT_CHARS", "200001"),
        ("LIMIT_SOCKET_FRAMES", "1"),
        ("CAP_RUN_USD", "-1"),
        ("CAP_PERSON_MONTH_USD", "ten"),
        ("OLLAMA_HOST", "ftp://x"),
        ("COUNCIL_PROVIDER_X_URL", "file:///etc/passwd"),
        ("COUNCIL_PROVIDER_X_URL", "http://user:secret@host/v1"),
        ("COUNCIL_PROVIDER_OPENAI_URL", "http://host/v1"),
        ("SEARCH_URL", "127.0.0.1:8888"),
        ("TAVILY_URL", "tavily"),
        ("LOCAL_ENDPOINTS", "wiki"),
        ("LOCAL_ENDPOINTS", "127.0.0.1:8001, http://wiki:80"),
        ("LOCAL_ENDPOINTS", "wiki:0"),
        ("OUTBOUND_PROXY", "proxy:3128"),
        ("OUTBOUND_PROXY", "socks5://proxy:1080"),
        ("TRUSTED_PROXIES", "nginx"),
        ("TRUSTED_PROXIES", "127.0.0.1, *"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
        ("TRUSTED_PROXIES", "::/0"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(env.BadSetting, match=name):
        load(**{name: value})


def test_every_wrong_value_is_named_at_once_and_no_secret_is_repeated() -> None:
    with pytest.raises(env.BadSetting) as caught:
        load(PORT="x", DEBUG="y", COUNCIL_PROVIDER_X_URL="http://user:sentinel@host/v1")
    assert "PORT" in str(caught.value)
    assert "DEBUG" in str(caught.value)
    assert "sentinel" not in str(caught.value)


def test_a_key_without_its_address_is_named() -> None:
    with pytest.raises(env.BadSetting, match="COUNCIL_PROVIDER_X_URL is missing"):
        load(COUNCIL_PROVIDER_X_KEY="k")


def test_a_public_address_is_the_only_origin() -> None:
    found = load(PUBLIC_URL="https://council.example.org")
    assert found.origins == {"https://council.example.org"}
    assert "council.example.org" in found.allowed_hosts


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1:11434", "http://127.0.0.1:11434/v1"),
        ("0.0.0.0", "http://127.0.0.1:11434/v1"),
        ("0.0.0.0:9999", "http://127.0.0.1:9999/v1"),
        ("http://gpu.lan:11434", "http://gpu.lan:11434/v1"),
        ("https://gpu.lan/v1/", "https://gpu.lan/v1"),
    ],
)
def test_ollamas_own_spellings_of_its_host_are_read(host: str, url: str) -> None:
    assert load(OLLAMA_HOST=host).ollama_url == url


def test_the_first_search_engine_that_is_set_is_the_one_used() -> None:
    assert load().search is None
    keys = {"BRAVE_API_KEY": "sentinel", "TAVILY_API_KEY": "other"}
    found = load(SEARCH_URL="http://127.0.0.1:8888/", **keys).search
    assert found == env.SearchSetting("searxng", "http://127.0.0.1:8888")
    found = load(**keys).search
    assert found is not None
    assert (found.backend, found.key) == ("brave", "sentinel")
    assert "sentinel" not in repr(found)
    found = load(TAVILY_API_KEY="k", TAVILY_URL="http://127.0.0.1:9/").search
    assert found == env.SearchSetting("tavily", "http://127.0.0.1:9", "k")


def test_local_endpoints_are_a_list_of_hosts_and_ports() -> None:
    found = load(LOCAL_ENDPOINTS="127.0.0.1:8001, Wiki:80,[::1]:9000,").local_endpoints
    assert found == {"127.0.0.1:8001", "wiki:80", "[::1]:9000"}


def test_a_cap_of_nothing_is_a_cap_and_none_is_none() -> None:
    found = load(CAP_RUN_USD="0", CAP_PERSON_MONTH_USD="")
    assert (found.cap_run_usd, found.cap_person_month_usd) == (0.0, None)


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = env.secret(tmp_path, "secret-key")
    assert env.secret(tmp_path, "secret-key") == first
    assert len(first) > 40
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    code = (ROOT / "fusionsite/env.py").read_text() + (ROOT / "fusionsite/settings.py").read_text()
    kinds = "text|flag|number|number_or_none|one_of|url"
    read = set(re.findall(rf'(?:{kinds})\(\s*"([A-Z_]+)"', code)) | {"ENV_FILE"}
    read |= (
        {variable for variable, _ in env.KNOWN_PROVIDERS.values()}
        | set(env.LIMITS)
        | set(env.FILES)
    )
    read |= {
        f"{name}_{part}" for name, _ in env.SEARCH_BACKENDS.values() for part in ("API_KEY", "URL")
    }
    read |= {f"COUNCIL_PROVIDER_<NAME>_{part}" for part in ("URL", "KEY", "CONCURRENCY")}
    tables = [line for line in (ROOT / "docs/settings.md").read_text().splitlines() if "|" in line]
    named = set(re.findall(r"`([A-Z][A-Z_<>]+)`", "\n".join(row.split("|")[1] for row in tables)))
    assert named == read
