"""Phrases that hold a word of the other themes and mean nothing of the kind. They are taken out first."""

from __future__ import annotations

from typing import Final

_GARMENTS: Final = """
    (clothes|clothing|dress|shirt|t shirt|bikini|underwear|pants|trousers|jeans|shorts|skirt|top|swimsuit|outfit
    |robe|towel|towels|sweater|hoodie|uniform|cloth)"""

HARMLESS: Final = {
    "en": f"""
        naked mole (rat|rats), naked (eye|eyes|truth|cake|cakes|singularity|flame|flames|bulb|light bulb|lightbulb
        |neck chicken|neck chickens|bike|juice|gun|chef|oats|tree|trees|branch|branches|rock|rocks|cat|cats|sphynx
        |sphynx cat|wood|brick|bricks|concrete|metal|steel|wire|wires|snail|clam|lunch|burger|soil|earth|ambition
        |ape|island), (sphynx|hairless) naked cat, stark naked (tree|trees), barenaked ladies, nude (lipstick
        |lipsticks|lip|lips|lip gloss|gloss|heel|heels|pump|pumps|shoe|shoes|nail|nails|nail polish|manicure|color
        |colors|colour|colours|coloured|colored|tone|tones|toned|palette|shade|shades|beige|pink|makeup|make up
        |eyeshadow|blush|foundation|tights|stockings|dress|bag|sandals|stilettos|leather|fabric|background|pastel
        |pastels|mouse), (matte|soft|warm|beige) nude (lip|lips|nails|palette|tones|makeup), (nude|naked|unclothed
        |undressed|topless) (mannequin|mannequins|dress form|dummy|barbie|doll), undressed (salad|greens|leaves
        |lettuce|stone|stones|lumber|timber|wound|slaw|bed|window|windows|tree|trees), undressing (the|a) (salad
        |wound|tree|christmas tree|window|bed|set), nudibranch*, topless (car|cars|jeep|convertible|jeep wrangler
        |tower|bus), same sex, opposite sex, sex symbol, transparent (background|png|backdrop), (dog|cat|bear|bunny
        |animal|duck|mouse|fox|mascot|robot|monkey|chicken|donald duck|winnie the pooh|cartoon animal) (without|with
        no) (clothes|pants|trousers|clothing|shirt), (fair|fairer|gentle|weaker|stronger) sex, sex (education|ed
        |chromosome|chromosomes|ratio|determination|hormone|hormones|pistols|discrimination|equality|and the city),
        either sex, both sexes, battle of the sexes, sexual (orientation|reproduction|dimorphism|health|selection
        |harassment prevention|education), sexually dimorphic, breast cancer, (chicken|duck|turkey|goose|pheasant)
        breasts, (blue|coal|marsh|willow|crested|bearded|long tailed|penduline) tits, great tits (on|at|in|feeding
        |perched|eating), blue footed boobies, (boobies|booby) (bird|birds|nesting|island), booby trap*, pussy
        (willow|willows|cat|cats|riot|toes), pussy cat*, (anal|pelvic) fin, anal fins, (magna|summa|) cum laude,
        rape (field|fields|flower|flowers|blossom|blossoms|seed|seeds|oil|plant|plants), oilseed rape, horny (toad
        |toads|lizard|lizards|goloch|beetle), (wire|paint|cable) (stripper|strippers), strippers and pliers,
        erection of (a|the), (bottle|baby bottle|grease|pipe|brass|hex) (nipple|nipples), nipple (wrench|wrenches
        |fitting|fittings), cleavage (plane|planes), (crystal|mineral) cleavage, thong sandals, orgy of (colors
        |colours|color|colour), penis (snake|worm), phallic (rock|cactus), scrotum frog, sexy (car|cars|logo|font
        |shoes|sports car|bike|motorcycle|interior|kitchen), baby (goat|goats|blue|pink|oil|shark|yoda|groot
        |elephant|elephants|penguin|penguins|dragon|dragons|back ribs|carrots|corn|spinach|grand|doll dress|doll
        dresses|animals|bird|birds|turtle|turtles|panda|pandas|breath|s breath), kid (goat|goats|leather|gloves|rock
        |cudi|icarus), (goat|goats) and kid, boy george, boy (band|bands|short|shorts), pool boy, game boy,
        gameboy*, inner child, child s pose, destiny s child, ursa minor, teen titans, beach boys, pet shop boys,
        backstreet boys, lolita fashion, (gothic|sweet|classic) lolita (fashion|dress|style|outfit), (billy|karate
        |cisco|sundance) (the|) kid, kid s play, high school reunion, (?|??|three|five|six|seven|eight|ten|twelve
        |fifteen|sixteen|seventeen) year old (whisky|whiskey|scotch|wine|port|rum|cognac|car|tree|dog|cat|house
        |building|barn|castle|bottle|brandy|cheese|laptop|computer|truck|horse), (remove|removing|take|taking|delete
        |erase|lift|drop|get rid of) (the|a|that|this|all|) (off|) (red|blue|white|black|green|wet|old|dirty|)
        {_GARMENTS} (from|off|on|hanging on|hanging from|hanging over|lying on|draped over) (the|a|that|this)
        (wooden|white|black|red|old|clothes|coat|) (chair|hanger|hangers|rack|racks|line|bed|floor|wall|mannequin
        |mannequins|sofa|couch|hook|hooks|door|clothesline|table|washing line|background|shelf|shelves|closet
        |wardrobe|basket|railing|bench|store|window|picture frame|fence|radiator|drawer|laundry line), {_GARMENTS}
        (logo|logos|text|print|stain|stains|wrinkles|wrinkle|pattern|creases|tag|tags|label|graphic|brand|rack|racks
        |hanger|hangers|line|lint|shadow|reflection|pile|button|buttons|collar color|color|colour), remove (the|a
        |any|all) (clothes|clothing) (hanger|hangers|rack|racks|line|pegs|pins|pile|tags), drop cloth, drop cloths,
        no dress code, no pants day, no shirt no shoes no service, see through (glass|window|windows|plastic|bottle
        |phone|wall|ice|water|walls|case|curtain|curtains|umbrella), x ray (of|image|scan|photo), stripped (wood
        |wooden|floor|pine|bark|back|screw|wires)""",
    "de": """
        nackte (wand|wande|felsen|baume|aste|tatsachen|zahlen), nackter (fels|beton|stein), nacktschnecke*,
        nacktmull*, busen der natur, hot pants werbung""",
    "es": "arboles desnudos, ramas desnudas, pared desnuda, pechos de (pollo|pavo|pato), ojo desnudo",
    "it": "nudo e crudo, occhio nudo, a occhio nudo, messa a nudo",
    "fr": "oeil nu, a l oeil nu, arbres denudes, fil denude, fils denudes, meme sexe",
    "pl": "nagie (drzewa|skaly|galezie|fakty), piersi (z|kurczaka|z kurczaka|indyka), okiem nagim",
    "ru": """
        голые (деревья|ветки|ветви|скалы|стены|факты), голая (земля|правда|стена|ветка), голый (лес|бетон|король
        |землекоп)""",
    "tr": "ciplak (ayak*|goz*|agac*|kaya*|duvar*)",
    "ja": """
        裸足, 裸眼, 裸電球, 裸木, 裸一貫, 裸馬, 裸麦, 裸子植物, 裸の王様, 裸の木, 裸火, ヌードル, ヌードカラー,
        ヌードベージュ, ヌードリップ, スレイプニル, カロリ, フロリダ, グロリア, ロリポップ, ロリータファッション,
        クロリ, コロリ, 同性愛""",
    "zh": """
        赤裸裸, 裸色, 裸妆, 裸妝, 裸粉, 裸眼, 裸机, 裸機, 裸车, 裸車, 裸婚, 裸辞, 裸钻, 裸石, 裸麦, 裸子植物, 裸鼠,
        裸岩, 裸露的(岩石|土地|树枝|根|管道|砖墙|混凝土), (角|特|景|红|紅|蓝|藍|绿|綠|黑|白|粉|紫|灰|金|彩|脸|臉|暖
        |冷|黄)色情(感|绪|緒|调|調|景|侣|人), (热|熱|感|爱|愛|表|心|抒|激)情色(彩|调|調), (同|异|異|母|父|天|男
        |女)性(爱|愛), 脱衣机, 脱掉鞋, 脱掉帽""",
    "ko": """
        누드톤, 누드색, 누드 (톤|색|립|베이지), 누드김밥, 아이돌, 아이스, 아이폰, 아이템, 아이콘, 아이언, 아이패드,
        벗겨진 (페인트|나무)""",
    "ar": "(عاري|عارية) القدمين, العين (ال|)مجردة",
    "hi": "नंगे (पांव|पाँव|पैर|पैरों), नंगी (आंख|आँख|आंखों), नंगा पर्वत, nanga parbat, nange (pair|pav|paon)",
}
