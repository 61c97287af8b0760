"""A server, the provider it asks, a person who uses it, and what the database and the log say."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from council.rehearsal.takes import tokens
from tests.fakes.provider import ScriptedProvider
from tests.fakes.server import Browserless, LiveServer
from tests.patience import PATIENCE_S as PATIENCE_S
from tests.patience import until as until

FINAL = ("done", "partial", "failed", "stopped", "interrupted")
GROUPS = ("contradictions", "consensus", "partial_coverage", "unique_insights", "blind_spots")


class House:
    """Everything between a reader and a provider, started like a stranger would."""

    def __init__(self, provider: ScriptedProvider, **settings: str) -> None:
        self.provider = provider
        # An empty value counts as not set: so a test may take the usual name away.
        self.server = LiveServer({"COUNCIL_PROVIDER_FAKE_URL": provider.url, **settings})
        self.since = ""

    def __enter__(self) -> Self:
        if not self.server.env.get("DATABASE_URL"):
            self.server.furnish()
        self._open = contextlib.ExitStack()
        self._open.enter_context(self.server)
        self.person = self._open.enter_context(signed_in(self.server))
        return self

    def __exit__(self, *exc: object) -> None:
        self._open.close()

    def script(self, **takes: Sequence[Any]) -> None:
        """What the models say, by their bare names; the log starts empty."""
        self.since = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
        self.provider.reset()
        self.provider.script(takes)

    def ask(
        self,
        prompt: str = "Steel or aluminium?",
        seats: Sequence[str] = ("m1", "m2", "m3"),
        **fields: Any,
    ) -> str:
        """Ask these seats through the form, with ``judge`` and ``writer`` beside them."""
        fields.setdefault("writer", "fake/writer")
        return self.person.ask(prompt, [f"fake/{m}" for m in seats], "fake/judge", **fields)

    def keep(self, name: str, *models: str, **more: Any) -> str:
        """Keep a council of these models, through the import; its slug."""
        seats = [{"model": model} for model in models]
        council = {"name": name, "seats": seats, "judge": {"model": "fake/judge"}, **more}
        answer = self.person.post("/councils/import", text=json.dumps(council), keep="1")
        assert answer.status_code == 200, answer.text[:2000]
        return str(answer.url.params["slug"])

    def end_of(self, run_id: str, *states: str) -> dict[str, Any]:
        """The run's document once it is final."""
        return self.person.wait_for(run_id, *states, within_s=PATIENCE_S)

    def order(self, run_id: str, what: str) -> float:
        """Press a button of the run's page; the monotonic second at which the answer was there."""
        answer = self.person.post(f"/runs/{run_id}/{what}")
        assert answer.status_code == 200, f"{answer.status_code} {answer.text[:500]}"
        return time.monotonic()

    def page(self, run_id: str) -> str:
        """The run's page as it is served without JavaScript."""
        return self.person.http.get(f"/runs/{run_id}/").text

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Rows of the database, read beside whoever writes it; ids as SQLite keeps them, as hex."""
        if url := self.server.env.get("DATABASE_URL"):
            with psycopg.connect(url, row_factory=dict_row) as there:
                found = there.execute(query.replace("?", "%s").encode(), values).fetchall()
            return [{k: _as_hex(value) for k, value in row.items()} for row in found]
        address = f"file:{self.server.data_dir / 'council.sqlite3'}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=20)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(query, values)]

    def run_row(self, run_id: str) -> dict[str, Any]:
        """The row of the run."""
        return self.rows("SELECT * FROM council_run WHERE id = ?", UUID(run_id).hex)[0]

    def calls(self, run_id: str) -> list[dict[str, Any]]:
        """The rows of its calls, in the order in which they were committed."""
        query = "SELECT * FROM council_call WHERE run_id = ? ORDER BY started_at, rowid"
        return self.rows(query, UUID(run_id).hex)

    def calls_since_script(self) -> list[dict[str, Any]]:
        """The rows of all calls that the provider's log may know."""
        return self.rows("SELECT * FROM council_call WHERE started_at >= ?", self.since)

    def retry(self, run_id: str, letter: str) -> dict[str, Any]:
        """Ask one member of a finished run again; the document once that has an end."""
        attempts = answer(self.person.document(run_id), letter)["attempts"]
        self.order(run_id, f"seats/{letter}/retry")

        def is_over() -> dict[str, Any] | None:
            document = self.person.document(run_id)
            is_newer = answer(document, letter)["attempts"] > attempts
            return document if is_newer and document["state"] in FINAL else None

        found: dict[str, Any] = until(is_over, f"the end of another attempt of {letter}")
        return found

    def entries(self, run_id: str) -> list[tuple[int, list[dict[str, Any]]]]:
        """Its journal: number and events of every entry."""
        query = "SELECT seq, events FROM council_journalentry WHERE run_id = ? ORDER BY seq"
        return [
            (row["seq"], json.loads(row["events"])) for row in self.rows(query, UUID(run_id).hex)
        ]

    def events(self, run_id: str, kind: str = "") -> Iterator[dict[str, Any]]:
        """Its events in order, of one type or of all."""
        for _, events in self.entries(run_id):
            yield from (event for event in events if kind in ("", event["type"]))

    def counts(self) -> dict[str, int]:
        """How many requests reached the provider, by bare model name."""
        asked = [line["model"] for line in self.provider.requests()]
        return {model: asked.count(model) for model in asked}


def _as_hex(value: Any) -> Any:
    return value.hex if isinstance(value, UUID) else value


@contextlib.contextmanager
def signed_in(server: LiveServer) -> Iterator[Browserless]:
    """A person who used the link that the server printed at its start."""
    person = Browserless(server.url)
    with person.http:
        person.sign_in(server.owner_link)
        yield person


def saying(text: str, **more: Any) -> dict[str, Any]:
    """A take that says this at once."""
    return {"text": text, "first_token_s": 0.02, "tokens_per_s": 0, **more}


def looking(*calls: tuple[str, Mapping[str, Any]], text: str = "", **more: Any) -> dict[str, Any]:
    """A take that ends by asking for these tools, each with its arguments."""
    asked = [{"name": name, "arguments": arguments} for name, arguments in calls]
    return saying(text, tool_calls=asked, **more)


def cut(text: str, part: float = 0.5, **more: Any) -> dict[str, Any]:
    """A take that falls silent after this part of its tokens, until the client leaves."""
    return saying(text, stall_after=max(1, int(len(tokens(text)) * part)), **more)


def silent() -> dict[str, Any]:
    """A take whose first token never comes while a test looks."""
    return saying("Too late.", first_token_s=600)


def comparison(*findings: Mapping[str, Any]) -> str:
    """A judge's answer; a finding names its ``list``, the first one by default."""
    lists: dict[str, list[Any]] = {group: [] for group in GROUPS}
    for finding in findings:
        said = dict(finding)
        lists[said.pop("list", GROUPS[0])].append(said)
    return json.dumps(lists)


def finding(claim: str, stakes: str = "high", **quotes: str) -> dict[str, Any]:
    """A claim with the words of each seat; a quote that begins with "not:" contradicts."""
    positions = [
        {
            "seat": seat,
            "stance": "contradicts" if quote.startswith("not:") else "supports",
            "quote": quote.removeprefix("not:"),
        }
        for seat, quote in quotes.items()
    ]
    return {"claim": claim, "stakes": stakes, "positions": positions, "topic": "", "crux": ""}


STEEL = "Take steel, because it can be welded anywhere in the world."
ALUMINIUM = "Take aluminium, because it is light and does not rust at all."
EITHER = "Either metal works; buy the frame that fits your back and your budget."
SYNTHESIS = "Take steel for repairs on the road [A], aluminium for weight [B]; fit matters [C]."
JUDGED = comparison(
    finding("Steel is the better choice.", A="Take steel", B="not:Take aluminium"),
    finding("Fit matters.", "low", C="buy the frame that fits your back") | {"list": "consensus"},
)


def usual(**instead: Sequence[Any]) -> dict[str, Sequence[Any]]:
    """Three members who answer at once, a judge and a writer; some of them different."""
    return {
        "m1": [saying(STEEL)],
        "m2": [saying(ALUMINIUM)],
        "m3": [saying(EITHER)],
        "judge": [saying(JUDGED)],
        "writer": [saying(SYNTHESIS)],
        **instead,
    }


def answer(document: Mapping[str, Any], seat: str) -> dict[str, Any]:
    """One member's answer in the document."""
    found: dict[str, Any] = next(a for a in document["answers"] if a["seat"] == seat)
    return found
