import { describe, expect, it } from 'vitest'
import type { RunContext } from '../../src/facts/session.ts'
import type { Run } from '../../src/facts/run.ts'
import { findAnnouncement } from '../../src/reasons/announcement.ts'
import { oneAgent } from '../hostile/world.ts'
import { findRun } from './linked.ts'

const told = await findRun(oneAgent((agent) => agent.bash('ls').says('x')))
const withText = (text: string): Run => {
  const { lastWord } = told.run.latest
  return lastWord.kind === 'turn' ? { ...told.run, latest: { ...told.run.latest, lastWord: { ...lastWord, text } } } : told.run
}
const said = (text: string): boolean => findAnnouncement(withText(text), told.context satisfies RunContext) !== undefined

const ANNOUNCEMENTS: Readonly<Record<string, readonly string[]>> = {
  English: [
    'Let me look at the tests.',
    'Now let me run the build',
    'I’ll fix the parser next.',
    "I'll start with the lexer:",
    'I will run the tests',
    'Great! I’m going to port the rest.',
    'The parser builds. Next, I will run the tests.',
    'Perfect.\n\nNow I’ll update the imports…',
    'Proceeding to the next file.',
    'I’ll report when the build finishes.',
    "I'll push it once the tests have completed.",
    'Waiting for the linter to finish; I will go on when it completes.',
    'I will continue with the release as soon as the upload is done.',
    'Now run the linter',
    'Running the linter now.',
    'I am still running the linter.',
    '12 of 40 files (30 %). A third is done. Continuing...',
    'Next: the tests of the printer.',
    'Found three problems:',
    "Let's check the printer too.",
    'I’ll complete the rest now.',
  ],
  German: [
    'Als Nächstes führe ich die Tests aus.',
    'Ich prüfe jetzt den Drucker.',
    'Ich warte, bis der Build fertig ist.',
    'Jetzt schreibe ich den Bericht.',
    'Ich werde die Tests ausführen, sobald der Build abgeschlossen ist.',
    'Weiter mit dem nächsten Modul.',
    'Lass mich das prüfen:',
  ],
  Spanish: [
    'Ahora voy a ejecutar las pruebas.',
    'Déjame revisar el módulo.',
    'Ejecutando las pruebas...',
    'Continúo con el siguiente archivo.',
    'Informaré cuando la compilación haya terminado.',
  ],
  French: [
    'Je vais maintenant lancer les tests.',
    'Je passe au module suivant.',
    'J’attends que la compilation se termine.',
    'Ensuite, je corrige le module.',
    'Je continue dès que les tests sont terminés.',
  ],
  Portuguese: [
    'Agora vou executar os testes.',
    'Executando os testes...',
    'Deixe-me verificar o módulo.',
    'Vou continuar assim que a compilação for concluída.',
    'Estou rodando os testes.',
  ],
  Russian: [
    'Теперь запущу тесты.',
    'Я проверю модуль.',
    'Жду завершения сборки.',
    'Продолжаю со следующего файла.',
    'Сообщу, когда сборка будет готова.',
  ],
  Korean: [
    '이제 테스트를 실행하겠습니다.',
    '다음 파일을 확인하겠습니다',
    '빌드가 끝날 때까지 기다리겠습니다.',
    '테스트를 실행하는 중입니다...',
    '계속 진행할게요.',
  ],
  Japanese: [
    '次にテストを実行します。',
    'モジュールを確認します',
    'ビルドが終わるまで待ちます。',
    'テストを実行中です…',
    '次のファイルに進みます。',
    '続けて修正していきます。',
  ],
  Chinese: [
    '现在运行测试。',
    '接下来我将检查打印模块。',
    '让我看看这个文件',
    '正在构建…',
    '我会在构建完成后继续。',
    '繼續處理下一個檔案。',
  ],
}

const REPORTS: Readonly<Record<string, readonly string[]>> = {
  English: [
    'The parser is ported.',
    'Let me know what you think.',
    'Let me know if you want more.',
    'I will not touch the lexer.',
    'I’ll leave it there.',
    'All done. Let me summarise: everything is complete.',
    'Done. I will watch the build.',
    'I’m waiting for your approval.',
    `${'A long report. '.repeat(40)}Let me look at the tests.`,
    'Let me look at the tests. They pass.',
    'let me',
    'I can also port the printer.',
    'If you like, I will port the printer too.',
    'I’ll port the printer when you are ready.',
    'Running the tests shows no failure.',
    'Running `npm test` passes.',
    'Checking the inputs was enough.',
    'The migration is written. Next, run it on the server.',
    'Now run `npm test` to see it yourself: you should get 12 passes.',
    'Ported three files, and so on...',
    'Shall I go on with the printer?',
    'Next: nothing else is open.',
    'Waiting for your instructions.',
    'All tests pass. I will not commit.',
    'Building on Linux works.',
  ],
  German: [
    'Ich habe die Tests ausgeführt.',
    'Ich werde die Dokumente nicht ändern.',
    'Gern prüfe ich auch den Drucker, falls Sie das möchten.',
    'Alles ist fertig.',
    'Soll ich weiter machen?',
    'Ich warte auf Ihre Anweisungen.',
  ],
  Spanish: [
    'He ejecutado las pruebas.',
    'No voy a tocar la documentación.',
    'Si quieres, puedo revisar el módulo.',
    'Avísame si necesitas algo.',
    '¿Continúo con el siguiente?',
    'Todo está listo.',
  ],
  French: [
    'J’ai lancé les tests.',
    'Je ne vais pas modifier la documentation.',
    'Dites-moi si vous voulez que je continue.',
    'Je peux aussi vérifier le module.',
    'Je continue si vous le souhaitez.',
    'Tout est terminé.',
  ],
  Portuguese: [
    'Executei os testes.',
    'Não vou alterar a documentação.',
    'Se quiser, posso verificar o módulo.',
    'Avise se precisar de algo.',
    'Vou continuar se você quiser.',
    'Tudo pronto.',
  ],
  Russian: [
    'Я запустил тесты.',
    'Я не буду менять документацию.',
    'Если нужно, проверю модуль.',
    'Могу также проверить модуль.',
    'Продолжаю?',
    'Всё готово.',
  ],
  Korean: [
    '테스트를 실행했습니다.',
    '문서는 수정하지 않겠습니다.',
    '원하시면 다음 모듈도 확인하겠습니다.',
    '필요하시면 말씀해 주세요.',
    '계속할까요?',
    '모두 완료했습니다.',
  ],
  Japanese: [
    'テストを実行しました。',
    '文書は変更しません。',
    '必要があれば次も確認します。',
    'テストは通ります。',
    '続けましょうか？',
    'この関数は起動時に自動で確認します。',
    '以上です。',
  ],
  Chinese: [
    '测试已经运行。',
    '我不会修改文档。',
    '如果需要，我可以检查其他模块。',
    '所有测试都通过了。',
    '要我继续吗？',
    '修改完成。',
    '请告诉我是否继续。',
  ],
}

const rowsOf = (table: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(table).flatMap(([language, texts]) => texts.map((text) => ({ language, text })))

describe('an end that only announces', () => {
  it.each(rowsOf(ANNOUNCEMENTS))('$language: $text', ({ text }) => expect(said(text)).toBe(true))
})

describe('a report, an offer, a refusal, a question', () => {
  it.each(rowsOf(REPORTS))('$language: $text', ({ text }) => expect(said(text)).toBe(false))
})

it('is no end of a main thread, of an agent that did nothing, or of one that waits for its own', async () => {
  const text = 'Let me look at the tests.'
  const { context } = told
  const run = withText(text)
  expect(findAnnouncement(run, context)).toMatchObject({ text })
  expect(findAnnouncement({ ...run, role: 'main' }, context)).toBeUndefined()
  expect(findAnnouncement({ ...run, latest: { ...run.latest, toolCalls: 0 } }, context)).toBeUndefined()
  expect(findAnnouncement({ ...run, latest: { ...run.latest, schema: { ...run.latest.schema, accepted: true } } }, context)).toBeUndefined()
  expect(findAnnouncement(run, { ...context, openChildren: ['a1'] })).toBeUndefined()
  const open = await findRun(oneAgent((agent) => void agent.call('Bash', {}, text)))
  expect(findAnnouncement(open.run, open.context)).toBeUndefined()
})
