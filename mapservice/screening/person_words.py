"""The words by which `person_names` tells people from places: data of the language."""

import csv
from dataclasses import dataclass
from functools import cache

from mapservice.config import ROOT
from mapservice.territory.names import word_key, word_tone


@dataclass(frozen=True, slots=True)
class Token:
    """One syllable where it stands. `key` folded, `tone` with its marks, both in lower case."""

    start: int
    end: int
    key: str
    tone: str
    capital: bool
    shouted: bool  # all capitals, more than one letter
    plain: bool  # no diacritics at all: perhaps only because somebody left them out
    joined: bool  # to the token before it, by a blank or a hyphen
    first: bool  # begins a sentence


@dataclass(frozen=True, slots=True)
class Words:
    """A set of syllables, asked by their marks, or without them where somebody left them out."""

    tones: frozenset[str]
    keys: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "Words":
        words = text.split()
        return cls(frozenset(map(word_tone, words)), frozenset(map(word_key, words)))

    def has(self, token: Token, bare: bool) -> bool:
        return token.tone in self.tones or (bare and token.key in self.keys)


# How one person is addressed or pointed at; a name follows.
FORMS = Words.of("em cháu bé anh chị ông bà cô chú bác thầy cụ dì mợ cậu")
BARE_FORMS = frozenset(["chau", "be", "chi", "ong", "ba", "co", "chu", "bac", "thay"])
# The last word of these counts: "Gia đình Lan", "Trưởng thôn Bảo".
_TITLES = """gia đình,học sinh,hoàn cảnh,bệnh nhân,liên hệ,hộ ông,hộ bà,họ tên,và tên,chủ hộ,
bí thư,chủ tịch,hiệu trưởng,hiệu phó,đội trưởng,thôn trưởng,trưởng thôn,trưởng bản,tổ trưởng,
trạm trưởng,nhóm trưởng,lớp trưởng,trưởng đoàn,trưởng ban,giám đốc,bác sĩ,y sĩ,cô giáo,thầy giáo,
giáo viên,cán bộ,đồng chí,người tên,phụ huynh,sinh viên,nghệ nhân"""
TITLES = frozenset(tuple(map(word_tone, words.split())) for words in _TITLES.split(","))
BARE_TITLES = frozenset(tuple(map(word_key, words.split())) for words in _TITLES.split(","))
# Before a form of address: several people, none by name.
SEVERAL = Words.of("các những nhiều mấy mọi hai ba bốn năm trẻ đàn với thứ")
# "hộ Nùng", "học sinh Dao": of a people, not by name.
PEOPLES = Words.of("kinh tày nùng dao mường thái hoa sán cao mông thổ")
# At the start of a sentence, before a name: "Nhà Ninh Hương ở gần suối".
LEADS = Words.of("nhà giúp gặp thăm tặng đón mẹ bố cha con hộ gọi hỏi tên vợ chồng")
# Behind these a name is a place's, a school's, a street's.
NAMED_AFTER = Words.of(
    "xã phường trấn huyện quận tỉnh phố đường lộ ngõ thôn bản xóm làng ấp buôn khu tổ tdp kdc "
    "trường thpt thcs ptdt ptdtnt thptdt tiểu học non mn lập sở thông trú viện chợ chùa đình đền "
    "miếu nghè cầu ga xe sông suối núi đèo hồ đập đảo tích nghĩa đài thờ thắng giải quỹ danh "
    "cty máy doanh thành thị trại"
)
# Behind these too, unless it is clearly a person's.
LOOSE = Words.of(
    "vực hóa trạm tế đội clb bộ tác tâm ấm điểm nước miền dốc vùng nghề vải thiều mỳ đồi hội "
    "đoàn chiến dịch lớp khối tiếng môn ngày tháng tết việt"
)
# Bodies that are written with a capital behind a form of address: "các cô Trường Mầm non".
_BODIES = """trường mầm,trường tiểu,trường thpt,trường thcs,trường trung,trường dân,mầm non,
tiểu học,trung tâm,trung học,chi đoàn,chi hội,chi bộ,công ty,công an,công đoàn,huyện đoàn,tỉnh đoàn,
đoàn xã,đoàn thanh,đoàn phường,hội phụ,hội nông,hội cựu,hội chữ,nhà trường,nhà văn,ủy ban,bệnh viện,
phòng giáo,sở giáo,trạm y,tổ dân,bộ đội,ban quản,ban giám,dân quân,mồ côi"""
BODIES = frozenset(tuple(map(word_key, words.split())) for words in _BODIES.split(","))
MIDDLES = Words.of("văn thị")
# "văn" and "thị" may belong to these instead.
NOT_MIDDLES = Words.of("hóa nghệ phòng bản học trấn xã minh trường giác hoá hộ")
# Surnames that are no ordinary word, with and without their marks.
NEVER_A_WORD = Words.of(
    "Nguyễn Nguyen Hoàng Huỳnh Huynh Phan Đặng Bùi Trịnh Trinh Đinh Giàng Sùng"
).tones
# Surnames that without their marks are an ordinary word: "Do Covid".
BARE_WORDS = frozenset({"do", "to", "vo", "ta"})
# "thầy Toán, cô Sử"
SUBJECTS = Words.of("toán sử địa tin")
ACRONYMS = frozenset({"ai", "it", "hiv", "aids", "opec", "unicef"})


@cache
def surnames() -> tuple[Words, Words]:
    """(all surnames, those that are hardly ever anything else)"""
    path = ROOT / "seed" / "names" / "surnames.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    every = " ".join(row["surname"] for row in rows)
    clear = " ".join(row["surname"] for row in rows if row["only_a_name"] == "yes")
    return Words.of(every), Words.of(clear)
