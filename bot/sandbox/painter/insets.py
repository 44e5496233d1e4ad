"""The other references of an edit: a row of small framed prints, numbered as the person sent them."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

from bot.sandbox.painter.brief import Brief
from bot.sandbox.painter.canvas import Canvas, resized

_FRAME = (250, 246, 236)
_MANY = 5  # more prints than this are made smaller
_INK = (70, 64, 60)


def paint_insets(
    canvas: Canvas, pictures: list[Image.Image], brief: Brief, *, floor: float, room: float
) -> None:
    """One print for each picture, standing on `floor`, numbered from 2, slightly askew.

    They keep to the left `room` pixels, in as many rows as that takes.
    """
    dice, count = brief.dice("insets"), len(pictures)
    side = min(canvas.mean * 0.15, room / 3.6)
    if count > _MANY:
        side = min(side * 0.74, room / 8)
    step = side * 1.13
    across = max(1, min(count, int(room / step)))
    rows = -(-count // across)
    across = -(-count // rows)
    margin = canvas.mean * 0.035
    for index, picture in enumerate(pictures):
        row, place = divmod(index, across)
        x = margin + side / 2 + place * step
        y = floor - side * 0.62 - (rows - 1 - row) * side * 1.3
        _paint_print(canvas, picture, index + 2, (x, y), side, dice.uniform(-2.6, 2.6))


def _paint_print(
    canvas: Canvas, picture: Image.Image, number: int, centre: tuple[float, float], side: float, turn: float
) -> None:
    wide, tall, edge = round(side), round(side * 1.2), round(side * 0.06)
    card = Image.new("RGBA", (wide, tall), (*_FRAME, 255))
    inner = wide - 2 * edge
    card.paste(resized(picture, (inner, inner), Image.Resampling.LANCZOS), (edge, edge))
    pen = ImageDraw.Draw(card)
    font = ImageFont.load_default(max(8, round(side * 0.1)))
    pen.text((wide / 2, wide + (tall - wide) * 0.36), str(number), font=font, fill=_INK, anchor="mm")
    roomy = Image.new("RGBA", (wide + 8, tall + 8), (*_FRAME, 0))
    roomy.paste(card, (4, 4))
    turned = roomy.rotate(turn, Image.Resampling.BICUBIC, expand=True)
    x, y = round(centre[0] - turned.width / 2), round(centre[1] - turned.height / 2)
    half_x, half_y = wide / 2, tall / 2
    cx, cy = centre[0] + side * 0.02, centre[1] + side * 0.05
    corners = [
        (cx - half_x, cy - half_y),
        (cx + half_x, cy - half_y),
        (cx + half_x, cy + half_y),
        (cx - half_x, cy + half_y),
    ]
    canvas.fill([corners], (8, 8, 14), alpha=0.5, blur=side * 0.05)
    canvas.image.paste(turned.convert("RGB"), (x, y), turned.getchannel("A"))
