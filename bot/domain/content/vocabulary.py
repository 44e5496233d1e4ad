"""The words that the safety rules know, by theme and language.

Each value is a list of patterns (see `bot.domain.content.matching`) separated by commas. Case and accents do not
matter. Words are chosen for their meaning in prompts: one that is usually harmless is left out, or is listed only
as part of a phrase.
"""

from __future__ import annotations

from typing import Final

_GARMENTS: Final = """
    (clothes|clothing|dress|shirt|t shirt|bikini|underwear|pants|trousers|jeans|shorts|skirt|top|swimsuit|outfit
    |robe|towel|towels|sweater|hoodie|uniform|cloth)"""

# Harmless phrases that contain a word of another theme. They are removed before the other themes are checked.
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


_UNDER_18: Final = """
    (0|1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve
    |thirteen|fourteen|fifteen|sixteen|seventeen)"""

_YOUNG: Final = """
    (8|9|10|11|12|13|14|15|16|17|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen)"""


MINORS: Final = {
    "en": f"""
        child, children, childs, childlike, kid, kids, kiddo, kiddie, kiddies, toddler*, baby, babies, babys,
        infant, infants, newborn*, minors, a minor, underage*, under age, under 18, under eighteen, younger than 18,
        not yet 18, below 18, preteen*, pre teen*, tween, tweens, teen, teens, teenage, teenaged, teenager,
        teenagers, teeny, adolescent*, juvenile girl, juvenile boy, pubescent, prepubescent*, pre pubescent*,
        puberty, prepuberty, schoolgirl*, schoolboy*, schoolkid*, schoolchild*, school (girl|girls|boy|boys|kid|kids
        |child|children|age|aged), (pre|elementary|primary|middle|junior high|high) school (girl|girls|boy|boys
        |student|students|kid|kids), (little|young|small|tiny|youngest|very young) (girl|girls|boy|boys|daughter|son
        |sister|brother|child|one|ones), girl child, boy child, young looking girl, boy, boys, loli, lolis, lolita,
        lolitas, lolicon, shota, shotas, shotacon, shouta, jailbait, kindergart*, preschool*, nursery school, grade
        school*, elementary school*, primary school*, middle school*, (first|second|third|fourth|fifth|sixth|seventh
        |eighth|ninth|tenth) grader, girl scout*, boy scout*, cub scout*, {_UNDER_18} (year|years|yr|yrs|y|yo) (old
        |olds|young|of age|girl|boy), {_UNDER_18} (yo|yrs|yrold|yearold|yearsold), {_UNDER_18} y o, {_UNDER_18}
        (year|years) (female|male), (age|aged|ages|turning|turned|age of|aged about|age is) {_UNDER_18}, (she|he
        |who) (is|was|s|looks) (only|just|about|like|) {_YOUNG}, {_UNDER_18} winters old, {_UNDER_18} months old,
        {_UNDER_18} month old, (looks|looking) (underage|under age|too young)""",
    "de": f"""
        kinder, kindern, kindes, kleinkind*, schulkind*, (ein|das|dem|kleines|nacktes|junges|nackte|einem) kind,
        kind nackt, madchen, maedchen, schulmadchen, kleiner junge, junge nackt, jungen nackt, schuler, schulerin*,
        minderjahrig*, minderjaehrig*, teenagerin, jugendlich*, saugling*, {_UNDER_18} (jahrig*|jaehrig*|jahre alt),
        kindlich*, kinderporno*""",
    "fr": f"""
        enfant, enfants, fillette*, petite fille, petites filles, petit garcon, jeune fille, ecoliere*, ecolier*,
        collegienne*, lyceenne*, lyceen*, mineur, mineure, mineures, mineurs, adolescent*, gamine, gamin, bebe,
        bebes, {_UNDER_18} ans""",
    "es": f"""
        ninos, ninas, menor de edad, menores, colegiala*, adolescente*, bebe, bebes, (una|la|mi|esta) nina, nina
        (desnuda|pequena|sexy), (un|el|mi) nino, nino (desnudo|pequeno), chiquilla, infantil, {_UNDER_18} anos""",
    "pt": f"""
        crianca, criancas, menina, meninas, menino, meninos, garotinha, garotinho, menor de idade, adolescente*,
        novinha, novinhas, estudante do fundamental, {_UNDER_18} anos""",
    "it": f"""
        bambina, bambine, bambino, bambini, ragazzina, ragazzine, ragazzino, minorenne, minorenni, scolara,
        adolescente, adolescenti, neonato, {_UNDER_18} anni""",
    "nl": f"""
        kinderen, kindje, meisje, meisjes, jongetje, jongetjes, kleuter*, peuter*, minderjarig*, schoolmeisje*,
        tiener, tieners, tienermeisje*, puber, {_UNDER_18} jaar, {_UNDER_18} jarig*""",
    "pl": f"""
        dziecko, dzieci, dziecka, dziewczynka, dziewczynki, dziewczynke, chlopiec, chlopcy, chlopca, nieletni*,
        nastolatka, nastolatki, nastolatek, uczennica, maloletni*, {_UNDER_18} (lat|letnia|letni|letnia|latka)""",
    "ru": f"""
        ребенок, ребенка, дети, детей, детская эротика, детское порно, девочка, девочки, девочку, девочек, мальчик,
        мальчика, мальчики, школьница, школьницы, школьницу, школьник*, подросток, подростка, подростки,
        несовершеннолетн*, малолет*, лоли, лолита, шота, младен*, {_UNDER_18} (лет|летн*|год|года), детсад*""",
    "tr": f"""
        cocuk, cocuklar, cocugu, cocugun, kiz cocugu, kucuk kiz, erkek cocuk, liseli, ortaokul*, ilkokul*, resit
        olmayan, bebek, ergen, {_UNDER_18} (yas|yasinda|yasindaki)""",
    "ja": f"""
        子供, 子ども, こども, 児童, 幼女, 幼児, 幼い, 少女, 少年, 女児, 男児, 小学生, 中学生, 高校生, 女子高生,
        女子中学生, 園児, 未成年, ロリコン, ロリータ, ロリ, ショタ, 赤ちゃん, 赤ん坊, 女子小学生, {_UNDER_18}(歳|才
        |さい)""",
    "zh": f"""
        儿童, 兒童, 小孩, 孩子, 女孩子, 小女孩, 小男孩, 女童, 男童, 幼女, 幼童, 幼儿, 萝莉, 蘿莉, 正太, 未成年,
        小学生, 小學生, 初中生, 中学生, 中學生, 高中生, 女学生, 女學生, 少女, 少年, 婴儿, 嬰兒, 宝宝, {_UNDER_18}(岁
        |歲)""",
    "ko": f"""
        아이, 아이들, 어린이, 어린 (소녀|여자|소년|남자|아이), 소녀, 소년, 여아, 남아, 미성년*, 초등학생, 중학생,
        고등학생, 여고생, 여중생, 청소년, 아동, 유아, 아기, 로리, 쇼타, {_UNDER_18}(살|세)""",
    "ar": f"""
        (ال|)طفل, (ال|)طفلة, (ال|)طفله, (ال|)اطفال, (ال|)قاصر, (ال|)قاصرة, (ال|)قاصرات, (ال|)مراهقة, (ال|)مراهق, (ال
        |)مراهقات, فتاة صغيرة, بنت صغيرة, ولد صغير, رضيع, تلميذة, {_UNDER_18} (سنة|عاما|عام|سنوات|اعوام)""",
    "hi": f"""
        बच्चा, बच्ची, बच्चे, बच्चों, बच्चियां, बच्चियों, नाबालिग, छोटी लड़की, छोटा लड़का, किशोरी, किशोर, स्कूली छात्रा, शिशु,
        {_UNDER_18} (साल|वर्ष), bacchi, bachchi, bachcha""",
}

# Words that refer to the crime by themselves.
CHILD_ABUSE: Final = {
    "en": """
        (child|children|kid|kids|kiddie|kiddy|teen|preteen|infant|baby|toddler) (porn|porno|pornography|erotica|sex
        |nudes|nudity), childporn*, kidporn*, pedophil*, paedophil*, pedoporn*, csam, lolicon, shotacon, lolicons,
        lolihentai, loli hentai, toddlercon, jailbait, underage (sex|porn|nudes|nudity)""",
    "de": "kinderporno*, kinderpornograf*, jugendporno*, padophil*, paedophil*",
    "fr": "pedopornograph*, pedophil*, pornographie enfantine",
    "es": "pornografia infantil, pedofil*, pederast*",
    "pt": "pornografia infantil, pedofil*",
    "it": "pedopornograf*, pedofil*, pornografia infantile",
    "nl": "kinderporno*, pedofiel*, pedofil*",
    "pl": "pedofil*, pornografia dziecieca, dziecieca pornografia",
    "ru": "детское порно, детская порнография, педофил*, цп порно",
    "tr": "cocuk pornosu, pedofil*",
    "ja": "児童ポルノ, ロリコン, ロリエロ, ショタコン, エロロリ",
    "zh": "儿童色情, 兒童色情, 恋童, 戀童",
    "ko": "아동 포르노, 아동포르노, 로리콘, 소아성애*",
    "ar": "اباحية الاطفال",
    "hi": "चाइल्ड पोर्न",
}

_RELATED: Final = """
    (ex|exgirlfriend|exboyfriend|girlfriend|boyfriend|gf|bf|wife|husband|spouse|partner|fiance|fiancee|sister
    |sisters|brother|mother|mom|mum|mommy|dad|father|daughter|daughters|son|cousin|aunt|uncle|niece|nephew|grandma
    |grandmother|stepmom|stepmother|stepsister|step sister|step mom|teacher|teachers|professor|tutor|boss|bosses
    |coworker|coworkers|colleague|colleagues|classmate|classmates|friend|friends|bestie|neighbor|neighbour|neighbors
    |neighbours|crush|roommate|flatmate|student|students|doctor|nurse|therapist|babysitter|landlady|manager
    |secretary|trainer|in law|family|date|girl|mate)"""


REAL_PEOPLE: Final = {
    "en": f"""
        (my|our) {_RELATED}, (my|our) (own|real|hot|new|old|older|younger|big|little|best|former|math|english|high
        school|female|male|beautiful|pretty|cute|) {_RELATED}, (a|the|that) (girl|woman|guy|man|boy|person) (i know
        |from work|from my|in my|next door|from school), someone i know, myself, celebrity, celebrities, celeb,
        celebs, actress, actresses, actor, actors, movie star*, film star*, pop star*, popstar*, rock star*, singer,
        singers, rapper, musician, k pop idol*, kpop, influencer*, streamer*, youtuber*, tiktoker*, instagrammer*,
        twitch streamer*, politician*, president, prime minister, first lady, senator, congresswoman, athlete,
        tennis player, news anchor, newsreader, tv host, supermodel*, famous (woman|women|man|men|person|people
        |singer|actor|actress|model|girl|streamer), (a|the|an) (real|actual|existing|real life) (person|people|woman
        |women|man|men|girl|girls|guy|human), real (person|people), (photo|photos|picture|pictures|pic|pics|image
        |images|selfie|selfies|snapshot|portrait) of (my|our|this|that|a real|an actual|me), this (person|woman|man
        |girl|guy|lady) from, deepfake*, deep fake*, face swap*, faceswap*, (with|using|has) the face of, face of,
        lookalike of, look alike of, who looks like my, (her|his|their) instagram, her facebook""",
    "de": """
        (mein|meine|meiner|meinen|meinem|unsere|unserer|unser) (ex|freundin|freund|frau|mann|schwester|bruder|mutter
        |mama|vater|tochter|sohn|lehrerin|lehrer|chefin|chef|kollegin|kollege|nachbarin|nachbar|cousine|tante
        |mitschulerin), schauspielerin*, schauspieler, prominente*, promi, promis, sangerin, echte person,
        influencerin*, politikerin*, foto von (meiner|meinem)""",
    "fr": """
        (ma|mon|mes|notre) (ex|copine|copain|femme|mari|soeur|frere|mere|pere|fille|fils|prof|professeur|professeure
        |patronne|patron|collegue|voisine|voisin|cousine|tante|amie), actrice*, acteur, celebrite*, chanteuse*,
        personne reelle, vraie personne, photo de (ma|mon)""",
    "es": """
        (mi|mis|nuestra) (ex|novia|novio|esposa|esposo|mujer|marido|hermana|hermano|madre|mama|padre|hija|hijo
        |maestra|profesora|profesor|jefa|jefe|colega|companera|vecina|vecino|prima|tia|amiga), actriz, actrices,
        celebridad*, famosa, famosas, cantante*, persona real, foto de mi""",
    "pt": """
        (minha|meu|minhas|nossa) (ex|namorada|namorado|esposa|marido|mulher|irma|irmao|mae|pai|filha|filho
        |professora|professor|chefe|colega|vizinha|vizinho|prima|tia|amiga), atriz, atrizes, celebridade*, famosa,
        famosas, cantora*, pessoa real, foto da minha""",
    "it": """
        (mia|mio|la mia|nostra) (ex|ragazza|ragazzo|fidanzata|fidanzato|moglie|marito|sorella|fratello|madre|mamma
        |padre|figlia|figlio|maestra|professoressa|professore|capo|collega|vicina|cugina|zia|amica), attrice,
        attrici, celebrita, cantante, persona reale, foto della mia""",
    "nl": """
        mijn (ex|vriendin|vriend|vrouw|man|zus|zusje|broer|moeder|vader|dochter|zoon|lerares|juf|leraar|baas|collega
        |buurvrouw|nicht|tante), actrice*, beroemdheid*, zangeres, echt persoon, bn er, foto van mijn""",
    "pl": """
        (moja|moj|mojej|moja byla) (ex|byla|dziewczyna|zona|siostra|matka|mama|corka|nauczycielka|szefowa|kolezanka
        |sasiadka|kuzynka|ciotka|dziewczyny|zony|siostry|matki|nauczycielki), aktorka, aktorki, celebrytka,
        piosenkarka, prawdziwa osoba""",
    "ru": """
        (моя|мою|моей|мой|моего) (бывшая|бывшую|бывшей|девушка|девушку|девушки|жена|жену|жены|сестра|сестру|сестры
        |мать|маму|мама|мамы|дочь|учительница|учительницу|учительницы|начальница|начальницу|коллега|коллегу|соседка
        |соседку|подруга|подругу|подруги), актриса, актрису, актрисы, знаменитост*, певица, певицу, певицы, реальный
        человек, реального человека, дипфейк*""",
    "tr": """
        eski sevgilim*, kiz arkadasim*, karim*, kocam*, kiz kardesim*, ablam*, annem*, kizim*, ogretmenim*,
        patronum*, is arkadasim*, komsum*, oyuncu, unlu, unluler, sarkici, gercek kisi, gercek bir insan""",
    "ja": """
        元カノ, 元彼女, (私|僕|俺)の(彼女|妻|姉|妹|母|先生|上司|友達|同僚), 女優, 芸能人, 有名人, アイドル,
        実在の人, 実在する, ディープフェイク, アイコラ""",
    "zh": """
        前女友, 我的(女友|女朋友|妻子|老婆|姐姐|妹妹|妈妈|媽媽|老师|老師|老板|同事|同学|同學|朋友|邻居), 我(女友
        |女朋友|老婆|老师|姐姐|妹妹|妈妈|同学|同事), 女明星, 明星, 名人, 演员, 演員, 真人, 真实人物, 换脸, 換臉""",
    "ko": """
        전여친, 전 여자친구, (내|나의|우리) (여자친구|여친|아내|누나|언니|여동생|엄마|선생님|상사|친구|동료),
        여배우, 배우, 연예인, 유명인, 아이돌, 실제 인물, 딥페이크""",
    "ar": """
        صديقتي, حبيبتي, زوجتي, اختي, امي, ابنتي, معلمتي, مديرتي, زميلتي, جارتي, (ال|)ممثلة, مشهورة, (ال|)مشاهير,
        مطربة, شخص حقيقي""",
    "hi": """
        (मेरी|मेरे|मेरा) (पूर्व|प्रेमिका|पत्नी|बहन|मां|माँ|बेटी|शिक्षिका|टीचर|बॉस|दोस्त|पड़ोसन), अभिनेत्री, हीरोइन,
        सेलिब्रिटी, असली व्यक्ति, डीपफेक""",
}


_BODY: Final = """
    (breast|breasts|breasted|butt|bottom|bum|ass|buttocks)"""

# Nudity and sexual acts.
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

# Sexual only in combination with minors or real people.
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


# Taking somebody's clothes off.
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

# Only with pictures attached: these sexualise the person in them.
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

# Words that imply real people by themselves.
FAKES: Final = {
    "en": """
        nudify, nudifies, nudified, nudifier, nudifying, deepnude, deep nude, undress ai, clothoff, deepfake* ...
        (porn|nude|nudes|naked|sex|sexual|nsfw|undress*), (porn|nude|nudes|naked|sex|nsfw) ... deepfake*, (fake
        |leaked) nudes, fake nude, nude fake, deepfake porn, revenge porn, spy cam (porn|nude), leaked sex tape, sex
        tape of""",
    "ja": "アイコラ",
}
