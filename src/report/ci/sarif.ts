import { TERMINAL_REASON_NAMES, TERMINAL_REASONS } from '../../reasons/terminal-reason.ts'
import { jsonText } from '../json-text.ts'
import type { Reporter } from '../reporter.ts'
import { type Finding, findingsOf, plainLine } from './findings.ts'

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
const REASONS = TERMINAL_REASON_NAMES.filter((name) => ['died', 'unknown'].includes(TERMINAL_REASONS[name].outcome))

/** SARIF 2.1.0: a rule for each reason, a result for each end that somebody has to look at, by the same fingerprint in every run. */
export const sarif: Reporter = {
  name: 'sarif',
  mediaType: 'application/sarif+json',
  *render(report, view) {
    const { tool, complete, readIssues } = report
    const rules = REASONS.map((name) => {
      const { texts, outcome } = TERMINAL_REASONS[name]
      return {
        id: name,
        shortDescription: { text: `The agent ended because ${texts.meaning}.` },
        fullDescription: { text: texts.detection },
        help: { text: texts.action },
        defaultConfiguration: { level: outcome === 'unknown' ? 'warning' : 'error' },
      }
    })
    const driver = { name: tool.name, version: tool.version, rules }
    const invocation = {
      executionSuccessful: true,
      endTimeUtc: report.generatedAt,
      // Nothing incomplete passes as clean.
      toolExecutionNotifications: complete
        ? []
        : readIssues.map(({ path, detail }) => ({ level: 'warning', message: { text: plainLine(`${path}: ${detail}`) } })),
    }
    const results = findingsOf(report, view).map(resultOf)
    const run = { tool: { driver }, invocations: [invocation], columnKind: 'utf16CodeUnits', results }
    yield `${jsonText({ $schema: SCHEMA, version: '2.1.0', runs: [run] }, 2)}\n`
  },
}

function resultOf({ id, sessionId, reason, level, title, text, place }: Finding): object {
  const message = plainLine(`${title}; ${text}`)
  return {
    ruleId: reason,
    ruleIndex: REASONS.indexOf(reason),
    level,
    message: { text: message },
    locations: place === null ? [] : [{ physicalLocation: locationOf(place) }],
    partialFingerprints: { 'agent/v1': `${sessionId ?? ''}/${id}` },
  }
}

function locationOf({ path, line }: NonNullable<Finding['place']>): object {
  const artifactLocation = { uri: fileUri(path) }
  return line === null || line < 1 ? { artifactLocation } : { artifactLocation, region: { startLine: line } }
}

function fileUri(path: string): string {
  const parts = path.replaceAll('\\', '/').split('/')
  const encoded = parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/')
  return `file://${encoded.startsWith('/') ? '' : '/'}${encoded.replace(/^([A-Za-z])%3A(?=\/)/, '$1:')}`
}
