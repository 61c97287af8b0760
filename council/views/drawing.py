"""What a page that shows a run needs of it, whoever reads it: its owner or a stranger."""

from typing import Any

from django.http import QueryDict
from django.utils.safestring import mark_safe

from council.frames import Page
from council.views.layout import layout


def drawn(page: Page, query: QueryDict, *, is_live: bool, now_ms: int) -> dict[str, Any]:
    """The run through its page's lens, its columns as the address asks for it; ``live`` is what
    the page's script starts from, None for a run that is over."""
    bodies = {
        # The one place where model text becomes HTML: council.render has sanitised it.
        seat: {"html": mark_safe(body.html), "tail": mark_safe(body.open_html)}  # noqa: S308
        for seat, body in page.bodies.items()
    }
    return {
        "run": page.run,
        "run_id": page.run_id,
        "lens": page.lens,
        "layout": layout(query, page.run.seats),
        "is_owner": page.lens.may_act,
        "view": {"answers": bodies, "synthesis": bodies["writer"]},
        "live": {**page.state(), "now_ms": now_ms} if is_live else None,
        "is_live": is_live,
        "upto": page.seq,
    }
