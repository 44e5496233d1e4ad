"""Nudity and sexual acts (`EXPLICIT`); what is sexual only with the wrong person (`SUGGESTIVE`)."""

from __future__ import annotations

from typing import Final

_BODY: Final = """
    (breast|breasts|breasted|butt|bottom|bum|ass|buttocks)"""

EXPLICIT: Final = {
    "en": f"""
        nude, nudes, nudity, nudist, nudists, nudism, semi nude, naked, nakedness, nekkid, nekked, nakd, nudie,
        nudies, clad only in, stark naked, topless, bottomless (woman|women|man|girl|girls|boy|model), unclothed,
        disrobed, disrobing, clothesless, in the buff, birthday suit, wearing nothing, nothing on but, wears
        nothing, wear nothing, (without|no) ... underwear, bare breast*, bare boob*, bare (butt|bottom|bum|ass
        |buttocks), (her|his|their) bare {_BODY}, exposed (breast|breasts|genitals|nipples|butt|ass|vulva),
        (exposing|showing|flashing|baring) (her|his|their|its) (breast|breasts|genitals|nipples|butt|ass|boobs|tits
        |private parts|privates), full frontal, nsfw, not safe for work, uncensored (woman|girl|body|nude|hentai
        |anime), rule 34, x rated, sex, sexual, sexually, sexual act, sexual acts, sexual intercourse, having sex,
        coitus, copulat*, fornicat*, porn, porno, pornography, pornographic, pornstar, pron, hentai, ecchi, ahegao,
        futanari, yiff, erotic, erotica, erotically, orgy, orgies, orgasm, orgasms, orgasmic, orgasming, threesome,
        gangbang*, masturbat*, jerking off, jacking off, fingering herself, handjob*, hand job, blowjob*, blow job,
        fellatio, cunnilingus, deepthroat*, rimjob*, footjob*, titjob*, boobjob, oral sex, anal, anally, anus, butt
        plug, buttplug*, cum, cumming, cumshot*, creampie, bukkake, ejaculat*, semen, squirting (woman|girl|pussy),
        penis, penises, phallus, phallic, vagina, vaginas, vaginal, vulva, labia, clitoris, clit, genital, genitals,
        genitalia, testicles, scrotum, nutsack, pubic hair, pubes, areola, areolas, areolae, nipple, nipples, nip
        slip, boob, boobs, boobies, tits, titties, titty, breasts, pussy, pussies, cunt, cunts, cameltoe, camel toe,
        (big|huge|large|hard|erect|thick|long|throbbing|his|sucking|suck|sucks|giant|her|black|white) (cock|dick),
        dick pic, dick pics, dickpic*, erection, erections, boner, (fuck|fucks|fucking|fucked) (her|him|them|me|each
        other|a woman|a girl|a man|a boy), (being|getting|gets|get) fucked, (people|couple|couples|man and woman
        |girls|women|men|they) fucking, doggystyle, doggy style, missionary position, cowgirl position, sex
        position*, intercourse with, dildo*, vibrator, sex toy*, fleshlight, strap on dildo, upskirt*, downblouse,
        voyeur porn, bdsm, shibari, gagged and bound woman, strip club*, striptease*, strip tease, lap dance,
        stripper, strippers, stripping (naked|nude|woman|girl|for), stripped (naked|nude), incest, incestuous,
        bestiality, zoophil*, rape, raped, raping, rapes, molest*, groping (her|a|girls|women), rapist, lewd, lewds,
        lewdly, smut, smutty, milf, gilf, hotwife, cuckold*, horny, aroused (woman|man|girl|boy|and|body
        |expression), sexting, camgirl*, cam girl*, onlyfans""",
    "de": """
        nackt, nackte, nackter, nacktes, nackten, nacktem, nacktbild*, nacktfoto*, nacktheit, splitternackt*,
        halbnackt*, aktfoto*, unbekleidet*, hullenlos*, oben ohne, brustwarze*, titten, busen, nippel, sexuell*,
        porno*, pornograf*, erotisch*, geschlechtsverkehr, geschlechtsteil*, muschi, fotze, schwanz lutschen,
        ficken, fickt, fickend*, gefickt, wichsen, masturbier*, selbstbefriedigung, orgasmus, vergewaltig*""",
    "fr": """
        (femmes|filles|hommes|garcons|corps|enfants|seins) (nu|nue|nus|nues), (femme|fille|homme|garcon|corps|enfant
        |actrice|toute|tout|entierement|completement) (nu|nue|nus|nues), (femme|fille|homme|tout|toute) a poil,
        nudite, denudee, denudees, denuder, (femme|fille|homme|corps|poitrine) denude, seins, sexe, sexuel*, porno*,
        erotique*, baiser une, baise, chatte nue, branler, sodomie, fellation, masturb*, partouze, sans vetements,
        sans habits""",
    "es": """
        desnud*, encuerad*, tetas, tetona*, pechos, pezones, pezon, sexo, sexual*, porno*, erotic*, follar,
        follando, mamada, polla (grande|dura|enorme), chocho, vagina*, pene, culo, masturb*, orgasmo*, orgia,
        violacion, sin ropa""",
    "pt": """
        nua, nuas, (homem|homens|menino|meninos|garoto|corpo|corpos) (nu|nus), nudez, pelad(o|a) (na|no|em|sem),
        (mulher|garota|menina|moca) pelada, peitos, seios, mamilo*, sexo, sexual, pornograf*, erotic*, fodendo,
        foder, transando, boquete, buceta, bucetas, bunda, punheta, sem roupa""",
    "it": """
        nudo, nuda, nudi, nude, nudita, spogliat*, tette, capezzol*, sesso, sessual*, porno*, erotic*, scopare,
        scopando, pompino, culo, masturb*, stupro, senza vestiti""",
    "nl": """
        naakt, naakte, naaktfoto*, naaktheid, halfnaakt*, blote (borsten|billen|kont|vrouw|man|meisje), tieten,
        tepels, seks, seksueel, seksuele, porno*, erotisch*, neuken, neukt, vingeren, verkracht*, zonder kleren""",
    "pl": """
        nagie, nagich, naga (kobieta|dziewczyna|dziewczynka|aktorka|nauczycielka), nagi (mezczyzna|chlopak
        |chlopiec), nagosc, (kobieta|dziewczyna) nago, golas*, rozebran*, cycki, sutki, piersi, seks, seksualn*,
        porno*, erotyczn*, ruchanie, pieprzenie, cipka, cipki, kutas, masturb*, gwalt, bez ubran*""",
    "ru": """
        голый, голая, голые, голых, голую, голой, голого, голенькая, голышом, нагая, нагой, нагие, нагишом, обнаж*,
        раздет*, топлес*, половой член, секс, секса, сексом, сексуальн*, порно*, порнуха, эротик*, эротич*, хентай,
        сиськи, сиски, соски, пизда, вагина, пенис, трахает*, трахать, ебет*, ебать, минет, мастурб*, оргазм, оргия,
        изнасилован*, без одежды, без трусов""",
    "tr": """
        ciplak, ciplaklik, ciplaklar, cirilciplak, uryan, memeler, memeleri, gogus ucu, seks, cinsel iliski, cinsel
        organ*, porno*, erotik*, sikis*, sikme*, amcik, yarrak, mastur*, tecavuz*, kiyafetsiz, elbisesiz""",
    "ja": """
        裸, ヌード, 全裸, 半裸, おっぱい, 乳首, 乳房, 巨乳, エロい, エロ画像, エロ絵, エロアニメ, エロ漫画,
        エッチな, えっちな, ポルノ, セックス, 性行為, フェラチオ, 性交渉, 陰茎, ちんぽ, オナニー, 自慰, 強姦,
        レイプ, アヘ顔, 変態アニメ, 春画, アダルトビデオ, 18禁""",
    "zh": """
        裸体, 裸體, 裸照, 全裸, 半裸, 裸女, 裸男, 裸身, 裸露, 赤裸, 光着身子, 一丝不挂, 一絲不掛, 色情, 情色,
        黄色图片, 黄片, 做爱, 做愛, 性爱, 性愛, 性器官, 生殖器, 阴道, 陰道, 阴茎, 陰莖, 乳头, 乳頭, 乳房, 巨乳,
        大奶子, 自慰, 手淫, 口交, 强奸, 強姦, 淫荡, 淫蕩, 淫乱, 春宫""",
    "ko": """
        누드, 나체, 알몸, 벌거벗, 벗은 (여자|남자|몸|사진), 가슴 노출, 젖꼭지, 섹스, 성관계, 성행위, 야동, 야한,
        포르노, 음란, 에로, 자위행위, 강간""",
    "ar": """
        (ال|)عاري, (ال|)عارية, (ال|)عاريه, (ال|)عاريات, (ال|)عراة, عريانة, عريان, (ال|)عري, (ال|)اباحي*, (ال
        |)اباحية, بورنو, سكس, سكسي, ممارسة الجنس, جنسيا, اغتصاب, (ال|)ثديين, نهود, بدون ملابس, بلا ملابس""",
    "hi": """
        नंगा, नंगी, नंगे, नग्न, नग्नता, अश्लील, सेक्स, सेक्सी वीडियो, पोर्न, अर्धनग्न, निर्वस्त्र, स्तन, चुदाई, बलात्कार, बिना
        कपड़ों, बिना कपड़े, nangi, nanga, nange, chudai""",
}

SUGGESTIVE: Final = {
    "en": """
        sexy, sexier, sexiest, sexualized, sexualised, sexualize, sexualise, seductive, seductively, sensual,
        sensually, provocative pose, lingerie, thong, g string, micro bikini, microbikini, panties, cleavage,
        crotch, buttocks, fetish, bondage, bdsm, slutty, slut, whore, prostitute, hooker outfit, escort girl,
        playboy bunny, playboy, voyeur*, wet t shirt, revealing (clothes|clothing|outfit|dress|swimsuit|pose),
        skimpy*, scantily clad, spread legs, legs spread, spreading her legs, spreading legs, french kissing,
        aroused, busty, (in|wearing|only) (her|his|their|just|only|) (underwear|panties|bra|undies|lingerie), strip
        poker, undies, twerking, ass up, her ass, his ass, hot body, voluptuous, (bare|naked) body, suggestive pose,
        suggestively, fuckable, fucking, fuck, see through (dress|shirt|top|blouse|clothes|clothing|skirt|bra|outfit
        |fabric|lingerie), (girl|girls|child|kid|kids|toddler|teen|teens|teenager|preteen|schoolgirl|boy|loli|year
        old|yo) (in|wearing) (a|her|the|his|) (tiny|small|skimpy|little|string|red|) bikini, barely legal""",
    "de": "sexy, reizwasche, dessous, tanga, aufreizend*, unterwasche, verfuhrerisch*, sinnlich*",
    "fr": "sexy, en lingerie, en string, seduisante, sensuelle*, en culotte, sous vetements",
    "es": "sexy, en lenceria, en tanga, sensual*, provocativ*, ropa interior, en bragas",
    "pt": "sexy, sensual*, de lingerie, de calcinha, roupa intima",
    "it": "sexy, in lingerie, in perizoma, sensual*, in mutande, intimo sexy",
    "nl": "sexy, in lingerie, sensueel*, in ondergoed",
    "pl": "sexy, seksown*, w bieliznie, w stringach, zmyslow*",
    "ru": "сексапильн*, в белье, в нижнем белье, соблазнительн*, стринги, в трусиках",
    "tr": "seksi, ic camasir*, tanga, bastan cikar*",
    "ja": "セクシー, 下着姿, ランジェリー, パンティ, パンチラ, 胸の谷間, 官能",
    "zh": "性感, 内衣, 內衣, 情趣内衣, 丁字裤",
    "ko": "섹시, 란제리, 속옷, 팬티, 관능",
    "ar": "ملابس داخلية",
    "hi": "सेक्सी, कामुक, अंतर्वस्त्र",
}
