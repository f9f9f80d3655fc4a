"""All settings of the service: flags, `BENCAO_…` environment, `bencao.toml`, defaults, in this order."""

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from kg.errors import BencaoError

__all__ = ["OTHER_VARIABLES", "Settings", "SettingsInvalid", "data_folder", "flag", "load_settings", "variable"]

PREFIX: Final = "BENCAO_"
FILE_NAME: Final = "bencao.toml"

OTHER_VARIABLES: Final[Mapping[str, str]] = {
    "BENCAO_CONFIG": "path of the settings file, instead of `bencao.toml` in the working directory",
    "BENCAO_HOME": "folder of embedded graphs, instead of `~/.local/share/bencao`",
    "BENCAO_CACHE": "folder of what can be fetched again (models), instead of `~/.cache/bencao`",
    "BENCAO_IMPORT_USER": "user name at the Neo4j server that a mapping reads from, instead of `neo4j`",
    "BENCAO_IMPORT_PASSWORD": "password there; that of the own store is never sent to it",
    "BENCAO_SERVER": "`HOST:PORT` of the server that `bencao ask` and `bencao entity` talk to",
}
"""Variables that are no settings: they say where settings and data are, or concern clients only."""

TEST_PREFIX: Final = "BENCAO_TEST_"  # belongs to the tests


class SettingsInvalid(BencaoError):
    """A setting is unknown or its value cannot be used; the message names it and where it was set."""


def data_folder() -> Path:
    """Return the folder of embedded graphs: `BENCAO_HOME`, else the user's data folder."""
    if home := os.environ.get("BENCAO_HOME"):
        return Path(home).expanduser()
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "bencao"


class Settings(BaseSettings):
    """Everything an operator can set. The README's table is made from this class."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True)

    host: str = Field("127.0.0.1", description="address to listen on", min_length=1)
    port: int = Field(50051, description="port to listen on; 0 takes any free one", ge=0, le=65535)
    domain: str = Field("herbal", description="id of the default domain", pattern=r"^[a-z][a-z0-9-]{1,62}$")
    packs: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), description=f"folders of further domain packs, separated by `{os.pathsep}`"
    )
    store: Literal["ladybug", "neo4j"] = Field(
        "ladybug", description="where the graph is kept: `ladybug` (embedded) or `neo4j`"
    )
    graph: Path = Field(
        default_factory=lambda: data_folder() / "graph",
        description="folder of the embedded graph; default: `graph` in the data folder",
    )
    neo4j_uri: str = Field("neo4j://127.0.0.1:7687", description="address of the Neo4j server or cluster")
    neo4j_user: str = Field("neo4j", description="user name at Neo4j")
    neo4j_password: SecretStr = Field(SecretStr(""), description="password at Neo4j")
    neo4j_database: str = Field("neo4j", description="database at Neo4j", min_length=1)
    model: str = Field(
        "",
        description="language model: empty for the pulled one if there is one, `none`, `local`, the path of a "
        "GGUF file, `transformers:FOLDER`, or a LangChain model string such as `openai:NAME`",
    )
    model_base_url: str = Field("", description="address of an OpenAI-compatible server for the model")
    model_api_key: SecretStr = Field(SecretStr(""), description="key for the model's server")
    model_timeout: float = Field(30.0, description="seconds that one call to the model may take", gt=0)
    prose: bool = Field(default=False, description="let the model write connecting sentences; they are verified too")
    reflection: Literal["auto", "on", "off"] = Field(
        "auto", description="gRPC reflection: `on`, `off`, or `auto` for on if `host` is a loopback address"
    )
    query_timeout: float = Field(5.0, description="seconds that one graph query may take", gt=0)
    row_limit: int = Field(5000, description="rows that one graph query may return; what is cut is reported", ge=1)
    answer_timeout: float = Field(
        60.0, description="seconds that an answer may take where the caller sets no deadline", gt=0
    )
    conversation_lifetime: float = Field(
        1800.0, description="seconds that a conversation is remembered after its last question", gt=0
    )
    conversations: int = Field(
        1000, description="conversations remembered at a time; the ones unused longest are forgotten first", ge=1
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least severe log line written")
    log_format: Literal["auto", "console", "json"] = Field(
        "auto", description="`console`, `json`, or `auto` for console on a terminal"
    )

    @field_validator("packs", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part for part in value.split(os.pathsep) if part] if isinstance(value, str) else value

    @field_validator("packs", mode="after")
    @classmethod
    def _expand_all(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(path.expanduser() for path in value)

    @field_validator("graph", mode="after")
    @classmethod
    def _expand(cls, value: Path) -> Path:
        return value.expanduser()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags (passed as keywords) win over the environment, which wins over the file."""
        del dotenv_settings, file_secret_settings
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=_file()))


def variable(setting: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + setting.upper()


def flag(setting: str) -> str:
    """Return the command line flag of a setting."""
    return "--" + setting.replace("_", "-")


def load_settings(flags: Mapping[str, Any] | None = None) -> Settings:
    """Merge `flags` (setting → value; None means not given), environment, file and defaults.

    Raises:
        SettingsInvalid: a key is unknown, a value cannot be used, or the file cannot be read.
    """
    given = {key: value for key, value in (flags or {}).items() if value is not None}
    _refuse_unknown_variables(os.environ)
    try:
        return Settings(**given)
    except ValidationError as error:
        lines = [_explain(str(fault["loc"][0]), fault["msg"], given) for fault in error.errors()]
        raise SettingsInvalid("\n".join(lines)) from None
    except tomllib.TOMLDecodeError as error:
        message = f"{_file()}: not valid TOML: {error}"
        raise SettingsInvalid(message) from None
    except (OSError, UnicodeDecodeError) as error:
        message = f"{_file()}: cannot be read: {error}"
        raise SettingsInvalid(message) from None


def _file() -> Path:
    named = os.environ.get("BENCAO_CONFIG")
    if not named:
        return Path(FILE_NAME)
    path = Path(named).expanduser()
    if not path.is_file():
        message = f"BENCAO_CONFIG names {named}, which is no file; write the file or unset the variable"
        raise SettingsInvalid(message, setting="BENCAO_CONFIG")
    return path


def _refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    known = {variable(name) for name in Settings.model_fields} | set(OTHER_VARIABLES)
    for name in sorted(environment):
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX) and name not in known:
            message = f"unknown environment variable {name}; {_suggest(name, known)}"
            raise SettingsInvalid(message, setting=name)


def _explain(setting: str, complaint: str, flags: Mapping[str, Any]) -> str:
    if setting not in Settings.model_fields:
        return f"{_file()}: unknown setting {setting!r}; {_suggest(setting, Settings.model_fields)}"
    if setting in flags:
        origin = flag(setting)
    elif variable(setting) in os.environ:
        origin = variable(setting)
    else:
        origin = f"{_file()}: {setting}"
    return f"{origin}: {complaint[0].lower()}{complaint[1:]} ({Settings.model_fields[setting].description})"


def _suggest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]}?" if near else "`bencao serve --help` lists all settings"
