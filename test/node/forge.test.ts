import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createForgeTools, requestsIn } from '../../src/node/forge.ts'

let bin = ''
beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), 'forge-test-'))
})
afterEach(async () => {
  await rm(bin, { recursive: true, force: true })
})

async function tool(name: string, script: string): Promise<void> {
  await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`)
  await chmod(join(bin, name), 0o755)
}
const env = (): Record<string, string> => ({ PATH: `${bin}:/usr/bin:/bin`, HOME: bin, GIT_DIR: '/elsewhere', SECRET: 'x' })
const github = { kind: 'github', host: 'github.com', name: 'dev/app' } as const

describe('the forge tools', () => {
  it('asks gh once, for all states, from an empty folder and a small environment', async () => {
    await tool(
      'gh',
      `{ echo "$@"; pwd; ls -A | wc -l; env; } > ${bin}/seen; echo '[{"number":7,"state":"MERGED","url":"https://github.com/dev/app/pull/7","headRefName":"worktree-a","headRefOid":"abc"}]'`,
    )
    expect(await createForgeTools(env()).requests(github)).toEqual([
      { number: 7, state: 'merged', url: 'https://github.com/dev/app/pull/7', branch: 'worktree-a', head: 'abc' },
    ])
    const seen = await readFile(join(bin, 'seen'), 'utf8')
    expect(seen).toContain('pr list --repo=github.com/dev/app --state=all')
    expect(seen).toMatch(/\n\s*0\n/)
    expect(seen).not.toContain('GIT_DIR')
    expect(seen).not.toContain('SECRET')
    expect(seen).toContain('GH_PROMPT_DISABLED=1')
  })

  it('says nothing when the tool is missing, is not signed in, or answers something else', async () => {
    expect(await createForgeTools({ ...env(), PATH: bin }).requests(github)).toBeNull()
    await tool('gh', 'echo "To get started with GitHub CLI, please run: gh auth login" >&2; exit 4')
    expect(await createForgeTools(env()).requests(github)).toBeNull()
    await tool('gh', 'echo hello')
    expect(await createForgeTools(env()).requests(github)).toBeNull()
  })

  it('reads the words of both tools, and leaves out what it does not understand', () => {
    const gh = [
      { number: 1, state: 'OPEN', url: 'u', headRefName: 'b' },
      { number: 2, state: 'DRAFTED', url: 'u', headRefName: 'b' },
      { number: 'x' },
      null,
    ]
    expect(requestsIn(JSON.stringify(gh), github)).toEqual([{ number: 1, state: 'open', url: 'u', branch: 'b', head: null }])
    const glab = [
      { iid: 4, state: 'opened', web_url: 'w', source_branch: 's', sha: 'd' },
      { iid: 5, state: 'closed', web_url: 'w', source_branch: 's', sha: null },
    ]
    expect(requestsIn(JSON.stringify(glab), { kind: 'gitlab' })).toEqual([
      { number: 4, state: 'open', url: 'w', branch: 's', head: 'd' },
      { number: 5, state: 'closed', url: 'w', branch: 's', head: null },
    ])
    expect(requestsIn('{}', github)).toBeNull()
  })
})
