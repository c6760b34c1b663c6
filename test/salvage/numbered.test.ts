import { describe, expect, it } from 'vitest'
import type { ActionResult } from '../../src/facts/file-action.ts'
import { readingOf } from '../../src/salvage/numbered.ts'

const said = (text: string): ActionResult => ({ kind: 'result', callId: 't1', isError: false, text, answer: null, spilledTo: null })

describe('what stands behind the lines that a reading showed', () => {
  it.each([
    ['nothing', '', true],
    ['a reminder', '\n\n<system-reminder>\nBe careful.\n</system-reminder>\n', true],
    ['a reminder on one line', '\n<system-reminder>Be careful.</system-reminder>', true],
    ['two reminders', '\n<system-reminder>One.</system-reminder>\n\n<system-reminder>\nTwo.\n</system-reminder>', true],
    ['a reminder without an end', '\n<system-reminder>\nBe careful.\n\nVery.', true],
    ['words of the client', '\n... 10 lines truncated ...', false],
    ['words behind a reminder', '\n<system-reminder>\nBe careful.\n</system-reminder>\n... 10 lines truncated ...', false],
    ['words behind a reminder on one line', '\n<system-reminder>Be careful.</system-reminder>\n... 10 lines truncated ...', false],
  ])('%s', (_, rest, isEnd) => {
    expect(readingOf(said(`1\tone\n2\ttwo${rest}`), null, null)).toEqual({ from: 1, lines: ['one', 'two'], isEnd, showsMark: false })
  })

  it('may be long', () => {
    // Anything but linear would take minutes, and the test would end by its timeout.
    const reminder = `\n<system-reminder>\n${'Be careful.\n'.repeat(200_000)}</system-reminder>\n`
    expect(readingOf(said(`1\tone${reminder}`), null, null)?.isEnd).toBe(true)
  })
})
