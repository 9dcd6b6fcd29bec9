"""What the browser tests look at: a need in most communes, and one place that tries to break in.

That place is also the only one marked as a demonstration.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.layers import upkeep
from mapservice.release import service as release
from tests.factories import (
    AN_LAC,
    make_need,
    make_organisation,
    make_person,
    make_place,
    make_team,
    unit_id,
)

NEEDS = 160  # more than are shown one by one, so that the province is drawn as clusters
CATEGORIES = ("education", "health", "housing", "digital_skills")
PAYLOAD = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>"
LONG_WORD = "Trườnghọc" * 8 + "x"  # 73 letters and no place to break
HERITAGE = "Chùa Bổ Đà"  # a place with a story, where nothing is needed
# The hostile place and team are alone in their commune, near its label point, where a team's
# mark is drawn.
HOSTILE = (106.968, 21.327)
# Commune of today, kind, households: Phường Bắc Giang has two cells, a cluster of Sơn Động one.
PEOPLE = (
    ("07210", "elderly", 22),
    ("07210", "youth", 13),
    ("07621", "elderly", 40),
    ("07654", "elderly", 3),
)

COMMUNES = text("""
    SELECT code, ext.ST_X(label_point) AS lng, ext.ST_Y(label_point) AS lat, short_name
    FROM core.admin_unit
    WHERE level = 'commune' AND valid_from <= '2022-12-31' AND valid_to > '2022-12-31'
      AND code <> :hostile
    ORDER BY code""")


def fill(session: Session) -> None:
    """Write the province; the same one every time."""
    communes = session.execute(COMMUNES, {"hostile": AN_LAC}).all()
    for number in range(NEEDS):
        commune = communes[number % len(communes)]
        place = make_place(
            session,
            lng=commune.lng,
            lat=commune.lat,
            commune=commune.code,
            title=f"Trường {commune.short_name}",
            summary="Trường có hai điểm lẻ, thiếu người kèm học buổi tối.",
        )
        make_need(
            session,
            address=place,
            title=f"Việc {number} ở {commune.short_name}",
            description="Cần các bạn sinh viên đến vào ba buổi tối trong tuần.",
            category=CATEGORIES[number % len(CATEGORIES)],
            urgency=1 + number % 4,
            parts=2,
            helps_people=30,  # a health need of few would not be public
        )
    lng, lat = HOSTILE
    hostile = make_place(
        session,
        lng=lng,
        lat=lat,
        title=f"Nhà {PAYLOAD} {LONG_WORD}",
        summary=f"{PAYLOAD} {LONG_WORD}",
        demo=True,
    )
    make_need(
        session,
        address=hostile,
        title=f"Việc {PAYLOAD} {LONG_WORD}",
        description=f"{PAYLOAD} {LONG_WORD}",
        urgency=4,
    )
    make_place(
        session,
        kind="heritage_site",
        title=HERITAGE,
        summary="Chùa dựng từ thời Lý. Vườn tháp có gần trăm ngôi.",
    )
    _people(session)
    make_team(session, name=f"Đội {PAYLOAD}", lng=lng, lat=lat, skills=["teaching"])
    upkeep.fold(session)


def _people(session: Session) -> None:
    """Released households: two groups in one commune, and a cluster of two communes."""
    organisation = make_organisation(session)
    for commune, kind, households in PEOPLE:
        for _ in range(households):
            make_person(
                session,
                person_kind=kind,
                age_band="16_up",
                former_commune_id=None,
                commune_id=unit_id(session, commune, "2025-07-01"),
                organisation_id=organisation.id,
            )
    release.run(session, least=10)
