"""Reads a page as a person does: which of its words are in a language that they do not say."""

import re
from html.parser import HTMLParser

VIETNAMESE = re.compile("[À-ÖØ-öø-ỹ]")
READ = ("aria-label", "alt", "title", "placeholder")  # attributes that people read
EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"}
# The page's name holds what somebody wrote, and has no room for a mark.
UNREAD = {"title", "script"}


class Reader(HTMLParser):
    """`foreign`: texts with Vietnamese letters where the page says that it speaks English."""

    def __init__(self):
        super().__init__()
        self.foreign: list[str] = []
        self.within: list[tuple[str, str]] = []  # elements around, each with its language

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        spoken = given.get("lang") or (self.within[-1][1] if self.within else "")
        for name in READ:
            self._hear(given.get(name) or "", spoken, tag)
        if tag not in EMPTY:
            self.within.append((tag, spoken))

    def handle_startendtag(self, tag, attrs):
        pass  # a shape of an icon

    def handle_endtag(self, tag):
        while self.within and self.within.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if self.within:
            self._hear(data, self.within[-1][1], self.within[-1][0])

    def _hear(self, text: str, spoken: str, tag: str) -> None:
        if spoken == "en" and tag not in UNREAD and VIETNAMESE.search(text):
            self.foreign.append(" ".join(text.split()))


def vietnamese_in_english(page: str) -> list[str]:
    """Vietnamese texts of an English page that are not marked as such."""
    reader = Reader()
    reader.feed(page)
    return reader.foreign
