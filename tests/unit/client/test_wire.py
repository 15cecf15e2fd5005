"""What is read from the head of an answer."""

from __future__ import annotations

import pytest

from remit.client.wire import Answer, segment


def answer(**headers: str) -> Answer:
    return Answer(200, {name.replace("_", "-"): value for name, value in headers.items()}, b"")


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ('</v1/decisions?cursor=abc&limit=5>; rel="next"', "/v1/decisions?cursor=abc&limit=5"),
        ('</v1/decisions>; rel="first", </v1/decisions?cursor=b>; rel="next"', "/v1/decisions?cursor=b"),
        ("</v1/decisions?cursor=b>; rel=next", "/v1/decisions?cursor=b"),
        ('</v1/decisions?cursor=a>; rel="prev"', None),
        ('<https://elsewhere.example/v1/decisions?cursor=b>; rel="next"', "/v1/decisions?cursor=b"),
        ("", None),
    ],
)
def test_the_next_page_is_a_path_on_the_same_host(link: str, path: str | None) -> None:
    assert answer(link=link).next_page == path


@pytest.mark.parametrize(("said", "seconds"), [("3", 3.0), ("", None), ("-1", None), ("tomorrow", None)])
def test_a_pause_that_is_asked_for_is_a_number_of_seconds(said: str, seconds: float | None) -> None:
    assert answer(retry_after=said).retry_after == seconds


@pytest.mark.parametrize(
    ("name", "at"),
    [("01M8A9", "01M8A9"), ("../keys", "..%2Fkeys"), ("a?b=c#d", "a%3Fb%3Dc%23d"), ("é%2F", "%C3%A9%252F")],
)
def test_a_name_is_no_part_of_a_path(name: str, at: str) -> None:
    assert segment(name) == at


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_what_would_lead_elsewhere_is_no_name(name: str) -> None:
    with pytest.raises(ValueError, match="is no id"):
        segment(name)
