import { type Detector, recordOf } from './detector.ts'

/** Interrupted by the person: the marker, and nothing beside it that explains it better. */
export const interrupted: Detector = {
  id: 'interrupted',
  concludes: 'interrupted',
  lookalikes: ['watchdog-after-ten-minutes', 'interrupt-then-continued', 'marker-at-exit'],
  detect(run) {
    const { lastWord } = run.latest
    if (lastWord.kind !== 'interrupt') return undefined
    const doing = lastWord.duringTool ? 'a tool call' : 'an answer'
    const evidence = [recordOf(lastWord, `its last record is the client’s interrupt marker, during ${doing}`)] as const
    return { basis: 'reported', confidence: run.role === 'main' ? 'high' : 'medium', summary: 'it was interrupted', evidence }
  },
}
