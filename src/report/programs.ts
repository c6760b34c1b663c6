import { namePrograms } from '../clients/client.ts'
import { clients } from '../clients/index.ts'
import type { Report } from './report.ts'

/** The programs that people start of the clients in a report, as a sentence names them. */
export function programsOf({ agents, sessions }: Pick<Report, 'agents' | 'sessions'>): string {
  const formats = new Set([...agents, ...sessions].map(({ format }) => format))
  return namePrograms(formats.size === 0 ? clients : clients.filter(({ id }) => formats.has(id)))
}
