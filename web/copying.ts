/** Makes the copy buttons of the document work: each copies the text of the code beside it. */
export function bindCopyButtons(): void {
  for (const made of document.querySelectorAll<HTMLButtonElement>('button.copy')) {
    const code = made.parentElement?.querySelector('code')
    if (code == null) continue
    made.hidden = false
    made.setAttribute('aria-label', `Copy ${code.textContent}`)
    made.addEventListener('click', () => void copy(made, code))
  }
}

async function copy(asked: HTMLButtonElement, code: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(code.textContent)
    tell(asked, 'Copied')
  } catch {
    // Some browsers give a page from a file no clipboard: then the text is marked, and the keys do the rest.
    getSelection()?.selectAllChildren(code)
    tell(asked, 'Marked')
  }
}

function tell(asked: HTMLButtonElement, word: string): void {
  asked.textContent = word
  setTimeout(() => {
    asked.textContent = 'Copy'
  }, 1500)
}
