"""The API's description of itself: OpenAPI 3.1, made of what its operations declare."""

from collections.abc import Sequence

import flask_smorest
from flask import Flask, current_app

from mapservice import problems
from mapservice.rest import parameters
from mapservice.rest.operations import Blueprint
from mapservice.rest.schemas import Problem

INFO = """Việc của cán bộ Đoàn, cho chương trình máy tính: quyền và địa bàn như trên trang.

Hồ sơ của người dân và của nơi được bảo vệ chỉ hiện nhóm và xã: tên, điện thoại, chỗ ở không bao \
giờ có trong API."""
SECURITY = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "Khóa truy cập cá nhân (mục Của tôi)",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-session",
        "description": "Phiên đăng nhập của trình duyệt, kèm X-CSRFToken khi ghi",
    },
}
UNAVAILABLE = {
    "Retry-After": {"description": "Số giây nên chờ", "schema": {"type": "string"}},
}


class Api(flask_smorest.Api):
    """flask-smorest's document, without the routes and error handlers it would bring."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_doc_blueprint(self):
        """Our own views show the document."""

    def _register_error_handlers(self):
        """`problems` handles errors."""

    def _register_responses(self):
        """Every problem an operation may answer, by its status."""
        for status, title in problems.TITLES.items():
            answer = {
                "description": title,
                "content": {"application/problem+json": {"schema": Problem}},
            }
            if status in {429, 503}:
                answer["headers"] = UNAVAILABLE
            self.spec.components.response(f"problem-{status}", answer, lazy=True)


def init_app(app: Flask, blueprints: Sequence[Blueprint]) -> None:
    """Register the parts of the API; the document is made when first asked for."""
    app.extensions["api_parts"] = blueprints
    for blueprint in blueprints:
        app.register_blueprint(blueprint)


def document() -> dict:
    """The OpenAPI document of this application."""
    made = current_app.extensions.get("api_document")
    if made is None:
        made = current_app.extensions["api_document"] = _describe(current_app)
    return made


def _describe(app: Flask) -> dict:
    options = {
        "title": "API địa chỉ tình nguyện",
        "version": "1",
        "openapi_version": "3.1.0",
        "info": {"description": INFO},
    }
    api = Api(app, spec_kwargs=options)
    for name, scheme in SECURITY.items():
        api.spec.components.security_scheme(name, scheme)
    for blueprint in app.extensions["api_parts"]:
        for field, (kind, form) in blueprint.kinds.items():
            api.register_field(field, kind, form)
        blueprint.register_views_in_doc(api, app, api.spec, name=blueprint.name, parameters=None)
    return _with_links(api.spec.to_dict())


def _with_links(told: dict) -> dict:
    """Links hand their targets what these take, and no more."""
    operations = [
        item[method] for item in told["paths"].values() for method in item.keys() - {"parameters"}
    ]
    changing = {
        operation["operationId"]
        for operation in operations
        if parameters.IF_MATCH in operation.get("parameters", ())
    }
    for operation in operations:
        for answer in operation["responses"].values():
            for link in answer.get("links", {}).values():
                if link["operationId"] not in changing:
                    del link["parameters"][parameters.IF_MATCH["name"]]
    return told
