"""What the database refuses, in words: constraint names -> field and Vietnamese sentence."""

from sqlalchemy.exc import IntegrityError

from mapservice.errors import Conflict, DomainError, Invalid
from mapservice.language import noop

PERSON_REASON = "Với hồ sơ của người dân, hãy chọn một lý do trong danh sách."
OWN_RECORD = "Người đăng ký không tự xác minh: cần một cán bộ khác."
TOO_LATE = "Không hoàn tác được nữa: đã quá 10 phút, hoặc đã có bước tiếp theo."
PERSON_WORDS = "Việc giúp người dân chỉ ghi số giờ và số người, không ghi bằng lời."

# constraint -> (kind, field, sentence)
SENTENCES: dict[str, tuple[type[DomainError], str, str]] = {
    "tr_need_status": (Conflict, "status", "Nhu cầu không thể chuyển sang trạng thái này."),
    "tr_need_derived": (Conflict, "status", "Trạng thái này do phân công quyết định."),
    "tr_need_reason": (Invalid, "reason", "Cần ghi lý do."),
    "tr_need_parts": (Conflict, "parts", "Đã có đội nhận phần việc định bỏ."),
    "tr_address_status": (Conflict, "status", "Địa chỉ không thể chuyển sang trạng thái này."),
    "tr_address_reason": (Invalid, "reason", "Cần ghi lý do."),
    "tr_address_undo": (Conflict, "status", TOO_LATE),
    "tr_need_undo": (Conflict, "status", TOO_LATE),
    "ck_address_verifier_is_other": (Conflict, "verified_by", OWN_RECORD),
    "ck_need_verifier_is_other": (Conflict, "verified_by", OWN_RECORD),
    "tr_address_self_verification": (Conflict, "verified_by", OWN_RECORD),
    "tr_need_self_verification": (Conflict, "verified_by", OWN_RECORD),
    "tr_address_verifier": (Conflict, "verified_by", "Cần ghi ai đã xác minh."),
    "tr_need_verifier": (Conflict, "verified_by", "Cần ghi ai đã xác minh."),
    "tr_address_registrar": (Conflict, "registered_by", "Người đăng ký được giữ nguyên."),
    "tr_need_registrar": (Conflict, "registered_by", "Người đăng ký được giữ nguyên."),
    "uq_address_merge_duplicate_id": (Conflict, "kept", "Hồ sơ này đã được gộp rồi."),
    "tr_address_communes": (Invalid, "commune", "Hai xã (cũ và mới) không khớp nhau."),
    "ck_need_in_all": (
        Invalid,
        "people_in_all",
        "Các đội góp chung thì cần đủ 2 đến 20 đội cùng lúc, nhiều nhất 8 kỹ năng, và tổng số "
        "người không ít hơn số đội.",
    ),
    "ck_need_few_are_persons": (
        Invalid,
        "helps_people",
        "Nhu cầu này giúp dưới 10 người và liên quan đến sức khỏe, khuyết tật hoặc trẻ em. Hãy "
        "đăng ký cho từng người (được bảo vệ): bản đồ không công khai nhu cầu như vậy.",
    ),
    "ck_person_cell_band": (
        Conflict,
        "release",
        "Một ô không còn đủ số hộ để công bố; chưa có gì thay đổi, hãy chạy lại.",
    ),
    "tr_person_cell_disjoint": (Conflict, "release", "Hai ô công bố chồng lên nhau."),
    "tr_assignment_status": (Conflict, "status", "Phân công không còn ở trạng thái cho phép."),
    "tr_assignment_reason": (Invalid, "reason", "Cần ghi lý do."),
    "tr_assignment_need_open": (Conflict, "need", "Nhu cầu không còn mở."),
    "tr_assignment_team_ready": (Conflict, "team", "Đội chưa sẵn sàng hoặc chưa được xác minh."),
    "fk_team_skills_skill": (Invalid, "skills", "Có kỹ năng không nằm trong danh sách."),
    "tr_team_communes": (Invalid, "commune", "Hai xã (cũ và mới) không khớp nhau."),
    "tr_assignment_parts_full": (Conflict, "need", "Nhu cầu đã đủ đội nhận."),
    "tr_assignment_team_full": (Conflict, "team", "Đội đã kín việc."),
    "uq_assignment_need_part": (Conflict, "need", "Phần việc này vừa có đội khác nhận."),
    "uq_assignment_need_team": (Conflict, "team", "Đội đã nhận một phần của nhu cầu này."),
    "ck_assignment_confirmer_is_other": (
        Conflict,
        "confirmer",
        "Người xác nhận không thể là người báo cáo.",
    ),
    "ck_assignment_done_is_reported": (
        Invalid,
        "hours",
        "Cần ghi số giờ và số tình nguyện viên.",
    ),
    "ck_address_own_consent": (
        Invalid,
        "consent",
        "Cần sự đồng ý còn hiệu lực của chính người được đăng ký.",
    ),
    "ck_address_guardian_and_child_consent": (
        Invalid,
        "consent",
        "Trẻ từ 7 đến dưới 16 tuổi: cần sự đồng ý của người giám hộ và của chính em.",
    ),
    "ck_address_guardian_consent": (
        Invalid,
        "consent",
        "Trẻ dưới 7 tuổi hoặc chưa rõ tuổi: cần sự đồng ý của người giám hộ.",
    ),
    "ck_address_erased_is_bare": (Conflict, "status", "Hồ sơ này đã được xoá."),
    "ck_consent_lasts": (Invalid, "valid_until", "Sự đồng ý có hiệu lực nhiều nhất một năm."),
    "tr_consent_kept": (Conflict, "consent", "Sự đồng ý đã ghi chỉ có thể rút lại."),
    "ck_emergency_basis_short": (
        Invalid,
        "expires_at",
        "Lý do khẩn cấp có hiệu lực nhiều nhất 30 ngày.",
    ),
    "pk_emergency_basis": (
        Conflict,
        "emergency",
        "Đã dùng lý do khẩn cấp cho hồ sơ này: cần sự đồng ý.",
    ),
    "tr_address_person_reason": (Invalid, "reason", PERSON_REASON),
    "tr_need_person_reason": (Invalid, "reason", PERSON_REASON),
    "tr_assignment_person_reason": (Invalid, "reason", PERSON_REASON),
    "tr_assignment_person_results": (Invalid, "results", PERSON_WORDS),
    "tr_field_report_person": (Invalid, "text", PERSON_WORDS),
    "tr_address_nature": (Conflict, "nature", "Địa điểm và người dân là hai loại hồ sơ riêng."),
    "tr_need_nature": (Conflict, "nature", "Địa điểm và người dân là hai loại hồ sơ riêng."),
    "tr_key_version": (Conflict, "_schema", "Máy chủ còn dùng khóa cũ: cần khởi động lại."),
    "fk_photo_address_id_nature_address": (
        Invalid,
        "photos",
        "Không nhận ảnh của người dân.",
    ),
    "uq_photo_address_id_upload_sha256": (Conflict, "photos", "Ảnh này đã có."),
    "uq_photo_field_report_id_upload_sha256": (Conflict, "photos", "Ảnh này đã có."),
    "tr_key_mark": (
        Conflict,
        "_schema",
        "Khóa dữ liệu của máy chủ không đúng: hãy báo người vận hành.",
    ),
    "tr_form_other": (
        Invalid,
        "id",
        noop(
            "Biểu mẫu này đã được gửi với nội dung khác. Bấm gửi lần nữa để gửi thành biểu mẫu mới."
        ),
    ),
    "tr_form_place": (Invalid, "address", noop("Không có địa chỉ này trên bản đồ.")),
    "tr_form_need": (Invalid, "need", noop("Nhu cầu này không còn mở.")),
    "tr_form_commune": (Invalid, "commune", noop("Không có xã, phường này.")),
    "fk_suggestion_kind_place_kind": (Invalid, "kind", noop("Chọn loại địa điểm trong danh sách.")),
    "tr_offer_status": (Conflict, "status", "Lời đề nghị này không còn ở trạng thái cho phép."),
    "tr_suggestion_status": (Conflict, "status", "Đề xuất này không còn ở trạng thái cho phép."),
    "tr_offer_need": (Invalid, "need", "Nhu cầu này không thuộc địa chỉ đã chọn."),
    "tr_suggestion_communes": (Invalid, "commune", "Hai xã (cũ và mới) không khớp nhau."),
    "uq_organisation_code": (Conflict, "code", "Mã tổ chức này đã có."),
    "uq_embed_origin_origin": (Conflict, "origin", "Trang này đã được phép nhúng bản đồ."),
    "uq_user_account_login": (Conflict, "login", "Tên đăng nhập này đã có."),
}


def explain(error: IntegrityError) -> DomainError:
    """The database's refusal as a DomainError at the right field.

    A constraint without a sentence of its own answers a Conflict that names no internals.
    """
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
    kind, field, sentence = SENTENCES.get(
        name, (Conflict, "_schema", "Dữ liệu trái với một quy tắc, chưa được lưu.")
    )
    return kind(sentence, code=name or "refused", fields={field: [sentence]})
