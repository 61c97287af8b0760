"""A person's settings: one page per part, all under one heading."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from council.models import Person
from council.views.door import own, person_of


@require_GET
@own
def index(request: HttpRequest) -> HttpResponse:
    """Where everything of a person's own is set."""
    is_owner = person_of(request).role == Person.Role.OWNER
    return render(request, "settings/settings.html", {"is_owner": is_owner})
