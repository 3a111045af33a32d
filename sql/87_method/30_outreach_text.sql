/* 30_outreach_text.sql - the words of a message: plain form, sentences, opt-out, asks.
 *
 * pls.lint_template() judges the plain form of a text, so that quotes, spaces
 * that nobody sees, letters that look like others and contractions make no
 * difference.  The server keeps 32 compiled regular expressions and compiling
 * is what takes time, so there are few, and what they say is made of meanings:
 * a no, a way to tell it, a writer who then stops; an ask and what it wants.
 */

CREATE FUNCTION pls_internal.plain_characters(text text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    plain text := plain_characters.text;
BEGIN
    IF octet_length(plain) <> length(plain) THEN
        IF getdatabaseencoding() = 'UTF8' THEN
            plain := normalize(plain, NFKC);
        END IF;
        plain := regexp_replace(plain, $p$[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]$p$, '', 'g');
        plain := regexp_replace(plain, $p$[\u2018\u2019\u201a\u201b\u2032\u02bc\u02b9\u00b4\uff07]$p$, '''', 'g');
        plain := regexp_replace(plain, $p$[\u201c-\u201f\u2033\u00ab\u00bb]$p$, '"', 'g');
        plain := regexp_replace(plain, $p$[\u2010\u2011\u2012\u2212]$p$, '-', 'g');
        plain := regexp_replace(plain, $p$[\u2013\u2014\u2015]$p$, ' - ', 'g');
        plain := regexp_replace(plain, $p$[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]$p$, ' ', 'g');
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
        [' gonna ', ' going to '], [' wanna ', ' want to '], [' gotta ', ' have to '], [' & ', ' and ']] LOOP
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
BEGIN
    whole := regexp_replace(whole, $p$\m(e\.g|i\.e|etc|mr|ms|mrs|dr|vs|approx|no|p\.s|inc|ltd)\.(?= [a-z])$p$, $p$\1$p$, 'g');
    whole := regexp_replace(whole, $p$\n\s*(\n\s*|[-*\u2022\u2192]\s+|\d+[.)]\s+)|(?<=[.!?:,\u3002\uff01\uff1f]["\x27)]? ?)\n$p$, E'\x01', 'g');
    whole := regexp_replace(whole, $p$\s+$p$, ' ', 'g');
    whole := regexp_replace(whole, $p$([.!?]["\x27)]*) |([\u3002\uff01\uff1f]["\x27]?)|(\?)(?=[^ \x01"\x27.)&=/a-z0-9])$p$, $p$\1\2\3$p$ || E'\x01', 'g');
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
               $p$\mno (hard feelings|obligations?|rush|pressure|hurry|strings|commitment|charge|cost|need to|doubt|matter|slides?|deck|extra|credit card|card|prep[a-z]*|sales|jargon|set-?up|later|longer than|more than|fewer than|less than|meeting( is)? (needed|required)|call( is)? (needed|required))\M|\m(not|no) (only|just|yet sure|least|long ago)\M|\mwhy not\M|\mrather than\M|\mmore or less\M|\m(drop|leave) (by|in|me|us|your [a-z ]+) (a|with)\M|\mpass (it|this|that|them) (on|to)\M|\moff[- ](line|ice|peak|site|hours|shelf)\M|\m(is|are|was|were|does|do|did|has|have|need|can|could) not (need|take|have to|cost|require|matter|count|change|touch|include|only|on|in)\M|\u6ca1\u5173\u7cfb|\u4e0d\u7740\u6025|\u4e0d\u9519$p$, ' ', 'g')
           ~ ($p$\m(no|not|nope|nah|never|none|nothing|nobody|neither|rather|sooner|prefer|enough|stop|hush|quiet|silen(t|ce)|peace|wrong|pass|skip|declin(e|ing)|refus(e|al)|drop(ped)?|leave|less|fewer|off|cancel(led)?|shelved|nuisance|bother(some)?|bor(e|ed|ing)|annoy(s|ing|ed)?|un(interested|welcome|wanted|needed|necessary|helpful)|irrelevant|uninteresting|elsewhere|someone else|somebody else|instead|already|covered|sorted|settled|solved|resolved|decided|moved (on|in)|all (set|good|the [a-z]+ you need)|content|happy (as|where|with|the way)|fine (as|for|without|with)|under control|alone|solo|without (us|me|one|it|help)|cold|dead|gone|closed|an end|over|busy|full|later|premature|changed (your|its|course)|mistake|spam|noise|clutter|thumbs[- ]down|remove|delete|mute|go away|go ahead without|too (full|many|much|soon|busy|often|early|late)|bad (time|fit|moment)|fed up|tired of|sick of|lost interest|handled|taken care of|in hand|yourself|yourselves|own way|by hand|running fine)\M$p$
           -- in Chinese: not, none, do not, stop, unsubscribe, refuse, shelved, cancelled, already have, wrong person
           || $p$|[\u4e0d\u6ca1\u65e0\u522b\u505c\u9000\u62d2\u514d\u5426]|\u6401\u7f6e|\u53d6\u6d88|\u7b97\u4e86|\u5df2\u6709|\u5df2\u7ecf|\u627e\u9519|\u6682\u7f13$p$)
$$;
COMMENT ON FUNCTION pls_internal.says_no IS
    'Part of pls_internal.opt_out_places(): whether a passage in plain form speaks of the reader''s no, or of a state in which they want nothing.';

CREATE FUNCTION pls_internal.tells_how(passage text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT tells_how.passage ~ ($p$\m(say|saying|says|tell|telling|repl(y|ies|ying)|writ(e|ing)|answer|respond|response|send|sending|let (me|us) know|(the|one|a|single|quick) word|words|line|short message|message|notification|type|text|click|tap|hit|link|footer|return mail|note|notify|shout|shouting|mention|ask|inform|hint|signal|(by|a|return) (mail|e-?mail)|heads-?up|yell|ping|nod|thumbs|reaction|emoji|feel free to|free to|(is|are|works?) (just as |perfectly |quite |absolutely |also |equally |totally |a )*(fine|ok|okay|good|welcome|valid|perfectly|fair)|may (of course )?decline|hear (a|your)|no (is|means) no|(a|your|the) ([a-z]+ )?"?no)\M|"[a-z, \x27!-]+[.!]?"$p$
           -- in Chinese: reply, tell, say so, write, let know, click
           || $p$|\u56de\u590d|\u56de\u201c|\u56de"|\u56de\u4e00|\u56de\u4e2a|\u56de\u4fe1|\u544a\u8bc9|\u544a\u77e5|\u8bf4\u4e00|\u8bf4\u58f0|\u8bf4\u4e2a|\u76f4\u8bf4|\u660e\u8bf4|\u76f4\u8a00|\u4e00\u53e5\u8bdd|\u4e00\u58f0|\u4e00\u4e2a\u5b57|\u77e5\u4f1a|\u793a\u4e0b|\u5429\u5490|\u70b9\u51fb|\u94fe\u63a5|\u6253\u4e2a\u62db\u547c|\u901a\u77e5\u6211$p$)
$$;
COMMENT ON FUNCTION pls_internal.tells_how IS
    'Part of pls_internal.opt_out_places(): whether a passage in plain form names a way to answer, or says that an answer is welcome.';

-- What the writer, or the writing, does then: it ends.
CREATE FUNCTION pls_internal.lets_go(passage text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT lets_go.passage ~ ($p$\m(i|we|it|they|these|this|that|mails?|e-?mails?|messages?|notes?|mine|thread|and|to|reply|me|us)( (will|would|shall|am|are|is|can|do|promise to|gladly|happily|then|simply|just|all|at once|immediately|get|have|and|to|be|also|consider [a-z ]+))* (stop|stopping|quit|ceases?|ends?|closed?|close (this|it|the|out|your)|closing (the|this|your)|dropp?(ed|ing)?|leave (it|you|this|things|that|the|matters|off)|left (alone|in peace)|gone|cross(ed)?|strike|struck|scratch|withdraw|bow|back (off|out)|step (aside|back)|stand down|hush|silent|quiet|heed|honou?r(ed)?|respect(ed)?|accept(ed)?|comply|forget|file (it|this)|park|shelve|archive|bin (it|this)|put (it|this|the|down)( [a-z]+)? ?(away|down|aside|to rest|back)|put down my|rest (my case)?|retreat|move (on|along)|sign off|pack (up|it)|switch (it|them|these|this|off)|turn (it|them|these|this)( [a-z]+)? off|mute|spare|skip (it|you|this|that)|exclude|hold (back|off|my)|keep (quiet|out|away|my distance|to (that|it)|silent|it to myself)|refrain|desist|pause|let (it|you|this|that|things)( (be|go|rest|drop|lie))?|disappear|vanish|go (away|silent|quiet)|tip my|act accordingly|wrap (this|it) up|clear out|get out|out of your|off (the|my|our|your|both)|take (it off|you off|that as|no for|the hint|your name|your address|me off)|see (to it|that)|remember|make a note|note (it|that)|noted|done|understand|farewell|bid you|not (write|ask|bother|hear|email|contact|raise|offer|mention|press|nag|come|return|enquire|follow|chase|trouble|disturb|send|push|circle|be (asked|contacted|written)|bring|pester|get (any|these|more)|take up|pitch|happen)|never (write|ask|bother|mention|hear|contact|raise|bring|email)|no longer (write|contact|be|hear|get|email)|write no|bother you no|remove|delete|unsubscribe|pull (you|the plug)|the (last|end)|over|final|settled|enough|sufficient|plenty)\M$p$
           || $p$|\m(no (more|further)|nothing (more|further|else)|never (again|hear|get)|ever again|not (hear|get|receive|be asked|be contacted|be written)|(hear|ask|write|mail|email|contact|offer|bring|come|mention|raise)( [a-z]+){0,5} (again|further|twice|no more|any more|anymore)|for good|will cease|keeps? (me|us|it) (from|quiet|out)|stops? (them|it|me|us|these|mine|there|here)|mine stop|does (it|the trick|the job)|end to (this|these|the|it|my|our)|do the job|works? (too|instantly|as well|just as well|equally well|for me)|is (all it takes|all i need|all we need|all you need)|all it takes|suffices?|that is (that|it|fine|ok|okay|all|the end)|it stops|stop (mailing|writing|e-?mailing|contact|messag|the|these|this|our|me|us)[a-z]*|spares? you|ends? (this|the|our|it|here|there)|sends? me away|on my way|call it a day|end of (it|the|story))\M|\mand (i|we|it|they|you) (will|shall)( be)?[.!]?$|\mi (will|shall|would)[.!]?$|\mso (be it|it shall be)$p$
           -- in Chinese: never again, then not, stop, file, cross out, remove, end here, close, respect, take back
           || $p$|\u4e0d(\u4f1a)?\u518d|\u5c31\u4e0d|\u5c31\u505c|\u505c\u6b62|\u505c\u4e0b|\u9a6c\u4e0a\u505c|\u5f52\u6863|\u5212\u6389|\u79fb(\u51fa|\u9664)|\u6253\u4f4f|\u5230\u6b64\u4e3a\u6b62|\u5c31\u6b64|\u5173\u95ed|\u5220\u9664|\u5c0a\u91cd|\u64a4|\u7ed3\u675f|\u4f5c\u7f62|\u6536\u624b|\u4e0d\u6253\u6270|\u514d\u6253\u6270|\u6536\u56de|\u6401\u4e0b|\u4e0d\u63d0|\u4e0d\u5bc4|\u4e0d\u53d1|\u4e0d\u6765$p$)
$$;
COMMENT ON FUNCTION pls_internal.lets_go IS
    'Part of pls_internal.opt_out_places(): whether a passage in plain form says that the writer then stops, or that a word is enough.';

-- "Unsubscribe", "opt out", "remove me", wherever they are no feature of the product.
CREATE FUNCTION pls_internal.is_opt_out(sentence text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT is_opt_out.sentence ~ $p$\m(unsubscrib(e|ed|ing)|opt(ing)?[- ]?((me|you) )?out|(remove|take|strike|drop|scratch|cross) (me|you|your (name|address)) ?(off|from|out)|remove me|manage (your )?(e-?mail )?preferences|(e-?mail|mail|contact) preferences:?)\M(?! (links? and|lists?|pages?|rates?|requests|bounces|forms|handling|flows?|reasons|headers?))|"(stop|remove|unsubscribe)"|\u9000\u8ba2|\u53d6\u6d88\u8ba2\u9605$p$
       AND is_opt_out.sentence !~ $p$\m(can not|no way to|no need to|never|do not|handles?|tak(es|ing) care of|process(es)?|manages|automatic(ally)?|track(s|ing)?|honou?rs|theproduct( [a-z]+){0,3}|your (readers|customers|subscribers|users|recipients|contacts)( [a-z]+){0,2}|how (many|to handle)|when (someone|somebody|people|readers)|double) ([a-z]+ ){0,2}(opt[- ]?(out|in)|unsubscrib)|theproduct[^\u3002]{0,12}\u9000\u8ba2$p$
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
        -- a question that follows is the ask, and what is told is its answer
        ELSIF this ~ $p$\?["\x27)]*\Z$p$ OR this ~ $p$\m(tell (me|us)|let (me|us) know|know|see|ask)( (me|us))?,? (which|what|when|who|whom|where|how)\M$p$ THEN
            CONTINUE;
        ELSIF tell[place] AND go[place] AND (no[place] OR place * 2 > most AND (no[place - 1] OR this ~ $p$^(if|should|in case|or|otherwise|and|just|a|one|simply|you|feel|use|had|were|whenever|\u5982|\u82e5|\u8bf4|\u544a\u8bc9|\u56de)|\m(if|in case|should you)\M$p$))
              OR place * 2 > most AND no[place] AND tell[place]
                 AND this ~ $p$^(if|should|in case|otherwise|or|and if|when|whenever|not?|nope|nah|neither|a|any|please|kindly|do|does|had|were|just|say|tell|reply|answer|write|we|i would|your|you (are|may|can)|it is|feel|prefer|rather|with|for|to|and|unless|anyone|"|[(]|[\u4e00-\u9fff])$p$ THEN
            found := found || place::bigint;
        -- "Not wanted? One line will do."
        ELSIF place * 2 > most AND prior <> '' AND no[place - 1] AND (tell[place] OR go[place])
              AND (prior ~ $p$\?["\x27)]*\Z$p$ AND NOT pls_internal.is_question(prior) OR prior !~ $p$\?["\x27)]*\Z$p$ AND go[place]) THEN
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
    RETURN $p$(give (the|our|it|this|your|us|me|[a-z]+ [a-z]+ a (read|try|spin|go))|pay|run (the|a|this)|describe|enrol|enroll|apply|nominate|arrange|install|switch (to|the|your)|renew|set aside|block|mark your|save the|get (your|a quote|started|back to|in touch)|drop (your|by|in|me|us)|invite|ask (your|me|us)|have (your|a look)|pass (this|it)|convince|book|schedule|grab|pick|choose|reserve|reply|respond|answer|e-?mail (me|us|your|the)|write (back|me|to|us)|call (me|us)|ring (me|us)|text (me|us)|message (me|us)|click|tap|visit|download|sign (up|the|here|this|off|and)|register|join|watch|read (the|our|this|my|it|up)|check out|fill (in|out)|complete (the|our|this)|take (a|the|our|this|part|(five|two|ten|\d+) minutes)|try (the|our|it|this|out)|upgrade|buy|order|purchase|subscribe|forward|share (the|this|your|it|with)|introduce|connect (me|us)|put (me|us)|point (me|us)|refer|send (me|us|over|your|a|the|it|this)|tell (me|us)|let (me|us) know|let us (book|schedule|hold|have|meet|talk|set|grab|do|find|get|hop|jump|chat|fix|plan)|name (a|the|your|two)|confirm|look at|accept|approve|request|contact|hit reply|rsvp|ping|follow (us|our|me)|add (me|your|us)|loop|copy (me|us)|cc|start (the|a|your)|claim|redeem|leave (us|a|me)|rate|review (the|our|us)|vote|find (a|any)|set up a|come (to|and)|attend|provide|submit|post (a|about)|recommend|spread the|like (our|us)|join|do (join|come|try|sign|book|register|send|have|fill))$p$;
COMMENT ON FUNCTION pls_internal.call_words IS
    'A regular expression of the imperatives that ask something of the reader.';

CREATE FUNCTION pls_internal.chinese_asks(sentence text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    -- please, may I trouble you, could you, are you free, I would like to: at the beginning of a part
    SELECT CASE WHEN cardinality(t.parts) > 0 THEN t.parts
                -- any other question
                WHEN chinese_asks.sentence ~ $p$[?\uff1f]|[\u5417\u5462]\Z$p$ THEN ARRAY[chinese_asks.sentence] ELSE '{}' END
      FROM (SELECT (string_to_array(regexp_replace(chinese_asks.sentence,
               $p$(^|[\uff0c,\uff1b;:\uff1a])(\u540c\u65f6|\u53e6\u5916|\u6b64\u5916|\u4e5f|\u5e76\u4e14|\u5e76|\u8fd8|\u518d|\u7136\u540e|\u987a\u4fbf|\u6700\u540e|\u5176\u6b21|\u9996\u5148|\u4ee5\u53ca|[\uff0c,]| )*(?=\u8bf7|\u9ebb\u70e6|\u70e6\u8bf7|\u52b3\u70e6|\u52b3\u9a7e|\u80fd\u5426|\u53ef\u5426|\u80fd\u4e0d\u80fd|\u662f\u5426|\u60f3\u8bf7|\u60f3\u548c|\u60f3\u8ddf|\u60f3\u7ea6|\u5e0c\u671b\u60a8|\u5e0c\u671b\u80fd|\u6b22\u8fce|\u65b9\u4fbf|\u5e2e\u5fd9)|(?=\u8bf7(\u60a8|\u4f60|\u8d35))$p$, E'\\&\x02', 'g'), E'\x02'))[2:]) AS t (parts)
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
    IF marked ~ $p$[\u4e00-\u9fff]$p$ THEN
        RETURN pls_internal.chinese_asks(marked);
    END IF;
    marked := regexp_replace(marked, $p$(^|[;:(] | - )$p$ || lead || '(?=' || pls_internal.call_words() || $p$\M)|\m(please|kindly) (?=[a-z])(?!(note|find|excuse|forgive|bear|ignore|disregard|feel|do not|be|rest|pardon|keep in|consider|know|understand)\M)$p$, E'\\&\x02', 'g');
    IF marked ~ $p$[?\uff1f]["\x27)]*\Z$p$ THEN
        marked := regexp_replace(marked, $p$(^|[,;:(] | - )$p$ || lead || '(?=' || pls_internal.question_words() || $p$\M)$p$, E'\\&\x02', 'g');
    END IF;
    -- what the writer would like
    marked := regexp_replace(marked, $p$\m(i|we) (would|want|need|am hoping|are hoping|am looking|are looking|are also looking)( (also|really|very much|then))* (for|like|love|need|ask|appreciate|be (grateful|delighted|glad|happy|thankful) if|value|your|a|an|to (book|meet|have|schedule|get|hear|interview|talk))\M(?! to (offer|introduce myself|tell|show|help|share|give|thank|point|send|invite|know|be sure|get it right|arrange|add))|\mit (would|is)( also)?( be)? (great|lovely|worth|helpful|good|nice|wonderful) (if you|to (meet|have|hear|get)|subscribing|joining|trying:|reading|watching)\M$p$, E'\x02\\&', 'g');
    -- "and", a comma: only an ask goes on with an ask
    IF position(E'\x02' IN marked) > 0 THEN
        marked := regexp_replace(marked, $p$(, |\m(and|then|also) )((and|then|also|please|finally|just|to) )*(?=$p$ || pls_internal.call_words() || $p$\M|$p$ || asking || ')', E'\\&\x02', 'g');
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
    SELECT is_question.sentence ~ $p$[?\uff1f]["\x27)]*\Z$p$ AND pls_internal.asks_in(is_question.sentence) <> '{}'
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
            WHEN t.ask ~ $p$\u95ee\u5377|\u53cd\u9988|\u8bc4\u4ef7|\u6253\u5206|\u610f\u89c1|\u8bc4\u5206|\u6848\u4f8b|\u91c7\u8bbf|\u70b9\u8bc4|\u613f\u610f\u63a8\u8350|\u5199\u6761|\u597d\u8bc4|\u8c03\u7814$p$ THEN 'opinion'
            WHEN t.ask ~ $p$\u4ecb\u7ecd\u7ed9|\u5f15\u8350|\u8f6c\u53d1|\u8f6c\u7ed9|\u63a8\u8350\u7ed9|\u5f15\u89c1|\u62c9\u8fdb|\u4ecb\u7ecd\u4e00\u4e0b$p$ THEN 'refer'
            WHEN t.ask ~ $p$\u9080\u8bf7$p$ THEN 'invite'
            WHEN t.ask ~ $p$\u6ce8\u518c|\u62a5\u540d|\u8ba2\u9605|\u5173\u6ce8|\u53c2\u52a0|\u52a0\u5165$p$ THEN 'join'
            WHEN t.ask ~ $p$\u7b7e\u5b57|\u7b7e\u7f72|\u7b7e\u56de|\u7b7e\u7ea6|\u8ba2\u5355|\u5347\u7ea7|\u8d2d\u4e70|\u4ed8\u6b3e|\u7eed\u7ea6|\u7eed\u8d39|\u4e0b\u5355|\u76d6\u7ae0|\u5f00\u901a|\u6279\u51c6$p$ THEN 'buy'
            WHEN t.ask ~ $p$\u7535\u8bdd|\u901a\u8bdd|\u4f1a\u8bae|\u89c1\u9762|\u804a|\u8c08\u8c08|\u6f14\u793a|\u65f6\u95f4|\u65b9\u4fbf|\u6709\u7a7a|\u5468[\u4e00\u4e8c\u4e09\u56db\u4e94]|\u9884\u7ea6|\u4e0a\u5348|\u4e0b\u5348$p$ THEN 'meet'
            WHEN t.ask ~ $p$^\u8bf7?(\u770b|\u89c2\u770b|\u4e0b\u8f7d|\u8bd5|\u9605\u8bfb)$p$ THEN 'look'
            WHEN t.ask ~ $p$\u56de\u590d|\u544a\u8bc9|\u544a\u77e5$p$ AND t.ask !~ $p$\u4eba\u6570|\u9884\u7b97|\u6570\u91cf|\u5730\u5740|\u591a\u5c11|\u8c01$p$ THEN 'answer'
            WHEN t.ask ~ $p$\u8981\u4e0d\u8981|\u9700\u8981|\u60f3\u4e0d\u60f3|\u7ed9\u60a8|\u53d1\u60a8|\u5bc4$p$ THEN 'offer'
            ELSE 'fact' END
        WHEN t.ask ~ $p$\m(survey|feedback|testimonial|case study|reference customer|a reference|logo|vote|interview|rating|rate us|nps|poll|(leave|write|post|give)( us)?( an?)?( [a-z]+)? review|review (us|on|site)|quick review|beta|study|recommend|quote us)\M$p$ THEN 'opinion'
        WHEN t.ask ~ $p$\m(webinar|newsletter|community|conference|linkedin|podcast|certification|masterclass|meetup|summit|register|subscrib(e|ing)|follow us)\M$p$ THEN 'join'
        WHEN t.ask ~ $p$\m(sign (the|here|this|and|off on)|signature|approve|upgrade|buy|purchase|order form|place the order|pay|deposit|renew|go-ahead|(begin|start) (the|your) (paid|contract|subscription)|paid pilot|move you (to|over)|switch (the|your)|purchase order|countersign|add (more )?seats|commit)\M$p$ THEN 'buy'
        WHEN t.ask ~ $p$^(shall|should|may|can|could) (i|we|our)\M.*\m(call you|ring you|meet|talk|chat|speak|demo that|hop on|phone)\M$p$ THEN 'meet'
        WHEN t.ask ~ $p$^((shall|should|may|can|could|might) (i|we|she|he|our)|want|wanna|fancy|interested|would you (like|care|want|be interested)|care|curious|mind if|would (a|an|the|it|that|this) )\M$p$
             AND t.ask !~ $p$\m(call|meet|meeting|talk|chat|demo|session|minutes|min|slot|hour|calendar|walk ?through)\M$p$ THEN 'offer'
        WHEN t.ask ~ $p$\m(introduc(e|tion)|intro|refer|referral|put (me|us) (in touch|through)|connect (me|us)|point (me|us)|forward|pass (this|it)|(share|discuss) (this|it|the|that)( [a-z]+){0,3} with|copy (me|us)|cc|loop|(signs off|decides|decision maker)|another company|anyone else|somebody else who|to your (boss|board|manager|cto|cfo|ceo|team|colleagues|management|director))\M$p$ THEN 'refer'
        WHEN t.ask ~ $p$\m(invite|nominate|add your|bring your|your (colleagues|teammates) (to|into))\M$p$ THEN 'invite'
        WHEN t.ask ~ $p$\m(call|meet|meeting|talk|chat|speak|demo|session|minutes|mins?|slot|walk ?through|time|(mon|tues|wednes|thurs|fri)day|tomorrow|week|schedule|book|calendar|coffee|beer|lunch|workshop|hour|ring|phone|zoom|screen share|morning|afternoon|date|the \d{1,2}(st|nd|rd|th))\M$p$ THEN 'meet'
        WHEN t.ask ~ $p$^(watch|read|visit|download|try|give|click|run|install|take|check out|sign up|join|attend|come)\M$p$ THEN 'look'
        WHEN t.ask ~ $p$^(reply|respond|answer|let (me|us) know|tell (me|us)|say|hit reply|write back)\M(?!.*\m(your|how many|who|budget|address|phone|number)\M)$p$ THEN 'answer'
        WHEN t.ask ~ $p$^((shall|should|may|can|could|might|would|will|does|do|is|are|want|interested|sounds?|how|what|which|when|where)\M)$p$ THEN 'question'
        ELSE 'fact' END
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
    strong   CONSTANT text[] := '{opinion,join,buy,meet,refer,invite,look}';
    sentence text;
    part     text;
    wants    text;
    fresh    boolean := false;
    inner_place integer;
    chosen   boolean;
    asks     text[] := '{}';
    kinds    text[] := '{}';
BEGIN
    FOR place IN 1 .. cardinality(sentences) LOOP
        sentence := sentences[place];
        CONTINUE WHEN place = ANY (opt_out);
        fresh := fresh OR sentence ~ $p$\m(also|too|besides|separately|additionally|in addition|as well|another|next(,| may| could)|then,? (reply|book|send|please|let us|could|can|would|tell|sign|invite|share|forward|we|i)|(you|we) then|finally|lastly|second(ly)?|by the way|oh,|plus|ps|p\.s|furthermore|moreover|while (you are|we are|i have)|same time|on top|one more|one other|after that|two (things|matters|requests|favors|favours|asks))\M|^and\M|\u53e6\u5916|\u540c\u65f6|\u6b64\u5916|\u8fd8\u60f3|\u8fd8\u8bf7|\u4e5f\u8bf7|\u4e5f\u9ebb\u70e6|\u4e5f\u60f3|\u987a\u4fbf|\u7136\u540e|\u518d\u8bf7|\u5176\u6b21|\u6700\u540e|\u4ee5\u53ca|\u5e76\u8bf7|\u8fd8\u6709|\u5e76\u4e14$p$;
        -- whether it is a good moment to talk
        CONTINUE WHEN kind IS NOT DISTINCT FROM 'call_opener'
                  AND sentence ~ $p$\m(bad|good|okay|ok|right|convenient|better|terrible|best) (time|moment)\M|\m(have|got|spare|give me|take) (a|two|one|\d+|a few|30|thirty|a quick|half a) ?(minutes?|seconds?|moments?|secs?|mins?)\M|\mcatch(ing)? you\M$p$;
        inner_place := 0;
        chosen := false;
        FOREACH part IN ARRAY pls_internal.asks_in(sentence) LOOP
            inner_place := inner_place + 1;
            -- "or" offers a choice
            CONTINUE WHEN chosen;
            chosen := part ~ $p$\mor( (maybe|perhaps|also))? ?\Z$p$;
            IF cardinality(asks) = 0 AND kind IS DISTINCT FROM 'discovery' THEN
                asks := ARRAY[part];
                fresh := false;
                CONTINUE;
            END IF;
            wants := pls_internal.kind_of_ask(part);
            IF kind IS NOT DISTINCT FROM 'discovery' AND NOT (wants = ANY (strong)) THEN
                CONTINUE;
            END IF;
            IF cardinality(kinds) = 0 AND cardinality(asks) > 0 THEN
                kinds := ARRAY[pls_internal.kind_of_ask(asks[1])];
            END IF;
            IF wants = ANY (kinds) OR wants = 'answer' OR sentence ~ $p$^(or|if not|otherwise|either|if so|if yes)\M$p$ THEN
                CONTINUE;
            END IF;
            IF fresh OR inner_place > 1 AND NOT wants = 'question' OR wants = ANY (strong) AND kinds[cardinality(kinds)] = ANY (strong) THEN
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
