"""`mapservice seed territory` and `mapservice territory …`, run against the test database."""

import json

import pytest
from click.testing import CliRunner

from mapservice import cli, config
from mapservice.territory import boundaries

TEXT = "thôn Đồng Bài, xã An Lạc, Sơn Động"


@pytest.fixture
def run(settings):
    names = (*config.ROLE_URLS, "SECRET_KEY", "DATA_KEY")
    environment = {name: settings[name] for name in names}

    def run(*arguments, **options):
        return CliRunner().invoke(cli.commands, arguments, env=environment, **options)

    return run


def test_seed_territory_again_changes_nothing(run):
    result = run("seed", "territory")
    assert result.exit_code == 0, result.output
    assert "province 24: 0 rows added, 0 changed" in result.output
    assert "0 areas drawn" in result.output


def test_resolve_prints_a_sentence_or_json(run):
    result = run("territory", "resolve", TEXT)
    assert result.exit_code == 0
    assert "Xã An Lạc (07645), Huyện Sơn Động năm 2022" in result.output
    answer = json.loads(run("territory", "resolve", TEXT, "--json").output)
    assert answer["query"] == TEXT
    assert (answer["match"]["code_2022"], answer["match"]["code_2025"]) == ("07645", "07654")
    assert answer["match"]["codes_2022"] == ["07645"] and answer["candidates"] == []


def test_resolve_offers_candidates(run):
    result = run("territory", "resolve", "xã Phúc Sơn")
    assert result.exit_code == 0
    assert "Chưa chắc chắn" in result.output and "07333" in result.output
    answer = json.loads(run("territory", "resolve", "--json", "xã Phúc Sơn").output)
    assert answer["match"] is None and len(answer["candidates"]) >= 2


def test_resolve_reads_lines(run):
    lines = b"\n".join([TEXT.encode() + b"\r", b"", "xã Phúc Sơn".encode(), b"\xff\xfe broken"])
    lines += "\nNếnh - Việt Yên".encode()
    result = run("territory", "resolve", "-", input=lines)
    assert result.exit_code == 0
    answers = [json.loads(line) for line in result.output.splitlines()]
    assert [bool(answer["match"]) for answer in answers] == [True, False, False, False, True]
    assert answers[0]["query"] == TEXT and answers[1]["query"] == ""


def test_a_bad_boundary_file_is_refused_with_its_features(run, tmp_path):
    path = tmp_path / "bad.geojson"
    path.write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [{"type": "Feature", "properties": {"code": "0"}, "geometry": None}],
            }
        )
    )
    result = run("territory", "load-boundaries", str(path))
    assert result.exit_code == 1
    assert "Đối tượng 1 (0)" in str(result.exception)


def test_the_summary_of_loaded_boundaries_is_vietnamese(run, monkeypatch, tmp_path):
    report = boundaries.LoadReport(2, 5, ("Đối tượng 3: không phải đơn vị hành chính",))
    monkeypatch.setattr(boundaries, "load", lambda session, path: report)
    result = run("territory", "load-boundaries", str(tmp_path / "a.geojson"))
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "Bỏ qua: Đối tượng 3: không phải đơn vị hành chính",
        "Đã nạp ranh giới chính thức của 2 đơn vị từ a.geojson; "
        "5 vùng gần đúng xung quanh đã được vẽ lại.",
    ]


def test_every_reason_against_a_file_is_vietnamese(run, tmp_path):
    result = run("territory", "load-boundaries", str(tmp_path / "nothing.geojson"))
    assert result.exit_code == 1
    assert "không có tệp này" in str(result.exception)
