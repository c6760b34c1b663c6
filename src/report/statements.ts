import type { AtRisk, WorktreeReport } from '../worktree/worktree-report.ts'
import { builtOnLost, doneSinceBy, goneFiles, incidents, leftOut, localOnly, reasons, safe, saved, times } from './details.ts'
import { headline } from './headline.ts'
import { billing, doneSince, limitResets, misreported, notRead, saveFirst, unseenPlaces } from './labels.ts'
import { commandOfPlan } from './plan-words.ts'
import type { Report } from './report.ts'
import type { View } from './reporter.ts'
import type { Say, Statement } from './statement.ts'
import { toolCommand } from './typed.ts'
import { count } from './words.ts'
import { countPlaces, isAtRisk, isUnsaved } from './work.ts'

/** What stands above the table of agents: the first sentence, and what has a label. */
export function statementsAbove(report: Report, view: View): readonly Statement[] {
  return [headline(report, view), ...labels(report, view)]
}

/** What has a label: what to save, whom not to believe, what costs money, and when to go on; `-v` says more. */
export function labels(report: Report, view: View): readonly Statement[] {
  return [
    ...saveFirst(report, view),
    ...say([misreported], report, view),
    ...billing(report, view),
    ...say([limitResets, doneSince, notRead], report, view),
    ...(view.verbose ? say([reasons, incidents, doneSinceBy, saved, safe, goneFiles, builtOnLost, leftOut, times], report, view) : []),
  ]
}

/** What stands below the table of agents: the one command to type next. */
export function statementsBelow(report: Report, view: View): readonly Statement[] {
  return say([next], report, view)
}

/** What stands above the table of worktrees, which itself says where everything is. */
export function workAbove(report: Report, view: View): readonly Statement[] {
  return say([places, localOnly, saved, safe, unseenPlaces, goneFiles, notRead], report, view)
}

/** What stands above the list of a plan. */
export function statementsOfPlan(report: Report, view: View): readonly Statement[] {
  return say([unseenPlaces, notRead, ...(view.verbose ? [leftOut] : [])], report, view)
}

/** What stands below the table of worktrees. */
export function workBelow(report: Report, view: View): readonly Statement[] {
  return say([...(view.verbose ? [leftOut] : []), nextForWork], report, view)
}

function say(all: readonly Say[], report: Report, view: View): readonly Statement[] {
  return all.map((each) => each(report, view)).filter((statement) => statement !== null)
}

const places: Say = ({ worktrees, options }) => {
  if (!options.git) return null
  const repositories = new Set(worktrees.map(({ repo }) => repo)).size
  const orphans = worktrees.filter(({ orphan }) => orphan).length
  const text =
    worktrees.length === 0
      ? 'No worktree and no branch of an agent was found.'
      : `${countPlaces(worktrees)} in ${count(repositories, 'repository', 'repositories')}${orphans === 0 ? '' : `; ${orphans} without a transcript`}.`
  return { topic: 'Worktrees', tone: 'plain', text }
}

/** The one command to type; null: nothing is left to do. */
const next: Say = (report, view) => {
  const command = commandOfPlan(report, view)
  if (command !== null) return { topic: 'Next', tone: 'command', text: command }
  const isOpen = report.plan.actions.some(({ kind }) => kind !== 'clean_up')
  return isOpen ? { topic: 'Next', tone: 'command', text: toolCommand('plan', report, view) } : null
}

/** What no rescue branch holds, so that no push takes it along. */
const STAYS: ReadonlySet<AtRisk['what']> = new Set<AtRisk['what']>(['ignored', 'submodule', 'stash', 'reflog'])

const nextForWork: Say = (report, view) => {
  const { worktrees, complete, options, plan } = report
  if (plan.actions.some(({ kind }) => kind === 'preserve')) {
    const text = toolCommand('preserve', report, view)
    return { topic: 'Next', tone: 'command', text, items: ['Saves local-only work; touches nothing else.'] }
  }
  if (worktrees.some(isUnsaved)) return { topic: 'Next', tone: 'warning', text: 'Save local-only work first, from the top down.' }
  const rows = worktrees.filter(isAtRisk)
  if (rows.length > 0) {
    const isPushable = rows.some(isPushed)
    const text = toolCommand('preserve', report, view, ...(isPushable ? ['--push'] : ['--bundle', 'DIR']))
    const item = isPushable
      ? 'Pushes what is saved on this machine; ignored files, stashes and commits on no branch stay.'
      : 'Writes what is saved on this machine to files in DIR.'
    return { topic: 'Next', tone: 'command', text, items: [item] }
  }
  if (!options.git) return { topic: 'Next', tone: 'plain', text: 'Run the same command without --no-git.' }
  if (!complete) return { topic: 'Next', tone: 'plain', text: 'See what could not be read, then scan again.' }
  const pushed = worktrees.filter(({ delivery }) => delivery === 'pushed').length
  if (pushed > 0)
    return {
      topic: 'Next',
      tone: 'plain',
      text: `Open pull requests for the ${count(pushed, 'branch', 'branches')} that ${pushed === 1 ? 'is' : 'are'} only pushed.`,
    }
  return { topic: 'Next', tone: 'good', text: 'Nothing to do.' }
}

function isPushed({ remoteUrl, atRisk }: WorktreeReport): boolean {
  return remoteUrl !== null && atRisk.some(({ what }) => !STAYS.has(what))
}
