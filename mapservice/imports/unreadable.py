"""Why a file is not read, and what to do about it: the sentences, said once."""

from mapservice.errors import Invalid

MOST_BYTES = 20 * 1024 * 1024  # of the file as it was sent
MOST_ROWS = 20_000  # of all sheets together
MOST_COLUMNS = 200
MOST_CELLS = 1_000_000  # of one sheet, empty ones between the others too
MOST_SHEETS = 50

SAVE_AS = "Mở tệp bằng Excel hoặc LibreOffice, chọn “Lưu thành” (Save As), kiểu .xlsx rồi gửi lại."
EMPTY = "Tệp trống: không có dòng nào. Hãy kiểm tra lại tệp đã chọn."
TOO_BIG = "Tệp quá lớn (hơn 20 MB). Hãy bỏ ảnh trong tệp hoặc chia thành nhiều tệp."
TOO_MUCH = "Nội dung của tệp khi mở ra quá lớn. Hãy chép riêng danh sách sang một tệp mới."
TOO_MANY_ROWS = "Tệp có hơn 20.000 dòng. Hãy chia thành nhiều tệp rồi gửi từng tệp."
TOO_MANY_COLUMNS = "Bảng có hơn 200 cột. Hãy xóa các cột thừa ở bên phải rồi gửi lại."
TOO_MANY_SHEETS = "Tệp có hơn 50 trang tính. Hãy chép các trang cần nhập sang một tệp mới."
LOCKED = "Tệp có mật khẩu. Hãy bỏ mật khẩu (Tệp, Thông tin, Bảo vệ sổ làm việc) rồi gửi lại."
MACROS = f"Tệp có macro (chương trình bên trong), hệ thống không nhận. {SAVE_AS}"
BINARY = f"Tệp .xlsb không được nhận. {SAVE_AS}"
WEB_PAGE = f"Đây là trang web được đặt tên như tệp Excel, không phải bảng tính. {SAVE_AS}"
XML_2003 = f"Đây là tệp “XML Spreadsheet 2003”. {SAVE_AS}"
DECLARATIONS = f"Tệp chứa khai báo lạ (DTD) mà Excel không bao giờ ghi. {SAVE_AS}"
BROKEN = "Tệp hỏng hoặc tải lên chưa trọn. Hãy mở thử trên máy, lưu lại rồi gửi lần nữa."
NO_TABLE = "Tệp này không phải bảng tính. Hãy gửi tệp .xlsx, .xls, .ods hoặc .csv."
PICTURE = "Đây là ảnh hoặc tệp PDF, không phải bảng tính. Hãy gửi tệp Excel gốc của danh sách."
DOCUMENT = "Đây là văn bản Word hoặc trình chiếu. Hãy chép bảng sang Excel, lưu .xlsx rồi gửi lại."
PACKED = "Đây là tệp nén. Hãy giải nén trên máy rồi gửi tệp bảng tính bên trong."
LEGACY = (
    "Danh sách viết bằng bảng mã cũ {code} (phông {font}), ví dụ ô {cell}{sheet}, nên tên và địa "
    "chỉ không đọc đúng được. Hãy mở Unikey, bấm Ctrl+Shift+F6, chọn nguồn “{source}”, đích "
    "“Unicode”, chuyển mã rồi gửi lại."
)


def because(sentence: str) -> Invalid:
    """The refusal of a file, to be raised; it names the field `file`."""
    return Invalid(sentence, code="unreadable-file", fields={"file": [sentence]})
