"""What the map's page shows, wherever it stands: the list, the filters, the map's first facts."""

from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from mapservice import language
from mapservice.layers import ahead, pages, service

PAGE = 30  # needs in one page of the list


def shown(
    session: Session,
    asked: Mapping[str, object],
    province: str,
    listed: Callable[[int], str] | None = None,
) -> dict[str, object]:
    """What the template layers/map.html says; `asked`: filters as `MapQuery` reads them, `listed`:
    where the list from an offset on stands, if not on the map's own page."""
    query = pages.existing(session, asked)
    offset = int(query.pop("offset", 0))
    needs = service.rows(session, "needs", query, limit=PAGE, offset=offset)
    total = pages.total(session, query)
    box = pages.bounds(session, province)
    return {
        "needs": [pages.need_item(row) for row in needs],
        "total": total,
        "filters": pages.chosen(query),
        "chosen_unit": pages.chosen_unit(session, query),
        "districts": pages.districts(session, query),
        "bounds": box,
        "district_layer": ahead.districts(box),
        "basemap": {"attribution": pages.attribution(session)},
        "demo": service.has_demo(session),
        "skills": service.labels(session, "skills"),
        **pages.labels(session),
        **_paging(listed or partial(_listed, query), offset, total),
    }


def _paging(listed: Callable[[int], str], offset: int, total: int) -> dict[str, str | None]:
    return {
        "next_url": listed(offset + PAGE) if offset + PAGE < total else None,
        "previous_url": listed(max(offset - PAGE, 0)) if offset else None,
    }


def _listed(query: Mapping[str, object], offset: int) -> str:
    kept = MultiDict(pages.chosen(query))
    given = [(name, value) for name, value in kept.items(multi=True) if value]
    return language.to("/?" + urlencode([*given, ("offset", offset)]))
