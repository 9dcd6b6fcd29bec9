"""Sentences that name a person or hold a number, made by chance from a seed, with the spans.

The parts are ordinary ones; nobody in particular is meant. Written apart from the detector: its
lists of surnames and forms of address are not used here.
"""

import random
import unicodedata
from dataclasses import dataclass

SURNAMES = """Nguyễn Nguyễn Nguyễn Nguyễn Nguyễn Trần Trần Trần Lê Lê Phạm Phạm Hoàng Hoàng Huỳnh
Phan Vũ Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Giáp Thân Nông Lục Vi Trịnh Đinh Lương Triệu Hà Chu Mai
Đào Tô Lâm Cao La Tạ Đoàn Ninh Leo Trương Sầm Lường Giàng Sùng"""
MIDDLES = """Văn Văn Văn Thị Thị Thị Đức Minh Thu Quang Hồng Ngọc Hữu Xuân Thanh Đình Bá Mạnh
Kim Thùy Phương Gia Bảo"""
GIVEN = """An Anh Bình Chi Cường Dung Dũng Đạt Giang Hà Hải Hạnh Hiền Hiếu Hoa Hòa Hùng Huyền
Hương Khánh Lan Linh Long Mai Minh Nam Nga Nhung Oanh Phúc Phương Quân Quỳnh Sơn Tâm Thảo Thắng
Trang Tuấn Tùng Vân Việt Vinh Yến Sáng Pó Dính"""
FORMS = "em cháu bé anh chị ông bà cô chú bác thầy"
# {name}: two to four syllables; {given}: a form of address and a given name of one or two
SENTENCES = (
    "Gia đình {name} ở cuối thôn, nhà dột nhiều chỗ.",
    "{name} là chủ hộ, hiện nuôi hai con nhỏ.",
    "Hộ ông {name} thuộc diện cận nghèo, cần giúp sửa mái.",
    "Mẹ của em {name} ốm lâu năm, cần người đỡ đần.",
    "Cần kèm bài cho cháu {name} học lớp 5.",
    "Liên hệ {name} để được dẫn đường vào thôn.",
    "Người phụ trách: {name}, có mặt buổi sáng.",
    "Lớp có 20 học sinh, trong đó {name} khuyết tật vận động.",
    "Đề nghị hỗ trợ xe lăn cho bà {name}.",
    "Trưởng thôn {name} sẽ đón đội tại nhà văn hóa.",
    "Hoàn cảnh {name}: bố mất sớm, ở với bà.",
    "Nhà {name} ở gần suối, mưa là ngập.",
    "Giúp {given} đi học lại.",
    "Hằng tuần đến thăm {given} và dọn nhà.",
    "Nhà có {given} nằm một chỗ đã ba năm.",
    "Cần máy tính cho {given} học trực tuyến",
)
NUMBERS = (
    "Gọi {phone} trước khi đến.",
    "Liên hệ số {phone} gặp người quản lý.",
    "Zalo {phone}",
    "Điện thoại: {phone}, giờ hành chính.",
    "Cần 20 suất quà, hỏi thêm theo số {phone}.",
)
DIGITS = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]


@dataclass(frozen=True)
class Sentence:
    """`start`:`end` is where the person or the number stands."""

    text: str
    start: int
    end: int
    how: str


def sentences(seed: int, how_many: int) -> list[Sentence]:
    """So many sentences, three of four with a name, in every way of writing."""
    chance = random.Random(seed)
    return [_one(chance) for _ in range(how_many)]


def _one(chance: random.Random) -> Sentence:
    if chance.random() < 0.25:
        how, spell = chance.choice(list(PHONES.items()))
        return _put(chance.choice(NUMBERS), "{phone}", spell(_phone(chance)), f"phone {how}")
    pattern = chance.choice(SENTENCES)
    slot = "{name}" if "{name}" in pattern else "{given}"
    said = _name(chance) if slot == "{name}" else _given(chance)
    how, (in_text, in_name) = chance.choice(list(SPELLINGS.items()))
    return _put(in_text(pattern, slot), slot, in_name(said), f"{slot} {how}")


def _put(pattern: str, slot: str, said: str, how: str) -> Sentence:
    start = pattern.index(slot)
    return Sentence(pattern.replace(slot, said), start, start + len(said), how)


def _name(chance: random.Random) -> str:
    parts = [chance.choice(SURNAMES.split())]
    if chance.random() < 0.9:
        parts.append(chance.choice(MIDDLES.split()))
    if chance.random() < 0.25:
        parts.append(chance.choice(GIVEN.split()))
    return " ".join([*parts, chance.choice(GIVEN.split())])


def _given(chance: random.Random) -> str:
    given = chance.sample(GIVEN.split(), chance.choice((1, 1, 2)))
    return f"{chance.choice(FORMS.split())} {' '.join(given)}"


def _phone(chance: random.Random) -> str:
    head = chance.choice(
        ("032", "035", "038", "056", "070", "079", "081", "086", "090", "091", "097", "098", "099")
    )
    return head + "".join(chance.choice("0123456789") for _ in range(7))


def bare(text: str) -> str:
    """Without diacritics, as on old keyboards."""
    kept = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in kept if not unicodedata.combining(letter))


def _around(change):
    """Change the text around the slot, which stays as it is."""
    return lambda pattern, slot: slot.join(change(part) for part in pattern.split(slot))


def _same(text: str) -> str:
    return text


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _upper_name(said: str) -> str:
    """The name in capitals; the form of address before it stays small."""
    form, _, rest = said.partition(" ")
    return f"{form} {rest.upper()}" if form in FORMS.split() else said.upper()


SPELLINGS = {
    "plain": (_around(_same), _same),
    "decomposed": (_around(_decomposed), _decomposed),
    "without diacritics": (_around(bare), bare),
    "name without diacritics": (_around(_same), bare),
    "name in capitals": (_around(_same), _upper_name),
}
PHONES = {
    "plain": _same,
    "dotted": lambda n: f"{n[:4]}.{n[4:7]}.{n[7:]}",
    "spaced": lambda n: f"{n[:4]} {n[4:7]} {n[7:]}",
    "in pairs": lambda n: " ".join(n[i : i + 2] for i in range(0, 10, 2)),
    "dashed": lambda n: f"{n[:3]}-{n[3:6]}-{n[6:]}",
    "international": lambda n: f"+84 {n[1:3]} {n[3:6]} {n[6:]}",
    "84": lambda n: f"84{n[1:]}",
    "bracketed": lambda n: f"(+84) {n[1:]}",
    "digit by digit": " ".join,
    "dots between": ".".join,
    "unseen between": "\u200b".join,
    "full width": lambda n: n.translate({ord("0") + d: 0xFF10 + d for d in range(10)}),
    "in words": lambda n: " ".join(DIGITS[int(d)] for d in n),
}
