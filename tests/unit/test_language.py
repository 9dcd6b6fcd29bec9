"""Every text of the public pages is in the catalogue, translated, with the same places to fill."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import render_template_string
from jinja2 import nodes
from jinja2.meta import find_referenced_templates

from deploy import messages
from mapservice import language
from mapservice.config import ROOT

TEMPLATES = ROOT / "templates"
SCRIPTS = ROOT / "static" / "js"
VIETNAMESE = re.compile("[À-ÖØ-öø-ỹ]")
PLACES = re.compile(r"%\(\w+\)s|\{\w+\}")
SAYS = {"_", "counted"}  # in templates; `t` and `counted` in scripts
# Names that are the same in every language.
NAMES = {"Facebook", "GeoJSON", "Google Maps", "OpenStreetMap", "QR", "Zalo", "km"}
READ = {"aria-label", "alt", "title", "placeholder"}  # attributes that people read
OFFICE_TEMPLATES = {"accounts", "rest"}  # beside those that extend the office's frame
OFFICE_SCRIPTS = {"imports", "matching", "office", "registration", "review"}
WHOLE = {"about/privacy.html", "about/privacy_en.html"}  # a page of its own in each language


@pytest.fixture
def environment(offline_app):
    return offline_app.jinja_env


def public_templates(environment) -> set[str]:
    """What public pages are made of: their files, and all those these take in."""
    found, waiting = set(), []
    for path in TEMPLATES.rglob("*.html"):
        name = path.relative_to(TEMPLATES).as_posix()
        partial = path.name.startswith("_") or path.parent.name in {"macros", "manage"}
        office = path.parent.name in OFFICE_TEMPLATES
        if not partial and not office and frame(environment, name) != "manage/base.html":
            waiting.append(name)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [other for other in references(environment, name) if other]
    return found - WHOLE


def references(environment, name: str) -> list[str | None]:
    source = (TEMPLATES / name).read_text(encoding="utf-8")
    return list(find_referenced_templates(environment.parse(source)))


def frame(environment, name: str) -> str | None:
    """The outermost template but base.html that this one extends."""
    tree = environment.parse((TEMPLATES / name).read_text(encoding="utf-8"))
    extended = next(tree.find_all(nodes.Extends), None)
    if extended is None or extended.template.value == "base.html":
        return None
    return frame(environment, extended.template.value) or extended.template.value


class Texts(HTMLParser):
    """What a template says outside of its expressions: texts, and attributes people read."""

    def __init__(self):
        super().__init__()
        self.said: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag, attrs):
        self.silent += tag in {"code", "script"}
        self.said += [value for name, value in attrs if name in READ and value]

    def handle_endtag(self, tag):
        self.silent -= tag in {"code", "script"}

    def handle_data(self, data):
        if not self.silent:
            self.said.append(data)


def said_plainly(source: str) -> list[str]:
    """The words of a template that are in no message."""
    page = Texts()
    silent = r"\{#.*?#\}|\{% block \w+_class %\}[^{]*|\{%.*?%\}|\{\{.*?\}\}"
    page.feed(re.sub(silent, " ", source, flags=re.DOTALL))
    words = " ".join(page.said)
    for name in NAMES:
        words = words.replace(name, " ")
    return re.findall(r"[^\W\d_]{2,}", words)


def literals(tree: nodes.Template) -> list[str]:
    """Vietnamese texts in the expressions of a template that are no message."""
    messages = {
        id(call.args[0])
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in SAYS and call.args
    }
    return [
        text.value
        for text in tree.find_all(nodes.Const)
        if isinstance(text.value, str) and VIETNAMESE.search(text.value)
        if id(text) not in messages
    ]


def unsaid(script: str) -> list[str]:
    """Lines of a script with Vietnamese texts that are no message."""
    code = re.sub(r"/\*.*?\*/|(?:^|(?<=\s))//[^\n]*", "", script, flags=re.DOTALL)
    code = re.sub(r'\b(?:t|counted)\(\s*"[^"]*"', "", code)
    return [line.strip() for line in code.splitlines() if VIETNAMESE.search(line)]


def test_the_catalogue_holds_what_is_said_and_all_of_it_translated():
    said = {str(message.id) for message in messages.extracted() if message.id}
    held = {str(message.id) for message in messages.kept() if message.id}
    assert said ^ held == set(), "run: make words"
    assert list(messages.untranslated(messages.kept())) == []


def test_a_message_that_nobody_translated_is_noticed():
    catalogue = messages.kept()
    catalogue.add("Chưa ai dịch")
    catalogue.add(("%(n)s việc", "%(n)s việc"), string=("%(n)s task", ""))
    catalogue.add("Đoán", string="Guessed", flags={"fuzzy"})
    assert list(messages.untranslated(catalogue)) == ["Chưa ai dịch", "%(n)s việc", "Đoán"]


def test_translations_have_the_places_of_their_messages():
    for message in filter(lambda message: message.id, messages.kept()):
        ids = message.id if message.pluralizable else (message.id,)
        for text in message.string if message.pluralizable else (message.string,):
            filled = set(PLACES.findall(text)) | ({"%(n)s", "{n}"} & set(PLACES.findall(ids[0])))
            assert filled == set(PLACES.findall(ids[0])), text
            assert not VIETNAMESE.search(text), text
            assert re.findall(r"<\w+", text) == re.findall(r"<\w+", ids[0]), text


def test_public_templates_say_everything_by_messages(environment):
    found = public_templates(environment)
    assert {"base.html", "layers/map.html", "macros/needs.html", "ogc/items.html"} <= found
    assert not {"manage/base.html", "accounts/sign_in.html"} & found
    for name in sorted(found):
        source = (TEMPLATES / name).read_text(encoding="utf-8")
        assert said_plainly(source) == [], name
        assert literals(environment.parse(source)) == [], name


def test_a_text_that_is_no_message_is_noticed(environment):
    assert said_plainly('<p title="Trang">{{ _("Bản đồ") }} · xem</p>') == ["Trang", "xem"]
    tree = environment.parse('{{ "Bản đồ" if x else _("Trang đầu") }}{{ counted("%(n)s hộ", n) }}')
    assert literals(tree) == ["Bản đồ"]
    assert unsaid('t("Đóng"); counted("{n} hộ", 1); // Đóng') == []
    assert unsaid('say("Đóng");\nf(`từ ${n}`)') == ['say("Đóng");', "f(`từ ${n}`)"]


@pytest.mark.parametrize(
    "path", sorted(SCRIPTS.rglob("*.js")), ids=lambda path: path.relative_to(SCRIPTS).as_posix()
)
def test_public_scripts_say_everything_by_messages(path: Path):
    if path.parent.name not in OFFICE_SCRIPTS:
        assert unsaid(path.read_text(encoding="utf-8")) == []


def test_templates_say_nothing_by_messages_but_what_stands_in_them(environment):
    """`_` trusts its text as HTML; what comes from elsewhere is said by the filter `vi`."""
    for path in TEMPLATES.rglob("*.html"):
        tree = environment.parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in SAYS:
                assert isinstance(call.args[0], nodes.Const), (path, call.lineno)
    for message in messages.kept():
        if any(place.startswith("templates/") for place, _line in message.locations):
            assert '"' not in f"{message.id}{message.string}".replace("\\", ""), message.id


def test_what_somebody_wrote_is_never_taken_for_html(offline_app):
    said = "{{ x | vi }}{{ _('từ %(day)s', day=x) }}{{ counted('%(n)s mục %(x)s', 2, x=x) }}"
    for address in ("/", "/?lang=en"):
        with offline_app.test_request_context(address):
            page = render_template_string(said, x="<b>100%")
            assert page.count("&lt;b&gt;100%") == 3 and "<b" not in page


def test_words_are_never_kept_from_one_language_to_the_next():
    """A template imported without context is evaluated once, in the first reader's language."""
    for path in TEMPLATES.rglob("*.html"):
        source = path.read_text(encoding="utf-8")
        imports = re.findall(r'\{% (?:import|from) "macros/words.html"[^%]*%\}', source)
        assert all("with context" in line for line in imports), path


def test_a_page_speaks_the_language_it_is_asked_for_in(offline_app):
    client = offline_app.test_client()
    english = client.get("/nowhere?lang=en")
    assert '<html lang="en" data-messages=' in english.text and "Not found" in english.text
    assert english.headers.get("Set-Cookie") is None
    for address in ("/nowhere", "/nowhere?lang=vi", "/nowhere?lang=fr", "/manage/nowhere?lang=en"):
        headers = {"Accept-Language": "en", "Accept": "text/html"}
        page = client.get(address, headers=headers, follow_redirects=False).text
        assert "lang=en" not in page.split("</head>")[1].split("<nav")[0], address
        assert "Not found" not in page and "data-messages" not in page, address


def test_another_default_turns_the_addresses_round(offline_app):
    offline_app.config["DEFAULT_LANGUAGE"] = "en"
    client = offline_app.test_client()
    english, vietnamese = client.get("/nowhere").text, client.get("/nowhere?lang=vi").text
    assert '<html lang="en"' in english and 'href="/search"' in english
    assert '<html lang="vi">' in vietnamese and 'href="/search?lang=vi"' in vietnamese


def test_links_keep_the_language_and_the_switch_keeps_the_question(offline_app):
    with offline_app.test_request_context("/search?q=a+b&lang=en"):
        assert language.to("/?x=1#needs") == "/?x=1&lang=en#needs"
        assert [v.address for v in language.versions()] == [
            "/search?q=a+b",
            "/search?q=a+b&lang=en",
        ]
    with offline_app.test_request_context("/search"):
        assert language.to("/?x=1") == "/?x=1"


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/search?q=a+b&utm_source=zalo", "?q=a+b"),
        (
            "/?urgency=4&fbclid=1&unit=213@2022&lat=21.3&offset=30&q=a",
            "?urgency=4&unit=213@2022&lat=21.3&offset=30&q=a",
        ),
        ("/stats?unit=213@2022&utm_source=zalo", "?unit=213@2022"),
        ("/units/213@2022?offset=30&x=1", "?offset=30"),
        ("/places/ABCD2345?utm_source=zalo", ""),
        ("/suggest?about=people&x=1", "?about=people"),
        ("/help/ABCD2345?need=EFGH2345&x=1", "?need=EFGH2345"),
        ("/embed/builder?unit=213@2022&speak=en&x=1", "?unit=213@2022&speak=en"),
        ("/embed/check?site=a.vn&x=1", "?site=a.vn"),
        ("/ogc/collections/needs/items?f=html&category=health", "?f=html&category=health"),
        ("/nowhere?x=1", ""),
    ],
)
def test_the_switch_leaves_out_what_the_page_does_not_read(offline_app, path, kept):
    with offline_app.test_request_context(path):
        vietnamese, english = language.versions()
        assert vietnamese.address == path.partition("?")[0] + kept
        assert english.address == f"{vietnamese.address}{'&' if kept else '?'}lang=en"


def test_numbers_days_and_plurals_are_those_of_the_language(offline_app):
    with offline_app.test_request_context("/"):
        assert language.number(1234567) == "1.234.567"
        assert language.day("2026-11-05") == "05/11/2026"
        assert language.counted("ít nhất %(n)s hộ", 1200) == "ít nhất 1.200 hộ"
        assert language.as_written("Xã An Lạc") == "Xã An Lạc"
    with offline_app.test_request_context("/?lang=en"):
        assert language.number(1234567) == "1,234,567"
        assert language.day("2026-11-05") == "5 Nov 2026"
        assert language.counted("ít nhất %(n)s hộ", 1) == "at least 1 household"
        assert language.counted("ít nhất %(n)s hộ", 1200) == "at least 1,200 households"
        assert language.as_written("<b>Xã") == '<span lang="vi">&lt;b&gt;Xã</span>'
        assert language.as_written("buổi") == "sessions"
