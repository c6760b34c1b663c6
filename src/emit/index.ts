import type { Action } from '../model/report.ts'

/** The languages that actions are written in. */
export const LANGUAGES = ['sh', 'fish', 'powershell', 'prompt'] as const
export type Language = (typeof LANGUAGES)[number]

/** How actions are written. */
export interface EmitOptions {
  readonly language: Language
  /** So many agents are brought back, then a pause is made. */
  readonly batch: number
  /** The length of that pause. Milliseconds. */
  readonly staggerMs: number
  /** The version that `npx` is to fetch where the tool is not installed. */
  readonly toolVersion: string
  /** Milliseconds since the epoch. */
  readonly now: number
  /** IANA zone of the times that a person reads; else UTC. */
  readonly timeZone?: string
  /** Options that lead the tool to the same transcripts again (`--root`, a folder). */
  readonly scope?: readonly string[]
}

/** A script, and what could not be put into it. */
export interface Emitted {
  readonly text: string
  readonly cannotEmit: readonly { readonly id: string; readonly why: string }[]
}

/** PLACEHOLDER until the writers of the shells are merged: POSIX sh only, nothing staggered. */
export function emit(actions: readonly Action[], options: EmitOptions): Emitted {
  if (options.language !== 'sh') return { text: '', cannotEmit: actions.map(({ id }) => ({ id, why: 'only sh is there yet' })) }
  const lines = actions.flatMap(({ commands, notBefore }) => {
    const at = notBefore === null ? 0 : Math.ceil(Date.parse(notBefore) / 1000)
    const sleep = at === 0 ? [] : [`while [ "$(date +%s)" -lt ${at} ]; do sleep 30; done`]
    return [...sleep, ...commands.map(({ cwd, argv }) => `( cd ${quoted(cwd)} && ${argv.map(quoted).join(' ')} )`)]
  })
  return { text: `#!/bin/sh\nset -eu\n${lines.map((line) => `${line}\n`).join('')}`, cannotEmit: [] }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}
