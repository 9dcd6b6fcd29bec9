"""Every messy list of the corpus, tried as its district would: each row comes to what it must."""

import pytest

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.imports import keeping, queries, service
from tests import office as offices
from tests.imports_corpus import FILES, Messy


@pytest.fixture
def officer(session, office):
    world = offices.build(session)
    return rights.actor(office, world.here.accounts[Role.OFFICER])


def tried(office, officer, messy: Messy, path) -> dict[int, object]:
    """The rows of a list by their number, as a dry run leaves them."""
    messy.make(path)
    batch = service.upload(office, officer, messy.file_name, path.read_bytes(), messy.kind)
    sheet = next(at for at, found in enumerate(batch.headings) if found["table"] == messy.sheet)
    columns = {int(at): key for at, key in batch.headings[sheet]["guess"].items()}
    batch = service.arrange(office, officer, batch.id, batch.version, sheet, columns)
    kept = office.scalars(queries.rows(batch.id)).all()
    return {row.number: row for row in keeping.opened(office, kept)}


@pytest.mark.parametrize("messy", FILES, ids=[messy.name for messy in FILES])
def test_every_row_comes_to_what_it_must(messy, office, officer, tmp_path):
    rows = tried(office, officer, messy, tmp_path / "file")
    assert {number: str(row.fate) for number, row in rows.items()} == {
        number: fate for number, (fate, _) in messy.fates.items()
    }, [(number, row.faults) for number, row in rows.items() if row.faults]
    for number, (_, at_fault) in messy.fates.items():
        row = rows[number]
        # A commune of several is no fault: somebody chooses.
        named = [name for name, _ in row.faults] + ["commune_text"] * bool(row.choose)
        assert at_fault in named if at_fault else not named, (number, row.faults)


@pytest.mark.parametrize("messy", FILES, ids=[messy.name for messy in FILES])
def test_a_reason_is_a_sentence_and_tells_no_machine_words(messy, office, officer, tmp_path):
    for row in tried(office, officer, messy, tmp_path / "file").values():
        for name, reason in row.faults:
            assert reason[0].isupper() or reason[0] in "“0123456789", (name, reason)
            assert "None" not in reason and "null" not in reason, (name, reason)
