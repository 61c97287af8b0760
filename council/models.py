"""The rows: what is kept, and what the database itself forbids.

A run is a row; its journal is its memory; a call is a row written before it is sent.
"""

import uuid
from collections.abc import Iterator

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone


class Person(AbstractUser):
    """Somebody with a session. The owner is who runs the server.

    ``default_choice`` and ``last_choice`` are slugs of the council picker (`council.choices`).
    Raising ``session_epoch`` ends every session that was opened before. ``reads_blind``: answers
    are shown under letters alone until they ask for the names. ``reads_compact``: smaller letters
    and less room between lines. ``uses_shortcuts``: single keys do things.
    ``shows_api_runs``: what was asked with their API keys stands in their history.
    """

    class Role(models.TextChoices):
        OWNER = "owner"
        PERSON = "person"
        GUEST = "guest"

    role = models.CharField(max_length=10, choices=Role.choices, default=Role.PERSON)
    may_use_server_keys = models.BooleanField(default=True)
    reads_blind = models.BooleanField(default=False)
    reads_compact = models.BooleanField(default=False)
    uses_shortcuts = models.BooleanField(default=True)
    shows_api_runs = models.BooleanField(default=True)
    default_choice = models.CharField(max_length=140, blank=True)
    last_choice = models.CharField(max_length=140, blank=True)
    session_epoch = models.PositiveIntegerField(default=0)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="person_name_once",
                violation_error_message="Somebody here has this name already. Choose another.",
            ),
        ]

    def get_session_auth_hash(self) -> str:
        """What a session must carry to be valid: it changes with the password and the epoch."""
        return self._epochal(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under secret keys of before."""
        return map(self._epochal, super().get_session_auth_fallback_hash())

    def _epochal(self, plain: str) -> str:
        return f"{plain}:{self.session_epoch}" if self.session_epoch else plain


class SignInLink(models.Model):
    """A one-time link that signs somebody in; None: as owner. Only its token's hash is kept."""

    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="+", null=True, blank=True
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link of {self.created_at:%Y-%m-%d %H:%M}"


class Council(models.Model):
    """A saved council: the council file as JSON, under a name, owned by one person.

    Built-in templates are files, not rows (``council/builtin/``). ``is_public``: everybody on
    this server may use it. ``deleted_at`` is set while its deletion can still be undone.
    ``version`` is the number of the newest `CouncilVersion`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="councils")
    slug = models.SlugField(max_length=140)
    spec = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    is_public = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "slug"], name="council_slug_per_owner"),
        ]

    def __str__(self) -> str:
        return self.slug


class CouncilVersion(models.Model):
    """A council as it once was. Written with every change, the first one included."""

    council = models.ForeignKey(Council, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    spec = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["council", "number"], name="council_versions_numbered"),
        ]

    def __str__(self) -> str:
        return f"{self.council_id} version {self.number}"


class Key(models.Model):
    """A key somebody saved for a provider. ``secret`` is encrypted (`council.credentials`).

    ``base_url`` is only set for an endpoint that is not one of the known providers. ``is_shared``:
    the owner lets everybody use it who may use the server's own keys. ``created_at`` is when this
    key was saved, ``used_at`` when a run last used it, ``tested_at`` when its provider accepted it.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="keys")
    provider = models.CharField(max_length=80)
    base_url = models.CharField(max_length=500, blank=True)
    secret = models.TextField(blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "provider"], name="one_key_per_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} …{self.last4}"


class House(models.Model):
    """What the owner set on the owner's page; one row. None: as the environment says."""

    guest_budget_usd = models.FloatField(null=True, blank=True)

    def __str__(self) -> str:
        return "this server"


class Conversation(models.Model):
    """A thread of runs. ``titled_by`` says who named it: its words, a model or the person.

    ``branched_from`` is the run whose question was put differently here; what was said before
    that run stands in the plan of the first run.
    """

    class TitledBy(models.TextChoices):
        WORDS = "words"
        MODEL = "model"
        PERSON = "person"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=200)
    titled_by = models.CharField(max_length=6, choices=TitledBy.choices, default=TitledBy.WORDS)
    branched_from = models.ForeignKey(
        "Run", on_delete=models.SET_NULL, related_name="branches", null=True, blank=True
    )
    pinned_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-updated_at"], name="conversation_recent")]

    def __str__(self) -> str:
        return self.title


class Run(models.Model):
    """One prompt through one council.

    ``plan`` is a `council.core.plan.Plan`. ``lease_owner`` is the process that plays
    it, until ``lease_until``. ``reserved_usd`` is the most all its calls together may cost, set
    aside until it has ended; None then, and where no cap applies. ``fold`` is the compacted
    journal up to ``fold_seq``; entries after it are still in `JournalEntry`. ``council`` and
    ``council_version`` say which saved council it was, while that is kept; what was asked stands
    in ``plan``. ``kind`` is the plan's: who is asked, and what; ``parent`` the run it goes back
    to, where it is not a question to the whole council. ``api_key``: it was asked through the API.
    ``origin`` is the id and the time of a run that was not played here but came as a document.
    """

    class Kind(models.TextChoices):
        COUNCIL = "council"
        MEMBER = "member"
        SYNTHESIS = "synthesis"
        CRUX = "crux"
        JUDGING = "judging"

    class State(models.TextChoices):
        QUEUED = "queued"
        MEMBERS = "members"
        JUDGING = "judging"
        WRITING = "writing"
        DONE = "done"
        PARTIAL = "partial"
        FAILED = "failed"
        STOPPED = "stopped"
        INTERRUPTED = "interrupted"

    FINAL = frozenset({State.DONE, State.PARTIAL, State.FAILED, State.STOPPED, State.INTERRUPTED})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=9, choices=Kind.choices, default=Kind.COUNCIL)
    parent = models.ForeignKey(
        "self", on_delete=models.SET_NULL, related_name="descendants", null=True, blank=True
    )
    api_key = models.ForeignKey(
        "ApiKey", on_delete=models.SET_NULL, related_name="runs", null=True, blank=True
    )
    prompt = models.TextField()
    plan = models.JSONField()
    origin = models.JSONField(default=dict, blank=True)
    council = models.ForeignKey(
        Council, on_delete=models.SET_NULL, related_name="runs", null=True, blank=True
    )
    council_version = models.PositiveIntegerField(null=True, blank=True)
    council_name = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    cost_usd = models.FloatField(null=True, blank=True)
    cost_complete = models.BooleanField(default=False)
    reserved_usd = models.FloatField(null=True, blank=True)
    synthesis = models.TextField(blank=True)
    lease_owner = models.CharField(max_length=200, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    fold = models.TextField(blank=True)
    fold_seq = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "number"], name="run_number_in_conversation"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="run_number_from_one"),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                name="run_unfinished",
                condition=~Q(state__in=["done", "partial", "failed", "stopped", "interrupted"]),
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.id}"

    @property
    def is_final(self) -> bool:
        """True when nothing more happens unless a reader asks."""
        return self.state in self.FINAL


class ApiKey(models.Model):
    """A key with which programs ask as this person. Shown once; only its SHA-256 is kept.

    ``councils`` are the slugs it may use, none: all of its person's. ``cap_usd`` is what all runs
    asked with it may cost together, ``per_minute`` how many requests it may make in any minute;
    ``asked_lately`` are those of the last one (`council.api.minute`).
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    last4 = models.CharField(max_length=4)
    councils = models.JSONField(default=list, blank=True)
    cap_usd = models.FloatField(null=True, blank=True)
    per_minute = models.PositiveIntegerField(default=60)
    asked_lately = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} …{self.last4}"


class BestAnswer(models.Model):
    """Which answer of a run its reader found best. It outlives the run: models are compared by it.

    ``among`` are all models that had answered, ``is_blind`` whether their names were hidden
    when the reader chose.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="best_answers")
    run = models.ForeignKey(
        Run, on_delete=models.SET_NULL, related_name="best_answers", null=True, blank=True
    )
    council_name = models.CharField(max_length=120, blank=True)
    seat = models.CharField(max_length=1)
    model = models.CharField(max_length=300)
    among = models.JSONField(default=list)
    is_blind = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "run"], name="one_best_answer_per_run"),
        ]

    def __str__(self) -> str:
        return f"{self.seat} of {self.run_id}"


class ClientKey(models.Model):
    """One client id, one run: a repeated POST finds the run it already made."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="client_keys")
    key = models.CharField(max_length=64)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="one_run_per_client_key"),
        ]

    def __str__(self) -> str:
        return self.key


class Attachment(models.Model):
    """A file beside a prompt. It belongs to nobody's run until a question is asked with it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="attachments")
    run = models.ForeignKey(
        Run, on_delete=models.CASCADE, related_name="attachments", null=True, blank=True
    )
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    kind = models.CharField(max_length=5)
    size = models.PositiveIntegerField()
    data = models.BinaryField()
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Catalogue(models.Model):
    """What one provider offered when it was last asked, at this address with this key.

    ``address`` ends in a print of both, so that another key makes it another list.
    ``listed`` is a list of `council.wire.catalogue.Model` as JSON. ``problem`` is why the last
    try did not bring a list, or empty; the list of the try before it is kept.
    """

    provider = models.CharField(max_length=80)
    address = models.CharField(max_length=500)
    listed = models.JSONField(default=list)
    fetched_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField()
    problem = models.TextField(blank=True)
    has_no_list = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "address"], name="one_list_per_address"),
        ]

    def __str__(self) -> str:
        return self.provider


class JournalEntry(models.Model):
    """One tick of one run: its events as JSON, numbered without a gap from 1."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="journal", db_index=False)
    seq = models.PositiveIntegerField()
    events = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "seq"], name="journal_numbers_are_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} #{self.seq}"


class Call(models.Model):
    """One model call. The row is committed before the request is sent.

    It stays when its conversation is deleted (``run`` is None then): money that was spent stays
    spent, also for the ``api_key`` its run was asked with. ``whose_key`` is ``server``, ``own`` or
    empty where no key was needed. ``held_usd`` is what it can cost at most, where a cap applies: it
    counts for that much until its cost is known, and for good where nobody says. ``by_guest``: it
    counts for the guests' common budget, whatever becomes of the guest.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="calls")
    run = models.ForeignKey(
        Run, on_delete=models.SET_NULL, related_name="calls", null=True, blank=True
    )
    api_key = models.ForeignKey(
        ApiKey, on_delete=models.SET_NULL, related_name="calls", null=True, blank=True
    )
    council_name = models.CharField(max_length=120, blank=True)
    whose_key = models.CharField(max_length=6, blank=True)
    by_guest = models.BooleanField(default=False)
    seat = models.CharField(max_length=6)
    attempt = models.PositiveIntegerField()
    model = models.CharField(max_length=300)
    state = models.CharField(max_length=12, default="open")
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    tokens_prompt = models.PositiveIntegerField(null=True, blank=True)
    tokens_completion = models.PositiveIntegerField(null=True, blank=True)
    cost_usd = models.FloatField(null=True, blank=True)
    cost_source = models.CharField(max_length=10, default="unknown")
    held_usd = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "seat", "attempt"], name="attempts_are_numbered"
            ),
        ]
        indexes = [models.Index(fields=["person", "started_at"], name="calls_of_a_month")]

    def __str__(self) -> str:
        return f"{self.seat}.{self.attempt} {self.model}"


class Passage(models.Model):
    """Something that was written in a run that is over: what the search finds.

    Its person, council, model and state are those of the run, so that nothing else is read to
    find it; ``place`` is the fragment of the run's page where it stands. What it is found by is
    kept beside it (`council.searching.passages`), by statements that no other code knows.
    """

    class Kind(models.TextChoices):
        PROMPT = "prompt", "Question"
        ANSWER = "answer"
        SYNTHESIS = "synthesis"
        FINDING = "finding"

    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="passages", db_index=False
    )
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="passages")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    seat = models.CharField(max_length=1, blank=True)
    place = models.CharField(max_length=80, blank=True)
    model = models.CharField(max_length=300, blank=True)
    council_name = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=12)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["person", "model"], name="passages_by_model"),
            models.Index(fields=["person", "council_name"], name="passages_by_council"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}{self.seat} of {self.run_id}"


class Share(models.Model):
    """A link to a frozen copy of runs. Its token is made from ``salt`` and the server's secret and
    found by its hash, so that whoever reads this row cannot open the link.

    ``shows`` names what was ticked (`council.sharing.lens`); nothing else is in the copy. It ends
    when it is revoked or expires, and with the last of its runs. ``opened`` counts how often it was
    read.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="shares")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="shares")
    title = models.CharField(max_length=200)
    salt = models.CharField(max_length=32)
    token_hash = models.CharField(max_length=64, unique=True)
    shows = models.JSONField(default=list, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    opened = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.title


class SharedRun(models.Model):
    """One run of a share. ``frozen`` is its copy (`council.sharing.frozen`), empty while the run
    goes on: until then readers follow the run itself, through the share's lens."""

    share = models.ForeignKey(Share, on_delete=models.CASCADE, related_name="runs")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="shared")
    number = models.PositiveIntegerField()
    frozen = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["share", "number"], name="shared_runs_are_numbered"),
        ]
        indexes = [
            models.Index(fields=["run"], name="shared_live", condition=Q(frozen="")),
        ]

    def __str__(self) -> str:
        return f"{self.share_id} #{self.number}"


class Report(models.Model):
    """What a stranger says of a shared page, for the owner of this server."""

    share = models.ForeignKey(Share, on_delete=models.CASCADE, related_name="reports")
    words = models.TextField(max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"report of {self.created_at:%Y-%m-%d}"


class Order(models.Model):
    """What a reader wants of a run: stop, judge now, stop, retry or add one seat.

    ``detail`` says more: another model for a seat that is asked again, or the seat that is added.
    The process that plays the run takes it and sets ``taken_at``.
    """

    class Kind(models.TextChoices):
        STOP = "stop"
        JUDGE = "judge"
        STOP_SEAT = "stop_seat"
        RETRY_SEAT = "retry_seat"
        ADD_SEAT = "add_seat"

    STOPS = frozenset({Kind.STOP, Kind.STOP_SEAT})

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="orders")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    seat = models.CharField(max_length=1, blank=True)
    detail = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["run"], name="orders_waiting", condition=Q(taken_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind}{self.seat}"
