"""Operations of `bot.domain.ports.ShelfStore`."""
