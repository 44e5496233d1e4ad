"""compose.yaml: every service in it could start, and nobody gets a password that others know."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from bot.__main__ import main
from bot.domain.video import VideoModel
from bot.seedream.catalogue import SEEDREAM_MODELS
from bot.seedream.video import VIDEO_MODELS
from bot.settings import Settings, Shards, load
from tests.tables import each_case

ROOT: Final = Path(__file__).parents[2]
COMPOSE: Final[dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: Final[dict[str, dict[str, Any]]] = COMPOSE["services"]
EASEL: Final = [
    name for name, service in SERVICES.items() if "build" in service and "entrypoint" not in service
]
_TOLD: Final = re.compile(r"docker compose ((?:--profile \w+ )?)(up -d|exec|logs -f)((?: [a-z]+)*)")
SECRETS: Final = {"DISCORD_TOKEN": "a", "AIMLAPI_API_KEY": "b"}


def test_without_a_profile_it_is_one_service_on_sqlite() -> None:
    assert [name for name, service in SERVICES.items() if "profiles" not in service] == ["easel"]
    assert "environment" not in SERVICES["easel"]


@pytest.mark.parametrize("name", EASEL)
def test_every_command_of_easel_is_one_that_it_knows(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = shlex.split(SERVICES[name].get("command", "run"))
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0, capsys.readouterr().err


def test_the_health_check_of_the_image_is_a_command_that_easel_knows() -> None:
    [words] = re.findall(r"^HEALTHCHECK .* CMD \[(.*)\]", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert [word.strip('" ') for word in words.split(",")] == ["python", "-m", "bot", "health"]


@pytest.mark.parametrize("name", EASEL)
def test_its_settings_are_ones_that_easel_takes(name: str, tmp_path: Path) -> None:
    environ: dict[str, str] = dict(SERVICES[name].get("environment", {}))
    if "DATABASE_URL_FILE" in environ:
        (tmp_path / "url").write_text("postgresql://easel:a-password@database/easel")
        environ["DATABASE_URL_FILE"] = str(tmp_path / "url")
    env_file = SECRETS | {"DATABASE_URL": "sqlite:////data/mine.db"}  # the single process's
    settings = _loaded(env_file | environ)
    assert settings.easel_health_bind.endswith(":8080")
    assert settings.database_address.partition(":")[0] == ("sqlite" if name == "easel" else "postgresql")


def _loaded(environ: dict[str, str]) -> Settings:
    videos: dict[str, VideoModel] = dict(VIDEO_MODELS)
    return load(environ, env_file=None, models=SEEDREAM_MODELS, videos=videos)


@each_case("name", EASEL)
def test_each_easel_can_neither_write_to_its_root_nor_gain_rights_and_has_time_to_stop(name: str) -> None:
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert "no-new-privileges:true" in service["security_opt"]
    assert int(service["stop_grace_period"].removesuffix("s")) > _loaded(dict(SECRETS)).easel_shutdown_grace_s


def test_the_two_gateways_in_comments_serve_every_shard_between_them() -> None:
    text = (ROOT / "compose.yaml").read_text()
    text = re.sub(r"^(    )# (environment: \{<<)", r"\1\2", text, flags=re.MULTILINE)
    text = re.sub(r"^  # (gateway-2:|  )", r"  \1", text, flags=re.MULTILINE)
    services = yaml.safe_load(text)["services"]
    shards: list[Shards | None] = []
    for name in ("gateway", "gateway-2"):
        environ: dict[str, str] = dict(services[name]["environment"])
        assert environ.pop("DATABASE_URL_FILE") == "/run/passwords/url"
        shards.append(_loaded({**SECRETS, **environ}).easel_shards)
    first, second = shards
    assert first is not None
    assert second is not None
    assert first.total == second.total
    assert sorted(first.ids + second.ids) == list(range(first.total))
    assert {**services["gateway-2"], "environment": {}} == {**services["gateway"], "environment": {}}


def test_whatever_a_service_needs_is_there() -> None:
    for name, service in SERVICES.items():
        assert set(service.get("depends_on", {})) <= set(SERVICES), name
        for source in (volume.split(":")[0] for volume in service.get("volumes", [])):
            assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], name


@each_case("name", SERVICES)
def test_nothing_is_mounted_in_the_place_of_another_mount(name: str) -> None:
    mounts = [*SERVICES[name].get("tmpfs", []), *_volumes(name).values()]
    targets = [mount.split(":")[0] for mount in mounts]
    assert len(targets) == len(set(targets)), targets


def _volumes(name: str) -> dict[str, str]:
    """Each volume of a service, and where it is mounted."""
    return {volume.split(":")[0]: volume.split(":")[1] for volume in SERVICES[name].get("volumes", [])}


def test_pictures_that_are_paid_for_outlive_the_container_that_painted_them() -> None:
    for name in EASEL:
        is_painting = SERVICES[name].get("command", "run") != "gateway"
        assert ("/data" in _volumes(name).values()) == is_painting, name


def test_prometheus_asks_every_process_of_easel_at_its_port() -> None:
    told = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    [found] = told["scrape_configs"][0]["dns_sd_configs"]
    scaled = [name for name in EASEL if name != "easel"]
    assert sorted(found["names"]) == sorted(scaled)
    assert {SERVICES[name]["environment"]["EASEL_HEALTH_BIND"] for name in scaled} == {
        f"0.0.0.0:{found['port']}"
    }


@each_case("page", ["compose.yaml", "README.md", "docs/operations.md", "docs/scaling.md"])
def test_every_service_and_profile_that_is_told_of_exists(page: str) -> None:
    profiles = {profile for service in SERVICES.values() for profile in service.get("profiles", [])}
    for profile, verb, names in _TOLD.findall((ROOT / page).read_text()):
        assert set(profile.split()[1:]) <= profiles
        meant = names.split() if verb == "up -d" else names.split()[:1]
        assert set(meant) <= set(SERVICES), names


# Passwords


def test_no_password_is_written_in_it_or_has_a_default() -> None:
    lines = [line for line in (ROOT / "compose.yaml").read_text().splitlines() if "PASSWORD" in line]
    assert len(lines) == 2
    assert all(re.search(r"_FILE: /run/passwords/password$", line) for line in lines)
    assert "${" not in (ROOT / "compose.yaml").read_text()


def _make_passwords(*folders: Path) -> None:
    script = SERVICES["passwords"]["volumes"][0].split(":")[0]
    for folder in folders:
        folder.mkdir(exist_ok=True)
    subprocess.run([sys.executable, ROOT / script, *folders], check=True)


def test_passwords_are_made_once_and_differ(tmp_path: Path) -> None:
    database, grafana = tmp_path / "database", tmp_path / "grafana"
    _make_passwords(database, grafana)
    first = (database / "password").read_text()
    _make_passwords(database, grafana)
    assert (database / "password").read_text() == first != (grafana / "password").read_text()
    assert len(first) >= 32
    assert sorted(path.name for path in tmp_path.glob("*/*")) == ["password", "password", "url"]


def test_passwords_are_made_where_a_start_was_cut_off(tmp_path: Path) -> None:
    database, grafana = tmp_path / "database", tmp_path / "grafana"
    for folder in (database, grafana):
        folder.mkdir()
        (folder / "password.new").symlink_to(tmp_path / "nowhere" / "at all")  # nothing can write to it

    _make_passwords(database, grafana)

    assert sorted(path.name for path in tmp_path.glob("*/*")) == ["password", "password", "url"]
    assert not (database / "password").is_symlink()


def test_easel_reads_the_address_with_the_password_of_the_database(tmp_path: Path) -> None:
    _make_passwords(tmp_path / "database", tmp_path / "grafana")
    settings = _loaded({**SECRETS, "DATABASE_URL_FILE": str(tmp_path / "database" / "url")})
    assert settings.database_url is not None
    password = (tmp_path / "database" / "password").read_text()
    assert settings.database_url.get_secret_value() == f"postgresql://easel:{password}@database/easel"
