"""Translation by gettext. English is the source."""

from __future__ import annotations

import gettext

_catalogue = gettext.NullTranslations()

_ = _catalogue.gettext
n_ = _catalogue.ngettext
