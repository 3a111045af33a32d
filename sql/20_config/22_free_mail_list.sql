/* 22_free_mail_list.sql - domains that are nobody's company. */

INSERT INTO pls.free_mail_domains (domain, shipped)
SELECT d.domain, true
FROM regexp_split_to_table(
         regexp_replace($list$
-- worldwide
gmail.com googlemail.com
outlook.com hotmail.com live.com msn.com passport.com windowslive.com
yahoo.com ymail.com rocketmail.com myyahoo.com
icloud.com me.com mac.com
aol.com aim.com love.com verizon.net
proton.me protonmail.com protonmail.ch pm.me
zoho.com zohomail.com zohomail.eu zohomail.in
fastmail.com fastmail.fm fastmail.net fastmail.org fastmail.to sent.com
tutanota.com tutanota.de tutamail.com tuta.io tuta.com keemail.me
hey.com duck.com mozmail.com relay.firefox.com privaterelay.appleid.com
mail.com email.com usa.com consultant.com engineer.com europe.com post.com myself.com writeme.com techie.com
inbox.com hushmail.com hushmail.me lavabit.com runbox.com mailfence.com startmail.com posteo.net
disroot.org riseup.net autistici.org cock.li countermail.com ctemplar.com skiff.com onmail.com
lycos.com excite.com juno.com netzero.net netscape.net mailinator.com
-- the same houses by country
outlook.at outlook.be outlook.cl outlook.cz outlook.co.id outlook.co.th outlook.com.ar outlook.com.au
outlook.com.br outlook.com.gr outlook.com.tr outlook.com.vn outlook.de outlook.dk outlook.es outlook.fr
outlook.hu outlook.ie outlook.in outlook.it outlook.jp outlook.kr outlook.lv outlook.my outlook.ph
outlook.pt outlook.sa outlook.sg outlook.sk
hotmail.at hotmail.be hotmail.ca hotmail.ch hotmail.cl hotmail.co.il hotmail.co.jp hotmail.co.kr
hotmail.co.nz hotmail.co.th hotmail.co.uk hotmail.com.ar hotmail.com.au hotmail.com.br hotmail.com.hk
hotmail.com.mx hotmail.com.tr hotmail.com.tw hotmail.cz hotmail.de hotmail.dk hotmail.es hotmail.fi
hotmail.fr hotmail.gr hotmail.hu hotmail.it hotmail.nl hotmail.no hotmail.ph hotmail.rs hotmail.se
hotmail.sg
live.at live.be live.ca live.ch live.cl live.cn live.co.kr live.co.uk live.co.za live.com.ar live.com.au
live.com.mx live.com.my live.com.pt live.com.sg live.de live.dk live.fi live.fr live.hk live.ie live.in
live.it live.jp live.nl live.no live.ru live.se msn.cn msn.nl
yahoo.at yahoo.be yahoo.bg yahoo.ca yahoo.ch yahoo.cl yahoo.co.id yahoo.co.il yahoo.co.in yahoo.co.jp
yahoo.co.kr yahoo.co.nz yahoo.co.th yahoo.co.uk yahoo.co.za yahoo.com.ar yahoo.com.au yahoo.com.br
yahoo.com.cn yahoo.com.co yahoo.com.hk yahoo.com.mx yahoo.com.my yahoo.com.pe yahoo.com.ph yahoo.com.sg
yahoo.com.tr yahoo.com.tw yahoo.com.ua yahoo.com.ve yahoo.com.vn yahoo.cn yahoo.cz yahoo.de yahoo.dk
yahoo.es yahoo.fi yahoo.fr yahoo.gr yahoo.hu yahoo.ie yahoo.in yahoo.it yahoo.lt yahoo.nl yahoo.no
yahoo.pl yahoo.pt yahoo.ro yahoo.ru yahoo.se yahoo.ne.jp ybb.ne.jp
aol.co.uk aol.de aol.es aol.fr aol.it
-- Germany, Austria, Switzerland
gmx.de gmx.net gmx.at gmx.ch gmx.com gmx.co.uk gmx.es gmx.eu gmx.fr gmx.info gmx.li gmx.org gmx.us gmx.biz
web.de email.de freenet.de t-online.de arcor.de mail.de posteo.de mailbox.org online.de
kabelmail.de vodafone.de o2online.de magenta.de aon.at chello.at a1.net bluewin.ch hispeed.ch sunrise.ch
-- France, Belgium, Netherlands
orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr numericable.fr aliceadsl.fr club-internet.fr
cegetel.net skynet.be telenet.be proximus.be scarlet.be ziggo.nl kpnmail.nl kpnplanet.nl planet.nl
xs4all.nl home.nl hetnet.nl upcmail.nl
-- Italy, Spain, Portugal, Greece
libero.it virgilio.it tiscali.it alice.it tin.it tim.it inwind.it iol.it email.it fastwebnet.it
telefonica.net terra.es movistar.es ono.com sapo.pt clix.pt iol.pt otenet.gr forthnet.gr in.gr
-- Britain, Ireland
btinternet.com btopenworld.com sky.com virginmedia.com ntlworld.com blueyonder.co.uk talktalk.net
tiscali.co.uk o2.co.uk plusnet.com eircom.net
-- the North and the East
online.no telia.com bredband.net comhem.se spray.se tele2.se kolumbus.fi luukku.com suomi24.fi jubii.dk
stofanet.dk wp.pl o2.pl onet.pl onet.eu op.pl poczta.onet.pl interia.pl interia.eu gazeta.pl tlen.pl vp.pl
seznam.cz email.cz centrum.cz atlas.cz post.cz volny.cz azet.sk centrum.sk zoznam.sk freemail.hu citromail.hu
indamail.hu abv.bg mail.bg dir.bg inbox.lv one.lt mail.ee hot.ee
mail.ru inbox.ru bk.ru list.ru internet.ru rambler.ru lenta.ru ro.ru autorambler.ru myrambler.ru
yandex.ru yandex.com yandex.ua yandex.by yandex.kz yandex.com.tr ya.ru narod.ru ukr.net i.ua meta.ua bigmir.net
tut.by mail.kz
-- Asia, the Pacific
qq.com vip.qq.com foxmail.com 163.com vip.163.com 126.com yeah.net 188.com 139.com 189.cn wo.cn sina.com sina.cn
vip.sina.com sohu.com tom.com 21cn.com aliyun.com
naver.com daum.net hanmail.net nate.com kakao.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp i.softbank.jp
nifty.com excite.co.jp goo.jp pchome.com.tw hinet.net rediffmail.com indiatimes.com sify.com
bigpond.com bigpond.net.au optusnet.com.au iinet.net.au tpg.com.au xtra.co.nz singnet.com.sg walla.com walla.co.il
-- the Americas, Africa
comcast.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net optonline.net roadrunner.com
rr.com frontier.com windstream.net centurylink.net q.com mindspring.com
rogers.com shaw.ca sympatico.ca bell.net telus.net videotron.ca
uol.com.br bol.com.br terra.com.br ig.com.br globo.com globomail.com oi.com.br r7.com zipmail.com.br
prodigy.net.mx fibertel.com.ar speedy.com.ar ciudad.com.ar mweb.co.za telkomsa.net webmail.co.za
-- thrown away after use
guerrillamail.com sharklasers.com 10minutemail.com temp-mail.org tempmail.com yopmail.com trashmail.com
getnada.com dispostable.com maildrop.cc mailnesia.com moakt.com throwawaymail.com fakeinbox.com
discard.email mintemail.com spamgourmet.com spam4.me tempr.email emailondeck.com
-- no one's mailbox: addresses that hosts of source code hand out
users.noreply.github.com noreply.github.com users.noreply.gitlab.com noreply.gitlab.com noreply.gitea.io
users.noreply.codeberg.org noreply.codeberg.org users.noreply.bitbucket.org
$list$, '^--.*$', '', 'gn'), '[[:space:]]+') AS d (domain)
WHERE d.domain <> '';
