"""The volunteer-address map. `create_app` is the table of contents: read it first."""

from collections.abc import Callable, Mapping

from flask import Flask

from mapservice import (
    assets,
    compression,
    config,
    headers,
    health,
    keyring,
    language,
    logs,
    problems,
    sentences,  # noqa: F401 - before the first schema is declared
    web,
)
from mapservice.accounts import api as accounts_api
from mapservice.accounts import gate
from mapservice.accounts import views as accounts_views
from mapservice.addresses import api as addresses_api
from mapservice.caching import answers
from mapservice.embed import office_views as embed_office_views
from mapservice.embed import views as embed_views
from mapservice.imports import api as imports_api
from mapservice.imports import views as imports_views
from mapservice.inbox import api as inbox_api
from mapservice.inbox import views as inbox_views
from mapservice.layers import api as layers_api
from mapservice.layers import narration_views, picture_views
from mapservice.layers import views as layers_views
from mapservice.matching import api as matching_api
from mapservice.matching import field_api, leader_views, officer_views, plan_api, plan_views
from mapservice.matching import views as matching_views
from mapservice.needs import api as needs_api
from mapservice.office import menu
from mapservice.office import views as office_views
from mapservice.offline import views as offline_views
from mapservice.ogc import api as ogc_api
from mapservice.photos import api as photos_api
from mapservice.photos import files as photo_files
from mapservice.photos import views as photos_views
from mapservice.public_forms import views as public_forms_views
from mapservice.registration import api as registration_api
from mapservice.registration import assist as registration_assist
from mapservice.registration import need_views as registration_need_views
from mapservice.registration import views as registration_views
from mapservice.rest import document
from mapservice.rest import views as rest_views
from mapservice.review import api as review_api
from mapservice.review import privacy_views, queue_views, safeguards_api
from mapservice.review import views as review_views
from mapservice.search import views as search_views
from mapservice.stats import views as stats_views
from mapservice.team_office import api as team_office_api
from mapservice.team_office import views as team_office_views
from mapservice.teams import api as teams_api
from mapservice.tiles import api as tiles_api
from mapservice.worker import views as worker_views

PARTS = (
    web,
    headers,
    language,
    logs,
    problems,
    assets,
    compression,
    gate,
    keyring,
    photo_files,
    answers,
)
BLUEPRINTS = (
    health.bp,
    layers_api.bp,
    layers_views.bp,
    picture_views.bp,
    narration_views.bp,
    public_forms_views.bp,
    ogc_api.bp,
    tiles_api.bp,
    search_views.bp,
    stats_views.bp,
    embed_views.bp,
    embed_office_views.bp,
    offline_views.bp,
    *accounts_views.BLUEPRINTS,
    matching_views.bp,
    leader_views.bp,
    officer_views.bp,
    plan_views.bp,
    team_office_views.bp,
    photos_views.bp,
    inbox_views.bp,
    review_views.bp,
    privacy_views.bp,
    queue_views.bp,
    imports_views.bp,
    menu.bp,
    office_views.bp,
    registration_views.bp,
    registration_need_views.bp,
    registration_assist.bp,
    rest_views.bp,
    worker_views.bp,
)
API = (
    accounts_api.bp,
    addresses_api.bp,
    needs_api.bp,
    teams_api.bp,
    team_office_api.bp,
    matching_api.bp,
    plan_api.bp,
    field_api.bp,
    photos_api.bp,
    registration_api.bp,
    review_api.bp,
    safeguards_api.bp,
    inbox_api.bp,
    imports_api.bp,
)


class _Site(Flask):
    """No view or hook of ours is a coroutine: nobody has to look, fourteen times a request."""

    def ensure_sync(self, func: Callable) -> Callable:
        return func


def create_app(overrides: Mapping[str, object] | None = None) -> Flask:
    """The application, its settings from the environment, changed by `overrides`."""
    app = _Site(
        __name__,
        template_folder=config.ROOT / "templates",
        static_folder=config.ROOT / "static",
    )
    app.config.from_mapping(config.load())
    app.config.update(overrides or {})
    app.json.ensure_ascii = False
    for part in PARTS:
        part.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    document.init_app(app, API)
    return app
