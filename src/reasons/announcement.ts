import type { LastWord, Run } from '../facts/run.ts'
import type { RunContext } from '../facts/session.ts'
import type { Evidence } from '../facts/evidence.ts'
import { findCleanEnd } from './last-word.ts'
import { recordOf } from './proof.ts'

/** A message longer than this reports something, whatever its last sentence says. Characters. */
const MAX_LENGTH = 400
/** How long a bare "Running the tests" can be: longer ones say what came out. Characters. */
const MAX_BARE_LENGTH = 120

/** How one language announces a next step, and what makes such a sentence the end of a report, an offer or a refusal after all. */
interface Language {
  readonly announces: RegExp
  readonly concludes: RegExp
  /** A clause that says when, and not what has happened: taken out before `concludes` is asked. */
  readonly clause?: RegExp
}

const VERB =
  'run|check|write|update|fix|add|create|build|test|verify|look|read|implement|push|commit|open|edit|apply|start|move|continue|proceed|examine|search|install|re-?run|refactor|port'
const DOING =
  'running|continuing|checking|writing|building|testing|fixing|updating|starting|proceeding|moving|looking|reading|verifying|working|creating|implementing|uploading|downloading|installing|committing|pushing|searching|analy[sz]ing|compiling|deploying|re-?running|resuming|investigating|generating|processing|applying|adding|exploring|retrying'

const ENGLISH: Language = {
  announces:
    /^(?:(?:now|next|first|then|ok(?:ay)?|great|good|perfect|so|alright)[,:.!]?\s+)*(?:(?:and|but)\s+)?(?:let me(?! know)|let['’]s|i(?:['’]ll| will| shall)(?! not| never)|i(?:['’]m| am) going to|proceeding to|waiting (?:for|on|until)|moving on to|next:)\s+\S/i,
  clause: /\b(?:when|once|as soon as|after|until|while|before|for [^.;,]{0,60}? to)\b(?! (?:you|your)\b)[^.;,]*/gi,
  concludes:
    /\b(?:done|completed|finished|(?:is|are) complete|in summary|summary|successfully|all (?:tests|checks) pass|no further|nothing (?:else|more)|none|leave (?:it|this|that)|stop here|stand by|happy to|(?:if|unless|when|once|until) you|you can|your|available|(?:wait|waiting) for (?:the user|instructions|approval|confirmation))\b|\?\s*$/i,
}
/** "Running the tests now", "Continuing...": no report where a verb says what came of it. */
const BARE_DOING = new RegExp(
  `^(?:(?:now|still|currently|next)[,:]?\\s+)?(?:(?:i['’]m|i am)\\s+)?(?:now\\s+|still\\s+)?(?:${DOING})\\b`,
  'i',
)
/** "Now run the unit tests": only where that is the whole message, since a report may end in advice. */
const BARE_STEP = new RegExp(`^(?:now|next|then)[,:]?\\s+(?:${VERB})\\b`, 'i')
const FINITE =
  /\b(?:is|are|was|were|has|have|had|shows?|pass(?:es|ed)|fail(?:s|ed)|works|worked|gives?|gave|takes?|took|needs?|requires?|produce[sd]|confirm(?:s|ed)|reveal(?:s|ed)|found|succeed(?:s|ed)|return(?:s|ed)|leaves?|left|makes?|made|fixe[sd]|solve[sd]|would|should|could|can|must|report(?:s|ed)|no longer|you)\b/i

const OTHERS: readonly Language[] = [
  {
    announces:
      /^(?:(?:jetzt|nun|als nächstes|danach|dann|gut|okay|ok|super|perfekt)[,:.!]?\s+)*(?:ich (?:werde|mache|fahre|prüfe|starte|führe|schreibe|warte|sehe|schaue|beginne|setze|lese|baue|teste|korrigiere|behebe|melde|aktualisiere|erstelle)\b|(?:werde|führe|starte|prüfe|schreibe|mache|fahre|warte|beginne|setze|baue|lese|teste|korrigiere|behebe|aktualisiere|erstelle) ich\b|lass(?:t|en sie)? (?:mich|uns)\b|(?:es geht )?weiter mit\b|warte auf\b)/i,
    clause: /\b(?:sobald|wenn|nachdem|bis|während)\b(?! (?:sie|du|ihr)\b)[^.;]*/gi,
    concludes:
      /\b(?:nicht|keine?n?|falls|(?:wenn|sobald|bis) (?:sie|du|ihr)|gerne?|fertig|erledigt|abgeschlossen|bestanden|zusammenfassung|ihre[rn]?|anweisung\w*)(?![\wäöüß])|\?\s*$/i,
  },
  {
    announces:
      /^(?:(?:ahora|luego|bien|perfecto|vale|a continuación|después|primero|siguiente)[,:.!]?\s+)*(?:voy a|vamos a|déjame|déjeme|permíteme|procedo|procederé|contin[uú]o|continuaré|continuando|ejecutando|ejecutaré|ejecuto|comenzaré|empezaré|revisaré|revisando|esperando|esperaré|sigo con|seguiré|informaré|compilando|escribiré)(?![\wáéíóúñ])/i,
    clause: /(?:cuando|en cuanto|una vez que|después de que|hasta que|mientras)(?! (?:usted|tú|me|quieras|quiera)\b)[^.;]*/gi,
    concludes:
      /\b(?:si (?:quieres|quiere|necesitas|necesita|lo deseas?|te|le)|av[ií]s\w*|listo|completad\w*|terminad\w*|finalizad\w*|sus? instrucc\w*|tus? instrucc\w*|hasta aquí|cuando (?:quieras|quiera|me))(?![\wáéíóúñ])|[?¿]/i,
  },
  {
    announces:
      /^(?:(?:maintenant|ensuite|d['’]abord|bien|parfait|puis|à présent|ok)[,:.!]?\s+)*(?:je (?:vais|continue|lance|passe|commence|procède|vérifie|corrige|mets|teste|reprends|relance|poursuis|regarde|lis|modifie)|j['’](?:exécute|attends|écris|ajoute|installe|examine)|laisse[zr]?-moi|passons|lancement|en attente (?:de|du|des)|exécution (?:de|du|des))(?![\wàâçéèêëîïôûùüÿœ])/i,
    clause: /(?:quand|lorsque|dès que|une fois que|après que|jusqu['’]à ce que|pendant que)(?! (?:vous|tu)\b)[^.;]*/gi,
    concludes:
      /(?:^|[^\wàâçéèêëîïôûùüÿœ])(?:si (?:vous|tu|besoin)|n['’]hésite\w*|ne .{1,30} pas|terminée?s?|finie?s?|réussie?s?|vos? instructions|tes instructions|dès que (?:vous|tu)|quand (?:vous|tu)|m['’]arrêter|m['’]arrête)(?![\wàâçéèêëîïôûùüÿœ])|\?\s*$/i,
  },
  {
    announces:
      /^(?:(?:agora|em seguida|depois|bom|ok|perfeito|ótimo|primeiro|a seguir)[,:.!]?\s+)*(?:(?:eu )?(?:vou|irei|continuarei|começarei|continuo|sigo|executo)|vamos|deixe-me|deixa eu|continuando|executando|prosseguindo|aguardando|esperando|iniciando|compilando|verificando|estou \w+ndo)(?![\wáâãàçéêíóôõú])/i,
    clause: /(?:quando|assim que|depois que|até que|enquanto)(?! (?:você|quiser|puder)\b)[^.;]*/gi,
    concludes:
      /(?:^|[^\wáâãàçéêíóôõú])(?:se (?:você|quiser|precisar|desejar)|avise\w*|concluíd\w*|pronto|terminad\w*|finalizad\w*|suas? instruç\w*|(?:quando|assim que) (?:você|quiser|puder)|parar por aqui)(?![\wáâãàçéêíóôõú])|\?\s*$/i,
  },
  {
    announces:
      /^(?:(?:теперь|сейчас|далее|дальше|затем|потом|сначала|хорошо|отлично|итак)[,:.!]?\s+)*(?:я\s+)?(?:запущу|запускаю|проверю|проверяю|продолж(?:у|аю|им)|перейду|перехожу|начну|начинаю|напишу|пишу|исправлю|исправляю|посмотрю|смотрю|сделаю|буду|приступ(?:лю|аю)|жду|ожидаю|подожду|дождусь|давайте?|выполн(?:ю|яю)|собираю|обновлю|обновляю|добавлю|добавляю|сообщу|читаю|прочитаю)(?![а-яё])/i,
    clause: /(?:когда|как только|после того как|пока)(?! (?:вы|ты)(?![а-яё]))[^.;]*/gi,
    concludes:
      /(?:^|[^а-яё])(?:если|не|дайте знать|готов[оаы]?|завершен[оаы]?|завершён|ваши\S*|когда (?:вы|ты)|как только (?:вы|ты))(?![а-яё])|\?\s*$/i,
  },
  // Korean: the end of the sentence tells; 않겠습니다 is a refusal, and 원하시면 an offer.
  {
    announces:
      /(?:겠습니다|할게요|볼게요|는 중입니다|진행 ?중입니다|중입니다|시작합니다|진행합니다|실행합니다|계속합니다|확인합니다|기다립니다)\s*[.!…~]*$/,
    concludes: /않겠|원하시|필요하시|필요하면|말씀|알려 ?주|지시|마치겠|완료했|완료되|도와드리|통과/,
  },
  // Japanese: only verbs of doing, since every polite sentence ends in ます.
  {
    announces:
      /(?:(?:実行|確認|修正|作成|続行|開始|調査|更新|追加|実装|検証|待機|コミット|プッシュ|ビルド|テスト|チェック|報告|再開|着手|対応|分析|移行|インストール|アップロード)(?:を)?(?:し|いたし|を行い)(?:ていき|てみ)?ます|(?:進め|続け|始め|読み|書き|見て(?:み|いき)|待ち|移り|進み|取りかかり|直し)(?:ていき)?ます|ましょう|中です|(?:実行|確認|修正|作成|続行|開始|処理|待機)中)\s*[。.！!…]*$/,
    concludes:
      /ません|ました|済み|でしょうか|ください|場合|ご希望|できます|お知らせ|必要(?:です|なら|があれば)|以上です|自動(?:で|的に)|ごとに|毎/,
  },
  {
    announces:
      /^(?:好的?[，,。！]?\s*)?(?:(?:现在|接下来|下面|然后|接着|首先|下一步|現在|接下來|然後|接著)[，,：:]?\s*)?(?:我(?:将|会|要|来|先|现在|再|正在|将会|將|會|來|現在)|让我|讓我|正在|继续|繼續|等待|开始|開始|准备|準備|运行|執行|执行|检查|檢查|修复|编写|更新|提交|测试|構建|构建)/,
    clause: /(?:等|待|当|當|在)[^，,。]{0,30}(?:完成|结束|結束|通过)(?:后|後|之后|之後|时|時)?/g,
    concludes: /已|完成|了[。！!]?$|不会|不會|不再|不|如果|如需|若|是否|请|請|您|你|吗|嗎|可以|通过|成功|[？?]\s*$/,
  },
]

function announces(sentence: string, whole: string, isAlone: boolean): boolean {
  // Something was to follow, in any language.
  if (/[:：]$/.test(sentence)) return true
  if (isAnnouncedIn(ENGLISH, sentence)) return true
  const isBare = sentence.length <= MAX_BARE_LENGTH && !FINITE.test(sentence) && !ENGLISH.concludes.test(sentence)
  if (isBare && (BARE_DOING.test(sentence) || (isAlone && BARE_STEP.test(whole)))) return true
  return OTHERS.some((language) => isAnnouncedIn(language, sentence))
}

function isAnnouncedIn({ announces: begins, clause, concludes }: Language, sentence: string): boolean {
  return begins.test(sentence) && !concludes.test(clause === undefined ? sentence : sentence.replace(clause, ' '))
}

/** The final message of an agent that says what it is about to do and nothing else; undefined for every other end. */
export function findAnnouncement(run: Run, context: RunContext): (LastWord & { readonly kind: 'turn' }) | undefined {
  const turn = findCleanEnd(run, context)
  if (turn === undefined || run.role !== 'agent' || (run.latest.toolCalls === 0 && run.damagedLines === 0) || run.latest.schema.accepted)
    return undefined
  // It may well wait for an agent that it launched.
  if (context.openChildren.length > 0) return undefined
  return onlyAnnounces(turn.text.trim()) ? turn : undefined
}

/** A pure memo: four reasons ask it of the same text, one after the other. */
let last = { text: '', announces: false }

function onlyAnnounces(text: string): boolean {
  if (text !== last.text) last = { text, announces: endsInAnnouncement(text) }
  return last.announces
}

function endsInAnnouncement(text: string): boolean {
  if (text.length > MAX_LENGTH) return false
  const sentences = text.split(/(?<=[.!?…])\s+|(?<=[。！？])\s*|\n+/).filter((sentence) => sentence.trim() !== '')
  // Who begins with the result has finished, whatever comes after.
  const [first = ''] = sentences
  if (sentences.length > 1 && /^(?:all )?(?:done|finished|completed?)\b/i.test(first)) return false
  return announces(sentences.at(-1)?.trim() ?? '', text, sentences.length === 1)
}

/** The message that only announces, as evidence. */
export function describeAnnouncement(announced: LastWord & { readonly kind: 'turn' }): Evidence {
  return recordOf(announced, 'its last message only announces the next step', announced.text.slice(-300))
}
