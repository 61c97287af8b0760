"""The rows: what is kept, and what the database itself forbids.

A run is a row; its journal is its memory; a call is a row written before it is sent.
"""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q


class Person(AbstractUser):
    """Somebody with a session. The owner is who runs the server."""

    class Role(models.TextChoices):
        OWNER = "owner"
        PERSON = "person"
        GUEST = "guest"

    role = models.CharField(max_length=10, choices=Role.choices, default=Role.PERSON)


class OwnerLink(models.Model):
    """A one-time link that signs in as owner. Only the hash of its token is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"owner link of {self.created_at:%Y-%m-%d %H:%M}"


class Council(models.Model):
    """A saved council: the council file as JSON, under a name, owned by one person.

    Built-in templates are files, not rows (``council/builtin/``).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="councils")
    slug = models.SlugField(max_length=140)
    spec = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "slug"], name="council_slug_per_owner"),
        ]

    def __str__(self) -> str:
        return self.slug


class Conversation(models.Model):
    """A thread of runs."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=200)
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
    journal up to ``fold_seq``; entries after it are still in `JournalEntry`.
    """

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
    prompt = models.TextField()
    plan = models.JSONField()
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

    provider = models.CharField(max_length=80, unique=True)
    address = models.CharField(max_length=500)
    listed = models.JSONField(default=list)
    fetched_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField()
    problem = models.TextField(blank=True)
    has_no_list = models.BooleanField(default=False)

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

    ``held_usd`` is what it can cost at most, where a cap applies: it counts for that much until
    its cost is known, and for good where nobody says.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="calls")
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

    def __str__(self) -> str:
        return f"{self.seat}.{self.attempt} {self.model}"


class Order(models.Model):
    """What a reader wants of a run: stop, judge now, stop or retry one seat.

    The process that plays the run takes it and sets ``taken_at``.
    """

    class Kind(models.TextChoices):
        STOP = "stop"
        JUDGE = "judge"
        STOP_SEAT = "stop_seat"
        RETRY_SEAT = "retry_seat"

    STOPS = frozenset({Kind.STOP, Kind.STOP_SEAT})

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="orders")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    seat = models.CharField(max_length=1, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["run"], name="orders_waiting", condition=Q(taken_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind}{self.seat}"
