"""Where a setting comes from, and what is said when it is wrong."""

import os
from pathlib import Path

import pytest

from services.settings import Settings, SettingsInvalid, load_settings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("BENCAO_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_flags_win_over_environment_over_file_over_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("bencao.toml").write_text('port = 1\nhost = "file"\nrow_limit = 7\n', encoding="utf-8")
    monkeypatch.setenv("BENCAO_PORT", "2")
    monkeypatch.setenv("BENCAO_HOST", "environment")

    settings = load_settings({"port": "3", "host": None})

    assert (settings.port, settings.host, settings.row_limit) == (3, "environment", 7)
    assert settings.store == "ladybug"


def test_file_named_by_the_environment_is_read_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("bencao.toml").write_text("port = 1\n", encoding="utf-8")
    Path("other.toml").write_text("port = 2\n", encoding="utf-8")
    monkeypatch.setenv("BENCAO_CONFIG", "other.toml")

    assert load_settings().port == 2


def test_graph_lies_in_the_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BENCAO_HOME", str(tmp_path / "home"))

    assert load_settings().graph == tmp_path / "home" / "graph"


def test_pack_folders_are_a_list_in_the_file_and_a_path_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("bencao.toml").write_text('packs = ["a", "b"]\n', encoding="utf-8")
    from_file = load_settings().packs
    monkeypatch.setenv("BENCAO_PACKS", os.pathsep.join(["a", "b"]))

    assert from_file == load_settings().packs == (Path("a"), Path("b"))


def test_secrets_are_not_shown() -> None:
    settings = load_settings({"neo4j_password": "hunter2", "model_api_key": "hunter2"})

    assert "hunter2" not in repr(settings) + str(settings)
    assert settings.neo4j_password.get_secret_value() == "hunter2"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("port", "70000"),
        ("port", "-1"),
        ("port", "http"),
        ("store", "postgres"),
        ("domain", "Herbal Medicine"),
        ("row_limit", "0"),
        ("answer_timeout", "0"),
        ("reflection", "perhaps"),
        ("prose", "sometimes"),
    ],
)
def test_bad_value_names_its_setting_wherever_it_came_from(
    setting: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsInvalid, match=f"^--{setting.replace('_', '-')}: "):
        load_settings({setting: value})

    monkeypatch.setenv(f"BENCAO_{setting.upper()}", value)
    with pytest.raises(SettingsInvalid, match=f"^BENCAO_{setting.upper()}: "):
        load_settings()
    monkeypatch.delenv(f"BENCAO_{setting.upper()}")

    Path("bencao.toml").write_text(f'{setting} = "{value}"\n', encoding="utf-8")
    with pytest.raises(SettingsInvalid, match=f"^bencao.toml: {setting}: "):
        load_settings()


def test_all_bad_values_are_named_at_once() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        load_settings({"port": "x", "row_limit": "y"})

    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == ["--port", "--row-limit"]


def test_unknown_key_in_the_file_is_refused_with_the_nearest_one() -> None:
    Path("bencao.toml").write_text("prot = 1\n", encoding="utf-8")

    with pytest.raises(SettingsInvalid, match=r"bencao\.toml: unknown setting 'prot'; did you mean port\?"):
        load_settings()


def test_unknown_variable_is_refused_with_the_nearest_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCAO_NEO4J_URL", "x")

    with pytest.raises(SettingsInvalid, match=r"BENCAO_NEO4J_URL; did you mean BENCAO_NEO4J_URI\?"):
        load_settings()


@pytest.mark.parametrize("content", [b"port = ", b"\xff\xfe\x00", b"[port]\nx = 1\n"])
def test_unreadable_file_is_named(content: bytes) -> None:
    Path("bencao.toml").write_bytes(content)

    with pytest.raises(SettingsInvalid, match=r"^bencao\.toml: "):
        load_settings()


def test_missing_named_file_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCAO_CONFIG", "nowhere.toml")

    with pytest.raises(SettingsInvalid, match=r"BENCAO_CONFIG names nowhere\.toml"):
        load_settings()


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
