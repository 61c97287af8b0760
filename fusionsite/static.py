"""Static files with a hash in their name, so that a browser may keep them for ever, and beside
each a compressed one for whoever takes it."""

import os
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEETS = (
    "tokens", "base", "layout", "home", "models", "run/page", "run/verdict", "run/speeds",
    "run/breakdown", "run/prose", "run/evidence", "run/synthesis", "run/answers", "run/rail",
    "run/tabs", "run/after", "run/going-on", "run/again", "run/steady", "run/blind", "run/comfort",
    "run/find", "run/keys", "run/print", "files", "code", "councils", "accounts", "settings",
    "history", "shares",
)  # fmt: skip
"""The style sheets of every page, in their order; each is a file of static/css."""
PRINTED = "run/print"
"""The one of them that is for paper alone."""
ALL_SHEETS = "css/all.css"
"""All of them in one file. Asked for one by one they keep the first paint of a page waiting: each
is a visit to the server (bench/README.md)."""


class ModuleStorage(CompressedManifestStaticFilesStorage):
    """Rewrites ``import`` paths of ES modules too, which Django leaves out by default."""

    support_js_module_import_aggregation = True

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[Any]:
        """The sheets are put together first, and named and compressed like every other file."""
        if not dry_run:
            self._join_sheets()
            paths[ALL_SHEETS] = (self, ALL_SHEETS)
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def _join_sheets(self) -> None:
        joined = Path(self.path(ALL_SHEETS))
        fresh = joined.with_suffix(f".{os.getpid()}")  # another process may start at this moment
        fresh.write_text("".join(self._sheet(name) for name in SHEETS), "utf-8")
        fresh.replace(joined)

    def _sheet(self, name: str) -> str:
        said = Path(self.path(f"css/{name}.css")).read_text("utf-8")
        return f"@media print {{\n{said}}}\n" if name == PRINTED else said

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """What has a hash in its name never changes: it is compressed at the first start only."""
        hashed = set(self.hashed_files.values())
        new = [path for path in paths if path in hashed and not self.exists(f"{path}.gz")]
        yield from super().compress_files(new)


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise without a thread for every request that is not its own.

    A long answer of an async view would hold that thread until its end, and a reader who leaves
    could not be noticed through it.
    """

    async_capable = sync_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        super().__init__(get_response)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """A file of ours, or what the others say."""
        if not iscoroutinefunction(self.get_response):
            found: HttpResponseBase = super().__call__(request)
            return found
        return self._answer(request)

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        find = sync_to_async(self.find_file) if self.autorefresh else None
        path = request.path_info
        file = await find(path) if find is not None else self.files.get(path)
        if file is None:
            passed: HttpResponseBase = await self.get_response(request)
            return passed
        served: HttpResponseBase = await sync_to_async(self.serve)(file, request)
        return served
