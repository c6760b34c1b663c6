import type { PackedData, PageData, Thread } from '../src/report/html/page-data.ts'

/** The page's data as it stood in the document, with a thread as one object. */
export function unpack(json: string): PageData {
  const { threads, ...data } = JSON.parse(json) as PackedData
  const { fields, rows } = threads
  const threadOf = (row: readonly unknown[]) => Object.fromEntries(fields.map((field, index) => [field, row[index]])) as unknown as Thread
  return { ...data, threads: rows.map(threadOf) }
}
