"""Names, numbers and doors in public texts are pointed at; places named after people are not."""

import csv
import time
import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapservice.config import ROOT
from mapservice.screening import detector, known_names
from mapservice.screening.detector import HitKind
from tests.naming_corpus import sentences

KNOWN = known_names.of_province("24")
LEAST_RECALL = 0.95
QUIET = """Trường THPT Ngô Sĩ Liên cần 20 máy tính
Dạy học tại trường Tiểu học Trần Phú, phường Trần Phú
Xã Nguyễn Huệ và xã Hoàng Lương cùng tham gia
Đoạn đường Lê Lợi, phố Nguyễn Thị Minh Khai bị ngập
DẠY HỌC CHO TRẺ EM XÃ AN LẠC
NÂNG CAO NĂNG LỰC SỐ CHO THANH NIÊN TỈNH BẮC GIANG
Học và làm theo Bác Hồ
Hỗ trợ học sinh Dao, hộ Nùng và Sán Dìu
Các cô Trường Mầm non Hoa Sen đón các em Trường Tiểu học An Lạc số 1
Dạy tiếng Anh, Toán cho học sinh lớp 5, cần thầy Toán
Cần 1.500.000 đồng và 10.000 viên gạch
Từ 05.06.2025 đến 20.08.2025, 09.2025 - 12.2026, 09-06-2025 10 giờ
Quyết định 594/QĐ-UBND ngày 20/4/2022, Nghị định 356/2025
Tổ công nghệ số cộng đồng thôn Hà Mỹ
Bà con Tân Sơn trồng ngô, lạc; anh chị em đoàn viên, các bác, các cụ
Do Covid nên lớp học phải dừng
day hoc cho tre em xa An Lac, truong THPT Ngo Si Lien
Truong Tieu hoc Tan Moc can 20 bo ban ghe cho hoc sinh Luc Ngan
Gọi 111 hoặc 113, tổng đài 1900 1234"""
LOUD = [
    ("hiệu trưởng Nguyễn Thị Lan, thôn Khe Táu", "Nguyễn Thị Lan", HitKind.NAME),
    ("nguyễn văn an sinh năm 1970", "nguyễn văn an", HitKind.NAME),
    ("GIÚP EM TRẦN THỊ LAN Ở XÃ AN LẠC ĐƯỢC ĐI HỌC", "TRẦN THỊ LAN", HitKind.NAME),
    ("Cháu Vàng A Pó ở bản", "Vàng A Pó", HitKind.NAME),
    ("Bé Na 3 tuổi", "Na", HitKind.NAME),
    ("Nha ong Giap Van Tho", "Giap Van Tho", HitKind.NAME),
    ("Ng\u200buyễn Văn An", "Ng\u200buyễn Văn An", HitKind.NAME),
    ("Nhà ở số nhà 12, gần suối", "số nhà 12", HitKind.ADDRESS),
    ("rẽ vào ngõ 3 là đến", "ngõ 3", HitKind.ADDRESS),
    ("Số 25 đường Hùng Vương", "Số 25 đường", HitKind.ADDRESS),
    ("viết cho a.b@mau.vn nhé", "a.b@mau.vn", HitKind.ADDRESS),
    ("đt 0204.3854.123", "0204.3854.123", HitKind.PHONE),
    ("Zalo O912 345 678", "O912 345 678", HitKind.PHONE),
    ("gọi 0912345678 0987654321", "0912345678", HitKind.PHONE),
]


@pytest.mark.parametrize("text", QUIET.splitlines())
def test_places_figures_and_sums_are_passed_over(text):
    assert detector.find(text, KNOWN) == []


@pytest.mark.parametrize(("text", "found", "kind"), LOUD)
def test_people_numbers_and_doors_are_pointed_at(text, found, kind):
    assert (found, kind) in {(hit.text, hit.kind) for hit in detector.find(text, KNOWN)}
    decomposed = unicodedata.normalize("NFD", text)
    assert kind in {hit.kind for hit in detector.find(decomposed, KNOWN)}


@pytest.mark.parametrize("seed", [594, 2022, 2025])
def test_at_least_95_of_100_are_found_in_every_way_of_writing(seed, record_property):
    total, found = Counter(), Counter()
    for sentence in sentences(seed, 2_000):
        total[sentence.how] += 1
        hits = detector.find(sentence.text, KNOWN)
        found[sentence.how] += any(
            hit.start < sentence.end and hit.end > sentence.start for hit in hits
        )
    recall = found.total() / total.total()
    record_property(f"recall {seed}", recall)
    assert recall >= LEAST_RECALL
    assert {how for how in total if found[how] < total[how] * 0.9} == set()


@pytest.mark.parametrize("file", ["units", "schools", "heritage_sites", "historical_names"])
def test_no_known_place_is_taken_for_a_person(file):
    path = ROOT / "seed" / "24" / f"{file}.csv"
    with path.open(encoding="utf-8", newline="") as rows:
        names = [row["name"] for row in csv.DictReader(rows)]
    assert names and [name for name in names if detector.find(name, KNOWN)] == []


def test_a_known_name_hides_no_person_who_bears_it():
    assert detector.find("thăm em Hoàng Lương ở bản", KNOWN)
    assert detector.find("Xã Ngô Quyền có em Ngô Quyền Anh", KNOWN)
    assert detector.find("Lê Mơ Màng", ()) and not detector.find("Lê Mơ Màng", {"Lê Mơ Màng"})


@given(st.text(max_size=200))
def test_hits_lie_in_order_inside_any_text(text):
    hits = detector.find(text, ())
    assert all(text[hit.start : hit.end] == hit.text and hit.text for hit in hits)
    ends = [0, *(hit.end for hit in hits)]
    assert all(hit.start >= end for hit, end in zip(hits, ends, strict=False))


def test_a_long_hostile_text_takes_little_time():
    for text in ("0 " * 20_000, "NGUYỄN " * 5_000, "Nguyễn " * 5_000, "a\u0301" * 20_000):
        began = time.process_time()
        detector.find(text, KNOWN)
        assert time.process_time() - began < 5
