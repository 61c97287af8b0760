"""What one has spent: a page to read, and a table for a spreadsheet."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from council import estimates, export, ledger, spending
from council.core.estimate import dollars
from council.views.door import own, person_of


@require_GET
@own
def index(request: HttpRequest) -> HttpResponse:
    """The last thirty days by day, council and model, and what is left of the month's cap."""
    person = person_of(request)
    month, days = spending.month_of(person), ledger.by_day(person)
    context = {
        "month": None if month is None else estimates.left_words(month),
        "spent": None if month is None else dollars(month.spent_usd),
        "total": ledger.total(days),
        "groups": [
            ("day", "By day", days),
            ("council", "By council", ledger.by_council(person)),
            ("model", "By model", ledger.by_model(person)),
        ],
    }
    return render(request, "spend/spend.html", context)


@require_GET
@own
def table(request: HttpRequest) -> HttpResponse:
    """Every call and what it cost, as CSV."""
    made = export.spend(person_of(request))
    response = HttpResponse(made, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="spend.csv"'
    return response
