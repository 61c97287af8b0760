"""Reading one answer: its bytes in, deltas out, and at last how it ended. No I/O, no clock.

An answer is `done` only on evidence: a finish reason, or an end of the stream
that is orderly (``[DONE]``, or token counts that come after the text).
"""

import json
from typing import Literal

from pydantic_core import from_json

from council.core.delta import Delta, Ended, Outcome, Reasoning, Source, Text, Usage
from council.core.failures import Failure, Kind
from council.wire import payload
from council.wire.cleaning import clean, one_line
from council.wire.faults import Faults
from council.wire.payload import JSON
from council.wire.speech import Speech
from council.wire.sse import Decoder, Event, LineTooLongError
from council.wire.toolcalls import ToolCalls

BODY_LIMIT = 16 << 20
"""Bytes an answer that is no stream may have (16 MiB)."""

_BLANK = b"\xef\xbb\xbf \t\r\n"
_SOURCES_MAX = 100
_CUT = frozenset({"length", "max_tokens", "model_length", "model_context_window_exceeded"})
_FILTERED = frozenset(
    {"content_filter", "safety", "recitation", "blocklist", "prohibited_content", "sensitive"}
)
_FAILED = frozenset({"error", "network_error", "insufficient_system_resource", "abort"})
_FORGIVEN_AFTER_FINISH = frozenset({Kind.CUT_OFF, Kind.STALLED, Kind.TIMED_OUT_FIRST_TOKEN})


class Reader:
    """Reads one answer, streamed or whole.

    ``is_over``: nothing that may still come counts. ``is_done``: the provider itself
    ended the answer. ``is_closing``: it is said, only token counts may follow.
    ``heard`` grows with everything the model says; comments, empty deltas and counts
    leave it alone.
    """

    def __init__(self, faults: Faults, *, host: str | None = None, max_chars: int) -> None:
        self.is_over = self.is_done = False
        self.heard = 0
        self._faults = faults
        self._host = host
        self._decoder = Decoder()
        self._form: Literal["unknown", "stream", "body"] = "unknown"
        self._body = bytearray()
        self._speech = Speech()
        self._text_room = self._other_room = max_chars
        self._aside: list[str] = []
        self._has_text = self._has_reasoning_field = False
        self._refusal: list[str] = []
        self._calls = ToolCalls()
        self._sources: dict[str, Source] = {}
        self._failure: Failure | None = None
        self._finish: str | None = None
        self._is_cut = False
        self._has_chunk = False
        self._usage = Usage()
        self._counts_beside_text = self._counts_after_text = False
        self._cost: float | None = None
        self._model: str | None = None

    @property
    def is_closing(self) -> bool:
        """True when a finish reason or an error has been read."""
        return self._finish is not None or self._failure is not None

    def feed(self, data: bytes) -> list[Delta]:
        """What ``data`` says. Bytes after the end of the answer are ignored."""
        if self.is_over:
            return []
        if self._form == "unknown":
            data = data.lstrip(_BLANK)
            if not data:
                return []
            self._form = "body" if data[:1] in (b"{", b"[", b"<") else "stream"
        if self._form == "body":
            self._body += data
            if len(self._body) > BODY_LIMIT:
                self._stop(Kind.TOO_LONG, "{} sent more than an answer may have.")
            return []
        try:
            self._events(self._decoder.feed(data))
        except LineTooLongError:
            self._stop(Kind.BAD_STREAM, "{} sent a line too long to be part of an answer.")
        return self._speech.take()

    def end(self, broken: Failure | None = None) -> list[Delta]:
        """The last deltas; the very last is the `Ended`.

        ``broken`` says why reading stopped before the provider ended the stream.
        """
        if self._form == "body" and not self.is_over and broken is None:
            self._whole()
        elif self._form == "stream" and not self.is_over:
            self._flush()
        if not self._has_text and self._aside:
            self._say("".join(self._aside), "")
        self._speech.close()
        return [*self._speech.take(), self._ended(broken)]

    # What arrives

    def _events(self, events: list[Event]) -> None:
        for event in events:
            if self.is_over:
                return
            data = event.data
            if data.strip() == "[DONE]":
                self.is_done = self.is_over = True
            elif event.name == "error":
                self._error(_loads(data) or data or "an error without a word")
            elif data and not data.isspace():
                chunk = _loads(data)
                if isinstance(chunk, dict):
                    self._chunk(chunk)
                elif chunk is not None or data.strip() != "null":
                    self._stop(Kind.BAD_STREAM, "{} sent something that is not part of an answer.")

    def _flush(self) -> None:
        """An event nobody terminated counts if it is whole; half of one is a cut."""
        try:
            events = self._decoder.flush()
        except LineTooLongError:
            return
        self._events([e for e in events if e.data.strip() == "[DONE]" or _loads(e.data)])

    def _whole(self) -> None:
        body = _loads(self._body.decode("utf-8", "replace"))
        if isinstance(body, list) and body:  # Gemini wraps its errors in a list
            body = body[0]
        if not isinstance(body, dict):
            self._stop(Kind.BAD_STREAM, "{} sent something that is not an answer.")
        elif body.get("choices") is None and not payload.error_in(body):
            self._error(body)
        else:
            self._chunk(body)
        self.is_done = True

    def _error(self, error: JSON) -> None:
        self._failure = self._failure or self._faults.from_error(error)

    def _stop(self, kind: Kind, sentence: str) -> None:
        """Give up on the rest: what came so far is all there is."""
        self._failure = self._failure or self._faults.plain(kind, sentence)
        self._is_cut = self.is_over = True

    # What a chunk says

    def _chunk(self, chunk: dict[str, JSON]) -> None:
        self._has_chunk = True
        before = self.heard
        if error := payload.error_in(chunk):
            self._error(error)
        model = chunk.get("model")
        if model != self._model and isinstance(model, str) and model:
            self._model = one_line(model, 300)
        words: dict[str, JSON] = {}
        for choice in payload.listing(chunk.get("choices")):
            if isinstance(choice, dict):
                words = self._choice(choice) or words
        if sources := payload.sources_in(chunk, words):
            self._note_sources(sources)
        if usage := payload.usage_in(chunk):
            self._usage = payload.usage_from(usage, self._usage)
            cost = payload.cost_from(usage)
            self._cost = self._cost if cost is None else cost
            self._counts_after_text = self.heard == before
            self._counts_beside_text |= self.heard != before
        elif self.heard != before:
            self._counts_after_text = False

    def _choice(self, choice: dict[str, JSON]) -> dict[str, JSON]:
        finish = payload.string(choice.get("finish_reason"))
        if finish:
            self._finish = one_line(finish, 100)
        words = choice.get("delta")
        if self._form == "body" or not isinstance(words, dict):
            # A stream that repeats the whole message has said it already.
            words = {} if self._has_text else payload.mapping(choice.get("message") or words)
        if not words:
            return words
        said = payload.said(words, details=not self._has_reasoning_field)
        if choice.get("index"):
            # One choice is asked for. LiteLLM in front of Bedrock numbers the answer 1 and its
            # reasoning 0: another choice's text waits, and counts if choice 0 says nothing.
            self._keep_aside(said.text)
            return {}
        if words.get("reasoning") or words.get("reasoning_content"):
            self._has_reasoning_field = True
        self._say(said.text, said.reasoning)
        if said.refusal:
            self._spend(len(said.refusal))
            self._refusal.append(said.refusal)
        if calls := words.get("tool_calls"):
            self._spend(self._calls.add(calls))
        return words

    def _say(self, text: str, reasoning: str) -> None:
        if reasoning:
            self._spend(len(reasoning))
            self._speech.add(Reasoning, reasoning)
        if text:
            self.heard += 1
            self._text_room -= len(text)
            if self._text_room < 0:
                text = text[: self._text_room]
                self._stop(Kind.TOO_LONG, "The answer is longer than it may be and was cut there.")
            self._speech.add(Text, text)
            self._has_text = self._has_text or not text.isspace()

    def _spend(self, size: int) -> None:
        """Count what is said beside the text; it may be as long as the text, no longer."""
        if size:
            self.heard += 1
            self._other_room -= size
            if self._other_room < 0:
                self._stop(Kind.TOO_LONG, "{} says more beside the answer than it may.")

    def _keep_aside(self, text: str) -> None:
        if text and not self._has_text:
            self._spend(len(text))
            self._aside.append(text)

    def _note_sources(self, sources: list[Source]) -> None:
        for source in sources:
            known = self._sources.get(source.url)
            is_wanted = len(self._sources) < _SOURCES_MAX if known is None else not known.title
            if is_wanted:
                self._sources[source.url] = source

    # How it ended

    def _ended(self, broken: Failure | None) -> Ended:
        calls = self._calls.all()
        refusal = clean("".join(self._refusal)) or None
        outcome, failure = self._verdict(broken, said=self._has_text or bool(calls))
        return Ended(
            outcome=outcome,
            finish_reason=self._finish,
            refusal=refusal,
            failure=failure,
            usage=self._usage,
            cost_usd=self._cost,
            cost_source="unknown" if self._cost is None else "provider",
            model_served=self._model,
            host=self._host,
            tool_calls=calls,
            sources=tuple(self._sources.values()),
        )

    def _verdict(self, broken: Failure | None, *, said: bool) -> tuple[Outcome, Failure | None]:
        if self._failure:
            cut = self._is_cut and self._has_text
            return ("truncated" if cut else "failed"), self._failure
        finish = (self._finish or "").lower()
        if self.is_done or (finish and broken and broken.kind in _FORGIVEN_AFTER_FINISH):
            broken = None  # all was said; only the connection's end is missing
        if broken:
            return ("truncated" if self._has_text else "failed"), broken
        if finish in _FAILED:
            return "failed", self._faults.from_error(f"it gave up ({self._finish})")
        if finish in _FILTERED:
            return "filtered", None
        if self._refusal or finish == "refusal":
            return "refused", None
        orderly = finish or self.is_done or self._ends_with_counts
        if not orderly and (said or self._has_chunk):
            cut_off = self._faults.plain(Kind.CUT_OFF, "{} ended the answer in the middle.")
            return ("truncated" if self._has_text else "failed"), cut_off
        if not said:
            return "empty", None
        return ("truncated" if finish in _CUT else "done"), None

    @property
    def _ends_with_counts(self) -> bool:
        """True when token counts closed the stream; those that run along with the text do not."""
        return self._counts_after_text and not self._counts_beside_text


def _loads(data: str) -> JSON:
    """Decoded JSON, or None for what is none (or is nested beyond reason)."""
    try:
        return from_json(data)
    except ValueError:  # it is quick but refuses lone surrogates, which providers do send
        return _loads_anything(data)


def _loads_anything(data: str) -> JSON:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
