/* 30_outreach_text.sql - the words of a message: plain form, sentences, asks, opt-out.
 *
 * pls.lint_template() judges the plain form of a text, so that quotes, spaces
 * that nobody sees, letters that look like others and contractions make no
 * difference.  Patterns are written for that form.  Each pattern is applied to
 * all sentences before the next one: the server keeps few compiled.
 */

CREATE FUNCTION pls_internal.plain_characters(text text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    plain text := plain_characters.text;
BEGIN
    IF getdatabaseencoding() = 'UTF8' THEN
        plain := normalize(plain, NFKC);
    END IF;
    plain := regexp_replace(plain, $p$[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]$p$, '', 'g');
    plain := regexp_replace(plain, $p$[\u2018\u2019\u201a\u201b\u2032\u02bc\u02b9\u00b4\uff07`]$p$, '''', 'g');
    plain := regexp_replace(plain, $p$[\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb]$p$, '"', 'g');
    plain := regexp_replace(plain, $p$[\u2010\u2011\u2012\u2212]$p$, '-', 'g');
    plain := regexp_replace(plain, $p$[\u2013\u2014\u2015]$p$, ' - ', 'g');
    plain := regexp_replace(plain, $p$[\u0009\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]$p$, ' ', 'g');
    plain := regexp_replace(plain, $p$<(br|/p|/div|/li|/tr)\s*/?>$p$, E'\n', 'gi');
    plain := regexp_replace(plain, $p$</?(a|abbr|b|big|blockquote|body|br|center|code|div|em|font|h[1-6]|head|hr|html|i|img|li|ol|p|pre|small|span|strong|style|sub|sup|table|tbody|td|th|tr|u|ul)(\s[^<>]*)?/?>$p$, '', 'gi');
    plain := regexp_replace(plain, '&(nbsp|#160|#xa0);', ' ', 'gi');
    plain := regexp_replace(plain, '&(apos|rsquo|lsquo|#39|#x27|#8217);', '''', 'gi');
    plain := regexp_replace(plain, '&(quot|ldquo|rdquo|#34);', '"', 'gi');
    plain := regexp_replace(plain, '&(amp|#38);', '&', 'gi');
    RETURN replace(replace(plain, E'\r\n', E'\n'), E'\r', E'\n');
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
    IF plain !~ $p$[a-zA-Z][\u0370-\u052f]|[\u0370-\u052f][a-zA-Z]$p$ THEN
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
    plain text := without_contractions.text;
BEGIN
    FOREACH pair SLICE 1 IN ARRAY ARRAY[
        [$p$\mcan\x27?t\M|\mcannot\M$p$, 'can not'], [$p$\mwon\x27?t\M$p$, 'will not'], [$p$\mshan\x27t\M$p$, 'shall not'],
        [$p$\m(do|does|did|have|has|had|is|are|was|were|would|should|could|must|need)n\x27?t\M$p$, $p$\1 not$p$],
        [$p$\m(i|you|we|they|who|could|would|should|might)\x27?ve\M$p$, $p$\1 have$p$],
        [$p$\mi\x27?m\M$p$, 'i am'], [$p$\m(you|we|they|who)\x27re\M$p$, $p$\1 are$p$], [$p$\myoure\M$p$, 'you are'],
        [$p$\m(i|you|he|she|it|we|they|who|that|there|this)\x27ll\M$p$, $p$\1 will$p$],
        [$p$\m(i|you|he|she|we|they|who|it)\x27d\M$p$, $p$\1 would$p$], [$p$\m(it|that|there|here|what|who|where|how|when|he|she)\x27s\M$p$, $p$\1 is$p$],
        [$p$\mlet\x27s\M$p$, 'let us'], [$p$\m(gonna)\M$p$, 'going to'], [$p$\m(wanna)\M$p$, 'want to'], [$p$\mgotta\M$p$, 'have to'], [$p$\m&\M$p$, 'and']] LOOP
        plain := regexp_replace(plain, pair[1], pair[2], 'g');
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
    whole := regexp_replace(whole, $p$\m(e\.g|i\.e|etc|mr|ms|mrs|dr|vs|approx|no|p\.s|inc|ltd)\.$p$, $p$\1$p$, 'g');
    whole := regexp_replace(whole, $p$^((hi|hello|hey|dear|good (morning|afternoon|evening))\M[^\n,!.]*[,!.])\s*\n$p$, $p$\1$p$ || E'\n\n', 'g');
    whole := regexp_replace(whole, $p$\n\s*([-*\u2022]|\d+[.)])\s+$p$, E'\n\n', 'g');
    whole := regexp_replace(whole, $p$([.!?:,\u3002\uff01\uff1f]["\x27)]?)[ ]*\n$p$, $p$\1$p$ || E'\n\n', 'g');
    whole := regexp_replace(whole, $p$\n\s*\n+$p$, E'\x01', 'g');
    whole := regexp_replace(whole, $p$\s+$p$, ' ', 'g');
    whole := regexp_replace(whole, '([.!?]+["'')]*) ', $p$\1$p$ || E'\x01', 'g');
    whole := regexp_replace(whole, $p$([\u3002\uff01\uff1f])$p$, $p$\1$p$ || E'\x01', 'g');
    whole := regexp_replace(whole, $p$(\?)(?=[^\s\x01"\x27.)&=/a-z0-9])$p$, $p$\1$p$ || E'\x01', 'g');
    RETURN ARRAY(SELECT btrim(s.sentence)
                   FROM regexp_split_to_table(whole, E'\x01') WITH ORDINALITY AS s (sentence, place)
                  WHERE btrim(s.sentence) <> '' ORDER BY s.place);
END;
$$;
COMMENT ON FUNCTION pls_internal.sentences IS
    'The sentences of a text in plain form, in order; a heading or an item of a list is one.';

CREATE FUNCTION pls_internal.is_opt_out(sentence text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT is_opt_out.sentence !~ $p$\m(can not|no way to|no need to|never|do not) (opt[- ]?out|unsubscribe)\M$p$
       AND is_opt_out.sentence ~ ($p$\m(unsubscribe|opt[- ]?(me )?out|opting out)\M$p$
        -- take me off, stop writing
        || $p$|\m(remove|take|strike|drop|leave|scratch) (me|you|your (name|address|email))\M.*\m(off|from|out|list)\M$p$
        || $p$|\m(stop|cease|quit|end|pause)( all)?( (these|the|my|further|any|more))* (e-?mail(s|ing)?|writing|contact(ing)?|messag(es|ing)|messages|notes|reaching out|follow[- ]?(ing )?ups?|follow(ing)? up|sending|outreach|reminders|getting in touch)\M$p$
        || $p$|\m(i|we) (will|shall|can|would)( [a-z]+)? (stop|leave (you|it|this|things)|back off|go away|step back|take (that|it) as|not (write|email|e-mail|contact|message|follow|reach|bother|send|get in touch|be in touch|chase|disturb|trouble|ask|come back))\M$p$
        || $p$|\m(stop|remove|unsubscribe)\M.{0,60}\m(i|we|and) (will|shall|that)\M$p$
        -- reply stop
        || $p$|\m(reply|respond|answer|write|send|say|text|type|email|word|tell)\M.{0,40}[" \x27]*\m(stop|unsubscribe|remove|opt[- ]?out|no thanks|no thank you|not interested|leave me|no more|"no")\M$p$
        || '|"(stop|no|unsubscribe|no thanks|remove|pass|not now)"'
        || $p$|\m(reply|answer|write|say|send|text|type|respond|email|mail)( (with|back|to this|me|us|a|an|simply|just|only|to|it|plain|message|mail|email))* "?(no|not|nope|nah|stop|enough|pass|leave|drop|quit|end|none|never|off|remove|unsubscribe|service only|out|done|nothing)\M(?! (later|longer than|more than|problem|matter|doubt))$p$
        || $p$|\mtell (me|us) (to [a-z]+|you are not|it is not|no|not to|off)\M|\m(i|we) will never (ask|write|mention|nag|bring|offer|email|contact|bother|send|trouble)\M$p$
        || $p$|\m(you have|you had|had) enough\M|\m(e-?mail|mail|contact|message|communication) preferences\M$p$
        || $p$|\m(e-?mails?|messages?|notes?|mails?|they|contact)( from (me|us))?( will)? (ends?|stops?|ceases?)\M$p$
        || $p$|\mask (me |us )?for (silence|peace|quiet)\M$p$
        -- rather not
        || $p$|\m(rather|prefer|like|want|wish|ask|hope|care|choose)( (me|us|for me|that i|that we|i|we|to))*( (did|do|would|will))? ?(not|no longer|stop(ped)?|no (more|further)|never)( (to|get|have|receive|be|hear|want))*( [a-z]+){0,3} ?(hear|contact|e-?mail|message|note|write|reach|receive|get|follow|sen[dt]|talk|bother|be|from|to stop|touch|wrote|emailed|contacted|messaged|further)?$p$
        || $p$|\m(do|would|does) not (want|wish|like|care|need|welcome)( to)? (hear|receive|get|be (contacted|emailed|on)|any|more|further|these|this|me|us|my|our|e-?mails?|messages?|notes?)\M$p$
        || $p$|\mno (more|further) (e-?mails?|messages?|notes|contact|mail|follow-?ups?)\M$p$
        || $p$|\m(manage|change|update|edit|set)( [a-z]+)* (e-?mail|contact|mailing|communication|message|subscription)?( )?preferences\M$p$
        || $p$|\m(will|shall) (not|never) (hear|be contacted|be emailed|get|receive)( [a-z]+)*( from (me|us)| again| further| another)\M$p$
        || $p$|\m(that|this|it) (will|would) be the (last|end)\M$p$
        || $p$|\m(would rather|prefer to|rather) (be left|not be|not (hear|receive|get|have|talk|discuss)|i (did|do|would) not|i (stopped|left|went))$p$
        -- Chinese
        || $p$|退订|取消订阅|(不想|不愿|不希望|无需|不需要|不要)(再)?(收到|接收|被打扰|联系|打扰|继续收)|回复[^。！？]{0,6}(退订|td|停止|拒收|不需要|不用了|否|n)|不(会)?再(联系|打扰|发送|给您|给你|来信|写信|跟进|发)|不再(联系|打扰)$p$)
$$;
COMMENT ON FUNCTION pls_internal.is_opt_out IS
    'Whether a sentence in plain form tells the reader how to get no more messages.';

-- People say it in many ways.  Near the end of a message it is enough that the
-- reader's no, in one sentence or the one before, meets a way to say it or what
-- the writer does then.
CREATE FUNCTION pls_internal.says_no(passage text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.passage ~ ($p$\m(no|not|nope|nah|never|none|nothing|nobody|rather|sooner|prefer|enough|stop|hush|quiet|nuisance|wrong|without (us|me)|all set|unwanted|refus(e|al)|declin(e|ing)|drop|happy as|changed your mind|too (full|many|much|soon|busy|often)|pass|skip|spare|silen(t|ce)|go away|leave|less|fewer|off|clear|uninterested|unwelcome|bad time|elsewhere|sorted|covered|moved on|made|already|decided|all the [a-z]+ you need|over|dead|fright|lost interest|gone|tired of|fed up|sick of|weary of|closed|finished|settled|solved|decided|gone cold|instead)\M$p$)
      FROM (SELECT regexp_replace(says_no.passage,
               $p$\mno (hard feelings|obligation|rush|pressure|hurry|strings|commitment|charge|cost|need|worries|problem|doubt|matter|slides|deck|extra|credit card|card|preparation|prep|slide|sales|jargon|set-?up|later|one|longer than|more than|fewer than|less than)\M|\m(not|no) (only|just|yet|sure|least|long ago)\M|\mwhy not\M|\m(need|do|does|did|is|are|was|were|has|have|will|would|can|could) not (need|take|have to|cost|require|be|matter|count|change|touch|only)\M|\mrather than\M|\mmore or less\M|\moff[- ](the )?(line|ice|peak|site|hours|shelf)\M$p$, ' ', 'g')) AS t (passage)
$$;
COMMENT ON FUNCTION pls_internal.says_no IS
    'Part of pls_internal.opt_out_places(): whether a passage in plain form speaks of the reader''s no.';

CREATE FUNCTION pls_internal.lets_go(passage text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT lets_go.passage ~ ($p$\m(i|we|mine|ours|it|that|this|you|these|they|messages|mails|e-?mails|notes)( (will|would|shall|am|are|is|can|do|promise to|and|gladly|happily|then|simply|just|all|at once|immediately|to|be|get|have|not|never|i|we|he|she))* $p$
            || $p$(stop|hush|quiet|silent|silence|respect(ed)?|heed|honou?r(ed)?|keep (to (that|it)|quiet|away|out|my distance)|go|gone|leave|left|nag|bring it up|ask(ed)? (again|twice|a second)|bother(ed)?|write|writing|hear|chase|close|closed|cross(ed)?|done|farewell|away|bow|step (aside|back)|accept(ed)?|cease|desist|stand down|skip|spared?|mention|let go|pack up|withdraw|drop|back off|disappear|vanish|peace|rest|disturb|trouble|pester|tip my hat|move on|take (it|that|you|no)|strike|remove|delete|forget|end|follow|contact|email|e-mail|message|offer it|pause|retreat|shut up|understand|be the end|switch|turn|let (it|you|this|things|the (matter|subject|topic)) (be|go|rest|drop|lie)|off (the|my|our) list|put|file|park|mute|sign off|out of your)\M$p$
            || $p$|\m(no (more|further)|nothing (more|further|else)|never again|ever again|without (further|writing|another)|unsubscribe|opt out|for good)\M$p$
            || $p$|\m(works instantly|will do|is enough|suffices|does (it|the trick|the job)|all it takes|that is all|is (perfectly |quite |absolutely |also |equally |a )*(fine|ok|okay|good|welcome|a (perfectly )?(good|fine|fair) (answer|reply))|is how it will be|is settled)\M$p$
            || $p$|\m(is|are|will be|would be|gets?|be) (respected|honou?red|final|heeded|enough|plenty|obeyed|accepted|welcome|taken seriously|a reply i am|all it takes)\M|\mand (i|we|it|they) will[.!]?$|\mon my way\M$p$)
$$;
COMMENT ON FUNCTION pls_internal.lets_go IS
    'Part of pls_internal.opt_out_places(): whether a passage in plain form says that the writer then stops, or that a word is enough.';

CREATE FUNCTION pls_internal.tells_how(passage text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT tells_how.passage ~ $p$\m(say|saying|says|tell|telling|reply|replying|replies|write|answer|respond|send|sending|let (me|us) know|word|line|short message|type|text|click|link|return mail|note|shout|mention|ask|asking|(by|a|return) (mail|e-?mail)|heads-?up|yell|ping|nod|thumbs)\M$p$
$$;
COMMENT ON FUNCTION pls_internal.tells_how IS
    'Part of pls_internal.opt_out_places(): whether a passage in plain form names a way to answer.';

CREATE FUNCTION pls_internal.opt_out_places(sentences text[]) RETURNS bigint[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    most  CONSTANT integer := cardinality(sentences);
    found bigint[] := '{}';
    asked integer := 0;
    this  text;
    prior text;
BEGIN
    FOR place IN 1 .. most LOOP
        IF sentences[place] ~ $p$\?["\x27)]*\Z$p$ AND pls_internal.is_question(sentences[place]) THEN
            asked := place;
        END IF;
    END LOOP;
    FOR place IN 1 .. most LOOP
        this := sentences[place];
        prior := coalesce(sentences[place - 1], '');
        IF pls_internal.is_opt_out(this) THEN
            found := found || place::bigint;
        ELSIF place > most - 6 AND this !~ $p$\?["\x27)]*\Z$p$
              AND this !~ $p$\m(can not|no way to|can never) (opt[- ]?out|unsubscribe|stop)\M$p$
              AND this !~ $p$\m(delet(e|ed|ing)|suspend(ed)?|lose|losing|charged?|escalate|downgraded?) (your|you|access|all|this to)\M$p$ THEN
            IF pls_internal.says_no(this) AND pls_internal.lets_go(this) AND (pls_internal.tells_how(this) OR this ~ $p$"|^(if|should|or|and|otherwise|a|no|whenever|when|in case)\M$p$)
               OR pls_internal.says_no(this) AND pls_internal.tells_how(this)
                  AND this ~ $p$^(if (not|no)|if (it|this|that|you|there|the|your)\M[^,]*\m(no|not|nobody|without|rather|sooner|off|too|else|enough|bad|wrong)\M|should\M|otherwise|or\M|and if not|not\M|no\M|("|nope|nah|a (plain|simple|quick|one-word) (no|"no")))$p$
                  AND this !~ $p$\m((mon|tues|wednes|thurs|fri)day|another (time|day|date)|what (time|day|works|suits)|better (time|day)|which)\M$p$ THEN
                found := found || place::bigint;
            -- after the last question there is little else that a no could be about
            ELSIF place > greatest(asked, most - 4) AND pls_internal.says_no(this)
                  AND (NOT pls_internal.is_call(this) OR this ~ $p$\m(no|not|never|nope|nah|stop|rather|sooner|prefer|enough|off|silence|peace|leave|none|nothing|nobody)\M$p$)
                  AND (this ~ '"[a-z'' ]+"' OR pls_internal.tells_how(this) OR pls_internal.lets_go(this) AND this !~ $p$\m(is|are) (perfectly |quite |absolutely |also |equally |totally |just )*(fine|ok|okay|good)\M$p$)
                  AND this !~ $p$\m((mon|tues|wednes|thurs|fri)day|week|another|what|which|who|better|time)\M$p$ THEN
                found := found || place::bigint;
            -- "Not wanted? One line will do."
            ELSIF prior ~ $p$\?["\x27)]*\Z$p$ AND length(prior) < 90 AND pls_internal.says_no(prior)
                  AND (pls_internal.tells_how(this) OR pls_internal.lets_go(this)) THEN
                found := found || ARRAY[place - 1, place]::bigint[];
            ELSIF prior !~ $p$\?["\x27)]*\Z$p$ AND pls_internal.says_no(prior) AND length(prior) < 120
                  AND pls_internal.lets_go(this) AND (pls_internal.tells_how(this) OR pls_internal.tells_how(prior)) THEN
                found := found || CASE WHEN pls_internal.is_call(prior) AND prior !~ $p$^(no|not|if)\M$p$ THEN ARRAY[place] ELSE ARRAY[place - 1, place] END::bigint[];
            END IF;
        END IF;
    END LOOP;
    RETURN found;
END;
$$;
COMMENT ON FUNCTION pls_internal.opt_out_places IS
    'Which sentences of a message, in plain form, tell the reader how to get no more of them: by their numbers; empty: none does.';

/* ---- asks ---- */

-- A question that wants an answer from the reader.
CREATE FUNCTION pls_internal.is_question(sentence text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (is_question.sentence ~ $p$[?\uff1f]["\x27)]*\Z$p$ OR is_question.sentence ~ $p$^(would|could|can) (you|we|i)\M$p$)
       AND (is_question.sentence ~ ($p$(^|[,;:-] |\m(and|so|or|but|then|also|maybe|perhaps|if so|otherwise|meanwhile|first|finally|still|anyway|ps:?|p\.s\.?:?)\M,? )(so |and |or |but |then |also |maybe |perhaps |in that case,? |if so,? |by any chance )*$p$
            || '(would|could|can|may|shall|should|might|will|want|wanna|fancy|interested|worth|open (to|for)|up for|care (to|for)|keen (on|to)|ready (to|for)|curious (to|about)|free (on|for|at|this|next)|available|mind if|ok if|okay if|any (interest|chance|appetite|objection|thoughts)'
            || '|is there (any )?(interest|appetite|a (good|better|time|day|chance)|someone|somebody|anyone|room|scope)|are (you|your|there|any of)|do (you|your|any)|does (your|acctname|that|this|it|anyone|a|an|the|next|either|[a-z]+day)|is (your|that|this|it|next|acctname|now|[a-z]+day|a|an)|have you'
            || '|how (about|should|would|many|much|do|does|is|soon|big|long|can|are)|what (about|day|time|would|is|are|else|do|does|should|budget|size)|when (would|could|can|might|are|is|do|does|should|suits|works)|which (day|time|of|one|would|option|plan|team|do|is|are)|who (should|would|is|could|can|owns|at|on|signs|decides|makes|else|do|are)|where (should|can|shall|do|would)|why not'
            || $p$|sounds? (good|fair|useful|interesting|like)|thoughts|deal|yes or no|make sense)\M$p$)
            OR is_question.sentence ~ $p$(^|: |, )(and |so |or |but |also |then )*(which|what|who|whose|where|when|how|why)\M.*\m(you|your|yours|we|us|acctname)\M$p$
            OR is_question.sentence ~ $p$(吗|呢|么|是否[^。]{0,12}|可否[^。]{0,12}|能否[^。]{0,12}|好不好|行不行|怎么样|如何)[?？]?\Z$p$)
       -- questions that the writer asks only to go on
       AND is_question.sentence !~ ('^(want me (gone|to (stop|go|leave|shut))|had enough|tired of|prefer (silence|not|no)|rather not|did you know|how are you|how have you been|sounds? familiar|does (this|that) sound familiar|why (now|this|me|us)|do you know (that|the feeling|how)'
            || $p$|so what|what does (this|that|it) mean|what (if|happens|changes|changed)|the [a-z]+\?|know the feeling|guess what|ever |remember |how (is|was|are) (your|the) (week|day|monday|tuesday|wednesday|thursday|friday|weekend|morning|summer|year)|(is|are|was|were) (this|that|it) (you|the case)\?)$p$)
$$;
COMMENT ON FUNCTION pls_internal.is_question IS
    'Whether a sentence in plain form is a question that wants an answer of the reader.';

-- Imperatives that want something of the reader.  Those of the product ("you
-- can invite colleagues") are none.
CREATE FUNCTION pls_internal.call_words() RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN $p$(give (the|our|it|this|your)|pay|run|describe|enrol|enroll|apply|nominate|arrange|install|switch|migrate|renew|like (our|us)|comment|set aside|block (out )?|save the date|get (your|the|a quote|started)|drop (your|by|in)|invite|mark your|ask your|have your|pass (this|it)|convince|book|schedule|grab|pick|choose|reserve|reply|respond|answer|e-?mail (me|us)|write (back|me|to me)|call (me|us)|ring (me|us)|text (me|us)|message me|click|tap|visit (our|the|my|https?)|download|sign up|signup|register|join|watch|read (the|our|my|this|how|more)|check out|fill (in|out)|complete (the|our|this)|take (a|the|our|this|five|two|ten|\d+)|try (the|our|it|this)|upgrade|buy|order|purchase|subscribe|forward|share (the|this|your|it)|introduce|connect me|connect us|put me|point me|refer|send (me|us|over|your|a)|tell (me|us)|let (me|us) know|give (me|us)|confirm|have a look|look at|accept|request|contact (me|us)|get in touch|get back to|drop (me|us)|shoot (me|us)|hit reply|rsvp|ping (me|us)|follow us|add me|invite me|loop (me|us|in)|copy me|cc|sign (the|here|this|off)|start (the|a|your)|claim|redeem|leave (us|a|me)|rate|review (the attached|our|us)|vote|find (a|any) (time|slot)|set up (a|an|your) (call|meeting|demo|time|session)|come to|attend|see (the|our|how|what|pricing|plans)|enter|bring|provide|submit|post)$p$;
COMMENT ON FUNCTION pls_internal.call_words IS
    'A regular expression of the imperatives that ask something of the reader.';

CREATE FUNCTION pls_internal.is_call(sentence text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT is_call.sentence ~ ($p$^(ps:?|p\.s\.?:?|and|so|also|then|or|meanwhile|otherwise|alternatively|either way|in the meantime|finally|next|lastly|plus|hi [a-z]+,|separately|additionally|while you are (there|at it)|one more thing|one last thing)?[,: ]*$p$
            || '(if [^,]+, |when [^,]+, |once [^,]+, |to [^,]+, |for [^,]+, |after [^,]+, |before [^,]+, |in (the|that) [^,]+, )?((please|just|simply|kindly|do|also|go ahead and|be sure to|make sure to|make sure you|do not forget to|remember to|feel free to|then|now|either|first|always)[, ]+)*'
            || pls_internal.call_words() || $p$\M$p$)
        OR is_call.sentence ~ ($p$\m(please|kindly|feel free to|go ahead and|be sure to|do not forget to|make sure (to|you))( (just|also|simply|do|then|either))* $p$ || pls_internal.call_words() || $p$\M$p$)
        OR is_call.sentence ~ ('[;:-] (please |just |simply |also )*' || pls_internal.call_words() || $p$\M$p$)
        OR is_call.sentence ~ ($p$^(ps:?|p\.s\.?:?|and|so|also|or)?[, ]*(if [^,]+, )?you (can|could|may|might( want to)?|should|are (welcome|free) to)( (also|always|simply|just|then|even))* (book|schedule|grab|pick|reserve|reply|respond|register|sign up|join (us|the|our)|click|tap|download|call me|ring me|text me|e-?mail me|write to me|reach me|find (a|my) (time|slot|calendar)|choose a (time|slot)|tell me|let me know|send me|forward|share this|upgrade (here|now|today)|buy|order|watch (the|our)|try (it|the))\M$p$)
        -- what the writer wants of the reader
        OR is_call.sentence ~ $p$\m(i|we) (would|want to|need|should|hope to|am hoping to|was hoping to|am looking to|am keen to)( (really|also|love|like|appreciate|be grateful for|value|welcome|to|very much|just))* ((get|have|grab|schedule|set up|book|find|hop on|jump on|steal|borrow|take|arrange|fix) )?(a |an |some |your |\d+ |15-|ten |fifteen |twenty |thirty )?(quick |short |brief |minute |minutes |min )*(call|chat|meeting|demo|minutes|mins|introduction|intro|conversation|feedback|of your time|your (thoughts|feedback|opinion|answer|budget|team size|decision|signature|time))\M$p$
        OR is_call.sentence ~ $p$\m(if you (could|would|can)|it would be (great|good|helpful|lovely|nice) (if you|to (get|have|hear))|(an? )?(introduction|intro|referral|quick reply) (to [a-z ]+)?would (be|help)|looking forward to your (reply|answer|thoughts))\M$p$
        OR is_call.sentence ~ $p$^(worth|open to|up for|interested in|any interest in|keen (on|to)|free (for|on)|available (for|on)|mind if|ok to|okay to|thoughts on|happy to chat)\M[^.]*[?]$p$
        OR is_call.sentence ~ $p$\mplease (?!(note|find|see (below|attached|the attached)|excuse|forgive|bear|accept my|ignore|disregard|feel|do not|be assured|rest|pardon|keep in|consider this|know|understand|treat)\M)(also |just |kindly |simply |then )*[a-z]+\M$p$
        OR is_call.sentence ~ $p$(^|[，,；;、]|请|欢迎|麻烦|可以|不妨|烦请|并|再)(请|您|你|直接|随时|帮忙|点此|在此)*(回复|点击|预约|告诉|告知|填写|联系我|扫码|扫描|注册|下载|转发|介绍一下|报名|致电|拨打|回信|安排|选择|确认|购买|升级|申请|推荐|参加|观看|加我|提供)$p$
$$;
COMMENT ON FUNCTION pls_internal.is_call IS
    'Whether a sentence in plain form calls on the reader to do something: an imperative, "you can book", "I would like 15 minutes".';

-- Two asks in one sentence: "and could you also", "and forward this".  "or"
-- offers a choice, which is one.
CREATE FUNCTION pls_internal.more_asks(sentence text) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    -- one that does not begin with an ask has its first one there
    SELECT greatest(r.more - CASE WHEN m.sentence ~ ($p$^((and|so|or|but|then|also|please|just|simply|kindly|if so|ps|p\.s|maybe|perhaps)\M[,:]? )*(would|could|can|may|might|shall|should|will|do|does|are|is|want|interested|worth|how|what|when|which|who|where|$p$ || pls_internal.call_words() || $p$)\M$p$)
                                      OR m.sentence ~ '[?;:.!]["'')]* ' THEN 0 ELSE 1 END, 0)
      FROM (SELECT regexp_replace(more_asks.sentence, $p$^(and |so |or |but )*(if|when|once|should|to|for|in|after|before|as|since|while|whenever|otherwise|yes|no|sure|then|meanwhile|so)\M[^,]*, $p$, '') AS sentence) m
     CROSS JOIN LATERAL (SELECT (SELECT count(*)::integer FROM regexp_matches(m.sentence,
               $p$(, |\m(and|plus|then)\M,? )(also |then |maybe |perhaps |if so,? )?(could|can|would|will|may|do|are) (you|we|i)\M$p$, 'g'))
         + (SELECT count(*)::integer FROM regexp_matches(m.sentence,
               $p$(, |\m(and|plus|then)\M,? )(also |then |please |just |simply |maybe |perhaps |possibly )*$p$ || pls_internal.call_words() || $p$\M(?! (what you think|how (it|that|this) (goes|looks|works)|when you|if (it|that|this)|which (one|time|day|works|suits)|what (works|suits|time|day)|a (time|slot|day) that|the time|a time|your thoughts|whether))$p$, 'g'))
         + (SELECT count(*)::integer FROM regexp_matches(m.sentence,
               $p$\m(as well as|along with|in addition to)\M[^.?]*\m(introduc|intro|referral|survey|feedback|review|call with|demo)$p$, 'g')) AS more) r
$$;
COMMENT ON FUNCTION pls_internal.more_asks IS
    'How many asks a sentence in plain form has beyond its first: questions and imperatives joined by "and" or a comma.';

-- An answer to the ask before, or another time for it.
CREATE FUNCTION pls_internal.is_same_ask(sentence text, before text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT is_same_ask.sentence ~ $p$^(would|should|shall|could|may|can|is|does|want|interested|worth|useful|sounds?|do|will|are)\M( [^ ,]+){0,4}\?\Z$p$ AND is_same_ask.sentence !~ $p$\m(your|me|us|also)\M$p$
        OR is_same_ask.sentence ~ $p$^(or|if not|otherwise|alternatively|failing that|either way)\M$p$
        OR is_same_ask.sentence ~ $p$^(if (so|yes|it (is|does|would|helps|sounds)|that|this|you (are|would like|would|do|like|prefer)|either|any|one|neither|not|useful|helpful|interested|now|there)|in that case|then|great)\M[^,]*,? .*\m(reply|respond|answer|let (me|us) know|tell me|pick|choose|grab|find|send me|say|write back|hit reply|drop me|book|here|yes|when|which|what time|suits?|works?)\M$p$
        OR is_same_ask.sentence ~ $p$^(and |so |please |just |simply |feel free to |you can |a |one |even )*(reply|respond|answer|write back|hit reply|let (me|us) know|tell (me|us)|say|drop me a line|get back to me)\M( [a-z]+){0,2}( (with|to|here|yes|no|back|and|if|when|which|what|whether|"|by|works|is|word|either|directly|email|this|me))*(?!.*\m(budget|team size|decision maker|phone|number of|how many|who|introduc|contact|list|survey|title|address|names?|company)\M)[^,]{0,70}\Z$p$
        OR (is_same_ask.before ~ $p$\m(call|chat|talk|minutes|mins|min|meet|meeting|session|walk ?through|demo|time|speak|conversation|catch up|slot|look|help)\M$p$
            AND (is_same_ask.sentence ~ $p$\m((mon|tues|wednes|thurs|fri)day|tomorrow|next week|this week|morning|afternoon|[0-9]{1,2}([:.][0-9]{2})? ?(am|pm)?|time|day|slot|when)\M.*\m(work|works|suit|suits|better|fit|fits|free|good|best|convenient|okay|ok|available|easier|possible)\M$p$
                 OR is_same_ask.sentence ~ $p$^(how|what) about\M|^(does|would|is|are|could) [^?]*\m((mon|tues|wednes|thurs|fri)day|tomorrow|next week|morning|afternoon|time)\M$p$
                 OR is_same_ask.sentence ~ $p$^(just |please |simply |you can |feel free to |or |and )*(pick|choose|find|grab|select|use|see|book|take) (a|any|the|whichever|whatever|one|my|your)( [a-z]+)? ?(time|slot|day|calendar|one|moment|link)\M$p$))
$$;
COMMENT ON FUNCTION pls_internal.is_same_ask IS
    'Whether a sentence that asks only goes on with the ask before it: how to answer, or another time.';

-- An offer is the ask of a message that has no other.
CREATE FUNCTION pls_internal.asks_of(sentences text[], spoken boolean) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    sentence text;
    before   text := '';
    asks     text[] := '{}';
    more     integer;
    opt_out  CONSTANT bigint[] := pls_internal.opt_out_places(sentences);
BEGIN
    FOR place IN 1 .. cardinality(sentences) LOOP
        sentence := sentences[place];
        CONTINUE WHEN place = ANY (opt_out)
                   OR NOT (pls_internal.is_question(sentence) OR pls_internal.is_call(sentence));
        -- whether it is a good moment to talk
        CONTINUE WHEN spoken AND sentence ~ $p$\m(bad|good|okay|ok|right|convenient|inconvenient|better|terrible|best) (time|moment)\M|\m(have|got|spare|give me|take) (a|two|one|\d+|a few|30|thirty|a quick|half a) ?(minutes?|seconds?|moments?|secs?|mins?)\M|\mcatch(ing)? you\M$p$;
        more := pls_internal.more_asks(sentence);
        IF cardinality(asks) = 0 OR more > 0 OR NOT pls_internal.is_same_ask(sentence, before) THEN
            asks := asks || sentence;
        END IF;
        FOR i IN 1 .. least(more, 3) LOOP
            asks := asks || sentence;
        END LOOP;
        before := sentence;
    END LOOP;
    RETURN asks;
END;
$$;
COMMENT ON FUNCTION pls_internal.asks_of IS
    'The sentences of a message, in plain form, that ask something of the reader, one with two asks twice; not those that only say how to answer the one before. spoken: nor whether it is a good moment to talk.';
