/* 75_forbidden_phrases.sql - wordings that a message to a customer must not have.
 *
 * Rows of regular expressions, for pls.lint_template(): surveillance (reciting
 * what somebody was seen to do) and pressure.  A pattern is matched against one
 * sentence after the other, as pls_internal.plain_text() writes it: lower case,
 * plain quotes, no contractions ("you have", "do not"), placeholders as words.
 * @you and the like stand for classes of words, so that a pattern says who does
 * what, and not which sentence.  Chinese is written with escapes: the script of
 * the extension is ASCII, for databases of any encoding.
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
        ('you', '(you|you guys|your( [a-z]+)?( [a-z]+)?|(someone|somebody|anyone|people|members?|colleagues|users|admins?|others|one|two|three|four|five|several|some|many|most|a few|a couple|a number|\d+)( (more|other|new|active|different))?( (people|users|colleagues|teammates|members|admins|seats|engineers))? (of|on|at|from|in|within|inside|over at) (you|your|acctname|the)( [a-z]+)?|acctname( [a-z]+)?|the( whole)? (team|account|company) (at|of) [a-z]+)',
         'whoever is written to, and their people'),
        ('we', '(i|we|my (colleagues?|team|manager)|our( [a-z]+)? (teams?|colleagues?|reps?|people)|one of us)',
         'whoever writes'),
        ('machine', '(our|my|the|this|theproduct)( [a-z]+){0,2}( (systems?|platform|software|tools?|dashboards?|analytics|logs?|data|records?|monitoring|tracking|telemetry|alerts?|crm|screen|reports?|database|backend|tracker|metrics|feed|algorithm|numbers|figures|stats|statistics|radar))+|theproduct',
         'what watches for them'),
        ('aux', '( (have|has|had|am|are|were|is|was|been|be|can|could|do|did|not|help|but|also|just|only|even|recently|lately|already|now|then|really|happened|happen|to|never|again|both|all|first|last|still|currently|actually|automatically|quietly|clearly|quickly|earlier|today|yesterday|finally|since|apparently|carefully|closely|constantly|always|often|regularly|briefly|obviously|definitely|certainly|personally))*',
         'words that may stand before a verb'),
        ('notice', '(saw|see|sees|seen|seeing|(can|could) tell|notic(e|es|ed|ing)|spot(s|ted|ting)?|observ(e|es|ed|ing)|watch(es|ed|ing)?|track(s|ed|ing)?|monitor(s|ed|ing)?|detect(s|ed|ing)?|log(s|ged|ging)|record(s|ed|ing)?|caught|catch(es|ing)?|follow(ed|ing)|picked up( on)?|flag(s|ged|ging)?|measur(ed|ing)|captur(ed|ing)|count(ed|ing)|analy[sz](ed|ing)|reviewed|studied|spy(ing)?|spied( on)?|learn(ed|t)|found out|discovered|(came|stumbled) across|kept tabs on|keep(ing)? (tabs|an eye) on|had an eye on|have an eye on|looked (at|into|through|over)|looking (at|into|through|over)|dug (into|through)|pulled( up)?|go(ing|ne) through|went through|checked|checking)',
         'how one learns what others do'),
        ('visit', '(log(ged)?[ -]?(in|into|on|back in|out)|open(ed)?|view(ed)?|visit(ed)?|re-?visit(ed)?|click(ed)?|download(ed)?|brows(ed|e)|look(ed)? (at|over|through|into|around|up)|search(ed)?|scroll(ed)?|hover(ed)?|abandon(ed)?|compar(ed|e)|c[ao]me back( to)?|return(ed)? to|check(ed)? out|click(ed)? (on|through)|stopp?(ed)? using|land(ed)? on|drop(ped)? off|left (the|your) [a-z]+ (page|cart|checkout|form)|pok(ed|e) around|peek(ed)? at|linger(ed)?|stay(ed)? on|watched (the|our|a)|went (back )?to (the|our)|re-?opened|clicked|navigated|used the [a-z]+ (page|feature)|lurk(ed|ing)?|refreshed|re-?read|sp[ea]n[dt] (time|a while|hours|minutes))',
         'what a visitor does'),
        ('work', '(invited|connected|created|added|exported|imported|uploaded|ran|run|completed|finished|used|tried|started|launched|built|made|sent|published|set up|configured|enabled|activated|turned on|integrated|synced|crossed|passed|hit|reached|exceeded|grew|doubled|tripled|upgraded|triggered|generated|processed|executed|scheduled|deployed|installed|joined|onboarded|registered|consumed|ran into|saw|got|had|edited|updated|deleted|moved|signed (in|on|up)|verified|assigned|spent|worked|tested|went|jumped|climbed|surged|failed|attempted|performed|produced|submitted|posted|saved|viewed|hired|began|racked up|averaged|logged|maxed out|requested|asked for|stopped|paused|removed|cancell?ed|downgraded|opened|closed|came)',
         'what a user does'),
        ('number', '(\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|a hundred|hundreds|dozens?|several|multiple)( (hundred|thousand|or \w+|dozen))?',
         'an amount'),
        ('unit', '(?!(minutes?|mins?|hours?|hrs?|steps?|things?|ways?|ideas?|reasons?|questions?|options?|calls?|examples?|tips?|quick|short|of the|or|to|pm|am|day|-)\M)',
         'after an amount: what is counted is neither time nor advice'),
        ('past', '(yesterday|last (night|week|weekend|month|quarter|year|mon|tues|wednes|thurs|fri|satur|sun|few|couple|january|february|march|april|may|june|july|august|september|october|november|december|\d+|two|three|seven|thirty)[a-z]*|(earlier )?this (morning|afternoon|evening|week|month|weekend)|earlier (today|this)|(today|tonight|overnight)|(\d+|an?|one|two|three|four|five|six|seven|several|a few|a couple of|some) (second|minute|hour|day|week|month)s? (ago|in a row|running|straight)|(in|over|during|within|for|across) the (past|last|previous)|(on|since) (mon|tues|wednes|thurs|fri|satur|sun)day|since (last|yesterday|\d)|at \d{1,2}([:.]\d\d)? ?([ap]\.?m\.?)?\M|at (noon|midnight|lunchtime)|(in|within|after) (under |less than |just |only )?(\d+|an?|one|two|three|four|five|six|seven|ten|your first) (second|minute|hour|day|week)s?|(on|of) \d{1,2}(st|nd|rd|th)?( of)? (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|(jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}|\d{4}-\d\d-\d\d|every (single )?(day|night|morning|week)|each (day|morning|night)|late at night|a (day|week|month|minute|hour) (a)?go|just now|minutes ago|times? (a|per) (day|week))',
         'when something was done'),
        ('usage', '(usage|activity|behaviou?r|log-?ins?|visits?|page ?views?|sessions?|clicks|click-?stream|browsing|search(es)?|event (log|history|stream)|logs?|history|audit (log|trail)|analytics|telemetry|metrics|adoption|engagement|usage (data|patterns?|numbers|stats|history|reports?)|activity (log|feed|data)|patterns?|footprint|journey|(product|account|app|workspace|team) (usage|activity|data))',
         'what is measured about people')
      ) AS c (name, pattern, meaning);
END;
COMMENT ON FUNCTION pls_internal.phrase_classes IS
    'The classes of words that patterns of pls.forbidden_phrases may name with @: name, regular expression, meaning.';

CREATE FUNCTION pls_internal.full_pattern(pattern text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    class record;
BEGIN
    FOR class IN SELECT c.name, c.pattern FROM pls_internal.phrase_classes() c LOOP
        pattern := replace(pattern, '@' || class.name, '(' || class.pattern || ')');
    END LOOP;
    -- groups that catch nothing are faster
    RETURN regexp_replace(pattern, '(?<!\\)\((?!\?)', '(?:', 'g');
END;
$$;
COMMENT ON FUNCTION pls_internal.full_pattern IS
    'A pattern of pls.forbidden_phrases with its classes of words written out.';

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
    IF NEW.pattern ~ '\\[1-9]' THEN
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
                HINT = 'Begin it with \m and a word that must be there.';
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
    ('surveillance: somebody watched', 'surveillance',
     '(?<!\mif )\m(@we|@machine)@aux (?!caught you\M)@notice( (me|us))?( (that|when|how|as|where|while|every time|from|in|by|all|of|the|a|an|some|what|which|who|if|whether|on|through))*,?( (?!(and|so|if|because|but|to|for|customers|companies|others|businesses|like|we|i|our|my|let)\M)[a-z0-9/''-]+){0,5} (you(r|rs)?|acctname|someone|somebody)\M(?! (on (monday|tuesday|wednesday|thursday|friday|saturday|sunday)|there|then|soon|next week|succeed|through|later))',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: a machine tells', 'surveillance',
     '\m(@machine)@aux (shows?|showed|showing|tells?|told|indicat(es?|ed)|suggest(s|ed)?|reveal(s|ed)?|alert(s|ed)|notif(ies|ied)|ping(s|ed)|say(s)?|report(s|ed)|reflect(s|ed)?|confirm(s|ed)?|pointed|got (an? |your )?(alert|notification)|been (alerted|notified|told)|lit up|light(s)? up|gave|sent|popped up|know(s)?)( (me|us|an?|the))*,?( (that|when|how|as|to|about|alert|notification|ping|signal))*( (?!(and|so|if|because|most|many|other|customers|companies|businesses|teams|people|trials|accounts|we|i|our)\M)[a-z0-9/''-]+){0,3} (you(r|rs)?|acctname|someone|somebody)\M',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: alerted about you', 'surveillance',
     '\m(i|we)@aux (got|received|had|was|were|get|been|saw) (an? |your |the )?(alert(ed)?|notification|notified|ping(ed)?|flag|heads-?up|signal|told|tipped off)( (that|when|about|on|for|from|saying|by))*( [a-z]+){0,4} (you(r|rs)?|acctname|someone|somebody)\M',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: without a subject', 'surveillance',
     '^((hi|hello|hey|dear)\M[^,]*, |(just|also|so|and|ps|p\.s\.?:?|quick note:?|by the way,?|btw,?) )*(just |also |recently |only )*(saw|noticed|noticing|seeing|spotted|spotting|see|observed|caught|heard|tracking|watching|monitoring|happened to (see|notice))( (that|how|when|from|in|the|a|an|some))*( [a-z]+){0,2} (you(r|rs)?|acctname|someone|somebody|@you)\M(?! (on (monday|tuesday|wednesday|thursday|friday)|there|then|soon|next|at|tomorrow|later|in))',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: it looks as if', 'surveillance',
     '\m(it |that |this |things? )?(looks?|looked|seems?|seemed|appears?|appeared|would appear|feels?)( to (me|us))?( like| as if| as though| that|,)* @you@aux (have|has|are|is|were|was|had|did|do|got|keep|keeps|need|want|might|may|could|been|@work|@visit|[a-z]+ed|[a-z]+ing|spend|use)\M',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: you seem', 'surveillance',
     '\m(you|your (team|colleagues|people|company|account|admins?|users)|acctname)( (team|folks))? (clearly |obviously |really )?(seems?|appears?|looks?) (to (be|have|like|enjoy|use|want|need|struggle)|interested|active|busy|stuck|keen|ready|engaged|quite|very|really)\M',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: what visitors do', 'surveillance',
     '(?<!(\m(if|once|until|unless|whenever|did|do|does|to|will|would|should|can|could|may|might|helps?|lets?|let|have|how|before|so|that|and|or|where|can not|which|what)) )\m@you@aux( (have|has|had|did not|have not|has not|not))*@aux (?!(open|view|visit|click|download|browse|look|search|compare|come|check|log ?in|logon|scroll|hover|abandon|spend|poke|linger|stay|drop|lurk|return|peek|log)\M)@visit\M',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: what one was doing', 'surveillance',
     '(?<!(how|long|what|if|have|has|where|which|who) )\m@you@aux (have|has|had) (all |both |also |really |just |recently )*been( [a-z]+ly| busy| hard at work| also)? ((?!(meaning|waiting|thinking|told|asked|asking|wondering|hoping|promised|given|added|sent|invited|using theproduct for|great|in touch|kind|patient|helpful)\M)([a-z]+ing|active|busy|on|in|back|here|playing|quiet))\M',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: counts and times', 'surveillance',
     '(?<!\m(if|once|until|unless|whenever|would|could|should|can|will|may|lets?|helps?|let) )\m@you@aux @work\M([^,;:?!.]|\d[.,]\d)*\m(@number @unit[a-z]|@past\M|(once|twice|many times|a lot)\M)',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: time spent', 'surveillance',
     '\m(@you|someone|somebody)@aux (spen[dt]|stayed|lingered|paused|waited|worked)\M[^,;:?!]*\m(@number|an?|half an) ?(minutes?|mins?|hours?|hrs?|seconds?|days?|times)\M',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: a list of counts', 'surveillance',
     '^@number (new |active |failed |unique )?(sessions|exports|imports|log-?ins|visits|clicks|runs|searches|invites|page ?views|downloads|api calls|events|integrations|connections|errors)\M[.,;]?$',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: times and counts', 'surveillance',
     '\m@past,? ([a-z]+ )?@you@aux (have|has|had|were|was|did not|have not|are|@work|@visit|[a-z]+ed)\M(?! (mentioned|asked|said|told|talked|spoke|met|wrote|agreed|discussed))',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: not done', 'surveillance',
     '\m@you (have|has|had|did) (not|never|yet to)( yet| really| actually| ever| once| even)* (log(ged)?[ -]?in|log(ged)? (in|on|back)|us(ed|e)|open(ed)?|finish(ed)?|complet(ed|e)|invit(ed|e)|connect(ed)?|tr(ied|y)|touch(ed)?|sign(ed)? in|com(e|pleted) back|been (back|active|in|on|seen)|set up|creat(ed|e)|activat(ed|e)|visit(ed)?|done anything|started|return(ed)?)\M',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: passive', 'surveillance',
     '\m(pages?|pricing|docs?|documentation|e?-?mails?|guides?|reports?|dashboards?|workspaces?|invoices?|features?|integrations?|workflows?|projects?|seats?|invit(es?|ations?)|files?|calls?|runs?|videos?|links?|accounts?|trials?|editor|app|exports?|imports?|jobs?|quote|proposal|deck)( [a-z]+){0,2} (was|were|has been|have been|got|is being|are being) (recently |just |last |already )*(opened|viewed|visited|clicked|read|downloaded|used|accessed|run|created|sent|completed|connected|started|forwarded|watched|shared|added|activated|updated|checked|exported|published|abandoned)\M[^,;?!]*\m(@past\M|@number (times|people|users|of)|twice|(by|from) (you|your|acctname|someone)|repeatedly)',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: counted behavior', 'surveillance',
     '\m@number (or more |different |separate |unique |failed |new |successful |open |recent |total )*(log-?ins?|sign-?ins|visits|page ?views|views|clicks|opens|downloads|searches|page loads|api calls|workflow runs|active (users|people|seats|members|days|accounts)|runs|hits|times)\M( [a-z]+){0,5} (in|on|to|this|last|by|from|during|over|since|of|yesterday|today|across|between|at|within|so far|already|for)\M',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: counted people', 'surveillance',
     '\m(@number|some|many|most|half|several|a few|\d+ ?%|\d+ percent)( more| of your| of the| new| of acctname)* (people|users|colleagues|teammates|members|engineers|admins|employees|seats|logins|designers|analysts|developers|invites|invitations|coworkers|team)( [a-z]+){0,4} (are|have|were|has|is|was|had)( (already|now|been|also|just|recently|currently|all|both|not))* (active|using|logged|joined|signed|working|online|onboard|trying|invited|added|accepted|pending|live|in (the|your)|use|used|log|opened|looking|viewed|visited|inactive|idle|unused|sent|created|connected)\M',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: your last visit', 'surveillance',
     '\myour (very )?(last|latest|most recent|recent|frequent|repeated|previous|\d+|two|three|four|five|several|many) ((?!(email|e-mail|message|question|reply|call|conversation|meeting|note|request)\M)[a-z]+ )?(log-?in|sign-?in|session|visit|activity|search|click|import|export|run|usage|page ?view|workflow|download|log-?ins|visits|sessions|searches|exports|imports|clicks|page ?views|runs|workflows|downloads|behaviou?r|invites|invitations|look(s)? at|interest in (the|our) (pricing|page))\M',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: your visit', 'surveillance',
     '\m(your|acctname''s|acctname) (visits?|log-?ins?|page ?views?|clicks?|browsing|session|time|trip|look) (to|on|at|of|in|across|around|through|this|last|yesterday|from) (the |our |your |my |this )?([a-z]+ )?(pages?|site|website|pricing|docs|app|product|dashboard|theproduct|week|month|monday|tuesday|wednesday|thursday|friday)\M',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: usage moves', 'surveillance',
     '\m(your|acctname(''s)?|the|team|their)( [a-z]+){0,2} @usage( (data|numbers|stats|log|levels?|rate))?( [a-z]+){0,3} (shows?|suggest(s|ed)?|tell(s)?|indicat(es?|ed)|jump(s|ed)|spik(es|ed)|dropp?(ed|s)|gr[eo]w(n|s)?|rose|risen|fell|fallen|doubled|tripled|is up|are up|is down|are down|went|gone|has been|have been|caught|stood out|increas(ed|es|ing)|decreas(ed|ing)|picked up|reveal(s|ed)|climb(s|ed|ing)|peaked|surged|slow(ed|ing)|looks?|stopped|says|point(s|ed)|exceeds?|hit|is (growing|rising|falling|high|low|above|below)|declined|tailed off|went quiet)\M',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: based on usage', 'surveillance',
     '\m(based on|judging (by|from)|according to|going by|from looking at|after (looking|reviewing|seeing|going)[a-z ]*|thanks to|informed by|as (shown|seen) (in|by|from)|looking at|from|given|per|in light of|because of)( what)? (we( can)? see (in|of|from) )?(your|our|the|acctname(''s)?|my)( (own|recent|latest|current|internal|past))?( [a-z]+)?( on)?( your| acctname(''s)?)?( [a-z]+)? (@usage|records)\M',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: given how you', 'surveillance',
     '\m(given|based on|judging (by|from)|seeing|looking at|considering|because of|going by|impressed (by|with)|struck by|excited (by|about|to see)|love(d)? (seeing|how)) (how|what|the way|which|when|all|everything|the number of|the amount of) (often |much |many |quickly |fast |long |little |heavily |times |pages |things |features |actively )?(@you)@aux (?!(team (would|want)|want|would|could|need|plan))',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: we know what you', 'surveillance',
     '\m(i|we|our [a-z]+) (know|knows|knew|can tell|could tell|are aware|am aware|understand from [a-z ]+)( exactly| just| precisely| that)*( (what|which|when|how (often|many|much|long)|where|that|from [a-z ]+))* (pages? |features? |times? |buttons? )?@you@aux (@visit|@work|click|do|did|doing|use|using|spend|go|went|active|on|open|view|look|[a-z]+ed|been [a-z]+ing)\M',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: on our radar', 'surveillance',
     '\m((you|your [a-z]+|acctname(''s)?( [a-z]+)?|activity|name)@aux (popp(ed|ing)|c[ao]me|coming|show(ed|n|ing)?|turn(ed)?|appear(ed|s)?|lit|light(ing)?|is|are|was|were|been|jumped|stood|caught|raised|triggered|set off|put|rank(s|ed)|landed|surfaced|made) ?(up|out|you|it)? ?(on|in|across|at|by|to|from|an?|several|some|the top of)? (my|our)( [a-z]+)? (radar|dashboard|screen|lists?|alerts?|desk|watch-?list|reports?|systems?|feed|flags?|eye|attention|data|tracker|crm|signals?|queue|inbox)|you are on (my|our) (radar|list|screen|watch-?list|dashboard)|(c[ao]me|brought|drew|caught) (to )?(my|our) (attention|eye|notice)|(your|acctname(''s)?) (account|activity|workspace|usage|name|team|trial|company|domain)@aux (flagged|flag|caught|triggered|lit up|popped up|came up|stood out|surfaced))\M',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: watching', 'surveillance',
     '\m(we|i|someone|our [a-z]+|theproduct)@aux (spy(ing)?|spied|snoop(ed|ing)?|stalk(ed|ing)?|eavesdrop(ped|ping)?|peek(ed|ing)?|peer(ed|ing)?) |\m(been|kept|keeping|keep|have|had) (watching|tracking|monitoring|following|observing|tabs on|an eye on|a close eye on|an eye out on) (you|your|acctname|how (you|your)|what (you|your)|the way you)\M|\m(in|from|through|on) (your|acctname(''s)?) ((usage|activity|event|audit|click|access) )(logs?|data|history|stream|feed|trail|records?)\M',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance, Chinese: somebody watched', 'surveillance',
     '(\u6211|\u6211\u4eec|\u54b1\u4eec|\u7cfb\u7edf|\u540e\u53f0|\u6570\u636e|\u5e73\u53f0|\u65e5\u5fd7|\u540c\u4e8b|\u8bb0\u5f55)(\u8fd9\u8fb9|\u4eec)?[^\u3002\uff01\uff1f\n]{0,8}(\u770b\u5230|\u770b\u89c1|\u6ce8\u610f\u5230|\u53d1\u73b0|\u7559\u610f\u5230|\u76d1\u6d4b\u5230|\u68c0\u6d4b\u5230|\u8ffd\u8e2a|\u8ddf\u8e2a|\u76d1\u63a7|\u76d1\u6d4b|\u89c2\u5bdf\u5230|\u89c2\u5bdf|\u8bb0\u5f55\u5230|\u67e5\u5230|\u6355\u6349\u5230|\u7edf\u8ba1\u5230|\u4e86\u89e3\u5230|\u663e\u793a|\u8868\u660e|\u63d0\u793a|\u5f97\u77e5|\u5173\u6ce8\u5230)[^\u3002\uff01\uff1f\n]{0,10}(\u60a8|\u4f60|\u8d35\u516c\u53f8|\u8d35\u53f8|\u8d35\u56e2\u961f|\u8d35\u65b9|\u56e2\u961f|\u6709\u4eba|acctname)',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance, Chinese: without a subject', 'surveillance',
     '(^|[\uff0c,\u3001])(\u521a\u521a|\u521a|\u6700\u8fd1|\u8fd1\u671f|\u6628\u5929|\u4eca\u5929)?(\u770b\u5230|\u770b\u89c1|\u6ce8\u610f\u5230|\u53d1\u73b0|\u7559\u610f\u5230|\u76d1\u6d4b\u5230|\u68c0\u6d4b\u5230|\u89c2\u5bdf\u5230|\u5173\u6ce8\u5230|\u770b\u6765|\u4f3c\u4e4e|\u597d\u50cf|\u770b\u8d77\u6765|\u770b\u4e0a\u53bb)[^\u3002\uff01\uff1f\n]{0,6}(\u60a8|\u4f60|\u8d35\u516c\u53f8|\u8d35\u53f8|\u8d35\u56e2\u961f|acctname)',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance, Chinese: what visitors do', 'surveillance',
     '(\u60a8|\u4f60|\u8d35\u516c\u53f8|\u8d35\u53f8|\u8d35\u56e2\u961f|\u56e2\u961f|\u540c\u4e8b|acctname)[^\u3002\uff01\uff1f\n]{0,14}(\u767b\u5f55|\u767b\u9646|\u6253\u5f00|\u6d4f\u89c8|\u8bbf\u95ee|\u67e5\u770b|\u70b9\u51fb|\u4e0b\u8f7d|\u641c\u7d22|\u505c\u7559|\u67e5\u9605|\u89c2\u770b|\u7ffb\u9605|\u8fdb\u5165)(\u4e86|\u8fc7)',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance, Chinese: counts and times', 'surveillance',
     '(\u60a8|\u4f60|\u8d35\u516c\u53f8|\u8d35\u53f8|\u8d35\u56e2\u961f|\u56e2\u961f|\u540c\u4e8b|acctname)[^\u3002\uff01\uff1f\n\uff0c]{0,24}(\u4e86|\u8fc7|\u5171|\u8fd0\u884c|\u9080\u8bf7|\u521b\u5efa|\u5b8c\u6210|\u4f7f\u7528|\u767b\u5f55|\u65b0\u589e|\u5bfc\u51fa|\u8fde\u63a5)[^\u3002\uff01\uff1f\n\uff0c]{0,8}([0-9]+|[\u4e8c\u4e24\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341\u767e\u5343]+|\u591a|\u6570|\u51e0)( )?(\u6b21|\u4e2a|\u4f4d|\u540d|\u6761|\u56de|\u904d|\u4eba|\u4efd|\u9879|\u5929|\u5c0f\u65f6|\u5206\u949f)',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance, Chinese: past times', 'surveillance',
     '(\u6628\u5929|\u6628\u665a|\u524d\u5929|\u4e0a\u5468|\u4e0a\u4e2a\u6708|\u4e0a\u661f\u671f|\u4eca\u65e9|\u4eca\u5929\u4e0a\u5348|\u4eca\u5929\u4e0b\u5348|\u5468[\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u65e5\u5929]|\u661f\u671f[\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u65e5\u5929]|[0-9]{1,2}[\u70b9:][0-9]{0,2}|[0-9]+(\u5929|\u5c0f\u65f6|\u5206\u949f)\u524d|\u8fc7\u53bb[^\u3002\uff01\uff1f\n]{0,6}(\u5929|\u5468|\u6708)|\u6700\u8fd1[^\u3002\uff01\uff1f\n]{0,4}(\u5929|\u5468|\u6708)?)[^\u3002\uff01\uff1f\n\u5417]{0,12}(\u60a8|\u4f60|\u8d35\u516c\u53f8|\u8d35\u53f8|\u8d35\u56e2\u961f|acctname)[^\u3002\uff01\uff1f\n\u5417\u5462]{0,14}(\u767b\u5f55|\u6253\u5f00|\u6d4f\u89c8|\u8bbf\u95ee|\u67e5\u770b|\u70b9\u51fb|\u4e0b\u8f7d|\u641c\u7d22|\u8fd0\u884c|\u9080\u8bf7\u4e86|\u521b\u5efa\u4e86|\u5b8c\u6210\u4e86|\u4f7f\u7528\u4e86|\u5bfc\u51fa|\u8fde\u63a5\u4e86|\u6dfb\u52a0\u4e86|\u4e86\u89e3\u4e86)',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance, Chinese: your usage', 'surveillance',
     '(\u6839\u636e|\u57fa\u4e8e|\u4ece|\u901a\u8fc7|\u6309\u7167|\u7ed3\u5408)(\u6211\u4eec|\u7cfb\u7edf|\u540e\u53f0)?(\u5bf9)?(\u60a8|\u4f60|\u8d35\u516c\u53f8|\u8d35\u53f8|\u8d35\u56e2\u961f|acctname)[^\u3002\uff01\uff1f\n]{0,8}(\u4f7f\u7528|\u884c\u4e3a|\u6d4f\u89c8|\u6d3b\u52a8|\u767b\u5f55|\u8bbf\u95ee|\u64cd\u4f5c)(\u8bb0\u5f55|\u6570\u636e|\u60c5\u51b5|\u8f68\u8ff9|\u65e5\u5fd7|\u4e60\u60ef|\u9891\u7387|\u91cf)?[^\u3002\uff01\uff1f\n]{0,4}(\u6765\u770b|\u770b|\u53ef\u89c1|\uff0c|,|\u5224\u65ad|\u5f97\u77e5|\u663e\u793a)|(\u60a8|\u4f60|\u8d35\u516c\u53f8|\u8d35\u53f8|\u8d35\u56e2\u961f)\u7684(\u4f7f\u7528|\u6d4f\u89c8|\u767b\u5f55|\u8bbf\u95ee|\u6d3b\u52a8|\u64cd\u4f5c|\u884c\u4e3a)(\u8bb0\u5f55|\u6570\u636e|\u8f68\u8ff9|\u65e5\u5fd7|\u9891\u7387|\u91cf)',
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('pressure: few left', 'pressure',
     '\m(only|just|last|final|remaining|the)( (a|the))?( (few|couple|handful|last|final))?( of)?( @number)?( (more|last|final))? (spots?|seats?|slots?|places?|openings?|licen[cs]es|appointments?|units?|copies|days?|hours?|minutes?|weeks?|chances?|discounts?)( (are|is|still|now))* (left|remain(s|ing)?|available|to go|to (decide|act|save|claim|upgrade|get))\M|\m(few|limited|small)( number of)? (spots?|seats?|slots?|places?|openings?|appointments?|licen[cs]es)( (are|is|left|available|remain(ing)?|only))*\M|\m@number (spots?|slots?|places?|openings?|seats?) (left|remaining|remain)\M|\m@number (hours?|days?|minutes?) (left|remaining|remain|to go)\M|\m(availability|space|capacity|supply|stock|time) is (very |extremely |strictly )?(limited|running (out|low)|short)\M',
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: limited', 'pressure',
     '\mlimited[- ](time|offer|edition|availability|number|spots|seats|quantit)|\mwhile (supplies|stocks?|spots|it|they|places|the offer|seats) lasts?\M|\m(before|until) (it is|they are|someone|somebody|it|they|the price|prices|spots|your spot)( [a-z]+)? ?(too late|gone|go|goes|all taken|full|fill|fills|run out|runs out|disappear|vanish|sold out|takes? (it|your))|\m(too late)\M|\m(going|selling|filling|booking|running|moving)( up| out)? (fast|quickly|out)\M|\m(almost|nearly) (gone|full|sold out|over|out of)\M|\mexclusive(ly)? (offer|deal|price|discount|only|available)|\mone[- ]time (offer|deal|chance|discount|opportunity)|\monce[- ]in[- ]a[- ]|\m(first[- ]come|sell(s)? out|sold out)\M|\mwill not (last|be (available|repeated|around|offered) (again|for|much|long|anymore|any more|forever)|come (again|back|around)|see this|get (this|another)|find this)|\mnever (again|be repeated|see this|get this)',
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: now', 'pressure',
     '(^|[,;:.-] |\m(please|and|so|must|should|then|just|simply|kindly) )(act|decide|buy|upgrade|move|order|sign|commit|respond|reply|join|register|claim|book|call|go|pay|subscribe|convert|start|confirm)( [a-z]+){0,3} (now|fast|quickly|immediately|today|tonight|right away|right now|at once|without delay|before (midnight|tomorrow|tonight|the end of|it|friday|monday|end)|asap|straight away|instantly|by (tonight|midnight|eod|the end of|end of|close of|tomorrow|today|friday|monday))\M(?! (works|suits|if))|\m(need|want|require|expect|must have|demand)( [a-z]+){0,6} (asap|immediately|right away|today|by (tomorrow|eod|end of|close of|tonight|the end of|friday|monday|noon)|urgently|now)\M|\m(this|it|matter|decision|request|message|situation|need)( (is|are|has become|becomes))?( (now|very|really|quite|extremely|getting|so))* (urgent|time[- ]critical)\M|^urgent\M[:! ]|\murgently\M|(^|[,;:.!-] |\m(please|so|better|must|should) )(hurry|rush)\M(?! (is|hour))|\masap\M.*\m(or|otherwise|need|before)\M|\mtime[- ]sensitive\M|\m(immediate|prompt) (action|attention|response|reply|answer|decision)\M|\mwithin (the next )?@number (minutes|hours)\M.*\m(or|otherwise|else|before)\M|\m(before|by) midnight\M',
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: last chance', 'pressure',
     '\m(last|final|only|one last|very last)( [a-z]+)? (chance|opportunity|notice|call|reminder|warning|offer|attempt|shot|window|day to|days? to|hours? to)\M|\m(now or never)\M|\m(time is|clock is|days are|hours are|the window is|window(s)? (of opportunity )?(is|are)|door is) (running out|almost out|out of time|ticking|closing|counted|numbered|nearly up|almost up|up)\M|\mtick(s|ing)? (down|away)\M|\mcount-?down\M|\m(today|tonight|this week|weekend|month|friday|48 hours|24 hours) only\M|\monly (today|tonight|until|till|this week|through|for the next|valid|for \d+|good (until|for|through))\M|\mdead-?line\M|\m(miss|lose) (the|this|your|our) (deadline|window|chance|cut-?off|spot|opportunity|discount|offer)\M',
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: expiring offer', 'pressure',
     '\m(offers?|prices?|pricing|discounts?|deals?|coupon|code|promo(tion)?|rates?|invitation|quote|savings?|\d+ ?%( off)?|bonus|slot|spot|reservation|seat)( [a-z]+){0,4} (expire[sd]?|expiring|ends?|ending|disappears?|vanish(es)?|closes?|closing|(is|are) (gone|off|void|only|valid|good|dead|withdrawn|leaving)|goes away|go away|go(es)? (up|back)|going (up|away)|increas(e|es|ing)|doubl(e|es)|rises?|rising|runs? out|will (rise|increase|go up|double|jump|climb|expire|disappear|end|be gone|be lost|be released|not last|vanish|go))\M|\m(expire[sd]?|expiring|ends?|gone) (today|tonight|tomorrow|soon|at midnight|at noon|in (a few )?@number|in a few (days|hours)|this (friday|week|month|weekend)|on friday|by|forever|for good)\M.*\m(price|discount|offer|deal|save|%|off|rate|claim|grab)|\m(lock|locks|locking) in\M|\m(save|grab|claim|secure|snag)( [a-z0-9%]+){0,5} (before|while|until) (it|they|the|midnight|friday|tomorrow|tonight|end|prices?)\M|\m(secure|claim|reserve|save|guarantee) your (spot|seat|place|slot|discount|price|rate)\M',
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: delay', 'pressure',
     '\m(do not|never|you can not( really)?|can not|you should not|no time to|cannot|you can not afford to|not afford (not )?to|stop) (wait(ing)?|delay(ing)?|miss( out)?|hesitate|let (this|it|your|the|them|others|your competitors)|put (this|it) off|sleep on|be (left|the (last|only))|pass (this|it) up|waste|lose|get left|fall behind|sit on|drag|ignore|think twice|risk|afford|procrastinat(e|ing)|blow|regret|give up|overlook)\M(?! (a (reply|note|line)))(?!.{0,10}to (reach|get|ask|contact|write|reply))|\m(can ?not|can not|could not) afford (not )?to\M|\m(every|each) (day|hour|week|minute|moment|second)( that)? (you|of|without|counts|matters|your|spent|delay)|\mthe longer you (wait|delay|leave|hesitate)|\mwaiting (costs|will cost|is costing)|\mcost of (waiting|doing nothing|inaction|delay)',
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: left out', 'pressure',
     '\m(left|fall(ing|en|s)?|lag(ging|s)?|trail(ing)?|stay(ing)?|being left) behind\M|\mmiss(ed|ing|es)? out\M|\mfomo\M|\m(everyone|everybody|all (of )?your (competitors|peers|rivals)|all the [a-z]+ (teams|companies)|the (smart|best|serious|winning)( [a-z]+)?|your (competitors|rivals|competition|peers)|competitors|rivals)( else)?( (in|of) your [a-z]+)?@aux (is|are|has|have|use|uses|moved|switch(ed|ing)|doing|chosen|upgraded|ahead|pulling|winning|getting|bought|signed|beating|overtaking|laughing|gaining|taking|will (be|get|win|take|beat|overtake|pull|have)|made|adopted|knows?|love|leaving|already)\M|\m(only|just) (a )?(fools?|losers?|amateurs?|slow|idiots?)\M|\m(no[- ]brainer|crazy|foolish|stupid|silly|insane|irresponsible|reckless|mad|a fool|negligent)( not)? (to|if|of you|not)\M|\m(would|will|you might|going to) (really |deeply |later |soon )?regret\M|\mregret (it|this|missing|not|waiting|that|later)\M|\mthe (only|last) (team|company|one) (that|who|without|not|still|left)\M|\m(lose|losing) (out|ground|money|deals|customers|revenue|business|your edge)( [a-z]+){0,3} (to|every|each|by|while|as long|until|if you)\M',
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: threat', 'pressure',
     '\m(or( else)?|otherwise|unless|else|if not|failing that|if (you|we|i) (do|have|can) not( [a-z]+){0,6}),? ?(we|i|you|your [a-z]+|it)? ?(will |may |might |must |will have to |shall |have to |would )+(be )?(los(e|t|ing)|delet(e|ed)|clos(e|ed)|cancel(led)?|suspend(ed)?|downgrad(e|ed)|block(ed)?|remov(e|ed)|shut|terminat(e|ed)|revok(e|ed)|charg(e|ed)|escalat(e|ed)|lock(ed)?|disabl(e|ed)|releas(e|ed)|giv(e|en)|forfeit|pay|regret|expire|throttle(d)?|reported|fall)\M|\m(you|your team|everyone|acctname)@aux (will |would |may |might |could |are going to |are about to |stand to |risk )(soon |all |also |permanently |otherwise )*(be )?(los(e|ing)|forfeit(ing)?|miss(ing)? (out|the|this|your)|(locked|shut|cut) (out|off))\M|\myour (account|data|workspace|projects?|work|access|files|settings|trial data|history|progress|setup|seat|spot|place|price|discount)@aux (will |may |might |is about to |is going to |are going to |shall )(soon |all |also |permanently |automatically )*(be )?(delet(e|ed)|clos(e|ed)|suspend(ed)?|lock(ed)?|remov(e|ed)|los(e|t)|gone|eras(e|ed)|disabl(e|ed)|terminat(e|ed)|wiped|disappear|vanish|cut( off)?|downgraded|given (to|away)|released|throttled|purged)\M|\m(consequences|penalt(y|ies))\M|\m(escalate|report|copy|cc|tell|inform|email|contact|call|write to|go to|loop in|speak to|complain to|mention (this|it) to|let)( this| it)?( (to|with|in))? (your|the) (boss|manager|ceo|cfo|cto|vp|director|leadership|executives?|superiors?|management|head of|board|supervisor)\M( know| that| about| you| if| unless| instead| directly| next)',
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: must', 'pressure',
     '\m(you|your (team|company)|acctname) (really |simply |absolutely |just )*(must|have (got )?to|need to|ought to|had better|have no (choice|option|excuse)|are (required|obliged|expected|forced|obligated) to|can not say no)( [a-z]+)? (act|decide|reply|respond|answer|upgrade|buy|sign|commit|move|pay|confirm|book|convert|purchase|subscribe|take action|order|switch|hurry|jump|get (this|back|started)|do (this|it)|make (a|your) (decision|choice)|choose|stop (waiting|stalling|ignoring)|see this)\M|\m(there is )?no (excuse|reason not|good reason)( for| to| not)?\M|\myou owe\M|\m(insist|demand) (that|on|you|an?)\M|\m(required|mandatory)( action)?[:!]|\maction required\M|\mi expect (a|an|your|you)\M',
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: guilt', 'pressure',
     '\m(why|how come) (have|did|are|do) you (not|still not|ignor|never)|\mwhy (are|were) you (ignoring|avoiding|not)|\m(ignor(e|ed|ing)|ghost(ed|ing)?|avoid(ed|ing)?) (me|us|my|our|this|all|these|every)\M(?<!(can|could|may|please|free to|to|simply|just) ignore (me|us|my|our|this|all|these|every))|\m(disappointed|disappointing|surprised|hurt|offended|frustrated|upset|shame|let down|rude)( (that|by|in|with|to|not))* (you|your|see|hear|have|no)\M|\m(i|we)( have| had)?( now| already)? (emailed|written|wrote|called|tried|reached out|contacted|messaged|followed up|pinged|chased|asked)( (to )?(you|out|reach you|reaching you|contact you))* (now )?(@number times|twice|again and again|repeatedly|so many times|many times|over and over|countless times)\M|\m(my|our) (third|fourth|fifth|sixth|3rd|4th|5th|6th) (e?-?mail|message|note|attempt|time|try)\M|\mafter (all|everything) (i|we) (have )?(done|did|put|worked)|\m(least|minimum) you (can|could) do\M|\m(personal favou?r|my (job|quota|bonus|boss|target|commission|number|manager) (depends|is|will|needs|expects|wants))|\m(hit|make|meet|reach|miss) my (quota|target|number|bonus)\M|\mstill (no|have not|has not|waiting)( [a-z]+)? (reply|response|answer|word|heard|for your)\M.*\m(again|times|disappoint|why|third|unacceptable|surpris)|\m(waste[ds]?|wasting) (my|our) time\M',
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: manipulation', 'pressure',
     '\m(trouble|problems?|hot water|fired|sacked|difficulties) with my (boss|manager|director|ceo|company)|\mmy (boss|manager|director|company|job|bonus|commission|quota)@aux (will|is|would|needs?|wants?|expects?|depends?|kill|fire|angry|upset|counting|breathing|on the line)\M|\mdo not (let (me|us|your [a-z]+|them|everyone|acctname) down|make (me|us)|force (me|us)|be (the|that|so|a|an|too) )|\m(real|true|good|smart|serious|great|responsible|modern|strong|sensible) (champions?|leaders?|managers?|admins?|professionals?|teams?|companies|people|bosses|buyers?|executives?|colleagues?)( who [a-z ]+)? (would|do|does|will|never|always|knows?|acts?|decides?|moves?|understands?|chooses?|has|have)\M|\mexplain (that|this|it|why|yourself|how)( [a-z]+){0,4} to your (boss|board|manager|ceo|team|bosses|customers|investors|colleagues)|\m(i|we) (will|shall|am going to|are going to)( (simply|just|have to|then|therefore|now))* (assume|take (it|your silence|no answer|that)|treat|consider|count|presume|interpret)( [a-z]+){0,4} (yes|agree(d|ment)?|approval|approved|go-ahead|accept(ed)?|silence|deal|confirmed|order)\M|\msilence (means|is|will be|counts|equals)|\m(start(s|ed)?|activate[sd]?|charge[sd]?|bill(ed|s)?|renew(s|ed)?|sign(ed)?|enrol(l|s|led)?|upgrade[sd]?|switch(ed)?|book(ed)?|invoice[sd]?)\M[^.?!]*\m(if there is silence|unless (i|we) hear|unless you (object|say|tell|reply|write|stop|cancel|act)|if (i|we) (do|have) not hear|without your)|\m(whoever|those who|anyone who|anybody who|everyone who|teams (that|who|which)|people who|companies (that|who|which)|he who|customers who)( [a-z]+)? (skip|wait|hesitat|ignor|delay|refus|declin|say no|do not|did not|does not|miss|postpon|stay|resist|dither|drag)[a-z]*( [a-z]+){0,8} (fail|regret|los|suffer|pay|behind|struggl|troubl|sorry|worse|dearly|bitterly)|\mend(s|ed)? up (failing|paying|regretting|losing|behind|sorry|in trouble)|\m(drag|drags|dragging) (this|it|things|your feet)( out| on)?\M|\m(stall(ing)?|dither(ing)?|dragging) \M|\myou will be (next|sorry|the (last|only|next))|\m(fear|afraid|scared) of (being|missing|losing)|\mi (beg|implore) you|\m(please,? )?(do this|just say yes) (for me|as a favou?r)|\mwhat kind of (manager|leader|team|company|person)|\m(prove|show) (me|us|them|that) (you|your|that you)( [a-z]+){0,3} (serious|care|committed|leader)',
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure, Chinese', 'pressure',
     '\u6700\u540e(\u7684)?(\u673a\u4f1a|\u4e00\u6b21\u673a\u4f1a|\u671f\u9650|\u4e00\u5929|\u901a\u77e5|\u63d0\u9192|[0-9\u4e00\u4e8c\u4e09\u4e24]+(\u5929|\u5c0f\u65f6|\u5e2d|\u4e2a|\u540d))|\u4ec5\u5269|\u53ea\u5269|\u6240\u5269\u65e0\u51e0|\u4ec5\u9650(\u4eca\u5929|\u4eca\u65e5|\u672c\u5468|\u524d|[0-9])|\u9650\u65f6|\u9650\u91cf|\u540d\u989d(\u6709\u9650|\u4e0d\u591a|\u7d27\u5f20|\u4ec5|\u53ea)|\u5e2d\u4f4d\u6709\u9650|(\u9a6c\u4e0a|\u7acb\u5373|\u7acb\u523b|\u8d76\u5feb|\u8d76\u7d27|\u6293\u7d27|\u5c3d\u5feb|\u52a1\u5fc5|\u5fc5\u987b)[^\u3002\uff01\uff1f\n]{0,6}(\u884c\u52a8|\u8d2d\u4e70|\u4e0b\u5355|\u5347\u7ea7|\u56de\u590d|\u51b3\u5b9a|\u7b7e\u7ea6|\u4ed8\u6b3e|\u62a2\u8d2d|\u62a5\u540d|\u8ba2\u9605|\u8054\u7cfb|\u65f6\u95f4|\u529e\u7406|\u786e\u8ba4|\u9884\u7ea6)|\u9519\u8fc7(\u5c31|\u5c06|\u4e86|\u8fd9|\u6b64|\u540e|\u518d|\u672c)|\u4e0d\u8981\u9519\u8fc7|\u522b\u9519\u8fc7|\u4e0d\u5bb9\u9519\u8fc7|\u673a\u4e0d\u53ef\u5931|\u65f6\u4e0d\u518d\u6765|\u5373\u5c06(\u622a\u6b62|\u7ed3\u675f|\u6da8\u4ef7|\u6062\u590d\u539f\u4ef7|\u5931\u6548|\u8fc7\u671f|\u5230\u671f\u4f5c\u5e9f|\u5173\u95ed)|\u5012\u8ba1\u65f6|\u8fc7\u671f(\u4e0d\u5019|\u4f5c\u5e9f|\u5931\u6548)|\u624b\u6162\u65e0|\u5148\u5230\u5148\u5f97|\u843d\u540e\u4e8e|\u88ab(\u540c\u884c|\u5bf9\u624b|\u7ade\u4e89\u5bf9\u624b|\u5e02\u573a)?[^\u3002\uff01\uff1f\n]{0,4}(\u6dd8\u6c70|\u7529\u5f00|\u8d85\u8d8a|\u629b\u4e0b)|(\u7ade\u4e89\u5bf9\u624b|\u540c\u884c|\u522b\u4eba|\u5176\u4ed6\u516c\u53f8|\u5927\u5bb6)(\u4eec)?\u90fd?(\u5df2\u7ecf|\u5df2|\u90fd\u5728|\u90fd\u5df2)|\u518d\u4e0d[^\u3002\uff01\uff1f\n]{0,12}\u5c31|\u5426\u5219[^\u3002\uff01\uff1f\n]{0,16}(\u5220\u9664|\u5173\u95ed|\u505c\u7528|\u5931\u53bb|\u65e0\u6cd5|\u6da8\u4ef7|\u53d6\u6d88|\u51bb\u7ed3|\u540e\u6094|\u843d\u540e)|(\u8d26\u53f7|\u8d26\u6237|\u6570\u636e)[^\u3002\uff01\uff1f\n]{0,8}(\u5c06|\u4f1a)\u88ab(\u5220\u9664|\u5173\u95ed|\u505c\u7528|\u6e05\u7a7a|\u51bb\u7ed3)|\u540e\u6094|\u5343\u4e07\u522b|\u5207\u52ff(\u72b9\u8c6b|\u9519\u8fc7|\u62d6\u5ef6)|\u522b\u518d?(\u72b9\u8c6b|\u7b49|\u62d6)|\u4e0d\u8981\u518d?(\u72b9\u8c6b|\u7b49\u5f85|\u62d6\u5ef6)|(\u4eca\u5929|\u4eca\u65e5|\u4eca\u665a|\u5348\u591c|\u672c\u5468)[^\u3002\uff01\uff1f\n]{0,6}(\u622a\u6b62|\u7ed3\u675f|\u6da8\u4ef7|\u5931\u6548|\u5230\u671f)|\u4e3a\u4ec0\u4e48(\u8fd8|\u4e00\u76f4)?\u4e0d(\u56de\u590d|\u7406)|\u4e00\u76f4(\u6ca1\u6709|\u6ca1|\u4e0d)(\u56de\u590d|\u7406)|\u6700\u540e\u901a\u7252|\u8d8a(\u65e9|\u5feb)\u8d8a(\u597d|\u5212\u7b97|\u4fbf\u5b9c)|\u6da8\u4ef7',
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true);
