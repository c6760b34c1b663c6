import type { Call, Dialect, Settings } from '../dialect.ts'
import { quotePowershell } from '../quote/powershell.ts'

/**
 * PowerShell 7.3 and later, which hands words to programs as they are. Never run by a test: there was no PowerShell to run it, and the
 * text is only checked for its quoting. What would go through cmd.exe is refused, since nothing is quoted safely for that.
 */
export const powershell: Dialect = {
  shebang: '#requires -Version 7.3',
  notes: [
    'It runs in PowerShell 7.3 and later, and in no other shell: save it, then pwsh -File recover.ps1',
    'It was made without a PowerShell to try it in: read it with care.',
  ],
  quote: quotePowershell,
  prelude,
  constant: (number, value) => ({ line: `$script:af_text_${number} = ${quotePowershell(value)}`, reference: `$script:af_text_${number}` }),
  code: '$script:af_code',
  block({ say, guards, runs, end }, call) {
    const body = [
      ...(runs.length === 0 ? [] : ['$script:af_code = 0']),
      ...runs.map((run: Call) => `if ($script:af_code -eq 0) { ${call(run)} }`),
      call(end),
    ]
    if (guards.length === 0) return [call(say), ...body].join('\n')
    return [
      call(say),
      `if (${guards.map((guard) => `(${call(guard)})`).join(' -and\n  ')}) {`,
      ...body.map((line) => `  ${line}`),
      '}',
    ].join('\n')
  },
  close: 'af_finish',
}

function prelude({ total, batch, staggerSeconds, toolVersion, scope, roots, needsTool, needsClaude }: Settings): string {
  const scoped = scope.map((word) => ` ${quotePowershell(word)}`).join('')
  const rooted = roots.map((word) => ` ${quotePowershell(word)}`).join('')
  return String.raw`Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
$PSNativeCommandArgumentPassing = 'Standard'
$script:af_here = (Get-Location -PSProvider FileSystem).ProviderPath
$script:af_total = ${total}
$script:af_batch = ${batch}
$script:af_stagger = ${staggerSeconds}
$script:af_done = @()
$script:af_still = @()
$script:af_list = @()
$script:af_bad = 0
$script:af_begun = 0
$script:af_unsaved = 0
$script:af_number = 0
$script:af_kind = ''
$script:af_title = ''
$script:af_hasTool = $false
$script:af_code = 0

function af_log($text) { Write-Host ('[{0:HH:mm:ss}] {1}' -f (Get-Date), $text) }

function af_note($text) { [Console]::Error.WriteLine($text) }

function af_summary {
  Write-Host ''
  Write-Host 'What came of it:'
  foreach ($line in $script:af_list) { Write-Host ('  ' + $line) }
}

# One sentence, and nothing more is done.
function af_stop($text) {
  [Console]::Error.WriteLine('Stopped: ' + $text)
  af_summary
  exit 3
}

# What cmd.exe would read is not run: no quoting is safe there.
function af_native([string]$name, [string[]]$words) {
  $found = Get-Command -Name $name -CommandType Application, ExternalScript -ErrorAction SilentlyContinue | Select-Object -First 1
  if ($null -eq $found) {
    $script:af_code = 127
    return
  }
  if ($found.Source -match '\.(cmd|bat)$') {
    foreach ($word in $words) {
      if ($word -notmatch '^[A-Za-z0-9_./:=@\\-]+$') { af_stop ('step ' + $script:af_number + ' would hand text to ' + $found.Source + ', which cmd.exe reads: nothing is quoted safely there.') }
    }
  }
  & $found.Source @words
  $script:af_code = $LASTEXITCODE
}

function af_path([string]$path) {
  if ($path -match '[\\/]' -and -not [IO.Path]::IsPathRooted($path)) { return Join-Path $script:af_here $path }
  return $path
}

# A program whose path was given, a script of node too.
function af_given([string]$path, $words) {
  if ($path -match '\.[cm]?js$') { af_native 'node' (@($path) + $words) } else { af_native $path $words }
}

# The tool: AGENT_FORENSICS, or what is installed, or npx.
function af_tool {
  $words = @($args)
  if ($env:AGENT_FORENSICS) {
    af_given $env:AGENT_FORENSICS $words
  } elseif (Get-Command -Name 'agent-forensics' -ErrorAction SilentlyContinue) {
    af_native 'agent-forensics' $words
  } else {
    af_native 'npx' (@('--yes', 'agent-forensics@${toolVersion}') + $words)
  }
}

# The client: CLAUDE, or what is installed.
function af_client {
  $words = @($args)
  if ($env:CLAUDE) {
    af_given $env:CLAUDE $words
  } else {
    af_native 'claude' $words
  }
}

# What must be there is looked for before anything starts.
function af_prepare {
  if ($env:AGENT_FORENSICS) { $env:AGENT_FORENSICS = af_path $env:AGENT_FORENSICS }
  if ($env:CLAUDE) { $env:CLAUDE = af_path $env:CLAUDE }
  if (${needsTool ? '$true' : '$false'}) {
    $script:af_code = 0
    $null = af_tool '--version' 2>&1
    if ($script:af_code -ne 0) { af_stop 'agent-forensics was not found, so nothing could tell what is still needed: set AGENT_FORENSICS to its path.' }
    $script:af_hasTool = $true
  } elseif ($env:AGENT_FORENSICS -or (Get-Command -Name 'agent-forensics' -ErrorAction SilentlyContinue)) {
    $script:af_hasTool = $true
  }
  if (${needsClaude ? '$true' : '$false'}) {
    $name = if ($env:CLAUDE) { $env:CLAUDE } else { 'claude' }
    if (-not (Get-Command -Name $name -ErrorAction SilentlyContinue) -and -not (Test-Path -LiteralPath $name)) { af_stop 'claude was not found: install it, or set CLAUDE to its path.' }
  }
}

function af_step {
  $script:af_number = $args[0]
  $script:af_kind = $args[1]
  $script:af_title = $args[2]
  Write-Host ''
  af_log ('step ' + $args[0] + ' of ' + $script:af_total + ', ' + $args[1] + ': ' + $args[2])
  foreach ($line in ($args | Select-Object -Skip 3)) { Write-Host ('  ' + $line) }
}

# The outcome of the step, and a sentence to it.
function af_mark([string]$word, [string]$text) {
  if ($word -in @('done', 'needless', 'open', 'told')) { $script:af_done += $script:af_number }
  if ($word -in @('open', 'told')) { $script:af_still += $script:af_number }
  if ($word -in @('failed', 'open', 'skipped')) { $script:af_bad = 1 }
  if ($script:af_kind -eq 'preserve' -and $word -in @('failed', 'skipped')) { $script:af_unsaved = $script:af_number }
  $more = if ($text) { ': ' + $text } else { '' }
  $tail = if ($text) { ' - ' + $text } else { '' }
  af_log ('step ' + $script:af_number + ' ' + $word + $more)
  $script:af_list += ('' + $script:af_number + ' ' + $word + ': ' + $script:af_title + $tail)
}

# Numbers of steps that have to be done.
function af_ready {
  foreach ($need in $args) {
    if ($need -notin $script:af_done) {
      af_mark 'skipped' ('step ' + $need + ' is not done')
      return $false
    }
  }
  return $true
}

# Numbers of steps that have to be done, and have left nothing open: what is removed is gone.
function af_over {
  if (-not (af_ready @args)) { return $false }
  foreach ($need in $args) {
    if ($need -in $script:af_still) {
      af_mark 'skipped' ('step ' + $need + ' has left something open, and what is removed is gone')
      return $false
    }
  }
  return $true
}

function af_safe {
  if ($script:af_unsaved -eq 0) { return $true }
  af_mark 'skipped' ('step ' + $script:af_unsaved + ' did not save what exists only here, and a start of claude may sweep it')
  return $false
}

function af_terminal {
  if ([Console]::IsInputRedirected) { af_stop ('step ' + $script:af_number + ' talks with a person, and there is no terminal: run the saved script in one, or make it with --headless.') }
  return $true
}

# Sleeps until a second of the epoch.
function af_until([long]$until, [string]$words) {
  $said = 0
  $now = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
  while ($now -lt $until) {
    if ($said -eq 0 -or (-not [Console]::IsOutputRedirected -and $now - $said -ge 240)) {
      af_log ('waiting until ' + $words + ', ' + [Math]::Ceiling(($until - $now) / 60) + ' min to go. Ctrl-C stops.')
      $said = $now
    }
    Start-Sleep -Seconds ([Math]::Min(20, $until - $now))
    $now = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
  }
  if ($said -ne 0) { af_log 'the time has come' }
  return $true
}

# Asks the tool whether one of these agents still needs it.
function af_asks {
  foreach ($agent in $args) {
    $words = af_tool 'plan'${rooted} '--agent' $agent '--since' 'all' '--check' 2>&1
    if ($script:af_code -eq 1) { return $true }
    if ($script:af_code -ne 0) { af_stop ('agent-forensics could not say whether agent ' + $agent + ' still needs it (it ended with ' + $script:af_code + ': ' + ($words -join ' ') + ')') }
  }
  return $false
}

function af_open {
  if (af_asks @args) { return $true }
  af_mark 'needless' 'nothing is left to do for it'
  return $false
}

# So many agents at once, then a pause.
function af_pace([int]$agents) {
  if ($script:af_begun -gt 0 -and $script:af_begun + $agents -gt $script:af_batch) {
    $script:af_begun = 0
    if ($script:af_stagger -gt 0) { $null = af_until ([DateTimeOffset]::UtcNow.ToUnixTimeSeconds() + $script:af_stagger) 'the pause between two starts is over' }
  }
  $script:af_begun += $agents
  return $true
}

# The folder, the program, its words. It writes to the screen itself, so that a program may talk with the person.
function af_run {
  $folder = $args[0]
  $program = $args[1]
  $words = @($args | Select-Object -Skip 2)
  if (-not (Test-Path -LiteralPath $folder -PathType Container)) { af_stop ('step ' + $script:af_number + ' needs the folder ' + $folder + ', and it is not there.') }
  af_log ('in ' + $folder + ': ' + $program)
  Push-Location -LiteralPath $folder
  try {
    switch -CaseSensitive ($program) {
      'agent-forensics' { af_tool @words }
      'claude' { af_client @words }
      default { af_native $program $words }
    }
  } finally {
    Pop-Location
  }
}

function af_talk { af_run @args }

# The exit code of the last command, then the agents that it was for.
function af_end {
  $code = $args[0]
  $agents = @($args | Select-Object -Skip 1)
  if ($code -ne 0) {
    af_mark 'failed' ('its command ended with ' + $code)
  } elseif ($agents.Count -gt 0 -and (af_asks @agents)) {
    af_mark 'open' 'its command ended well, but the scan still finds work for it'
  } else {
    af_mark 'done' ''
  }
}

function af_looked($code) {
  if ($code -eq 0) { af_mark 'done' 'looked; nothing was ended' } else { af_mark 'told' ('it could not be asked (it ended with ' + $code + '): look by hand') }
}

function af_told { af_mark 'told' 'for a person' }

function af_ask {
  if ([Console]::IsInputRedirected) {
    af_mark 'skipped' 'it needs a person, and there is no terminal'
    return
  }
  $null = Read-Host 'Press Enter when that is done. Ctrl-C stops'
  af_mark 'done' 'said the person'
}

function af_refused($text) { af_mark 'skipped' ('it could not be put into this script: ' + $text) }

function af_finish {
  af_summary
  if ($script:af_hasTool) {
    Write-Host ''
    $script:af_code = 0
    af_tool 'scan'${scoped}
    if ($script:af_code -ne 0) { $script:af_bad = 1 }
  } else {
    Write-Host ''
    Write-Host 'Look again: agent-forensics scan'
  }
  exit $script:af_bad
}`
}
