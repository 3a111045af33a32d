/* 30_outreach_text.sql - the words of a message: plain form, sentences, opt-out, asks.
 *
 * pls.lint_template() judges the plain form of a text, so that quotes, spaces
 * that nobody sees, letters that look like others and contractions make no
 * difference.  The server keeps 32 compiled regular expressions and compiling
 * is what takes time, so there are few, and what they say is made of meanings:
 * a no, a way to tell it, a writer who then stops; an ask and what it wants.
 */

-- Other encodings have few of these characters, and no function for their codes.
CREATE FUNCTION pls_internal.plain_signs(text text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    pair  record;
    plain text := plain_signs.text;
BEGIN
    IF getdatabaseencoding() <> 'UTF8' THEN
        RETURN regexp_replace(regexp_replace(regexp_replace(plain, $p$[\u2018\u2019\u00b4]$p$, '''', 'g'), $p$[\u201c\u201d\u00ab\u00bb]$p$, '"', 'g'), $p$[\u2013\u2014]$p$, ' - ', 'g');
    END IF;
    plain := normalize(plain, NFKC);
    FOR pair IN SELECT p.codes, p.sign FROM (VALUES
        ('{173,847,1564,6158,8203,8204,8205,8206,8207,8234,8235,8236,8237,8238,8288,8289,8290,8291,8292,65024,65038,65039,65279}'::integer[], ''),
        ('{8216,8217,8218,8219,8242,700,697,180,65287}', ''''), ('{8220,8221,8222,8223,8243,171,187}', '"'),
        ('{8208,8209,8210,8722}', '-'), ('{160,5760,8239,8287,12288}', ' ')) AS p (codes, sign) LOOP
        plain := translate(plain, (SELECT string_agg(chr(c.code), '' ORDER BY c.place) FROM unnest(pair.codes) WITH ORDINALITY AS c (code, place)),
                           repeat(pair.sign, cardinality(pair.codes)));
    END LOOP;
    RETURN replace(replace(replace(plain, chr(8211), ' - '), chr(8212), ' - '), chr(8213), ' - ');
END;
$$;
COMMENT ON FUNCTION pls_internal.plain_signs IS
    'Part of pls_internal.plain_characters(): plain quotes, dashes and spaces, and no invisible characters.';

CREATE FUNCTION pls_internal.plain_characters(text text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    plain text := plain_characters.text;
BEGIN
    IF octet_length(plain) <> length(plain) THEN
        plain := pls_internal.plain_signs(plain);
    END IF;
    IF position('<' IN plain) > 0 THEN
        plain := regexp_replace(plain, $p$<(br|/p|/div|/li|/tr)\s*/?>$p$, E'\n', 'gi');
        plain := regexp_replace(plain, $p$</?(a|abbr|b|big|blockquote|body|center|code|div|em|font|h[1-6]|head|hr|html|i|img|li|ol|p|pre|small|span|strong|style|sub|sup|table|tbody|td|th|tr|u|ul)(\s[^<>]*)?/?>$p$, '', 'gi');
    END IF;
    IF position('&' IN plain) > 0 THEN
        plain := regexp_replace(plain, '&(nbsp|#160|#xa0);', ' ', 'gi');
        plain := regexp_replace(plain, '&(apos|rsquo|lsquo|#39|#x27|#8217);', '''', 'gi');
        plain := regexp_replace(plain, '&(quot|ldquo|rdquo|#34);', '"', 'gi');
        plain := regexp_replace(plain, '&(amp|#38);', '&', 'gi');
    END IF;
    RETURN translate(replace(replace(plain, E'\r\n', E'\n'), E'\r', E'\n'), E'`\t', ''' ');
END;
$$;
COMMENT ON FUNCTION pls_internal.plain_characters IS
    'A text with plain quotes, dashes and spaces, without characters that nobody sees and without tags of HTML; compatibility forms such as full-width letters become the ordinary ones in databases of encoding UTF8.';

-- Letters of other scripts that look like Latin ones, in words that have both.
CREATE FUNCTION pls_internal.latin_letters(text text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    pair  text[];
    plain text := latin_letters.text;
BEGIN
    IF octet_length(plain) = length(plain) OR plain !~ $p$[a-zA-Z][\u0370-\u052f]|[\u0370-\u052f][a-zA-Z]$p$ THEN
        RETURN plain;
    END IF;
    FOREACH pair SLICE 1 IN ARRAY ARRAY[
        [$p$[\u0430\u03b1]$p$, 'a'], [$p$\u0435$p$, 'e'], [$p$[\u043e\u03bf]$p$, 'o'], [$p$[\u0440\u03c1]$p$, 'p'], [$p$\u0441$p$, 'c'],
        [$p$[\u0443\u03b3]$p$, 'y'], [$p$[\u0445\u03c7]$p$, 'x'], [$p$[\u0456\u03b9]$p$, 'i'], [$p$\u0455$p$, 's'], [$p$\u0458$p$, 'j'], [$p$[\u043d]$p$, 'h'],
        [$p$[\u043a\u03ba]$p$, 'k'], [$p$\u0442$p$, 't'], [$p$\u0432$p$, 'b'], [$p$\u043c$p$, 'm'], [$p$[\u03bd]$p$, 'v'], [$p$[\u0461\u051d]$p$, 'w'], [$p$\u0501$p$, 'd']] LOOP
        plain := regexp_replace(plain, pair[1], pair[2], 'gi');
    END LOOP;
    RETURN plain;
END;
$$;
COMMENT ON FUNCTION pls_internal.latin_letters IS
    'A text in which Cyrillic and Greek letters that look like Latin ones are these, if some word mixes the scripts; others as they are.';

CREATE FUNCTION pls_internal.without_contractions(text text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    pair  text[];
    plain text := regexp_replace(without_contractions.text, $p$\m(do|does|did|have|has|is|are|was|were|would|should|could)n\x27?t\M$p$, $p$\1 not$p$, 'g');
BEGIN
    IF position('''' IN plain) > 0 THEN
        plain := regexp_replace(plain, $p$\m(it|that|there|here|what|who|where|how|when|he|she|this)\x27s\M$p$, $p$\1 is$p$, 'g');
        FOREACH pair SLICE 1 IN ARRAY ARRAY[
            ['can''t', 'can not'], ['won''t', 'will not'], ['shan''t', 'shall not'], ['n''t', ' not'], ['''ve ', ' have '], ['''re ', ' are '],
            ['''ll ', ' will '], ['i''m ', 'i am '], ['''d ', ' would '], ['let''s', 'let us'], ['''em ', 'them '], ['y''all', 'you']] LOOP
            plain := replace(plain, pair[1], pair[2]);
        END LOOP;
    END IF;
    FOREACH pair SLICE 1 IN ARRAY ARRAY[
        ['cannot', 'can not'], [' cant ', ' can not '], [' wont ', ' will not '], [' youve ', ' you have '], [' youre ', ' you are '], [' ive ', ' i have '],
        [' gonna ', ' going to '], [' wanna ', ' want to '], [' gotta ', ' have to '], [' & ', ' and '], [' + ', ' and ']] LOOP
        plain := replace(plain, pair[1], pair[2]);
    END LOOP;
    RETURN plain;
END;
$$;
COMMENT ON FUNCTION pls_internal.without_contractions IS
    'A text in lower case with its English contractions written out: do not for don''t, you have for you''ve.';

CREATE FUNCTION pls_internal.plain_text(text text) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pls_internal.without_contractions(
               pls_internal.latin_letters(lower(pls_internal.plain_characters(plain_text.text))))
$$;
COMMENT ON FUNCTION pls_internal.plain_text IS
    'The form of a text that pls.lint_template() judges: lower case, plain characters (pls_internal.plain_characters), Latin letters, no contractions.';

-- A line may be broken anywhere; an empty one, the mark of a list, or one that
-- begins a new sentence ends what was before.
CREATE FUNCTION pls_internal.sentences(plain text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    whole text := sentences.plain;
    abbreviation text;
BEGIN
    FOREACH abbreviation IN ARRAY ARRAY['e.g.', 'i.e.', 'mr.', 'mrs.', 'ms.', 'dr.', 'vs.', 'approx.', 'p.s.'] LOOP
        whole := replace(whole, abbreviation || ' ', rtrim(abbreviation, '.') || ' ');
    END LOOP;
    whole := regexp_replace(whole, $p$\n\s*(\n\s*|[-*\u2022\u2192]\s+|\d+[.)]\s+)|(?<=[.!?:,。！？]["\x27)]? ?)\n$p$, E'\x01', 'g');
    whole := regexp_replace(whole, $p$\s+$p$, ' ', 'g');
    whole := regexp_replace(whole, $p$([.!?]["\x27)]*) |([。！？]["\x27]?)|(\?)(?=[^ \x01"\x27.)&=/a-z0-9])$p$, $p$\1\2\3$p$ || E'\x01', 'g');
    RETURN ARRAY(SELECT btrim(s.sentence)
                   FROM unnest(string_to_array(whole, E'\x01')) WITH ORDINALITY AS s (sentence, place)
                  WHERE btrim(s.sentence) <> '' ORDER BY s.place);
END;
$$;
COMMENT ON FUNCTION pls_internal.sentences IS
    'The sentences of a text in plain form, in order; a heading or an item of a list is one.';

/* ---- opt-out ---- */

-- The reader's no: a refusal, no interest, or a state in which nothing is wanted.
CREATE FUNCTION pls_internal.says_no(passage text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT regexp_replace(says_no.passage,
               -- these are no refusals
               $p$\mno (hard feelings|obligations?|rush|pressure|hurry|strings|commitment|charge|cost|need to|doubt|matter|slides?|deck|extra|credit card|card|prep[a-z]*|sales|jargon|set-?up|later|longer than|more than|fewer than|less than|meeting( is)? (needed|required)|call( is)? (needed|required))\M|\m(not|no) (only|just|yet sure|least|long ago)\M|\mwhy not\M|\mrather than\M|\mmore or less\M|\m(drop|leave) (by|in|me|us|your [a-z ]+) (a|with)\M|\mpass (it|this|that|them) (on|to)\M|\moff[- ](line|ice|peak|site|hours|shelf)\M|\m(is|are|was|were|does|do|did|has|have|need|can|could) not (need|take|have to|cost|require|matter|count|change|touch|include|only|on|in)\M|没关系|没问题|不着急|不急|不错|不收费|不花钱|不限|不变|不断|不同|不少|不过|不久|不仅|不只|不但|不会丢|不超过|不到|不停机|不管|不用准备|不必准备|无需准备|无需信用卡|无论|无限|无缝|无障碍|免费|要不要|是不是|好不好|能不能|行不行|可不可以|有没有|想不想|方不方便|会不会|差不多|没有门槛|停机|停用|停止提醒$p$, ' ', 'g')
           ~ ($p$\m(no|not|nope|nah|never|none|nothing|nobody|neither|rather|sooner|prefer|enough|stop|hush|quiet|silen(t|ce)|peace|wrong|pass|skip|declin(e|ing)|refus(e|al)|drop(ped)?|leave|less|fewer|off|cancel(led)?|shelved|nuisance|bother(some)?|bor(e|ed|ing)|annoy(s|ing|ed)?|un(interested|welcome|wanted|needed|necessary|helpful)|irrelevant|uninteresting|elsewhere|someone else|somebody else|instead|already|covered|sorted|settled|solved|resolved|decided|moved (on|in)|all (set|good|the [a-z]+ you need)|content|happy (as|where|with|the way)|fine (as|for|without|with)|under control|alone|solo|without (us|me|one|it|help)|cold|dead|gone|closed|an end|over|busy|full|later|premature|changed (your|its|course)|mistake|spam|noise|clutter|thumbs[- ]down|remove|delete|mute|go away|no-go|turn (me|us|it|this) down|wave (me|us) (off|away)|reject(ions?)?|go ahead without|too (full|many|much|soon|busy|often|early|late)|bad (time|fit|moment)|fed up|tired of|sick of|lost interest|handled|taken care of|in hand|yourself|yourselves|own way|by hand|running fine|left out|kept out|leave be|leave me be|exclu(de|ded|sion)|exempt(ed)?|spared?|removed|removal|discontinue|withdraw(n|ing)?|object|unsubscrib(e|ed|ing)|cease|discontinued|tak(e|en|ing) off|end (this|these|the|our)|no thanks|not now)\M$p$
           -- in Chinese: not, none, do not, stop, unsubscribe, refuse, shelved, cancelled, already have, wrong person
           || $p$|[不没无未别停退拒免否绝]|搁置|取消|算了|清静|勿|叫停|已有|已经|找错|打扰|多余|够了|作罢|搁浅|变了|有变|换了|另有|另选|自己来|嫌|暂缓$p$)
$$;
COMMENT ON FUNCTION pls_internal.says_no IS
    'Part of pls_internal.opt_out_places(): whether a passage in plain form speaks of the reader''s no, or of a state in which they want nothing.';

CREATE FUNCTION pls_internal.tells_how(passage text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT tells_how.passage ~ ($p$\m(say|saying|says|tell|telling|repl(y|ies|ying)|writ(e|ing)|answer(ing)?|respond|instruct|syllable|signal|(us(e|ing)|via|through|at) (the|this|that|our|my|its)( same| very)? (address|link|button|form)|(you |one |anyone )(can|may|could|might)( (always|also|of course|naturally|simply|at any time|any time|anytime|certainly|just))*,? (refuse|decline|withdraw|object|opt|say)|(declining|refusing|saying no|opting out|leaving|getting off)( [a-z]+){0,3} (is|takes|costs|works)|response|send|sending|let (me|us) know|(the|one|a|single|quick) word|words|line|short message|message|notification|type|text|click|tap|hit|link|footer|return mail|note|notify|shout|shouting|mention|ask|inform|hint|advise|signal|(by|a|return) (mail|e-?mail)|heads-?up|yell|ping|nod|thumbs|reaction|emoji|feel free to|free to|(is|are|works?) (just as |perfectly |quite |absolutely |also |equally |totally |a )*(fine|ok|okay|good|welcome|valid|perfectly|fair)|may (of course )?decline|hesitate to|rejections welcome|wave|hear (a|your|back|nothing)|told|silence|no (reply|answer|response)|no (is|means) no|(a|your|the) ([a-z]+ )?"?no)\M|"[a-z, \x27!-]+[.!]?"$p$
           -- in Chinese: reply, tell, say so, write, let know, click
           || $p$|回复|回“|说“|说"|答“|答"|写“|写"|发“|发"|讲一|讲声|写一|来一|发一|明示|跟我说|对我说|您说|指出|回绝|婉拒|谢绝|即可|就行|便是|请便|吱|示意|言语|告诉|给个|点个|发个|发来|摇头|表情|忽略|拒绝|答复|直讲|提一|拉黑|回"|回一|回个|回信|告诉|告知|说一|说声|说个|直说|直接说|点底部|点一下|底部|明说|直言|一句|致信|来信至|来函|要求我们|让我们|叫停|随时(可|可以)?(退出|拒绝|取消)|一声|一个字|知会|示下|吩咐|点击|链接|打个招呼|通知我$p$)
$$;
COMMENT ON FUNCTION pls_internal.tells_how IS
    'Part of pls_internal.opt_out_places(): whether a passage in plain form names a way to answer, or says that an answer is welcome.';

-- What the writer, or the writing, does then: it ends.
CREATE FUNCTION pls_internal.lets_go(passage text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT lets_go.passage ~ ($p$\m(i|we|it|they|these|this|that|the (matter|subject|topic|thread|conversation|correspondence|case|file|offer|list)|mails?|e-?mails?|messages?|notes?|mine|thread|and|to|reply|me|us)( (will|would|shall|am|are|is|can|do|promise to|gladly|happily|then|simply|just|all|at once|immediately|get|have|and|to|be|also|consider [a-z ]+))* (stop|stopping|quit|ceases?|ends?|closed?|close (this|it|the|out|your)|closing (the|this|your)|drop (it|this|that|the|you|off|out)|dropped|leave (it|you|this|things|that|the|matters|off)|left (alone|in peace)|gone|cross(ed)?|strike|struck|scratch|withdraw|bow|back (off|out)|step (aside|back)|stand down|hush|silent|quiet|heed|honou?r(ed)?|respect(ed)?|accept(ed)?|comply|forget|file (it|this)|park|shelve|archive|bin (it|this)|put (it|this|the|down)( [a-z]+)? ?(away|down|aside|to rest|back)|put down my|rest (my case)?|retreat|move (on|along)|sign off|pack (up|it)|switch (it|them|these|this|off)|turn (it|them|these|this)( [a-z]+)? off|mute|spared?|excluded|removed|forgotten|skip (it|you|this|that)|exclude|hold (back|off|my)|keep (quiet|out|away|my distance|to (that|it)|silent|it to myself)|refrain|desist|pause|let (it|you|this|that|things)( (be|go|rest|drop|lie))?|disappear|vanish|stay (away|out|quiet|silent)|go (away|silent|quiet)|tip my|act accordingly|wrap (this|it) up|clear out|get out|out of your|off (the|my|our|your|both)|take (it off|you off|that as|no for|the hint|your name|your address|me off)|see (to it|that)|remember|make a note|note (it|that)|noted|done|understand|farewell|bid you|take no further|leave (the|this|that) (subject|topic|matter|point|theme|idea|thread)|discontinue|to be (spared|left (alone|out|in peace|off)|removed|excluded|forgotten|unsubscribed|taken off|dropped)|not (write|ask|bother|hear|email|contact|raise|offer|mention|press|nag|come|return|enquire|follow|chase|trouble|disturb|send|push|circle|be (asked|contacted|written)|bring|pester|get (any|these|more)|take up|pitch|happen)|never (write|ask|bother|mention|hear|contact|raise|bring|email)|no longer (write|contact|be|hear|get|email)|write no|bother you no|remove|delete|unsubscribe|pull (you|the plug)|(the|my|our) (last|final)|the end|over|final|settled|enough|sufficient|plenty)\M$p$
           || $p$|\m(no (more|further)|nothing (more|further|else)|never (again|hear|get)|ever again|not (hear|get|receive|be asked|be contacted|be written)|(hear|ask|write|mail|email|contact|offer|bring|come|mention|raise)( [a-z]+){0,5} (again|further|twice|no more|any more|anymore)|for good|will cease|keeps? (me|us|it) (from|quiet|out)|stops? (them|it|me|us|these|mine|there|here)|mine stop|does (it|the trick|the job)|(can|may|will) be (turned|switched) off|end to (this|these|the|it|my|our)|do the job|works? (too|instantly|as well|just as well|equally well|for me)|is (all it takes|all i need|all we need|all you need)|all it takes|suffices?|that is (that|it|fine|ok|okay|all|the end)|it stops|stop (mailing|writing|e-?mailing|contact|messag|the|these|this|our|me|us)[a-z]*|spares? you|ends? (this|the|our|it|here|there)|sends? me away|on my way|call it a day|end of (it|the|story))\M|\mand (i|we|it|they|you) (will|shall)( be)?[.!]?$|\mi (will|shall|would)[.!]?$|\mso (be it|it shall be)$p$
           -- in Chinese: never again, then not, stop, file, cross out, remove, end here, close, respect, take back
           || $p$|不(会)?再|就不|便不|不会有|不坚持|不勉强|(我|就|会|马上|立刻|立即|自当|便|随即|那就)停|停(止联系|止发|止跟进|止推送|止来信|寄|发|信)|收声|收笔|搁笔|止步|告退|退下|告辞|搁下|搁置|登记在案|删掉|删了|删除|不出声|闭嘴|安静|除名|名单上|名单里|作废|合上|收起|翻篇|就算了|最后一封|绝不|归档|划掉|移(出|除)|打住|到此为止|就此|关闭|删除|尊重|撤|结束|作罢|收手|不打扰|免打扰|收回|搁下|不提|不寄|不发|不来$p$)
$$;
COMMENT ON FUNCTION pls_internal.lets_go IS
    'Part of pls_internal.opt_out_places(): whether a passage in plain form says that the writer then stops, or that a word is enough.';

-- "Unsubscribe", "opt out", "remove me", wherever they are no feature of the product.
CREATE FUNCTION pls_internal.is_opt_out(sentence text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT is_opt_out.sentence ~ $p$\m(unsubscrib(e|ed|ing)|opt(ing)?[- ]?((me|you) )?out|(remove|take|strike|drop|scratch|cross) (me|you|your (name|address)) ?(off|from|out)|remove me|manage (your )?(e-?mail )?preferences|(e-?mail|mail|contact) preferences:?)\M(?! (links? and|lists?|pages?|rates?|requests|bounces|forms|handling|flows?|reasons|headers?|blocks?|features?|widgets?|functions?))|"(stop|remove|unsubscribe)"|退订|取消订阅$p$
       AND is_opt_out.sentence !~ $p$\m(can not|no way to|no need to|never|do not|handles?|tak(es|ing) care of|process(es)?|manages|automatic(ally)?|track(s|ing)?|honou?rs|theproduct( [a-z]+){0,3}|your (readers|customers|subscribers|users|recipients|contacts)( [a-z]+){0,2}|how (many|to handle)|when (someone|somebody|people|readers)|double) ([a-z]+ ){0,2}(opt[- ]?(out|in)|unsubscrib)|\m(people|customers?|readers|subscribers|users|recipients|contacts|visitors|members|they|them|shoppers|guests|patients|students|employees|buyers|clients|parents|donors|players)(( can| could| may| to| will| would| want to| wish to| easily| also| who)*) (unsubscrib|opt(ing)? out)|theproduct[^。]{0,12}退订|(客户|用户|读者|订阅者|收件人|他们|大家|会员|家长|粉丝)[^。,，]{0,6}(退订|取消订阅)$p$
$$;
COMMENT ON FUNCTION pls_internal.is_opt_out IS
    'Whether a sentence in plain form tells the reader to unsubscribe, opt out or be removed; not when it is about a feature.';

-- Two of three things in one sentence, or in one and the short one before: the
-- reader's no, a way to tell it, a writer who then stops.
CREATE FUNCTION pls_internal.opt_out_places(sentences text[]) RETURNS bigint[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    most  CONSTANT integer := cardinality(sentences);
    found bigint[] := '{}';
    no    boolean[];
    tell  boolean[];
    go    boolean[];
    this  text;
    prior text;
BEGIN
    no := ARRAY(SELECT pls_internal.says_no(s.sentence) FROM unnest(sentences) WITH ORDINALITY s (sentence, place) ORDER BY s.place);
    tell := ARRAY(SELECT pls_internal.tells_how(s.sentence) FROM unnest(sentences) WITH ORDINALITY s (sentence, place) ORDER BY s.place);
    go := ARRAY(SELECT pls_internal.lets_go(s.sentence) FROM unnest(sentences) WITH ORDINALITY s (sentence, place) ORDER BY s.place);
    FOR place IN 1 .. most LOOP
        this := sentences[place];
        prior := CASE WHEN length(sentences[place - 1]) < 120 THEN sentences[place - 1] ELSE '' END;
        IF pls_internal.is_opt_out(this) THEN
            found := found || place::bigint;
        -- "should it not fit, I will leave it": no way is named, but silence is one
        ELSIF no[place] AND go[place] AND place * 2 > most
              -- no regular expressions, of which the server keeps few
              AND this LIKE ANY ('{if %,should %,in the event %,in that event %,in case %,in that case %,unless %,whenever %,when %,once %,otherwise%,and if %,but if %,or if %,and should %}')
              AND this LIKE ANY ('{%i will %,%i shall %,%i would %,%we will %,%we shall %,%i promise %,%i am %}')
              OR octet_length(this) <> length(this) AND no[place] AND go[place] AND place * 2 > most
                 AND this ~ $p$(的话|^(若|如|要是)).*(我|不再|就此)$p$ THEN
            found := found || place::bigint;
        -- a question that follows is the ask, and what is told is its answer
        ELSIF this ~ $p$\?["\x27)]*\Z$p$ OR this ~ ($p$\m(tell (me|us)|let (me|us) know|know|see|ask)( (me|us))?,? (which|what|when|who|whom|where|how)\M$p$
                              -- others tell, or something of the product is stopped
                              || $p$|\m(they|he|she|users|customers|owners|agents|managers|approvers|admins|people|visitors|readers|theproduct)( (can|may|could|will|would|then|simply|just))* (tell|tells|say|says|ask|asks|answer|answers|reply|replies|click|type|write|send)\M|\mtells? (it|him|her) to\M|\myou (can|could|may) (stop|pause|cancel|delete|remove|skip|mute|undo) (any|an?|each|every|single|old|your)\M(?! (mails?|e-?mails?|messages?|notes?|further|name|address|contact))$p$) THEN
            CONTINUE;
        ELSIF tell[place] AND go[place] AND (no[place] OR place * 2 > most)
              -- "tell me and I will explain" is an offer
              OR tell[place] AND no[place] AND place * 2 > most
                 AND this !~ $p$\m(and|so) (i|we) (will|can|would) (gladly |happily )?(explain|show|walk|help|get you|get it|share|make you|draft|prepare|add|adapt|map|suggest|recommend|give you|bring|book|arrange|look|check|find|build|create|plan|answer|pick|schedule|propose|send (it|you|the|over|a)|mail (it|you)|set (it|one|up))\M$p$
                 AND (this ~ ($p$^(if|should|in case|in the event|declining|refusing|saying no|naturally|of course|those|people|otherwise|or|and if|when|whenever|not?|nope|nah|neither|a|any|do|does|had|were|just|say|tell|reply|answer|write|we|i would|i am|your|yes|you (are|may|can)|it is|feel|prefer|rather|with|for|to|unless|anyone|"|[(]|[\u4e00-\u9fff])$p$
                              || $p$|\m(if|should|in case|whenever) (you|this|it|that|these)( [a-z]+){0,3} (not|no|rather|prefer|never)\M$p$)
                      OR pls_internal.asks_in(this) = '{}') THEN
            found := found || place::bigint;
        -- "Not wanted? One line will do."
        ELSIF place * 2 > most AND prior <> '' AND no[place - 1] AND (tell[place] OR go[place])
              AND (prior ~ $p$\?["\x27)]*\Z$p$ AND (NOT pls_internal.is_question(prior) OR prior ~ $p$\m(rather (i|we|not)|want (off|out)\M|want me (gone|to (stop|go|leave))|had enough|not (for|of|relevant|interested|wanted|useful|your|a fit|the right)|wrong|rather not|prefer not|no longer|stop|unsubscribe|fewer)\M|不想收|不想再|不要了|没兴趣|不需要|无需|不感兴趣|不合适$p$) OR prior !~ $p$\?["\x27)]*\Z$p$ AND go[place]) THEN
            found := found || CASE WHEN pls_internal.asks_in(prior) <> '{}' THEN ARRAY[place] ELSE ARRAY[place - 1, place] END::bigint[];
        END IF;
    END LOOP;
    RETURN found;
END;
$$;
COMMENT ON FUNCTION pls_internal.opt_out_places IS
    'Which sentences of a message, in plain form, tell the reader how to get no more of them: by their numbers; empty: none does.';

/* ---- asks ---- */

-- Questions that want an answer: with a subject, so that "Not needed?" is none.
CREATE FUNCTION pls_internal.question_words() RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN $p$((would|could|can|may|might|shall|should|will|do|does|did|are|is|have|has) (you|we|i|your|our|my|it|that|this|there|a|an|the|any|anyone|somebody|someone|one|either|next|another|acctname|theproduct|she|he|they|these|repname|signalwords|some|two|[a-z]+day|\d+)|am i|want|wanna|fancy|interested|care (to|for)|worth|up for|open to|game|keen|curious|free (on|for|to|at|this|next|in)|available|mind if|ok (to|if|with)|okay (to|if)|shall|any (interest|chance|thoughts|appetite|objections?)|what|which|who|whom|whose|when|where|how|to (whom|which|what)|got (time|a|\d+|ten|fifteen)|sounds?|need (one|it|a|any|help|that))$p$;
COMMENT ON FUNCTION pls_internal.question_words IS
    'A regular expression of how questions begin that want an answer of the reader.';

-- Imperatives that want something of the reader.
CREATE FUNCTION pls_internal.call_words() RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN $p$(give (the|our|it|this|your|us|me|[a-z]+ [a-z]+ a (read|try|spin|go))|pay|run (the|a|this)|describe|enrol|enroll|apply|nominate|arrange|install|switch (to|the|your)|renew|set aside|block|mark your|save the|get (your|a quote|started|back to|in touch)|drop (your|by|in|me|us)|invite|ask (your|me|us)|have (your|a (look|read|go|think|try))|turn on (the|your|it)|switch on (the|your|it)|enable (the|it|your)|activate (the|it|your)|act as|serve as|be (a|our)|become|write (us|a|an)|pass (this|it)|convince|book|schedule|grab|pick|choose|reserve|reply|respond|answer|e-?mail (me|us|your|the)|write (back|me|to|us)|call (me|us)|ring (me|us)|text (me|us)|message (me|us)|click|tap|visit|download|sign (up|the|here|this|off|and|your|our|it|a)|register|join|watch|read (the|our|this|my|it|up)|check out|fill (in|out)|complete (the|our|this)|take (a|the|our|this|part|(five|two|ten|\d+) minutes)|try (the|our|it|this|out)|upgrade|buy|order|purchase|subscribe|forward|share (the|this|your|it|with|our|a|that)|introduce|connect (me|us)|put (me|us)|point (me|us)|refer|send (me|us|over|your|a|the|it|this)|tell (me|us)|let (me|us) know|let us (book|schedule|hold|have|meet|talk|set|grab|do|find|get|hop|jump|chat|fix|plan)|name (a|the|your|two)|confirm|look at|accept|approve|request|contact|hit reply|rsvp|ping|follow (us|our|me|the|along|it|theproduct)|quote (us|me|your)|leave (your|an)|review (it|your|this)|add (me|your|us)|loop|copy (me|us)|cc|start (the|a|your)|claim|redeem|leave (us|a|me)|rate (us|our|your)|review (the|our|us)|vote|find (a|any)|set up a|come (to|and)|attend|provide|submit|post (a|about)|recommend|spread the|like (our|us)|join|do (join|come|try|sign|book|register|send|have|fill))$p$;
COMMENT ON FUNCTION pls_internal.call_words IS
    'A regular expression of the imperatives that ask something of the reader.';

CREATE FUNCTION pls_internal.chinese_asks(sentence text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    -- please, may I trouble you, could you, are you free, I would like to: at the
    -- beginning of a part; after one of them also what begins with then, also, finally
    SELECT CASE WHEN cardinality(t.parts) > 0 THEN t.parts
                -- any other question
                WHEN chinese_asks.sentence ~ $p$[?？]|[吗呢]([，,]|\Z)$p$ THEN ARRAY[chinese_asks.sentence] ELSE '{}' END
      FROM (SELECT regexp_replace(chinese_asks.sentence,
               $p$(^|[，,；;:：])(一是|二是|三是|其一|其二|一来|二来|第一|第二|还有|同时|另外|此外|也|并且|并|还|再|然后|顺便|最后|其次|首先|以及|[，,]| )*(?=请|麻烦|烦请|劳烦|劳驾|能否|可否|能不能|是否|想请|想和|想跟|想约|希望您|希望能|欢迎|方便|帮忙)|(?<!能否|可否|是否|想|能|可以)(?=请(您|你|贵))$p$, E'\\&\x02', 'g') AS marked) m
     CROSS JOIN LATERAL (SELECT (string_to_array(CASE WHEN position(E'\x02' IN m.marked) = 0 THEN m.marked
               ELSE regexp_replace(m.marked, $p$([，,]|, )(?=(再|然后|最后|并|同时|也|另外|还|顺便)[^\x02])$p$, E'\\&\x02', 'g') END, E'\x02'))[2:]) AS t (parts)
$$;
COMMENT ON FUNCTION pls_internal.chinese_asks IS
    'Part of pls_internal.asks_in(): the asks of a Chinese sentence.';

-- An ask begins a sentence or a part of one; a mark goes before each.
CREATE FUNCTION pls_internal.asks_in(sentence text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lead   CONSTANT text := $p$(((and|but|so|then|also|or|too|please|kindly|just|simply|maybe|perhaps|next|finally|first|second|lastly|oh|hey|first of all|after that|before that|by the way|in addition|besides|separately|meanwhile|in return|for that|go ahead and|be sure to|feel free to|do not forget to|remember to|you (can|could|may|might)( also)?|if so|in that case|p\.?s\.?:?)[,:]? |(if|when|once|should|to|before|after|as|while|for|in|since|until|with|on|at) [^,?:;]+, )*)$p$;
    asking CONSTANT text := $p$((would|could|can|may|might|shall|should|will|do|are|when|how|who|what) (you|we|i|our)\M)$p$;
    marked text := asks_in.sentence;
BEGIN
    IF octet_length(marked) <> length(marked) AND marked ~ $p$[\u4e00-\u9fff]$p$ THEN
        RETURN pls_internal.chinese_asks(marked);
    END IF;
    marked := regexp_replace(marked, $p$(^|[;:(] | - )$p$ || lead || '(?=' || pls_internal.call_words() || $p$\M)|\m(please|kindly) (?=[a-z])(?!(note|find|excuse|forgive|bear|ignore|disregard|feel|do not|be|rest|pardon|keep in|consider|know|understand)\M)$p$, E'\\&\x02', 'g');
    IF marked ~ $p$\?["\x27)]*\Z$p$ THEN
        marked := regexp_replace(marked, $p$(^|[,;:(] | - )$p$ || lead || '"?(?=' || pls_internal.question_words() || $p$\M)$p$, E'\\&\x02', 'g');
    END IF;
    -- what the writer would like
    marked := regexp_replace(marked, $p$\m(i|we) (would|want|need|am hoping|are hoping|am looking|are looking|are also looking)( (also|really|very much|then|further|furthermore|additionally|moreover|too|kindly|just))* (for|like|love|need|ask|appreciate|be( [a-z]+)? (grateful|delighted|glad|happy|thankful|thrilled|pleased|honou?red|chuffed|obliged|over the moon) if|value|your|a|an|to (book|meet|have|schedule|get|hear|interview|talk))\M(?! to (offer|introduce myself|tell|show|help|share|give|thank|point|send|invite|know|be sure|get it right|arrange|add))|\mit (would|is)( also)?( be)? (great|lovely|worth|helpful|good|nice|wonderful) (if you|to (meet|have|hear|get)|subscribing|joining|trying:|reading|watching)\M$p$, E'\x02\\&', 'g');
    -- "and", a comma: only an ask goes on with an ask
    IF position(E'\x02' IN marked) > 0 THEN
        marked := regexp_replace(marked, $p$(, |\m(and|then) )((and|then|also|please|finally|just|to) )*(?=$p$ || pls_internal.call_words() || $p$\M|$p$ || asking || ')', E'\\&\x02', 'g');
    END IF;
    RETURN (string_to_array(marked, E'\x02'))[2:];
END;
$$;
COMMENT ON FUNCTION pls_internal.asks_in IS
    'The asks of a sentence in plain form, each from its first word on: questions, imperatives, what the writer would like.';

CREATE FUNCTION pls_internal.is_question(sentence text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT is_question.sentence ~ $p$\?["\x27)]*\Z$p$ AND pls_internal.asks_in(is_question.sentence) <> '{}'
$$;
COMMENT ON FUNCTION pls_internal.is_question IS
    'Whether a sentence in plain form is a question that wants an answer of the reader.';

-- What an ask wants.  Offers, answers and facts go with any other ask.
CREATE FUNCTION pls_internal.kind_of_ask(ask text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        -- questionnaire, feedback, rating, case study; sign up, follow; sign, order, upgrade, pay, renew; introduce, forward; invite; call, talk, demo, day, time; watch, try
        WHEN t.ask ~ $p$[\u4e00-\u9fff]$p$ THEN CASE
            WHEN t.ask ~ $p$问卷|推荐客户|参考客户|标杆客户|背书|代言|反馈|评价|打分|意见|评分|案例|采访|点评|愿意推荐|写条|好评|调研$p$ THEN 'opinion'
            WHEN t.ask ~ $p$介绍给|引荐|转发|转给|推荐给|引见|拉进|介绍一下$p$ THEN 'refer'
            WHEN t.ask ~ $p$邀请|拉[^，。]{0,4}(同事|人)|叫上|带上$p$ THEN 'invite'
            WHEN t.ask ~ $p$注册|试用$p$ THEN 'look'
            WHEN t.ask ~ $p$报名|订阅|关注|参加|加入$p$ THEN 'join'
            WHEN t.ask ~ $p$签字|签署|签回|签约|订单|升级|购买|付款|续约|续费|下单|盖章|开通|批准$p$ THEN 'buy'
            WHEN t.ask ~ $p$电话|通话|会议|见面|聊|谈谈|演示|时间|方便|有空|周[一二三四五]|预约|上午|下午$p$ THEN 'meet'
            WHEN t.ask ~ $p$^请?(先|您|再|然后)*(看|观看|下载|试|阅读)$p$ THEN 'look'
            WHEN t.ask ~ $p$回复|告诉|告知$p$ AND t.ask !~ $p$人数|预算|数量|地址|多少|谁$p$ THEN 'answer'
            WHEN t.ask ~ $p$要不要|需要|想不想|给您|发您|寄$p$ THEN 'offer'
            ELSE 'fact' END
        ELSE (SELECT CASE
                  WHEN 1 = ANY (w.wants) THEN 'opinion' WHEN 2 = ANY (w.wants) THEN 'join' WHEN 3 = ANY (w.wants) THEN 'buy'
                  WHEN h.head[1] IS NOT NULL AND NOT 6 = ANY (w.wants) THEN 'offer'
                  WHEN 4 = ANY (w.wants) AND h.head[1] IS NULL THEN 'refer' WHEN 5 = ANY (w.wants) THEN 'invite'
                  WHEN 6 = ANY (w.wants) OR 7 = ANY (w.wants) THEN 'meet'
                  WHEN h.head[2] IS NOT NULL THEN 'look' WHEN h.head[3] IS NOT NULL THEN 'answer'
                  WHEN h.head[1] IS NOT NULL OR h.head[4] IS NOT NULL THEN 'question' ELSE 'fact' END
                -- how it begins
                FROM (SELECT regexp_match(t.ask, $p$^(?:$p$
                       -- 1 an offer
                       || $p$((?:(?:shall|should|may|can|could|might) (?:i|we|she|he|our)|want|wanna|fancy|interested|would you (?:like|care|want|be interested)|care|curious|mind if|would (?:a|an|the|it|that|this) )\M)$p$
                       -- 2 something to look at
                       || $p$|((?:watch|read|visit|download|try|give|click|run|install|take|check out|sign up|join|attend|come)\M)$p$
                       -- 3 an answer
                       || $p$|((?:reply|respond|answer|let (?:me|us) know|tell (?:me|us)|say|hit reply|write back)\M(?!.*\m(?:your|how many|who|budget|address|phone|number)\M))$p$
                       -- 4 a question
                       || $p$|((?!(?:could|can|would|will) you (?:please |also )?(?:send|give|tell|share|provide|confirm|name)\M)(?:(?:shall|should|may|can|could|might|would|will|does|do|is|are|want|interested|sounds?|how|what|which|when|where)\M))$p$
                       || $p$)$p$)) AS h (head)
               -- what is in it
               CROSS JOIN LATERAL (SELECT ARRAY(SELECT array_position(ARRAY(SELECT m.word IS NOT NULL FROM unnest(f.found) AS m (word)), true)
                   FROM regexp_matches(t.ask, $p$\m(?:$p$
                       -- 1 opinion
                       || $p$(survey|feedback|testimonial|case study|reference customer|(?:a|as|our) reference|logo|vote|interview|rating|rate us|nps|poll|(?:leave|write|post|give)(?: us)?(?: an?)?(?: [a-z]+)? review|review (?:us|on|site)|(?:quick|public|short|honest|online) review|study|recommend|quote us)$p$
                       -- 2 join
                       || $p$|(webinar|newsletter|community|conference|linkedin|podcast|certification|masterclass|meetup|summit|register|subscrib(?:e|ing)|follow (?:us|our|me|the)|council|advisory board|beta group|user group)$p$
                       -- 3 buy
                       || $p$|(sign (?:the|here|this|and|off on)|signature|approve|upgrade|buy|purchase|order form|place the order|pay|deposit|renew|go-ahead|(?:we|you) sign|(?:begin|start) (?:the|your) (?:paid|contract|subscription)|paid pilot|move you (?:to|over)|switch (?:the|your)|purchase order|countersign|add (?:more )?seats|commit)$p$
                       -- 4 refer
                       || $p$|(introduc(?:e|tion)|intro|refer|referral|put (?:me|us) (?:in touch|through)|connect (?:me|us)|point (?:me|us)|forward|pass (?:this|it)|(?:share|discuss) (?:this|it|the|that)(?: [a-z]+){0,3} with|copy (?:me|us)|cc|loop|(?:signs off|who (?:signs|decides|approves|pays)|decides|decision maker)|another company|anyone else|somebody else who|to your (?:boss|board|manager|cto|cfo|ceo|team|colleagues|management|director))$p$
                       -- 5 invite
                       || $p$|(invite|nominate|add your|bring your|your (?:colleagues|teammates) (?:to|into))$p$
                       -- 6 meet, which an offer may be as well
                       || $p$|(workshop|call|call you|ring you|meet|meeting|talk|chat|speak|demo|session|minutes|mins?|slot|hour|calendar|walk ?through|hop on|phone)$p$
                       -- 7 meet
                       || $p$|(call|meet|meeting|talk|chat|speak|demo|session|minutes|mins?|slot|walk ?through|time|(?:mon|tues|wednes|thurs|fri)day|tomorrow|week|schedule|book|calendar|coffee|beer|lunch|workshop|hour|ring|phone|zoom|screen share|morning|afternoon|date|the \d{1,2}(?:st|nd|rd|th))$p$
                       || $p$)\M$p$, 'g') AS f (found))) AS w (wants)) END
      FROM (SELECT kind_of_ask.ask) AS t (ask)
$$;
COMMENT ON FUNCTION pls_internal.kind_of_ask IS
    'What an ask, in plain form, wants of the reader: opinion, join, buy, meet, refer, invite, look, fact, answer, question; offer: leave to give something.';

-- "and", "also", "next", "P.S." and the like begin something new; without them
-- two asks are two only if they want different things.
CREATE FUNCTION pls_internal.asks_of(sentences text[], opt_out bigint[], kind text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    open     CONSTANT text := $p$^(what|which|who|whose|when|where|how|why|do|does|did|is|are|have|has|tell me|tell us|walk me|describe|would (it|that|this)|\d)\M$p$;
    strong   CONSTANT text[] := '{opinion,join,buy,meet,refer,invite,look}';
    sentence text;
    part     text;
    wants    text;
    fresh    boolean := false;
    inner_place integer;
    chosen   boolean;
    questions integer := 0;
    asks     text[] := '{}';
    kinds    text[] := '{}';
BEGIN
    FOR place IN 1 .. cardinality(sentences) LOOP
        sentence := sentences[place];
        CONTINUE WHEN place = ANY (opt_out);
        fresh := fresh OR sentence ~ $p$\m(also|too|besides|separately|additionally|in addition|as well|another|next(,| may| could)|then,? (reply|book|send|please|let us|could|can|would|tell|sign|invite|share|forward|we|i)|(you|we) then|finally|lastly|second(ly)?|by the way|oh,|plus|ps|p\.s|furthermore|moreover|while (you are|we are|i have)|same time|on top|one more|one other|after that|two (things|matters|requests|favors|favours|asks))\M|^and\M|另外|同时|此外|还想|还请|也请|也麻烦|也想|顺便|然后|再请|其次|最后|以及|并请|还有|并且|两(个|件)(请求|事)|二是$p$;
        -- whether it is a good moment to talk
        CONTINUE WHEN kind IS NOT DISTINCT FROM 'call_opener'
                  AND sentence ~ $p$\m(bad|good|okay|ok|right|convenient|better|terrible|best) (time|moment)\M|\m(have|got|spare|give me|take) (a|two|one|\d+|a few|30|thirty|a quick|half a) ?(minutes?|seconds?|moments?|secs?|mins?)\M|\mcatch(ing)? you\M$p$;
        inner_place := 0;
        chosen := false;
        FOREACH part IN ARRAY pls_internal.asks_in(sentence) LOOP
            -- "choose a slot and send it back" is one
            CONTINUE WHEN inner_place > 0 AND part LIKE ANY ('{send it %,send them %,send that %,mail it %,mail them %,return it%,return them%,give it %,tell me which%,let me know which%,name it%,name one%}');
            inner_place := inner_place + 1;
            questions := questions + CASE WHEN sentence LIKE '%?%' AND part ~ open THEN 1 ELSE 0 END;
            -- "or" offers a choice
            CONTINUE WHEN chosen;
            chosen := rtrim(part) LIKE '% or';
            IF cardinality(asks) = 0 AND (kind IS DISTINCT FROM 'discovery' OR pls_internal.kind_of_ask(part) = ANY (strong) AND part !~ open) THEN
                asks := ARRAY[part];
                fresh := false;
                CONTINUE;
            END IF;
            wants := pls_internal.kind_of_ask(part);
            IF kind IS NOT DISTINCT FROM 'discovery' AND (NOT wants = ANY (strong) AND NOT (wants = 'fact' AND inner_place > 1 AND part ~ '^[a-z]')
                AND part !~ $p$^(could|can|would|will) you (please |also )*(share|send|give|provide|forward) (us |me )?(your|the|a copy)\M$p$ OR part ~ open) THEN
                CONTINUE;
            END IF;
            IF cardinality(kinds) = 0 AND cardinality(asks) > 0 THEN
                kinds := ARRAY[pls_internal.kind_of_ask(asks[1])];
            END IF;
            IF wants = ANY (kinds) AND questions < 3 OR wants = 'answer' OR sentence LIKE ANY ('{or %,otherwise%,either %,if not%,if so%,if yes%}') THEN
                CONTINUE;
            END IF;
            -- three questions are several, whatever they are about
            IF fresh OR questions > 2 AND kind IS DISTINCT FROM 'discovery' OR inner_place > 1 AND NOT wants = 'question'
               OR (wants = ANY (strong) OR wants = 'fact' AND sentence LIKE '%?%') AND kinds[cardinality(kinds)] = ANY (strong) THEN
                asks := asks || part;
                kinds := kinds || wants;
            END IF;
            fresh := false;
        END LOOP;
    END LOOP;
    RETURN asks;
END;
$$;
COMMENT ON FUNCTION pls_internal.asks_of IS
    'The asks of a message in sentences of plain form, one of each kind; not those of its opt-out lines. kind: of a call_opener it is none whether it is a good moment to talk; of discovery questions are none.';
