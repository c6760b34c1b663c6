import { hooksOf, type HookAnswer, type HookInput } from '../clients/hooks.ts'
import type { HookMeans } from './look.ts'
import type { Reader } from './sentences.ts'
import { answerStart } from './start.ts'
import { answerTurn } from './turn.ts'
import { folderAbove } from '../text/path.ts'

/** What there is to say to a client that asks. */
export async function answer(input: HookInput, means: HookMeans): Promise<HookAnswer> {
  const { mostToModel } = hooksOf(input)
  const reader: Reader = { tool: means.tool, place: placeWords(input, means), timeZone: means.timeZone, now: means.now() }
  const said =
    input.event === 'session-start' ? await answerStart(input, reader, mostToModel, means) : await answerTurn(input, reader, means)
  return { ...said, toModel: said.toModel?.slice(0, mostToModel) ?? null }
}

/** The options that lead other commands to the transcripts of this client. */
function placeWords({ transcript }: HookInput, { usualRoots }: HookMeans): readonly string[] {
  const root = folderAbove(folderAbove(transcript))
  return usualRoots.includes(root) ? [] : ['--root', root]
}
