"""The settings, typed, from the environment and `.env`; all problems are reported together."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot.errors import SetupError

PREFIX: Final = "EASEL_"
NEAR: Final = 0.75  # the share of letters in common from which a name is taken for a misspelt one
_PLAIN: Final = ("DISCORD_TOKEN", "AIMLAPI_API_KEY", "AIMLAPI_BASE_URL", "DATABASE_URL", "DATA_DIR")
_BUDGETS: Final = (
    "easel_member_usd_per_day",
    "easel_member_usd_per_month",
    "easel_server_usd_per_day",
    "easel_server_usd_per_month",
)
_SECRETS: Final = ("DISCORD_TOKEN", "AIMLAPI_API_KEY", "DATABASE_URL")

HOW_TO_GET: Final = {
    "DISCORD_TOKEN": "create an application at https://discord.com/developers/applications, open its page "
    '"Bot" and press "Reset Token"',
    "AIMLAPI_API_KEY": "create a key at https://aimlapi.com/app/keys",
}


class AltTextSource(StrEnum):
    """Where the alt text of pictures comes from: their prompts, or a chat model, at a price."""

    PROMPT = "prompt"
    MODEL = "model"


class LogFormat(StrEnum):
    """How the log is written: as text for people, or as JSON for programs."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """The severity from which on messages are logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Shards:
    """The shards that a gateway serves, in order, of a `total` that is the same for all gateways of the bot."""

    ids: tuple[int, ...]
    total: int


MAX_SHARDS: Final = 10_000  # for 25 million servers, at the 2,500 to a shard that Discord allows
_SHARDS: Final = re.compile(r"((?:\d{1,5}(?:-\d{1,5})?,)*\d{1,5}(?:-\d{1,5})?)/(\d{1,5})", re.ASCII)


def shards_of(text: str) -> Shards:
    """Read single numbers and ranges of a total, such as `0-3/8` or `0,2/4`. Raises `ValueError`."""
    found = _SHARDS.fullmatch(re.sub(r"\s*([-,/])\s*", r"\1", text.strip()))
    if found is None:
        raise ValueError("must be shards and their total number, such as 0-3/8 or 0,2/4")
    total = int(found[2])
    if not 1 <= total <= MAX_SHARDS:
        raise ValueError(f"the total of {total} is not from 1 to {MAX_SHARDS}")
    ids: set[int] = set()
    for part in found[1].split(","):
        first, last = int(part.partition("-")[0]), int(part.rpartition("-")[2])
        if first > last:
            raise ValueError(f"{part} goes backwards; write {last}-{first}")
        if last >= total:
            raise ValueError(f"there is no shard {last}: a total of {total} has 0 to {total - 1}")
        ids.update(range(first, last + 1))
    return Shards(ids=tuple(sorted(ids)), total=total)


# Exact to a tenth of a cent, which is finer than any price.
Dollars = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=3)]


class Settings(BaseSettings):
    """The operator's settings. Each has the name of its environment variable; case does not matter."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, case_sensitive=False)

    discord_token: SecretStr | None = None
    aimlapi_api_key: SecretStr | None = None
    aimlapi_base_url: str = "https://api.aimlapi.com"
    database_url: SecretStr | None = None
    data_dir: Path = Path("./data")

    easel_model: str = "bytedance/seedream-4-5"
    easel_models: Annotated[tuple[str, ...], NoDecode] = ()
    easel_video_model: str = "minimax/hailuo-02"
    easel_video_api: Literal["universal", "legacy"] = "universal"
    easel_worker_concurrency: Annotated[int, Field(ge=1, le=256)] = 8
    easel_provider_timeout_s: Annotated[float, Field(ge=10, le=1800)] = 240
    easel_jobs_per_member: Annotated[int, Field(ge=1, le=100)] = 3
    easel_images_per_day: Annotated[int, Field(ge=0)] | None = 50
    easel_videos_per_day: Annotated[int, Field(ge=0)] | None = 3
    easel_member_usd_per_day: Dollars | None = None
    easel_member_usd_per_month: Dollars | None = None
    easel_server_usd_per_day: Dollars | None = None
    easel_server_usd_per_month: Dollars | None = None
    easel_balance_warn_usd: Dollars | None = Decimal(5)
    easel_moderator_roles: Annotated[frozenset[int], NoDecode] = frozenset()
    easel_operators: Annotated[frozenset[int], NoDecode] = frozenset()
    easel_notify_after_s: Annotated[float, Field(ge=0, le=86_400)] = 30
    easel_keep_originals_days: Annotated[int, Field(ge=0, le=3650)] = 30
    easel_keep_originals_mb: Annotated[int, Field(ge=0)] = 4096
    easel_keep_jobs_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    easel_enhance_model: str = "gpt-4o-mini"
    easel_describe_model: str = "gpt-4o-mini"
    easel_alt_text: AltTextSource = AltTextSource.PROMPT
    easel_c2pa_certificate: Path | None = None
    easel_c2pa_key: Path | None = None
    easel_shutdown_grace_s: Annotated[float, Field(ge=0, le=600)] = 20
    easel_guilds: Annotated[frozenset[int], NoDecode] = frozenset()
    easel_shards: Annotated[Shards | None, NoDecode] = None
    easel_health_bind: str = "127.0.0.1:8080"
    easel_log_level: LogLevel = LogLevel.INFO
    easel_log_format: LogFormat = LogFormat.TEXT

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use only the values that `load` passes: it reads the environment, `.env` and secret files itself."""
        return (init_settings,)

    @field_validator(
        "easel_images_per_day",
        "easel_videos_per_day",
        "easel_keep_jobs_days",
        "easel_balance_warn_usd",
        *_BUDGETS,
        mode="before",
    )
    @classmethod
    def _empty_is_no_limit(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator(
        "easel_models", "easel_guilds", "easel_moderator_roles", "easel_operators", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return _parts(value) if isinstance(value, str) else value

    @field_validator("easel_shards", mode="before")
    @classmethod
    def _read_shards(cls, value: object) -> object:
        return shards_of(value) if isinstance(value, str) else value

    @field_validator("easel_log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("easel_alt_text")
    @classmethod
    def _has_a_model(cls, value: AltTextSource, info: ValidationInfo) -> AltTextSource:
        if value is AltTextSource.MODEL and not info.data.get("easel_describe_model"):
            raise ValueError("model needs EASEL_DESCRIBE_MODEL, a chat model that sees pictures")
        return value

    @field_validator("aimlapi_base_url")
    @classmethod
    def _is_an_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an address such as https://api.aimlapi.com")
        if re.search(r"/v\d+/?$", parts.path):
            raise ValueError("must not end in a version: Easel adds /v1 itself")
        return value.rstrip("/")

    @field_validator("easel_health_bind")
    @classmethod
    def _is_host_and_port(cls, value: str) -> str:
        found = re.fullmatch(r"\S+:([0-9]{1,5})", value)
        if value and (found is None or int(found[1]) > 65_535):
            raise ValueError("must be host:port, such as 127.0.0.1:8080, or empty for none")
        return value

    @property
    def models(self) -> tuple[str, ...]:
        """The ids of the models on offer; the usual one comes first, that of videos second."""
        usual = filter(None, (self.easel_model, self.easel_video_model))
        return tuple(dict.fromkeys((*usual, *self.easel_models)))

    @property
    def keeps_originals(self) -> bool:
        """Whether results are kept after their delivery, for a while and within a size."""
        return bool(self.easel_keep_originals_days and self.easel_keep_originals_mb)

    @property
    def has_alt_text_written(self) -> bool:
        """Whether a chat model writes alt text, at a price; else the prompt is the alt text."""
        return self.easel_alt_text is AltTextSource.MODEL

    @property
    def balance_warn_micro_usd(self) -> int:
        """The balance in micro USD below which operators are warned; 0 for never."""
        return int((self.easel_balance_warn_usd or 0) * 1_000_000)

    @property
    def database_address(self) -> str:
        """The database's URL; without DATABASE_URL a SQLite file in DATA_DIR."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{(self.data_dir / 'easel.db').resolve()}"


def load(
    environ: Mapping[str, str],
    *,
    env_file: Path | None = Path(".env"),
    needed: Collection[str] = (),
    models: Collection[str] = (),
    videos: Collection[str] = (),
) -> Settings:
    """Read the settings; raises one `SetupError` that lists every problem.

    `environ` wins over `env_file`. `needed` names the secrets that the caller cannot work without; `models` are the
    ids that EASEL_MODEL may have, `videos` those of EASEL_VIDEO_MODEL, any if empty; EASEL_MODELS may have both.
    """
    settings, problems = read_environment(
        environ, env_file=env_file, needed=needed, models=models, videos=videos
    )
    if problems:
        raise SetupError(*problems)
    return settings


def read_environment(
    environ: Mapping[str, str],
    *,
    env_file: Path | None = Path(".env"),
    needed: Collection[str] = (),
    models: Collection[str] = (),
    videos: Collection[str] = (),
) -> tuple[Settings, list[str]]:
    """Read the settings as `load` does; return them, with the default of each that has a problem, and the problems.

    Raises `SetupError` for a file that cannot be read.
    """
    written: dict[str, str] = {}
    problems: list[str] = []
    if env_file is not None and env_file.is_file():
        text = _text_of(env_file)
        problems += _unreadable_lines(text, env_file)
        logging.getLogger("dotenv").setLevel(logging.ERROR)  # it warns of the same lines in words of its own
        values = dotenv_values(stream=StringIO(text))
        written = {key: value for key, value in values.items() if value is not None}
    values = written | dict(environ)
    known = {name.upper() for name in Settings.model_fields}
    problems += _unknown(values, written, known)
    given = {key.upper(): value for key, value in values.items() if key.upper() in known}
    problems += _read_secret_files(values, given)
    given = {name: value for name, value in given.items() if value != "" or name in _MAY_BE_EMPTY}
    problems += [f"{name} is not set: {HOW_TO_GET[name]}" for name in needed if name not in given]
    for name, ids in (
        ("EASEL_MODEL", models),
        ("EASEL_VIDEO_MODEL", videos),
        ("EASEL_MODELS", (*models, *videos)),
    ):
        value = given.get(name, "")
        named = _parts(value) if name == "EASEL_MODELS" else [value]
        if value and (unknown := _unknown_models(name, named, ids)):
            problems += unknown
            del given[name]
    while True:
        try:
            settings = Settings(**{name.lower(): value for name, value in given.items()})  # pyright: ignore[reportArgumentType]  # pydantic reads the strings
        except ValidationError as error:
            problems += [_sentence(detail) for detail in error.errors()]
            for name in {str(detail["loc"][0]).upper() for detail in error.errors()}:
                del given[name]
        else:
            return settings, problems


_MAY_BE_EMPTY: Final = frozenset(
    {
        "EASEL_IMAGES_PER_DAY",
        "EASEL_VIDEOS_PER_DAY",
        "EASEL_KEEP_JOBS_DAYS",
        "EASEL_BALANCE_WARN_USD",
        "EASEL_HEALTH_BIND",
        "EASEL_VIDEO_MODEL",
        "EASEL_ENHANCE_MODEL",
        "EASEL_DESCRIBE_MODEL",
        "EASEL_GUILDS",
        "EASEL_MODERATOR_ROLES",
        "EASEL_OPERATORS",
        *(name.upper() for name in _BUDGETS),
    }
)


def require(settings: Settings, *names: str) -> None:
    """Raise `SetupError` if one of these secrets is not set; it says how to get each of them."""
    missing = [name for name in names if getattr(settings, name.lower()) is None]
    if missing:
        raise SetupError(*(f"{name} is not set: {HOW_TO_GET[name]}" for name in missing))


def _text_of(env_file: Path) -> str:
    """Return the file's text without a byte order mark, which some editors write. Raises `SetupError`."""
    try:
        text = env_file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SetupError(f"{env_file} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # also UTF-16 without a mark
        raise SetupError(f"{env_file} is not UTF-8: open it in an editor and save it as UTF-8")
    return text


def _unreadable_lines(text: str, env_file: Path) -> list[str]:
    """Return a problem for each line that is no setting; its text may be half a secret, so it is not quoted."""
    broken = [each.original.line for each in parse_stream(StringIO(text)) if each.error]
    return [f"{env_file}: line {number} is not NAME=value; look for a missing quote" for number in broken]


def _unknown(values: Mapping[str, str], written: Collection[str], known: set[str]) -> list[str]:
    """Return a problem for each name with our prefix that we do not know, and for each misspelt one in the file."""
    ours = known | {f"{name}_FILE" for name in _SECRETS}
    names = [key for key in values if key.upper() not in ours]
    names = [
        key for key in names if key.upper().startswith(PREFIX) or (key in written and _nearest(key, known))
    ]
    return [f"{name} is no setting of Easel{_nearest(name, known)}" for name in sorted(names)]


def _unknown_models(name: str, named: Sequence[str], models: Collection[str]) -> list[str]:
    unknown = [model for model in dict.fromkeys(named) if models and model not in models]
    return [f"{name}: {model!r} is not a model Easel knows; use {' or '.join(models)}" for model in unknown]


def _parts(value: str) -> list[str]:
    return [part for part in re.split(r"[,\s]+", value) if part]


def _nearest(name: str, known: set[str]) -> str:
    """Return a question for the likeliest name. The prefix is left out: it makes all names look alike."""
    names = {each.removeprefix(PREFIX): each for each in known}
    close = get_close_matches(name.upper().removeprefix(PREFIX), names, n=1, cutoff=NEAR)
    return f"; did you mean {names[close[0]]}?" if close else ""


def _read_secret_files(values: Mapping[str, str], given: dict[str, str]) -> list[str]:
    """Add the secrets whose `NAME_FILE` is a path, as container platforms mount them; return the problems."""
    problems: list[str] = []
    for name in _SECRETS:
        path = values.get(f"{name}_FILE")
        if not path:
            continue
        if given.get(name):
            problems.append(f"{name} and {name}_FILE are both set: keep one")
            continue
        try:
            given[name] = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            problems.append(f"{name}_FILE names a file that cannot be read ({error.strerror})")
        except UnicodeDecodeError:
            problems.append(f"{name}_FILE names a file that is not text")
        else:
            if not given[name]:
                problems.append(f"{name}_FILE names a file that is empty")
    return problems


_SHAPES: Final = {  # of values, by pydantic's name for what is wrong with one
    "int_parsing": "must be a whole number, such as 20",
    "float_parsing": "must be a number, such as 20 or 0.5",
    "decimal_parsing": "must be dollars as a number, such as 5 or 0.50",
}


def _sentence(detail: Any) -> str:
    """Return what is wrong with a value and what it should be; a part of a list is an id."""
    name = str(detail["loc"][0]).upper() if detail["loc"] else "settings"
    if len(detail["loc"]) > 1 and detail["type"] == "int_parsing":
        return f"{name}: must be ids (whole numbers), separated by commas"
    message = _SHAPES.get(detail["type"]) or str(detail["msg"]).removeprefix("Value error, ")
    return f"{name}: {message[0].lower()}{message[1:]}"
