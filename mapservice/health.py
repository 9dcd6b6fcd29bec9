"""Is the server alive, and is it ready: for supervisors and load balancers."""

from flask import Blueprint, jsonify

from mapservice import migrate, web

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@web.allow_anonymous
def alive():
    """The process answers; nothing else is asked."""
    return jsonify(ok=True)


@bp.get("/readyz")
@web.allow_anonymous
def ready():
    """The database answers and is at the newest migration: 200, else 503."""
    found = migrate.current(web.session().connection())
    if found != migrate.head():
        return jsonify(ok=False, findings=["migrations: run mapservice db upgrade"]), 503
    return jsonify(ok=True)
