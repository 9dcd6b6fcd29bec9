"""Settings: production refuses to start half configured."""

import pytest

from mapservice import config, data_key
from mapservice.errors import Invalid

PRODUCTION = {
    "DATABASE_URL": "postgresql://office@db/map",
    "PUBLIC_DATABASE_URL": "postgresql://public@db/map",
    "INTAKE_DATABASE_URL": "postgresql://intake@db/map",
    "SECRET_KEY": "k" * 40,
    "DATA_KEY": data_key.new_key(1),
}


def test_a_given_database_needs_no_private_cluster():
    values = config.load(PRODUCTION)
    assert not values["PRIVATE_CLUSTER"]
    assert values["DATABASE_URL"] == "postgresql+psycopg2://office@db/map"
    assert values["OWNER_DATABASE_URL"] == values["DATABASE_URL"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_DATABASE_URL", ""),
        ("INTAKE_DATABASE_URL", ""),
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("DATA_KEY", ""),
        ("DATA_KEY", "a phrase of thirty-two or more letters"),
        ("PORT", "0"),
        ("PORT", "80a"),
        ("PORT", "70000"),
        ("DEFAULT_LANGUAGE", "fr"),
        ("MAIL_URL", "mail.example.vn"),
    ],
)
def test_missing_or_weak_settings_are_refused_by_name(name, value):
    with pytest.raises(Invalid) as caught:
        config.load(PRODUCTION | {name: value})
    assert list(caught.value.fields) == [name]
    assert name in caught.value.detail


def test_the_private_cluster_keeps_its_own_secret(tmp_path):
    first = config.load({"MAPSERVICE_HOME": str(tmp_path)})
    again = config.load({"MAPSERVICE_HOME": str(tmp_path)})
    assert first["SECRET_KEY"] == again["SECRET_KEY"]
    assert len(first["SECRET_KEY"]) >= config.SECRET_LENGTH
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_private_addresses_log_in_as_a_role_each(tmp_path):
    values = config.load({"MAPSERVICE_HOME": str(tmp_path)})
    users = [values[name].split("://")[1].split("@")[0] for name in config.ROLE_URLS]
    assert users == [f"mapservice_{role}" for role in ("office", "public", "intake", "owner")]
