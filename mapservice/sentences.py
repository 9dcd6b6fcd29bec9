"""What schemas say when they refuse a value, in Vietnamese, wherever they say nothing themselves.

Fields take over their class's sentences when a schema is declared: this module is imported before
the first one (`mapservice/__init__.py`).
"""

from marshmallow import Schema, fields, validate

from mapservice.language import noop

BY_FIELD = {
    fields.Field: {
        "required": noop("Cần điền."),
        "null": "Không được để trống.",
        "validator_failed": "Giá trị chưa đúng.",
    },
    fields.Nested: {"type": "Cần là một đối tượng."},
    fields.List: {"invalid": "Cần là một danh sách."},
    fields.String: {"invalid": "Cần ghi bằng chữ.", "invalid_utf8": "Có ký tự không đọc được."},
    fields.UUID: {"invalid_uuid": noop("Mã chưa đúng.")},
    fields.Number: {"invalid": "Cần là một số.", "too_large": "Số quá lớn."},
    fields.Integer: {"invalid": "Cần là một số nguyên."},
    fields.Float: {"special": "Cần là một số."},
    fields.Decimal: {"special": "Cần là một số."},
    fields.Boolean: {"invalid": "Cần là đúng hoặc sai."},
    fields.DateTime: {"invalid": "Thời điểm chưa đúng.", "invalid_awareness": "Cần ghi múi giờ."},
    fields.Date: {"invalid": "Ngày chưa đúng."},
    fields.Email: {"invalid": "Địa chỉ thư điện tử chưa đúng."},
    fields.Enum: {"unknown": "Cần là một trong: {choices}."},
}
BY_SCHEMA = {"type": "Cần là một đối tượng.", "unknown": noop("Không có mục này.")}
BY_VALIDATOR = {
    validate.Range: {
        "message_min": "Cần {min_op} {{min}}.",
        "message_max": "Cần {max_op} {{max}}.",
        "message_all": "Cần {min_op} {{min}} và {max_op} {{max}}.",
        "message_gte": "từ",
        "message_gt": "lớn hơn",
        "message_lte": "nhiều nhất",
        "message_lt": "nhỏ hơn",
    },
    validate.Length: {
        "message_min": "Ngắn quá: ít nhất {min}.",
        "message_max": "Dài quá: nhiều nhất {max}.",
        "message_all": "Độ dài từ {min} đến {max}.",
        "message_equal": "Độ dài phải là {equal}.",
    },
    validate.Regexp: {"default_message": "Chưa đúng mẫu."},
    validate.OneOf: {"default_message": "Cần là một trong: {choices}."},
    validate.ContainsOnly: {"default_message": "Chỉ chọn trong: {choices}."},
}

for field, said in BY_FIELD.items():
    field.default_error_messages = {**vars(field).get("default_error_messages", {}), **said}
for validator, said in BY_VALIDATOR.items():
    for name, sentence in said.items():
        setattr(validator, name, sentence)
Schema.error_messages = BY_SCHEMA
