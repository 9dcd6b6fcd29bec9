"""The names that the lookups of a new database hold, as messages: `service.labels` says them."""

from mapservice.language import noop

KINDS = (
    noop("Thôn, bản, khu dân cư"),
    noop("Trường học"),
    noop("Trạm y tế"),
    noop("Trung tâm, mái ấm"),
    noop("Di tích, điểm tham quan"),
    noop("Điểm truy cập Internet"),
    noop("Điểm hỗ trợ dịch vụ công"),
    noop("Sản phẩm địa phương"),
    noop("Địa chỉ khác"),
)
CATEGORIES = (
    noop("Dạy học, ôn tập"),
    noop("Thiết bị học tập số"),
    noop("Kỹ năng số"),
    noop("Nhà ở"),
    noop("Chăm sóc sức khỏe"),
    noop("Sinh kế"),
    noop("Môi trường"),
    noop("Đường, cầu, điện, nước"),
    noop("Trợ giúp pháp lý"),
    noop("Văn hóa, thể thao"),
    noop("Khẩn cấp"),
    noop("Nhu cầu khác"),
)
UNITS = (
    noop("buổi"),
    noop("máy"),
    noop("công trình"),
    noop("lượt khám"),
    noop("hộ"),
    noop("lượt"),
)
SKILLS = (
    noop("Dạy học"),
    noop("Hướng dẫn kỹ năng số"),
    noop("Sửa chữa máy tính, điện thoại"),
    noop("Xây dựng, sửa chữa"),
    noop("Y tế"),
    noop("Pháp lý"),
    noop("Truyền thông, chụp ảnh"),
    noop("Lái xe, vận chuyển"),
    noop("Sơ cấp cứu"),
    noop("Kỹ thuật nông nghiệp"),
    noop("Văn nghệ, thể thao"),
    noop("Tiếng Tày"),
    noop("Tiếng Nùng"),
    noop("Tiếng Dao"),
    noop("Tiếng Sán Dìu"),
)
