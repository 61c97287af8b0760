"""The bytes of the pictures in a request, filled in only on the way to the wire."""

import base64
from collections.abc import Iterable

from channels.db import database_sync_to_async

from council.core.delta import Image, Request
from council.models import Attachment


async def filled(request: Request) -> Request:
    """The request with the bytes of its pictures. One whose row is gone is left out."""
    refs = {image.ref for message in request.messages for image in message.images}
    data = await database_sync_to_async(_read)(refs)
    messages = tuple(
        message.model_copy(update={"images": tuple(_with_data(message.images, data))})
        if message.images
        else message
        for message in request.messages
    )
    return request.model_copy(update={"messages": messages})


def _read(refs: set[str]) -> dict[str, str]:
    rows = Attachment.objects.filter(id__in=refs, kind="image").values_list("id", "data")
    return {str(key): base64.b64encode(data).decode("ascii") for key, data in rows}


def _with_data(images: Iterable[Image], data: dict[str, str]) -> Iterable[Image]:
    for image in images:
        if image.ref in data:
            yield image.model_copy(update={"data": data[image.ref]})
