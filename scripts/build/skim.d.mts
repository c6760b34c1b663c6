/** What `#generated/skim` exports. */
export function skimTexts(): Promise<{ readonly SKIM_CODE: string }>
