import type { Offer, OfferedCommand } from './words.ts'

/** PowerShell 5.1 and newer. Where nothing is offered, it completes paths by itself. */
export function powershellScript(commands: readonly OfferedCommand[]): string {
  const rows = commands.map(({ name, options, argument }) => {
    const values = options.flatMap(({ names, value }) => (hasWords(value) ? names.map((flag) => `'${flag}' = ${list(value.words)}`) : []))
    const words = hasWords(argument) ? argument.words : []
    return `  ${name} = @{ options = ${list(options.flatMap(({ names }) => names))}; words = ${list(words)}; values = @{ ${values.join('; ')} } }`
  })
  return `# Completion for PowerShell. In $PROFILE: agent-forensics completion powershell | Out-String | Invoke-Expression
$agentForensics = @{
${rows.join('\n')}
}
Register-ArgumentCompleter -Native -CommandName agent-forensics -ScriptBlock {
  param($word, $tree, $position)
  $before = @($tree.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position } | ForEach-Object { "$_" })
  $command = $before | Select-Object -Skip 1 | Where-Object { $agentForensics.ContainsKey($_) } | Select-Object -First 1
  $known = $agentForensics[$(if ($command) { $command } else { 'scan' })]
  $head = ''
  if ($known.values.ContainsKey($before[-1])) {
    $offered = $known.values[$before[-1]]
    if ($word.Contains(',')) { $head = $word.Substring(0, $word.LastIndexOf(',') + 1) }
  } elseif ($word.StartsWith('-')) { $offered = $known.options }
  elseif ($command) { $offered = $known.words }
  else { $offered = $agentForensics.Keys | Sort-Object }
  $offered | ForEach-Object { "$head$_" } | Where-Object { $_ -like "$word*" } |
    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
}
`
}

function hasWords(value: Offer | undefined): value is Exclude<Offer, string | null> {
  return typeof value === 'object' && value !== null
}

function list(words: readonly string[]): string {
  return `@(${words.map((word) => `'${word}'`).join(', ')})`
}
