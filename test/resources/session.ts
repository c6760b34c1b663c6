import type { ExternalResource } from '../../src/resources/external-resource.ts'
import { findOpenResources, type Renting } from '../../src/resources/find-open-resources.ts'

/** One call of a shell command: its line, its result (null: none), and whether it failed. */
export interface Call {
  readonly run: string
  readonly says?: string | null
  readonly fails?: boolean
  readonly background?: boolean
}

export const CWD = '/home/dev/app'
let calls = 0

/** The facts of one run that made these calls, a minute apart. */
export function renting(list: readonly (Call | string)[], run: Partial<Renting> & { readonly from?: number } = {}): Renting {
  const path = `/t/${run.agentId ?? 'main'}.jsonl`
  const { from = 0, ...rest } = run
  return {
    sessionId: 's1',
    agentId: null,
    cwd: CWD,
    endedTasks: [],
    stopCalls: [],
    words: [],
    shellCommands: list.map((each, index) => {
      const call = typeof each === 'string' ? { run: each } : each
      calls += 1
      return {
        toolUseId: `toolu_${calls}`,
        command: call.run,
        clipped: false,
        background: call.background ?? false,
        cwd: CWD,
        at: Date.parse('2026-05-31T10:00:00Z') + (from + index) * 60_000,
        where: { path, line: index + 1, byteOffset: index * 100 },
        result: call.says === null ? null : { text: call.says ?? '', isError: call.fails ?? false },
      }
    }),
    ...rest,
  }
}

/** What is open after these calls of one run. */
export function openAfter(...list: readonly (Call | string)[]): readonly ExternalResource[] {
  return findOpenResources([renting(list)])
}
