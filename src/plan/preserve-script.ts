/**
 * The one text that keeps work, for `sh -c TEXT preserve <arguments>`: dash, bash, zsh, ksh, busybox. It is fixed; whatever comes
 * from outside is an argument. Arguments: the reference to make; the prefix of those that are never pushed; the folder; the branch
 * (or nothing); a commit, or `-` for none, where there is no worktree (else nothing); `1` to keep stashes; the ids of commits that no
 * reference reaches, with blanks between; the most bytes of one file; the folder for a bundle (or nothing); then paths that git
 * ignores and submodules, relative to the folder.
 */
export const PRESERVE_SCRIPT = String.raw`# agent-forensics: keeps the work of one git worktree in references of its own repository.
# HEAD, index, branches, configuration and files stay as they are; only objects and new references are written.
# Twice the same work gives the same reference; other work gets a name of its own (-2, -3); nothing is overwritten.
set -e
[ -z "$ZSH_VERSION" ] || emulate sh
ref=$1 private=$2 place=$3 branch=$4 commit=$5 stashes=$6 lost=$7 max=$8 bundle=$9
shift 9
LC_ALL=C
export LC_ALL
say() { printf 'agent-forensics: %s\n' "$1" >&2; }
fail() {
  say "$1; nothing of it was changed"
  exit 1
}

# Nothing inherited may lead git elsewhere, and no repository may make it run anything.
for name in $(env | sed -n 's/^\(GIT_[A-Za-z0-9_]*\)=.*/\1/p'); do unset "$name"; done
export GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0 GIT_NO_LAZY_FETCH=1 GIT_NO_REPLACE_OBJECTS=1
export GIT_ALLOW_PROTOCOL=none GIT_ATTR_NOSYSTEM=1 GIT_PAGER=cat GIT_LITERAL_PATHSPECS=1
export GIT_AUTHOR_NAME=agent-forensics GIT_AUTHOR_EMAIL=agent-forensics@localhost
export GIT_COMMITTER_NAME=agent-forensics GIT_COMMITTER_EMAIL=agent-forensics@localhost
safe() {
  git --no-pager -c core.hooksPath=/dev/null -c core.fsmonitor=false -c core.untrackedCache=false -c core.splitIndex=false \
    -c core.useReplaceRefs=false -c log.showSignature=false -c core.sshCommand=false -c gc.auto=0 -c maintenance.auto=false \
    -c submodule.recurse=false -c safe.bareRepository=explicit -c core.quotePath=false -c i18n.commitEncoding=UTF-8 "$@"
}

case $place in /*) ;; *) fail "$place is no absolute path" ;; esac
cd -P -- "$place" 2>/dev/null || fail "$place is gone"
place=$(pwd -P)
if [ -n "$commit" ] && [ -f HEAD ] && [ -d objects ] && [ -d refs ]; then
  GIT_DIR=$place
  export GIT_DIR
fi
real=$(safe rev-parse --absolute-git-dir) || fail "git does not know $place as a worktree"
if [ -z "$commit" ]; then
  [ "$(safe rev-parse --show-toplevel)" = "$place" ] || fail "$place is no worktree of its own, or its repository moves it elsewhere"
fi
objects=$(safe rev-parse --path-format=absolute --git-path objects)
index=$(safe rev-parse --path-format=absolute --git-path index)
zero=$(safe hash-object --stdin </dev/null | tr '0-9a-f' '0')

temp=$TMPDIR
[ -n "$temp" ] || temp=/tmp
temp=$(cd -P -- "$temp" && mktemp -d "$(pwd -P)/agent-forensics.XXXXXX") || fail 'no temporary folder can be made'
trap 'rm -rf -- "$temp"' EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
# From here on no call of git can reach the index of the worktree, whatever else went wrong.
GIT_INDEX_FILE=$temp/none GIT_GRAFT_FILE=$temp/none
export GIT_INDEX_FILE GIT_GRAFT_FILE
case $temp in "$place"/*) fail "the temporary folder lies in $place: set TMPDIR to another one" ;; esac

# A git directory without any configuration, over the same objects: no hook, filter, driver or helper of the repository exists
# there. Its attributes switch off every conversion, so that files are kept byte for byte (LFS files and line endings too).
safe init --quiet --bare --template= --object-format="$(safe rev-parse --show-object-format)" "$temp/git"
mkdir -p "$temp/git/info"
printf '* -text -ident !filter !working-tree-encoding\n' >"$temp/git/info/attributes"
for file in info/exclude shallow; do
  from=$(safe rev-parse --path-format=absolute --git-path "$file")
  [ ! -f "$from" ] || cp -- "$from" "$temp/git/$file"
done
setting() { safe config --type="$1" --get "$2" || printf '%s\n' "$3"; }
modes=$(setting bool core.fileMode true)
links=$(setting bool core.symlinks true)
cases=$(setting bool core.ignoreCase false)
excludes=$(setting path core.excludesFile '')
use=$temp/none
# In a subshell: whether a variable set for a call of a function is exported differs from shell to shell.
plain() (
  GIT_DIR=$temp/git GIT_WORK_TREE=$place GIT_OBJECT_DIRECTORY=$objects GIT_INDEX_FILE=$use
  export GIT_DIR GIT_WORK_TREE GIT_OBJECT_DIRECTORY GIT_INDEX_FILE
  set -- -c core.bare=false -c core.fileMode="$modes" -c core.symlinks="$links" -c core.ignoreCase="$cases" "$@"
  [ -z "$excludes" ] || set -- -c core.excludesFile="$excludes" "$@"
  # Files that git was told not to look at count as soon as they are there.
  safe -c core.autocrlf=false -c core.safecrlf=false -c core.sparseCheckout=true -c sparse.expectFilesOutsideOfPatterns=false "$@"
)
# Lists with NUL between names, as lines and back; a line break within a name becomes byte 1 on the way.
lines() { tr '\000\n' '\n\001'; }
names() { tr '\n\001' '\000\n'; }
tab=$(printf '\t')

incomplete=
kept=
# Makes the reference $1, or the first free $1-2, $1-3, ..., for the commit $2, unless one of them has it already.
keep() {
  made=$1
  number=1
  while old=$(safe rev-parse --quiet --verify "$made"); do
    [ "$old" != "$2" ] || break
    number=$((number + 1))
    made=$1-$number
    [ "$number" -le 999 ] || fail "there are too many references named $1"
  done
  if [ "$old" != "$2" ]; then
    safe update-ref -m 'agent-forensics: kept' "$made" "$2" "$zero" ||
      fail "$made could not be made (a branch of the same name as its folder is in the way? choose another place with --ref)"
  fi
  [ "$(safe rev-parse --verify "$made^{commit}")" = "$2" ] || fail "$made does not hold what was to be kept"
  kept="$kept $made"
  printf 'kept %s %s\n' "$2" "$made"
}
# A commit of the tree $1 that says $2, with the parents "-p <id> ..." in $3. Its date is that of the work it is based on: the
# same work is the same commit, whenever it is kept.
record() (
  GIT_AUTHOR_DATE="@$when +0000" GIT_COMMITTER_DATE="@$when +0000"
  export GIT_AUTHOR_DATE GIT_COMMITTER_DATE
  # shellcheck disable=SC2086
  printf '%s\n\nMade by agent-forensics, without touching the worktree.\n' "$2" | plain commit-tree "$1" $3
)
shown() { tr -c '[:print:]\n' '?' | sed -n '1,5s/^/  /p' >&2; }

if [ "$commit" = - ]; then
  head=
elif [ -n "$commit" ]; then
  head=$(safe rev-parse --quiet --verify "$commit^{commit}") || fail "the commit $commit is not there any more"
else
  head=$(safe rev-parse --quiet --verify 'HEAD^{commit}') || head=
fi
when=946684800
[ -z "$head" ] || when=$(plain rev-list --max-count=1 --timestamp "$head" | cut -d ' ' -f 1)
# Git knows the empty tree without having it, and would make commits of a tree that is not there.
empty=$(plain hash-object -t tree -w --stdin </dev/null)
target=$head
: >"$temp/nested"

if [ -z "$commit" ]; then
  use=$temp/index
  if [ -f "$index" ]; then
    cp -p -- "$index" "$use"
    for file in "$real"/sharedindex.*; do [ ! -f "$file" ] || cp -p -- "$file" "$temp/git/"; done
  else
    plain read-tree --empty
  fi
  cp -p -- "$use" "$temp/staged"
  if [ -n "$head" ]; then committed=$(plain rev-parse "$head^{tree}"); else committed=$empty; fi

  # What is staged. Of a conflict all three sides, as files beside each other.
  use=$temp/staged
  plain ls-files --unmerged -z | lines >"$temp/stages"
  if [ -s "$temp/stages" ]; then
    sed "s/^[^$tab]*$tab//" "$temp/stages" | names | plain update-index -z --force-remove --stdin
    sed -e "s/ 1$tab\(.*\)$/ 0$tab\1.BASE/" -e "s/ 2$tab\(.*\)$/ 0$tab\1.OURS/" -e "s/ 3$tab\(.*\)$/ 0$tab\1.THEIRS/" "$temp/stages" |
      names | plain update-index -z --index-info
  fi
  staged=$(plain write-tree --missing-ok)

  # What the files hold.
  use=$temp/index
  find . \( -name .git -o -path ./.claude/worktrees \) -prune -o -type f -size +"$max"c -print0 | lines | sed 's/^\.\///' >"$temp/large"
  within() { awk -v large="$temp/large" 'BEGIN { while ((getline line <large) > 0) big[line] = 1 } !($0 in big)'; }
  plain update-index -q --really-refresh >/dev/null 2>&1 || :
  differing() { plain diff-files --ignore-submodules=dirty --no-ext-diff --no-renames -z --name-only --diff-filter="$1"; }
  differing D | plain update-index -z --force-remove --stdin
  differing d | lines >"$temp/changed"
  within <"$temp/changed" | names | plain update-index -z --add --remove --replace --stdin || fail 'a changed file could not be read'
  plain ls-files --others --exclude-standard -z | lines | sed '/^\.claude\/worktrees\//d' >"$temp/others"
  sed '/\/$/d' "$temp/others" >"$temp/new"
  within <"$temp/new" | names | plain update-index -z --add --replace --stdin || fail 'a new file could not be read'
  # Repositories within, but for other worktrees of this one.
  sed -n 's/\/$//p' "$temp/others" | while IFS= read -r inner; do
    case $(safe -C "./$inner" rev-parse --absolute-git-dir 2>/dev/null) in "$(dirname -- "$objects")"/worktrees/*) ;; *) printf '%s\n' "$inner" ;; esac
  done >"$temp/nested"
  cat "$temp/changed" "$temp/new" | awk -v large="$temp/large" 'BEGIN { while ((getline line <large) > 0) big[line] = 1 } $0 in big' >"$temp/left"
  if [ -s "$temp/left" ]; then
    say "not kept, for they are larger than $max bytes (--max-file says how much one may have):"
    shown <"$temp/left"
    incomplete=1
  fi
  tree=$(plain write-tree --missing-ok)

  parents=
  [ -z "$head" ] || parents="-p $head"
  seen=" $head "
  if [ -s "$temp/stages" ] || { [ "$staged" != "$committed" ] && [ "$staged" != "$tree" ]; }; then
    parents="$parents -p $(record "$staged" 'What was staged' "$parents")"
  fi
  # What an operation in progress is about to bring in, or will come back to.
  for name in MERGE_HEAD CHERRY_PICK_HEAD REVERT_HEAD; do safe rev-parse --quiet --verify "$name^{commit}" || :; done >"$temp/states"
  for file in MERGE_HEAD rebase-merge/orig-head rebase-apply/orig-head; do
    [ ! -f "$real/$file" ] || cat -- "$real/$file" >>"$temp/states"
  done
  while read -r state rest; do
    case $state in '' | *[!0-9a-f]*) continue ;; esac
    case $seen in *" $state "*) continue ;; esac
    seen="$seen$state "
    plain cat-file -e "$state^{commit}" 2>/dev/null || continue
    [ -z "$head" ] || ! plain merge-base --is-ancestor "$state" "$head" || continue
    parents="$parents -p $state"
  done <"$temp/states"
  if [ "$tree" != "$committed" ] || [ "$parents" != "-p $head" ]; then
    target=
    if [ -n "$parents" ] || [ "$tree" != "$committed" ]; then target=$(record "$tree" 'Work as it stood in the worktree' "$parents"); fi
  fi
fi

if [ -n "$target" ]; then
  # A clone that fetches objects on demand lacks some, and says so only to those who ask.
  if [ "$target" != "$head" ] && ! safe config --get-regexp '^(extensions\.partialclone|remote\..*\.promisor)$' >/dev/null; then
    not=
    [ -z "$head" ] || not="--not $head"
    # shellcheck disable=SC2086
    plain rev-list --objects "$target" $not >"$temp/objects" || fail 'what was kept cannot be read back'
    cut -d ' ' -f 1 "$temp/objects" | plain cat-file --batch-check | sed -n '/ missing$/p' >"$temp/missing"
    [ ! -s "$temp/missing" ] || fail 'what was kept cannot be read back'
  fi
  keep "$ref" "$target"
fi

# From here on: what nobody should push without having looked at it. First ignored files, and what lies in repositories within.
while IFS= read -r inner; do set -- "$@" "$inner"; done <"$temp/nested"
if [ "$#" -gt 0 ]; then
  use=$temp/private
  plain read-tree --empty
  for entry in "$@"; do
    case "/$entry/" in //* | */../* | */.git/*) fail 'a path leads elsewhere' ;; esac
    entry=$(printf '%s\n' "$entry" | sed 's/\/*$//')
    [ -e "./$entry" ] || [ -L "./$entry" ] || continue
    if [ "$(du -sk -- "./$entry" | cut -f 1)" -gt $((max / 1024 + 8)) ]; then
      say "not kept, for it is larger than $max bytes (--max-file says how much it may have):"
      printf '%s\n' "$entry" | shown
      incomplete=1
      continue
    fi
    find "./$entry" -name .git -prune -o \( -type f -o -type l \) -print0 | lines | sed 's/^\.\///' | names |
      plain update-index -z --add --replace --stdin || fail 'an ignored file could not be read'
  done
  tree=$(plain write-tree)
  [ "$tree" = "$empty" ] || keep "$private/ignored" "$(record "$tree" 'Ignored files, and files of repositories within' '')"
  # Their commits, as far as no remote has them.
  number_within=0
  for entry in "$@"; do
    [ -e "./$entry/.git" ] || continue
    [ "$(safe -C "./$entry" rev-parse --show-toplevel 2>/dev/null)" = "$place/$(printf '%s\n' "$entry" | sed 's/\/*$//')" ] || continue
    tips=$( { safe -C "./$entry" rev-parse --quiet --verify HEAD || :; safe -C "./$entry" for-each-ref --format='%(objectname)' refs/heads refs/stash; } | sort -u)
    [ -n "$tips" ] || continue
    # shellcheck disable=SC2086
    [ -n "$(safe -C "./$entry" rev-list --max-count=1 $tips --not --remotes)" ] || continue
    inside=$(safe -C "./$entry" rev-parse --path-format=absolute --git-path objects)
    # shellcheck disable=SC2086
    if [ "$(safe -C "./$entry" rev-parse --show-object-format --is-shallow-repository | tr '\n' ' ')" != "$(safe rev-parse --show-object-format) false " ] ||
      [ "$(safe -C "./$entry" rev-list --objects --disk-usage $tips)" -gt "$max" ]; then
      say 'not kept, for their history is too large or cut off, the commits of:'
      printf '%s\n' "$entry" | shown
      incomplete=1
      continue
    fi
    printf '%s\n' "$tips" | (
      GIT_DIR=$temp/git GIT_OBJECT_DIRECTORY=$inside
      export GIT_DIR GIT_OBJECT_DIRECTORY
      safe pack-objects --quiet --revs --stdout
    ) | plain unpack-objects -q || fail 'the commits of a repository within could not be copied'
    number_within=$((number_within + 1))
    all=
    for tip in $tips; do all="$all -p $tip"; done
    keep "$private/within-$number_within" "$(record "$(plain rev-parse "$(printf '%s\n' "$tips" | sed 1q)^{tree}")" 'Commits of a repository within' "$all")"
  done
fi

if [ "$stashes" = 1 ]; then
  on=$branch
  [ -n "$on" ] || on='(no branch)'
  safe reflog show --format='%H %gs' refs/stash 2>/dev/null | while read -r oid subject; do
    case $subject in "WIP on $on: "* | "On $on: "*) printf '%s\n' "$oid" ;; esac
  done >"$temp/stashes"
  if [ -s "$temp/stashes" ]; then
    all=
    while read -r oid; do all="$all -p $oid"; done <"$temp/stashes"
    keep "$private/stash" "$(record "$(plain rev-parse "$(sed 1q "$temp/stashes")^{tree}")" 'Stashes' "$all")"
  fi
fi

if [ -n "$lost" ]; then
  # shellcheck disable=SC2086
  tips=$(safe rev-list --ignore-missing $lost --not --exclude='refs/not-pushed/*' --all $head)
  # shellcheck disable=SC2086
  [ -z "$tips" ] || tips=$(safe merge-base --independent $tips | sort)
  all=
  for tip in $tips; do all="$all -p $tip"; done
  [ -z "$tips" ] || keep "$private/lost" "$(record "$(plain rev-parse "$(printf '%s\n' "$tips" | sed 1q)^{tree}")" 'Commits that no reference held' "$all")"
fi

if [ -n "$bundle" ] && [ -n "$kept" ]; then
  mkdir -p -- "$bundle"
  # shellcheck disable=SC2086
  mark=$(safe rev-parse $kept | safe hash-object --stdin | cut -c 1-12)
  file=$bundle/$(printf '%s\n' "$ref" | sed -e 's/^refs\///' -e 's/^heads\///' -e 's/\//-/g')-$mark.bundle
  if [ ! -e "$file" ]; then
    (
      # It may hold what was ignored for good reason.
      umask 077
      # shellcheck disable=SC2086
      safe bundle create --quiet "$file.part" $kept --not --remotes
    ) || fail "the bundle $file could not be written"
    safe bundle verify --quiet "$file.part" >/dev/null 2>&1 || fail "the bundle $file could not be verified"
    mv -- "$file.part" "$file"
  fi
  printf 'bundle %s\n' "$file"
fi
[ -n "$kept" ] || printf 'nothing to keep in %s\n' "$place"
[ -z "$incomplete" ] || exit 1
`
