"""Doubles among persons and places of one commune: found through what lists do to them, and not
where two are only near. The figures are printed; the rules were tuned on the first seed alone."""

import random

import pytest

from mapservice.disclosure import alike
from mapservice.registration import resemblance
from mapservice.territory.slips import Comparison, Seen, compare, words
from tests import double_corpus as corpus

TUNED_ON, OTHERS = 1, (2, 3)
MORE = range(4, 24)
HOW_MANY = 500


def person(one):
    return alike.traits(one.name, one.birth_year, one.phone, one.guardian, one.hamlet)


def place(one):
    told = {"hamlet": one.hamlet, "kind": one.kind, "spot": one.spot}
    return resemblance.place("07645", one.title, **told, around=(corpus.COMMUNE,))


MAKERS = {
    "persons": (corpus.persons, corpus.again, corpus.another_person, person, alike.Pool),
    "places": (corpus.places, corpus.place_again, corpus.another_place, place, resemblance.Pool),
}


def measure(what, seed):
    """(precision, recall) of as many doubles as others against what is stored."""
    make, again, another, seen_as, pool_of = MAKERS[what]
    chance = random.Random(seed)
    stored = make(chance, HOW_MANY)
    rows = [(number, again(chance, one)) for number, one in enumerate(stored)]
    rows += [(None, another(chance, one)) for one in chance.sample(stored, HOW_MANY)]
    pool = pool_of()
    pool.count([seen_as(one) for one in stored] + [seen_as(one) for _, one in rows])
    for number, one in enumerate(stored):
        pool.add(number, seen_as(one))
    found = [(right, pool.best(seen_as(one))) for right, one in rows]
    told = [(right, best[0]) for right, best in found if best is not None]
    right = sum(one == other for one, other in told)
    return right / len(told), right / HOW_MANY


@pytest.mark.parametrize("what", MAKERS)
def test_doubles_are_found_and_others_are_not(what, long_form, record_property):
    figures = {s: measure(what, s) for s in (TUNED_ON, *OTHERS, *(MORE if long_form else ()))}
    for seed, (precision, recall) in figures.items():
        record_property(f"{what}, seed {seed}", f"precision {precision:.3f}, recall {recall:.3f}")
    precision, recall = (
        sum(figure[i] for figure in figures.values()) / len(figures) for i in (0, 1)
    )
    assert precision >= 0.98 and recall >= 0.95
    assert min(p for p, _ in figures.values()) >= 0.97
    assert min(r for _, r in figures.values()) >= 0.93


def pooled(seen_as_one, *others):
    pool = (type(seen_as_one).__name__ == "Traits" and alike.Pool()) or resemblance.Pool()
    pool.count([seen_as_one, *others])
    for number, other in enumerate(others):
        pool.add(number, other)
    return pool.best(seen_as_one)


SIBLINGS = [
    alike.traits(f"Nguyễn Thị {given}", year, "+84912345678", "Nguyễn Văn Mẫu", "thôn Bãi")
    for given, year in (("Lan", 2012), ("Hoa", 2014), ("Lâm", 2016))
]


def test_brothers_and_sisters_of_one_phone_are_not_one():
    for number, one in enumerate(SIBLINGS):
        assert pooled(one, *SIBLINGS[:number], *SIBLINGS[number + 1 :]) is None


@pytest.mark.parametrize(
    ("name", "born", "phone", "found"),
    [
        ("NGUYEN THI LAN", 2012, None, True),
        ("Nguyễn Thị Lann", 2012, None, True),
        ("Ng. T. Lan", 2012, "+84912345678", True),
        ("Lan Nguyễn Thị", 2013, None, True),
        ("Nguyễn Lan", 2012, None, True),
        ("Nguyễn Thị Lan", 1960, None, False),
        ("Nguyễn Thị Lan", 2019, "+84912345678", True),  # one figure of the year
        ("Nguyễn Thị Lan", 1987, "+84912345678", False),
        ("Trần Văn Sáng", 2012, "+84912345678", False),
    ],
)
def test_persons(name, born, phone, found):
    assert (pooled(alike.traits(name, born, phone), *SIBLINGS) is not None) == found


def test_child_and_guardian_in_each_others_column_are_found():
    crossed = alike.traits("Nguyễn Văn Mẫu", 2012, None, "Nguyễn Thị Lan", "Bãi")
    assert pooled(crossed, *SIBLINGS)[0] == 0


STORED = [
    ("Trường THCS An Lạc số 1", "school", None, None),
    ("Trường Tiểu học An Lạc", "school", None, (106.96, 21.32)),
    ("Nhà văn hóa thôn Đồng Bài", "locality", "Thôn Đồng Bài", None),
    ("Nhà văn hóa", "locality", "Thôn Nà Trắng", None),
]


@pytest.mark.parametrize(
    ("title", "kind", "hamlet", "spot", "found"),
    [
        ("Trường THCS An Lạc số 2", "school", None, None, None),
        ("truong trung hoc co so an lac so 1", "school", None, None, 0),
        ("Trường TH xã An Lạc", "school", None, None, 1),
        ("TRƯỜNG TH AN LẠC", "school", "thôn Bãi", (106.9601, 21.3201), 1),
        ("Trường Mầm non An Lạc", "school", None, (106.96, 21.32), None),
        ("NVH Đồng Bài", "locality", None, None, 2),
        ("NVH", "locality", "Đồng Bài", None, 2),
        ("Nhà văn hóa thôn Đồng Bèo", "locality", "Thôn Đồng Bèo", None, None),
        ("Nhà văn hoá thôn Nà Trắng", "locality", None, None, 3),
        ("Nhà văn hóa", "locality", "Thôn Khe Táu", None, None),
    ],
)
def test_places(title, kind, hamlet, spot, found):
    def seen_as(title, kind, hamlet, spot):
        return place(corpus.Place(title, kind, hamlet, spot))

    best = pooled(seen_as(title, kind, hamlet, spot), *(seen_as(*one) for one in STORED))
    assert (best and best[0]) == found


def test_a_place_of_the_next_commune_is_compared_where_it_is_near():
    here = resemblance.place("1", "Chợ Mỏ", spot=(106.96, 21.32))
    for there, found in (((106.961, 21.321), True), ((106.99, 21.32), False)):
        other = resemblance.place("2", "Chợ Mỏ", spot=there)
        assert (pooled(here, other) is not None) == found


def test_two_words_that_others_bear_are_two_names():
    seen = Seen()
    for name in ("Nguyễn Văn Nam", "Trần Văn Nam", "Lê Thị Lam", "Vũ Thị Lam", "Đỗ Văn Hùng"):
        seen.add(words(name))
    nam, lam = words("Nguyễn Văn Nam"), words("Nguyễn Văn Lam")
    assert compare(nam, lam, seen) == Comparison(others=1)
    assert compare(nam, words("Nguyễn Văn Namm"), seen) == Comparison(slips=1)
    assert compare(nam, words("NGUYEN VAN NAM"), seen) == Comparison()
    left = compare(nam, words("Nguyễn Nam"), seen)
    assert [word.folded for word in left.left] == ["van"] and not left.right


@pytest.mark.parametrize("registered", ["0f", "ff"])
def test_of_equals_the_registered_one_is_told(registered):
    for pool, one in (
        (alike.Pool(), SIBLINGS[0]),
        (resemblance.Pool(), resemblance.place("1", "Chợ Mỏ")),
    ):
        pool.add(1, one)  # another row of the list
        pool.add(registered, one)
        assert pool.best(one)[0] == registered
