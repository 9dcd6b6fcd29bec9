"""The demo's parts that need no database: chance, shares, names, words, days."""

import string
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapservice import cli, config
from mapservice.demo import catalogue, copying, hamlets, needs, numbers, places, service, texts
from mapservice.demo import sign_ins as passwords
from mapservice.demo.assignments import share
from mapservice.demo.calendar import Calendar
from mapservice.demo.communes import share_out
from mapservice.demo.randomness import Bag, PublicCodes, Stream

TERRAINS = ("highland", "midland", "lowland", "urban")
TODAY = date(2026, 11, 22)


def test_a_stream_depends_on_its_seed_and_purpose_alone():
    assert Stream(1, "teams").uuid() == Stream(1, "teams").uuid()
    assert Stream(1, "teams").uuid() != Stream(1, "places").uuid()
    assert Stream(1, "teams").uuid() != Stream(2, "teams").uuid()
    assert Stream(1, "teams").uuid().version == 4


def test_a_bag_keeps_its_shares_in_every_hundred():
    bag = Bag(Stream(1), {"common": 99, "rare": 1})
    for _ in range(3):
        assert Counter(bag.draw() for _ in range(100)) == {"common": 99, "rare": 1}
    with pytest.raises(ValueError, match="100"):
        Bag(Stream(1), {"common": 99})


def test_public_codes_are_distinct_and_speakable():
    codes = PublicCodes(Stream(1))
    drawn = [codes.draw() for _ in range(5_000)]
    assert len(set(drawn)) == len(drawn)
    letters = set("".join(drawn))
    assert {len(code) for code in drawn} == {8}
    assert letters <= set(string.digits + string.ascii_uppercase) - set("ILOU")


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=60), st.integers(0, 3_000))
def test_shares_add_up_and_follow_the_weights(weights, total):
    shares = share_out(Stream(1), weights, total)
    assert sum(shares) == total
    exact = [total * weight / sum(weights) for weight in weights]
    assert all(abs(given_ - wanted) < 2 for given_, wanted in zip(shares, exact, strict=True))
    assert min(shares) >= 0


@given(st.integers(1, 4_000), st.integers(1, 10))
def test_visits_share_everything_and_each_gets_something(tenths, parts):
    quantity = Decimal(tenths) / 10
    shares = [share(quantity, parts, part) for part in range(1, parts + 1)]
    assert sum(shares) == quantity
    assert tenths < parts or min(shares) > 0
    if quantity >= parts and quantity == int(quantity):
        assert all(piece == int(piece) for piece in shares)


def test_visits_share_kilometres_by_the_tenth():
    assert [share(Decimal("1.4"), 3, part) for part in (1, 2, 3)] == [
        Decimal("0.5"),
        Decimal("0.5"),
        Decimal("0.4"),
    ]


@pytest.mark.parametrize("terrain", TERRAINS)
def test_hamlets_never_run_out_of_names(terrain):
    names = list(islice(hamlets.own_names(Stream(1), terrain), 6_000))
    assert len(set(names)) == len(names)


def test_every_template_can_be_written():
    """Each names known things only, and all its slots can be filled."""
    figures = numbers.slots(Stream(1), dict.fromkeys(numbers.COLUMNS))
    slots = dict.fromkeys(("at", "hamlet", "Hamlet", "commune", "union"), "x") | figures
    words = catalogue.words("summaries")
    circumstances = [group for by in words["circumstance"].values() for group in by.values()]
    for group in [*words["opening"].values(), *circumstances, *words["closing"].values()]:
        for sentence in group:
            assert sentence.format(**slots).endswith(".")
    more = slots | {"q": 1, "pupils": 20, "people_total": 20}
    for template in catalogue.words("needs"):
        assert template["category"] in needs.CATEGORY_SHARES
        assert set(template["kinds"]) <= set(places.KINDS)
        assert set(template.get("terrain", TERRAINS)) <= set(TERRAINS)
        assert "{at}" in template["title"] or "{hamlet}" in template["title"]
        for sentence in (template["title"], *template["texts"]):
            sentence.format(**more)


@pytest.mark.parametrize("terrain", TERRAINS)
@pytest.mark.parametrize("what", places.KINDS)
def test_every_place_has_a_choice_of_needs(what, terrain):
    fitting = [
        template
        for template in catalogue.words("needs")
        if what in template["kinds"] and terrain in template.get("terrain", TERRAINS)
    ]
    assert len(fitting) >= 4


def test_no_need_of_a_place_is_about_fewer_than_ten_people_in_health():
    """Such a need would be a person's: it may not be a place's (trust)."""
    for template in catalogue.words("needs"):
        if template["category"] == "health" and template["unit"] in {"lượt khám", "người"}:
            assert template["quantity"][0] >= 10
    for ranges in numbers.RANGES.values():
        assert all(bounds is None or bounds[0] >= 10 for bounds in ranges)


@pytest.mark.parametrize(
    ("value", "written"),
    [(3, "3"), (3.0, "3"), (1.2, "1,2"), (1078, "1.078"), (Decimal("0.4"), "0,4")],
)
def test_numbers_are_written_as_in_vietnam(value, written):
    assert texts.number(value) == written


@given(st.dates(date(2022, 1, 1), date(2040, 12, 31)), st.integers(1, 12), st.integers(0, 3))
def test_seasons_are_ahead_and_near(today, first_month, more):
    window = Calendar(today).window(Stream(1), [first_month, min(12, first_month + more)])
    if window:
        assert window[0].day == 1 and window[0].month == first_month
        assert today < window[1] and window[0] <= today + timedelta(days=150)


def test_windows_lie_around_today():
    stream = Stream(1)
    for _ in range(200):
        first, after = Calendar(TODAY).window(stream, None)
        assert TODAY - timedelta(days=20) <= first < after
        assert first <= TODAY + timedelta(days=75)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "\\N"),
        (True, "t"),
        ("a\tb\\c\nd", "a\\tb\\\\c\\nd"),
        ([], "{}"),
        (["a", 'b"c'], '{"a","b\\\\"c"}'),
        ({"km": 7.5}, '{"km": 7.5}'),
    ],
)
def test_fields_are_written_as_copy_reads_them(value, written):
    assert copying.field(value) == written


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        (
            {
                "DATABASE_URL": "postgresql://office@db.example/map",
                "PUBLIC_DATABASE_URL": "postgresql://public@db.example/map",
                "INTAKE_DATABASE_URL": "postgresql://intake@db.example/map",
                "SECRET_KEY": "x" * 40,
                "DATA_KEY": "1:6l6v3W0gVYKkFWd7dDVSyCZWm0RHd3ZVhSDXlSb0Y7I=",
            },
            "DATABASE_URL is set",
        ),
        ({"BASE_URL": "https://bando.example.vn"}, "BASE_URL is https://bando.example.vn"),
    ],
)
def test_the_demo_is_refused_elsewhere(environment, said, tmp_path, monkeypatch, capsys):
    for name in config.NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in {"MAPSERVICE_HOME": str(tmp_path), **environment}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["mapservice", "seed", "demo"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("http://[::1]:8000", True),
        ("http://192.168.1.7:8000", False),
        ("https://127.0.0.1.example.vn", False),
        ("", False),
    ],
)
def test_loopback_is_recognised(address, own):
    assert service.on_loopback(address) is own


def test_sign_ins_are_readable_by_their_owner_only(tmp_path):
    passwords.keep(passwords.prepare(tmp_path, "first\n"))
    passwords.keep(passwords.prepare(tmp_path, "second\n"))
    kept = tmp_path / passwords.FILE
    assert kept.read_text(encoding="utf-8") == "second\n"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [passwords.FILE]
