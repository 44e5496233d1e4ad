"""Taking clothes off somebody: in any prompt (`UNDRESSING`), and only where pictures are attached."""

from __future__ import annotations

from typing import Final

_CLOTHES: Final = """
    (clothes|clothing|cloth|garment|garments|dress|shirt|tshirt|t shirt|bra|bras|bikini|underwear|panties|undies
    |pants|trousers|jeans|shorts|skirt|blouse|swimsuit|swimwear|outfit|lingerie|leggings|bathing suit|robe|nightgown
    |stockings|attire)"""

_WHOSE: Final = """
    (the|her|his|their|its|this|that|these|all|any|my|of|every|) (her|his|their|the|of|s|) (the|her|his|their
    |remaining|tight|red|black|white|blue|wet|)"""

_PERSON: Final = """
    (her|him|them|she|he|woman|women|girl|girls|lady|ladies|man|men|boy|boys|guy|person|people|model|subject|me
    |someone|child|children|kid|kids|teen|teenager|toddler|baby|schoolgirl)"""

_REMOVE: Final = """
    (remove|removing|removes|removed|take off|takes off|taking off|took off|strip off|strip away|stripping off|pull
    off|pulling off|pull down|pulling down|pull up|lift up|rip off|tear off|erase|delete|get rid of|lose|drop|cut
    off|slip off|slipping off|shed|sheds|shedding|discard|peel off|unbutton|unzip|unhook|undo|lift)"""


UNDRESSING: Final = {
    "en": f"""
        undress, undresses, undressed, undressing, unclothe, disrobe, disrobes, nudify, nudifies, nudified,
        nudifier, nudifying, undress ai, deepnude, deep nude, clothoff, declothe*, {_REMOVE} {_WHOSE} {_CLOTHES},
        {_REMOVE} (the|this|that|a|my|) ?* s {_CLOTHES}, {_REMOVE} (the|a|that|this) {_PERSON} (s|) {_CLOTHES}, take
        (her|his|their|all|the) ... (clothes|clothing|dress|shirt|bra|bikini|underwear|panties|pants|skirt|outfit)
        off, (clothes|clothing|dress|shirt|bra|bikini|underwear|panties|pants|skirt|outfit) (coming off|falling off
        |torn off|ripped off|taken off|removed|disappear|disappears|off her|off him|vanish|vanishes|melting off|melt
        away), (without|no|minus|sans|zero) (any|her|his|their|) (clothes|clothing|underwear|panties|bra|pants
        |garments|dress|clothes on|clothing on|attire), (strip|stripping) (her|him|them|me|off|the woman|the girl
        |the man|this woman|this girl|naked|nude|down), strips naked, (remove|take off) everything (she|he|they)
        (wears|wear|is wearing|has on), take everything off, take off everything, (out of|off) (her|his|their)
        clothes, w o clothes, stripped down to, stripped of (her|his|their|all), (make|makes|making|turn|render|get)
        {_PERSON} (naked|nude|topless|bottomless), nothing but skin, clothes free, (nude|naked) (version|edit), nude
        fake, fake nude, fake nudes, x ray (clothes|clothing|vision through|her|his), xray (clothes|clothing|vision
        through|her|his), see through (her|his|their) (clothes|clothing|dress|shirt), (clothes|clothing|dress|shirt
        |outfit|top|bikini|her top) (transparent|invisible|see through), make (her|his|their|the) ... (clothes
        |clothing|dress|shirt|outfit|top) (transparent|invisible|see through|sheer), (transparent|invisible|see
        through) (clothes|clothing|dress|shirt|outfit|blouse)""",
    "de": """
        entkleide*, ausziehen, zieh sie aus, zieh ihn aus, auszieht, zieht (sie|ihn) aus, ausgezogen*, entferne*
        (die|ihre|seine|alle) (kleidung|kleider|hose|unterwasche), entferne* (das|ihr) (kleid|oberteil|hemd), ohne
        kleidung, ohne kleider, ohne klamotten""",
    "fr": """
        deshabill*, enleve* (ses|les|tous ses|son|sa|la|le) (vetements|habits|robe|chemise|haut|culotte|soutien
        gorge), retire* (ses|les|son|sa|la|le) (vetements|habits|robe|chemise|haut), sans vetements, devetu*""",
    "es": """
        desvest*, desvist*, desnudala, desnudalo, quita* (la|su|toda la|toda su) ropa, quitale la ropa, quitarle la
        ropa, quita* (el|su) (vestido|sosten|bikini), sin ropa""",
    "pt": """
        despir, despida, despindo, tire a roupa, tirar a roupa, tira a roupa, tirando a roupa, remov* (a|as|sua
        |suas) (roupa|roupas), sem roupa, sem roupas""",
    "it": """
        spogliala, spoglialo, spogliare, spoglia*, togli* (i|gli|i suoi|tutti i) vestiti, rimuovi* (i|gli|i suoi)
        vestiti, togli* (il|la) (vestito|camicia), senza vestiti, svestit*, svestire""",
    "nl": """
        uitkleden, kleed (haar|hem) uit, uitgekleed, verwijder* (haar|zijn|de|alle) (kleren|kleding|jurk), trek
        (haar|zijn) kleren uit, zonder kleren, zonder kleding""",
    "pl": """
        rozbierz, rozebrac, rozbieraj*, rozbiera*, zdejmij (jej|jego|jej wszystkie|ubranie|ubrania|sukienke), usun
        (jej|jego|) (ubranie|ubrania|sukienke), zdjac ubranie, bez ubrania, bez ubran""",
    "ru": """
        раздень, раздеть, раздевает*, раздева*, разденьте, сними (с нее|с него|одежду|платье|с нее одежду|с него
        одежду), снять (с нее|)одежду, убери (ее|его|) одежду, удали (ее|его|) одежду, без одежды""",
    "tr": """
        soy onu, soyun, soyunan, soyunuyor, soyunmus, kiyafetlerini (cikar*|kaldir*|sil*), elbisesini (cikar*
        |kaldir*|sil*), giysilerini (cikar*|kaldir*|sil*), ustunu cikar*, kiyafetsiz""",
    "ja": "服を脱, 脱がせ, 脱がし, 脱いで, 服を消, 服を取, 服を除, 服を透, 服なし, 脱衣, 衣服を取り除",
    "zh": """
        脱衣服, 脫衣服, 脱光, 脫光, 脱掉, 脫掉, 脱下衣, 去掉衣服, 去除衣服, 移除衣服, 去衣, 没穿衣服, 沒穿衣服,
        不穿衣服, 透视衣服, 脱衣, 脫衣""",
    "ko": "옷을 벗, 옷 벗, 벗겨, 벗기, 옷을 제거, 옷 제거, 옷을 지워, 옷 없이, 탈의",
    "ar": """
        (انزع|ازل|اخلع|احذف|ازالة|خلع) (ملابسها|ملابسه|الملابس|ثيابها|الثياب), بدون ملابس, بلا ملابس, عرها, تعرية""",
    "hi": """
        कपड़े (उतारो|उतार|हटाओ|हटा|निकालो|उतारना|उतारते), कपड़े उतर*, बिना कपड़ों, बिना कपड़े, निर्वस्त्र, kapde utar*,
        kapde hata*""",
}

# With pictures attached, these show somebody as they did not show themselves.
SEXUALISING: Final = {
    "en": f"""
        (put|dress|show|place|pose) {_PERSON} in (a|an|her|some|only|just|) (tiny|small|micro|string|sexy|skimpy
        |black|red|white|transparent|lace|) (bikini|lingerie|underwear|bra|panties|thong|microbikini|swimsuit|bra
        and panties), (change|replace|swap|turn) ... (clothes|clothing|dress|outfit|shirt|suit|top) (to|into|with
        |for|by) (a|an|some|) (tiny|small|micro|string|sexy|skimpy|black|red|white|transparent|lace|) (bikini
        |lingerie|underwear|bra|panties|thong|microbikini), {_PERSON} (wear|wears|wearing) (a|an|only|just|some|only
        a|) (tiny|small|micro|string|sexy|skimpy|black|red|white|transparent|lace|) (bikini|lingerie|underwear|bra
        |panties|thong|microbikini), open (her|his) (blouse|shirt|bra|dress|robe), give {_PERSON} (a|some|) (tiny
        |small|micro|sexy|) (bikini|lingerie|thong), lower (the|her) neckline, in only (her|his) (underwear|bra
        |panties|boxers), (make|makes) {_PERSON} ... (sexy|sexier|seductive|slutty|busty|hornier|horny|aroused),
        sexy {_PERSON}, {_PERSON} (look|looks|looking|more|very|as|is|pose|posing|in|be) (a|more|very|) (sexy|sexier
        |seductive|slutty), (bigger|larger|huge|enlarge|enlarged|increase) (her|the|) (breast|breasts|boobs|bust
        |chest|tits|cleavage|butt|ass), (make|enlarge|increase) (her|the) (breasts|boobs|bust|tits|butt|ass
        |cleavage) ... (bigger|larger|size|visible|huge), (show|reveal|expose|more) (her|his|more|) (cleavage|breast
        |breasts|boobs|butt|ass|underwear|panties|bra|body), lower her neckline, spread (her|his) legs, bend her
        over, in lingerie, in underwear, cum on (her|his)""",
}

# These mean real people by themselves.
FAKES: Final = {
    "en": """
        nudify, nudifies, nudified, nudifier, nudifying, deepnude, deep nude, undress ai, clothoff, deepfake* ...
        (porn|nude|nudes|naked|sex|sexual|nsfw|undress*), (porn|nude|nudes|naked|sex|nsfw) ... deepfake*, (fake
        |leaked) nudes, fake nude, nude fake, deepfake porn, revenge porn, spy cam (porn|nude), leaked sex tape, sex
        tape of""",
    "ja": "アイコラ",
}
