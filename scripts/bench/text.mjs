// Seeded randomness and seeded text: the same seed gives the same bytes on every machine.

/** A generator of pseudo-random numbers in [0, 1) (mulberry32), with the draws that the trees need. */
export function random(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit) => Math.floor(next() * limit)
  const hex = (digits) => {
    let text = ''
    while (text.length < digits)
      text += Math.floor(next() * 2 ** 32)
        .toString(16)
        .padStart(8, '0')
    return text.slice(0, digits)
  }
  return {
    next,
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: (share) => next() < share,
    hex,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    /** One of `[weight, value]` pairs. */
    weighted: (pairs) => {
      let left = next() * pairs.reduce((sum, [weight]) => sum + weight, 0)
      for (const [weight, value] of pairs) if ((left -= weight) < 0) return value
      return pairs.at(-1)[1]
    },
  }
}

const WORDS = (
  'const function return await import export from type interface readonly string number boolean null undefined if else for of while ' +
  'switch case break throw new class extends error result value index path file line offset bytes buffer chunk record agent session ' +
  'parent child worktree branch commit status limit reset request response token usage message content tool test expect describe it ' +
  'should the a is not that with and reads writes before after every only when which this each other than same first last'
).split(' ')
const NOT_ASCII = ['—', '…', '“ready”', '✓', '→', 'Київ', '日本語', '🚀', '│', '└──']
const PUNCTUATION = [' ', ' ', ' ', ' ', ' ', '(', ') ', '.', ', ', ' = ', ': ', ' => ', '{ ', ' }', '; ', "'", '/', '_', '[0]']

/**
 * Lines as of code, with what JSON has to escape in them: line breaks, tabulators, quotes, backslashes. A run of whole lines of
 * about `bytes` is cut from a pool, so that making 100 KB costs one slice.
 */
export function texts(rng, poolBytes = 4 * 1024 * 1024) {
  const pools = [pool(rng, poolBytes, 0), pool(rng, poolBytes / 2, 0.06)]
  return (bytes) => {
    // Most results are ASCII; a quarter holds some characters that are not, which costs every reader a slower path.
    const { text, starts } = pools[rng.chance(0.25) ? 1 : 0]
    const average = text.length / starts.length
    const lines = Math.max(1, Math.min(starts.length - 2, Math.round(bytes / average)))
    const first = rng.below(starts.length - lines - 1)
    return text.slice(starts[first], starts[first + lines])
  }
}

function pool(rng, bytes, notAscii) {
  const parts = []
  const starts = [0]
  let length = 0
  while (length < bytes) {
    let line = `${'  '.repeat(rng.below(4))}${rng.chance(0.1) ? '\t' : ''}`
    for (let words = rng.between(2, 14); words > 0; words -= 1) {
      line +=
        (rng.chance(notAscii) ? NOT_ASCII[rng.below(NOT_ASCII.length)] : WORDS[rng.below(WORDS.length)]) +
        PUNCTUATION[rng.below(PUNCTUATION.length)]
    }
    if (rng.chance(0.2)) line += '"quoted"'
    if (rng.chance(0.03)) line += '\\'
    line += '\n'
    parts.push(line)
    length += line.length
    starts.push(length)
  }
  return { text: parts.join(''), starts }
}
