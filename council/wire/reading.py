"""Reading one answer: its bytes in, deltas out, and at last how it ended. No I/O, no clock."""

import contextlib
from typing import Literal

from council.core.delta import Delta, Ended, Reasoning, Source, Text, Usage
from council.core.failures import Failure, Kind
from council.wire import payload
from council.wire.cleaning import clean, one_line
from council.wire.evidence import Evidence
from council.wire.faults import Faults
from council.wire.payload import JSON, Said
from council.wire.speech import Retold, Speech
from council.wire.sse import Decoder, Event, LineTooLongError
from council.wire.toolcalls import ToolCalls

BODY_LIMIT = 16 << 20
"""Bytes an answer that is no stream may have (16 MiB)."""
STREAM_LIMIT = 128 << 20
"""Bytes a stream may have, unpacked (128 MiB): the longest answer, one letter to an event."""

_BLANK = b"\xef\xbb\xbf \t\r\n"
_SOURCES_MAX = 100


class Reader:
    """Reads one answer, streamed or whole.

    ``is_over``: nothing that may still come counts. ``is_done``: the provider itself
    ended the answer. ``is_closing``: it is said, only token counts may follow.
    ``heard`` grows with everything the model says; comments, empty deltas and counts
    leave it alone.
    """

    def __init__(self, faults: Faults, *, host: str | None = None, max_chars: int) -> None:
        self.is_over = False
        self.heard = 0
        self._faults = faults
        self._host = host
        self._decoder = Decoder()
        self._form: Literal["unknown", "stream", "body"] = "unknown"
        self._body = bytearray()
        self._bytes_room = STREAM_LIMIT
        self._evidence = Evidence(faults)
        self._speech = Speech()
        self._retold = {"text": Retold(), "reasoning": Retold(), "refusal": Retold()}
        self._text_room = self._other_room = max_chars
        self._has_text = self._is_answer = False
        self._spelling = ""
        self._refusal: list[str] = []
        self._calls = ToolCalls()
        self._other_index: JSON = None
        self._other_text: list[str] = []
        self._other_calls = ToolCalls()
        self._noted: list[JSON] = []
        self._sources: dict[str, Source] = {}
        self._usage = Usage()
        self._cost: float | None = None
        self._model: str | None = None
        self._upstream: str | None = None
        self._named: tuple[JSON, JSON] | None = None

    @property
    def is_done(self) -> bool:
        """True when the provider itself ended the answer."""
        return self._evidence.is_done

    @property
    def is_closing(self) -> bool:
        """True when a finish reason or an error has been read."""
        return self._evidence.is_finished or self._evidence.failure is not None

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
        self._bytes_room -= len(data)
        if self._bytes_room < 0:
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
        if self._form == "body" and not self.is_over:
            self._whole()
        if self._form == "stream" and not self.is_over:
            self._flush()
            if broken is None and self._is_foreign():
                self._stop(Kind.BAD_STREAM, "{} sent something that is not an answer.")
        if not self._has_text and not self._calls.all():
            self._say("".join(self._other_text), "")
            self._calls = self._other_calls
        self._speech.close()
        return [*self._speech.take(), self._ended(broken)]

    # What arrives

    def _events(self, events: list[Event]) -> None:
        for event in events:
            if self.is_over:
                return
            data = event.data
            if data.strip() == "[DONE]":
                self._evidence.is_done = self.is_over = True
            elif event.name == "error":
                self._error(payload.decoded(data) or data or "an error without a word")
            elif data and not data.isspace():
                chunk = payload.decoded(data)
                if isinstance(chunk, dict):
                    self._chunk(chunk)
                else:
                    self._odd(event.name, data.strip())

    def _odd(self, name: str, data: str) -> None:
        """An event that is no object: an end in another dress, a heartbeat, or junk."""
        if data.startswith("data:"):  # a server that wraps what was wrapped
            self._events([Event(name, data.removeprefix("data:").strip())])
        elif data.strip('"').upper() == "[DONE]":
            self._evidence.is_done = self.is_over = True
        elif data != "null" and not self._evidence.is_finished:
            self._stop(Kind.BAD_STREAM, "{} sent something that is not part of an answer.")

    def _flush(self) -> None:
        """An event nobody terminated counts if it is whole; half of one is a cut."""
        try:
            events = self._decoder.flush()
        except LineTooLongError:
            return
        self._events([e for e in events if e.data.strip() == "[DONE]" or payload.decoded(e.data)])

    def _whole(self) -> None:
        body = payload.decoded(self._body.decode("utf-8", "replace"))
        parts = body if isinstance(body, list) else [body]  # Gemini wraps its errors in a list
        if parts and all(isinstance(part, dict) for part in parts):
            for part in parts:
                if part.get("choices") is None and not payload.error_in(part):
                    self._error(part)
                else:
                    self._any_chunk(part)
            self._evidence.is_done = True
            return
        self._form = "stream"  # chunks as lines of JSON, or nothing that can be read
        with contextlib.suppress(LineTooLongError):
            self._events(self._decoder.feed(bytes(self._body)))

    def _is_foreign(self) -> bool:
        """True when something was sent and nothing in it is an answer's."""
        was_sent = self._body or self._decoder.has_strays or self._evidence.has_chunk
        return bool(was_sent) and not (self._is_answer or self.is_closing or self.heard)

    def _error(self, error: JSON) -> None:
        self._evidence.failed(self._faults.from_error(error))

    def _stop(self, kind: Kind, sentence: str) -> None:
        """Give up on the rest: what came so far is all there is."""
        self._evidence.stopped(self._faults.plain(kind, sentence))
        self.is_over = True

    # What a chunk says

    def _chunk(self, chunk: dict[str, JSON]) -> None:
        named = (chunk.get("model"), chunk.get("provider"))
        if named == self._named and (text := payload.plain_text(chunk)) is not None:
            self._say(text, "")
            self._evidence.chunk(spoke=bool(text), counted=False)
        else:
            self._named = named
            self._any_chunk(chunk)

    def _any_chunk(self, chunk: dict[str, JSON]) -> None:
        before = self.heard
        self._is_answer = self._is_answer or "choices" in chunk or "usage" in chunk
        if error := payload.error_in(chunk):
            self._error(error)
        if model := payload.string(chunk.get("model")):
            self._model = one_line(model, 300)
        holders = []
        for choice in payload.listing(chunk.get("choices")):
            if isinstance(choice, dict):
                holders += self._choice(choice)
        holders.append(chunk)
        self._cite(holders)
        self._upstream = payload.upstream_in(holders) or self._upstream
        usage = payload.usage_in(chunk)
        if usage:
            self._usage = payload.usage_from(usage, self._usage)
            cost = payload.cost_from(usage)
            self._cost = self._cost if cost is None else cost
        self._evidence.chunk(spoke=self.heard != before, counted=bool(usage))

    def _choice(self, choice: dict[str, JSON]) -> list[dict[str, JSON]]:
        """Take what a choice says; returns the objects in it that may name sources."""
        if finish := payload.string(choice.get("finish_reason")):
            self._evidence.finished(finish)
        delta, message = choice.get("delta"), payload.mapping(choice.get("message"))
        is_whole = not isinstance(delta, dict) or (self._form == "body" and bool(message))
        words = message if is_whole else payload.mapping(delta)
        if is_whole and not words and "text" in choice:
            # As completions were answered before there was chat.
            words, is_whole = {"content": choice["text"]}, False
        if not words:
            return [message, choice]
        said = payload.said(words, self._spelling)
        if index := payload.count(choice.get("index")):
            self._keep_aside(index, said, words)
            return [words, message, choice]
        if is_whole:
            said = self._news(said)
            self._calls = ToolCalls() if words.get("tool_calls") else self._calls
        self._spelling = said.spelling
        self._say(said.text, said.reasoning)
        if said.refusal:
            self._spend(len(said.refusal))
            self._refusal.append(said.refusal)
        self._spend(self._calls.add(words))
        return [words, message, choice]

    def _news(self, said: Said) -> Said:
        """What a whole message adds, if it is not the first, or if deltas came before it."""
        known = {"text": self._has_text, "reasoning": self._spelling, "refusal": self._refusal}
        new = {
            name: retold.news(getattr(said, name), is_known=bool(known[name]))
            for name, retold in self._retold.items()
        }
        return said._replace(**new)

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

    def _keep_aside(self, index: JSON, said: Said, words: dict[str, JSON]) -> None:
        """Another choice than the one asked for waits, and counts if that one says nothing.

        LiteLLM in front of Bedrock numbers the answer 1 and its reasoning 0.
        """
        self._other_index = index if self._other_index is None else self._other_index
        if index == self._other_index and not self._has_text:
            self._spend(len(said.text))
            self._other_text.append(said.text)
            self._spend(self._other_calls.add(words))

    def _cite(self, holders: list[dict[str, JSON]]) -> None:
        noted = payload.sources_in(holders)
        if not noted or noted == self._noted:  # Perplexity repeats all of them in every chunk
            return
        self._noted = noted
        for entry in noted:
            if len(self._sources) == _SOURCES_MAX:
                return
            source = payload.source_from(entry)
            if source and not (source.url in self._sources and self._sources[source.url].title):
                self._sources[source.url] = source

    # How it ended

    def _ended(self, broken: Failure | None) -> Ended:
        calls = self._calls.all()
        refusal = clean("".join(self._refusal)) or None
        outcome, failure = self._evidence.verdict(
            broken, has_text=self._has_text, has_calls=bool(calls), has_refusal=bool(refusal)
        )
        return Ended(
            outcome=outcome,
            finish_reason=self._evidence.finish,
            refusal=refusal,
            failure=failure,
            usage=self._usage,
            cost_usd=self._cost,
            cost_source="unknown" if self._cost is None else "provider",
            model_served=self._model,
            upstream=self._upstream,
            host=self._host,
            tool_calls=calls,
            sources=tuple(self._sources.values()),
        )
