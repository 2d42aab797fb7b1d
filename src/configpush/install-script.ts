/**
 * The program that one exec runs in the container, for any POSIX shell (busybox ash and dash are tested). It stages, checks,
 * swaps, acts and takes back; the agent says on its stdin how to go on.
 *
 * Arguments: seconds it may take until the swap, and from there to the end; the number of entries; per entry its target, `uid:gid`, mode and size (a size of `-`
 * removes the target); the number of checks; per check the number of its words and the words; the words of the action. Nothing of
 * these ever becomes shell text. `{{staged:2}}` in a check's word stands for the second entry's candidate.
 *
 * stdin: per file its bytes and the line `end`; then `go`, then `keep` or `undo`. The end of the stream, and the script's own
 * deadline, mean `abort` before the swap and `keep` behind it: new files have passed their check.
 *
 * stdout, line by line: `begin PID`, `at N PATH` (a target that is a link: the file behind it), `staged`, `refused N STATUS` or
 * `absent N…` (entries whose target is not there) and `checked N…` (entries that differ from what is there), `swapped`,
 * `acted STATUS`, `restored`, `undone STATUS`, and `failed WHAT N` for all that cannot go on. Tools write to stderr; the line
 * `windlass-end-PID` there is behind the words of an action that failed, for the two streams arrive in any order.
 *
 * Why it is as it is:
 * - `dd` with `fullblock` takes exactly the bytes asked for; `head -c` may read ahead in a pipe and swallow the next command. The
 *   line `end` proves the count. `conv=fsync`: a rename that reaches the disk before its bytes leaves an empty file after a power cut.
 * - `rename(2)` within one folder is the only atomic step there is, hence candidates beside their targets. Their names end in the
 *   script's own process id: a script whose agent died may still be at its check, and must not find its successor's files.
 *   They begin with a dot and do not end in the target's extension: no `include *.conf` picks them up.
 * - Tools run in the background and are waited for, so that the deadline can end them; a foreground child would hold up the trap.
 *   Their own stdin is /dev/null then, hence the third descriptor for `dd`.
 * - The deadline is a process of its own, since `read -t` is not POSIX and a `timeout` of busybox leaves orphans to PID 1. Whoever
 *   ends waits for its children: a PID 1 that does not reap would keep them as zombies.
 * - Signals are caught and not ignored: what is ignored would stay so in a daemon that an action starts.
 */
export const installScript = `
set -u
umask 077
PATH=\${PATH:-}:/usr/sbin:/usr/bin:/sbin:/bin
before=$1 behind=$2 count=$3
shift 3
exec 3<&0
block=65536 open='{{staged:' close='}}' newline='
'
child= guard= late= made= phase=staging

say() { printf '%s\\n' "$*"; }
fail() { say failed "$@"; exit 1; }

# Reads the entry numbered $1 into owner, mode, size, real, folder, new and old.
entry() {
  eval "owner=\\$owner_$1 mode=\\$mode_$1 size=\\$size_$1 real=\\$real_$1"
  folder=\${real%/*}
  new=$folder/.\${real##*/}.windlass-new-$$
  old=$folder/.\${real##*/}.windlass-old-$$
}

# Sends itself TERM in $1 seconds.
limit() {
  unlimited
  late=
  ( nap=
    trap '[ -z "$nap" ] || kill "$nap"; wait; exit' TERM
    sleep "$1" & nap=$!
    wait $nap && kill -TERM $$ ) </dev/null >/dev/null 2>&1 &
  guard=$!
}
unlimited() {
  [ -z "$guard" ] || { kill $guard; wait $guard; } 2>/dev/null
  guard=
}

# Removes what killed scripts left beside a target. One that still runs gets time to find its stream ended.
sweep() {
  for left in "$folder"/.*.windlass-new-* "$folder"/.*.windlass-old-*; do
    tries=0
    while [ -e "$left" ] && [ $tries -lt 20 ] && [ -z "$late" ] && runs "\${left##*-}"; do
      tries=$((tries + 1))
      sleep 1
    done
    [ ! -e "$left" ] || rm -f "$left"
  done
}
runs() {
  [ "$1" != $$ ] && kill -0 "$1" 2>/dev/null || return
  case $(tr '\\0' ' ' <"/proc/$1/cmdline") in *windlass-new-*) ;; *) return 1 ;; esac
}

# Makes the folder $1 and its parents, and remembers those that were not there.
parents() {
  [ -d "\${1:-/}" ] && return
  parents "\${1%/*}" && mkdir -m 755 "$1" && made=$1$newline$made
}

# Takes the entry's bytes from stdin into its candidate.
receive() {
  parents "$folder" && : >"$new" && take $block $((size / block)) && take $((size % block)) 1 || return
  IFS= read -r line && [ "$line" = end ] || exit 1
  chown "$owner" "$new" && chmod "$mode" "$new"
}
take() {
  [ $1 -gt 0 ] && [ $2 -gt 0 ] || return 0
  dd bs=$1 count=$2 iflag=fullblock conv=fsync <&3 3<&- >>"$new" &
  await
}

# Runs a command, its output on stderr.
run() {
  "$@" </dev/null >&2 3<&- &
  await
}

# Waits for the last background command to end, or for TERM to end it.
await() {
  child=$!
  [ -z "$late" ] || kill -KILL $child
  wait $child
  status=$?
  # A signal ends the waiting, not the child.
  while kill -0 $child 2>/dev/null; do
    wait $child
    status=$?
  done
  child=
  return $status
}

# Runs the first $1 of the words behind it, the candidates' paths filled in.
check() {
  take=$1
  shift
  left=$#
  while [ $left -gt 0 ]; do
    [ $take -le 0 ] || { fill "$1"; set -- "$@" "$filled"; }
    shift
    take=$((take - 1)) left=$((left - 1))
  done
  run "$@"
}
fill() {
  filled= rest=$1
  while :; do
    case $rest in *"$open"*"$close"*) ;; *) break ;; esac
    filled=$filled\${rest%%"$open"*}
    rest=\${rest#*"$open"}
    number=\${rest%%"$close"*}
    case $number in *[!0-9]*) fail placeholder ;; esac
    entry "$number"
    filled=$filled$new
    rest=\${rest#*"$close"}
  done
  filled=$filled$rest
}

# Whether the candidate's owner, mode and bytes are in place already.
same() {
  [ -f "$real" ] && cmp -s "$new" "$real" 2>/dev/null || return
  facts "$new"
  candidate=$facts
  facts "$real"
  [ "$candidate" = "$facts" ]
}
facts() {
  set -f
  set -- $(ls -ldn "$1")
  set +f
  facts="\${1-} \${3-} \${4-}"
}

differing() {
  changed= absent=
  for n in $entries; do
    entry $n
    [ -e "$real" ] || absent="$absent $n"
    if [ "$size" = - ]; then
      [ ! -e "$real" ] || changed="$changed $n"
    else
      same || changed="$changed $n"
    fi
  done
}

# Every old file is kept before the first new one appears.
swap() {
  for n in $changed; do
    entry $n
    [ ! -e "$real" ] || ln "$real" "$old" 2>/dev/null || cp -p "$real" "$old" || fail keep $n
  done
  phase=swapped done=
  for n in $changed; do
    entry $n
    if [ "$size" = - ]; then rm -f "$real"; else mv -f "$new" "$real"; fi || { put_back; fail swap $n; }
    done="$n $done"
  done
}

put_back() {
  for back in $done; do
    entry $back
    if [ -e "$old" ]; then mv -f "$old" "$real"; else rm -f "$real"; fi
  done
  drop_folders
}
drop_folders() {
  [ -z "$made" ] || ( IFS=$newline; set -f; rmdir $made 2>/dev/null )
}

act() {
  limit "$behind"
  [ $# -eq 0 ] || run "$@" && return
  set -- $?
  printf '%s\\n' "windlass-end-$$" >&2
  return $1
}

finish() {
  trap : TERM
  set --
  for n in $entries; do
    entry $n
    set -- "$@" "$new" "$old"
  done
  rm -f "$@"
  [ $phase = swapped ] || drop_folders
  unlimited
}

say begin $$
entries= n=0
while [ $n -lt $count ]; do
  n=$((n + 1))
  entries="$entries $n"
  eval "real_$n=\\$1 owner_$n=\\$2 mode_$n=\\$3 size_$n=\\$4"
  if [ -L "$1" ] && real=$(readlink -f "$1") && [ -n "$real" ]; then
    eval "real_$n=\\$real"
    say at $n "$real"
  fi
  shift 4
done
trap 'late=1; [ -z "$child" ] || kill -KILL "$child"' TERM
trap : HUP INT PIPE
trap finish EXIT
limit "$before"

for n in $entries; do
  entry $n
  sweep
done
for n in $entries; do
  entry $n
  [ ! -d "$real" ] || fail folder $n
  [ "$size" = - ] || receive || fail stage $n
done
say staged

checks=$1 n=0
shift
while [ $n -lt $checks ]; do
  n=$((n + 1))
  check "$@" || {
    status=$?
    [ -z "$late" ] || fail late $n
    say refused $n $status
    exit 1
  }
  shift $(($1 + 1))
done
differing
say absent $absent
say checked $changed

IFS= read -r word && [ "$word" = go ] || exit 1
swap
say swapped
act "$@"
say acted $?
[ -z "$late" ] || limit "$behind"
IFS= read -r word && [ "$word" = undo ] || exit 0
put_back
say restored
act "$@"
say undone $?
`;
