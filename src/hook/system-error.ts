/** Whether the system refused, as it does where a folder cannot be written. */
export function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'code' in error
}
