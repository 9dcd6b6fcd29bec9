"""Questions that mean the same are the same; the shelf holds what it has room for."""

import tracemalloc
from datetime import date
from threading import Thread

from hypothesis import given
from hypothesis import strategies as st

from mapservice import geo
from mapservice.caching import versions
from mapservice.caching.shelf import OVERHEAD, Body, Shelf
from mapservice.caching.versions import Question

VALUES = {"category": ["health", "education"], "urgency": [4, 1], "zoom": 9, "date": date.max}


def tag(values, seen="e.1", build="b", layers=("needs",), name="needs"):
    return versions.tag(seen, Question(name, layers, values), build)


def test_the_order_of_parameters_and_of_members_does_not_matter():
    turned = {name: VALUES[name] for name in reversed(VALUES)}
    turned |= {"category": ["education", "health", "education"], "urgency": [1, 4]}
    assert tag(turned) == tag(VALUES)


def test_whatever_changes_the_answer_changes_the_tag():
    others = [tag(VALUES | {name: None}) for name in VALUES]
    others += [tag(VALUES, seen="e.2"), tag(VALUES, build="c"), tag(VALUES, name="near")]
    assert len({tag(VALUES), *others}) == len(others) + 1


def test_versions_are_read_again_when_their_time_is_over(monkeypatch):
    now = 100.0
    monkeypatch.setattr(versions.time, "monotonic", lambda: now)
    recent, read = versions.Recent(0.25), iter(["e.1", "e.2", "t.1", "e.3"])

    def of(*layers):
        return recent.of(layers, lambda: next(read))

    assert [of("needs"), of("needs")] == ["e.1", "e.1"]
    now += 0.2
    assert of("needs") == "e.1"
    now += 0.05
    assert of("needs") == "e.2"
    assert of("teams") == "t.1"
    now += 0.25
    assert of("needs") == "e.3"


def test_versions_are_as_old_as_the_moment_they_were_asked_for(monkeypatch):
    """Not as young as the moment a slow database told them."""
    now = 100.0
    monkeypatch.setattr(versions.time, "monotonic", lambda: now)

    def slowly():
        nonlocal now
        now += 1
        return str(now)

    recent = versions.Recent(0.25)
    assert [recent.of(("needs",), slowly) for _ in range(2)] == ["101.0", "102.0"]


def test_without_a_time_versions_are_read_each_time():
    recent, read = versions.Recent(0), iter("ab")
    assert [recent.of(("needs",), lambda: next(read)) for _ in range(2)] == ["a", "b"]


sides = st.floats(0.00001, 40)
boxes = st.builds(
    lambda west, south, width, height: geo.Box(
        west, south, min(west + width, 180), min(south + height, 90)
    ),
    st.floats(-180, 179),
    st.floats(-90, 89),
    sides,
    sides,
)


def between(low: float, high: float):
    """Numbers from low to high; zero has two signs, of which neither is below the other."""
    return st.floats(low, high) if low < high else st.just(low)


@given(boxes, st.integers(0, 24), st.data())
def test_a_snapped_box_holds_the_box_and_stays(box, zoom, data):
    found = geo.snapped(box, zoom)
    assert found.west <= box.west < box.east <= found.east
    assert found.south <= box.south < box.north <= found.north
    assert geo.snapped(found, zoom) == found
    # Its neighbours within the same outer cells ask the same question.
    inner = geo.Box(
        data.draw(between(found.west, box.west)),
        data.draw(between(found.south, box.south)),
        data.draw(between(box.east, found.east)),
        data.draw(between(box.north, found.north)),
    )
    assert geo.snapped(inner, zoom) == found


def test_a_snapped_box_is_of_cells_of_64_pixels():
    cell = 360 / 2**11
    west, _, east, _ = geo.snapped(geo.Box(106.001, 21.3, 106.002, 21.30001), 9)
    assert round((east - west) / cell, 3) == 1
    assert geo.snapped(geo.Box(-180, -90, 180, 90), 0) == (-180, -90, 180, 90)


def test_the_oldest_use_leaves_first_and_the_room_is_kept():
    one = OVERHEAD + 1 + 10  # an entry of a tag of one letter and ten bytes
    shelf = Shelf(room=8 * one)
    for name in "abcdefgh":
        shelf.put(name, "br", Body(b"x" * 10, "br"))
    assert shelf.get("a", "br") and shelf.get("a", "gzip") is None
    shelf.put("i", "br", Body(b"y" * 10, "br"))
    assert shelf.get("b", "br") is None and shelf.get("a", "br").data == b"x" * 10
    shelf.put("i", "br", Body(b"z" * 5, "br"))
    assert (shelf.get("i", "br").data, shelf.used) == (b"zzzzz", 8 * one - 5)
    shelf.put("L", "br", Body(b"x" * 11, None))
    assert shelf.get("L", "br") is None and shelf.used == 8 * one - 5


def test_empty_bodies_take_no_more_memory_than_the_room():
    """Tiles of the sea: nobody runs out of addresses of them."""
    room = 1024 * 1024
    tracemalloc.start()
    shelf = Shelf(room)
    before = tracemalloc.get_traced_memory()[0]
    for number in range(20_000):
        shelf.put(f"{number:024x}", "identity", Body(b"", None))
    took = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert room / 2 < shelf.used <= room and took <= room
    assert shelf.get(f"{19_999:024x}", "identity") and shelf.get(f"{0:024x}", "identity") is None


def test_a_shelf_without_room_keeps_nothing():
    shelf = Shelf(0)
    shelf.put("a", "br", Body(b"", None))
    assert shelf.get("a", "br") is None and shelf.used == 0


def test_threads_share_a_shelf():
    shelf = Shelf(room=20_000)

    def work(number):
        for turn in range(300):
            shelf.put(str((number * 7 + turn) % 50), "br", Body(b"x" * (turn % 1000), None))
            shelf.get(str(turn % 50), "br")

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = {str(number): shelf.get(str(number), "br") for number in range(50)}
    used = sum(OVERHEAD + len(tag) + len(body.data) for tag, body in kept.items() if body)
    assert 0 < shelf.used == used <= shelf.room
