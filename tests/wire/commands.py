"""The commands a bot registered, and a person's choices as Discord would send them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from tests.wire.cdn import Upload
from tests.wire.payloads import attachment_json, channel_json, member_json, user_json
from tests.wire.state import Channel, JsonDict, User, World

OptionValue = str | int | float | bool | User | Channel | Upload


class OptionKind(IntEnum):
    """Types of options (docs: interactions/application-commands)."""

    SUBCOMMAND = 1
    GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


class CommandBook:
    """What was PUT last, for everywhere (None) and for each guild."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._commands: dict[int | None, list[JsonDict]] = {}
        self._ids: dict[tuple[int | None, str, int], int] = {}

    def replace(self, guild_id: int | None, bodies: Sequence[JsonDict]) -> list[JsonDict]:
        """Bulk overwrite; a command keeps its id while its name and type stay."""
        self._commands[guild_id] = [self._registered(guild_id, body) for body in bodies]
        self._world.changes.notify()
        return self._commands[guild_id]

    def listed(self, guild_id: int | None) -> list[JsonDict]:
        return self._commands.get(guild_id, [])

    def find(self, name: str, guild_id: int | None, *, command_type: int = 1) -> JsonDict:
        """The command a person in this place sees. Raises `LookupError` where there is none."""
        for command in [*self.listed(guild_id), *self.listed(None)]:
            if (command["name"], command["type"]) == (name, command_type):
                return command
        raise LookupError(f"no command {name!r} of type {command_type} is registered")

    def _registered(self, guild_id: int | None, body: JsonDict) -> JsonDict:
        kind: int = body.get("type", 1)
        key = (guild_id, body["name"], kind)
        command_id = self._ids.setdefault(key, self._world.ids.next())
        known: JsonDict = {
            "id": str(command_id),
            "application_id": str(self._world.bot.id),
            "version": str(self._world.ids.next()),
            "type": kind,
            "description": "",
        }
        return known | body | ({"guild_id": str(guild_id)} if guild_id else {})


@dataclass(slots=True, kw_only=True)
class Choices:
    """A person's values for one command, and the `resolved` objects they bring along."""

    world: World
    resolved: JsonDict = field(default_factory=dict[str, Any])

    def data(self, command: JsonDict, path: Sequence[str], values: Mapping[str, OptionValue]) -> JsonDict:
        """`data` of an APPLICATION_COMMAND; `path` is the command's name and its subcommands'.

        Raises `LookupError` for what the command does not have or misses, `TypeError` for a value
        the person's Discord would not have let through.
        """
        options = self._options(command.get("options", []), path[1:], values)
        data: JsonDict = {"id": command["id"], "name": command["name"], "type": 1, "options": options}
        return data | ({"resolved": self.resolved} if self.resolved else {})

    def typing(
        self,
        command: JsonDict,
        path: Sequence[str],
        focused: str,
        text: str,
        values: Mapping[str, OptionValue],
    ) -> JsonDict:
        """`data` of an autocompletion: `text` so far for the option `focused`, beside finished `values`."""
        specs: list[JsonDict] = command.get("options", [])
        groups: list[JsonDict] = []
        for name in path[1:]:
            groups.append(next(each for each in specs if each["name"] == name))
            specs = groups[-1].get("options", [])
        field = next(each for each in specs if each["name"] == focused and each.get("autocomplete"))
        options = [self._option(each, values[each["name"]]) for each in specs if each["name"] in values]
        options.append({"name": focused, "type": field["type"], "value": text, "focused": True})
        for group in reversed(groups):
            options = [{"name": group["name"], "type": group["type"], "options": options}]
        return {"id": command["id"], "name": command["name"], "type": 1, "options": options}

    def _options(
        self, specs: list[JsonDict], path: Sequence[str], values: Mapping[str, OptionValue]
    ) -> list[JsonDict]:
        if path:
            spec = next((each for each in specs if each["name"] == path[0]), None)
            if spec is None:
                raise LookupError(f"there is no subcommand {path[0]!r}")
            inner = self._options(spec.get("options", []), path[1:], values)
            return [{"name": spec["name"], "type": spec["type"], "options": inner}]
        if unknown := set(values) - {spec["name"] for spec in specs}:
            raise LookupError(f"the command has no option {sorted(unknown)}")
        missing = [spec["name"] for spec in specs if spec.get("required") and spec["name"] not in values]
        if missing:
            raise LookupError(f"the command needs {missing}")
        return [self._option(spec, values[spec["name"]]) for spec in specs if spec["name"] in values]

    def _option(self, spec: JsonDict, value: OptionValue) -> JsonDict:
        sent = self._encode(OptionKind(spec["type"]), value)
        listed: list[JsonDict] = spec.get("choices") or []
        choices = [choice["value"] for choice in listed]
        if choices and sent not in choices:
            raise TypeError(f"{spec['name']}: {value!r} is not among {choices}")
        return {"name": spec["name"], "type": spec["type"], "value": sent}

    def _encode(self, kind: OptionKind, value: OptionValue) -> str | int | float | bool:
        match kind, value:
            case (OptionKind.BOOLEAN, bool()) | (OptionKind.STRING, str()):
                return value
            case (OptionKind.INTEGER, int()) | (OptionKind.NUMBER, int() | float()) if value is not True:
                return value
            case (OptionKind.ROLE, int()):
                return str(value)
            case (OptionKind.USER | OptionKind.MENTIONABLE, User()):
                return self._user(value)
            case (OptionKind.CHANNEL, Channel()):
                return self._bring("channels", value.id, self._channel(value))
            case (OptionKind.ATTACHMENT, Upload()):
                return self.upload(value)
            case _:
                raise TypeError(f"{value!r} is no value for an option of type {kind.name}")

    def upload(self, upload: Upload) -> str:
        """Host a file as Discord does with what people attach to commands and forms; its id."""
        attachment_id = self.world.ids.next()
        folder = f"ephemeral-attachments/{self.world.bot.id}"
        attachment = self.world.cdn.keep(upload, attachment_id=attachment_id, folder=folder)
        return self._bring("attachments", attachment_id, attachment_json(self.world, attachment))

    def _user(self, user: User) -> str:
        member = member_json(user, permissions=user.permissions)
        del member["user"]  # resolved members are partial
        self._bring("members", user.id, member)
        return self._bring("users", user.id, user_json(user))

    def _channel(self, channel: Channel) -> JsonDict:
        return channel_json(self.world, channel, permissions=channel.bot_permissions)

    def _bring(self, group: str, object_id: int, shown: JsonDict) -> str:
        self.resolved.setdefault(group, {})[str(object_id)] = shown
        return str(object_id)


def read_uploads(files: Mapping[str, tuple[str, bytes]]) -> dict[str, Upload]:
    """`{"image": ("cat.png", b"…")}` → uploads by option."""
    return {name: Upload(filename=filename, data=data) for name, (filename, data) in files.items()}
