"""Lists as text files and on paper, and how many rows about persons an account may carry away."""

import csv
import io
import re
from datetime import date

import pytest
from sqlalchemy import select

from mapservice.accounts.models import Role
from mapservice.audit.models import AuditEvent
from mapservice.office import lists, pages
from tests import office as world
from tests.db.test_lists import download, rows_of, unpacked
from tests.factories import make_person, make_place

EVIL = ["=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", '=HYPERLINK("//x","y")']


@pytest.fixture
def sides(session):
    return world.build(session)


@pytest.fixture
def officer(sides, sign_in):
    return sign_in(sides.here.accounts[Role.OFFICER])


def csv_of(reply) -> list[dict[str, str]]:
    """The rows of a text file by their headings, its last line among them."""
    assert reply.status_code == 200 and reply.data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(reply.data.decode("utf-8-sig")), restval=""))


@pytest.mark.parametrize("listing", lists.ALL, ids=lambda listing: listing.name)
def test_every_list_says_the_same_as_text(client, sides, sign_in, listing):
    sign_in(sides.admin)
    assert 'href="?format=csv"' in client.get(f"/manage/{listing.name}").text
    reply = download(client, f"/manage/{listing.name}?format=csv")
    rows = csv_of(reply)
    typed = rows_of(download(client, f"/manage/{listing.name}?format=xlsx"))
    assert len(rows) == len(typed) + 1
    for text, cells in zip(rows, typed, strict=False):
        for heading, value in cells.items():
            if isinstance(value, str):
                assert text[heading].removeprefix("'") == value, heading
            elif type(value) is date:
                assert text[heading] == f"{value:%d/%m/%Y}", heading


def test_no_text_of_a_text_file_would_be_run(client, sides, officer, session):
    here = {"commune": world.COMMUNE[world.HERE], "organisation_id": sides.here.commune.id}
    for title in EVIL:
        make_place(session, title=title, children=3, **here)
    rows = csv_of(download(client, "/manage/addresses?nature=place&format=csv"))
    said = {row["Tên"] for row in rows}
    assert {f"'{title}" for title in EVIL} <= said
    assert not any(
        cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row.values()
    )
    assert {row["Trẻ em"] for row in rows if row["Tên"].startswith("'")} == {"3"}


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_a_file_says_who_took_it_and_is_recorded(client, sides, officer, office, shape):
    reply = download(client, f"/manage/addresses?format={shape}")
    name = re.escape(f".{shape}")
    assert re.search(
        rf"dia-chi-tinh-nguyen-\d\d-\d\d-\d{{4}}{name}", reply.headers["Content-Disposition"]
    )
    if shape == "csv":
        assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert officer.name in next(iter(csv_of(reply)[-1].values()))
    else:
        assert f"&amp;L{officer.name}".encode() in unpacked(reply.data)
    (event,) = office.scalars(select(AuditEvent).where(AuditEvent.action == "export"))
    assert event.actor_id == officer.id and event.detail["format"] == shape
    assert event.detail["persons"] == 1 < event.detail["rows"]
    assert event.reason == "report"


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_whoever_takes_persons_says_why(client, sides, officer, office, shape):
    url = f"/manage/addresses?format={shape}"
    asked = client.get(url)
    assert asked.status_code == 422 and "1 dòng về người dân" in asked.text
    assert 'name="reason" required' in asked.text and f'value="{shape}"' in asked.text
    assert client.get(f"{url}&reason=curious").status_code == 400
    taken = select(AuditEvent).where(AuditEvent.action == "export")
    assert office.scalars(taken).all() == []
    places = client.get(f"{url}&nature=place", buffered=True)
    assert places.status_code == 200 and b"L\xc3\xbd do" not in places.data
    assert office.scalars(taken).one().reason is None
    with_why = client.get(f"{url}&reason=planning", buffered=True)
    said = with_why.data if shape == "csv" else unpacked(with_why.data)
    assert "Lý do tải: Lên kế hoạch giúp đỡ".encode() in said


def test_whoever_prints_persons_says_why_and_is_recorded(client, sides, officer, session, office):
    url = "/manage/addresses?format=print&page=1"
    asked = client.get(url)
    assert asked.status_code == 422 and "Bản in này có 1 dòng về người dân" in asked.text
    assert 'name="reason" required' in asked.text and 'name="page" value="1"' in asked.text
    taken = select(AuditEvent).where(AuditEvent.action == "export")
    assert office.scalars(taken).all() == []
    paper = client.get(f"{url}&reason=visit")
    assert paper.status_code == 200 and "Lý do in: Thu xếp chuyến đi của đội" in paper.text
    assert officer.name in paper.text
    event = office.scalars(taken).one()
    assert (event.actor_id, event.reason) == (officer.id, "visit")
    assert event.detail["format"] == "print" and event.detail["persons"] == 1
    assert event.detail["rows"] == paper.text.count("<tr>") - 1
    places = client.get(f"{url}&nature=place")
    assert places.status_code == 200 and "Lý do in" not in places.text


def test_a_part_on_paper_counts_its_own_persons(client, sides, officer, session, monkeypatch):
    monkeypatch.setattr(pages, "PRINTED", 1)
    monkeypatch.setattr(pages, "MOST_PERSONS_A_DAY", 1)
    make_person(session, commune=world.COMMUNE[world.HERE], organisation_id=sides.here.commune.id)
    url = "/manage/addresses?nature=person&format=print&reason=report"
    first = client.get(f"{url}&page=1")
    assert first.status_code == 200 and "page=2&amp;reason=report" in first.text
    assert client.get(f"{url}&page=2").status_code == 422  # one of two was all for today


@pytest.mark.parametrize("shape", ["csv", "xlsx", "print"])
def test_rows_about_persons_are_limited_in_a_day(
    client, sides, officer, session, office, monkeypatch, shape
):
    monkeypatch.setattr(pages, "MOST_PERSONS_A_DAY", 3)
    here = {"commune": world.COMMUNE[world.HERE], "organisation_id": sides.here.commune.id}
    make_person(session, **here)
    url = f"/manage/addresses?format={shape}"
    assert download(client, url).status_code == 200  # two of three
    reply = download(client, url)
    assert (
        reply.status_code == 422
        and "hiện còn 1" in reply.text
        and "2 dòng về người dân" in reply.text
    )
    places = download(client, f"{url}&nature=place")
    assert places.status_code == 200  # of places as many as there are
    taken = office.scalars(select(AuditEvent).where(AuditEvent.action == "export")).all()
    assert [event.detail["persons"] for event in taken] == [2, 0]


def test_another_account_has_its_own_day(client, sides, sign_in, monkeypatch):
    monkeypatch.setattr(pages, "MOST_PERSONS_A_DAY", 1)
    for account in (sides.here.accounts[Role.OFFICER], sides.here.accounts[Role.REGISTRAR]):
        sign_in(account)
        assert download(client, "/manage/addresses?format=csv").status_code == 200
        assert download(client, "/manage/addresses?format=csv").status_code == 422
