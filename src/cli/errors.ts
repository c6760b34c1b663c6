/** The command line is wrong; the message says what is allowed instead. */
export class UsageError extends Error {}

/** The command line is right, but the world around the program does not let it do the job. */
export class EnvironmentError extends Error {}
