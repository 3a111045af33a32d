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
        ('you', $p$(you|you guys|your( [a-z]+)?( [a-z]+)?|(someone|somebody|anyone|people|members?|colleagues|users|admins?|others|one|two|three|four|five|several|some|many|most|a few|a couple|a number|\d+)( (more|other|new|active|different))?( (people|users|colleagues|teammates|members|admins|seats|engineers))? (of|on|at|from|in|within|inside|over at) (you|your|acctname|the)( [a-z]+)?|acctname( [a-z]+)?|the( whole)? (team|account|company) (at|of) [a-z]+)$p$,
         'whoever is written to, and their people'),
        ('we', '(i|we|my (colleagues?|team|manager)|our( [a-z]+)? (teams?|colleagues?|reps?|people)|one of us)',
         'whoever writes'),
        ('machine', '(our|my|the|this|theproduct)( [a-z]+){0,2}( (systems?|platform|software|tools?|dashboards?|analytics|logs?|data|records?|monitoring|tracking|telemetry|alerts?|crm|screen|reports?|database|backend|tracker|metrics|feed|algorithm|numbers|figures|stats|statistics|radar))+|theproduct',
         'what watches for them'),
        ('aux', '( (have|has|had|am|are|were|is|was|been|be|can|could|do|did|not|help|but|also|just|only|even|recently|lately|already|now|then|really|happened|happen|to|never|again|both|all|first|last|still|currently|actually|automatically|quietly|clearly|quickly|earlier|today|yesterday|finally|since|apparently|carefully|closely|constantly|always|often|regularly|briefly|obviously|definitely|certainly|personally))*',
         'words that may stand before a verb'),
        ('notice', '(saw|see|sees|seen|seeing|(can|could) tell|notic(e|es|ed|ing)|spot(s|ted|ting)?|observ(e|es|ed|ing)|watch(es|ed|ing)?|track(s|ed|ing)?|monitor(s|ed|ing)?|detect(s|ed|ing)?|log(s|ged|ging)|record(s|ed|ing)?|caught|catch(es|ing)?|follow(ed|ing)|picked up( on)?|flag(s|ged|ging)?|measur(ed|ing)|captur(ed|ing)|count(ed|ing)|analy[sz](ed|ing)|reviewed|studied|spy(ing)?|spied( on)?|learn(ed|t)|found out|discovered|(came|stumbled) across|kept tabs on|keep(ing)? (tabs|an eye) on|had an eye on|have an eye on|looked (at|into|through|over)|looking (at|into|through|over)|dug (into|through)|pulled( up)?|go(ing|ne) through|went through|checked|checking)',
         'how one learns what others do'),
        ('visit', '(log(ged)?[ -]?(in|into|on|back in|out)|open(ed)?|view(ed)?|visit(ed)?|re-?visit(ed)?|click(ed)?|download(ed)?|brows(ed|e)|look(ed)? (at|over|through|into|around|up)|search(ed)?|scroll(ed)?|hover(ed)?|abandon(ed)?|compar(ed|e)|c[ao]me back( to)?|return(ed)? to|check(ed)? out|click(ed)? (on|through)|stopp?(ed)? using|land(ed)? on|drop(ped)? off|left (the|your) [a-z]+ (page|cart|checkout|form)|keeps? (on )?(coming|going|looking|returning|opening|visiting|viewing|clicking|checking|browsing|asking)|pok(ed|e) around|peek(ed)? at|linger(ed)?|stay(ed)? on|watched (the|our|a)|went (back )?to (the|our)|re-?opened|clicked|navigated|used the [a-z]+ (page|feature)|lurk(ed|ing)?|refreshed|re-?read|sp[ea]n[dt] (time|a while|hours|minutes))',
         'what a visitor does'),
        ('work', '(invited|connected|created|added|exported|imported|uploaded|ran|run|completed|finished|used|tried|started|launched|built|made|sent|published|set up|configured|enabled|activated|turned on|integrated|synced|crossed|passed|hit|reached|exceeded|grew|doubled|tripled|upgraded|triggered|generated|processed|executed|scheduled|deployed|installed|joined|onboarded|registered|consumed|ran into|saw|got|had|edited|updated|deleted|moved|signed (in|on|up)|verified|assigned|spent|worked|tested|went|jumped|climbed|surged|failed|attempted|performed|produced|submitted|posted|saved|viewed|hired|began|racked up|averaged|logged|maxed out|requested|asked for|stopped|paused|removed|cancell?ed|downgraded|opened|closed|came)',
         'what a user does'),
        ('number', $p$(\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|a hundred|hundreds|dozens?|several|multiple)( (hundred|thousand|or \w+|dozen))?$p$,
         'an amount'),
        ('unit', $p$(?!(minutes?|mins?|hours?|hrs?|steps?|things?|ways?|ideas?|reasons?|questions?|options?|calls?|examples?|tips?|quick|short|of the|or|to|pm|am|day|-)\M)$p$,
         'after an amount: what is counted is neither time nor advice'),
        ('past', $p$(yesterday|last (night|week|weekend|month|quarter|year|mon|tues|wednes|thurs|fri|satur|sun|few|couple|january|february|march|april|may|june|july|august|september|october|november|december|\d+|two|three|seven|thirty)[a-z]*|(earlier )?this (morning|afternoon|evening|week|month|weekend)|earlier (today|this)|(today|tonight|overnight)|(\d+|an?|one|two|three|four|five|six|seven|several|a few|a couple of|some) (second|minute|hour|day|week|month)s? (ago|in a row|running|straight)|(in|over|during|within|for|across) the (past|last|previous)|(on|since) (mon|tues|wednes|thurs|fri|satur|sun)day|since (last|yesterday|\d)|at \d{1,2}([:.]\d\d)? ?([ap]\.?m\.?)?\M|at (noon|midnight|lunchtime)|(in|within|after) (under |less than |just |only )?(\d+|an?|one|two|three|four|five|six|seven|ten|your first) (second|minute|hour|day|week)s?|(on|of) \d{1,2}(st|nd|rd|th)?( of)? (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|(jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}|\d{4}-\d\d-\d\d|every (single )?(day|night|morning|week)|each (day|morning|night)|late at night|a (day|week|month|minute|hour) (a)?go|just now|minutes ago|times? (a|per) (day|week))$p$,
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
    RETURN regexp_replace(pattern, $p$(?<!\\)\((?!\?)$p$, '(?:', 'g');
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
    ('surveillance: somebody watched', 'surveillance',
     $p$(?<!\mif )\m(@we)@aux (?!(caught|catch) you\M)@notice( (me|us))?( (on (my|our) [a-z]+|that|when|how|as|where|while|every time|from|in|by|all|of|the|a|an|some|what|which|who|if|whether|on|through))*,?( (?!(and|so|if|because|but|to|for|customers|companies|others|businesses|like|we|i|our|my|let)\M)[a-z0-9/\x27-]+){0,5} (you(r|rs)?|acctname|someone|somebody)\M(?! (on (monday|tuesday|wednesday|thursday|friday|saturday|sunday)|there|then|soon|next week|succeed|through|later))$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: a machine watched', 'surveillance',
     $p$(?<!\mif )\m(@machine)@aux (?!(caught|catch) you\M)@notice( (me|us))?( (on (my|our) [a-z]+|that|when|how|as|where|while|every time|from|in|by|all|of|the|a|an|some|what|which|who|if|whether|on|through))*,?( (?!(and|so|if|because|but|to|for|customers|companies|others|businesses|like|we|i|our|my|let)\M)[a-z0-9/\x27-]+){0,5} (you|acctname|someone|somebody|your( [a-z]+)? (team|colleagues?|people|users?|admins?|accounts?|activity|usage|workspace|company|log-?ins?|visits?|trial|clicks|behaviou?r|sessions?|name|staff|department|employees|engineers))\M(?! (on (monday|tuesday|wednesday|thursday|friday|saturday|sunday)|there|then|soon|next week|succeed|through|later))$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: a machine tells', 'surveillance',
     $p$\m(?!the( [a-z]+)? (reports?|dashboards?|platform|tools?|software|screen)\M)(@machine)@aux (shows?|showed|showing|tells?|told|indicat(es?|ed)|suggest(s|ed)?|reveal(s|ed)?|alert(s|ed)|notif(ies|ied)|ping(s|ed)|say(s)?|report(s|ed)|reflect(s|ed)?|confirm(s|ed)?|pointed|got (an? |your )?(alert|notification)|been (alerted|notified|told)|lit up|light(s)? up|gave|sent|popped up|know(s)?)( (me|us|an?|the))*,?( (that|when|how|as|to|about|alert|notification|ping|signal))*( (?!(and|so|if|because|most|many|other|customers|companies|businesses|teams|people|trials|accounts|we|i|our)\M)[a-z0-9/\x27-]+){0,3} (you(r|rs)?|acctname|someone|somebody)\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: alerted about you', 'surveillance',
     $p$\m(i|we)@aux (got|received|had|was|were|get|been|saw) (an? |your |the )?(alert(ed)?|notification|notified|ping(ed)?|flag|heads-?up|signal|told|tipped off)( (that|when|about|on|for|from|saying|by))*( [a-z]+){0,4} (you(r|rs)?|acctname|someone|somebody)\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: without a subject', 'surveillance',
     $p$^((hi|hello|hey|dear)\M[^,]*, |(just|also|so|and|ps|p\.s\.?:?|quick note:?|by the way,?|btw,?) )*(just |also |recently |only )*(saw|noticed|noticing|seeing|spotted|spotting|see|observed|caught|heard|tracking|watching|monitoring|happened to (see|notice))( (that|how|when|from|in|the|a|an|some))*( [a-z]+){0,2} (you(r|rs)?|acctname|someone|somebody|@you)\M(?! (on (monday|tuesday|wednesday|thursday|friday)|there|then|soon|next|at|tomorrow|later|in))$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: it looks as if', 'surveillance',
     $p$(^|[,;:.-] |\m(and|but|so|it|hi|hello|guess|as) )(it |that |this |things? )?(looks?|looked|seems?|seemed|appears?|appeared|would appear|feels?)( to (me|us))?( like| as if| as though| that|,)* @you@aux (have|has|are|is|were|was|had|did|do|got|keep|keeps|need|want|might|may|could|been|@work|@visit|[a-z]+ed|[a-z]+ing|spend|use)\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: you seem', 'surveillance',
     $p$\m(you|your (team|colleagues|people|company|account|admins?|users)|acctname)( (team|folks))? (clearly |obviously |really )?(seems?|appears?|looks?) (to (be|have|like|enjoy|use|want|need|struggle)|interested|active|busy|stuck|keen|ready|engaged|quite|very|really)\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: what visitors do', 'surveillance',
     $p$(?<!(\m(if|once|until|unless|whenever|did|do|does|to|will|would|should|can|could|may|might|helps?|lets?|let|have|how|before|so|that|and|or|where|can not|which|what)) )\m@you@aux( (have|has|had|did not|have not|has not|not))*@aux (?!(open|view|visit|click|download|browse|look|search|compare|come|check|log ?in|logon|scroll|hover|abandon|spend|poke|linger|stay|drop|lurk|return|peek|log)\M)@visit\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: what one was doing', 'surveillance',
     $p$(?<!(how|long|what|if|have|has|where|which|who) )\m@you@aux (have|has|had) (all |both |also |really |just |recently )*been( [a-z]+ly| busy| hard at work| also)? ((?!(meaning|waiting|thinking|told|asked|asking|wondering|hoping|promised|given|added|sent|invited|using theproduct for|great|in touch|kind|patient|helpful)\M)([a-z]+ing|active|busy|on|in|back|here|playing|quiet))\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: counts and times', 'surveillance',
     $p$(?<!\m(if|once|until|unless|whenever|would|could|should|can|will|may|lets?|helps?|let) )\m@you@aux @work\M([^,;:?!.]|\d[.,]\d)*\m(@number @unit[a-z]|@past\M|(once|twice|many times|a lot)\M)$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: time spent', 'surveillance',
     $p$\m(@you|someone|somebody)@aux (spen[dt]|stayed|lingered|paused|waited|worked)\M[^,;:?!]*\m(@number|an?|half an) ?(minutes?|mins?|hours?|hrs?|seconds?|days?|times)\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: time since', 'surveillance',
     $p$\m(@number|an?|few|some|one) (days?|weeks?|months?|hours?|minutes?) since (you(?! (asked|wrote|mentioned|replied|called))|someone|your (last|team|colleagues|people)|acctname|anyone)\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: given up', 'surveillance',
     $p$(?<!\m(if|once|until|unless|when|whenever|before|have|did|how|where|so|that|should) )\m@you@aux (gave up|stopped (at|after|before|halfway|short|during)|quit|bailed|dropped (out|off)|closed (the|your) (window|tab|browser|page|form)|got (stuck|as far as|to step|halfway)|made it (to step|as far|halfway|only)|left off|walked away|never came back|(went|gone) (quiet|silent|dark|missing))\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: people like you', 'surveillance',
     $p$\m(flag|alert|watch|track|monitor|detect|spot|score|rank)(s|ed|ing)?( [a-z]+)? (accounts|users|people|customers|teams|companies|workspaces|trials) (like|such as) (you|yours|acctname)\M|\m(your|acctname\x27s) (ip|ip address|email address|name|domain|company|browser|device|team|account)@aux (shows?|showed|keeps?|kept|appears?|appeared|came|popped|turned|surfaced)( (showing|popping|coming))?( up)? (on|in|at|across|among) (our|my|the)\M|\m(your|acctname\x27s) (activity|usage|logs?|history|stats|sessions?|clicks|behaviou?r|account history|usage data)( [a-z]+)? (in front of|open (in|on|here)|up on|on my|at hand|before me|to hand)\M|\m@usage (at|in|of|by|from|across|on|for) (acctname|your( [a-z]+){1,2}) (is|are|has|have|was|were|went|jumped|grew|rose|fell|dropped|doubled|tripled|spiked|climbed|looks)\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: a list of counts', 'surveillance',
     $p$^@number (new |active |failed |unique )?(sessions|exports|imports|log-?ins|visits|clicks|runs|searches|invites|page ?views|downloads|api calls|events|integrations|connections|errors)\M[.,;]?\Z$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: times and counts', 'surveillance',
     $p$\m@past,? ([a-z]+ )?@you@aux (?!(mentioned|asked|said|told|talked|spoke|met|wrote|agreed|discussed|requested|wanted|promised|shared|replied|called|emailed|have (asked|told|said|mentioned))\M)(have|has|had|were|was|did not|have not|are|@work|@visit|[a-z]+ed)\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: not done', 'surveillance',
     $p$\m@you (have|has|had|did) (not|never|yet to)( yet| really| actually| ever| once| even)* (log(ged)?[ -]?in|log(ged)? (in|on|back)|us(ed|e)|open(ed)?|finish(ed)?|complet(ed|e)|invit(ed|e)|connect(ed)?|tr(ied|y)|touch(ed)?|sign(ed)? in|com(e|pleted) back|been (back|active|in|on|seen)|set up|creat(ed|e)|activat(ed|e)|visit(ed)?|done anything|started|return(ed)?)\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: passive', 'surveillance',
     $p$\m(pages?|pricing|docs?|documentation|e?-?mails?|guides?|reports?|dashboards?|workspaces?|invoices?|features?|integrations?|workflows?|projects?|seats?|invit(es?|ations?)|files?|calls?|runs?|videos?|links?|accounts?|trials?|editor|app|exports?|imports?|jobs?|quote|proposal|deck)( [a-z]+){0,2} (was|were|has been|have been|got|is being|are being) (recently |just |last |already )*(opened|viewed|visited|clicked|read|downloaded|used|accessed|run|created|sent|completed|connected|started|forwarded|watched|shared|added|activated|updated|checked|exported|published|abandoned)\M[^,;?!]*\m(@past\M|@number (times|people|users|of)|twice|(by|from) (you|your|acctname|someone)|repeatedly)$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: counted behavior', 'surveillance',
     $p$\m@number (or more |different |separate |unique |failed |new |successful |open |recent |total )*(log-?ins?|sign-?ins|visits|page ?views|views|clicks|opens|downloads|searches|page loads|api calls|workflow runs|active (users|people|seats|members|days|accounts)|runs|hits|times)\M( [a-z]+){0,5} (in|on|to|this|last|by|from|during|over|since|of|yesterday|today|across|between|at|within|so far|already|for)\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: counted people', 'surveillance',
     $p$\m(@number|some|many|most|half|several|a few|\d+ ?%|\d+ percent)( more| of your| of the| new| of acctname)* (people|users|colleagues|teammates|members|engineers|admins|employees|seats|logins|designers|analysts|developers|invites|invitations|coworkers|team)( [a-z]+){0,4} (are|have|were|has|is|was|had)( (already|now|been|also|just|recently|currently|all|both|not))* (active|using|logged|joined|signed|working|online|onboard|trying|invited|added|accepted|pending|live|in (the|your)|use|used|log|opened|looking|viewed|visited|inactive|idle|unused|sent|created|connected)\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: your last visit', 'surveillance',
     $p$\myour (very )?(last|latest|most recent|recent|frequent|repeated|previous|\d+|two|three|four|five|several|many) ((?!(email|e-mail|message|question|reply|call|conversation|meeting|note|request)\M)[a-z]+ )?(log-?in|sign-?in|session|visit|activity|search|click|import|export|run|usage|page ?view|workflow|download|log-?ins|visits|sessions|searches|exports|imports|clicks|page ?views|runs|workflows|downloads|behaviou?r|invites|invitations|look(s)? at|interest in (the|our) (pricing|page))\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: your visit', 'surveillance',
     $p$\m(your|acctname\x27s|acctname) (visits?|log-?ins?|page ?views?|clicks?|browsing|session|time|trip|look) (to|on|at|of|in|across|around|through|this|last|yesterday|from) (the |our |your |my |this )?([a-z]+ )?(pages?|site|website|pricing|docs|app|product|dashboard|theproduct|week|month|monday|tuesday|wednesday|thursday|friday)\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: usage moves', 'surveillance',
     $p$\m(your|acctname(\x27s)?|the|team|their)( [a-z]+){0,2} @usage( (data|numbers|stats|log|levels?|rate))?( [a-z]+){0,3} (shows?|suggest(s|ed)?|tell(s)?|indicat(es?|ed)|jump(s|ed)|spik(es|ed)|dropp?(ed|s)|gr[eo]w(n|s)?|rose|risen|fell|fallen|doubled|tripled|is up|are up|is down|are down|went|gone|has been|have been|caught|stood out|increas(ed|es|ing)|decreas(ed|ing)|picked up|reveal(s|ed)|climb(s|ed|ing)|peaked|surged|slow(ed|ing)|looks?|stopped|says|point(s|ed)|exceeds?|hit|is (growing|rising|falling|high|low|above|below)|declined|tailed off|went quiet)\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: based on usage', 'surveillance',
     $p$\m(based on|judging (by|from)|according to|going by|from looking at|after (looking|reviewing|seeing|going)[a-z ]*|thanks to|informed by|as (shown|seen) (in|by|from)|looking at|from|given|per|in light of|because of)( what)? (we( can)? see (in|of|from) )?(your|our|the|acctname(\x27s)?|my)( (own|recent|latest|current|internal|past))?( [a-z]+)?( on)?( your| acctname(\x27s)?)?( [a-z]+)? (@usage|records)\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: given how you', 'surveillance',
     $p$\m(given|based on|judging (by|from)|seeing|looking at|considering|because of|going by|impressed (by|with)|struck by|excited (by|about|to see)|love(d)? (seeing|how)) (how|what|the way|which|when|all|everything|the number of|the amount of) (often |much |many |quickly |fast |long |little |heavily |times |pages |things |features |actively )?(@you)@aux (?!(team (would|want)|want|would|could|need|plan))$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: we know what you', 'surveillance',
     $p$\m(i|we|our [a-z]+) (know|knows|knew|can tell|could tell|are aware|am aware|understand from [a-z ]+)( exactly| just| precisely| that)*( (what|which|when|how (often|many|much|long)|where|that|from [a-z ]+))* (pages? |features? |times? |buttons? )?@you@aux (@visit|@work|click|do|did|doing|use|using|spend|go|went|active|on|open|view|look|[a-z]+ed|been [a-z]+ing)\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: on our radar', 'surveillance',
     $p$\m((you|your [a-z]+|acctname(\x27s)?( [a-z]+)?|activity|name)@aux (popp(ed|ing)|c[ao]me|coming|show(ed|n|ing)?|turn(ed)?|appear(ed|s)?|lit|light(ing)?|is|are|was|were|been|jumped|stood|caught|raised|triggered|set off|put|rank(s|ed)|landed|surfaced|made) ?(up|out|you|it)? ?(on|in|across|at|by|to|from|an?|several|some|the top of)? (my|our)( [a-z]+)? (radar|dashboard|screen|lists?|alerts?|desk|watch-?list|reports?|systems?|feed|flags?|eye|attention|data|tracker|crm|signals?|queue|inbox)|you are on (my|our) (radar|list|screen|watch-?list|dashboard)|(c[ao]me|brought|drew|caught) (to )?(my|our) (attention|eye|notice)|(your|acctname(\x27s)?) (account|activity|workspace|usage|name|team|trial|company|domain)@aux (flagged|flag|caught|triggered|lit up|popped up|came up|stood out|surfaced))\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance: watching', 'surveillance',
     $p$\m(we|i|someone|our [a-z]+|theproduct)@aux (spy(ing)?|spied|snoop(ed|ing)?|stalk(ed|ing)?|eavesdrop(ped|ping)?|peek(ed|ing)?|peer(ed|ing)?) |\m(been|kept|keeping|keep|have|had) (watching|tracking|monitoring|following|observing|tabs on|an eye on|a close eye on|an eye out on) (you|your|acctname|how (you|your)|what (you|your)|the way you)\M|\m(in|from|through|on) (your|acctname(\x27s)?) ((usage|activity|event|audit|click|access) )(logs?|data|history|stream|feed|trail|records?)\M$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance, Chinese: somebody watched', 'surveillance',
     $p$(我|我们|咱们|系统|后台|数据|平台|日志|同事|记录)(这边|们)?[^。！？\n]{0,8}(看到|看见|注意到|发现|留意到|监测到|检测到|追踪|跟踪|监控|监测|观察到|观察|记录到|查到|捕捉到|统计到|了解到|显示|表明|提示|得知|关注到)[^。！？\n]{0,10}(您|你|贵公司|贵司|贵团队|贵方|团队|有人|acctname)$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance, Chinese: without a subject', 'surveillance',
     $p$(^|[，,、])(刚刚|刚|最近|近期|昨天|今天)?(看到|看见|注意到|发现|留意到|监测到|检测到|观察到|关注到|看来|似乎|好像|看起来|看上去)[^。！？\n]{0,6}(您|你|贵公司|贵司|贵团队|acctname)$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance, Chinese: what visitors do', 'surveillance',
     $p$(您|你|贵公司|贵司|贵团队|团队|同事|acctname)[^。！？\n]{0,14}(登录|登陆|打开|浏览|访问|查看|点击|下载|搜索|停留|查阅|观看|翻阅|进入)(了|过)$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance, Chinese: counts and times', 'surveillance',
     $p$(您|你|贵公司|贵司|贵团队|团队|同事|acctname)[^。！？\n，]{0,24}(了|过|共|运行|邀请|创建|完成|使用|登录|新增|导出|连接)[^。！？\n，]{0,8}([0-9]+|[二两三四五六七八九十百千]+|多|数|几)( )?(次|个|位|名|条|回|遍|人|份|项|天|小时|分钟)$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance, Chinese: past times', 'surveillance',
     $p$(昨天|昨晚|前天|上周|上个月|上星期|今早|今天上午|今天下午|周[一二三四五六日天]|星期[一二三四五六日天]|[0-9]{1,2}[点:][0-9]{0,2}|[0-9]+(天|小时|分钟)前|过去[^。！？\n]{0,6}(天|周|月)|最近[^。！？\n]{0,4}(天|周|月)?)[^。！？\n吗]{0,12}(您|你|贵公司|贵司|贵团队|acctname)[^。！？\n吗呢]{0,14}(登录|打开|浏览|访问|查看|点击|下载|搜索|运行|邀请了|创建了|完成了|使用了|导出|连接了|添加了|了解了)$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('surveillance, Chinese: your usage', 'surveillance',
     $p$(根据|基于|从|通过|按照|结合)(我们|系统|后台)?(对)?(您|你|贵公司|贵司|贵团队|acctname)[^。！？\n]{0,8}(使用|行为|浏览|活动|登录|访问|操作)(记录|数据|情况|轨迹|日志|习惯|频率|量)?[^。！？\n]{0,4}(来看|看|可见|，|,|判断|得知|显示)|(您|你|贵公司|贵司|贵团队)的(使用|浏览|登录|访问|活动|操作|行为)(记录|数据|轨迹|日志|频率|量)$p$,
     'Say which goal you can help with, and leave out what was seen, counted or timed.', true),
    ('pressure: few left', 'pressure',
     $p$\m(only|just|last|final|remaining|the)( (a|the))?( (few|couple|handful|last|final))?( of)?( @number)?( (more|last|final))? (spots?|seats?|slots?|places?|openings?|licen[cs]es|appointments?|units?|copies|days?|hours?|minutes?|weeks?|chances?|discounts?)( (are|is|still|now))* (left|remain(s|ing)?|available|to go|to (decide|act|save|claim|upgrade|get))\M|\m(few|limited|small)( number of)? (spots?|seats?|slots?|places?|openings?|appointments?|licen[cs]es)( (are|is|left|available|remain(ing)?|only))*\M|\m(@number|one)( [a-z]+)? (spots?|slots?|places?|openings?|seats?) (left|remaining|remains?)\M|\m@number (hours?|days?|minutes?) (left|remaining|remain|to go)\M|\m(availability|space|capacity|supply|stock|time) is (very |extremely |strictly )?(limited|running (out|low)|short)\M$p$,
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: limited', 'pressure',
     $p$\mlimited[- ](time|offer|edition|availability|spots|seats|places|slots)|\mlimited (number|quantity) of( [a-z]+)? (spots|seats|slots|places|customers|teams|companies|licen[cs]es|discounts?|openings|copies|offers|appointments|sessions)\M|\mwhile (supplies|stocks?|spots|it|they|places|the offer|seats) lasts?\M|\m(before|until) (it is|they are|someone|somebody|it|they|the price|prices|spots|your spot)( [a-z]+)? ?(too late|gone|go|goes|all taken|full|fill|fills|run out|runs out|disappear|vanish|sold out|takes? (it|your))|\m(too late)\M|\m(go(es)?|going|sell(s|ing)?|fill(s|ing)?|booking|running|moving)( up| out)? (fast|quickly)\M|\m(selling|running) out\M|\m(almost|nearly) (gone|full|sold out|over|out of)\M|\mexclusive(ly)? (offer|deal|price|discount|only|available)|\mone[- ]time (offer|deal|chance|discount|opportunity)|\monce[- ]in[- ]a[- ]|\m(first[- ]come|sell(s)? out|sold out)\M|\mwill not (last|be (available|repeated|around|offered) (again|for|much|long|anymore|any more|forever)|come (again|back|around)|see this|get (this|such an?|another) (price|offer|chance|deal|discount|opportunity|rate)|find this)|\mnever (again|be repeated|see this|get this)$p$,
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: now', 'pressure',
     $p$(^|[,;:.-] |\m(please|and|so|must|should|then|just|simply|kindly) )(act|decide|buy|upgrade|move|order|sign|commit|respond|reply|join|register|claim|book|call|go|pay|subscribe|convert|start|confirm)( [a-z]+){0,3} (now|fast|quickly|immediately|today|tonight|right away|right now|at once|without delay|before (midnight|tomorrow|tonight|the end of|it|friday|monday|end)|asap|straight away|instantly|by (tonight|midnight|eod|the end of|end of|close of|tomorrow|today|friday|monday))\M(?! (works|suits|if))|\m(need|want|require|expect|must have|demand)( [a-z]+){0,6} (asap|immediately|right away|today|by (tomorrow|eod|end of|close of|tonight|the end of|friday|monday|noon)|urgently|now)\M|\m(this|it|matter|decision|request|message|situation|need)( (is|are|has become|becomes))?( (now|very|really|quite|extremely|getting|so))* (urgent|time[- ]critical)\M|^urgent\M[:! ]|\murgently\M|(^|[,;:.!-] |\m(please|so|better|must|should) )(hurry|rush)\M(?! (is|hour))|\masap\M.*\m(or|otherwise|need|before)\M|\mtime[- ]sensitive\M|\m(immediate|prompt) (action|attention|response|reply|answer|decision)\M|\mwithin (the next )?@number (minutes|hours)\M.*\m(or|otherwise|else|before)\M|\m(before|by) midnight\M$p$,
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: last chance', 'pressure',
     $p$\m(last|final|only|one last|very last)( [a-z]+)? (chance|opportunity|notice|call|reminder|warning|offer|attempt|shot|window|day to|days? to|hours? to)\M|\m(now or never)\M|\m(time is|clock is|days are|hours are|the window is|window(s)? (of opportunity )?(is|are)|door is) (running out|almost out|out of time|ticking|closing|counted|numbered|nearly up|almost up|up)\M|\mtick(s|ing)? (down|away)\M|\mcount-?down\M|\m(today|tonight|this week|weekend|month|friday|48 hours|24 hours) only\M|\monly (today|tonight|this week|through|for the next|valid|for \d+|good (until|for|through))\M|\m(our|offer|order|sign-?up|discount|final|before the|meet the|make the|miss the|by the) dead-?line\M|\mdead-?line (is|was|ends|passes|expires|looms|approach[a-z]*) ?(today|tonight|tomorrow|on|in|this|near|soon|at)?|\m(miss|lose) (the|this|your|our) (deadline|window|chance|cut-?off|spot|opportunity|discount|offer)\M$p$,
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: expiring offer', 'pressure',
     $p$\m(offers?|prices?|pricing|discounts?|deals?|coupon|code|promo(tion)?|rates?|invitation|quote|savings?|\d+ ?%( off)?|bonus|slot|spot|reservation|seat)( [a-z]+){0,4} (expire[sd]?|expiring|ends?|ending|disappears?|vanish(es)?|closes?|closing|(is|are) (gone|off|void|only|valid|good|dead|withdrawn|leaving)|goes away|go away|go(es)? (up|back)|going (up|away)|increas(e|es|ing)|doubl(e|es)|rises?|rising|runs? out|will (rise|increase|go up|double|jump|climb|expire|disappear|end|be gone|be lost|be released|not last|vanish|go))\M|\m(expire[sd]?|expiring|ends?|gone) (today|tonight|tomorrow|soon|at midnight|at noon|in (a few )?@number|in a few (days|hours)|this (friday|week|month|weekend)|on friday|by|forever|for good)\M.*\m(price|discount|offer|deal|save|%|off|rate|claim|grab)|\m(lock|locks|locking) in\M|\m(save|grab|claim|secure|snag)( [a-z0-9%]+){0,5} (before|while|until) (it|they|the|midnight|friday|tomorrow|tonight|end|prices?)\M|\m(secure|claim|reserve|save|guarantee) your (spot|seat|place|slot|discount|price|rate)\M$p$,
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: delay', 'pressure',
     $p$(?<!\m(customers|people|teams|users|they|we|i|you|who|that|companies|members|colleagues|most|many) )\m(do not|never|you can not( really)?|can not|you should not|no time to|cannot|you can not afford to|not afford (not )?to|stop) (wait(ing)?|delay(ing)?|miss( out)?|hesitate|let (this|it|your|the|them|others|your competitors)|put (this|it) off|sleep on|be (left|the (last|only))|pass (this|it) up|waste|get left|fall behind|sit on|drag|ignore|think twice|risk|afford|procrastinat(e|ing)|blow|regret|give up|overlook)\M(?! (a (reply|note|line)))(?!.{0,10}to (reach|get|ask|contact|write|reply))|\m(can ?not|can not|could not) afford (not )?to\M|\m(every|each) (day|hour|week|minute|moment|second)( that)? (you|of|without|counts|matters|your|spent|delay)|\mthe longer you (wait|delay|leave|hesitate)|\mwaiting (costs|will cost|is costing)|\mcost of (waiting|doing nothing|inaction|delay)$p$,
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: left out', 'pressure',
     $p$\m(left|fall(ing|en|s)?|lag(ging|s)?|trail(ing)?|stay(ing)?|being left) behind\M|\mmiss(ed|ing|es)? out\M|\mfomo\M|\m(everyone|everybody|all (of )?your (competitors|peers|rivals)|all the [a-z]+ (teams|companies)|the (smart|best|serious|winning)( [a-z]+)?|your (competitors|rivals|competition|peers)|competitors|rivals)( else)?( (in|of) your [a-z]+)?@aux (is|are|has|have|use|uses|moved|switch(ed|ing)|doing|chosen|upgraded|ahead|pulling|winning|getting|bought|signed|beating|overtaking|laughing|gaining|taking|will (be|get|win|take|beat|overtake|pull|have)|made|adopted|knows?|love|leaving|already)\M|\m(only|just) (a )?(fools?|losers?|amateurs?|slow|idiots?)\M|\m(no[- ]brainer|crazy|foolish|stupid|silly|insane|irresponsible|reckless|mad|a fool|negligent)( not)? (to|if|of you|not)\M|\m(would|will|you might|going to) (really |deeply |later |soon )?regret\M|\mregret (it|this|missing|not|waiting|that|later)\M|\mthe (only|last) (team|company|one) (that|who|without|not|still|left)\M|\m(lose|losing) (out|ground|money|deals|customers|revenue|business|your edge)( [a-z]+){0,3} (to|every|each|by|while|as long|until|if you)\M$p$,
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: threat', 'pressure',
     $p$\m(or( else)?|otherwise|unless|else|if not|failing that|if (you|we|i) (do|have|can) not( [a-z]+){0,6}),? ?(we|i|you|your [a-z]+|it)? ?(will |may |might |must |will have to |shall |have to |would )+(be )?(los(e|t|ing)|delet(e|ed)|clos(e|ed)|cancel(led)?|suspend(ed)?|downgrad(e|ed)|block(ed)?|remov(e|ed)|shut|terminat(e|ed)|revok(e|ed)|charg(e|ed)|escalat(e|ed)|lock(ed)?|disabl(e|ed)|releas(e|ed)|giv(e|en)|forfeit|pay|regret|expire|throttle(d)?|reported|fall)\M|\m(you|your team|everyone|acctname)@aux (will |would |may |might |could |are going to |are about to |stand to |risk )(soon |all |also |permanently |otherwise )*(be )?(los(e|ing)|forfeit(ing)?|miss(ing)? (out|the|this|your)|(locked|shut|cut) (out|off))\M|\myour (account|data|workspace|projects?|work|access|files|settings|trial data|history|progress|setup|seat|spot|place|price|discount)@aux (will |may |might |is about to |is going to |are going to |shall )(soon |all |also |permanently |automatically )*(be )?(delet(e|ed)|clos(e|ed)|suspend(ed)?|lock(ed)?|remov(e|ed)|los(e|t)|gone|eras(e|ed)|disabl(e|ed)|terminat(e|ed)|wiped|disappear|vanish|cut( off)?|downgraded|given (to|away)|released|throttled|purged)\M|\m(consequences|penalt(y|ies))\M|\m(escalate|report|complain|take|bring) (this|it|that|the matter|you|things)( up)? (to|with) (your|the) (boss|manager|ceo|cfo|cto|vp|director|leadership|executives?|superiors?|management|head of|board|supervisor)\M|\m(escalate|report|copy|cc|tell|inform|email|contact|call|write to|go to|loop in|speak to|complain to|mention (this|it) to|let)( this| it)?( (to|with|in))? (your|the) (boss|manager|ceo|cfo|cto|vp|director|leadership|executives?|superiors?|management|head of|board|supervisor)\M( know| that| about| you| if| unless| instead| directly| next)$p$,
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: must', 'pressure',
     $p$\m(you|your (team|company)|acctname) (really |simply |absolutely |just )*(must|have (got )?to|need to|ought to|had better|have no (choice|option|excuse)|are (required|obliged|expected|forced|obligated) to|can not say no)( [a-z]+)? (act|decide|reply|respond|answer|upgrade|buy|sign|commit|move|pay|confirm|book|convert|purchase|subscribe|take action|order|switch|hurry|jump|get (this|back|started)|do (this|it)|make (a|your) (decision|choice)|choose|stop (waiting|stalling|ignoring)|see this)\M|\m(there is )?no (excuse|reason not|good reason)( for| to| not)?\M|\myou owe\M|\m(insist|demand) (that|on|you|an?)\M|\m(required|mandatory)( action)?[:!]|\maction required\M|\mi expect (a|an|your|you)\M$p$,
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: guilt', 'pressure',
     $p$\m(why|how come) (have|did|are|do) you (not|still not|ignor|never)|\mwhy (are|were) you (ignoring|avoiding|not)|\m(ignor(ed|ing)|ghost(ed|ing)?|avoid(ed|ing)?) (me|us|my|our|this|all|these|every)\M(?<!(can|could|may|please|free to|to|simply|just) ignore (me|us|my|our|this|all|these|every))|\m(disappointed|disappointing|surprised|hurt|offended|frustrated|upset|shame|let down|rude)( (that|by|in|with|to|not|at|get|receive))* (you|your|see|hear|have|no|silence|lack)\M|\m(i|we)( have| had)?( now| already)? (emailed|written|wrote|called|tried|reached out|contacted|messaged|followed up|pinged|chased|asked)( (to )?(you|out|reach you|reaching you|contact you))* (now )?(@number times|twice|again and again|repeatedly|so many times|many times|over and over|countless times)\M|\m(this|that|it) is( now| already)? (the|my) (second|third|fourth|fifth|sixth|tenth|2nd|3rd|4th|5th) (e?-?mail|message|note|attempt|time|try)\M(?! (i|we) (offer|help))|\m(my|our) (third|fourth|fifth|sixth|3rd|4th|5th|6th) (e?-?mail|message|note|attempt|time|try)\M|\mafter (all|everything) (i|we) (have )?(done|did|put|worked)|\m(least|minimum) you (can|could) do\M|\m(personal favou?r|my (job|quota|bonus|boss|target|commission|number|manager) (depends|is|will|needs|expects|wants))|\m(hit|make|meet|reach|miss) my (quota|target|number|bonus)\M|\mstill (no|have not|has not|waiting)( [a-z]+)? (reply|response|answer|word|heard|for your)\M.*\m(again|times|disappoint|why|third|unacceptable|surpris)|\m(waste[ds]?|wasting) (my|our) time\M$p$,
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: manipulation', 'pressure',
     $p$\m(trouble|problems?|hot water|fired|sacked|difficulties) with my (boss|manager|director|ceo|company)|\mmy (boss|manager|director|company|job|bonus|commission|quota)@aux (will|is|would|needs?|wants?|expects?|depends?|kill|fire|angry|upset|counting|breathing|on the line)\M|\mdo not (let (me|us|your [a-z]+|them|everyone|acctname) down|make (me|us)|force (me|us)|be (the|that|so|a|an|too) )|\m(real|true|good|smart|serious|great|responsible|modern|strong|sensible) (champions?|leaders?|managers?|admins?|professionals?|teams?|companies|people|bosses|buyers?|executives?|colleagues?)( who [a-z ]+)? (would|do|does|will|never|always|knows?|acts?|decides?|moves?|understands?|chooses?|has|have)\M|\mexplain (that|this|it|why|yourself|how)( [a-z]+){0,4} to your (boss|board|manager|ceo|team|bosses|customers|investors|colleagues)|\m(i|we) (will|shall|am going to|are going to)( (simply|just|have to|then|therefore|now))* (assume|take (it|your silence|no answer|that)|treat|consider|count|presume|interpret)( [a-z]+){0,4} (yes|agree(d|ment)?|approval|approved|go-ahead|accept(ed)?|silence|deal|confirmed|order)\M|\msilence (means|is|will be|counts|equals)|\m(start(s|ed)?|activate[sd]?|charge[sd]?|bill(ed|s)?|renew(s|ed)?|sign(ed)?|enrol(l|s|led)?|upgrade[sd]?|switch(ed)?|book(ed)?|invoice[sd]?)\M[^.?!]*\m(if there is silence|unless (i|we) hear|unless you (object|say|tell|reply|write|stop|cancel|act)|if (i|we) (do|have) not hear|without your)|\m(whoever|those who|anyone who|anybody who|everyone who|teams (that|who|which)|people who|companies (that|who|which)|he who|customers who)( [a-z]+)? (skip|wait|hesitat|ignor|delay|refus|declin|say no|do not|did not|does not|miss|postpon|stay|resist|dither|drag)[a-z]*( [a-z]+){0,8} (fail|regret|los|suffer|pay|behind|struggl|troubl|sorry|worse|dearly|bitterly)|\mend(s|ed)? up (failing|paying|regretting|losing|behind|sorry|in trouble)|\m(drag|drags|dragging) (this|it|things|your feet)( out| on)?\M|\m(stall(ing)?|dither(ing)?|dragging) \M|\myou will be (next|sorry|the (last|only|next))|\m(fear|afraid|scared) of (being|missing|losing)|\mi (beg|implore) you|\m(please,? )?(do this|just say yes) (for me|as a favou?r)|\mwhat kind of (manager|leader|team|company|person)|\m(prove|show) (me|us|them|that) (you|your|that you)( [a-z]+){0,3} (serious|care|committed|leader)$p$,
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure: guilt and loss', 'pressure',
     $p$\mleave (me|us) hanging|\mout on a limb|\m(stuck|stick) my neck|\mpulled (some )?strings|\m(called in|calling in) a favou?r|\mjust for you\M|\m(your |the )?(competitors?|rivals?|competition)@aux (will|would|are going to|is going to|are about to) (?!(ask|want|like)\M)[a-z]+|\monly (those|teams|customers|people|companies|whoever|anyone)( who| that)? (start|sign|join|act|reply|respond|book|order|upgrade|register|decide|commit|move)[a-z]*\M|\m(next (week|month|quarter|year|monday)|tomorrow|from (monday|next|the first)|after (friday|today|tomorrow|this (week|month)|the end of))\M[^.?!]*\m(cost|costs|pay|price[sd]?|charged?|rate|fee)\M[^.?!]*\m(more|twice|double|doubles|triple|extra|higher|rise|up)\M|\m(your |the )?silence (tells|shows|says|speaks|suggests|hurts|worries|disappoints)|\mnot (take|taking|taken|care|caring)( this| it| us| me| about)* (seriously|enough)|\ma (mere )?handful of( [a-z]+){0,2} (spots?|seats?|slots?|places?|licen[cs]es|openings?|discounts?|appointments?|days|hours)\M|\mdemand is (huge|high|enormous|strong|massive|exploding)$p$,
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true),
    ('pressure, Chinese', 'pressure',
     $p$最后(的)?(机会|一次机会|期限|一天|通知|提醒|[0-9一二三两]+(天|小时|席|个|名))|仅剩|只剩|所剩无几|仅限(今天|今日|本周|前|[0-9])|限时|限量|名额(有限|不多|紧张|仅|只)|席位有限|(马上|立即|立刻|赶快|赶紧|抓紧|尽快|务必|必须)[^。！？\n]{0,6}(行动|购买|下单|升级|回复|决定|签约|付款|抢购|报名|订阅|联系|时间|办理|确认|预约)|错过(就|将|了|这|此|后|再|本)|不要错过|别错过|不容错过|机不可失|时不再来|即将(截止|结束|涨价|恢复原价|失效|过期|到期作废|关闭)|倒计时|过期(不候|作废|失效)|手慢无|先到先得|落后于|被(同行|对手|竞争对手|市场)?[^。！？\n]{0,4}(淘汰|甩开|超越|抛下)|(竞争对手|同行|别人|其他公司|大家)(们)?都?(已经|已|都在|都已)|再不[^。！？\n]{0,12}就|否则[^。！？\n]{0,16}(删除|关闭|停用|失去|无法|涨价|取消|冻结|后悔|落后)|(账号|账户|数据)[^。！？\n]{0,8}(将|会)被(删除|关闭|停用|清空|冻结)|后悔|千万别|切勿(犹豫|错过|拖延)|别再?(犹豫|等|拖)|不要再?(犹豫|等待|拖延)|(今天|今日|今晚|午夜|本周)[^。！？\n]{0,6}(截止|结束|涨价|失效|到期)|为什么(还|一直)?不(回复|理)|一直(没有|没|不)(回复|理)|最后通牒|越(早|快)越(好|划算|便宜)|涨价$p$,
     'Leave the deadline, threat or comparison out; say what the reader gains and let them choose when.', true);
