/* 75_forbidden_phrases.sql - wordings that a message to a customer must not have.
 *
 * Rows of regular expressions, for pls.lint_template(): surveillance (reciting
 * what somebody was seen to do) and pressure.  A pattern is matched against one
 * sentence after the other, as pls_internal.plain_text() writes it: lower case,
 * plain quotes, no contractions ("you have", "do not"), placeholders as words.
 * @you and the like stand for classes of words, so that a pattern says who does
 * what, and not which sentence.  The build writes Chinese as escapes, which regular
 * expressions read, so that databases of any encoding take it.
 */

CREATE TABLE pls.forbidden_phrases (
    phrase      text PRIMARY KEY,
    rule        text NOT NULL,
    pattern     text NOT NULL,
    fix         text NOT NULL,
    enabled     boolean NOT NULL DEFAULT true,
    shipped     boolean NOT NULL DEFAULT false,
    CONSTRAINT forbidden_phrases_phrase_not_blank CHECK (btrim(phrase) <> ''),
    CONSTRAINT forbidden_phrases_fix_not_blank CHECK (btrim(fix) <> '')
);
COMMENT ON TABLE pls.forbidden_phrases IS
    'Wordings that pls.lint_template() rejects, beside what it knows itself. Add rows of your own, or disable shipped ones.';
COMMENT ON COLUMN pls.forbidden_phrases.phrase IS 'Name of the row.';
COMMENT ON COLUMN pls.forbidden_phrases.rule IS 'What pls.lint_template() calls it: surveillance or pressure.';
COMMENT ON COLUMN pls.forbidden_phrases.pattern IS 'A regular expression of PostgreSQL, without back references, matched without regard to case against each sentence in its plain form: straight quotes, "do not" for "don''t", acctname for the account''s placeholder, theproduct for the product''s. @ and the name of a class of pls_internal.phrase_classes() stands for that class: @you, @we, @number, @past and others.';
COMMENT ON COLUMN pls.forbidden_phrases.fix IS 'What to write instead, a sentence.';
COMMENT ON COLUMN pls.forbidden_phrases.enabled IS 'false: ignored.';
COMMENT ON COLUMN pls.forbidden_phrases.shipped IS 'The row came with the extension and has not been changed; kept by a trigger.';

CREATE FUNCTION pls_internal.phrase_classes() RETURNS TABLE (name text, pattern text, meaning text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT c.name, c.pattern, c.meaning
      FROM (VALUES
        ('you', $p$(you|your(?! (questions?|message|request|e?-?mail|note|reply|order|ticket|renewal|contract|invoice|quote|call|post|talk|feedback)\M)( [a-z-]+){1,3}|yours|acctname( [a-z]+)?|(someone|somebody|anyone|people|members?|colleagues|users|folks|admins?|@number( [a-z]+){0,2}) (of|on|at|from|in|within|inside|over at) (your|acctname|the)( [a-z]+)?|(the|a)( whole)? (team|account|company|colleague) (at|of|from) [a-z]+)$p$,
         'whoever is written to, and their people'),
        ('we', $p$(i|we|one of us|@machine|(my|our)( [a-z]+){0,2} (colleagues?|manager|teams?|reps?|people|engineers?))$p$,
         'whoever writes, and what watches for them'),
        ('machine', $p$((our|my|the|this)( [a-z]+){0,2} (systems?|platform|software|tools?|dashboards?|analytics|logs?|data|records?|monitoring|tracking|telemetry|alerts?|crm|screens?|reports?|database|backend|tracker|metrics|numbers|stats|radar|side|end)|theproduct)$p$,
         'what watches for whoever writes'),
        ('notice', $p$(saw|seen|noticed|spotted|observed|detected|tracked|monitored|watched|logged|recorded|flagged|captured|caught|followed|counted|came across|found out|picked up( on)?|studied|analy[sz]ed|reviewed|(kept|had|have) (tabs|an eye|(my|our) eyes?) on|(looked|dug|gone|went|pulled|checked|combed|read)( [a-z]+)? (at|into|through|over|up)|(been|am|are|is|was|were) (watching|tracking|following|monitoring|observing|looking at|keeping (tabs|an eye) on|going through|seeing|noticing)|can see|see|notice|track|monitor|watch|(can|could) tell (that|from|by|how|when|someone|somebody))$p$,
         'how one learns what others do, of those who have done it'),
        ('did', $p$(log(ged)?[ -]?(in|into|on|back)|signed (in|on|back)|opened|viewed|visited|clicked|downloaded|browsed|looked|searched|scrolled|hovered|abandoned|compared|came|come back|returned|checked|landed|dropped|left|started|stopped|poked|lingered|stayed|watched|went|gone|navigated|refreshed|(re-?)?read|spent|touched|invited|connected|created|added|exported|imported|uploaded|ran|run|completed|finished|used|tried|launched|built|sent|published|set up|configured|enabled|activated|turned on|integrated|synced|upgraded|triggered|generated|processed|made|executed|deployed|installed|joined|registered|consumed|got|edited|updated|deleted|moved|tested|failed|attempted|submitted|posted|saved|paused|removed|cancell?ed|closed|crossed|passed|hit|reached|exceeded|grew|grown|doubled|tripled|jumped|climbed|surged|spiked|racked up|averaged|maxed out|ran into|(been|was|were|are|is) (on|in|inside|over|back (on|in|at)|active|all over|using|through|at|exploring|looking|trying|testing|checking|browsing|running|comparing|clicking|reading|poking|playing|working|online|logged|busy|stuck))$p$,
         'what a user or a visitor has done'),
        ('past', $p$(yesterday|last (night|week|weekend|month|quarter|mon|tues|wednes|thurs|fri|satur|sun|few|couple|\d+|two|three|seven|thirty)[a-z]*|this (morning|afternoon|evening|week|month|weekend)|today|tonight|overnight|just now|lately|recently|late at night|(\d+|an?|one|two|three|four|five|six|seven|ten|several|a few|a couple of|some) (second|minute|hour|day|week)s? (ago|in a row|running|straight)|(in|over|during|within|for|across) the (past|last|previous|weekend)|on (mon|tues|wednes|thurs|fri|satur|sun)day|between (mon|tues|wednes|thurs|fri|satur|sun)day and|from (mon|tues|wednes|thurs|fri|satur|sun)day (to|until)|since (last|yesterday|the \d|\d|mon|tues|wednes|thurs|fri)[a-z]*|at \d{1,2}[:.]\d\d|at (noon|midnight|lunchtime)|until (nearly |almost )?(midnight|noon|late)|for (the )?@number (minutes?|hours?)|(on|of) the \d{1,2}(st|nd|rd|th)|every (single )?(day|night|morning|week|evening)|@number times|twice|thrice|once (today|yesterday|this|last|on)|the (first|second|third|fourth|fifth) time|again and again|repeatedly|back and forth|times? (a|per) (day|week))$p$,
         'when or how often something was done'),
        ('number', $p$(\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|a hundred|hundreds of|dozens of|a dozen|several|multiple)$p$,
         'an amount'),
        ('aux', $p$( (have|has|had|am|are|were|is|was|been|could|did|do|not|help|but|also|just|only|even|already|now|then|happened|to|never|again|both|all|first|last|still|earlier|today|yesterday|since|always|often|[a-z]+ly))*$p$,
         'words that may stand before a verb')
      ) AS c (name, pattern, meaning);
END;
COMMENT ON FUNCTION pls_internal.phrase_classes IS
    'The classes of words that patterns of pls.forbidden_phrases may name with @: name, regular expression, meaning. A class may name those after it.';

CREATE FUNCTION pls_internal.full_pattern(pattern text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    class     record;
    piece     text;
    whole     text;
    mark      text;
    in_braces boolean := false;
BEGIN
    IF position('@' IN pattern) > 0 THEN
        -- an @ that is escaped or in brackets is the character; no regular
        -- expression looks for them, for the server keeps few compiled ones
        FOREACH piece IN ARRAY string_to_array(pattern, '@') LOOP
            whole := concat(whole, mark, piece);
            mark := replace(replace(replace(replace(replace(replace(piece, $p$\\$p$, ''), $p$\[$p$, ''), $p$\]$p$, ''), '[]', '['), '[^]', '[^'), ':]', '');
            in_braces := CASE WHEN position('[' IN mark) + position(']' IN mark) = 0 THEN in_braces
                              ELSE position('[' IN reverse(mark)) > 0
                                   AND (position(']' IN mark) = 0 OR position('[' IN reverse(mark)) < position(']' IN reverse(mark))) END;
            mark := CASE WHEN in_braces OR right(mark, 1) = $p$\$p$ THEN E'\x01' ELSE '@' END;
        END LOOP;
        FOR class IN SELECT c.name, c.pattern FROM pls_internal.phrase_classes() c LOOP
            whole := replace(whole, '@' || class.name, class.pattern);
        END LOOP;
        pattern := replace(whole, E'\x01', '@');
    END IF;
    -- each sentence is a line
    RETURN '(?n)(' || pattern || ')';
END;
$$;
COMMENT ON FUNCTION pls_internal.full_pattern IS
    'A pattern of pls.forbidden_phrases with its classes of words written out, for lines of text.';

CREATE FUNCTION pls_internal.check_forbidden_phrase() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pls_internal.check_word(NEW.rule, '{surveillance,pressure}', 'rule');
    IF octet_length(NEW.pattern) > 8000 THEN
        RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded',
            MESSAGE = 'a pattern can have at most 8000 bytes',
            HINT = 'Write several rows.';
    END IF;
    IF NEW.pattern ~ $p$\\[1-9]$p$ THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = 'a pattern must not have back references',
            DETAIL = 'They can take very long to match.',
            HINT = 'Write the alternatives out.';
    END IF;
    BEGIN
        IF '' ~* pls_internal.full_pattern(NEW.pattern) THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = 'a pattern must not match an empty text',
                DETAIL = 'It would reject every message.',
                HINT = $p$Begin it with \m and a word that must be there.$p$;
        END IF;
    EXCEPTION WHEN invalid_regular_expression THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_regular_expression',
            MESSAGE = format('pattern of phrase "%s" is not a regular expression', NEW.phrase),
            DETAIL = SQLERRM || '.',
            HINT = 'See the chapter on pattern matching of PostgreSQL''s manual.';
    END;
    IF TG_OP = 'UPDATE' THEN
        NEW.shipped := false;
    ELSIF NOT NEW.shipped THEN
        DELETE FROM pls.forbidden_phrases f WHERE f.phrase = NEW.phrase AND f.shipped;
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION pls_internal.check_forbidden_phrase IS
    'Trigger: validates a row of pls.forbidden_phrases; an edited row is no longer a shipped one, and one of the user''s replaces the shipped row of the same name. Errors: 22023, 2201B (not a regular expression), 0A000 (back reference), 54000 (too long).';
CREATE TRIGGER check_forbidden_phrase BEFORE INSERT OR UPDATE ON pls.forbidden_phrases
    FOR EACH ROW EXECUTE FUNCTION pls_internal.check_forbidden_phrase();
COMMENT ON TRIGGER check_forbidden_phrase ON pls.forbidden_phrases IS 'Validates the row, and keeps shipped rows and the user''s own apart.';
SELECT pg_extension_config_dump('pls.forbidden_phrases', '');

INSERT INTO pls.forbidden_phrases (phrase, rule, pattern, fix, shipped)
VALUES
    ('surveillance: watched', 'surveillance',
     -- somebody or something of ours saw, tracked or can tell what the reader does
        $p$(?<!\m(may|can|could|shall|should|would|might|let|if|have|did|hope) )\m@we@aux @notice( me| us)?( (?!(so|if|because|but|for|and|or|customers|companies|others|businesses|like|we|i|let|why|most|many|it)\M)[a-z0-9/'%-]+){0,7} (you|your|yours|acctname|someone|somebody)\M(?! ?(questions?|post|talk|article|message|reply|note|request|announcement|comment|ticket|requirements?|draft|contract|size|kind|type|stage|industry|there|on (mon|tues|wednes|thurs|fri)|then|soon|next|whether)\M)$p$
     || $p$|\m(you|your|acctname)\M.*\m(caught|catches) (my|our) (eye|attention)\M|\m(came|come|comes|brought|drawn) to (my|our) (attention|notice)\M.* (you|your|acctname)\M|\m(according to|judging by|based on|per|going by|as per) (our|the) (records|logs|system|tracking|telemetry|crm|data|analytics|metrics|numbers)\M.* (you|your|acctname)\M$p$
     || $p$|\m(i|we) can tell you (have|are|were) (been )?[a-z]+ing\M$p$
     || $p$|^((just|happened to|hi|hey),? )?(saw|seeing|noticed|spotted|noticing)( that)?( (?!(so|if|because|but|for|and|or|customers|companies|others|businesses|like|we|i|let|why|most|many|it)\M)[a-z0-9/'%-]+){0,7} (you|your|acctname|someone|somebody)\M(?! ?(questions?|post|talk|article|message|reply|note|request|announcement|comment|ticket|requirements?|draft|contract|size|kind|type|stage|industry|there|on (mon|tues|wednes|thurs|fri)|then|soon|next|whether)\M)$p$
     -- what is recorded of the reader speaks, or is drawn on
     || $p$|\m@machine@aux (shows?|showed|tells?|told|says?|indicates?|suggests?|flags?|flagged|alerted|alerts|notified|notifies|picks? up|picked up|reports?|reveals?|pinged|lit|lights)\M(?! (which|who|what|whether|how|you (which|who|what|how|when)))\M.* (you|your|yours|acctname|someone|somebody|(was|were|been) (opened|downloaded|forwarded|viewed|clicked|read|visited|shared|used|accessed))\M$p$
     || $p$|\m@we@aux (track|monitor|watch|log|record|count|measure|keep (an eye|tabs) on) (every|each|all|any)\M.*\m((and|of|including) (you|yours?|acctname)|yours|you (have|had|were|are))\M|\myour( [a-z]+){0,2} (data|logs?|records?|stats|numbers|metrics|telemetry|analytics|history|patterns?|footprint|log-?ins?|account|workspace|dashboards?)@aux (tells?|told|shows?|showed|says?|reveals?|indicates?|suggests?) (me|us|that)\M$p$
     || $p$|\m(got|received|get|had) (an?|the|our)( [a-z]+)? (alert|notification|ping|heads-?up|signal|report|message) (that|when|from|about|saying|as|because|the (moment|minute|second|instant)|each time|every time)\M.* (you|your|acctname)\M$p$
     || $p$|\m((according to|based on|judging (by|from)|going by|going through|looking (at|through)|from|given|reviewed|reviewing|checked|checking) (your|the|our|acctname)|(per|in|through|see|reading|by|have|got|with) (your|acctname))( [a-z]+){0,2} (usage|activity|behaviou?r|log-?ins?|sessions?|clicks?|browsing|event|audit trail|analytics|telemetry|footprint|click-?stream)( (data|logs?|history|patterns?|recordings?|stats|numbers|feed|trail))?\M(?! (on (a|one)|with (our|the|an?)|for (new|your)))$p$
     || $p$|\m(you|your( [a-z]+){1,2}|acctname)@aux (popped up|show(s|ed)? up|came up|appeared|lit up|tripped|set off|on (our|my) radar|(flagged|logged|recorded|tracked|monitored) (by|in) (our|us|the))\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: what you did', 'surveillance',
     -- an act of the reader with its time, its number, or how often
        $p$(?<!\m(do|does|did|will|would|can|could|should|may|if|whether|once) )\m@you@aux @did\M.*\m@past\M(?! (week|month|quarter|year)s? (of|from))$p$
     || $p$|\m@past,?( [a-z]+){0,2} (?<!\m(if|have|once|did|will|can) )(you|your( [a-z]+){1,3}|acctname|someone at [a-z]+)@aux @did\M$p$
     || $p$|(?<!\m(once|if|when|after|until|before|have|whether|that) )\m(you|your( [a-z]+)?|acctname)@aux @did( [a-z]+){0,3} @number( (?!(minutes?|mins?|hours?|steps?|ways?|days?)\M)[a-z-]+)+$p$
     || $p$|\m@you@aux spent (@number|most|much|all|half|an?|some|hours|almost|nearly|over|about)\M$p$
     || $p$|\mcongrat[a-z]* on (hitting|reaching|crossing|passing|completing|finishing|inviting|connecting|creating|running)\M$p$
     || $p$|\m(you|your( [a-z]+)?|acctname|someone)@aux (left|abandoned|dropped out of|quit) (the|our|your) (checkout|cart|form|set-?up|import|wizard|onboarding|sign-?up)\M$p$
     || $p$|\m(colleagues?|teammates?|people|someone|users|members)( [a-z]+){0,4} signed up\M(?! (to|for) (us|be))$p$
     || $p$|(?<!\m(if|once|when|have|did|whether|before|until) )\m@you@aux (watched|read|played|listened|stopped|paused|left off|got|scrolled)( [a-z]+){0,5} (up to|until|till|to|at|as far as) (minute|page|slide|chapter|step|second|the (middle|end|last|[a-z]+ minute)|@number (minutes?|percent|pages?))\M$p$
     -- how many of them do what
     || $p$|(?<!\m(if|once|when|after|until|before|can|could|let|should) )\m@number of your( [a-z]+){1,3}@aux @did\M|\myour @number( [a-z]+)? (users|colleagues|teammates|people|members|admins|editors|invitees|log-?ins|invites|workflows|forms|reports|events|sessions|runs|exports|uploads|projects|dashboards)\M.*\m(@past|since)\M|(?<!\m(once|if|when|after|until|before|can|let) )\m@number( new| active| more| other)? (colleagues|teammates|users|people|members|admins)@aux @did\M.*\m(your|acctname)\M$p$
     || $p$|\m(nobody|no one|none of you)( (on|in|at|from)( [a-z]+){1,3})?@aux @did\M.*\m(since|so far|yet|@past)\M|\m(yours|your( [a-z]+)?)@aux (jumped|went|grew|rose|fell|dropped|climbed|doubled|shot up) (from|by|to) @number$p$
     || $p$|\m(got|made it|came|went|gotten) (to|as far as|up to) (step|stage|page|screen|lesson|module)\M$p$
     -- the reader on a page, or back, or away
     || $p$|(?<!\m(if|once|when|have|whether|before|until) )\m@you@aux (visited|viewed|clicked|browsed|scrolled|hovered|landed on|abandoned|poked|lingered|re-?opened|looked (at|over|around|through) (our|the|my)|(was|were|been|are|is|keeps?( on)?|came|come|went|gone|got|returned|dropp?ed) ([a-z]+ ){0,3}(on|at|in|to|by|through|around|inside|over|visiting|opening|coming back to|looking at|browsing|viewing|checking)( out)? (our|the|my|this)( [a-z/-]+){0,4} (pages?|site|website|docs|documentation|editor|screen|form|checkout|calculator|articles?|settings|tab|builder|dashboard|pricing|plans))\M$p$
     || $p$|\m(poking|looking|clicking|digging) around\M|\m(our|your)( [a-z]+){0,2} (visit|log-?in) (to|on|yesterday|last|this)\M$p$
     || $p$|\m@you@aux (not|never|stopped|ceased|quit)( yet)?( been)? (active|log(ged|ging) (in|on|back)|us(ed|ing)|touch(ed|ing)|finish(ed|ing)|complet(ed|ing)|opened|opening|invit(ed|ing)|come back|returned|set up|connected|tried)\M(?<!\m(if|in case|once|when) you@aux [a-z]+)$p$
     || $p$|\m(days?|weeks?|hours?|while|ages) since (your|you|anyone|somebody|someone)\M|\msince (your last (visit|log-?in|session)|you last)|\m(dropped off|went quiet|gone quiet|gave up halfway)\M$p$
     || $p$|\m(looks?|seems?|appears?|sounds?)( like| that| as if| as though)? (you|your( [a-z]+)?|acctname|someone|somebody)@aux (have|has|are|were|was|got|@did)\M$p$
     || $p$|\myou( (seem|appear)) to (be|have)\M$p$
     || $p$|\mhow (many|much|often|long)( [a-z]+){0,2} (you|your team|your people)@aux (@did|use|uses|spend|log|open|visit|run)\M(?=[^?]*$)$p$
     -- figures of usage without a sentence, and rising or falling ones
     || $p$|^[(]?@number(\+| new| active)? (sessions?|log-?ins|visits|exports|invit(es|ations)|integrations?|page views|clicks|(reports?|queries|builds|jobs) (run|ran)|active users|projects created|runs|uploads|downloads|dashboards)( [a-z]+)?[,.!)]*$$p$
     || $p$|\m@number (of your|people (on|at|from|in) (your( [a-z]+)?|acctname)|(users|colleagues|seats|members|people) (at|from|on|in) (your( [a-z]+)?|acctname))@aux (@did|made|opened|has|own)\M$p$
     || $p$|\m(was|were|been) (opened|viewed|visited|clicked|read|used|downloaded|forwarded)( [a-z]+){0,6} (by (you|your|someone)|@number times|twice|again)\M$p$
     || $p$|\m(usage|activity|adoption|log-?ins|traffic|engagement) (at|in|of|on|from) (acctname|your( [a-z]+)?)@aux (is|has|went|grew|jumped|dropped|fell|rose|spiked|doubled)\M$p$
     || $p$|\myour( [a-z\x27]+){0,2} (usage|activity|traffic|volume|adoption|engagement|log-?ins?|sessions)@aux (is|has|have|went|grew|jumped|dropped|fell|rose|spiked|doubled|tripled|climbed|slowed|picked up|took off|hit|crossed|reached|tells|shows|suggests|says)\M$p$
     || $p$|\m(from|with) your( [a-z]+){1,2} (went|grew|jumped|dropped|fell|rose|spiked|doubled|climbed)\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('pressure: scarcity and deadlines', 'pressure',
     -- scarcity, real or not
        $p$\m(only|just|down to|last|final|fewer than|there (is|are)) (a (few|handful)( of)?|@number|one|the last)( [a-z-]+){0,4} (left|remain(s|ing)?|available|to go|(spots?|seats?|slots?|places?)( left)?)\M(?! (for|per|each|is free|are free))$p$
     || $p$|\m(spots?|seats?|slots?|places?|licen[cs]es|stock|discounts?|openings?|deals?|offer(?! (still )?(remains|stands)\M))( [a-z]+){0,5} (going|gone|left|remain(s|ing)?|go fast|vanish(ing|es)|filling|disappear(ing|s)?|(is|are) limited|almost full|nearly full|scarce|taken|run(ning)? (out|low)|snapped up|at (this|that) price)\M$p$
     || $p$|\m(selling (out|fast)|will not last|go(ing)? fast|filling up|almost gone|nearly (full|gone)|first come|while (supplies|stocks?|they|it|seats|places) lasts?|limited[- ]time|limited (offer|availability|places|seats|spots|number of (spots?|seats?|places?|slots?|licen[cs]es|invit[a-z]+|customers|teams))|waiting lists? (is|are)|demand is|other (companies|customers|teams|buyers)( [a-z]+){0,3} (circling|waiting|interested|in line|next in)|(can not|can no longer|will not be able to) (hold|keep|guarantee|reserve) (your|it|this|the|that)|whoever (says|replies|signs|comes)|once (it is|they are) gone|(?<!no )hurry (up|and|before|while)|^hurry|tick-?tock|grab it)\M$p$
     -- a deadline that was made up for the reader
     || $p$|\m(last|final|your only|one last) (chance|call|warning|notice|reminder|opportunity|day to (?!(file|pay|submit|hand|work))|hours|days to)\M|(?<!\m(looking|ready|able|going|need|have|planning|want) to )(?<!\m(an?|the|our|your) ")\m(act|decide|buy|upgrade|sign|reply|respond|answer|commit|order|register|confirm|move) (now|today|immediately|at once|fast|quickly|right away|right now|by (tonight|tomorrow|noon|midnight|close of|the end of (today|the day|business))|before (it|they|midnight|noon|tonight|tomorrow|the (price|offer|deal|end)|(mon|tues|wednes|thurs|fri)day))\M(?<!(if|when|should) you [a-z]+ now)$p$
     || $p$|\m(price|prices|offer|deal|discount|rate|rates|promo|promotion|bonus|quote|code|saving|savings|% off|this|it|that|percent off|option|window|spot|slot|place|seat|terms?|conditions)\M.{0,40}\m(expires?|ends?|ending|disappears?|vanish(es)?|closes?|dies?|evaporates?|is (gone|off|history|void|over)|runs? out|goes? (away|up|back)|rises?|increases?|doubles?|lapses?|will be (gone|void|withdrawn)|off the table|no longer)\M.{0,30}\m(today|tonight|tomorrow|midnight|noon|(mon|tues|wednes|thurs|fri|satur|sun)day|soon|hours?|forever|(this|next) (week|month|quarter|year)|\d ?(am|pm)|by then|end of|in \d)\M$p$
     || $p$|\m(there are|only|just) @number (hours?|days?|minutes?) (left|to go|remaining)|\m@number (hours|minutes|days) left\M|\m(before|until) (it is|it gets|it will be) too late|\mtoo late\M|\m(shame|pity|too bad|sad|awful|terrible|unfortunate) (if|should|were) (your|you|something|anything|all|it|the)\M|\mnow or never|\m(timer|countdown|stopwatch|hourglass|clock)( [a-z]+)?( (is|has))* (on (your|this|the)|hits?|runs? (out|down)|reach(es)?|starts?|started|running|set|expires?|strikes|ends)\M|\m(it|this|that|offer|discount|price|deal) (is|are|will be) gone (for good|forever)|\mtake it or leave it|\mtime is running|\mclock is ticking|\mvalid (only )?(until|till) (midnight|noon|tonight|tomorrow|today|(mon|tues|wednes|thurs|fri|satur|sun)day)|\mback to (list|full|the old|the normal) price|^only (for )?(today|tonight|this week)\M|\m(today|tonight|one day) only\M|\m(can|will) only (hold|keep|guarantee|reserve|offer)\M|\mbefore we hang up|\mlock(ing)? in (today|your|this|the|that)\M|\mmake up your mind|\monly (those|teams|customers|companies|people) (who|that)|\m(next|after this) (week|month|quarter|year)\M.*\m(cost|pay|price|rate)\M.*\m(more|twice|double|higher)|\m(after|past) (that|which|midnight|today|friday),? [^.]{0,20}\m(gone|vanish|can not|will not|nothing|no way|void|more expensive|full price)$p$
     || $p$|\m(need|want|expect|require|must have|have to have|waiting for) (a|an|your|the)( [a-z]+){0,2} (answer|decision|yes|reply|signature|response|go-ahead|confirmation)( [a-z]+){0,2} (by|before|today|tonight|now|this|within|immediately|asap)\M|\m(unless|without|until) (i|we) (have|get|hear|receive)\M|\m(urgent|asap|immediately|this instant)\M(?! (support|tickets?|cases?|get|and|means?|in|is|issues?|requests?|available))(?<!(marked|as|mean by|counts as|called) urgent)$p$
     || $p$|(?<!\m(customers|people|teams|users|they|we|i|who|most) )\mdo not (wait|delay|hesitate (any|too|or)|miss|waste|risk|sleep on|let (this|it|your|the)|put (this|it) off|be (the|left|late)|think twice|pass (this|it) up)\M(?! (to|a (reply|line)))(?!.{0,12}to (reach|get|ask|contact|write|reply|say))|\m(every|each)( single| passing)? (day|hour|week|minute|moment)( that)? (you|of (waiting|delay)|without|counts|spent)|\mthe longer you|\mcost of (waiting|doing nothing|inaction|delay)|\mwaiting (costs|is costing|will cost)|\mone more day|\mwaste another$p$,
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: fear and threats', 'pressure',
     -- what will be lost, or what others have got ahead with
        $p$\m(you|your( [a-z]+){1,3}|everything|everyone|acctname|all (of )?your)\M.{0,30}\m(will|would|could|might|may|can|is going to|are going to|about to|risks?|stand to)\M.{0,15}\m(los(e|ing)|be (lost|wiped|deleted|gone|locked|suspended|restricted|closed|blocked|cut|erased|purged|terminated|disabled|throttled|downgraded|shut)|forfeit|disappear|vanish|regret|suffer|fail|pay for it|be (sorry|next|blamed))\M$p$
     || $p$|\m(breach|audit|outage|fine|leak|attack|incident|lawsuit|mistake) away\M|\m(matter|question) of time|\msooner or later\M|\m(disaster(?! (recovery|plan|planning|plans|drills?))|catastrophe|nightmare|(in|on|make|makes|making|hits?) (the )?(front page|headlines)|ruin(ed)?|(be|get|gets|getting) blamed|held responsible|lose your job|on your (head|conscience|watch))\M|\mwho (turned|said no|did nothing)|\mwhy you did nothing|\bgap gets$p$
     || $p$|\mregrett?(ed|ing|s)?\M(?<!and regret)(?! (it )?(any|that (we|i)|the inconvenience|to))|(?<!\m(nobody|no one|none|never|without anyone) )\mmiss(ed|ing|es)? out\M|\mfomo\M|\m(left|fall(ing|en|s)?|lag(ging|s)?|stay(ing)?|end(s|ed)? up|get(ting)?) (behind|in the dust|failing|paying|losing|sorry)\M|\m(ahead of you|pull(ing)? (further )?ahead|overtak(e|en|ing)|outpac(e|ed|ing)|beat(ing)? you|laughing)\M$p$
     || $p$|\m((everyone|everybody)(?= (else|in your|around you|has already|have|is already|already|switch|mov|is (switching|moving|ahead|using it|talking)))|all (of )?your (competitors|peers|rivals)|your (competitors?|rivals?|competition|peers)|competitors|rivals|the competition)( else)?( in your [a-z]+)?@aux (is|are|has|have|use|uses|moved|switch(ed|ing)|made|adopted|know|love|forecast|automate|signed|bought|ahead)\M|\myour (competitors?|rivals?|competition)@aux (will|would|are going|are about)\M|\malready (forecast|automate|switched|moved|signed)\M.{0,20}\m(you|left)|\m(others|the rest|peers)@aux (moved on|ahead)$p$
     || $p$|\m(crazy|foolish|stupid|silly|insane|irresponsible|reckless|mad|negligent|no-brainer|naive|a fool)( not)?( to| if| of you| not)\M|\m(cost(s|ing)?) (you|your company|the company|acctname|your team) ([a-z]+ )?(money|thousands|@number|dearly|customers|deals|a fortune)|\m(lose|losing) (out|ground|money|deals|customers|revenue)\M( [a-z]+){0,3} (every|each|while|until)$p$
     -- consequences, and what is done over the head of the reader
     || $p$|\mhate to (have to )?(see|loop|tell|escalate|explain|lose|report|involve)\M|\m(raise|escalate|report|loop|involve|take|bring|mention|go|copy|cc|tell|inform|write|speak|talk|turn|complain)( [a-z]+){0,3} (to|with|in|over)? ?your (boss|bosses|manager|management|ceo|cfo|cto|cio|vp|director|directors|leadership|executives?|superiors?|supervisor|board|head)\M( (know|that|about|if|unless|instead|directly|which|next|why|and)|[.,!]|$)$p$
     || $p$|\m(or else|otherwise|unless|if (i|we|you) do not (hear|get|have|receive|reply|answer|upgrade|respond|act|pay|decide|sign|choose|move)|failing that|without (an|your) (answer|reply|response|decision))\M.{0,60}\m(delet|suspend|restrict|wip|lock|clos|cancel|remov|terminat|revok|block|downgrad|throttl|charg|escalat|forfeit|los(e|t|ing)|awkward)[a-z]*\M(?!.{0,10}\m(file|loop|ticket|thread|case|notes?|conversation|matter|list|you from|this)\M)$p$
     || $p$|\m(i|we)( will)? (have|be forced|am forced|are forced|may have|might have|be obliged) to( (start|begin|then|also|[a-z]+ly))* (suspend|restrict|limit|clos(e|ing) your|cancel|block|lock|downgrad|delet|charg|report|inform|tell (your|finance|management|them)|escalat|rais(e|ing) (this|it|the)|giv(e|ing) (it|your)|assume|tak(e|ing) (it|back)|withdraw|remov(e|ing) your)[a-z]*\M|\m(consequences|penalt(y|ies)|fair warning|you have been warned|be warned|blacklist(ed)?)\M|\mor (the|your|this|it|i|we|they)( [a-z]+){0,3} (doubles?|goes|go|expires?|ends?|gone|lose|loses|disappears?|closes?|lapses?|rises?|increases?|forfeit)\M|\m(assume|take (it|your silence|that) as|count (it|that|silence) as|treat [a-z ]+ as|consider [a-z ]+) (a |an |your )?(yes|agree(d|ment)?|approval|go-ahead|accept(ed|ance)?|deal|confirmed|order|consent)|\msilence (means|is|will be|counts|equals) (a |an )?(yes|agreement|consent|approval)|\m(start|activate|charge|bill|renew|sign|enrol|upgrade|invoice)\M[^.?!]*\m(if there is silence|unless (i|we) hear|unless you (object|say|tell|reply|write|stop|cancel))$p$
     || $p$|\m(will|would|going to) (give|offer|hand|release|sell|pass)( [a-z]+){0,3} (to|away)( (another|someone|somebody|the next|other))?\M.*\m(unless|if you|by|at \d|before)\M$p$,
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: guilt', 'pressure',
     -- the writers trouble, the readers debt, honor or silence
        $p$\m(put|spent|invested|poured)( [a-z]+){0,3} (work|effort|hours|time|days|weekend|evening)\M(?= (into|in|to|on|for|preparing|building|making)\M).*\m(you|least|so)\M|\m(least|minimum) (that )?you (can|could)|\myou owe(?! (me |us )?(no|nothing))|\m(unanswered|unreturned) (e?-?mails?|messages?|calls?)\M|\mtak(e|ing) it personally|\mexpected (better|more) (from|of)|\mwhat (your|the) (boss|manager|ceo|cfo|cto|board|management|customers?) (will|would|might|is going to) (say|think)|\mrisk you can not|\myou promised( me| us)? (an?|your|to)\M|\myou promised me\M|\mstill waiting (for|on) (you|your|an answer|a reply)|\mlast time (i|we) (can|will|am|are)\M(?! (bring|write|writ|mention|e-?mail|raise|bother|contact|mail|follow|send|disturb|get in touch|trouble))|\mreally want to (risk|lose|miss|explain|be)\M|\mnot want to be (the|that|left)\M|\m(owe|owed) (me|us)\M(?! (no|nothing))|\m(i|we)( (think|believe|feel))?( (i|we))? deserve|\m(after|with) (all|everything) (that )?(i|we) (have )?(done|did|put|worked)|\mleav(e|ing) (me|us) hanging|\m(my|our)( [a-z]+)? patience|\m(patience|good ?will)( [a-z]+){0,3} (thin|out|limits?|ends?)\M|\m(your|your own) name (is )?on it\M|\mhas your name on\M|\m(held|hold|holding|saved|kept|reserved) (this|that|your|a)( [a-z]+)? (slot|spot|seat|place|price)( open)? for you for\M|\m(make|making|made) (me|us) (chase|beg|ask (again|twice)|wait|run after|come after)|\m(an?|any|every)( [a-z]+)? (professional|adult|leader|manager|executive|grown-?up|gentleman|partner|colleague) would( not)?( at least)? (have|never|know|answer|reply|act|decide)|\m(hold|holding|keep|keeping|block|blocking|slow|slowing|delaying|stalling) (everybody|everyone|us all|(the|your) (whole |entire )?(team|project|company|rollout|department|others)|all of us|people|the others|things|it all) ?(up|waiting|back|hostage|down)?\M(?= (waiting|up|back|hostage|down)|[,.]|$)|\mall (of )?the other( [a-z]+|s)@aux (said|agreed|signed|approved|voted)|\m(people|others|everyone|they) are( [a-z]+){0,2} (asking|wondering|talking|noticing)\M|\m(yourself|yourselves|no one|nobody|you)( else)? to blame|\mblame (me|us|yourself|yourselves)\M|\m(your|your own) (fault|doing)\M|\m(do not|never) say (i|we|nobody|no one) (did|warned|told)|\mhow much( [a-z]+)? you( are)? (burn|los|wast|bleed|throw|leav)[a-z]*\M|\m(i|we) (know|met|am friends with|are friends with|play golf with|go way back with|have a line to) your (boss|manager|director|ceo|cfo|cto|board|vp|superior|management)|\mwent to bat for|\mout on a limb|\mpulled strings|\m(called in|calling in) (a|some) favou?rs?|\mbend(ing)? over backwards|\mwent out of my way$p$
     || $p$|\m(silence|no (reply|answer|response)|ignor(ed|ing)|quiet)( [a-z]+){0,3} (stings?|hurts?|disappoints?|tells|says|speaks|rude)|\m(ignor(ed|ing)|ghost(ed|ing)|avoid(ed|ing)|stood up) (me|us|my|our|all|every)\M|(?<!\m(vendors?|suppliers?|tools?|providers?|software|systems?|partners?|products?|anyone|anything|something|ever|what|has|have|that|users|customers) )\m(disappoint(ed|ing)|surprised|hurt|offended|frustrated|upset|insulted|ashamed|shame|let down|sad|rude|heartbroken|disheartening)\M.{0,40}\m(you|your|silence|reply|answer|hear|response|word)|\m(have|did) (i|we) (do|done|said|say) something wrong|\m(why|how come) (have|did|are|do|were) you (not|still|ignor|never|silent)|\m(why|how come) no (reply|answer|response)$p$
     || $p$|\m(i|we)( have| had)?( now| already)? (emailed|written|wrote|called|tried|reached out|contacted|messaged|followed up|pinged|chased|asked|sent)( [a-z]+){0,4} (@number (times|e?-?mails|messages|notes)|twice|again and again|repeatedly)|\m(this|that|it) is( now)? (the|my) (second|third|fourth|fifth|sixth|seventh|tenth|2nd|3rd|4th|5th|6th) (e?-?mail|message|note|attempt|time|try|reminder)\M(?! (i|we) (offer|help))|\m(my|our) (third|fourth|fifth|sixth|3rd|4th|5th|6th) (e?-?mail|message|note|attempt|try)\M$p$
     || $p$|\mmy (job|bonus|commission|quota|numbers?|targets?|pipeline|quarter|month|review)( [a-z]+){0,4} (depends?|on the line|at stake|at risk|needs?)\M|\mmy (boss|manager|director|vp|team|company)@aux (will|would|wants?|expects?|needs?|asking|asks|breathing|on my|furious|angry|kill)\M|\m(trouble|hot water|problem) with my\M|\m(hit|make|meet|reach|miss) my (quota|target|number|bonus)|\m(personal|huge|big) (favou?r|plea)|\m(do not|please) (let me down|make me beg)|\mlet (me|us) down\M|\mi (beg|implore)|\mfor my sake$p$
     || $p$|\m(guess|suppose|assume|take it|clearly|apparently|obviously)( that)? (you|acctname|security|growth|this)( [a-z]+){0,3} (not|do not|never)( [a-z]+)? (care|matter|value|important|serious|take|want)|\mdo not (you )?care (about|enough|whether|what)|\m(surely|certainly) you (do not|would not|can not|will not)|\m(real|true|good|smart|serious|great|responsible|modern|sensible) (champions?|leaders?|managers?|admins?|professionals?|teams?|companies|buyers?|executives?)( who [a-z ]+)? (would|do|does|will|never|always|knows?|acts?|decides?|understands?|chooses?)\M|\mbe the (bottleneck|one (who|that))|\mthe only (team|company|one|person) (that|who|without|not|still|left|in)\M$p$
     || $p$|\m(you|your (team|company)|acctname) (really |simply |absolutely |just )*(must|have (got )?to|need to|ought to|had better|have no (choice|option|excuse)|are (required|obliged|expected|forced) to|can not say no|can not afford)( [a-z]+)? (act|decide|reply|respond|answer|upgrade|buy|sign|commit|move|pay|confirm|convert|purchase|subscribe|hurry|stop|wait|not|to)\M|\mno (excuses?|reason not)\M|\mexplain( [a-z]+){0,5} (to|why)( your| you)? ?(boss|board|manager|ceo|team|customers|did|turned|waited)\M|\mwhat kind of (manager|leader|team|company|person)|\m(whoever|those who|anyone who|teams (that|who)|people who|companies (that|who|which)) (skip|wait|hesitat|ignor|delay|refus|declin|postpon|dither|drag|put (this|it) off|do not act|do nothing)[a-z]*$p$,
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('surveillance, Chinese', 'surveillance',
     -- somebody saw what you do
        $p$(我|我们|系统|后台|数据|平台|日志|记录|同事)(们)?[^。！？，,\n]{0,8}(看到|看见|注意到|发现|监测到|检测到|监控到|显示|提示|记录到|追踪|跟踪|观察到|留意到|捕捉到|统计|得知|表明|提醒)了?[^。！？\n]{0,20}(您|你|贵司|贵公司|贵团队|团队|有人)$p$
     -- you did it so often, or then
     || $p$|(?<!请)(您|你|你们|贵司|贵公司|贵团队|团队|有人)[^。！？，,\n]{0,16}(访问|打开|登录|登陆|浏览|查看|看过|点击|点开|停留|试了|试用了|用了|使用|运行|导出|导入|邀请|新增|添加|创建|连接|触发|卡在|停在|离开|放弃|对比)了?[^。！？\n]{0,14}([0-9一二两三四五六七八九十几多]+ ?(次|分钟|个小时|小时|遍|名|位|份|个(用户|成员|席位|同事|报表|项目)|回)|昨天|昨晚|刚刚|刚才|上周|凌晨|多次|反复)$p$
     -- you, then, did it
     || $p$|(您|你|贵司|贵公司|贵团队)[^。！？，,\n]{0,6}(昨天|昨晚|今天|今早|上午|刚刚|刚才|上周|上个月|本周|这周|最近|近期|[0-9一二两三四五六七八九十几]+ ?(分钟|小时|天)前|自[^，,。]{0,8}起|连续|周[一二三四五六日])[^。！？\n]{0,16}(访问|打开|登录|登陆|浏览|查看|看了|在看|在用|在试|点击|停留|试了|试用了|用了|运行|导出|导入|邀请|新增|添加|创建|连接|逛|没有?(登录|使用|打开|动静|上线)|不活跃|活跃)$p$
     -- then you did it
     || $p$|(昨天|昨晚|刚刚|刚才|上周|最近|[0-9一二两三四五六七八九十几]+ ?(分钟|小时|天)前)[，,]?(您|你|贵司|贵公司|贵团队)[^。！？\n]{0,12}(访问|打开|登录|登陆|浏览|查看|看了|点击|停留|试了|运行|导出|导入|邀请|新增|创建|连接|处理|完成|提交|上传|下载|生成|发布|审批|发送|发出|接待|关闭|解决|跑)$p$
     -- records, what was not done, who pays attention
     || $p$|(根据|从|依据|按照|翻了|看了|分析了|查了)[^。！？，,\n]{0,10}(使用|活动|行为|登录|浏览|操作|访问|点击)(数据|记录|日志|轨迹|情况|习惯|历史)|(已经|有)[^。，,]{0,4}[0-9一二两三四五六七八九十]+ ?(天|周)(没|未)|^[^。]{0,4}(看到|注意到|发现|留意到)(您|你|贵)|看在眼里|没人(用|登|打开|碰)过|从[^。，,]{0,6}(记录|数据|日志|后台)[^。，,]{0,3}看|(关注|留意|观察|跟踪|监控|盯着|追踪)[^。，,]{0,4}(您|你|贵)[^。，,]{0,10}(使用|用量|席位|活跃|登录|动态|进度|账号|试用)|(凌晨|半夜|深夜|今早|今晨|傍晚)[^。，,]{0,6}[，,]?(您|你|贵司|贵公司)[^。]{0,10}(翻|看|回来|逛|登录|打开|用)|您的(使用量|用量|登录|活跃度|调用量)[^。，,]{0,8}(上升|下降|增长|激增|飙升|翻|超过|达到|涨|减少)$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('pressure, Chinese', 'pressure',
     -- last, only, limited, at once
        $p$(?<!没有|没|无|不是|不搞|不做)(最后的?(机会|一次机会|期限|一天|通知|通牒|警告|[0-9一二三两]+ ?(天|小时|席|个|名))|(仅|只)(剩|有最后)|所剩无几|仅限(今天|今日|本周|前)|限时(优惠|特价|折扣|抢|免费|开放|福利|活动|内|赠))|限量|抢购|抢占|(名额|席位|机会|位置|库存)[^。，,]{0,6}(有限|不多|紧张|告急|难得|不等人|先到)|手慢无|先到先得|(马上|立即|立刻|赶快|赶紧|抓紧|务必|必须|现在就)[^。！？\n]{0,8}(行动|购买|下单|升级|决定|签约|付款|报名|订阅|锁定|拍板|签字|留一个|定下来)$p$
     -- do not miss, a deadline, a rise
     || $p$|错过(就|将|了|这|此|后|再|本)|(不要|别|不容|切勿)再?(错过|犹豫|等|拖)|机不可失|时不再来|倒计时|过期不候|过了这个?[点村]|(今天|今日|今晚|明天|午夜|零点|本周|周[一二三四五六日]|月底|下班前)[^。！？\n]{0,10}(截止|结束|涨价|失效|作废|恢复原价|没了|收回)|(即将|马上|就要)(截止|结束|涨价|恢复原价|失效|作废|没了)|涨价|越(早|快)越(好|划算|便宜)|(今天|今晚|下班前|明天)[^。！？\n]{0,6}(必须|给我|答复|回复我|拍板)$p$
     -- left behind, lost, to blame
     || $p$|落后|(被|遭)[^。，,]{0,4}淘汰|淘汰出局|甩开|(竞争对手|同行|对手|别人|大家|友商)们?[^。！？\n]{0,4}(已经|已|都|早)|后悔|(再不|不)[^。！？，,\n]{0,8}，?就(晚|来不及|没)|来不及|(数据|账号|账户|成果|内容|功能|权限|一切)[^。！？\n]{0,10}(清空|删除|丢失|停用|冻结|关闭|锁定|限制|化为乌有)(?![^。]{0,4}(操作|可以|随时))|出了?事|别怪|(怎么|如何|怎样)(跟|向|和|对|给)[^。！？，,]{0,6}(交代|交待|解释)|追责|担责|(数据|账号|账户|资料|成果)[^。！？，,]{0,6}(保不住|没了|拿不回)|风险自负|后果|早晚|迟早|损失$p$
     -- or else, your boss, guilt
     || $p$|否则|(只好|不得不|只能|被迫)[^。！？\n]{0,12}(反映|汇报|上报|停|收回|关闭|当作|视为|限制|冻结|暂停|取消|降级|清)|卡在(您|你)|(您|你)一个人(这里|身上)|议论|(向|给|跟|找|告诉)(您|你|贵司)的?(领导|上级|老板|主管|总经理|管理层|老总)[^。！？\n]{0,6}(反映|汇报|说|投诉|沟通|谈|报告|提)|默认(您|你)?(同意|接受|续)|视为(同意|接受)|寒心|(我|我们|真|有点|十分|非常|很|令人|实在)[^。，,？]{0,5}(失望|难过|伤心|心寒|委屈)|白费|辜负|至少(该|应该|要|给)|好歹|欠我|求了|帮帮忙吧|帮我(一把|完成|冲)|业绩|指标|(为什么|怎么)(还|一直|总)?(不|没)(回复|理|回)|不(在乎|重视|负责任)|写了[^。，,]{0,4}(封|次)[^。]{0,8}(没|不)|(真正|合格|负责)的[^。，,]{0,8}(不会|都会|应该)|傻|不划算就$p$,
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true);
