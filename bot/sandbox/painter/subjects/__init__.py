"""What a picture is of: one vector drawing for each subject the painter knows."""

from bot.sandbox.painter.subjects.animals import ANIMALS
from bot.sandbox.painter.subjects.buildings import BUILDINGS
from bot.sandbox.painter.subjects.pen import Pen, Place, Subject
from bot.sandbox.painter.subjects.people import PEOPLE
from bot.sandbox.painter.subjects.plants import PLANTS
from bot.sandbox.painter.subjects.sea import SEA_LIFE
from bot.sandbox.painter.subjects.vehicles import VEHICLES

SUBJECTS: dict[str, Subject] = {**ANIMALS, **PEOPLE, **SEA_LIFE, **VEHICLES, **BUILDINGS, **PLANTS}

__all__ = ["SUBJECTS", "Pen", "Place", "Subject"]
