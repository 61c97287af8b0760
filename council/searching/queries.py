"""What a person looks for: words, "phrases", -not, prefix*. Whatever is typed is a query.

A query is written for FTS5 and for PostgreSQL from words that `council.searching.terms` has
read: nothing of what was typed reaches either grammar as it came.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from council.searching.terms import Word, words

MOST_TERMS, MOST_WORDS = 12, 16
SHORTEST_BEGINNING = 2
"""Letters that the beginning of a word needs."""

_PIECE = re.compile(r'(-?)"([^"]*)("?)(\*?)|(\S+)')


@dataclass(frozen=True)
class Term:
    """Words that follow each other; the last may be only the beginning of one."""

    words: tuple[str, ...]
    is_prefix: bool = False
    is_not: bool = False

    def ends(self, read: Sequence[Word]) -> tuple[int, int] | None:
        """Where it stands, characters from and to, when the words of a text read so far end in it.

        Called for every word of a text: the last word is compared before the others.
        """
        last, size = self.words[-1], len(self.words)
        text = read[-1].text
        if not (text.startswith(last) if self.is_prefix else text == last) or len(read) < size:
            return None
        if size > 1 and tuple(word.text for word in read[-size:-1]) != self.words[:-1]:
            return None
        return read[-size].start, read[-1].end


@dataclass(frozen=True)
class Query:
    """All terms must be there, none of those that are not wanted."""

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def wanted(self) -> list[Term]:
        """What is looked for."""
        return [term for term in self.terms if not term.is_not]

    @property
    def unwanted(self) -> list[Term]:
        """What must not be there."""
        return [term for term in self.terms if term.is_not]


def parse(text: str) -> Query:
    """The query in these words. The last word counts as a beginning while it is being typed."""
    pieces = list(_PIECE.finditer(text))[: MOST_TERMS * 2]
    terms = []
    for index, piece in enumerate(pieces):
        is_last = index == len(pieces) - 1 and piece.end() == len(text)
        if term := _term(piece, is_last):
            terms.append(term)
    return Query(tuple(dict.fromkeys(terms))[:MOST_TERMS])


def _term(piece: "re.Match[str]", is_last: bool) -> Term | None:
    minus, quoted, closed, star, bare = piece.groups()
    if bare is not None:
        minus, quoted = ("-", bare[1:]) if bare.startswith("-") else ("", bare)
        star = "*" if bare.endswith("*") else ""
    is_open = is_last and (bare is not None or not closed) and not minus
    found = [word.text for word in words(quoted)][:MOST_WORDS]
    if not found:
        return None
    is_beginning = bool(star or is_open) and len(found[-1]) >= SHORTEST_BEGINNING
    return Term(tuple(found), is_prefix=is_beginning, is_not=bool(minus))


def for_fts5(query: Query, labels: Iterable[str]) -> str:
    """The query as FTS5 reads it, among rows that carry all these labels."""

    def one(term: Term) -> str:
        return f'words : "{" ".join(term.words)}"' + (" *" if term.is_prefix else "")

    wanted = [f'filed : "{label}"' for label in labels] + [one(term) for term in query.wanted]
    unwanted = " OR ".join(one(term) for term in query.unwanted)
    return f"({' AND '.join(wanted)})" + (f" NOT ({unwanted})" if unwanted else "")


def for_postgres(query: Query, labels: Iterable[str]) -> str:
    """The query as a tsquery, among rows that carry all these labels.

    A label is a lexeme that begins with a space, as no word does; so are the short beginnings
    of words, which would else be looked for one word after the other.
    """

    def one(term: Term) -> str:
        *head, last = term.words
        if term.is_prefix and not head and len(last) <= 3:
            return ("!" if term.is_not else "") + f"' <{last}'"
        lexemes = [*(f"'{word}'" for word in head), f"'{last}'" + (":*" if term.is_prefix else "")]
        return ("!" if term.is_not else "") + f"({' <-> '.join(lexemes)})"

    return " & ".join([*(f"' {label}'" for label in labels), *map(one, query.terms)])
