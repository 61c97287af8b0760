"""Whom somebody may ask, and with whose key."""

from dataclasses import replace
from typing import Any

import pytest

from council import keyring
from council.actions import keys
from council.models import House, Key, Person
from fusionsite.env import ProviderSetting

pytestmark = pytest.mark.django_db

PAID = ProviderSetting("paid", "http://127.0.0.1:9/v1", "sk-of-the-environment")
FREE = ProviderSetting("free", "http://127.0.0.1:9/v1")


@pytest.fixture(autouse=True)
def environment(settings: Any) -> None:
    settings.ENV = replace(settings.ENV, providers=(PAID, FREE), ollama_url="")


def person(name: str, **more: Any) -> Person:
    return Person.objects.create(username=name, **more)


def asked_with(somebody: Person) -> dict[str, str | None]:
    return {name: p.key for name, p in keyring.known_to(somebody).providers.items()}


def test_ones_own_key_comes_before_a_shared_one_and_that_before_the_environments() -> None:
    owner, ada = person("owner", role="owner"), person("ada")
    assert asked_with(ada) == {"paid": "sk-of-the-environment", "free": None}
    shared = keys.save(person=owner, provider="paid", secret="sk-shared-1")
    assert asked_with(ada)["paid"] == "sk-of-the-environment", "not shared yet"
    keys.share(key=shared, is_shared=True)
    assert asked_with(ada)["paid"] == "sk-shared-1"
    keys.save(person=ada, provider="paid", secret="sk-of-ada-1")
    assert asked_with(ada)["paid"] == "sk-of-ada-1"
    assert keyring.known_to(ada).whose_key("paid/m") == "own"
    assert keyring.known_to(owner).whose_key("paid/m") == "own"
    assert keyring.known_to(person("boole")).whose_key("paid/m") == "server"
    Person.objects.filter(id=owner.id).update(role="person")
    assert asked_with(Person.objects.get(username="boole"))["paid"] == "sk-of-the-environment"


@pytest.mark.parametrize("role", ["person", "guest"])
def test_whoever_may_not_spend_the_servers_money_has_what_is_free_and_their_own(role: str) -> None:
    somebody = person("ada", role=role, may_use_server_keys=False)
    assert asked_with(somebody) == {"free": None}
    keys.save(person=somebody, provider="paid", secret="sk-of-ada-1")
    assert asked_with(somebody) == {"free": None, "paid": "sk-of-ada-1"}


def test_guests_ask_with_paid_keys_while_there_is_a_budget() -> None:
    guest = person("guest-1", role="guest")
    assert "paid" not in asked_with(guest)
    House.objects.create(guest_budget_usd=5.0)
    assert "paid" in asked_with(guest)
    House.objects.update(guest_budget_usd=0.0)
    assert "paid" not in asked_with(guest)


def test_a_key_that_is_gone_or_cannot_be_read_is_not_asked_with_in_the_background() -> None:
    ada, recent = person("ada"), keyring.Recent()
    recent.saw(ada)
    key = keys.save(person=ada, provider="paid", secret="sk-of-ada-1")
    assert "sk-of-ada-1" in [provider.key for provider in recent.providers()]
    Key.objects.filter(id=key.id).update(secret="damaged")
    assert "sk-of-ada-1" not in [provider.key for provider in recent.providers()]
    assert asked_with(ada)["paid"] == "sk-of-the-environment"
    keys.remove(key=key)
    assert [provider.key for provider in recent.providers()] == ["sk-of-the-environment", None]


def test_only_the_owner_shares_and_adds_addresses() -> None:
    ada = person("ada")
    key = keys.save(person=ada, provider="paid", secret="sk-of-ada-1")
    with pytest.raises(keys.Refused, match="Only the owner"):
        keys.share(key=key, is_shared=True)
    with pytest.raises(keys.NotThere, match="Only the owner"):
        keys.save_endpoint(person=ada, name="mine", url="http://127.0.0.1:9/v1", secret="")
    with pytest.raises(keys.NotThere, match="knows no such provider"):
        keys.save(person=ada, provider="elsewhere", secret="sk-of-ada-1")


def test_whoever_is_gone_or_shut_out_asks_nobody() -> None:
    ada = person("ada")
    assert keyring.known_to_id(ada.id).providers
    Person.objects.filter(id=ada.id).update(is_active=False)
    assert not keyring.known_to_id(ada.id).providers
    assert not keyring.known_to_id(0).providers
