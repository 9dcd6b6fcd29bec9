"""How alike two names of places are. Pure."""

from rapidfuzz.distance import OSA

from mapservice.territory.names import fold

# What offices shorten, folded: both spellings are compared written out.
SHORT = {
    "th": "tieu hoc",
    "thcs": "trung hoc co so",
    "thpt": "trung hoc pho thong",
    "pthcs": "pho thong co so",
    "ptdtbt": "pho thong dan toc ban tru",
    "ptdtnt": "pho thong dan toc noi tru",
    "dtnt": "dan toc noi tru",
    "mn": "mam non",
    "mg": "mau giao",
    "tyt": "tram y te",
    "ubnd": "uy ban nhan dan",
    "nvh": "nha van hoa",
    "gdtx": "giao duc thuong xuyen",
}
# What is said or left out as people like.
LOOSE = {"truong"}
# What many places are; the rest of a name tells which one.
COMMON = sorted({*SHORT.values(), *SHORT}, key=len, reverse=True)


def whole(name: str) -> str:
    """The folded words of a name."""
    return " ".join("".join(c if c.isalnum() else " " for c in fold(name)).split())


def plain(name: str) -> str:
    """The same without the loose ones."""
    return " ".join(word for word in whole(name).split() if word not in LOOSE)


def key(name: str) -> str:
    """The same, short forms written out."""
    return " ".join(SHORT.get(word, word) for word in plain(name).split())


def likeness(one: str, other: str) -> float:
    """0 to 100: how few slips of a hand part them, by the length of what is a place's own.

    "Trường THPT Bố Hạ" and "Trường THPT Tứ Sơn" share most letters and nothing that matters.
    Numbers must agree: "An Lạc số 1" and "An Lạc số 2" are two schools.
    """
    if _numbers(one) != _numbers(other):
        return 0.0
    own = min(len(_own(one)), len(_own(other))) or 1
    # As they stand, too: a slip inside a loose word or a short form hides what it is.
    slips = min(
        OSA.distance(a, b)
        for spell in (whole, plain, key)
        for a, b in ((spell(one), spell(other)), (_sorted(spell(one)), _sorted(spell(other))))
    )
    return max(0.0, 100.0 * (1 - slips / own))


def _own(name: str) -> str:
    """What is left of a name without what many places are."""
    rest = f" {plain(name)} "
    for common in COMMON:
        rest = rest.replace(f" {common} ", " ")
    return rest.strip()


def _sorted(words: str) -> str:
    return " ".join(sorted(words.split()))


def _numbers(name: str) -> list[str]:
    return sorted(word for word in plain(name).split() if any(c.isdigit() for c in word))
