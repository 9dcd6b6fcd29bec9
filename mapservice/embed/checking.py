"""Why a frame is empty: what can be told from here, and what to do about it. Asks no other site."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mapservice import origins
from mapservice.language import gettext as _

WWW = "www."


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether it is as it must be, what it is, what to do."""

    good: bool
    words: str
    advice: str = ""


def findings(base: str, allowed: Sequence[str], site: str) -> list[Finding]:
    """What was found about a page of `site` (its address, or the domain alone); `base`: ours."""
    origin = origins.of_address(site if "://" in site else f"https://{site}")
    if origin is None:
        advice = _("Chép địa chỉ trên thanh địa chỉ của trình duyệt khi đang mở bài viết.")
        return [Finding(False, _("Đây không phải là địa chỉ của một trang."), advice)]
    listed = [_of_list(base, allowed, origin)] if origins.is_safe(origin) else []
    return [*_of_encryption(base, origin), *listed]


def _of_encryption(base: str, origin: str) -> Iterator[Finding]:
    if not origins.is_safe(origin):
        yield Finding(
            False,
            _("Trang %(site)s chưa dùng https.", site=origin),
            _(
                "Chỉ trang https mới được nhúng bản đồ. Nếu trang có cả hai, hãy chia sẻ đường dẫn "
                "https; nếu chưa có, nhờ nơi đặt trang bật https."
            ),
        )
    elif origin.startswith("https://") and base.startswith("http://"):
        yield Finding(
            False,
            _("Bản đồ chưa có https, nên trình duyệt không hiện nó trong một trang https."),
            _("Nhờ người vận hành bản đồ bật https."),
        )
    else:
        yield Finding(True, _("Đường truyền phù hợp: trình duyệt không chặn vì lý do này."))


def _of_list(base: str, allowed: Sequence[str], origin: str) -> Finding:
    if origin in allowed or origin == origins.of_address(base):
        return Finding(True, _("%(site)s được phép nhúng bản đồ.", site=origin))
    words = _("%(site)s chưa được phép nhúng bản đồ: trình duyệt sẽ từ chối.", site=origin)
    known = [other for other in allowed if _alike(other) == _alike(origin)]
    if known:
        advice = _(
            "Danh sách có %(known)s, với trình duyệt là một trang khác. Nhờ quản trị tỉnh thêm "
            "đúng %(site)s ở mục Nhúng.",
            known=", ".join(known),
            site=origin,
        )
    else:
        advice = _("Nhờ quản trị tỉnh của bản đồ thêm %(site)s ở mục Nhúng.", site=origin)
    return Finding(False, words, advice)


def _alike(origin: str) -> str:
    """The same for what people take for the same site: with or without www, https, a port."""
    host = origin.partition("://")[2].partition(":")[0]
    return host.removeprefix(WWW)
