"""What a site left of the code that was pasted into its article: why the frame there is empty."""

from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urlsplit

from mapservice import origins
from mapservice.embed.checking import Finding
from mapservice.language import gettext as _

FRAME, ELEMENT, SCRIPT = "iframe", "volunteer-map", "script"
NEEDED_IN_SANDBOX = {"allow-scripts", "allow-same-origin"}


class Left(HTMLParser):
    """What a piece of HTML holds: the names of its elements, the attributes of its frames."""

    def __init__(self, html: str):
        super().__init__()
        self.names: set[str] = set()
        self.frames: list[dict[str, str]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        if tag == FRAME:
            self.frames.append({name: value or "" for name, value in attrs})

    def handle_data(self, data: str) -> None:
        self.words += data


def finding(base: str, host: str, html: str) -> Finding:
    """The first thing that is wrong with what is left; `base`: the address people use, `host`: its
    name, which sites have to trust."""
    left = Left(html)
    if left.frames:
        ours = [frame for frame in left.frames if host in frame.get("src", "")]
        return _of_frame(base, host, (ours or left.frames)[0])
    if ELEMENT in left.names:
        return _of_element(scripted=SCRIPT in left.names)
    if f"<{FRAME}" in left.words:
        advice = _("Mở chế độ mã nguồn của trình soạn bài rồi dán lại.")
        return Finding(False, _("Mã đang là chữ thường trong bài."), advice)
    advice = _(
        "Quản trị viên của trang cho phép thẻ iframe (NukeViet: Thiết lập an ninh, mục “Các thẻ "
        "HTML được chấp nhận sử dụng”), rồi dán lại mã HTML."
    )
    return Finding(False, _("Trang đã bỏ khung khi lưu bài: không còn thẻ iframe nào."), advice)


def _of_frame(base: str, host: str, frame: Mapping[str, str]) -> Finding:
    address = frame.get("src", "").strip()
    if not address:
        advice = _(
            "Quản trị viên của trang thêm %(host)s vào danh sách tên miền tin cậy (NukeViet: Thiết "
            "lập an ninh, mục “Tên miền tin cậy”), rồi dán lại mã HTML.",
            host=host,
        )
        return Finding(False, _("Trang giữ lại khung nhưng đã bỏ địa chỉ của nó."), advice)
    again = _("Lấy lại mã ở trang tạo mã nhúng.")
    found, ours = origins.of_address(address), origins.of_address(base)
    if found != ours:
        return Finding(False, _other_origin(found, ours), again)
    if urlsplit(address).path != "/embed":
        words = _("Khung mở một trang của bản đồ không được phép hiện trong khung.")
        return Finding(False, words, again)
    if "sandbox" in frame and not set(frame["sandbox"].split()) >= NEEDED_IN_SANDBOX:
        words = _("Trang đã thêm thuộc tính sandbox, nên trong khung chỉ còn danh sách.")
        advice = _("Nhờ quản trị viên của trang bỏ thuộc tính đó cho %(host)s.", host=host)
        return Finding(False, words, advice)
    return Finding(True, _("Mã trong bài còn nguyên."))


def _other_origin(found: str | None, ours: str | None) -> str:
    if found and ours and ours.startswith("https://") and found == f"http{ours[5:]}":
        return _("Địa chỉ của khung dùng http: trình duyệt không tải nó trong một trang https.")
    return _("Địa chỉ của khung không phải là của bản đồ này.")


def _of_element(*, scripted: bool) -> Finding:
    if scripted:
        return Finding(True, _("Mã trong bài còn nguyên."))
    advice = _("Dùng mã HTML thứ nhất ở trang tạo mã nhúng: mã đó không cần script.")
    return Finding(False, _("Trang đã bỏ phần script khi lưu bài."), advice)
