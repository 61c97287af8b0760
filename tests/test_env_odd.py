"""Odd values of settings are refused in a sentence, or mean what a person meant by them."""

import stat
from pathlib import Path

import pytest

from fusionsite import env


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "inf"),
        ("PORT", "nan"),
        ("LIMIT_RETRIES", "inf"),
        ("PUBLIC_URL", "https://[council"),
        ("PUBLIC_URL", "https://council.example:port"),
        ("PUBLIC_URL", "https://council.example?x=1"),
        ("PUBLIC_URL", "https://council.example#x"),
        ("DATABASE_URL", "postgres://[x"),
        ("OLLAMA_HOST", "[::"),
        ("OLLAMA_HOST", "here:port"),
        ("COUNCIL_PROVIDER_X_URL", "http://[::"),
        ("COUNCIL_PROVIDER_X_URL", "http://host:99999999/v1"),
        ("COUNCIL_PROVIDER__X_URL", "http://host/v1"),
    ],
)
def test_a_value_nobody_can_use_is_named_and_not_a_traceback(name: str, value: str) -> None:
    with pytest.raises(env.BadSetting, match=name):
        env.load({name: value}, Path("/tmp"))


@pytest.mark.parametrize(
    ("public", "origin"),
    [
        ("https://Council.Example/", "https://council.example"),
        ("HTTPS://council.example:443", "https://council.example"),
        ("http://council.example:80", "http://council.example"),
        ("http://council.example:8443", "http://council.example:8443"),
    ],
)
def test_the_public_address_is_written_as_browsers_write_an_origin(
    public: str, origin: str
) -> None:
    assert env.load({"PUBLIC_URL": public}, Path("/tmp")).origins == {origin}


def test_what_is_kept_is_kept_from_other_people_of_the_machine(tmp_path: Path) -> None:
    env.secret(tmp_path / "new", "key")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "new" / "key").stat().st_mode) == 0o600


def test_a_password_in_an_address_is_not_told_with_it() -> None:
    with pytest.raises(env.BadSetting) as problem:
        env.load({"DATABASE_URL": "mysql://me:sentinel@db/x"}, Path("/tmp"))
    assert "sentinel" not in str(problem.value)
