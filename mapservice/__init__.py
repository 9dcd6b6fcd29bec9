"""The volunteer-address map. `create_app` is the table of contents: read it first."""

from collections.abc import Mapping

from flask import Flask

from mapservice import assets, compression, config, health, logs, problems, web
from mapservice.accounts import gate
from mapservice.accounts import views as accounts_views
from mapservice.disclosure import keys
from mapservice.layers import api as layers_api
from mapservice.layers import views as layers_views
from mapservice.matching import views as matching_views

PARTS = (web, logs, problems, assets, compression, gate, keys)
BLUEPRINTS = (
    health.bp,
    layers_api.bp,
    layers_views.bp,
    accounts_views.bp,
    matching_views.bp,
)


def create_app(overrides: Mapping[str, object] | None = None) -> Flask:
    """The application, its settings from the environment, changed by `overrides`."""
    app = Flask(
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
    return app
