"""The words that the built-in safety knows, by theme and language.

Each value is a list of patterns (see `bot.domain.words.patterns`) with commas between. Accents and case do not
matter. Words are chosen for what they mean in prompts for pictures: one that is harmless more often than not
is left out, or stands only in a phrase; harmless phrases around the others are in `harmless`.
"""
