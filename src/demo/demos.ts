import { join } from 'node:path'
import type { Demo, Demos } from '../ports/host.ts'
import type { Journals } from '../ports/journal.ts'
import { DemoClock } from './clock.ts'
import { type Kept, keepDemo, keepTime, removeDemo } from './kept.ts'
import { createStandIns } from './stand-in.ts'
import { DemoUnavailable } from './unavailable.ts'

/** What the sample incident needs of the machine. */
export interface DemoWorld {
  /** Where it is kept; null: nothing tells. */
  readonly cache: string | null
  /** Milliseconds since the epoch. */
  now(): number
  /** Keeps journals below a folder. */
  journalsIn(folder: string): Journals
}

/** Keeps the sample incident in the cache folder. */
export function createDemos(world: DemoWorld): Omit<Demos, 'root'> {
  return {
    async open(asOf) {
      return openDemo(await keepDemo(placeOf(world), asOf, world.now()), asOf, world)
    },
    remove: () => removeDemo(placeOf(world)),
  }
}

function placeOf({ cache }: DemoWorld): string {
  if (cache === null) throw new DemoUnavailable('HOME', 'ENOENT', 'HOME is empty: name a cache folder with XDG_CACHE_HOME')
  return cache
}

function openDemo(kept: Kept, asOf: number | null, world: DemoWorld): Demo {
  const { folder, note, isOutdated } = kept
  const root = join(folder, '.claude', 'projects')
  const clock = new DemoClock(note.now)
  let isTold = false
  const keep = (): Promise<void> => keepTime(kept, clock.now)
  return {
    root,
    note: isOutdated ? describeAge(note.now, asOf) : null,
    now: () => clock.now,
    recovery: (base, say) => ({
      programs: { start: createStandIns({ root, clock, startGit: (call) => base.programs.start(call), say, keep }) },
      journals: world.journalsIn(join(folder, 'state')),
      person: () => base.person(),
      async sleep(ms, stop) {
        if (clock.isIdle && !isTold) {
          isTold = true
          await say('The clock of the sample is moved on instead.')
        }
        await clock.wait(ms, stop)
      },
      async fix(id) {
        if (id !== 'fix-login') return false
        await say('stand-in for claude: logged in again')
        return true
      },
    }),
    close: keep,
  }
}

function describeAge(now: number, asOf: number | null): string {
  const date = new Date(now).toISOString().slice(0, 10)
  return `the sample incident is of ${date}, as you left it${asOf === null ? '' : ' (--now is not taken)'}`
}
