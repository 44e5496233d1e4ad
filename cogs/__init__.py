"""Commands: one file for each family. They parse, call one service and answer."""
