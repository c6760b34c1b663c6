import fc from 'fast-check'
import { expect, it } from 'vitest'
import { simpleCommands } from '../../src/resources/simple-commands.ts'

const told = (line: string): readonly string[] =>
  simpleCommands(line).map(({ program, args, certain, repeated, background, folder }) =>
    [
      [program, ...args.map((arg) => arg ?? '?')].join(' '),
      ...(certain ? [] : ['maybe']),
      ...(repeated ? ['often'] : []),
      ...(background ? ['background'] : []),
      ...(folder === undefined ? [] : [`in ${folder ?? '?'}`]),
    ].join(' | '),
  )

it.each([
  ['words and quotes', `a 'b c' "d \\"e\\"" f\\ g h'i'"j"`, ['a b c d "e" f g hij']],
  ['lists and pipes', 'a; b && c | d\ne |& f', ['a', 'b', 'c', 'd', 'e', 'f']],
  ['what may not run', 'a || b; c', ['a', 'b | maybe', 'c']],
  ['groups that may not run', 'a || { b; c; }; d || (e; f); g', ['a', 'b | maybe', 'c | maybe', 'd', 'e | maybe', 'f | maybe', 'g']],
  ['a list that goes on in the next line', 'a ||\n  b', ['a', 'b | maybe']],
  [
    'the background',
    'a & b; (c; d) & { e; f; } &\ng',
    ['a | background', 'b', 'c | background', 'd | background', 'e | background', 'f | background', 'g'],
  ],
  ['the last of a list in the background', 'a && b | c &', ['a', 'b', 'c | background']],
  ['redirections', 'a >x 2>&1 <y >>z &>w 2>/dev/null b', ['a b']],
  ['a redirection is no background', 'a 2>&1 && b', ['a', 'b']],
  ['here-documents are data', 'cat <<EOF > f\nvastai create\nEOF\nb', ['cat', 'b']],
  ['here-documents in quotes, with tabs', "cat <<-'E F'\n\tx\n\tE F\nb <<<word c", ['cat', 'b c']],
  ['a here-document without an end', 'cat <<EOF\nvastai create', ['cat']],
  ['comments', 'a # b; c\nd#e', ['a', 'd#e']],
  ['continued lines', 'a \\\n  b', ['a b']],
  ['assignments', 'A=1 B="2 3" a; C=4; b $C ${C}x $D "$C-$D"', ['a', 'b 4 4x ? ?']],
  ['substitutions run too', 'A=$(a b); c "$(d "$(e)")" `f g`', ['a b', 'e', 'd ?', 'f g', 'c ? ?']],
  ['a loop over words', 'for i in 1 2; do a x$i; done; b', ['a x1', 'a x2', 'b']],
  ['a loop over something else', 'for i in $(a); do b $i; done', ['a', 'b ? | often']],
  ['a loop that reads', 'a | while read x; do b $x; c; done; d $x', ['a', 'read x', 'b ? | often', 'c', 'd ?']],
  ['xargs', 'a | xargs -n 1 b -c', ['a', 'b -c | often']],
  ['conditions', 'if a; then b; else c; fi; d', ['a | maybe', 'b | maybe', 'c | maybe', 'd']],
  ['cases', 'case $x in y) a;; z) b;; esac; c', ['a | maybe', 'b | maybe', 'c']],
  ['functions', 'f() { a; }\nb', ['a | maybe', 'b']],
  ['wrappers', 'sudo -u x env A=1 nohup timeout -k 5 60 /usr/bin/a b', ['a b']],
  ['launchers', 'python3 -m modal deploy x; uv run a b; npx -y c', ['modal deploy x', 'a b', 'c']],
  ['shells', `bash -lc 'a "b c" && d'; sh script.sh`, ['a b c', 'd', 'sh script.sh']],
  [
    'folders',
    'cd x && a; cd /y; b; (cd z && c); cd $HOME; d',
    ['cd x | in x', 'a | in x', 'cd /y | in /y', 'b | in /y', 'cd z | in /y/z', 'c | in /y/z', 'cd ? | in ?', 'd | in ?'],
  ],
  ['the folder of a subshell', '(cd z; a); b; $(cd y); c', ['cd z | in z', 'a | in z', 'b', 'cd y | in y', 'c']],
  ['the folder of a shell in it', `cd x; sh -c 'a'`, ['cd x | in x', 'a | in x']],
  ['the folder of what goes to the background', 'cd x && a & b', ['cd x | in x', 'a | background | in x', 'b']],
  ['a script in a shell that knows more than we do', 'bash -c "cd $DIR && a $(b) &"', ['b', 'cd ? | in ?', 'a ? | background | in ?']],
  ['a script that a shell is given', "bash <<'EOF'\na $X\nEOF\nsh -s <<< 'b c'; sh x.sh <<< d", ['a ?', 'b c', 'sh x.sh']],
  ['the pid of the last process', 'a & P=$!; echo $P ${!}', ['a | background', 'echo $! $!']],
  ['tests', '[[ -f $(a) && b ]] && c', ['a', 'c']],
  ['patterns and homes', 'a *.ts ~/x b~c', ['a ? ? b~c']],
  ['arithmetic, parameters, escapes', `a $((1 + 2)) \${x:-y} $'z\\n' $! "$?" $`, ['a ? ? ? $! ? $']],
  ['process substitution', 'a <(b c) d', ['b c', 'a ? d']],
  ['a quote that never closes', `a; b 'c; d`, ['a']],
  ['a substitution that never closes', 'a; b $(c', ['a']],
  ['nothing', '  \n;;\n', []],
])('%s', (_, line, expected) => {
  expect(told(line)).toEqual(expected)
})

it('takes apart whatever it is given, and in no time', () => {
  const pieces = fc.constantFrom(...`'"\\$(){}\`;&|<>#\n\t =~*`.split(''), 'a', ' ', '$(', '<<E', 'for', 'if', 'do', 'x=1', '${')
  fc.assert(fc.property(fc.array(pieces, { maxLength: 200 }), (parts) => Array.isArray(simpleCommands(parts.join('')))))
  // Anything much worse than linear would take minutes, and the test would end by its timeout.
  for (const part of ['$(', '"$(', '`', '(', '{ ', "$'", '${', 'f() { ', '!(', '(( $(', 'for i in 1 2; do ', 'a=$a$a;'])
    simpleCommands(part.repeat(8_000 / part.length))
})

it('loops do not multiply without bound', () => {
  const values = Array.from({ length: 40 }, (_, index) => index).join(' ')
  expect(simpleCommands(`for a in ${values}; do for b in ${values}; do x $a$b$a$b; done; done`).length).toBeLessThan(600)
})

it('tells where output goes, and what stands in the words that are not known whole', () => {
  expect(simpleCommands('a > x 2> y; b >> "$D/z"; c 2>&1; d &> w').map(({ output }) => output)).toEqual(['x', null, undefined, 'w'])
  expect(simpleCommands('nohup ssh h "cd $D; a $(b)" c').at(-1)?.texts).toEqual(['h', 'cd $D; a ${_}', 'c'])
})
