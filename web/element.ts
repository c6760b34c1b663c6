/** What an element is made with. Text becomes a text node and attributes are set by name: nothing here is ever parsed as HTML. */
interface Made {
  readonly class?: string
  readonly text?: string
  readonly attributes?: Readonly<Record<string, string>>
}

/** A new element with its children. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { class: name, text, attributes = {} }: Made = {},
  ...children: readonly Node[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  if (name !== undefined) made.className = name
  if (text !== undefined) made.textContent = text
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value)
  made.append(...children)
  return made
}

/** A button that does something when it is pressed, by mouse or key. */
export function button(text: string, label: string, press: () => void, name = ''): HTMLButtonElement {
  const made = element('button', {
    class: name,
    text,
    attributes: { type: 'button', ...(label === text ? {} : { 'aria-label': label, title: label }) },
  })
  made.addEventListener('click', press)
  return made
}

/** An element that the document has from the start. */
export function existing(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no #${id}`)
  return found
}
