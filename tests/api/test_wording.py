"""What a stream has said of a synthesis is never taken back."""

from hypothesis import given, settings
from hypothesis import strategies as st

from council.api import wording

_PIECES = st.sampled_from(
    [
        *("[f1 settled]", "[f1]", "[f9]", "[A]", "[f1 sett", "[", "]", "("),
        *("`", "```", "~~~", "$", "$$", r"\(", r"\)", r"\[", r"\]"),
        *("\n", "\n\n", " ", "  ", "word", "3", ".", "> ", "- "),
    ]
)


@settings(max_examples=500, deadline=None, database=None, derandomize=True)
@given(st.lists(_PIECES, max_size=14).map("".join))
def test_every_beginning_of_a_text_says_a_beginning_of_the_same(text: str) -> None:
    whole, said = wording.clean(text, {"f1"}), ""
    for cut in range(len(text) + 1):
        more = wording.clean_so_far(text[:cut], {"f1"})
        assert more.startswith(said), (text, cut)
        assert whole.startswith(more), (text, cut)
        said = more


def test_a_line_that_is_whole_is_sent() -> None:
    text = "Costs $5. [f1 settled]\nUse `x`. [f1 open]\nThen [f1 settled] wait"
    assert wording.clean_so_far(text, ()) == "Costs $5.\nUse `x`.\nThen wait"
