"""A GeoJSON file of boundaries as its features; whatever the JSON holds, an answer or Invalid.

Only shapes are judged here, not what they say of a unit. Texts from the file are shown shortened
and without control characters. Pure but for reading the file.
"""

import json
from pathlib import Path

from mapservice.errors import Invalid
from mapservice.territory.models import Level

FILE_LIMIT = 200_000_000  # bytes
SHOWN = 80  # characters of a text from the file
LEVELS = frozenset(Level)


def features(path: Path) -> list[dict]:
    """The features of the file. Raises Invalid where it is no FeatureCollection in EPSG:4326."""
    document = _document(path)
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise Invalid(f"{path.name}: không phải GeoJSON FeatureCollection.")
    found = document.get("features")
    if not isinstance(found, list) or not all(isinstance(f, dict) for f in found):
        raise Invalid(f"{path.name}: “features” phải là danh sách các đối tượng.")
    if crs := _other_crs(document):
        raise Invalid(f"{path.name}: hệ tọa độ {crs}; cần EPSG:4326 (kinh độ, vĩ độ).")
    return found


def _document(path: Path) -> object:
    try:
        if path.stat().st_size > FILE_LIMIT:
            raise Invalid(f"{path.name}: tệp lớn hơn {FILE_LIMIT // 1_000_000} MB.")
        content = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Invalid(f"Không mở được {path}: {_why_closed(error)}.") from None
    except UnicodeDecodeError:
        raise Invalid(f"{path.name}: không phải văn bản UTF-8.") from None
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        where = f"dòng {error.lineno}, cột {error.colno}"
    except RecursionError:
        where = "lồng nhau quá sâu"
    except ValueError:  # the interpreter's limit to the digits of an integer
        where = "có số quá dài"
    raise Invalid(f"{path.name}: không phải JSON đọc được ({where}).")


def _why_closed(error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return "không có tệp này"
        case IsADirectoryError():
            return "đây là một thư mục"
        case PermissionError():
            return "không được phép đọc"
    return f"hệ thống báo lỗi {error.errno}"


def _other_crs(document: dict) -> str | None:
    """The name of a coordinate system that is not longitude and latitude on WGS 84."""
    crs = document.get("crs")
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = shown(properties.get("name")) if isinstance(properties, dict) else ""
    return None if name.endswith(("CRS84", ":4326")) else name or "không rõ"


def properties_of(feature: dict) -> dict:
    properties = feature.get("properties")
    return properties if isinstance(properties, dict) else {}


def label(index: int, feature: dict) -> str:
    """How messages call a feature: its place in the file, code and name."""
    properties = properties_of(feature)
    named = [text for key in ("code", "name") if (text := shown(properties.get(key)))]
    return " ".join([f"Đối tượng {index + 1}", f"({', '.join(named)})" if named else ""]).strip()


def shown(value: object) -> str:
    """A text or number of the file as a message may show it; nothing for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return "".join(c for c in str(value)[:SHOWN] if c.isprintable())


def level(feature: dict) -> str | None:
    """The level as a word; a bare number says nothing (2 is a district in one era only)."""
    properties = properties_of(feature)
    word = properties.get("level_name") or properties.get("level")
    return word if isinstance(word, str) else None


def is_no_unit(feature: dict) -> bool:
    """Whether the feature says that it is something else than an administrative unit."""
    return level(feature) not in {None, *LEVELS}
