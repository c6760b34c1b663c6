const EXIT = {
  scan: `
Exit codes:
  0 done   1 --fail-on matched   2 wrong usage   3 it could not be done
  70 a bug   130 interrupted
`,
}

/** The examples at the end of each command's help, and what its exit code says. */
export const EXAMPLES = {
  scan: `
Examples:
  agent-forensics                            what died in the last 7 days
  agent-forensics --since 2h --project .     what died just now, here
  agent-forensics -a                         every row; -v says more of each
  agent-forensics --reason completed         who finished
  agent-forensics show a5c07e9a              one agent in full
  agent-forensics preserve                   save local-only work
  agent-forensics recover                    get work and agents back
  agent-forensics -j -o report.json          everything, for other programs
  agent-forensics --format html -o page.html    a page to look at
  agent-forensics --fail-on rate_limited,exit_killed --strict
  agent-forensics --demo                     a sample incident
${EXIT.scan}`,
  worktrees: `
Examples:
  agent-forensics worktrees                  where work is, worst first
  agent-forensics worktrees --project .      of this project
  agent-forensics worktrees -v               with the files of each
  agent-forensics worktrees --offline        contact no remote
  agent-forensics worktrees --fail-on at-risk --strict
${EXIT.scan}`,
  plan: `
Examples:
  agent-forensics plan                          the list, to read
  agent-forensics plan 8                        step 8 in full: why, risk, cost
  agent-forensics plan --emit sh                a list to read, then to run
  agent-forensics plan --emit commands          the commands of claude and git
  agent-forensics plan --session 6f1b --emit prompt     to paste into claude
  agent-forensics plan --check                  is anything left?
  agent-forensics plan --only clean_up --emit sh        what can be removed

What --emit writes leaves out push, open_pr and clean_up unless --only or --push
asks for them. --json is --emit json: the actions, each command as an array of
words.

Exit codes:
  0 done   1 --check found something, or --fail-on matched   2 wrong usage
  3 it could not be done   70 a bug   130 interrupted
`,
  preserve: `
Examples:
  agent-forensics preserve                   save all local-only work
  agent-forensics preserve --dry-run         what would be saved
  agent-forensics preserve --worktree .      one worktree
  agent-forensics preserve --push            send it to origin, too
  agent-forensics preserve --bundle ~/rescue    write it to files, too
  agent-forensics preserve --include 'reports/**' --exclude '*.tmp'
  agent-forensics preserve --demo            try it on a sample incident

HEAD, index, files and configuration of a worktree stay as they are. Saving the
same work twice makes one reference; nothing is overwritten.

Exit codes:
  0 all local-only work is saved   1 something could not be saved or read
  2 wrong usage   3 nothing to scan   70 a bug   130 interrupted
`,
  recover: `
Examples:
  agent-forensics recover                    asks before it saves, waits and starts
  agent-forensics recover --dry-run          what it would do
  agent-forensics recover --yes --headless   for a script: asks nobody
  agent-forensics recover --action resume-a5c07e9a1d3b84f26
  agent-forensics recover --interactive      opens each client for you
  agent-forensics recover --permission-mode acceptEdits

Stop it at any moment and run it again: it reads everything again before each
start, and starts no agent twice.

Exit codes:
  0 nothing is left open   1 something is   2 wrong usage   3 it could not be
  done (no transcripts; another recovery is running)   70 a bug   130 interrupted
`,
  show: `
Examples:
  agent-forensics show a5c07e9a              an agent: timeline and receipt
  agent-forensics show a5c07e9a --format markdown -o brief.md
                                             a brief for the next agent
  agent-forensics show 6f1b0f3e              a session with its agents
  agent-forensics show wf_7c3d9e15           a workflow run, call by call
  agent-forensics show a5c07e9a -a           every line of the timeline
  agent-forensics show a5c07e9a -j | jq .receipt.commits

Exit codes:
  0 done   1 --fail-on matched   2 wrong usage, or several things have this id
  3 nothing has this id, or it could not be read   70 a bug   130 interrupted
`,
  salvage: `
Writes DIR/manifest.json, DIR/salvage.patch (git apply) and the files; nothing
outside of DIR. Files are given back as they were, secrets in them included; DIR
is for its owner only.

Examples:
  agent-forensics salvage a5c07e9a --out rescue
  agent-forensics salvage a5c07e9a --out rescue --tree    as rescue/tree/src/…
  agent-forensics salvage wf_1b2c3d --out rescue          a folder per agent
  git -C ../shop-rescue apply "$PWD/rescue/salvage.patch"   on the base commit
                                                   that manifest.json names

Exit codes:
  0 done   2 wrong usage, or no such id   3 something could not be written
  70 a bug   130 interrupted
`,
  render: `
Examples:
  agent-forensics render report.json                    as scan shows it
  agent-forensics render report.json --format markdown  for a pull request
  agent-forensics render report.json --format html -o page.html
  agent-forensics render -                              from standard input

Exit codes:
  0 done   2 wrong usage   3 it could not be read   70 a bug   130 interrupted
`,
  promote: `
Examples:
  agent-forensics promote a4f3c21           what would be written, and the
                                            command that opens it
  agent-forensics promote a4f3c21 --write   write it; nothing is overwritten
  agent-forensics promote a4f3c21 --write --folder ~/app
                                            its worktree is gone: open it in the
                                            main checkout

Exit codes:
  0 done   2 wrong usage   3 it cannot be promoted, or not be written
  70 a bug   130 interrupted
`,
  explain: `
Examples:
  agent-forensics explain                    every reason, in a line each
  agent-forensics explain retry_storm        one of them in full
`,
  schema: `
Examples:
  agent-forensics schema > report.schema.json
  agent-forensics schema show
`,
} as const
