"""Files beside a question: kept from the moment they are chosen, sent when it is asked."""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.conf import settings
from django.core.files import File as Brought
from django.utils import timezone

from council.core import plan
from council.files.reading import File, Limits, NotUsable, hold, read, size_words
from council.models import Attachment, Person

KEPT = timedelta(days=1)
"""How long a file waits for its question."""

_MB = 1024 * 1024


def limits() -> Limits:
    """What this server takes with one question."""
    return Limits(**settings.ENV.files)


def keep(
    *, person: Person, files: "Iterable[Brought[bytes]]", kept: Sequence[Attachment] = ()
) -> tuple[list[Attachment], list[str]]:
    """Keep these files beside those ``kept`` before, and say of each that is not taken why.

    What is good is kept whatever is wrong with the others.
    """
    rows, problems, most = list(kept), [], limits()
    for upload in files:
        try:
            if len(rows) >= most.count:
                raise NotUsable(f"At most {most.count} files can come with one question.")
            hold(upload.name or "", upload.size, most.file_mb)  # before it is read into memory
            file = read(upload.name or "", upload.read(), most)
            _fit(file, rows, most)
        except NotUsable as problem:
            problems.append(str(problem))
        else:
            rows.append(_row(person, file))
    return rows, list(dict.fromkeys(problems))


def planned(rows: Iterable[Attachment]) -> tuple[plan.Attachment, ...]:
    """The files as the plan of a run names them."""
    return tuple(
        plan.Attachment.model_validate(
            {
                "id": str(row.id),
                "name": row.name,
                "media_type": row.media_type,
                "kind": row.kind,
                "size": row.size,
                "text": row.text,
            }
        )
        for row in rows
    )


def carried(rows: Iterable[Attachment]) -> list[Attachment]:
    """The files for a new question: what belongs to another one already comes along as a copy."""
    return [row if row.run_id is None else _copied(row) for row in rows]


def stand_ins(chosen: Iterable[str]) -> list[Attachment]:
    """Files that are chosen but not here yet, for an estimate: ``image:5120``, ``text:800``.

    Never saved. What a PDF says nobody knows before it is read: it counts for nothing.
    """
    found = []
    for text in list(chosen)[: limits().count]:
        kind, _, size = text.partition(":")
        chars = min(int(size), limits().chars) if re.fullmatch(r"\d{1,12}", size) else 0
        words = "word " * (chars // 5) if kind == "text" else ""
        kind = "image" if kind == "image" else "text"
        name, media_type = "file", "image/png" if kind == "image" else "text/plain"
        found.append(Attachment(name=name, kind=kind, media_type=media_type, size=0, text=words))
    return found


def forget_unsent() -> None:
    """Delete files whose question was never asked."""
    Attachment.objects.filter(run=None, created_at__lt=timezone.now() - KEPT).delete()


def _row(person: Person, file: File) -> Attachment:
    row = Attachment(
        person=person,
        name=file.name,
        media_type=file.media_type,
        kind=file.kind,
        size=len(file.data),
        data=file.data,
        text=file.text,
    )
    row.full_clean(exclude=["run"])
    row.save()
    return row


def _copied(row: Attachment) -> Attachment:
    fields = ("person_id", "name", "media_type", "kind", "size", "data", "text")
    return Attachment.objects.create(**{name: getattr(row, name) for name in fields})


def _fit(file: File, rows: Sequence[Attachment], most: Limits) -> None:
    size = len(file.data) + sum(row.size for row in rows)
    if size > most.total_mb * _MB:
        limit = size_words(int(most.total_mb * _MB))
        raise NotUsable(
            f"With “{file.name}” the files have {size_words(size)}; the most is {limit}."
        )
    chars = len(file.text) + sum(len(row.text) for row in rows)
    if chars > most.chars:
        raise NotUsable(
            f"With “{file.name}” the files have {chars:,} characters of text; the most is "
            f"{most.chars:,}."
        )
