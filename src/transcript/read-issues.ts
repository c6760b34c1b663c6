import type { ReadIssue, ReadIssueReason } from '../facts/source.ts'
import type { FileUnavailable } from '../ports/host.ts'

/** A file that could not be had, as a read issue. */
export function unavailable(path: string, error: FileUnavailable): ReadIssue {
  if (error.code === 'not_a_regular_file') return issueOf(path, 'not_a_regular_file', 'a pipe, a socket or a device is not read')
  if (error.code === 'ENOENT') return issueOf(path, 'vanished', 'the file was listed and is gone')
  if (error.code === 'EFBIG') return issueOf(path, 'oversized_file', 'the file is larger than any of its kind')
  return issueOf(path, 'unreadable', error.code)
}

/** A read issue about a whole file or folder. */
export function issueOf(path: string, reason: ReadIssueReason, detail: string): ReadIssue {
  return { path, line: null, byteOffset: null, reason, bytes: null, detail }
}
