import { check, COMMANDS, type Done, type Fault, type Known, learn } from './check.ts'
import { damage, type Step } from './damage.ts'
import type { Home } from './home.ts'
import { keep } from './kept.ts'
import { minimise } from './minimise.ts'
import { Random } from './random.ts'
import { listSubjects, type Subject } from './subjects.ts'

/** Steps of damage at most, one upon the other. */
const STEPS = 4

/** One damaged home: which it was, and what was done to it. */
export interface Round {
  readonly subject: Subject
  readonly steps: readonly Step[]
  readonly home: Home
  readonly done: Done
  readonly commands: readonly (readonly string[])[]
}

const subjects = listSubjects()
const learned = new Map<string, Promise<Known>>()

/** What a seed and a number make: always the same. */
export function roundOf(seed: number, number: number): Round {
  const random = new Random(seed * 1_000_003 + number)
  const subject = random.pick(subjects)
  const steps: Step[] = []
  let home = subject.home()
  for (let left = 1 + random.below(STEPS); left > 0; left -= 1) {
    const step = damage(random, home)
    if (step === null) continue
    steps.push(step)
    home = step.home
  }
  return { subject, steps, home, done: doneBy(steps), commands: [random.pick(COMMANDS), random.pick(COMMANDS)] }
}

function doneBy(steps: readonly Step[]): Done {
  return {
    isBytes: steps.every(({ nature }) => nature === 'bytes'),
    isMoved: steps.some(({ nature }) => nature !== 'fields'),
    isReworded: steps.some((step) => step.done.includes('.text ')),
  }
}

/** What is known of a home before it is damaged; asked once. */
async function knownOf(subject: Subject): Promise<Known> {
  const known = learned.get(subject.name) ?? learn(subject.home(), subject)
  learned.set(subject.name, known)
  return known
}

/** Damages one home and looks at what is said of it; the fault, or null. */
export async function tryRound({ subject, home, done, commands }: Round): Promise<Fault | null> {
  return check(home, subject, await knownOf(subject), done, commands)
}

/** Makes a find small and keeps it; the folder. */
export async function keepRound(seed: number, { subject, steps, home, done, commands }: Round, fault: Fault): Promise<string> {
  const known = await knownOf(subject)
  const again = async (each: Home): Promise<Fault | null> => check(each, subject, known, done, commands)
  const smallest = fault.law === 'ends' ? home : await minimise(home, async (each) => (await again(each))?.law === fault.law)
  return keep(smallest, (await again(smallest)) ?? fault, {
    subject: subject.name,
    steps: steps.map((step) => step.done),
    seed,
    done,
    completed: [...known.agents].filter(([, reasons]) => reasons.includes('completed')).map(([id]) => id),
    finished: [...(await known.finished())],
  })
}
