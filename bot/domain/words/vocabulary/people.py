"""Who is in the picture: minors, and people who really exist."""

from __future__ import annotations

from typing import Final

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

# Words that mean the crime by themselves.
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
