"""The slash commands and menus, one file per family. They parse options, call one service and answer."""
