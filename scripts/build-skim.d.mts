/** The text of skim-code.ts as it should be. */
export function skimCode(): Promise<string>
