"""Forms as no page of ours sends them: answered, and never by a fault of the server."""

import pytest

from tests.whole.house import House, usual


def test_a_question_is_kept_with_the_line_ends_the_box_showed_and_without_nul(
    house: House,
) -> None:
    house.script(**usual())
    run_id = house.ask("Steel\r\nor\0aluminium?", role=["Wel\0der", "", ""])
    document = house.end_of(run_id)
    assert document["prompt"] == "Steel\nor\ufffdaluminium?"
    assert document["answers"][0]["role"] == "Wel\ufffdder"


@pytest.mark.parametrize("which", ["²", pytest.param("9" * 5000, id="huge"), "-1", "1.0", "zwei"])
def test_a_row_that_is_none_cannot_be_removed_and_harms_nothing(house: House, which: str) -> None:
    form = {"remove": which, "model": ["fake/m1", "fake/m2"]}
    answer = house.person.http.get("/composer/seats", params=form)
    assert answer.status_code == 200
    assert 'value="fake/m2"' in answer.text


@pytest.mark.parametrize("page", ["http://[", "http://[::1", "//", "\x7f", "x" * 5000])
def test_a_page_that_is_no_address_is_no_page(house: House, page: str) -> None:
    headers = {"HX-Request": "true", "HX-Trigger-Name": "council", "HX-Current-URL": page}
    for path in ("/composer/seats", "/history/"):
        assert house.person.http.get(path, headers=headers).status_code == 200
