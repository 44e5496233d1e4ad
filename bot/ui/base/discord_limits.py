"""Limits that Discord sets, each with its source. Limits of our own stand where they are used."""

from __future__ import annotations

from typing import Final

# Messages
# https://docs.discord.com/developers/components/reference
MAX_COMPONENTS: Final = 40  # of a message, nested ones included
# https://discordpy.readthedocs.io/en/stable/interactions/api.html#discord.ui.LayoutView
MAX_MESSAGE_TEXT: Final = 4000  # characters of all text of a message with components
# https://docs.discord.com/developers/resources/message#create-message
MAX_MESSAGE_BYTES: Final = 25 * 1024 * 1024  # of all files of one message together
MAX_NONCE: Final = 25  # characters
# https://docs.discord.com/developers/resources/message#attachment-object
MAX_ALT_TEXT: Final = 1024  # characters of an attachment's or gallery item's description

# Buttons, selects and forms
# https://docs.discord.com/developers/components/reference#anatomy-of-a-component
MAX_CUSTOM_ID: Final = 100  # characters
# https://docs.discord.com/developers/components/reference#action-row
MAX_ROW_BUTTONS: Final = 5
# https://docs.discord.com/developers/components/reference#string-select
MAX_OPTIONS: Final = 25  # of a select
MAX_OPTION_TEXT: Final = 100  # characters of an option's label, and of its description
# https://docs.discord.com/developers/components/reference#file-upload
MAX_UPLOADS: Final = 10  # files of one upload
# https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal
MAX_FORM_TITLE: Final = 45  # characters

# Autocompletion of commands
# https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-autocomplete
MAX_CHOICES: Final = 25
# https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-choice-structure
MAX_CHOICE: Final = 100  # characters of a choice's name, and of a text that is its value

# Error codes
# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
UNKNOWN_CHANNEL: Final = 10003
UNKNOWN_MESSAGE: Final = 10008
ALREADY_ANSWERED: Final = 40060  # the interaction has its first answer
UNKNOWN_INTERACTION: Final = 10062  # its time to be answered is over, or it was answered
REQUEST_TOO_LARGE: Final = 40005  # request entity too large
ARCHIVED: Final = 50083  # the thread is archived: nothing in it can be edited
NO_HISTORY: Final = 160002  # cannot reply without permission to read message history
