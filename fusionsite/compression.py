"""Pages compressed on their way."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressedPages(GZipMiddleware):
    """HTML only: downloads are compressed already or stream, and static files have their own.

    Whoever can have a page repeat their words and see its length could guess at secrets beside
    them (BREACH). The one secret our pages repeat, the CSRF token, is masked anew for each page,
    and the length is blurred by up to a hundred random bytes.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """The response, compressed where it is a page and the browser takes it."""
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if not is_page or not isinstance(response, HttpResponse):
            return response
        return super().process_response(request, response)
