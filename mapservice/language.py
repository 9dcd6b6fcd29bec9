"""Which language a page speaks: Vietnamese, or English for who asks with `lang=en`.

Texts are written in Vietnamese where they are said; they are the ids of the catalogue
`translations/en/LC_MESSAGES/messages.po`, read once as it is: there is nothing to compile. What
people wrote (names of places, needs) is never translated. No cookie, no guess from the browser.
"""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from babel import dates, numbers, support
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, current_app, has_request_context, request
from flask_babel import Babel, Domain
from markupsafe import Markup, escape

SOURCE = "vi"
LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
TRANSLATIONS = Path(__file__).parent / "translations"
# The office, its doors and its programs' guide speak Vietnamese whatever is asked.
VIETNAMESE_ONLY = ("/manage", "/sign-in", "/sign-out", "/password", "/invitation", "/api/")
SCRIPTS = "static/js/"  # where messages of scripts stand, as the catalogue names places
DAYS = {"vi": "dd/MM/yyyy", "en": "d MMM yyyy"}
ALL = "*"  # of a page that refuses what it does not know


@dataclass(frozen=True)
class Version:
    """This page in one language: its code, what it is called, where it is on this site."""

    code: str
    name: str
    address: str


class Messages(Domain):
    """The catalogue of the language that is spoken now."""

    def get_translations(self) -> support.NullTranslations:
        return _translations(current())


MESSAGES = Messages()
gettext = MESSAGES.gettext


def init_app(app: Flask) -> None:
    """Give templates `_`, `counted`, `lang`, `to`, `versions`, `vi`; links keep the language."""
    Babel(app, locale_selector=current)
    app.jinja_env.install_gettext_callables(
        lambda message: MESSAGES.get_translations().gettext(message),
        lambda one, many, n: MESSAGES.get_translations().ngettext(one, many, n),
        newstyle=True,
    )
    app.jinja_env.globals.update(
        counted=_counted_markup,
        lang=current,
        to=to,
        versions=versions,
        kept_in_links=kept_in_links,
        script_messages=script_messages,
        lang_vi=lang_vi,
        lang_field=lang_field,
        written_number=number,
        written_day=day,
    )
    app.jinja_env.filters["vi"] = as_written
    app.url_defaults(_keep)


def noop(message: str) -> str:
    """Marks a message that `gettext` is asked for elsewhere."""
    return message


def current() -> str:
    """The language of the answer to this request: a key of LANGUAGES."""
    if not has_request_context() or _is_vietnamese_only():
        return SOURCE
    asked = request.args.get("lang", "")
    return asked if asked in LANGUAGES else str(current_app.config["DEFAULT_LANGUAGE"])


def counted(message: str, n: float, **values: object) -> str:
    """The message about `n` of something; `%(n)s` in it is `n` as the language writes it."""
    chosen = MESSAGES.get_translations().ngettext(message, message, n)
    return chosen % ({"n": number(n)} | values)


def number(value: float) -> str:
    """A number, at most two decimals of it: 1.234,5 in Vietnamese, 1,234.5 in English."""
    return numbers.format_decimal(value, "#,##0.##", locale=current())


def day(value: date | str) -> str:
    """A day (or its ISO text): 05/11/2026 in Vietnamese, 5 Nov 2026 in English."""
    moment = date.fromisoformat(value) if isinstance(value, str) else value
    return dates.format_date(moment, DAYS[current()], locale=current())


def to(address: str) -> str:
    """The address of a page of ours, in the language of this one."""
    spoken = current()
    return address if spoken == _default() else _with_language(address, spoken)


def keeps(*names: str) -> Callable[[Callable], Callable]:
    """Marks a page that reads these parameters of its address, or ALL: they stay when it changes
    its language. What else a link carried along (`utm_…`, `fbclid`) is in no link of the page."""

    def mark(view: Callable) -> Callable:
        view.kept_in_links = names
        return view

    return mark


def kept_in_links() -> tuple[str, ...]:
    """The parameters that this page reads, or ALL; none where it reads none."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "kept_in_links", ())


def versions() -> list[Version]:
    """This page in every language; none where it speaks Vietnamese only."""
    if _is_vietnamese_only():
        return []
    names = kept_in_links()
    kept = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name != "lang" and (name in names or ALL in names)
    ]
    plain = request.path + (f"?{urlencode(kept, safe=',@')}" if kept else "")
    default = _default()
    return [
        Version(code, name, plain if code == default else _with_language(plain, code))
        for code, name in LANGUAGES.items()
    ]


def as_written(text: str) -> Markup:
    """What somebody wrote in Vietnamese, marked so on a page of another language.

    A word of ours among it (a unit: "buổi") is said in the page's language.
    """
    said = gettext(text) if text else text
    if current() == SOURCE or said != text:
        return escape(said)
    return Markup('<span lang="vi">{}</span>').format(text)


def lang_vi() -> Markup:
    """The attribute for an element that holds what somebody wrote in Vietnamese."""
    return Markup("") if current() == SOURCE else Markup(' lang="vi"')


def lang_field() -> Markup:
    """The hidden field by which a form that asks by GET keeps the language."""
    if current() == _default():
        return Markup("")
    return Markup('<input type="hidden" name="lang" value="{}">').format(current())


def script_messages() -> str:
    """What scripts say in this language, as JSON; "" in Vietnamese, which they hold themselves."""
    return "" if current() == SOURCE else _script_messages(current())


@cache
def catalogue(language: str) -> Catalog:
    """The catalogue file of a language other than SOURCE."""
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


@cache
def _translations(language: str) -> support.NullTranslations:
    if language == SOURCE:
        return support.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return support.Translations(compiled)


@cache
def _script_messages(language: str) -> str:
    return json.dumps(dict(_of_scripts(catalogue(language))), ensure_ascii=False)


def _of_scripts(messages: Catalog) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for message in messages:
        if any(place.startswith(SCRIPTS) for place, _line in message.locations):
            yield message.id[0] if message.pluralizable else message.id, message.string


def _counted_markup(message: str, n: float, **values: object) -> Markup:
    chosen = MESSAGES.get_translations().ngettext(message, message, n)
    return Markup(chosen) % ({"n": number(n)} | values)  # noqa: S704 - the catalogue is ours


def _keep(endpoint: str, values: dict[str, object]) -> None:
    # `url_for` on a page that was asked for in another language leads to pages in it.
    if not has_request_context() or endpoint == "static" or _is_vietnamese_only():
        return
    if current() != _default():
        values.setdefault("lang", current())


def _is_vietnamese_only() -> bool:
    return request.path.startswith(VIETNAMESE_ONLY)


def _default() -> str:
    return str(current_app.config["DEFAULT_LANGUAGE"])


def _with_language(address: str, language: str) -> str:
    page, mark, part = address.partition("#")
    return f"{page}{'&' if '?' in page else '?'}lang={language}{mark}{part}"
