"""Why a model call did not end well: a closed tree, named by cause.

    Failure
    ├── the key             bad_key · no_credit · forbidden
    ├── the request         no_such_model · context_too_long · bad_request · policy
    ├── the moment          rate_limited · provider_error · unreachable
    ├── too slow            timed_out_first_token · stalled
    └── the stream          cut_off · bad_stream · too_long

Each kind knows whether asking again may help and who can put it right.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Kind(StrEnum):
    """The closed set of causes. Documents and events carry these words."""

    BAD_KEY = "bad_key"
    NO_CREDIT = "no_credit"
    FORBIDDEN = "forbidden"
    NO_SUCH_MODEL = "no_such_model"
    RATE_LIMITED = "rate_limited"
    CONTEXT_TOO_LONG = "context_too_long"
    BAD_REQUEST = "bad_request"
    PROVIDER_ERROR = "provider_error"
    UNREACHABLE = "unreachable"
    TIMED_OUT_FIRST_TOKEN = "timed_out_first_token"  # noqa: S105
    STALLED = "stalled"
    CUT_OFF = "cut_off"
    BAD_STREAM = "bad_stream"
    TOO_LONG = "too_long"
    POLICY = "policy"

    @property
    def may_retry(self) -> bool:
        """True when the same request may succeed a moment later."""
        return self in _MAY_RETRY

    @property
    def fixed_by(self) -> str:
        """Who can put it right: ``owner``, ``reader`` or ``nobody`` (wait, or choose another)."""
        if self in _OWNER_FIXES:
            return "owner"
        if self in _READER_FIXES:
            return "reader"
        return "nobody"


_MAY_RETRY = frozenset({Kind.RATE_LIMITED, Kind.PROVIDER_ERROR, Kind.UNREACHABLE})
_OWNER_FIXES = frozenset({Kind.BAD_KEY, Kind.NO_CREDIT, Kind.FORBIDDEN})
_READER_FIXES = frozenset(
    {Kind.NO_SUCH_MODEL, Kind.CONTEXT_TOO_LONG, Kind.BAD_REQUEST, Kind.POLICY}
)


class Failure(BaseModel):
    """One failure as it is stored, shown and exported.

    ``message`` is a sentence a person understands; it never holds a key.
    ``status`` is the HTTP status where there was one. ``retry_after_s`` is what
    the provider asked for, in seconds from the moment it said so, or None.
    ``final`` forbids a retry even where the kind would allow one (a TLS error,
    for example, is ``unreachable`` but will not heal in a second).
    """

    model_config = ConfigDict(frozen=True)

    kind: Kind
    message: str
    status: int | None = None
    retry_after_s: float | None = None
    final: bool = False

    @property
    def may_retry(self) -> bool:
        """True when the same request may succeed a moment later."""
        return self.kind.may_retry and not self.final
