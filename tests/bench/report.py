"""Tables of figures, on the terminal and in a document."""

import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Table:
    """Rows under headings, with a line that says what was measured; `figures` is all of it."""

    title: str
    headings: list[str]
    rows: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    figures: dict[str, object] = field(default_factory=dict)

    def markdown(self) -> str:
        lines = [self.headings, ["---"] * len(self.headings), *self.rows]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return "\n\n".join([self.title, table, *self.notes])


def show(document: Path, name: str, table: Table) -> None:
    """Put the table between the marks of this name, which are added at the end when missing."""
    begin, end = f"<!-- bench {name} -->", f"<!-- end {name} -->"
    text = document.read_text(encoding="utf-8")
    if begin not in text:
        text = f"{text.rstrip()}\n\n{begin}\n{end}\n"
    shown = f"{begin}\n\n{table.markdown()}\n\n{end}"
    pattern = re.escape(begin) + ".*?" + re.escape(end)
    document.write_text(re.sub(pattern, lambda _: shown, text, flags=re.S), encoding="utf-8")
