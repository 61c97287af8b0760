"""Plays one take on a line: the pace, the events, the faults.

One writer per answer. It keeps to a timetable rather than to pauses, so a loop that was
late catches up and a thousand tokens take as long as the take says.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import lru_cache
from itertools import cycle
from typing import Any, Literal

from council.rehearsal.line import Line
from council.rehearsal.takes import Piece, Take

How = Literal["complete", "client_left", "dropped", "stalled"]
"""How an answer ended: ``dropped`` was cut off by us, ``stalled`` left by the client in a stall."""

_FOR_EVER = 10**9
_IN_A_ROW = 64
"""Tokens said without a pause after which others have their turn, and a client may have left."""
_BETWEEN_HALVES_S = 0.002
_MID = {
    kind: f',"choices":[{{"index":0,"delta":{{"{kind}":'.encode()
    for kind in ("content", "reasoning")
}
_TAIL = b'},"finish_reason":null}]}\n\n'


class Performance:
    """One answer on its way out. ``tokens_sent`` counts reasoning and text alike."""

    def __init__(self, take: Take, line: Line, *, request_id: str, body: dict[str, Any]) -> None:
        self._take = take
        self._line = line
        self._body = body
        self.tokens_sent = 0
        self.is_stalled = False
        self._common = {
            "id": f"chatcmpl-{request_id}",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": str(body.get("model")),
        }
        self._prefix = b"data: " + _json(self._common)[:-1] + b',"sent":'

    async def play(self) -> How:
        """Answer the request. Cancelled when the client leaves; never raises otherwise."""
        take = self._take
        await asyncio.sleep(take.head_s)
        if take.status != 200:
            self._line.answer(take.status, take.error_body, take.headers)
            return "complete"
        if take.non_stream or self._body.get("stream") is not True:
            return await self._play_whole()
        self._line.open_stream(take.headers)
        return await self._play_stream()

    async def _play_stream(self) -> How:
        cut, cut_at = self._take.cut or (None, _FOR_EVER)
        if cut_at > 0:
            async for kind, piece in self._in_time():
                await self._send(self._event(kind, piece))
                self.tokens_sent += 1
                if self.tokens_sent == self._take.garbage_after:
                    self._line.send(b"data: {this is no JSON\n\n")
                if self.tokens_sent >= cut_at:
                    break
        else:
            await self._wait(time.monotonic() + self._take.first_token_s)
        return await self._cut_short(cut) if cut else self._finish()

    async def _in_time(self) -> AsyncIterator[tuple[str, Piece]]:
        """The tokens and what they are, each when its time has come."""
        due = time.monotonic() + self._take.first_token_s
        step = 1 / self._take.tokens_per_s if self._take.tokens_per_s > 0 else 0.0
        for kind, piece in self._pieces():
            if due > time.monotonic():
                await self._wait(due)
            elif self.tokens_sent % _IN_A_ROW == 0:
                await asyncio.sleep(0)
            if self._line.is_full:
                await self._line.writable()
            yield kind, piece
            due += step

    def _pieces(self) -> Iterator[tuple[str, Piece]]:
        take = self._take
        for thought in take.thought:
            yield "reasoning", thought
        for piece in cycle(take.said) if take.endless else take.said:
            yield "content", piece

    def _event(self, kind: str, piece: Piece) -> bytes:
        if isinstance(piece, Mapping):
            return b"data: " + _json(piece) + b"\n\n"
        now = time.monotonic()
        if self._take.stamp:
            token = piece.rstrip()
            gap = piece[len(token) :] or " "
            said = b"%b@%.6f%b" % (_json_text(token)[:-1], now, _json_text(gap)[1:])
        else:
            said = _json_text(piece)
        return b"%b%.6f%b%b%b" % (self._prefix, now, _MID[kind], said, _TAIL)

    async def _wait(self, until: float) -> None:
        """Sleep; with ``keepalive_s`` send a comment now and then."""
        every = self._take.keepalive_s
        while (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(left, every) if every else left)
            if every and until > time.monotonic():
                self._line.send(b": keep-alive\n\n")

    async def _send(self, event: bytes) -> None:
        if not self._take.cut_utf8:
            self._line.send(event)
            return
        start = 0
        for i, byte in enumerate(event):
            if byte >= 0xC0:  # the first byte of a character of several
                self._line.send(event[start : i + 1])
                await asyncio.sleep(_BETWEEN_HALVES_S)
                start = i + 1
        self._line.send(event[start:])

    async def _cut_short(self, cut: str) -> How:
        if cut == "drop_after":
            self._line.reset()
        elif cut == "end_after":
            self._line.end_stream()
            self._line.close()
        elif cut == "error_after":
            self._line.send(b"data: " + _json({"error": self._take.error}) + b"\n\n")
            self._line.end_stream()
            return "complete"
        else:
            await self._stall()
        return "dropped"

    async def _stall(self) -> None:
        self.is_stalled = True
        await self._wait(time.monotonic() + _FOR_EVER)

    def _finish(self) -> How:
        take = self._take
        self._ask_for_tools()
        if take.reason is not None:
            choice = {"index": 0, "delta": {}, "finish_reason": take.reason}
            self._line.send(b"data: " + _json({**self._common, "choices": [choice]}) + b"\n\n")
        if (usage := self._usage()) is not None:
            event = {**self._common, "choices": [], "usage": usage}
            self._line.send(b"data: " + _json(event) + b"\n\n")
        if take.done:
            self._line.send(b"data: [DONE]\n\n")
        self._line.end_stream()
        return "complete"

    def _ask_for_tools(self) -> None:
        """Each call in two pieces, as OpenAI sends them: its name, then its arguments."""
        for call in self._take.asked:
            arguments = call["function"]["arguments"]
            head = {**call, "function": {**call["function"], "arguments": ""}}
            tail = {"index": call["index"], "function": {"arguments": arguments}}
            for piece in (head, tail):
                choice = {"index": 0, "delta": {"tool_calls": [piece]}, "finish_reason": None}
                event = {**self._common, "choices": [choice]}
                self._line.send(b"data: " + _json(event) + b"\n\n")

    async def _play_whole(self) -> How:
        """The answer in one JSON body, after as long as its stream would have taken."""
        take = self._take
        said = "".join(piece for piece in take.said if isinstance(piece, str))
        self.tokens_sent = len(take.thought) + len(take.said)
        pace = self.tokens_sent / take.tokens_per_s if take.tokens_per_s > 0 else 0.0
        await asyncio.sleep(take.first_token_s + pace)
        cut = take.cut[0] if take.cut else None
        if cut == "error_after":
            self._line.answer(200, {"error": take.error}, take.headers)
            return "complete"
        if cut is not None:
            return await self._cut_whole(cut)
        message: dict[str, Any] = {"role": "assistant", "content": said}
        if take.reasoning:
            message["reasoning"] = take.reasoning
        if take.tool_calls:
            message["tool_calls"] = take.asked
        choice = {"index": 0, "message": message, "finish_reason": take.reason}
        whole = {**self._common, "object": "chat.completion", "choices": [choice]}
        if (usage := self._usage()) is not None:
            whole["usage"] = usage
        self._line.answer(200, whole, take.headers)
        return "complete"

    async def _cut_whole(self, cut: str) -> How:
        self.tokens_sent = 0
        if cut == "drop_after":
            self._line.reset()
        elif cut == "end_after":
            self._line.close()
        else:
            await self._stall()
        return "dropped"

    def _usage(self) -> dict[str, Any] | None:
        usage = self._take.usage
        if usage is None:
            return None
        prompt = max(1, len(json.dumps(self._body.get("messages"))) // 4)
        counted: dict[str, Any] = {
            "prompt_tokens": prompt,
            "completion_tokens": self.tokens_sent,
            "total_tokens": prompt + self.tokens_sent,
        }
        if self._take.reasoning:
            counted["completion_tokens_details"] = {"reasoning_tokens": len(self._take.thought)}
        return counted if usage == "counted" else {**counted, **usage}


def _json(value: object) -> bytes:
    """JSON with characters as they are; a lone surrogate, which has no bytes, escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


@lru_cache(maxsize=16_384)
def _json_text(piece: str) -> bytes:
    return _json(piece)
