from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SetupError
from bot.settings import HOW_TO_GET, AltTextSource, LogFormat, LogLevel, Settings, Shards, load, require
from tests.tables import each_case

BUDGETS = (
    "EASEL_MEMBER_USD_PER_DAY",
    "EASEL_MEMBER_USD_PER_MONTH",
    "EASEL_SERVER_USD_PER_DAY",
    "EASEL_SERVER_USD_PER_MONTH",
)
EXAMPLE = Path(__file__).parents[2] / ".env.example"
SECRET_NAMES = ("DISCORD_TOKEN", "AIMLAPI_API_KEY", "DATABASE_URL")
TOKEN = "a-secret-that-must-not-be-seen"


def read(environ: Mapping[str, str] | None = None, env_file: Path | None = None) -> Settings:
    return load(environ or {}, env_file=env_file)


def complaint(environ: Mapping[str, str], env_file: Path | None = None) -> str:
    with pytest.raises(SetupError) as caught:
        load(environ, env_file=env_file)
    return str(caught.value)


def test_everything_has_its_default() -> None:
    settings = read()

    assert settings.model_dump() == {
        "discord_token": None,
        "aimlapi_api_key": None,
        "aimlapi_base_url": "https://api.aimlapi.com",
        "database_url": None,
        "data_dir": Path("./data"),
        "easel_model": "bytedance/seedream-4-5",
        "easel_models": (),
        "easel_video_model": "minimax/hailuo-02",
        "easel_video_api": "universal",
        "easel_worker_concurrency": 8,
        "easel_provider_timeout_s": 240,
        "easel_jobs_per_member": 3,
        "easel_images_per_day": 50,
        "easel_videos_per_day": 3,
        "easel_member_usd_per_day": None,
        "easel_member_usd_per_month": None,
        "easel_server_usd_per_day": None,
        "easel_server_usd_per_month": None,
        "easel_balance_warn_usd": 5,
        "easel_moderator_roles": frozenset(),
        "easel_operators": frozenset(),
        "easel_notify_after_s": 30,
        "easel_keep_originals_days": 30,
        "easel_keep_originals_mb": 4096,
        "easel_keep_jobs_days": None,
        "easel_enhance_model": "gpt-4o-mini",
        "easel_describe_model": "gpt-4o-mini",
        "easel_alt_text": AltTextSource.PROMPT,
        "easel_c2pa_certificate": None,
        "easel_c2pa_key": None,
        "easel_shutdown_grace_s": 20,
        "easel_guilds": frozenset(),
        "easel_shards": None,
        "easel_health_bind": "127.0.0.1:8080",
        "easel_log_level": LogLevel.INFO,
        "easel_log_format": LogFormat.TEXT,
    }


def test_without_an_address_the_store_is_a_file_under_the_data_folder(tmp_path: Path) -> None:
    assert read({"DATA_DIR": str(tmp_path)}).database_address == f"sqlite:///{tmp_path}/easel.db"
    assert read({"DATABASE_URL": "postgresql://h/d"}).database_address == "postgresql://h/d"


def test_every_problem_is_told_at_once() -> None:
    text = complaint(
        {
            "EASEL_WORKER_CONCURENCY": "9",
            "EASEL_JOBS_PER_MEMBER": "none",
            "EASEL_LOG_LEVEL": "loud",
            "AIMLAPI_BASE_URL": "https://api.aimlapi.com/v1",
            "DISCORD_TOKEN_FILE": "/nowhere/token",
        }
    )

    for name in (
        "EASEL_WORKER_CONCURENCY",
        "EASEL_JOBS_PER_MEMBER",
        "EASEL_LOG_LEVEL",
        "AIMLAPI_BASE_URL",
        "DISCORD_TOKEN_FILE",
    ):
        assert name in text
    assert len(text.splitlines()) == 6


def test_an_unknown_model_is_told_beside_other_problems_with_the_models_there_are() -> None:
    with pytest.raises(SetupError) as caught:
        load(
            {"easel_model": "seedream-9", "EASEL_JOBS_PER_MEMBER": "none"},
            env_file=None,
            models=("seedream-4", "seedream-5"),
        )

    assert "EASEL_MODEL: 'seedream-9' is not a model Easel knows; use seedream-4 or seedream-5" in str(
        caught.value
    )
    assert "EASEL_JOBS_PER_MEMBER" in str(caught.value)


def test_the_usual_models_are_always_on_offer_and_come_first() -> None:
    usual = ("bytedance/seedream-4-5", "minimax/hailuo-02")
    assert load({}, env_file=None).models == usual
    assert load({"EASEL_MODELS": ""}, env_file=None).models == usual
    given = {"EASEL_MODEL": "b", "EASEL_VIDEO_MODEL": "v", "EASEL_MODELS": "a, b c"}
    assert load(given, env_file=None).models == ("b", "v", "a", "c")
    assert load({"EASEL_VIDEO_MODEL": ""}, env_file=None).models == ("bytedance/seedream-4-5",)


def test_every_unknown_model_on_offer_is_told() -> None:
    with pytest.raises(SetupError) as caught:
        load({"EASEL_MODELS": "a,x,y"}, env_file=None, models=("a", "b"))

    for model in ("x", "y"):
        assert f"EASEL_MODELS: '{model}' is not a model Easel knows; use a or b" in str(caught.value)


@each_case("value", ["a,b", ",", " a "])
def test_the_usual_model_is_one(value: str) -> None:
    with pytest.raises(SetupError) as caught:
        load({"EASEL_MODEL": value}, env_file=None, models=("a", "b"))
    assert str(caught.value).count("is not a model Easel knows") == 1


@each_case("value", ["v,w", "v,", " ", " v "])
def test_the_usual_model_of_videos_is_one(value: str) -> None:
    with pytest.raises(SetupError) as caught:
        load({"EASEL_VIDEO_MODEL": value}, env_file=None, videos=("v", "w"))
    assert str(caught.value).count("is not a model Easel knows; use v or w") == 1


def test_one_problem_is_one_line() -> None:
    assert len(complaint({"EASEL_LOG_FORMAT": "xml"}).splitlines()) == 1


@each_case(
    ("wrong", "right"),
    [
        ("EASEL_WORKER_CONCURENCY", "EASEL_WORKER_CONCURRENCY"),
        ("EASEL_GUILD", "EASEL_GUILDS"),
        ("EASEL_LOGLEVEL", "EASEL_LOG_LEVEL"),
        ("easel_image_per_day", "EASEL_IMAGES_PER_DAY"),
        ("EASEL_DISCORD_TOKEN", "DISCORD_TOKEN"),
        ("EASEL_DATA_DIR", "DATA_DIR"),
    ],
)
def test_a_misspelt_setting_is_told_with_the_nearest_name(wrong: str, right: str) -> None:
    assert complaint({wrong: "1"}) == f"{wrong} is no setting of Easel; did you mean {right}?"


@each_case(
    "name", ["EASEL_XYZZY", "EASEL_PORT", "EASEL_TOKEN", "EASEL_FOLDER", "EASEL_ROLES", "EASEL_MODERATION"]
)
def test_an_unknown_setting_like_nothing_we_have_is_told_without_a_guess(name: str) -> None:
    assert complaint({name: "1"}) == f"{name} is no setting of Easel"


def test_what_belongs_to_others_is_left_alone() -> None:
    assert read({"PATH": "/bin", "DISCORD_WEBHOOK": "x", "HOME": "/"}) == read()


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_secret_can_be_read_from_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{TOKEN}\n", encoding="utf-8")

    secret = getattr(read({f"{name}_FILE": str(file)}), name.lower())

    assert secret.get_secret_value() == TOKEN


def test_a_secret_given_twice_is_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(TOKEN, encoding="utf-8")

    text = complaint({"DISCORD_TOKEN": TOKEN, "DISCORD_TOKEN_FILE": str(file)})

    assert text == "DISCORD_TOKEN and DISCORD_TOKEN_FILE are both set: keep one"


def test_a_secret_that_is_empty_beside_its_file_is_not_set_twice(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(TOKEN, encoding="utf-8")

    settings = read({"DISCORD_TOKEN": "", "DISCORD_TOKEN_FILE": str(file)})

    assert settings.discord_token is not None


def test_a_file_that_cannot_be_read_is_told_by_its_setting(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        assert complaint({"DISCORD_TOKEN_FILE": str(path)}).startswith(
            "DISCORD_TOKEN_FILE names a file that cannot be read ("
        )


@pytest.mark.parametrize("content", [b"\xff\xfe\x00binary", b"", b" \n"])
def test_a_file_that_holds_no_secret_is_told_by_its_setting(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)

    assert complaint({"DISCORD_TOKEN_FILE": str(file)}).startswith("DISCORD_TOKEN_FILE names a file ")


@each_case(("value", "micro_usd"), [("0.5", 500_000), ("0", 0), ("", 0)])
def test_nobody_is_warned_of_a_balance_below_nothing(value: str, micro_usd: int) -> None:
    assert read({"EASEL_BALANCE_WARN_USD": value}).balance_warn_micro_usd == micro_usd


@each_case("name", [name.upper() for name in Settings.model_fields])
def test_an_empty_value_is_the_default_or_none(name: str) -> None:
    settings = read({name: ""})

    if name in {
        "EASEL_IMAGES_PER_DAY",
        "EASEL_VIDEOS_PER_DAY",
        "EASEL_KEEP_JOBS_DAYS",
        "EASEL_BALANCE_WARN_USD",
    }:
        assert getattr(settings, name.lower()) is None
    elif name in {"EASEL_ENHANCE_MODEL", "EASEL_DESCRIBE_MODEL", "EASEL_VIDEO_MODEL"}:
        assert getattr(settings, name.lower()) == ""
    elif name == "EASEL_HEALTH_BIND":
        assert settings.easel_health_bind == ""
    else:
        assert settings == read()


@each_case(
    ("name", "value"),
    [
        ("EASEL_WORKER_CONCURRENCY", "0"),
        ("EASEL_WORKER_CONCURRENCY", "1.5"),
        ("EASEL_PROVIDER_TIMEOUT_S", "nan"),
        ("EASEL_PROVIDER_TIMEOUT_S", "inf"),
        ("EASEL_JOBS_PER_MEMBER", "-1"),
        ("EASEL_IMAGES_PER_DAY", "-1"),
        ("EASEL_VIDEOS_PER_DAY", "-1"),
        ("EASEL_KEEP_JOBS_DAYS", "0"),
        ("EASEL_IMAGES_PER_DAY", "many"),
        ("EASEL_MEMBER_USD_PER_DAY", "-0.01"),
        ("EASEL_MEMBER_USD_PER_MONTH", "0.0001"),
        ("EASEL_SERVER_USD_PER_DAY", "nan"),
        ("EASEL_SERVER_USD_PER_DAY", "inf"),
        ("EASEL_SERVER_USD_PER_MONTH", "1000001"),
        ("EASEL_SERVER_USD_PER_MONTH", "$5"),
        ("EASEL_MODERATOR_ROLES", "Moderator"),
        ("EASEL_OPERATORS", "1,you"),
        ("EASEL_NOTIFY_AFTER_S", "inf"),
        ("EASEL_NOTIFY_AFTER_S", "-1"),
        ("EASEL_SHUTDOWN_GRACE_S", "601"),
        ("EASEL_GUILDS", "12, twelve"),
        ("EASEL_ALT_TEXT", "llm"),
        ("EASEL_HEALTH_BIND", "8080"),
        ("EASEL_HEALTH_BIND", "localhost:http"),
        ("EASEL_HEALTH_BIND", "127.0.0.1:65536"),
        ("AIMLAPI_BASE_URL", "api.aimlapi.com"),
        ("AIMLAPI_BASE_URL", "ftp://api.aimlapi.com"),
        ("AIMLAPI_BASE_URL", "https://"),
        ("AIMLAPI_BASE_URL", "https://api.aimlapi.com/v1"),
        ("AIMLAPI_BASE_URL", "https://api.aimlapi.com/v2/"),
    ],
)
def test_a_value_that_makes_no_sense_is_told_by_its_name(name: str, value: str) -> None:
    assert complaint({name: value}).startswith(f"{name}: ")


@each_case(
    ("given_url", "read_url"),
    [
        ("https://api.aimlapi.com/", "https://api.aimlapi.com"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("https://gateway.example/aiml/", "https://gateway.example/aiml"),
    ],
)
def test_the_provider_may_be_elsewhere(given_url: str, read_url: str) -> None:
    assert read({"AIMLAPI_BASE_URL": given_url}).aimlapi_base_url == read_url


@each_case("name", ["EASEL_GUILDS", "EASEL_MODERATOR_ROLES", "EASEL_OPERATORS"])
@each_case("value", ["1,2", "1, 2", "1 2", " 1\t2 ,"])
def test_ids_are_read_in_any_common_notation(name: str, value: str) -> None:
    assert getattr(read({name: value}), name.lower()) == frozenset({1, 2})


@each_case(
    ("value", "ids", "total"),
    [
        ("0-3/8", (0, 1, 2, 3), 8),
        ("0,2/4", (0, 2), 4),
        ("0/1", (0,), 1),
        (" 6 - 7, 0 / 8 ", (0, 6, 7), 8),
        ("1-2,2/3", (1, 2), 3),
        ("9999/10000", (9999,), 10_000),
    ],
)
def test_shards_are_numbers_and_ranges_of_a_total(value: str, ids: tuple[int, ...], total: int) -> None:
    assert read({"EASEL_SHARDS": value}).easel_shards == Shards(ids=ids, total=total)


_NO_SHARDS = "must be shards and their total number, such as 0-3/8 or 0,2/4"


@each_case(
    ("value", "problem"),
    [
        *((value, _NO_SHARDS) for value in ("0-3", "a/b", "/8", "0-3/", "-1/4", "0-/4", "0,,1/4", "1 2/4")),
        *((value, _NO_SHARDS) for value in ("0-1-2/4", "0.5/4", "0/4/8", "٠/٤", "0/100000000")),
        ("5/4", "there is no shard 5: a total of 4 has 0 to 3"),
        ("0-4/4", "there is no shard 4: a total of 4 has 0 to 3"),
        ("4-2/8", "4-2 goes backwards; write 2-4"),
        ("0/0", "the total of 0 is not from 1 to 10000"),
        ("0-99998/99999", "the total of 99999 is not from 1 to 10000"),
    ],
)
def test_what_is_no_part_of_the_shards_is_told_in_one_line(value: str, problem: str) -> None:
    assert complaint({"EASEL_SHARDS": value}) == f"EASEL_SHARDS: {problem}"


@each_case("name", BUDGETS)
def test_a_budget_is_an_exact_number_of_dollars_and_nothing_is_no_budget(name: str) -> None:
    assert getattr(read({name: "0.042"}), name.lower()) == Decimal("0.042")
    assert getattr(read({name: "0"}), name.lower()) == 0
    assert getattr(read({name: ""}), name.lower()) is None


def test_alt_text_is_the_prompt_unless_a_model_is_to_write_it() -> None:
    assert not read().has_alt_text_written
    assert read({"EASEL_ALT_TEXT": "model"}).has_alt_text_written
    without_model = {"EASEL_ALT_TEXT": "model", "EASEL_DESCRIBE_MODEL": ""}
    assert complaint(without_model).startswith("EASEL_ALT_TEXT: model needs EASEL_DESCRIBE_MODEL")


def test_zero_a_day_are_none_at_all() -> None:
    assert read({"EASEL_IMAGES_PER_DAY": "0"}).easel_images_per_day == 0
    assert read({"EASEL_VIDEOS_PER_DAY": "0"}).easel_videos_per_day == 0


def test_names_and_log_levels_are_read_without_regard_to_case() -> None:
    settings = read({"easel_log_level": "debug", "Easel_Log_Format": "json"})

    assert (settings.easel_log_level, settings.easel_log_format) == (LogLevel.DEBUG, LogFormat.JSON)


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_text(
        'EASEL_JOBS_PER_MEMBER=7\nDISCORD_TOKEN="from file"\n# EASEL_GUILDS=1\n', encoding="utf-8"
    )
    return path


def test_settings_are_read_from_a_file_beside_the_environment(env_file: Path) -> None:
    settings = read(env_file=env_file)

    assert settings.easel_jobs_per_member == 7
    assert settings.discord_token is not None
    assert settings.discord_token.get_secret_value() == "from file"


def test_the_environment_beats_the_file(env_file: Path) -> None:
    assert read({"EASEL_JOBS_PER_MEMBER": "9"}, env_file).easel_jobs_per_member == 9


def test_the_environment_beats_the_file_whatever_the_case_of_the_name(env_file: Path) -> None:
    assert read({"easel_jobs_per_member": "9"}, env_file).easel_jobs_per_member == 9


def test_a_misspelt_setting_in_the_file_is_told_too(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("EASEL_GUILD=1\n", encoding="utf-8")

    assert "EASEL_GUILDS" in complaint({}, path)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("DISCORD_TOKN", "DISCORD_TOKEN"), ("DATADIR", "DATA_DIR"), ("AIMLAPI_APIKEY", "AIMLAPI_API_KEY")],
)
def test_a_misspelt_name_without_our_prefix_is_told_if_it_is_in_the_file(
    wrong: str, right: str, tmp_path: Path
) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text(f"{wrong}=x\nCOMPOSE_PROJECT_NAME=y\nDISCORD_TOKEN_FILE=\n")

    assert complaint({}, env_file) == f"{wrong} is no setting of Easel; did you mean {right}?"
    assert read({wrong: "x"}) == read()  # elsewhere it may belong to somebody else


def test_a_line_of_the_file_that_is_no_setting_is_told_without_its_text(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text('EASEL_JOBS_PER_MEMBER=7\nDISCORD_TOKEN="half a secret\n')

    assert complaint({}, env_file) == f"{env_file}: line 2 is not NAME=value; look for a missing quote"
    assert caplog.text == ""


@each_case(
    ("name", "value", "told"),
    [
        ("EASEL_IMAGES_PER_DAY", "many", "must be a whole number, such as 20"),
        ("EASEL_OPERATORS", "@ada", "must be ids (whole numbers), separated by commas"),
        ("EASEL_SERVER_USD_PER_MONTH", "$15", "must be dollars as a number, such as 5 or 0.50"),
        ("EASEL_SHUTDOWN_GRACE_S", "soon", "must be a number, such as 20 or 0.5"),
    ],
)
def test_a_value_of_another_shape_is_told_with_the_right_one(name: str, value: str, told: str) -> None:
    assert complaint({name: value}) == f"{name}: {told}"


def test_a_file_that_is_not_there_is_no_problem(tmp_path: Path) -> None:
    assert read(env_file=tmp_path / ".env") == read()


@each_case("name", SECRET_NAMES)
def test_secrets_are_never_seen_in_what_settings_print(name: str) -> None:
    settings = read({name: TOKEN})

    assert TOKEN not in repr(settings)
    assert TOKEN not in str(settings)
    assert TOKEN not in f"{settings.model_dump()}"


@each_case("name", SECRET_NAMES)
def test_a_complaint_never_repeats_a_secret(name: str) -> None:
    assert TOKEN not in complaint({name: TOKEN, "EASEL_LOG_LEVEL": "loud", f"EASEL_{name}": TOKEN})


@given(name=st.sampled_from(sorted(Settings.model_fields)), value=st.text(max_size=30))
def test_any_value_is_either_read_or_told_in_a_sentence(name: str, value: str) -> None:
    try:
        read({name.upper(): value})
    except SetupError as error:
        assert name.upper() in str(error)  # noqa: PT017  # either outcome is right


def test_what_is_missing_is_told_with_how_to_get_it() -> None:
    with pytest.raises(SetupError) as caught:
        require(read(), "DISCORD_TOKEN", "AIMLAPI_API_KEY")

    text = str(caught.value)
    for name in ("DISCORD_TOKEN", "AIMLAPI_API_KEY"):
        assert f"{name} is not set: {HOW_TO_GET[name]}" in text
    assert "https://discord.com/developers/applications" in text
    assert "https://aimlapi.com/app/keys" in text


def test_what_is_there_is_not_asked_for() -> None:
    require(read({"DISCORD_TOKEN": TOKEN}), "DISCORD_TOKEN")
    with pytest.raises(SetupError, match=r"^AIMLAPI_API_KEY is not set"):
        require(read({"DISCORD_TOKEN": TOKEN}), "DISCORD_TOKEN", "AIMLAPI_API_KEY")


def test_the_example_is_a_file_that_can_be_copied_as_it_is() -> None:
    assert read(env_file=EXAMPLE) == read()


def test_the_example_shows_every_setting_with_its_default(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    shown = dict(line.lstrip("#").split("=", 1) for line in lines if re.match(r"#?[A-Z0-9_]+=", line))

    assert set(shown) == {name.upper() for name in Settings.model_fields}
    shown = {name: value for name, value in shown.items() if name != "DATABASE_URL"}
    assert read(shown) == read()


def test_a_file_of_settings_that_cannot_be_read_is_a_readable_problem(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)

    assert complaint({}, env_file) == f"{env_file} cannot be read (Permission denied)"


def test_a_byte_order_mark_before_the_first_setting_does_not_hide_it(env_file: Path) -> None:
    env_file.write_bytes(b"\xef\xbb\xbf" + env_file.read_bytes())

    assert read(env_file=env_file).easel_jobs_per_member == 7


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_a_file_of_settings_in_another_encoding_is_told_in_a_line_with_what_to_do(
    encoding: str, env_file: Path
) -> None:
    env_file.write_bytes("# für uns\nEASEL_JOBS_PER_MEMBER=7\n".encode(encoding))

    assert complaint({}, env_file) == f"{env_file} is not UTF-8: open it in an editor and save it as UTF-8"
