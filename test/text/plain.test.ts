import { describe, expect, it } from 'vitest'
import { isPlainPath, pathInPrompt, pathsInPrompt } from '../../src/text/plain.ts'

describe('a path in a prompt', () => {
  it.each([
    ['/home/dev/app/a.md', '/home/dev/app/a.md'],
    ['/home/dev/caf\u00e9/a.md', '/home/dev/caf\u00e9/a.md'],
    ['/home/dev/cafe\u0301/a.md', '/home/dev/cafe\u0301/a.md'],
    ['C:\\Users\\ines\\a.md', 'C:\\Users\\ines\\a.md'],
    ['C:\\Users\\John Smith\\a.md', '"C:\\Users\\John Smith\\a.md"'],
    ['/Volumes/My Disk/a.md', '"/Volumes/My Disk/a.md"'],
    ['/home/dev/app [2] (old)/a.md', '"/home/dev/app [2] (old)/a.md"'],
    ["/home/dev/O'Brien/a.md", '"/home/dev/O\'Brien/a.md"'],
    ['/home/dev/the "app"/a.md', '\'/home/dev/the "app"/a.md\''],
    ['/home/dev/"a\'b/a.md', '`/home/dev/"a\'b/a.md`'],
  ])('%s', (path, spoken) => {
    expect(pathInPrompt(path)).toBe(spoken)
    expect(pathsInPrompt(`Read the file ${spoken} first, then go on.`)).toContain(path)
  })

  it.each(['relative/a b.md', '', '/home/"\'`/a.md', '/home/a\nb', '/home/a\u0007', '/home/\u202ea', `/home/${'a b'.repeat(400)}`])(
    '%j stands in none',
    (path) => expect(pathInPrompt(path)).toBeNull(),
  )

  it('plain is what needs no quotes', () => {
    expect([isPlainPath('/a/b.md'), isPlainPath('/a/b c.md'), isPlainPath('/a/$(id)')]).toEqual([true, false, false])
  })
})
