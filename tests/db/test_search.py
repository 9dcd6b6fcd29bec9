"""The public search: what it finds, in which order, how it reads a question, what it costs."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from mapservice.layers import upkeep
from mapservice.search import queries, service
from mapservice.territory.names import fold
from tests.factories import make_need, make_person, make_place


def found(client, q):
    reply = client.get("/search.json", query_string={"q": q})
    assert reply.status_code == 200, reply.text
    return json.loads(reply.text)["results"]


def titles(client, q):
    return [(hit["match"], hit["title"]) for hit in found(client, q) if hit["type"] != "unit"]


def test_exact_before_prefix_before_word_then_the_urgent(client, session):
    place = make_place(session, title="Nhà văn hóa bản Mùng")
    for urgency, title in (
        (4, "Dựng nhà văn hóa"),
        (1, "Nhà văn hóa"),
        (2, "Nhà văn hóa thôn A"),
        (3, "Nhà văn hóa thôn B"),
    ):
        make_need(session, address=place, urgency=urgency, helps_people=urgency * 10, title=title)
    assert titles(client, "NHA VAN hoá") == [
        ("exact", "Nhà văn hóa"),
        ("prefix", "Nhà văn hóa bản Mùng"),
        ("prefix", "Nhà văn hóa thôn B"),
        ("prefix", "Nhà văn hóa thôn A"),
        ("word", "Dựng nhà văn hóa"),
    ]


def test_words_in_any_order_begin_where_words_begin(client, session):
    make_place(session, title="Trường Tiểu học Đồng Bài")
    assert titles(client, "bài trường") == [("word", "Trường Tiểu học Đồng Bài")]
    assert titles(client, "ng") == [] == titles(client, "ài")
    assert titles(client, "đồ") == [("word", "Trường Tiểu học Đồng Bài")]
    assert titles(client, "ruong") == [("part", "Trường Tiểu học Đồng Bài")]


def test_a_slip_of_the_finger_finds_what_is_alike(client, session):
    make_place(session, title="Trường Tiểu học Đồng Bài")
    upkeep.learn_words(session)
    alike = [("similar", "Trường Tiểu học Đồng Bài")]
    assert titles(client, "tieu hco dong bai") == alike  # one word is nobody's
    assert titles(client, "truonk hocc") == alike  # each is most like another
    assert titles(client, "tieu hoc bac lac") == []  # two are missing
    assert titles(client, "tieu hoc lac") == alike  # one may be
    assert titles(client, "xyzzy") == []
    marked = found(client, "truonk hocc")[0]
    assert [marked["title"][begin:end] for begin, end in marked["highlights"]] == ["Trường", "học"]


def test_words_are_learnt_once_and_forgotten_with_their_last_title(session):
    place = make_place(session, title="Trường Zzmới 123")
    make_need(session, address=place, title="Sửa zzmới")
    known = text("SELECT array_agg(word ORDER BY word) FROM pub.word WHERE word LIKE 'zz%'")
    assert session.scalar(known) is None
    assert upkeep.learn_words(session) > 0
    assert session.scalar(known) == ["zzmoi"]
    session.execute(text("UPDATE core.address SET summary = 'khác'"))
    assert upkeep.learn_words(session) == 0
    session.execute(text("UPDATE core.address SET sensitive = true"))
    assert upkeep.forget_words(session) > 0
    assert session.scalar(known) is None
    assert session.scalar(text("SELECT EXISTS (SELECT FROM pub.word WHERE word = 'xa')"))
    assert not session.scalar(text("SELECT EXISTS (SELECT FROM pub.word WHERE word ~ '[0-9]')"))


def test_what_is_common_is_found_where_it_lies_and_what_is_rare_by_index(session, public):
    """The first thousand rows hold enough of what is common; all of what is rare is found."""
    place = make_place(session, title="Điểm trường hiếm")
    session.execute(
        text("""
        INSERT INTO pub.place (id, code, kind, title, title_folded, geom, commune_id, unit_ids,
                               feature)
        SELECT gen_random_uuid(), 'P' || i, kind, title, 'truong so ' || i, geom, commune_id,
               unit_ids, feature
        FROM pub.place, generate_series(1, 1500) AS i WHERE code = :code"""),
        {"code": place.public_code},
    )
    codes = [hit.code for hit in service.search(public, "so 1499").hits]
    assert codes == ["P1499"]
    assert len(service.search(public, "so truong").hits) == service.MOST


def test_communes_old_and_new_say_what_became_of_them(client):
    hits = [hit for hit in found(client, "an lạc") if hit["type"] == "unit"]
    old = next(hit for hit in hits if hit["code"] == "07645@2022")
    assert old["match"] == "exact" and old["valid_to"] and old["now"]
    assert old["url"] == "/units/07645@2022"
    assert {hit["title"] for hit in hits if hit["match"] == "exact"} == {"Xã An Lạc"}


@pytest.mark.parametrize(
    ("q", "title", "now", "code"),
    [
        ("xa dinh ke", "Xã Dĩnh Kế", "Phường Bắc Giang", "07210"),
        ("Thị trấn Neo", "Thị trấn Neo", "Phường Yên Dũng", "07681"),
        ("thị xã Bắc Giang", "Thị xã Bắc Giang", "Thành phố Bắc Giang", "213"),
        ("Thị trấn NT Yên Thế", "Thị trấn NT Yên Thế", "Xã Yên Thế", "07288"),
    ],
)
def test_names_of_old_lists_lead_to_the_unit_of_today(client, q, title, now, code):
    hit = found(client, q)[0]
    assert (hit["type"], hit["title"], hit["match"]) == ("unit", title, "exact")
    assert hit["now"] == now and hit["code"].split("@")[0] == code and "valid_to" not in hit
    assert now in client.get(hit["url"]).text
    assert "tên cũ, nay thuộc" in client.get("/search", query_string={"q": q}).text


def test_every_name_of_every_list_is_found_once_for_a_unit(session, public):
    """The unit of that name, or the name itself; by its words without a mark."""
    names = text("""SELECT DISTINCT name, name_folded FROM core.historical_name
      WHERE coalesce(current_unit_id, unit_id) IS NOT NULL ORDER BY name""")
    for name, folded in session.execute(names).all():
        hits = service.search(public, folded).hits
        exact = [hit.code for hit in hits if hit.type == "unit" and fold(hit.title) == folded]
        assert exact and len(exact) == len(set(exact)), name


def test_a_unit_of_today_comes_before_an_old_name(client):
    hits = [hit for hit in found(client, "an châu") if hit["type"] == "unit"]
    gone = ["valid_to" not in hit and "now" in hit for hit in hits if hit["match"] == "exact"]
    assert gone == sorted(gone) and any(gone) and not all(gone)


def test_highlights_are_offsets_in_the_title(client, session):
    make_place(session, title="Điểm trường <b>Đồng</b> Đồng")
    hit = found(client, "dong truong")[0]
    marked = [hit["title"][start:end] for start, end in hit["highlights"]]
    assert marked == ["trường", "Đồng", "Đồng"]
    page = client.get("/search?q=dong+truong").text
    assert "<mark>trường</mark> &lt;b&gt;<mark>Đồng</mark>&lt;/b&gt; <mark>Đồng</mark>" in page


def test_what_is_called_so_in_the_unit_that_is_named_too(client, session):
    """Titles do not hold their commune or district; people say both."""
    place = make_place(session, title="Trường Tiểu học số 2")
    make_need(session, address=place, title="Dạy hè ở trường")
    make_place(session, commune="07207", lng=106.2, title="Trường Tiểu học số 3")
    for q in ("trường tiểu học an lạc", "An Lạc, truong tieu hoc", "truong tieu hoc xã An Lạc"):
        assert titles(client, q) == [("prefix", "Trường Tiểu học số 2")], q
    assert titles(client, "dạy hè huyện sơn động") == [("prefix", "Dạy hè ở trường")]
    assert titles(client, "trường sơn động") == [
        ("prefix", "Trường Tiểu học số 2"),
        ("word", "Dạy hè ở trường"),
    ]
    hit = found(client, "tieu hoc an lac")[0]
    assert [hit["title"][begin:end] for begin, end in hit["highlights"]] == ["Tiểu", "học"]
    # Who names a unit alone finds units, and what is nowhere called so there is not found.
    assert titles(client, "huyện sơn động") == [] == titles(client, "nhà văn hóa an lạc")


def test_a_code_finds_its_place_or_need_however_it_is_written(client, session):
    place = make_place(session, title="Trường Tiểu học Đồng Bài")
    need = make_need(session, address=place, title="Dạy học")
    hidden = make_place(session, sensitive=True)
    for record, title in ((place, "Trường Tiểu học Đồng Bài"), (need, "Dạy học")):
        code = record.public_code
        spoken = code.lower().replace("0", "o").replace("1", "l")
        for q in (code, f" {spoken} ", f"{code[:4]} {code[4:]}", f"{code[:4]}-{code[4:]}"):
            assert titles(client, q) == [("exact", title)], q
            assert found(client, q)[0]["url"] == f"/places/{place.public_code}"
    assert (
        found(client, hidden.public_code) == [] == found(client, make_person(session).public_code)
    )
    assert titles(client, "Truong Tieu hoc") == [("prefix", "Trường Tiểu học Đồng Bài")]


def test_persons_and_what_is_hidden_are_not_found(client, session):
    person = make_person(session)
    make_need(session, address=person)
    make_place(session, title="Nhà kín", sensitive=True)
    make_need(session, title="Việc nháp", status="draft")
    for q in (person.public_code, "nhà kín", "việc nháp"):
        assert titles(client, q) == []


NO_QUESTION = ["", "q=", "q=%20", "q=a&x=1", "q=a%00", "q=%F1%80", "q=a&q=b", f"q={'x' * 10_000}"]


@pytest.mark.parametrize("query", NO_QUESTION, ids=range(len(NO_QUESTION)))
def test_what_is_no_question_is_refused_and_a_page_forgives_it(client, query):
    assert client.get(f"/search.json?{query}").status_code == 400
    assert client.get(f"/search?{query}").status_code == 200


def test_wildcards_are_letters(client, session):
    make_place(session, title="Giảm 100%")
    assert titles(client, "100%") == [("word", "Giảm 100%")]
    assert titles(client, "1_0%") == [] == titles(client, "%")


@given(st.text(max_size=60), st.text(max_size=20))
def test_highlights_never_lie(title, asked):
    words = service.words_of(asked)
    at = 0
    for start, end in service.highlights(title, words):
        assert at <= start < end <= len(title)
        assert any(word in service.fold(title)[start:end] for word in words)
        at = end


def test_rare_words_go_by_the_indexes(session, public):
    place = make_place(session)
    session.execute(
        text("""
        INSERT INTO pub.place (id, code, kind, title, title_folded, geom, commune_id, unit_ids,
                               feature)
        SELECT gen_random_uuid(), 'P' || i, kind, title || i, 'truong ' || i, geom, commune_id,
               unit_ids, feature
        FROM pub.place, generate_series(1, 5000) AS i WHERE code = :code"""),
        {"code": place.public_code},
    )
    session.execute(text("SELECT gin_clean_pending_list('pub.ix_place_title_folded')"))
    session.execute(text("ANALYZE pub.place"))
    asked = {
        "q": "qx",
        "limit": 5,
        "prefix": "qx%",
        "phrase": "%qx%",
        "begins0": "qx%",
        "later0": "% qx%",
    }
    plan = "\n".join(public.scalars(text(f"EXPLAIN {queries.by_words(1, frozenset([0]))}"), asked))
    assert "ix_place_title_begins" in plan and "ix_place_title_folded" in plan, plan
    # Of the names of old lists those alone are put together that may be meant.
    scans = re.findall(r"Scan .*on historical_name.*\n +(.*)", plan)
    assert len(scans) == 2 and all("Filter" in line and "qx%" in line for line in scans), plan


def test_a_mistyped_word_is_found_in_the_vocabulary_by_its_index(session, public):
    session.execute(
        text("INSERT INTO pub.word SELECT 'w' || md5(i::text) FROM generate_series(1, 20000) AS i")
    )
    session.execute(text("SELECT gin_clean_pending_list('pub.ix_word_word')"))
    session.execute(text("ANALYZE pub.word"))
    asked = {"words": ["truonk"], "begins": ["truonk%"]}
    plan = "\n".join(public.scalars(text(f"EXPLAIN {queries.KNOWN}"), asked))
    assert "ix_word_word" in plan, plan


def test_the_page_says_that_it_cut_a_long_question(client, session):
    make_place(session, title="Trường Tiểu học Đồng Bài")
    told = "chỉ 100 chữ cái đầu được dùng"
    assert told in client.get("/search", query_string={"q": "trường " * 1429}).text
    assert told not in client.get("/search", query_string={"q": "x" * 100}).text
