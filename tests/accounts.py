"""Somebody who signs up, in and out through the forms."""

import re

import httpx

from tests.fakes.server import Browserless, LiveServer

PASSWORD = "a long grey heron"


def visitor(server: LiveServer) -> Browserless:
    """A browser that was never here, with the token a page gives it."""
    person = Browserless(server.url)
    person.http.get("/accounts/sign-in/")
    return person


def sign_up(person: Browserless, name: str, **fields: str) -> httpx.Response:
    """Fill in the sign-up form and send it."""
    person.http.get("/accounts/sign-up/")
    told = {"username": name, "password1": PASSWORD, **fields}
    return person.post("/accounts/sign-up/", **told)


def sign_in(
    person: Browserless, name: str, password: str = PASSWORD, path: str = "/accounts/sign-in/"
) -> httpx.Response:
    """Fill in the sign-in form and send it."""
    person.http.get("/accounts/sign-in/")
    return person.post(path, login=name, password=password)


def name_of(person: Browserless) -> str:
    """Who this browser is signed in as, by the account page; empty: nobody with an account."""
    page = person.http.get("/settings/account/").text
    found = re.search(r'name="username" value="([^"]*)"', page)
    return found.group(1) if found else ""
