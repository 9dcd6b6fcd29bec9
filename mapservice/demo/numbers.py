"""How many people a place is about: the same numbers in its columns and in its text."""

from mapservice.demo.places import Place
from mapservice.demo.randomness import Stream

# what -> (children, youth, elderly, disabled, households); a place never tells of fewer than
# ten people of a group, so no column narrows anybody down.
RANGES = {
    "locality": ([20, 160], [25, 180], [15, 120], None, [45, 240]),
    "kindergarten": ([30, 240], None, None, None, None),
    "primary": ([60, 520], None, None, None, None),
    "lower_secondary": ([120, 620], None, None, None, None),
    "upper_secondary": (None, [480, 1400], None, None, None),
    "health_station": ([120, 700], None, [120, 640], [10, 60], [700, 2600]),
    "social_centre": ([12, 60], None, [20, 90], [10, 40], None),
    "heritage_site": (None, None, None, None, None),
    "internet_point": ([25, 140], [20, 120], None, None, [60, 240]),
    "service_point": (None, [20, 120], [40, 300], None, [200, 2400]),
    "local_product": (None, None, None, None, [12, 120]),
    "other": ([20, 120], [20, 140], [15, 90], None, [40, 260]),
}
COLUMNS = ("children", "youth", "elderly", "disabled", "households")


def columns(stream: Stream, place: Place) -> dict[str, int | None]:
    """children, youth, elderly, disabled, households of the address; None: not counted."""
    drawn = {}
    for name, bounds in zip(COLUMNS, RANGES[place.what], strict=True):
        drawn[name] = stream.randint(*bounds) if bounds else None
    return drawn


def slots(stream: Stream, counted: dict[str, int | None]) -> dict[str, int]:
    """Figures for the text: the counted ones, and others that no column holds."""
    poor = min(stream.randint(12, 48), (counted["households"] or 200) // 2)
    days = stream.randint(1, 4)
    return {
        **{name: count or stream.randint(60, 400) for name, count in counted.items()},
        "poor": max(poor, 3),
        "km": stream.randint(2, 14),
        "metres": stream.randint(2, 30) * 50,
        "rooms": max(2, (counted["children"] or counted["youth"] or 240) // 32),
        "years": stream.randint(5, 12),
        "few": stream.randint(2, 6),
        "days": days,
        "days_more": days + stream.randint(1, 3),
    }
