"""Headers and path parameters of the API's operations, as the document tells them."""

from mapservice.rest.schemas import CODE

TEXT = {"type": "string"}
UUID = {"type": "string", "format": "uuid"}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "ETag của bản đã đọc: 428 khi thiếu, 412 khi bản ghi đã thay đổi",
    "schema": {"type": "string", "pattern": '^(W/)?"[0-9]{1,9}"$'},
    "example": '"1"',
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Gửi lại cùng khóa và cùng nội dung trong 72 giờ không tạo thêm bản ghi",
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
    "example": "4b1f0c9e-7a55-4c1e-8a0e-0d5f3b8f6a11",
}
ETAG = {"ETag": {"description": "Phiên bản của bản ghi", "schema": TEXT}}
LINK = {"Link": {"description": 'Trang sau, rel="next"', "schema": TEXT}}
CREATED = {
    **ETAG,
    "Location": {"description": "Địa chỉ của bản ghi", "schema": TEXT},
    "Idempotency-Replayed": {
        "description": "`true`: bản ghi đã được tạo từ lần gửi trước",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
PATH = {
    "code": {
        "description": "Mã công khai",
        "schema": {"type": "string", "pattern": CODE},
        "example": "7K2M9QXA",
    },
    "organisation": {
        "description": "Mã tổ chức",
        "schema": {"type": "string", "minLength": 1, "maxLength": 40},
        "example": "HD220",
    },
    "assignment": {"description": "Mã của phân công", "schema": UUID},
    "plan": {"description": "Mã của phương án", "schema": UUID},
    "need": {
        "description": "Mã của nhu cầu",
        "schema": {"type": "string", "pattern": CODE},
        "example": "3FJ6T0WZ",
    },
    "account": {"description": "Mã của tài khoản", "schema": UUID},
    "photo": {"description": "Mã của ảnh", "schema": UUID},
    "report": {"description": "Mã của nhật ký", "schema": UUID},
    "invitation": {"description": "Mã của lời mời", "schema": UUID},
    "batch": {"description": "Mã của lần nhập danh sách", "schema": UUID},
}


def in_path(rule: str) -> list[dict]:
    """The parameters of a route's path."""
    return [
        {"name": name, "in": "path", "required": True, **told}
        for name, told in PATH.items()
        if f"<{name}>" in rule or f":{name}>" in rule
    ]


def link(operation: str) -> dict:
    """An operation that may follow the making of a record."""
    return {
        "operationId": operation,
        "parameters": {"code": "$response.body#/code", "If-Match": "$response.header.ETag"},
    }
