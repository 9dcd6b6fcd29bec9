"""Sealed values open only where they were sealed; keyed hashes compare and tell nothing."""

import ast
import base64
import hashlib
import hmac
import multiprocessing
import re
import stat
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapservice import config, data_key
from mapservice.errors import Invalid, SealBroken
from mapservice.sealing import BLOCK, OVERHEAD, KeyRing

ROOT = Path(__file__).resolve().parents[2]
ROW = UUID("6f2cf6a1-9a3c-4c57-8a5b-7d5a6f3f0c11")
PLACE = {"table": "person_private", "column": "name", "row": ROW}
FIRST, SECOND = hashlib.sha256(b"first").digest(), hashlib.sha256(b"second").digest()
RING = KeyRing({1: FIRST})
BOTH = KeyRing({1: FIRST, 2: SECOND})
texts = st.text(st.characters(codec="utf-8"), max_size=200)


@given(texts)
def test_what_is_sealed_opens_again(text):
    sealed = RING.seal(text, **PLACE)
    assert RING.open(sealed, **PLACE) == text
    assert text.encode() not in sealed or len(text.encode()) < 4


@given(texts)
def test_equal_texts_give_different_bytes(text):
    assert RING.seal(text, **PLACE) != RING.seal(text, **PLACE)


@given(texts)
def test_length_tells_only_the_number_of_blocks(text):
    blocks, rest = divmod(len(RING.seal(text, **PLACE)) - OVERHEAD, BLOCK)
    assert rest == 0 and blocks == len(text.encode()) // BLOCK + 1


@given(texts, st.data())
def test_one_altered_bit_anywhere_is_noticed(text, data):
    sealed = bytearray(RING.seal(text, **PLACE))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        RING.open(bytes(sealed), **PLACE)


@given(st.binary(max_size=200))
def test_other_bytes_do_not_open(junk):
    with pytest.raises(SealBroken):
        RING.open(junk, **PLACE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"row": UUID("6f2cf6a1-9a3c-4c57-8a5b-7d5a6f3f0c12")},
        {"column": "guardian"},
        {"table": "team_contact"},
    ],
)
def test_a_value_moved_elsewhere_does_not_open(elsewhere):
    with pytest.raises(SealBroken):
        RING.open(RING.seal("Hoàng Thị Mẫu", **PLACE), **PLACE | elsewhere)


def test_a_value_relabelled_with_another_version_does_not_open():
    sealed = RING.seal("Hoàng Thị Mẫu", **PLACE)
    same_key = KeyRing({1: FIRST, 2: FIRST})
    assert same_key.open(sealed, **PLACE) == "Hoàng Thị Mẫu"
    with pytest.raises(SealBroken):
        same_key.open(b"\x00\x02" + sealed[2:], **PLACE)


def test_places_cannot_be_spelled_two_ways():
    with pytest.raises(ValueError, match="needs a table"):
        RING.seal("x", table="a|b", column="c", row=ROW)


def test_the_highest_version_writes_and_older_ones_still_open():
    old = RING.seal("cũ", **PLACE)
    new = BOTH.seal("mới", **PLACE)
    assert (BOTH.current, new[:2]) == (2, b"\x00\x02")
    assert BOTH.open(old, **PLACE) == "cũ" and BOTH.open(new, **PLACE) == "mới"
    with pytest.raises(SealBroken, match="version 2"):
        RING.open(new, **PLACE)


@given(texts, texts)
def test_hashes_are_equal_for_equal_texts_only(one, other):
    assert (RING.hash("phone", one) == RING.hash("phone", other)) == (one == other)
    assert RING.hash("phone", one) != RING.hash("identity", one)
    assert len(RING.hash("phone", one)) == 32


def test_hashes_need_the_key_and_not_the_one_that_encrypts():
    phone = "+84912345678"
    assert BOTH.hashes("phone", phone) == [RING.hash("phone", phone), BOTH.hash("phone", phone)]
    plain = [
        hashlib.sha256(f"phone|{phone}".encode()).digest(),
        hmac.digest(FIRST, f"phone|{phone}".encode(), "sha256"),
    ]
    assert RING.hash("phone", phone) not in plain


def test_a_ring_never_prints_its_keys():
    key = base64.b64encode(FIRST).decode()
    ring = KeyRing.parse(f"1:{key}")
    assert key not in repr(ring) + str(vars(ring)) and "FIRST" not in repr(ring)
    assert FIRST.hex() not in repr(ring)


def key_text(version: object, key: bytes) -> str:
    return f"{version}:{base64.b64encode(key).decode()}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1:",
        "x" * 40,
        key_text(0, FIRST),
        key_text(32768, FIRST),
        key_text(1, FIRST[:31]),
        key_text(1, FIRST + b"x"),
        key_text(1, bytes(32)),
        key_text(1, b"0123456789abcdef" * 2),
        key_text(1, b"A phrase that somebody made up!!"),
        key_text(1, bytes(range(8)) * 4),
        key_text(1, FIRST) + ",",
        key_text(1, FIRST) + "," + key_text(1, SECOND),
        key_text(1, FIRST) + "," + key_text(2, FIRST),
        key_text(1, FIRST)[:-2] + "B=",  # base64 with bits that mean nothing
    ],
)
def test_a_malformed_or_guessable_key_is_refused_without_quoting_it(text):
    with pytest.raises(Invalid) as caught:
        KeyRing.parse(text)
    assert list(caught.value.fields) == ["DATA_KEY"]
    assert not text or text not in caught.value.detail


@given(st.integers(1, 32767))
def test_keys_made_here_are_accepted(version):
    assert list(data_key.parse(data_key.new_key(version))) == [version]


def test_a_home_keeps_one_key_of_its_own(tmp_path):
    first = config.load({"MAPSERVICE_HOME": str(tmp_path)})["DATA_KEY"]
    assert config.load({"MAPSERVICE_HOME": str(tmp_path)})["DATA_KEY"] == first
    assert stat.S_IMODE((tmp_path / "data_key").stat().st_mode) == 0o400
    assert data_key.append(tmp_path) == 2
    after = data_key.kept(tmp_path)
    assert after.startswith(first + ",2:") and len(data_key.parse(after)) == 2
    assert [path.name for path in tmp_path.glob("data_key*")] == ["data_key"]


def test_a_key_file_open_to_others_is_refused(tmp_path):
    data_key.kept(tmp_path)
    (tmp_path / "data_key").chmod(0o440)
    with pytest.raises(Invalid, match="chmod 400"):
        data_key.kept(tmp_path)


def test_first_starts_at_once_agree_on_one_key(tmp_path):
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = pool.map(data_key.kept, [tmp_path / "home"] * 16)
    assert len(set(keys)) == 1


def test_only_sealing_knows_the_cipher():
    importers = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "mapservice").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [n.name for n in node.names]
        )
        if (name or "").split(".")[0] == "cryptography"
    }
    assert importers == {"mapservice/sealing.py"}


def test_private_tables_are_named_by_disclosure_alone():
    """But where the models live, where erasure counts rows, where the trail's words for a table
    are, and where it is only asked whether a contact is there: what is sealed stays so."""
    named = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "mapservice").rglob("*.py")
        if re.search(
            r"\b(PersonPrivate|TeamContact|PlaceContact)\b|\bprivate\.[a-z]|person_private",
            path.read_text(encoding="utf-8"),
        )
    }
    elsewhere = {name for name in named if not name.startswith("mapservice/disclosure/")}
    assert elsewhere <= {
        "mapservice/addresses/models.py",
        "mapservice/teams/models.py",
        "mapservice/consent/queries.py",
        "mapservice/office/history_words.py",
        "mapservice/review/queries.py",
        "mapservice/team_office/pages.py",
        "mapservice/team_office/service.py",
        "mapservice/team_office/visiting.py",
    }
